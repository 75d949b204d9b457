"""`tuneproof judge` and `tuneproof judge sample`: which of the two is meant, what they print where, and how they exit."""

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.servers.hostile import Hostile, answer
from tests.test_cli import Say, Told
from tuneproof import __main__ as process
from tuneproof.pipeline.calibration import calibration
from tuneproof.pipeline.collecting import Options, unseen

N = 60
SCALE = """
kind = "scale"
sees = ["input"]
instructions = "Does it sound like us?"
choices = [
    { name = "4", score = 1.0, means = "Sounds like us throughout." },
    { name = "3", score = 0.7, means = "Sounds like us, with a slip." },
    { name = "2", score = 0.3 },
    { name = "1", score = 0.0, means = "Could be anyone." },
]
"""
SYSTEMS = ("prompted", "tuned")


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lab: Lab) -> Say:
    """Return a function that runs a command beside the experiment file, as the process would."""
    monkeypatch.chdir(lab.folder)
    monkeypatch.setenv("COLUMNS", "80")

    def ran(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["tuneproof", *arguments])
        code = process._code()
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return ran


def judged(system: str, i: int) -> str:
    """Return what the recorded judge says of an answer."""
    return str(1 + i % 3 + (system == "tuned"))


@pytest.fixture
def court(lab: Lab) -> Lab:
    """Return a workspace with two recorded systems, a recorded judge of single answers and one of pairs, and no labels."""
    lab.evalset("target", N)
    for role, name in zip(("baseline", "candidate"), SYSTEMS, strict=True):
        lab.system(name, role, {"target": [f"{name} says {i}" for i in range(N)]})
    (lab.folder / "voice.toml").write_text(SCALE, "utf-8")
    marks = [
        {"id": str(i), "answer_of": name, "grader": "voice", "output": f"So it is.\nCHOICE: {judged(name, i)}"}
        for name in SYSTEMS
        for i in range(N)
    ]
    pairs = [{"id": str(i), "grader": "pair", "verdict": "second", "verdict_swapped": "second"} for i in range(N)]
    lab.write_rows("judgments.jsonl", [*marks, *pairs])
    lab.table("providers", "judgments", kind="replay", path="judgments.jsonl")
    lab.table("systems", "gpt", role="judge", provider="judgments")
    lab.table("graders", "voice", kind="judge", rubric="voice.toml", judges=["gpt"])
    lab.table("graders", "pair", kind="judge", rubric="preference", judges=["gpt"])
    lab.tables["evalsets"]["target"]["graders"] = ["voice"]
    lab.write()
    return lab


def with_pairs(court: Lab) -> Lab:
    """Let the second grader mark too."""
    court.tables["evalsets"]["target"]["graders"] = ["voice", "pair"]
    court.write()
    return court


def label(court: Lab) -> Lab:
    """Let somebody label every answer, and differ from the judge now and then."""
    rows = [
        {"id": str(i), "system": name, "human": "1" if not i % 10 else judged(name, i)} for name in SYSTEMS for i in range(N)
    ]
    court.write_rows("labels.jsonl", rows)
    court.tables["graders"]["voice"]["human"] = "labels.jsonl"
    court.write()
    return court


@pytest.fixture
def server() -> Iterator[Hostile]:
    """Return a server whose judge says 3 to everything."""
    with Hostile(lambda ask: answer("It slips once.\nCHOICE: 3")) as held:
        yield held


@pytest.fixture
def paid(court: Lab, server: Hostile) -> Lab:
    """Return the workspace with its judge on the server."""
    court.table("providers", "paid", kind="openai_chat", base_url=server.base_url, max_retries=0)
    court.tables["systems"]["gpt"] = {"role": "judge", "provider": "paid", "model": "m-1"}
    court.tables["graders"]["voice"]["reply"] = "line"
    court.write()
    return court


# -- which of the two --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (("experiment.toml",), "experiment.toml"),
        (("./sample",), "sample"),
        (("-q", "experiment.toml"), "experiment.toml"),
        (("--fresh", "x.toml"), "x.toml"),
    ],
)
def test_anything_but_sample_is_measured(say: Say, court: Lab, arguments: tuple[str, ...], file: str) -> None:
    """Options may stand before the file; a file that is called sample has a path."""
    court.file.rename(court.folder / file)
    told = say("judge", *arguments)
    assert (told.code, "judge voice on target: decides nothing: nobody has labelled its answers\n" in told.out) == (0, True)
    assert not (court.folder / "labels").exists()


@pytest.mark.parametrize(
    ("arguments", "file", "n"),
    [((), "experiment.toml", 50), (("other.toml",), "other.toml", 50), (("--n", "3", "x.toml"), "x.toml", 3)],
)
def test_sample_draws(say: Say, court: Lab, arguments: tuple[str, ...], file: str, n: int) -> None:
    """From experiment.toml where no file is named."""
    court.file.rename(court.folder / file)
    told = say("judge", "sample", *arguments)
    assert (told.code, "decides" in told.out) == (0, False)
    assert f"{2 * n} rows ({n} examples of target, for grader voice)" in told.out.splitlines()[0]
    assert (court.folder / "labels" / "voice.csv").is_file()


@pytest.mark.parametrize("help_option", ["--help", "-h"])
def test_the_help_explains_both(say: Say, help_option: str) -> None:
    """With an example each, the options of the one and the way to those of the other."""
    told = say("judge", help_option)
    assert told.code == 0
    assert "Usage: tuneproof judge [OPTIONS] EXPERIMENT\n       tuneproof judge sample [OPTIONS] [EXPERIMENT]\n" in told.out
    for part in (
        "Example: tuneproof judge experiment.toml\n",
        "Example: tuneproof judge sample experiment.toml --n 50\n",
        "./sample",
        "--grader NAME",
        "--max-calls",
        "--fresh",
        "--json",
        "-q, --quiet",
        "-v, --verbose",
        "-h, --help",
        "sample  Draw answers",
    ):
        assert part in told.out


@pytest.mark.parametrize(("arguments", "part"), [(("x.toml",), "--fresh"), (("sample",), "--output FILE")])
def test_each_has_help_of_its_own(say: Say, arguments: tuple[str, ...], part: str) -> None:
    """Behind the words that call it."""
    told = say("judge", *arguments, "--help")
    assert (told.code, part in told.out, "Example: tuneproof judge" in told.out) == (0, True, True)


# -- measuring ---------------------------------------------------------------------------------------------------------------


def test_judges_are_shown(say: Say, court: Lab) -> None:
    """Tables with their level, what the judge did, a status each, and what it took."""
    told = say("judge", label(with_pairs(court)).file.name)
    assert (told.code, told.err) == (0, "")
    for part in (
        "voice on target\n",
        "gpt by rubric voice.toml: one answer at a time\n",
        "60 examples labelled by one person (all there are)\n",
        "90 % intervals\n",
        "judge voice on target: people's 60 labels decide alone; nothing is left to mark\n",
        "pair on target\n",
        "gpt by rubric preference: each answer beside that of prompted, in both orders\n",
        "judge pair on target: decides nothing: nobody has labelled its answers\n",
    ):
        assert part in told.out, part
    assert told.last == "gpt: no calls, its replies were at hand"


def test_cautions_about_the_replies_are_shown(say: Say, court: Lab) -> None:
    """Labels of answers that are not there are told."""
    label(court)
    with (court.folder / "labels.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "stranger", "system": "tuned", "human": "4"}) + "\n")
    told = say("judge", court.file.name)
    assert "caution: labels.jsonl: 1 labelled row has an id that no evalset of voice holds" in " ".join(told.out.split())


def test_what_is_paid_for_is_counted(say: Say, paid: Lab, server: Hostile) -> None:
    """Progress on stderr; the cache is read, unless everything is to be fresh."""
    told = say("judge", paid.file.name, "--max-calls", str(2 * N))
    assert (told.code, f"{2 * N}/{2 * N} done" in told.err, len(server.asks)) == (0, True, 2 * N)
    assert told.last == f"gpt: {2 * N} calls, {14 * N} input tokens, {4 * N} output tokens"
    assert (say("judge", paid.file.name).code, len(server.asks)) == (0, 2 * N)
    assert (say("judge", paid.file.name, "--fresh").code, len(server.asks)) == (0, 4 * N)


def test_machines_get_reports_usage_cautions_and_level(say: Say, court: Lab) -> None:
    """One JSON value on standard output, no progress, and the numbers that Python gives."""
    told = say("judge", label(with_pairs(court)).file.name, "--json")
    held, found = json.loads(told.out, parse_constant=pytest.fail), calibration(court.file, Options(), unseen)
    assert (told.code, told.err, list(held)) == (0, "", ["judges", "usage", "cautions", "level"])
    assert held["judges"] == [report.to_json() for report in found.reports]
    assert (held["usage"], held["cautions"], held["level"]) == (found.usage, list(found.cautions), pytest.approx(0.9))
    assert {report["grader"] for report in held["judges"]} == {"voice", "pair"}


def test_quiet_prints_a_line_a_grader(say: Say, paid: Lab) -> None:
    """What its judges' marks may do, and no progress."""
    told = say("judge", label(paid).file.name, "-q")
    line = "judge voice on target: people's 60 labels decide alone; nothing is left to mark\n"
    assert (told.code, told.out, told.err) == (0, line, "")


def test_one_grader_may_be_shown_alone(say: Say, court: Lab) -> None:
    """By its name."""
    told = say("judge", with_pairs(court).file.name, "--grader", "pair", "--json")
    assert [held["grader"] for held in json.loads(told.out)["judges"]] == ["pair"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("judge",), "Missing argument 'EXPERIMENT'"),
        (("judge", "experiment.toml", "--grader", "voise"), "--grader: unknown grader 'voise', did you mean 'voice'?"),
        (("judge", "missing.toml"), "missing.toml: no such file"),
        (("judge", "missing.toml", "--grader", "voice"), "missing.toml: no such file"),
        (("judge", "experiment.toml", "--n", "3"), "No such option"),
        (("judge", "experiment.toml", "--max-calls", "-1"), "--max-calls"),
        (("judge", "sample", "missing.toml"), "missing.toml: no such file"),
        (("judge", "sample", "--n", "0"), "--n"),
        (("judge", "sample", "--n", "61"), "--n: 61, and 'voice' marks 60 examples of 'target' (1 to 60)"),
        (("judge", "sample", "--grader", "voise"), "--grader: unknown grader that asks judges 'voise', did you mean 'voice'?"),
        (("judge", "sample", "--grader", "label"), "--grader: unknown grader that asks judges 'label'"),
        (("judge", "sample", "--output", "voice.toml"), "voice.toml: is there already"),
        (("judge", "sample", "a.toml", "b.toml"), "unexpected extra argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_input_exits_3_and_asks_nothing(
    say: Say, paid: Lab, server: Hostile, arguments: tuple[str, ...], words: str
) -> None:
    """On one line, before anything is spent."""
    told = say(*arguments)
    assert (told.code, told.out, words in told.err, told.err.count("\n")) == (3, "", True, 1), told.err
    assert (server.asks, (paid.folder / "labels").exists()) == ([], False)


@pytest.mark.parametrize("command", [("judge", "experiment.toml"), ("judge", "sample")])
def test_an_experiment_without_judges_is_refused(say: Say, court: Lab, command: tuple[str, ...]) -> None:
    """There is nothing to measure and no menu to label by."""
    court.tables["evalsets"]["target"]["graders"] = ["label"]
    court.write()
    told = say(*command)
    assert (told.code, told.out, "graders: no grader asks a judge" in told.err) == (3, "", True)


def test_a_spent_budget_exits_4_and_keeps_what_was_paid_for(say: Say, paid: Lab, server: Hostile) -> None:
    """The same command goes on from there."""
    told = say("judge", paid.file.name, "--max-calls", "9", "--json")
    assert (told.code, told.out, "9 calls" in told.err) == (4, "", True)
    assert say("judge", paid.file.name, "-q").code == 0
    assert len(server.asks) == 2 * N


def test_a_sample_asks_systems_and_no_judges(say: Say, paid: Lab, server: Hostile) -> None:
    """Within its budget."""
    assert say("judge", "sample", "-q").code == 0
    assert server.asks == []
    paid.table("systems", "tuned", role="candidate", provider="paid", model="m-2", prompt={"user": "{{ input }}"})
    paid.write()
    told = say("judge", "sample", "--max-calls", "9", "--output", "new.csv")
    assert (told.code, told.out, "9 calls" in told.err, Path("new.csv").exists()) == (4, "", True, False)
    assert {ask.model for ask in server.asks} == {"m-2"}


# -- drawing -----------------------------------------------------------------------------------------------------------------


def test_a_sample_says_how_it_is_filled_in(say: Say, court: Lab) -> None:
    """What was written, the menu with its meanings, and what the experiment file says then."""
    told = say("judge", "sample", "--n", "50", "--grader", "voice", "--max-calls", "9")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines() == [
        "written: labels/voice.csv: 100 rows (50 examples of target, for grader voice)",
        "Write one of these choices into the last column of every row:",
        "  4  Sounds like us throughout.",
        "  3  Sounds like us, with a slip.",
        "  2",
        "  1  Could be anyone.",
        "Work from the top and leave no row out: rows stand as they were drawn, so that a part from the top is a fair sample.",
        "Leave `item` as it is: it finds the answer again. For the raters: voice-guide.md beside it.",
        "Several people: a column each, named after the last one, such as `human_ann`.",
        "Then put this into the experiment file:",
        "  [graders.voice]",
        '  human = "labels/voice.csv"',
    ]


def test_of_pairs_the_choice_is_about_what_is_shown(say: Say, court: Lab) -> None:
    """A person who knew whose answer is first would label the system, not the answer."""
    told = say("judge", "sample", with_pairs(court).file.name, "--grader", "pair", "--json")
    names = [choice["name"] for choice in json.loads(told.out)["menu"]]
    told = say("judge", "sample", "--grader", "pair", "--output", "again.csv")
    assert [line.split()[0] for line in told.out.splitlines()[2:5]] == names == ["first", "second", "tie"]
    assert "It is about the two texts as the row shows them, answer_1 being the first; whose they are is not told." in told.out


def test_of_several_graders_one_is_named(say: Say, court: Lab) -> None:
    """Each has a menu of its own."""
    told = say("judge", "sample", with_pairs(court).file.name)
    assert (told.code, "--grader: missing, and there are 2 (one of " in told.err) == (3, True)


@pytest.mark.parametrize("grader", ["my voice", "v-1_a", '"', "voix\u00e9", "a.b"])
@pytest.mark.parametrize("output", [None, "labels/x.csv", "work/x \u00fc.csv", "x\\y.csv"])
def test_the_lines_for_the_file_are_toml(say: Say, court: Lab, grader: str, output: str | None) -> None:
    """Any name and path; what they name is the sheet, from the experiment file's own folder."""
    court.tables["graders"][grader] = court.tables["graders"].pop("voice")
    court.tables["evalsets"]["target"]["graders"] = [grader]
    court.write()
    Path("work").mkdir()
    for path in (*court.folder.glob("*.toml"), *court.folder.glob("*.jsonl")):
        path.rename(Path("work") / path.name)
    told = say("judge", "sample", "work/experiment.toml", *(("--output", output) if output else ()))
    assert told.code == 0, told.err
    table = tomllib.loads("\n".join(told.out.splitlines()[-2:]))
    assert list(table["graders"]) == [grader]
    assert (Path("work") / table["graders"][grader]["human"]).samefile(output or f"work/labels/{grader}.csv")


def test_machines_are_told_the_same(say: Say, court: Lab) -> None:
    """Where it went, its size, the menu, and the path as the experiment file writes it."""
    told = say("judge", "sample", "--json")
    held: dict[str, Any] = json.loads(told.out)
    assert (told.code, told.err) == (0, "")
    assert held["menu"][0] == {"name": "4", "score": 1.0, "means": "Sounds like us throughout."}
    del held["menu"]
    assert held == {
        "written": "labels/voice.csv",
        "grader": "voice",
        "evalset": "target",
        "n_examples": 50,
        "n_rows": 100,
        "is_pairwise": False,
        "human": "labels/voice.csv",
    }


def test_quiet_says_nothing(say: Say, court: Lab) -> None:
    """The file is there."""
    told = say("judge", "sample", "-q")
    assert (told.code, told.out, told.err, Path("labels/voice.csv").is_file()) == (0, "", "", True)


def test_the_file_may_be_named(say: Say, court: Lab) -> None:
    """It goes where the user wants it."""
    assert say("judge", "sample", "--output", "mine.csv").code == 0
    assert (Path("mine.csv").is_file(), Path("labels").exists()) == (True, False)


def test_labels_are_never_overwritten(say: Say, court: Lab) -> None:
    """A second draw into the same file is refused, and says what to do."""
    assert say("judge", "sample").code == 0
    before = Path("labels/voice.csv").read_bytes()
    told = say("judge", "sample", "--n", "60")
    assert (told.code, told.out, "is there already" in told.err, "--output" in told.err) == (3, "", True, True)
    assert Path("labels/voice.csv").read_bytes() == before
