"""exact_match."""

from collections.abc import Callable
from typing import Any

import pytest

from tuneproof.core.score import Grade
from tuneproof.graders.exact_match import ExactMatch

MarkOne = Callable[..., Grade]

MARKED = [
    ({}, "Paris", "Paris", 1.0),
    ({}, " Paris\n", "Paris", 1.0),
    ({}, "paris", "Paris", 0.0),
    ({"normalize": []}, "Paris\n", "Paris", 0.0),
    ({"normalize": ["strip", "casefold"]}, " PARIS ", "Paris", 1.0),
    ({"normalize": ["punctuation", "casefold", "articles", "strip"]}, "The answer!", "answer", 1.0),
    ({}, "Lyon", ["Paris", "Lyon"], 1.0),
    ({}, "5", 5, 1.0),
    ({}, "true", True, 1.0),
    ({}, "True", True, 0.0),
    ({}, "", "Paris", 0.0),
    ({"extract": {"after": "A:"}}, "because\nA: Paris", "Paris", 1.0),
    ({"extract": "last_line"}, "Paris\nLyon", "Paris", 0.0),
]


@pytest.mark.parametrize(("settings", "answer", "expected", "value"), MARKED)
def test_answers_are_compared_after_normalisation(
    mark: MarkOne, settings: dict[str, Any], answer: str, expected: Any, value: float
) -> None:
    """Equal after the steps is right, everything else is wrong."""
    assert mark(ExactMatch.model_validate(settings), answer, expected).value == value


def test_nothing_found_is_a_wrong_answer(mark: MarkOne) -> None:
    """The model was told where to put its answer: this is its fault, not a missing answer."""
    grade = mark(ExactMatch.model_validate({"extract": {"after": "A:"}}), "Paris", "Paris")
    assert (grade.value, grade.reason) == (0.0, "no answer found")


def test_a_wrong_answer_is_shown(mark: MarkOne) -> None:
    """The reason is short and on one line, whatever the model wrote."""
    reason = mark(ExactMatch(), "x\n" * 100_000, "Paris").reason or ""
    assert reason.startswith("answered 'x x")
    assert len(reason) < 120


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, None), ({}, {"a": 1}), ({"normalize": ["articles"]}, "A"), ({"normalize": ["punctuation"]}, "?")],
)
def test_examples_that_cannot_be_marked_are_named(
    objection: Callable[..., str | None], settings: dict[str, Any], expected: Any
) -> None:
    """A missing expected value, and one that normalisation would make equal to an empty answer."""
    assert objection(ExactMatch.model_validate(settings), expected)
