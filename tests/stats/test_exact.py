"""The exact unconditional p, against brute force, published values and its own promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuneproof.stats.exact import exact_p
from tuneproof.stats.paired import tango_z
from tuneproof.stats.proportion import clopper_pearson_interval

GAMMA = 5e-4


@pytest.mark.parametrize(
    ("b", "c", "n", "delta0", "plain", "restricted"),
    [
        (12, 5, 100, 0.0, 0.049050, 0.049172),
        (5, 5, 100, -0.05, 0.080568, 0.076984),
        (12, 5, 100, 0.03, 0.187624, 0.184614),
        (24, 10, 200, 0.0, 0.009698, 0.008944),
        (0, 0, 60, -0.05, 0.95**60, 0.046570),
        (0, 0, 50, -0.05, 0.076945, 0.076945 + GAMMA),
        (0, 1, 44, -0.10, 0.057109, 0.057109 + GAMMA),
    ],
)
def test_p_is_the_registered_one(b: int, c: int, n: int, delta0: float, plain: float, restricted: float) -> None:
    """Section 5.1 of the design page (own, two implementations): without and with the Berger–Boos set."""
    assert exact_p(b, c, n, delta0, 0.0) == pytest.approx(plain, abs=6e-7)
    assert exact_p(b, c, n, delta0, GAMMA) == pytest.approx(restricted, abs=6e-7)


@pytest.mark.parametrize(
    ("b", "c", "n", "delta0", "p"),
    [(40, 18, 288, 0.03, 0.0385), (40, 25, 300, 0.03, 0.2308), (45, 18, 300, 0.03, 0.0110), (40, 22, 200, 0.0, 0.0119)],
)
def test_p_of_the_worked_examples(b: int, c: int, n: int, delta0: float, p: float) -> None:
    """Sections 6.5 and 4.4: unresolved answers dropped, worst and best filling, and a stopped run."""
    assert exact_p(b, c, n, delta0, GAMMA) == pytest.approx(p, abs=6e-5)


@pytest.mark.parametrize(
    ("b", "c", "n", "two_sided"),
    [
        pytest.param(7, 1, 21, 0.035316, id="own"),
        pytest.param(1, 0, 14, 0.541972, id="contingencytables .542071 less its gamma 1e-4"),
    ],
)
def test_twice_the_p_is_the_exact_unconditional_mcnemar(b: int, c: int, n: int, two_sided: float) -> None:
    """At delta0 = 0 the two tails do not overlap at the same nuisance, so the two-sided p is the doubled one."""
    assert 2.0 * exact_p(b, c, n, 0.0, 0.0) == pytest.approx(two_sided, abs=6e-7)


@pytest.mark.parametrize(("delta0", "p"), [(0.03, 1.0), (-0.05, GAMMA), (0.05, 1.0)])
def test_systems_that_never_disagree_prove_no_lift(delta0: float, p: float) -> None:
    """Z ≤ 0 gives 1 before the empty Berger–Boos set gives gamma."""
    assert exact_p(0, 0, 300, delta0, GAMMA) == p


def brute_force(b: int, c: int, n: int, delta0: float, gamma: float) -> float:
    """The definition, table by table, on a fine grid of the nuisance."""
    z = tango_z(b, c, n, delta0)
    if z <= 0:
        return 1.0
    low, high = (0.0, 1.0) if gamma == 0 else clopper_pearson_interval(b + c, n, 1 - gamma)
    low, high = max(low, abs(delta0)), min(high, 1.0)
    if low > high:
        return gamma
    grid = low + (high - low) * np.linspace(0, 1, 4001) ** 2
    win, lose = (grid + delta0) / 2, (grid - delta0) / 2
    total = np.zeros_like(grid)
    for wins in range(n + 1):
        for losses in range(n - wins + 1):
            if tango_z(wins, losses, n, delta0) >= z - 1e-9:
                ties = n - wins - losses
                ways = math.comb(n, wins) * math.comb(n - wins, losses)
                total += ways * win**wins * np.maximum(lose, 0) ** losses * np.maximum(1 - grid, 0) ** ties
    return min(1.0, float(total.max()) + gamma)


@settings(max_examples=40, deadline=None)
@given(
    table=st.tuples(st.integers(0, 14), st.integers(0, 14), st.integers(1, 14)).filter(lambda t: t[0] + t[1] <= t[2]),
    delta0=st.sampled_from([-0.3, -0.1, -0.05, 0.0, 0.02, 0.1, 0.4]),
    gamma=st.sampled_from([0.0, GAMMA, 0.01]),
)
def test_fast_p_equals_brute_force(table: tuple[int, int, int], delta0: float, gamma: float) -> None:
    """The cumulative sum is the definition, on all small tables."""
    fast, slow = exact_p(*table, delta0, gamma), brute_force(*table, delta0, gamma)
    assert fast == pytest.approx(slow, abs=2e-6)
    assert fast >= slow - 1e-7


@settings(max_examples=60, deadline=None)
@given(
    b=st.integers(0, 30),
    c=st.integers(0, 30),
    spare=st.integers(1, 60),
    delta0=st.sampled_from([-0.1, -0.03, 0.0, 0.05]),
    gamma=st.sampled_from([GAMMA, 1e-5]),
)
def test_p_is_ordered_like_the_evidence(b: int, c: int, spare: int, delta0: float, gamma: float) -> None:
    """One more win is never evidence against, one more loss never evidence for, and p is never below gamma."""
    n = b + c + spare
    p = exact_p(b, c, n, delta0, gamma)
    assert gamma <= p <= 1.0
    if spare and p <= 0.5:
        assert exact_p(b + 1, c, n, delta0, gamma) <= p + 2e-3
        assert exact_p(b, c + 1, n, delta0, gamma) >= p - 2e-3


@pytest.mark.parametrize("delta0", [-0.1, -0.05, 0.0, 0.05])
@pytest.mark.parametrize("n", [20, 30])
def test_the_tables_rejected_at_five_percent_are_monotone(n: int, delta0: float) -> None:
    """Rejection is kept by one more win and one fewer loss; the worst filling of missing answers rests on it."""
    rejected = {
        (b, c): exact_p(b, c, n, delta0, GAMMA) <= 0.05 for b in range(n + 1) for c in range(n + 1 - b) if (b - c) / n > delta0
    }
    fewer_losses = [(b, c) for (b, c), yes in rejected.items() if yes and c and not rejected[b, c - 1]]
    more_wins = [(b, c) for (b, c), yes in rejected.items() if yes and b + c < n and not rejected[b + 1, c]]
    assert fewer_losses == []
    assert more_wins == []


def test_boundary_size_stays_below_alpha_at_n_30() -> None:
    """P(p ≤ .05) at the boundary is at most 5 % for every threshold and discordance: no asymptotics, full enumeration."""
    n, worst = 30, 0.0
    for delta0 in (-0.1, -0.05, -0.02, 0.0, 0.03, 0.1):
        tables = [(b, c) for b in range(n + 1) for c in range(n + 1 - b) if exact_p(b, c, n, delta0, GAMMA) <= 0.05]
        for discordance in np.linspace(abs(delta0), 1, 60):
            win, lose, tie = (discordance + delta0) / 2, (discordance - delta0) / 2, 1 - discordance
            ways = (math.comb(n, b) * math.comb(n - b, c) * win**b * lose**c * max(tie, 0.0) ** (n - b - c) for b, c in tables)
            worst = max(worst, sum(ways))
    assert 0.04 < worst <= 0.05


@pytest.mark.parametrize(("n", "b", "c"), [(500, 60, 40), (5000, 600, 500)])
def test_large_tables_agree_with_the_asymptotic_p(n: int, b: int, c: int) -> None:
    """At thousands of pairs the exact p is near the normal one, which the cumulative sum could only meet without drift."""
    p, normal = exact_p(b, c, n, 0.0, GAMMA), 0.5 * math.erfc(tango_z(b, c, n, 0.0) / math.sqrt(2))
    assert p == pytest.approx(normal, rel=0.06, abs=GAMMA)
