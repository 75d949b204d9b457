"""Paired yes/no scores by closed forms: the score statistic of Tango and the interval of Newcombe.

Cells of the paired table: a both right, b candidate only, c baseline only, e both wrong; n = a + b + c + e.
"""

from __future__ import annotations

import math

import numpy as np

from tuneproof.stats.arrays import FloatArray, IntArray, Interval
from tuneproof.stats.distributions import normal_cdf, normal_quantile
from tuneproof.stats.proportion import wilson_interval

# 100 halvings of a range of 2 end at neighbouring doubles; Z costs about a microsecond, so no faster search is needed.
_HALVINGS = 100


def tango_z(b: int, c: int, n: int, delta0: float) -> float:
    """Score statistic for δ = delta0, where δ = P(candidate only) − P(baseline only).

    Large values speak for δ > delta0. The variance is the one under δ = delta0, so it does not vanish when no pair disagrees;
    Wald's and the t statistic do, and pass non-inferiority for free.

    Args:
        b: pairs that only the candidate has right.
        c: pairs that only the baseline has right.
        n: all pairs, n ≥ b + c.
        delta0: the difference tested, in [−1, 1].

    Returns:
        Z; where its variance is 0: 0 or ±inf, by the sign of the numerator.

    Source:
        Tango 1998, Statistics in Medicine 17:891, equation (5); at delta0 = 0 it is (b − c)/√(b + c), McNemar's.
    """
    numerator = b - c - n * delta0
    linear = -b - c + (2 * n - b + c) * delta0
    constant = -c * delta0 * (1.0 - delta0)
    q = (math.sqrt(max(0.0, linear * linear - 8.0 * n * constant)) - linear) / (4.0 * n)
    variance = n * (2.0 * q + delta0 * (1.0 - delta0))
    if variance <= 1e-12 * n:
        return math.copysign(math.inf, numerator) if abs(numerator) > 1e-12 * n else 0.0
    return numerator / math.sqrt(variance)


def tango_zs(b: IntArray, c: IntArray, n: int, delta0: float) -> FloatArray:
    """`tango_z` of many tables at once, b and c: int64[tables]; the exact test orders its tables with it."""
    numerator = b - c - n * delta0
    linear = (2 * n - b + c) * delta0 - b - c
    root = np.sqrt(np.maximum(0.0, linear * linear + 8.0 * n * c * (delta0 * (1.0 - delta0))))
    variance = n * ((root - linear) / (2.0 * n) + delta0 * (1.0 - delta0))
    certain = variance <= 1e-12 * n
    sign = np.where(np.abs(numerator) > 1e-12 * n, np.sign(numerator), 0.0)
    with np.errstate(invalid="ignore"):
        degenerate = np.where(sign == 0.0, 0.0, sign * np.inf)
    return np.where(certain, degenerate, numerator / np.sqrt(np.where(certain, 1.0, variance)))


def tango_p(b: int, c: int, n: int, delta0: float) -> float:
    """Asymptotic p-value of δ ≤ delta0 by Tango's statistic; for n > 5,000, where the exact p costs more than it adds."""
    return normal_cdf(-tango_z(b, c, n, delta0))


def tango_interval(b: int, c: int, n: int, level: float) -> Interval:
    """Tango's score interval of δ: all delta0 with |Z(delta0)| < z.

    Args:
        b: pairs that only the candidate has right.
        c: pairs that only the baseline has right.
        n: all pairs, n ≥ 1.
        level: two-sided, such as 0.90.

    Source:
        Tango 1998, Statistics in Medicine 17:891. Solved by bisection, since Z falls in delta0.
    """
    return tango_limits(b, c, n, normal_quantile(0.5 + level / 2.0))


def tango_limits(b: int, c: int, n: int, z: float) -> Interval:
    """The two delta0 at which Z = z and Z = −z; z > 0 may come from a t distribution and carry a design effect."""
    low = _lower_limit(b, c, n, z)
    return low, -_lower_limit(c, b, n, z)


def _lower_limit(b: int, c: int, n: int, z: float) -> float:
    below, above = -1.0, (b - c) / n
    if tango_z(b, c, n, below) <= z:
        return below
    for _ in range(_HALVINGS):
        middle = (below + above) / 2.0
        if tango_z(b, c, n, middle) > z:
            below = middle
        else:
            above = middle
    return above


def newcombe10_interval(a: int, b: int, c: int, e: int, level: float) -> Interval:
    """Newcombe's hybrid score interval of δ with corrected correlation (his method 10), a cross-check that decides nothing.

    Args:
        a: pairs that both have right.
        b: pairs that only the candidate has right.
        c: pairs that only the baseline has right.
        e: pairs that both have wrong.
        level: two-sided, such as 0.90.

    Source:
        Newcombe 1998, Statistics in Medicine 17:2635, method 10.
    """
    n = a + b + c + e
    rate_candidate, rate_baseline = (a + b) / n, (a + c) / n
    low_candidate, high_candidate = wilson_interval(a + b, n, level)
    low_baseline, high_baseline = wilson_interval(a + c, n, level)
    phi = _corrected_phi(a, b, c, e)
    delta = rate_candidate - rate_baseline
    reach_low = _hypotenuse(rate_candidate - low_candidate, high_baseline - rate_baseline, phi)
    reach_high = _hypotenuse(high_candidate - rate_candidate, rate_baseline - low_baseline, phi)
    return max(-1.0, delta - reach_low), min(1.0, delta + reach_high)


def _corrected_phi(a: int, b: int, c: int, e: int) -> float:
    margins = (a + b) * (c + e) * (a + c) * (b + e)
    if margins == 0:
        return 0.0
    determinant = a * e - b * c
    n = a + b + c + e
    if determinant > n / 2.0:
        return (determinant - n / 2.0) / math.sqrt(margins)
    return determinant / math.sqrt(margins) if determinant < 0 else 0.0


def _hypotenuse(x: float, y: float, phi: float) -> float:
    return math.sqrt(max(0.0, x * x - 2.0 * phi * x * y + y * y))
