"""Reading JSON Lines."""

import gzip
import json
import time
import tracemalloc
from pathlib import Path

import pytest

from tuneproof.core.errors import InputError
from tuneproof.core.row import example_from_row
from tuneproof.formats.jsonl import Jsonl


def write(folder: Path, content: bytes, name: str = "rows.jsonl") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content)
    return path


def complaint(path: Path) -> str:
    """Read a file that is wrong and return what is said about it."""
    with pytest.raises(InputError) as caught:
        list(Jsonl().rows(path, "rows.jsonl"))
    return str(caught.value)


def test_lines_are_numbered_from_one_and_blank_ones_skipped(tmp_path: Path) -> None:
    """BOM, CRLF, blank lines and a missing last line end change nothing."""
    path = write(tmp_path, b'\xef\xbb\xbf{"a": 1}\r\n\r\n  \n{"a": "\xe2\x80\xa8"}')
    assert list(Jsonl().rows(path)) == [(1, {"a": 1}), (4, {"a": "\u2028"})]


def test_gz_reads_as_plain(tmp_path: Path) -> None:
    """A gzipped file gives the same rows."""
    path = write(tmp_path, gzip.compress(b'\xef\xbb\xbf{"a": 1}\n{"a": 2}\n'), "rows.jsonl.gz")
    assert list(Jsonl().rows(path)) == [(1, {"a": 1}), (2, {"a": 2})]


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    """That an evalset needs rows is not the container's matter."""
    assert list(Jsonl().rows(write(tmp_path, b""))) == []


def test_a_field_of_ten_megabytes_is_fine(tmp_path: Path) -> None:
    """Long documents are data."""
    text = "x" * 10_000_000
    path = write(tmp_path, json.dumps({"input": text}).encode())
    assert next(Jsonl().rows(path))[1]["input"] == text


def test_large_integers_keep_every_digit(tmp_path: Path) -> None:
    """An integer beyond 64 bits is not rounded to a float."""
    path = write(tmp_path, b'{"id": 123456789012345678901234567890}')
    assert next(Jsonl().rows(path))[1]["id"] == 123456789012345678901234567890


def test_an_escaped_backslash_before_u0000_is_text(tmp_path: Path) -> None:
    """Only the NUL character is refused, not a text that speaks of it."""
    path = write(tmp_path, rb'{"input": "\\u0000"}')
    assert next(Jsonl().rows(path))[1]["input"] == "\\u0000"


BAD = [
    (b'{"a": 1}\n{"a": }\n', "rows.jsonl:2: invalid JSON: unexpected character, expected a JSON value at column 7"),
    (b"\n[1]\n", "rows.jsonl:2: the line holds an array (one JSON object a line)"),
    (b"3\n", "rows.jsonl:1: the line holds a number (one JSON object a line)"),
    (b'{"a": NaN}\n', "rows.jsonl:1: invalid JSON"),
    (b'{"a": "x\x00"}\n', "rows.jsonl:1: NUL byte (UTF-8 text)"),
    (b'{"a": "x\\u0000"}\n', "rows.jsonl:1: a: NUL character in the text"),
    (b'{"a": "\\ud800"}\n', "rows.jsonl:1: lone surrogate"),
    (b'{"a": "\\udc00x"}\n', "rows.jsonl:1: lone surrogate"),
    (b'{"a": "\xed\xa0\x80"}\n', "rows.jsonl:1: lone surrogate at column 8 (UTF-8 text)"),
    (b'{"a": "caf\xe9"}\n', "rows.jsonl:1: invalid UTF-8: byte 0xe9 at column 11 (UTF-8 text)"),
    (b'{"a": 1}\n{"a": "cut', "rows.jsonl:2: invalid JSON"),
    (b"{" * 5000, "rows.jsonl:1: invalid JSON"),
    (b'{"a": ' + b"9" * 5000 + b"}", "rows.jsonl:1: "),
]


@pytest.mark.parametrize(("content", "message"), BAD, ids=[message for _, message in BAD])
def test_what_cannot_be_read_is_named_by_file_and_line(tmp_path: Path, content: bytes, message: str) -> None:
    """Every kind of damage stops the file with one line that says where."""
    said = complaint(write(tmp_path, content))
    assert said.startswith(message)
    assert "\n" not in said


ROWS_GZ = gzip.compress(b"".join(b'{"a": %d}\n' % number for number in range(1000)))


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (ROWS_GZ[:-20], "the gz data end too early"),
        (ROWS_GZ[:-8] + b"\0\0\0\0" + ROWS_GZ[-4:], "damaged gz data: CRC check failed"),
        (b'{"a": 1}\n', "damaged gz data: Not a gzipped file"),
        (ROWS_GZ[:200] + b"\xff" * 50 + ROWS_GZ[250:], "damaged gz data"),
    ],
)
def test_gz_damage_is_named(tmp_path: Path, content: bytes, part: str) -> None:
    """A truncated or damaged archive is never read as a shorter evalset."""
    said = complaint(write(tmp_path, content, "rows.jsonl.gz"))
    assert said.startswith("rows.jsonl:")
    assert part in said


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """What the operating system says is passed on."""
    assert complaint(tmp_path / "none.jsonl") == "rows.jsonl: cannot be read: No such file or directory"
    assert complaint(tmp_path) == "rows.jsonl: cannot be read: Is a directory"


def test_messages_show_the_path_itself_by_default(tmp_path: Path) -> None:
    """Without another spelling, the path is shown as given."""
    path = write(tmp_path, b"nope")
    with pytest.raises(InputError, match=f"^{path}:1: invalid JSON"):
        list(Jsonl().rows(path))


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read_in_seconds_and_in_little_memory(tmp_path: Path) -> None:
    """Time and memory of a large file, with generous room for slow machines."""
    row = {"id": "ticket-1", "input": "My card was declined. " * 10, "expected": "card_declined", "slices": ["a", "b"]}
    path = write(tmp_path, (json.dumps(row).encode() + b"\n") * 100_000)
    started = time.perf_counter()
    for line, found in Jsonl().rows(path):
        example_from_row(found, line)
    assert time.perf_counter() - started < 10
    tracemalloc.start()
    for _ in zip(range(20_000), Jsonl().rows(path), strict=False):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
