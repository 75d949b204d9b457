"""Normalisation, and the acceptable answers of an example."""

from typing import Any

import pytest

from tuneproof.graders._text import Step, acceptable, normalised

CASES: list[tuple[tuple[Step, ...], str, str]] = [
    ((), " A\u00a0b ", " A\u00a0b "),
    (("strip",), "\t A b \n", "A b"),
    (("casefold",), "STRASSE Stra\u00dfe", "strasse strasse"),
    (("unicode",), "\ufb01 \u2460 e\u0301", "fi 1 \u00e9"),
    (("punctuation",), "\u00abYes!\u00bb \u2013 $5, a_b", "Yes  5 ab"),
    (("articles",), "The cat and an apple, a  hat", "cat and apple, hat"),
    (("whitespace",), " a \n\t b ", "a b"),
    (("strip", "punctuation"), ". x .", "x"),
    (("casefold", "unicode"), "\uff21", "a"),
]


@pytest.mark.parametrize(("steps", "text", "result"), CASES)
def test_each_step_does_what_its_name_says(steps: tuple[Step, ...], text: str, result: str) -> None:
    """The order in which steps are listed does not matter."""
    assert normalised(text, steps) == result
    assert normalised(text, steps[::-1]) == result


@pytest.mark.parametrize(
    ("expected", "texts"),
    [("x", ("x",)), (["x", "y"], ("x", "y")), (5, ("5",)), (1.5, ("1.5",)), (True, ("true",)), ("", ("",))],
)
def test_expected_values_become_texts(expected: Any, texts: tuple[str, ...]) -> None:
    """Numbers and booleans are compared as their JSON text."""
    assert acceptable(expected) == texts


@pytest.mark.parametrize("expected", [None, [], {"a": 1}, [["x"]], [None]])
def test_what_has_no_text_is_said(expected: Any) -> None:
    """A missing or structured expected value is a problem of the evalset."""
    assert isinstance(acceptable(expected), str)
