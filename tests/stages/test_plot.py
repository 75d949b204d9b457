"""Small plots: where points, intervals, lines and labels stand."""

import math

import pytest

from tuneproof.stages._figures import Scale
from tuneproof.stages._plot import Frame, Line, Point, apart, level_scale

ACROSS = Scale(low=0.0, high=10.0, is_signed=False)
UP = Scale(low=0.0, high=1.0, is_signed=False)
FRAME = Frame(x=ACROSS, y=UP)


def at(x: float, value: float | None, spread: float = 0.1) -> Point:
    """Return a point with its interval."""
    middle = 0.5 if value is None else value
    return Point(x=x, value=value, low=middle - spread, high=middle + spread)


def test_large_numbers_stand_high() -> None:
    """Positions are per cent from the upper left corner, within a padding of three."""
    plot = FRAME.draw([at(0, 0.0), at(10, 1.0)], [], [])
    assert [(dot.x, dot.y) for dot in plot.dots] == [("3.00%", "97.00%"), ("97.00%", "3.00%")]
    assert (plot.strokes[0].x1, plot.strokes[0].y2) == ("3.00%", "3.00%")


def test_what_was_not_measured_has_no_dot_and_is_not_joined() -> None:
    """A gap in a curve is bridged by the points beside it, and its interval is drawn all the same."""
    plot = FRAME.draw([at(0, 0.2), at(5, None), at(10, 0.4)], [], [])
    assert [dot.y is None for dot in plot.dots] == [False, True, False]
    assert len(plot.strokes) == 1
    assert plot.dots[1].has_interval


@pytest.mark.parametrize(
    ("low", "high", "cut"),
    [(0.2, 0.4, (False, False)), (-1.0, 0.4, (True, False)), (0.2, 2.0, (False, True)), (math.nan, math.inf, (True, True))],
)
def test_an_interval_beyond_the_scale_is_cut_by_an_arrow(low: float, high: float, cut: tuple[bool, bool]) -> None:
    """Limits that are no numbers are the whole range, never a position that is none."""
    (dot,) = FRAME.draw([Point(x=1, value=0.3, low=low, high=high)], [], []).dots
    assert (dot.cut_low, dot.cut_high) == cut
    assert all(0 <= float(position[:-1]) <= 100 for position in (dot.top, dot.bottom))


def test_labels_of_near_lines_do_not_touch() -> None:
    """They are moved apart, no further than needed, and stay on the plot."""
    assert apart([10.0, 50.0]) == (10.0, 50.0)
    assert apart([50.0, 51.0, 52.0]) == (50.0, 59.0, 68.0)
    assert apart([98.0, 99.0]) == (91.0, 100.0)
    assert apart([]) == ()


def test_lines_end_before_their_labels() -> None:
    """The highest first; each label beside its line."""
    frame = Frame(x=ACROSS, y=UP, lines_end=7.0)
    lines = [Line(value=0.4, label="bar", kind="margin"), Line(value=0.6, label="few-shot", kind="reference")]
    levels = frame.draw([at(1, 0.5)], [*lines, Line(value=math.nan, label="none", kind="reference")], []).levels
    assert [level.label for level in levels] == ["few-shot", "bar"]
    assert {level.end for level in levels} == {"68.80%"}
    assert all(float(level.label_x[:-1]) > 68.8 for level in levels)


def test_labels_below_that_would_touch_are_left_out() -> None:
    """Forty checkpoints have labels as far as they fit; the first one is kept."""
    labels = {float(number): f"{number:,}" for number in range(1000, 1041)}
    frame = Frame(x=Scale(low=1000, high=1040, is_signed=False), y=UP)
    (row,) = frame.draw([], [], [labels, {}]).below
    assert row[0].label == "1,000"
    assert 2 <= len(row) <= 9


def test_a_scale_of_levels_holds_points_and_lines() -> None:
    """Shares never reach beyond 0 and 1; other marks may; a line has no width that would call an interval freakish."""
    shares = level_scale([at(1, 0.95, 0.05)], [0.4, 0.41, 0.42])
    assert (shares.low < 0.4, shares.high) == (True, 1.0)
    assert shares.share(0.9) < shares.share(1.0)
    assert level_scale([at(1, 3.0, 0.5)]).high > 3.5


def test_a_freakishly_wide_interval_does_not_flatten_the_others() -> None:
    """The whole range of a checkpoint on which nothing was measured is cut."""
    nothing = Point(x=3, value=None, low=0.0, high=1.0)
    scale = level_scale([at(1, 0.5, 0.02), at(2, 0.52, 0.02), nothing])
    assert scale.high - scale.low < 0.1
