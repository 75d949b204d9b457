"""One test's answer to a question, and the less sure of two: where two tests must agree, their interval is the hull of both."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuneproof.stats.arrays import Interval
from tuneproof.stats.bounded import Question
from tuneproof.stats.distributions import t_quantile, t_tail


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One test's interval and p-values: the interval excludes the threshold exactly when the p is at most alpha."""

    low: float
    """Lower limit at 1 − 2·alpha."""

    high: float
    """Upper limit."""

    p_met: float
    """Against "at or below the threshold"."""

    p_breached: float
    """Against "at or above the threshold"."""

    @classmethod
    def of_t(cls, centre: float, error: float, df: float, question: Question) -> Answer:
        """Student's t around `centre` with standard error `error` > 0."""
        reach = t_quantile(1.0 - question.levels.alpha, df) * error
        t = (centre - question.threshold) / error
        return cls(low=centre - reach, high=centre + reach, p_met=t_tail(t, df), p_breached=t_tail(-t, df))

    def less_sure(self, other: Answer) -> Answer:
        """Both must reject: p the larger, interval the hull."""
        return Answer(
            low=min(self.low, other.low),
            high=max(self.high, other.high),
            p_met=max(self.p_met, other.p_met),
            p_breached=max(self.p_breached, other.p_breached),
        )

    def within(self, span: Interval) -> Answer:
        """The same, its interval cut to what the value can be."""
        low, high = (min(max(limit, span[0]), span[1]) for limit in (self.low, self.high))
        return Answer(low=low, high=high, p_met=self.p_met, p_breached=self.p_breached)


def with_ends(n: float, mean: float, variance: float, ends: Interval) -> tuple[float, float]:
    """(centre, standard error) of a mean after adding one pseudo-value at either end; the error is never 0.

    The t₊₂ of `means` for values whose number need not be whole and whose ends need not be those of a score.

    Args:
        n: values, at least 1; an effective number where they come in clusters.
        mean: theirs.
        variance: theirs, divisor n − 1.
        ends: the least and the most one value can be.
    """
    size = n + 2.0
    centre = (n * mean + ends[0] + ends[1]) / size
    squares = (n - 1.0) * variance + n * mean**2 + ends[0] ** 2 + ends[1] ** 2
    return centre, math.sqrt(max(squares / size - centre**2, 0.0) / size)
