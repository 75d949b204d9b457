"""`general-nano`: twelve small skills that a model of about a million parameters can learn, from lists of words and a seed.

A benchmark that such a model fails from the start cannot show what a fine-tuning took away. This one asks only what the base
model was taught: it learns from text of the same generator, and forgetting shows as a fall from near 1.

Only `Random.random` is used: Python promises its sequence for a seed across versions, and does not promise that of `choice` or
`sample`. So a seed draws the same evalset everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from random import Random
from typing import Any, ClassVar, TypeVar

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.generating import Generator
from tuneproof.generators._words import COLOURS, KINDS, NAMES, NOUNS, OBJECTS, OPPOSITES, PLACES, PLURALS

T = TypeVar("T")
Question = tuple[str, str]
"""An input and its one right answer."""
Variant = Callable[[Random], Question]
"""One form of a skill: an evalset asks the forms of a skill in turn, so that none is rare by chance."""

NUMBERS = tuple(range(100))
SUMMANDS = tuple(range(21))
ORDINALS = {"first": 0, "second": 1, "third": 2, "last": -1}

# In a list of phrasings {} is the list of words or numbers.
REPEAT = ("Repeat: {}", "Say this again: {}", "Copy these words: {}", "Write the same words: {}")
REVERSE = (
    "Reverse the order of these words: {}",
    "Write these words in reverse order: {}",
    "Say these words from last to first: {}",
)
SORT = (
    "Sort these numbers: {}",
    "Sort from smallest to largest: {}",
    "Put these numbers in ascending order: {}",
    "Order the numbers, smallest first: {}",
)
ADD = ("What is {} + {}?", "Add {} and {}.", "What is the sum of {} and {}?", "How much is {} plus {}?")
LARGER = ("Which number is larger, {} or {}?", "Which is the larger number: {} or {}?", "Name the larger of {} and {}.")
SMALLER = ("Which number is smaller, {} or {}?", "Which is the smaller number: {} or {}?", "Name the smaller of {} and {}.")
COUNT = (
    "How many words are in this list: {}",
    "Count the words: {}",
    "How many words do you see: {}",
    "Give the number of words: {}",
)
PICK = (
    "What is the {} word of this list: {}",
    "Give the {} word: {}",
    "Which word is {} in this list: {}",
    "Write only the {} word: {}",
)
CONTAINS = (
    "Is the word {} in this list: {}",
    "Does this list have the word {}: {}",
    "Can you find the word {} here: {}",
    "Yes or no, is {} one of these words: {}",
)
OPPOSITE = (
    "What is the opposite of {}?",
    "Give the opposite of {}.",
    "Opposite of {}:",
    "Which word means the opposite of {}?",
)
PLURAL = ("What is the plural of {}?", "Give the plural of {}.", "One {}, two what?", "Write the plural form of {}.")
KIND = (
    "What kind of thing is {}?",
    "What sort of thing is {}?",
    "Which kind of thing is {}?",
    "Name the kind of thing that {} is.",
)


def draw(skill: str, random: Random) -> Question:
    """Return a random question of a skill (one of `SKILLS`) and its answer."""
    return _one(VARIANTS[skill], random)(random)


def _one(words: Sequence[T], random: Random) -> T:
    return words[int(random.random() * len(words))]


def _some(words: Sequence[T], count: int, random: Random) -> list[T]:
    """Draw so many different ones."""
    found: list[T] = []
    while len(found) < count:
        word = _one(words, random)
        if word not in found:
            found.append(word)
    return found


def _between(low: int, high: int, random: Random) -> int:
    return _one(range(low, high + 1), random)


def _line(words: Sequence[object]) -> str:
    return " ".join(str(word) for word in words)


def _with_article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _repeat(count: int) -> Variant:
    def ask(random: Random) -> Question:
        words = _line(_some(NOUNS, count, random))
        return _one(REPEAT, random).format(words), words

    return ask


def _reverse(count: int) -> Variant:
    def ask(random: Random) -> Question:
        words = _some(NOUNS, count, random)
        return _one(REVERSE, random).format(_line(words)), _line(words[::-1])

    return ask


def _sort(count: int) -> Variant:
    def ask(random: Random) -> Question:
        numbers = _some(NUMBERS, count, random)
        return _one(SORT, random).format(_line(numbers)), _line(sorted(numbers))

    return ask


def _add(random: Random) -> Question:
    left, right = _one(SUMMANDS, random), _one(SUMMANDS, random)
    return _one(ADD, random).format(left, right), str(left + right)


def _extreme(phrasings: Sequence[str], chosen: Callable[[Sequence[int]], int]) -> Variant:
    def ask(random: Random) -> Question:
        numbers = _some(NUMBERS, 2, random)
        return _one(phrasings, random).format(*numbers), str(chosen(numbers))

    return ask


def _count(count: int) -> Variant:
    def ask(random: Random) -> Question:
        return _one(COUNT, random).format(_line(_some(NOUNS, count, random))), str(count)

    return ask


def _pick(ordinal: str) -> Variant:
    def ask(random: Random) -> Question:
        words = _some(NOUNS, _between(3, 5, random), random)
        return _one(PICK, random).format(ordinal, _line(words)), words[ORDINALS[ordinal]]

    return ask


def _contains(there: bool) -> Variant:
    def ask(random: Random) -> Question:
        count = _between(3, 5, random)
        *words, other = _some(NOUNS, count + 1, random)
        asked = _one(words, random) if there else other
        return _one(CONTAINS, random).format(asked, _line(words)), "yes" if there else "no"

    return ask


def _opposite(random: Random) -> Question:
    left, right = _one(OPPOSITES, random)
    asked, answer = _one(((left, right), (right, left)), random)
    return _one(OPPOSITE, random).format(asked), answer


def _plural(random: Random) -> Question:
    singular, plural = _one(PLURALS, random)
    return _one(PLURAL, random).format(singular), plural


def _kind(random: Random) -> Question:
    kind = _one(tuple(KINDS), random)
    return _one(KIND, random).format(_with_article(_one(KINDS[kind], random))), kind


def _belongings(random: Random) -> tuple[list[str], list[str], int]:
    """Return two names, what each has, and which of the two is asked about."""
    names = _some(NAMES, 2, random)
    colours, objects = _some(COLOURS, 2, random), _some(OBJECTS, 2, random)
    return names, [f"{colour} {thing}" for colour, thing in zip(colours, objects, strict=True)], _between(0, 1, random)


def _what(random: Random) -> Question:
    names, things, at = _belongings(random)
    text = _one(("{} has a {}. {} has a {}. What does {} have?", "{} has a {} and {} has a {}. What does {} have?"), random)
    return text.format(names[0], things[0], names[1], things[1], names[at]), f"a {things[at]}"


def _who(random: Random) -> Question:
    names, things, at = _belongings(random)
    text = _one(("{} has a {}. {} has a {}. Who has the {}?", "{} has a {} and {} has a {}. Who has the {}?"), random)
    return text.format(names[0], things[0], names[1], things[1], things[at]), names[at]


def _where(random: Random) -> Question:
    places, (_, things, at) = _some(PLACES, 2, random), _belongings(random)
    text = _one(("The {} is in the {}. The {} is in the {}. Where is the {}?",), random)
    return text.format(things[0], places[0], things[1], places[1], things[at]), f"in the {places[at]}"


VARIANTS: Mapping[str, Sequence[Variant]] = {
    "repeat": tuple(_repeat(count) for count in range(2, 6)),
    "reverse": tuple(_reverse(count) for count in range(2, 5)),
    "sort": (_sort(3), _sort(4)),
    "add": (_add,),
    "larger": (_extreme(LARGER, max), _extreme(SMALLER, min)),
    "count": tuple(_count(count) for count in range(2, 8)),
    "pick": tuple(_pick(ordinal) for ordinal in ORDINALS),
    "contains": (_contains(True), _contains(False)),
    "opposite": (_opposite,),
    "plural": (_plural,),
    "kind": (_kind,),
    "reading": (_what, _who, _where),
}
"""Skill to its forms."""

SKILLS = tuple(VARIANTS)
"""The skills, which are the slices."""

HEADER = """\
role = "general"                  # what must not be forgotten
prompt.user = "{{ input }}"       # every system gets the bare question: no system prompt, no worked examples

[graders.same_text]
kind = "exact_match"
normalize = ["strip", "casefold"]
"""


class GeneralNano:
    """Draws the evalset."""

    slices: ClassVar[tuple[str, ...]] = SKILLS
    n_per_slice: ClassVar[int] = 70
    max_n_per_slice: ClassVar[int] = 200
    max_seed: ClassVar[int] = 2**32 - 1
    header: ClassVar[str] = HEADER

    def about(self) -> str:
        """Return the page on the evalset."""
        return (resources.files("tuneproof.generators") / "_general_nano.md").read_text("utf-8")

    def rows(self, seed: int, n_per_slice: int) -> list[dict[str, Any]]:
        """Return the rows, the skills in turn; no two have the same input. A smaller set of a seed begins the larger one.

        Raises:
            InputError: for a seed or a size out of range.
        """
        for name, value, low, high in (("seed", seed, 0, self.max_seed), ("n_per_slice", n_per_slice, 1, self.max_n_per_slice)):
            if not low <= value <= high:
                raise InputError(Problem(where="general-nano", what=f"{name} is {value}", expected=f"{low} to {high}"))
        random = Random(seed)  # noqa: S311 - made-up questions, no secrets
        known, found = set[str](), list[dict[str, Any]]()
        for index in range(n_per_slice):
            for skill, variants in VARIANTS.items():
                text, answer = variants[index % len(variants)](random)
                while text in known:
                    text, answer = variants[index % len(variants)](random)
                known.add(text)
                found.append({"id": f"{skill}-{index + 1:03d}", "input": text, "expected": answer, "slices": [skill]})
        return found


PLUGIN: type[Generator] = GeneralNano
