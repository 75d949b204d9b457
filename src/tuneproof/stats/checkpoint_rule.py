"""How often a rule about a checkpoint errs: exact, for independent yes/no answers, before any answer exists."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuneproof.stats.distributions import binomial_tail
from tuneproof.stats.proportion import binomial_p_above, binomial_p_below

STEP = 0.05
"""How far above and below the bar the true level is looked at."""
ROUNDING = 1e-12
"""Of a bar times n that is a whole number but for binary rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRates:
    """What happens to a checkpoint whose true level is known."""

    true: float
    """Its true level."""
    point_aborts: float
    """Probability that it is observed below the bar."""
    bound_aborts: float
    """Probability that its upper one-sided bound lies below the bar."""
    bound_unclear: float
    """Probability that the bar lies between its two bounds."""


def error_rates(n: int, below: float, alpha: float) -> tuple[ErrorRates, ...]:
    """Return the error rates at the bar, and 0.05 below and above it as far as there are such levels.

    Args:
        n: Examples, at least 1.
        below: The bar, in (0, 1].
        alpha: One-sided error of the bounds.

    Source:
        Exact binomial probabilities; the bounds are those of Clopper & Pearson 1934, Biometrika 26:404.
    """
    point = math.ceil(n * below - ROUNDING * n) - 1
    stopped = _largest(n, below, alpha)
    going_on = _smallest(n, below, alpha)
    levels = (below, below - STEP, below + STEP)
    return tuple(
        ErrorRates(
            true=true,
            point_aborts=_at_most(point, n, true),
            bound_aborts=_at_most(stopped, n, true),
            bound_unclear=max(0.0, _at_most(going_on - 1, n, true) - _at_most(stopped, n, true)),
        )
        for true in (round(level, 12) for level in levels)
        if 0.0 <= true <= 1.0
    )


def _largest(n: int, below: float, alpha: float) -> int:
    """Return the largest count whose upper bound lies below the bar; -1 where none has."""
    low, high = -1, n  # the bound of `low` lies below, that of `high` does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if binomial_p_below(middle, n, below) < alpha else (low, middle)
    return low


def _smallest(n: int, below: float, alpha: float) -> int:
    """Return the smallest count whose lower bound reaches the bar; n + 1 where none does."""
    low, high = 0, n + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if binomial_p_above(middle, n, below) <= alpha else (middle, high)
    return high


def _at_most(k: int, n: int, rate: float) -> float:
    """P(Bin(n, rate) ≤ k)."""
    return 0.0 if k < 0 else binomial_tail(n - k, n, 1.0 - rate)
