"""The accepted state of an experiment: the answers of the run that was released, under version control.

The answers are rows that the `replay` provider reads, so that they can stand in for a model that no longer exists. A manifest
beside them says what they are; both are sealed by digests, because what is compared with later must be what was accepted.
"""

import contextlib
import gzip
import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from tuneproof.core.digest import digest
from tuneproof.core.errors import InputError, Problem, one_line
from tuneproof.core.row import unfit

FOLDER = "accepted"
"""Below the workspace; in it, one folder an experiment."""
COMPLETIONS, MANIFEST, HISTORY = "completions.jsonl.gz", "manifest.json", "history.jsonl"
SCHEMA_VERSION = 1
"""Of the manifest; raised only when a field changes its meaning."""
AGAIN = "take the folder from version control, or accept the run again"

Row = Mapping[str, Any]


def recorded(row: Row) -> dict[str, Any]:
    """Return a row of a run's completions.jsonl as the `replay` provider reads it.

    An answer that no row can hold (a NUL character, half a surrogate) is an error row: it would come back as another text.
    """
    text, failure = row["text"], row["failure"]
    wrong = unfit(text)
    error = f"{failure['kind']}: {failure['message']}" if failure else f"the answer cannot be kept: {wrong}" if wrong else None
    return {
        "id": row["example_id"],
        "evalset": row["evalset"],
        "system": row["system"],
        "repeat": row["repeat"],
        **({"output": text} if error is None else {"error": one_line(error)}),
        "latency_s": row["latency_s"],
        "input_tokens": row["input_tokens"],
        "output_tokens": row["output_tokens"],
        "model": one_line(row["model_reported"]) if row["model_reported"] else None,
    }


def write_state(folder: Path, rows: Iterable[Row], told: Row) -> dict[str, Any]:
    """Write an accepted state in the place of the one before, whose manifest goes into the history.

    Both files are whole before either takes its place. A death between the two leaves a state that `read_state` refuses.

    Args:
        folder: Where; it is made if it is not there.
        rows: The answers, as `recorded` gives them.
        told: The manifest, without its digests.

    Returns:
        The manifest.

    Raises:
        InputError: when the folder cannot be written; the state before is kept.
    """
    mark = secrets.token_hex(4)
    temporary = {name: folder / f".{name}-{mark}" for name in (COMPLETIONS, MANIFEST, HISTORY)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        state = sealed({**told, "completions": _write_rows(temporary[COMPLETIONS], rows)})
        temporary[MANIFEST].write_bytes(_pretty(state))
        temporary[HISTORY].write_bytes(_history(folder))
        for name in (HISTORY, COMPLETIONS, MANIFEST):
            if name != HISTORY or temporary[HISTORY].stat().st_size:
                temporary[name].replace(folder / name)
    except OSError as error:
        where, what = str(error.filename or folder), error.strerror or "cannot be written"
        raise InputError(Problem(where=where, what=what, expected="a folder that can be written")) from None
    finally:
        for path in temporary.values():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
    return state


def read_state(folder: Path) -> dict[str, Any]:
    """Return the manifest of an accepted state.

    Raises:
        InputError: when there is none, or when it is not what was written.
    """
    told = _manifest(folder)
    if digest({key: held for key, held in told.items() if key != "digest"}) != told.get("digest"):
        what = "was edited: its digest does not fit its content"
        raise InputError(Problem(where=str(folder / MANIFEST), what=what, hint=AGAIN))
    if told.get("schema_version") != SCHEMA_VERSION:
        what = f"was written by another version of tuneproof ({told.get('schema_version')})"
        raise InputError(Problem(where=str(folder / MANIFEST), what=what, expected=f"version {SCHEMA_VERSION}"))
    if _digest_of(folder / COMPLETIONS) != told["completions"]:
        what = "the answers are not those that were accepted: their digest does not fit manifest.json"
        raise InputError(Problem(where=str(folder / COMPLETIONS), what=what, hint=AGAIN))
    return told


def earlier_states(folder: Path) -> list[dict[str, Any]]:
    """Return what is kept of the states before, oldest first; none where nothing is.

    Raises:
        InputError: file:line of what is damaged.
    """
    path = folder / HISTORY
    if not path.is_file():
        return []
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            held = json.loads(line)
        except ValueError:
            held = None
        if not isinstance(held, dict) or not {"run_id", "accepted_at", "levels"} <= held.keys():
            problem = Problem(where=f"{path}:{number}", what="is not a line of accepted states", hint=AGAIN)
            raise InputError(problem)
        found.append(held)
    return found


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        hint = "accept the run that was released with `tuneproof accept RUN`"
        raise InputError(Problem(where=str(folder), what="holds no accepted run", hint=hint)) from None
    except OSError as error:
        raise InputError(Problem(where=str(path), what=error.strerror or "cannot be read")) from None
    except ValueError:
        told = None
    if isinstance(told, dict):
        return told
    raise InputError(Problem(where=str(path), what="is not the manifest of an accepted run", hint=AGAIN))


def _write_rows(path: Path, rows: Iterable[Row]) -> str:
    """Write rows, the same bytes for the same rows, and return the SHA-256 of their text."""
    seal = hashlib.sha256()
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as file:
        for row in rows:
            line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
            seal.update(line)
            file.write(line)
    return seal.hexdigest()


def _digest_of(path: Path) -> str:
    """Return the SHA-256 of a gzipped file's text: how it was compressed does not count."""
    seal = hashlib.sha256()
    try:
        with gzip.open(path, "rb") as file:
            for part in _parts(file):
                seal.update(part)
    except FileNotFoundError:
        raise InputError(Problem(where=str(path), what="no such file", hint=AGAIN)) from None
    except (OSError, EOFError) as error:
        raise InputError(Problem(where=str(path), what=one_line(f"is damaged: {error}", 200), hint=AGAIN)) from None
    return seal.hexdigest()


def _parts(file: gzip.GzipFile) -> Iterator[bytes]:
    while part := file.read(1 << 20):
        yield part


def _history(folder: Path) -> bytes:
    """Return the history with the state that is about to be replaced; its examples are left out, which git keeps."""
    path = folder / HISTORY
    before = path.read_bytes() if path.is_file() else b""
    try:
        told = _manifest(folder)
    except InputError:
        return before  # none, or a damaged one, of which nothing can be said
    kept = {key: held for key, held in told.items() if key != "evalsets"}
    kept["evalsets"] = {name: held.get("digest") for name, held in told.get("evalsets", {}).items()}
    line = orjson.dumps(kept, option=orjson.OPT_APPEND_NEWLINE)
    return before if before.endswith(line) else before + line  # there already where a writing was cut short


def sealed(told: Row) -> dict[str, Any]:
    """Return a manifest with its version and its own digest."""
    plain: dict[str, Any] = json.loads(json.dumps({"schema_version": SCHEMA_VERSION, **told}, allow_nan=False))
    return {**plain, "digest": digest(plain)}


def _pretty(told: Row) -> bytes:
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
