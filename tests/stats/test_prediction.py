"""PPI++ against the printed values of the reference program and the design page, and what makes it wider than that."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from tuneproof.stats.bounded import PAIRED_RANGE, SINGLE_RANGE, Levels, Question
from tuneproof.stats.clusters import bell_mccaffrey_df, fit_clusters
from tuneproof.stats.distributions import t_quantile
from tuneproof.stats.means import Moments, hall_limits, plus_two_limits
from tuneproof.stats.prediction import Prediction, Readings, predict, tuned_weight

LEVELS = Levels(alpha=0.05, gamma_met=5e-4, gamma_breached=5e-4)
HUMAN = np.array([1, 0, 0, 1, -1, 0, 1, 0, 0, 1, 0, -1, 1, 0, 0, 0, 1, 0, 0, 0.0])
JUDGE = np.array([1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, -1, 0, 0, 0, 0, 1, 0, -1, 0.0])
OTHERS = np.array([1, 0, 0, 0, 1, -1, 0, 0, 1, 0] * 20, dtype=np.float64)


def independent(human: np.ndarray, judge: np.ndarray, others: np.ndarray) -> Readings:
    """Every example its own cluster."""
    n = human.size
    return Readings(
        human=human, judge=judge, clusters=np.arange(n), others=others, other_clusters=np.arange(n, n + others.size)
    )


SECTION = independent(HUMAN, JUDGE, OTHERS)


def asked(threshold: float = 0.0, span: tuple[float, float] = PAIRED_RANGE) -> Question:
    """A question about a difference, or about a level."""
    return Question(span=span, threshold=threshold, levels=LEVELS)


def as_ppi_py(found: Prediction, n: int, n_others: int) -> tuple[float, float]:
    """90 % limits with the normal quantile and variances of divisor n, as the reference program has them."""
    error = np.sqrt(found.error_elsewhere**2 * (n_others - 1) / n_others + found.rest.cr3**2 * (n - 1) / n)
    reach = NormalDist().inv_cdf(0.95) * error
    return found.value - reach, found.value + reach


TUNED = tuned_weight(SECTION, np.ones(20, dtype=np.bool_)) * 219 / 220
"""ppi_py divides the variance of F and U by 219, the cross-fit below by 220."""


@pytest.mark.parametrize(
    ("weight", "low", "high"),
    [
        pytest.param(0.0, -0.02068027, 0.42068027, id="people alone"),
        pytest.param(0.5, 0.03592637, 0.36407363, id="half"),
        pytest.param(1.0, 0.02132316, 0.37867684, id="un-tuned PPI"),
        pytest.param(TUNED, 0.0399766, 0.3600234, id="tuned"),
    ],
)
def test_fixed_weights_are_the_reference_programs(weight: float, low: float, high: float) -> None:
    """Section 5.9 of the design page: what ppi_py 0.2.3 prints at 90 %."""
    found = predict(SECTION, weight)
    assert found.value == pytest.approx(0.2, abs=1e-9)
    assert as_ppi_py(found, 20, 200) == pytest.approx((low, high), abs=6e-9)


def test_the_cross_fit_is_the_registered_one() -> None:
    """Section 5.9: one weight a fold (example mod 5), their mean elsewhere, Student's t with 19 degrees of freedom."""
    found = predict(SECTION)
    assert found.weights[:5] == pytest.approx([0.70036301, 0.38470644, 0.82859848, 0.70036301, 0.6707702], abs=6e-9)
    assert (found.weights[5:10] == found.weights[:5]).all()
    plain = found.plain(asked())
    assert plain is not None
    assert (found.value, plain.low, plain.high) == pytest.approx((0.20858191, 0.01870309, 0.39846073), abs=6e-9)
    assert found.df == pytest.approx(19.0)


@pytest.mark.parametrize("n_others", [0, 1])
def test_without_other_examples_it_is_the_mean_of_peoples_marks(n_others: int) -> None:
    """Nothing to predict: Student's t on the labels."""
    found = predict(independent(HUMAN, JUDGE, OTHERS[:n_others]))
    plain = found.plain(asked())
    assert plain is not None
    reach = t_quantile(0.95, 19) * HUMAN.std(ddof=1) / np.sqrt(20)
    assert (plain.low, plain.high) == pytest.approx((HUMAN.mean() - reach, HUMAN.mean() + reach))
    assert found.weight == 0.0


def test_a_judge_without_a_word_leaves_the_methods_for_scores() -> None:
    """Marks that never change have weight 0; then the answer is the hull of t with two pseudo-examples and of Hall's."""
    rng = np.random.default_rng(2)
    human = rng.choice([-1.0, 0.0, 0.25, 1.0], 120)
    answer = predict(independent(human, np.zeros(120), np.zeros(300))).answer(asked())
    moments = Moments.of(human)
    ended, hall = plus_two_limits(moments, 0.05, PAIRED_RANGE), hall_limits(moments, 0.05)
    reach = t_quantile(0.95, 119) * float(moments.sd[0]) / np.sqrt(120)
    low = min(float(ended[0][0]), float(hall[0][0]), human.mean() - reach)
    high = max(float(ended[1][0]), float(hall[1][0]), human.mean() + reach)
    assert (answer.low, answer.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(("n", "share"), [(50, 0.04), (100, 0.02), (200, 0.01)])
def test_a_judge_that_never_erred_is_not_believed_beyond_the_labels(n: int, share: float) -> None:
    """Equal to people on all n, it may still be lenient in about 3/n of the answers: no limit is nearer than most of that."""
    rng = np.random.default_rng(1)
    human, others = rng.choice([-1.0, 0.0, 1.0], n, p=[0.1, 0.8, 0.1]), rng.choice([-1.0, 0.0, 1.0], 5000, p=[0.1, 0.8, 0.1])
    found = predict(independent(human, human, others))
    plain, answer = found.plain(asked()), found.answer(asked())
    assert plain is not None
    needed = max(1.5 * share, 1.25 * (plain.high - plain.low) / 2)
    assert found.value - answer.low > needed
    assert answer.high - found.value > needed


@pytest.mark.parametrize(
    ("span", "wrong", "ends"),
    [
        pytest.param(PAIRED_RANGE, 0, (-1.9, 1.9), id="differences, no error seen"),
        pytest.param(PAIRED_RANGE, 1, (-1.0, 1.0), id="differences, an error seen"),
        pytest.param(SINGLE_RANGE, 0, (-0.9, 1.0), id="levels"),
        pytest.param(SINGLE_RANGE, 1, (-0.9, 1.0), id="levels, an error seen"),
    ],
)
def test_pseudo_examples_stand_at_the_ends_until_errors_are_seen(
    span: tuple[float, float], wrong: int, ends: tuple[float, float]
) -> None:
    """What people's marks less 0.9 times the judge's can be; ∓1 once they were a whole point apart."""
    judge = np.arange(60) % 2 * 1.0
    human = np.where(np.arange(60) < wrong, 1.0 - judge, judge)
    found = predict(independent(human, judge, judge), weight=0.9)
    left = Moments.of(human - 0.9 * judge)
    size, mean = 62, float(left.mean[0])
    centre = (60 * mean + sum(ends)) / size
    squares = 59 * float(left.sd[0]) ** 2 + 60 * mean**2 + ends[0] ** 2 + ends[1] ** 2
    error = np.hypot(found.error_elsewhere, np.sqrt((squares / size - centre**2) / size))
    answer, middle, reach = found.answer(asked(0.5, span)), found.value - mean + centre, t_quantile(0.95, 59) * error
    assert (answer.low, answer.high) == pytest.approx((middle - reach, middle + reach), abs=1e-12)


def test_clusters_take_turns_in_the_folds_as_they_come() -> None:
    """All examples of a cluster share a weight; the sixth cluster has that of the first, whatever the clusters are called."""
    rng = np.random.default_rng(5)
    clusters = np.repeat([9, 4, 7, 1, 3, 8, 2], 6)
    human = rng.choice([-1.0, 0.0, 1.0], 42)
    judge = np.where(rng.random(42) < 0.5, human, 0.0)
    readings = Readings(
        human=human * 0.5, judge=judge, clusters=clusters, others=OTHERS, other_clusters=100 + np.arange(200) // 8
    )
    weights = predict(readings).weights.reshape(7, 6)
    assert (weights == weights[:, :1]).all()
    assert (weights[5:] == weights[:2]).all()
    assert len(set(weights[:5, 0])) == 5


def test_clusters_have_cr3_errors_and_bell_mccaffreys_degrees_of_freedom() -> None:
    """Each part by its own clusters: labelled and unlabelled ones are disjoint where whole clusters are drawn."""
    rng = np.random.default_rng(6)
    sizes = np.array([3, 5, 9, 4, 12, 7, 8])
    clusters, other_clusters = np.repeat(np.arange(7), sizes), 50 + np.arange(200) // 7
    human = np.clip(rng.normal(0, 0.3, 48) + rng.normal(0, 0.3, 7)[clusters], -1, 1)
    readings = Readings(human=human, judge=human * 0.7, clusters=clusters, others=OTHERS * 0.5, other_clusters=other_clusters)
    found = predict(readings, weight=0.5)
    rest, elsewhere = fit_clusters(human - 0.35 * human, clusters), fit_clusters(OTHERS * 0.5, other_clusters)
    assert found.error == pytest.approx(np.hypot(rest.cr3, 0.5 * elsewhere.cr3), rel=1e-9)
    assert found.df == bell_mccaffrey_df(sizes.astype(np.float64))
    assert found.worth < 48.0
    assert found.skewness == 0.0


def test_a_cluster_with_labelled_and_unlabelled_examples_pulls_once() -> None:
    """The two pulls of a cluster are added before they are squared: where they go the same way the error is larger."""
    clusters = np.arange(48) // 4
    lean = np.where(np.arange(12) % 2 == 0, 0.5, -0.5)[clusters] + np.tile([0.1, -0.1], 24)
    apart = Readings(human=lean, judge=np.zeros(48), clusters=clusters, others=lean, other_clusters=clusters + 100)
    shared = replace(apart, other_clusters=clusters)
    assert predict(shared, 1.0).error == pytest.approx(2 * predict(apart, 0.0).error, rel=1e-9)
    assert predict(apart, 1.0).error == pytest.approx(np.sqrt(2) * predict(apart, 0.0).error, rel=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_interval_and_p_agree(seed: int) -> None:
    """The limits are where the p is alpha, with and without clusters, for differences and levels."""
    rng = np.random.default_rng(seed)
    span = PAIRED_RANGE if seed % 2 else SINGLE_RANGE
    human = np.round(rng.uniform(*span, 60), seed % 3)
    judge = np.where(rng.random(60) < 0.8, human, np.round(rng.uniform(*span, 60)))
    groups = np.arange(60) // 5 if seed % 4 > 1 else np.arange(60)
    others = np.round(rng.uniform(*span, 300))
    readings = Readings(human=human, judge=judge, clusters=groups, others=others, other_clusters=1000 + np.arange(300))
    found = predict(readings)
    at = found.answer(asked(0.3, span))
    assert found.answer(asked(at.low, span)).p_met == pytest.approx(0.05, abs=1e-7)
    assert found.answer(asked(at.high, span)).p_breached == pytest.approx(0.05, abs=1e-7)


def test_all_marks_alike_still_leave_an_interval() -> None:
    """No spread anywhere: the pseudo-examples alone speak."""
    found = predict(independent(np.zeros(60), np.zeros(60), np.zeros(200)))
    answer = found.answer(asked())
    assert found.plain(asked()) is None
    assert -0.1 < answer.low < -0.03 < 0.03 < answer.high < 0.1


def lenient_error(share: float, n: int, widened: bool, runs: int = 800) -> float:
    """How often a gain is found where there is none: the judge marks that share of answers too high, and the others right."""
    rng, hits = np.random.default_rng(3), 0
    for _ in range(runs):
        human = rng.choice([-1.0, 0.0, 1.0], 2000, p=[0.06, 0.88, 0.06])
        judge = np.where((human < 1.0) & (rng.random(2000) < share / 0.94), human + 1.0, human)
        found = predict(independent(human[:n], judge[:n], judge[n:]))
        answer = found.answer(asked()) if widened else found.plain(asked())
        hits += answer is not None and answer.p_met <= 0.05
    return hits / runs


@pytest.mark.slow
@pytest.mark.parametrize(("share", "n"), [(0.02, 50), (0.04, 50), (0.01, 100), (0.04, 100)])
def test_a_rarely_lenient_judge_gives_no_false_go(share: float, n: int) -> None:
    """5 % one-sided, three standard errors allowed, where plain PPI++ errs up to three times as often."""
    assert lenient_error(share, n, widened=True) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 800)
    if (share, n) == (0.02, 50):
        assert lenient_error(share, n, widened=False) > 0.10
