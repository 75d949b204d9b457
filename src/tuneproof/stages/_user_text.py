"""Text of users is data everywhere: cleaned of what steers a reader's screen, cut to a readable length, escaped for its format.

Names, questions and answers may hold anything: markup, escape sequences, right-to-left overrides, half surrogates, a megabyte
on one line. Every value that a template prints goes through `clean`, so no format has to remember it.
"""

import re

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: "\u2421"}
"""Control characters become their pictures: the reader sees that there was an escape character, the screen does not obey it."""

_UNSHOWABLE = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]")
"""C1 controls, text-direction overrides, half surrogates, non-characters, invisible tags: none may reach a page or a terminal.

Left-to-right and right-to-left *marks* and joiners stay: honest Arabic and emoji need them, and they cannot reorder a line.
"""

_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]")

_ZERO_WIDTH_SPACE = "\u200b"
_REFERENCES = re.compile(r"@(?=\S)|[#!%&~](?=\w)|(?<=:)(?=//)|(?i:(?<=www)(?=\.))|(?i:(?<=\bgh)(?=-\d))")
"""Where a code host would turn text into a mention, an issue or a link *after* rendering, when backslashes are long gone."""

_MARKDOWN = str.maketrans(
    {mark: f"\\{mark}" for mark in "\\`*_[]|~^"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "<span>$</span>", "\n": " ", "\t": " "}
)
"""`$` starts a formula on GitHub, and a span around it is the documented way not to."""


def clean(text: str) -> str:
    """Return text that cannot steer a screen: lines end in a newline, controls are pictures, overrides are replaced."""
    if text.isprintable():
        return text
    return _UNSHOWABLE.sub("\ufffd", _LINE_ENDS.sub("\n", text).translate(_PICTURES))


def cut(text: str, limit: int) -> str:
    """Return text of a readable length, with a note of what was left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} \u2026 (cut here: {len(text) - limit:,} of {len(text):,} characters are not shown)"


def short(text: str, limit: int = 80) -> str:
    """Return text on one line of at most `limit` characters: names, summaries, table cells."""
    flat = " ".join(clean(text[: 4 * limit]).split())
    whole = len(flat) <= limit and len(text) <= 4 * limit
    return flat if whole else f"{flat[: limit - 1].rstrip()}\u2026"


def markdown(text: str) -> str:
    """Return text that stays text inside a line of Markdown: no markup, table break, mention, reference or link."""
    apart = _REFERENCES.sub(lambda found: found.group() + _ZERO_WIDTH_SPACE, clean(text))
    return apart.translate(_MARKDOWN)
