"""People's labels find the answers that they are for; those that find none are told."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tuneproof.core.completion import Reply
from tuneproof.core.errors import InputError, Problem
from tuneproof.core.judging import HumanLabel
from tuneproof.stages._items import Cell, item_of, shown_texts
from tuneproof.stages._label_reading import Address, Asked, RawLabels
from tuneproof.stages._label_rows import Said, second_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Labels with their addresses."""

    labels: list[HumanLabel]
    """In the order of the file; of pairs in the given order."""
    lacking: frozenset[Address]
    """Answers that nobody could label: they, or their partners, did not come back."""
    cautions: list[str]
    """What the reader must know."""


def resolve(raw: RawLabels, groups: Iterable[Sequence[Reply]]) -> Resolved:
    """Find the answers that labels are for.

    Args:
        raw: The labels.
        groups: All answers to one example, of every system and repeat; streamed, never held.

    Raises:
        InputError: for an answer that one rater labelled twice.
    """
    settling = _Settling(raw)
    for group in groups:
        settling.take(group)
    return settling.resolved()


def unanswered(asked: Asked, groups: Iterable[Sequence[Reply]]) -> frozenset[Address]:
    """Return the answers that nobody can label: they, or their partners, did not come back.

    Args:
        asked: What people are asked.
        groups: As for `resolve`, which finds the same on its way.
    """
    none = RawLabels(asked=asked, source="", stated={}, items={}, cautions=())
    return resolve(none, groups).lacking


class _Settling:
    """Labels as far as their answers are found."""

    def __init__(self, raw: RawLabels) -> None:
        self.raw = raw
        self.cells = raw.asked.cells
        self.lost = dict(raw.items)
        self.found = {address: list(said) for address, said in raw.stated.items()}
        self.lacking: set[Address] = set()
        self.seen = 0
        self.problems: list[Problem] = []

    def take(self, group: Sequence[Reply]) -> None:
        """Look at all answers to one example."""
        asked, first = self.raw.asked, group[0]
        if first.evalset not in asked.evalsets:
            return
        self.seen += 1
        at = first.evalset, first.example.id
        texts = shown_texts(group, asked.against)
        self.lacking.update(Address(*at, *cell) for cell in self.cells if cell not in texts)
        if self.lost:
            for cell in self.cells:
                if cell in texts:
                    self._claim(Address(*at, *cell), texts[cell])

    def _claim(self, address: Address, texts: tuple[str, ...]) -> None:
        """Give an answer the labels of its item; of pairs also those where the other was shown first."""
        at, cell = address[:2], Cell(*address[2:])
        for shown_order in dict.fromkeys((texts, texts[::-1])):
            item = item_of(self.raw.asked.grader, at, cell, shown_order)
            for said in self.lost.pop(item, ()):
                choice = said.choice if shown_order == texts else self.raw.asked.turned[said.choice]
                held = self.found.setdefault(address, [])
                self.problems += second_labels(held, said)
                held.append(said._replace(choice=choice))

    def resolved(self) -> Resolved:
        """Return the labels in the order of the file."""
        if self.problems:
            raise InputError(self.problems)
        ranked = sorted(
            (said.rank, address, said) for address, held in self.found.items() if address not in self.lacking for said in held
        )
        grader = self.raw.asked.grader
        return Resolved(
            labels=[_label(address, grader, said) for _, address, said in ranked],
            lacking=frozenset(self.lacking),
            cautions=[*self.raw.cautions, *self._cautions()],
        )

    def _cautions(self) -> Iterator[str]:
        if self.lost:
            said = [one for held in self.lost.values() for one in held]
            is_whole = self.seen >= sum(len(evalset.examples) for evalset in self.raw.asked.evalsets.values())
            why = "the answers changed since they were labelled" + ("" if is_whole else ", or were not asked for now")
            yield f"{_are_for(self.raw.source, said)} that are not these: {why}"
        missing = [one for address, held in self.found.items() if address in self.lacking for one in held]
        if missing:
            yield f"{_are_for(self.raw.source, missing)} that did not come back"


def _are_for(source: str, said: Sequence[Said]) -> str:
    first = min(said, key=lambda one: one.rank).where
    return f"{source}: {len(said)} labels (the first: {first}) are for answers"


def _label(address: Address, grader: str, said: Said) -> HumanLabel:
    return HumanLabel(**address._asdict(), grader=grader, rater=said.rater, choice=said.choice)
