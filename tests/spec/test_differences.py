"""What differs between two documents, one line a key."""

from typing import Any

import pytest

from tuneproof.spec.differences import differences

LONG = "Classify the ticket. " * 20


@pytest.mark.parametrize(
    ("held", "now", "lines"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b: 1 -> 2"]),
        ({}, {"a": "x"}, ['a: null -> "x"']),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["a.1: 2 -> 3"]),
        ({"a": [1]}, {"a": [1, 3]}, ["a: [1] -> [1, 3]"]),
        ({"candidates": {}}, {"candidates": {"tuned": {}}}, []),
        ({"a": None}, {}, []),
    ],
)
def test_each_key_that_differs_has_a_line(held: Any, now: Any, lines: list[str]) -> None:
    """Both values stand in it; a lock made before there were candidates takes any."""
    assert differences(held, now) == lines


def test_long_texts_are_shown_where_they_part() -> None:
    """Two prompts that begin and end alike do not look the same."""
    told = differences({"prompt": f"{LONG}Be short. {LONG}"}, {"prompt": f"{LONG}Be long. {LONG}"})[0]
    assert told == (
        "prompt: ...the ticket. Be short. Classify the ticket. Classify the... -> "
        "...the ticket. Be long. Classify the ticket. Classify the ..."
    )


def test_a_text_that_only_went_on_is_cut_at_its_old_end() -> None:
    """What was added is what is shown."""
    told = differences({"prompt": LONG}, {"prompt": f"{LONG}Be brief."})[0]
    assert told.endswith('Be brief."')


def test_examples_are_counted_and_the_first_named() -> None:
    """Thousands of digests are no line each."""
    held = {"evalsets": {"target": {"examples": {str(i): "a" for i in range(9)}}}}
    now = {"evalsets": {"target": {"examples": {str(i): "b" for i in range(9)}}}}
    assert differences(held, now) == ["evalsets.target.examples: 9 examples differ (0, 1, 2, 3, 4 and 4 more)"]
