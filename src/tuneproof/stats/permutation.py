"""Swap permutation of two systems' answers: would the difference be as large if it did not matter which system gave which?

Beside the jackknife at threshold 0 and below 200 examples, where the jackknife is slightly liberal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray
from tuneproof.stats.jackknife import Metric, confusion

DRAWS = 9_999
"""With the observed one this makes 10,000; the p is known to ±.002 at .05."""

_TIE = 1e-12
"""Differences this close are equal; a strict ">" on discrete metrics makes p depend on rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapP:
    """One-sided p-values of "the two systems' answers are exchangeable"."""

    above: float
    """(1 + #{T* ≥ T})/(draws + 1): small when the candidate is better."""

    below: float
    """(1 + #{T* ≤ T})/(draws + 1): small when it is worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPairs:
    """Two systems' answers to the same examples; arrays of equal length, no answer missing."""

    gold: IntArray
    """int64[examples], each in [0, n_labels)."""

    candidate: IntArray
    """int64[examples, repeats]: label index, −1 unparsed."""

    baseline: IntArray
    """int64[examples, repeats]; with fewer repeats than the candidate they are used in turn, and the other way round."""

    clusters: IntArray
    """int64[examples]: whole clusters are swapped together."""

    n_labels: int
    """K."""


def swap_p(pairs: LabelPairs, metric: Metric, *, seed: int, draws: int = DRAWS) -> SwapP:
    """p-values of the difference of a corpus metric, by swapping the systems' answers within clusters with probability ½.

    All repeats of an example are swapped together. Meant for fewer than 200 examples: the metric is evaluated twice for each
    distinct pattern of swaps.

    Args:
        pairs: the answers.
        metric: confusion counts → value; with repeats the mean over repeats.
        seed: of the draws; the same seed gives the same p.
        draws: number of random patterns.
    """
    repeats = max(pairs.candidate.shape[1], pairs.baseline.shape[1])
    turns = np.arange(repeats)
    ours = pairs.candidate[:, turns % pairs.candidate.shape[1]]
    theirs = pairs.baseline[:, turns % pairs.baseline.shape[1]]
    patterns, times = _patterns(ours, theirs, pairs.clusters, seed, draws)
    drawn = np.zeros(len(patterns))
    observed = 0.0
    for mine, other in zip(ours.T, theirs.T, strict=True):
        first, second = (confusion(pairs.gold, column, pairs.n_labels) for column in (mine, other))
        observed += metric(first) - metric(second)
        changes = _changes(pairs.gold, mine, other, pairs.n_labels)
        for i, swapped in enumerate(patterns):
            moved = _moved(swapped, changes, first.shape)
            drawn[i] += metric(first + moved) - metric(second - moved)
    tie = _TIE * repeats
    above, below = float(times[drawn >= observed - tie].sum()), float(times[drawn <= observed + tie].sum())
    return SwapP(above=(1.0 + above) / (draws + 1.0), below=(1.0 + below) / (draws + 1.0))


def _patterns(ours: IntArray, theirs: IntArray, clusters: IntArray, seed: int, draws: int) -> tuple[BoolArray, IntArray]:
    """Distinct swaps bool[patterns, examples] and how often each was drawn, int64[patterns].

    Only clusters in which some answer differs are drawn: swapping the others changes nothing, and with few of them the
    patterns repeat, which saves most of the metric's evaluations.
    """
    _, index = np.unique(clusters, return_inverse=True)
    differs = np.bincount(index, weights=(ours != theirs).any(axis=1)) > 0
    drawn = np.random.default_rng(seed).integers(0, 2, size=(draws, int(differs.sum())), dtype=np.uint8)
    distinct, times = np.unique(np.packbits(drawn, axis=1), axis=0, return_counts=True)
    by_cluster = np.zeros((len(distinct), differs.size), dtype=np.bool_)
    by_cluster[:, differs] = np.unpackbits(distinct, axis=1, count=drawn.shape[1]).astype(np.bool_)
    return by_cluster[:, index], times.astype(np.int64)


def _changes(gold: IntArray, mine: IntArray, other: IntArray, n_labels: int) -> tuple[IntArray, IntArray]:
    """Cells int64[examples] that a swap takes one count from, and gives it to, in the candidate's confusion matrix."""
    base = gold * (n_labels + 1)
    return base + np.where(mine < 0, n_labels, mine), base + np.where(other < 0, n_labels, other)


def _moved(swapped: BoolArray, changes: tuple[IntArray, IntArray], shape: tuple[int, ...]) -> FloatArray:
    taken, given = changes
    size = shape[0] * shape[1]
    moved = np.bincount(given[swapped], minlength=size) - np.bincount(taken[swapped], minlength=size)
    return moved.astype(np.float64).reshape(shape)
