"""`tuneproof evalset`: what its commands write, print and refuse, and that an experiment can use what was drawn."""

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
        (("general-nan", "--seed", "1"), "unknown generator 'general-nan', did you mean 'general-nano'? (known: general-"),
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


# -- check and show ----------------------------------------------------------------------------------------------------------

SHIPPED = Path(__file__).parents[1] / "evalsets"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return an evalset of four rows, in two slices."""
    folder = tmp_path / "small"
    folder.mkdir()
    header = 'role = "general"\norigin = "ours"\nlicence = "Apache-2.0"\n[graders.word]\nkind = "exact_match"\n'
    (folder / "evalset.toml").write_text(header, "utf-8")
    rows = [
        {"id": "a1", "input": "What is blue?\n" + "Look up. " * 80, "expected": "the sky", "slice": "colour"},
        {"id": "a2", "input": "What is [red]\x1b[31m?", "expected": ["fire", "a rose"], "slice": "colour", "cluster": "c"},
        {"id": "a3", "messages": [{"role": "user", "content": "What barks?"}], "expected": "a dog", "slice": "sound"},
        {"id": "a4", "input": {"what": "mews"}, "expected": "a cat", "slice": "sound"},
    ]
    (folder / "examples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder


def spoil(small: Path) -> None:
    """Add two rows that ask what is asked already."""
    with (small / "examples.jsonl").open("a", encoding="utf-8") as data:
        data.writelines(
            json.dumps({"id": f"b{n}", "input": "what is [RED]\x1b[31m?", "expected": "fire"}) + "\n" for n in (1, 2)
        )


def test_check_counts_on_its_last_line(say: Say, small: Path) -> None:
    """Cautions do not set the exit code."""
    told = say("evalset", "check", "small")
    assert (told.code, told.last, told.err) == (0, "no faults in 4 examples, 2 cautions", "")
    assert "caution: slices of fewer than 50 examples" in told.out


def test_faults_are_told_with_their_lines_and_exit_3(say: Say, small: Path) -> None:
    """The data is wrong, which is no NO-GO; help says so."""
    spoil(small)
    told = say("evalset", "check", "small")
    assert (told.code, told.last) == (3, "2 faults in 6 examples, 2 cautions")
    assert told.out.splitlines()[:3] == [
        "fault: asks what another example asks (2)",
        "  small/examples.jsonl:5: the same as 'a2' on line 2, which expects ['fire', 'a rose'] and not 'fire'",
        "  small/examples.jsonl:6: the same as 'a2' on line 2, which expects ['fire', 'a rose'] and not 'fire'",
    ]
    assert "3 with faults" in " ".join(say("evalset", "check", "--help").out.split())


def test_ten_of_a_kind_are_shown(say: Say, tmp_path: Path) -> None:
    """And how many more there are."""
    rows = "".join(json.dumps({"input": "Same?", "expected": "yes"}) + "\n" for _ in range(15))
    (tmp_path / "same.jsonl").write_text(rows, "utf-8")
    lines = say("evalset", "check", "same.jsonl").out.splitlines()
    assert (lines[0], lines[11]) == ("fault: asks what another example asks (14)", "  ... and 4 more; --json has all of them")


def test_check_tells_machines_and_says_less(say: Say, small: Path) -> None:
    """All remarks, by kind and level; -q leaves the last line."""
    spoil(small)
    told = say("evalset", "check", "small", "--json")
    found = json.loads(told.out)
    assert (told.code, found["n"], found["n_faults"], found["n_cautions"]) == (3, 6, 2, 2)
    assert found["remarks"][0] | {"what": ""} == {
        "kind": "duplicate",
        "level": "fault",
        "where": "small/examples.jsonl:5",
        "what": "",
    }
    assert (found["facts"]["slices"], say("evalset", "check", "small", "-q").out.count("\n")) == ({"colour": 2, "sound": 2}, 1)


def test_show_prints_a_header_and_examples(say: Say, small: Path) -> None:
    """What evalset.toml says, then id, slices, question, expected and grader."""
    told = say("evalset", "show", "small")
    lines = told.out.splitlines()
    assert (told.code, lines[0]) == (0, "small: 4 examples, role general")
    for line in ("  slices   colour 2, sound 2", "  graders  word (exact_match)", "  licence  Apache-2.0", "  origin   ours"):
        assert line in lines
    assert next(line for line in lines if "digest" in line).endswith(", not declared")
    assert [line for line in lines if line.startswith("a")] == [
        "a1 (colour)",
        "a2 (colour), cluster c",
        "a3 (sound)",
        "a4 (sound)",
    ]
    for text in (
        "    user: What barks?",
        '    {"what": "mews"}',
        '    ["fire", "a rose"]',
        "    What is [red]\u241b[31m?",
        "    word",
    ):
        assert text in lines


def test_long_questions_are_cut_but_not_that_of_one_id(say: Say, small: Path) -> None:
    """`--id` shows it whole."""
    assert "characters are not shown" in say("evalset", "show", "small", "--n", "2").out
    whole = say("evalset", "show", "small", "--id", "a1").out
    assert ("not shown" in whole, whole.split().count("Look")) == (False, 80)


def test_show_tells_which_part_is_shown(say: Say, small: Path) -> None:
    """By slice and number."""
    told = say("evalset", "show", "small", "--slice", "sound", "--n", "1")
    assert ("a3 (sound)" in told.out, "a4" in told.out, "a1" in told.out) == (True, False, False)
    assert say("evalset", "show", "small", "--n", "2").last == "2 of 4 examples; --n shows more, --id one whole"
    assert say("evalset", "show", "small", "-q").out == "small: 4 examples, role general\n"


def test_show_tells_machines_all(say: Say, small: Path) -> None:
    """Uncut, with the fields of the rows."""
    found = json.loads(say("evalset", "show", "small", "--id", "a2", "--json").out)
    assert (found["role"], found["n"], found["n_matching"], found["digest_is"]) == ("general", 4, 4, "undeclared")
    assert found["examples"] == [
        {
            "id": "a2",
            "line": 2,
            "slices": ["colour"],
            "cluster": "c",
            "input": "What is [red]\x1b[31m?",
            "messages": None,
            "expected": ["fire", "a rose"],
            "graders": ["word"],
            "meta": {},
        }
    ]


@pytest.mark.parametrize("name", sorted(path.parent.name for path in SHIPPED.glob("*/evalset.toml")))
def test_shipped_evalsets_can_be_shown(say: Say, name: str) -> None:
    """Each with its origin, its licence and its digest as declared."""
    told = say("evalset", "show", str(SHIPPED / name), "--n", "3")
    assert (told.code, "not said" in told.out, ", as declared" in told.out) == (0, False, True)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("check", "none"), "none: no such file or folder (an evalset folder, or a data file)"),
        (("show", "none"), "none: no such file or folder (an evalset folder, or a data file)"),
        (("check", "bare"), "bare/evalset.toml: no such file (an evalset folder has one)"),
        (("check", "small/evalset.toml"), "small/evalset.toml: no format reads this file"),
        (
            ("show", "small", "--slice", "colours"),
            "--slice: unknown slice 'colours', did you mean 'colour'? (known: colour, sound)",
        ),
        (("show", "small", "--id", "aa4"), "--id: unknown id 'aa4', did you mean 'a4'? (an id of small/examples.jsonl)"),
        (("show", "small", "--n", "0"), "Invalid value for '--n'"),
        (("check",), "Missing argument 'PATH'"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_exit_3(say: Say, small: Path, arguments: tuple[str, ...], line: str) -> None:
    """With what was expected."""
    (small.parent / "bare").mkdir()
    (small.parent / "bare" / "examples.jsonl").write_text('{"input": "a"}\n', "utf-8")
    told = say("evalset", *arguments)
    assert (told.code, told.out, told.err.count("\n"), told.err.startswith(f"tuneproof: {line}")) == (3, "", 1, True)


def test_a_shipped_evalset_is_copied_and_found_sound(say: Say, tmp_path: Path) -> None:
    """What is written is what ships, and nothing is overwritten."""
    assert say("evalset", "copy", "safety").code == 0
    assert say("evalset", "check", "evalsets/safety", "-q").code == 0
    told = say("evalset", "copy", "safety")
    assert (told.code, "are there already" in told.err, told.err.count("\n")) == (3, True, 1)


def test_an_unknown_shipped_evalset_is_answered_with_the_known_ones(say: Say) -> None:
    """One line, with the nearest name."""
    told = say("evalset", "copy", "general-competense")
    assert (told.code, "general-competence" in told.err, told.err.count("\n")) == (3, True, 1)
