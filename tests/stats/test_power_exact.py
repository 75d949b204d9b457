"""What the exact test can show on slices."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuneproof.stats.exact import exact_p
from tuneproof.stats.power_exact import Guard, guard_detectable_drop, proof_power, rejection


@pytest.mark.parametrize(
    ("n", "power"), [pytest.param(100, 0.41, id="section 0.2: 41 %"), pytest.param(50, 0.207, id="section 3.1: mean .207")]
)
def test_power_to_prove_nothing_was_lost(n: int, power: float) -> None:
    """Margin 5 points, discordance 10 %, no real change."""
    assert proof_power(n, 0.05, 0.10, alpha=0.05, gamma=5e-4).power == pytest.approx(power, abs=5e-3)


def test_a_slice_is_told_the_n_it_needs() -> None:
    """Section 3.7: 274 for a margin of 5 points at 10 %; there enumeration gives 80 % within two points."""
    found = proof_power(274, 0.05, 0.10, alpha=0.05, gamma=5e-4)
    assert found.needed_n == 274
    assert found.power == pytest.approx(0.81, abs=0.02)


def test_enumeration_and_formula_meet_where_they_are_joined() -> None:
    """At 500 tables are enumerated, at 501 the normal formula answers: less than two points apart."""
    below, above = (proof_power(n, 0.03, 0.10, alpha=0.05, gamma=5e-4).power for n in (500, 501))
    assert below == pytest.approx(above, abs=0.02)
    drops = [guard_detectable_drop(Guard(n=n, margin=0.1, alpha=0.01, gamma=1e-4), 0.1) for n in (500, 501)]
    assert drops[0] == pytest.approx(drops[1], abs=0.005)


def test_rejected_tables_are_those_with_a_small_p() -> None:
    """The step from m to m + 1 finds the same tables as asking every one."""
    region = rejection(25, -0.1, 0.05, 5e-4, 25)
    for m in range(26):
        small = [k for k in range(m + 1) if exact_p(k, m - k, 25, -0.1, 5e-4) <= 0.05]
        assert region.fewest[m] == min(small, default=m + 1)


def test_probability_is_the_multinomial_sum() -> None:
    """Against adding up all tables."""
    region, n, win, lose = rejection(12, 0.0, 0.2, 1e-3, 12), 12, 0.3, 0.1
    total = sum(
        math.comb(n, b) * math.comb(n - b, c) * win**b * lose**c * (1 - win - lose) ** (n - b - c)
        for b in range(n + 1)
        for c in range(n + 1 - b)
        if b >= region.fewest[b + c]
    )
    assert region.probability(0.2, 0.4) == pytest.approx(total, abs=1e-12)
    assert total > 0.3


@pytest.mark.parametrize("n", [30, 80])
def test_the_guard_alarms_at_the_drop_it_names(n: int) -> None:
    """Simulated slices with that drop alarm in 80 % (3 standard errors of 3,000)."""
    guard = Guard(n=n, margin=0.05, alpha=0.05, gamma=5e-4)
    drop = guard_detectable_drop(guard, 0.10)
    assert drop is not None
    counts = np.random.default_rng(4).multinomial(n, [0.05, 0.05 + drop, 0.90 - drop], size=3000)
    tables, times = np.unique(counts, axis=0, return_counts=True)
    alarmed = [c - b >= 0.05 * n - 1e-9 and exact_p(c, b, n, 0.0, 5e-4) <= 0.05 for b, c, _ in tables.tolist()]
    assert np.sum(times[alarmed]) / 3000 == pytest.approx(0.8, abs=3 * 0.0073)


def test_a_tiny_slice_sees_no_drop() -> None:
    """Five examples cannot alarm at 1 %, however large the drop."""
    assert guard_detectable_drop(Guard(n=5, margin=0.1, alpha=0.01, gamma=1e-4), 0.1) is None
    assert guard_detectable_drop(Guard(n=20, margin=0.1, alpha=0.01, gamma=1e-4), 0.1) == pytest.approx(0.49, abs=0.01)
