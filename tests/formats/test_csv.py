"""Reading CSV."""

import gzip
from pathlib import Path

import pytest

from tuneproof.core.errors import InputError
from tuneproof.formats.csv import Csv


def write(folder: Path, content: bytes, name: str = "rows.csv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content)
    return path


def test_cells_are_text_under_their_header(tmp_path: Path) -> None:
    """BOM and CRLF are no matter; numbers stay text."""
    path = write(tmp_path, '\ufeffid,input\r\n1,"a, ""b"""\r\n'.encode())
    assert list(Csv().rows(path)) == [(2, {"id": "1", "input": 'a, "b"'})]


def test_a_row_is_numbered_by_the_line_where_it_starts(tmp_path: Path) -> None:
    """Fields of several lines and blank lines move the number, not the row."""
    path = write(tmp_path, b'input,x\n"a\nb\n\nc",1\n\nd,2\n')
    assert [(line, row["input"]) for line, row in Csv().rows(path)] == [(2, "a\nb\n\nc"), (7, "d")]


def test_empty_cells_of_named_columns_are_not_given(tmp_path: Path) -> None:
    """An empty `expected` is a missing one; an empty cell of another column is empty text."""
    path = write(tmp_path, b"input,expected,slice,note\nq,,,\n")
    assert list(Csv().rows(path)) == [(2, {"input": "q", "note": ""})]


def test_a_field_of_ten_megabytes_is_fine(tmp_path: Path) -> None:
    """Python's own limit for a cell is lifted."""
    path = write(tmp_path, b'input\n"' + (b"x" * 999 + b"\n") * 10_000 + b'"\n')
    assert len(next(Csv().rows(path))[1]["input"]) == 10_000_000


def test_gz_reads_as_plain(tmp_path: Path) -> None:
    """A gzipped file gives the same rows."""
    path = write(tmp_path, gzip.compress(b"input\nq\n"), "rows.csv.gz")
    assert list(Csv().rows(path)) == [(2, {"input": "q"})]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"input\n"])
def test_a_file_without_rows_has_none(tmp_path: Path, content: bytes) -> None:
    """That an evalset needs rows is not the container's matter."""
    assert list(Csv().rows(write(tmp_path, content))) == []


BAD = [
    (b"a,a\n1,2\n", "rows.csv:1: two columns are named 'a' (a header row with different names)"),
    (b"\na, \n1,2\n", "rows.csv:2: column 2 has no name (a header row with a name for each column)"),
    (b"a,b\n1,2\n\n3\n", "rows.csv:4: 1 fields (2, as in the header)"),
    (b"a,b\n1,2,3\n", "rows.csv:2: 3 fields (2, as in the header)"),
    (b'a,b\n1,"x\ny\n', "rows.csv:2: invalid CSV: unexpected end of data (fields as in RFC 4180)"),
    (b'a,b\n1,"x"y\n', "rows.csv:2: invalid CSV: "),
    (b"a,b\n1,2\n1,caf\xe9\n", "rows.csv:3: invalid UTF-8: byte 0xe9 at column 6 (UTF-8 text)"),
    (b"a\n\xed\xb0\x80\n", "rows.csv:2: lone surrogate at column 1 (UTF-8 text)"),
    (b"a\nx\0y\n", "rows.csv:2: NUL byte (UTF-8 text)"),
]


@pytest.mark.parametrize(("content", "message"), BAD, ids=[message for _, message in BAD])
def test_what_cannot_be_read_is_named_by_file_and_line(tmp_path: Path, content: bytes, message: str) -> None:
    """Every kind of damage stops the file with one line that says where."""
    with pytest.raises(InputError) as caught:
        list(Csv().rows(write(tmp_path, content), "rows.csv"))
    assert str(caught.value).startswith(message)
