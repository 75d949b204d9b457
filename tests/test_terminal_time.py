"""What the terminal says of the decision in time: a few lines each, and the verdict still last."""

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from tests.test_terminal import HOSTILE, MET, dossier, judged
from tests.timed_reports import curve, history, moved, movement, noise, outlook, regression, repeats, slot, stopping, timed
from tuneproof.core.report import Dossier
from tuneproof.terminal import print_judgement
from tuneproof.terminal_time import (
    print_curves,
    print_exposure,
    print_noise,
    print_outlook,
    print_regression,
    print_stopping,
    print_time,
)


def held(**changes: Any) -> Dossier:
    """Return the dossier of a GO with what is given."""
    return replace(dossier(judged("GO", MET)), **changes)


def printed(printer: Callable[..., None], shown: Dossier, *, width: int = 100, encoding: str = "utf-8") -> str:
    """Return what is printed into a log of a given width and encoding."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    printer(shown, Console(file=stream, width=width, markup=False, emoji=False, highlight=False))
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined,no-any-return]


def flat(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


def test_a_plain_run_says_nothing_of_it() -> None:
    """Not one line more than before."""
    assert printed(print_time, held()) == ""


@pytest.mark.parametrize(
    ("printer", "changes", "told"),
    [
        (print_outlook, {"outlook": outlook()}, "before the data: With these 80 examples you would see GO in 41 %"),
        (print_curves, {"curves": (curve(),)}, "tuned on selection, checkpoint 2 (step 180): 0.360 (0.288 to 0.437), UNCLEAR"),
        (print_curves, {"curves": (curve(),)}, "0.660 (0.583 to 0.731), chosen"),
        (print_curves, {"curves": (curve(),)}, "tuned on selection: Checkpoint 3 is best (0.660)"),
        (
            print_stopping,
            {"stopping": stopping()},
            "\u2715 narrow ended at 33 %, NO-GO: NO-GO whatever the other 402 answers are",
        ),
        (
            print_stopping,
            {"stopping": stopping()},
            "stopped early: 1,220 questions were not asked: 488,000 input",
        ),
        (print_stopping, {"stopping": stopping()}, "money not known."),
        (print_stopping, {"stopping": stopping()}, "asked to the end: writes well is marked by a judge"),
        (print_stopping, {"stopping": stopping(ended=(), saved=())}, "not stopped early: Nothing was saved"),
        (print_noise, {"noise": (noise(),)}, "noise: prompted on target \u00b7 label: asked the same again, 5 of 100 marks"),
        (print_noise, {"repeats": (repeats(),)}, "repeats: Of the variance of one asking 20 %"),
        (print_regression, {"regression": regression()}, "since the accepted run 20261001T060000-0000: Keep tuned"),
        (print_regression, {"regression": regression()}, "moved down prompted target \u00b7 label 0.720 \u2192 0.627 -0.093"),
        (print_regression, {"regression": regression()}, "prompted on target \u00b7 slice en \u00b7 label: 0.720 \u2192 0.627"),
        (print_exposure, {"slot": slot()}, "Exposure 2 of 3 declared, judged at 0.0167."),
        (print_exposure, {"slot": slot(cautions=("the clock was set back",))}, "caution: the clock was set back"),
    ],
)
def test_each_is_a_few_lines(printer: Callable[..., None], changes: dict[str, Any], told: str) -> None:
    """With its numbers, and none where the field is empty."""
    text = printed(printer, held(**changes), width=120)
    assert told in flat(text)
    assert len(text.splitlines()) <= 14
    assert printed(printer, held()) == ""


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_verdict_stays_last_and_lines_stay_narrow(width: int) -> None:
    """Whatever stands above it."""
    lines = printed(print_judgement, held(**timed()), width=width).splitlines()
    assert lines[-1] == "GO: keep tuned (support-triage, run 20261120T160211-7f3a)"
    assert max(len(line) for line in lines[:-1]) <= width


def test_a_log_in_ascii_gets_ascii() -> None:
    """Arrows and signs have letters that stand for them."""
    text = printed(print_judgement, held(**timed()), encoding="ascii")
    assert "x narrow ended at 33 %" in text
    assert "0.720 -> 0.627" in text


def test_hostile_texts_cannot_steer_the_terminal() -> None:
    """No escape sequence, no text direction, no line break in the verdict."""
    bad = HOSTILE
    shown = held(
        outlook=outlook(sentence=bad),
        curves=(curve(candidate=bad, evalset=bad, sentence=bad),),
        stopping=stopping(ended=(replace(stopping().ended[0], candidate=bad, sentence=bad),), to_the_end=(bad,)),
        noise=(noise(bad, evalset=bad, grader=bad),),
        repeats=(repeats(sentence=bad),),
        regression=regression(movements=(moved(bad, bad), movement(bad, evalset=bad)), accepted_run=bad, sentence=bad),
        slot=slot(cautions=(bad,)),
    )
    text = printed(print_judgement, shown, width=400)
    assert not set("\x1b\x07\u202e\ud800\r") & set(text)
    assert text.splitlines()[-1].startswith("GO: keep tuned ")


def test_what_is_not_shown_is_counted() -> None:
    """A hundred candidates, systems and slices do not fill a log."""
    many = tuple(movement(f"s{at}") for at in range(100))
    shown = held(
        curves=(curve(points=()),) * 40, noise=(noise(),) * 20, regression=regression(movements=many, history=(history(),))
    )
    text = printed(print_time, shown)
    for told in ("and 28 more learning curves", "and 8 more lines on noise", "and 88 more systems and slices"):
        assert told in text


def test_importing_it_imports_no_rich() -> None:
    """`tuneproof --help` does not wait for rich, numpy or Jinja2."""
    told = (
        "import tuneproof.terminal_time, sys; print([m for m in ('rich', 'numpy', 'jinja2', 'pydantic') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "[]\n"
