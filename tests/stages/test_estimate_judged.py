"""Estimates of what a judge marked: what they rest on, what the judge alone says, and how far it agrees with people."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.judging import NO_CHOICE, NOT_JUDGED, Choice, Chosen, choice_count
from tuneproof.stages.estimate import estimate
from tuneproof.stages.tabulate import Column, Menu, People, Tables
from tuneproof.stats.agreement import agreement, kappa
from tuneproof.stats.arrays import FloatArray, IntArray
from tuneproof.stats.bounded import PAIRED_RANGE, SINGLE_RANGE, Question
from tuneproof.stats.inference import Levels, compare
from tuneproof.stats.table import ScoreTable
from tuneproof.stats.with_people import Marks, assess_with_people, compare_with_people

PLACE = ("target", "voice")
SYSTEMS = ("prompted", "tuned")
LEVELS = Levels(alpha=0.05, gamma_met=0.0005, gamma_breached=0.0005)
YES_NO = (Choice(name="no", score=0.0), Choice(name="yes", score=1.0))
PREFERENCE = (Choice(name="first", score=1.0), Choice(name="tie", score=0.5), Choice(name="second", score=0.0))


def table(values: FloatArray, graded: Any = True, **more: Any) -> ScoreTable:
    """Return a table of float64[systems, examples] marks, one repeat each; the first half of the examples is slice `a`."""
    n = values.shape[1]
    known = np.broadcast_to(np.asarray(graded, dtype=bool), values.shape)[:, :, None]
    held = ScoreTable(
        systems=SYSTEMS,
        example_ids=tuple(f"e{place}" for place in range(n)),
        values=np.where(known, values[:, :, None], 0.0),
        graded=known,
        repeats=np.array([1, 1]),
        clusters=np.arange(n),
        slices={"a": np.arange(n) < n // 2},
    )
    return replace(held, **more)


def tables(judge: ScoreTable, people: People | None, *, absent: Any = False, **more: Any) -> Tables:
    """Return tables with one judged column."""
    n = len(judge.example_ids)
    column = Column(
        scores=judge,
        asked=np.ones(n, dtype=bool),
        ungradable=np.zeros((2, n), dtype=bool),
        measures={},
        gold=None,
        predicted=None,
        fields=None,
        readings=more.pop("readings", {}),
    )
    menu = Menu(choices=YES_NO, is_ordinal=False, against=None, judges=("gpt",))
    return Tables(
        columns={PLACE: column},
        absent={"target": np.broadcast_to(np.asarray(absent, dtype=bool), (2, n))},
        systems=SYSTEMS,
        unmarked={},
        people={PLACE: people},
        menus={PLACE: more.pop("menu", menu)},
    )


def people(scores: ScoreTable, chosen: Chosen = "drawn", choices: IntArray | None = None) -> People:
    """Return what one person said."""
    held = np.full((1, *scores.values.shape), NOT_JUDGED) if choices is None else choices
    return People(raters=("",) * held.shape[0], choices=held, scores=scores, chosen=chosen)


class Case:
    """200 examples: a judge that is lenient to the candidate, and what people say of the first `n_human`."""

    def __init__(self, n_human: int, chosen: Chosen = "drawn", n: int = 200, seed: int = 5) -> None:
        rng = np.random.default_rng(seed)
        self.human = (rng.random((2, n)) < np.array([[0.55], [0.6]])).astype(float)
        lenient = rng.random(n) < 0.6
        self.judge = np.stack([self.human[0], np.where(lenient, 1.0, self.human[1])])
        self.labelled = np.arange(n) < n_human
        self.chosen = chosen

    def tables(self, **more: Any) -> Tables:
        """Return the tables."""
        judge = more.pop("judge", table(self.judge))
        return tables(judge, people(table(self.human, self.labelled[None, :]), self.chosen), **more)

    def marks(self) -> list[Marks]:
        """Return what is known of each system."""
        return [Marks(judge=(j, j), human=(h, h)) for j, h in zip(self.judge, self.human, strict=True)]


def quantity(**changes: Any) -> Quantity:
    """Return candidate minus baseline against 0."""
    held = Quantity(
        kind="difference",
        evalset="target",
        slice=None,
        grader="voice",
        system="tuned",
        baseline="prompted",
        threshold=0.0,
        level_met=0.05,
        level_breached=0.05,
    )
    return replace(held, **changes)


LEVEL = {"kind": "level", "baseline": None, "threshold": 0.5}


def estimated(held: Tables, **changes: Any) -> Estimate:
    """Return the estimate of one quantity."""
    asked = quantity(**changes)
    return estimate([asked], held, {}, alpha=0.05, seed=0)[asked]


# -- differences and levels --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "held", "words"),
    [
        ("nobody labelled", tables(table(Case(0).judge), None), "no answer is labelled by people: draw what they are to label"),
        ("none of these", Case(0).tables(), "0 of 200 examples are labelled by people, at least 20 are needed (50 to use"),
        ("unknown", Case(80, "unknown").tables(), "people's labels are no fair sample as far as can be seen"),
    ],
)
@pytest.mark.parametrize("changes", [{}, LEVEL])
def test_a_judge_alone_says_neither_met_nor_breached(case: str, held: Tables, words: str, changes: dict[str, Any]) -> None:
    """Its figure is shown with its interval, and decides nothing."""
    found = estimated(held, **changes)
    assert found.judged is not None
    assert found.judged.calibration == "judge-only"
    assert (found.value, found.low, found.high) == (found.judged.raw_value, found.judged.raw_low, found.judged.raw_high)
    assert {found.p_met, found.p_breached, found.p_met_best, found.p_breached_worst} == {1.0}
    assert found.blocked == "TOO_FEW_HUMAN_LABELS"
    assert words in (found.blocked_because or "")
    assert "the figure rests on the judge alone, which decides nothing" in found.cautions


def test_the_judges_own_figure_is_the_ordinary_one() -> None:
    """What it would have led to is said where people lead to something else."""
    case = Case(80)
    found = estimated(case.tables())
    clusters = np.arange(200)
    plain = compare(*reversed([(j, j) for j in case.judge]), clusters=clusters, threshold=0.0, levels=LEVELS).resolved
    assert found.judged is not None
    assert (found.judged.raw_value, found.judged.raw_low, found.judged.raw_high) == (plain.value, plain.low, plain.high)
    assert plain.p_met < 0.001
    shown = f"the judge alone would have said met: {plain.value:.3f} ({plain.low:.3f} to {plain.high:.3f})"
    assert shown in found.cautions


def test_few_labels_decide_alone() -> None:
    """From 20 to 49 labelled examples: the ordinary methods on those, as if the judge were not there."""
    case = Case(34)
    found, part = estimated(case.tables()), case.human[:, :34]
    plain = compare(*reversed([(h, h) for h in part]), clusters=np.arange(34), threshold=0.0, levels=LEVELS).resolved
    assert (found.value, found.low, found.high, found.p_met) == (plain.value, plain.low, plain.high, plain.p_met)
    assert (found.n, found.n_missing, found.method, found.blocked) == (34, 0, "exact-tango", None)
    assert (found.baseline_value, found.candidate_value) == tuple(part.mean(axis=1))
    assert found.judged is not None
    assert (found.judged.calibration, found.judged.n_human) == ("human-only", 34)
    assert "the figure rests on people's labels of 34 examples: the judge's marks are used from 50 on" in found.cautions


def test_very_few_labels_say_how_many_are_needed() -> None:
    """Below 20 nothing is met, and the sentence tells what to do."""
    found = estimated(Case(12).tables())
    assert found.blocked == "TOO_FEW_HUMAN_LABELS"
    assert found.blocked_because == (
        "12 of 200 examples are labelled by people, at least 20 are needed (50 to use the judge's marks): "
        "draw what they are to label with `tuneproof judge sample`"
    )


def test_enough_labels_correct_the_judge() -> None:
    """From 50 on the judge's marks are used, and the corrected figure is near what people say of everything."""
    case = Case(80)
    found, (baseline, candidate) = estimated(case.tables()), case.marks()
    plain = compare_with_people(
        candidate, baseline, case.labelled, clusters=np.arange(200), threshold=0.0, levels=LEVELS
    ).resolved
    assert (found.value, found.low, found.high, found.p_met) == (plain.value, plain.low, plain.high, plain.p_met)
    assert (found.n, found.method) == (200, plain.method)
    assert found.judged is not None
    assert (found.judged.calibration, found.judged.n_human) == ("corrected", 80)
    assert "the figure rests on the judge's marks, corrected by people's labels of 80 examples" in found.cautions
    assert found.low < float(np.mean(case.human[1] - case.human[0])) < found.high


def test_levels_are_corrected_too() -> None:
    """Of one system, and of both sides of a difference."""
    case = Case(80)
    both, one = estimated(case.tables()), estimated(case.tables(), **LEVEL)
    plain = assess_with_people(case.marks()[1], case.labelled, clusters=np.arange(200), threshold=0.5, levels=LEVELS).resolved
    assert one.value == both.candidate_value == plain.value
    assert (one.low, one.p_met, one.baseline_value) == (plain.low, plain.p_met, None)
    assert one.value is not None
    assert one.value < float(case.judge[1].mean()) - 0.1


def test_a_slice_has_its_own_labels() -> None:
    """Labels of other slices correct nothing here."""
    case = Case(130)
    case.labelled = np.arange(200) >= 70
    whole, part = estimated(case.tables()), estimated(case.tables(), slice="a")
    assert whole.judged is not None
    assert part.judged is not None
    assert (whole.judged.calibration, whole.judged.n_human) == ("corrected", 130)
    assert (part.judged.calibration, part.judged.n_human, part.n) == ("human-only", 30, 30)


def test_an_example_is_labelled_where_both_answers_are() -> None:
    """One side alone shows no difference, but it does show a level."""
    case = Case(200)
    graded = np.stack([np.arange(200) < 60, np.arange(200) < 25])
    held = tables(table(case.judge), people(table(case.human, graded)))
    both, one = estimated(held).judged, estimated(held, **LEVEL, system="prompted").judged
    assert both is not None
    assert one is not None
    assert (both.n_human, one.n_human, one.calibration) == (25, 60, "corrected")


def test_small_sets_that_are_all_labelled_lack_examples_not_labels() -> None:
    """More labels than examples cannot be asked for."""
    found = estimated(Case(15, n=15).tables())
    assert found.blocked == "MORE_DATA"
    assert "the figure rests on people's labels, which leave no example out (15 examples)" in found.cautions


def test_what_judges_could_not_mark_people_settle() -> None:
    """Where labels decide alone an unmarked answer costs nothing; where the judge is used it is bounded."""
    unmarked = np.ones((2, 200), dtype=bool)
    unmarked[1, [3, 150, 160]] = False
    few, many = (estimated(case.tables(judge=table(case.judge, unmarked))) for case in (Case(34), Case(80)))
    assert few.n_missing == 0
    assert (many.n_missing, many.missing_ids) == (3, ("e3", "e150", "e160"))
    assert many.worst is not None
    assert many.best is not None
    assert many.worst < many.best


@pytest.mark.parametrize("n_human", [34, 80])
def test_answers_that_did_not_come_back_are_bounded(n_human: int) -> None:
    """Nobody can label them, and they do not leave the mean: each moves both ends by its share, however few are labelled."""
    case = Case(n_human)
    absent = np.zeros((2, 200), dtype=bool)
    absent[1, 190:] = True
    held = estimated(case.tables(judge=table(case.judge, ~absent), absent=absent))
    rest = estimated(tables(table(case.judge[:, :190]), people(table(case.human[:, :190], case.labelled[None, :190]))))
    assert rest.value is not None
    assert (held.value, held.n_missing, len(held.missing_ids)) == (rest.value, 10, 10)
    assert held.worst == pytest.approx(0.95 * rest.value - 0.05)
    assert held.best == pytest.approx(0.95 * rest.value + 0.05)
    assert held.low == pytest.approx(0.95 * rest.low - 0.05, abs=2e-3)
    assert held.high == pytest.approx(0.95 * rest.high + 0.05, abs=2e-3)


def test_what_absent_answers_alone_could_decide_is_left_open() -> None:
    """A level that the absent answers keep below the bar whatever the others are."""
    case = Case(80)
    absent = np.zeros((2, 200), dtype=bool)
    absent[1, 80:] = True
    found = estimated(case.tables(judge=table(case.judge, ~absent), absent=absent), **LEVEL)
    assert (found.p_met, found.p_breached) == (1.0, 1.0)
    assert found.low < 0.5 < found.high


def test_other_graders_are_as_they_were() -> None:
    """A column without a judge has no calibration, whatever people said elsewhere."""
    held = Case(80).tables()
    found = estimated(replace(held, people={}))
    assert found.judged is None
    assert found.blocked is None


def test_a_judge_is_known_by_its_readings() -> None:
    """Also where nobody looked for people's labels its marks are no ordinary ones."""
    case = Case(80)
    found = estimated(replace(case.tables(readings={choice_count("gpt"): choices({}, 200)}), people={}))
    assert found.judged is not None
    assert (found.judged.calibration, found.p_met) == ("judge-only", 1.0)


# -- agreement ---------------------------------------------------------------------------------------------------------------

KAPPA = {"kind": "agreement", "measure": "kappa", "system": "voice", "baseline": None, "threshold": 0.5}
SHARE = {**KAPPA, "measure": "agreement"}


def choices(said: Mapping[str, Sequence[int]], n: int) -> IntArray:
    """Return int64[systems, examples, 1] with what was said first of each system, and nothing of the others."""
    held = np.full((2, n, 1), NOT_JUDGED)
    for system, made in said.items():
        held[SYSTEMS.index(system), : len(made), 0] = made
    return held


def agreeing(
    readings: Mapping[str, IntArray], raters: Sequence[IntArray], chosen: Chosen = "drawn", menu: Menu | None = None
) -> Tables:
    """Return tables in which judges and people chose."""
    made = np.stack(raters)
    n = made.shape[2]
    marks = table(np.zeros((2, n)))
    known = {"readings": dict(readings), **({"menu": menu} if menu else {})}
    return tables(marks, people(table(np.zeros((2, n)), (made >= 0).any(axis=0)[:, :, 0]), chosen, made), **known)


@pytest.fixture
def said() -> tuple[IntArray, IntArray]:
    """Return what a judge and a person chose of 60 answers of one system."""
    rng = np.random.default_rng(3)
    person = rng.integers(0, 2, 60)
    judge = np.where(rng.random(60) < 0.85, person, 1 - person)
    return judge, person


def test_agreement_is_that_of_the_labelled_answers(said: tuple[IntArray, IntArray]) -> None:
    """Kappa and the share of equal choices, as `stats.agreement` has them, over answers that both looked at."""
    judge, person = said
    readings = {choice_count("gpt"): choices({"tuned": judge}, 100)}
    held = agreeing(readings, [choices({"tuned": person[:50]}, 100)])
    pair, clusters = (judge[:50], person[:50]), np.arange(50)
    share = agreement([pair], clusters, Question(span=SINGLE_RANGE, threshold=0.5, levels=LEVELS))
    beyond = kappa([pair], clusters, Question(span=PAIRED_RANGE, threshold=0.5, levels=LEVELS), n_choices=2, ordinal=False)
    for changes, plain in ((SHARE, share), (KAPPA, beyond)):
        found = estimated(held, **changes)
        assert (found.value, found.low, found.high, found.n) == (plain.value, plain.low, plain.high, 50)
        assert (found.p_met, found.p_breached, found.blocked) == (plain.p_met, plain.p_breached, None)
        assert found.judged is None


def test_answers_to_one_example_are_one_cluster(said: tuple[IntArray, IntArray]) -> None:
    """Two systems labelled: twice the answers, and no more independent units than examples."""
    judge, person = said
    both = {"tuned": judge, "prompted": judge}
    held = agreeing({choice_count("gpt"): choices(both, 60)}, [choices({"tuned": person, "prompted": person}, 60)])
    found = estimated(held, **SHARE)
    assert (found.n, found.n_clusters) == (120, 60)


def test_every_judge_meets_every_person(said: tuple[IntArray, IntArray]) -> None:
    """The figure is the mean over judges and people."""
    person = said[1]
    menu = Menu(choices=YES_NO, is_ordinal=False, against=None, judges=("gpt", "claude"))
    readings = {
        choice_count("gpt"): choices({"tuned": person}, 60),
        choice_count("claude"): choices({"tuned": 1 - person}, 60),
    }
    held = agreeing(readings, [choices({"tuned": person}, 60), choices({"tuned": person}, 60)], menu=menu)
    assert estimated(held, **SHARE).value == pytest.approx(0.5)


def test_a_swapped_choice_is_turned_back() -> None:
    """A judge that prefers the same answer in both orders names the other place, and agrees with people twice."""
    person = np.arange(60) % 3
    menu = Menu(choices=PREFERENCE, is_ordinal=False, against="prompted", judges=("gpt",))
    readings = {
        choice_count("gpt"): choices({"tuned": person}, 60),
        choice_count("gpt", "swapped"): choices({"tuned": 2 - person}, 60),
    }
    held = agreeing(readings, [choices({"tuned": person}, 60)], menu=menu)
    assert estimated(held, **SHARE).value == 1.0
    first = {**readings, choice_count("gpt", "swapped"): choices({"tuned": person}, 60)}
    assert estimated(agreeing(first, [choices({"tuned": person}, 60)], menu=menu), **SHARE).value == pytest.approx(2 / 3)


@pytest.mark.parametrize("changes", [SHARE, KAPPA])
def test_choices_that_were_not_made_are_bounded(said: tuple[IntArray, IntArray], changes: dict[str, Any]) -> None:
    """Judges that reply outside the menu where it is hard do not agree the better for it."""
    _, person = said
    judge = person.copy()
    judge[:15] = NO_CHOICE
    held = agreeing({choice_count("gpt"): choices({"tuned": judge}, 60)}, [choices({"tuned": person}, 60)])
    found = estimated(held, **changes)
    assert (found.value, found.n, found.n_missing, len(found.missing_ids)) == (1.0, 45, 15, 15)
    assert found.best == 1.0
    assert found.worst is not None
    assert found.worst < 0.8
    assert found.low < found.worst
    assert "the limits hold whatever the judge would have chosen where it made no choice" in found.cautions


def test_labels_chosen_in_an_unknown_way_show_and_decide_nothing(said: tuple[IntArray, IntArray]) -> None:
    """Hard cases that somebody picked say nothing of the others, for the judge or against it."""
    judge, person = said
    readings, raters = {choice_count("gpt"): choices({"tuned": judge}, 60)}, [choices({"tuned": person}, 60)]
    found = estimated(agreeing(readings, raters, "unknown"), **KAPPA)
    assert found.value == estimated(agreeing(readings, raters), **KAPPA).value
    assert (found.p_met, found.p_breached, found.blocked) == (1.0, 1.0, "TOO_FEW_HUMAN_LABELS")
    assert "no fair sample" in " ".join(found.cautions)


@pytest.mark.parametrize("labels", [None, choices({}, 60), choices({"prompted": [1] * 60}, 60)])
def test_without_labels_nothing_is_measured(said: tuple[IntArray, IntArray], labels: IntArray | None) -> None:
    """Nobody labelled, or nobody labelled what the judge marked."""
    held = agreeing({choice_count("gpt"): choices({"tuned": said[0]}, 60)}, [choices({}, 60) if labels is None else labels])
    held = replace(held, people={PLACE: None}) if labels is None else held
    found = estimated(held, **KAPPA)
    assert (found.value, found.n, found.blocked, found.p_met) == (None, 0, "TOO_FEW_HUMAN_LABELS", 1.0)
    assert (found.low, found.high) == (-1.0, 1.0)
    assert "tuneproof judge sample" in (found.blocked_because or "")


def test_a_handful_of_labels_is_not_enough(said: tuple[IntArray, IntArray]) -> None:
    """However well the judge does on them."""
    person = said[1]
    readings = {choice_count("gpt"): choices({"tuned": person}, 60)}
    found = estimated(agreeing(readings, [choices({"tuned": person[:19]}, 60)]), **SHARE)
    assert (found.value, found.n, found.blocked) == (1.0, 19, "TOO_FEW_HUMAN_LABELS")


def test_agreement_on_a_slice(said: tuple[IntArray, IntArray]) -> None:
    """Only the answers to its examples count."""
    judge, person = said
    held = agreeing({choice_count("gpt"): choices({"tuned": judge}, 60)}, [choices({"tuned": person}, 60)])
    found = estimated(held, **SHARE, slice="a")
    assert (found.n, found.value) == (30, pytest.approx(float(np.mean(judge[:30] == person[:30]))))
