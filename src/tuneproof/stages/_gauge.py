"""Figures about judges: a number with its interval, at the level that the whole report is shown at. They decide nothing."""

from dataclasses import dataclass, replace

import numpy as np

from tuneproof.core.judge_report import Figure
from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray
from tuneproof.stats.bounded import PAIRED_RANGE, SINGLE_RANGE, Inference, Levels, Question
from tuneproof.stats.clusters import effective_clusters
from tuneproof.stats.inference import assess
from tuneproof.stats.jackknife import Deleted, JackknifeT


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """What all figures of a report are made with."""

    alpha: float
    """One-sided error; intervals are shown at 1 - 2 alpha."""

    @property
    def of_share(self) -> Question:
        """What is asked about a share, in [0, 1]."""
        return Question(span=SINGLE_RANGE, threshold=0.0, levels=self._levels)

    @property
    def of_coefficient(self) -> Question:
        """What is asked about a coefficient, in [-1, 1]."""
        return Question(span=PAIRED_RANGE, threshold=0.0, levels=self._levels)

    @property
    def _levels(self) -> Levels:
        return Levels(alpha=self.alpha, gamma_met=0.0, gamma_breached=0.0)

    def share(self, name: str, values: FloatArray, clusters: IntArray, note: str = "") -> Figure:
        """Return the mean of values, each in [0, 1], with its interval.

        Args:
            name: What it is.
            values: float64[answers].
            clusters: int64[answers]; all distinct = independent.
            note: What the reader must know of it.
        """
        held = assess((values, values), clusters=clusters, threshold=0.0, levels=self._levels)
        return figure(name, held.resolved, note)

    def apart(self, name: str, values: FloatArray, inside: BoolArray, clusters: IntArray) -> Figure:
        """Return the mean of values inside a group less that of the others (nothing, where there are none), with its interval.

        By the delete-one jackknife over clusters, since the two groups may hold answers to the same examples.

        Args:
            name: What it is.
            values: float64[answers], each in [-1, 1].
            inside: bool[answers]: at least one.
            clusters: int64[answers].
        """
        index = np.unique(clusters, return_inverse=True)[1]
        means, enough = [], True
        for part, sign in ((inside, 1.0), (~inside, -1.0)):
            if part.any():
                sums = np.bincount(index[part], weights=values[part], minlength=int(index.max()) + 1)
                sizes = np.bincount(index[part], minlength=sums.size).astype(np.float64)
                left = sizes.sum() - sizes
                enough &= bool((left > 0.0).all())
                means.append((sign * sums.sum() / sizes.sum(), sign * (sums.sum() - sums) / np.maximum(left, 1.0)))
        value, without = sum(mean for mean, _ in means), sum(rest for _, rest in means)
        found = Figure(name=name, value=float(value), low=None, high=None, n=int(values.size), method="none")
        if not enough:
            return replace(found, note="too few answers for an interval")
        held = JackknifeT.of(Deleted(value=float(value), without=np.asarray(without)), effective_clusters(clusters) - 1.0)
        if held.error == 0.0:
            return replace(found, note="the answers do not differ, so that there is no interval")
        low, high = held.limits(self.alpha)
        return replace(found, low=max(low, -2.0), high=min(high, 2.0), method="jackknife-t")


def figure(name: str, held: Inference, note: str = "") -> Figure:
    """Return an inference as a figure; where it found no interval there is none, and the reason is noted."""
    bare = held.method == "none"
    return Figure(
        name=name,
        value=held.value,
        low=None if bare else held.low,
        high=None if bare else held.high,
        n=held.n,
        method=held.method,
        note=notes(note, *held.cautions),
    )


def notes(*parts: str) -> str:
    """Return notes as one; empty ones say nothing."""
    return "; ".join(dict.fromkeys(filter(None, parts)))
