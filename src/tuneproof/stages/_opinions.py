"""What judges and people think of the same answers, one row an answer: what every figure about a judge is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from tuneproof.core.completion import Order
from tuneproof.core.judging import NOT_JUDGED, Choice, choice_count
from tuneproof.stages._user_text import short
from tuneproof.stages.tabulate import Menu, Tables
from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray

_SAME = 1e-9
"""Scores closer than that differ by rounding only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions:
    """All answers of one evalset that one grader's judges are to mark; of pairs without the reference's own."""

    menu: Menu
    """What could be chosen."""
    systems: tuple[str, ...]
    """Names."""
    example_ids: tuple[str, ...]
    """Names."""
    place: IntArray
    """int64[systems, examples, repeats]: row of the answer, or -1."""
    system: IntArray
    """int64[answers]: index of the system."""
    example: IntArray
    """int64[answers]: index of the example."""
    clusters: IntArray
    """int64[answers]: cluster of the example."""
    slices: dict[str, BoolArray]
    """Slice name to bool[answers]."""
    marks: FloatArray
    """float64[answers]: the settled mark; NaN where there is none."""
    human: FloatArray
    """float64[answers]: mean over raters of what their choices are worth; NaN where nobody labelled."""
    raters: tuple[str, ...]
    """Who labelled."""
    labels: IntArray
    """int64[raters, answers]: index into the menu, as of pairs in the given order; negative where there is none."""
    readings: dict[str, IntArray]
    """Name of a count to int64[answers]."""

    @classmethod
    def of(cls, tables: Tables, key: tuple[str, str]) -> Self:
        """Gather what is known of the answers that one grader marks on one evalset."""
        column, menu, people = tables.columns[key], tables.menus[key], tables.people.get(key)
        table = column.scores
        there: BoolArray = np.zeros(table.values.shape, dtype=bool)
        there |= column.asked[None, :, None] & (np.arange(there.shape[2]) < table.repeats[:, None])[:, None, :]
        if menu.against in table.systems:
            there[table.systems.index(menu.against)] = False
        place = np.full(there.shape, -1, dtype=np.int64)
        place[there] = np.arange(int(there.sum()))
        system, example, _ = np.nonzero(there)
        nothing = np.full(system.size, np.nan)
        return cls(
            menu=menu,
            systems=table.systems,
            example_ids=table.example_ids,
            place=place,
            system=system,
            example=example,
            clusters=table.clusters[example],
            slices={name: members[example] for name, members in table.slices.items()},
            marks=np.where(table.graded[there], table.values[there], np.nan),
            human=np.where(people.scores.graded[there], people.scores.values[there], np.nan) if people else nothing,
            raters=people.raters if people else (),
            labels=people.choices[:, there] if people else np.zeros((0, system.size), dtype=np.int64),
            readings={name: held[there] for name, held in column.readings.items()},
        )

    @property
    def is_pairwise(self) -> bool:
        """Whether two answers were shown."""
        return self.menu.against is not None

    @property
    def labelled(self) -> BoolArray:
        """bool[answers]: somebody labelled it."""
        return np.asarray((self.labels >= 0).any(axis=0), dtype=np.bool_)

    @property
    def asked(self) -> BoolArray:
        """bool[answers]: a judge was asked about it, whether it chose or not."""
        held = [self.count(choice_count(judge)) != NOT_JUDGED for judge in self.menu.judges]
        return np.asarray(np.any(held, axis=0), dtype=np.bool_)

    def count(self, name: str) -> IntArray:
        """Return int64[answers] of a count; `NOT_JUDGED` where judges were not asked."""
        held = self.readings.get(name)
        return np.full(self.system.size, NOT_JUDGED, dtype=np.int64) if held is None else held

    def shown(self, judge: str, order: Order) -> IntArray:
        """Return int64[answers]: what a judge chose, as the two answers were shown; negative where it chose nothing."""
        return self.count(choice_count(judge, order))

    def choices(self, judge: str, order: Order = "given") -> IntArray:
        """Return int64[answers]: what a judge chose, turned back to the given order, in which people choose too."""
        held = self.shown(judge, order)
        return held if order == "given" else np.where(held >= 0, turned(self.menu.choices)[held], held)

    def worth(self, choices: IntArray) -> FloatArray:
        """Return float64: what choices in the given order are worth to the system that is marked; NaN for none."""
        scores = np.array([choice.score for choice in self.menu.choices])
        held = scores[np.maximum(choices, 0)]
        return np.where(choices >= 0, 1.0 - held if self.is_pairwise else held, np.nan)

    def own_marks(self, judge: str) -> FloatArray:
        """Return float64[answers]: one judge's own mark, over both orders of pairs; NaN where it chose nothing."""
        given = self.worth(self.choices(judge))
        return (given + self.worth(self.choices(judge, "swapped"))) / 2.0 if self.is_pairwise else given

    def settled(self) -> tuple[IntArray, str]:
        """Return int64[answers], the choice that the settled mark stands for, and what the reader must know of it.

        Negative where there is no mark of a judge. A mean of judges, or of two orders, need not be worth any choice: it stands
        for the nearest one. In the middle of two it stands for the lower one of a scale, else for neither: then the index is K,
        that of a choice beyond the menu, which agrees with nobody.
        """
        worth = self.worth(np.arange(len(self.menu.choices)))
        order = np.argsort(worth, kind="stable")
        known = ~np.isnan(self.marks) & self.asked
        gaps = np.where(known[:, None], np.abs(self.marks[:, None] - worth[order]).round(9), np.inf)
        middles = ((worth[order][1:] + worth[order][:-1]) / 2.0)[np.diff(worth[order]) > _SAME]
        middle = known & (np.abs(self.marks[:, None] - middles) < _SAME).any(axis=1)
        chosen = np.where(known, order[gaps.argmin(axis=1)], NOT_JUDGED)
        if not self.menu.is_ordinal:
            chosen = np.where(middle, len(self.menu.choices), chosen)
        off = int((known & (gaps.min(axis=1) > _SAME)).sum())
        if not off:
            return chosen, ""
        which = "the lower one" if self.menu.is_ordinal else "neither"
        halfway = f", in the middle of two for {which}" if middle.any() else ""
        return chosen, f"{off:,} of its marks are worth no choice and stand for the nearest{halfway}"

    def said_by_judges(self, row: int) -> str:
        """Return what judges chose of one answer, in words; of pairs both orders where they differ."""
        said = []
        for judge in self.menu.judges:
            given = self._word(int(self.choices(judge)[row]))
            other = self._word(int(self.choices(judge, "swapped")[row])) if self.is_pairwise else given
            said.append(given if given == other else f"{given} (swapped: {other})")
        return _told(self.menu.judges, said)

    def said_by_people(self, row: int) -> str:
        """Return what people chose of one answer, in words."""
        chose = [rater for rater in range(len(self.raters)) if self.labels[rater, row] >= 0]
        return _told([self.raters[rater] for rater in chose], [self._word(int(self.labels[rater, row])) for rater in chose])

    def _word(self, choice: int) -> str:
        return short(self.menu.choices[choice].name) if choice >= 0 else "no choice"


def _told(names: Sequence[str], said: Sequence[str]) -> str:
    """Return who said what; one alone needs no name."""
    return said[0] if len(said) == 1 else ", ".join(f"{short(name)}: {one}" for name, one in zip(names, said, strict=True))


def turned(menu: tuple[Choice, ...]) -> IntArray:
    """Return int64[choices]: what each choice is when the two answers change places: the one worth the opposite.

    Of several that are worth the same, the first is the first's opposite, the second the second's; a tie is its own.
    """
    rank = [sum(abs(other.score - choice.score) < _SAME for other in menu[:at]) for at, choice in enumerate(menu)]
    found = []
    for at, choice in enumerate(menu):
        opposite = [i for i, other in enumerate(menu) if abs(other.score - (1.0 - choice.score)) < _SAME]
        found.append(opposite[min(rank[at], len(opposite) - 1)] if opposite else NOT_JUDGED)
    return np.array(found, dtype=np.int64)
