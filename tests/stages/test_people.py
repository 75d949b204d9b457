"""Which answers people label, what they see of them, and what becomes of what they said."""

import csv
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from labelled import PAIR, SCALE, TURNED, File, asked_of, evalset_of, groups_of, workspace_in

from tuneproof.core.digest import digest
from tuneproof.core.example import Evalset, Example
from tuneproof.core.judging import NOT_JUDGED, HumanLabel
from tuneproof.stages.consult import Docket
from tuneproof.stages.labels import Address, Asked, chosen, draw, gather, read_labels, resolve, sheet_rows
from tuneproof.stages.tabulate import tabulate

TEN = evalset_of(*"abcdefghij")
WAYS_OUT = "label them, or say random = true if they were chosen at random"
PAIRED = evalset_of(*"abcdefghij", clusters=[*"vvwwxxyyzz"])


def labels_for(asked: Asked, names: Sequence[str], choice: str | None = None, rater: str = "") -> list[HumanLabel]:
    """Return a label for every answer to some examples."""
    return [
        HumanLabel(
            evalset="target",
            example_id=name,
            system=cell.system,
            repeat=cell.repeat,
            grader=asked.grader,
            rater=rater,
            choice=choice or asked.menu[0].name,
        )
        for name in names
        for cell in asked.cells
    ]


def drawn(evalset: Evalset, k: int, seed: int = 7) -> list[str]:
    """Return the ids of the first k examples that are drawn."""
    return [evalset.examples[place].id for place in draw(evalset, "voice", seed)[:k]]


# -- the draw ----------------------------------------------------------------------------------------------------------------


def test_the_draw_is_the_same_for_ever() -> None:
    """It is a SHA-256 and a sort: no library's random numbers can change it. A label's worth hangs on it."""
    assert "".join(drawn(TEN, 10)) == "dechbfigja"
    assert "".join(drawn(PAIRED, 10)) == "cdabijghef"


@pytest.mark.parametrize("evalset", [TEN, PAIRED])
def test_every_example_is_drawn_once_and_clusters_stay_together(evalset: Evalset) -> None:
    """A permutation, in which no cluster is broken off."""
    order = draw(evalset, "voice", 7)
    assert sorted(order) == list(range(10))
    clusters = [evalset.examples[place].cluster for place in order]
    assert len(dict.fromkeys(clusters)) == 1 + sum(one != other for one, other in pairwise(clusters))


@pytest.mark.parametrize(
    "other",
    [
        draw(TEN, "voice", 8),
        draw(TEN, "tone", 7),
        draw(evalset_of(*"abcdefghij", clusters=[*"abcdefghiz"]), "voice", 7),
    ],
)
def test_seed_grader_and_content_draw_anew(other: list[int]) -> None:
    """Nobody can choose them after having seen the answers."""
    assert other != draw(TEN, "voice", 7)


def test_the_order_of_rows_does_not_count() -> None:
    """The same examples in another order are the same evalset."""
    assert drawn(evalset_of(*"jihgfedcba"), 10) == drawn(TEN, 10)


def test_every_example_comes_first_equally_often() -> None:
    """A uniform draw: of 2,000 seeds each of ten examples gets a tenth, give or take four standard errors."""
    firsts = [draw(TEN, "voice", seed)[0] for seed in range(2000)]
    assert np.abs(np.bincount(firsts, minlength=10) - 200).max() < 4 * np.sqrt(2000 * 0.1 * 0.9)


# -- how they were chosen ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("evalset", "names", "human", "how"),
    [
        (TEN, "abcdefghij", None, "all"),
        (TEN, drawn(TEN, 1), None, "drawn"),
        (TEN, drawn(TEN, 9), None, "drawn"),
        (TEN, drawn(TEN, 4)[::-1], None, "drawn"),
        (TEN, drawn(TEN, 4), File("l.csv", random=True), "drawn"),
        (TEN, drawn(TEN, 4)[1:], None, "unknown"),
        (TEN, drawn(TEN, 4, seed=8), None, "unknown"),
        (TEN, drawn(TEN, 4)[1:], File("l.csv"), "unknown"),
        (TEN, drawn(TEN, 4)[1:], File("l.csv", random=True), "marked"),
        (TEN, "", None, "unknown"),
        (TEN, "", File("l.csv", random=True), "unknown"),
        (PAIRED, drawn(PAIRED, 4), None, "drawn"),
        (PAIRED, drawn(PAIRED, 3), None, "unknown"),
        (PAIRED, drawn(PAIRED, 10), None, "all"),
    ],
)
@pytest.mark.parametrize("against", [None, "base"])
def test_how_labelled_examples_were_chosen(
    evalset: Evalset, names: Sequence[str], human: File | None, how: str, against: str | None
) -> None:
    """All of them, exactly the first that are drawn, at random by the user's word; else nothing is known."""
    asked = asked_of(evalset, human=human, against=against)
    known, why = chosen(labels_for(asked, names), evalset, asked, 7)
    assert (known, bool(why)) == (how, how == "unknown")


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (
            [name for name in drawn(TEN, 8) if name not in drawn(TEN, 2)],
            f"labels skip 2 of the first 8 drawn ({', '.join(drawn(TEN, 2))}): {WAYS_OUT}",
        ),
        (
            drawn(TEN, 8)[-1:],
            f"labels skip 7 of the first 8 drawn ({', '.join(drawn(TEN, 3))}, ...): {WAYS_OUT}",
        ),
        ([], "no example has a label for every answer that is compared"),
    ],
)
def test_what_is_skipped_is_said(names: Sequence[str], why: str) -> None:
    """With the first ids, and the ways out."""
    asked = asked_of(TEN)
    assert chosen(labels_for(asked, names), TEN, asked, 7) == ("unknown", why)


@pytest.mark.parametrize("repeats", [{"base": 1, "tuned": 1}, {"base": 2, "tuned": 3}])
def test_an_example_is_labelled_where_all_its_answers_are(repeats: dict[str, int]) -> None:
    """By one rater or another; a comparison needs both sides."""
    asked = asked_of(TEN, **repeats)
    labels = labels_for(asked, drawn(TEN, 4))
    last = {label for label in labels if label.example_id == drawn(TEN, 4)[1]}
    short = [label for label in labels if label != min(last, key=lambda label: label.repeat)]
    assert chosen(labels, TEN, asked, 7)[0] == "drawn"
    assert chosen(short, TEN, asked, 7)[0] == "unknown"
    assert chosen(labels_for(asked, drawn(TEN, 5))[:-1], TEN, asked, 7)[0] == "drawn"


def test_answers_that_nobody_can_label_break_no_draw() -> None:
    """They are missing for everyone, whoever was drawn."""
    asked, order = asked_of(TEN), drawn(TEN, 10)
    lacking = {Address("target", order[1], "base", 0), *(Address("target", order[2], name, 0) for name in asked.systems)}
    labels = [label for label in labels_for(asked, order[:4]) if (label.example_id, label.system) != (order[1], "base")]
    labels = [label for label in labels if label.example_id != order[2]]
    assert chosen(labels, TEN, asked, 7)[0] == "unknown"
    assert chosen(labels, TEN, asked, 7, lacking) == ("drawn", "")
    assert chosen(labels_for(asked, order), TEN, asked, 7, lacking) == ("all", "")


def test_labels_of_other_evalsets_do_not_count() -> None:
    """Each evalset has a draw of its own."""
    asked = asked_of(TEN)
    other = [
        HumanLabel(**{n: getattr(one, n) for n in HumanLabel.__slots__} | {"evalset": "x"}) for one in labels_for(asked, "c")
    ]
    assert chosen([*labels_for(asked, drawn(TEN, 2)), *other], TEN, asked, 7) == ("drawn", "")


# -- arrays ------------------------------------------------------------------------------------------------------------------


def label(name: str, system: str, choice: str, rater: str = "", repeat: int = 0) -> HumanLabel:
    """Return one label."""
    return HumanLabel(
        evalset="target", example_id=name, system=system, repeat=repeat, grader="voice", rater=rater, choice=choice
    )


def test_what_people_said_lies_on_the_arrays_of_scores() -> None:
    """Rows, examples, repeats, clusters and slices are those of `tabulate`."""
    repeats = {"base": 1, "tuned": 2}
    held = [label("a", "tuned", "5", "ann", 1), label("a", "tuned", "2", "ben", 1), label("c", "base", "1", "ben")]
    people = gather(held, PAIRED, repeats, SCALE, None, "drawn")
    assert (people.raters, people.chosen, people.choices.shape) == (("ann", "ben"), "drawn", (2, 2, 10, 2))
    assert people.choices[:, 1, 0, 1].tolist() == [4, 1]
    assert people.choices[:, 0, 2, 0].tolist() == [NOT_JUDGED, 0]
    assert (people.choices == NOT_JUDGED).sum() == people.choices.size - 3
    assert people.scores.values[1, 0, 1] == pytest.approx((1.0 + 0.25) / 2)
    assert np.argwhere(people.scores.graded).tolist() == [[0, 2, 0], [1, 0, 1]]
    tables = tabulate([], {"target": PAIRED}, repeats)
    assert people.scores.systems == tables.systems
    assert people.scores.clusters.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize(("choice", "share"), [("first", 0.0), ("second", 1.0), ("tie", 0.5)])
def test_of_pairs_the_system_gets_what_the_reference_does_not(choice: str, share: float) -> None:
    """A choice is worth to the first in the given order, which is the reference; its own mark is 0.5 everywhere."""
    repeats = {"base": 1, "tuned": 2}
    people = gather([label("b", "tuned", choice, repeat=1)], TEN, repeats, PAIR, "base", "all")
    assert people.scores.values[1, 1, 1] == share
    assert people.scores.graded[1].sum() == 1
    assert (people.scores.values[0, :, 0] == 0.5).all()
    assert people.scores.graded[0, :, 0].all()
    assert people.scores.resolved("base").all()


def test_labels_without_a_place_are_passed_over() -> None:
    """Those of another evalset, of an example that a limit has cut off, of a system that was not asked."""
    held = [label("z", "tuned", "5"), label("a", "gone", "5")]
    people = gather(held, TEN, {"base": 1, "tuned": 1}, SCALE, None, "all")
    assert (people.raters, people.scores.graded.any(), people.choices.shape) == ((), False, (0, 2, 10, 1))


# -- the sheet ---------------------------------------------------------------------------------------------------------------


def sheet(asked: Asked, places: Sequence[int] = (0, 1), seed: int = 7, **more: Any) -> list[dict[str, str]]:
    """Return the rows of a sheet on the first evalset."""
    evalset = next(iter(asked.evalsets.values()))
    return list(sheet_rows(groups_of(asked, more.pop("texts", None)), evalset, places, asked, seed, **more))


def test_a_sheet_shows_answers_and_no_names() -> None:
    """What was asked, what was expected, what was answered, and an empty cell for the label."""
    rows = sheet(asked_of(evalset_of("a", "b")))
    assert {tuple(row) for row in rows} == {("item", "id", "question", "expected", "answer", "human")}
    assert sorted(row["answer"] for row in rows) == [f"{system} 0 says {one}" for system in ("base", "tuned") for one in "ab"]
    assert {(row["question"], row["expected"], row["human"]) for row in rows} == {
        ("question a", "expected a", ""),
        ("question b", "expected b", ""),
    }
    assert all(len(row["item"]) == 17 and row["item"].startswith("i") for row in rows)


def test_a_sheet_of_pairs_shows_two_answers() -> None:
    """Neither is named, nor the reference."""
    rows = sheet(asked_of(evalset_of("a", "b"), against="base", human=File("x", column="label")), sees=())
    assert {tuple(row) for row in rows} == {("item", "id", "question", "answer_1", "answer_2", "label")}
    assert len(rows) == 2


def test_labels_have_a_column_of_their_own() -> None:
    """The last one, whatever it is named; what was expected must not stand in it."""
    rows = sheet(asked_of(human=File("l.csv", column="expected")))
    assert {tuple(row) for row in rows} == {("item", "id", "question", "answer", "expected")}
    assert {row["expected"] for row in rows} == {""}


@pytest.mark.parametrize(
    ("sees", "told"),
    [
        ((), {}),
        (("input", "context"), {"context": ("'=the source", "the guide")}),
        (("expected",), {"expected": ("expected a", "expected b")}),
        (("context", "expected"), {"expected": ("expected a", "expected b"), "context": ("'=the source", "the guide")}),
    ],
)
def test_raters_see_what_the_judge_sees(sees: Sequence[str], told: dict[str, tuple[str, str]]) -> None:
    """Who knows more judges something else."""
    evalset = evalset_of("a", "b", meta=[{"source": "=the source"}, {"context": "the guide", "source": "a book"}])
    rows = sorted(sheet(asked_of(evalset, only=1), sees=sees), key=lambda row: row["question"])
    assert {name: tuple(row[name] for row in rows) for name in list(rows[0])[3:-2]} == told


def test_only_the_examples_that_are_asked_for_are_shown() -> None:
    """And only answers that are there."""
    asked = asked_of(TEN)
    rows = sheet(asked, [3, 5], texts={("d", "base", 0): None, ("f", "base", 0): ""})
    assert sorted((row["question"], row["answer"]) for row in rows) == [
        ("question d", "tuned 0 says d"),
        ("question f", ""),
        ("question f", "tuned 0 says f"),
    ]


def test_the_order_of_rows_and_of_answers_says_nothing() -> None:
    """Drawn from the seed: systems are mixed, and the reference comes first about half the time."""
    many = evalset_of(*(f"e{place}" for place in range(200)))
    pairs = sheet(asked_of(many, against="base"), range(200))
    assert 70 <= sum(row["answer_1"].startswith("base") for row in pairs) <= 130
    single = sheet(asked_of(many), range(200))
    assert 70 <= sum(row["answer"].startswith("base") for row in single[:200]) <= 130
    assert single == sheet(asked_of(many), range(200))
    assert [row["item"] for row in single] != [row["item"] for row in sheet(asked_of(many), range(200), seed=8)]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" \n-x", "' \n-x"),
        ("\uff1d1", "'\uff1d1"),
        ("a = b", "a = b"),
        ("'quoted'", "'quoted'"),
        ("", ""),
        ("a\0b", "a\ufffdb"),
        ("a\rb\r\nc", "a\nb\nc"),
    ],
)
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    """A spreadsheet runs what looks like one; and the sheet can be read back whatever was answered."""
    (row,) = sheet(asked_of(evalset_of("a"), only=1), [0], texts={("a", "only", 0): text})
    assert row["answer"] == cell


@pytest.mark.parametrize(
    ("example", "question", "expected"),
    [
        (Example(id="a", inputs={"x": "1", "y": "=2"}, cluster="a", expected=["u", "v"]), "x: 1\ny: =2", '["u", "v"]'),
        (Example(id="a", inputs={"x": 1}, cluster="a", expected="=u"), '{"x": 1}', "'=u"),
        (Example(id="a", inputs=None, messages=({"role": "user", "content": "hi"},), cluster="a"), "user: hi", None),
    ],
)
def test_questions_of_every_kind_are_shown(example: Example, question: str, expected: str | None) -> None:
    """As text."""
    evalset = Evalset(**{name: getattr(TEN, name) for name in Evalset.__slots__} | {"examples": (example,)})
    (row,) = sheet(asked_of(evalset, only=1), [0])
    assert (row["question"], row.get("expected")) == (question, expected)


@pytest.mark.parametrize("repeats", [{"base": 1, "tuned": 3}, {"base": 2, "tuned": 3}, {"base": 3, "tuned": 2}])
def test_people_see_the_pairs_that_judges_see(repeats: Mapping[str, int]) -> None:
    """Also where the reference has fewer repeats."""
    asked = asked_of(evalset_of("a"), against="base", **repeats)

    class Marker:
        judges, against = ("gpt",), "base"

    docket = Docket(evalsets=asked.evalsets, everywhere={"target": ("voice",)}, markers={("target", "voice"): Marker()})
    shown = {frozenset(question.answers) for group in groups_of(asked) for question in docket.questions(group)}
    assert {frozenset((row["answer_1"], row["answer_2"])) for row in sheet(asked, [0])} == shown


# -- there and back ----------------------------------------------------------------------------------------------------------


ANSWERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["=1+1", "a", '"', "a,b\r\nc", "a\rb", "\0", "-"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), against=st.sampled_from([None, "base"]), seed=st.integers(0, 2**31))
def test_what_is_filled_in_comes_back(tmp_path: Path, data: st.DataObject, against: str | None, seed: int) -> None:
    """Whatever was answered: a sheet that is written, filled in and read again says what the raters meant, of each answer."""
    asked = asked_of(evalset_of(*"abc"), human=File("l.csv"), against=against, base=2, tuned=3)
    cells = [(one, system, repeat) for one in "abc" for system in asked.systems for repeat in range(asked.repeats[system])]
    texts = dict(zip(cells, data.draw(st.lists(ANSWERS, min_size=len(cells), max_size=len(cells))), strict=True))
    rows = sheet(asked, range(3), seed, texts=texts)
    truth = dict.fromkeys((one, *cell) for one in "abc" for cell in asked.cells)
    meant = {at: data.draw(st.sampled_from([choice.name for choice in asked.menu])) for at in truth}
    filled = [row | {"human": _told(row, asked, texts, meant)} for row in data.draw(st.permutations(rows))]
    with (tmp_path / "l.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(filled)
    found = resolve(read_labels(asked, workspace_in(tmp_path)), groups_of(asked, texts))
    assert (found.cautions, found.lacking) == ([], frozenset())
    told = {(label.example_id, label.system, label.repeat): label.choice for label in found.labels}
    assert told.keys() == meant.keys()
    same = {at for at in meant if against and texts[at] == texts[at[0], "base", at[2] % 2]}
    assert {at: told[at] for at in told if at not in same} == {at: meant[at] for at in meant if at not in same}


def _told(row: Mapping[str, str], asked: Asked, texts: Mapping[Any, str], meant: Mapping[Any, str]) -> str:
    """Return what a rater writes who means what is meant, in the words of the order that is shown."""
    for (one, system, repeat), choice in meant.items():
        given = [texts[one, system, repeat]]
        if asked.against:
            given.insert(0, texts[one, asked.against, repeat % asked.repeats[asked.against]])
        for shown, word in ((given, choice), (given[::-1], TURNED.get(choice, choice))):
            if row["item"] == "i" + digest(["voice", "target", one, system, repeat, shown])[:16]:
                return word
    raise AssertionError(f"nobody's item: {row}")
