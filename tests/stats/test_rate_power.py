"""Sizes for one rate against a bar."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from tuneproof.stats.rate_power import rate_detectable, rate_n, rate_power


def test_flawless_sizes() -> None:
    """59 for 5 % and 299 for 1 %, when the true rate is 1 (section 5.4)."""
    assert rate_n(0.95, 1.0, 0.05) == 59
    assert rate_n(0.99, 1.0, 0.05) == 299


@pytest.mark.parametrize(("n", "bar", "rate"), [(300, 0.97, 0.995), (50, 0.8, 0.9), (40, 0.99, 0.999)])
def test_power_is_scipys(n: int, bar: float, rate: float) -> None:
    """The fewest successes that reject, and their probability at the true rate; 0 where none rejects."""
    least = next((k for k in range(n + 1) if binom.sf(k - 1, n, bar) <= 0.05), n + 1)
    assert rate_power(n, bar, rate, 0.05) == pytest.approx(binom.sf(least - 1, n, rate), abs=1e-12)


def test_n_is_the_first_that_reaches_the_power() -> None:
    """One fewer does not, and the detectable rate at that n is the one planned for or just below."""
    n = rate_n(0.85, 0.92, 0.05)
    assert rate_power(n, 0.85, 0.92, 0.05) >= 0.8 > rate_power(n - 1, 0.85, 0.92, 0.05)
    assert 0.91 < rate_detectable(n, 0.85, 0.05) <= 0.92  # type: ignore[operator]


def test_too_small_a_sample_detects_nothing() -> None:
    """50 of 50 do not show 97 %."""
    assert rate_detectable(50, 0.97, 0.05) is None
    assert rate_n(0.85, 0.852, 0.05) == pytest.approx(196_334, abs=1)


def test_a_bar_at_or_above_the_rate_is_refused() -> None:
    """No number of examples proves what is not so."""
    with pytest.raises(ValueError, match="bar"):
        rate_n(0.9, 0.9, 0.05)
