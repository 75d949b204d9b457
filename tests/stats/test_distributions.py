"""The distribution functions, against scipy.special; and that a decision about yes/no scores never loads it."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from tuneproof.stats.distributions import (
    beta_quantile,
    binomial_tail,
    binomial_weights,
    log_factorials,
    normal_cdf,
    normal_quantile,
)
from tuneproof.stats.exact import exact_p
from tuneproof.stats.proportion import clopper_pearson_interval

SIZES = (1, 2, 3, 10, 59, 1_000, 20_000, 100_000)

SCIPY_TO = 3e-12
"""How far scipy 1.17 itself is off at n = 100,000, k = 2; up to 20,000 the two agree to 1e-14."""


def counts_of(n: int) -> list[int]:
    """Counts at the ends and in the middle."""
    return sorted({k for k in (0, 1, 2, n // 7, n // 2, n - 1, n) if 0 <= k <= n})


@pytest.mark.parametrize("level", [0.6, 0.9, 0.95, 0.9995, 1 - 1e-9])
@pytest.mark.parametrize("n", SIZES)
def test_clopper_pearson_limits_to_twelve_digits(n: int, level: float) -> None:
    """Each limit is a beta quantile."""
    tail = (1 - level) / 2
    for k in counts_of(n):
        low, high = clopper_pearson_interval(k, n, level)
        assert low == pytest.approx(
            0.0 if k == 0 else float(special.betaincinv(k, n - k + 1, tail)), rel=SCIPY_TO if n == 100_000 else 1e-12, abs=0
        )
        assert high == pytest.approx(
            1.0 if k == n else float(special.betaincinv(k + 1, n - k, 1 - tail)), rel=SCIPY_TO if n == 100_000 else 1e-12, abs=0
        )


@pytest.mark.parametrize("n", SIZES)
def test_binomial_tails_to_twelve_digits(n: int) -> None:
    """Around the mean, and as far out as 1e-200."""
    for k in counts_of(n)[1:]:
        spread = math.sqrt(k * max(n - k, 1) / n) / n
        for p in (k / n + shift * spread for shift in (-28, -12, -3, -0.5, 0, 0.5, 3, 12)):
            expected = float(special.betainc(k, n - k + 1, min(max(p, 0.0), 1.0)))
            if 0.0 < p < 1.0 and expected > 1e-200:
                assert binomial_tail(k, n, p) == pytest.approx(expected, rel=SCIPY_TO if n == 100_000 else 1e-12, abs=0)


def test_where_scipy_has_eleven_digits() -> None:
    """Digits of mpmath 1.4.1, at 50 digits; scipy.special.betaincinv and betainc of SciPy 1.17.1 are 9e-13 and 1.4e-12 off."""
    assert clopper_pearson_interval(2, 100_000, 0.9)[1] == pytest.approx(6.2956583960867035e-5, rel=1e-14, abs=0)
    assert binomial_tail(2, 100_000, 2e-5) == pytest.approx(0.59399685702289412, rel=1e-14, abs=0)


@given(
    a=st.floats(0.01, 1e4),
    b=st.floats(0.01, 1e4),
    p=st.one_of(st.floats(1e-9, 1 - 1e-9), st.floats(1e-200, 1e-9)),
)
def test_quantiles_with_fractional_counts(a: float, b: float, p: float) -> None:
    """Effective counts of clustered scores are not whole. Beyond 1e-280 it is scipy that loses digits."""
    expected = float(special.betaincinv(a, b, p))
    if expected > 1e-290:
        assert beta_quantile(p, a, b) == pytest.approx(expected, rel=1e-11, abs=0)
    assert binomial_tail(a, a + b, 0.3) == pytest.approx(float(special.betainc(a, b + 1.0, 0.3)), rel=1e-9, abs=1e-280)


def test_ends() -> None:
    """Where nothing is left to compute."""
    assert [beta_quantile(p, 2.0, 3.0) for p in (0.0, 1.0)] == [0.0, 1.0]
    assert [binomial_tail(k, 5, 0.3) for k in (-1, 0, 6)] == [1.0, 1.0, 0.0]
    assert [binomial_tail(2, 5, p) for p in (0.0, 1.0)] == [0.0, 1.0]
    assert [normal_quantile(p) for p in (0.0, 1.0)] == [-math.inf, math.inf]
    assert [normal_cdf(z) for z in (-math.inf, 0.0, math.inf)] == [0.0, 0.5, 1.0]
    assert beta_quantile(0.05, 1e6, 1e-12) == pytest.approx(1.0)
    assert binomial_tail(1e-11, 1e6, 0.3) == pytest.approx(1.0)


def test_normal_from_one_far_tail_to_the_other() -> None:
    """Twelve digits, also at 1e-298."""
    for z in np.linspace(-37, 9, 1_001):
        assert normal_cdf(z) == pytest.approx(float(special.ndtr(z)), rel=1e-12, abs=0)
    for p in np.concatenate([10 ** np.linspace(-300, -0.31, 500), 1 - 10 ** np.linspace(-15, -0.31, 200)]):
        assert normal_quantile(p) == pytest.approx(float(special.ndtri(p)), rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("n", [0, 1, 40, 5_000])
def test_log_factorials_and_weights(n: int) -> None:
    """What the exact test multiplies; the cached array cannot be spoiled."""
    logs = log_factorials(n)
    np.testing.assert_allclose(logs, special.gammaln(np.arange(n + 1) + 1.0), rtol=1e-15, atol=1e-15)
    assert not logs.flags.writeable
    for p in (0.0, 0.2, 1.0):
        assert binomial_weights(n, p).sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("b", "c", "n", "delta0", "gamma", "p"),
    [
        (0, 0, 1, -0.5, 0.0, 0.5),
        (1, 0, 1, 0.99, 0.0, 0.995),
        (60, 40, 500, 0.0, 5e-4, 0.023335619878),
        (450, 30, 500, 0.8, 5e-4, 0.053612379767),
        (1650, 1350, 5000, 0.05, 5e-4, 0.180934480366),
        (2500, 2500, 5000, -0.05, 5e-4, 0.000712719724),
        (0, 0, 5000, -0.001, 5e-4, 0.008932240447),
    ],
)
def test_exact_p_is_what_it_was_with_scipy(b: int, c: int, n: int, delta0: float, gamma: float, p: float) -> None:
    """The sum that starts the recursion gives what the incomplete beta function gave, to 1e-10."""
    assert exact_p(b, c, n, delta0, gamma) == pytest.approx(p, abs=1e-10)


YES_NO = """
import sys
import numpy as np
from tuneproof.stats.inference import Levels, assess, compare
from tuneproof.stats.multiplicity import holm, holm_over_candidates
from tuneproof.stats.power import PairedPlan, discordance_upper, pairs_for_power
from tuneproof.stats.proportion import binomial_p_above
levels = Levels(alpha=0.05, gamma_met=5e-4, gamma_breached=5e-4)
for n in (40, 400, 6_000):
    one, other = np.arange(n) % 7 < 6, np.arange(n) % 5 < 4
    one, other, wild = one * 1.0, other * 1.0, np.where(np.arange(n) % 11 < 1, 0.0, 1.0)
    each = np.arange(n)
    compared = compare((one, one), (other, np.maximum(other, 1 - wild)), clusters=each, threshold=-0.03, levels=levels)
    assessed = assess((one, one), clusters=each, threshold=0.8, levels=levels)
    holm([compared.resolved.p_met, assessed.worst.p_met])
    holm_over_candidates([[compared.worst.p_met, None]])
    plan = PairedPlan(threshold=-0.03, effect=0.0, discordance=discordance_upper(n // 9, n))
    assert pairs_for_power(plan, 0.05, 0.8) > 0
    assert 0 < binomial_p_above(9, 12, 0.5) < 1
print(*sorted(name for name in sys.modules if name.split(".")[0] == "scipy"))
"""


def test_a_decision_about_yes_no_scores_loads_no_scipy() -> None:
    """Its import costs 25 MB and a quarter of a second, more than the decision itself."""
    done = subprocess.run([sys.executable, "-c", YES_NO], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
