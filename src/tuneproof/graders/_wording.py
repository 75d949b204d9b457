"""How an answer is read where its wording is counted: its words, sentences, lines, paragraphs, bullets and characters.

Markdown marks are no wording: headings, quotes, list marks, emphasis, backticks, fences, rules and links are taken off first
(`**red**` is `red`, `1. red` is one word). What cannot be told either way is counted both ways, as a range.

Every pattern here is linear in the answer: no pattern goes back over what it took.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

Range = tuple[int, int]
"""The smallest and the largest number that a count may be."""

SAME = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "\u2011": "-"} | dict.fromkeys(["\u00ad", "\u200b", "\u2060", "\ufeff"], None)
)
"""Typographic quotes and the no-break hyphen are the plain ones; what is invisible is nothing."""

LINE_ENDS = re.compile("\r\n|[\n\r\u2028\u2029]")
BEFORE_LINE = " \t\u00a0>"
"""What may stand before a line's own marks: blanks, and the mark of a quote."""
LIST_MARKS = "-*+•‣◦▪·–—"
LEAD = re.compile(rf"#{{1,6}}\s+|[{LIST_MARKS}]\s+|\d{{1,3}}[.)]\s+")
"""The marks of a heading, a list item, a numbered one."""
BULLET = re.compile(rf"[{LIST_MARKS}]\s+(?=\S)|[-•‣◦▪](?=[^\W\d_])")
"""A list mark with something after it; numbered items are no bullets."""
FENCES = ("```", "~~~")
RULE_MARKS = frozenset("|:=*_-")
"""What a horizontal rule is made of, and the lines below a heading and below the head of a table."""
MARKS = re.compile(r"[*_`~]+")
LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,1000}\)")

UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Chinese characters and Japanese kana: written without blanks, so that each counts as a word."""
BREAK = re.compile(r"\s+|…|\.{2,}|(?<!\d)[–—―,;!?|、，；！？。]|[–—―,;!?|、，；！？。](?!\d)|(?<!\d):(?!/)")
"""What stands between words: blanks, ellipses, and, except between digits, dashes, commas and the like."""
WORD = re.compile(r"[^\W_]")
ASCII_WORD = "[0-9A-Za-z_]"

SENTENCE_END = re.compile(r"(?<![.!?…‼⁇⁈⁉।؟۔])[.!?…‼⁇⁈⁉।؟۔]++[\"'»)\]]*+(?=\s|$)|[。！？]++[\"'»)\]」』）]*+")
NEXT = re.compile(r"\s*+(.?)")
BEFORE_NAMES = frozenset(
    ("mr", "mrs", "ms", "dr", "prof", "capt", "sgt", "e.g", "i.e", "vs", "cf", "viz", "approx", "z.b", "bzw")
)
"""Abbreviations, without their last stop, that always go before what they belong to."""
ABBREVIATIONS = frozenset(
    ("etc", "al", "inc", "ltd", "corp", "jr", "sr", "st", "rev", "vol", "pp", "fig", "dept", "ca", "usw", "ph.d", "jan")
) | {"feb", "aug", "sept", "oct", "nov", "dec"}
"""Abbreviations that may end a sentence."""
DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")


@dataclass(frozen=True)
class Wording:
    """An answer as its wording is read."""

    written: str
    """The answer as it was written: Unicode NFC, plain quotes, no blanks around it."""

    @cached_property
    def raw_lines(self) -> tuple[str, ...]:
        """The lines as they were written; an empty one for a rule; fences left out."""
        lines = [line.strip() for line in LINE_ENDS.split(self.written)]
        lines = [line for line in lines if not line.startswith(FENCES)]
        # Where nothing but marks was asked for (a row of stars), they are no rule.
        has_words = any(map(has_word, lines))
        return tuple("" if has_words and _is_rule(line) else line for line in lines)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without Markdown marks; an empty one where a paragraph ends."""
        return tuple(map(_unmarked, self.raw_lines))

    @cached_property
    def plain(self) -> str:
        """All of it without Markdown marks, with one blank wherever there were blanks or line ends."""
        return " ".join(" ".join(self.lines).split())

    @property
    def words(self) -> Range:
        """Runs of characters between blanks, dashes and commas that hold a letter or a digit."""
        runs = filter(has_word, BREAK.split(self.plain))
        return _exactly(sum(len(UNSPACED.findall(run)) + sum(map(has_word, UNSPACED.split(run))) for run in runs))

    @property
    def sentences(self) -> Range:
        """What ends with a stop, a question or exclamation mark, or with its list item, heading or paragraph."""
        counted = [_sentences(" ".join(block.split())) for block in self._blocks()]
        return sum(low for low, _ in counted), sum(high for _, high in counted)

    @property
    def text_lines(self) -> Range:
        """Lines that are not blank."""
        return _exactly(sum(map(bool, self.lines)))

    @property
    def paragraphs(self) -> Range:
        """Runs of lines between blank lines."""
        return _exactly(sum(bool(line) and not before for before, line in zip(("", *self.lines), self.lines, strict=False)))

    @property
    def bullets(self) -> Range:
        """Lines that start with a list mark."""
        return _exactly(sum(bool(BULLET.match(line.lstrip(BEFORE_LINE))) for line in self.raw_lines))

    @property
    def characters(self) -> Range:
        """Code points, blanks within included; with or without Markdown marks."""
        bare = "\n".join(self.lines).strip()
        return min(len(bare), len(self.written)), max(len(bare), len(self.written))

    def _blocks(self) -> Iterator[str]:
        """Yield what no sentence goes beyond: a heading, a list item, a run of other lines."""
        held: list[str] = []
        for raw, line in zip(self.raw_lines, self.lines, strict=True):
            if not line or LEAD.match(raw.lstrip(BEFORE_LINE)):
                yield " ".join(held)
                held = []
            held.append(line)
            if raw.startswith("#"):
                yield " ".join(held)
                held = []
        yield " ".join(held)


def wording(answer: str) -> Wording:
    """Return an answer as its wording is read."""
    return Wording(unicodedata.normalize("NFC", answer).translate(SAME).strip())


def folded(text: str) -> str:
    """Return a text as texts are compared: NFC, plain quotes, any case, one blank for all blanks."""
    return " ".join(unicodedata.normalize("NFC", text).translate(SAME).casefold().split())


def has_word(text: str) -> bool:
    """Return whether a text holds a letter or a digit."""
    return WORD.search(text) is not None


def places(text: str, wanted: str) -> Iterator[int]:
    """Yield where `wanted` stands in a folded text as whole words, one after the other and never overlapping."""
    # The pattern passes over what plain letters around it rule out; `is_whole` looks at the rest.
    before, after = ("" if not _holds_on(char) else ASCII_WORD for char in (wanted[0], wanted[-1]))
    pattern = re.compile((before and f"(?<!{before})") + re.escape(wanted) + (after and f"(?!{after})"))
    found = pattern.search(text)
    while found:
        whole = is_whole(text, found.start(), found.end())
        if whole:
            yield found.start()
        found = pattern.search(text, found.end() if whole else found.start() + 1)


def is_whole(text: str, start: int, end: int) -> bool:
    """Return whether what stands there neither begins nor ends within a word."""
    return not _joined(text, start) and not _joined(text, end)


def in_word(char: str) -> bool:
    """Return whether a character is a letter, a digit or a mark on one."""
    return char.isalnum() or unicodedata.category(char).startswith("M")


def _joined(text: str, place: int) -> bool:
    """Return whether the characters before and at `place` belong to one word."""
    return 0 < place < len(text) and _holds_on(text[place - 1]) and _holds_on(text[place])


def _holds_on(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char == "_"
    return in_word(char) and not UNSPACED.match(char)


def _exactly(n: int) -> Range:
    return n, n


def _is_rule(line: str) -> bool:
    marks = [char for char in line if not char.isspace()]
    return len(marks) >= 3 and RULE_MARKS.issuperset(marks)


def _unmarked(line: str) -> str:
    """Return one line without what Markdown puts around its wording."""
    bare = line.lstrip(BEFORE_LINE)
    lead = LEAD.match(bare)
    if lead and has_word(bare[lead.end() :]):
        bare = bare[lead.end() :]
    if "](" in bare:
        bare = LINK.sub(r"\1", bare)
    return MARKS.sub(_kept, bare).strip() if has_word(bare) else bare


def _kept(found: re.Match[str]) -> str:
    """Return a run of marks where it is wording (`snake_case`, `2*3`, `5 * 3`), else nothing."""
    marks, around = found.group(), found.string[max(0, found.start() - 1) : found.end() + 1].replace(found.group(), "", 1)
    is_wording = "`" not in marks and len(around) == 2 and (around.isalnum() or around.isspace())
    return marks if is_wording else ""


def _sentences(block: str) -> Range:
    """Return how many sentences a block has: at least, and with those that an abbreviation may have ended."""
    low = high = low_start = high_start = 0
    for end in SENTENCE_END.finditer(block):
        certain, possible = _ends(block, end)
        if certain:
            low, low_start = low + bool(WORD.search(block, low_start, end.start())), end.end()
        if possible:
            high, high_start = high + bool(WORD.search(block, high_start, end.start())), end.end()
    low += bool(WORD.search(block, low_start))
    high += bool(WORD.search(block, high_start))
    return min(low, high), max(low, high)


def _ends(block: str, end: re.Match[str]) -> tuple[bool, bool]:
    """Return whether a sentence certainly ends here, and whether it may."""
    after = NEXT.match(block, end.end())
    following = after.group(1) if after else ""
    marks = end.group().rstrip("\"'»)]」』）")
    if not following:
        return True, True
    if marks == ".":
        return _stop_ends(block[block.rfind(" ", 0, end.start()) + 1 : end.start()], following)
    if not following.islower():
        return True, True
    # "Stop!" he said: one sentence. Well ... maybe: one or two.
    return False, marks.endswith(("..", "…"))


def _stop_ends(word: str, following: str) -> tuple[bool, bool]:
    bare = word.lstrip("\"'([«")
    is_initial = len(bare) == 1 and bare.isupper() and bare != "I"
    if bare.casefold() in BEFORE_NAMES:
        return False, False
    if is_initial or bare.casefold() in ABBREVIATIONS or DOTTED.fullmatch(bare):
        return False, not following.islower()
    return True, True
