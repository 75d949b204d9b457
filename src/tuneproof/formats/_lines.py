"""Numbered lines of a text file, plain or gzipped, with every way of being damaged turned into a `file:line` error."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tuneproof.core.errors import InputError, Problem

BOM = b"\xef\xbb\xbf"
"""UTF-8 byte order mark; Windows tools write it, and it is no part of the first row."""


def numbered_lines(path: Path, shown: str) -> Iterator[tuple[int, bytes]]:
    """Yield (line number from 1, line with its ending) of a file, one line in memory at a time.

    Args:
        path: File to read; gunzipped on the way where its name ends in `.gz`.
        shown: The path as messages show it.

    Raises:
        InputError: for a file that cannot be opened, gz damage and NUL bytes.
    """
    number = 0  # after an error it is the last good line
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, 1):
                if b"\0" in line:
                    raise _unreadable(f"{shown}:{number}", "NUL byte", "UTF-8 text")
                yield number, line.removeprefix(BOM) if number == 1 else line
    except EOFError as error:
        raise _unreadable(f"{shown}:{number + 1}", "the gz data end too early", "a whole file", "copy it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        what = f"damaged gz data: {error}"
        raise _unreadable(f"{shown}:{number + 1}", what, "a gz file as gzip writes it") from error
    except OSError as error:
        raise _unreadable(shown, f"cannot be read: {error.strerror or error}") from error


def decoded(line: bytes, where: str) -> str:
    """Return the text of a line.

    Raises:
        InputError: for bytes that are not UTF-8, with their place in the line.
    """
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"invalid UTF-8: byte 0x{line[error.start]:02x} at column {error.start + 1}"
        if line[error.start] == 0xED and line[error.start + 1 : error.start + 2] >= b"\xa0":
            what = f"lone surrogate at column {error.start + 1}"
        raise _unreadable(where, what, "UTF-8 text") from error


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")


def _unreadable(where: str, what: str, expected: str = "", hint: str = "") -> InputError:
    return InputError(Problem(where=where, what=what, expected=expected, hint=hint))
