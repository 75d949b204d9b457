"""The swap permutation: its exact value, its seed, its clusters and its repeats."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tuneproof.stats.jackknife import confusion
from tuneproof.stats.permutation import LabelPairs, swap_p

GOLD = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 0, 1, 2])
CANDIDATE = np.array([0, 0, 1, 0, 1, 1, 0, 2, 2, 0, 1, 1])[:, None]
BASELINE = np.array([0, 1, 1, 0, 1, 0, 0, 2, 1, 0, 1, 1])[:, None]


def macro_f1(counts: np.ndarray) -> float:
    """Mean F1 over labels."""
    right = np.diag(counts[:, :-1])
    total = counts.sum(axis=1) + counts[:, :-1].sum(axis=0)
    return float(np.mean(np.divide(2 * right, total, out=np.zeros(len(right)), where=total > 0)))


def pairs(candidate: np.ndarray = CANDIDATE, baseline: np.ndarray = BASELINE, clusters: np.ndarray | None = None) -> LabelPairs:
    """The worked example, or a variant of it."""
    chosen = np.arange(12) if clusters is None else clusters
    return LabelPairs(gold=GOLD, candidate=candidate, baseline=baseline, clusters=chosen, n_labels=3)


def test_the_worked_example_is_one_eighth() -> None:
    """Section 5.6: exact one-sided p 1/8, within four standard errors of 9,999 draws; all swaps are as small or smaller."""
    found = swap_p(pairs(), macro_f1, seed=20261120)
    assert found.above == pytest.approx(1 / 8, abs=0.0133)
    assert found.below == 1.0


def test_enumeration_of_all_swaps_gives_the_same_p() -> None:
    """With differing repeats: every one of the 2^d swaps by hand."""
    second = np.array([0, 0, 2, 0, 1, 1, 0, 2, 2, 1, 1, 1])[:, None]
    ours, theirs = np.hstack([CANDIDATE, second]), np.hstack([BASELINE, BASELINE])
    differing = np.flatnonzero((ours != theirs).any(axis=1))

    def difference(a: np.ndarray, b: np.ndarray) -> float:
        return sum(macro_f1(confusion(GOLD, a[:, r], 3)) - macro_f1(confusion(GOLD, b[:, r], 3)) for r in range(2))

    observed, hits = difference(ours, theirs), []
    for choice in itertools.product([False, True], repeat=differing.size):
        swap = np.zeros(12, dtype=bool)
        swap[differing] = choice
        a, b = np.where(swap[:, None], theirs, ours), np.where(swap[:, None], ours, theirs)
        hits.append(difference(a, b) >= observed - 1e-12)
    found = swap_p(pairs(np.hstack([CANDIDATE, second])), macro_f1, seed=5)
    assert found.above == pytest.approx(np.mean(hits), abs=0.02)


def test_the_seed_decides_the_draw_and_nothing_else() -> None:
    """Same seed, same p; the systems swapped, the p-values swapped."""
    first, again = swap_p(pairs(), macro_f1, seed=1), swap_p(pairs(), macro_f1, seed=1)
    mirrored = swap_p(pairs(BASELINE, CANDIDATE), macro_f1, seed=1)
    assert first == again
    assert (mirrored.below, mirrored.above) == (first.above, first.below)


def test_whole_clusters_swap_together() -> None:
    """In one cluster there are two patterns, and the observed one has probability one half."""
    found = swap_p(pairs(clusters=np.zeros(12, dtype=np.int64)), macro_f1, seed=2)
    assert found.above == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_scattered_clusters_are_kept_together(seed: int) -> None:
    """Random answers in three clusters: the share of the eight patterns as large as the observed one, by hand."""
    rng = np.random.default_rng(seed)
    clusters, ours, theirs = rng.permutation(np.arange(12) % 3), rng.integers(0, 3, 12), rng.integers(0, 3, 12)
    values = []
    for choice in itertools.product([False, True], repeat=3):
        swap = np.array(choice)[clusters]
        a, b = np.where(swap, theirs, ours), np.where(swap, ours, theirs)
        values.append(macro_f1(confusion(GOLD, a, 3)) - macro_f1(confusion(GOLD, b, 3)))
    found = swap_p(pairs(ours[:, None], theirs[:, None], clusters), macro_f1, seed=3)
    assert found.above == pytest.approx(np.mean(np.array(values) >= values[0] - 1e-12), abs=0.02)
    assert found.below == pytest.approx(np.mean(np.array(values) <= values[0] + 1e-12), abs=0.02)


def test_identical_answers_give_one() -> None:
    """Nothing differs, so every swap is as large as the observed difference."""
    found = swap_p(pairs(CANDIDATE, CANDIDATE), macro_f1, seed=2)
    assert (found.above, found.below) == (1.0, 1.0)


def test_no_p_is_below_one_in_ten_thousand() -> None:
    """The observed swap counts as one draw, so p = 0 cannot be."""
    gold = np.repeat(np.arange(3), 20)
    wrong = (gold + 1) % 3
    sure = LabelPairs(gold=gold, candidate=gold[:, None], baseline=wrong[:, None], clusters=np.arange(60), n_labels=3)
    found = swap_p(sure, macro_f1, seed=7)
    assert found.above == pytest.approx(1e-4)
