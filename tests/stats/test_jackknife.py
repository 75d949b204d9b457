"""The jackknife of a corpus metric, against scikit-learn and plain recomputation."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tuneproof.stats.jackknife import Deleted, JackknifeT, confusion, delete_clusters, delete_examples

GOLD = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 0, 1, 2])
CANDIDATE = np.array([0, 0, 1, 0, 1, 1, 0, 2, 2, 0, 1, 1])[:, None]
BASELINE = np.array([0, 1, 1, 0, 1, 0, 0, 2, 1, 0, 1, 1])[:, None]


def macro_f1(counts: np.ndarray) -> float:
    """Mean F1 over labels; 0 for a label that is neither gold nor predicted."""
    right = np.diag(counts[:, :-1])
    total = counts.sum(axis=1) + counts[:, :-1].sum(axis=0)
    return float(np.mean(np.divide(2 * right, total, out=np.zeros(len(right)), where=total > 0)))


def test_the_worked_example_is_the_registered_one() -> None:
    """Section 5.6: macro-F1 of scikit-learn, difference, standard error and 90 % interval."""
    ours, theirs = (delete_examples(GOLD, column, 3, macro_f1) for column in (CANDIDATE, BASELINE))
    judged = JackknifeT.of(ours.minus(theirs), df=11)
    assert (ours.value, theirs.value) == pytest.approx((0.75555556, 0.5), abs=6e-9)
    assert (judged.value, judged.error) == pytest.approx((0.25555556, 0.18794774), abs=6e-9)
    assert judged.limits(0.05) == pytest.approx((-0.081977, 0.593088), abs=6e-7)


def test_deleting_counts_is_deleting_examples() -> None:
    """Each deleted value equals scikit-learn's macro-F1 on the other examples, averaged over repeats."""
    rng = np.random.default_rng(3)
    gold, predicted = rng.integers(0, 4, 40), rng.integers(0, 4, (40, 3))
    deleted = delete_examples(gold, predicted, 4, macro_f1)
    for i in (0, 17, 39):
        rest = np.delete(np.arange(40), i)
        each = [f1_score(gold[rest], column[rest], labels=range(4), average="macro", zero_division=0) for column in predicted.T]
        assert deleted.without[i] == pytest.approx(np.mean(each), abs=1e-12)


def test_clusters_of_one_are_examples_and_larger_ones_go_together() -> None:
    """The cluster loop agrees with the example loop, and with recomputation on what is left."""
    one_each = delete_clusters(GOLD, CANDIDATE, np.arange(12)[::-1], 3, macro_f1)
    assert one_each.without[::-1] == pytest.approx(delete_examples(GOLD, CANDIDATE, 3, macro_f1).without, abs=1e-12)
    pairs = delete_clusters(GOLD, CANDIDATE, np.arange(12) // 2, 3, macro_f1)
    rest = np.arange(12) // 2 != 4
    expected = f1_score(GOLD[rest], CANDIDATE[rest, 0], average="macro", labels=range(3), zero_division=0)
    assert pairs.without[4] == pytest.approx(expected, abs=1e-12)


def test_unparsed_answers_stand_in_the_last_column() -> None:
    """They cost recall and no label's precision, and their deletion is counted too."""
    counts = confusion(np.array([0, 1, 1]), np.array([0, -1, 1]), 2)
    assert counts.tolist() == [[1, 0, 0], [0, 1, 1]]
    deleted = delete_examples(np.array([0, 1, 1]), np.array([[0], [-1], [1]]), 2, macro_f1)
    assert deleted.without[1] == 1.0


def test_a_statistic_that_no_example_moves_says_nothing() -> None:
    """Error 0 means p = 1 and no limits, not certainty."""
    flat = JackknifeT.of(Deleted(value=0.0, without=np.zeros(9)), df=8)
    assert (flat.p_above(-0.1), flat.p_below(0.1)) == (1.0, 1.0)
    assert flat.limits(0.05) == (-np.inf, np.inf)


def test_jackknife_of_a_mean_is_the_t_test() -> None:
    """For a plain mean the delete-one error is s/√n and both p-values are Student's."""
    values = np.array([0.2, 0.9, 0.4, 0.4, 0.7])
    without = (values.sum() - values) / 4
    judged = JackknifeT.of(Deleted(value=float(values.mean()), without=without), df=4)
    assert judged.error == pytest.approx(values.std(ddof=1) / np.sqrt(5))
    low, high = judged.limits(0.05)
    assert (judged.p_above(low), judged.p_below(high)) == pytest.approx((0.05, 0.05), abs=1e-9)
