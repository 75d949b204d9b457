"""The head of a GGUF file: what it holds, and how long the whole file must be: one that is being written is shorter."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
VERSIONS = (2, 3)
"""Those whose head is read here."""
ALIGNMENT = 32
"""Of the data, where the head names no other."""
MOST_DIMENSIONS = 8
"""A tensor has four at most."""
DEEPEST = 4
"""Lists within lists."""

_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Type of a value in the head to its format in `struct`."""
_TEXT, _LIST = 8, 9
_BLOCKS = {0: (1, 4), 1: (1, 2), 8: (32, 34), 30: (1, 2)}
"""Type of a tensor to (numbers, bytes) of one block: F32, F16, Q8_0 and BF16, which adapters are written in. Of a tensor in any
other type only its first byte is asked for."""


class CutShort(Exception):
    """The file ends within its head."""


class NoHead(Exception):
    """The head is none that llama.cpp writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a head says."""

    sort: str | None
    """`model` or `adapter`; None where it does not say."""
    size: int
    """Bytes that the whole file must have at least."""


def head_of(path: Path) -> Head | None:
    """Read the head of a GGUF file.

    Returns:
        None for a version of the format that is not read here.

    Raises:
        CutShort: the file ends within its head.
        NoHead: it is no GGUF file.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return _Reader(file, path.stat().st_size).head()


class _Reader:
    """Reads a head from its start to its end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size

    def head(self) -> Head | None:
        start = self._file.read(len(MAGIC))
        if start != MAGIC:
            # The first bytes of a file that is just being written may be missing.
            raise CutShort if MAGIC.startswith(start) else NoHead
        if self._number("I") not in VERSIONS:
            return None
        n_tensors, n_values = self._count(), self._count()
        values = dict(self._pair() for _ in range(n_values))
        ends = [self._tensor() for _ in range(n_tensors)]
        alignment = values.get("general.alignment", ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0:
            raise NoHead
        end, sort = self._file.tell(), values.get("general.type")
        size = -(-end // alignment) * alignment + max(ends) if ends else end
        return Head(sort=sort if isinstance(sort, str) else None, size=size)

    def _pair(self) -> tuple[str, object]:
        return self._text(), self._value(int(self._number("I")))

    def _value(self, kind: int, depth: int = 0) -> object:
        """Return a number or a text; lists (vocabularies) are passed over."""
        if kind in _NUMBERS:
            return self._number(_NUMBERS[kind])
        if kind == _TEXT:
            return self._text()
        if kind != _LIST or depth == DEEPEST:
            raise NoHead
        inner, n = int(self._number("I")), self._count()
        if inner in _NUMBERS:
            self._pass_over(n * struct.calcsize("<" + _NUMBERS[inner]))
            return None
        one: Callable[[], object] = self._text_passed if inner == _TEXT else lambda: self._value(inner, depth + 1)
        for _ in range(n):
            one()
        return None

    def _tensor(self) -> int:
        """Return where a tensor ends, counted from the start of the data."""
        self._text_passed()
        n_dimensions = int(self._number("I"))
        if n_dimensions > MOST_DIMENSIONS:
            raise NoHead
        numbers = prod(int(self._number("Q")) for _ in range(n_dimensions))
        kind, offset = int(self._number("I")), int(self._number("Q"))
        per_block, block_bytes = _BLOCKS.get(kind, (max(1, numbers), 1))
        return offset + -(-numbers // per_block) * block_bytes

    def _count(self) -> int:
        """Return a number of things, each of which takes a byte at least: more than the file has bytes are not all there."""
        n = int(self._number("Q"))
        if n > self._size:
            raise CutShort
        return n

    def _text(self) -> str:
        return self._bytes(self._count()).decode("utf-8", "replace")

    def _text_passed(self) -> None:
        self._pass_over(self._count())

    def _number(self, kind: str) -> int | float:
        (held,) = struct.unpack(f"<{kind}", self._bytes(struct.calcsize(f"<{kind}")))
        return held  # type: ignore[no-any-return]

    def _bytes(self, n: int) -> bytes:
        held = self._file.read(n)
        if len(held) < n:
            raise CutShort
        return held

    def _pass_over(self, n: int) -> None:
        if self._file.tell() + n > self._size:
            raise CutShort
        self._file.seek(n, 1)
