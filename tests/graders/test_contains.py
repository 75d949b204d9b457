"""contains."""

from collections.abc import Callable
from typing import Any

import pytest

from tuneproof.core.protocols import Workspace
from tuneproof.core.score import Grade
from tuneproof.graders.contains import Contains

MARKED = [
    ({}, "I think it is PARIS.", "Paris", 1.0),
    ({"case_sensitive": True}, "PARIS", "Paris", 0.0),
    ({}, "London", "Paris", 0.0),
    ({}, "only b", ["a!", "b"], 1.0),
    ({"mode": "all"}, "only b", ["a", "b"], 0.0),
    ({"mode": "all"}, "b and a", ["a", "b"], 1.0),
    ({"whole_words": True}, "category", "cat", 0.0),
    ({"whole_words": True}, "category, cat!", "cat", 1.0),
    ({"whole_words": True}, "naïveté", "ve", 0.0),
    ({"whole_words": True}, "costs $5.", "$5", 1.0),
    ({"texts": ["I cannot", "I can't"]}, "Sorry, I can't.", None, 1.0),
    ({}, "room 5", 5, 1.0),
    ({}, "", "Paris", 0.0),
]


@pytest.mark.parametrize(("settings", "answer", "expected", "value"), MARKED)
def test_texts_are_found_in_the_answer(
    mark: Callable[..., Grade], settings: dict[str, Any], answer: str, expected: Any, value: float
) -> None:
    """Any or all, with or without capitals, within words or not."""
    assert mark(Contains.model_validate(settings), answer, expected).value == value


def test_an_empty_text_is_refused(workspace: Workspace, objection: Callable[..., str | None]) -> None:
    """Every answer contains it, so every answer would be right."""
    assert Contains.model_validate({"texts": ["a", " "]}).problems("graders.c", workspace)[0].where == "graders.c.texts"
    assert objection(Contains(), ["a", ""])
