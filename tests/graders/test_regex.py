"""regex."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tuneproof.core.protocols import Workspace
from tuneproof.core.score import Grade
from tuneproof.graders.regex import Regex

MARKED = [
    ({"pattern": r"\d{3}"}, "room 101 b", None, 1.0),
    ({"pattern": r"\d{3}", "match": "full"}, "room 101 b", None, 0.0),
    ({"pattern": r"\d{3}", "match": "full"}, "101", None, 1.0),
    ({"pattern": "(?i)paris"}, "PARIS", None, 1.0),
    ({}, "colour", "colou?r", 1.0),
    ({}, "gray", ["gr[e]y", "gr[a]y"], 1.0),
    ({"pattern": "é"}, "caf\u00e9 \ud800", None, 1.0),
    ({"pattern": "."}, "", None, 0.0),
]


@pytest.mark.parametrize(("settings", "answer", "expected", "value"), MARKED)
def test_the_answer_is_matched(
    mark: Callable[..., Grade], settings: dict[str, Any], answer: str, expected: Any, value: float
) -> None:
    """Anywhere or as a whole, by one pattern or by each example's own."""
    assert mark(Regex.model_validate(settings), answer, expected).value == value


def test_a_pattern_that_is_not_linear_is_refused(workspace: Workspace, objection: Callable[..., str | None]) -> None:
    """In the settings and in the data alike."""
    said = str(Regex(pattern="(?!x)").problems("graders.r", workspace)[0])
    assert said.startswith("graders.r.pattern: pattern '(?!x)' does not compile")
    assert "look-around" in said
    assert (objection(Regex(), r"(a)\1") or "").startswith("expected: pattern")


def test_a_hostile_pattern_ends_in_time(mark: Callable[..., Grade]) -> None:
    """Linear in the answer, where Python's own engine would take for ever."""
    started = time.perf_counter()
    assert mark(Regex(pattern="^(a+)+$"), "a" * 100_000 + "!").value == 0.0
    assert time.perf_counter() - started < 2
