"""Where the spread of a difference comes from, and how far a system differs from itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from paired_marks import evalset_of, score

from tuneproof.core.example import Evalset
from tuneproof.stages.movement import ground_of
from tuneproof.stages.noise import MOST_REPEATS, Spread, noise, repeats, split, unsplit
from tuneproof.stages.survey import Ground
from tuneproof.stages.tabulate import tabulate
from tuneproof.stats.arrays import FloatArray
from tuneproof.stats.table import ScoreTable

A = [[1, 0], [1, 1], [1, 1], [0, 1]]
B = [[0, 0], [0, 1], [1, 0], [1, 1]]
"""Two repeats of four examples: differences 0.5, 0.5, 0.5, -0.5; within-example variances 0.5, 0, 0, 0.5 and 0, 0.5, 0.5, 0."""


def table_of(*systems: FloatArray | Sequence[Sequence[float]], missing: Sequence[tuple[int, int, int]] = ()) -> ScoreTable:
    """Return a table of marks: each system as [examples][repeats]."""
    marks = [np.asarray(one, dtype=float) for one in systems]
    n, most = marks[0].shape[0], max(one.shape[1] for one in marks)
    values = np.zeros((len(marks), n, most))
    graded = np.zeros(values.shape, dtype=bool)
    for row, one in enumerate(marks):
        values[row, :, : one.shape[1]], graded[row, :, : one.shape[1]] = one, True
    for cell in missing:
        values[cell], graded[cell] = 0.0, False
    return ScoreTable(
        systems=("a", "b", "c")[: len(marks)],
        example_ids=tuple(map(str, range(n))),
        values=values,
        graded=graded,
        repeats=np.array([one.shape[1] for one in marks]),
        clusters=np.arange(n),
        slices={},
    )


def ground(marks: Mapping[str, Sequence[Sequence[float]]], evalset: Evalset | None = None) -> Ground:
    """Return what reports look at, for marks as [examples][repeats]; the first system is the candidate."""
    held = evalset or evalset_of(len(next(iter(marks.values()))))
    scores = [
        score(name, i, value, repeat)
        for name, rows in marks.items()
        for i, row in enumerate(rows)
        for repeat, value in enumerate(row)
    ]
    tables = tabulate(scores, {"target": held}, {name: len(rows[0]) for name, rows in marks.items()})
    first, *others = marks
    return replace(ground_of(tables, {"target": held}, {}, alpha=0.05, seed=1), candidates=(first,), baselines=tuple(others))


def test_the_parts_of_a_spread_by_hand() -> None:
    """Within: 0.25 + 0.25. Differences of means have variance 0.25; half of 0.5 is noise, and nothing is left between."""
    held = split(table_of(A, B), "a", "b")
    assert held is not None
    assert (held.n, held.within, held.both, held.between) == (4, (0.25, 0.25), 0.5, 0.0)
    assert held.standard_error(2, 2) == pytest.approx(0.25)


def test_unequal_repeats_count_each_by_its_own() -> None:
    """Three repeats of a: variances 1/3 and 0; differences 2/3 - 1/2 and 0 - 0 have variance 1/72, less than the noise."""
    held = split(table_of([[1, 1, 0], [0, 0, 0]], [[1, 0], [0, 0]]), "a", "b")
    assert held is not None
    assert (held.repeats, held.within) == ((3, 2), (pytest.approx(1 / 6), 0.25))
    assert held.between == 0.0
    assert held.standard_error(3, 2) == pytest.approx((((1 / 6) / 3 + 0.25 / 2) / 2) ** 0.5)


def test_what_is_left_between_examples() -> None:
    """Examples that differ wholly, and repeats that do not: all of the spread is between them."""
    held = split(table_of([[1, 1], [0, 0], [1, 1], [0, 0]], [[0, 0], [1, 1], [0, 0], [0, 0]]), "a", "b")
    assert held is not None
    assert (held.both, held.between, held.best_repeats) == (0.0, pytest.approx(np.var([1, -1, 1, 0], ddof=1)), 1)


def test_examples_that_lack_a_repeat_are_left_out() -> None:
    """A mean over fewer repeats has another variance."""
    held = split(table_of(A, B, missing=[(0, 1, 0)]), "a", "b")
    assert held is not None
    assert held.n == 3


@pytest.mark.parametrize("systems", [(A, [[0], [1], [0], [1]]), ([[1, 0]], [[0, 0]])], ids=["asked once", "one example"])
def test_what_is_not_known_is_not_split(systems: tuple[Sequence[Sequence[float]], ...]) -> None:
    """One repeat says nothing about repeats: its variance is unknown, never 0."""
    assert split(table_of(*systems), "a", "b") is None


@pytest.mark.parametrize(
    ("within", "between", "best"),
    [(0.0, 0.1, 1), (0.0, 0.0, 1), (0.1, 0.1, 1), (0.4, 0.1, 2), (0.9, 0.1, 3), (0.01, 0.1, 1), (0.3, 0.0, MOST_REPEATS)],
)
def test_the_best_repeats_are_the_root_of_the_ratio(within: float, between: float, best: int) -> None:
    """At equal costs; at least one, and an end where examples seem to be alike."""
    assert Spread(n=10, repeats=(2, 2), within=(within, 0.0), between=between).best_repeats == best


@pytest.mark.parametrize("k", [2, 4, 8])
def test_the_parts_predict_the_spread_of_the_mean(k: int) -> None:
    """20,000 seeded repetitions of 60 examples: the formula's standard error is within 2 % of the empirical one."""
    rng, n, times = np.random.default_rng(5808 + k), 60, 20_000
    true = rng.beta(1.2, 0.8, size=(2, times, n))
    true[1] = 0.6 * true[0] + 0.4 * true[1]  # hard examples are hard for both
    marks = rng.binomial(k, true) / k
    empirical = (marks[0] - marks[1]).mean(axis=1).std(ddof=1)
    within = (true * (1 - true)).mean(axis=(1, 2))
    held = Spread(n=n, repeats=(k, k), within=(within[0], within[1]), between=float((true[0] - true[1]).var()))
    assert held.standard_error(k, k) / empirical == pytest.approx(1.0, abs=0.02)


def test_the_estimates_are_right_on_average() -> None:
    """1,000 seeded tables of 100 examples with 3 and 4 repeats: both parts are within 3 % of what they are estimates of."""
    rng, found = np.random.default_rng(17), []
    for _ in range(1000):
        true = rng.beta(1.0, 1.0, size=(2, 100))
        held = split(
            table_of(*(rng.binomial(1, one[:, None], size=(100, k)) for one, k in zip(true, (3, 4), strict=True))), "a", "b"
        )
        assert held is not None
        found.append((*held.within, held.between))
    assert np.mean(found, axis=0) == pytest.approx([1 / 6, 1 / 6, 1 / 6], rel=0.03)  # E p(1-p) = 1/6; Var(p - q) = 2/12


def test_repeats_are_told_by_pair_with_what_follows() -> None:
    """Numbers of now, of one repeat and of endless ones, and what to do."""
    held = repeats(ground({"tuned": A, "base": [[0, 0], [0, 1], [0, 0], [1, 1]]}))
    assert [(one.candidate, one.baseline, one.evalset, one.grader, one.n, one.repeats) for one in held] == [
        ("tuned", "base", "target", "label", 4, 2)
    ]
    assert (held[0].within, held[0].between) == (0.375, pytest.approx(0.3958333 - 0.1875, abs=1e-6))
    assert held[0].sentence == (
        "tuned against base on target: standard error of the difference on 4 examples: "
        "0.3819 with one repeat, 0.3146 with 2 repeats, 0.2282 at best; "
        "most per call is gained with 1 repeat of each example"
    )


def test_repeats_that_never_differ_are_one_too_many() -> None:
    """A deterministic system says so."""
    held = repeats(ground({"tuned": [[1, 1], [0, 0]], "base": [[0, 0], [0, 0]]}))[0]
    assert (
        held.sentence
        == "tuned against base on target: no repeat of an example was marked differently on 2 examples: one repeat is enough"
    )


def test_a_pair_of_which_one_is_asked_once_is_told() -> None:
    """What is unknown has no row, and a caution says why."""
    assert repeats(ground({"tuned": A, "base": [[0], [1], [0], [1]]})) == ()
    assert unsplit([("tuned", "base"), ("tuned", "other")], {"tuned": 2, "base": 1, "other": 2}) == [
        "tuned is asked 2 times and base once: how far base differs from itself is unknown, "
        "so the spread of their difference is not split"
    ]


def test_noise_is_a_system_against_itself() -> None:
    """Flips of the whole evalset over what was measured; slices are left out."""
    rows = {"1 base": [[1], [0], [1], [1]], "2 base": [[1], [1], [0], [1]]}
    held = noise([("base", "1 base", "2 base")], ground(rows, evalset_of(4, en=(0, 1))), {("base", "target"): 3})
    assert [(one.movement.system, one.movement.slice, one.n, one.flip_share) for one in held] == [("base", None, 4, 0.5)]
    assert (held[0].movement.estimate.value, held[0].movement.n_changed_texts) == (0.0, 3)
