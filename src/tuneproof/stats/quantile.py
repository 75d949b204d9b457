"""Bounds of a quantile, such as the 95th percentile of latency, by order statistics: no distribution is assumed."""

from __future__ import annotations

import math

from tuneproof.stats.arrays import FloatArray, Interval
from tuneproof.stats.distributions import binomial_tail


def upper_rank(n: int, quantile: float, alpha: float) -> int | None:
    """Smallest k such that the k-th smallest of n values lies above the quantile with probability 1 − alpha or more.

    That is P(Bin(n, quantile) ≥ k) ≤ alpha. None when even the largest value does not: below 59 values the 95th percentile
    cannot be certified at 95 %.

    Args:
        n: independent values.
        quantile: in (0, 1).
        alpha: one-sided error, in (0, 1).
    """
    if binomial_tail(n, n, quantile) > alpha or n == 0:
        return None
    low, high = 0, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if binomial_tail(middle, n, quantile) <= alpha else (middle, high)
    return high


def lower_rank(n: int, quantile: float, alpha: float) -> int | None:
    """Largest k such that the k-th smallest of n values lies below the quantile with probability 1 − alpha or more.

    That is P(Bin(n, quantile) ≤ k − 1) ≤ alpha. None when even the smallest value does not.
    """
    mirrored = upper_rank(n, 1.0 - quantile, alpha)
    return None if mirrored is None else n + 1 - mirrored


def quantile_interval(values: FloatArray, quantile: float, alpha: float) -> Interval:
    """Bounds of the quantile of independent values: float64[values], each one-sided at 1 − alpha; ∓inf where none exists."""
    ordered = sorted(float(value) for value in values)
    low, high = lower_rank(len(ordered), quantile, alpha), upper_rank(len(ordered), quantile, alpha)
    return (-math.inf if low is None else ordered[low - 1]), (math.inf if high is None else ordered[high - 1])
