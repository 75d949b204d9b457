"""Comma-separated values with a header row (RFC 4180): every cell is text, fields may hold commas, quotes and line ends."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.protocols import EvalsetFormat
from tuneproof.core.row import NAMED_FIELDS
from tuneproof.formats._lines import decoded, numbered_lines

MAX_FIELD = 1 << 30
"""Characters in a cell. Python's own limit of 131,072 is too small for long documents; this one is out of the way."""


class Csv:
    """Reads `.csv` and `.csv.gz`.

    An empty cell in a column with a meaning (`input`, `expected`, `slice`, ...) is "not given", because a CSV file has no other
    way to say it; in all other columns it is empty text.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".csv.gz")

    def rows(self, path: Path, shown: str | None = None) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield (line number where the row starts, row) one by one.

        Args:
            path: The file.
            shown: The path as messages show it; None shows `path` itself.

        Raises:
            InputError: file:line of what cannot be read.
        """
        name = str(path) if shown is None else shown
        records = _records(path, name)
        start, header = next(records, (0, []))
        if not start:
            return
        _check_header(header, f"{name}:{start}")
        for line, cells in records:
            if len(cells) != len(header):
                raise _wrong(f"{name}:{line}", f"{len(cells)} fields", f"{len(header)}, as in the header")
            yield line, _row(header, cells)


def _row(header: list[str], cells: list[str]) -> dict[str, str | list[str]]:
    """Return one row; a cell of `slices` holds several names with semicolons between them."""
    row: dict[str, str | list[str]] = {
        key: cell for key, cell in zip(header, cells, strict=True) if cell or key not in NAMED_FIELDS
    }
    if (several := row.get("slices")) and isinstance(several, str):
        row["slices"] = [name.strip() for name in several.split(";") if name.strip()]
    return row


def _records(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line where it starts, cells) of each record that is not blank."""
    csv.field_size_limit(MAX_FIELD)
    # Lines are decoded one by one, not by a text file in blocks, so that a wrong byte is reported with its own line.
    texts = (decoded(line, f"{name}:{number}") for number, line in numbered_lines(path, name))
    reader = csv.reader(texts, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _wrong(f"{name}:{start}", f"invalid CSV: {error}", "fields as in RFC 4180") from error
        if cells:
            yield start, cells


def _check_header(header: list[str], where: str) -> None:
    other = next((mark for mark in (";", "\t") if len(header) == 1 and mark in header[0]), None)
    if other is not None:
        raise _wrong(where, f"its fields are separated by {other!r}", "commas: save it as CSV with commas")
    for place, column in enumerate(header, 1):
        if not column.strip():
            raise _wrong(where, f"column {place} has no name", "a header row with a name for each column")
        if column in header[: place - 1]:
            raise _wrong(where, f"two columns are named {column!r}", "a header row with different names")


def _wrong(where: str, what: str, expected: str) -> InputError:
    return InputError(Problem(where=where, what=what, expected=expected))


PLUGIN: type[EvalsetFormat] = Csv
