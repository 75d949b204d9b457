"""constraints: what is counted, what is looked for, and which `expected` is refused."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tuneproof.core.score import Grade
from tuneproof.graders._wording import Range, wording
from tuneproof.graders.constraints import CHECKS, Constraints

WORDS: list[tuple[str, int]] = [
    ("The sky is blue.", 4),
    ("**The** _sky_ is `blue`.", 4),
    ("a well-known rule, e.g. this one", 6),
    ("don't, can’t", 2),
    ("3.14 and 1,000 at 12:30", 5),
    ("red,blue;green", 3),
    ("red — blue—green", 3),
    ("from 10–20", 2),
    ("and/or", 1),
    ("Wait... what?", 2),
    ("1. apple\n2. pear", 2),
    ("- apple\n* pear\n• plum", 3),
    ("# A heading\n\n> a quote", 4),
    ("[a link](https://example.org/x) here", 3),
    ("yes ! 🙂 — & *", 1),
    ("```text\nred blue\n```", 2),
    ("naïve Straße größer", 3),
    ("हिन्दी भाषा", 2),
    ("我住在东京。", 5),
    ("snake_case 2*3", 2),
    ("| a | b |\n|---|---|\n| c | d |", 4),
    ("no\u00adbody word\u200b", 2),
]

SENTENCES: list[tuple[str, Range]] = [
    ("The sky is blue.", (1, 1)),
    ("The sky is blue. It is 3.5 km high! Is it?", (3, 3)),
    ("No stop at all", (1, 1)),
    ("the sky is blue. the grass is green.", (2, 2)),
    ("Dr. Jones, e.g. the elder, met Mr. Smith.", (1, 1)),
    ("Bring pens, paper, etc. to class.", (1, 1)),
    ("Bring pens, etc. She will too.", (1, 2)),
    ("He lives in the U.S. He works.", (1, 2)),
    ("He lives in the U.S.", (1, 1)),
    ("John F. Kennedy spoke.", (1, 2)),
    ("So do I. Then rest.", (2, 2)),
    ('"Stop!" he said. "Why?" she asked.', (2, 2)),
    ("Well... maybe. Well... Then no.", (3, 4)),
    ("**Bold.** Plain.", (2, 2)),
    ("- one\n- two\n- three", (3, 3)),
    ("# Title\nOne line\nthat goes on.", (2, 2)),
    ("First paragraph\n\nSecond one", (2, 2)),
    ("Really?! Yes.", (2, 2)),
    ("今日は暑い。水を飲む！", (2, 2)),
    ("यह एक वाक्य है। यह दूसरा है।", (2, 2)),
    ("1. Do this. Then that.\n2. Rest.", (3, 3)),
    ("Great! 🙂", (1, 1)),
]

LAYOUT: list[tuple[str, str, int]] = [
    ("text_lines", "one\n\ntwo\r\nthree\n", 3),
    ("text_lines", "```\none\ntwo\n```", 2),
    ("text_lines", "one\n---\ntwo", 2),
    ("text_lines", "*\n**\n***", 3),
    ("text_lines", "one\u2028two", 2),
    ("paragraphs", "one\none\n\ntwo\n \n\nthree", 3),
    ("paragraphs", "one\n***\ntwo", 2),
    ("bullets", "Here:\n- one\n* two\n  + three\n• four\n•five", 5),
    ("bullets", "1. one\n2) two", 0),
    ("bullets", "**bold** and -5\n-5\n---\n* * *", 0),
    ("bullets", "> - one", 1),
    ("characters", "  abc de\n", 6),
    ("characters", "e\u0301a\r\nb", 4),
]


@pytest.mark.parametrize(("answer", "n"), WORDS)
def test_words(answer: str, n: int) -> None:
    """Marks are none; hyphens, apostrophes, decimals and abbreviations hold a word together."""
    assert wording(answer).words == (n, n)


@pytest.mark.parametrize(("answer", "n"), SENTENCES)
def test_sentences(answer: str, n: Range) -> None:
    """An abbreviation before a capital may end one or not: both are counted."""
    assert wording(answer).sentences == n


@pytest.mark.parametrize(("what", "answer", "n"), LAYOUT)
def test_lines_paragraphs_bullets_and_characters(what: str, answer: str, n: int) -> None:
    """Blank lines, fences and rules are no lines."""
    low, high = getattr(wording(answer), what)
    assert low <= n <= high <= low + ("\r\n" in answer)


def test_marks_may_count_as_characters_or_not() -> None:
    """Who makes the answer bold has written the same."""
    assert wording("**abc**").characters == (3, 7)


HELD: list[tuple[dict[str, Any], str]] = [
    ({"words": 3}, "Red, green, blue."),
    ({"words": {"min": 2}}, "Red, green, blue."),
    ({"words": {"max": 3}}, "Red, green, blue."),
    ({"words": {"min": 3, "max": 3}, "sentences": 1, "lines": 1, "paragraphs": 1, "bullets": 0}, "Red, green, blue."),
    ({"sentences": 1}, "He met John F. Kennedy."),
    ({"characters": 3}, "**abc**"),
    ({"bullets": 2}, "- a\n- b"),
    ({"contains": ["RED", "new york"]}, "**red** and New\nYork"),
    ({"contains": ["dog"]}, "the dog’s tail"),
    ({"contains": ["don't"]}, "I don’t"),
    ({"contains": ["**red**", "a_b"]}, "**red** a_b"),
    ({"contains": ["C++", "$5"]}, "C++ costs $5."),
    ({"contains": ["东京"]}, "我住在东京市"),
    ({"contains": ["café"]}, "Cafe\u0301"),
    ({"excludes": ["cat"]}, "category"),
    ({"in_order": ["one", "two", "one"]}, "One, two, three, one."),
    ({"starts_with": "The end"}, "**The end**, my friend"),
    ({"starts_with": "Dear Ann,"}, '"Dear Ann: hello'),
    ({"starts_with": "a"}, "- Apple"),
    ({"ends_with": "the end."}, "This is *the end*!"),
    ({"ends_with": "?"}, 'Is **it?**"'),
    ({"ends_with": ")"}, "It is (so)"),
    ({"case": "lower"}, "all small, 5 of them"),
    ({"case": "upper"}, "ALL LARGE: 5"),
    ({"without_letters": "eE"}, "A dog is no cat."),
    ({"repeats": {"Red": 2, "blue": 0}}, "red Redder **RED**"),
    ({"repeats": {"ha ha": 1}}, "ha ha ha"),
]

MISSED: list[tuple[dict[str, Any], str, str]] = [
    ({"words": 2}, "Red, green, blue.", "3 words, not 2"),
    ({"words": {"min": 4}}, "Red, green, blue.", "3 words, not at least 4"),
    ({"words": {"max": 2}}, "Red, green, blue.", "3 words, not at most 2"),
    ({"words": {"min": 4, "max": 5}}, "Red", "1 words, not 4 to 5"),
    ({"sentences": 3}, "The U.S. Army came.", "1 or 2 sentences, not 3"),
    ({"contains": ["cat", "dog"]}, "category dogs", "'cat', 'dog' not found"),
    ({"excludes": ["cat", "dog"]}, "The **Cat**", "'cat' must not be there"),
    ({"in_order": ["two", "one"]}, "one, two", "not in this order: 'two', 'one'"),
    ({"in_order": ["one", "one"]}, "one", "not in this order"),
    ({"starts_with": "The"}, "Therefore", "does not start with 'The'"),
    ({"ends_with": "end"}, "It is the weekend", "does not end with 'end'"),
    ({"ends_with": "3"}, "It is 13", "does not end with '3'"),
    ({"ends_with": "?"}, "It is.", "does not end with '?'"),
    ({"case": "lower"}, "all Small", "'S' is upper case"),
    ({"case": "upper"}, "ALL large", "'l' is lower case"),
    ({"without_letters": "ez"}, "THE", "letter 'e' must not be there"),
    ({"repeats": {"red": 2}}, "red", "'red' 1 times, not 2"),
    ({"words": 1, "contains": ["x"]}, "a b", "2 words, not 1; 'x' not found"),
    ({"excludes": ["x"]}, " \n```\n```\n", "the answer is empty"),
]


@pytest.mark.parametrize(("expected", "answer"), HELD, ids=lambda value: str(value)[:40])
def test_an_answer_that_holds_to_all_is_right(mark: Callable[..., Grade], expected: dict[str, Any], answer: str) -> None:
    """Marks, capitals and punctuation around texts do not matter."""
    grade = mark(Constraints(), answer, expected)
    assert (grade.value, grade.reason) == (1.0, None)


@pytest.mark.parametrize(("expected", "answer", "reason"), MISSED, ids=lambda value: str(value)[:40])
def test_the_reason_names_what_does_not_hold(
    mark: Callable[..., Grade], expected: dict[str, Any], answer: str, reason: str
) -> None:
    """All of it, with what was found and what was asked for."""
    grade = mark(Constraints(), answer, expected)
    assert grade.value == 0.0
    assert (grade.reason or "").startswith(reason)


def test_a_reason_is_short(mark: Callable[..., Grade]) -> None:
    """However much is missing."""
    grade = mark(Constraints(), "no", {"contains": [f"text {n} " * 50 for n in range(50)], "words": 9, "lines": 2})
    assert (grade.reason or "").endswith("and 46 more not found; 1 words, not 9; 1 lines, not 2")
    assert len(grade.reason or "") < 600


def test_extract_comes_first(mark: Callable[..., Grade]) -> None:
    """As with every grader of text."""
    grader = Constraints.model_validate({"extract": {"after": "A:"}})
    assert mark(grader, "Thinking aloud.\nA: red", {"words": 1}).value == 1.0


REFUSED: list[tuple[Any, str]] = [
    (None, "expected is missing"),
    ("five words", "expected is ''five words'' (an object of constraints"),
    ({}, "expected is '{}' (an object of constraints"),
    ({"word": 5}, "unknown constraint 'word', did you mean 'words'? (known: bullets, case"),
    ({"words": 0}, "expected.words is '0' (a whole number from 1 on"),
    ({"words": True}, "expected.words is 'True' (a whole number"),
    ({"words": 2.5}, "expected.words is '2.5' (a whole number"),
    ({"words": {}}, "expected.words is '{}' (a whole number"),
    ({"words": {"mim": 1}}, "expected.words is"),
    ({"words": {"min": 3, "max": 2}}, "expected.words is '{'min': 3, 'max': 2}' (min is larger than max)"),
    ({"lines": {"max": 0}}, "expected.lines is '{'max': 0}' (a whole number from 1 on"),
    ({"bullets": -1}, "expected.bullets is '-1' (a whole number from 0 on"),
    ({"contains": "red"}, "expected.contains is ''red'' (a list of texts, none of them empty)"),
    ({"excludes": []}, "expected.excludes is '[]' (a list of texts"),
    ({"in_order": ["a", " "]}, "expected.in_order is '['a', ' ']' (a list of texts"),
    ({"starts_with": ["a"]}, "expected.starts_with is '['a']' (a text that is not empty)"),
    ({"case": "title"}, "expected.case is ''title'' (lower or upper)"),
    ({"without_letters": "a, b"}, "expected.without_letters is ''a, b'' (letters and nothing else"),
    ({"repeats": ["red"]}, "expected.repeats is '['red']' (an object of texts with numbers"),
    ({"repeats": {"red": "2"}}, "expected.repeats is"),
    ({"contains": ["a red car"], "excludes": ["Red"]}, "expected asks for 'a red car' and against 'Red'"),
    ({"ends_with": "red", "without_letters": "e"}, "expected asks for 'red' and against the letter 'e'"),
    ({"repeats": {"x": 2}, "excludes": ["x"]}, "expected asks for 'x' and against 'x'"),
]


@pytest.mark.parametrize(("expected", "what"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_malformed_expected_is_refused(objection: Callable[..., str | None], expected: Any, what: str) -> None:
    """On one line: what it is, and what was expected. So is one that no answer can hold to."""
    said = objection(Constraints(), expected) or ""
    assert said.startswith(what)
    assert said.isprintable()


@pytest.mark.parametrize("n", [{"min": 0, "max": 5}, {"min": 5}, {"max": 5}, 5])
def test_numbers_and_ranges_are_accepted(objection: Callable[..., str | None], n: Any) -> None:
    """Of every count."""
    assert [objection(Constraints(), {key: n}) for key in list(CHECKS)[:6]] == [None] * 6


EVERYTHING = {
    **dict.fromkeys(("words", "sentences", "lines", "paragraphs", "bullets", "characters"), 3),
    "contains": ["x", "a"],
    "excludes": ["zz"],
    "in_order": ["q", "r"],
    "starts_with": "the end",
    "ends_with": "?",
    "case": "upper",
    "without_letters": "z",
    "repeats": {"a a": 4},
}
PIECES = ["a", "a ", ". ", ".", "e.g. ", "-", "- a\n", "_", "*a", "a_", "[", "[a](b", " ", "\n\n", "。", "a.\t", "> "]
PIECES += ["...", "1. ", "(", "` "]


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("end", ["", "!x"])
def test_a_long_answer_is_read_in_linear_time(mark: Callable[..., Grade], piece: str, end: str) -> None:
    """Whatever it is made of."""
    start = time.monotonic()
    mark(Constraints(), piece * (300_000 // len(piece)) + end, EVERYTHING)
    assert time.monotonic() - start < 10
