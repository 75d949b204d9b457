"""Whole runs and the exposure ledger: what is recorded, at which level it is judged, and what a sealed run shows."""

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema_rs import validator_for

import tuneproof
from tests.conftest import Lab
from tuneproof.cli import cli
from tuneproof.core.errors import InputError
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.registration import register_experiment
from tuneproof.pipeline.schemas import verdict_schema
from tuneproof.store.ledger import ledger_path, read

N = 120


@pytest.fixture
def shelf(lab: Lab) -> Lab:
    """Return a workspace whose candidate is clearly better."""
    lab.evalset("target", N)
    lab.system("prompted", "baseline", {"target": [i % 2 == 0 for i in range(N)]})
    lab.criterion("superiority", evalset="target")
    return tuned(lab, 10)


def tuned(lab: Lab, wrong: int) -> Lab:
    """Let the candidate be wrong on the first so many examples: other answers."""
    lab.system("tuned", "candidate", {"target": [i >= wrong for i in range(N)]})
    return lab


def declare(lab: Lab, exposures: int | None = None, mode: str = "open") -> Lab:
    """Declare exposures."""
    lab.tables["ledger"] = {"mode": mode} | ({} if exposures is None else {"exposures": exposures})
    return lab


def lines(lab: Lab) -> list[tuple[int, str, str]]:
    """Return number, mode and decision of each line of the ledger, which must be sound."""
    held = read(ledger_path(lab.file), "lab")
    assert held.damage == ()
    return [(entry.number, entry.mode, entry.decision) for entry in held.entries]


def level(verdict: dict[str, Any]) -> float:
    """Return the level of the first finding's interval."""
    found: float = verdict["verdicts"][0]["findings"][0]["estimate"]["level"]
    return found


def test_each_new_answer_is_one_exposure(shelf: Lab) -> None:
    """The same answers again are none, and nothing is said of the first."""
    first, again = shelf.verdict(), shelf.verdict()
    assert (first["exposure"]["number"], first["exposure"]["is_new"]) == (1, True)
    assert (again["exposure"]["number"], again["exposure"]["is_new"]) == (1, False)
    second = tuned(shelf, 12).verdict()
    assert second["exposure"]["number"] == 2
    assert [any("were shown once before" in line for line in held["cautions"]) for held in (first, again, second)] == [0, 0, 1]
    assert lines(shelf) == [(1, "open", "GO"), (2, "open", "GO")]
    assert (second["stamp"], level(second)) == (None, pytest.approx(0.9))


def test_declared_exposures_share_alpha(shelf: Lab) -> None:
    """Each is judged at its share, and at the same one when it is decided again."""
    outcome = declare(shelf, 2).run()
    held = json.loads((outcome.folder / "verdict.json").read_text())
    assert (held["exposure"]["alpha"], level(held)) == (0.025, pytest.approx(0.95))
    for command in ("decide", "grade", "show"):
        done = CliRunner().invoke(cli, [command, str(outcome.folder), "--json"])
        assert level(json.loads(done.stdout)) == pytest.approx(0.95)
    assert lines(shelf) == [(1, "open", "GO")]


def test_used_up_is_exploratory(shelf: Lab) -> None:
    """The verdict is given and stamped, and says why; the earlier one is as it was."""
    declare(shelf, 1).run()
    held = tuned(shelf, 12).verdict()
    assert (held["stamp"], held["verdicts"][0]["stamp"], held["decision"]) == ("EXPLORATORY", "EXPLORATORY", "GO")
    assert held["stamp_because"] == "the one declared exposure of this holdout was used up before this run"
    assert tuned(shelf, 10).verdict()["stamp"] is None


def test_what_only_collects_is_not_recorded(shelf: Lab) -> None:
    """No verdict, no exposure."""
    shelf.run(only="tuned")
    assert not ledger_path(shelf.file).exists()


def test_limited_runs_are_recorded(shelf: Lab) -> None:
    """Under the same holdout."""
    shelf.run(limit=30)
    assert shelf.verdict()["exposure"]["number"] == 2


@pytest.mark.parametrize("how", ["declared", "required"])
def test_a_damaged_ledger_is_refused_before_anything_is_written(shelf: Lab, how: str) -> None:
    """Exit 3 with file and line; no run is made."""
    declare(shelf, 3 if how == "declared" else None)
    register_experiment(assemble(shelf.write()))
    shelf.run()
    path = ledger_path(shelf.file)
    path.write_text(path.read_text().replace('"GO"', '"NO-GO"'))
    before = sorted((shelf.folder / "reports" / "lab").iterdir())
    done = CliRunner().invoke(cli, ["run", str(shelf.file), *(["--require-lock"] if how == "required" else [])])
    assert isinstance(done.exception, InputError)
    assert str(done.exception).startswith(f"{path}:1: was edited")
    assert sorted((shelf.folder / "reports" / "lab").iterdir()) == before


def test_a_damaged_ledger_stamps_where_nothing_is_declared(shelf: Lab) -> None:
    """The verdict is given, and says what was done."""
    shelf.run()
    path = ledger_path(shelf.file)
    path.write_text(path.read_text().replace('"GO"', '"NO-GO"'))
    held = shelf.verdict()
    assert held["stamp"] == "EXPLORATORY"
    assert "experiment.ledger.jsonl:1 was edited" in held["stamp_because"]


def test_a_deleted_ledger_is_noticed(shelf: Lab) -> None:
    """By the runs that it does not hold."""
    outcome = declare(shelf, 3).run()
    ledger_path(shelf.file).unlink()
    with pytest.raises(InputError, match=f"does not hold the exposure of run {outcome.folder.name}"):
        shelf.run()


# -- sealed ------------------------------------------------------------------------------------------------------------------

NUMBER = re.compile(r"\b0\.\d{3}|\bp = |%|n = \d")
"""What a result looks like in words."""


def test_sealed_runs_write_no_report(shelf: Lab) -> None:
    """Rows stay, for later steps; what is made to be read holds the verdict alone, in a valid file."""
    folder = declare(shelf, 3, "sealed").run().folder
    names = {path.name for path in folder.iterdir()}
    assert not names & {"report.html", "report.md", "junit.xml", "evidence.json"}
    assert {"verdict.json", "manifest.json", "lock.json", "scores.jsonl", "completions.jsonl"} <= names
    held = json.loads((folder / "verdict.json").read_text())
    assert validator_for(verdict_schema()).is_valid(held)
    assert (held["decision"], held["recommended"], held["sealed_because"]) == ("GO", "tuned", "every criterion is met")
    assert held["verdicts"] == [{"candidate": "tuned", "decision": "GO", "stamp": None, "findings": []}]
    assert held["exposure"] == {
        "number": 1,
        "is_new": True,
        "mode": "sealed",
        "declared": 3,
        "alpha": pytest.approx(0.05 / 3),
        "unsound": None,
    }


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (10, "GO: ship tuned"),
        (118, "NO-GO: sealed: a criterion is shown not to hold"),
        (58, "UNDECIDED: sealed: more evidence is needed"),
    ],
)
def test_sealed_runs_print_no_number(shelf: Lab, wrong: int, line: str) -> None:
    """Whatever the command: the last line, and what is to be known of the ledger."""
    declare(tuned(shelf, wrong), 3, "sealed").write()
    runner = CliRunner()
    run = runner.invoke(cli, ["run", str(shelf.file)])
    folder = next(path for path in (shelf.folder / "reports" / "lab").iterdir() if not path.is_symlink())
    shown = [run, *(runner.invoke(cli, [command, str(folder)]) for command in ("show", "decide", "grade"))]
    for done in shown:
        assert done.stdout.splitlines()[-1].startswith(line)
        assert NUMBER.search(done.stdout.replace("judged at 0.0167", "")) is None
    assert {path.name for path in folder.iterdir()} & {"report.html", "report.md", "junit.xml", "evidence.json"} == set()


def test_sealed_runs_give_no_report_later(shelf: Lab) -> None:
    """Neither on the command line nor in Python."""
    folder = declare(shelf, 3, "sealed").run().folder
    done = CliRunner().invoke(cli, ["report", str(folder)])
    assert "is sealed: only its verdict is shown" in str(done.exception)
    run = tuneproof.load(folder)
    for look in (run.to_pandas, lambda: run.evidence, lambda: run.report(folder / "x.html")):
        with pytest.raises(InputError, match="is sealed"):
            look()
    assert run.verdict["decision"] == "GO"


def test_sealed_candidates_are_not_shown_by_only(shelf: Lab) -> None:
    """Their mean would be a result; the baseline's is none."""
    declare(shelf, 3, "sealed")
    assert shelf.run(only="tuned").dossier.levels == ()
    assert len(shelf.run(only="baseline").dossier.levels) == 1


def test_opening_is_recorded(shelf: Lab) -> None:
    """The same answers in the open: the same number and level, a line more, and a report."""
    declare(shelf, 3, "sealed").run()
    outcome = declare(shelf, 3, "open").run()
    assert (outcome.folder / "report.html").exists()
    assert lines(shelf) == [(1, "sealed", "GO"), (1, "open", "GO")]


def test_sealed_levels_shrink(shelf: Lab) -> None:
    """By the messages that came before."""
    declare(shelf, 3, "sealed")
    alphas = [tuned(shelf, wrong).verdict()["exposure"]["alpha"] for wrong in (10, 11, 12)]
    assert alphas == pytest.approx([0.05 / 3, 0.05 / 9, 0.05 / 27])


def test_a_step_back_keeps_the_level(shelf: Lab) -> None:
    """Answers that were shown before are judged as they were then."""
    declare(shelf, 3, "sealed")
    first = tuned(shelf, 10).verdict()
    tuned(shelf, 11).run()
    again = tuned(shelf, 10).verdict()
    assert again["exposure"] == {**first["exposure"], "is_new": False}
