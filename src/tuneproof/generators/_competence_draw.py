"""What every slice of `general-competence` draws with, and what a drawn question is.

Only `Random.random` is used, as in `general_nano`: Python promises its sequence for a seed across versions.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with its right answer."""

    text: str
    """What is asked, with the clause that says how to answer."""
    expected: Any
    """What the grader compares with: a text, the acceptable texts, or what its kind wants."""
    grader: str = ""
    """Name of the grader; empty: that of the slice."""
    witness: str = ""
    """A right answer, where `expected` is none itself."""
    shown: bool = False
    """Whether the answer may stand in the question, as one of several things to choose from."""
    choices: tuple[str, ...] = ()
    """The texts of options A, B, C, D; empty where there are none."""

    def answer(self) -> str:
        """Return one right answer."""
        return self.witness or str(self.expected[0] if isinstance(self.expected, list) else self.expected)


class Draw:
    """Random draws, from `Random.random` and nothing else."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def between(self, low: int, high: int) -> int:
        """Return a whole number of the range, both ends included."""
        return low + int(self._random.random() * (high - low + 1))

    def one(self, things: Sequence[T]) -> T:
        """Return one of the things."""
        return things[int(self._random.random() * len(things))]

    def some(self, things: Sequence[T], count: int) -> list[T]:
        """Return so many different ones, in the order drawn."""
        return self.shuffled(things)[:count]

    def shuffled(self, things: Iterable[T]) -> list[T]:
        """Return the things in random order."""
        left = list(things)
        for last in range(len(left) - 1, 0, -1):
            other = self.between(0, last)
            left[last], left[other] = left[other], left[last]
        return left

    def chance(self, share: float) -> bool:
        """Return true so often."""
        return self._random.random() < share

    def say(self, *wordings: str, **held: object) -> str:
        """Return one of the wordings, filled in."""
        return self.one(wordings).format(**held)

    def number_only(self) -> str:
        """Return the clause that asks for a bare number."""
        return self.one(NUMBER_ONLY)

    def rounded_only(self) -> str:
        """Return the clause that asks for a number with two decimals."""
        return self.one(ROUNDED_ONLY)

    def worked(self, what: str) -> str:
        """Return the clause that allows working, and asks for the answer on a line of its own."""
        return self.one(WORKED).format(what=what)


Variant = Callable[[Draw], Question]
"""One kind of question."""

NUMBER_ONLY = (
    "Answer with the number only.",
    "Reply with just the number.",
    "Give only the number.",
    "Write the number and nothing else.",
    "Only the number, please.",
)
ROUNDED_ONLY = (
    "Round to two decimals and answer with the number only.",
    "Give only the number, rounded to two decimals.",
    "Reply with just the number, to two decimal places.",
)
WORKED = (
    "You may work it out first; finish with a last line that holds only {what}.",
    "Working is welcome, but let the last line be {what} and nothing else.",
    "Think it through if you like, then end with one line that has only {what}.",
)


def numbered(text: str, value: int | Fraction) -> Question:
    """Return a question that a number answers, exactly."""
    return Question(text=text, expected=plain(value), grader="number")


def rounded(text: str, value: Fraction) -> Question:
    """Return a question that a number of two decimals answers."""
    return Question(text=text, expected=two_decimals(value), grader="rounded")


def plain(value: int | Fraction) -> str:
    """Return a number that decimals can write, as they do, without trailing zeros."""
    exact = Fraction(value)
    places = next(count for count in range(12) if (exact * 10**count).denominator == 1)
    digits = str(abs(int(exact * 10**places))).zfill(places + 1)
    sign = "-" * (exact < 0)
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def two_decimals(value: Fraction) -> str:
    """Return a number rounded to two decimals, halves away from zero (`is_tie` tells of them)."""
    cents = int(abs(value) * 100 + Fraction(1, 2))
    return f"{'-' * (value < 0 and cents > 0)}{cents // 100}.{cents % 100:02d}"


def is_tie(value: Fraction) -> bool:
    """Return whether rounding to two decimals would have two answers."""
    return (value * 100 - Fraction(1, 2)).denominator == 1


def money(cents: int) -> str:
    """Return an amount as price tags show it: 4.05."""
    return f"{cents // 100}.{cents % 100:02d}"


def asked(text: str, clause: str) -> str:
    """Return a question and the clause on how to answer it, which begins a line of its own after a block."""
    return f"{text}{clause}" if text.endswith("\n") else f"{text} {clause}"


def listed(words: Sequence[object]) -> str:
    """Return `a, b and c`."""
    texts = [str(word) for word in words]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def comma_list(words: Sequence[str]) -> list[str]:
    """Return the acceptable ways of writing a list on one line."""
    return [", ".join(words), ",".join(words), listed(words)]


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 11th ..."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def gives_itself_away(question: Question) -> bool:
    """Return whether the answer stands in the question, though it is not one of several things to choose from."""
    if question.shown or not isinstance(question.expected, str | list):
        return False
    several = question.expected if isinstance(question.expected, list) else [question.expected]
    return any(_stands_in(str(one), question.text) for one in several)


def _stands_in(answer: str, text: str) -> bool:
    number = re.fullmatch(r"-?[\d.]+", answer)
    around = r"[\d.]" if number else r"\w"
    plain_text = re.sub(r"(?<=\d),(?=\d{3})", "", text) if number else text
    return re.search(rf"(?<!{around}){re.escape(answer)}(?!{around}?\w)", plain_text, re.IGNORECASE) is not None
