"""Five looks instead of one: at which level each may decide, so that all of them together err no more than alpha.

Who looks again and again at alpha errs in 14 % of cases where 5 % is stated (five looks). The Lan–DeMets spending function of
O'Brien and Fleming's shape gives the early looks next to nothing and the last one nearly everything: a clear effect ends the
run early, and the final test loses one or two points of power.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tuneproof.stats.arrays import FloatArray
from tuneproof.stats.distributions import normal_cdf, normal_quantile

LOOKS = 5
"""Looks of the registered design; more save little."""

LARGEST_LEVEL = 0.5
"""Levels above are not searched: nobody tests there, and the later boundaries stop falling as the level rises."""

_SMALLEST_LEVEL = 1e-15
"""What the smallest sequential p is reported as."""

_GRID = tuple(float(level) for level in np.geomspace(_SMALLEST_LEVEL, LARGEST_LEVEL, 65))
"""Levels between which a sequential p is bracketed; the same for every call, so that their boundaries are computed once."""

_LEAST_SPENT = 1e-30
"""Less is not spent: its boundary, above 11, would be out of reach of any p that can be computed."""

_BELOW, _ABOVE = 9.0, 13.0
"""Standard deviations beyond which paths are dropped: 1e-19 of them, which will not reach a boundary, and 1e-38."""

_PANEL = 3.0
"""Width of a panel of the integration in standard deviations of the narrower step beside it; 10 points then leave 1e-11."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)

_TINY = 1e-300
"""Stands for 0 under a logarithm."""

_MOST_STEPS, _LAST_STEP = 60, 1e-12

_HAIR = 1e-10
"""By how little of a z a level may reject more than it need."""

_OUT_OF_REACH = 40.0
"""Stands for an infinite z where two are subtracted."""


def times() -> tuple[float, ...]:
    """Information times of the registered looks: the share of the examples that has been asked."""
    return tuple(look / LOOKS for look in range(1, LOOKS + 1))


@lru_cache(maxsize=8192)  # every sequential p starts from the same levels
def boundaries(times: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    """The z at or above which each look rejects, so that some look rejects with probability alpha if nothing is true.

    What is spent by time t is f(t) = 2 − 2Φ(z_{1 − alpha/2}/√t). A look's boundary depends on the looks before it, not on those
    to come, so looks may be taken at other times than planned.

    Args:
        times: information times in [0, 1], in order. A look at which nothing has come since the last one (or since the start)
            spends nothing and cannot reject: its boundary is infinite.
        alpha: one-sided, in (0, 1).

    Returns:
        One z a look, by recursive integration; right to 1e-9.

    Raises:
        ValueError: times out of order or out of range, or alpha out of range.

    Source:
        Lan & DeMets 1983, Biometrika 70:659; Armitage, McPherson & Rowe 1969, JRSS A 132:235.
    """
    if not all(0.0 <= t <= 1.0 for t in times) or list(times) != sorted(times):
        raise ValueError(f"looks at {times} (expected times in [0, 1], in order)")
    if not 0.0 < alpha < 1.0:
        raise ValueError(f"alpha {alpha} (expected 0 < alpha < 1)")
    found = []
    paths = _Paths(time=0.0, places=np.zeros(1), masses=np.ones(1))
    for look, time in enumerate(times):
        if time == paths.time:
            found.append(math.inf)
            continue
        boundary = paths.boundary(time, _spent(time, alpha) - _spent(paths.time, alpha))
        found.append(boundary / math.sqrt(time))
        coming = next((later for later in times[look:] if later > time), None)
        if coming is not None:
            paths = paths.continued(time, boundary, coming)
    return tuple(found)


def nominal_levels(times: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    """The level at which each look tests, 1 − Φ(boundary); arguments as in `boundaries`."""
    return tuple(normal_cdf(-z) for z in boundaries(times, alpha))


def sequential_p(p_values: Sequence[float], times: Sequence[float]) -> float:
    """The smallest alpha at which one of the looks so far would have rejected.

    It is at most alpha exactly when, with everything registered at alpha, some look has rejected. So it can stand wherever a
    p of a single look can: before Holm, at another level, or in a comparison with alpha / J. It never rises from look to look.

    Args:
        p_values: one-sided p of each look so far, in [0, 1].
        times: their information times, as in `boundaries`.

    Returns:
        A level in [1e-15, 0.5], right to 1e-9 of itself; 1 where even 0.5 would not do.

    Source:
        Liu & Anderson 2008, JASA 103:1627 (sequential p-values).
    """
    at, scores = tuple(times), tuple(_finite(-normal_quantile(p)) for p in p_values)
    if len(at) != len(scores):
        raise ValueError(f"{len(scores)} p-values of {len(at)} looks")
    excess = _Excess(times=at, scores=scores)
    first = bisect_left(_GRID, 0.0, key=excess)
    if first == len(_GRID):
        return 1.0
    return _GRID[0] if first == 0 else excess.root(_GRID[first - 1], _GRID[first])


def conditional_power(p: float, t: float, final_z: float) -> float:
    """Probability that the last look rejects if what has been seen so far goes on as it is.

    Args:
        p: one-sided p of the look.
        t: its information time, in (0, 1].
        final_z: boundary of the last look.

    Returns:
        Φ((B + θ(1 − t) − z)/√(1 − t)) with B = Z√t and the trend θ = B/t; 0 where p is 1.
    """
    z = -normal_quantile(p)
    if math.isinf(z) or t >= 1.0:
        return float(z >= final_z)
    return normal_cdf((z / math.sqrt(t) - final_z) / math.sqrt(1.0 - t))


def _spent(time: float, alpha: float) -> float:
    """What of alpha is spent by an information time; 0 at the start."""
    return 2.0 * normal_cdf(normal_quantile(alpha / 2.0) / math.sqrt(time)) if time > 0.0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paths:
    """Brownian paths that have crossed no boundary so far: where they stand, as points with masses to integrate over."""

    time: float
    """Information time."""

    places: FloatArray
    """float64[nodes], ascending: B = Z√t."""

    masses: FloatArray
    """float64[nodes]: density × integration weight; their sum is what has not been spent."""

    def boundary(self, time: float, spend: float) -> float:
        """The b with P(no crossing before, B ≥ b at `time`) = spend; infinite where that is 0.

        By Newton's method for the logarithm, which is concave in b, so that the steps never pass the solution from its right.
        It starts where all paths would spend that much had none been stopped, or did all stand at the highest place.
        """
        if spend <= _LEAST_SPENT:
            return math.inf
        step = math.sqrt(time - self.time)
        z = -normal_quantile(spend)
        b = min(z * math.sqrt(time), float(self.places[-1]) + z * step)
        for _ in range(_MOST_STEPS):
            above = max(self._above(b, step), _TINY)
            change = math.log(above / spend) * above / max(float(self._density(np.array([b]), step)[0]), _TINY)
            b += change
            if abs(change) < _LAST_STEP:
                break
        return b

    def continued(self, time: float, boundary: float, coming: float) -> _Paths:
        """The paths below `boundary` at `time`, as points close enough for the step to the time that is `coming`."""
        step, spread = math.sqrt(time - self.time), math.sqrt(time)
        bottom, top = -_BELOW * spread, min(boundary, _ABOVE * spread)
        narrow = min(step, math.sqrt(coming - time))
        edges = np.linspace(bottom, top, 1 + math.ceil((top - bottom) / (_PANEL * narrow)))
        half, centres = (edges[1] - edges[0]) / 2.0, (edges[1:] + edges[:-1]) / 2.0
        places = (centres[:, None] + half * _NODES).ravel()
        weights = np.tile(half * _WEIGHTS, centres.size)
        return _Paths(time=time, places=places, masses=weights * self._density(places, step))

    def _above(self, b: float, step: float) -> float:
        """P(no crossing before, B ≥ b after a step of this standard deviation)."""
        scaled = (b - self.places) / (step * math.sqrt(2.0))
        return 0.5 * float(np.dot(self.masses, [math.erfc(x) for x in scaled.tolist()]))

    def _density(self, at: FloatArray, step: float) -> FloatArray:
        """float64[at]: density of the paths after a step of this standard deviation."""
        scaled = (at[:, None] - self.places[None, :]) / step
        return np.asarray(np.exp(-0.5 * scaled**2) @ self.masses, dtype=np.float64) / (step * math.sqrt(2.0 * math.pi))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Excess:
    """By how much the best look exceeds its boundary, as a function of the level registered; it rises with the level."""

    times: tuple[float, ...]
    """Information times."""

    scores: tuple[float, ...]
    """z of each look, finite."""

    def __call__(self, level: float) -> float:
        """At least 0 exactly where some look rejects."""
        limits = boundaries(self.times, level)
        return max((z - _finite(limit) for z, limit in zip(self.scores, limits, strict=True)), default=-math.inf)

    def root(self, low: float, high: float) -> float:
        """The smallest level that rejects, between one that does not and one that does.

        By false position on the scale of z, where boundaries are almost straight lines; the value at an end that stays twice is
        halved (Illinois), so that both ends close in. It stops at the end that rejects, once that does so by a hair.
        """
        left, right = self(low), self(high)
        reached, side = right, 0
        for _ in range(_MOST_STEPS):
            if reached <= _HAIR:
                break
            ends = normal_quantile(low / 2.0), normal_quantile(high / 2.0)
            level = 2.0 * normal_cdf((ends[0] * right - ends[1] * left) / (right - left))
            value = self(level)
            if value >= 0.0:
                high, right, reached, left, side = level, value, value, left / 2.0 if side > 0 else left, 1
            else:
                low, left, right, side = level, value, right / 2.0 if side < 0 else right, -1
        return high


def _finite(z: float) -> float:
    return min(max(z, -_OUT_OF_REACH), _OUT_OF_REACH)
