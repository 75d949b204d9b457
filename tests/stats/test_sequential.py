"""Boundaries of several looks against published tables, and sequential p-values against the boundaries they invert."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuneproof.stats.distributions import normal_cdf
from tuneproof.stats.sequential import LOOKS, boundaries, conditional_power, nominal_levels, sequential_p, times

UNEQUAL = (0.125, 0.25, 0.625, 0.75, 1.0)
"""The looks of an evalset of eight clusters."""

REPEATED = (0.0, 1 / 3, 1 / 3, 2 / 3, 1.0)
"""The looks of an evalset of three clusters: two of the five find nothing new."""

CROWDED = (0.1, 0.95, 0.96, 0.99, 1.0)

ALPHAS = (0.05, 0.05 / 3, 0.05 / 20, 1e-6)


def equal(looks: int) -> tuple[float, ...]:
    """Equally spaced looks."""
    return tuple((look + 1) / looks for look in range(looks))


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        (0.05, (4.2292, 2.8881, 2.2981, 1.9618, 1.7397)),
        (0.025, (4.8769, 3.3570, 2.6803, 2.2898, 2.0310)),
        (0.05, (3.7496, 2.5399, 2.0161, 1.7202)),
        (0.025, (4.3326, 2.9631, 2.3590, 2.0141)),
        (0.05, (3.2001, 2.1408, 1.6948)),
        (0.025, (3.7103, 2.5114, 1.9930)),
        (0.05, (2.5380, 1.6621)),
        (0.025, (2.9626, 1.9686)),
    ],
)
def test_boundaries_of_equal_looks(alpha: float, expected: tuple[float, ...]) -> None:
    """The table of section 4.2; K = 3 at .025 is also published (rpact, asOF: 3.710, 2.511, 1.993)."""
    assert boundaries(equal(len(expected)), alpha) == pytest.approx(expected, abs=5.1e-5)


def test_boundaries_of_unequal_looks() -> None:
    """The figures that the documentation of gsDesign2 prints for looks at a half, three quarters and the end."""
    assert boundaries((0.5, 0.75, 1.0), 0.025) == pytest.approx((2.962588, 2.359018, 2.014084), abs=1e-6)


def test_the_registered_looks() -> None:
    """Five, a fifth of the examples apart; one look alone is the ordinary test."""
    assert times() == pytest.approx(equal(LOOKS))
    assert nominal_levels((1.0,), 0.05) == pytest.approx((0.05,), rel=1e-12)
    assert nominal_levels(times(), 0.05)[-1] == pytest.approx(0.04096, abs=5e-6)


def test_a_boundary_depends_on_earlier_looks_only() -> None:
    """So a look's level is known when it is taken, whatever comes later."""
    for look in range(1, LOOKS + 1):
        assert boundaries(UNEQUAL[:look], 0.05) == pytest.approx(boundaries(UNEQUAL, 0.05)[:look], abs=1e-9)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 3, 0.0025])
@pytest.mark.parametrize("at", [times(), UNEQUAL, CROWDED])
def test_all_looks_together_spend_alpha(at: tuple[float, ...], alpha: float) -> None:
    """By simulation of Brownian paths: 400,000, seeded, four standard errors."""
    rng, runs = np.random.default_rng(5), 400_000
    steps = rng.standard_normal((runs, len(at))) * np.sqrt(np.diff((0.0, *at)))
    z = np.cumsum(steps, axis=1) / np.sqrt(at)
    crossed = float(np.mean((z >= np.array(boundaries(at, alpha))).any(axis=1)))
    assert crossed == pytest.approx(alpha, abs=4 * (alpha / runs) ** 0.5)


def test_a_look_without_news_cannot_reject() -> None:
    """Repeated times spend nothing, and the looks around them are as if they had not been."""
    found = boundaries(REPEATED, 0.05)
    assert found[0] == found[2] == float("inf")
    assert (found[1], found[3], found[4]) == pytest.approx(boundaries(equal(3), 0.05), abs=1e-12)
    assert sequential_p((1.0, 0.05, 1e-9, 0.1, 0.2), REPEATED) == sequential_p((0.05, 0.1, 0.2), equal(3)) < 1


@pytest.mark.parametrize(
    ("at", "alpha", "complaint"),
    [
        ((0.4, 0.2, 1.0), 0.05, "in order"),
        ((0.5, 1.2), 0.05, r"in \[0, 1\]"),
        ((-0.1, 1.0), 0.05, r"in \[0, 1\]"),
        ((float("nan"), 1.0), 0.05, r"in \[0, 1\]"),
        ((1.0,), 0.0, "0 < alpha < 1"),
        ((1.0,), 1.0, "0 < alpha < 1"),
    ],
)
def test_looks_out_of_order_are_refused(at: tuple[float, ...], alpha: float, complaint: str) -> None:
    """A fault of the caller, never silently sorted."""
    with pytest.raises(ValueError, match=complaint):
        boundaries(at, alpha)


def test_every_look_has_a_p() -> None:
    """A p too many or too few is a fault of the caller."""
    with pytest.raises(ValueError, match="2 p-values of 1 looks"):
        sequential_p((0.1, 0.2), (0.2,))


@pytest.mark.parametrize("at", [times(), UNEQUAL, REPEATED, CROWDED, (0.9, 0.92, 0.94, 0.98, 1.0), (1e-3, 0.5, 0.6, 0.61, 1.0)])
def test_levels_rise_with_alpha(at: tuple[float, ...]) -> None:
    """Without that "the smallest alpha that would have rejected" would say nothing about larger ones."""
    levels = np.array([nominal_levels(at, float(alpha)) for alpha in np.geomspace(1e-15, 0.5, 60)])
    assert (np.diff(levels, axis=0) >= -1e-12).all()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    powers=st.lists(st.floats(0.0, 9.0), min_size=1, max_size=5),
    at=st.sampled_from([times(), UNEQUAL, REPEATED, CROWDED]),
    alpha=st.sampled_from(ALPHAS),
)
def test_a_sequential_p_is_at_most_alpha_where_a_look_rejects(powers: list[float], at: tuple[float, ...], alpha: float) -> None:
    """Also at alpha / 3 (Holm), alpha / 20 (a breach among 20) and 1e-6."""
    p_values, seen = [10.0**-power for power in powers], at[: len(powers)]
    rejected = any(p <= level for p, level in zip(p_values, nominal_levels(seen, alpha), strict=True))
    assert (sequential_p(p_values, seen) <= alpha) == rejected


@settings(max_examples=60, deadline=None, derandomize=True)
@given(powers=st.lists(st.floats(0.4, 9.0), min_size=1, max_size=5), at=st.sampled_from([times(), UNEQUAL, CROWDED]))
def test_a_sequential_p_is_the_smallest_such_alpha(powers: list[float], at: tuple[float, ...]) -> None:
    """A billionth less no longer rejects; it rejects itself, but for rounding."""
    p_values, seen = [10.0**-power for power in powers], at[: len(powers)]
    found = sequential_p(p_values, seen)
    if 1e-15 < found < 1.0:
        more, less = (nominal_levels(seen, found * share) for share in (1 + 1e-12, 1 - 5e-9))
        assert any(p <= level for p, level in zip(p_values, more, strict=True))
        assert not any(p <= level for p, level in zip(p_values, less, strict=True))


def test_a_sequential_p_never_rises() -> None:
    """Neither with another look nor with a smaller p; without evidence it is 1, and its ends are named."""
    p_values = (0.9, 0.01, 0.3, 0.02, 0.6)
    found = [sequential_p(p_values[:look], times()[:look]) for look in range(1, 6)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == found[-2] < found[-3]
    assert sequential_p((0.9, 0.005, 0.3), times()[:3]) < found[2]
    assert sequential_p((1.0,) * 5, times()) == sequential_p((), ()) == sequential_p((0.7,), (1.0,)) == 1.0
    assert sequential_p((0.0,), (0.2,)) == 1e-15


@pytest.mark.parametrize("p", [1e-9, 0.003, 0.05, 0.49])
def test_one_look_changes_nothing(p: float) -> None:
    """At the end of the data, alone, a look is the ordinary test."""
    assert sequential_p((p,), (1.0,)) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize(
    ("p", "t", "final_z", "expected"),
    [
        (normal_cdf(-1.0), 0.5, 1.7397, normal_cdf((2.0**0.5 - 1.7397) / 0.5**0.5)),
        (normal_cdf(-2.0), 0.8, 1.7397, normal_cdf((2.0 / 0.8**0.5 - 1.7397) / 0.2**0.5)),
        (0.5, 0.2, 1.7397, normal_cdf(-1.7397 / 0.8**0.5)),
        (1.0, 0.4, 1.7397, 0.0),
        (0.0, 0.4, 1.7397, 1.0),
        (0.04, 1.0, 1.7397, 1.0),
        (0.05, 1.0, 1.7397, 0.0),
    ],
)
def test_conditional_power_by_hand(p: float, t: float, final_z: float, expected: float) -> None:
    """B = Z√t and θ = B/t give B + θ(1 − t) = Z/√t; at the last look it is the look's own outcome."""
    assert conditional_power(p, t, final_z) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("t", "z"), [(0.4, 1.2), (0.6, 0.4)])
def test_conditional_power_by_simulation(t: float, z: float) -> None:
    """The rest of the path with the drift seen so far, 200,000 times, seeded."""
    rest = np.random.default_rng(8).standard_normal(200_000) * (1 - t) ** 0.5
    ends = z * t**0.5 / t + rest
    found = conditional_power(normal_cdf(-z), t, 1.7397)
    assert found == pytest.approx(float(np.mean(ends >= 1.7397)), abs=0.005)
