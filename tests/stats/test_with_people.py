"""Judges' marks with people's labels: who decides, what blocks, what missing marks do, and how often it errs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tuneproof.stats.bounded import Bounded, Levels
from tuneproof.stats.inference import assess, compare
from tuneproof.stats.with_people import Marks, assess_with_people, compare_with_people, rests_on

LEVELS = Levels(alpha=0.05, gamma_met=5e-4, gamma_breached=5e-4)


def known(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of marks without a missing one."""
    return values, values


def marked(human: np.ndarray, wrong: float, rng: np.random.Generator, lenient: float = 0.0) -> Marks:
    """A system whose yes/no answers people see right, and the judge but for its errors, and its leniency."""
    flipped = np.where(rng.random(human.size) < wrong, 1.0 - human, human)
    return Marks(judge=known(np.where(rng.random(human.size) < lenient, 1.0, flipped)), human=known(human))


def two_systems(n: int, seed: int = 1, rates: tuple[float, float] = (0.8, 0.7)) -> tuple[Marks, Marks]:
    """Candidate and baseline with correlated answers and a judge that errs in 5 %."""
    rng = np.random.default_rng(seed)
    ease = rng.random(n)
    candidate, baseline = ((ease * 0.6 + rng.random(n) * 0.4 < rate) * 1.0 for rate in rates)
    return marked(candidate, 0.05, rng), marked(baseline, 0.05, rng)


def first(n: int, k: int) -> np.ndarray:
    """The first k of n are labelled."""
    return np.arange(n) < k


def compared(
    systems: tuple[Marks, Marks], labelled: np.ndarray, threshold: float = 0.0, clusters: np.ndarray | None = None
) -> Bounded:
    """Independent examples unless clusters are given."""
    chosen = np.arange(labelled.size) if clusters is None else clusters
    return compare_with_people(*systems, labelled, clusters=chosen, threshold=threshold, levels=LEVELS)


@pytest.mark.parametrize(
    ("n_labelled", "n_examples", "calibration"),
    [
        (0, 300, "judge-only"),
        (0, 0, "judge-only"),
        (1, 300, "human-only"),
        (49, 300, "human-only"),
        (50, 300, "corrected"),
        (299, 300, "corrected"),
        (300, 300, "human-only"),
    ],
)
def test_the_number_of_labels_says_what_it_rests_on(n_labelled: int, n_examples: int, calibration: str) -> None:
    """Section 0.1 of the design page; where everything is labelled the judge has nothing to add."""
    assert rests_on(n_labelled, n_examples) == calibration


def test_a_judge_alone_decides_nothing() -> None:
    """Its figures are shown as they are, and neither "met" nor "breached" can be said however clear they look."""
    n = 500
    candidate, baseline = two_systems(n, rates=(0.95, 0.3))
    alone = compare(candidate.judge, baseline.judge, clusters=np.arange(n), threshold=0.0, levels=LEVELS).resolved
    found = compared((candidate, baseline), first(n, 0))
    level = assess_with_people(candidate, first(n, 0), clusters=np.arange(n), threshold=0.1, levels=LEVELS)
    assert (found.resolved.value, found.resolved.low, found.resolved.high) == (alone.value, alone.low, alone.high)
    for one in (found.resolved, found.worst, found.best, level.worst, level.best):
        assert (one.p_met, one.p_breached) == (1.0, 1.0)
        assert one.blocked is not None
        assert one.blocked.reason == "TOO_FEW_HUMAN_LABELS"
        assert one.blocked.sentence == "nobody has labelled any of these answers: a judge alone decides nothing"


@pytest.mark.parametrize("n_labelled", [12, 30, 49])
@pytest.mark.parametrize("per_cluster", [1, 3])
def test_few_labels_decide_by_themselves(n_labelled: int, per_cluster: int) -> None:
    """Exactly what the methods for any marks give on the labelled examples: the judge is not read."""
    n, clusters, labelled = 200, np.arange(200) // per_cluster, first(200, n_labelled)
    candidate, baseline = two_systems(n)
    found = compared((candidate, baseline), labelled, 0.03, clusters).resolved
    mine, other = candidate.labelled(labelled), baseline.labelled(labelled)
    expected = compare(mine, other, clusters=clusters[labelled], threshold=0.03, levels=LEVELS).resolved
    assert replace(found, blocked=None) == replace(expected, blocked=None)
    level = assess_with_people(candidate, labelled, clusters=clusters, threshold=0.5, levels=LEVELS).resolved
    bar = assess(mine, clusters=clusters[labelled], threshold=0.5, levels=LEVELS).resolved
    assert replace(level, blocked=None) == replace(bar, blocked=None)


@pytest.mark.parametrize(
    ("n_labelled", "threshold", "reason", "words"),
    [
        pytest.param(
            12, 0.0, "TOO_FEW_HUMAN_LABELS", "people labelled 12 of these examples: 12 examples are fewer", id="n < 20"
        ),
        pytest.param(30, 0.0, None, "", id="enough"),
        pytest.param(60, -0.03, "TOO_FEW_HUMAN_LABELS", "99 examples are needed to rule it out", id="floor of section 3.3"),
        pytest.param(99, -0.03, None, "", id="floor reached"),
        pytest.param(200, -0.01, "MORE_DATA", "299 examples are needed", id="everything labelled"),
    ],
)
def test_what_blocks_is_named(n_labelled: int, threshold: float, reason: str | None, words: str) -> None:
    """As long as others can be labelled, labels are lacking; else examples. Marks in fifths, so that means are judged."""
    rng = np.random.default_rng(4)
    systems = tuple(Marks(judge=known(rng.integers(0, 6, 200) / 5), human=known(rng.integers(0, 6, 200) / 5)) for _ in range(2))
    blocked = compared((systems[0], systems[1]), first(200, n_labelled), threshold).worst.blocked
    assert (blocked.reason if blocked else None) == reason
    assert words in (blocked.sentence if blocked else "")


def test_everything_labelled_is_judged_by_people() -> None:
    """Exact tests for yes/no marks, however many; the judge is not read."""
    candidate, baseline = two_systems(80)
    found = compared((candidate, baseline), first(80, 80), -0.05)
    assert found == compare(candidate.human, baseline.human, clusters=np.arange(80), threshold=-0.05, levels=LEVELS)
    assert found.resolved.method == "exact-tango"


def test_labels_and_a_good_judge_know_more_than_labels() -> None:
    """Corrected: over all examples, narrower than people's own marks, and near the truth where the judge is far from it."""
    n, rng = 2000, np.random.default_rng(8)
    human = (rng.random((2, n)) < 0.7) * 1.0
    systems = marked(human[0], 0.02, rng, lenient=0.25), marked(human[1], 0.02, rng)
    found, truth = compared(systems, first(n, 200)), float(np.mean(human[0] - human[1]))
    people = compare(
        known(human[0][:200]), known(human[1][:200]), clusters=np.arange(200), threshold=0.0, levels=LEVELS
    ).resolved
    raw = compare(systems[0].judge, systems[1].judge, clusters=np.arange(n), threshold=0.0, levels=LEVELS).resolved
    assert (found.resolved.method, found.resolved.n, found.n_missing) == ("ppi++", n, 0)
    assert found.resolved is found.worst is found.best
    assert found.resolved.high - found.resolved.low < 0.8 * (people.high - people.low)
    assert found.resolved.low < truth < found.resolved.high < 0.1
    assert raw.low > 0.03
    assert [name for name, *_ in found.resolved.cross_checks] == ["ppi++-plain"]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("clustered", [False, True])
def test_interval_and_p_agree(seed: int, clustered: bool) -> None:
    """With missing marks: low belongs to p_met of `worst`, high to p_breached of `best`; swapping the systems mirrors both."""
    rng = np.random.default_rng(seed)
    n = 240
    candidate, baseline = two_systems(n, seed, (0.8, 0.75))
    gone = rng.random(n) < 0.03
    candidate = replace(candidate, judge=(np.where(gone, 0.0, candidate.judge[0]), np.where(gone, 1.0, candidate.judge[1])))
    groups, labelled = np.arange(n) // 6 if clustered else np.arange(n), first(n, 72)
    threshold = float(rng.choice([-0.1, -0.05, 0.0, 0.03]))
    found = compared((candidate, baseline), labelled, threshold, groups)
    assert found.n_missing == gone.sum()
    assert (found.worst.low > threshold) == (found.worst.p_met <= 0.05)
    assert (found.best.high < threshold) == (found.best.p_breached <= 0.05)
    assert found.worst.value is not None
    assert found.best.value is not None
    assert found.worst.value < found.best.value
    mirrored = compared((baseline, candidate), labelled, -threshold, groups)
    assert (mirrored.worst.low, mirrored.best.high) == pytest.approx((-found.best.high, -found.worst.low), abs=1e-9)
    assert mirrored.best.p_breached == pytest.approx(found.worst.p_met, abs=1e-9)


@pytest.mark.parametrize(("place", "moves"), [(5, "beside a label"), (150, "elsewhere")])
def test_a_missing_mark_is_filled_against_and_for_the_candidate(place: int, moves: str) -> None:
    """Elsewhere it counts for the judge's mean; beside a label it is subtracted, so that a high mark hurts."""
    candidate, baseline = two_systems(200)
    for_one = np.arange(200) == place
    low, high = np.where(for_one, 0.0, candidate.judge[0]), np.where(for_one, 1.0, candidate.judge[1])
    open_one = compared((replace(candidate, judge=(low, high)), baseline), first(200, 60))
    by_hand = [compared((replace(candidate, judge=known(end)), baseline), first(200, 60)).resolved for end in (low, high)]
    ends = by_hand[::-1] if moves == "beside a label" else by_hand
    assert (open_one.n_missing, open_one.resolved.n) == (1, 199)
    assert (open_one.worst.value, open_one.best.value) == pytest.approx((ends[0].value, ends[1].value), abs=1e-12)
    assert open_one.worst.low == pytest.approx(min(end.low for end in ends), abs=1e-12)


def test_peoples_unlabelled_marks_are_never_read() -> None:
    """Whatever stands there, as bounds of everything."""
    candidate, baseline = two_systems(200)
    labelled = first(200, 60)
    blank = np.where(labelled, candidate.human[0], 0.0), np.where(labelled, candidate.human[1], 1.0)
    assert compared((replace(candidate, human=blank), baseline), labelled) == compared((candidate, baseline), labelled)


@pytest.mark.parametrize(
    ("groups", "reason", "words"),
    [(5, "TOO_FEW_CLUSTERS", "5 labelled clusters"), (1, "TOO_FEW_CLUSTERS", "one labelled cluster"), (6, None, "")],
)
def test_clusters_that_people_labelled_are_counted(groups: int, reason: str | None, words: str) -> None:
    """Sixty labelled answers about five documents are five."""
    candidate, baseline = two_systems(600)
    clusters = np.where(np.arange(600) < 60, np.arange(600) % groups, 100 + np.arange(600) // 10)
    found = compared((candidate, baseline), first(600, 60), 0.0, clusters).resolved
    assert (found.blocked.reason if found.blocked else None) == reason
    assert words in (found.blocked.sentence if found.blocked else "")
    assert found.low < found.high
    if groups == 1:
        assert (found.low, found.high, found.p_met, found.p_breached) == (-1.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("n_labelled", [0, 20, 50, 150, 200])
@pytest.mark.parametrize("per_cluster", [1, 5])
def test_equal_marks_never_give_an_interval_without_width(value: float, n_labelled: int, per_cluster: int) -> None:
    """All answers of both systems marked alike by judge and people."""
    same, clusters = Marks(judge=known(np.full(200, value)), human=known(np.full(200, value))), np.arange(200) // per_cluster
    found = compared((same, same), first(200, n_labelled), -0.05, clusters).resolved
    level = assess_with_people(same, first(200, n_labelled), clusters=clusters, threshold=0.5, levels=LEVELS).resolved
    assert found.high - found.low > 0.01
    assert level.high - level.low > 0.005


def test_a_judge_that_says_nothing_is_said_to() -> None:
    """Weight 0: people's labels decide alone, and the reader is told."""
    candidate, baseline = two_systems(300)
    mute = tuple(replace(system, judge=known(np.full(300, 0.5))) for system in (candidate, baseline))
    found = compared((mute[0], mute[1]), first(300, 100)).resolved
    assert found.value == pytest.approx(float(np.mean(candidate.human[0][:100] - baseline.human[0][:100])), abs=1e-12)
    assert "add nothing" in found.cautions[0]


def test_labels_whose_judge_is_missing_throughout_are_bounded() -> None:
    """No labelled example with the judge's mark: nothing is resolved, and the two ends enclose people's own figure."""
    candidate, baseline = two_systems(200)
    labelled = first(200, 60)
    low, high = np.where(labelled, 0.0, candidate.judge[0]), np.where(labelled, 1.0, candidate.judge[1])
    found = compared((replace(candidate, judge=(low, high)), baseline), labelled)
    people = float(np.mean(candidate.human[0][:60] - baseline.human[0][:60]))
    assert (found.resolved.value, found.resolved.p_met, found.n_missing) == (None, 1.0, 60)
    assert found.worst.value is not None
    assert found.best.value is not None
    assert found.worst.value <= people <= found.best.value


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"threshold": 1.0}, "threshold"),
        ({"clusters": np.arange(3)}, "shapes"),
        ({"labelled": np.ones(3, dtype=np.bool_)}, "shapes"),
        ({"candidate": Marks(judge=(np.ones(200), np.zeros(200)), human=known(np.ones(200)))}, "low ≤ high"),
        ({"candidate": Marks(judge=known(np.ones(200)), human=known(np.full(200, 2.0)))}, "low ≤ high"),
    ],
)
def test_wrong_arguments_are_refused(change: dict[str, object], match: str) -> None:
    """A caller's fault, said at once."""
    candidate, baseline = two_systems(200)
    call: dict[str, object] = {
        "candidate": candidate,
        "labelled": first(200, 60),
        "clusters": np.arange(200),
        "threshold": 0.0,
    }
    with pytest.raises(ValueError, match=match):
        compare_with_people(baseline=baseline, levels=LEVELS, **(call | change))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="threshold"):
        assess_with_people(candidate, first(200, 60), clusters=np.arange(200), threshold=1.1, levels=LEVELS)


@pytest.mark.slow
@pytest.mark.parametrize(("wrong", "lenient"), [(0.05, 0.0), (0.3, 0.0), (0.0, 0.03), (0.05, 0.2)])
def test_five_percent_are_false_go_whatever_the_judge_is(wrong: float, lenient: float) -> None:
    """No true difference, 60 of 500 labelled; the judge is good, poor, rarely or often lenient, and the last errs alone."""
    rng, runs = np.random.default_rng(21), 600
    hits, alone = 0, 0
    for _ in range(runs):
        ease = rng.random(500)
        human = [(ease * 0.6 + rng.random(500) * 0.4 < 0.75) * 1.0 for _ in range(2)]
        systems = marked(human[0], wrong, rng, lenient), marked(human[1], wrong, rng)
        hits += compared(systems, first(500, 60)).worst.p_met <= 0.05
        if lenient > 0.1:
            gap = systems[0].judge[0] - systems[1].judge[0]
            alone += gap.mean() > 1.65 * gap.std() / np.sqrt(500)
    assert hits / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
    if lenient > 0.1:
        assert alone / runs > 0.5
