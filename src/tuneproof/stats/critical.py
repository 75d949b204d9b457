"""Where the tests reject, as tables to look up: what a simulation asks thousands of times is worked out once.

The statistics of independent yes/no marks are counts, so a test at a fixed level is a set of counts. Both tests are monotone
in every answer; hence the set is told by one number for each number of discordant pairs, or by one number alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tuneproof.stats.arrays import BoolArray, IntArray
from tuneproof.stats.distributions import normal_quantile
from tuneproof.stats.exact import exact_p
from tuneproof.stats.exact_limits import exact_lower_limit
from tuneproof.stats.paired import tango_zs
from tuneproof.stats.power_exact import ENUMERATED_TO
from tuneproof.stats.proportion import binomial_p_above

LIMITS_TO = 60
"""Examples up to which the interval is asked too. The decision wants p ≤ alpha and an interval that excludes the threshold.
The two part only where p is within a tenth of alpha, on few tables, and the interval takes 0.1 s a table."""

_NEAR = 0.9
"""p ≤ this share of alpha: the interval excludes the threshold too (`exact_limits` says why)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTest:
    """A one-sided test of "δ ≤ threshold" over independent pairs, at a fixed level."""

    n: int
    """All pairs."""

    threshold: float
    """What is to be excluded, in (−1, 1)."""

    level: float
    """p at or below this is a rejection."""

    gamma: float
    """Berger–Boos share of its p."""

    alpha: float
    """One-sided level of the interval, which has to exclude the threshold as well."""

    limit_gamma: float
    """Berger–Boos share of the interval."""

    def rejects(self, wins: int, losses: int) -> bool:
        """Tell whether one table is rejected by the exact test."""
        p = exact_p(wins, losses, self.n, self.threshold, self.gamma)
        if p > self.level or p <= _NEAR * self.alpha or self.n > LIMITS_TO:
            return p <= self.level
        return exact_lower_limit(wins, losses, self.n, self.alpha, self.limit_gamma) > self.threshold


@dataclass(slots=True, kw_only=True)
class _Boundary:
    """Fewest wins that are rejected, for the numbers of discordant pairs that came up so far."""

    first: int
    """The smallest number of discordant pairs."""

    fewest: list[int]
    """From `first` on; one more than the pairs where none is."""


@dataclass(slots=True, kw_only=True)
class Critical:
    """All tests of a simulation; each boundary grows with the tables that come up."""

    exact_to: int = ENUMERATED_TO
    """Pairs up to which boundaries are those of the exact test; above, those of Tango's statistic, a point of power off."""

    _known: dict[PairTest, _Boundary] = field(default_factory=dict)
    _rates: dict[tuple[int, float, float], int] = field(default_factory=dict)

    def pairs(self, test: PairTest, wins: IntArray, losses: IntArray) -> BoolArray:
        """bool[any]: whether the tables, int64[any] each, are rejected."""
        if wins.size == 0:
            return np.zeros(wins.shape, dtype=np.bool_)
        if test.n > self.exact_to:
            z = tango_zs(wins, losses, test.n, test.threshold)
            return np.asarray((z > 0.0) & (z >= normal_quantile(1.0 - test.level)), dtype=np.bool_)
        m = wins + losses
        boundary = self._boundary(test, int(m.min()), int(m.max()))
        fewest = np.asarray(boundary.fewest, dtype=np.int64)
        return np.asarray(wins >= fewest[m - boundary.first], dtype=np.bool_)

    def above(self, right: IntArray, n: int, bar: float, level: float) -> BoolArray:
        """bool[any]: whether a rate is shown to be above the bar by right: int64[any] of n answers."""
        key = (n, bar, level)
        if key not in self._rates:
            low, high = 0, n + 1
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if binomial_p_above(middle, n, bar) <= level else (middle + 1, high)
            self._rates[key] = low
        return np.asarray(right >= self._rates[key], dtype=np.bool_)

    def below(self, right: IntArray, n: int, bar: float, level: float) -> BoolArray:
        """bool[any]: whether a rate is shown to be below the bar: that of wrong answers is above 1 − bar."""
        return self.above(n - right, n, 1.0 - bar, level)

    def _boundary(self, test: PairTest, least: int, most: int) -> _Boundary:
        held = self._known.get(test)
        if held is None:
            held = self._known[test] = _Boundary(first=least, fewest=[_start(test, least)])
        while held.first > least:
            # With one loss fewer fewer wins may do, but never two fewer: rejection is monotone in wins and in losses.
            k, m = held.fewest[0], held.first - 1
            lower = k - 1
            held.fewest.insert(0, lower if lower > m or (lower >= 0 and test.rejects(lower, m - lower)) else k)
            held.first = m
        while held.first + len(held.fewest) - 1 < most:
            k, m = held.fewest[-1], held.first + len(held.fewest)
            held.fewest.append(k if k <= m and test.rejects(k, m - k) else k + 1)
        return held


def _start(test: PairTest, m: int) -> int:
    """Fewest wins of m discordant pairs that are rejected, m + 1 where none is; by halving."""
    low, high = 0, m + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if test.rejects(middle, m - middle) else (middle + 1, high)
    return low
