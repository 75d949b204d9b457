"""One system's rate of yes/no scores: Clopper–Pearson decides, Wilson is the cross-check."""

from __future__ import annotations

import math

from tuneproof.stats.arrays import Interval
from tuneproof.stats.distributions import beta_quantile, binomial_tail, normal_quantile


def clopper_pearson_interval(k: float, n: float, level: float) -> Interval:
    """Exact interval of a rate: each limit is the inversion of a one-sided binomial test, so it never covers less than stated.

    Args:
        k: successes, 0 ≤ k ≤ n; need not be whole (an effective count).
        n: trials, n > 0.
        level: two-sided, such as 0.90; each limit then errs by at most (1 − level)/2.

    Source:
        Clopper & Pearson 1934, Biometrika 26:404.
    """
    tail = (1.0 - level) / 2.0
    low = 0.0 if k <= 0 else beta_quantile(tail, k, n - k + 1)
    high = 1.0 if k >= n else beta_quantile(1.0 - tail, k + 1, n - k)
    return low, high


def wilson_interval(k: int, n: int, level: float) -> Interval:
    """Score interval of a rate; close to nominal on average, below it at some rates, so it decides nothing.

    Args:
        k: successes, 0 ≤ k ≤ n.
        n: trials, n ≥ 1.
        level: two-sided, such as 0.90.

    Source:
        Wilson 1927, JASA 22:209.
    """
    z = normal_quantile(0.5 + level / 2.0)
    rate, z2 = k / n, z * z
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    reach = z * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return (0.0 if k == 0 else centre - reach), (1.0 if k == n else centre + reach)


def binomial_p_above(k: float, n: float, rate0: float) -> float:
    """Exact p-value of "the rate is at most rate0": P(Bin(n, rate0) ≥ k); k and n may be effective counts."""
    return binomial_tail(k, n, rate0)


def binomial_p_below(k: float, n: float, rate0: float) -> float:
    """Exact p-value of "the rate is at least rate0": P(Bin(n, rate0) ≤ k)."""
    return binomial_tail(n - k, n, 1.0 - rate0)
