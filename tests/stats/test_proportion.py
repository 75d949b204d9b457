"""Intervals and p-values of one rate, against statsmodels and published tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from tuneproof.stats.proportion import binomial_p_above, binomial_p_below, clopper_pearson_interval, wilson_interval


@pytest.mark.parametrize(
    ("k", "n", "level", "low", "high"),
    [
        pytest.param(59, 59, 0.90, 0.950492, 1.0, id="statsmodels 59/59"),
        pytest.param(0, 59, 0.90, 0.0, 0.049508, id="statsmodels 0/59"),
        pytest.param(47, 50, 0.90, 0.852163, 0.983448, id="statsmodels 47/50"),
        pytest.param(285, 300, 0.90, 0.924051, 0.968930, id="statsmodels 285/300"),
        pytest.param(15, 148, 0.95, 0.0578, 0.1617, id="Newcombe 15/148"),
        pytest.param(0, 20, 0.95, 0.0, 0.1684, id="Newcombe 0/20"),
        pytest.param(1, 29, 0.95, 0.0009, 0.1776, id="Newcombe 1/29"),
    ],
)
def test_clopper_pearson_is_the_published_one(k: int, n: int, level: float, low: float, high: float) -> None:
    """Six decimals, four where Newcombe printed four."""
    assert clopper_pearson_interval(k, n, level) == pytest.approx((low, high), abs=6e-5 if level == 0.95 else 6e-7)


@pytest.mark.parametrize(("k", "n", "low", "high"), [(47, 50, 0.859058, 0.975769), (285, 300, 0.924984, 0.966971)])
def test_wilson_is_the_published_one(k: int, n: int, low: float, high: float) -> None:
    """Six decimals of statsmodels 0.15.0."""
    assert wilson_interval(k, n, 0.90) == pytest.approx((low, high), abs=6e-7)


def mid_p_limit(k: int, n: int, tail: float, *, upper: bool) -> float:
    """The rate at which the mid-p of the side is `tail`: a test oracle for our binomial tails."""
    low, high = 0.0, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        tails = (binomial_p_below(k, n, rate), binomial_p_above(k, n, rate))
        point = tails[0] + tails[1] - 1.0
        mid = (tails[0] if upper else tails[1]) - point / 2
        low, high = ((rate, high) if mid > tail else (low, rate)) if upper else ((low, rate) if mid > tail else (rate, high))
    return low


@pytest.mark.parametrize(("k", "n", "low", "high"), [(15, 148, 0.0601, 0.1581), (0, 20, 0.0, 0.1391), (1, 29, 0.0017, 0.1585)])
def test_mid_p_from_our_tails_is_newcombes(k: int, n: int, low: float, high: float) -> None:
    """Newcombe's mid-p examples (ratesci tests) follow from the two one-sided p-values."""
    assert mid_p_limit(k, n, 0.025, upper=True) == pytest.approx(high, abs=6e-5)
    assert (0.0 if k == 0 else mid_p_limit(k, n, 0.025, upper=False)) == pytest.approx(low, abs=6e-5)


@pytest.mark.parametrize(("n", "bar", "p"), [(59, 0.95, 0.048495), (299, 0.99, 0.049536)])
def test_zero_failure_sizes(n: int, bar: float, p: float) -> None:
    """59 flawless answers show 95 %, 299 show 99 %; one fewer do not."""
    assert binomial_p_above(n, n, bar) == pytest.approx(p, abs=6e-7)
    assert binomial_p_above(n - 1, n - 1, bar) > 0.05


@given(n=st.integers(1, 80), share=st.floats(0, 1), bar=st.floats(0.01, 0.99))
def test_p_values_are_those_of_scipy_and_of_the_interval(n: int, share: float, bar: float) -> None:
    """Both tails agree with scipy.stats, and the interval excludes the bar exactly when its p is at most 5 %."""
    k = round(share * n)
    above, below = binomial_p_above(k, n, bar), binomial_p_below(k, n, bar)
    assert above == pytest.approx(binomtest(k, n, bar, "greater").pvalue, abs=1e-10)
    assert below == pytest.approx(binomtest(k, n, bar, "less").pvalue, abs=1e-10)
    low, high = clopper_pearson_interval(k, n, 0.9)
    assert (low > bar) == (above <= 0.05) or abs(above - 0.05) < 1e-9
    assert (high < bar) == (below <= 0.05) or abs(below - 0.05) < 1e-9
