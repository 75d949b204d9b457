"""Sample sizes of paired comparisons and scores, against published calculators and the planning tables."""

from __future__ import annotations

import math

import pytest
from scipy.stats import chi2

from tuneproof.stats.power import (
    PairedPlan,
    detectable_effect,
    detectable_gap,
    discordance_upper,
    pairs_for_power,
    power_of_pairs,
    scores_for_power,
    sd_upper,
)


def plan(threshold: float, effect: float, discordance: float) -> PairedPlan:
    """Shorter to write in tables."""
    return PairedPlan(threshold=threshold, effect=effect, discordance=discordance)


@pytest.mark.parametrize(
    ("alpha", "power", "n"),
    [
        pytest.param(0.025, 0.8, 22.0113, id="MESS 22, two-sided .05"),
        pytest.param(0.05, 0.8, 17.0948, id="MESS 17, one-sided .05"),
        pytest.param(0.05, 0.9, 22.8091, id="powerandsamplesize.com 23"),
    ],
)
def test_n_is_the_published_one(alpha: float, power: float, n: float) -> None:
    """McNemar with p01 = .45, p10 = .05."""
    assert pairs_for_power(plan(0.0, 0.4, 0.5), alpha, power) == pytest.approx(n, abs=6e-5)


@pytest.mark.parametrize(
    ("threshold", "effect", "discordance", "n"),
    [(0, 0.05, 0.15, 369), (0, 0.10, 0.20, 122), (0.03, 0.10, 0.20, 240), (-0.05, 0, 0.10, 274), (-0.02, 0, 0.10, 1578)],
)
def test_n_is_the_registered_one(threshold: float, effect: float, discordance: float, n: int) -> None:
    """Section 5.11, own checks: .05 one-sided, 80 % power."""
    assert math.ceil(pairs_for_power(plan(threshold, effect, discordance), 0.05, 0.8)) == n


@pytest.mark.parametrize(
    ("margin", "sizes"),
    [
        (0.02, (837, 1146, 1578, 2178, 2338, 3234, 3104, 4297)),
        (0.03, (400, 542, 717, 987, 1049, 1449, 1386, 1918)),
        (0.05, (167, 222, 274, 374, 389, 534, 507, 699)),
        (0.10, (56, 72, 81, 108, 107, 145, 134, 183)),
    ],
)
def test_non_inferiority_sizes_are_those_of_the_planning_table(margin: float, sizes: tuple[int, ...]) -> None:
    """Section 3.7: discordance 5, 10, 15, 20 %, each at 80 and 90 % power."""
    found = [pairs_for_power(plan(-margin, 0, s), 0.05, power) for s in (0.05, 0.10, 0.15, 0.20) for power in (0.8, 0.9)]
    assert tuple(math.ceil(n) for n in found) == sizes


@pytest.mark.parametrize(
    ("lift", "sizes"),
    [
        (0.03, (685, 948, 1029, 1424, 1372, 1900, 2059, 2851)),
        (0.05, (246, 339, 369, 511, 493, 682, 740, 1024)),
        (0.08, (95, 131, 143, 197, 192, 264, 288, 398)),
        (0.10, (60, 82, 91, 125, 122, 168, 184, 254)),
    ],
)
def test_superiority_sizes_are_those_of_the_planning_table(lift: float, sizes: tuple[int, ...]) -> None:
    """Section 3.7: discordance 10, 15, 20, 30 %, each at 80 and 90 % power."""
    found = [pairs_for_power(plan(0, lift, s), 0.05, power) for s in (0.10, 0.15, 0.20, 0.30) for power in (0.8, 0.9)]
    assert tuple(math.ceil(n) for n in found) == sizes


def test_size_power_and_detectable_effect_are_one_relation() -> None:
    """Solved for n, for the power and for the effect."""
    n = round(pairs_for_power(plan(0.02, 0.08, 0.2), 0.05, 0.8))
    assert power_of_pairs(n, plan(0.02, 0.08, 0.2), 0.05) == pytest.approx(0.8, abs=2e-3)
    assert detectable_effect(n, 0.02, 0.2, 0.05) == pytest.approx(0.08, abs=2e-4)


@pytest.mark.parametrize(("n", "effect"), [(2, None), (20, 0.278)])
def test_small_samples_detect_large_effects_or_none(n: int, effect: float | None) -> None:
    """An effect larger than the planned discordance raises it; two examples show nothing."""
    found = detectable_effect(n, 0.0, 0.1, 0.05)
    assert found == (None if effect is None else pytest.approx(effect, abs=1e-3))


@pytest.mark.parametrize(("threshold", "effect", "discordance"), [(0.1, 0.1, 0.2), (0, 0.2, 0.1), (-1, 0, 0.1), (0, 0.1, 1.1)])
def test_impossible_plans_are_refused(threshold: float, effect: float, discordance: float) -> None:
    """No sample reaches them, so no number is given."""
    with pytest.raises(ValueError, match="PairedPlan"):
        plan(threshold, effect, discordance)


def test_sizes_for_scores_invert() -> None:
    """(t·s/gap)²: what n scores detect is the gap that asks for n."""
    n = scores_for_power(0.3, 0.05, 0.05, 0.8)
    assert n == pytest.approx(224.1, abs=0.1)
    assert detectable_gap(round(n), 0.3, 0.05) == pytest.approx(0.05, abs=1e-4)


def test_upper_bounds_are_at_eighty_percent() -> None:
    """Discordance by Clopper–Pearson, standard deviation by chi-square; nothing seen is not nothing there."""
    assert discordance_upper(0, 50) == pytest.approx(1 - 0.2 ** (1 / 50))
    assert discordance_upper(50, 50) == 1.0
    assert sd_upper(0.3, 100) == pytest.approx(0.3 * math.sqrt(99 / chi2.ppf(0.2, 99)))
