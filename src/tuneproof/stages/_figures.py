"""Geometry of the interval drawings: where on a shared scale the zero line, margin, interval and point stand, in per cent.

Positions are percentages of the drawing's width, so that one drawing serves a wide screen, a phone and paper undistorted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tuneproof.core.estimate import Estimate
from tuneproof.stages import _numerals as numerals

_PADDING = 3.0
"""Per cent left free at both ends, so that a point at the end is drawn whole."""
_WIDEST = 3.0
"""An interval wider than so many times the median one is cut by an arrow: a slice of five must not flatten all the others."""
_MOST_TICKS = 6
"""More labels would touch on a phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One labelled position on a scale."""

    x: str
    """Position."""
    label: str
    """The number that stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One horizontal stretch."""

    x: str
    """Where it starts."""
    width: str
    """How long it is."""
    end: str
    """Where it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One interval, ready to be drawn."""

    ticks: tuple[Tick, ...]
    """Faint lines, the same for all drawings on the scale."""
    zero: str | None
    """Position of zero; None where the scale does not hold it."""
    margin: str | None
    """Position of what was registered; None where nothing was."""
    failing: Bar | None
    """The side of the margin that is not good enough."""
    interval: Bar
    """From the lower to the upper limit."""
    cut_low: bool
    """Whether the interval goes on to the left of the scale."""
    cut_high: bool
    """Whether the interval goes on to the right of the scale."""
    unresolved: Bar | None
    """From the worst to the best value that the missing answers allow; None where none is missing."""
    point: str | None
    """Position of the estimate; None where nothing was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What one drawing wants to show on its scale."""

    estimate: Estimate
    """The interval and its point."""
    threshold: float | None = None
    """Where the margin stands."""
    good_side: int = 1
    """1 where larger than the threshold is good, -1 where smaller is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A stretch of numbers that all drawings of a group share."""

    low: float
    """Number at the left end."""
    high: float
    """Number at the right end."""
    is_signed: bool
    """Whether labels carry signs: differences do."""

    def share(self, value: float) -> float:
        """Return where a number stands, in per cent of the width, within the padding."""
        inside = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return _PADDING + inside * (100 - 2 * _PADDING)

    def at(self, value: float) -> str:
        """Return where a number stands, as an SVG length."""
        return f"{self.share(value):.2f}%"

    def bar(self, low: float, high: float) -> Bar:
        """Return the stretch between two numbers."""
        start, end = self.share(low), self.share(high)
        return Bar(x=f"{start:.2f}%", width=f"{end - start:.2f}%", end=f"{end:.2f}%")

    def holds(self, value: float | None) -> bool:
        """Say whether a number stands on the scale."""
        return value is not None and self.low <= value <= self.high

    def ticks(self) -> tuple[Tick, ...]:
        """Return the labelled positions: round numbers, few enough for a phone."""
        return tuple(Tick(x=self.at(value), label=label) for value, label in self.rounds())

    def rounds(self) -> tuple[tuple[float, str], ...]:
        """Return the round numbers on the scale, each with its label."""
        step = _round_step((self.high - self.low) / _MOST_TICKS)
        places = max(0, -math.floor(math.log10(step)))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        label = numerals.signed if self.is_signed else numerals.score
        return tuple((i * step, label(i * step, places)) for i in range(first, last + 1))

    def draw(self, span: Span) -> Drawing:
        """Return one interval on this scale."""
        held, margin = span.estimate, span.threshold
        bounded = held.worst is not None and held.best is not None
        return Drawing(
            ticks=self.ticks(),
            zero=self.at(0.0) if self.holds(0.0) else None,
            margin=self.at(margin) if margin is not None and self.holds(margin) else None,
            failing=self._failing(margin, span.good_side),
            interval=self.bar(_finite(held.low, self.low), _finite(held.high, self.high)),
            cut_low=not held.low >= self.low,
            cut_high=not held.high <= self.high,
            unresolved=self.bar(*sorted((held.worst or 0.0, held.best or 0.0))) if bounded else None,
            point=self.at(held.value) if held.value is not None and math.isfinite(held.value) else None,
        )

    def _failing(self, margin: float | None, good_side: int) -> Bar | None:
        if margin is None:
            return None
        start, end = (0.0, self.share(margin)) if good_side > 0 else (self.share(margin), 100.0)
        return Bar(x=f"{start:.2f}%", width=f"{end - start:.2f}%", end=f"{end:.2f}%")


def shared_scale(spans: Sequence[Span], *, is_signed: bool, with_zero: bool) -> Scale:
    """Return the scale of a group of drawings: all points and margins stand on it, and all but freakishly wide intervals."""
    held = [span.estimate for span in spans]
    wide = _WIDEST * median([estimate.high - estimate.low for estimate in held] or [0.0])
    fitting = [estimate for estimate in held if estimate.high - estimate.low <= wide] or held
    wanted = [limit for estimate in fitting for limit in (estimate.low, estimate.high)]
    wanted += [value for estimate in held for value in (estimate.value, estimate.worst, estimate.best) if value is not None]
    wanted += [span.threshold for span in spans if span.threshold is not None]
    wanted = [value for value in wanted if math.isfinite(value)] + [0.0] * with_zero
    low, high = min(wanted, default=0.0), max(wanted, default=1.0)
    room = (high - low) * 0.04 or 0.01
    return Scale(low=low - room if low else low, high=high + room, is_signed=is_signed)


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is at least `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9))


def _finite(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) else otherwise
