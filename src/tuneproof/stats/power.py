"""How many examples a comparison needs, and what a given number can show: closed forms for paired systems.

Used before any data exist, and for "how many more" after an open verdict; then the expected effect is the one registered
beforehand, never the one observed. All of it is normal approximation; `power_exact` enumerates where that is too coarse.
Checked by enumeration: the n of these formulas gives .801–.827 where .80 is asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuneproof.stats.distributions import beta_quantile, chi_square_quantile, normal_cdf, normal_quantile, t_quantile

_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedPlan:
    """What a paired yes/no comparison is planned for."""

    threshold: float
    """δ0, in (−1, 1): what is to be excluded. < 0 is non-inferiority with margin = −threshold."""

    effect: float
    """δ1, in (threshold, 1]: the true difference at which the power is meant."""

    discordance: float
    """Share of examples on which the systems differ, in [|effect|, 1]."""

    def __post_init__(self) -> None:
        """Refuse a plan that no data could follow."""
        if not -1.0 < self.threshold < self.effect <= 1.0:
            given = f"threshold {self.threshold}, effect {self.effect}"
            raise ValueError(f"PairedPlan: {given} (expected −1 < threshold < effect ≤ 1)")
        if not abs(self.effect) <= self.discordance <= 1.0 or self.discordance == 0.0:
            expected = f"|effect| = {abs(self.effect)} to 1, above 0"
            raise ValueError(f"PairedPlan.discordance: {self.discordance} (expected {expected})")

    @property
    def variance_at_threshold(self) -> float:
        """The variance, times n, of δ̂ that Tango's statistic uses, at the expected cell shares."""
        delta0, delta1, s = self.threshold, self.effect, self.discordance
        linear = -s + (2.0 - delta1) * delta0
        constant = -((s - delta1) / 2.0) * delta0 * (1.0 - delta0)
        q = (math.sqrt(max(0.0, linear * linear - 8.0 * constant)) - linear) / 4.0
        return 2.0 * q + delta0 * (1.0 - delta0)

    @property
    def variance_at_effect(self) -> float:
        """The true variance, times n, of δ̂."""
        return max(0.0, self.discordance - self.effect**2)


def pairs_for_power(plan: PairedPlan, alpha: float, power: float) -> float:
    """Examples needed, not rounded: ((z₁₋α√v₀ + z_power√v₁)/(δ1 − δ0))².

    Args:
        plan: what is to be shown, and the truth it is to be shown at.
        alpha: one-sided error, after any division over candidates.
        power: in [0.5, 1).

    Source:
        Nam 1997, Biometrics 53:1422 (sample size of the score test); at δ0 = 0 it is Connett, Smith & McHugh 1987.
    """
    noise = normal_quantile(1.0 - alpha) * math.sqrt(plan.variance_at_threshold)
    noise += normal_quantile(power) * math.sqrt(plan.variance_at_effect)
    return (noise / (plan.effect - plan.threshold)) ** 2


def power_of_pairs(n: int, plan: PairedPlan, alpha: float) -> float:
    """Power of n examples: `pairs_for_power` solved for the power."""
    noise = normal_quantile(1.0 - alpha) * math.sqrt(plan.variance_at_threshold)
    reach = (plan.effect - plan.threshold) * math.sqrt(n) - noise
    if plan.variance_at_effect == 0.0:
        return 1.0 if reach >= 0.0 else 0.0
    return normal_cdf(reach / math.sqrt(plan.variance_at_effect))


def detectable_effect(n: int, threshold: float, discordance: float, alpha: float, power: float = 0.8) -> float | None:
    """Smallest true difference that n examples prove to exceed the threshold with this power. None when not even 1 is.

    Where the difference tried is larger than the discordance, the discordance is taken to be as large: systems cannot differ
    by more than they disagree.
    """

    def is_enough(effect: float) -> bool:
        s = max(discordance, abs(effect), 1e-9)
        return power_of_pairs(n, PairedPlan(threshold=threshold, effect=effect, discordance=s), alpha) >= power

    if not is_enough(1.0):
        return None
    below, above = threshold, 1.0
    for _ in range(_HALVINGS):
        middle = (below + above) / 2.0
        if middle > threshold and is_enough(middle):
            above = middle
        else:
            below = middle
    return above


def scores_for_power(sd: float, gap: float, alpha: float, power: float) -> float:
    """Examples needed for a mean of scores, not rounded: (t·sd/gap)², t = t₁₋α + t_power at n − 1, in two iterations from z.

    Args:
        sd: standard deviation of the per-example difference (or score), > 0; for planning from data use `sd_upper`.
        gap: effect − threshold, > 0, in score units.
        alpha: one-sided error.
        power: in [0.5, 1).
    """
    n = ((normal_quantile(1.0 - alpha) + normal_quantile(power)) * sd / gap) ** 2
    for _ in range(2):
        df = max(n - 1.0, 1.0)
        n = ((t_quantile(1.0 - alpha, df) + t_quantile(power, df)) * sd / gap) ** 2
    return n


def detectable_gap(n: int, sd: float, alpha: float, power: float = 0.8) -> float:
    """Smallest distance of a mean of n ≥ 2 scores from its threshold that is shown with this power, in score units."""
    return (t_quantile(1.0 - alpha, n - 1) + t_quantile(power, n - 1)) * sd / math.sqrt(n)


def discordance_upper(discordant: int, n: int, confidence: float = 0.8) -> float:
    """Upper confidence bound of the discordance (Clopper–Pearson, one-sided): a plan must not rest on a lucky low count."""
    return 1.0 if discordant >= n else beta_quantile(confidence, discordant + 1, n - discordant)


def sd_upper(sd: float, n: int, confidence: float = 0.8) -> float:
    """Upper confidence bound of a standard deviation from n ≥ 2 scores, as if they were normal: sd·√((n − 1)/χ²)."""
    return sd * math.sqrt((n - 1) / chi_square_quantile(1.0 - confidence, n - 1))
