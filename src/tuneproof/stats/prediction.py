"""Cross-fitted PPI++: the mean of people's marks, from few of them and the judge's marks of everything.

Where people labelled, the judge's error is seen; elsewhere its marks stand in for theirs: θ = λ·(judge's mean elsewhere) +
(mean of people's − λ·judge's where both are known). λ in [0, 1] is how much the judge is worth, found for each fifth of the
labels on the other four. Estimand: the mean of people's marks over the population. Assumption: the labelled examples are a
random draw of examples, or of whole clusters.

Plain PPI++ believes a judge that erred in none of 50 labelled answers, though it may err in 6 % of all: its one-sided error
then reaches 19 % where 5 % is stated. `Prediction.answer` widens it; the plain numbers stay what the papers say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tuneproof.stats import means
from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray, n_distinct
from tuneproof.stats.bounded import Question
from tuneproof.stats.clusters import ClusterFit, fit_clusters
from tuneproof.stats.hull import Answer, with_ends

FOLDS = 5
"""Fifths of the labels, by turns in the order given; each is weighted by what the other four say."""

_SEEN = 1.0
"""Sum of squared differences of judge and people, in score units, from which they show how far a judge goes wrong."""

_NO_ERROR = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Marks of people and judge: differences of two systems in [−1, 1], or levels in [0, 1]."""

    human: FloatArray
    """float64[labelled]: people's, Y."""

    judge: FloatArray
    """float64[labelled]: the judge's on the same examples, F."""

    clusters: IntArray
    """int64[labelled]: at least two distinct; all distinct, also from `other_clusters`, = independent."""

    others: FloatArray
    """float64[others]: the judge's where people said nothing, U."""

    other_clusters: IntArray
    """int64[others]."""

    @property
    def are_independent(self) -> bool:
        """Whether every example is its own cluster."""
        return int(np.unique(np.concatenate([self.clusters, self.other_clusters])).size) == self.human.size + self.others.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The plain estimate, and what its wider answer needs."""

    value: float
    """θ."""

    error: float
    """Standard error of θ, ≥ 0."""

    df: float
    """Labelled examples − 1; of clusters Bell–McCaffrey's, at most labelled clusters − 1."""

    weights: FloatArray
    """float64[labelled]: λ of each one's fold."""

    rest: ClusterFit
    """The mean of what the judge leaves unsaid, Y − λF, and its standard errors."""

    worth: float
    """Labelled examples; of clusters as many as they are worth by the design effect of Y − λF."""

    skewness: float
    """Third cumulant of θ over its error³; 0 where examples come in clusters or the error is 0."""

    distance: float
    """Sum of (Y − F)²: how far judge and people were seen apart."""

    @property
    def weight(self) -> float:
        """The λ of the judge's marks elsewhere: the mean over labelled examples."""
        return float(np.mean(self.weights))

    @property
    def error_elsewhere(self) -> float:
        """The part of the error that comes from the unlabelled examples."""
        return math.sqrt(max(self.error**2 - self.rest.cr3**2, 0.0))

    def plain(self, question: Question) -> Answer | None:
        """Student's t on θ and its error, nothing added. None where the error is 0 and there is nothing to say."""
        return None if self.error == 0.0 else Answer.of_t(self.value, self.error, self.df, question)

    def answer(self, question: Question) -> Answer:
        """The least sure of plain t, t with two pseudo-examples, and for independent examples Hall's skewness correction."""
        found, plain = self._widened(question), self.plain(question)
        if plain is None:
            return found
        return found.less_sure(plain) if self.skewness == 0.0 else found.less_sure(plain).less_sure(self._hall(question))

    def _widened(self, question: Question) -> Answer:
        """With an unseen failure of the judge at either end of what Y − λF can be.

        The ends are ∓(1 + λ) for differences: the judge may take a loss for a win. That doubles the price of a good judge, and
        is needed only until its errors have been seen to add up to one whole point; then the ends are at most ∓1.
        """
        least, most = question.span
        ends = (least - self.weight * most, most - self.weight * least)
        if self.distance >= _SEEN:
            ends = (max(ends[0], -1.0), min(ends[1], 1.0))
        centre, error = with_ends(self.worth, self.rest.mean, self.rest.cr3**2 * self.worth, ends)
        total = math.hypot(self.error_elsewhere, error)
        return Answer.of_t(self.value - self.rest.mean + centre, total, self.df, question)

    def _hall(self, question: Question) -> Answer:
        n = self.rest.n
        root = math.sqrt(n)
        moments = means.Moments(
            n=n,
            mean=np.array([self.value]),
            sd=np.array([self.error * root]),
            skewness=np.array([self.skewness * root]),
        )
        low, high = means.hall_limits(moments, question.levels.alpha)
        statistic = means.hall_statistic(moments, question.threshold)
        return Answer(
            low=float(low[0]),
            high=float(high[0]),
            p_met=float(means.p_above(statistic, n)[0]),
            p_breached=float(means.p_above(-statistic, n)[0]),
        )


def predict(readings: Readings, weight: float | None = None) -> Prediction:
    """Cross-fitted PPI++ on complete marks.

    Args:
        readings: people's and the judge's marks.
        weight: a fixed λ. None: cross-fitted; 0 where fewer than two unlabelled examples (or clusters) have a mark, which
            leaves the plain mean of people's marks.

    Returns:
        θ with its error: CR3 of either part, which for independent examples is s/√n. Where one cluster has labelled and
        unlabelled examples, its two pulls are added before they are squared.

    Source:
        Angelopoulos, Duchi & Zrnic 2023, PPI++, arXiv 2311.01453; Zrnic & Candès 2024, PNAS 121:e2322083121 (cross-fitting).
        λ is tuned by formula on the other folds, so that a fold's own judge marks enter it through the variance alone.
    """
    alone = n_distinct(readings.other_clusters) < 2
    weights = np.zeros(readings.human.size) if alone else _weights(readings, weight)
    left = readings.human - weights * readings.judge
    rest, share = fit_clusters(left, readings.clusters), float(np.mean(weights))
    elsewhere = np.zeros(0) if alone else readings.others
    places = readings.other_clusters[: elsewhere.size]
    pulls = np.concatenate([_pulls(left, readings.clusters), share * _pulls(elsewhere, places)])
    error = math.sqrt(float(np.sum(_summed(pulls, np.concatenate([readings.clusters, places])) ** 2)))
    error = 0.0 if error <= _NO_ERROR else error
    third = _third(left) + share**3 * _third(elsewhere)
    plain = float(np.var(left, ddof=1)) / left.size
    return Prediction(
        value=rest.mean + (share * float(np.mean(elsewhere)) if elsewhere.size else 0.0),
        error=error,
        df=rest.df,
        weights=weights,
        rest=rest,
        worth=left.size / (max(1.0, rest.cr1**2 / plain) if plain > 0.0 else 1.0),
        skewness=third / error**3 if error > 0.0 and readings.are_independent else 0.0,
        distance=float(np.sum((readings.human - readings.judge) ** 2)),
    )


def _weights(readings: Readings, weight: float | None) -> FloatArray:
    """λ of each labelled example: fixed, or tuned on the folds that it is not in."""
    if weight is not None:
        return np.full(readings.human.size, weight)
    _, first, index = np.unique(readings.clusters, return_index=True, return_inverse=True)
    folds = np.argsort(np.argsort(first))[index] % FOLDS
    weights = np.zeros(readings.human.size)
    for fold in range(FOLDS):
        inside = folds == fold
        weights[inside] = tuned_weight(readings, ~inside) if inside.any() else 0.0
    return weights


def tuned_weight(readings: Readings, chosen: BoolArray) -> float:
    """λ = Cov(Y, F)/((1 + labelled/others)·Var(F and U)) cut to [0, 1], the covariance over chosen: bool[labelled] only."""
    spread = float(np.var(np.concatenate([readings.judge, readings.others])))
    if spread <= _NO_ERROR:
        return 0.0
    human, judge = readings.human[chosen], readings.judge[chosen]
    together = float(np.mean((human - np.mean(human)) * (judge - np.mean(judge))))
    share = readings.human.size / readings.others.size
    return min(max(together / ((1.0 + share) * spread), 0.0), 1.0)


def _pulls(values: FloatArray, clusters: IntArray) -> FloatArray:
    """What each value adds to the jackknife error of the mean; squared and summed by cluster they give CR3²."""
    if values.size == 0:
        return values
    _, index, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    shrink = math.sqrt((sizes.size - 1) / sizes.size)
    return np.asarray(shrink * (values - np.mean(values)) / (values.size - sizes[index]), dtype=np.float64)


def _summed(pulls: FloatArray, clusters: IntArray) -> FloatArray:
    index = np.unique(clusters, return_inverse=True)[1]
    return np.asarray(np.bincount(index, weights=pulls), dtype=np.float64)


def _third(values: FloatArray) -> float:
    """Third cumulant of the mean of independent values."""
    return float(np.mean((values - np.mean(values)) ** 3)) / values.size**2 if values.size else 0.0
