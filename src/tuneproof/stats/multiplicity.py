"""Several candidates judged on one holdout: Holm's step-down correction, so that any wrong GO has probability alpha at most."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm-adjusted p-values, in the order given: at most alpha exactly for the hypotheses that Holm rejects at alpha.

    Valid under any dependence between the tests, so candidates that share a baseline need no model of their correlation.

    Source:
        Holm 1979, Scandinavian Journal of Statistics 6:65.
    """
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = largest
    return tuple(adjusted)


def holm_over_candidates(findings: Sequence[Sequence[float | None]]) -> tuple[tuple[float | None, ...], ...]:
    """Adjust each finding's p so that a candidate passes all of its findings exactly when Holm rejects for the candidate.

    A candidate ships only if every criterion is met, so its p is the largest of its findings' (intersection–union), and Holm
    runs over candidates, not over findings: criteria cost nothing, candidates do. A finding's p is adjusted as if it were its
    candidate's: the other candidates' p stand around it. The largest of them is the candidate's Holm-adjusted p, and a finding
    that passes easily is not blamed for another's failure.

    Args:
        findings: for each candidate, the p of each of its findings. None: a counted criterion or a guard, which has no p.

    Returns:
        The same shape; None stays None. A candidate without any p ranks last, with p = 1: it is still one of the m that could
        have been chosen, so it counts in m as registered, and since it can never be the reason to reject for another, p = 1
        is the only value that keeps the error of the rest at alpha. With one candidate nothing changes.
    """
    worst = [max((p for p in own if p is not None), default=1.0) for own in findings]
    return tuple(
        tuple(None if p is None else holm((*worst[:i], p, *worst[i + 1 :]))[i] for p in own) for i, own in enumerate(findings)
    )
