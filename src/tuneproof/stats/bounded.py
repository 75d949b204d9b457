"""The values that an inference hands over: levels in, estimate with interval and two p-values out.

They stand apart from `inference`, which chooses the method, so that every method can return them without an import cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tuneproof.stats.arrays import Interval

Reason = Literal["MORE_DATA", "TOO_FEW_CLUSTERS", "TOO_FEW_HUMAN_LABELS"]

PAIRED_RANGE: Interval = (-1.0, 1.0)
"""What a difference of two scores in [0, 1] can be."""

SINGLE_RANGE: Interval = (0.0, 1.0)
"""What one system's mean score can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The error levels fixed before the data; every inference of one criterion uses the same."""

    alpha: float
    """One-sided error of the criterion, in (0, 0.5). The interval is shown at 1 − 2·alpha."""

    gamma_met: float
    """Berger–Boos gamma of p_met and of the interval: the smallest level that p_met is compared with, divided by 100."""

    gamma_breached: float
    """Berger–Boos gamma of p_breached: the smallest level that p_breached is compared with, divided by 100."""

    exact_to: int = 5_000
    """Pairs up to which a paired yes/no comparison is exact; tables that decide nothing may be shown from a closed form."""

    limits: bool = True
    """Whether intervals are wanted. An exact one costs thirty times its p; without it both limits are the whole range wherever
    they do not bear on a p, and where answers are missing only the extreme completions are judged by the exact test."""

    def __post_init__(self) -> None:
        if not 0.0 < self.alpha < 0.5:
            raise ValueError(f"Levels.alpha: {self.alpha} (expected 0 < alpha < 0.5)")
        for name in ("gamma_met", "gamma_breached"):
            if not 0.0 <= getattr(self, name) < self.alpha:
                raise ValueError(f"Levels.{name}: {getattr(self, name)} (expected 0 ≤ gamma < alpha = {self.alpha})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Why "met" may not be said, however small p_met is."""

    reason: Reason
    """The reason code of an undecided finding."""

    sentence: str
    """The reason in words, with its numbers; no full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """One quantity: its estimate, its interval, and how strongly it stands above or below the threshold."""

    value: float | None
    """Point estimate, in score units. None when n = 0."""

    low: float
    """Lower limit at 1 − 2·alpha: the deciding test inverted. The end of the range when it cannot be computed."""

    high: float
    """Upper limit, likewise."""

    p_met: float
    """p-value against "the true value is at or below the threshold". 1 when it cannot be computed."""

    p_breached: float
    """p-value against "the true value is at or above the threshold". 1 when it cannot be computed."""

    method: str
    """The deciding test: "exact-tango", "tango", "hall-t", "t+2", "clopper-pearson", "cr3", "jackknife-t", … or "none"."""

    n: int
    """Examples that entered, never × repeats."""

    n_clusters: int | None
    """Clusters that entered. None when the examples are independent."""

    cross_checks: tuple[tuple[str, float, float], ...] = ()
    """(name, low, high) of intervals by other methods at the same level; they decide nothing."""

    blocked: Blocked | None = None
    """Why "met" may not be said whatever p_met is. None when nothing blocks."""

    cautions: tuple[str, ...] = ()
    """Sentences that the reader must know and that are not errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """One quantity over the resolved examples, and over the two extreme completions of the missing answers."""

    resolved: Inference
    """Over the resolved examples only; its value is the one reported."""

    worst: Inference
    """Least favourable completion: its p_met decides "met", its low is the lower limit shown."""

    best: Inference
    """Most favourable completion: its p_breached decides "breached", its high is the upper limit shown."""

    n_missing: int
    """Examples of which at least one answer is missing. 0: the three inferences are the same object."""


def unknown(span: Interval, *, n: int, n_clusters: int | None, value: float | None, why: str) -> Inference:
    """Nothing can be computed: the whole range, p = 1 on both sides, and the reason; never a zero-width interval.

    Args:
        span: what the value can be, the interval to show.
        n: examples that entered.
        n_clusters: clusters that entered, None when independent.
        value: the point estimate, None when n = 0.
        why: the caution, which is also the reason why "met" is blocked.
    """
    return Inference(
        value=value,
        low=span[0],
        high=span[1],
        p_met=1.0,
        p_breached=1.0,
        method="none",
        n=n,
        n_clusters=n_clusters,
        blocked=Blocked(reason="MORE_DATA", sentence=why),
        cautions=(why,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an inference is asked: is this mean above the threshold, and how surely."""

    span: Interval
    """What the value can be: `PAIRED_RANGE` or `SINGLE_RANGE`."""

    threshold: float
    """In score units. Paired: < 0 is non-inferiority with margin = −threshold."""

    levels: Levels
    """The error levels."""

    @property
    def is_paired(self) -> bool:
        """Whether a difference of two systems is asked about, not one system's mean."""
        return self.span[0] < 0.0

    @property
    def level(self) -> float:
        """Two-sided level of the interval shown."""
        return 1.0 - 2.0 * self.levels.alpha
