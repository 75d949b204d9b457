"""What `tuneproof watch` prints: the learning curve, drawn line by line as it grows, and on the last line what to do.

The curve lies on its side, so that a log can hold it while it grows: one line a checkpoint, the level from 0 on the left to 1
on the right, each with its interval, between the bar and the best baseline. rich is imported inside functions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneproof.core.checkpoints import Advice, Curve, CurvePoint
from tuneproof.core.estimate import Estimate
from tuneproof.pipeline.watching import Sight, Watched
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._findings import place
from tuneproof.stages._user_text import short
from tuneproof.terminal import plain_text, say

if TYPE_CHECKING:
    from rich.console import Console

_STYLES: Mapping[Advice | None, str | None] = {"CONTINUE": "green", "ABORT": "bold red", "UNCLEAR": "yellow", None: None}
_NO_RULE = "NO RULE"
"""Stands for the advice where no rule is registered."""
_LABEL, _NUMBERS = 16, 24
"""Columns of a line before and behind the drawing."""
_NARROWEST, _WIDEST = 21, 51
"""Columns of the drawing; wider ones show nothing more."""


@dataclass(frozen=True, slots=True)
class _Glyphs:
    """What the curve is drawn with."""

    point: str
    interval: str
    bar: str
    baseline: str
    edge: str


_BLOCKS = _Glyphs("\u2588", "\u2500", "\u2503", "\u250a", "\u2502")
_PLAIN = _Glyphs("#", "-", "|", ":", "|")


class CurvePrinter:
    """Draws curves as they grow."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._glyphs = _BLOCKS if _can_show(console, "".join(_parts(_BLOCKS))) else _PLAIN
        self._width = max(_NARROWEST, min(_WIDEST, console.width - _LABEL - _NUMBERS - len(" CONTINUE")))
        self._last: tuple[str, str | None] | None = None

    def show(self, sight: Sight) -> None:
        """Draw what is new: the frame once, then a line a checkpoint; where a rule is read, what it says."""
        if sight.note:
            return
        if not sight.new:
            for curve in sight.curves:
                self._frame(curve)
        for curve, point in zip(sight.curves, sight.new, strict=False):
            if (curve.evalset, curve.grader) != self._last:
                self._frame(curve)
            self._line(*self._of_point(point), self._drawn(point.estimate, curve), _STYLES[point.advice])
            if point.advice:
                say(self._console, point.sentence, _STYLES[point.advice])

    # -- lines ---------------------------------------------------------------------------------------------------------------

    def _frame(self, curve: Curve) -> None:
        """Draw the scale, the baselines and the bar."""
        self._last = (curve.evalset, curve.grader)
        levels = [numerals.level(held.level) for held in curve.baselines.values()]
        limits = f" ({levels[0]} intervals)" if levels else ""
        say(self._console, f"{short(curve.candidate, 60)} on {place(curve.evalset, None, curve.grader)}{limits}", "bold")
        self._line("level", "", self._scale())
        for name, held in curve.baselines.items():
            self._line(short(name, _LABEL - 2), _numbers(held), self._drawn(held, None))
        if curve.bar is not None:
            cells = [" "] * self._width
            cells[self._column(curve.bar)] = self._glyphs.bar
            self._line("bar", numerals.score(curve.bar), "".join(cells))

    def _of_point(self, point: CurvePoint) -> tuple[str, str]:
        """Return what stands before and behind the drawing; what matters most comes first, for long lines are cut."""
        step = "" if point.checkpoint.step is None else f" (step {point.checkpoint.step:,})"
        advice = f" {point.advice}" if point.advice else ""
        missing = f", {point.estimate.n_missing:,} missing" if point.estimate.n_missing else ""
        numbers = f"{_numbers(point.estimate)}{advice}{missing}"
        return short(f"{point.checkpoint.number:,}{step}", _LABEL - 2), numbers

    def _line(self, label: str, numbers: str, drawn: str, style: str | None = None) -> None:
        edge = self._glyphs.edge
        row = f"{label:<{_LABEL - 2}} {edge}{drawn}{edge} {numbers}"
        self._console.print(plain_text(self._console, row.rstrip(), style), no_wrap=True, overflow="ellipsis", crop=True)

    # -- drawing -------------------------------------------------------------------------------------------------------------

    def _column(self, level: float) -> int:
        return round(min(1.0, max(0.0, level)) * (self._width - 1))

    def _scale(self) -> str:
        cells = [" "] * self._width
        for mark in ("0", "0.25", "0.5", "0.75", "1"):
            start = max(0, min(self._column(float(mark)) - len(mark) // 2, self._width - len(mark)))
            cells[start : start + len(mark)] = mark
        return "".join(cells)

    def _drawn(self, held: Estimate, curve: Curve | None) -> str:
        """Return a level with its interval, the bar and the best baseline in their places."""
        cells = [" "] * self._width
        first, last = self._column(held.low), self._column(held.high)
        cells[first : last + 1] = self._glyphs.interval * (last - first + 1)
        known = [one.value for one in curve.baselines.values() if one.value is not None] if curve else []
        if known:
            cells[self._column(max(known))] = self._glyphs.baseline
        if curve and curve.bar is not None:
            cells[self._column(curve.bar)] = self._glyphs.bar
        if held.value is not None:
            cells[self._column(held.value)] = self._glyphs.point
        return "".join(cells)


def print_end(watched: Watched, console: "Console") -> None:
    """Print what the reader must know, what became of the job, and on the last line what to do."""
    for caution in watched.cautions:
        say(console, f"caution: {caution}", "yellow")
    if watched.cancelled:
        say(console, watched.cancelled)
    print_advice(watched, console)


def print_advice(watched: Watched, console: "Console") -> None:
    """Print what to do, on one line that is never broken."""
    style = _STYLES[watched.advice]
    line = f"{watched.advice or _NO_RULE}: {' '.join(watched.sentence.split())}"
    console.print(plain_text(console, line, style), soft_wrap=True, markup=False)


def _numbers(held: Estimate) -> str:
    """Return a level with its limits."""
    return f"{numerals.score(held.value)} ({numerals.score(held.low)} to {numerals.score(held.high)})"


def _can_show(console: "Console", text: str) -> bool:
    try:
        text.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _parts(glyphs: _Glyphs) -> Sequence[str]:
    return (glyphs.point, glyphs.interval, glyphs.bar, glyphs.baseline, glyphs.edge)
