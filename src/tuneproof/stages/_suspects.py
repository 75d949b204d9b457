"""Suspects: systems that may please a judge without answering, found while their answers stream by.

One text for every question, or the question said back, can win a judge's favour. Both are counted from the answers themselves,
so that no judge has to notice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from tuneproof.core.example import Example
from tuneproof.stages._user_text import short

LEAST_ANSWERS = 20
"""Fewer equal answers may well agree by chance."""
CONSTANT_SHARE = 0.9
"""One text in so large a share of a system's answers is one text for everything."""
COPY_SHARE = 0.5
"""Questions said back in so large a share of the answers are worth a sentence."""
LEAST_QUESTION = 20
"""A shorter question, in characters, may stand in an honest answer."""
TEXTS_COUNTED = 1024
"""Different texts counted at a time; of more, a count may be too low by one in so many answers, never too high."""


@dataclass(slots=True)
class _Habit:
    """What one system's answers to one evalset have in common."""

    answers: int = 0
    """Answers that came."""
    counts: dict[bytes, int] = field(default_factory=dict)
    """Digest of a text to how often it came: the most frequent ones (Misra & Gries 1982)."""
    shown: dict[bytes, str] = field(default_factory=dict)
    """Digest to the start of its text, for the few that can still be the constant one."""
    questions: int = 0
    """Answers to questions that are long enough to be told from chance."""
    copies: int = 0
    """Those that hold the whole question."""

    def add(self, question: tuple[str, ...], text: str) -> None:
        self.answers += 1
        flat = _flat(text)
        self._count(blake2b(flat.encode("utf-8", "surrogatepass"), digest_size=16).digest(), text)
        if sum(map(len, question)) >= LEAST_QUESTION:
            self.questions += 1
            self.copies += all(part in flat for part in question)

    def _count(self, mark: bytes, text: str) -> None:
        if mark in self.counts:
            self.counts[mark] += 1
        elif len(self.counts) < TEXTS_COUNTED:
            self.counts[mark] = 1
            self.shown[mark] = short(text, 40)
        else:
            self.counts = {held: count - 1 for held, count in self.counts.items() if count > 1}
            self.shown = {held: self.shown[held] for held in self.counts}

    @property
    def most(self) -> tuple[int, str]:
        """How often the most frequent text came, and how it starts."""
        mark = max(self.counts, key=lambda held: self.counts[held], default=None)
        return (0, "") if mark is None else (self.counts[mark], self.shown[mark])

    @property
    def is_constant(self) -> bool:
        """Whether one text stands for nearly all answers."""
        return self.answers >= LEAST_ANSWERS and self.most[0] >= CONSTANT_SHARE * self.answers

    @property
    def copies_questions(self) -> bool:
        """Whether most answers hold their question."""
        return self.questions > 0 and self.copies >= COPY_SHARE * self.questions


class Suspects:
    """Counts what each system says on each evalset: digests and counts, no texts but the first words of a few."""

    def __init__(self) -> None:
        self._habits: dict[str, dict[str, _Habit]] = {}

    def add(self, evalset: str, example: Example, system: str, text: str) -> None:
        """Count one answer; feed every one that came, of every repeat."""
        self._habits.setdefault(evalset, {}).setdefault(system, _Habit()).add(_question(example), text)

    def cautions(self) -> dict[str, tuple[str, ...]]:
        """Return evalset name to one sentence a suspect; empty where all is as it should be."""
        return {evalset: (*_constant(habits), *_copying(habits)) for evalset, habits in self._habits.items()}


def _constant(habits: Mapping[str, _Habit]) -> list[str]:
    """Return who answers everything alike while another system does not; where all do, the task asks for it."""
    odd = [system for system, habit in habits.items() if habit.is_constant]
    others = [system for system in habits if system not in odd and habits[system].answers >= LEAST_ANSWERS]
    return [_told_constant(system, habits[system], [(name, habits[name]) for name in others]) for system in odd if others]


def _told_constant(system: str, habit: _Habit, others: list[tuple[str, _Habit]]) -> str:
    count, text = habit.most
    told = ", ".join(f"{short(name)}: {held.most[0]:,} of {held.answers:,}" for name, held in others)
    what = f"{count:,} of {habit.answers:,} answers of {short(system)} are one text"
    return f"{what} ({text!r}; most frequent text of {told}): a judge that likes it likes it everywhere"


def _copying(habits: Mapping[str, _Habit]) -> list[str]:
    return [_told_copying(system, habits) for system, habit in habits.items() if habit.copies_questions]


def _told_copying(system: str, habits: Mapping[str, _Habit]) -> str:
    habit = habits[system]
    others = [(name, held) for name, held in habits.items() if name != system and held.questions]
    told = "; ".join(f"{short(name)}: {held.copies:,} of {held.questions:,}" for name, held in others)
    what = f"{habit.copies:,} of {habit.questions:,} answers of {short(system)} hold the whole question"
    return f"{what}{f' ({told})' if told else ''}: a judge may take the question said back for an answer"


def _question(example: Example) -> tuple[str, ...]:
    """Return the texts of a question: its input, each text of an object, or the last message of the user."""
    if example.messages is not None:
        asked = [message.get("content") for message in example.messages if message.get("role") == "user"][-1:]
    elif isinstance(example.inputs, Mapping):
        asked = list(example.inputs.values())
    else:
        asked = [example.inputs]
    return tuple(flat for text in asked if isinstance(text, str) and (flat := _flat(text)))


def _flat(text: str) -> str:
    """Return a text without differences of case and space."""
    return " ".join(text.split()).casefold()
