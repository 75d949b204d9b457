"""Run folders: every product of a run on disk, so that each step can be repeated from the one before it.

A run is written into a hidden folder beside its final place and renamed when it is whole. Later steps replace single files,
each atomically.
"""

import contextlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import orjson

from tuneproof.core.errors import InputError, Problem, RunStopped

Item = TypeVar("Item")

PARTIAL = ".partial"
RETRY = "free some space and run the same command again: answers are kept in the cache"


class RunFolder:
    """One run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        """Id of the run: the folder's name."""
        return self.path.name.removeprefix(".").removesuffix(PARTIAL)

    # -- writing -------------------------------------------------------------------------------------------------------------

    def write_text(self, name: str, text: str) -> None:
        """Replace one file, atomically."""
        temporary = self.path / f".{name}-{secrets.token_hex(4)}{PARTIAL}"
        try:
            with kept(self.path):
                temporary.write_bytes(text.encode("utf-8", "replace"))
                temporary.replace(self.path / name)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)

    def write_json(self, name: str, value: Any) -> None:
        """Replace one JSON file, atomically. NaN has no place in it."""
        self.write_text(name, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")

    def write_rows(self, name: str, items: Iterable[Item], row: Callable[[Item], Mapping[str, Any]]) -> Iterator[Item]:
        """Write one JSON line an item while it passes through; the file is in place when the last one has."""
        temporary = self.path / f".{name}{PARTIAL}"
        try:
            with kept(self.path), temporary.open("wb", buffering=1 << 20) as file:
                for item in items:
                    file.write(_line(row(item)))
                    yield item
            with kept(self.path):
                temporary.replace(self.path / name)
        finally:
            temporary.unlink(missing_ok=True)

    # -- reading -------------------------------------------------------------------------------------------------------------

    def read_json(self, name: str) -> Any:
        """Return the content of one JSON file.

        Raises:
            InputError: when it is missing or damaged.
        """
        try:
            return json.loads((self.path / name).read_text("utf-8"))
        except OSError as error:
            raise InputError(Problem(where=str(self.path / name), what=error.strerror or "cannot be read")) from None
        except ValueError:
            raise InputError(Problem(where=str(self.path / name), what="is not JSON", expected="a file of a run")) from None

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of one JSONL file.

        Raises:
            InputError: file:line of what is damaged, or that the file is missing.
        """
        path = self.path / name
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    try:
                        yield orjson.loads(line)
                    except orjson.JSONDecodeError:
                        yield _lenient(line, f"{path}:{number}")
        except OSError as error:
            raise InputError(Problem(where=str(path), what=error.strerror or "cannot be read")) from None


def _line(row: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # a lone surrogate in an answer, or a whole number beyond 64 bits in an example
        return json.dumps(row).encode("ascii") + b"\n"


def _lenient(line: bytes, where: str) -> dict[str, Any]:
    try:
        held = json.loads(line)
        if isinstance(held, dict):
            return held
    except ValueError:
        pass
    raise InputError(Problem(where=where, what="is not a JSON row", expected="a file of a run"))


@contextlib.contextmanager
def kept(path: Path) -> Iterator[None]:
    """Turn a full disk into one line; what was paid for is in the cache."""
    try:
        yield
    except OSError as error:
        raise RunStopped(f"{path}: {error.strerror or error}; {RETRY}") from None
