"""PPI++ where marks may be missing: every filling between the most and the least favourable one is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray, n_distinct
from tuneproof.stats.bounded import Blocked, Bounded, Inference, Question, unknown
from tuneproof.stats.clustered import FEW_DF, LEAST_CLUSTERS
from tuneproof.stats.independent import unseen
from tuneproof.stats.prediction import Prediction, Readings, predict
from tuneproof.stats.spread import Fillings, Spread, too_few

_GRID = 64
"""Fillings tried; each costs a pass over the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Marks of judge and people on the same examples: differences of two systems, or one system's levels."""

    judge: Spread
    """Over all examples."""

    human: Spread
    """Over the labelled ones, in the same order."""

    labelled: BoolArray
    """bool[examples]."""

    def resolved(self) -> Case:
        """The part whose judge's marks are known, and people's where they labelled."""
        known = np.asarray(self.judge.low == self.judge.high)
        known[self.labelled] &= self.human.low == self.human.high
        return Case(
            judge=_part(self.judge, known), human=_part(self.human, known[self.labelled]), labelled=self.labelled[known]
        )

    def fillings(self) -> list[Readings]:
        """Up to 64, from the best to the worst.

        The worst has people's marks and the judge's elsewhere at their low ends, and the judge's marks of labelled answers at
        their high ends, since they are subtracted.
        """
        elsewhere, beside = _part(self.judge, ~self.labelled), _turned(_part(self.judge, self.labelled))
        parts = (self.human, beside, elsewhere)
        most = max(part.order().size for part in parts)
        filled = []
        for share in np.linspace(0.0, 1.0, min(most + 1, _GRID)):
            human, judge, others = (_filled(part, float(share)) for part in parts)
            filled.append(
                Readings(
                    human=human,
                    judge=-judge,
                    clusters=self.human.clusters,
                    others=others,
                    other_clusters=elsewhere.clusters,
                )
            )
        return filled


def correct(case: Case, question: Question) -> Bounded:
    """The inference over resolved examples and over the extreme fillings; `case` has labelled and unlabelled examples."""
    known = case.resolved()
    resolved = _infer(known, question)[0]
    n_missing = case.judge.n - known.judge.n
    if n_missing == 0:
        return Bounded(resolved=resolved, worst=resolved, best=resolved, n_missing=0)
    worst, best = _infer(case, question)
    return Bounded(resolved=resolved, worst=worst, best=best, n_missing=n_missing)


def too_few_labels(n: int, why: str) -> Blocked:
    """The block of n labelled examples that are too few for what `why` says."""
    return Blocked(reason="TOO_FEW_HUMAN_LABELS", sentence=f"people labelled {n} of these examples: {why}")


def _infer(case: Case, question: Question) -> tuple[Inference, Inference]:
    """(worst, best), by every filling; the two agree where nothing is missing."""
    groups = n_distinct(case.human.clusters)
    if groups < 2:
        return _untold(case, question)
    found = [predict(readings) for readings in case.fillings()]
    answers = [one.answer(question).within(question.span) for one in found]
    fillings = Fillings(
        value=np.array([one.value for one in found]),
        low=np.array([one.low for one in answers]),
        high=np.array([one.high for one in answers]),
        p_met=np.array([one.p_met for one in answers]),
        p_breached=np.array([one.p_breached for one in answers]),
    )
    return fillings.ends(_notes(case, found, question))


def _untold(case: Case, question: Question) -> tuple[Inference, Inference]:
    n, groups = case.human.n, case.judge.n_clusters
    why = "one labelled cluster has no spread to judge by" if n > 1 else f"labelled examples with all their marks: {n}"
    none = unknown(question.span, n=case.judge.n, n_clusters=groups, value=None, why=why)
    blocked = Blocked(reason="TOO_FEW_CLUSTERS", sentence=why) if n > 1 else too_few_labels(n, why)
    none = replace(none, blocked=blocked)
    if n == 0:
        return none, none
    ends = (float(np.mean(side)) for side in (case.human.low, case.human.high))
    worst, best = (replace(none, value=end) for end in ends)
    return worst, best


def _notes(case: Case, found: list[Prediction], question: Question) -> Inference:
    """What both ends share, read from the worst filling."""
    worst = found[-1]
    cautions = []
    if worst.df < FEW_DF:
        labelled = n_distinct(case.human.clusters)
        worth = f"{labelled} labelled clusters are worth {worst.df:.1f} degrees of freedom"
        cautions.append(f"{worth}: a few large ones carry the estimate")
    if worst.weight == 0.0:
        cautions.append("the judge's marks add nothing to people's here: the labelled examples decide alone")
    plain = worst.plain(question) if len(found) == 1 else None
    return Inference(
        value=None,
        low=0.0,
        high=0.0,
        p_met=1.0,
        p_breached=1.0,
        method="ppi++",
        n=case.judge.n,
        n_clusters=case.judge.n_clusters,
        cross_checks=() if plain is None else (("ppi++-plain", plain.low, plain.high),),
        blocked=_blocked(case, question),
        cautions=tuple(cautions),
    )


def _blocked(case: Case, question: Question) -> Blocked | None:
    """The floors of every method, for labelled examples: no judge can rule out what people had no chance to see."""
    labelled = n_distinct(case.human.clusters)
    if case.judge.n_clusters is not None and labelled < LEAST_CLUSTERS:
        sentence = f"{labelled} labelled clusters are fewer than the {LEAST_CLUSTERS} that a clustered test needs"
        return Blocked(reason="TOO_FEW_CLUSTERS", sentence=sentence)
    n = case.human.n
    floor = too_few(n, question) or unseen(n, question)
    return None if floor is None else too_few_labels(n, floor.sentence)


def _part(spread: Spread, chosen: BoolArray) -> Spread:
    return Spread(low=spread.low[chosen], high=spread.high[chosen], clusters=spread.clusters[chosen])


def _turned(spread: Spread) -> Spread:
    return Spread(low=-spread.high, high=-spread.low, clusters=spread.clusters)


def _filled(spread: Spread, share: float) -> FloatArray:
    """That share of the missing marks at their low end, the lowest midpoint first; the others at their high end."""
    order: IntArray = spread.order()
    low = order[: round(share * order.size)]
    values = spread.high.copy()
    values[low] = spread.low[low]
    return values
