"""Inference from independent examples: the exact tests where scores are yes/no, widened t elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tuneproof.stats import means
from tuneproof.stats.arrays import FloatArray
from tuneproof.stats.bounded import Blocked, Inference, Question, unknown
from tuneproof.stats.exact import LARGEST_N, exact_p
from tuneproof.stats.exact_limits import exact_interval, exact_lower_limit
from tuneproof.stats.paired import newcombe10_interval, tango_interval, tango_p
from tuneproof.stats.proportion import binomial_p_above, binomial_p_below, clopper_pearson_interval, wilson_interval
from tuneproof.stats.spread import Fillings, Spread, too_few

_HALL_FROM = 100
"""Examples from which Hall's correction guards against skewness; below, it has too little to see it by."""


def infer_pairs(differences: FloatArray, both_right: int | None, question: Question) -> Inference:
    """Difference of two yes/no rates from differences: float64[examples], each −1, 0 or 1.

    Args:
        differences: candidate − baseline.
        both_right: pairs that both have right, for Newcombe's interval only. None leaves it out.
        question: threshold and levels.
    """
    n, b, c = differences.size, int(np.sum(differences > 0.5)), int(np.sum(differences < -0.5))
    checks = [("tango", *tango_interval(b, c, n, question.level))] if question.levels.limits else []
    if both_right is not None and question.levels.limits:
        cells = (both_right, b, c, n - both_right - b - c)
        checks.append(("newcombe-10", *newcombe10_interval(*cells, question.level)))
    found = _exact(b, c, n, question) if n <= min(LARGEST_N, question.levels.exact_to) else _asymptotic(b, c, n, question)
    return replace(found, cross_checks=tuple(checks), blocked=too_few(n, question))


def _asymptotic(b: int, c: int, n: int, question: Question) -> Inference:
    low, high = tango_interval(b, c, n, question.level) if question.levels.limits else question.span
    return Inference(
        value=(b - c) / n,
        low=low,
        high=high,
        p_met=tango_p(b, c, n, question.threshold),
        p_breached=tango_p(c, b, n, -question.threshold),
        method="tango",
        n=n,
        n_clusters=None,
    )


def _exact(b: int, c: int, n: int, question: Question) -> Inference:
    """The exact test, its interval, and the two made to say the same.

    The p is not always monotone in delta0, and the limit is the smallest delta0 with p > alpha. H0 is "δ ≤ threshold", so
    its p is the largest over all delta0 up to the threshold: where the limit lies at or below the threshold, some such delta0
    has p > alpha. p_breached is held up likewise, but not pushed down: its gamma may differ from the interval's.
    """
    levels, threshold = question.levels, question.threshold
    p_met = exact_p(b, c, n, threshold, levels.gamma_met)
    p_breached = exact_p(c, b, n, -threshold, levels.gamma_breached)
    if levels.limits:
        low, high = exact_interval(b, c, n, levels.alpha, levels.gamma_met)
    else:  # only a limit beyond which a p would be held up
        low, high = question.span
        low = exact_lower_limit(b, c, n, levels.alpha, levels.gamma_met) if p_met <= levels.alpha else low
        high = -exact_lower_limit(c, b, n, levels.alpha, levels.gamma_met) if p_breached <= levels.alpha else high
    just_above = float(np.nextafter(levels.alpha, 1.0))
    if p_met > levels.alpha:
        low = min(low, threshold)
    elif low <= threshold:
        p_met = just_above
    if high >= threshold:
        p_breached = max(p_breached, just_above)
    return Inference(
        value=(b - c) / n,
        low=low,
        high=high,
        p_met=p_met,
        p_breached=p_breached,
        method="exact-tango",
        n=n,
        n_clusters=None,
    )


def infer_rate(scores: FloatArray, question: Question) -> Inference:
    """One system's rate from scores: float64[examples], each 0 or 1, by the exact binomial test."""
    n, k = scores.size, int(np.sum(scores > 0.5))
    low, high = clopper_pearson_interval(k, n, question.level)
    return Inference(
        value=k / n,
        low=low,
        high=high,
        p_met=binomial_p_above(k, n, question.threshold),
        p_breached=binomial_p_below(k, n, question.threshold),
        method="clopper-pearson",
        n=n,
        n_clusters=None,
        cross_checks=(("wilson", *wilson_interval(k, n, question.level)),),
        blocked=too_few(n, question),
    )


def infer_means(spread: Spread, question: Question) -> tuple[Inference, Inference]:
    """(worst, best) for scores between the ends of the range; the two agree when nothing is missing."""
    n = spread.n
    if n < 2:
        why = "one example has no spread to judge its mean by"
        lone = unknown(question.span, n=n, n_clusters=None, value=float(spread.low[0]), why=why)
        return lone, replace(lone, value=float(spread.high[0]))
    moments = all_fillings(spread)
    plus_two = n < _HALL_FROM or bool((moments.sd == 0.0).all())
    cautions = (
        ()
        if n < _HALL_FROM or (moments.sd > 0.0).all()
        else ("all examples score alike, so the interval comes from two added pseudo-examples at the ends of the range",)
    )
    blocked = too_few(n, question) or unseen(n, question)
    like = Inference(
        value=None,
        low=0.0,
        high=0.0,
        p_met=1.0,
        p_breached=1.0,
        method="t+2" if plus_two else "hall-t",
        n=n,
        n_clusters=None,
        cross_checks=_plain_t(spread, question),
        blocked=blocked,
        cautions=cautions,
    )
    return _judged(moments, question).ends(like)


def all_fillings(spread: Spread) -> means.Moments:
    """Moments of the fillings with the first j missing at their low end, j = 0 … missing, by cumulative sums."""
    centre = float(np.mean(spread.low))
    low, high, order = spread.low - centre, spread.high - centre, spread.order()
    sums = []
    for power in (1, 2, 3):
        change = np.cumsum(low[order] ** power - high[order] ** power)
        sums.append(float(np.sum(high**power)) + np.concatenate([[0.0], change]))
    return means.Moments.of_sums(spread.n, centre, *sums)


def _judged(moments: means.Moments, question: Question) -> Fillings:
    """Every filling by its method: t₊₂ below 100 examples or without spread, else t widened by Hall's correction."""
    alpha, (least, most) = question.levels.alpha, question.span
    low, high = means.plus_two_limits(moments, alpha, question.span)
    above = below = means.plus_two_statistic(moments, question.threshold, question.span)
    if moments.n >= _HALL_FROM:
        varied = moments.sd > 0.0
        safe = replace(moments, sd=np.where(varied, moments.sd, 1.0))
        plain, hall = means.t_limits(safe, alpha), means.hall_limits(safe, alpha)
        low = np.where(varied, np.minimum(plain[0], hall[0]), low)
        high = np.where(varied, np.maximum(plain[1], hall[1]), high)
        t, corrected = means.t_statistic(safe, question.threshold), means.hall_statistic(safe, question.threshold)
        above = np.where(varied, np.minimum(t, corrected), above)
        below = np.where(varied, np.maximum(t, corrected), below)
    return Fillings(
        value=moments.mean,
        low=np.clip(low, least, most),
        high=np.clip(high, least, most),
        p_met=means.p_above(above, moments.n),
        p_breached=means.p_above(-below, moments.n),
    )


def _plain_t(spread: Spread, question: Question) -> tuple[tuple[str, float, float], ...]:
    """Student's interval of a complete sample with spread, to compare with; nothing otherwise."""
    complete = means.Moments.of(spread.low)
    if complete.sd[0] == 0.0 or bool((spread.high > spread.low).any()):
        return ()
    low, high = means.t_limits(complete, question.levels.alpha)
    return (("t", float(low[0]), float(high[0])),)


def unseen(n: int, question: Question) -> Blocked | None:
    """The floor under claims about scores: a failure too rare to have shown in n examples cannot be ruled out by them."""
    alpha, span = question.levels.alpha, question.span
    share = -question.threshold if question.is_paired else span[1] - question.threshold
    if not 0.0 < share < 1.0 or means.floor_share(n, share) <= alpha:
        return None
    return Blocked(
        reason="MORE_DATA",
        sentence=f"{n} examples show no trace of an outright failure in {share:.3g} of cases with probability "
        f"{means.floor_share(n, share):.2g}; {means.floor_n(alpha, share)} examples are needed to rule it out",
    )
