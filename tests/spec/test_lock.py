"""Locks: what was registered cannot change unnoticed, and what may come later may."""

import json
from pathlib import Path

import pytest
from tests.conftest import Lab

from tuneproof.core.errors import InputError
from tuneproof.core.verdict import LockState
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.registration import register_experiment, state_of


@pytest.fixture
def locked(lab: Lab) -> Lab:
    """Return a workspace that was locked with a candidate."""
    lab.evalset("target", 30)
    lab.system("prompted", "baseline", {"target": [i < 10 for i in range(30)]})
    lab.system("tuned", "candidate", {"target": [True] * 30})
    lab.criterion("superiority", evalset="target", margin=0.05)
    register_experiment(assemble(lab.write()))
    return lab


def state(lab: Lab) -> LockState:
    """Return how the workspace stands to its lock."""
    return state_of(assemble(lab.write()))


def test_an_unchanged_experiment_is_locked(locked: Lab) -> None:
    """The verdict carries digest and time of the registration."""
    held = locked.verdict()["lock"]
    assert (held["status"], held["changed"]) == ("locked", [])
    assert held["digest"] == json.loads((locked.folder / "experiment.lock").read_text())["digest"]


@pytest.mark.parametrize(
    ("table", "name", "key", "value", "told"),
    [
        ("systems", "prompted", "model", "other", "baselines.prompted.model"),
        ("systems", "prompted", "decoding", {"temperature": 1}, "baselines.prompted.decoding.temperature"),
        ("systems", "tuned", "repeats", 2, "candidates.tuned.repeats"),
        ("graders", "label", "normalize", ["casefold"], "graders.label.settings.normalize"),
        ("evalsets", "target", "role", "general", "evalsets.target.role"),
    ],
)
def test_what_was_registered_is_noticed(locked: Lab, table: str, name: str, key: str, value: object, told: str) -> None:
    """Each registered key that changes is named."""
    locked.tables[table][name][key] = value
    found = state(locked)
    assert found.status == "changed"
    assert any(line.startswith(told) for line in found.changed), found.changed


def test_changed_criteria_stamp_the_verdict(locked: Lab) -> None:
    """A softer margin after the registration is EXPLORATORY, whatever it decides."""
    locked.tables["criteria"][0]["margin"] = 0.0
    verdict = locked.verdict()
    assert (verdict["stamp"], verdict["lock"]["changed"]) == ("EXPLORATORY", ["criteria.0.margin: 0.05 -> 0.0"])
    assert verdict["decision"] == "GO"


def test_changed_examples_are_named(locked: Lab) -> None:
    """One example that expects something else is told by its id."""
    rows = (
        (locked.folder / "target.jsonl")
        .read_text()
        .replace('"id": "7", "input": "question 7", "expected": "yes"', '"id": "7", "input": "question 7", "expected": "no"')
    )
    (locked.folder / "target.jsonl").write_text(rows)
    assert any("1 examples differ (7)" in line for line in state(locked).changed)


@pytest.mark.parametrize(
    ("key", "value"), [("model", "ft:later"), ("training", {"base_model": "b"}), ("provider", "prompted-recorded")]
)
def test_a_candidates_model_may_come_later(locked: Lab, key: str, value: object) -> None:
    """Provider, model and training of a candidate are no part of the registration."""
    locked.tables["systems"]["tuned"][key] = value
    assert state(locked).status == "locked"


def test_a_lock_without_candidates_admits_them_later(locked: Lab) -> None:
    """Registered before any candidate existed, the experiment stays locked when they come."""
    tuned = locked.tables["systems"].pop("tuned")
    register_experiment(assemble(locked.write()))
    locked.tables["systems"]["tuned"] = tuned
    assert state(locked).status == "locked"


def test_an_edited_lock_file_is_noticed(locked: Lab) -> None:
    """A lock whose digest does not fit its content was edited."""
    path = locked.folder / "experiment.lock"
    path.write_text(path.read_text().replace('"margin": 0.05', '"margin": 0.01'))
    assert "the lock file itself was edited" in state(locked).changed[0]


def test_require_lock_refuses(locked: Lab) -> None:
    """`--require-lock` refuses a changed experiment and one without a lock, before anything is spent."""
    locked.tables["criteria"][0]["margin"] = 0.0
    with pytest.raises(InputError, match=r"differs from its lock: criteria\.0\.margin"):
        locked.run(require_lock=True)
    (locked.folder / "experiment.lock").unlink()
    with pytest.raises(InputError, match="is not locked"):
        locked.run(require_lock=True)


def test_a_cut_run_is_compared_whole(locked: Lab) -> None:
    """`--limit` is no change of what was registered."""
    assert locked.verdict(limit=25)["lock"]["status"] == "locked"


def test_files_of_few_shot_examples_are_registered(locked: Lab, tmp_path: Path) -> None:
    """A changed training file of a baseline's worked examples is a change."""
    locked.write_rows("shots.jsonl", [{"input": "a", "expected": "yes"}])
    locked.tables["systems"]["prompted"]["prompt"] = {"user": "{{ input }}", "few_shot": {"path": "shots.jsonl", "k": 1}}
    register_experiment(assemble(locked.write()))
    locked.write_rows("shots.jsonl", [{"input": "b", "expected": "yes"}])
    assert any(line.startswith("files.shots.jsonl") for line in state(locked).changed)


def test_runs_before_the_lock_are_told(locked: Lab) -> None:
    """Whoever locks after looking is told so by every later verdict."""
    assert locked.verdict()["cautions"] == []
    path = locked.folder / "experiment.lock"
    sealed = json.loads(path.read_text())
    path.write_text(json.dumps(sealed | {"locked_at": "2999-01-01T00:00:00+00:00"}))
    assert locked.verdict()["cautions"][-1] == "1 runs with a verdict came before the lock of 2999-01-01T00:00:00+00:00"
