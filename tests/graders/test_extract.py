"""The step that finds the answer in a completion."""

import time
from typing import Any

import pytest
from pydantic import ValidationError

from tuneproof.core.protocols import Workspace
from tuneproof.graders._extract import finder
from tuneproof.graders._text import TextGrader

FENCED = 'Sure:\n```json\n{"answer": 1}\n```\nor rather\n```\n{"answer": 2}\n```\n'

FOUND = [
    (None, " as it is \n", " as it is \n"),
    (None, "", ""),
    ({"after": "A:"}, "A: 1\nso A: 18 eggs\nbye", "18 eggs"),
    ({"after": "A:"}, "A: 18\r\nbye", "18"),
    ({"after": "A:"}, "no mark", None),
    ({"after": "A:"}, "A:\n18", None),
    ({"regex": r"#### (-?\d+)"}, "#### 1\n#### 22", "22"),
    ({"regex": r"\d+"}, "1 and 22", "22"),
    ({"regex": r"(a)|b"}, "a b", None),
    ({"regex": r"é(.)"}, "éü", "ü"),
    ({"regex": r"(?s)<x>(.*)</x>"}, "<x>1\n2</x>", "1\n2"),
    ({"regex": r"x*"}, "\ud800y", None),
    ({"json": "/answer"}, '{"answer": "yes"}', "yes"),
    ({"json": "/a~1b/0/~0"}, '{"a/b": [{"~": 1.5}]}', "1.5"),
    ({"json": "/answer"}, '{"answer": {"b": [true], "a": null}}', '{"a":null,"b":[true]}'),
    ({"json": ""}, "[1, 2]", "[1,2]"),
    ({"json": "/1"}, "[1, 2]", "2"),
    ({"json": "/01"}, "[1, 2]", None),
    ({"json": "/2"}, "[1, 2]", None),
    ({"json": "/answer"}, '{"answer": null}', None),
    ({"json": "/answer"}, "[" * 100_000, None),
    ({"json": "/answer"}, FENCED, None),
    ({"json": "/answer", "fenced": True}, FENCED, "2"),
    ({"json": "/answer", "fenced": True}, '{"answer": 3}', "3"),
    ({"json": "/answer", "fenced": True}, '```json\n{"answer": 3}', None),
    ("last_line", "thinking\n\n Paris \n\n", "Paris"),
    ("last_line", " \n ", None),
    ("last_number", "from $1,200.50 to -$3,000", "-3000"),
    ("last_number", "none", None),
]


@pytest.mark.parametrize(("extract", "completion", "answer"), FOUND)
def test_the_answer_is_found_where_the_setting_says(extract: Any, completion: str, answer: str | None) -> None:
    """Each place of the contract, and what is not there is None."""
    grader = TextGrader.model_validate({"extract": extract} if extract else {})
    assert finder(grader.extract)(completion) == answer


@pytest.mark.parametrize(
    ("extract", "location"),
    [
        ({"afer": "A:"}, ("extract", "afer")),
        ({"after": ""}, ("extract", "after")),
        ({"json": "/a", "fenced": "yes"}, ("extract", "fenced")),
        ({"after": "A:", "regex": "x"}, ("extract",)),
        ({"after": "A:", "fenced": True}, ("extract",)),
        ({}, ("extract",)),
        ("first_line", ("extract",)),
        (["last_line"], ("extract",)),
    ],
)
def test_a_wrong_setting_is_refused_at_its_key(extract: Any, location: tuple[str, ...]) -> None:
    """The place of the error is the key that the user wrote, without names of ours in it."""
    with pytest.raises(ValidationError) as caught:
        TextGrader.model_validate({"extract": extract})
    assert location in [error["loc"] for error in caught.value.errors()]


@pytest.mark.parametrize(
    ("extract", "said"),
    [
        ({"regex": "(?=x)"}, "graders.g.extract.regex: pattern '(?=x)' does not compile"),
        ({"regex": r"(a)\1"}, "graders.g.extract.regex: pattern '(a)\\\\1' does not compile"),
        ({"json": "answer"}, "graders.g.extract.json: 'answer' is no JSON pointer (such as /answer or /steps/0)"),
        ({"json": "/a~2"}, "graders.g.extract.json: '/a~2' is no JSON pointer: ~ stands only in ~0 and ~1"),
    ],
)
def test_patterns_and_pointers_that_mean_nothing_are_problems(workspace: Workspace, extract: Any, said: str) -> None:
    """They are found before anything is paid for, and look-around is refused because it is not linear."""
    problems = TextGrader.model_validate({"extract": extract}).problems("graders.g", workspace)
    assert str(problems[0]).startswith(said)


def test_re2_says_nothing_on_stderr(workspace: Workspace, capfd: pytest.CaptureFixture[str]) -> None:
    """The message belongs to us."""
    TextGrader.model_validate({"extract": {"regex": "(((("}}).problems("graders.g", workspace)
    assert capfd.readouterr().err == ""


def test_a_hostile_pattern_is_linear() -> None:
    """The classic of catastrophic backtracking ends at once."""
    grader = TextGrader.model_validate({"extract": {"regex": "(a+)+$"}})
    started = time.perf_counter()
    assert finder(grader.extract)("a" * 50_000 + "!") is None
    assert time.perf_counter() - started < 2
