"""Means of scores, against scipy, statsmodels' printed digits and the design page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew, ttest_1samp

from tuneproof.stats import means
from tuneproof.stats.means import Moments

TEN = np.array([0.1, -0.05, 0.1, 0, 0.05, -0.05, 0.1, 0.05, -0.05, 0.05])
CATASTROPHE = np.array([-1.0] * 3 + [0.05] * 57 + [0.0] * 40)
PAIRED = (-1.0, 1.0)


def limits(values: np.ndarray, method: str) -> tuple[float, float]:
    """90 % limits of one sample by the method named."""
    moments = Moments.of(values)
    if method == "t+2":
        low, high = means.plus_two_limits(moments, 0.05, PAIRED)
    else:
        low, high = (means.t_limits if method == "t" else means.hall_limits)(moments, 0.05)
    return float(low[0]), float(high[0])


@pytest.mark.parametrize(
    ("values", "method", "low", "high"),
    [
        pytest.param(TEN, "t", -0.006662, 0.066662, id="ten, t (scipy)"),
        pytest.param(TEN, "hall", -0.008422, 0.065123, id="ten, Hall (section 5.5)"),
        pytest.param(TEN, "t+2", -0.193050, 0.243050, id="ten, t+2 (section 5.5)"),
        pytest.param(CATASTROPHE, "t", -0.031081, 0.028081, id="catastrophe, t"),
        pytest.param(CATASTROPHE, "hall", -0.059406, 0.021106, id="catastrophe, Hall"),
        pytest.param(CATASTROPHE, "t+2", -0.038384, 0.035443, id="catastrophe, t+2"),
    ],
)
def test_limits_are_the_registered_ones(values: np.ndarray, method: str, low: float, high: float) -> None:
    """Section 5.5 of the design page, six decimals."""
    assert limits(values, method) == pytest.approx((low, high), abs=6e-7)


def test_moments_are_scipys() -> None:
    """Mean .03, sd .063246, and skewness with divisor n over the sd with divisor n − 1."""
    moments = Moments.of(TEN)
    assert (moments.mean[0], moments.sd[0]) == pytest.approx((0.03, 0.0632456), abs=1e-7)
    assert Moments.of(CATASTROPHE).skewness[0] == pytest.approx(-5.267667, abs=6e-7)
    assert moments.skewness[0] == pytest.approx(skew(TEN) * (9 / 10) ** 1.5, rel=1e-9)


@pytest.mark.parametrize(("threshold", "statistic", "p"), [(0.0, 1.5, 0.08392533), (-0.05, 4.0, 0.00155521)])
def test_t_is_scipys(threshold: float, statistic: float, p: float) -> None:
    """The printed t and p, and scipy.stats now."""
    found = means.t_statistic(Moments.of(TEN), threshold)
    assert found[0] == pytest.approx(statistic, abs=1e-9)
    assert means.p_above(found, 10)[0] == pytest.approx(p, abs=6e-9)
    oracle = ttest_1samp(TEN, threshold, alternative="greater")
    assert means.p_above(found, 10)[0] == pytest.approx(oracle.pvalue, rel=1e-9)


def test_two_one_sided_tests_are_statsmodels() -> None:
    """ttost_paired(±.05) on the ten differences prints p = .17171820 …: the larger of the two one-sided ones here."""
    moments = Moments.of(TEN)
    above, below = means.t_statistic(moments, -0.05), -means.t_statistic(moments, 0.05)
    assert max(means.p_above(above, 10)[0], means.p_above(below, 10)[0]) == pytest.approx(0.17171820, abs=6e-9)


SCORES = st.sampled_from([-1.0, -0.3, 0.0, 0.05, 0.4, 1.0])
SAMPLES = st.lists(SCORES, min_size=3, max_size=40).filter(lambda values: len(set(values)) > 1)


@given(values=SAMPLES)
def test_every_limit_has_a_p_of_alpha(values: list[float]) -> None:
    """For all three methods the p at the lower limit is 5 % above, at the upper limit 5 % below."""
    moments, n = Moments.of(np.array(values)), len(values)
    for limits_of, statistic in (
        (means.t_limits(moments, 0.05), means.t_statistic),
        (means.hall_limits(moments, 0.05), means.hall_statistic),
        (means.plus_two_limits(moments, 0.05, PAIRED), lambda m, at: means.plus_two_statistic(m, at, PAIRED)),
    ):
        low, high = (float(limit[0]) for limit in limits_of)
        assert means.p_above(statistic(moments, low), n)[0] == pytest.approx(0.05, abs=1e-6)
        assert means.p_above(-statistic(moments, high), n)[0] == pytest.approx(0.05, abs=1e-6)


@given(values=SAMPLES)
def test_hall_mirrors_when_the_systems_are_swapped(values: list[float]) -> None:
    """The correction moves both limits towards the long tail, and changes sign with the data."""
    low, high = limits(np.array(values), "hall")
    assert limits(-np.array(values), "hall") == pytest.approx((-high, -low), abs=1e-9)


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.05])
def test_a_sample_without_spread_has_sd_zero_and_a_wide_t_plus_two(value: float) -> None:
    """Equal scores leave no rounding dust in the sd, and the pseudo-examples still give width."""
    moments = Moments.of(np.full(10, value))
    assert moments.sd[0] == moments.skewness[0] == 0.0
    low, high = limits(np.full(10, value), "t+2")
    assert high - low > 0.3


@pytest.mark.parametrize(("share", "n"), [(0.10, 29), (0.05, 59), (0.03, 99), (0.02, 149), (0.01, 299)])
def test_the_floor_needs_this_many_examples(share: float, n: int) -> None:
    """Section 3.3: n ≥ 29 / 59 / 99 / 149 / 299 for margins of 10 / 5 / 3 / 2 / 1 points."""
    assert means.floor_n(0.05, share) == n
    assert means.floor_share(n, share) <= 0.05 < means.floor_share(n - 1, share)
