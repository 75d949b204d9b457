"""`tuneproof judge` and `tuneproof judge sample`: which of the two is meant, what they print where, and how they exit."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.judge_reports import MENU, SIDES, bare_report, judge_report, pair_report
from tests.test_cli import Say, Told
from tuneproof import __main__ as process
from tuneproof.core.errors import BudgetSpent, InputError, Problem

EXPERIMENT = """
[experiment]
name = "lab"
[graders.voice]
kind = "judge"
[graders.label]
kind = "exact_match"
"""
USAGE = {"gpt": {"attempts": 611, "input_tokens": 412_330, "output_tokens": 2_201}}


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Say:
    """Return a function that runs a command beside an experiment file, as the process would."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "experiment.toml").write_text(EXPERIMENT, "utf-8")

    def ran(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["tuneproof", *arguments])
        code = process._code()
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return ran


Calls = list[tuple[Path, Any, dict[str, Any]]]


def instead(monkeypatch: pytest.MonkeyPatch, name: str, answer: Callable[[Calls], Any]) -> Calls:
    """Put a plain function in the place of a pipeline's; return the calls that it gets."""
    calls: Calls = []

    def asked(path: Path, options: Any, display: Any, **more: Any) -> Any:
        calls.append((path, options, more))
        with display(3) as tell:
            tell(SimpleNamespace(done=3, failed=0, attempts=3, waiting=0, throttled=False, input_tokens=1, output_tokens=1))
        return answer(calls)

    module = ModuleType(f"tuneproof.pipeline.{name}")
    setattr(module, name, asked)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return calls


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Answer `judge` with two graders; return the calls."""
    reports = (judge_report(), pair_report(grader="pair"))
    found = SimpleNamespace(reports=reports, cautions=("3 answers did not come",), usage=USAGE)
    return instead(monkeypatch, "calibration", lambda _: found)


def drawn(**changes: Any) -> SimpleNamespace:
    """Return a draw of fifty examples."""
    held = {
        "path": Path("labels/voice.csv"),
        "n_examples": 50,
        "n_rows": 100,
        "menu": MENU,
        "grader": "voice",
        "evalset": "target",
        "is_pairwise": False,
    }
    return SimpleNamespace(**{**held, **changes})


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Answer `judge sample` with fifty examples; return the calls."""
    return instead(monkeypatch, "sample", lambda _: drawn())


# -- which of the two --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [("experiment.toml",), ("./sample",), ("-q", "experiment.toml"), ("--fresh", "x.toml")])
def test_anything_but_sample_is_measured(say: Say, measured: Calls, draws: Calls, arguments: tuple[str, ...]) -> None:
    """Options may stand before the file; a file that is called sample has a path."""
    assert say("judge", *arguments).code == 0
    assert (len(measured), len(draws)) == (1, 0)
    assert str(measured[0][0]) == arguments[-1].removeprefix("./")


@pytest.mark.parametrize(
    ("arguments", "path"), [((), "experiment.toml"), (("other.toml",), "other.toml"), (("--n", "3", "x.toml"), "x.toml")]
)
def test_sample_draws(say: Say, measured: Calls, draws: Calls, arguments: tuple[str, ...], path: str) -> None:
    """From experiment.toml where no file is named."""
    assert say("judge", "sample", *arguments).code == 0
    assert (len(measured), [str(call[0]) for call in draws]) == (0, [path])


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


def test_judges_are_shown(say: Say, measured: Calls) -> None:
    """Tables, statuses, cautions about the answers and what it took; progress on stderr."""
    told = say("judge", "experiment.toml", "--max-calls", "9", "--fresh")
    assert (told.code, "3/3 done" in told.err) == (0, True)
    assert "people with people" in told.out
    assert "judge pair on target: decides, corrected by 80 labelled examples\n" in told.out
    assert "caution: 3 answers did not come" in told.out
    assert told.last == "gpt: 611 calls, 412,330 input tokens, 2,201 output tokens"
    assert (measured[0][1].max_calls, measured[0][1].fresh) == (9, True)


def test_machines_get_reports_usage_and_cautions(say: Say, measured: Calls) -> None:
    """One JSON value on standard output, and no progress."""
    told = say("judge", "experiment.toml", "--json")
    held = json.loads(told.out)
    assert (told.code, told.err, list(held)) == (0, "", ["judges", "usage", "cautions"])
    assert held["judges"] == [judge_report().to_json(), pair_report(grader="pair").to_json()]
    assert (held["usage"], held["cautions"]) == (USAGE, ["3 answers did not come"])


def test_quiet_prints_a_line_a_grader(say: Say, measured: Calls) -> None:
    """What its judges' marks may do, and no progress."""
    told = say("judge", "experiment.toml", "-q")
    line = "judge {} on target: decides, corrected by 80 labelled examples\n"
    assert (told.out, told.err) == (line.format("voice") + line.format("pair"), "")


def test_one_grader_may_be_shown_alone(say: Say, measured: Calls) -> None:
    """By its name."""
    told = say("judge", "experiment.toml", "--grader", "voice", "--json")
    assert [held["grader"] for held in json.loads(told.out)["judges"]] == ["voice"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("judge",), "Missing argument 'EXPERIMENT'"),
        (("judge", "experiment.toml", "--grader", "voise"), "--grader: unknown grader 'voise', did you mean 'voice'?"),
        (("judge", "missing.toml", "--grader", "voice"), "missing.toml: no such file"),
        (("judge", "experiment.toml", "--n", "3"), "No such option"),
        (("judge", "experiment.toml", "--max-calls", "-1"), "--max-calls"),
        (("judge", "sample", "--n", "0"), "--n"),
        (("judge", "sample", "a.toml", "b.toml"), "unexpected extra argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_input_exits_3_and_asks_nothing(
    say: Say, measured: Calls, draws: Calls, arguments: tuple[str, ...], words: str
) -> None:
    """On one line, before anything is spent."""
    told = say(*arguments)
    assert (told.code, told.out, words in told.err, told.err.count("\n")) == (3, "", True, 1)
    assert (measured, draws) == ([], [])


@pytest.mark.parametrize(
    ("error", "code"),
    [(InputError(Problem(where="labels/voice.csv", what="is there already")), 3), (BudgetSpent("9 calls were made"), 4)],
)
@pytest.mark.parametrize("command", [("judge", "experiment.toml"), ("judge", "sample")])
def test_errors_exit_as_everywhere(
    say: Say, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, command: tuple[str, ...]
) -> None:
    """3 where the input is wrong, 4 where it could not be finished."""

    def broken(_calls: Calls) -> Any:
        raise error

    instead(monkeypatch, "calibration", broken)
    instead(monkeypatch, "sample", broken)
    told = say(*command)
    assert (told.code, told.out, str(error) in told.err) == (code, "", True)


def test_judges_without_labels_are_shown_too(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to do next stands in the status."""
    found = SimpleNamespace(reports=(bare_report(),), cautions=(), usage={})
    instead(monkeypatch, "calibration", lambda _: found)
    told = say("judge", "experiment.toml")
    assert (told.code, told.last) == (0, "judge voice on target: decides nothing: nobody has labelled its answers")


# -- drawing -----------------------------------------------------------------------------------------------------------------


def test_a_sample_says_how_it_is_filled_in(say: Say, draws: Calls) -> None:
    """What was written, the menu with its meanings, and what the experiment file says then."""
    told = say("judge", "sample", "--n", "50", "--grader", "voice", "--max-calls", "9")
    assert told.out.splitlines() == [
        "written: labels/voice.csv: 100 rows (50 examples of target, for grader voice)",
        "Write one of these choices into the last column of every row:",
        "  4  Sounds like us throughout.",
        "  3  Sounds like us, with a slip.",
        "  2",
        "  1  Could be anyone.",
        "Leave no row out: what is left of the draw would not be random. Leave `item` as it is: it finds the answer again.",
        "Several people: a column each, named after the last one, such as `human_ann`.",
        "Then put this into the experiment file:",
        "  [graders.voice]",
        '  human = "labels/voice.csv"',
    ]
    assert (draws[0][2], draws[0][1].max_calls) == ({"n": 50, "grader": "voice", "output": None}, 9)


def test_of_pairs_the_choice_is_about_what_is_shown(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who knew whose answer is first would label the system, not the answer."""
    instead(monkeypatch, "sample", lambda _: drawn(menu=SIDES, is_pairwise=True))
    told = say("judge", "sample").out
    assert "  first   The first answer is better.\n  tie\n  second  The second answer is better.\n" in told
    assert "It is about the two texts as the row shows them, answer_1 being the first; whose they are is not told." in told


@pytest.mark.parametrize(
    ("grader", "path", "table", "human"),
    [
        ("my voice", "labels/x.csv", '  [graders."my voice"]', '  human = "../labels/x.csv"'),
        ("v-1_a", "work/x \u00fc.csv", "  [graders.v-1_a]", '  human = "x \u00fc.csv"'),
        ('"', "x\\y.csv", '  [graders."\\""]', '  human = "../x\\\\y.csv"'),
    ],
)
def test_the_lines_for_the_file_are_toml(
    say: Say, monkeypatch: pytest.MonkeyPatch, grader: str, path: str, table: str, human: str
) -> None:
    """Any name and path; the path is relative to the experiment file."""
    instead(monkeypatch, "sample", lambda _: drawn(grader=grader, path=Path(path)))
    assert say("judge", "sample", "work/experiment.toml").out.splitlines()[-2:] == [table, human]


def test_machines_are_told_the_same(say: Say, draws: Calls) -> None:
    """Where it went, its size, the menu, and the path as the experiment file writes it."""
    told = say("judge", "sample", "--json")
    held = json.loads(told.out)
    assert (told.code, told.err) == (0, "")
    assert (held["written"], held["n_examples"], held["n_rows"], held["human"]) == (
        "labels/voice.csv",
        50,
        100,
        "labels/voice.csv",
    )
    assert held["menu"][0] == {"name": "4", "score": 1.0, "means": "Sounds like us throughout."}


def test_quiet_says_nothing(say: Say, draws: Calls) -> None:
    """The file is there."""
    told = say("judge", "sample", "-q")
    assert (told.code, told.out, told.err) == (0, "", "")


def test_the_file_may_be_named(say: Say, draws: Calls) -> None:
    """It goes where the user wants it."""
    assert say("judge", "sample", "--output", "mine.csv").code == 0
    assert draws[0][2]["output"] == Path("mine.csv")
