"""How many examples one system's rate needs against a bar, and what rate a given number can show: exact binomial."""

from __future__ import annotations

import math

import numpy as np

from tuneproof.stats.arrays import FloatArray, IntArray
from tuneproof.stats.distributions import beta_quantile, beta_tail, normal_quantile

_EXACT_TO = 20_000
"""Examples beyond which the normal formula answers: the search would be long and its answer the same to a few examples."""


def rate_power(n: int, bar: float, rate: float, alpha: float) -> float:
    """Probability that n examples prove a true `rate` to be above the bar, each in (0, 1), by the exact binomial test."""
    return float(_powers(np.array([n], dtype=np.int64), bar, rate, alpha)[0])


def rate_n(bar: float, rate: float, alpha: float, power: float = 0.8) -> int:
    """Smallest number of examples that prove a true `rate` to be above the bar with this power, 0 < bar < rate ≤ 1.

    The power of an exact test rises in a saw-tooth; this is the first n that reaches it. Above 20,000: normal formula.
    """
    if not 0.0 < bar < rate <= 1.0:
        raise ValueError(f"rate_n: bar {bar}, rate {rate} (expected 0 < bar < rate ≤ 1)")
    noise = normal_quantile(1.0 - alpha) * math.sqrt(bar * (1.0 - bar))
    noise += normal_quantile(power) * math.sqrt(rate * (1.0 - rate))
    normal = (noise / (rate - bar)) ** 2
    if normal > _EXACT_TO:
        return math.ceil(normal)
    start = max(1, math.floor(normal / 2.0))
    while True:
        n = np.arange(start, start + 2_000, dtype=np.int64)
        enough = _powers(n, bar, rate, alpha) >= power
        if enough.any():
            return int(n[np.argmax(enough)])
        start += n.size


def rate_detectable(n: int, bar: float, alpha: float, power: float = 0.8) -> float | None:
    """Smallest true rate that n examples prove to be above the bar with this power. None when not even n of n would."""
    k = int(_least_successes(np.array([n], dtype=np.int64), bar, alpha)[0])
    return None if k > n else beta_quantile(power, k, n - k + 1)


def _powers(n: IntArray, bar: float, rate: float, alpha: float) -> FloatArray:
    return _tail(_least_successes(n, bar, alpha), n, rate)


def _least_successes(n: IntArray, bar: float, alpha: float) -> IntArray:
    """int64[n]: smallest k with P(Bin(n, bar) ≥ k) ≤ alpha; n + 1 where not even k = n is enough."""
    low, high = np.zeros_like(n), n + 1
    while np.any(high - low > 1):
        middle = (low + high) // 2
        rejected = _tail(middle, n, bar) <= alpha
        high, low = np.where(rejected, middle, high), np.where(rejected, low, middle)
    return high


def _tail(k: IntArray, n: IntArray, p: float) -> FloatArray:
    inside = np.clip(k, 1, n)
    tail = beta_tail(inside.astype(np.float64), (n - inside + 1).astype(np.float64), np.full(n.shape, p))
    return np.where(k <= 0, 1.0, np.where(k > n, 0.0, tail))
