"""The head of a GGUF file: its size is the file's, wherever it is cut, and odd heads end in a word, not in a crash."""

from pathlib import Path

import gguf
import numpy as np
import pytest

from tuneproof.providers._gguf_files import small_adapters, small_model
from tuneproof.providers._gguf_header import CutShort, Head, NoHead, head_of

SHIPPED = {"base": small_model(), **small_adapters()}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_size_is_that_of_the_file(name: str) -> None:
    """Of every shipped file, the model with its vocabulary too."""
    path, head = SHIPPED[name], head_of(SHIPPED[name])
    assert head is not None
    assert head.size == path.stat().st_size


def written(path: Path, dtype: type, *, alignment: int | None = None) -> Path:
    """Write a file with the format's own writer: numbers, texts, lists, lists of texts, two tensors."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("adapter")
    writer.add_float32("adapter.lora.alpha", 16.0)
    writer.add_bool("some.flag", True)
    writer.add_array("some.words", ["a", "\u00e4\u00f6", ""])
    writer.add_array("some.numbers", [1, 2, 3])
    if alignment:
        writer.add_custom_alignment(alignment)
    writer.add_tensor("first", np.zeros((3, 5), dtype=dtype))
    writer.add_tensor("second", np.zeros((7,), dtype=dtype))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int32])
@pytest.mark.parametrize("alignment", [None, 64])
def test_files_of_the_official_writer(tmp_path: Path, dtype: type, alignment: int | None) -> None:
    """Never longer than the file, and within its last tensor; the sort is read."""
    path = written(tmp_path / "a.gguf", dtype, alignment=alignment)
    head, size = head_of(path), path.stat().st_size
    assert head is not None
    assert head.sort == "adapter"
    assert size - 4 * (alignment or 32) < head.size <= size


def test_wherever_it_is_cut_it_is_too_short(tmp_path: Path) -> None:
    """At every byte of the head, and in the data."""
    raw, path = written(tmp_path / "a.gguf", np.float32).read_bytes(), tmp_path / "cut.gguf"
    needed = Head(sort="adapter", size=0)
    for end in range(len(raw)):
        path.write_bytes(raw[:end])
        try:
            needed = head_of(path) or needed
        except CutShort:
            continue
        assert end < needed.size or raw[needed.size : end].strip(b"\0") == b""
    assert len(raw) - needed.size < 64


ODD: dict[str, bytes] = {
    "another format": b"PK\x03\x04",
    "a text": b"once upon a time",
    "an unknown type of value": b"GGUF" + (3).to_bytes(4, "little") + bytes(8) + (1).to_bytes(8, "little")
    + (1).to_bytes(8, "little") + b"k" + (99).to_bytes(4, "little"),
    "too many dimensions": b"GGUF" + (3).to_bytes(4, "little") + (1).to_bytes(8, "little") + bytes(8)
    + (1).to_bytes(8, "little") + b"t" + (99).to_bytes(4, "little"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_head(tmp_path: Path, name: str) -> None:
    """Said as such."""
    (tmp_path / "a.gguf").write_bytes(ODD[name])
    with pytest.raises(NoHead):
        head_of(tmp_path / "a.gguf")


def test_a_version_that_is_not_read(tmp_path: Path) -> None:
    """Nothing is said of it; llama.cpp decides."""
    (tmp_path / "a.gguf").write_bytes(b"GGUF" + (1).to_bytes(4, "little"))
    assert head_of(tmp_path / "a.gguf") is None


def test_numbers_beyond_the_file(tmp_path: Path) -> None:
    """A count of a quintillion costs no time."""
    (tmp_path / "a.gguf").write_bytes(b"GGUF" + (3).to_bytes(4, "little") + b"\xff" * 16)
    with pytest.raises(CutShort):
        head_of(tmp_path / "a.gguf")
