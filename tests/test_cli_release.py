"""`tuneproof accept` and `tuneproof regress` as a user and a CI job meet them."""

import json
from pathlib import Path

import pytest

from tests.conftest import Lab
from tests.test_cli import Say, experiment
from tests.test_cli import say as say


@pytest.fixture
def released(lab: Lab, say: Say) -> str:
    """Return an experiment file whose run was accepted; tuned is right on 38 of 40 examples."""
    file = experiment(lab)
    assert say("run", file, "-q").code == 0
    assert say("accept", "latest").code == 0
    return file


def answer(lab: Lab, right: int) -> None:
    """Let the tuned model be right on its first so many examples from now on."""
    lab.system("tuned", "candidate", {"target": [i < right for i in range(40)]})


def test_accept_says_what_to_commit(lab: Lab, say: Say) -> None:
    """And what was accepted."""
    file = experiment(lab)
    run_id = say("run", file, "-q").last.split("run ")[1].rstrip(")")
    told = say("accept", run_id)
    assert told.code == 0
    assert told.out.splitlines()[0] == f"accepted: tuned (GO) of run {run_id}"
    assert told.last == f"commit {lab.folder / 'accepted' / 'lab'}"
    facts = json.loads(say("accept", "latest", "--json").out)
    assert (facts["released"], facts["decision"], facts["answers"]) == ("tuned", "GO", {"base": 40, "tuned": 40})


def test_accept_refuses_in_one_line(lab: Lab, say: Say) -> None:
    """Exit 3, with what to do."""
    file = experiment(lab, candidate=5)
    say("run", file, "-q")
    told = say("accept", "latest")
    assert (told.code, told.out) == (3, "")
    assert told.err.rstrip().endswith("accept it with --anyway")
    assert told.err.count("\n") == 1
    assert say("accept", "latest", "--anyway").code == 0


@pytest.mark.parametrize(("right", "code", "word"), [(40, 0, "GO: keep tuned"), (3, 1, "NO-GO: retrain or retire tuned")])
def test_the_verdict_is_the_last_line_and_the_exit_code(
    lab: Lab,
    say: Say,
    released: str,
    right: int,
    code: int,
    word: str,
) -> None:
    """As for a run, in a CI job without a terminal."""
    lab.tables["regression"] = {"margin": 0.1}
    answer(lab, right)
    lab.write()
    told = say("regress", released)
    assert told.code == code
    assert told.last.startswith(word)
    assert told.out.startswith("compared with run ")


def test_undecided_is_mapped_by_who_asks(lab: Lab, say: Say, released: str) -> None:
    """40 examples do not show a margin of 0.03."""
    assert say("regress", released, "-q").code == 2
    assert say("regress", released, "-q", "--undecided", "go").code == 0
    assert say("regress", released, "-q", "--undecided", "no-go").code == 1


def test_json_has_the_verdict_and_what_moved(say: Say, released: str) -> None:
    """For machines: nothing else on standard output."""
    told = json.loads(say("regress", released, "--json").out)
    assert told["decision"] == "UNDECIDED"
    assert {held["system"] for held in told["regression"]["movements"]} == {"base", "tuned"}
    assert [point["is_accepted"] for point in told["regression"]["history"][0]["points"]] == [True, False]


def test_show_prints_it_again(say: Say, released: str) -> None:
    """Also the history."""
    first = say("regress", released)
    again = say("show", "latest")
    where = [line for line in again.out.splitlines() if line.startswith("report: ")]
    assert again.code == 0
    assert [line for line in again.out.splitlines() if line not in where] == [
        line for line in first.out.splitlines() if not line.startswith("report: ")
    ]


def test_a_ci_job_gets_it_in_its_summary(
    lab: Lab,
    say: Say,
    released: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """As a run does."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    say("regress", released, "-q")
    assert "UNDECIDED" in (tmp_path / "summary.md").read_text("utf-8").splitlines()[0]


@pytest.mark.parametrize("command", ["accept", "regress"])
def test_help_has_an_example(say: Say, command: str) -> None:
    """Every command's does."""
    told = say(command, "--help")
    assert (told.code, f"Example: tuneproof {command}" in told.out) == (0, True)
