"""JSON Lines: one JSON object a line, plain or gzipped. Chat fine-tuning files are of this kind."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import orjson

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.protocols import EvalsetFormat
from tuneproof.core.row import RowError, refuse_unfit
from tuneproof.formats._lines import decoded, numbered_lines

BIG_INTEGER = re.compile(rb"[0-9]{19}")
"""orjson reads integers beyond 64 bits as floats, silently; lines that may hold one are read by the slower, exact parser."""
ESCAPED_NUL = b"\\u0000"
"""The only way in which a line without NUL bytes can hold a NUL character (or the innocent text `\\\\u0000`)."""


class Jsonl:
    """Reads `.jsonl` and `.jsonl.gz`. Blank lines are skipped; CRLF and a byte order mark are no matter."""

    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".jsonl.gz")

    def rows(self, path: Path, shown: str | None = None) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield (line number from 1, row) one by one.

        Args:
            path: The file.
            shown: The path as messages show it; None shows `path` itself.

        Raises:
            InputError: file:line of what cannot be read.
        """
        name = str(path) if shown is None else shown
        for number, line in numbered_lines(path, name):
            if line.isspace():
                continue
            try:
                yield number, _row(line)
            except _NotARow as error:
                decoded(line, f"{name}:{number}")  # wrong bytes explain a wrong row better than the parser does
                raise InputError(Problem(where=f"{name}:{number}", what=error.what, expected=error.expected)) from error


class _NotARow(RowError):
    """A line that holds no row."""


def _row(line: bytes) -> Mapping[str, Any]:
    try:
        row: object = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if "surrogate in" in error.msg:
            raise _NotARow(f"lone surrogate: {error.msg}", "a pair, or no surrogate") from error
        raise _NotARow(f"invalid JSON: {error.msg} at column {error.colno}", "one JSON object a line") from error
    if not isinstance(row, dict):
        raise _NotARow(f"the line holds {_kind(row)}", "one JSON object a line")
    if BIG_INTEGER.search(line):
        row = _exact(line)
    if ESCAPED_NUL in line:
        try:
            refuse_unfit(row)
        except RowError as error:
            raise _NotARow(error.what, error.expected) from error
    return row


def _exact(line: bytes) -> dict[str, Any]:
    try:
        row: dict[str, Any] = json.loads(line)
    except ValueError as error:  # Python reads no integer of more than 4,300 digits
        raise _NotARow("a number has too many digits to be read", "at most 4300 digits") from error
    return row


def _kind(value: object) -> str:
    kinds = {list: "an array", str: "a text", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")


PLUGIN: type[EvalsetFormat] = Jsonl
