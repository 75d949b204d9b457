"""The exact interval: the registered limits, and that it says what the p says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuneproof.stats.exact import exact_p
from tuneproof.stats.exact_limits import exact_interval, exact_lower_limit

ALPHA, GAMMA = 0.05, 5e-4


@pytest.mark.parametrize(
    ("b", "c", "n", "low", "high"),
    [
        (0, 1, 44, -0.103586, 0.038903),
        (12, 5, 100, 0.000349, 0.142365),
        (40, 18, 288, 0.032797, 0.120573),
        (9, 3, 32, 0.005591, 0.372326),
        (0, 0, 60, -0.048862, 0.048862),
    ],
)
def test_limits_are_the_registered_ones(b: int, c: int, n: int, low: float, high: float) -> None:
    """Section 5.2 of the design page; (40, 18, 288) rejects again for a while above its lower limit."""
    assert exact_interval(b, c, n, ALPHA, GAMMA) == pytest.approx((low, high), abs=7e-7)


@pytest.mark.parametrize(("b", "c", "n", "first"), [(18, 3, 45, 0.1625), (20, 3, 45, 0.2005), (10, 15, 45, -0.2985)])
def test_the_limit_is_the_first_of_several_crossings(b: int, c: int, n: int, first: float) -> None:
    """These tables cross .05 three times; a search from the estimate downwards would stop at the last."""
    assert exact_lower_limit(b, c, n, ALPHA, GAMMA) == pytest.approx(first, abs=6e-4)


@settings(max_examples=25, deadline=None)
@given(b=st.integers(0, 12), c=st.integers(0, 12), spare=st.integers(0, 40))
def test_nothing_below_the_limit_has_a_p_above_alpha(b: int, c: int, spare: int) -> None:
    """Below the limit every threshold is rejected, and at the limit it is not."""
    n = max(1, b + c + spare)
    low = exact_lower_limit(b, c, n, ALPHA, GAMMA)
    below = [exact_p(b, c, n, delta0, GAMMA) for delta0 in np.linspace(max(-1.0, low - 0.15), low, 40)[:-1] if delta0 < low]
    assert exact_p(b, c, n, low, GAMMA) > ALPHA
    assert all(p <= ALPHA for p in below)


@pytest.mark.parametrize("n", [1, 2, 10, 30, 50])
def test_identical_systems_have_an_interval_with_width(n: int) -> None:
    """No disagreement in n examples leaves at least what a rate of 0 in n leaves."""
    low, high = exact_interval(0, 0, n, ALPHA, GAMMA)
    assert low == -high
    assert high >= 1 - ALPHA ** (1 / n)


@pytest.mark.parametrize(("b", "c"), [(10, 0), (0, 10)])
def test_one_sided_tables_reach_the_end_of_the_range(b: int, c: int) -> None:
    """When one system wins every example nothing bounds the difference on that side."""
    low, high = exact_interval(b, c, 10, ALPHA, GAMMA)
    assert (high if b else -low) == 1.0
    assert (low if b else -high) > 0.4
