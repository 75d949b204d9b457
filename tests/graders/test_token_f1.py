"""token_f1."""

from collections.abc import Callable
from typing import Any

import pytest

from tuneproof.core.score import Grade
from tuneproof.graders.token_f1 import TokenF1

# Values of the official SQuAD 2.0 evaluation script.
SCORED = [
    ("The cat sat.", "cat sat", 1.0, 1.0),
    ("yes yes yes no", "yes no", 2 / 3, 0.0),
    ("cat", "dog", 0.0, 0.0),
    ("a big cat", "big black cat", 0.8, 0.0),
    ("", "", 1.0, 1.0),
    ("the", "", 1.0, 1.0),
    ("", "cat", 0.0, 0.0),
    ("42", 42, 1.0, 1.0),
    ("cat", ["dog", "cat sat"], 2 / 3, 0.0),
]


@pytest.mark.parametrize(("answer", "expected", "f1", "em"), SCORED)
def test_scores_are_those_of_squad(mark: Callable[..., Grade], answer: str, expected: Any, f1: float, em: float) -> None:
    """Bags of words, not sets; the nearest of several answers counts."""
    grade = mark(TokenF1(), answer, expected)
    assert (grade.value, grade.stats) == (pytest.approx(f1), {"em": em, "f1": pytest.approx(f1)})
    assert mark(TokenF1(score="em"), answer, expected).value == em


def test_nothing_found_is_wrong_even_where_nothing_is_expected(mark: Callable[..., Grade]) -> None:
    """No answer found is not an empty answer."""
    grade = mark(TokenF1.model_validate({"extract": {"after": "A:"}}), "none", "")
    assert (grade.value, grade.reason, grade.stats) == (0.0, "no answer found", {"em": 0.0, "f1": 0.0})
