"""The distribution functions that the tests need; yes/no scores need no scipy.

`scipy.special` is imported by the functions that use it, when they are called: its import takes a quarter of a second and
25 MB, as much as all the rest, and a decision about independent yes/no scores does without. scipy.stats is never imported.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from tuneproof.stats.arrays import FloatArray

_STANDARD_NORMAL = NormalDist()

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)
"""Of z⁻¹, z⁻³, … in ln Γ(z) − Stirling's formula: DLMF 5.11.1. Five terms leave 1e-16 at z = 16."""

_STIRLING_FROM = 16.0

_LOG_ROOT_2_PI = math.log(2.0 * math.pi) / 2.0

_MOST_TERMS, _LAST_CHANGE = 100_000, 1e-15
"""Of the continued fraction; near the mean it takes about √n of its pairs of terms."""

_MOST_STEPS, _LAST_STEP = 1_000, 1e-10
"""Of Newton's method. The error after a step is of the order of its square; eight are usual, only a tail like 1e-300 takes
hundreds."""

_TINY = 1e-300
"""Stands for 0 under a logarithm, so that 0·log 0 is 0."""


def normal_cdf(z: float) -> float:
    """P(N(0, 1) ≤ z), to 1e-13 of itself also in the far lower tail."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def normal_quantile(p: float) -> float:
    """The z with P(N(0, 1) ≤ z) = p, p in [0, 1]; ∓inf at the ends."""
    return _STANDARD_NORMAL.inv_cdf(p) if 0.0 < p < 1.0 else math.copysign(math.inf, p - 0.5)


def t_tail(t: float, df: float) -> float:
    """P(T ≥ t) for Student's t; df may be fractional. Exact in the far tail, where 1 − cdf would cancel."""
    from scipy import special

    if math.isinf(t):
        return 0.0 if t > 0 else 1.0
    return float(special.stdtr(df, -t))


def t_tails(t: FloatArray, df: float) -> FloatArray:
    """P(T ≥ t) for each of t: float64[any]; ±inf give 0 and 1."""
    from scipy import special

    with np.errstate(invalid="ignore"):
        tails = np.asarray(special.stdtr(df, -t), dtype=np.float64)
    return np.where(np.isinf(t), np.where(t > 0, 0.0, 1.0), tails)


def t_quantile(p: float, df: float) -> float:
    """The t with P(T ≤ t) = p, df > 0."""
    from scipy import special

    return float(special.stdtrit(df, p))


def binomial_tail(k: float, n: float, p: float) -> float:
    """P(Bin(n, p) ≥ k), through the regularised incomplete beta function, which also takes counts that are not whole.

    Right to 1e-12 of itself up to n = 100,000, also in the far tail.
    """
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    if not 0.0 < p < 1.0:
        return float(p >= 1.0)
    return math.exp(min(0.0, _log_beta(k, n - k + 1, p, 1.0 - p)[1]))


def beta_tail(a: FloatArray, b: FloatArray, x: FloatArray) -> FloatArray:
    """Regularised incomplete beta I_x(a, b) element by element: float64[any], a and b > 0, x in [0, 1]."""
    from scipy import special

    return np.asarray(special.betainc(a, b, x), dtype=np.float64)


@lru_cache(maxsize=4096)  # the search for an exact limit asks for the same one at every step
def beta_quantile(p: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = p, a and b > 0, to 1e-12 of itself up to a + b = 100,000; 0 and 1 at p = 0 and 1."""
    if not 0.0 < p < 1.0:
        return float(p >= 1.0)
    return _logistic(_beta_log_odds(p, a, b) if p <= 0.5 else -_beta_log_odds(1.0 - p, b, a))


def _beta_log_odds(p: float, a: float, b: float) -> float:
    """The u = ln(x/(1 − x)) with I_x(a, b) = p ≤ 1/2, by Newton's method for ln I = ln p.

    ln I is concave in u and its derivative is the first factor of I over I. So the steps up never pass the solution, and no
    bracket is needed; a step down may, and is cut to two standard deviations of u.
    """
    u, reach = math.log(a / b), 2.0 * math.sqrt(1.0 / a + 1.0 / b)
    for _ in range(_MOST_STEPS):
        log_factor, log_lower = _log_beta(a, b, _logistic(u), _logistic(-u))
        step = max((math.log(p) - log_lower) * math.exp(log_lower - log_factor), -reach)
        u += step
        if abs(step) < _LAST_STEP:
            break
    return u


def _log_beta(a: float, b: float, x: float, y: float) -> tuple[float, float]:
    """(ln(xᵃyᵇ/B(a, b)), ln I_x(a, b)) with y = 1 − x, given because the smaller of the two is known to more digits."""
    factor = _log_beta_factor(a, b, x, y)
    if x * (a + b + 2.0) < a + 1.0:
        return factor, factor - math.log(_beta_fraction(a, b, x, y))
    return factor, math.log(max(1.0 - math.exp(factor) / _beta_fraction(b, a, y, x), _TINY))


def _log_beta_factor(a: float, b: float, x: float, y: float) -> float:
    """ln(xᵃyᵇ/B(a, b)), without the differences of large ln Γ that would cost five digits at 100,000.

    Source:
        Loader 2000, Fast and accurate computation of binomial probabilities: Stirling's formula put into the logarithm.
    """
    total = a + b
    rest = _stirling_rest(total) - _stirling_rest(a) - _stirling_rest(b)
    return rest - _deviance(a, total * x) - _deviance(b, total * y) + 0.5 * math.log(a * (b / total)) - _LOG_ROOT_2_PI


def _stirling_rest(z: float) -> float:
    """The part of ln Γ(z) beyond Stirling's (z − 1/2)·ln z − z + ln √2π; z > 0."""
    if z < _STIRLING_FROM:
        return math.lgamma(z) - (z - 0.5) * math.log(z) + z - _LOG_ROOT_2_PI
    rest, square = 0.0, 1.0 / (z * z)
    for coefficient in reversed(_STIRLING):
        rest = rest * square + coefficient
    return rest / z


def _deviance(seen: float, expected: float) -> float:
    """seen·ln(seen/expected) − (seen − expected), ≥ 0."""
    expected = max(expected, _TINY)
    excess, ratio = seen - expected, seen / expected
    return seen * (math.log1p(excess / expected) if ratio > 0.5 else math.log(ratio)) - excess


def _beta_fraction(a: float, b: float, x: float, y: float) -> float:
    """The continued fraction xᵃyᵇ/(B(a, b)·I_x(a, b)), y = 1 − x; quick for x below a/(a + b).

    Source:
        DiDonato & Morris 1992, ACM TOMS 18:360, equation (9.1), from the front by Lentz's method.
    """
    excess = a * y - b * x + 1.0
    value = ahead = a * excess / (a + 1.0)
    behind = 0.0
    for m in range(1, _MOST_TERMS):
        middle = a + 2 * m
        step = m * (b - m) * x / (middle - 1.0)
        above = step * (m - 1 + a) * (m - 1 + a + b) * x / (middle - 1.0)
        below = m + step + (a + m) * (excess + m * (2.0 - x)) / (middle + 1.0)
        behind = 1.0 / (below + above * behind)
        ahead = below + above / ahead
        value *= behind * ahead
        if abs(behind * ahead - 1.0) < _LAST_CHANGE:
            break
    return value


def _logistic(u: float) -> float:
    """1/(1 + exp(−u)), to all digits at either end."""
    return 1.0 / (1.0 + math.exp(-u)) if u >= 0.0 else math.exp(u) / (1.0 + math.exp(u))


@lru_cache(maxsize=16)  # each of up to 5,001 numbers; the search for an exact limit asks for the same n at every step
def log_factorials(n: int) -> FloatArray:
    """float64[n + 1], not to be written to: ln k! for k = 0 … n."""
    logs = np.array([math.lgamma(k + 1.0) for k in range(n + 1)], dtype=np.float64)
    logs.flags.writeable = False
    return logs


def chi_square_quantile(p: float, df: float) -> float:
    """The x with P(χ² ≤ x) = p."""
    from scipy import special

    return 2.0 * float(special.gammaincinv(df / 2.0, p))


def binomial_weights(n: int, p: float) -> FloatArray:
    """float64[n + 1]: P(Bin(n, p) = k) for k = 0 … n."""
    k, logs = np.arange(n + 1, dtype=np.float64), log_factorials(n)
    powers = k * math.log(max(p, _TINY)) + (n - k) * math.log(max(1.0 - p, _TINY))
    return np.asarray(np.exp(logs[n] - logs - logs[::-1] + powers), dtype=np.float64)
