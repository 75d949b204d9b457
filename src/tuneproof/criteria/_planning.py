"""Sample sizes for criteria: how many examples would show the registered effect, never the observed one."""

import math

from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.requirement import Design
from tuneproof.stats.means import floor_n
from tuneproof.stats.power import PairedPlan, discordance_upper, pairs_for_power, scores_for_power, sd_upper
from tuneproof.stats.power_exact import Guard, ProofPower, guard_detectable_drop, proof_power
from tuneproof.stats.spread import LEAST_PAIRS

POWER = 0.8
"""The power that "needed n" promises."""

PLANNING_DISCORDANCE = 0.10
"""Assumed where the experiment registers none: the middle of what real pairs of models show (3 to 30 %)."""

GAMMA_SHARE = 100.0
"""The Berger-Boos gamma is the level divided by this."""


def needed_n(quantity: Quantity, estimate: Estimate, effect: float) -> int | None:
    """Return the n that shows a true difference of `effect` with 80 % power.

    The spread is the upper 80 % confidence bound of what was seen, so that a lucky low count does not promise too much. Of what
    a judge marked it is the number of examples that people must label, and known only where their labels alone decide.

    Returns:
        None where nothing was measured, where the effect does not lie beyond the threshold, and where a judge's marks count.
    """
    gap, level = effect - quantity.threshold, quantity.level_met
    if estimate.judged is not None and estimate.judged.calibration != "human-only":
        return None
    if gap <= 0 or estimate.n < 2 or estimate.discordance is None:
        return None
    if "tango" in estimate.method:
        seen = discordance_upper(round(estimate.discordance * estimate.n), estimate.n)
        plan = PairedPlan(threshold=quantity.threshold, effect=effect, discordance=min(1.0, max(seen, abs(effect))))
        needed = pairs_for_power(plan, level, POWER)
    elif estimate.sd:
        needed = scores_for_power(sd_upper(estimate.sd, estimate.n), gap, level, POWER)
    else:
        return None
    return max(math.ceil(needed * estimate.design_effect - 1e-9), _floor(quantity, estimate, level))


def _floor(quantity: Quantity, estimate: Estimate, level: float) -> int:
    """Return the n below which `met` is never said, whatever the effect."""
    if "tango" in estimate.method or quantity.threshold >= 0:
        return LEAST_PAIRS
    return max(LEAST_PAIRS, floor_n(level, -quantity.threshold))


def slice_proof(n: int, margin: float, design: Design) -> ProofPower:
    """Return the power of one slice to prove that nothing was lost, and the n that gives 80 %."""
    discordance = design.expected_discordance or PLANNING_DISCORDANCE
    level = design.alpha / len(design.candidates or ("",))
    return proof_power(n, margin, discordance, alpha=level, gamma=level / GAMMA_SHARE)


def visible_drop(n: int, margin: float, design: Design, level: float) -> float | None:
    """Return the smallest true drop that a guard of n examples would see with 80 % probability; None where not even 1."""
    discordance = design.expected_discordance or PLANNING_DISCORDANCE
    guard = Guard(n=n, margin=margin, alpha=level, gamma=level / GAMMA_SHARE)
    return guard_detectable_drop(guard, discordance)
