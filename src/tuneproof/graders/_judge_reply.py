"""Which entry of a closed menu a judge's reply chooses: only where it says so in a declared place, and nowhere else.

Three forms are read: a reply that is a JSON object with `choice`, a reply whose last line is `CHOICE: <entry>`, and a reply
that is nothing but an entry. "As a grader I must say this is INCORRECT" is none of them. What is not read is a value with its
reason, never a guess: the judge is asked again, and after that the answer has no mark.

Replies of any length are read in time that grows with their length: one pass for marked lines, JSON up to `MAX_JSON` only.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tuneproof.core.errors import one_line
from tuneproof.graders._text import short

MAX_JSON = 100_000
"""Characters; a judgment of that length is none."""
LONGEST = 200
"""Characters in which an entry of a menu and the marks around it find room."""
REASON = 500
"""Characters of a judge's reason that are kept beside its choice; the reply itself is kept whole elsewhere."""

MARKS = " \t\r\n*_`\"'\u201c\u201d\u2018\u2019"
"""What may stand around an entry: blanks, Markdown, quotes; behind it a full stop as well."""
MARKED = re.compile(r"^[ \t*_`]{0,8}choice[ \t*_`]{0,8}[:\uff1a](.*)$", re.IGNORECASE | re.MULTILINE)
"""A marked line. A line in quotes or behind `>` is what somebody else said."""
NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")
"""A number as a menu may hold it: `4.0` is `4`, but `4/5` may be 4 or 8 of 10."""

Read = tuple[str | None, str]
"""The entry and the judge's reason; or None and what is wrong with the reply."""


def read_reply(reply: str, names: Sequence[str]) -> Read:
    """Return the entry that a reply chooses, as the menu writes it.

    Args:
        reply: The reply as it came.
        names: The entries of the menu.
    """
    text = reply.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        return None, "the reply is empty"
    for way in (_from_object, _from_line):
        found = way(text, names)
        if found is not None:
            return found
    name = entry(text, names)
    return (None, f"no choice is named in {short(text)}") if name is None else (name, "")


def entry(text: str, names: Sequence[str]) -> str | None:
    """Return the entry of the menu that a short text is; None where it is none."""
    if len(text) > LONGEST:
        return None
    return _by_form(tuple(names)).get(folded(text))


def folded(text: str) -> str:
    """Return the form in which two names are compared: without marks around it, without case, numbers by their value.

    Empty for a text that is nothing but marks: that is no name.
    """
    bare = text.lstrip(MARKS).rstrip(MARKS + ".")
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", bare).casefold())
    return str((Decimal(name) + 0).normalize()) if NUMBER.fullmatch(name) else name


@lru_cache(maxsize=64)
def _by_form(names: tuple[str, ...]) -> Mapping[str, str]:
    return {folded(name): name for name in names}


def _from_object(text: str, names: Sequence[str]) -> Read | None:
    body = _unfenced(text)
    if not (body.startswith("{") and body.endswith("}")) or len(body) > MAX_JSON:
        return None
    try:
        # Pairs, since a repeated key may contradict itself; numbers as they are written.
        held = json.loads(body, object_pairs_hook=_Pairs, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    choices = [value for key, value in held if key == "choice"]
    if not choices:
        return None, "the JSON has no choice"
    if not all(isinstance(value, str) for value in choices):
        return None, f"choice is neither text nor a number ({', '.join(names)})"
    differing = {folded(value[: LONGEST + 1]): value for value in choices}
    if len(differing) > 1:
        return None, _two([*differing.values()][:2])
    name = entry(choices[0], names)
    reasons = [value for key, value in held if key == "reason" and isinstance(value, str)]
    return (None, _foreign(choices[0], names)) if name is None else (name, _said(reasons[-1] if reasons else ""))


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, told apart from a list."""


def _unfenced(text: str) -> str:
    """Return what stands in the one ``` block that a text is; any other text as it is."""
    if len(text) < 6 or not (text.startswith("```") and text.endswith("```")):
        return text
    head, _, rest = text[3:-3].partition("\n")
    return rest.strip() if head.strip().casefold() in ("", "json") else text[3:-3].strip()


def _from_line(text: str, names: Sequence[str]) -> Read | None:
    last = text.rpartition("\n")[2]
    found, seen = MARKED.fullmatch(last), list[str]()
    for match in MARKED.finditer(text):
        name = entry(match[1], names)
        if name is not None and name not in seen:
            seen.append(name)
        if len(seen) > 1:
            return None, _two(seen)
    if found is None:
        return (None, f"the choice is not on the last line, which is {short(last)}") if seen else None
    name = entry(found[1], names)
    return (None, _foreign(found[1], names)) if name is None else (name, _said(text[: -len(last)]))


def _two(names: Sequence[str]) -> str:
    return f"two different choices are named: {' and '.join(short(name) for name in names)}"


def _foreign(name: str, names: Sequence[str]) -> str:
    return one_line(f"{short(name.strip())} is not in the menu ({', '.join(names)})", 300)


def _said(reason: str) -> str:
    """Return a judge's reason on one line, cut."""
    return one_line(" ".join(reason[: 4 * REASON].split()), REASON)
