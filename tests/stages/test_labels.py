"""People's labels: which answer each is for, and what cannot be meant."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from labelled import File, asked_of, evalset_of, groups_of, workspace_in

from tuneproof.core.errors import InputError
from tuneproof.core.judging import Choice, HumanLabel
from tuneproof.stages.labels import Asked, Resolved, chosen, gather, read_labels, resolve, sheet_rows, unanswered

Row = dict[str, Any]
FILE = File("l.jsonl")


def resolved(folder: Path, rows: Sequence[Row], asked: Asked, **texts: Any) -> Resolved:
    """Write rows to the file of labels, and find their answers."""
    (folder / "l.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return resolve(read_labels(asked, workspace_in(folder)), groups_of(asked, **texts))


def told(label: HumanLabel) -> tuple[str, str, int, str, str]:
    """Return what tells labels of one evalset apart."""
    return label.example_id, label.system, label.repeat, label.rater, label.choice


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        ({"human": "4"}, [("", "4")]),
        ({"human": 4}, [("", "4")]),
        ({"human": 4.0}, [("", "4")]),
        ({"human": "4.0"}, [("", "4")]),
        ({"human": " 4,0 "}, [("", "4")]),
        ({"human": ["4", 5]}, [("1", "4"), ("2", "5")]),
        ({"human": [None, 5]}, [("2", "5")]),
        ({"human": {"ann": "4", "ben": 5}}, [("ann", "4"), ("ben", "5")]),
        (
            {"human_ann": "4", "human.ben": "5", "human 1": "3", "human2": 1},
            [("ann", "4"), ("ben", "5"), ("1", "3"), ("2", "1")],
        ),
        ({"human": 4, "human_ann": ""}, [("", "4")]),
        ({"human": 4, "rater": "ann"}, [("ann", "4")]),
        ({"human": 4, "rater": 7}, [("7", "4")]),
        ({"human": 4, "humanity": "much", "inhuman": 9}, [("", "4")]),
        ({"human": None}, []),
        ({"human": "  "}, []),
        ({"human": []}, []),
        ({"human": {}}, []),
        ({"human_ann": ""}, []),
    ],
)
def test_labels_are_read_in_every_shape(tmp_path: Path, cells: Row, labels: list[tuple[str, str]]) -> None:
    """One rater or several, numbers or text; an empty cell is no label."""
    found = resolved(tmp_path, [{"id": "a", "system": "tuned", **cells}], asked_of(human=FILE))
    assert [told(label) for label in found.labels] == [("a", "tuned", 0, *label) for label in labels]
    assert {(label.evalset, label.grader) for label in found.labels} <= {("target", "voice")}
    assert bool(found.cautions) == (not labels)


@pytest.mark.parametrize(
    ("value", "choice"), [("First", "first"), (" SECOND ", "second"), ("tie", "tie"), ("STRASSE", "straße"), (True, "true")]
)
def test_choices_are_compared_without_case(tmp_path: Path, value: Any, choice: str) -> None:
    """People write as they like; a name that is written exactly goes before one that differs in case."""
    menu = tuple(Choice(name=name, score=0.5) for name in ("first", "second", "tie", "straße", "true"))
    asked = asked_of(human=FILE, against="base")
    asked = Asked(**{name: getattr(asked, name) for name in Asked.__slots__} | {"menu": menu})
    assert [label.choice for label in resolved(tmp_path, [{"id": "a", "human": value}], asked).labels] == [choice]


@pytest.mark.parametrize(
    ("row", "asked", "address"),
    [
        ({"id": "a"}, asked_of(human=FILE, against="base"), ("a", "tuned", 0)),
        ({"id": "a", "system": "tuned"}, asked_of(human=FILE, against="base"), ("a", "tuned", 0)),
        ({"id": "b"}, asked_of(human=FILE, only=1), ("b", "only", 0)),
        ({"id": "b", "repeat": 2}, asked_of(human=FILE, only=3), ("b", "only", 2)),
        ({"id": "b", "repeat": "2"}, asked_of(human=FILE, only=3), ("b", "only", 2)),
        ({"id": "b", "repeat": 2.0}, asked_of(human=FILE, only=3), ("b", "only", 2)),
        ({"id": "b", "repeat": "", "grader": "voice"}, asked_of(human=FILE, only=1), ("b", "only", 0)),
        ({"id": 7}, asked_of(evalset_of("7"), human=FILE, only=1), ("7", "only", 0)),
        (
            {"id": "a", "evalset": "two"},
            asked_of(evalset_of("a"), evalset_of("a", name="two"), human=FILE, one=1),
            ("a", "one", 0),
        ),
    ],
)
def test_what_can_only_mean_one_answer_need_not_be_said(
    tmp_path: Path, row: Row, asked: Asked, address: tuple[str, str, int]
) -> None:
    """System, repeat, evalset and grader are given where there are several."""
    choice = "tie" if asked.against else "4"
    found = resolved(tmp_path, [row | {"human": choice}], asked)
    assert [told(label) for label in found.labels] == [(*address, "", choice)]
    assert (found.labels[0].evalset, found.cautions) == (row.get("evalset", "target"), [])


BOTH = asked_of(evalset_of("a"), evalset_of("a", name="two"), human=FILE)


@pytest.mark.parametrize(
    ("row", "asked", "wrong"),
    [
        ({"id": "a", "human_ann": "6"}, asked_of(human=FILE), "human_ann is '6' (one of 1, 2, 3, 4, 5)"),
        ({"id": "a", "human": 6}, asked_of(human=FILE), "human is 6 (one of 1, 2, 3, 4, 5)"),
        ({"id": "a", "human": 4.5}, asked_of(human=FILE), "human is 4.5 (one of 1, 2, 3, 4, 5)"),
        ({"id": "a", "human": ["4", "x"], "system": "tuned"}, asked_of(human=FILE), "human[1] is 'x' (one of 1, 2, 3, 4, 5)"),
        ({"id": "a", "human": {"ann": [4]}}, asked_of(human=FILE), "human.ann is [4] (one of 1, 2, 3, 4, 5)"),
        ({"id": "a", "human_ann": [4]}, asked_of(human=FILE), "human_ann is [4] (one of 1, 2, 3, 4, 5)"),
        ({"id": "a", "human": True}, asked_of(human=FILE), "human is True (one of 1, 2, 3, 4, 5)"),
        ({"human": 4}, asked_of(human=FILE), "the row has neither item nor id (which answer was labelled)"),
        ({"id": ["a"], "human": 4}, asked_of(human=FILE), "id is ['a'] (text or a whole number)"),
        ({"id": "a", "human": 4}, asked_of(human=FILE), "whose answer was labelled is not said (a system: one of base, tuned)"),
        (
            {"id": "a", "human": "tie"},
            asked_of(human=FILE, against="x", x=1, y=1, z=1),
            "whose answer was labelled is not said (a system: one of y, z)",
        ),
        (
            {"id": "a", "human": 4, "system": "tunde"},
            asked_of(human=FILE),
            "unknown system 'tunde', did you mean 'tuned'? (known: base, tuned)",
        ),
        (
            {"id": "a", "human": "tie", "system": "base"},
            asked_of(human=FILE, against="base"),
            "system is 'base', which pairs are formed with (the other one: tuned)",
        ),
        (
            {"id": "a", "human": 4},
            asked_of(human=FILE, only=3),
            "which of the 3 answers of only was labelled is not said (repeat: 0 to 2)",
        ),
        ({"id": "a", "human": 4, "repeat": 3}, asked_of(human=FILE, only=3), "repeat is 3 (0 to 2 for only)"),
        ({"id": "a", "human": 4, "repeat": -1}, asked_of(human=FILE, only=3), "repeat is -1 (a whole number, 0 or more)"),
        ({"id": "a", "human": 4, "repeat": True}, asked_of(human=FILE, only=3), "repeat is True (a whole number, 0 or more)"),
        ({"id": "a", "human": 4, "system": "tuned"}, BOTH, "id 'a' without evalset (one of target, two)"),
        (
            {"item": "17", "human": 4},
            asked_of(human=FILE),
            "item is '17' (as the sheet was written: i and 16 hexadecimal digits)",
        ),
    ],
)
def test_what_cannot_be_meant_is_an_error(tmp_path: Path, row: Row, asked: Asked, wrong: str) -> None:
    """By file and line, with the value and what was expected."""
    with pytest.raises(InputError) as caught:
        resolved(tmp_path, [{"id": "a", "human": None}, row], asked)
    assert str(caught.value) == f"l.jsonl:2: {wrong}"


def test_all_problems_are_told_together(tmp_path: Path) -> None:
    """The first ten, and how many more; two of one row are two."""
    rows = [{"id": "a", "system": "tuned", "human_ann": "x", "human_ben": "y"} for _ in range(6)]
    with pytest.raises(InputError) as caught:
        resolved(tmp_path, rows, asked_of(human=FILE))
    lines = str(caught.value).splitlines()
    assert lines[:2] == [
        f"l.jsonl:1: human_{who} is '{what}' (one of 1, 2, 3, 4, 5)" for who, what in (("ann", "x"), ("ben", "y"))
    ]
    assert (len(lines), lines[-1]) == (11, "... and 2 more problems")


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        (
            [{"id": "a", "system": "tuned", "human": 4}, {"id": "a", "system": "tuned", "human": 4}],
            "l.jsonl:2: a second label for the same answer (the first is at l.jsonl:1)",
        ),
        (
            [{"id": "a", "system": "tuned", "human_ann": 4}, {"id": "a", "system": "tuned", "human": {"ann": 3}}],
            "l.jsonl:2: a second label by 'ann' for the same answer (the first is at l.jsonl:1)",
        ),
        (
            [{"id": "a", "system": "tuned", "human_ann": 4, "human.ann": 4}],
            "l.jsonl:1: a second label by 'ann' for the same answer (the first is at l.jsonl:1)",
        ),
    ],
)
def test_one_rater_labels_an_answer_once(tmp_path: Path, rows: list[Row], wrong: str) -> None:
    """Both lines are named."""
    with pytest.raises(InputError) as caught:
        resolved(tmp_path, rows, asked_of(human=FILE))
    assert str(caught.value) == wrong


def test_raters_label_the_same_answer_each(tmp_path: Path) -> None:
    """In one row or in one each."""
    rows = [{"id": "a", "system": "tuned", "human": n, "rater": who} for who, n in (("ann", 4), ("ben", 5), ("", 3))]
    assert [label.rater for label in resolved(tmp_path, rows, asked_of(human=FILE)).labels] == ["ann", "ben", ""]


@pytest.mark.parametrize(
    ("rows", "caution"),
    [
        (
            [{"id": "z", "human": 4}, {"id": "y", "human": 4}, {"id": "a", "system": "tuned", "human": 4}],
            "l.jsonl: 2 labelled rows have ids that no evalset of voice holds (first: 'z' at l.jsonl:1)",
        ),
        (
            [{"id": "a", "evalset": "old", "human": 4}],
            "l.jsonl: 1 labelled rows are for evalset 'old', which voice does not mark",
        ),
        (
            [{"id": "a", "human": 4, "grader": "tone"}],
            "l.jsonl: none of 1 rows holds a label for voice, 1 are for other graders",
        ),
        ([{"id": "a", "human": None}], "l.jsonl: none of 1 rows holds a label for voice"),
        ([], "l.jsonl: none of 0 rows holds a label for voice"),
        (
            [{"item": "i0123456789abcdef", "human_ann": 4, "human_ben": 3}],
            "l.jsonl: 2 labels (the first: l.jsonl:1) are for answers that are not these: "
            "the answers changed since they were labelled",
        ),
    ],
)
def test_labels_that_find_no_answer_are_told(tmp_path: Path, rows: list[Row], caution: str) -> None:
    """None is counted for an answer, none is lost without a word."""
    found = resolved(tmp_path, rows, asked_of(human=FILE))
    assert found.cautions == [caution]
    assert len(found.labels) == sum(row.get("system") == "tuned" for row in rows)


def test_rows_for_other_graders_are_their_matter(tmp_path: Path) -> None:
    """Graders with menus of their own share a file."""
    rows = [
        {"id": "a", "system": "tuned", "human": "kind", "grader": "tone"},
        {"id": "a", "system": "tuned", "human": 4, "grader": "voice"},
    ]
    found = resolved(tmp_path, rows, asked_of(human=FILE))
    assert ([told(label) for label in found.labels], found.cautions) == ([("a", "tuned", 0, "", "4")], [])


def test_a_file_without_the_column_is_refused(tmp_path: Path) -> None:
    """A column of another name would go unnoticed, with all its labels."""
    with pytest.raises(InputError) as caught:
        resolved(tmp_path, [{"id": "a", "Human": 4}, {"id": "b"}], asked_of(human=FILE))
    assert str(caught.value) == (
        "l.jsonl: no column 'human', its columns: 'id', 'Human' (the choices, or `column` for another name)"
    )


def test_an_empty_column_of_a_csv_file_is_not_missing(tmp_path: Path) -> None:
    """Cells of columns that examples have are left out where they are empty."""
    (tmp_path / "l.csv").write_text("item,label\ni0123456789abcdef,\n")
    raw = read_labels(asked_of(human=File("l.csv", column="label")), workspace_in(tmp_path))
    assert raw.cautions == ("l.csv: none of 1 rows holds a label for voice",)


def test_another_column_is_read_by_its_name(tmp_path: Path) -> None:
    """With all columns that are named after it."""
    asked = asked_of(human=File("l.jsonl", column="score"), only=1)
    found = resolved(tmp_path, [{"id": "a", "score": 4, "score_ann": 5, "human": 9}], asked)
    assert [label.choice for label in found.labels] == ["4", "5"]


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """Not the same as nobody having labelled anything."""
    with pytest.raises(InputError, match=r"cannot be read: No such file"):
        read_labels(asked_of(human=FILE), workspace_in(tmp_path))


@pytest.mark.parametrize("against", [None, "base"])
@pytest.mark.parametrize("bare", [False, True])
def test_a_label_by_item_never_sticks_to_a_changed_answer(tmp_path: Path, against: str | None, bare: bool) -> None:
    """It is for the texts that were shown, the partner's included."""
    asked = asked_of(human=FILE, against=against)
    rows = list(sheet_rows(groups_of(asked), asked.evalsets["target"], [0, 1], asked, seed=1))
    filled = [{**row, "item": row["item"][bare:].upper(), "human": asked.menu[0].name} for row in rows]
    assert len(resolved(tmp_path, filled, asked).labels) == len(rows) == (2 if against else 4)
    changed = {("a", "base", 0): "something else"}
    found = resolved(tmp_path, filled, asked, texts=changed)
    assert len(found.labels) == len(rows) - 1
    assert found.cautions[0].endswith("are for answers that are not these: the answers changed since they were labelled")


def test_labels_of_examples_that_were_not_asked_are_told_apart(tmp_path: Path) -> None:
    """With `--limit` an item may be nobody's change."""
    asked = asked_of(human=FILE)
    rows = [row | {"human": "4"} for row in sheet_rows(groups_of(asked), asked.evalsets["target"], [0, 1], asked, seed=1)]
    (tmp_path / "l.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = resolve(read_labels(asked, workspace_in(tmp_path)), list(groups_of(asked))[:1])
    assert len(found.labels) == 2
    assert found.cautions[0].endswith("the answers changed since they were labelled, or were not asked for now")


def test_pairs_that_are_labelled_in_both_orders_by_one_rater_are_refused(tmp_path: Path) -> None:
    """The two items are one answer."""
    asked = asked_of(human=FILE, against="base")
    sheets = [
        {row["item"] for row in sheet_rows(groups_of(asked), asked.evalsets["target"], [0], asked, seed=seed)}
        for seed in range(9)
    ]
    both = sorted(set().union(*sheets))
    assert len(both) == 2
    with pytest.raises(InputError) as caught:
        resolved(tmp_path, [{"item": item, "human": "first"} for item in both], asked)
    assert str(caught.value) == "l.jsonl:2: a second label for the same answer (the first is at l.jsonl:1)"


@pytest.mark.parametrize(
    ("against", "missing", "lacking"),
    [
        (None, ("a", "tuned", 0), [("a", "tuned", 0)]),
        (None, ("a", "base", 0), [("a", "base", 0)]),
        ("base", ("a", "tuned", 0), [("a", "tuned", 0)]),
        ("base", ("a", "base", 0), [("a", "tuned", 0)]),
    ],
)
def test_answers_that_did_not_come_back_have_no_label(
    tmp_path: Path, against: str | None, missing: tuple[str, str, int], lacking: list[tuple[str, str, int]]
) -> None:
    """Whoever labelled them saw another answer."""
    asked = asked_of(human=FILE, against=against)
    rows = [{"id": one, "system": system, "human": asked.menu[0].name} for one in "ab" for system in asked.judged]
    found = resolved(tmp_path, rows, asked, texts={missing: None})
    assert sorted(at[1:] for at in found.lacking) == lacking
    assert found.lacking == unanswered(asked, groups_of(asked, {missing: None}))
    assert len(found.labels) == len(rows) - 1
    assert len(found.cautions) == 1
    assert found.cautions[0].endswith("are for answers that did not come back")


@pytest.mark.parametrize(
    ("meta", "labels"),
    [
        ([{"human": 4}, {}], [("a", "", "4")]),
        ([{"human": ["4", "5"]}, {"human": {"ann": 1}}], [("a", "1", "4"), ("a", "2", "5"), ("b", "ann", "1")]),
        ([{"human_ann": 4}, {"human": None}], []),
        ([{}, {}], []),
    ],
)
def test_rows_of_the_evalset_hold_labels_where_no_file_is_named(
    tmp_path: Path, meta: list[Row], labels: list[tuple[str, str, str]]
) -> None:
    """In the field `human`; there are none where it is nowhere."""
    asked = asked_of(evalset_of("a", "b", meta=meta), only=1)
    found = resolve(read_labels(asked, workspace_in(tmp_path)), groups_of(asked))
    assert [(label.example_id, label.rater, label.choice) for label in found.labels] == labels
    assert found.cautions == []


def test_a_row_of_the_evalset_cannot_say_whose_answer_is_meant(tmp_path: Path) -> None:
    """With two systems its label is nobody's; and one outside the menu is named, with the way out."""
    meta = [{"human": 4}, {"human": 9}]
    with pytest.raises(InputError) as caught:
        read_labels(asked_of(evalset_of("a", "b", meta=meta)), workspace_in(tmp_path))
    hint = "the evalset's own field is read, unless the grader's `human` names a file"
    assert str(caught.value).splitlines() == [
        f"target.jsonl:1: whose answer was labelled is not said (a system: one of base, tuned); {hint}",
        f"target.jsonl:2: human is 9 (one of 1, 2, 3, 4, 5); {hint}",
    ]


def test_published_preferences_are_read_as_they_stand(tmp_path: Path, real_data: Path) -> None:
    """LLMBar: which of two answers is better, in the evalset's own `expected`, for all 685 examples."""
    path = real_data / "llmbar" / "eval.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    evalset = evalset_of(*(row["id"] for row in rows))
    menu = (Choice(name="1", score=1.0), Choice(name="2", score=0.0))
    asked = Asked(
        grader="better",
        human=File(str(path), column="expected"),
        menu=menu,
        turned={"1": "2", "2": "1"},
        against="one",
        evalsets={"target": evalset},
        systems=("one", "other"),
        repeats={"one": 1, "other": 1},
    )
    found = resolve(read_labels(asked, workspace_in(tmp_path)), groups_of(asked))
    how, why = chosen(found.labels, evalset, asked, 7, found.lacking)
    assert (len(found.labels), found.cautions, how, why) == (685, [], "all", "")
    people = gather(found.labels, evalset, asked.repeats, menu, "one", how)
    assert people.scores.graded.all()
    assert people.scores.mean("other") == pytest.approx(sum(row["expected"] == "2" for row in rows) / 685)
    assert people.scores.mean("one") == 0.5
