"""From inferences to estimates: what every way of estimating hands over, with the figures that describe the examples."""

from dataclasses import dataclass, replace

import numpy as np

from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.stats.arrays import BoolArray, Bounds, FloatArray, IntArray, n_distinct
from tuneproof.stats.bounded import Bounded
from tuneproof.stats.clusters import fit_clusters

NAMED = 20
"""Examples without a complete score that are named; the count covers all."""

ANSWERS = "the missing answers would have been"
"""What the limits hold for where a mark is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The examples that an estimate is about."""

    example_ids: tuple[str, ...]
    """Their ids."""
    clusters: IntArray
    """int64[examples]: cluster index."""

    def part(self, chosen: BoolArray) -> "Rows":
        """Return those that are chosen: bool[examples]."""
        return Rows(example_ids=self.names(chosen), clusters=self.clusters[chosen])

    def names(self, chosen: BoolArray, most: int | None = None) -> tuple[str, ...]:
        """Return the ids of those that are chosen, at most so many."""
        return tuple(self.example_ids[place] for place in np.flatnonzero(chosen)[:most])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Descriptive figures over the resolved examples."""

    candidate: float | None = None
    """The system's mean."""
    baseline: float | None = None
    """The baseline's mean; None for levels."""
    discordance: float | None = None
    """Share of examples on which the two differ; None for levels."""
    sd: float | None = None
    """Standard deviation of the differences, or of the scores."""
    design_effect: float = 1.0
    """Variance with clusters over variance without."""
    missing_ids: tuple[str, ...] = ()
    """The first examples without a complete score."""

    @classmethod
    def of_level(cls, rows: Rows, mine: Bounds) -> "Sides":
        """Describe one system."""
        known: BoolArray = mine[0] == mine[1]
        held = mine[0][known]
        effect = _design_effect(held, rows.clusters[known])
        return cls(candidate=mean(held), sd=_sd(held), design_effect=effect, missing_ids=rows.names(~known, NAMED))

    @classmethod
    def of_pair(cls, rows: Rows, mine: Bounds, other: Bounds) -> "Sides":
        """Describe two systems on the examples that both have."""
        both: BoolArray = (mine[0] == mine[1]) & (other[0] == other[1])
        ours, theirs = mine[0][both], other[0][both]
        return cls(
            candidate=mean(ours),
            baseline=mean(theirs),
            discordance=mean((ours != theirs).astype(float)),
            sd=_sd(ours - theirs),
            design_effect=_design_effect(ours - theirs, rows.clusters[both]),
            missing_ids=rows.names(~both, NAMED),
        )


def told(quantity: Quantity, bounded: Bounded, sides: Sides, alpha: float, unknown: str = ANSWERS) -> Estimate:
    """Return the estimate that an inference comes to.

    Args:
        quantity: What was estimated.
        bounded: The inference.
        sides: What describes the examples.
        alpha: One-sided error; the interval is shown at 1 - 2 alpha.
        unknown: What the limits hold for, where something is missing.
    """
    resolved, worst, best = bounded.resolved, bounded.worst, bounded.best
    missing = bounded.n_missing > 0
    # A filling that no test can judge (a corpus metric with a missing answer) says nothing about the number of examples.
    blocked = resolved.blocked if worst.method == "none" and resolved.value is not None else worst.blocked
    notes = [*resolved.cautions, *(worst.cautions if missing else ())]
    if missing:
        notes.append(f"the limits hold whatever {unknown}")
    return Estimate(
        value=resolved.value,
        low=worst.low,
        high=best.high,
        level=1 - 2 * alpha,
        method=worst.method if resolved.value is None else resolved.method,
        n=resolved.n,
        n_missing=bounded.n_missing,
        baseline_value=sides.baseline,
        candidate_value=sides.candidate,
        worst=worst.value if missing and worst.method != "none" else None,
        best=best.value if missing and best.method != "none" else None,
        p_met=worst.p_met,
        p_breached=best.p_breached,
        p_met_best=min(best.p_met, resolved.p_met),
        p_breached_worst=min(worst.p_breached, resolved.p_breached),
        blocked=blocked.reason if blocked else None,
        blocked_because=blocked.sentence if blocked else None,
        n_clusters=resolved.n_clusters,
        design_effect=sides.design_effect,
        missing_ids=sides.missing_ids,
        discordance=sides.discordance if quantity.baseline else None,
        sd=sides.sd,
        cross_checks=resolved.cross_checks,
        cautions=tuple(dict.fromkeys(notes)),
    )


def nothing(alpha: float, quantity: Quantity) -> Estimate:
    """Return the estimate of a quantity for which nothing was scored: the whole range."""
    return Estimate(
        value=None,
        low=-1.0 if quantity.baseline or quantity.measure == "kappa" else 0.0,
        high=1.0,
        level=1 - 2 * alpha,
        method="none",
        n=0,
        n_missing=0,
        p_met=1.0,
        p_breached=1.0,
        p_met_best=1.0,
        p_breached_worst=1.0,
        blocked="MORE_DATA",
        blocked_because="nothing was measured",
        cautions=("nothing was measured",),
    )


def unsaid(known: Estimate, why: str) -> Estimate:
    """Return an estimate of which neither `met` nor `breached` may be said, because people's labels are lacking."""
    return replace(
        known,
        p_met=1.0,
        p_breached=1.0,
        p_met_best=1.0,
        p_breached_worst=1.0,
        blocked="TOO_FEW_HUMAN_LABELS",
        blocked_because=why,
    )


def mean(values: FloatArray) -> float | None:
    """Return the mean; None of nothing."""
    return float(values.mean()) if values.size else None


def _design_effect(values: FloatArray, clusters: IntArray) -> float:
    """Return the variance of the mean with clusters over that without; 1 where they are independent or cannot be compared."""
    n, groups = values.size, n_distinct(clusters)
    plain = float(values.var()) / n if n > 1 else 0.0
    if groups in (n, 0, 1) or plain <= 0.0:
        return 1.0
    return max(1.0, fit_clusters(values, clusters).cr1 ** 2 / plain)


def _sd(values: FloatArray) -> float | None:
    return float(values.std(ddof=1)) if values.size > 1 else None
