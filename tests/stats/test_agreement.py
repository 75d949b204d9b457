"""Agreement, kappa and alpha, against scikit-learn, statsmodels, Krippendorff's worked example and real judges."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from tuneproof.stats.agreement import Pair, agreement, kappa, krippendorff_alpha
from tuneproof.stats.bounded import Inference, Levels, Question
from tuneproof.stats.distributions import t_quantile
from tuneproof.stats.inference import assess
from tuneproof.stats.proportion import clopper_pearson_interval

LEVELS = Levels(alpha=0.05, gamma_met=5e-4, gamma_breached=5e-4)

RATERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
)
"""Krippendorff 2011, section C: four observers, twelve units, 0 where one has no value."""


def asked(threshold: float, low: float = -1.0) -> Question:
    """A question about a coefficient in [−1, 1], or about a share in [0, 1]."""
    return Question(span=(low, 1.0), threshold=threshold, levels=LEVELS)


def readings(n: int, n_choices: int, same: float, seed: int = 1) -> Pair:
    """Two readings that are equal by more than chance."""
    rng = np.random.default_rng(seed)
    one = rng.integers(0, n_choices, n)
    return one, np.where(rng.random(n) < same, one, rng.integers(0, n_choices, n))


def kappa_of(
    *pairs: Pair, n_choices: int = 2, ordinal: bool = False, threshold: float = 0.6, clusters: np.ndarray | None = None
) -> Inference:
    """Kappa of independent units unless clusters are given."""
    chosen = np.arange(pairs[0][0].size) if clusters is None else clusters
    return kappa(pairs, chosen, asked(threshold), n_choices=n_choices, ordinal=ordinal)


@pytest.mark.parametrize("n_choices", [2, 3, 5])
@pytest.mark.parametrize("ordinal", [False, True])
def test_kappa_is_scikit_learns(n_choices: int, ordinal: bool) -> None:
    """Unweighted and with quadratic weights; units without both readings do not enter."""
    one, other = readings(80, n_choices, 0.6)
    expected = cohen_kappa_score(one, other, weights="quadratic" if ordinal else None)
    held = np.append(one, [-1, 0, -2]), np.append(other, [1, -1, -1])
    found = kappa_of(held, n_choices=n_choices, ordinal=ordinal)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.n == 80


def test_kappa_is_statsmodels() -> None:
    """The same number from a table of counts, and the interval is not much unlike its asymptotic one at n = 300."""
    one, other = readings(300, 4, 0.7, seed=5)
    table = np.zeros((4, 4))
    np.add.at(table, (one, other), 1)
    theirs = cohens_kappa(table)
    found = kappa_of((one, other), n_choices=4)
    assert found.value == pytest.approx(theirs.kappa, abs=1e-12)
    assert (found.high - found.low) / (2 * 1.645) == pytest.approx(theirs.std_kappa, rel=0.06)


@pytest.mark.parametrize(("ordinal", "alpha"), [(False, 0.743), (True, 0.849)])
def test_alpha_of_the_worked_example(ordinal: bool, alpha: float) -> None:
    """Krippendorff 2011 prints .743 for nominal and .849 for interval data, from eleven units with two ratings or more."""
    found = krippendorff_alpha(RATERS - 1, np.arange(12), asked(0.6), n_choices=5, ordinal=ordinal)
    assert found.value == pytest.approx(alpha, abs=6e-4)
    assert found.n == 11


@pytest.mark.parametrize("system", ["GPT-4/Vanilla", "ChatGPT/Vanilla"])
@pytest.mark.parametrize("part", ["natural", "neighbor", "gptinst", "gptout", "manual"])
def test_two_real_judges_agree_with_people_as_independent_tools_say(real_data: Path, system: str, part: str) -> None:
    """LLMBar, from the raw choices: each judge in both orders against people, and one order against the other."""
    folder = real_data / "llmbar"
    rows = [json.loads(line) for line in (folder / "judgments.jsonl").read_text("utf-8").splitlines()]
    people = {row["id"]: row["expected"] for row in map(json.loads, (folder / "eval.jsonl").read_text("utf-8").splitlines())}
    expected = json.loads((folder / "reference.json").read_text("utf-8"))["systems"][system][part]
    mine = [row for row in rows if row["system"] == system and row["id"].startswith(f"{part}-")]
    given, swapped = (np.array([int(row[key]) - 1 for row in mine]) for key in ("verdict", "verdict_swapped"))
    human, units = np.array([int(people[row["id"]]) - 1 for row in mine]), np.arange(len(mine))
    shares = [agreement([pair], units, asked(0.5, 0.0)).value for pair in ((given, human), (swapped, human), (given, swapped))]
    kappas = [kappa_of(pair).value for pair in ((given, human), (swapped, human), (given, swapped))]
    assert shares == pytest.approx([expected[key] for key in ("acc", "acc_swapped", "position_agreement")], abs=1e-12)
    assert kappas == pytest.approx([expected[key] for key in ("kappa", "kappa_swapped", "kappa_between_orders")], abs=1e-12)
    assert len(mine) == expected["n"]


def test_the_interval_of_kappa_is_the_hull_of_jackknife_and_exact_bound() -> None:
    """The jackknife recomputed by scikit-learn, unit by unit; the bound by Clopper–Pearson over the expected disagreement."""
    one, other = readings(60, 3, 0.7, seed=2)
    value = cohen_kappa_score(one, other)
    rest = [cohen_kappa_score(np.delete(one, i), np.delete(other, i)) for i in range(60)]
    reach = t_quantile(0.95, 59) * np.sqrt(59 / 60 * np.sum((rest - np.mean(rest)) ** 2))
    observed = float(np.mean(one != other))
    low, high = (1 - limit / (observed / (1 - value)) for limit in clopper_pearson_interval(60 * observed, 60, 0.90)[::-1])
    found = kappa_of((one, other), n_choices=3)
    assert (found.low, found.high) == pytest.approx((min(low, value - reach), max(high, value + reach)), abs=1e-9)
    assert found.method == "jackknife-t+clopper-pearson"


@pytest.mark.parametrize(("n", "low"), [(30, 0.63), (50, 0.78), (200, 0.94)])
def test_perfect_agreement_is_not_certain(n: int, low: float) -> None:
    """The jackknife has no spread there; the exact bound alone says what n units show, neither 0 width nor the whole range."""
    reading = np.arange(n) % 5 // 2
    found = kappa_of((reading, reading), n_choices=3)
    assert (found.value, found.high, found.method) == (1.0, 1.0, "clopper-pearson")
    assert low < found.low < 1.0
    graded = kappa_of((reading, reading), n_choices=3, ordinal=True)
    assert low < graded.low < 1.0
    rated = krippendorff_alpha(np.array([reading] * 3), np.arange(n), asked(0.6), n_choices=3, ordinal=True)
    assert low < rated.low < 1.0


@pytest.mark.parametrize(("judge", "person", "value"), [(0, 0, None), (0, 1, 0.0)])
def test_constant_readings_show_nothing(judge: int, person: int, value: float | None) -> None:
    """Both always the same entry: kappa is undefined. Always different entries: it is 0, and the sample has no spread."""
    found = kappa_of((np.full(40, judge), np.full(40, person)), threshold=0.3)
    assert found.value == value
    assert found.p_met > 0.05
    if value is None:
        assert (found.low, found.high, found.p_breached) == (-1.0, 1.0, 1.0)
        assert found.blocked is not None
        assert "undefined" in found.blocked.sentence
    rated = krippendorff_alpha(np.full((2, 40), judge), np.arange(40), asked(0.6), n_choices=2, ordinal=False)
    assert rated.value is None


def test_a_judge_that_always_says_the_same_has_kappa_zero_with_an_interval() -> None:
    """No deletion moves it, so the jackknife is silent and the bound speaks."""
    person = (np.arange(100) < 20) * 1
    found = kappa_of((np.zeros(100, dtype=np.int64), person))
    assert found.value == pytest.approx(0.0, abs=1e-12)
    assert -0.5 < found.low < -0.1 < 0.1 < found.high < 0.5
    assert found.p_breached < 0.001


def test_several_pairs_count_alike() -> None:
    """The mean of their kappas and of their shares, whoever rated how much; a pair without a kappa is left out and named."""
    judge, ann = readings(90, 3, 0.8, seed=3)
    ben = np.where(np.arange(90) < 40, readings(90, 3, 0.5, seed=4)[1], -1)
    kappas = [cohen_kappa_score(judge, ann), cohen_kappa_score(judge[:40], ben[:40])]
    both = [(judge, ann), (judge, ben)]
    assert kappa_of(*both, n_choices=3).value == pytest.approx(np.mean(kappas), abs=1e-12)
    share = agreement(both, np.arange(90), asked(0.5, 0.0))
    assert share.value == pytest.approx((np.mean(judge == ann) + np.mean(judge[:40] == ben[:40])) / 2, abs=1e-12)
    idle = np.where(np.arange(90) == np.flatnonzero(judge == 0)[0], 0, -1)
    found = kappa_of(*both, (judge, idle), n_choices=3)
    assert found.value == pytest.approx(np.mean(kappas), abs=1e-12)
    assert "1 of 3 pairs" in found.cautions[0]


def test_a_second_rater_of_few_answers_is_no_proof_for_many() -> None:
    """One person agreed 200 times and one 30 times: where they stand for half the mean each, 30 say as much as 60."""
    judge = np.arange(200) % 2
    few = np.where(np.arange(200) < 30, judge, -1)
    found = agreement([(judge, judge), (judge, few)], np.arange(200), asked(0.5, 0.0))
    assert found.low == pytest.approx(0.05 ** (1 / 60), abs=1e-9)


def test_one_pair_of_independent_readings_is_an_exact_binomial_test() -> None:
    """The same inference as for any yes/no marks."""
    one, other = readings(70, 4, 0.8)
    found = agreement([(one, other)], np.arange(70), asked(0.7, 0.0))
    marks = (one == other) * 1.0
    expected = assess((marks, marks), clusters=np.arange(70), threshold=0.7, levels=LEVELS).resolved
    assert found == expected
    assert found.method == "clopper-pearson"


@pytest.mark.parametrize(
    ("n", "clusters", "reason", "words"),
    [
        (19, None, "TOO_FEW_HUMAN_LABELS", "19 answers are fewer than the 20"),
        (1, None, "TOO_FEW_HUMAN_LABELS", "1 answer is"),
        (60, 5, "TOO_FEW_CLUSTERS", "5 clusters are fewer than the 6"),
        (60, 1, "TOO_FEW_CLUSTERS", "1 clusters"),
    ],
)
@pytest.mark.parametrize("measure", ["agreement", "kappa", "alpha"])
def test_what_blocks_is_named(n: int, clusters: int | None, reason: str, words: str, measure: str) -> None:
    """Fewer than 20 answers, or than 6 clusters, are never enough, whatever they say."""
    one, other = readings(n, 2, 0.9, seed=8)
    if n == 1:
        one, other = np.array([0]), np.array([1])
    groups = np.arange(n) if clusters is None else np.arange(n) % clusters
    if measure == "agreement":
        found = agreement([(one, other), (other, one)], groups, asked(0.1, 0.0))
    elif measure == "kappa":
        found = kappa_of((one, other), clusters=groups, threshold=0.1)
    else:
        found = krippendorff_alpha(np.array([one, other]), groups, asked(0.1), n_choices=2, ordinal=False)
    assert found.blocked is not None
    assert found.blocked.reason == reason
    assert words in found.blocked.sentence
    assert found.low < found.high


def test_nothing_read_is_nothing_known() -> None:
    """No unit with both readings: no value, p = 1, the whole range."""
    none, some = np.full(30, -1), np.zeros(30, dtype=np.int64)
    for found in (
        agreement([(none, some)], np.arange(30), asked(0.5, 0.0)),
        kappa_of((some, none)),
        krippendorff_alpha(np.array([some, none]), np.arange(30), asked(0.6), n_choices=2, ordinal=False),
    ):
        assert (found.value, found.n, found.p_met, found.p_breached) == (None, 0, 1.0, 1.0)
        assert found.blocked is not None
        assert found.blocked.reason == "TOO_FEW_HUMAN_LABELS"


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("clustered", [False, True])
def test_interval_and_p_agree(seed: int, clustered: bool) -> None:
    """Shares, kappas and alphas of one pair or two: the interval excludes a threshold exactly when the p says so."""
    rng = np.random.default_rng(seed)
    n, n_choices = int(rng.integers(24, 150)), int(rng.integers(2, 5))
    judge, ann = readings(n, n_choices, float(rng.uniform(0.6, 1.0)), seed)
    ben = np.where(rng.random(n) < 0.7, readings(n, n_choices, 0.8, seed)[1], -1)
    groups, threshold = (np.arange(n) // 4 if clustered else np.arange(n)), float(rng.uniform(0.2, 0.95))
    pairs = [(judge, ann), (judge, ben)]
    for found in (
        agreement(pairs[:1], groups, asked(threshold, 0.0)),
        agreement(pairs, groups, asked(threshold, 0.0)),
        kappa_of(*pairs[:1], n_choices=n_choices, threshold=threshold, clusters=groups),
        kappa_of(*pairs, n_choices=n_choices, threshold=threshold, clusters=groups, ordinal=True),
        krippendorff_alpha(np.array([judge, ann, ben]), groups, asked(threshold), n_choices=n_choices, ordinal=seed % 2 == 0),
    ):
        assert (found.low > threshold) == (found.p_met <= 0.05)
        assert (found.high < threshold) == (found.p_breached <= 0.05)
        assert found.value is not None
        assert found.low <= found.value <= found.high
        assert found.n_clusters == (np.unique(groups).size if clustered else None)


def test_clusters_of_answers_widen_the_interval() -> None:
    """Ten answers that go wrong together are not ten answers."""
    one = np.arange(200) % 2
    other = np.where(np.arange(200) // 10 % 5 == 0, 1 - one, one)
    apart, together = kappa_of((one, other)), kappa_of((one, other), clusters=np.arange(200) // 10)
    assert together.value == apart.value
    assert together.high - together.low > 1.5 * (apart.high - apart.low)
    assert together.method == "cluster-jackknife-t+clopper-pearson"


@pytest.mark.parametrize(
    ("one", "n_choices", "match"), [([0, 1, 2], 2, "choice 2"), ([0, 1], 2, "shapes"), ([0, 0, 0], 1, "K ≥ 2")]
)
def test_wrong_arguments_are_refused(one: list[int], n_choices: int, match: str) -> None:
    """A caller's fault, said at once."""
    with pytest.raises(ValueError, match=match):
        kappa(
            [(np.array(one), np.zeros(len(one), dtype=np.int64))], np.arange(3), asked(0.6), n_choices=n_choices, ordinal=False
        )
    if match == "shapes":
        with pytest.raises(ValueError, match=match):
            krippendorff_alpha(np.zeros((2, 2), dtype=np.int64), np.arange(3), asked(0.6), n_choices=2, ordinal=False)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "rare", "same"), [(30, 0.5, 0.97), (50, 0.1, 0.9), (100, 0.1, 0.98), (200, 0.5, 0.8)])
def test_kappa_errs_at_most_six_percent_where_the_jackknife_alone_errs_up_to_75(n: int, rare: float, same: float) -> None:
    """Both sides at the true kappa; two choices, balanced and rare."""
    rng, runs = np.random.default_rng(7), 800
    chance = rare**2 + (1 - rare) ** 2
    truth = (same - chance) / (1 - chance)
    wrong = np.zeros(2)
    for _ in range(runs):
        one = (rng.random(n) < rare) * 1
        other = np.where(rng.random(n) < truth, one, (rng.random(n) < rare) * 1)
        found = kappa_of((one, other), threshold=truth)
        wrong += found.p_met <= 0.05, found.p_breached <= 0.05
    assert (wrong / runs <= 0.06 + 3 * np.sqrt(0.06 * 0.94 / runs)).all()
