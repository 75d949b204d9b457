"""What a rule about a checkpoint says of an estimate. Pure: a run, `watch` and the verdict read the same rule."""

from typing import Protocol

from tuneproof.core.checkpoints import Advice
from tuneproof.core.estimate import Estimate
from tuneproof.core.verdict import Status

ROUNDING = 1e-12
"""A level that equals the bar but for binary rounding is not below it."""


class Rule(Protocol):
    """The settings that matter."""

    @property
    def below(self) -> float:
        """The bar."""
        ...

    @property
    def rule(self) -> str:
        """`bound` or `point`."""
        ...

    @property
    def unclear(self) -> str:
        """What UNCLEAR means: `continue` or `abort`."""
        ...


def advice(rule: Rule, estimate: Estimate) -> Advice:
    """Return what the rule says of a level.

    | rule | ABORT | CONTINUE | UNCLEAR |
    | --- | --- | --- | --- |
    | bound | upper limit below the bar | lower limit at or above the bar | otherwise |
    | point | observed below the bar | observed at or above it | only where missing answers could turn it |

    The limits are those of the estimate's interval, each one-sided at alpha, with missing answers at their worst and best.
    Where nothing was measured it is UNCLEAR; where too little was for any proof (few clusters), CONTINUE is not shown either.
    """
    if estimate.value is None or not estimate.n:
        return "UNCLEAR"
    if rule.rule == "point":
        low, high = _observed(estimate)
        is_below, is_above = high < rule.below - ROUNDING, low >= rule.below - ROUNDING
    else:
        is_below, is_above = estimate.high < rule.below, estimate.low >= rule.below and estimate.blocked is None
    return "ABORT" if is_below else "CONTINUE" if is_above else "UNCLEAR"


def status_of(rule: Rule, said: Advice) -> Status:
    """Return what a piece of advice is registered to mean: only `breached` ends a candidate."""
    if said == "UNCLEAR":
        return "breached" if rule.unclear == "abort" else "undecided"
    return "breached" if said == "ABORT" else "met"


def _observed(estimate: Estimate) -> tuple[float, float]:
    """Return the observed level with the missing answers against the system and for it."""
    value = estimate.value if estimate.value is not None else 0.0
    if not estimate.n_missing:
        return value, value
    return (0.0 if estimate.worst is None else estimate.worst), (1.0 if estimate.best is None else estimate.best)
