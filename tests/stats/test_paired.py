"""Tango's statistic and interval, and Newcombe's, against published tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from tuneproof.stats.paired import newcombe10_interval, tango_interval, tango_p, tango_z, tango_zs


@pytest.mark.parametrize(
    ("b", "c", "n", "level", "low", "high"),
    [
        pytest.param(1, 7, 21, 0.95, -0.517232, -0.026003, id="Fagerland 2014 via ratesci; evalstats 0.3.3"),
        pytest.param(6, 16, 161, 0.95, -0.124023, -0.005433, id="contingencytables"),
        pytest.param(9, 3, 32, 0.95, -0.027090, 0.389697, id="Tango 1998"),
        pytest.param(0, 1, 44, 0.90, -0.095662, 0.036517, id="Tango 1998, 90 %"),
        pytest.param(16, 8, 86, 0.95, -0.019659, 0.206911, id="Agresti & Min 2005"),
        pytest.param(40, 20, 160, 0.95, 0.030865, 0.218064, id="own, section 5.1"),
    ],
)
def test_tango_interval_is_the_published_one(b: int, c: int, n: int, level: float, low: float, high: float) -> None:
    """Six decimals of the score interval."""
    assert tango_interval(b, c, n, level) == pytest.approx((low, high), abs=6e-7)


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [
        pytest.param((1, 1, 7, 12), -0.506920, -0.025559, id="evalstats 0.3.3"),
        pytest.param((59, 6, 16, 80), -0.118621, -0.004625, id="contingencytables"),
    ],
)
def test_newcombe10_interval_is_the_published_one(cells: tuple[int, int, int, int], low: float, high: float) -> None:
    """Six decimals of method 10."""
    assert newcombe10_interval(*cells, 0.95) == pytest.approx((low, high), abs=6e-7)


def test_newcombe10_takes_half_an_example_off_a_small_correlation() -> None:
    """Cells (4, 2, 3, 4): determinant 10 above n/2 = 6.5, so phi = 3.5/42; Wilson limits from statsmodels."""
    phi = 3.5 / 42.0
    (low_a, high_a), (low_b, high_b) = (proportion_confint(k, 13, alpha=0.1, method="wilson") for k in (6, 7))
    a, b = 6 / 13, 7 / 13
    low = (a - b) - math.sqrt((a - low_a) ** 2 - 2 * phi * (a - low_a) * (high_b - b) + (high_b - b) ** 2)
    high = (a - b) + math.sqrt((high_a - a) ** 2 - 2 * phi * (high_a - a) * (b - low_b) + (b - low_b) ** 2)
    assert newcombe10_interval(4, 2, 3, 4, 0.9) == pytest.approx((low, high), abs=1e-12)


def test_newcombe10_mirrors_when_the_systems_are_swapped() -> None:
    """Swapping b and c changes the sign of the interval, also with a negative correlation and an empty margin."""
    for a, b, c, e in [(5, 9, 2, 3), (1, 7, 6, 1), (10, 0, 4, 0)]:
        low, high = newcombe10_interval(a, b, c, e, 0.9)
        assert newcombe10_interval(a, c, b, e, 0.9) == pytest.approx((-high, -low), abs=1e-12)


@pytest.mark.parametrize(
    ("b", "c", "n", "delta0", "z"),
    [
        pytest.param(0, 1, 44, -0.10, 1.708564, id="own, margin .10"),
        pytest.param(40, 18, 288, 0.03, 1.784, id="section 6.5, dropped"),
        pytest.param(40, 25, 300, 0.03, 0.750, id="section 6.5, worst"),
        pytest.param(45, 18, 300, 0.03, 2.312, id="section 6.5, best"),
        pytest.param(44, 8, 200, 0.0, 4.992302, id="section 4.4, known best"),
        pytest.param(30, 58, 200, 0.0, -2.984810, id="section 4.4, blind worst"),
    ],
)
def test_tango_z_is_the_registered_one(b: int, c: int, n: int, delta0: float, z: float) -> None:
    """The statistic's digits as printed in the design page."""
    assert tango_z(b, c, n, delta0) == pytest.approx(z, abs=5e-4 if z in (1.784, 0.750, 2.312) else 6e-7)


def test_tango_p_is_the_normal_tail() -> None:
    """The asymptotic p of Tango's example at margin .10."""
    assert tango_p(0, 1, 44, -0.10) == pytest.approx(0.043766, abs=6e-7)


@pytest.mark.parametrize(("b", "c", "p"), [(7, 1, 0.0338949), (16, 6, 0.033006), (150, 86, 3.1011e-5)])
def test_tango_z_at_zero_is_mcnemar(b: int, c: int, p: float) -> None:
    """Its square at delta0 = 0 is McNemar's chi-square, to statsmodels' digits."""
    oracle = mcnemar([[0, b], [c, 0]], exact=False, correction=False)
    assert tango_z(b, c, 500, 0.0) ** 2 == pytest.approx(oracle.statistic, rel=1e-12)
    assert oracle.pvalue == pytest.approx(p, rel=1e-3)


@pytest.mark.parametrize(
    ("b", "c", "n", "delta0", "z"),
    [(0, 0, 10, 0.0, 0.0), (0, 0, 10, -1.0, math.inf), (10, 0, 10, 1.0, 0.0), (0, 3, 9, 1.0, -math.inf)],
)
def test_tango_z_without_variance_is_zero_or_infinite(b: int, c: int, n: int, delta0: float, z: float) -> None:
    """No division by zero; the sign of the numerator decides."""
    assert tango_z(b, c, n, delta0) == z
    assert tango_zs(np.array([b]), np.array([c]), n, delta0)[0] == z


TABLES = st.integers(1, 60).flatmap(
    lambda n: st.integers(0, n).flatmap(lambda b: st.tuples(st.just(b), st.integers(0, n - b), st.just(n)))
)


@given(table=TABLES, delta0=st.floats(-0.99, 0.99))
def test_scalar_and_array_z_agree_and_mirror(table: tuple[int, int, int], delta0: float) -> None:
    """One formula, written for speed twice; swapping the systems changes its sign."""
    b, c, n = table
    z = tango_z(b, c, n, delta0)
    assert tango_zs(np.array([b]), np.array([c]), n, delta0)[0] == pytest.approx(z, abs=1e-9)
    assert tango_z(c, b, n, -delta0) == pytest.approx(-z, abs=1e-6)


@given(table=TABLES)
def test_tango_interval_holds_the_estimate_and_has_width(table: tuple[int, int, int]) -> None:
    """Never of zero width, whatever the table, and mirrored when the systems are swapped."""
    b, c, n = table
    low, high = tango_interval(b, c, n, 0.9)
    assert low <= (b - c) / n <= high
    assert high - low > 1e-4
    assert tango_interval(c, b, n, 0.9) == pytest.approx((-high, -low), abs=1e-12)
