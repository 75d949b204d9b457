"""The cache: completions by request digest, in one SQLite file that survives `kill -9` and is shared by runs.

A completion that was paid for is on disk before anything is computed from it. WAL with synchronous NORMAL: a commit survives
the death of the process (not a power cut), and costs tens of microseconds instead of the milliseconds of a synced one.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

from tuneproof.core.completion import Completion, Failure
from tuneproof.core.errors import RunStopped, one_line

SCHEMA_VERSION = 1
"""Of the table; a file of another version is refused, not guessed at."""

CHUNK = 500
"""Keys a query: below every limit on SQL variables, and large enough that the query's own cost does not show."""

CHECKPOINT_PAGES = 4000
"""Pages of the log before they are carried over, which syncs the disk: SQLite's own 1,000 would do so every 300 answers."""

BUSY_TIMEOUT_S = 30.0
"""How long a commit waits for another process's: commits take milliseconds, so that longer means something is stuck."""

FINAL_FAILURES = frozenset({"context_length"})
"""Failures that asking again cannot change. All others are left out, so that the same command asks them again."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS completions (
    key BLOB PRIMARY KEY,
    text TEXT,
    finish TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    latency_s REAL,
    model_reported TEXT,
    fingerprint TEXT,
    failure_kind TEXT,
    failure_message TEXT
)
"""
_COLUMNS = (
    "key, text, finish, attempts, input_tokens, output_tokens, latency_s, model_reported, fingerprint, "
    "failure_kind, failure_message"
)
_INSERT = f"INSERT OR REPLACE INTO completions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
_SELECT_ONE = f"SELECT {_COLUMNS} FROM completions WHERE key = ?"  # noqa: S608 - constants
_HOLDS = "SELECT 1 FROM completions WHERE key = ?"

Row = tuple[Any, ...]


class Cache:
    """Completions by request key (64 hexadecimal characters). One thread at a time; any number of processes.

    Raises:
        RunStopped: from every method, where the file cannot be used (disk full, read-only, damaged): which, and what to do.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunStopped(f"{path.parent}: {error.strerror}; the cache needs a folder that it may write to") from error
        try:
            self._db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._stopped(error) from error
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def holds(self, key: str) -> bool:
        """Tell whether there is a completion for this key."""
        try:
            return self._db.execute(_HOLDS, (bytes.fromhex(key),)).fetchone() is not None
        except sqlite3.Error as error:
            raise self._stopped(error) from error

    def known(self, keys: Iterable[str]) -> set[str]:
        """Return those of the keys that have a completion."""
        return {row[0].hex() for row in self._rows("key", keys)}

    def get(self, key: str) -> Completion | None:
        """Return the completion of one key; None where there is none."""
        try:
            row = self._db.execute(_SELECT_ONE, (bytes.fromhex(key),)).fetchone()
        except sqlite3.Error as error:
            raise self._stopped(error) from error
        return None if row is None else _completion(row)

    def get_many(self, keys: Iterable[str]) -> dict[str, Completion]:
        """Return key to completion for those keys that have one; callers stream a plan through it in chunks."""
        return {row[0].hex(): _completion(row) for row in self._rows(_COLUMNS, keys)}

    async def put(self, key: str, completion: Completion) -> None:
        """Store one completion; returns when it is committed.

        Each is committed by itself and at once. Committing together what waits in one turn of the loop was tried: it saves
        a few microseconds of SQLite, and costs a future and a turn more per call, in which the next request is not on its way
        (5 to 8 % of the rate at 50 ms and 64 in flight).

        Raises:
            ValueError: for a failure that asking again may cure.
        """
        row = _row(key, completion)
        try:
            self._db.execute(_INSERT, row)
        except sqlite3.Error as error:
            raise self._stopped(error) from error

    def absorb(self, other: Path) -> None:
        """Take over all completions of another cache file; its answers replace ours."""
        try:
            self._db.execute("ATTACH DATABASE ? AS other", (str(other),))
            try:
                self._db.execute("INSERT OR REPLACE INTO completions SELECT * FROM other.completions")
            finally:
                self._db.execute("DETACH DATABASE other")
        except sqlite3.Error as error:
            raise self._stopped(error) from error

    def _prepare(self) -> None:
        """Set the file up, or refuse one that is not ours.

        Turning WAL on is the one step that SQLite's own busy timeout does not cover: of two runs that make the file at the same
        moment one is told at once that it is locked, and has to try again.
        """
        until = monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self._set_up()
            except sqlite3.Error as error:
                if not getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY") or monotonic() > until:
                    raise self._stopped(error) from error
                sleep(0.02)
            else:
                return

    def _set_up(self) -> None:
        """Turn WAL on and make the table, each where it is not yet so."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_VERSION):
            raise RunStopped(f"{self._path}: written by another version of tuneproof ({version}); move it away")
        self._db.execute(_SCHEMA)
        if version == 0:
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _rows(self, columns: str, keys: Iterable[str]) -> Iterator[Row]:
        """Yield the rows of those keys that are there."""
        left = iter(keys)
        while chunk := [bytes.fromhex(key) for key in islice(left, CHUNK)]:
            marks = ",".join("?" * len(chunk))
            try:
                yield from self._db.execute(f"SELECT {columns} FROM completions WHERE key IN ({marks})", chunk)  # noqa: S608
            except sqlite3.Error as error:
                raise self._stopped(error) from error

    def _stopped(self, error: sqlite3.Error) -> RunStopped:
        """Say in one line what is wrong with the file and what to do."""
        said = one_line(str(error), 120)
        name = getattr(error, "sqlite_errorname", "")
        advice = next((text for start, text in _ADVICE.items() if name.startswith(start)), "what was committed is kept")
        return RunStopped(f"{self._path}: {said}; {advice}")


_ADVICE = {
    "SQLITE_FULL": "free some space and run the same command again: what was committed is kept",
    "SQLITE_IOERR": "the disk may be full: free some space and run the same command again, what was committed is kept",
    "SQLITE_READONLY": "make the file and its folder writable: answers that are paid for must be kept",
    "SQLITE_CANTOPEN": "make the folder writable: answers that are paid for must be kept",
    "SQLITE_NOTADB": "this is not a cache of tuneproof: move it away",
    "SQLITE_CORRUPT": "the file is damaged: move it away (its answers will be asked again)",
    "SQLITE_BUSY": "another program holds the file: end it and run the same command again",
    "SQLITE_LOCKED": "another program holds the file: end it and run the same command again",
}
"""Start of SQLite's error name to what a user can do."""


def _row(key: str, completion: Completion) -> Row:
    """Return the table row of a completion."""
    failure = completion.failure
    if failure is not None and failure.kind not in FINAL_FAILURES:
        raise ValueError(f"a {failure.kind} failure is not final and is never cached")
    return (
        bytes.fromhex(key),
        completion.text,
        completion.finish,
        completion.attempts,
        completion.input_tokens,
        completion.output_tokens,
        completion.latency_s,
        completion.model_reported,
        completion.fingerprint,
        None if failure is None else failure.kind,
        None if failure is None else failure.message,
    )


def _completion(row: Row) -> Completion:
    """Return the completion of a table row."""
    _, text, finish, attempts, input_tokens, output_tokens, latency_s, model_reported, fingerprint, kind, message = row
    return Completion(
        text=text,
        failure=None if kind is None else Failure(kind=kind, message=message),
        finish=finish,
        attempts=attempts,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        latency_s=latency_s,
        model_reported=model_reported,
        fingerprint=fingerprint,
    )
