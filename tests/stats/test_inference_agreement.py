"""The interval excludes the threshold exactly when the p says so, on random samples of every kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuneproof.stats.inference import Inference, Levels, assess, compare

LEVELS = Levels(alpha=0.05, gamma_met=5e-4, gamma_breached=5e-4)


def known(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of scores without a missing answer."""
    return values, values


def pair_table(a: int, b: int, c: int, e: int) -> tuple[np.ndarray, np.ndarray]:
    """Candidate's and baseline's scores with these cells."""
    return np.repeat([1.0, 1.0, 0.0, 0.0], [a, b, c, e]), np.repeat([1.0, 0.0, 1.0, 0.0], [a, b, c, e])


def compared(candidate: np.ndarray, baseline: np.ndarray, threshold: float, clusters: np.ndarray | None = None) -> Inference:
    """Complete data, independent unless clusters are given."""
    chosen = np.arange(candidate.size) if clusters is None else clusters
    return compare(known(candidate), known(baseline), clusters=chosen, threshold=threshold, levels=LEVELS).resolved


def says_the_same(found: Inference, threshold: float) -> bool:
    """The interval excludes the threshold exactly when the p is at most alpha, but for rounding at the limit."""
    met = (found.low > threshold) == (found.p_met <= 0.05) or abs(found.low - threshold) < 1e-6
    breached = (found.high < threshold) == (found.p_breached <= 0.05) or abs(found.high - threshold) < 1e-6
    return met and breached


@settings(max_examples=40, deadline=None)
@given(
    b=st.integers(0, 20),
    c=st.integers(0, 20),
    spare=st.integers(0, 40),
    threshold=st.sampled_from([-0.1, -0.05, -0.02, 0.0, 0.03, 0.1]),
    offset=st.floats(-0.01, 0.01),
)
def test_interval_and_p_agree_on_pairs(b: int, c: int, spare: int, threshold: float, offset: float) -> None:
    """The exact test, at registered thresholds and close to its own lower limit, where the p need not be monotone."""
    candidate, baseline = pair_table(spare, b, c, 1)
    found = compared(candidate, baseline, threshold)
    assert says_the_same(found, threshold)
    near = min(max(found.low + offset, -0.99), 0.99)
    assert says_the_same(compared(candidate, baseline, near), near)


@pytest.mark.parametrize("threshold", np.linspace(0.155, 0.185, 16).tolist())
def test_interval_and_p_agree_where_the_p_crosses_three_times(threshold: float) -> None:
    """(b, c, n) = (18, 3, 45) is rejected again between .169 and .175; the composite null is not."""
    candidate, baseline = pair_table(12, 18, 3, 12)
    found = compared(candidate, baseline, threshold)
    assert (found.low > threshold) == (found.p_met <= 0.05)
    assert (found.p_met <= 0.05) == (threshold < 0.1622)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 9999),
    n=st.sampled_from([24, 60, 130]),
    threshold=st.sampled_from([-0.2, -0.05, 0.0, 0.05]),
    whole=st.booleans(),
    clustered=st.booleans(),
    missing=st.sampled_from([0, 3]),
)
def test_interval_and_p_agree_elsewhere(
    seed: int, n: int, threshold: float, whole: bool, clustered: bool, missing: int
) -> None:
    """Scores and clusters, with and without missing answers: low belongs to p_met of `worst`, high to p_breached of `best`."""
    rng = np.random.default_rng(seed)
    candidate, baseline = (np.round(rng.random(n), 0 if whole else 1) for _ in range(2))
    low, high = candidate.copy(), candidate.copy()
    low[:missing], high[:missing] = 0.0, 1.0
    clusters = np.arange(n) // 3 if clustered else np.arange(n)
    found = compare((low, high), known(baseline), clusters=clusters, threshold=threshold, levels=LEVELS)
    assert (found.worst.low > threshold) == (found.worst.p_met <= 0.05)
    assert (found.best.high < threshold) == (found.best.p_breached <= 0.05)
    assert found.worst.low <= found.worst.value <= found.best.value <= found.best.high  # type: ignore[operator]
    bar = abs(threshold) + 0.4
    single = assess((low, high), clusters=clusters, threshold=bar, levels=LEVELS)
    assert (single.worst.low > bar) == (single.worst.p_met <= 0.05)
    assert (single.best.high < bar) == (single.best.p_breached <= 0.05)


@settings(max_examples=15, deadline=None)
@given(b=st.integers(0, 15), c=st.integers(0, 15), spare=st.integers(0, 40))
def test_swapping_the_systems_mirrors_the_answer(b: int, c: int, spare: int) -> None:
    """Candidate against baseline at a lift is baseline against candidate at the margin."""
    candidate, baseline = pair_table(spare, b, c, 1)
    one, other = compared(candidate, baseline, 0.04), compared(baseline, candidate, -0.04)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-6)
    assert one.p_met == pytest.approx(other.p_breached, abs=1e-9)
