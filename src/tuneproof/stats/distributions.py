"""The distribution functions that the tests need, from scipy.special.

One module, so that nothing else depends on scipy, and never on scipy.stats, whose import alone takes half a second.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from tuneproof.stats.arrays import FloatArray


def normal_cdf(z: float) -> float:
    """P(N(0, 1) ≤ z)."""
    return float(special.ndtr(z))


def normal_quantile(p: float) -> float:
    """The z with P(N(0, 1) ≤ z) = p."""
    return float(special.ndtri(p))


def t_tail(t: float, df: float) -> float:
    """P(T ≥ t) for Student's t; df may be fractional. Exact in the far tail, where 1 − cdf would cancel."""
    if math.isinf(t):
        return 0.0 if t > 0 else 1.0
    return float(special.stdtr(df, -t))


def t_tails(t: FloatArray, df: float) -> FloatArray:
    """P(T ≥ t) for each of t: float64[any]; ±inf give 0 and 1."""
    with np.errstate(invalid="ignore"):
        tails = np.asarray(special.stdtr(df, -t), dtype=np.float64)
    return np.where(np.isinf(t), np.where(t > 0, 0.0, 1.0), tails)


def t_quantile(p: float, df: float) -> float:
    """The t with P(T ≤ t) = p, df > 0."""
    return float(special.stdtrit(df, p))


def binomial_tail(k: float, n: float, p: float) -> float:
    """P(Bin(n, p) ≥ k), through the regularised incomplete beta function, which also takes counts that are not whole."""
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    return float(special.betainc(k, n - k + 1, p))


def beta_tail(a: FloatArray, b: FloatArray, x: FloatArray) -> FloatArray:
    """Regularised incomplete beta I_x(a, b) element by element: float64[any], a and b > 0, x in [0, 1]."""
    return np.asarray(special.betainc(a, b, x), dtype=np.float64)


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = p."""
    return float(special.betaincinv(a, b, p))


def log_factorials(n: int) -> FloatArray:
    """float64[n + 1]: ln k! for k = 0 … n."""
    return np.asarray(special.gammaln(np.arange(n + 1, dtype=np.float64) + 1.0), dtype=np.float64)


def chi_square_quantile(p: float, df: float) -> float:
    """The x with P(χ² ≤ x) = p."""
    return 2.0 * float(special.gammaincinv(df / 2.0, p))


def binomial_weights(n: int, p: float) -> FloatArray:
    """float64[n + 1]: P(Bin(n, p) = k) for k = 0 … n."""
    k, logs = np.arange(n + 1, dtype=np.float64), log_factorials(n)
    powers = special.xlogy(k, p) + special.xlog1py(n - k, -p)
    return np.asarray(np.exp(logs[n] - logs - logs[::-1] + powers), dtype=np.float64)
