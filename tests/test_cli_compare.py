"""`tuneproof compare`: what it prints, in which order, and what it refuses."""

import json
import sys

import pytest

from tests.conftest import Lab
from tests.test_cli import Say, Told
from tuneproof import __main__ as process
from tuneproof.pipeline.walk import Options, run

N = 60


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lab: Lab) -> Say:
    """Return a function that runs a command in the lab's folder, as the process would."""
    monkeypatch.chdir(lab.folder)
    monkeypatch.setenv("COLUMNS", "120")

    def ran(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["tuneproof", *arguments])
        code = process._code()
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return ran


def ran(lab: Lab, right: int, **tuned: str) -> str:
    """Run with a candidate that is right on its first so many examples; return the run's id."""
    lab.evalset("target", N, slice=["en" if i % 2 else "de" for i in range(N)])
    lab.system("prompted", "baseline", {"target": [i < 30 for i in range(N)]})
    lab.system("tuned", "candidate", {"target": [i < right for i in range(N)]}, **tuned)
    lab.tables.pop("criteria", None)
    lab.criterion("superiority", evalset="target", margin=0.05)
    return run(lab.write(), Options()).folder.name


def test_what_changed_what_moved_and_both_verdicts(say: Say, lab: Lab) -> None:
    """Settings with both values, means with intervals, slices, ids, findings; the verdicts on the last line; exit 0."""
    first, second = ran(lab, 55), ran(lab, 31, model="m2")
    told = say("compare", first, second)
    assert (told.code, told.err) == (0, "")
    assert 'changed: settings: systems.tuned.model: null -> "m2"' in told.out
    row = next(line for line in told.out.splitlines() if line.startswith("tuned"))
    assert row.split()[:8] == ["tuned", "target", "·", "label", "0.917", "0.517", "-0.400", "0"]
    assert "slices that moved (2 of 4; up to about 0 would by chance alone):" in told.out
    assert "worse now, tuned on target · label: 31, 32, 33, 34, 35, 36, 37, 38, 39, 40 and 14 more" in told.out
    assert "tuned vs prompted, superiority on target · label: met -> undecided" in told.out
    assert told.last == (f"GO -> UNDECIDED: 1 change, 1 of 2 means moved ({first} and {second}, 2 systems on 60 examples)")


def test_a_run_against_itself(say: Say, lab: Lab) -> None:
    """Nothing changed, and nothing else is said."""
    name = ran(lab, 55)
    told = say("compare", name, "latest")
    assert (told.code, told.out) == (0, f"nothing changed: {name} and {name}, 2 systems on 60 examples\n")


def test_what_is_left_out_is_said_first(say: Say, lab: Lab) -> None:
    """Before any number."""
    first = ran(lab, 55)
    lab.tables["systems"]["other"] = lab.tables["systems"].pop("tuned")
    second = run(lab.write(), Options()).folder.name
    lines = say("compare", first, second).out.splitlines()
    assert lines[0].startswith("not compared: system tuned of the first run: all its answers")
    assert lines[1].startswith("not compared: system other of the second run: all its answers") or lines[2].startswith(
        "not compared"
    )
    paired = say("compare", first, second, "--pair", "tuned=other")
    assert "not compared" not in paired.out
    assert "tuned -> other vs prompted" not in paired.out  # its finding is the same


def test_machines_are_told_all_of_it(say: Say, lab: Lab) -> None:
    """Every movement with its estimate, every finding, every change."""
    first, second = ran(lab, 55), ran(lab, 31)
    held = json.loads(say("compare", first, second, "--json").out)
    assert (held["before"]["decision"], held["after"]["decision"], held["unchanged"]) == ("GO", "UNDECIDED", False)
    assert held["n_common"] == {"target": N}
    moved = next(one for one in held["movements"] if one["system"] == "tuned" and one["slice"] is None)
    assert (moved["n_worse"], moved["n_changed_texts"], moved["moved"], len(moved["worse"])) == (24, 24, True, 20)
    assert moved["estimate"]["value"] == pytest.approx(-0.4)
    assert [(one["before"], one["after"], one["changed"]) for one in held["findings"]] == [("met", "undecided", True)]
    assert held["changes"] == []


def test_quiet_is_the_last_line(say: Say, lab: Lab) -> None:
    """For scripts."""
    first, second = ran(lab, 55), ran(lab, 31)
    assert len(say("compare", first, second, "-q").out.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("latest", "nothing"), 3, "unknown run 'nothing'"),
        (("latest", "latest", "--pair", "tuned"), 3, "'tuned' is not of the form A_NAME=B_NAME"),
        (("latest", "latest", "--pair", "tunde=tuned"), 3, "unknown system 'tunde', did you mean 'tuned'?"),
        (("latest",), 3, "Missing argument 'RUN_B'"),
    ],
)
def test_wrong_input_is_refused_on_one_line(say: Say, lab: Lab, arguments: tuple[str, ...], code: int, words: str) -> None:
    """Exit 3."""
    ran(lab, 55)
    told = say("compare", *arguments)
    assert (told.code, told.out, words in told.err) == (code, "", True)
    assert len(told.err.splitlines()) == 1


def test_unlike_runs_are_refused(say: Say, lab: Lab) -> None:
    """Other questions under the same ids are other questions."""
    first = ran(lab, 55)
    lab.write_rows("target.jsonl", [{"id": str(i), "input": f"new {i}", "expected": "yes"} for i in range(N)])
    second = run(lab.write(), Options()).folder.name
    told = say("compare", first, second)
    assert (told.code, told.out) == (3, "")
    assert f"{first} and {second}: have no example in common" in told.err


def test_names_of_users_cannot_steer_the_screen(say: Say, lab: Lab) -> None:
    """Ids and names are printed as text."""
    ran(lab, 55)
    lab.tables["systems"]["[red]\u202ename"] = lab.tables["systems"].pop("tuned")
    first = run(lab.write(), Options()).folder.name
    lab.system("tuned", "candidate", {"target": [False] * N})
    del lab.tables["systems"]["tuned"]
    second = run(lab.write(), Options()).folder.name
    told = say("compare", first, second)
    assert "\u202e" not in told.out
    assert "[red]" in told.out
