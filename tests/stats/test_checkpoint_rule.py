"""Error rates of checkpoint rules: the figures of the design, the rules themselves applied to every count, and the edges."""

import pytest

from tuneproof.stats.checkpoint_rule import error_rates
from tuneproof.stats.distributions import binomial_tail
from tuneproof.stats.proportion import clopper_pearson_interval


@pytest.mark.parametrize(
    ("n", "true", "point", "bound"),
    [(100, 0.80, 44.0, 3.4), (100, 0.75, 85.0, 28.0), (100, 0.85, 6.6, 0.1), (200, 0.75, 94.0, 53.0)],
)
def test_reference_values(n: int, true: float, point: float, bound: float) -> None:
    """A bar of 0.80 at 95 %, in per cent as published in the design."""
    (rates,) = [held for held in error_rates(n, 0.80, 0.05) if held.true == true]
    for value, told in ((rates.point_aborts, point), (rates.bound_aborts, bound)):
        assert abs(100 * value - told) <= (0.5 if told > 10 else 0.05)


@pytest.mark.parametrize("n", [1, 7, 20, 104])
@pytest.mark.parametrize("below", [0.06, 0.3, 0.8, 0.97, 1.0])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_they_are_sums_over_what_can_be_observed(n: int, below: float, alpha: float) -> None:
    """The rule is applied to each count, and the chances of those counts are added."""
    for rates in error_rates(n, below, alpha):
        chances = [binomial_tail(k, n, rates.true) - binomial_tail(k + 1, n, rates.true) for k in range(n + 1)]
        limits = [clopper_pearson_interval(k, n, 1 - 2 * alpha) for k in range(n + 1)]
        point = sum(p for k, p in enumerate(chances) if k / n < below - 1e-12)
        aborts = sum(p for p, (_, high) in zip(chances, limits, strict=True) if high < below)
        goes_on = sum(p for p, (low, _) in zip(chances, limits, strict=True) if low >= below)
        assert rates.point_aborts == pytest.approx(point, abs=1e-12)
        assert rates.bound_aborts == pytest.approx(aborts, abs=1e-12)
        assert rates.bound_unclear == pytest.approx(1 - aborts - goes_on, abs=1e-12)


@pytest.mark.parametrize("n", [1, 10, 100, 1000])
@pytest.mark.parametrize("below", [0.1, 0.5, 0.8, 0.99])
def test_at_the_bar_the_bound_stops_no_more_often_than_alpha(n: int, below: float) -> None:
    """Which is what a bound is for."""
    assert error_rates(n, below, 0.05)[0].bound_aborts <= 0.05


@pytest.mark.parametrize(
    ("below", "levels"),
    [(0.8, [0.8, 0.75, 0.85]), (1.0, [1.0, 0.95]), (0.03, [0.03, 0.08]), (0.97, [0.97, 0.92]), (0.05, [0.05, 0.0, 0.1])],
)
def test_levels_that_there_are(below: float, levels: list[float]) -> None:
    """None below 0 or above 1."""
    assert [rates.true for rates in error_rates(50, below, 0.05)] == levels
