"""What the exact paired test can show at a given size, by enumeration: proofs on slices, and alarms of a guard.

Slices are small, and there the normal formulas promise up to ten points of power too much. The tables that the test rejects
are found once; their probability at any truth is then a sum.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from tuneproof.stats.arrays import IntArray
from tuneproof.stats.distributions import beta_tail, binomial_weights, normal_cdf, normal_quantile
from tuneproof.stats.exact import exact_p
from tuneproof.stats.power import PairedPlan, pairs_for_power, power_of_pairs

ENUMERATED_TO = 500
"""Examples up to which tables are enumerated (0.3 s at 500); above, the normal formulas are right to a point or two."""

_HALVINGS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """The tables that a one-sided test rejects: those with at least `fewest[m]` wins among m discordant pairs."""

    n: int
    """Examples."""

    fewest: IntArray
    """int64[m], m = 0 … : fewest wins that are rejected, m + 1 where none is. Shorter than n + 1: more pairs never happen."""

    def probability(self, effect: float, discordance: float) -> float:
        """P(rejected) when the true difference is `effect` and the systems differ on a share `discordance` of examples."""
        m = np.arange(self.fewest.size, dtype=np.float64)
        win = np.full_like(m, 0.5 if discordance == 0.0 else (discordance + effect) / (2.0 * discordance))
        k = self.fewest.astype(np.float64)
        tails = beta_tail(np.maximum(k, 1.0), np.maximum(m - k + 1.0, 1.0), np.clip(win, 0.0, 1.0))
        tails = np.where(k <= 0, 1.0, np.where(k > m, 0.0, tails))
        return float(np.sum(binomial_weights(self.n, discordance)[: m.size] * tails))


def rejection(n: int, threshold: float, alpha: float, gamma: float, most_discordant: int) -> Rejection:
    """The tables with exact p ≤ alpha against "δ ≤ threshold", up to `most_discordant` discordant pairs.

    The rejected tables are monotone in wins and losses, so one more pair needs as many wins as before or one more: two
    p-values a step instead of a search.
    """
    fewest = np.zeros(most_discordant + 1, dtype=np.int64)
    k = 0
    for m in range(most_discordant + 1):
        while k <= m and exact_p(k, m - k, n, threshold, gamma) > alpha:
            k += 1
        fewest[m] = k
    return Rejection(n=n, fewest=fewest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPower:
    """Whether a slice can be asked to prove that nothing was lost."""

    power: float
    """Probability of the proof when the systems are truly equal."""

    needed_n: int
    """Examples that give 80 % (normal formula)."""


def proof_power(n: int, margin: float, discordance: float, *, alpha: float, gamma: float) -> ProofPower:
    """Power to prove non-inferiority when nothing changed; below one half a criterion should not demand the proof.

    Args:
        n: examples of the slice, at least 1.
        margin: in (0, 1).
        discordance: expected share of examples on which the systems differ, in (0, 1].
        alpha: one-sided error.
        gamma: Berger–Boos share of the exact test.
    """
    plan = PairedPlan(threshold=-margin, effect=0.0, discordance=discordance)
    needed = math.ceil(pairs_for_power(plan, alpha, 0.8) - 1e-9)
    if n > ENUMERATED_TO:
        return ProofPower(power=power_of_pairs(n, plan, alpha), needed_n=needed)
    region = rejection(n, -margin, alpha, gamma, _most(n, discordance))
    return ProofPower(power=region.probability(0.0, discordance), needed_n=needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The alarm of one slice: the observed drop reaches the margin, and is significantly below 0."""

    n: int
    """Examples of the slice."""

    margin: float
    """In (0, 1): smaller observed drops never alarm."""

    alpha: float
    """One-sided error of this slice's alarm: alpha/K with K slices."""

    gamma: float
    """Berger–Boos share of the exact test."""


def guard_detectable_drop(guard: Guard, discordance: float, power: float = 0.8) -> float | None:
    """Smallest true drop at which the guard alarms with this probability. None when not even a drop of 1 does.

    By enumeration of the exact test up to 500 examples, above by the normal formula.

    Args:
        guard: the slice and its rule.
        discordance: share s of examples on which the systems differ when nothing changed, in [0, 1). A drop of d comes on top:
            gains s/2, losses s/2 + d; that takes more to see than a drop that replaces part of it.
        power: in [0.5, 1).
    """

    def normal(drop: float) -> float:
        return _normal_alarm(guard, drop, _with_drop(discordance, drop))

    guess = _smallest_drop(normal, power, 1.0)
    if guard.n > ENUMERATED_TO:
        return guess
    for most in (min(1.0, 1.5 * (guess or 1.0) + 2.0 / guard.n), 1.0):
        region = _alarms(guard, _most(guard.n, _with_drop(discordance, most)))
        found = _smallest_drop(partial(_alarm, region, discordance), power, most)
        if found is not None:
            return found
    return None


def _alarm(region: Rejection, discordance: float, drop: float) -> float:
    return region.probability(drop, _with_drop(discordance, drop))


def _with_drop(discordance: float, drop: float) -> float:
    """Discordance once a drop has come on top of what the systems differ by anyway."""
    return min(1.0, discordance + drop)


def _alarms(guard: Guard, most_discordant: int) -> Rejection:
    """Tables that alarm, with losses in the place of wins."""
    region = rejection(guard.n, 0.0, guard.alpha, guard.gamma, most_discordant)
    m = np.arange(region.fewest.size)
    reaching = np.ceil((m + guard.margin * guard.n) / 2.0 - 1e-9).astype(np.int64)
    return Rejection(n=guard.n, fewest=np.maximum(region.fewest, reaching))


def _normal_alarm(guard: Guard, drop: float, discordance: float) -> float:
    needed = max(guard.margin, normal_quantile(1.0 - guard.alpha) * math.sqrt(discordance / guard.n))
    spread = math.sqrt(max(discordance - drop * drop, 1e-12) / guard.n)
    return normal_cdf((drop - needed) / spread)


def _smallest_drop(alarm: Callable[[float], float], power: float, most: float) -> float | None:
    if alarm(most) < power:
        return None
    below, above = 0.0, most
    for _ in range(_HALVINGS):
        middle = (below + above) / 2.0
        below, above = (below, middle) if alarm(middle) >= power else (middle, above)
    return above


def _most(n: int, discordance: float) -> int:
    """Discordant pairs that are exceeded with probability below 1e-6."""
    reach = 4.6 + math.sqrt(21.2 + 27.6 * n * discordance * (1.0 - discordance))
    return min(n, math.ceil(n * discordance + reach))
