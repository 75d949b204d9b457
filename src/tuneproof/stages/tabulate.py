"""Stage 7, tabulate: scores become dense tables, the same examples for every system.

What is missing has a place in the table. Nothing leaves the denominator, and no comparison is unpaired.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tuneproof.core.example import Evalset
from tuneproof.core.judging import NOT_JUDGED, PREFIX, Choice, Chosen
from tuneproof.core.score import Score
from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray
from tuneproof.stats.table import ScoreTable

UNPARSED, MISSING = -1, -2
"""Codes of a predicted label: an answer that names none, and no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """All scores of one evalset under one grader (or under each example's own)."""

    scores: ScoreTable
    """The marks."""
    asked: BoolArray
    """bool[examples]: this grader is to mark the example."""
    ungradable: BoolArray
    """bool[systems, examples]: an answer is there that could not be marked."""
    measures: Mapping[str, ScoreTable]
    """The grader's 0/1 counts (`valid`), as tables of their own."""
    gold: IntArray | None
    """int64[examples]: label index, for corpus metrics; None for others."""
    fields: FloatArray | None
    """float64[systems, 3]: fields right, wrong or surplus, wrong or missing, summed over answers; None for other graders."""
    predicted: IntArray | None
    """int64[systems, examples, repeats]: label index, UNPARSED or MISSING; None where the grader has no labels."""
    readings: Mapping[str, IntArray] = field(default_factory=dict)
    """For judges: name of a count (`core.judging.choice_count`, `chars`, `flip`, ...) to int64[systems, examples, repeats]; a
    choice is an index into the menu, `NO_CHOICE` or `NOT_JUDGED`. Empty for all other graders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Everything that was scored."""

    columns: Mapping[tuple[str, str | None], Column]
    """(evalset, grader) to its column; grader None is each example's own."""
    absent: Mapping[str, BoolArray]
    """Evalset name to bool[systems, examples]: at least one answer did not come back."""
    systems: tuple[str, ...]
    """Rows of all tables."""
    unmarked: Mapping[tuple[str, str], tuple[int, str]]
    """(evalset, grader) to the number of answers that it could not mark, and the first reason."""
    people: Mapping[tuple[str, str | None], "People | None"] = field(default_factory=dict)
    """(evalset, grader) of every column whose marks come from judges, to what people said of the same answers; None where they
    said nothing. Columns that are not here hold no mark of a judge."""
    menus: Mapping[tuple[str, str], "Menu"] = field(default_factory=dict)
    """(evalset, grader) of every grader that asks judges, to what they choose from: readings are compared with people by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """What the judges of one grader choose from, and who they are."""

    choices: tuple[Choice, ...]
    """The closed menu; readings are indices into it."""
    is_ordinal: bool
    """Whether it is a scale, so that a near miss is less than a far one."""
    against: str | None
    """The system that pairs are formed with; None where one answer is looked at."""
    judges: tuple[str, ...]
    """Names of the judges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What people said of the answers of one evalset, in the menu of one grader."""

    raters: tuple[str, ...]
    """Who labelled, in order of appearance; one empty name where it is one person without a name."""
    choices: IntArray
    """int64[raters, systems, examples, repeats]: index into the menu, or `NOT_JUDGED`."""
    scores: ScoreTable
    """Mean over raters of what their choices are worth; of pairs, the reference's own is 0.5 by definition."""
    chosen: Chosen
    """How the labelled answers were chosen."""


def tabulate(
    scores: Iterable[Score], evalsets: Mapping[str, Evalset], repeats: Mapping[str, int], measures: Sequence[str] = ("valid",)
) -> Tables:
    """Gather scores into dense tables.

    Args:
        scores: In any order; streamed, never held.
        evalsets: By name.
        repeats: System name to its number of repeats; its keys are the rows of every table.
        measures: Names of 0/1 counts to tabulate beside the value.
    """
    shelf = _Shelf(evalsets, repeats, tuple(measures))
    for score in scores:
        shelf.add(score)
    return shelf.tables()


class _Sheet:
    """The arrays of one column while they are filled."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.values: FloatArray = np.zeros(shape)
        self.graded: BoolArray = np.zeros(shape, dtype=bool)
        self.asked: BoolArray = np.zeros(shape[1], dtype=bool)
        self.ungradable: BoolArray = np.zeros(shape[:2], dtype=bool)
        self.measured: dict[str, tuple[FloatArray, BoolArray]] = {}
        self.fields: FloatArray | None = None
        self.gold: IntArray | None = None
        self.predicted: IntArray | None = None
        self.readings: dict[str, IntArray] = {}

    def put(self, cell: tuple[int, int, int], score: Score, measures: Sequence[str]) -> None:
        self.asked[cell[1]] = True
        if score.outcome == "ungradable":
            self.ungradable[cell[:2]] = True
        if any(name.startswith(PREFIX) for name in score.stats):
            self._put_readings(cell, score.stats)
        if score.value is None:
            return
        self.values[cell], self.graded[cell] = score.value, True
        if not score.stats:
            return
        for name in measures:
            if name in score.stats:
                values, graded = self.measured.setdefault(name, (np.zeros_like(self.values), np.zeros_like(self.graded)))
                values[cell], graded[cell] = score.stats[name], True
        if "tp" in score.stats:
            self.fields = np.zeros((self.values.shape[0], 3)) if self.fields is None else self.fields
            self.fields[cell[0]] += [score.stats[name] for name in ("tp", "fp", "fn")]
        if "gold" in score.stats:
            self._put_labels(cell, int(score.stats["gold"]), int(score.stats["predicted"]))

    def _put_readings(self, cell: tuple[int, int, int], stats: Mapping[str, float]) -> None:
        for name, count in stats.items():
            held = self.readings.get(name)
            if held is None:
                held = self.readings[name] = np.full(self.values.shape, NOT_JUDGED, dtype=np.int64)
            held[cell] = int(count)

    def _put_labels(self, cell: tuple[int, int, int], gold: int, predicted: int) -> None:
        if self.gold is None or self.predicted is None:
            self.gold = np.full(self.values.shape[1], MISSING, dtype=np.int64)
            self.predicted = np.full(self.values.shape, MISSING, dtype=np.int64)
        self.gold[cell[1]], self.predicted[cell] = gold, predicted


class _Shelf:
    """All sheets, and where a score belongs in them."""

    def __init__(self, evalsets: Mapping[str, Evalset], repeats: Mapping[str, int], measures: tuple[str, ...]) -> None:
        self.evalsets, self.repeats, self.measures = evalsets, repeats, measures
        self.rows = {name: row for row, name in enumerate(repeats)}
        self.places = {
            name: {example.id: place for place, example in enumerate(evalset.examples)} for name, evalset in evalsets.items()
        }
        self.unmarked: dict[tuple[str, str], tuple[int, str]] = {}
        self.sheets: dict[tuple[str, str | None], _Sheet] = {}
        self.absent = {name: np.zeros((len(repeats), len(places)), dtype=bool) for name, places in self.places.items()}

    def add(self, score: Score) -> None:
        row, place = self.rows[score.system], self.places[score.evalset][score.example_id]
        cell = (row, place, score.repeat)
        self._sheet(score.evalset, score.grader).put(cell, score, self.measures)
        if score.own:
            self._sheet(score.evalset, None).put(cell, score, self.measures)
        if score.outcome == "ungradable":
            count, why = self.unmarked.get((score.evalset, score.grader), (0, score.reason or "no reason given"))
            self.unmarked[score.evalset, score.grader] = (count + 1, why)
        if score.outcome == "no_completion":
            self.absent[score.evalset][row, place] = True

    def _sheet(self, evalset: str, grader: str | None) -> _Sheet:
        held = self.sheets.get((evalset, grader))
        if held is None:
            shape = (len(self.rows), len(self.places[evalset]), max(self.repeats.values(), default=1))
            held = self.sheets[evalset, grader] = _Sheet(shape)
        return held

    def tables(self) -> Tables:
        frames = {name: Frame.of(evalset, self.repeats) for name, evalset in self.evalsets.items()}
        columns = {}
        for (name, grader), sheet in self.sheets.items():
            frame = frames[name]
            columns[name, grader] = Column(
                scores=frame.table(sheet.values, sheet.graded),
                asked=sheet.asked,
                ungradable=sheet.ungradable,
                measures={measure: frame.table(*held) for measure, held in sheet.measured.items()},
                fields=sheet.fields,
                gold=sheet.gold,
                predicted=sheet.predicted,
                readings=sheet.readings,
            )
        return Tables(columns=columns, absent=self.absent, systems=tuple(self.rows), unmarked=self.unmarked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all tables of one evalset share."""

    systems: tuple[str, ...]
    example_ids: tuple[str, ...]
    repeats: IntArray
    clusters: IntArray
    slices: Mapping[str, BoolArray]

    @classmethod
    def of(cls, evalset: Evalset, repeats: Mapping[str, int]) -> "Frame":
        """Return the frame of an evalset; the keys of `repeats` are the rows."""
        clusters: dict[str, int] = {}
        slices = {name: np.zeros(len(evalset.examples), dtype=bool) for name in evalset.slice_sizes()}
        for place, example in enumerate(evalset.examples):
            clusters.setdefault(example.cluster, len(clusters))
            for name in example.slices:
                slices[name][place] = True
        return cls(
            systems=tuple(repeats),
            example_ids=tuple(example.id for example in evalset.examples),
            repeats=np.array(list(repeats.values()), dtype=np.int64),
            clusters=np.array([clusters[example.cluster] for example in evalset.examples], dtype=np.int64),
            slices=slices,
        )

    def table(self, values: FloatArray, graded: BoolArray) -> ScoreTable:
        """Return scores as a table."""
        return ScoreTable(
            systems=self.systems,
            example_ids=self.example_ids,
            values=values,
            graded=graded,
            repeats=self.repeats,
            clusters=self.clusters,
            slices=self.slices,
        )
