"""GGUF files: the small model that ships with the package, what is wrong with a file, and the digest of its content."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

MAGIC = b"GGUF"
SMALL_MODEL = Path(__file__).parents[1] / "small_model"
"""`base.gguf`, and one file an adapter."""
BASE = "base"
"""The model without an adapter."""
PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
"""End of the name of one part of a large model; llama.cpp is given the first and finds the others."""


def small_model() -> Path:
    """Return the model that ships with the package."""
    return SMALL_MODEL / f"{BASE}.gguf"


def small_adapters() -> Mapping[str, Path]:
    """Return the adapters that ship with it, by name."""
    return {path.stem: path for path in sorted(SMALL_MODEL.glob("*.gguf")) if path.stem != BASE}


def fault(path: Path) -> str | None:
    """Say what is wrong with a GGUF file as far as its first bytes show; None where they are right."""
    try:
        with path.open("rb") as file:
            return None if file.read(len(MAGIC)) == MAGIC else "is no GGUF file"
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def content_digest(path: Path) -> str | None:
    """Return the SHA-256 of a GGUF file's content, of all its parts; None where there is no such file.

    A file is read once in a process, and again when its time or size have changed.
    """
    try:
        digests = [_digest(part, (part.stat().st_mtime_ns, part.stat().st_size)) for part in _parts(path)]
    except OSError:
        return None
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _parts(path: Path) -> Iterator[Path]:
    """Yield the files of a model."""
    if not (found := PART.search(path.name)):
        yield path
        return
    for number in range(1, int(found[2]) + 1):
        yield path.with_name(f"{path.name[: found.start()]}-{number:05}-of-{found[2]}.gguf")


@lru_cache(maxsize=256)
def _digest(path: Path, _state: tuple[int, int]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
