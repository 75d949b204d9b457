"""Judges' marks with people's labels: who decides, and the inference that follows. What stages call for marks of judges.

A judge that is lenient to one system stays so however many answers it marks, and is only surer of it. So its marks alone decide
nothing. With few labels people's marks decide by themselves, by the methods for any marks; from 50 labelled examples the
judge's marks of all the others are used too, their error taken out by what people said (`prediction`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tuneproof.core.estimate import Calibration
from tuneproof.stats.arrays import BoolArray, Bounds, IntArray
from tuneproof.stats.bounded import PAIRED_RANGE, SINGLE_RANGE, Blocked, Bounded, Inference, Levels, Question
from tuneproof.stats.corrected import Case, correct, too_few_labels
from tuneproof.stats.inference import assess, compare
from tuneproof.stats.spread import LEAST_PAIRS, Spread, paired_spread

LEAST_LABELS = LEAST_PAIRS
"""Labelled examples below which nothing is judged "met", as for any marks."""

USES_JUDGE_FROM = 50
"""Labelled examples from which the judge's marks are used; below, its error is known too little to be taken out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What judge and people say of one system's answers."""

    judge: Bounds
    """(low, high), each float64[examples] in [0, 1]: equal where the judge's mark is known, its ends where it is not."""

    human: Bounds
    """The same from people; read only where they labelled."""

    def labelled(self, chosen: BoolArray) -> Bounds:
        """People's marks of the chosen examples."""
        return self.human[0][chosen], self.human[1][chosen]


def rests_on(n_labelled: int, n_known: int) -> Calibration:
    """What an inference rests on.

    Args:
        n_labelled: examples that people labelled.
        n_known: these, and those that have the judge's marks. Where there are no more, there is nothing for a judge to add.
    """
    if n_labelled == 0:
        return "judge-only"
    return "corrected" if USES_JUDGE_FROM <= n_labelled < n_known else "human-only"


def compare_with_people(
    candidate: Marks, baseline: Marks, labelled: BoolArray, *, clusters: IntArray, threshold: float, levels: Levels
) -> Bounded:
    """Candidate − baseline in people's eyes, against `threshold`.

    Args:
        candidate: its marks.
        baseline: its marks, of the same examples in the same order.
        labelled: bool[examples]: people marked both systems' answers; a random draw of examples or of whole clusters.
        clusters: int64[examples]; all distinct = independent.
        threshold: in (−1, 1), as for `compare`.
        levels: the error levels.

    Returns:
        By `rests_on`. Judge-only: its figures, but neither "met" nor "breached" can be said. Human-only: `compare` on the
        labelled examples. Corrected ("ppi++"): over all examples, missing marks filled in at either end; the resolved ones are
        those whose judge's marks are known on both sides.

    Raises:
        ValueError: as `compare`.
    """
    _check((candidate, baseline), labelled, clusters)
    calibration = _rests_on(labelled, (candidate, baseline))
    if calibration == "judge-only":
        alone = compare(candidate.judge, baseline.judge, clusters=clusters, threshold=threshold, levels=levels)
        return _undecided(alone)
    mine, other, groups = candidate.labelled(labelled), baseline.labelled(labelled), clusters[labelled]
    if calibration == "human-only":
        return _by_people(compare(mine, other, clusters=groups, threshold=threshold, levels=levels), labelled)
    if not -1.0 < threshold < 1.0:
        raise ValueError(f"compare_with_people: threshold {threshold} (expected −1 < threshold < 1)")
    case = Case(
        judge=paired_spread(candidate.judge, baseline.judge, clusters),
        human=paired_spread(mine, other, groups),
        labelled=labelled,
    )
    return correct(case, Question(span=PAIRED_RANGE, threshold=threshold, levels=levels))


def assess_with_people(system: Marks, labelled: BoolArray, *, clusters: IntArray, threshold: float, levels: Levels) -> Bounded:
    """One system's mean mark in people's eyes against a bar in [0, 1]; arguments and result as in `compare_with_people`."""
    _check((system,), labelled, clusters)
    calibration = _rests_on(labelled, (system,))
    if calibration == "judge-only":
        return _undecided(assess(system.judge, clusters=clusters, threshold=threshold, levels=levels))
    mine, groups = system.labelled(labelled), clusters[labelled]
    if calibration == "human-only":
        return _by_people(assess(mine, clusters=groups, threshold=threshold, levels=levels), labelled)
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"assess_with_people: threshold {threshold} (expected 0 ≤ threshold ≤ 1)")
    case = Case(
        judge=Spread(low=system.judge[0], high=system.judge[1], clusters=clusters),
        human=Spread(low=mine[0], high=mine[1], clusters=groups),
        labelled=labelled,
    )
    return correct(case, Question(span=SINGLE_RANGE, threshold=threshold, levels=levels))


def _rests_on(labelled: BoolArray, systems: tuple[Marks, ...]) -> Calibration:
    marked = np.logical_and.reduce([marks.judge[0] == marks.judge[1] for marks in systems])
    return rests_on(int(labelled.sum()), int((labelled | marked).sum()))


def _check(systems: tuple[Marks, ...], labelled: BoolArray, clusters: IntArray) -> None:
    for marks in systems:
        shapes = [side.shape for side in (*marks.judge, *marks.human, labelled)]
        if any(shape != clusters.shape for shape in shapes):
            raise ValueError(f"with_people: shapes {shapes}, {clusters.shape} (expected equal lengths)")
        for low, high in (marks.judge, marks.labelled(labelled)):
            if low.size and not (low.min() >= 0.0 and high.max() <= 1.0 and bool((low <= high).all())):
                raise ValueError("with_people: bounds outside 0 ≤ low ≤ high ≤ 1")


def _undecided(alone: Bounded) -> Bounded:
    """The judge's figures, which decide nothing."""
    sentence = "nobody has labelled any of these answers: a judge alone decides nothing"
    blocked = Blocked(reason="TOO_FEW_HUMAN_LABELS", sentence=sentence)

    def bare(found: Inference) -> Inference:
        return replace(found, p_met=1.0, p_breached=1.0, blocked=blocked)

    return replace(alone, resolved=bare(alone.resolved), worst=bare(alone.worst), best=bare(alone.best))


def _by_people(found: Bounded, labelled: BoolArray) -> Bounded:
    """The inference from labelled examples; as long as others can be labelled, labels are what there is too little of."""
    if bool(labelled.all()):
        return found

    def told(one: Inference) -> Inference:
        if one.blocked is None or one.blocked.reason != "MORE_DATA":
            return one
        return replace(one, blocked=too_few_labels(int(labelled.sum()), one.blocked.sentence))

    return replace(found, resolved=told(found.resolved), worst=told(found.worst), best=told(found.best))
