"""Run folders take their place whole or not at all, and rows come back as they were."""

from pathlib import Path

import pytest

from tuneproof.core.completion import Completion, Failure, Reply
from tuneproof.core.errors import InputError, RunStopped
from tuneproof.core.example import Example
from tuneproof.core.score import Score
from tuneproof.store.rows import completion_of, example_of, example_row, reply_row, score_of, score_row
from tuneproof.store.run_folder import RunFolder
from tuneproof.store.shelf import find_run, new_run, new_run_id, point_latest, runs, writable

EXAMPLE = Example(id="1", inputs={"a": 1}, expected=["x"], slices=("s",), cluster="c", grader="g", meta={"k": None}, line=3)


def finished(reports: Path, run_id: str) -> None:
    """Write a run that holds nothing but a manifest."""
    with new_run(reports, run_id) as folder:
        folder.write_json("manifest.json", {"run_id": folder.run_id})


def test_a_run_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    """Inside the block there is no run; after it there is one, under its id."""
    with new_run(tmp_path / "lab", "r1") as folder:
        folder.write_json("manifest.json", {"run_id": folder.run_id})
        assert runs(tmp_path) == []
    assert [held.run_id for held in runs(tmp_path)] == ["r1"]


def test_a_failed_run_leaves_nothing(tmp_path: Path) -> None:
    """An exception in the middle removes the hidden folder."""
    with pytest.raises(RunStopped), new_run(tmp_path / "lab", "r1") as folder:
        (folder.path / "nowhere").symlink_to("/nonexistent/x")
        RunFolder(folder.path / "nowhere").write_text("report.md", "x")
    assert list((tmp_path / "lab").iterdir()) == []


def test_rows_are_in_place_when_the_last_has_passed(tmp_path: Path) -> None:
    """A file of rows appears whole, or not at all."""
    folder = RunFolder(tmp_path)
    passing = folder.write_rows("rows.jsonl", iter([1, 2]), lambda number: {"n": number})
    assert next(passing) == 1
    assert not (tmp_path / "rows.jsonl").exists()
    assert list(passing) == [2]
    assert list(folder.rows("rows.jsonl")) == [{"n": 1}, {"n": 2}]


def test_abandoned_rows_leave_no_file(tmp_path: Path) -> None:
    """Whoever stops reading leaves no half file behind."""
    passing = RunFolder(tmp_path).write_rows("rows.jsonl", iter([1, 2]), lambda number: {"n": number})
    next(passing)
    passing.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["lone \ud800 surrogate", 2**70, "plain ☃"])
def test_odd_values_survive_the_disk(tmp_path: Path, value: object) -> None:
    """Answers and examples may hold what no encoder likes."""
    folder = RunFolder(tmp_path)
    for _ in folder.write_rows("rows.jsonl", [value], lambda held: {"held": held}):
        pass
    assert list(folder.rows("rows.jsonl")) == [{"held": value}]


def test_examples_completions_and_scores_come_back(tmp_path: Path) -> None:
    """What is written is what is read, field by field."""
    completion = Completion(text=None, failure=Failure(kind="timeout", message="late"), attempts=3, latency_s=0.5)
    reply = Reply(evalset="e", example=EXAMPLE, system="s", repeat=1, completion=completion)
    score = Score(
        evalset="e", example_id="1", slices=("s",), cluster="c", system="s", repeat=1, grader="g", own=True,
        outcome="no_completion", value=None, reason="late", stats={},
    )  # fmt: skip
    folder = RunFolder(tmp_path)
    rows = [example_row("e", EXAMPLE), reply_row(reply), score_row(score)]
    for _ in folder.write_rows("rows.jsonl", rows, lambda row: row):
        pass
    example, answered, scored = folder.rows("rows.jsonl")
    assert (example_of(example), completion_of(answered), score_of(scored)) == (EXAMPLE, completion, score)


def test_latest_points_to_the_newest(tmp_path: Path) -> None:
    """`latest` is replaced, atomically, by the later run."""
    for name in ("r1", "r2"):
        finished(tmp_path / "lab", name)
        point_latest(tmp_path / "lab", name)
    assert find_run("latest", tmp_path).run_id == "r2"
    assert (tmp_path / "lab" / "latest").resolve().name == "r2"


@pytest.mark.parametrize(("name", "run_id"), [("20260101", "20260101-a"), ("20260102-b", "20260102-b")])
def test_a_run_is_found_by_prefix(tmp_path: Path, name: str, run_id: str) -> None:
    """A unique prefix of a run id names the run."""
    for held in ("20260101-a", "20260102-b", "20260102-c"):
        finished(tmp_path / "lab", held)
    assert find_run(name, tmp_path).run_id == run_id


@pytest.mark.parametrize(("name", "what"), [("20260102", "2 runs begin so"), ("x", "unknown run 'x'")])
def test_a_run_that_is_not_found_is_told(tmp_path: Path, name: str, what: str) -> None:
    """Several runs, or none, is one line."""
    for held in ("20260101-a", "20260102-b", "20260102-c"):
        finished(tmp_path / "lab", held)
    with pytest.raises(InputError, match=what):
        find_run(name, tmp_path)


def test_run_ids_sort_by_time_and_never_collide() -> None:
    """Two runs of one second have two ids."""
    first, second = new_run_id(), new_run_id()
    assert first != second
    assert first[:8].isdigit()


def test_a_place_that_cannot_be_written_is_told_beforehand(tmp_path: Path) -> None:
    """A file where the reports folder should be is a problem, not a crash."""
    (tmp_path / "reports").write_text("")
    assert "cannot be written" in str(writable(tmp_path / "reports" / "lab")[0])
    assert writable(tmp_path / "fine") == []


def test_a_damaged_run_is_told_by_file_and_line(tmp_path: Path) -> None:
    """A row that is no JSON names its line."""
    (tmp_path / "scores.jsonl").write_text('{"a": 1}\n{"a": \n')
    with pytest.raises(InputError, match=r"scores\.jsonl:2"):
        list(RunFolder(tmp_path).rows("scores.jsonl"))


def test_a_full_disk_stops_the_run(tmp_path: Path) -> None:
    """An error of the file system while writing is exit 4 with what to do."""
    folder = RunFolder(tmp_path / "gone")
    with pytest.raises(RunStopped, match="run the same command again"):
        folder.write_text("verdict.json", "{}")
