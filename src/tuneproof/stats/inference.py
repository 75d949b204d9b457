"""The method chooser: what the rest of the program calls for an estimate, its interval and its two p-values.

Callers name what they compare; the data choose the method by the registered table (design page, section 0.1), so that no
caller can pick the test after seeing the numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tuneproof.stats.arrays import Bounds, FloatArray, IntArray
from tuneproof.stats.bounded import Blocked, Bounded, Inference, Levels

__all__ = [
    "Blocked", "Bounded", "Bounds", "Inference", "LabelTask", "Levels", "assess", "assess_labels", "compare", "compare_labels",
]


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


def compare(candidate: Bounds, baseline: Bounds, *, clusters: IntArray, threshold: float, levels: Levels) -> Bounded:
    """Candidate − baseline over paired examples, against `threshold`.

    Args:
        candidate: (low, high), each float64[examples] in [0, 1].
        baseline: the same, for the same examples in the same order.
        clusters: int64[examples]; all distinct = independent.
        threshold: in (−1, 1); 0 superiority, > 0 required lift, < 0 non-inferiority with margin = −threshold.
        levels: the error levels.
    """
    raise NotImplementedError


def assess(system: Bounds, *, clusters: IntArray, threshold: float, levels: Levels) -> Bounded:
    """One system's mean score against a bar in [0, 1]."""
    raise NotImplementedError


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
    """
    raise NotImplementedError


def assess_labels(system: IntArray, *, task: LabelTask, threshold: float, levels: Levels) -> Bounded:
    """One system's corpus metric against a bar in [0, 1]."""
    raise NotImplementedError
