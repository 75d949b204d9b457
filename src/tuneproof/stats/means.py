"""The mean of independent scores: Student's t, Hall's skewness correction, and t with two pseudo-examples.

Every method here turns the data and a threshold into one number to be read on Student's t with n − 1 degrees of freedom, so
that its p above is P(T ≥ statistic), its p below P(T ≥ −statistic), and its interval the thresholds whose statistic lies
within ±t: the interval excludes a threshold exactly when the p is at most alpha.
Estimand: the mean over the population that the examples stand for. Assumption: independent examples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tuneproof.stats.arrays import FloatArray, Interval
from tuneproof.stats.distributions import t_quantile, t_tails

NO_SPREAD = 1e-9
"""A standard deviation at or below this is 0: scores closer than that differ by rounding only."""

Limits = tuple[FloatArray, FloatArray]
"""(low, high), each float64[fillings]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """What the methods need of n scores; an array, so that many fillings of missing answers are judged at once."""

    n: int
    """Scores, at least 2."""

    mean: FloatArray
    """float64[fillings]."""

    sd: FloatArray
    """float64[fillings]: standard deviation with divisor n − 1, ≥ 0; 0 where at most `NO_SPREAD`."""

    skewness: FloatArray
    """float64[fillings]: third central moment with divisor n, over sd³; 0 where sd = 0."""

    @classmethod
    def of(cls, values: FloatArray) -> Moments:
        """Of one sample, values: float64[examples]."""
        centre = float(np.mean(values))
        shifted = values - centre
        return cls.of_sums(values.size, centre, *(np.array([np.sum(shifted**power)]) for power in (1, 2, 3)))

    @classmethod
    def of_sums(cls, n: int, centre: float, first: FloatArray, second: FloatArray, third: FloatArray) -> Moments:
        """From Σx, Σx² and Σx³, each float64[fillings], of scores with `centre` taken off (which saves the digits)."""
        shift = first / n
        sd = np.sqrt(np.maximum(second - n * shift**2, 0.0) / (n - 1))
        sd = np.where(sd <= NO_SPREAD, 0.0, sd)
        third_moment = third / n - 3.0 * shift * second / n + 2.0 * shift**3
        skewness = np.where(sd > 0.0, third_moment / np.where(sd > 0.0, sd, 1.0) ** 3, 0.0)
        return cls(n=n, mean=centre + shift, sd=sd, skewness=skewness)


def t_statistic(moments: Moments, threshold: float) -> FloatArray:
    """Student's t of "mean = threshold"; sd must be positive."""
    return (moments.mean - threshold) * math.sqrt(moments.n) / moments.sd


def t_limits(moments: Moments, alpha: float) -> Limits:
    """Student's interval at 1 − 2·alpha; sd must be positive."""
    reach = t_quantile(1.0 - alpha, moments.n - 1) * moments.sd / math.sqrt(moments.n)
    return moments.mean - reach, moments.mean + reach


def hall_statistic(moments: Moments, threshold: float) -> FloatArray:
    """Student's t of "mean = threshold" with its skewness taken out, by the inverse of Hall's transformation.

    A mean of many small gains and few large losses has a skewed t; plain t then errs 17 % where 5 % is stated at n = 100.

    Source:
        Hall 1992, JRSS B 54:221, the monotone cubic transformation.
    """
    y = t_statistic(moments, threshold)
    a, bias = _hall_terms(moments)
    flat = a == 0.0
    safe = np.where(flat, 1.0, a)
    return np.where(flat, y, ((1.0 + safe * y) ** 3 - 1.0) / (3.0 * safe) + bias)


def hall_limits(moments: Moments, alpha: float) -> Limits:
    """Interval at 1 − 2·alpha by Hall's transformation; sd must be positive."""
    t = t_quantile(1.0 - alpha, moments.n - 1)
    unit = moments.sd / math.sqrt(moments.n)
    return moments.mean - _hall(moments, t) * unit, moments.mean - _hall(moments, -t) * unit


def _hall(moments: Moments, x: float) -> FloatArray:
    a, bias = _hall_terms(moments)
    flat = a == 0.0
    safe = np.where(flat, 1.0, a)
    return np.where(flat, x, (np.cbrt(1.0 + 3.0 * safe * (x - bias)) - 1.0) / safe)


def _hall_terms(moments: Moments) -> tuple[FloatArray, FloatArray]:
    """The a = g/(3√n) and the shift g/(6√n) of Hall's transformation; a skewness below 1e-6 is 0, or a·y loses its digits."""
    skewness = np.where(np.abs(moments.skewness) < 1e-6, 0.0, moments.skewness)
    root = math.sqrt(moments.n)
    return skewness / (3.0 * root), skewness / (6.0 * root)


def plus_two_statistic(moments: Moments, threshold: float, span: Interval) -> FloatArray:
    """Student's t after adding one pseudo-example at either end of the range: an unseen catastrophe is allowed for beforehand.

    0.97³⁰ = .40 of samples of 30 show none of a failure that strikes 3 % of examples, so no method that looks at the data
    alone can guard against it. This is the idea of Bonett & Price (one added to each cell) carried to bounded scores.

    Args:
        moments: n ≥ 2; sd may be 0.
        threshold: the mean tested.
        span: the two pseudo-examples: −1 and 1 for a difference, 0 and 1 for one system.
    """
    centre, unit = _plus_two(moments, span)
    return (centre - threshold) / unit


def plus_two_limits(moments: Moments, alpha: float, span: Interval) -> Limits:
    """Interval at 1 − 2·alpha that belongs to `plus_two_statistic`; never of zero width."""
    centre, unit = _plus_two(moments, span)
    reach = t_quantile(1.0 - alpha, moments.n - 1) * unit
    return centre - reach, centre + reach


def _plus_two(moments: Moments, span: Interval) -> tuple[FloatArray, FloatArray]:
    """Mean of the n + 2 scores, and its standard error."""
    size = moments.n + 2
    centre = (moments.n * moments.mean + span[0] + span[1]) / size
    squares = (moments.n - 1) * moments.sd**2 + moments.n * moments.mean**2 + span[0] ** 2 + span[1] ** 2
    return centre, np.sqrt(np.maximum(squares / size - centre**2, 0.0) / size)


def p_above(statistic: FloatArray, n: int) -> FloatArray:
    """P(T ≥ statistic) with n − 1 degrees of freedom, float64[fillings]; of −statistic it is the p below."""
    return t_tails(statistic, n - 1)


def floor_share(n: int, share: float) -> float:
    """(1 − share)ⁿ: how often n examples show none of a failure that strikes this share of them.

    Above alpha, a sample without any failure cannot rule the failure out, so no method may claim it did.
    """
    return float((1.0 - share) ** n)


def floor_n(alpha: float, share: float) -> int:
    """The smallest n whose `floor_share` is at most alpha; 0 < share < 1."""
    return math.ceil(math.log(alpha) / math.log1p(-share) - 1e-12)
