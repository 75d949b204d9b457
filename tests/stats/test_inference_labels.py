"""Corpus metrics through the method chooser."""

from __future__ import annotations

import numpy as np
import pytest

from tuneproof.stats.inference import Bounded, LabelTask, Levels, assess_labels, compare_labels
from tuneproof.stats.jackknife import JackknifeT, delete_clusters

LEVELS = Levels(alpha=0.05, gamma_met=5e-4, gamma_breached=5e-4)
GOLD = np.tile(np.arange(3), 40)


def macro_f1(counts: np.ndarray) -> float:
    """Mean F1 over labels."""
    right = np.diag(counts[:, :-1])
    total = counts.sum(axis=1) + counts[:, :-1].sum(axis=0)
    return float(np.mean(np.divide(2 * right, total, out=np.zeros(len(right)), where=total > 0)))


def labels(seed: int, accuracy: float, repeats: int = 1) -> np.ndarray:
    """Predicted labels of a system with this accuracy."""
    rng = np.random.default_rng(seed)
    right = rng.random((120, repeats)) < accuracy
    return np.where(right, GOLD[:, None], (GOLD[:, None] + 1 + rng.integers(0, 2, (120, repeats))) % 3)


def labelled(candidate: np.ndarray, baseline: np.ndarray, threshold: float, clusters: np.ndarray | None = None) -> Bounded:
    """Macro-F1 on the 120 examples."""
    chosen = np.arange(120) if clusters is None else clusters
    task = LabelTask(gold=GOLD, n_labels=3, clusters=chosen, metric=macro_f1)
    return compare_labels(candidate, baseline, task=task, threshold=threshold, levels=LEVELS, seed=1)


@pytest.mark.parametrize(
    ("threshold", "clusters", "method"),
    [
        (0.0, None, "jackknife-t+permutation"),
        (0.02, None, "jackknife-t"),
        (0.02, np.arange(120) // 6, "cluster-jackknife-t"),
        (0.0, np.arange(120) // 6, "cluster-jackknife-t+permutation"),
    ],
)
def test_corpus_metrics_are_judged_by_jackknife(threshold: float, clusters: np.ndarray | None, method: str) -> None:
    """A clear gain is met by each, interval and p in agreement."""
    found = labelled(labels(1, 0.9, 2), labels(2, 0.6), threshold, clusters).resolved
    assert found.method == method
    assert found.low > threshold
    assert found.p_met <= 0.05


@pytest.mark.parametrize("seed", range(12))
def test_interval_and_p_agree_on_corpus_metrics(seed: int) -> None:
    """Also where the permutation does not reject and the jackknife does."""
    found = labelled(labels(seed, 0.72), labels(seed + 100, 0.62), 0.0).resolved
    assert (found.low > 0.0) == (found.p_met <= 0.05)
    assert (found.high < 0.0) == (found.p_breached <= 0.05)


def test_the_permutation_must_reject_too() -> None:
    """Found by search: the jackknife's p is .0496, the permutation's .0555; the interval then reaches to 0."""
    candidate, baseline = labels(27, 0.76), labels(1027, 0.68)
    alone, both = labelled(candidate, baseline, 1e-9).resolved, labelled(candidate, baseline, 0.0).resolved
    assert alone.p_met == pytest.approx(0.0496, abs=5e-5)
    assert alone.low > 0.0
    assert both.p_met == pytest.approx(0.0555, abs=0.002)
    assert both.low == 0.0


def test_unequal_clusters_of_labels_use_the_effective_number() -> None:
    """Degrees of freedom N²/Σn_g² − 1: the interval of unequal clusters is as wide as its t says."""
    clusters = np.minimum(np.arange(120) // 4, 11)
    ours, theirs = labels(1, 0.8), labels(2, 0.7)
    found = labelled(ours, theirs, 0.02, clusters).resolved
    deleted = [delete_clusters(GOLD, system, clusters, 3, macro_f1) for system in (ours, theirs)]
    sizes = np.bincount(clusters)
    judged = JackknifeT.of(deleted[0].minus(deleted[1]), df=120**2 / np.sum(sizes**2) - 1)
    assert (found.low, found.high) == pytest.approx(judged.limits(0.05))


def test_a_missing_label_opens_the_whole_range() -> None:
    """A corpus metric is not monotone in one answer; the resolved examples still give the value."""
    candidate = labels(1, 0.9)
    candidate[5] = -2
    found = labelled(candidate, labels(2, 0.6), 0.0)
    assert (found.n_missing, found.resolved.n, found.worst.n) == (1, 119, 120)
    assert (found.worst.low, found.best.high, found.worst.p_met, found.best.p_breached) == (-1.0, 1.0, 1.0, 1.0)


def test_a_label_with_few_gold_examples_blocks() -> None:
    """Four declared labels of which one never occurs; without it nothing blocks."""
    system = labels(1, 0.9)
    for n_labels, blocked in ((3, False), (4, True)):
        task = LabelTask(gold=GOLD, n_labels=n_labels, clusters=np.arange(120), metric=macro_f1)
        found = assess_labels(system, task=task, threshold=0.5, levels=LEVELS).resolved
        assert (found.blocked is not None) is blocked
        assert found.p_met < 0.05


def test_identical_labels_give_no_certainty() -> None:
    """No example moves the difference, so nothing is known about its spread."""
    found = labelled(labels(1, 0.9), labels(1, 0.9), -0.05).resolved
    assert (found.value, found.low, found.high, found.p_met) == (0.0, -1.0, 1.0, 1.0)
    assert found.blocked is not None


@pytest.mark.parametrize(("gold", "predicted"), [(3, 0), (0, 3), (0, -3)])
def test_labels_out_of_range_are_refused(gold: int, predicted: int) -> None:
    """An index is a label, −1 or −2."""
    task = LabelTask(gold=np.array([gold, 0]), n_labels=3, clusters=np.arange(2), metric=macro_f1)
    with pytest.raises(ValueError, match="outside"):
        assess_labels(np.array([[predicted], [0]]), task=task, threshold=0.5, levels=LEVELS)
