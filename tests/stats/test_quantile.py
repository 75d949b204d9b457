"""Order-statistic bounds of a quantile."""

from __future__ import annotations

import numpy as np
import pytest

from tuneproof.stats.quantile import lower_rank, quantile_interval, upper_rank


@pytest.mark.parametrize(
    ("n", "low", "high"), [(59, 53, 59), (60, 54, 60), (100, 91, 99), (200, 185, 196), (500, 467, 484), (1000, 938, 962)]
)
def test_ranks_for_the_95th_percentile(n: int, low: int, high: int) -> None:
    """Section 5.12 (own), 95 % one-sided."""
    assert upper_rank(n, 0.95, 0.05) == high
    assert lower_rank(n, 0.95, 0.05) == low


@pytest.mark.parametrize("n", [0, 1, 58])
def test_too_few_values_bound_nothing_from_above(n: int) -> None:
    """Below 59 values the largest may lie under the 95th percentile with more than 5 %."""
    assert upper_rank(n, 0.95, 0.05) is None
    assert quantile_interval(np.arange(n, dtype=float), 0.95, 0.05)[1] == np.inf


def test_the_interval_reads_the_ordered_values() -> None:
    """Unsorted values; the 91st and the 99th smallest of a hundred."""
    assert quantile_interval(np.arange(100.0)[::-1], 0.95, 0.05) == (90.0, 98.0)


def test_the_bounds_cover_as_promised() -> None:
    """Of 4,000 samples of 60 uniform values, 5 % at most have the bound on the wrong side of .95 (3 standard errors)."""
    samples = np.sort(np.random.default_rng(11).random((4000, 60)), axis=1)
    too_low, too_high = np.mean(samples[:, 60 - 1] < 0.95), np.mean(samples[:, 54 - 1] > 0.95)
    assert 0.03 < too_low <= 0.05 + 3 * 0.0035
    assert 0.01 < too_high <= 0.05 + 3 * 0.0035
