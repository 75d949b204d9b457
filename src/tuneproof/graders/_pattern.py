"""Patterns of users, run by re2: linear in the text, whatever the pattern and whatever a model answers."""

from collections import deque
from collections.abc import Iterator

import re2

from tuneproof.core.errors import Problem

SYNTAX = "re2 syntax: look-around and back-references are not linear-time"
"""What is expected of a pattern; the two things that Python's `re` has and re2 refuses."""

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False  # re2 would print to stderr what we report ourselves


def pattern_problems(pattern: str | None, where: str) -> list[Problem]:
    """Return the problem of a pattern that does not compile; none for a missing pattern."""
    what = None if pattern is None else why_not(pattern)
    return [] if what is None else [Problem(where=where, what=what, expected=SYNTAX)]


def why_not(pattern: str) -> str | None:
    """Say why a pattern does not compile; None where it does."""
    try:
        re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        said = error.args[0]
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"pattern {pattern!r} does not compile: {reason}"
    except UnicodeEncodeError:
        return "pattern holds a lone surrogate"
    return None


def last_match(pattern: str, text: str) -> str | None:
    """Return the first group of the last match (the whole match where there is no group); None where nothing matches."""
    last = deque(_matches(pattern, text), maxlen=1)
    return last[0] if last else None


def searches(pattern: str, text: str) -> bool:
    """Return whether the pattern matches anywhere in the text."""
    return re2.compile(pattern, _OPTIONS).search(_bytes(text)) is not None


def matches_whole(pattern: str, text: str) -> bool:
    """Return whether the pattern matches the text from its first to its last character."""
    return re2.compile(pattern, _OPTIONS).fullmatch(_bytes(text)) is not None


def _matches(pattern: str, text: str) -> Iterator[str | None]:
    compiled = re2.compile(pattern, _OPTIONS)
    group = 1 if compiled.groups else 0
    for match in compiled.finditer(_bytes(text)):
        found = match.group(group)
        yield None if found is None else found.decode("utf-8", "replace")


def _bytes(text: str) -> bytes:
    """Return the text as re2 reads it. Bytes spare a translation of every offset; a lone surrogate becomes `?`."""
    return text.encode("utf-8", "replace")
