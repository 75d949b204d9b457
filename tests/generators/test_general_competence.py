"""`general-competence`: right answers pass and wrong ones do not, and many are worked out again from the question's text."""

import contextlib
import io
import json
import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pytest

from tuneproof.core.errors import InputError
from tuneproof.core.protocols import GradingContext, Marker, Workspace
from tuneproof.core.row import example_from_row
from tuneproof.formats.jsonl import Jsonl
from tuneproof.generators._competence_draw import Draw, Question, gives_itself_away, is_tie, plain, two_decimals
from tuneproof.generators._competence_program import output
from tuneproof.generators.general_competence import GRADERS, LEVELS, GeneralCompetence, _row, questions
from tuneproof.pipeline.generate import generate
from tuneproof.plugins import plugin_class

N = 120
Drawn = list[tuple[str, dict[str, Any], Question]]
"""Slice, row, and the question with its witness."""
HEADER = tomllib.loads(GeneralCompetence.header)


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """Return a large evalset of a seed."""
    return [(name, _row(name, number, question), question) for name, number, question in questions(1, N)]


@pytest.fixture(scope="module")
def markers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Marker]:
    """Return the graders of the header, made ready."""
    workspace = Workspace(folder=tmp_path_factory.mktemp("bare"), experiment_file="experiment.toml", rows=Jsonl().rows)
    context = GradingContext(workspace=workspace, labels=())
    found = {}
    for name, table in HEADER["graders"].items():
        grader = plugin_class("graders", table["kind"]).model_validate({k: v for k, v in table.items() if k != "kind"})
        assert grader.problems(name, workspace) == []
        found[name] = grader.ready(context)
    return found


def grader_of(row: dict[str, Any]) -> str:
    """Return the name of the grader of a row."""
    return str(row.get("grader", GRADERS[row["slice"]]))


def value(markers: dict[str, Marker], row: dict[str, Any], answer: str) -> float | None:
    """Return the mark of an answer."""
    example = example_from_row(row, 1)
    marker = markers[grader_of(row)]
    assert marker.problem(example) is None
    return marker.mark(answer, example).value


def rows_of(drawn: Drawn, *graders: str) -> Drawn:
    """Return the rows of some graders."""
    return [one for one in drawn if grader_of(one[1]) in graders]


# -- the evalset -------------------------------------------------------------------------------------------------------------


def test_a_seed_draws_these_rows() -> None:
    """The digest of all rows of seed 1: a change of words or kinds is a change of every shipped evalset."""
    rows = GeneralCompetence().rows(1, 56)
    assert sha256(json.dumps(rows).encode()).hexdigest() == "a75a0f5b23909f4398d7c40e0844793471d7e54eaf8cdecd51214376d7c1d47d"


def test_the_sequence_is_the_one_that_python_promises() -> None:
    """Nothing but `random.random` is asked, whose numbers no version of Python changes."""

    class Bare(random.Random):
        def getrandbits(self, k: int, /) -> int:
            raise AssertionError("choice, sample and shuffle may draw otherwise in another version")

    kinds = [kind for levels in LEVELS.values() for level in levels for kind in level]
    assert [kind(Draw(Bare(5))).text for kind in kinds] == [kind(Draw(random.Random(5))).text for kind in kinds]


def test_the_slices_have_the_same_number_of_rows_and_no_two_rows_the_same_input() -> None:
    """Up to the largest size."""
    rows = GeneralCompetence().rows(7, GeneralCompetence.max_n_per_slice)
    assert Counter(row["slice"] for row in rows) == dict.fromkeys(LEVELS, 200)
    assert [len({row[key] for row in rows}) for key in ("input", "id")] == [2000, 2000]


def test_a_slice_has_three_levels_and_at_least_four_kinds() -> None:
    """At least three of each level."""
    assert len(LEVELS) == 10
    assert {len(levels) for levels in LEVELS.values()} == {3}
    assert min(len(level) for levels in LEVELS.values() for level in levels) >= 3


def test_seeds_draw_disjoint_questions_of_the_same_make_up() -> None:
    """As many rows of each slice and grader, and as many of each verdict."""
    drawn = [GeneralCompetence().rows(seed, 56) for seed in (1, 2, 2**32 - 1)]
    made_up = [
        Counter((row["slice"], grader_of(row)) for row in rows if row["slice"] not in ("strings", "dates")) for rows in drawn
    ]
    verdicts = [Counter(row["expected"] for row in rows if grader_of(row) == "verdict") for rows in drawn]
    assert made_up[0] == made_up[1] == made_up[2]
    assert verdicts[0] == verdicts[1] == verdicts[2]
    assert len({row["input"] for rows in drawn for row in rows}) == 3 * 560


def test_a_smaller_evalset_begins_the_larger_one(drawn: Drawn) -> None:
    """So a quick look and the whole are the same questions."""
    assert GeneralCompetence().rows(1, 3) == [row for _, row, _ in drawn[:30]]


def test_long_texts_are_long_and_others_are_not(drawn: Drawn) -> None:
    """`long-context` has 1,500 to 6,000 characters."""
    sizes = {name: [len(row["input"]) for _, row, _ in drawn if row["slice"] == name] for name in LEVELS}
    assert 1500 <= min(sizes["long-context"]) < 2500 < 4500 < max(sizes["long-context"]) <= 6000
    assert max(size for name, held in sizes.items() if name != "long-context" for size in held) < 1600


def test_a_question_does_not_tell_its_answer(drawn: Drawn) -> None:
    """Numbers and texts that are to be worked out stand nowhere in the question."""
    told = []
    for name, row, question in drawn:
        if question.shown or name in ("instructions", "formats"):
            continue
        words = re.findall(r"-?[\d.]*\d|\w+", row["input"].replace(",", ""))
        told += [row["id"] for one in ([question.answer()]) if one in words]
    assert told == []


def test_an_answer_in_the_question_is_seen() -> None:
    """Alone, as a number with a comma, and not within another number or word."""
    texts = ("It is 1,250 now.", "It is 12500 now.", "1250.5", "1250?")
    assert [gives_itself_away(Question(text=text, expected="1250")) for text in texts] == [True, False, False, True]


def test_rows_are_plain_and_the_questions_printable(drawn: Drawn) -> None:
    """No stray blanks, no empty clause."""
    assert [
        row["id"] for _, row, _ in drawn if row["input"] != row["input"].strip() or "\n " in row["input"].split("```")[0]
    ] == []
    assert [
        row["id"] for _, row, _ in drawn if "{}" in row["input"].split("```")[0] or "  " in row["input"].split("```")[0]
    ] == []


def test_the_command_writes_a_folder(tmp_path: Path) -> None:
    """With the slices and graders of the header."""
    told = generate("general-competence", 7, 2, tmp_path / "drawn")
    header = tomllib.loads((tmp_path / "drawn" / "evalset.toml").read_text("utf-8"))
    assert (told.n, told.slices) == (20, tuple(LEVELS))
    assert (header["role"], list(header["slices"]), header["licence"]) == ("general", list(LEVELS), "Apache-2.0")
    assert {table["grader"] for table in header["slices"].values()} <= set(header["graders"])


@pytest.mark.parametrize(
    ("seed", "n_per_slice", "words"),
    [
        (-1, 5, r"^general-competence: seed is -1 \(0 to 4294967295\)$"),
        (2**32, 5, r"^general-competence: seed is 4294967296 \(0 to 4294967295\)$"),
        (1, 0, r"^general-competence: n_per_slice is 0 \(1 to 200\)$"),
        (1, 201, r"^general-competence: n_per_slice is 201 \(1 to 200\)$"),
    ],
)
def test_numbers_out_of_range_are_said(seed: int, n_per_slice: int, words: str) -> None:
    """With the range."""
    with pytest.raises(InputError, match=words):
        GeneralCompetence().rows(seed, n_per_slice)


# -- what the graders make of answers ----------------------------------------------------------------------------------------

PHRASINGS = (
    "{}",
    "The answer is {}.",
    "**{}**",
    "{}.",
    "Answer: {}",
    "**Answer:** {}",
    "Let me see. First this: 3, then that.\n\nFinal answer: **{}**",
    "It is one of these.\n\n{}",
    " {}\n",
    "`{}`",
    "The answer is:\n\n{}",
    "$\\boxed{{{}}}$",
)
GRADED = ("number", "rounded", "text", "verdict", "letter", "output", "array")
"""The graders of answers in words or numbers."""


@pytest.mark.parametrize(
    ("grader", "phrasing"), [pair for pair in product(GRADED, PHRASINGS) if pair[0] != "output" or "boxed" not in pair[1]]
)
def test_a_right_answer_passes_however_it_is_put(drawn: Drawn, markers: dict[str, Marker], grader: str, phrasing: str) -> None:
    """All acceptable texts of all rows; only what a program prints is never set in a box."""
    wrong = []
    for _, row, question in rows_of(drawn, grader):
        several = row["expected"] if isinstance(row["expected"], list) else [question.answer()]
        wrong += [(row["id"], one) for one in several if value(markers, row, phrasing.format(one)) != 1]
    assert wrong == []


@pytest.mark.parametrize(
    ("grader", "answer", "expected"),
    [
        ("number", "42 apples", "42"),
        ("number", "1,250 euros", "1250"),
        ("number", "The total is 42.0 kg.", "42"),
        ("rounded", "$94.40", "94.40"),
        ("rounded", "94.4", "94.40"),
        ("rounded", "94.3961", "94.40"),
        ("text", "It's a Friday.", "Friday"),
        ("text", "The meeting ends at 18:15", ["18:15"]),
        ("text", "It falls on a friday", "Friday"),
        ("text", "The last one left is **Celia**.", "Celia"),
        ("text", '"nettle"', "nettle"),
        ("text", "```\nnettle\n```", "nettle"),
        ("verdict", "Yes, all of them are.", "yes"),
        ("verdict", "**Unknown** - the statements do not say.", "unknown"),
        ("verdict", "No blim is a trock, and all quibs are blims.\nUnknown.", "unknown"),
        ("letter", "C) 0.491 t", "C"),
        ("output", 'It prints "oiaFL".', "oiaFL"),
        ("array", "The list is `[1, 22, 3]`.", "[1, 22, 3]"),
    ],
)
def test_other_ways_of_saying_it_pass(markers: dict[str, Marker], grader: str, answer: str, expected: Any) -> None:
    """As people and models put it."""
    row = {"input": "q", "expected": expected, "slice": "dates", "grader": grader}
    assert value(markers, row, answer) == 1


@pytest.mark.parametrize(
    ("grader", "answer", "expected"),
    [
        ("number", "", "42"),
        ("number", "43", "42"),
        ("number", "-42", "42"),
        ("rounded", "94.41", "94.40"),
        ("text", "Not Friday", "Friday"),
        ("text", "Friday or Saturday", "Friday"),
        ("text", "", "Friday"),
        ("text", "06:15", ["18:15", "6:15 PM"]),
        ("verdict", "yes or no", "no"),
        ("verdict", "It cannot be known.", "no"),
        ("letter", "A or B", "A"),
        ("output", "OIAfl", "oiaFL"),
        ("array", "[1, 22]", "[1, 22, 3]"),
        ("array", "[22, 1, 3]", "[1, 22, 3]"),
        ("json", '{"a": 2}', {"a": 1}),
    ],
)
def test_a_wrong_answer_does_not_pass(markers: dict[str, Marker], grader: str, answer: str, expected: Any) -> None:
    """Near misses, both of two, and nothing at all."""
    row = {"input": "q", "expected": expected, "slice": "dates", "grader": grader}
    assert value(markers, row, answer) == 0


@pytest.mark.parametrize("grader", [*GRADED, "json", "lines"])
def test_the_answers_of_other_rows_do_not_pass(drawn: Drawn, markers: dict[str, Marker], grader: str) -> None:
    """Each row with the answers of thirty others that are another answer."""
    rows, passed = rows_of(drawn, grader), []
    for at, (_, row, _) in enumerate(rows):
        for _, other, question in (rows[at + 1 :] + rows[:at])[:30]:
            if other["expected"] != row["expected"] and value(markers, row, question.answer()) != 0:
                passed.append((row["id"], other["id"]))
    assert passed == []


def test_a_text_that_keeps_to_all_conditions_passes(drawn: Drawn, markers: dict[str, Marker]) -> None:
    """The witness of every question of `instructions`; and no empty, short or other text does."""
    rows = rows_of(drawn, "constraints")
    assert [row["id"] for _, row, question in rows if value(markers, row, question.witness) != 1] == []
    others = ("", "I cannot help with that.", "Sure! Here it is.")
    assert [row["id"] for _, row, _ in rows for answer in others if value(markers, row, answer) != 0] == []


def test_every_condition_counts(drawn: Drawn, markers: dict[str, Marker]) -> None:
    """A witness for one question does not keep to the conditions of the next, but by chance where these only forbid words."""
    rows = [one for one in rows_of(drawn, "constraints") if set(one[1]["expected"]) != {"sentences", "excludes"}]
    passed = [
        (row["id"], rows[at - 1][1]["id"])
        for at, (_, row, _) in enumerate(rows)
        if value(markers, row, rows[at - 1][2].witness) != 0
    ]
    assert passed == []


@pytest.mark.parametrize("put", ["{}", "```\n{}\n```", "Here it is:\n\n```json\n{}\n```\nI hope this helps!", "\n{}\n\n"])
def test_formats_pass_bare_and_fenced(drawn: Drawn, markers: dict[str, Marker], put: str) -> None:
    """The witness of every question of `formats`."""
    rows = rows_of(drawn, "json", "lines")
    assert len(rows) == N
    assert [row["id"] for _, row, question in rows if value(markers, row, put.format(question.witness)) != 1] == []


def test_formats_do_not_pass_with_a_line_less_or_more(drawn: Drawn, markers: dict[str, Marker]) -> None:
    """Nor with two lines in another order."""
    passed = []
    for _, row, question in rows_of(drawn, "lines"):
        lines = question.witness.split("\n")
        changed = (lines[:-1], lines[1:], [*lines, lines[-1]], [*lines[:-2], lines[-1], lines[-2]])
        passed += [row["id"] for one in changed if value(markers, row, "\n".join(one)) != 0]
    assert passed == []


# -- the answers, by other code ----------------------------------------------------------------------------------------------


def ran(source: str) -> str:
    """Return what Python itself prints."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(compile(source, "question", "exec"), {})  # noqa: S102 - our own generated programs
    return told.getvalue().rstrip("\n")


def test_programs_print_what_python_prints(drawn: Drawn) -> None:
    """The walk over the syntax tree and Python agree on every program."""
    sources = [
        (row["expected"], row["input"].split("```python\n")[1].split("\n```")[0])
        for _, row, _ in drawn
        if row["slice"] == "code"
    ]
    assert len(sources) == N
    assert [source for expected, source in sources if ran(source) != expected] == []


@pytest.mark.parametrize("source", ["import os", "while True:\n    x = 1", "open('x')", "del x"])
def test_other_programs_are_refused(source: str) -> None:
    """Imports, files, and what never ends."""
    with pytest.raises((ValueError, KeyError)):
        output(source)


BEFORE = r"(?:stands somewhere in front of|finished before|came earlier than)"
NEXT = r"(?:stands directly behind|finished directly after|came directly after)"


def orders(text: str) -> set[str]:
    """Return who may be at the place that is asked for, by the clues as they are written."""
    names = tuple(re.split(", | and ", re.search(r"They are (.*?)\. ", text).group(1)))  # type: ignore[union-attr]
    rules: list[Callable[[tuple[str, ...]], bool]] = []
    for a, b in re.findall(rf"(\w+) {BEFORE} (\w+)\.", text):
        rules.append(lambda row, a=a, b=b: row.index(a) < row.index(b))  # type: ignore[misc]
    for a, b in re.findall(rf"(\w+) {NEXT} (\w+)\.", text):
        rules.append(lambda row, a=a, b=b: row.index(a) - row.index(b) == 1)  # type: ignore[misc]
    for a, b in re.findall(r"one person is between (\w+) and (\w+)\.", text):
        rules.append(lambda row, a=a, b=b: abs(row.index(a) - row.index(b)) == 2)  # type: ignore[misc]
    for a, b in re.findall(r"(\w+) and (\w+) are not next", text):
        rules.append(lambda row, a=a, b=b: abs(row.index(a) - row.index(b)) != 1)  # type: ignore[misc]
    for a, n in re.findall(r"(\w+) is not (\d)(?:st|nd|rd|th)", text):
        rules.append(lambda row, a=a, n=int(n): row[n - 1] != a)  # type: ignore[misc]
    asked = re.search(r"Who is (first|last|\d)", text).group(1)  # type: ignore[union-attr]
    at = {"first": 0, "last": -1}[asked] if asked.isalpha() else int(asked) - 1
    return {row[at] for row in permutations(names) if all(rule(row) for rule in rules)}


def test_orders_have_one_answer(drawn: Drawn) -> None:
    """Read from the text, and tried out one by one."""
    rows = [row for _, row, _ in drawn if "They are " in row["input"] and "Who is " in row["input"] and row["slice"] == "logic"]
    assert len(rows) > N // 4
    assert [row["id"] for row in rows if orders(row["input"]) != {row["expected"]}] == []


FORMS = {
    "all": lambda world, a, b: all(kind[b] for kind in world if kind[a]),
    "no": lambda world, a, b: not any(kind[b] for kind in world if kind[a]),
    "some": lambda world, a, b: any(kind[b] for kind in world if kind[a]),
    "some not": lambda world, a, b: any(not kind[b] for kind in world if kind[a]),
}


def verdict_of(text: str) -> str:
    """Return yes, no or unknown, by all worlds of three classes."""
    found = re.findall(r"(All|No|Some) (\w+) are (not )?(\w+)\.", text)
    asked = re.search(
        r"Are (all) (\w+) (\w+)\?|true that (no) (\w+) are (\w+)\?|Are (there) (\w+) that are (not )?(\w+)\?", text
    ).groups("")  # type: ignore[union-attr]
    names = list(dict.fromkeys(name for _, a, _, b in found for name in (a, b)))
    premises = [(f"{form.lower()} {negated}".strip(), names.index(a), names.index(b)) for form, a, negated, b in found]
    form = asked[0] or asked[3] or f"some {asked[8]}".strip()
    a, b = (names.index(one) for one in (asked[1] or asked[4] or asked[7], asked[2] or asked[5] or asked[9]))
    kinds = list(product((True, False), repeat=len(names)))
    answers = set()
    for chosen in product((True, False), repeat=len(kinds)):
        world = [kind for kind, there in zip(kinds, chosen, strict=True) if there]
        everyone = all(any(kind[at] for kind in world) for at in range(len(names)))
        if everyone and all(FORMS[one](world, first, second) for one, first, second in premises):
            answers.add(FORMS[form](world, a, b))
    return "unknown" if len(answers) == 2 else "yes" if answers == {True} else "no"


def test_syllogisms_hold_in_every_world(drawn: Drawn) -> None:
    """Those of three classes, in all 256 worlds."""
    rows = [
        row
        for _, row, _ in drawn
        if grader_of(row) == "verdict" and len(re.findall(r"(All|No|Some) \w+ are", row["input"])) == 2
    ]
    assert len(rows) > N // 12
    assert [row["id"] for row in rows if verdict_of(row["input"]) != row["expected"]] == []


def test_logs_and_stock_lists_add_up(drawn: Drawn) -> None:
    """Read line by line from the text."""
    checked, wrong = 0, []
    for _, row, _ in drawn:
        text, _, ask = row["input"].rpartition("\n\n")
        request = re.search(r"request[ =](\d+)", ask, re.IGNORECASE)
        service = re.search(r"come from (\w+)|service (\w+) in", ask)
        stock = re.search(r"boxes of (\w+) (?:from|that came from) (\w+)", ask)
        if request and row["slice"] == "long-context":
            found = sum(int(took) for took in re.findall(rf"request={request[1]} .* after (\d+) ms", text))
        elif service:
            found = len(re.findall(rf" ERROR {service[1] or service[2]} ", text))
        elif stock:
            found = sum(int(count) for count in re.findall(rf": (\d+) boxes of {stock[1]} from {stock[2]},", text))
        else:
            continue
        checked, wrong = checked + 1, wrong + [row["id"]] * (found != int(row["expected"]))
    assert checked > N // 3
    assert wrong == []


def test_weekdays_and_dates_are_right(drawn: Drawn) -> None:
    """By counting days one by one from a known Monday."""
    months = {date(2024, month, 1).strftime("%B"): month for month in range(1, 13)}
    known, names = date(1900, 1, 1), ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    rows = [
        row for _, row, _ in drawn if row["slice"] == "dates" and row["expected"] in names and re.search(r"\d{4}", row["input"])
    ]
    wrong = []
    for row in rows:
        day, month, year = re.findall(r"(\d+) ([A-Z]\w+) (\d{4})", row["input"])[-1]
        found = names[(date(int(year), months[month], int(day)) - known).days % 7]
        wrong += [row["id"]] * (found != row["expected"])
    assert len(rows) > 10
    assert wrong == []


def test_numbers_are_written_in_full() -> None:
    """Exactly, and to two decimals with halves away from zero."""
    assert [plain(Fraction(*pair)) for pair in ((1, 20), (-5, 2), (7, 1), (0, 1), (-1, 8))] == [
        "0.05",
        "-2.5",
        "7",
        "0",
        "-0.125",
    ]
    assert [two_decimals(Fraction(*pair)) for pair in ((1, 3), (2, 3), (-1, 3), (5, 1))] == ["0.33", "0.67", "-0.33", "5.00"]
    assert [is_tie(Fraction(*pair)) for pair in ((1, 8), (1, 4), (1, 200), (1, 3))] == [True, False, True, False]


def test_courses_end_on_the_day_of_their_last_lesson(drawn: Drawn) -> None:
    """Counted from the text, day by day."""
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    months = {date(2024, month, 1).strftime("%B"): month for month in range(1, 13)}
    rows, wrong = [row for _, row, _ in drawn if " lessons, always on " in row["input"]], []
    for row in rows:
        text = row["input"]
        days = [date(int(y), months[m], int(d)) for d, m, y in re.findall(r"(\d+) ([A-Z]\w+) (\d{4})", text)]
        two = {names.index(one) for one in re.search(r"always on (\w+)s and (\w+)s", text).groups()}  # type: ignore[union-attr]
        left, day = int(re.search(r"has (\d+) lessons", text)[1]), days[0] - timedelta(1)  # type: ignore[index]
        while left:
            day += timedelta(1)
            left -= day.weekday() in two and not (len(days) > 1 and days[1] <= day <= days[2])
        wrong += [row["id"]] * (day.isoformat() not in row["expected"])
    assert len(rows) > 5
    assert wrong == []
