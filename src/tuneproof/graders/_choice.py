"""Which option of a closed menu a text declares: by its label, or by its words, and only where it says that this is its choice.

A letter somewhere in a sentence is no choice: "As a grader I must say ..." does not choose A. Four ways of declaring are tried,
the plainest first; the first that names an option decides, and if it names two, the text is ambiguous.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

WRAPPING = " \t\r\n*_\"'`()[]{}.:!,;\u201c\u201d\u2018\u2019$"
"""What may stand around an answer that is nothing but an option."""

LEAD = (
    r"(?:\banswer(?:\s+(?:is|must\s+be|should\s+be|would\s+be)|\s*[:=>\x{ff1a}])(?:\s+is)?(?:\s+(?:therefore|thus|clearly))?"
    r"|\b(?:choice|correct\s+option|right\s+option|best\s+option)(?:\s+is|\s*[:=])"
    r"|\bI\s+(?:would\s+)?(?:choose|pick|select)|\bI(?:'ll|\s+will)?\s+go\s+with)(?:\s+(?:option|choice))?"
)
"""What comes before a declared option."""
OPENING = r"[\s*_:\"'`(\[{$\x{201c}\x{2018}]*(?:\\(?:boxed|text|textbf|mathrm)\{)*[\s(*]*"
"""Marks between the lead and the option: blanks, quotes, Markdown, LaTeX."""
CLOSING = r"(?:$|[^\pL\pN_'\x{2019}])"
"""What ends an option that is no English word of its own."""
CLOSING_WORD = r"(?:\s*$|\s*[^\s\pL\pN_'\x{2019}]|\s*\n|\s+(?:because|since|as|and|which|for)\b)"
"""What ends `A` or `I`, which begin sentences: "the answer is a matter of taste" chooses nothing."""
WORDS = ("a", "i")


@dataclass(frozen=True, slots=True)
class Options:
    """A closed menu."""

    labels: tuple[str, ...]
    """What an answer is called by: A, B, C, ..."""
    texts: tuple[str, ...] = ()
    """What each label stands for; empty where that is not known."""

    def problem(self) -> str | None:
        """Say why this is no menu; None where it is one."""
        names = [name.casefold().strip() for name in (*self.labels, *self.texts)]
        if len(self.labels) < 2:
            return "there are no options (choices, meta.choices, or the evalset's labels)"
        if not all(names):
            return "an option is empty"
        if len(set(names[: len(self.labels)])) < len(self.labels):
            return f"two of the options {', '.join(self.labels)} are the same"
        return None

    def named(self, name: str) -> int | None:
        """Return the index of the option with this label, or else with this text; None where there is none."""
        wanted = name.strip(WRAPPING).casefold() or name.strip().casefold()
        for names in (self.labels, self.texts):
            for place, one in enumerate(names):
                if wanted and wanted == (one.strip(WRAPPING).casefold() or one.strip().casefold()):
                    return place
        return None


def chosen(text: str, options: Options) -> set[int]:
    """Return the options that a text declares: one where it is clear, none where it declares none, several where it wavers."""
    ways: tuple[Callable[[str, Options], Iterator[int | None]], ...] = (_whole, _declared, _listed, _last_line)
    for way in ways:
        found = {place for place in way(text, options) if place is not None}
        if found:
            return found
    return set()


def _whole(text: str, options: Options) -> Iterator[int | None]:
    yield options.named(_bare(text))


def _last_line(text: str, options: Options) -> Iterator[int | None]:
    yield options.named(_bare(text.strip().rpartition("\n")[2]))


def _bare(text: str) -> str:
    """Return the text without the word that may introduce a label: "Option B"."""
    word, _, rest = text.strip(WRAPPING).partition(" ")
    return rest if word.casefold() in ("option", "choice") else text


def _declared(text: str, options: Options) -> Iterator[int | None]:
    return _found(_patterns(options)[0], text, options)


def _listed(text: str, options: Options) -> Iterator[int | None]:
    return _found(_patterns(options)[1], text, options)


def _found(pattern: Any, text: str, options: Options) -> Iterator[int | None]:
    for match in pattern.finditer(text.encode("utf-8", "replace")):
        yield from (options.named(group.decode("utf-8", "replace")) for group in match.groups() if group is not None)


@lru_cache(maxsize=1024)
def _patterns(options: Options) -> tuple[Any, Any]:
    """Return the patterns of declared options ("the answer is B", "B is correct") and of marked ones ("B.", "(B)", "**B**")."""
    labels = _either(label for label in options.labels if label.casefold() not in WORDS)
    words = _either(label for label in options.labels if label.casefold() in WORDS)
    texts = _either(options.texts)
    declared = (
        f"(?i){LEAD}{OPENING}(?:({texts}){CLOSING}|({labels}){CLOSING}|({words}){CLOSING_WORD})"
        rf"|\b({_either(options.labels)})\s+is\s+(?:the\s+)?(?:correct|right|best|answer)\b"
    )
    every = _either(options.labels)
    marked = (
        rf"(?im)^[\s*_\"'`(\[]*({every})[*_\"'`\])]*(?:[.):]|\s+[-\x{{2013}}\x{{2014}}]\s|\s*$)"
        rf"|\(({every})\)|\*\*({every})[.):]?\*\*|\b({every})\)|boxed\{{({every})\}}"
    )
    quiet = re2.Options()
    quiet.log_errors = False
    quiet.max_mem = 64 << 20  # long option texts make long patterns
    return re2.compile(declared, quiet), re2.compile(marked, quiet)


def _either(names: Any) -> str:
    """Return a pattern of any of the names, longest first; one that matches nothing where there are none."""
    escaped = sorted((re2.escape(name.strip()) for name in names), key=len, reverse=True)
    return "|".join(escaped) if escaped else r"[^\x00-\x{10FFFF}]"
