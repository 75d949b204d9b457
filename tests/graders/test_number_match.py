"""number_match."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tuneproof.core.protocols import GradingContext, Workspace
from tuneproof.core.row import example_from_row
from tuneproof.core.score import Grade
from tuneproof.formats.jsonl import Jsonl
from tuneproof.graders.number_match import NumberMatch

MarkOne = Callable[..., Grade]

MARKED = [
    ({}, "It costs $1,234.50.", "1234.5", 1.0),
    ({}, "18", 18, 1.0),
    ({}, "18.0", 18, 1.0),
    ({}, "0.1", 0.1, 1.0),
    ({}, "0.30000000000000004", 0.3, 0.0),
    ({}, "first 3, then 4", "3", 0.0),
    ({}, "4", [3, "4"], 1.0),
    ({}, "\u22124", "-4", 1.0),
    ({}, "NaN", 0, 0.0),
    ({}, "inf", 0, 0.0),
    ({}, "1e999999999999999999", 1, 0.0),
    ({}, "1e99999", "1e99999", 1.0),
    ({}, "1/3", "2/6", 1.0),
    ({}, "3/4", 0.75, 1.0),
    ({"tolerance": 0.1}, "1.1", 1, 1.0),
    ({"tolerance": 0.1}, "1.1000000001", 1, 0.0),
    ({"relative_tolerance": 0.01}, "101", 100, 1.0),
    ({"relative_tolerance": 0.01}, "101.01", 100, 0.0),
    ({"relative_tolerance": 0.01}, "1e-30", 0, 0.0),
    ({"tolerance": 1.0}, "1e999999999", 1, 0.0),
    ({"pattern": r"total (\S+)"}, "total $18 of 20", 18, 1.0),
    ({"pattern": r"total (\S+)"}, "18", 18, 0.0),
    ({"percent": "fraction"}, "45%", 0.45, 1.0),
    ({}, "45%", "45 %", 1.0),
    ({"extract": {"after": "A:"}}, "A: 18\nQ: 20", 18, 1.0),
    ({"extract": {"json": "/n"}}, '{"n": 18.50}', 18.5, 1.0),
]


@pytest.mark.parametrize(("settings", "answer", "expected", "value"), MARKED)
def test_numbers_are_compared_exactly_or_within_the_tolerance(
    mark: MarkOne, settings: dict[str, Any], answer: str, expected: Any, value: float
) -> None:
    """Decimals, not floats: 0.1 is one tenth, and a tolerance is met exactly at its limit."""
    assert mark(NumberMatch.model_validate(settings), answer, expected).value == value


def test_no_number_and_no_answer_are_wrong_answers(mark: MarkOne) -> None:
    """Each says which of the two it was."""
    grader = NumberMatch.model_validate({"extract": {"after": "A:"}})
    assert mark(grader, "18", 18).reason == "no answer found"
    assert mark(grader, "A: many", 18).reason == "no number found in 'many'"


@pytest.mark.parametrize("expected", [None, "x", True, [], ["1", "x"], float("nan"), {"a": 1}, "18 eggs"])
def test_an_expected_value_that_is_no_number_is_named(objection: Callable[..., str | None], expected: Any) -> None:
    """It is the evalset's mistake, found before anything is spent."""
    assert objection(NumberMatch(), expected)


def test_a_pattern_that_is_not_linear_time_is_a_problem(workspace: Workspace) -> None:
    """Look-around is refused by name."""
    problems = NumberMatch(pattern=r"(?<=x)\d").problems("graders.n", workspace)
    assert [problem.where for problem in problems] == ["graders.n.pattern"]


@pytest.mark.parametrize(
    ("system", "right"),
    [("6b_finetuning", 286), ("175b_finetuning", 458), ("6b_verification", 515), ("175b_verification", 742)],
)
def test_gsm8k_is_marked_as_its_publisher_marked_it(shared_data: Path, workspace: Workspace, system: str, right: int) -> None:
    """All 1,319 answers of each system agree with `published_is_correct`."""
    folder = shared_data / "gsm8k"
    examples = {row["id"]: example_from_row(row, line) for line, row in Jsonl().rows(folder / "eval.jsonl")}
    marker = NumberMatch.model_validate({"extract": {"after": "A:"}}).ready(GradingContext(workspace=workspace, labels=()))
    rows = [row for _, row in Jsonl().rows(folder / "outputs" / f"{system}.jsonl")]
    marks = [marker.mark(row["output"], examples[row["id"]]).value for row in rows]
    assert marks == [float(row["published_is_correct"]) for row in rows]
    assert (len(marks), sum(marks)) == (1319, right)
