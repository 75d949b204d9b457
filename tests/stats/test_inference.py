"""The method chooser: which method when, what blocks, missing answers, and that interval and p say the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuneproof.stats.inference import Bounded, Inference, LabelTask, Levels, assess, assess_labels, compare, compare_labels

LEVELS = Levels(alpha=0.05, gamma_met=5e-4, gamma_breached=5e-4)


def known(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of scores without a missing answer."""
    return values, values


def pair_table(a: int, b: int, c: int, e: int) -> tuple[np.ndarray, np.ndarray]:
    """Candidate's and baseline's scores with these cells."""
    return np.repeat([1.0, 1.0, 0.0, 0.0], [a, b, c, e]), np.repeat([1.0, 0.0, 1.0, 0.0], [a, b, c, e])


def compared(candidate: np.ndarray, baseline: np.ndarray, threshold: float, clusters: np.ndarray | None = None) -> Inference:
    """Complete data, independent unless clusters are given."""
    chosen = np.arange(candidate.size) if clusters is None else clusters
    return compare(known(candidate), known(baseline), clusters=chosen, threshold=threshold, levels=LEVELS).resolved


def macro_f1(counts: np.ndarray) -> float:
    """Mean F1 over labels."""
    right = np.diag(counts[:, :-1])
    total = counts.sum(axis=1) + counts[:, :-1].sum(axis=0)
    return float(np.mean(np.divide(2 * right, total, out=np.zeros(len(right)), where=total > 0)))


def scores(n: int, seed: int = 1) -> np.ndarray:
    """Scores between 0 and 1 that are not all whole."""
    return np.round(np.random.default_rng(seed).random(n), 2)


BINARY, OTHER = np.arange(60) % 2 * 1.0, np.arange(60) % 3 // 2 * 1.0


@pytest.mark.parametrize(
    ("candidate", "baseline", "clusters", "method"),
    [
        pytest.param(BINARY, OTHER, None, "exact-tango", id="binary"),
        pytest.param(BINARY / 2 + 0.25, OTHER / 2, None, "t+2", id="scores below 100"),
        pytest.param(scores(100), scores(100, 2), None, "hall-t", id="scores from 100"),
        pytest.param(BINARY / 2, np.where(BINARY, 0.5, 0.0), None, "exact-tango", id="scores whose differences are whole"),
        pytest.param(BINARY, OTHER, np.arange(60) // 5, "cr3+tango-deff", id="clustered binary"),
        pytest.param(scores(60), scores(60, 2), np.arange(60) // 5, "cr3", id="clustered scores"),
        pytest.param(np.tile(BINARY, 84), np.tile(OTHER, 84), None, "tango", id="binary above 5,000"),
    ],
)
def test_the_data_choose_the_method(
    candidate: np.ndarray, baseline: np.ndarray, clusters: np.ndarray | None, method: str
) -> None:
    """Section 0.1 of the design page, two systems."""
    found = compared(candidate, baseline, 0.0, clusters)
    assert found.method == method
    assert found.n_clusters == (None if clusters is None else 12)


@pytest.mark.parametrize(
    ("values", "clusters", "method"),
    [
        (BINARY, None, "clopper-pearson"),
        (scores(60), None, "t+2"),
        (scores(100), None, "hall-t"),
        (BINARY, np.arange(60) // 5, "cr3+clopper-pearson"),
        (scores(60), np.arange(60) // 5, "cr3"),
    ],
)
def test_the_data_choose_the_method_of_one_system(values: np.ndarray, clusters: np.ndarray | None, method: str) -> None:
    """Section 0.1 of the design page, one system against a bar."""
    chosen = np.arange(values.size) if clusters is None else clusters
    assert assess(known(values), clusters=chosen, threshold=0.4, levels=LEVELS).resolved.method == method


def test_the_worked_example_with_missing_answers() -> None:
    """Section 6.5: dropping 12 answers would give GO; worst and best filling say it is open."""
    candidate, baseline = pair_table(100, 40, 18, 130)
    low, high = np.append(candidate, np.zeros(12)), np.append(candidate, np.ones(12))
    baseline = np.append(baseline, np.repeat([1.0, 0.0], [7, 5]))
    found = compare((low, high), known(baseline), clusters=np.arange(300), threshold=0.03, levels=LEVELS)
    assert (found.n_missing, found.resolved.n, found.worst.n) == (12, 288, 300)
    assert (found.resolved.p_met, found.worst.p_met, found.best.p_met) == pytest.approx((0.0385, 0.2308, 0.0110), abs=6e-5)
    assert found.worst.low < found.resolved.low < found.best.low


def test_nothing_missing_is_one_inference() -> None:
    """The three are the same object, so no reader can find them to differ."""
    found = compare(known(BINARY), known(OTHER), clusters=np.arange(60), threshold=0.0, levels=LEVELS)
    assert found.resolved is found.worst is found.best


def test_scores_are_scanned_between_the_extreme_fillings() -> None:
    """Section 4.4: a large gain inflates the spread, so the lower limit is lowest at the best filling, .0183."""
    low = np.repeat([0.05, 0.0], [50, 50])
    high = low.copy()
    high[-1] = 1.0
    found = compare((low, high), known(np.zeros(100)), clusters=np.arange(100), threshold=0.0, levels=LEVELS)
    assert found.worst.low == pytest.approx(0.0183, abs=6e-5)
    assert found.worst.value == pytest.approx(0.025)


@pytest.mark.parametrize("clusters", [np.arange(120), np.arange(120) // 8])
def test_the_scan_is_as_wide_as_every_filling_it_tries(clusters: np.ndarray) -> None:
    """Any filling "first j at the low end" gives no smaller low and no larger p than `worst`."""
    rng = np.random.default_rng(6)
    candidate, baseline = rng.random(120).round(2), rng.random(120).round(2)
    low, high = candidate.copy(), candidate.copy()
    low[:10], high[:10] = 0.0, 1.0
    found = compare((low, high), known(baseline), clusters=clusters, threshold=-0.05, levels=LEVELS)
    order = np.argsort(-baseline[:10], kind="stable")
    for j in range(11):
        filled = high.copy()
        filled[order[:j]] = 0.0
        one = compared(filled, baseline, -0.05, clusters)
        assert found.worst.low <= one.low + 1e-12
        assert found.worst.p_met >= one.p_met - 1e-12
        assert found.best.high >= one.high - 1e-12
        assert found.best.p_breached >= one.p_breached - 1e-12


@pytest.mark.parametrize("n", [10, 30, 50])
@pytest.mark.parametrize("threshold", [0.0, 0.03])
def test_identical_systems_show_no_lift_and_an_honest_interval(n: int, threshold: float) -> None:
    """The field's [0, 0] interval of ten identical pairs: here p is 1 and the interval as wide as n allows."""
    found = compared(np.ones(n), np.ones(n), threshold)
    assert found.p_met == 1.0
    assert found.low <= -(1 - 0.05 ** (1 / n))
    assert (found.blocked is not None) == (n < 20)


@pytest.mark.parametrize("value", [0.3, 1.0])
@pytest.mark.parametrize("n", [1, 2, 50, 150])
def test_no_interval_has_zero_width(n: int, value: float) -> None:
    """Equal scores, equal differences, one example: never ±0."""
    single = assess(known(np.full(n, value)), clusters=np.arange(n), threshold=0.2, levels=LEVELS).resolved
    shifted = compared(np.full(n, value), np.full(n, 0.2), 0.0)
    assert single.high - single.low > 0.01
    assert shifted.high - shifted.low > 0.01


def test_nothing_measured_is_nothing_known() -> None:
    """No examples, or none resolved: no value, the whole range, p = 1, blocked."""
    none = np.zeros(0)
    empty = compared(none, none, -0.05)
    assert (empty.value, empty.low, empty.high, empty.p_met, empty.p_breached) == (None, -1.0, 1.0, 1.0, 1.0)
    assert empty.blocked is not None
    assert empty.blocked.reason == "MORE_DATA"
    unresolved = assess((np.zeros(30), np.ones(30)), clusters=np.arange(30), threshold=0.5, levels=LEVELS)
    assert (unresolved.resolved.value, unresolved.worst.p_met, unresolved.best.p_breached) == (None, 1.0, 1.0)


@pytest.mark.parametrize(
    ("candidate", "clusters", "threshold", "reason", "words"),
    [
        pytest.param(np.ones(18), None, -0.5, "MORE_DATA", "18 examples are fewer than the 20", id="n < 20"),
        pytest.param(scores(40), None, -0.05, "MORE_DATA", "59 examples are needed", id="floor of section 3.3"),
        pytest.param(scores(40), np.arange(40) // 8, -0.5, "TOO_FEW_CLUSTERS", "5 clusters", id="5 clusters"),
        pytest.param(np.tile([0.0, 1.0], 20), np.arange(40) // 2, -0.9, "MORE_DATA", "do not differ", id="CR3 = 0"),
        pytest.param(scores(30), np.zeros(30), -0.5, "TOO_FEW_CLUSTERS", "one cluster", id="one cluster"),
    ],
)
def test_what_blocks_is_named(
    candidate: np.ndarray, clusters: np.ndarray | None, threshold: float, reason: str, words: str
) -> None:
    """Against a baseline of 0 everywhere."""
    blocked = compared(candidate, np.zeros(candidate.size), threshold, clusters).blocked
    assert blocked is not None
    assert blocked.reason == reason
    assert words in blocked.sentence


def test_few_degrees_of_freedom_are_a_caution() -> None:
    """Seven clusters, one with most of the examples."""
    found = compared(scores(100), scores(100, 2), 0.0, np.maximum(np.arange(100) - 93, 0))
    assert found.blocked is None
    assert "degrees of freedom" in found.cautions[0]


def test_a_flawless_clustered_rate_is_judged_by_its_clusters() -> None:
    """CR3 has nothing to say; 40 perfect clusters of 5 show what 40 perfect answers show, not 200."""
    found = assess(known(np.ones(200)), clusters=np.arange(200) // 5, threshold=0.9, levels=LEVELS).resolved
    assert found.p_met == pytest.approx(0.9**40)
    assert found.low == pytest.approx(0.05 ** (1 / 40))
    assert found.blocked is None


def test_cross_checks_stand_beside_the_interval() -> None:
    """Tango and Newcombe for pairs, Wilson for a rate, plain t for scores."""
    assert [name for name, *_ in compared(BINARY, OTHER, 0.0).cross_checks] == ["tango", "newcombe-10"]
    assert [name for name, *_ in compared(scores(60), scores(60, 2), 0.0).cross_checks] == ["t"]
    rate = assess(known(BINARY), clusters=np.arange(60), threshold=0.4, levels=LEVELS).resolved
    assert [name for name, *_ in rate.cross_checks] == ["wilson"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"threshold": 1.0}, "threshold"),
        ({"clusters": np.arange(3)}, "shapes"),
        ({"candidate": (np.ones(60), np.zeros(60))}, "low ≤ high"),
    ],
)
def test_wrong_arguments_are_refused(change: dict[str, object], match: str) -> None:
    """A caller's fault, said at once."""
    call: dict[str, object] = {"candidate": known(BINARY), "clusters": np.arange(60), "threshold": 0.0} | change
    with pytest.raises(ValueError, match=match):
        compare(baseline=known(OTHER), levels=LEVELS, **call)  # type: ignore[arg-type]


def test_levels_out_of_order_are_refused() -> None:
    """Gamma is a part of alpha."""
    with pytest.raises(ValueError, match="gamma_met"):
        Levels(alpha=0.05, gamma_met=0.06, gamma_breached=0.0)
    with pytest.raises(ValueError, match="alpha"):
        Levels(alpha=0.5, gamma_met=0.0, gamma_breached=0.0)


def says_the_same(found: Inference, threshold: float) -> bool:
    """The interval excludes the threshold exactly when the p is at most alpha, but for rounding at the limit."""
    met = (found.low > threshold) == (found.p_met <= 0.05) or abs(found.low - threshold) < 1e-6
    breached = (found.high < threshold) == (found.p_breached <= 0.05) or abs(found.high - threshold) < 1e-6
    return met and breached


@settings(max_examples=40, deadline=None)
@given(
    b=st.integers(0, 20), c=st.integers(0, 20), spare=st.integers(0, 40),
    threshold=st.sampled_from([-0.1, -0.05, -0.02, 0.0, 0.03, 0.1]), offset=st.floats(-0.01, 0.01),
)
def test_interval_and_p_agree_on_pairs(b: int, c: int, spare: int, threshold: float, offset: float) -> None:
    """The exact test, at registered thresholds and close to its own lower limit, where the p need not be monotone."""
    candidate, baseline = pair_table(spare, b, c, 1)
    found = compared(candidate, baseline, threshold)
    assert says_the_same(found, threshold)
    near = min(max(found.low + offset, -0.99), 0.99)
    assert says_the_same(compared(candidate, baseline, near), near)


@pytest.mark.parametrize("threshold", np.linspace(0.155, 0.185, 16).tolist())
def test_interval_and_p_agree_where_the_p_crosses_three_times(threshold: float) -> None:
    """(b, c, n) = (18, 3, 45) is rejected again between .169 and .175; the composite null is not."""
    candidate, baseline = pair_table(12, 18, 3, 12)
    found = compared(candidate, baseline, threshold)
    assert (found.low > threshold) == (found.p_met <= 0.05)
    assert (found.p_met <= 0.05) == (threshold < 0.1622)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 9999), n=st.sampled_from([24, 60, 130]), threshold=st.sampled_from([-0.2, -0.05, 0.0, 0.05]),
    whole=st.booleans(), clustered=st.booleans(), missing=st.sampled_from([0, 3]),
)
def test_interval_and_p_agree_elsewhere(
    seed: int, n: int, threshold: float, whole: bool, clustered: bool, missing: int
) -> None:
    """Scores and clusters, with and without missing answers: low belongs to p_met of `worst`, high to p_breached of `best`."""
    rng = np.random.default_rng(seed)
    candidate, baseline = (np.round(rng.random(n), 0 if whole else 1) for _ in range(2))
    low, high = candidate.copy(), candidate.copy()
    low[:missing], high[:missing] = 0.0, 1.0
    clusters = np.arange(n) // 3 if clustered else np.arange(n)
    found = compare((low, high), known(baseline), clusters=clusters, threshold=threshold, levels=LEVELS)
    assert (found.worst.low > threshold) == (found.worst.p_met <= 0.05)
    assert (found.best.high < threshold) == (found.best.p_breached <= 0.05)
    assert found.worst.low <= found.worst.value <= found.best.value <= found.best.high  # type: ignore[operator]
    bar = abs(threshold) + 0.4
    single = assess((low, high), clusters=clusters, threshold=bar, levels=LEVELS)
    assert (single.worst.low > bar) == (single.worst.p_met <= 0.05)
    assert (single.best.high < bar) == (single.best.p_breached <= 0.05)


@settings(max_examples=15, deadline=None)
@given(b=st.integers(0, 15), c=st.integers(0, 15), spare=st.integers(0, 40))
def test_swapping_the_systems_mirrors_the_answer(b: int, c: int, spare: int) -> None:
    """Candidate against baseline at a lift is baseline against candidate at the margin."""
    candidate, baseline = pair_table(spare, b, c, 1)
    one, other = compared(candidate, baseline, 0.04), compared(baseline, candidate, -0.04)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-6)
    assert one.p_met == pytest.approx(other.p_breached, abs=1e-9)


GOLD = np.tile(np.arange(3), 40)


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
