"""`tuneproof watch`: what it prints where, how the curve is drawn, and how it exits."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from tests.conftest import Lab
from tests.pipeline.test_selecting import right, trained
from tests.servers.training import JOB, Moment, Training
from tests.test_cli import Say, Told
from tuneproof import __main__ as process
from tuneproof.core.checkpoints import Checkpoint, Curve, CurvePoint
from tuneproof.core.estimate import Estimate
from tuneproof.pipeline.watching import Sight, Watched
from tuneproof.terminal_watch import CurvePrinter, print_end


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lab: Lab) -> Say:
    """Return a function that watches the lab's experiment, as the process would."""
    monkeypatch.chdir(lab.folder)
    monkeypatch.setenv("COLUMNS", "80")

    def ran(*options: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["tuneproof", "watch", str(lab.write()), *options])
        code = process._code()
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return ran


@pytest.fixture
def school(lab: Lab) -> Lab:
    """Return a workspace with a selection evalset, a holdout, a recorded baseline and a candidate that learns."""
    lab.evalset("target", 60)
    lab.evalset("dev", 40, role="selection")
    lab.system("prompted", "baseline", {"target": right(0.4, 60), "dev": right(0.4, 40)})
    trained(lab, "tuned", [0.1, 0.5, 0.9])
    return lab


@pytest.mark.parametrize(
    ("settings", "code", "word"),
    [
        ({"at": 3}, 0, "CONTINUE: checkpoint 3 of tuned (tuned-3) scores 0.900 on dev"),
        ({"at": 1}, 1, "ABORT: checkpoint 1 of tuned (tuned-1) scores 0.100 on dev"),
        ({"at": 2}, 2, "UNCLEAR: checkpoint 2 of tuned (tuned-2) scores 0.500 on dev"),
        (None, 0, "NO RULE: tuned: 3 checkpoints were evaluated"),
    ],
)
def test_the_last_line_says_what_to_do(school: Lab, say: Say, settings: dict[str, Any] | None, code: int, word: str) -> None:
    """One line that is never broken, and the exit code beside it."""
    if settings:
        school.criterion("checkpoint", evalset="dev", below=0.5, **settings)
    told = say()
    assert (told.code, told.last[: len(word)]) == (code, word)
    assert say("-q").out.splitlines() == [told.last]


def test_the_curve_is_drawn_as_it_grows(school: Lab, say: Say) -> None:
    """The frame first, then a line a checkpoint with its interval between the bar and the baseline."""
    school.criterion("checkpoint", evalset="dev", below=0.5, at=3)
    lines = say().out.splitlines()
    drawn = [line for line in lines if "\u2502" in line]
    assert [line.split("\u2502")[0].strip() for line in drawn] == ["level", "prompted", "bar", "1", "2", "3"]
    assert [line.split("\u2502")[2].strip() for line in drawn[1:]] == [
        "0.400 (0.269 to 0.542)",
        "0.500",
        "0.100 (0.035 to 0.214)",
        "0.500 (0.361 to 0.639)",
        "0.900 (0.786 to 0.965) CONTINUE",
    ]
    assert max(map(len, drawn)) <= 80


def test_json_holds_the_curves(school: Lab, say: Say) -> None:
    """For machines: everything, on stdout alone."""
    school.criterion("checkpoint", evalset="dev", below=0.5, at=1)
    told = say("--json")
    held = json.loads(told.out)
    assert (told.code, told.err, held["advice"], held["cancelled"]) == (1, "", "ABORT", None)
    assert [point["advice"] for point in held["curves"][0]["points"]] == ["ABORT"]
    assert held["curves"][0]["points"][0]["estimate"]["n"] == 40


def test_usage_and_bad_input_exit_3(school: Lab, say: Say) -> None:
    """Neither looks like a verdict."""
    assert say("--every", "soon").code == 3
    assert say("--cancel").code == 3
    assert say("--candidate", "nobody").code == 3


def job_lab(lab: Lab, training: Training) -> Lab:
    """Let the candidate be a job."""
    lab.table("providers", "api", kind="openai_chat", base_url=training.base_url, api_key_env="SCHOOL_KEY", max_retries=0)
    lab.table("systems", "tuned", role="candidate", provider="api", checkpoints={"job": JOB}, prompt={"user": "{{ input }}"})
    return lab


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Iterator[Training]:
    """Return a server that trains."""
    monkeypatch.setenv("SCHOOL_KEY", "k")
    with Training(Moment(status="running")) as held:
        yield held


def test_a_failed_job_exits_4(school: Lab, say: Say, training: Training) -> None:
    """One line on stderr."""
    job_lab(school, training)
    training.moments = [Moment(status="failed", error={"message": "bad\nfile"})]
    told = say()
    assert (told.code, told.out) == (4, "")
    assert told.err.splitlines() == [f"tuneproof: job '{JOB}' ended without a model (failed): bad file"]


def test_an_abort_cancels_and_says_so(school: Lab, say: Say, training: Training) -> None:
    """What became of the job stands above the last line."""
    school.criterion("checkpoint", evalset="dev", below=0.5, at=1)
    job_lab(school, training)
    training.answer = lambda _model, _question: "no"
    training.moments = [Moment(status="running", steps=(10,))]
    told = say("--cancel")
    assert told.code == 1
    assert told.out.splitlines()[-2] == f"job {JOB} was cancelled"


def test_ctrl_c_is_130(school: Lab, training: Training) -> None:
    """Whoever stops watching loses nothing that was paid for."""
    job_lab(school, training)
    line = [sys.executable, "-m", "tuneproof", "watch", str(school.write()), "--every", "60"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)) as running:
        assert running.stderr is not None
        assert running.stderr.readline() == f"waiting: job {JOB} is running\n"
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert (running.returncode, "interrupted" in err) == (130, True)


# -- drawing -----------------------------------------------------------------------------------------------------------------


LEVEL = Estimate(value=0.5, low=0.4, high=0.6, level=0.9, method="m", n=100, n_missing=0)


def curve(*points: CurvePoint) -> Curve:
    """Return a curve with a bar and a baseline."""
    low = replace(LEVEL, value=0.2, low=0.1, high=0.3)
    return Curve(
        candidate="tuned",
        evalset="dev",
        grader="label",
        bar=0.8,
        points=points,
        baselines={"a \x1b[31mred\x1b[0m baseline with a long name": low},
        chosen=None,
        sentence="",
    )


def shown(*sights: Sight, width: int = 80, encoding: str = "utf-8") -> str:
    """Return what is printed into a log of a given width and encoding."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    printer = CurvePrinter(Console(file=stream, width=width, markup=False, emoji=False, highlight=False))
    for sight in sights:
        printer.show(sight)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined,no-any-return]


POINT = CurvePoint(
    checkpoint=Checkpoint(number=2, model="m\x07", step=1200), estimate=LEVEL, advice="ABORT", sentence="so it is"
)


@pytest.mark.parametrize(("encoding", "row"), [("ascii", "---#---"), ("utf-8", "\u2500\u2500\u2500\u2588\u2500\u2500\u2500")])
def test_old_encodings_get_plain_letters(encoding: str, row: str) -> None:
    """A log without block characters still shows the curve, and nothing that a user wrote steers the screen."""
    text = shown(Sight(curves=(curve(),)), Sight(curves=(curve(POINT),), new=(POINT,)), encoding=encoding)
    assert row in text
    assert "\x1b" not in text
    assert "2 (step 1,200)" in text


@pytest.mark.parametrize("width", [40, 60, 200])
def test_narrow_and_wide_screens(width: int) -> None:
    """Lines are cut, never broken."""
    text = shown(Sight(curves=(curve(),)), Sight(curves=(curve(POINT),), new=(POINT,)), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert sum(line.startswith("2 (step") for line in text.splitlines()) == 1


def test_unknown_levels_have_no_point() -> None:
    """Where nothing was measured the whole range is drawn, and no number."""
    nothing = replace(LEVEL, value=None, low=0.0, high=1.0, n=0, n_missing=100)
    point = replace(POINT, estimate=nothing, advice=None)
    row = shown(Sight(curves=(curve(point),), new=(point,))).splitlines()[-1]
    assert "unknown (0.000 to 1.000), 100" in row
    assert "\u2588" not in row


def test_the_end_names_cautions_and_the_job() -> None:
    """Cautions come before what to do, which stands last."""
    stream = io.StringIO()
    watched = Watched(
        candidate="tuned",
        curves=(),
        advice="ABORT",
        sentence="below\nthe bar",
        cancelled="job j was cancelled",
        cautions=("so",),
    )
    print_end(watched, Console(file=stream, width=80))
    assert stream.getvalue().splitlines() == ["caution: so", "job j was cancelled", "ABORT: below the bar"]
