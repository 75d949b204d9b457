"""The method chooser: which method when, what blocks, and what missing answers do."""

from __future__ import annotations

import numpy as np
import pytest

from tuneproof.stats.clusters import DesignTango, cr3_limits, cr3_p_above, fit_clusters
from tuneproof.stats.inference import Inference, Levels, assess, compare

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


def test_a_missing_baseline_answer_leaves_the_pair_open() -> None:
    """Worst is the baseline right, best the baseline wrong; the pair is in neither system's resolved examples."""
    low, high = OTHER.copy(), OTHER.copy()
    low[3], high[3] = 0.0, 1.0
    found = compare(known(BINARY), (low, high), clusters=np.arange(60), threshold=0.0, levels=LEVELS)
    assert (found.n_missing, found.resolved.n) == (1, 59)
    assert found.best.value - found.worst.value == pytest.approx(1 / 60)  # type: ignore[operator]


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


def test_clustered_pairs_must_pass_both_tests() -> None:
    """The p is the larger of CR3's and Tango's, the interval their hull; each of the two is the stricter one in one sample."""
    clusters = np.arange(120) // 10
    stricter = set()
    for seed in range(12):
        rng = np.random.default_rng(seed)
        candidate, baseline = (rng.random(120) < 0.93 - seed % 2 * 0.6) * 1.0, (rng.random(120) < 0.9) * 1.0
        fit = fit_clusters(candidate - baseline, clusters)
        tango = DesignTango.of(candidate - baseline, fit)
        found = compared(candidate, baseline, -0.05, clusters)
        both = cr3_p_above(fit, -0.05), tango.p_above(-0.05)
        limits = cr3_limits(fit, 0.05), tango.limits(0.05)
        stricter.add(both[0] > both[1])
        assert found.p_met == pytest.approx(max(both))
        assert (found.low, found.high) == pytest.approx((min(low for low, _ in limits), max(high for _, high in limits)))
    assert stricter == {True, False}
