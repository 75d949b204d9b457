"""Learning curves as the page shows them: each checkpoint's level on the selection evalset, against bar and baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuneproof.core.checkpoints import Advice, Curve, CurvePoint
from tuneproof.core.estimate import Estimate
from tuneproof.core.report import Dossier
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._figures import Scale
from tuneproof.stages._findings import place
from tuneproof.stages._plot import Frame, Line, Plot, Point, level_scale
from tuneproof.stages._tables import Table
from tuneproof.stages._user_text import cut, short

_DRAWN_BASELINES = 4
"""More lines than that cannot be told apart; the table has all."""
_LABEL_ROOM = 0.55
"""Room on the right for the labels of lines, as a share of what the points take: no point ever stands there."""
_EDGE = 0.08
TONES: Mapping[Advice | None, str] = {"CONTINUE": "met", "ABORT": "breached", "UNCLEAR": "undecided", None: "plain"}
"""How a point looks, beside the word."""
_SIGNS: Mapping[Advice, str] = {"CONTINUE": "\u2713", "ABORT": "\u2715", "UNCLEAR": "?"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveView:
    """The learning curve of one candidate."""

    title: str
    """Candidate, evalset and grader."""
    sentence: str
    """What it comes to."""
    plot: Plot | None
    """The curve; None where no checkpoint was evaluated."""
    says: str
    """The plot in words."""
    table: Table
    """Checkpoints, then baselines."""
    across: str
    """What stands below the plot."""
    level: str
    """Level of the intervals."""


def curve_views(dossier: Dossier, allowance: Allowance) -> tuple[CurveView, ...]:
    """Return the learning curves, as many as may be shown."""
    return tuple(_view(curve, allowance) for curve in allowance.some(dossier.curves))


def point_in_words(point: CurvePoint) -> str:
    """Return one checkpoint on one line: `checkpoint 2 (step 90): 0.412 (0.352 to 0.474), ABORT`."""
    said = f", {point.advice}" if point.advice else ""
    return f"checkpoint {_name(point)}: {_level(point.estimate)}{said}"


def _view(curve: Curve, allowance: Allowance) -> CurveView:
    shown = allowance.some(curve.points)
    levels = [point.estimate.level for point in curve.points] or [one.level for one in curve.baselines.values()]
    return CurveView(
        title=f"{short(curve.candidate)} on {place(curve.evalset, None, curve.grader)}",
        sentence=cut(curve.sentence, allowance.text),
        plot=_plot(curve, shown) if shown else None,
        says=_says(curve, shown),
        table=_table(curve, allowance),
        across="checkpoint, and its step" if any(point.checkpoint.step is not None for point in shown) else "checkpoint",
        level=numerals.level(levels[0]) if levels else "",
    )


def _says(curve: Curve, shown: Sequence[CurvePoint]) -> str:
    told = [point_in_words(point) for point in shown]
    told += [] if curve.bar is None else [f"bar {numerals.score(curve.bar)}"]
    told += [f"{short(name)} {numerals.score(held.value)}" for name, held in list(curve.baselines.items())[:_DRAWN_BASELINES]]
    return cut("; ".join(told), 1000)


def _plot(curve: Curve, points: tuple[CurvePoint, ...]) -> Plot:
    drawn = [_point(point, curve.chosen) for point in points]
    lines = [] if curve.bar is None else [Line(value=curve.bar, label=f"bar {numerals.score(curve.bar)}", kind="margin")]
    lines += [
        Line(value=held.value, label=short(name, 14), kind="reference")
        for name, held in list(curve.baselines.items())[:_DRAWN_BASELINES]
        if held.value is not None and numerals.known(held.value)
    ]
    first, last = drawn[0].x, max(point.x for point in drawn)
    span = max(last - first, 1.0)
    room = _LABEL_ROOM if lines else _EDGE
    across = Scale(low=first - _EDGE * span, high=last + room * span, is_signed=False)
    frame = Frame(x=across, y=level_scale(drawn, [line.value for line in lines]), lines_end=last + _EDGE * span)
    numbers = {float(point.checkpoint.number): f"{point.checkpoint.number:,}" for point in points}
    steps = {float(point.checkpoint.number): f"{step:,}" for point in points if (step := point.checkpoint.step) is not None}
    return frame.draw(drawn, lines, [numbers, steps])


def _point(point: CurvePoint, chosen: int | None) -> Point:
    held, number = point.estimate, point.checkpoint.number
    return Point(x=number, value=held.value, low=held.low, high=held.high, tone=TONES[point.advice], is_marked=number == chosen)


def _name(point: CurvePoint) -> str:
    step = point.checkpoint.step
    return f"{point.checkpoint.number:,}" + ("" if step is None else f" (step {step:,})")


def _table(curve: Curve, allowance: Allowance) -> Table:
    """Return the checkpoints, then the baselines, with the rule's words where there is a rule."""
    rows = [_row(point, curve.chosen, allowance) for point in allowance.some(curve.points)]
    rows += [
        (f"baseline {short(name)}", "", _level(held), _counted(held), "", "")
        for name, held in allowance.some(list(curve.baselines.items()))
    ]
    columns: tuple[str, ...] = ("checkpoint", "model", "level", "n", "in words", "the rule says")
    if not any(point.advice for point in curve.points):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return Table(caption="Checkpoints", columns=columns, rows=tuple(rows), hidden=allowance.hidden(curve.points))


def _row(point: CurvePoint, chosen: int | None, allowance: Allowance) -> tuple[str, ...]:
    held = point.estimate
    return (
        _name(point) + (" \u2605 chosen" if point.checkpoint.number == chosen else ""),
        short(point.checkpoint.model),
        _level(held),
        _counted(held),
        cut(point.sentence, allowance.text),
        f"{_SIGNS[point.advice]} {point.advice}" if point.advice else "",
    )


def _level(held: Estimate) -> str:
    return f"{numerals.score(held.value)} ({numerals.score(held.low)} to {numerals.score(held.high)})"


def _counted(held: Estimate) -> str:
    return numerals.whole(held.n) + (f" (+{held.n_missing:,} missing)" if held.n_missing else "")
