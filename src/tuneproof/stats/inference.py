"""The method chooser: what the rest of the program calls for an estimate, its interval and its two p-values.

Callers name what they compare; the data choose the method by the registered table (design page, section 0.1), so that no
caller can pick the test after seeing the numbers.
"""

from __future__ import annotations

from dataclasses import replace

from tuneproof.stats.arrays import BoolArray, Bounds, FloatArray, IntArray
from tuneproof.stats.bounded import (
    PAIRED_RANGE,
    SINGLE_RANGE,
    Blocked,
    Bounded,
    Inference,
    Levels,
    Question,
    unknown,
)
from tuneproof.stats.clustered import infer_clusters
from tuneproof.stats.independent import infer_means, infer_pairs, infer_rate
from tuneproof.stats.labelled import LabelTask, infer_labels
from tuneproof.stats.spread import Spread, paired_spread

__all__ = [
    "Blocked",
    "Bounded",
    "Bounds",
    "Inference",
    "LabelTask",
    "Levels",
    "assess",
    "assess_labels",
    "compare",
    "compare_labels",
]


def compare(candidate: Bounds, baseline: Bounds, *, clusters: IntArray, threshold: float, levels: Levels) -> Bounded:
    """Candidate − baseline over paired examples, against `threshold`.

    Args:
        candidate: (low, high), each float64[examples] in [0, 1].
        baseline: the same, for the same examples in the same order.
        clusters: int64[examples]; all distinct = independent.
        threshold: in (−1, 1); 0 superiority, > 0 required lift, < 0 non-inferiority with margin = −threshold.
        levels: the error levels.

    Returns:
        The inference over the resolved examples and over the extreme fillings of the missing ones. Binary differences: exact
        test, or Tango above 5,000; other scores: widened t; clusters: CR3, with a second test where differences are binary.

    Raises:
        ValueError: arrays of unequal lengths, values outside [0, 1], low above high, or a threshold out of range.
    """
    _check((candidate, baseline), clusters)
    if not -1.0 < threshold < 1.0:
        raise ValueError(f"compare: threshold {threshold} (expected −1 < threshold < 1)")
    known = (candidate[0] == candidate[1]) & (baseline[0] == baseline[1])
    question = Question(span=PAIRED_RANGE, threshold=threshold, levels=levels)
    resolved = paired_spread(_pick(candidate, known), _pick(baseline, known), clusters[known])
    return _bounded(resolved, paired_spread(candidate, baseline, clusters), question)


def assess(system: Bounds, *, clusters: IntArray, threshold: float, levels: Levels) -> Bounded:
    """One system's mean score against a bar.

    Args:
        system: (low, high), each float64[examples] in [0, 1].
        clusters: int64[examples]; all distinct = independent.
        threshold: the bar, in [0, 1]; "met" is a mean above it.
        levels: the error levels.

    Returns:
        As `compare`: yes/no scores by the exact binomial test, others by widened t, clusters by CR3 (and the binomial test).

    Raises:
        ValueError: as `compare`.
    """
    _check((system,), clusters)
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"assess: threshold {threshold} (expected 0 ≤ threshold ≤ 1)")
    known = system[0] == system[1]
    question = Question(span=SINGLE_RANGE, threshold=threshold, levels=levels)
    resolved = Spread(low=system[0][known], high=system[1][known], clusters=clusters[known])
    return _bounded(resolved, Spread(low=system[0], high=system[1], clusters=clusters), question)


def compare_labels(
    candidate: IntArray, baseline: IntArray, *, task: LabelTask, threshold: float, levels: Levels, seed: int
) -> Bounded:
    """Difference of a corpus metric, candidate − baseline, against `threshold`.

    Args:
        candidate: int64[examples, repeats]: label index, −1 unparsed answer, −2 missing.
        baseline: the same; its number of repeats may differ.
        task: gold labels, clusters and the metric.
        threshold: as in `compare`.
        levels: the error levels.
        seed: of the swap permutation, which is used at threshold 0 with fewer than 200 examples.

    Returns:
        By delete-one jackknife over examples, or over clusters. With a missing answer the extreme fillings are the whole range.

    Raises:
        ValueError: arrays of unequal lengths, a label out of range, or a threshold out of range.
    """
    if not -1.0 < threshold < 1.0:
        raise ValueError(f"compare_labels: threshold {threshold} (expected −1 < threshold < 1)")
    question = Question(span=PAIRED_RANGE, threshold=threshold, levels=levels)
    return infer_labels(task, (candidate, baseline), question, seed)


def assess_labels(system: IntArray, *, task: LabelTask, threshold: float, levels: Levels) -> Bounded:
    """One system's corpus metric against a bar in [0, 1]; arguments and result as in `compare_labels`."""
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"assess_labels: threshold {threshold} (expected 0 ≤ threshold ≤ 1)")
    question = Question(span=SINGLE_RANGE, threshold=threshold, levels=levels)
    return infer_labels(task, (system,), question, None)


def _check(systems: tuple[Bounds, ...], clusters: IntArray) -> None:
    for low, high in systems:
        if not low.shape == high.shape == clusters.shape:
            raise ValueError(f"inference: shapes {low.shape}, {high.shape}, {clusters.shape} (expected three equal lengths)")
        if low.size and not (low.min() >= 0.0 and high.max() <= 1.0 and bool((low <= high).all())):
            raise ValueError("inference: bounds outside 0 ≤ low ≤ high ≤ 1")


def _pick(bounds: Bounds, chosen: BoolArray) -> Bounds:
    return bounds[0][chosen], bounds[1][chosen]


def _bounded(resolved: Spread, full: Spread, question: Question) -> Bounded:
    if not question.levels.limits and resolved.n < full.n:
        # Whoever reads p's alone reads those of the extreme completions; that of a part may stand as the closed form has it.
        over_resolved = _infer(resolved, replace(question, levels=replace(question.levels, exact_to=0)))[0]
    else:
        over_resolved = _infer(resolved, question)[0]
    if resolved.n == full.n:
        return Bounded(resolved=over_resolved, worst=over_resolved, best=over_resolved, n_missing=0)
    worst, best = _infer(full, question)
    return Bounded(resolved=over_resolved, worst=worst, best=best, n_missing=full.n - resolved.n)


def _infer(spread: Spread, question: Question) -> tuple[Inference, Inference]:
    """(worst, best) by the method that the data call for."""
    if spread.n == 0:
        nothing = unknown(question.span, n=0, n_clusters=None, value=None, why="no example has an answer to judge")
        return nothing, nothing
    if spread.n_clusters is not None:
        return infer_clusters(spread, question)
    if not spread.is_whole:
        return infer_means(spread, question)
    worst = _whole(spread.low, 0, spread, question)
    if bool((spread.low == spread.high).all()):
        return worst, worst
    return worst, _whole(spread.high, 1, spread, question)


def _whole(values: FloatArray, end: int, spread: Spread, question: Question) -> Inference:
    """Yes/no scores: the exact tests are monotone in each answer, so the two extreme fillings are enough."""
    if question.is_paired:
        return infer_pairs(values, spread.both_right[end] if spread.both_right else None, question)
    return infer_rate(values, question)
