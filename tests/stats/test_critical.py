"""Regions of rejection, looked up, are those of the tests that decide."""

import numpy as np
import pytest

from tuneproof.stats.arrays import IntArray
from tuneproof.stats.bounded import PAIRED_RANGE, Levels, Question
from tuneproof.stats.critical import Critical, PairTest
from tuneproof.stats.exact import exact_p
from tuneproof.stats.independent import infer_pairs
from tuneproof.stats.paired import tango_p
from tuneproof.stats.proportion import binomial_p_above, binomial_p_below


def made(n: int, threshold: float, level: float) -> PairTest:
    """Return a test with the usual shares of its level."""
    return PairTest(n=n, threshold=threshold, level=level, gamma=level / 100, alpha=0.05, limit_gamma=level / 100)


def tables(n: int) -> tuple[IntArray, IntArray]:
    """Return all tables of n pairs in no order."""
    every = [(wins, losses) for wins in range(n + 1) for losses in range(n + 1 - wins)]
    held = np.random.default_rng(1).permutation(np.array(every, dtype=np.int64))
    return held[:, 0], held[:, 1]


@pytest.mark.parametrize(("n", "threshold"), [(12, 0.0), (14, -0.2), (13, 0.1)])
@pytest.mark.parametrize("level", [0.025, 0.004])
def test_exact_regions_hold_every_table_that_is_rejected(n: int, threshold: float, level: float) -> None:
    """All tables of a size, in batches that make the boundary grow upwards and downwards."""
    wins, losses = tables(n)
    critical, test = Critical(), made(n, threshold, level)
    parts = zip(np.split(wins, [1, 9]), np.split(losses, [1, 9]), strict=True)
    found = np.concatenate([critical.pairs(test, *part) for part in parts])
    p = [exact_p(int(b), int(c), n, threshold, test.gamma) for b, c in zip(wins, losses, strict=True)]
    assert found.tolist() == [value <= level for value in p]


@pytest.mark.parametrize("threshold", [0.0, -0.3])
def test_at_alpha_itself_the_interval_must_exclude_the_threshold_too(threshold: float) -> None:
    """What is rejected is what `infer_pairs` calls met, also on tables whose p is just below alpha."""
    n, levels = 9, Levels(alpha=0.05, gamma_met=0.0005, gamma_breached=0.0005)
    question = Question(span=PAIRED_RANGE, threshold=threshold, levels=levels)
    wins, losses = tables(n)
    found = Critical().pairs(made(n, threshold, 0.05), wins, losses)
    marks = [np.array([1.0] * b + [-1.0] * c + [0.0] * (n - b - c)) for b, c in zip(wins, losses, strict=True)]
    assert found.tolist() == [infer_pairs(held, None, question).p_met <= 0.05 for held in marks]


@pytest.mark.parametrize("threshold", [0.0, -0.05, 0.1])
def test_large_tables_are_judged_by_tango(threshold: float) -> None:
    """Above the limit no table is enumerated."""
    rng = np.random.default_rng(2)
    wins, losses = rng.integers(0, 90, 200), rng.integers(0, 90, 200)
    found = Critical().pairs(made(700, threshold, 0.05), wins, losses)
    assert found.tolist() == [tango_p(int(b), int(c), 700, threshold) <= 0.05 for b, c in zip(wins, losses, strict=True)]


@pytest.mark.parametrize("bar", [0.5, 0.9, 1.0, 0.0])
def test_rates_are_judged_by_the_exact_binomial_test(bar: float) -> None:
    """Both sides, at every count, also at bars that nothing can be shown against."""
    right, critical = np.arange(41), Critical()
    above, below = critical.above(right, 40, bar, 0.05), critical.below(right, 40, bar, 0.05)
    assert above.tolist() == [binomial_p_above(k, 40, bar) <= 0.05 for k in range(41)]
    assert below.tolist() == [binomial_p_below(k, 40, bar) <= 0.05 for k in range(41)]


def test_no_tables_are_no_answer() -> None:
    """An empty batch asks for no boundary."""
    none = np.zeros(0, dtype=np.int64)
    assert Critical().pairs(made(30, 0.0, 0.05), none, none).size == 0
