"""The accepted state on disk: rows that `replay` reads, sealed, with a history."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tuneproof.core.errors import InputError
from tuneproof.store.accepted import COMPLETIONS, HISTORY, MANIFEST, earlier_states, read_state, recorded, write_state

RAW: dict[str, Any] = {
    "evalset": "target",
    "example_id": "7",
    "system": "tuned",
    "repeat": 1,
    "text": "yes",
    "failure": None,
    "finish": "stop",
    "attempts": 1,
    "input_tokens": 9,
    "output_tokens": 2,
    "latency_s": 0.4,
    "model_reported": "m-1",
    "fingerprint": "fp_1",
}


def told(run_id: str) -> dict[str, Any]:
    """Return a manifest."""
    evalsets = {"target": {"digest": "d", "examples": {"7": "e"}}}
    return {"run_id": run_id, "accepted_at": "2026-11-28T20:00:00+00:00", "levels": [], "evalsets": evalsets}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, {"output": "yes"}),
        ({"text": ""}, {"output": ""}),
        ({"text": None, "failure": {"kind": "timeout", "message": "late"}}, {"error": "timeout: late"}),
        ({"text": "a\0b"}, {"error": "the answer cannot be kept: NUL character in the text"}),
        ({"text": "\ud800"}, {"error": "the answer cannot be kept: lone surrogate in the text"}),
        ({"text": None, "failure": {"kind": "rejected", "message": "a\nb\0"}}, {"error": "rejected: a b\ufffd"}),
    ],
)
def test_a_row_holds_an_answer_or_an_error(raw: dict[str, Any], expected: dict[str, str]) -> None:
    """Never both, and nothing that cannot be read again."""
    row = recorded({**RAW, **raw})
    assert {key: row[key] for key in ("output", "error") if key in row} == expected
    assert (row["id"], row["evalset"], row["system"], row["repeat"], row["model"]) == ("7", "target", "tuned", 1, "m-1")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """With its digests."""
    written = write_state(tmp_path / "a", [recorded(RAW)], told("r1"))
    assert read_state(tmp_path / "a") == written
    assert gzip.decompress((tmp_path / "a" / COMPLETIONS).read_bytes()).count(b"\n") == 1


def test_the_history_holds_each_state_once(tmp_path: Path) -> None:
    """Also where a writing was cut short after its line of history."""
    write_state(tmp_path, [recorded(RAW)], told("r1"))
    write_state(tmp_path, [recorded(RAW)], told("r2"))
    line = (tmp_path / HISTORY).read_bytes()
    write_state(tmp_path, [recorded(RAW)], told("r3"))
    (tmp_path / MANIFEST).write_text(json.dumps({**json.loads((tmp_path / MANIFEST).read_text("utf-8"))}), "utf-8")
    assert (tmp_path / HISTORY).read_bytes().startswith(line)
    assert [held["run_id"] for held in earlier_states(tmp_path)] == ["r1", "r2"]


def test_a_state_cut_short_is_refused(tmp_path: Path) -> None:
    """New answers beside an old manifest are no accepted state."""
    write_state(tmp_path, [recorded(RAW)], told("r1"))
    kept = (tmp_path / MANIFEST).read_bytes()
    write_state(tmp_path, [recorded({**RAW, "text": "no"})], told("r2"))
    (tmp_path / MANIFEST).write_bytes(kept)
    with pytest.raises(InputError, match="the answers are not those that were accepted"):
        read_state(tmp_path)


@pytest.mark.parametrize("line", ["x", "[]", '{"run_id": "r"}'])
def test_a_damaged_history_is_named_by_line(tmp_path: Path, line: str) -> None:
    """File and line."""
    write_state(tmp_path, [recorded(RAW)], told("r1"))
    (tmp_path / HISTORY).write_text(line + "\n", "utf-8")
    with pytest.raises(InputError, match=rf"{HISTORY}:1: is not a line of accepted states"):
        earlier_states(tmp_path)


def test_a_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    """Not guessed at."""
    write_state(tmp_path, [recorded(RAW)], {**told("r1"), "schema_version": 9})
    with pytest.raises(InputError, match=r"was written by another version of tuneproof \(9\)"):
        read_state(tmp_path)
