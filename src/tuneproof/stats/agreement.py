"""How far readings of the same answers agree: a judge with people, people with people, one order with the other.

A reading is an index into a closed menu of K choices; a negative one means that none was made. All measures here are
1 − observed/expected disagreement, where the plain share of equal choices takes the expected one to be 1. What share of the
answers that people call good a judge calls good is a mean of yes/no marks: `inference.assess` gives it with its interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray, n_distinct
from tuneproof.stats.bounded import Blocked, Inference, Question, unknown
from tuneproof.stats.coefficient import (
    Coefficient,
    Expected,
    few_readings,
    group_count,
    infer_coefficient,
    mean_of,
    over_expected,
)
from tuneproof.stats.inference import assess

Pair = tuple[IntArray, IntArray]
"""Two readings of the same units, each int64[units]: index of a choice, negative where there is none."""


def agreement(pairs: Sequence[Pair], clusters: IntArray, question: Question) -> Inference:
    """Share of equal choices among the units where both of a pair have one; the mean over several pairs.

    One pair of independent units: the exact binomial test, as for any yes/no marks. Several, and clusters: `coefficient`.

    Args:
        pairs: at least one; all about the same units.
        clusters: int64[units]; all distinct = independent.
        question: its span is [0, 1].

    Returns:
        No value where no unit has both readings of a pair. Fewer than 20 units or 6 clusters block "met".

    Raises:
        ValueError: readings and clusters of unequal lengths.
    """
    held = _shared(pairs, clusters)
    if not held:
        return _nothing(question, "no answer has both readings")
    units = _units(held)
    groups = clusters[units]
    found = [_differing((left[units], right[units]), groups) for left, right in held]
    if len(held) > 1 or group_count(groups) is not None:
        return infer_coefficient(mean_of(found), groups, question)
    marks = 1.0 - found[0].lacks
    share = assess((marks, marks), clusters=groups, threshold=question.threshold, levels=question.levels).resolved
    return replace(share, blocked=few_readings(share.n, share.n_clusters) or share.blocked)


def kappa(pairs: Sequence[Pair], clusters: IntArray, question: Question, *, n_choices: int, ordinal: bool) -> Inference:
    """Cohen's kappa, the mean over several pairs; with quadratic weights where choices have an order.

    Args:
        pairs: at least one; all about the same units.
        clusters: int64[units]; all distinct = independent.
        question: its span is [−1, 1].
        n_choices: entries of the menu, K ≥ 2.
        ordinal: whether disagreement grows with the square of the distance between two entries.

    Returns:
        No value where both readings are always the same entry: no disagreement was possible, so agreement shows nothing. Such
        a pair is left out where others remain, with a caution. Fewer than 20 units or 6 clusters block "met".

    Raises:
        ValueError: readings and clusters of unequal lengths, or a choice outside the menu.

    Source:
        Cohen 1960, Educational and Psychological Measurement 20:37; 1968, Psychological Bulletin 70:213 (weights).
    """
    weights = _weights([reading for pair in pairs for reading in pair], n_choices, ordinal)
    held = _shared(pairs, clusters)
    if not held:
        return _nothing(question, "no answer has both readings")
    varied = [pair for pair in held if _varies(pair)]
    if not varied:
        why = "both readings are always the same entry, so no disagreement was possible and kappa is undefined"
        return _undefined(question, clusters[_units(held)], why)
    units = _units(varied)
    groups = clusters[units]
    found = mean_of([_by_chance((left[units], right[units]), groups, weights) for left, right in varied])
    judged = infer_coefficient(found, groups, question)
    if len(varied) == len(held):
        return judged
    left_out = f"{len(held) - len(varied)} of {len(held)} pairs of readings have no kappa: both are always the same entry"
    return replace(judged, cautions=(*judged.cautions, left_out))


def krippendorff_alpha(people: IntArray, clusters: IntArray, question: Question, *, n_choices: int, ordinal: bool) -> Inference:
    """Krippendorff's alpha of any number of raters, with ratings missing; nominal, or interval where choices have an order.

    Args:
        people: int64[raters, units].
        clusters: int64[units]; all distinct = independent.
        question: its span is [−1, 1].
        n_choices: entries of the menu, K ≥ 2.
        ordinal: whether disagreement grows with the square of the distance between two entries.

    Returns:
        Over the units with at least two ratings; no value where all of these are the same entry.

    Raises:
        ValueError: ratings and clusters of unequal lengths, or a choice outside the menu.

    Source:
        Krippendorff 2011, Computing Krippendorff's alpha-reliability, section E.
    """
    weights = _weights([people], n_choices, ordinal)
    if people.ndim != 2 or people.shape[1:] != clusters.shape:
        raise ValueError(f"agreement: shapes {people.shape}, {clusters.shape} (expected [raters, units], [units])")
    units = (people >= 0).sum(axis=0) >= 2
    groups = clusters[units]
    if not units.any():
        return _nothing(question, "no answer has two ratings")
    counts = np.sum([_one_hot(rater, n_choices) for rater in people[:, units]], axis=0)
    if int((counts.sum(axis=0) > 0).sum()) == 1:
        why = "all ratings are the same entry, so no disagreement was possible and alpha is undefined"
        return _undefined(question, groups, why)
    size = counts.sum(axis=1)
    observed = np.sum(counts @ weights * counts, axis=1) / (size - 1.0)
    expected = _chance((counts, counts), groups, weights, drawn_apart=True)
    whole = _is_yes_no(weights) and bool((size == 2.0).all())
    found = over_expected(observed, size, groups, expected, is_whole=whole)
    return infer_coefficient(found, groups, question)


def _shared(pairs: Sequence[Pair], clusters: IntArray) -> list[Pair]:
    """The pairs with at least one unit that has both readings, all others of their units emptied on both sides."""
    held = []
    for left, right in pairs:
        if not left.shape == right.shape == clusters.shape:
            shapes = f"{left.shape}, {right.shape}, {clusters.shape}"
            raise ValueError(f"agreement: shapes {shapes} (expected three equal lengths)")
        both = (left >= 0) & (right >= 0)
        if both.any():
            held.append((np.where(both, left, -1), np.where(both, right, -1)))
    return held


def _units(pairs: Sequence[Pair]) -> BoolArray:
    return np.asarray(np.any([left >= 0 for left, _ in pairs], axis=0), dtype=np.bool_)


def _varies(pair: Pair) -> bool:
    """Whether a disagreement was possible: more than one entry was chosen."""
    return int(np.unique(np.concatenate([side[side >= 0] for side in pair])).size) > 1


def _weights(readings: Sequence[IntArray], n_choices: int, ordinal: bool) -> FloatArray:
    """float64[K, K]: how much each two choices disagree, in [0, 1], once all choices are known to be in the menu."""
    highest = max((int(reading.max()) for reading in readings if reading.size), default=-1)
    if n_choices < 2 or highest >= n_choices:
        raise ValueError(f"agreement: choice {highest} of a menu of {n_choices} (expected K ≥ 2 and choices below K)")
    places = np.arange(n_choices, dtype=np.float64)
    apart = np.abs(places[:, None] - places[None, :])
    return (apart / (n_choices - 1)) ** 2 if ordinal else np.asarray(apart > 0.0, dtype=np.float64)


def _is_yes_no(weights: FloatArray) -> bool:
    return bool(((weights == 0.0) | (weights == 1.0)).all())


def _one_hot(reading: IntArray, n_choices: int) -> FloatArray:
    return np.asarray(reading[:, None] == np.arange(n_choices)[None, :], dtype=np.float64)


def _differing(pair: Pair, groups: IntArray) -> Coefficient:
    """1 − the share of units that differ."""
    present = pair[0] >= 0
    differs = np.asarray(present & (pair[0] != pair[1]), dtype=np.float64)
    certain = 1.0, np.ones(n_distinct(groups))
    return over_expected(differs, present.astype(np.float64), groups, certain, is_whole=True)


def _by_chance(pair: Pair, groups: IntArray, weights: FloatArray) -> Coefficient:
    """Kappa: expected is the disagreement of two readings with the same margins that know nothing of each other."""
    left, right = (_one_hot(side, weights.shape[0]) for side in pair)
    observed = np.sum(left @ weights * right, axis=1)
    expected = _chance((left, right), groups, weights, drawn_apart=False)
    return over_expected(observed, left.sum(axis=1), groups, expected, is_whole=_is_yes_no(weights))


def _chance(sides: tuple[FloatArray, FloatArray], groups: IntArray, weights: FloatArray, *, drawn_apart: bool) -> Expected:
    """Mean weight between a choice of one side and one of the other, each float64[units, K] counts.

    `drawn_apart` is Krippendorff's: the second choice is drawn from the n − 1 others, so that a rating never meets itself.
    """
    index = np.unique(groups, return_inverse=True)[1]
    rests = []
    for side in sides:
        sums = np.zeros((int(index.max()) + 1, side.shape[1]))
        np.add.at(sums, index, side)
        rests.append(np.vstack([np.zeros(side.shape[1]), sums]))
    left, right = (side.sum(axis=0) - rest for side, rest in zip(sides, rests, strict=True))
    meetings = left.sum(axis=1) * (right.sum(axis=1) - (1.0 if drawn_apart else 0.0))
    found = np.sum(left @ weights * right, axis=1) / np.maximum(meetings, 1.0)
    return float(found[0]), found[1:]


def _nothing(question: Question, why: str) -> Inference:
    none = unknown(question.span, n=0, n_clusters=None, value=None, why=why)
    return replace(none, blocked=Blocked(reason="TOO_FEW_HUMAN_LABELS", sentence=why))


def _undefined(question: Question, groups: IntArray, why: str) -> Inference:
    count = group_count(groups)
    none = unknown(question.span, n=groups.size, n_clusters=count, value=None, why=why)
    return replace(none, blocked=few_readings(groups.size, count) or none.blocked)
