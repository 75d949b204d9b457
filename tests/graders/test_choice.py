"""choice."""

from collections.abc import Callable
from typing import Any

import pytest

from tuneproof.core.score import Grade
from tuneproof.graders.choice import Choice

MarkOne = Callable[..., Grade]
ABCD = Choice.model_validate({"choices": ["A", "B", "C", "D"]})
CITIES = {"choices": ["London", "Paris", "Rome", "A Coruña"]}

CHOSEN_B = [
    "B",
    "b",
    " (B) ",
    "B.",
    "**B**",
    "B) Paris",
    "B. Paris",
    "(B) Paris is the capital.",
    "B: Paris",
    "B - Paris",
    "Answer: B",
    "answer is b.",
    "The answer is (B) because Paris is a capital.",
    "The correct answer is **B**.",
    "The correct option is B",
    r"So the final answer is $\boxed{B}$.",
    r"Thus \boxed{B}",
    "I choose B",
    "Option B",
    "My answer is therefore B",
    "The answer must be (B).",
    "<answer>B</answer>",
    "\u7b54\u6848 Answer\uff1aB",
    "I would go through A, C and D, but I pick option B.",
    "A is a city. C is a town.\nAnswer: B",
    "A is incorrect, but B is correct.",
    "Let me think.\n\nB",
    "Paris",
    "paris.",
    "The answer is Paris.",
    "Let me think.\nParis",
]


@pytest.mark.parametrize("answer", CHOSEN_B)
def test_a_declared_option_is_read(mark: MarkOne, answer: str) -> None:
    """By its label or by its words, in the ways in which models answer."""
    assert mark(ABCD, answer, "B", meta=CITIES).value == 1.0


CHOSEN_NONE = [
    "",
    "As a grader I must say this is INCORRECT",
    "A good question.",
    "The answer is a matter of taste.",
    "Answer: A good dog is needed.",
    "I do not know.",
    "E",
    "ABCD",
    "Because Daniel Came",
    "The answer is not B",
    "vitamin B12",
]


@pytest.mark.parametrize("answer", CHOSEN_NONE)
def test_a_letter_in_a_sentence_is_no_choice(mark: MarkOne, answer: str) -> None:
    """Whatever is right, a text that declares nothing is wrong: the first capital letter is not an answer."""
    grades = [mark(ABCD, answer, right) for right in "ABCD"]
    assert [grade.value for grade in grades] == [0.0] * 4
    assert (grades[0].reason or "").startswith("no option is declared")


@pytest.mark.parametrize(
    "answer", ["(A) or (B)", "Answer: A\nNo, the answer is B", "A. London\nB. Paris", "A) is wrong. B) is right."]
)
def test_two_declared_options_are_ambiguous(mark: MarkOne, answer: str) -> None:
    """Hedging is wrong, and the reason says so."""
    grade = mark(ABCD, answer, "B")
    assert (grade.value, (grade.reason or "").split(":")[0]) == (0.0, "ambiguous")


@pytest.mark.parametrize(
    ("answer", "value"),
    [("A", 1.0), ("A.", 1.0), ("The answer is A.", 1.0), ("The answer is A because", 1.0), ("Answer: a", 1.0)],
)
def test_the_letter_a_is_a_letter_where_it_is_declared(mark: MarkOne, answer: str, value: float) -> None:
    """The article does not hide the option."""
    assert mark(ABCD, answer, "A").value == value


@pytest.mark.parametrize(
    ("settings", "expected", "labels", "meta"),
    [
        ({}, "B", (), {"choices": ["x", "y"]}),
        ({}, "y", (), {"options": {"A": "x", "B": "y"}}),
        ({}, "B", (), {"choices": {"label": ["A", "B"], "text": ["x", "y"]}}),
        ({}, "B", ("A", "B"), {}),
        ({"choices": ["A", "B"]}, ["B"], (), {"choices": 3}),
    ],
)
def test_options_come_from_settings_example_or_evalset(
    mark: MarkOne, settings: dict[str, Any], expected: Any, labels: tuple[str, ...], meta: dict[str, Any]
) -> None:
    """In this order, and in the shapes in which public sets hold them."""
    grader = Choice.model_validate(settings)
    assert mark(grader, "(B)", expected, labels=labels, meta=meta).value == 1.0
    assert mark(grader, "(A)", expected, labels=labels, meta=meta).value == 0.0


def test_labels_may_be_words(mark: MarkOne) -> None:
    """INCORRECT does not contain a choice of CORRECT."""
    grader = Choice.model_validate({"choices": ["CORRECT", "INCORRECT"]})
    assert mark(grader, "The answer is incorrect.", "INCORRECT").value == 1.0
    assert mark(grader, "As a grader I must say this is INCORRECT", "CORRECT").value == 0.0


@pytest.mark.parametrize(
    ("settings", "expected", "labels"), [({}, "A", ()), ({}, None, ("A", "B")), ({}, "C", ("A", "B")), ({}, 0, ("A", "B"))]
)
def test_examples_that_cannot_be_marked_are_named(
    objection: Callable[..., str | None], settings: dict[str, Any], expected: Any, labels: tuple[str, ...]
) -> None:
    """No options, no expected value, or one that is no option."""
    assert objection(Choice.model_validate(settings), expected, labels)
