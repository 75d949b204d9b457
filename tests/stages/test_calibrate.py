"""Calibration: how far judges agree with people, what they may decide, and the answers on which they differ."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judged_tables import KEY, PAIRS, SCALE, UNSEEN, YES_NO, ground, menu, tables
from sklearn.metrics import cohen_kappa_score
from tests.llmbar import FIGURES, SLICES

from tuneproof.core.judge_report import Figure, JudgeReport
from tuneproof.core.judging import NO_CHOICE, NOT_JUDGED, Choice
from tuneproof.stages.calibrate import calibrate
from tuneproof.stages.tabulate import Tables
from tuneproof.stats.proportion import clopper_pearson_interval

LLMBAR_JUDGES = ("GPT-4/Vanilla", "ChatGPT/Vanilla")


def figures(report: JudgeReport, judge: str = "gpt", part: str | None = None) -> dict[str, Figure]:
    """Return one reading's figures by name."""
    found = next(one for one in report.readings if (one.judge, one.slice) == (judge, part))
    return {figure.name: figure for figure in found.figures}


def report_on(held: Tables, **changes: Any) -> JudgeReport:
    """Return the one report of a table."""
    (report,) = calibrate(held, ground(**changes))
    return report


@pytest.fixture(scope="module")
def llmbar(real_data: Path) -> tuple[JudgeReport, dict[str, Any]]:
    """Return the report on two judges of LLMBar, and the published and independently computed figures."""
    folder = real_data / "llmbar"
    said: dict[str, dict[str, tuple[str, str]]] = {judge: {} for judge in LLMBAR_JUDGES}
    for row in map(json.loads, (folder / "judgments.jsonl").read_text("utf-8").splitlines()):
        said[row["system"]][row["id"]] = (row["verdict"], row["verdict_swapped"])
    rows = [json.loads(line) for line in (folder / "eval.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["id"] in said[LLMBAR_JUDGES[0]]]
    place = {"1": 0, "2": 1}
    unseen = [NOT_JUDGED] * len(rows)
    readings = {}
    for judge in LLMBAR_JUDGES:
        given = [place[said[judge][row["id"]][0]] for row in rows]
        swapped = [1 - place[said[judge][row["id"]][1]] for row in rows]  # the file has it mapped back
        readings |= {f"choice:given:{judge}": [unseen, given], f"choice:swapped:{judge}": [unseen, swapped]}
    held = tables(
        menu(PAIRS[:2], against="first", judges=LLMBAR_JUDGES),
        ("first", "second"),
        readings,
        {"": [unseen, [place[row["expected"]] for row in rows]]},
        slices={name: np.array([row["slice"] == name for row in rows]) for name in SLICES},
    )
    return report_on(held), json.loads((folder / "reference.json").read_text("utf-8"))["systems"]


@pytest.mark.parametrize("judge", LLMBAR_JUDGES)
@pytest.mark.parametrize("part", SLICES)
def test_two_real_judges_agree_with_people_as_independent_tools_say(
    llmbar: tuple[JudgeReport, dict[str, Any]], judge: str, part: str
) -> None:
    """LLMBar: pairs in both orders, one person, two judges, five slices."""
    report, reference = llmbar
    held, wanted = figures(report, judge, part), reference[judge][part]
    assert {name: held[name].value for name in FIGURES} == pytest.approx(
        {name: wanted[other] for name, other in FIGURES.items()}, abs=1e-9
    )
    assert {held[name].n for name in FIGURES} == {wanted["n"]}


def test_every_figure_of_real_judges_has_an_interval_around_it(llmbar: tuple[JudgeReport, dict[str, Any]]) -> None:
    """No figure of LLMBar stands without its limits, and none outside them."""
    for reading in llmbar[0].readings:
        for one in reading.figures:
            assert one.low is not None, one
            assert one.low <= one.value <= one.high, one


def test_agreement_of_single_answers_is_counted_exactly() -> None:
    """Forty answers, nine errors: agreement by Clopper and Pearson, sensitivity and specificity by what people say."""
    people = [1] * 25 + [0] * 15
    judge = [1] * 22 + [0] * 3 + [1] * 6 + [0] * 9
    held = figures(report_on(tables(menu(), ["tuned"], {"choice:given:gpt": [judge]}, {"ann": [people]})))
    assert held["agreement"].value == 31 / 40
    assert (held["agreement"].low, held["agreement"].high) == pytest.approx(clopper_pearson_interval(31, 40, 0.90))
    assert held["kappa"].value == pytest.approx(cohen_kappa_score(people, judge))
    assert (held["sensitivity"].value, held["sensitivity"].n) == (22 / 25, 25)
    assert (held["specificity"].value, held["specificity"].n) == (9 / 15, 15)


def test_a_scale_weighs_how_far_off_a_judge_is() -> None:
    """One step off is less than three; a scale has no sensitivity."""
    draw = np.random.default_rng(1)
    people = draw.integers(0, 5, 200)
    judge = np.clip(people + draw.integers(-2, 3, 200), 0, 4)
    held = figures(report_on(tables(menu(SCALE, is_ordinal=True), ["tuned"], {"choice:given:gpt": [judge]}, {"": [people]})))
    assert held["kappa"].value == pytest.approx(cohen_kappa_score(people, judge, weights="quadratic"))
    assert held["agreement"].value == np.mean(people == judge)
    assert held["within one"].value == np.mean(np.abs(people - judge) <= 1)
    assert "sensitivity" not in held


def test_several_people_are_averaged_and_held_against_each_other() -> None:
    """A judge's agreement is the mean over raters; people's own agreement is the ceiling beside it."""
    draw = np.random.default_rng(2)
    truth = draw.integers(0, 2, 120)
    said = {name: [np.where(draw.random(120) < 0.15, 1 - truth, truth)] for name in ("ann", "ben", "eve")}
    judge = np.where(draw.random(120) < 0.2, 1 - truth, truth)
    report = report_on(tables(menu(), ["tuned"], {"choice:given:gpt": [judge]}, said))
    rows = [held[0] for held in said.values()]
    assert figures(report)["agreement"].value == pytest.approx(np.mean([np.mean(judge == row) for row in rows]))
    assert figures(report)["kappa"].value == pytest.approx(np.mean([cohen_kappa_score(judge, row) for row in rows]))
    pairs = [(rows[0], rows[1]), (rows[0], rows[2]), (rows[1], rows[2])]
    people = {one.name: one for one in report.people}
    assert list(people) == ["agreement", "kappa", "Krippendorff's alpha"]
    assert people["agreement"].value == pytest.approx(np.mean([np.mean(a == b) for a, b in pairs]))
    assert people["kappa"].value == pytest.approx(np.mean([cohen_kappa_score(a, b) for a, b in pairs]))
    assert report.raters == ("ann", "ben", "eve")


def test_people_who_shared_the_work_are_each_compared_where_they_labelled() -> None:
    """Ann labelled one half and Ben the other: nothing is known of how far these two agree."""
    ann, ben = [1] * 20 + [UNSEEN] * 20, [UNSEEN] * 20 + [1] * 20
    judge = [1] * 15 + [0] * 5 + [1] * 20
    report = report_on(tables(menu(), ["tuned"], {"choice:given:gpt": [judge]}, {"ann": [ann], "ben": [ben]}))
    assert (figures(report)["agreement"].value, figures(report)["agreement"].n) == ((0.75 + 1.0) / 2, 40)
    assert (figures(report)["sensitivity"].value, report.people) == (35 / 40, ())


def test_what_a_judge_did_not_choose_is_left_out_and_told() -> None:
    """A reply outside the menu is neither right nor wrong; the reader sees how many there are."""
    judge, people = [1] * 18 + [NO_CHOICE] * 2, [1] * 20
    report = report_on(tables(menu(), ["tuned"], {"choice:given:gpt": [judge]}, {"": [people]}))
    assert (figures(report)["agreement"].value, figures(report)["agreement"].n) == (1.0, 18)
    assert figures(report)["agreement"].note == "2 labelled answers on which it made no choice are left out"
    assert (report.n_answers, report.n_judged, report.n_unmarked) == (20, 18, 2)


def test_a_judge_that_never_chose_has_no_figures_but_no_zero_either() -> None:
    """Nothing to compare is no disagreement."""
    report = report_on(tables(menu(), ["tuned"], {"choice:given:gpt": [[NO_CHOICE] * 20]}, {"": [[1] * 20]}))
    assert [figure.value for figure in figures(report).values()] == [None] * 4
    assert json.dumps(report.to_json(), allow_nan=False)


def test_a_panel_is_read_by_the_mark_it_comes_to() -> None:
    """Each judge has its own reading, and the majority one more."""
    people = [1, 1, 1, 0, 0, 0] * 5
    said = {name: [[*people[:at], 1 - people[at], *people[at + 1 :]]] for at, name in enumerate(("a", "b", "c"))}
    held = tables(
        menu(judges=("a", "b", "c")),
        ["tuned"],
        {f"choice:given:{name}": row for name, row in said.items()},
        {"": [people]},
        marks=[np.array(people, dtype=float)],
    )
    report = report_on(held)
    assert [one.judge for one in report.readings] == ["a", "b", "c", "panel"]
    assert figures(report, "panel")["agreement"].value == 1.0
    assert figures(report, "a")["agreement"].value == 29 / 30


def test_a_mean_of_judges_is_read_as_the_nearest_choice() -> None:
    """Two judges that say 4 and 5 come to 0.875, which is no entry of a scale."""
    judges, people = {"a": [[3] * 20], "b": [[4] * 20]}, {"": [[3] * 10 + [4] * 10]}
    held = tables(
        menu(SCALE, is_ordinal=True, judges=("a", "b")),
        ["tuned"],
        {f"choice:given:{name}": row for name, row in judges.items()},
        people,
        marks=[[0.875] * 20],
    )
    panel = figures(report_on(held), "panel")["agreement"]
    assert panel.value == 0.5
    assert panel.note == "20 of its marks are worth no choice and stand for the nearest, in the middle of two for the lower one"


def test_a_panel_that_splits_agrees_with_nobody() -> None:
    """Half for and half against is neither of two choices, whatever people say."""
    people = [1, 0] * 20
    marks = [1.0, 0.0] * 15 + [0.5] * 10
    readings = {f"choice:given:{name}": [people] for name in ("a", "b")}
    held = tables(menu(judges=("a", "b")), ["tuned"], readings, {"": [people]}, marks=[marks])
    panel = figures(report_on(held), "panel")
    assert (panel["agreement"].value, panel["sensitivity"].value, panel["specificity"].value) == (0.75, 0.75, 0.75)
    assert panel["kappa"].value == pytest.approx(cohen_kappa_score(people, [*people[:30], *[2] * 10]))


def test_figures_of_slices_stand_beside_the_whole() -> None:
    """A slice without any label has no reading."""
    judge, people = [1] * 20 + [0] * 20, [1] * 30 + [UNSEEN] * 10
    slices = {"short": np.arange(40) < 20, "long": np.arange(40) >= 20, "bare": np.arange(40) >= 30}
    report = report_on(tables(menu(), ["tuned"], {"choice:given:gpt": [judge]}, {"": [people]}, slices=slices))
    assert [one.slice for one in report.readings] == [None, "short", "long"]
    assert figures(report, part="short")["agreement"].value == 1.0
    assert (figures(report, part="long")["agreement"].value, figures(report, part="long")["agreement"].n) == (0.0, 10)


def test_answers_to_one_example_are_not_independent() -> None:
    """Two systems and two repeats on 30 examples are 120 answers in 30 clusters."""
    draw = np.random.default_rng(3)
    people = draw.integers(0, 2, (2, 30, 2))
    judge = np.where(draw.random(people.shape) < 0.2, 1 - people, people)
    agreed = figures(report_on(tables(menu(), ["prompted", "tuned"], {"choice:given:gpt": judge}, {"": people})))["agreement"]
    assert agreed.n == 120
    assert agreed.method != "clopper-pearson"


def labelled(n: int, of: int = 100, **more: Any) -> Tables:
    """Return two systems of which people labelled the first n examples."""
    people = [[1] * n + [UNSEEN] * (of - n)] * 2
    return tables(menu(), ["prompted", "tuned"], {"choice:given:gpt": [[1] * of] * 2}, {"": people}, **more)


@pytest.mark.parametrize(
    ("n", "chosen", "barred", "status"),
    [
        (0, "drawn", False, "decides nothing: nobody has labelled its answers"),
        (80, "unknown", False, "decides nothing: people's labels are no fair sample as far as can be seen"),
        (12, "drawn", False, "decides nothing: people labelled 12 examples, and 20 are needed"),
        (34, "drawn", False, "people's 34 labels decide alone; from 50 on the judge's marks are used"),
        (80, "marked", False, "decides, corrected by 80 labelled examples"),
        (100, "all", False, "people's 100 labels decide alone; nothing is left to mark"),
        (80, "drawn", True, "barred: shown to disagree with people"),
    ],
)
def test_the_status_says_what_marks_may_do(n: int, chosen: Any, barred: bool, status: str) -> None:
    """One sentence, by the number of labels, how they were chosen, and what was shown of the judge."""
    report = report_on(labelled(n, chosen=chosen), barred={KEY} if barred else ())
    assert report.status == status
    assert report.n_human == n


def test_the_status_tells_comparisons_apart_that_rest_on_different_labels() -> None:
    """Labels of one candidate do not speak for the other."""
    people = [[1] * 100, [1] * 80 + [UNSEEN] * 20, [UNSEEN] * 100]
    held = tables(menu(), ["prompted", "tuned", "other"], {"choice:given:gpt": [[1] * 100] * 3}, {"": people})
    assert report_on(held, candidates=("tuned", "other")).status == (
        "tuned against prompted: decides, corrected by 80 labelled examples; "
        "other against prompted: decides nothing: people labelled 0 examples, and 20 are needed"
    )


def test_without_labels_there_is_a_report_all_the_same() -> None:
    """Counts and leanings need nobody; readings do."""
    held = tables(
        menu(), ["prompted", "tuned"], {"choice:given:gpt": [[1] * 30, [0] * 30], "asked_again": [[0] * 30, [1] * 30]}
    )
    report = report_on(held)
    assert (report.readings, report.people, report.disputes, report.chosen, report.raters) == ((), (), (), None, ())
    assert (report.n_answers, report.n_judged, report.n_asked_again, report.n_human) == (60, 60, 30, 0)


def test_the_reference_of_pairs_is_nobodys_answer_to_judge() -> None:
    """Its own mark is 0.5 by definition, and no figure counts it."""
    unseen = [NOT_JUDGED] * 4
    readings = {
        "choice:given:gpt": [unseen, [0, 1, 0, 2]],
        "choice:swapped:gpt": [unseen, [0, 0, 1, 2]],
        "flip": [unseen, [1, 0, 0, 0]],
    }
    held = tables(menu(PAIRS, against="prompted"), ["prompted", "tuned"], readings, {"": [unseen, [1, 1, 0, 2]]})
    report = report_on(held)
    assert (report.n_answers, report.n_judged, report.n_flips, report.n_human) == (4, 4, 1, 4)
    assert figures(report)["right in both orders"].value == 0.75
    assert figures(report)["orders agree"].value == 0.75


def test_disputes_are_the_largest_gaps_in_words() -> None:
    """The farthest first, then in the order of the evalset; at most twenty."""
    judge, people = [4, 0, 2, *[1] * 30], {"ann": [[0, 4, 2, *[0] * 30]], "ben": [[0, 3, UNSEEN, *[UNSEEN] * 30]]}
    report = report_on(tables(menu(SCALE, is_ordinal=True), ["tuned"], {"choice:given:gpt": [judge]}, people))
    first, second, third = report.disputes[:3]
    assert (first.example_id, first.judge, first.people, first.gap) == ("0", "5", "ann: 1, ben: 1", 1.0)
    assert (second.example_id, second.judge, second.people, second.gap) == ("1", "1", "ann: 5, ben: 4", -0.875)
    assert (third.example_id, third.people, third.gap) == ("3", "1", 0.25)
    assert len(report.disputes) == 20


def test_disputes_name_judges_and_orders() -> None:
    """Of pairs, an order that turns the choice around is told; of panels, who chose what."""
    unseen = [NOT_JUDGED]
    readings = {
        "choice:given:a": [unseen, [0]],
        "choice:swapped:a": [unseen, [0]],
        "choice:given:b": [unseen, [0]],
        "choice:swapped:b": [unseen, [1]],
    }
    held = tables(
        menu(PAIRS, against="prompted", judges=("a", "b")),
        ["prompted", "tuned"],
        readings,
        {"": [unseen, [1]]},
        marks=[[0.5], [0.25]],
    )
    (dispute,) = report_on(held).disputes
    assert (dispute.judge, dispute.people, dispute.gap) == ("a: first (swapped: second), b: first", "second", -0.75)


def test_the_report_is_plain_json(llmbar: tuple[JudgeReport, dict[str, Any]]) -> None:
    """Figures stand under their names; numbers are numbers or null, never NaN."""
    written = json.loads(json.dumps(llmbar[0].to_json(), allow_nan=False))
    reading = next(one for one in written["readings"] if (one["judge"], one["slice"]) == ("GPT-4/Vanilla", "natural"))
    assert reading["figures"]["agreement"]["value"] == pytest.approx(0.95)
    assert set(reading["figures"]["kappa"]) == {"value", "low", "high", "n", "method", "note"}
    assert written["menu"] == [{"name": "first", "score": 1.0}, {"name": "second", "score": 0.0}]
    assert (written["rubric"], written["evalset"], written["against"], written["n_human"]) == (
        "brand-voice",
        "target",
        "first",
        419,
    )


def test_graders_that_ask_nobody_have_no_report() -> None:
    """Only columns whose marks come from judges are calibrated, and an example's own grader is not a second one."""
    held = labelled(30)
    double = Tables(
        columns={**held.columns, ("target", None): held.columns[KEY], ("target", "exact"): held.columns[KEY]},
        absent=held.absent,
        systems=held.systems,
        unmarked={},
        people={**held.people, ("target", None): held.people[KEY]},
        menus=held.menus,
    )
    assert [(report.evalset, report.grader) for report in calibrate(double, ground())] == [KEY]


def test_a_menu_of_several_good_answers_has_a_sensitivity_too() -> None:
    """Two scores, three entries: what counts is whether it is the better score."""
    entries = (*YES_NO, Choice(name="fair", score=1.0))
    held = tables(menu(entries), ["tuned"], {"choice:given:gpt": [[1, 2, 0, 0] * 10]}, {"": [[2, 1, 1, 0] * 10]})
    found = figures(report_on(held))
    assert (found["sensitivity"].value, found["specificity"].value) == (2 / 3, 1.0)


@pytest.mark.slow
def test_a_hundred_thousand_answers_are_calibrated_in_seconds() -> None:
    """Ten slices, two orders, two systems."""
    draw = np.random.default_rng(4)
    n = 50_000
    given = np.concatenate([np.full((1, n), NOT_JUDGED), draw.integers(0, 3, (2, n))])
    swapped = np.concatenate([np.full((1, n), NOT_JUDGED), draw.integers(0, 3, (2, n))])
    chars = np.where(given == NOT_JUDGED, NOT_JUDGED, draw.integers(1, 1000, given.shape))
    slices = {str(i): np.arange(n) % 10 == i for i in range(10)}
    held = tables(
        menu(PAIRS, against="prompted"),
        ["prompted", "tuned", "other"],
        {"choice:given:gpt": given, "choice:swapped:gpt": swapped, "chars": chars, "other_chars": chars[:, ::-1]},
        {"ann": given, "ben": swapped},
        slices=slices,
    )
    start = time.perf_counter()
    report = report_on(held, candidates=("tuned", "other"))
    assert report.n_judged == 2 * n
    assert time.perf_counter() - start < 20.0
