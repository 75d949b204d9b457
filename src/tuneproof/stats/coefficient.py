"""Coefficients of agreement, 1 − observed/expected disagreement: their interval and p-values.

The delete-one jackknife knows the spread of such a ratio, but where readings (almost) never differ it has next to none: kappa
of 200 equal readings would be 1 ± 0, and one disagreement among them gives an interval that errs up to 75 % where 5 % is
stated (n = 30). So a second answer stands beside it, with the expected disagreement held at what was seen and the observed
one bounded: exactly where it is counted, with two pseudo-units where it is graded or a mean over pairs. The less sure of the
two is given. Assumption: independent units, or clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tuneproof.stats.arrays import FloatArray, IntArray, n_distinct
from tuneproof.stats.bounded import Blocked, Inference, Question, unknown
from tuneproof.stats.clustered import FEW_DF, LEAST_CLUSTERS
from tuneproof.stats.clusters import effective_clusters, fit_clusters
from tuneproof.stats.hull import Answer, with_ends
from tuneproof.stats.jackknife import Deleted, JackknifeT
from tuneproof.stats.proportion import binomial_p_above, binomial_p_below, clopper_pearson_interval
from tuneproof.stats.spread import LEAST_PAIRS

Expected = tuple[float, FloatArray]
"""Expected disagreement over all units, above 0, and float64[groups] without each unit or cluster; in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """A coefficient over n units, and what each of them takes off 1."""

    value: float
    """On all units: 1 less the mean of `lacks`."""

    without: FloatArray
    """float64[groups]: with each unit, or each cluster of units, left out."""

    lacks: FloatArray
    """float64[units]: observed over expected disagreement of each, the expected one held fixed."""

    most: float
    """What a unit that disagrees wholly takes off; the expected disagreement is 1/most."""

    worth: float
    """Units that no disagreement among them shows as much as; below their number where some count for less than others."""

    is_whole: bool
    """Whether a unit can only disagree wholly or not at all, so that disagreements are counted."""


def over_expected(
    observed: FloatArray, size: FloatArray, clusters: IntArray, expected: Expected, *, is_whole: bool
) -> Coefficient:
    """1 − (Σobserved/Σsize)/expected, and the same without each unit or cluster.

    Args:
        observed: float64[units]: weight of the disagreement in each, between 0 and its size.
        size: float64[units]: what each counts for; 0 = it does not enter.
        clusters: int64[units]; all distinct = independent.
        expected: where nothing is left to expect without a group, the deleted value is the one on all.
        is_whole: whether `observed` can only be 0 or `size`, and every size is the same.
    """
    index = np.unique(clusters, return_inverse=True)[1]
    total, n = float(np.sum(size)), size.size
    share = float(np.sum(observed)) / total
    rest = total - np.bincount(index, weights=size)
    left = float(np.sum(observed)) - np.bincount(index, weights=observed)
    possible = (rest > 0.0) & (expected[1] > 0.0)
    without = left / np.where(possible, rest * expected[1], 1.0)
    return Coefficient(
        value=1.0 - share / expected[0],
        without=np.where(possible, 1.0 - without, 1.0 - share / expected[0]),
        lacks=(share + n / total * (observed - share * size)) / expected[0],
        most=1.0 / expected[0],
        worth=total**2 / float(np.sum(size**2)),
        is_whole=is_whole,
    )


def mean_of(parts: Sequence[Coefficient]) -> Coefficient:
    """The mean of several coefficients over the same units.

    Where nothing differs, most doubt is about the part with the fewest units: it has its share of the mean, so the mean is
    known as from that many units times the number of parts, but never as from more units than there are.
    """
    return Coefficient(
        value=float(np.mean([part.value for part in parts])),
        without=np.mean([part.without for part in parts], axis=0),
        lacks=np.mean([part.lacks for part in parts], axis=0),
        most=float(np.mean([part.most for part in parts])),
        worth=min(float(parts[0].lacks.size), len(parts) * min(part.worth for part in parts)),
        is_whole=len(parts) == 1 and parts[0].is_whole,
    )


def infer_coefficient(found: Coefficient, clusters: IntArray, question: Question) -> Inference:
    """The less sure of jackknife and plug-in bound, for clusters: int64[units] of the units in `found`."""
    n, groups = found.lacks.size, group_count(clusters)
    if n < 2 or groups == 1:
        return _alone(found, n, groups, question)
    df = n - 1.0 if groups is None else effective_clusters(clusters) - 1.0
    answer, name = _plug_in(found, clusters, df, question)
    judged = JackknifeT.of(Deleted(value=found.value, without=found.without), df)
    if judged.error > 0.0:
        answer = answer.less_sure(Answer.of_t(judged.value, judged.error, df, question))
        name = f"{'jackknife-t' if groups is None else 'cluster-jackknife-t'}+{name}"
    answer = answer.within(question.span)
    cautions: tuple[str, ...] = ()
    if groups is not None and df < FEW_DF:
        cautions = (f"{groups} clusters are worth {df:.1f} degrees of freedom: a few large ones carry the estimate",)
    return Inference(
        value=found.value,
        low=answer.low,
        high=answer.high,
        p_met=answer.p_met,
        p_breached=answer.p_breached,
        method=name,
        n=n,
        n_clusters=groups,
        blocked=few_readings(n, groups),
        cautions=cautions,
    )


def group_count(clusters: IntArray) -> int | None:
    """Distinct clusters. None when every unit is its own."""
    distinct = n_distinct(clusters)
    return None if distinct == clusters.size else distinct


def few_readings(n: int, groups: int | None) -> Blocked | None:
    """The block of fewer than 20 units with both readings, or of fewer than 6 clusters."""
    if n < LEAST_PAIRS:
        have = "1 answer is" if n == 1 else f"{n} answers are"
        sentence = f"{have} fewer than the {LEAST_PAIRS} that agreement is judged by"
        return Blocked(reason="TOO_FEW_HUMAN_LABELS", sentence=sentence)
    if groups is not None and groups < LEAST_CLUSTERS:
        sentence = f"{groups} clusters are fewer than the {LEAST_CLUSTERS} that a clustered test needs"
        return Blocked(reason="TOO_FEW_CLUSTERS", sentence=sentence)
    return None


def _alone(found: Coefficient, n: int, groups: int | None, question: Question) -> Inference:
    why = "one answer has no spread to judge agreement by" if n < 2 else "one cluster has no spread to judge agreement by"
    lone = unknown(question.span, n=n, n_clusters=groups, value=found.value, why=why)
    return replace(lone, blocked=few_readings(n, groups))


def _plug_in(found: Coefficient, clusters: IntArray, df: float, question: Question) -> tuple[Answer, str]:
    """The observed disagreement bounded and put over the expected one, and the name of the bound.

    Clusters count as the units that they are worth by the design effect. But a document whose answers all go wrong may not have
    been seen, so the bound is never surer than if no cluster (no unit) had held a disagreement.
    """
    shares = found.lacks / found.most
    n, unseen, mean = found.worth, found.worth, float(np.mean(shares))
    plain = float(np.var(shares, ddof=1)) / shares.size
    variance = plain * n
    if group_count(clusters) is not None:
        unseen *= effective_clusters(clusters) / shares.size
        n = n / max(1.0, fit_clusters(shares, clusters).cr1 ** 2 / plain) if plain > 0.0 else unseen
    turned = replace(question, threshold=(1.0 - question.threshold) / found.most)
    if found.is_whole:
        bound = _counted(mean * n, n, turned)
    else:
        bound = Answer.of_t(*with_ends(n, mean, variance, (0.0, 1.0)), df, turned)
    none = _counted(0.0, unseen, turned)
    answer = Answer(
        low=1.0 - found.most * max(bound.high, none.high),
        high=1.0 - found.most * bound.low,
        p_met=max(bound.p_breached, none.p_breached),
        p_breached=bound.p_met,
    )
    return answer, "clopper-pearson" if found.is_whole else "t+2"


def _counted(seen: float, n: float, question: Question) -> Answer:
    """The exact binomial test of a share of disagreements."""
    low, high = clopper_pearson_interval(seen, n, question.level)
    above, below = (test(seen, n, question.threshold) for test in (binomial_p_above, binomial_p_below))
    return Answer(low=low, high=high, p_met=above, p_breached=below)
