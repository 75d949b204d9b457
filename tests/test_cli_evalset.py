"""`tuneproof evalset generate`: what it writes, what it refuses, and that an experiment can use what it wrote."""

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import Lab
from tests.test_cli import Say, Told
from tuneproof import __main__ as process
from tuneproof.spec.evalset_file import read_evalset_file

GENERATE = ("evalset", "generate", "general-nano", "--seed", "7")


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Say:
    """Return a function that runs a command in an empty folder, as the process would."""
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["tuneproof", *arguments])
        code = process._code()
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return ran


def test_a_folder_is_written_and_named(say: Say, tmp_path: Path) -> None:
    """The files, how many examples, and the digest."""
    told = say(*GENERATE, "--n-per-slice", "3")
    assert told.out.splitlines()[:4] == [
        "evalsets/general-nano-7/evalset.toml",
        "evalsets/general-nano-7/examples.jsonl",
        "evalsets/general-nano-7/README.md",
        "36 examples in 12 slices",
    ]
    assert (told.code, len((tmp_path / "evalsets/general-nano-7/examples.jsonl").read_text("utf-8").splitlines())) == (0, 36)


def test_machines_are_told_the_same(say: Say) -> None:
    """Where it went, its size, its slices and its digest."""
    told = json.loads(say(*GENERATE, "--n-per-slice", "3", "--output", "mine", "--json").out)
    assert (told["written"][0], told["n"], len(told["slices"])) == ("mine/evalset.toml", 36, 12)
    assert told["digest"] in Path("mine/evalset.toml").read_text("utf-8")


def test_quiet_says_nothing(say: Say, tmp_path: Path) -> None:
    """The files are there."""
    told = say(*GENERATE, "--n-per-slice", "1", "-q")
    assert (told.code, told.out, told.err) == (0, "", "")
    assert (tmp_path / "evalsets/general-nano-7/README.md").is_file()


def test_the_folder_says_where_it_comes_from_and_how_it_is_asked(say: Say) -> None:
    """The command that draws it anew, a licence, and the bare question for every system."""
    say(*GENERATE, "--n-per-slice", "3", "--output", "mine")
    _, header, problems = read_evalset_file(Path("mine"), "here")
    assert (header.role, header.prompt and header.prompt.user, header.licence) == ("general", "{{ input }}", "Apache-2.0")
    assert (header.origin.partition(": ")[2], problems) == (f"tuneproof {' '.join(GENERATE)} --n-per-slice 3", [])


def test_an_experiment_can_use_it(say: Say, lab: Lab) -> None:
    """It loads with its digest, and the right answers are right by its own grader."""
    say(*GENERATE, "--output", "mine", "-q")
    rows = [json.loads(line) for line in Path("mine/examples.jsonl").read_text("utf-8").splitlines()]
    lab.write_rows("out.jsonl", [{"id": row["id"], "output": f" {row['expected'].upper()}\n"} for row in rows])
    lab.table("evalsets", "general", path="mine")
    lab.table("providers", "recorded", kind="replay", path="out.jsonl")
    lab.table("systems", "base", role="baseline", provider="recorded")
    lab.table("systems", "tuned", role="candidate", provider="recorded")
    lab.criterion("threshold", evalset="general", at_least=0.99)
    assert "no errors" in say("check", lab.write().name).out
    told = json.loads(say("run", lab.file.name, "--json").out)["verdicts"][0]["findings"][0]["estimate"]
    assert (told["value"], told["n"]) == (1.0, 840)


def test_files_that_are_there_are_never_overwritten(say: Say, tmp_path: Path) -> None:
    """One line names them, and nothing is written."""
    (tmp_path / "README.md").write_text("mine", "utf-8")
    told = say(*GENERATE, "--output", ".")
    assert (told.code, told.err) == (
        3,
        "tuneproof: .: files are there already: README.md; give another folder with --output\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("general-nan", "--seed", "1"), "unknown generator 'general-nan', did you mean 'general-nano'? (known: general-nano)"),
        (("general_nano", "--seed", "1"), "did you mean 'general-nano'?"),
        (("_words", "--seed", "1"), "unknown generator '_words'"),
        (("general-nano",), "Missing option '--seed'"),
        (("general-nano", "--seed", "-1"), "general-nano: seed is -1 (0 to 4294967295)"),
        (("general-nano", "--seed", "1.5"), "--seed"),
        (("general-nano", "--seed", "1", "--n-per-slice", "201"), "general-nano: n_per_slice is 201 (1 to 200)"),
        (("general-nano", "--seed", "1", "--output", "/dev/null/x"), "cannot be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_input_exits_3_on_one_line(say: Say, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """Nothing on standard output, nothing written."""
    told = say("evalset", "generate", *arguments)
    assert (told.code, told.out, words in told.err, told.err.count("\n")) == (3, "", True, 1)
    assert list(tmp_path.iterdir()) == []


def test_the_group_shows_an_example(say: Say) -> None:
    """As every command does."""
    told = say("evalset", "--help")
    assert (told.code, "Example: tuneproof evalset generate" in told.out) == (0, True)


def test_an_unknown_command_of_the_group_is_said(say: Say) -> None:
    """With where to look."""
    told = say("evalset", "generat")
    assert (told.code, "No such command 'generat'" in told.err, "tuneproof evalset --help" in told.err) == (3, True, True)
