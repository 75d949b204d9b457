"""Cluster-robust errors, against statsmodels, clubSandwich's closed forms and the design page."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from tuneproof.stats.clusters import (
    DesignTango,
    bell_mccaffrey_df,
    cr3_limits,
    cr3_p_above,
    cr3_p_below,
    effective_clusters,
    fit_clusters,
)
from tuneproof.stats.paired import tango_interval

TEN = np.array([0.1, -0.05, 0.1, 0, 0.05, -0.05, 0.1, 0.05, -0.05, 0.05])
FOUR = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3, 3])


@pytest.mark.parametrize(
    ("name", "value"),
    [("cr0", 0.00860233), ("cr1", 0.00993311), ("cr2", 0.00995526), ("cr3", 0.00999960), ("df", 2.861314)],
)
def test_errors_are_the_registered_ones(name: str, value: float) -> None:
    """Section 5.7: CR1 as statsmodels and inspect_ai, CR2 and df as clubSandwich, CR3 as pyfixest's CRV3 × √(3/4)."""
    assert getattr(fit_clusters(TEN, FOUR), name) == pytest.approx(value, abs=6e-9 if name != "df" else 6e-7)


def test_cr1_is_statsmodels_cluster_error() -> None:
    """Run now, not copied: an intercept-only OLS with cluster covariance, without its (N − 1)/(N − K) of 1."""
    fitted = sm.OLS(TEN, np.ones(10)).fit(cov_type="cluster", cov_kwds={"groups": FOUR})
    assert fit_clusters(TEN, FOUR).cr1 == pytest.approx(float(fitted.bse[0]), rel=1e-9)


SIZES = st.lists(st.integers(1, 12), min_size=2, max_size=9)


@given(sizes=SIZES)
def test_df_is_clubsandwichs_closed_form(sizes: list[int]) -> None:
    """Bell and McCaffrey: N²/(N²Σn²/(N−n)² − 2NΣn³/(N−n)² + (Σn²/(N−n))²), from its test_intercept_formulas.R."""
    n = np.array(sizes, dtype=float)
    total, rest = n.sum(), n.sum() - n
    closed = total**2 / (total**2 * np.sum(n**2 / rest**2) - 2 * total * np.sum(n**3 / rest**2) + np.sum(n**2 / rest) ** 2)
    assert bell_mccaffrey_df(n) == pytest.approx(closed, rel=1e-9)
    assert effective_clusters(np.repeat(np.arange(len(sizes)), sizes)) <= len(sizes) + 1e-9


@given(groups=st.integers(2, 8), size=st.integers(1, 5), seed=st.integers(0, 99))
def test_equal_sizes_make_all_corrections_agree(groups: int, size: int, seed: int) -> None:
    """CR1 = CR2 = CR3 = sd(cluster means)/√G and df = G − 1; clusters of one are the ordinary standard error."""
    values = np.random.default_rng(seed).random((groups, size))
    fit = fit_clusters(values.ravel(), np.repeat(np.arange(groups), size))
    error = values.mean(axis=1).std(ddof=1) / np.sqrt(groups)
    assert (fit.cr1, fit.cr2, fit.cr3) == pytest.approx((error, error, error), rel=1e-9)
    assert fit.df == pytest.approx(groups - 1)


def test_limits_have_a_p_of_alpha_and_no_spread_gives_none() -> None:
    """The interval inverts the test; without spread between clusters nothing is excluded."""
    fit = fit_clusters(TEN, FOUR)
    low, high = cr3_limits(fit, 0.05)
    assert (cr3_p_above(fit, low), cr3_p_below(fit, high)) == pytest.approx((0.05, 0.05), abs=1e-9)
    flat = fit_clusters(np.array([0.1, 0.3] * 6), np.arange(12) // 2)
    assert (flat.cr3, cr3_p_above(flat, -0.5), *cr3_limits(flat, 0.05)) == (0.0, 1.0, -np.inf, np.inf)


def test_design_effect_widens_tango_and_never_narrows_it() -> None:
    """Differences that agree within clusters cost precision; ones that cancel do not gain any."""
    clusters = np.arange(60) // 5
    together = np.where(clusters < 3, 1.0, np.where(clusters == 3, -1.0, 0.0))
    cancelling = np.tile([1.0, 0.0, 0.0, 0.0, -1.0], 12)
    wide = DesignTango.of(together, fit_clusters(together, clusters))
    narrow = DesignTango.of(cancelling, fit_clusters(cancelling, clusters))
    plain = tango_interval(15, 5, 60, 0.9)
    assert wide.deff > 3.0
    assert wide.limits(0.05)[0] < plain[0] < plain[1] < wide.limits(0.05)[1]
    assert narrow.deff == 1.0


def test_design_tango_limits_have_a_p_of_alpha() -> None:
    """Both limits invert their own p on t(G − 1)."""
    clusters = np.arange(60) // 5
    values = np.where(np.arange(60) % 7 == 0, 1.0, np.where(np.arange(60) % 11 == 0, -1.0, 0.0))
    tango = DesignTango.of(values, fit_clusters(values, clusters))
    low, high = tango.limits(0.05)
    assert (tango.p_above(low), tango.p_below(high)) == pytest.approx((0.05, 0.05), abs=1e-7)
    assert tango.p_above(high) > 0.9
