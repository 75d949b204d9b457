"""Does the 5 % rule err 5 %: enumeration and seeded simulation at the boundary, through the method chooser."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tuneproof.stats.clusters import fit_clusters
from tuneproof.stats.inference import LabelTask, Levels, compare, compare_labels
from tuneproof.stats.paired import tango_p, tango_z

pytestmark = pytest.mark.slow

LEVELS = Levels(alpha=0.05, gamma_met=5e-4, gamma_breached=5e-4)


def p_met(candidate: np.ndarray, baseline: np.ndarray, threshold: float, clusters: np.ndarray | None = None) -> float:
    """The p-value of "met" on complete data."""
    chosen = np.arange(candidate.size) if clusters is None else clusters
    found = compare((candidate, candidate), (baseline, baseline), clusters=chosen, threshold=threshold, levels=LEVELS)
    return found.resolved.p_met


@pytest.mark.parametrize("threshold", [-0.10, 0.03])
def test_pairs_err_at_most_five_percent_at_n_30(threshold: float) -> None:
    """Every table of 30 pairs with up to 16 disagreements, at 40 discordances on the boundary; more would add to no maximum."""
    n = 30
    tables = [(b, c) for b in range(17) for c in range(17 - b) if tango_z(b, c, n, threshold) > 1.3]
    rejected = []
    for b, c in tables:
        cells = [b, c, n - b - c]
        candidate, baseline = np.repeat([1.0, 0.0, 0.0], cells), np.repeat([0.0, 1.0, 0.0], cells)
        if p_met(candidate, baseline, threshold) <= 0.05:
            rejected.append((b, c))
    sizes = []
    for discordance in np.linspace(abs(threshold) + 1e-9, 0.35, 40):
        win, lose = (discordance + threshold) / 2, (discordance - threshold) / 2
        tie = 1 - discordance
        ways = (math.comb(n, b) * math.comb(n - b, c) * win**b * lose**c * tie ** (n - b - c) for b, c in rejected)
        sizes.append(sum(ways))
    assert max(sizes) <= 0.05
    assert max(sizes) > 0.02


def error(draw: object, n: int, threshold: float, runs: int, seed: int) -> float:
    """Share of simulated samples whose p is at most 5 % although the truth is the threshold."""
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(runs):
        candidate, baseline = draw(rng, n)  # type: ignore[operator]
        hits += p_met(candidate, baseline, threshold) <= 0.05
    return hits / runs


def rubric(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Five levels with a ceiling, both systems alike, correlated through the difficulty of the example."""
    difficulty = rng.random(n)
    both = rng.random((2, n)) * 0.5 + difficulty * 0.5
    return np.clip(np.ceil(both[0] * 5) / 4, 0, 1), np.clip(np.ceil(both[1] * 5) / 4, 0, 1)


def catastrophe(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """57 % gain .05, 3 % lose everything: mean difference −.0015."""
    kind = rng.random(n)
    baseline = np.where(kind < 0.03, 1.0, 0.5)
    return np.where(kind < 0.03, 0.0, np.where(kind < 0.60, 0.55, 0.5)), baseline


@pytest.mark.parametrize(
    ("draw", "n", "threshold", "worst"),
    [
        pytest.param(rubric, 50, 0.0, 0.050, id="rubric, t+2 at 50"),
        pytest.param(rubric, 150, 0.0, 0.059, id="rubric, Hall at 150"),
        pytest.param(catastrophe, 50, -0.0015, 0.001, id="catastrophe, t+2 at 50"),
        pytest.param(catastrophe, 100, -0.0015, 0.057, id="catastrophe, Hall at 100"),
        pytest.param(catastrophe, 200, -0.0015, 0.004, id="catastrophe, Hall at 200"),
    ],
)
def test_scores_err_as_registered(draw: object, n: int, threshold: float, worst: float) -> None:
    """Section 3.3: the worst error listed, and three standard errors of 1,500 runs."""
    runs = 1500
    assert error(draw, n, threshold, runs, 17) <= worst + 3 * math.sqrt(max(worst, 0.002) / runs)


def clustered(rng: np.random.Generator, groups: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clusters of ten whose examples tend to go the same way, no true difference."""
    clusters = np.repeat(np.arange(groups), 10)
    lean = np.clip(0.5 + 0.35 * rng.standard_normal(groups), 0.02, 0.98)[clusters]
    differs = rng.random(clusters.size) < 0.3
    wins = rng.random(clusters.size) < lean
    return (differs & wins) * 1.0, (differs & ~wins) * 1.0, clusters


@pytest.mark.parametrize(("groups", "worst"), [(8, 0.047), (12, 0.062), (20, 0.072)])
def test_clustered_pairs_err_as_registered_and_less_than_without_clusters(groups: int, worst: float) -> None:
    """Section 3.5: "both must pass" keeps the listed worst error where ignoring the clusters errs by more than 9 %."""
    rng, runs = np.random.default_rng(5), 1000
    hits, naive = 0, 0
    for _ in range(runs):
        candidate, baseline, clusters = clustered(rng, groups)
        hits += p_met(candidate, baseline, 0.0, clusters) <= 0.05
        naive += tango_p(int(candidate.sum()), int(baseline.sum()), clusters.size, 0.0) <= 0.05
    assert hits / runs <= worst + 3 * math.sqrt(worst / runs)
    assert naive / runs > 0.09


def test_clustered_scores_err_about_five_percent() -> None:
    """Section 3.5: CR3 with Bell–McCaffrey degrees of freedom, unequal clusters, mean error .05."""
    rng, runs = np.random.default_rng(8), 1500
    sizes = np.array([2, 3, 4, 6, 8, 10, 12, 15, 18, 22])
    clusters = np.repeat(np.arange(sizes.size), sizes)
    hits, naive = 0, 0
    for _ in range(runs):
        shift = 0.1 * rng.standard_normal(sizes.size)[clusters]
        difference = np.clip(shift + 0.2 * rng.standard_normal(clusters.size), -0.5, 0.5)
        hits += p_met(0.5 + difference, np.full(clusters.size, 0.5), 0.0, clusters) <= 0.05
        fit = fit_clusters(difference, np.arange(clusters.size))
        naive += fit.mean / fit.cr1 > 1.66
    assert 0.02 < hits / runs <= 0.053 + 3 * math.sqrt(0.05 / runs)
    assert naive / runs > 0.10


def macro_f1(counts: np.ndarray) -> float:
    """Mean F1 over labels."""
    right = np.diag(counts[:, :-1])
    total = counts.sum(axis=1) + counts[:, :-1].sum(axis=0)
    return float(np.mean(np.divide(2 * right, total, out=np.zeros(len(right)), where=total > 0)))


@pytest.mark.parametrize(("n", "worst"), [(60, 0.066), (250, 0.068)])
def test_macro_f1_errs_as_registered(n: int, worst: float) -> None:
    """Section 3.4: jackknife-t, both sides together, systems alike; threshold just off 0 so that no permutation helps."""
    rng, runs, hits = np.random.default_rng(12), 700, 0
    for _ in range(runs):
        gold = rng.integers(0, 3, n)
        easy = rng.random(n)
        answers = [np.where(rng.random(n) < 0.4 + 0.5 * easy, gold, rng.integers(0, 3, n))[:, None] for _ in range(2)]
        task = LabelTask(gold=gold, n_labels=3, clusters=np.arange(n), metric=macro_f1)
        found = compare_labels(*answers, task=task, threshold=1e-9, levels=LEVELS, seed=1).resolved
        hits += (found.p_met <= 0.05) + (found.p_breached <= 0.05)
    assert 0.02 < hits / (2 * runs) <= worst + 3 * math.sqrt(worst / (2 * runs))
