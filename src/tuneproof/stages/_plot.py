"""Geometry of small plots with two axes: points with their intervals, joined in order, and lines to read them against.

As in `_figures`, positions are per cent of the drawing, across and down: one drawing serves a wide screen, a phone and paper.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tuneproof.core.estimate import Estimate
from tuneproof.stages._figures import Scale, Span, Tick, shared_scale

_LABEL_HEIGHT = 9.0
"""Per cent of a plot's height that the label of a line takes: labels of lines that lie closer are moved apart."""
_LEADER = 3.0
"""Per cent of a plot's width between the end of a line and its label: what leads from one to the other."""
_LETTER_WIDTH = 2.4
"""Per cent of a plot's width that a letter below it takes on a phone: labels that would touch there are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One number to be shown, with its interval."""

    x: float
    """Where it stands across."""
    value: float | None
    """The number; None where nothing was measured."""
    low: float
    """Lower limit."""
    high: float
    """Upper limit."""
    tone: str = ""
    """What colour and shape its dot has."""
    is_marked: bool = False
    """Whether it is ringed: the one that was chosen or accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One level that points are read against."""

    value: float
    """Where it stands."""
    label: str
    """What it is."""
    kind: str
    """`margin` for what was registered, `reference` for what it is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One labelled position on the axis at the side."""

    y: str
    """Position."""
    label: str
    """What stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One straight line."""

    x1: str
    """Where it starts, across."""
    y1: str
    """Where it starts, down."""
    x2: str
    """Where it ends, across."""
    y2: str
    """Where it ends, down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One horizontal line and its label."""

    y: str
    """Where it stands."""
    end: str
    """Where it ends, across."""
    label_x: str
    """Where its label starts."""
    label_y: str
    """Where its label stands."""
    label: str
    """What it is."""
    kind: str
    """Its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One point, ready to be drawn."""

    x: str
    """Position across."""
    y: str | None
    """Position down; None where nothing was measured."""
    top: str
    """Upper end of its interval."""
    bottom: str
    """Lower end."""
    cut_high: bool
    """Whether the interval goes on beyond the upper edge."""
    cut_low: bool
    """Whether the interval goes on beyond the lower edge."""
    has_interval: bool
    """Whether there is an interval to draw."""
    tone: str
    """What colour and shape it has."""
    is_marked: bool
    """Whether it is ringed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One plot, ready to be drawn."""

    below: tuple[tuple[Tick, ...], ...]
    """Lines of labels below."""
    y_ticks: tuple[Mark, ...]
    """Labels at the side, each with a faint line."""
    levels: tuple[Level, ...]
    """Lines to read against."""
    strokes: tuple[Stroke, ...]
    """What joins the points."""
    dots: tuple[Dot, ...]
    """The points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The two scales of a plot."""

    x: Scale
    """Across."""
    y: Scale
    """Upwards."""
    unit: str = ""
    """What stands behind the numbers at the side."""
    lines_end: float | None = None
    """How far lines go, on the scale across: beyond stand their labels. None where they have none."""

    def down(self, value: float) -> str:
        """Return where a number stands, as an SVG length from the upper edge."""
        return f"{100 - self.y.share(value):.2f}%"

    def dot(self, point: Point) -> Dot:
        """Return one point on these scales."""
        low, high = _finite(point.low, self.y.low), _finite(point.high, self.y.high)
        return Dot(
            x=self.x.at(point.x),
            y=self.down(point.value) if point.value is not None and math.isfinite(point.value) else None,
            top=self.down(high),
            bottom=self.down(low),
            cut_high=not point.high <= self.y.high,
            cut_low=not point.low >= self.y.low,
            has_interval=high > low,
            tone=point.tone,
            is_marked=point.is_marked,
        )

    def draw(self, points: Sequence[Point], lines: Sequence[Line], labels: Sequence[Mapping[float, str]]) -> Plot:
        """Return a plot of points in order; `labels` stand below it, line by line, as many of them as fit."""
        dots = tuple(self.dot(point) for point in points)
        measured = [dot for dot in dots if dot.y is not None]
        pairs = pairwise(measured)
        return Plot(
            below=tuple(self._below(row) for row in labels if row),
            y_ticks=tuple(Mark(y=self.down(at), label=label + self.unit) for at, label in self.y.rounds()),
            levels=self._levels(lines),
            strokes=tuple(Stroke(x1=one.x, y1=one.y or "", x2=next_.x, y2=next_.y or "") for one, next_ in pairs),
            dots=dots,
        )

    def _below(self, labels: Mapping[float, str]) -> tuple[Tick, ...]:
        """Return the labels that do not touch, the first one kept."""
        kept: list[float] = []
        for at in sorted(labels):
            if not kept or self.x.share(at) - self.x.share(kept[-1]) >= _width(labels[at], labels[kept[-1]]):
                kept.append(at)
        return tuple(Tick(x=self.x.at(at), label=labels[at]) for at in kept)

    def _levels(self, lines: Sequence[Line]) -> tuple[Level, ...]:
        ordered = sorted((line for line in lines if math.isfinite(line.value)), key=lambda line: -line.value)
        wanted = [100 - self.y.share(line.value) for line in ordered]
        end = 100.0 if self.lines_end is None else self.x.share(self.lines_end)
        return tuple(
            Level(
                y=f"{at:.2f}%",
                end=f"{end:.2f}%",
                label_x=f"{end + _LEADER:.2f}%",
                label_y=f"{label:.2f}%",
                label=line.label,
                kind=line.kind,
            )
            for line, at, label in zip(ordered, wanted, apart(wanted), strict=True)
        )


def apart(wanted: Sequence[float]) -> tuple[float, ...]:
    """Return positions of labels, top to bottom, as near to those wanted as they can be without touching."""
    placed: list[float] = []
    for at in wanted:
        placed.append(max(at, placed[-1] + _LABEL_HEIGHT) if placed else at)
    for back in range(len(placed)):
        place = len(placed) - 1 - back
        placed[place] = min(placed[place], 100 - _LABEL_HEIGHT * back)
    return tuple(placed)


def level_scale(points: Sequence[Point], lines: Sequence[float] = ()) -> Scale:
    """Return the scale of one point or more: all of them and the lines stand on it; of shares, nothing beyond 0 and 1."""
    spans = [Span(estimate=_bare(point)) for point in points]
    spans += [Span(estimate=_bare(points[0]), threshold=value) for value in lines]
    scale = shared_scale(spans, is_signed=False, with_zero=False)
    shown = [number for point in points for number in (point.value, point.low, point.high)] + [*lines]
    if all(number is None or not math.isfinite(number) or 0 <= number <= 1 for number in shown):
        return Scale(low=max(scale.low, 0.0), high=min(scale.high, 1.0), is_signed=False)
    return scale


def _bare(point: Point) -> Estimate:
    """Return a point as an estimate of which only value and limits are read."""
    return Estimate(value=point.value, low=point.low, high=point.high, level=0, method="", n=0, n_missing=0)


def _width(one: str, other: str) -> float:
    """Return how far the middles of two labels must be apart."""
    return _LETTER_WIDTH * (len(one) + len(other) + 2) / 2


def _finite(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) else otherwise
