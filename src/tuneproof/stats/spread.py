"""What is known of each example when answers are missing, and the ways to fill them in.

A missing answer is never 0 and never dropped: every example has a lowest and a highest possible value, and an inference
holds only if it holds however the missing ones would have come out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tuneproof.stats.arrays import BoolArray, Bounds, FloatArray, IntArray, n_distinct
from tuneproof.stats.bounded import Blocked, Inference, Question

LEAST_PAIRS = 20
"""Below this many examples no mean is judged "met": the simulations behind the choice of methods start at 30."""

_WHOLE = 1e-12
"""Scores this close to a whole number are that number."""

_GRID = 64
"""Fillings tried of clustered scores; each costs a pass over the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Per example, what its value is at least and at most: a difference of two systems, or one system's score."""

    low: FloatArray
    """float64[examples]: the least favourable value."""

    high: FloatArray
    """float64[examples]: the most favourable one; equal to `low` where nothing is missing."""

    clusters: IntArray
    """int64[examples]: cluster index; all distinct = independent."""

    both_right: tuple[int, int] | None = None
    """Pairs that both systems have right in the worst and in the best filling. None unless two systems are marked 0 or 1."""

    @property
    def n(self) -> int:
        """Examples."""
        return int(self.low.size)

    @property
    def n_clusters(self) -> int | None:
        """Distinct clusters. None when every example is its own."""
        distinct = n_distinct(self.clusters)
        return None if distinct == self.n else distinct

    @property
    def is_whole(self) -> bool:
        """Whether both ends are −1, 0 or 1 for every example, so that every filling is."""
        return bool(_whole(self.low).all() and _whole(self.high).all())

    def order(self) -> IntArray:
        """int64[missing]: the incomplete examples, the lowest midpoint first.

        With a fixed baseline this is "largest baseline score first", the screen of the design page: scores' tests are not
        monotone in a missing answer (a large gain inflates the spread), so fillings in between are tried too. The screen is
        not proven to hold the extreme of all 2^missing fillings.
        """
        missing = np.flatnonzero(self.high > self.low)
        return missing[np.argsort((self.low + self.high)[missing], kind="stable")]

    def fillings(self) -> list[FloatArray]:
        """At most 64 fillings, each float64[examples]: the first j missing at their low end, j from 0 (best) to all (worst)."""
        order = self.order()
        counts = np.unique(np.linspace(0, order.size, min(order.size + 1, _GRID)).round().astype(np.int64))
        filled = []
        for count in counts:
            values = self.high.copy()
            values[order[:count]] = self.low[order[:count]]
            filled.append(values)
        return filled


def paired_spread(candidate: Bounds, baseline: Bounds, clusters: IntArray) -> Spread:
    """Candidate − baseline: least where the candidate's missing answers are 0 and the baseline's 1."""
    ends = ((candidate[0], baseline[1]), (candidate[1], baseline[0]))
    marks = all(bool(_whole(side).all()) for end in ends for side in end)
    counts = [int(np.sum((a > 0.5) & (b > 0.5))) for a, b in ends]
    return Spread(
        low=candidate[0] - baseline[1],
        high=candidate[1] - baseline[0],
        clusters=clusters,
        both_right=(counts[0], counts[1]) if marks else None,
    )


def _whole(values: FloatArray) -> BoolArray:
    return np.asarray(np.abs(values - np.round(values)) <= _WHOLE, dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fillings:
    """A test's answers for every filling tried, each float64[fillings], from the best filling to the worst."""

    value: FloatArray
    """The mean."""

    low: FloatArray
    """Lower limits."""

    high: FloatArray
    """Upper limits."""

    p_met: FloatArray
    """p-values of "at or below the threshold"."""

    p_breached: FloatArray
    """p-values of "at or above the threshold"."""

    def ends(self, like: Inference) -> tuple[Inference, Inference]:
        """(worst, best): each end's own numbers, and the extreme over all fillings of the two that decide at that end.

        Args:
            like: n, method, cross-checks, blocks and cautions, which both ends share.
        """
        worst = replace(
            like,
            value=float(self.value[-1]),
            low=float(np.min(self.low)),
            high=float(self.high[-1]),
            p_met=float(np.max(self.p_met)),
            p_breached=float(self.p_breached[-1]),
        )
        best = replace(
            like,
            value=float(self.value[0]),
            low=float(self.low[0]),
            high=float(np.max(self.high)),
            p_met=float(self.p_met[0]),
            p_breached=float(np.max(self.p_breached)),
        )
        return worst, best


def too_few(n: int, question: Question) -> Blocked | None:
    """The block of fewer than 20 examples, None from 20 on."""
    if n >= LEAST_PAIRS:
        return None
    what = "a paired test" if question.is_paired else "a test of a mean score"
    have = "1 example is" if n == 1 else f"{n} examples are"
    return Blocked(reason="MORE_DATA", sentence=f"{have} fewer than the {LEAST_PAIRS} that {what} needs")
