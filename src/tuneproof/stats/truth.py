"""What is taken to be true of systems in a simulation, and how systems come to resemble each other.

Systems resemble each other through a common core: every example has a core mark, and each system repeats it but for slips of
its own. So any two systems differ about as often as was registered, two candidates too, and what is shown against one baseline
goes with what is shown against another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_HALVINGS = 40
_INDEPENDENT = 0.9
"""Slips stay below this share of those at which two systems would be independent: there the equations have no one answer."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of a candidate and a baseline on some examples."""

    accuracy: float
    """The baseline's share of right answers, in [0, 1]."""

    gain: float
    """The candidate's share minus the baseline's."""

    discordance: float
    """Share of examples on which the two differ."""

    @classmethod
    def nearest(cls, accuracy: float, gain: float, discordance: float) -> Truth:
        """The truth nearest to these: a gain that the accuracy has room for, and a discordance that both have."""
        possible = min(max(gain, -accuracy), 1.0 - accuracy)
        most = min(1.0, 2.0 * accuracy + possible, 2.0 * (1.0 - accuracy) - possible)
        return cls(accuracy=accuracy, gain=possible, discordance=max(abs(possible), min(discordance, most)))

    @property
    def wins(self) -> float:
        """Share of examples that only the candidate has right."""
        return (self.discordance + self.gain) / 2.0

    @property
    def losses(self) -> float:
        """Share of examples that only the baseline has right."""
        return (self.discordance - self.gain) / 2.0


def roomy_accuracy(wished: float, gain: float, discordance: float) -> float:
    """The baseline's accuracy nearest to the wished one that leaves room for the gain at that discordance."""
    s = max(discordance, abs(gain))
    return min(max(wished, (s - gain) / 2.0), 1.0 - (s + gain) / 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """Probabilities to be right: of the core, and of each system when the core is right and when it is wrong."""

    right: float
    """The core itself."""

    baseline: tuple[float, float]
    """Each baseline: (if the core is wrong, if it is right)."""

    candidate: tuple[float, float]
    """Each candidate, likewise."""

    @classmethod
    def of(cls, truth: Truth) -> Core:
        """Choose slips so that baselines differ from each other as often as the candidate does from them, or nearly.

        Without any slip the baselines are one, which is always possible; the largest possible share of slips is found by
        halving.
        """
        a = truth.accuracy
        if not 0.0 < a < 1.0:
            return cls(right=a, baseline=(0.0, 1.0), candidate=(a + truth.gain, a + truth.gain))
        spread = a * (1.0 - a)
        alike = truth.discordance - abs(truth.gain)
        wanted = spread * (1.0 - math.sqrt(max(0.0, 1.0 - alike / (2.0 * spread))))
        most = min(wanted, _INDEPENDENT * spread)
        slips = most if _candidate(truth, most) is not None else 0.0
        low, high = slips, most
        for _ in range(_HALVINGS if slips < most else 0):
            middle = (low + high) / 2.0
            low, high = (middle, high) if _candidate(truth, middle) is not None else (low, middle)
        chosen = _candidate(truth, low) or (truth.wins / (1.0 - a), 1.0 - truth.losses / a)
        return cls(right=a, baseline=(low / (1.0 - a), 1.0 - low / a), candidate=chosen)


def _candidate(truth: Truth, slips: float) -> tuple[float, float] | None:
    """The candidate's two probabilities when each baseline slips on so large a share either way. None where they are none."""
    a = truth.accuracy
    # Only the candidate right: slips·v₁ + (1 − a − slips)·v₀; both right: (a − slips)·v₁ + slips·v₀.
    alone, both = truth.wins, a - truth.losses
    determinant = slips * slips - (1.0 - a - slips) * (a - slips)
    if abs(determinant) < _ROUNDING:
        return None
    if_right = (slips * alone - (1.0 - a - slips) * both) / determinant
    if_wrong = (slips * both - (a - slips) * alone) / determinant
    pair = (if_wrong, if_right)
    if any(not -_ROUNDING <= value <= 1.0 + _ROUNDING for value in pair):
        return None
    return min(1.0, max(0.0, if_wrong)), min(1.0, max(0.0, if_right))
