"""People's labels as their files hold them.

A row names the answer (`id` and, where several could be meant, `evalset`, `system`, `repeat`), or holds the `item` of a sheet
that we wrote (`sheet_rows`). An item is a digest over the texts that were shown, so a label can never stick to a changed
answer. What cannot be meant is an error; what no answer is there for is counted and told.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.core.example import Evalset, Example
from tuneproof.core.judging import Choice, HumanFile
from tuneproof.core.protocols import Workspace
from tuneproof.core.row import NAMED_FIELDS, RowError, shown
from tuneproof.stages._items import Cell, bare_item
from tuneproof.stages._label_rows import Entry, MenuNames, Said, entries, name_of, repeat_of, second_labels

META = "human"
"""The field of an evalset's own rows that holds labels where the grader names no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What people were asked, and about whose answers."""

    grader: str
    """Name of the grader whose menu they used."""
    human: HumanFile | None
    """Their file; None where labels stand in the evalsets' own rows, or nowhere."""
    menu: tuple[Choice, ...]
    """What they chose from."""
    turned: Mapping[str, str]
    """What each choice is called when the two answers change places; empty where one answer is looked at."""
    against: str | None
    """The system that pairs are formed with; None where one answer is looked at."""
    evalsets: Mapping[str, Evalset]
    """Those that the grader marks, by name."""
    systems: tuple[str, ...]
    """The compared systems, in file order."""
    repeats: Mapping[str, int]
    """System to its number of repeats."""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The answers to each example that can be labelled; of pairs without the reference's own."""
        return tuple(Cell(name, repeat) for name in self.judged for repeat in range(self.repeats[name]))

    @property
    def judged(self) -> tuple[str, ...]:
        """The systems whose answers can be labelled."""
        return tuple(name for name in self.systems if name != self.against)


class Address(NamedTuple):
    """Which answer."""

    evalset: str
    """Name of the evalset."""
    example_id: str
    """Id of the example."""
    system: str
    """Name of the system."""
    repeat: int
    """Which repeat, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLabels:
    """Labels as they were read, before the answers are known."""

    asked: Asked
    """What was asked."""
    source: str
    """Where they were read, for messages."""
    stated: Mapping[Address, Sequence[Said]]
    """Labels of rows that say which answer is meant."""
    items: Mapping[str, Sequence[Said]]
    """Labels of rows of our own sheets."""
    cautions: tuple[str, ...]
    """What was noticed."""


def read_labels(asked: Asked, workspace: Workspace) -> RawLabels:
    """Read people's labels; none is no error.

    Raises:
        InputError: all that is wrong with them, by `file:line` (the first ten and a count).
    """
    reading = _Reading(asked)
    if asked.human is None:
        reading.take_examples()
        source = f"the rows of {' and '.join(asked.evalsets)}"
    else:
        source = asked.human.path
        for line, row in workspace.rows(workspace.path(source)):
            reading.take(f"{source}:{line}", row)
        reading.refuse_no_column(source)
    if reading.problems:
        raise InputError(reading.problems)
    cautions = tuple(reading.cautions(source))
    return RawLabels(asked=asked, source=source, stated=reading.stated, items=reading.items, cautions=cautions)


class _Reading:
    """The rows as far as they are read."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.column = asked.human.column if asked.human else META
        self.known = {name: {example.id for example in evalset.examples} for name, evalset in asked.evalsets.items()}
        self.names = MenuNames(asked.menu)
        self.stated: dict[Address, list[Said]] = {}
        self.items: dict[str, list[Said]] = {}
        self.problems: list[Problem] = []
        self.strangers: list[str] = []
        self.elsewhere: Counter[str] = Counter()
        self.rows = self.labels = self.of_others = 0
        self.fields: tuple[str, ...] | None = ()
        """Of the first row, until a row has a column of labels."""

    def take(self, where: str, row: Mapping[str, Any]) -> None:
        """Read one row of a file."""
        self.rows += 1
        try:
            grader = name_of(row, "grader")
            if grader not in (None, self.asked.grader):
                self.of_others += 1
            elif said := self._said(where, list(entries(row, self.column)), tuple(row)):
                self._place(where, row, said)
        except RowError as error:
            self._refuse(where, error)

    def take_examples(self) -> None:
        """Read the rows of the evalsets."""
        for name, evalset in self.asked.evalsets.items():
            for example in evalset.examples:
                if META in example.meta:
                    self._take_example(name, example, evalset.where(example))

    def _take_example(self, evalset: str, example: Example, where: str) -> None:
        try:
            if said := self._said(where, list(entries({META: example.meta[META]}, META)), (META,)):
                self._put(self.stated, self._address({}, evalset, example.id), said)
        except RowError as error:
            self._refuse(where, error)

    def _said(self, where: str, found: list[Entry], fields: tuple[str, ...]) -> list[Said]:
        """Return the labels of a row, without the empty ones."""
        if found:
            self.fields = None
        elif self.fields == ():
            self.fields = fields
        said: list[Said] = []
        for entry in found:
            try:
                choice = self.names.read(entry)
            except RowError as error:
                self._refuse(where, error)
                continue
            if choice is not None:
                said.append(Said(entry.rater, choice, where, self.labels))
                self.labels += 1
        return said

    def _refuse(self, where: str, error: RowError) -> None:
        hint = "" if self.asked.human else "the evalset's own field is read, unless the grader's `human` names a file"
        self.problems.append(Problem(where=where, what=error.what, expected=error.expected, hint=hint))

    def _place(self, where: str, row: Mapping[str, Any], said: list[Said]) -> None:
        """Put the labels of a row where they belong."""
        item, example_id = name_of(row, "item"), name_of(row, "id")
        if item is not None and (example_id is None or bare_item(item)):
            bare = bare_item(item)
            if bare is None:
                raise RowError(f"item is {shown(item)}", "as the sheet was written: i and 16 hexadecimal digits")
            self._put(self.items, bare, said)
        elif example_id is None:
            raise RowError("the row has neither item nor id", "which answer was labelled")
        elif evalset := self._evalset(where, example_id, name_of(row, "evalset")):
            self._put(self.stated, self._address(row, evalset, example_id), said)

    def _evalset(self, where: str, example_id: str, named: str | None) -> str | None:
        """Return the evalset that a row is about; None where no answer can be meant, which is counted."""
        if named is not None and named not in self.known:
            self.elsewhere[named] += 1
            return None
        holders = [name for name in ([named] if named is not None else self.known) if example_id in self.known[name]]
        if len(holders) > 1:
            raise RowError(f"id {shown(example_id)} without evalset", f"one of {', '.join(holders)}")
        if not holders:
            self.strangers.append(f"{shown(example_id)} at {where}")
        return holders[0] if holders else None

    def _address(self, row: Mapping[str, Any], evalset: str, example_id: str) -> Address:
        """Return which answer to an example a row is about."""
        judged, system = self.asked.judged, name_of(row, "system")
        if system is None:
            if len(judged) != 1:
                raise RowError("whose answer was labelled is not said", f"a system: one of {', '.join(judged)}")
            system = judged[0]
        elif system not in judged:
            if system == self.asked.against:
                what = f"system is {shown(system)}, which pairs are formed with"
                raise RowError(what, f"the other one: {', '.join(judged)}")
            raise RowError(*unknown_name("system", system, judged))
        repeat, repeats = repeat_of(row), self.asked.repeats[system]
        if repeat is None and repeats > 1:
            raise RowError(
                f"which of the {repeats} answers of {system} was labelled is not said", f"repeat: 0 to {repeats - 1}"
            )
        if repeat is not None and repeat >= repeats:
            raise RowError(f"repeat is {repeat}", f"0 to {repeats - 1} for {system}")
        return Address(evalset, example_id, system, repeat or 0)

    def _put(self, shelf: dict[Any, list[Said]], key: Address | str, said: list[Said]) -> None:
        held = shelf.setdefault(key, [])
        for one in said:
            self.problems += second_labels(held, one)
            held.append(one)

    def refuse_no_column(self, source: str) -> None:
        """Refuse a file without labels: a column of another name would go unnoticed.

        Fields that examples have may be there all the same: rows of CSV files leave them out where they are empty.
        """
        if self.fields and self.column not in NAMED_FIELDS:
            what = f"no column {self.column!r}, its columns: {', '.join(map(shown, self.fields[:20]))}"
            self.problems.append(Problem(where=source, what=what, expected="the choices, or `column` for another name"))

    def cautions(self, source: str) -> Iterator[str]:
        """Yield what was noticed."""
        if self.strangers:
            rows = "labelled row has an id" if len(self.strangers) == 1 else "labelled rows have ids"
            first = f"(first: {self.strangers[0]})"
            yield f"{source}: {len(self.strangers)} {rows} that no evalset of {self.asked.grader} holds {first}"
        for name, count in self.elsewhere.items():
            yield f"{source}: {count} labelled rows are for evalset {shown(name)}, which {self.asked.grader} does not mark"
        if self.asked.human is not None and not self.labels:
            others = f", {self.of_others} are for other graders" if self.of_others else ""
            yield f"{source}: none of {self.rows} rows holds a label for {self.asked.grader}{others}"
