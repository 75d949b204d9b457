"""The exposure ledger: one line each time that results on the holdout were shown, in a chain that cannot be edited unnoticed.

Each line holds the hash of the line before it and, over all the rest of itself, its own; the first line follows from the
experiment's name. Lines are only ever added. Two things a chain cannot show by itself: that its last lines were cut off (a
caller who knows of runs can: see `unrecorded` in `pipeline.exposures`), and that somebody wrote the whole of it anew (version
control can).
"""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path
from types import NoneType
from typing import Any

from tuneproof.core.digest import canonical_json, digest
from tuneproof.core.errors import InputError, Problem
from tuneproof.core.exposure import Exposure

_REPAIR = "take the ledger from version control"

_TYPES: Mapping[str, tuple[type, ...]] = {
    "number": (int,),
    "at": (str,),
    "run_id": (str,),
    "lock": (str, NoneType),
    "locked_at": (str, NoneType),
    "evalsets": (str,),
    "candidates": (list,),
    "completions": (str,),
    "mode": (str,),
    "alpha": (float, int),
    "decision": (str,),
}
"""Field of an exposure to what JSON makes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFile:
    """A ledger as it was read."""

    entries: tuple[Exposure, ...]
    """All lines that can be read, in order; those that were tampered with too: what was shown was shown."""
    damage: tuple[Problem, ...]
    """What is wrong, each with `file:line`; empty where the chain holds."""
    head: str
    """What the next line names as the hash of the one before it."""


def ledger_path(experiment_file: Path) -> Path:
    """Return the ledger of an experiment file: `experiment.toml` has `experiment.ledger.jsonl`."""
    return experiment_file.with_suffix(".ledger.jsonl")


def read(path: Path, experiment: str) -> LedgerFile:
    """Read a ledger and verify its chain; a file that is not there is an empty one.

    Args:
        path: The file.
        experiment: The experiment's name: the first line follows from it.

    Raises:
        InputError: when the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise InputError(Problem(where=str(path), what=error.strerror or "cannot be read")) from None
    return _verified(content, path, experiment)


def append(path: Path, experiment: str, choose: Callable[[LedgerFile], Exposure | None]) -> Exposure | None:
    """Add a line, or none; other processes wait, so that nothing comes between what is read and what is written.

    Earlier lines are never touched, damaged ones neither. The line is on the disk when this returns.

    Args:
        path: The file; it is made if it is not there.
        experiment: The experiment's name.
        choose: Given the ledger as it stands, returns what to add; None adds nothing.

    Returns:
        What was added.

    Raises:
        InputError: when the file cannot be written; it is then as it was.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise InputError(_cannot_be_written(path, error)) from None
    with FileIO(handle, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            content = file.readall()
        except OSError as error:
            raise InputError(_cannot_be_written(path, error)) from None
        held = _verified(content, path, experiment)
        entry = choose(held)
        if entry is not None:
            # A last line without its end must not swallow the new one.
            gap = b"" if content.endswith(b"\n") or not content else b"\n"
            try:
                _write(file, gap + _line(entry, held.head), len(content))
            except OSError as error:
                raise InputError(_cannot_be_written(path, error)) from None
    return entry


def unwritable(path: Path) -> list[Problem]:
    """Say whether a line could be added, before anything is spent. Nothing is left behind."""
    try:
        if path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_APPEND))
        else:
            with tempfile.NamedTemporaryFile(dir=path.resolve().parent, prefix="."):
                pass
    except OSError as error:
        return [_cannot_be_written(path, error)]
    return []


def _cannot_be_written(path: Path, error: OSError) -> Problem:
    what = f"cannot be written: {error.strerror or error}"
    return Problem(where=str(path), what=what, expected="a ledger that exposures can be added to")


def _write(file: FileIO, line: bytes, size: int) -> None:
    """Write one line whole, or leave the file at its size (a full disk)."""
    try:
        while line:  # what a full disk takes is a part; asking it for the rest says why
            line = line[file.write(line) :]
        os.fsync(file.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            file.truncate(size)
        raise


def _line(entry: Exposure, previous: str) -> bytes:
    row = {**asdict(entry), "candidates": list(entry.candidates), "previous": previous}
    return f"{canonical_json({**row, 'hash': digest(row)})}\n".encode("utf-8", "surrogatepass")


# -- verifying ---------------------------------------------------------------------------------------------------------------


def _verified(content: bytes, path: Path, experiment: str) -> LedgerFile:
    lines = content.removesuffix(b"\n").split(b"\n") if content else []
    is_cut_off = not content.endswith(b"\n")
    rows = [_row(line) for line in lines]
    chain = _Chain(digest({"ledger of": experiment}), rows)
    entries: list[Exposure] = []
    damage: list[Problem] = []
    for number, (line, row) in enumerate(zip(lines, rows, strict=True), 1):
        found = None if row is None else _exposure(row)
        wrong = chain.wrong(number, line)
        if row is None and is_cut_off and number == len(lines):
            wrong = "is cut off"
        elif not wrong and found is None:
            wrong = "is no exposure: a field is missing or has another type"
        if wrong:
            damage.append(Problem(where=f"{path}:{number}", what=wrong, expected="the ledger as it was written", hint=_REPAIR))
        if found is not None:
            entries.append(found)
    return LedgerFile(entries=tuple(entries), damage=tuple(damage), head=chain.last)


class _Chain:
    """The hashes of a ledger, line by line."""

    def __init__(self, start: str, rows: Sequence[Mapping[str, Any] | None]) -> None:
        self.start, self.rows = start, rows
        self.last = start
        """Hash of the last line that has one."""
        self.is_known = True
        """Whether the line before could be read: what follows one that cannot is not to blame."""
        self.places: dict[str, int] = {start: 0}
        for number, row in enumerate(rows, 1):
            self.places.setdefault(str(row and row.get("hash")), number)

    def wrong(self, number: int, line: bytes) -> str | None:
        """Return what is wrong with the next line; None where it follows from the one before."""
        row, before, was_known = self.rows[number - 1], self.last, self.is_known
        self.is_known = row is not None and isinstance(row.get("hash"), str)
        if row is None:
            return "is not JSON"
        if self.is_known and self.places[row["hash"]] != number:
            return f"repeats line {self.places[row['hash']]}"  # and the next one follows from the line before it
        if self.is_known:
            self.last = row["hash"]
        if not _is_whole(row, line):
            return "was edited: its hash does not fit its content"
        return self._misplaced(row, number) if was_known and row.get("previous") != before else None

    def _misplaced(self, row: Mapping[str, Any], number: int) -> str:
        """Say why a line does not follow from the one before."""
        at = self.places.get(str(row.get("previous")))
        if at == 0:
            return f"begins the ledger, and stands behind line {number - 1}"
        if at is not None:
            moved = "lines were put in another order, or two copies of the ledger were merged"
            return f"follows from line {at}, and stands behind line {number - 1}: {moved}"
        if number == 1:
            return "is not the first line of this experiment's ledger: lines were removed, or it is another experiment's"
        return f"does not follow from line {number - 1}: a line between them was removed, or line {number - 1} was written anew"


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _is_whole(row: Mapping[str, Any], line: bytes) -> bool:
    """Tell whether a line is, byte for byte, what was written: a second value for a key would not show in what JSON reads."""
    rest = {key: held for key, held in row.items() if key != "hash"}
    try:
        written = canonical_json(row).encode("utf-8", "surrogatepass")
    except ValueError:  # NaN
        return False
    return written == line.rstrip(b"\r") and row.get("hash") == digest(rest)


def _exposure(row: Mapping[str, Any]) -> Exposure | None:
    """Return the exposure of a row; None where it is none. Keys that a later version adds are left alone."""
    if not all(name in row and isinstance(row[name], types) for name, types in _TYPES.items()):
        return None
    try:
        dated = datetime.fromisoformat(row["at"]).tzinfo is not None
    except ValueError:
        return None
    if not dated or row["mode"] not in ("open", "sealed") or not all(isinstance(name, str) for name in row["candidates"]):
        return None
    return Exposure(**{**{name: row[name] for name in _TYPES}, "candidates": tuple(row["candidates"])})
