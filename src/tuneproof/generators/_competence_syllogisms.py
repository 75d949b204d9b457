"""Syllogisms about things that do not exist, for the slice `logic`: yes, no, or unknown.

A world is known by which kinds of individuals live in it, where an individual is told by the classes it belongs to: with three
classes, eight kinds and 256 worlds. A statement follows where it holds in every world in which the premises hold. The worlds
are not counted one by one: `all` and `no` rule kinds of individuals out, `some` asks for one of those left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from tuneproof.generators._competence_draw import Draw, Question, Variant
from tuneproof.generators._competence_words import NAMES, NONSENSE, TOWNS

VERDICT_ONLY = (
    "Answer with yes, no or unknown only.",
    'Reply with one word: "yes", "no" or "unknown".',
    "Give only one of these answers: yes, no, unknown.",
)


@dataclass(frozen=True, slots=True)
class Statement:
    """`all`, `no`, `some`, or `some not`: the first class and the second."""

    form: str
    """Which of the four."""
    first: int
    """Number of the first class."""
    second: int
    """Number of the second class."""

    def kinds(self, classes: int) -> frozenset[tuple[bool, ...]]:
        """Return the kinds of individuals that it rules out (`all`, `no`), or of which it says that there are some."""
        inside = self.form in ("no", "some")
        every = product((True, False), repeat=classes)
        return frozenset(kind for kind in every if kind[self.first] and kind[self.second] == inside)

    def words(self, names: Sequence[str]) -> str:
        """Return it in words, as a sentence without its stop."""
        one, other = names[self.first], names[self.second]
        return {
            "all": f"All {one} are {other}",
            "no": f"No {one} are {other}",
            "some": f"Some {one} are {other}",
            "some not": f"Some {one} are not {other}",
        }[self.form]

    def question(self, names: Sequence[str]) -> str:
        """Return the question whether it is so."""
        one, other = names[self.first], names[self.second]
        return {
            "all": f"Are all {one} {other}?",
            "no": f"Is it true that no {one} are {other}?",
            "some": f"Are there {one} that are {other}?",
            "some not": f"Are there {one} that are not {other}?",
        }[self.form]


OPPOSITE = {"all": "some not", "some not": "all", "no": "some", "some": "no"}
"""A form to the one that is true where it is false."""
RULING_OUT = ("all", "no")


def follows(premises: Sequence[Statement], asked: Statement, classes: int) -> bool:
    """Return whether a statement is true in every world of the premises in which every class has a member."""
    ruled_out = frozenset[tuple[bool, ...]]().union(*(one.kinds(classes) for one in premises if one.form in RULING_OUT))
    if asked.form in RULING_OUT:
        return asked.kinds(classes) <= ruled_out
    return any(one - ruled_out <= asked.kinds(classes) for one in _needed(premises, classes))


def consistent(premises: Sequence[Statement], classes: int) -> bool:
    """Return whether there is a world in which all of the premises hold and every class has a member."""
    ruled_out = frozenset[tuple[bool, ...]]().union(*(one.kinds(classes) for one in premises if one.form in RULING_OUT))
    return all(one - ruled_out for one in _needed(premises, classes))


def _needed(premises: Sequence[Statement], classes: int) -> list[frozenset[tuple[bool, ...]]]:
    """Return sets of kinds, of each of which there is an individual."""
    every = list(product((True, False), repeat=classes))
    members = [frozenset(kind for kind in every if kind[place]) for place in range(classes)]
    return [one.kinds(classes) for one in premises if one.form not in RULING_OUT] + members


def verdict(premises: Sequence[Statement], asked: Statement, classes: int) -> str:
    """Return yes, no or unknown."""
    if follows(premises, asked, classes):
        return "yes"
    return "no" if follows(premises, Statement(OPPOSITE[asked.form], asked.first, asked.second), classes) else "unknown"


def _statement(draw: Draw, first: int, second: int) -> Statement:
    one, other = (first, second) if draw.chance(0.6) else (second, first)
    return Statement(draw.one(("all", "all", "all", "no", "some", "some not")), one, other)


def _asked(answer: str, classes: int) -> Variant:
    def ask(draw: Draw) -> Question:
        links = draw.shuffled((place, place + 1) for place in range(classes - 1))
        premises = [_statement(draw, first, second) for first, second in links]
        one, other = draw.shuffled((0, classes - 1))
        asked = Statement(draw.one(tuple(OPPOSITE)), one, other)
        trivial = any(
            verdict(premises[:at] + premises[at + 1 :], asked, classes) == answer != "unknown" for at in range(len(premises))
        )
        if not consistent(premises, classes) or trivial or verdict(premises, asked, classes) != answer:
            return ask(draw)
        names = draw.some(NONSENSE, classes)
        told = draw.say(
            "{name} keeps a list of the creatures of {town}, where there is at least one of each kind named here. {said}. "
            "{ask}",
            "Take these statements from {name} in {town} as true, and there being at least one of each kind: {said}. {ask}",
            name=draw.one(NAMES), town=draw.one(TOWNS), said=". ".join(one.words(names) for one in premises),
            ask=asked.question(names),
        )  # fmt: skip
        told = f"{told} If the statements do not settle it, the answer is unknown. {draw.one(VERDICT_ONLY)}"
        return Question(text=told, expected=answer, grader="verdict", shown=True)

    return ask


def syllogism(answer: str) -> Variant:
    """Return a question with two premises."""
    return _asked(answer, 3)


def chained(answer: str) -> Variant:
    """Return a question with four premises."""
    return _asked(answer, 5)


CONDITIONS = (
    ("it rains in {town}", "it does not rain in {town}", "the market is closed", "the market is not closed"),
    ("the flag is up", "the flag is not up", "the pool in {town} is open", "the pool in {town} is not open"),
    ("the red lamp is on", "the red lamp is not on", "the pump in {town} is running", "the pump in {town} is not running"),
    ("{name} is at home in {town}", "{name} is not at home in {town}", "the dog is quiet", "the dog is not quiet"),
    ("the bell has rung", "the bell has not rung", "{name} has left {town}", "{name} has not left {town}"),
    ("{name} has the key", "{name} does not have the key", "the gate of {town} is locked", "the gate of {town} is not locked"),
    ("the soup is hot", "the soup is not hot", "{name} waits in {town}", "{name} does not wait in {town}"),
)
"""A condition, its opposite, a consequence, its opposite."""


def conditional(answer: str) -> Variant:
    """Return a question with one condition and one fact: the two valid steps, and the two tempting ones that settle nothing."""

    def ask(draw: Draw) -> Question:
        (name, witness, friend), town = draw.some(NAMES, 3), draw.one(TOWNS)
        cause, no_cause, effect, no_effect = (text.format(name=name, town=town) for text in draw.one(CONDITIONS))
        fact, what = draw.one(
            {
                "yes": ((cause, effect), (no_effect, no_cause)),
                "no": ((cause, no_effect), (no_effect, cause)),
                "unknown": ((no_cause, effect), (effect, cause)),
            }[answer]
        )
        told = draw.say(
            "{witness} tells {friend}: if {cause}, then {effect}. {friend} finds out that {fact}. Does it follow that {what}?",
            "{witness} and {friend} know two things. First, whenever {cause}, {effect}. Second, {fact}. Is it true that "
            "{what}?",
            "{witness} gives {friend} a rule that always holds: if {cause}, {effect}. Now {fact}. Is it so that {what}?",
            cause=cause, effect=effect, fact=fact, witness=witness, friend=friend, what=what,
        )  # fmt: skip
        told = f"{told} If that cannot be known from this alone, the answer is unknown. {draw.one(VERDICT_ONLY)}"
        return Question(text=told, expected=answer, grader="verdict", shown=True)

    return ask
