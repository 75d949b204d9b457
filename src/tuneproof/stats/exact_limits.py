"""The interval that belongs to the exact unconditional p: every delta0 that the test does not reject.

It stands apart from `exact`, which answers for one delta0, because a limit is a search over many.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from tuneproof.stats.arrays import Interval
from tuneproof.stats.distributions import normal_quantile
from tuneproof.stats.exact import exact_p_once
from tuneproof.stats.paired import tango_limits

Excess = Callable[[float], float]
"""delta0 → how far its p lies above alpha; positive = not rejected."""

_PRECISION = 2e-7
"""Width of the last bracket: six decimals are shown at most."""

_SCAN_FROM, _SCAN_STEPS = 0.6, 12
"""The search climbs from Tango's limit at z + 0.6 to the one at z in 12 steps. The p is not always monotone in delta0 (about
one table in fifteen at n = 45 crosses .05 three times); every extra crossing seen lay within z + 0.4, so a climb from below
meets the first one, unless it leaves and returns within a step."""

_FINE_STEPS, _FINE_PER_STEP, _NEAR = 24, 12, 0.9
"""Below the crossing found, the ground is searched again in twelfths of a step for such a short one, as long as p stays
above 0.9·alpha: the p jumps by a few per cent of itself at most, so further down it cannot reach alpha and fall back."""


def exact_interval(b: int, c: int, n: int, alpha: float, gamma: float) -> Interval:
    """Interval of δ at 1 − 2·alpha by inversion of `exact_p`: low = inf{delta0: p > alpha}, high by swapping the systems.

    Args:
        b: pairs that only the candidate has right.
        c: pairs that only the baseline has right.
        n: all pairs, 1 ≤ n ≤ 5,000.
        alpha: one-sided error, in (0, 0.5).
        gamma: Berger–Boos share, below alpha.

    Returns:
        (low, high), low < high always: with no disagreement at all the p of small drops stays above alpha.
    """
    return exact_lower_limit(b, c, n, alpha, gamma), -exact_lower_limit(c, b, n, alpha, gamma)


@lru_cache(maxsize=1 << 14)  # a criterion and the report's own table often ask for the same limit
def exact_lower_limit(b: int, c: int, n: int, alpha: float, gamma: float) -> float:
    """The smallest delta0 found with p > alpha; every point tried below it has p ≤ alpha. −1 when nothing is rejected."""

    def excess(delta0: float) -> float:
        return _excess(exact_p_once(b, c, n, delta0, gamma), alpha)

    z = normal_quantile(1.0 - alpha)
    near, reach = tango_limits(b, c, n, z)[0], _SCAN_FROM
    far = tango_limits(b, c, n, z + reach)[0]
    while (at_far := excess(far)) > 0.0:
        if far <= -1.0:
            return -1.0
        near, reach = far, 2.0 * reach
        far = tango_limits(b, c, n, z + reach)[0]
    step = max((near - far) / _SCAN_STEPS, _PRECISION)
    limit = _climb(excess, far, at_far, step, (b - c) / n)
    return _earlier(excess, limit, step / _FINE_PER_STEP, _excess(_NEAR * alpha, alpha))


def _climb(excess: Excess, start: float, at_start: float, step: float, observed: float) -> float:
    """First crossing met from below; p = 1 at the observed difference, so there is one."""
    below, at_below = start, at_start
    while below < observed:
        above = min(below + step, observed)
        at_above = excess(above)
        if at_above > 0.0:
            return _first_above(excess, (below, above), (at_below, at_above))
        below, at_below = above, at_above
    return observed


def _earlier(excess: Excess, limit: float, step: float, near: float) -> float:
    """A crossing shortly below `limit` where the p rose above alpha for less than a step of the climb, else `limit`."""
    first, above, at_above = limit, limit, 1.0
    for _ in range(_FINE_STEPS):
        below = max(-1.0, above - step)
        at_below = excess(below)
        if at_below <= 0.0 < at_above and above < limit:
            first = _first_above(excess, (below, above), (at_below, at_above))
        if at_below < near or below == -1.0:
            break
        above, at_above = below, at_below
    return first


def _excess(p: float, alpha: float) -> float:
    """How far p lies above alpha on the normal scale, where it is nearly linear in delta0."""
    return normal_quantile(min(max(p, 1e-15), 1.0 - 1e-15)) - normal_quantile(alpha)


def _first_above(excess: Excess, bracket: Interval, at: Interval) -> float:
    """The upper end of a bracket of the crossing, narrowed to 2e-7: Oliveira & Takahashi 2020, ACM TOMS 47:5 (ITP).

    The p jumps where a table enters the region, so a plain secant can stall; ITP never needs more than one step more than
    bisection, and about half as many where the p is smooth.
    """
    (below, above), (at_below, at_above) = bracket, at
    width = above - below
    half = _PRECISION / 2.0
    budget = half * 2.0 ** (max(0, math.ceil(math.log2(width / _PRECISION))) + 1) if width > 0 else 0.0
    while above - below > _PRECISION:
        middle = (below + above) / 2.0
        secant = (at_above * below - at_below * above) / (at_above - at_below)
        towards = math.copysign(1.0, middle - secant)
        nudge = 0.2 / width * (above - below) ** 2
        tried = secant + towards * nudge if nudge <= abs(middle - secant) else middle
        slack = budget - (above - below) / 2.0
        if abs(tried - middle) > slack:
            tried = middle - towards * slack
        value = excess(tried)
        if value > 0.0:
            above, at_above = tried, value
        else:
            below, at_below = tried, value
        budget /= 2.0
    return above
