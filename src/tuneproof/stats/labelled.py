"""Inference about corpus metrics: jackknife-t over examples or clusters, and the swap permutation beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tuneproof.stats.arrays import FloatArray, IntArray, n_distinct
from tuneproof.stats.bounded import Blocked, Bounded, Inference, Question, unknown
from tuneproof.stats.clustered import FEW_DF, LEAST_CLUSTERS
from tuneproof.stats.clusters import effective_clusters
from tuneproof.stats.jackknife import MISSING, Deleted, JackknifeT, confusion, delete_clusters, delete_examples
from tuneproof.stats.permutation import LabelPairs, swap_p
from tuneproof.stats.spread import too_few

_PERMUTED_BELOW = 200
"""Examples below which the jackknife's p at threshold 0 must be borne out by the permutation."""

_LEAST_GOLD = 5
"""Gold examples that each label needs before a metric over labels is judged "met"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTask:
    """What both systems were asked in a labelling task, and the corpus metric that marks a whole column of answers."""

    gold: IntArray
    """int64[examples]: index of the right label, each in [0, n_labels)."""

    n_labels: int
    """Number of labels fixed in advance, K ≥ 1."""

    clusters: IntArray
    """int64[examples]: cluster index per example; all distinct = independent."""

    metric: Callable[[FloatArray], float]
    """Confusion counts float64[K, K + 1] (rows gold, columns predicted, last column = unparsed answer) → value in [0, 1]."""

    @property
    def n_clusters(self) -> int | None:
        """Distinct clusters. None when every example is its own."""
        distinct = n_distinct(self.clusters)
        return None if distinct == self.gold.size else distinct

    def check(self, predicted: IntArray) -> None:
        """Refuse answers of another shape, or labels out of range."""
        n = self.gold.size
        if self.gold.shape != (n,) or self.clusters.shape != (n,) or predicted.ndim != 2 or predicted.shape[0] != n:
            shapes = f"{self.gold.shape}, {self.clusters.shape}, {predicted.shape}"
            raise ValueError(f"labels: shapes {shapes} (expected [examples], [examples], [examples, repeats])")
        if predicted.shape[1] == 0:
            raise ValueError("labels: no repeat (expected at least one)")
        if n and not (self.gold.min() >= 0 and self.gold.max() < self.n_labels):
            raise ValueError(f"labels: gold outside 0 … {self.n_labels - 1}")
        if n and not (predicted.min() >= MISSING and predicted.max() < self.n_labels):
            raise ValueError(f"labels: predicted outside {MISSING} … {self.n_labels - 1}")


def infer_labels(task: LabelTask, systems: tuple[IntArray, ...], question: Question, seed: int | None) -> Bounded:
    """The metric of one system, or of the first less the second, each int64[examples, repeats].

    A missing answer of a corpus metric cannot be bounded by trying its ends, since the metric is not monotone in it; then
    the two completions are the whole range, and only the resolved examples give a number.

    Args:
        task: gold labels, clusters, metric.
        systems: one or two.
        question: threshold and levels.
        seed: of the permutation. None leaves it out.
    """
    for predicted in systems:
        task.check(predicted)
    known = np.logical_and.reduce([(predicted != MISSING).all(axis=1) for predicted in systems])
    part = replace(task, gold=task.gold[known], clusters=task.clusters[known])
    resolved = _resolved(part, tuple(predicted[known] for predicted in systems), question, seed)
    n_missing = int(known.size - known.sum())
    if n_missing == 0:
        return Bounded(resolved=resolved, worst=resolved, best=resolved, n_missing=0)
    why = f"examples without an answer: {n_missing}; a metric of the whole set has no bounds that hold without them"
    open_end = unknown(question.span, n=known.size, n_clusters=task.n_clusters, value=resolved.value, why=why)
    return Bounded(resolved=resolved, worst=open_end, best=open_end, n_missing=n_missing)


def _resolved(task: LabelTask, systems: tuple[IntArray, ...], question: Question, seed: int | None) -> Inference:
    n, groups = task.gold.size, task.n_clusters
    if n == 0:
        return unknown(question.span, n=0, n_clusters=None, value=None, why="no example has an answer to judge")
    if n < 2 or groups == 1:
        value = _plug_in(task, systems)
        why = "one cluster has no spread to judge the metric by" if groups else "one example has no spread to judge it by"
        return unknown(question.span, n=n, n_clusters=groups, value=value, why=why)
    deleted = [_deleted(task, predicted) for predicted in systems]
    whole = deleted[0] if len(deleted) == 1 else deleted[0].minus(deleted[1])
    df = n - 1.0 if groups is None else effective_clusters(task.clusters) - 1.0
    judged = JackknifeT.of(whole, df)
    if judged.error == 0.0:
        why = "leaving any example out changes nothing, so the metric's spread cannot be estimated"
        return unknown(question.span, n=n, n_clusters=groups, value=judged.value, why=why)
    found = _by_jackknife(judged, task, question)
    if seed is None or len(systems) == 1 or question.threshold != 0.0 or n >= _PERMUTED_BELOW:
        return found
    return _with_permutation(found, task, (systems[0], systems[1]), question, seed)


def label_value(task: LabelTask, predicted: IntArray) -> float:
    """Return the metric of one system, averaged over repeats, from predicted: int64[examples, repeats], none missing."""
    return float(np.mean([task.metric(confusion(task.gold, column, task.n_labels)) for column in predicted.T]))


def _plug_in(task: LabelTask, systems: tuple[IntArray, ...]) -> float:
    values = [label_value(task, predicted) for predicted in systems]
    return values[0] if len(values) == 1 else values[0] - values[1]


def _deleted(task: LabelTask, predicted: IntArray) -> Deleted:
    if task.n_clusters is None:
        return delete_examples(task.gold, predicted, task.n_labels, task.metric)
    return delete_clusters(task.gold, predicted, task.clusters, task.n_labels, task.metric)


def _by_jackknife(judged: JackknifeT, task: LabelTask, question: Question) -> Inference:
    (low, high), (least, most) = judged.limits(question.levels.alpha), question.span
    groups = task.n_clusters
    cautions: tuple[str, ...] = ()
    if groups is not None and judged.df < FEW_DF:
        cautions = (f"{groups} clusters are worth {judged.df:.1f} degrees of freedom: a few large ones carry the estimate",)
    return Inference(
        value=judged.value,
        low=max(low, least),
        high=min(high, most),
        p_met=judged.p_above(question.threshold),
        p_breached=judged.p_below(question.threshold),
        method="jackknife-t" if groups is None else "cluster-jackknife-t",
        n=task.gold.size,
        n_clusters=groups,
        blocked=_blocked(task, question),
        cautions=cautions,
    )


def _with_permutation(
    found: Inference, task: LabelTask, systems: tuple[IntArray, IntArray], question: Question, seed: int
) -> Inference:
    """Both must reject; where the permutation does not, the threshold is not excluded, so the interval reaches to it."""
    pairs = LabelPairs(
        gold=task.gold, candidate=systems[0], baseline=systems[1], clusters=task.clusters, n_labels=task.n_labels
    )
    swapped, alpha, threshold = swap_p(pairs, task.metric, seed=seed), question.levels.alpha, question.threshold
    return replace(
        found,
        method=f"{found.method}+permutation",
        p_met=max(found.p_met, swapped.above),
        p_breached=max(found.p_breached, swapped.below),
        low=min(found.low, threshold) if swapped.above > alpha else found.low,
        high=max(found.high, threshold) if swapped.below > alpha else found.high,
    )


def _blocked(task: LabelTask, question: Question) -> Blocked | None:
    groups = task.n_clusters
    if groups is not None and groups < LEAST_CLUSTERS:
        sentence = f"{groups} clusters are fewer than the {LEAST_CLUSTERS} that a clustered test needs"
        return Blocked(reason="TOO_FEW_CLUSTERS", sentence=sentence)
    few = int(np.sum(np.bincount(task.gold, minlength=task.n_labels) < _LEAST_GOLD))
    if few:
        sentence = f"{few} of {task.n_labels} labels have fewer than {_LEAST_GOLD} gold examples"
        return Blocked(reason="MORE_DATA", sentence=sentence)
    return too_few(task.gold.size, question)
