"""Recorded outputs: answers that were collected elsewhere, read from files.

A row is `{"id", "output"}` and, optionally, `system`, `evalset`, `repeat`, `error`, `latency_s`, `input_tokens`,
`output_tokens`, `model`. A row with `system` answers for the systems whose `model` is that text, a row without for every
system of the provider; a row with `evalset` answers in that evalset only. The more particular row wins. An error is a missing
answer, whatever output stands beside it: a failure is never graded as a text. `output_field` names another field that holds
the answer.

Judges are asked about answers, and their rows say whose:

| field | read as | left out |
| --- | --- | --- |
| `system` | the judge's `model` | every judge of the provider |
| `answer_of` | name of the system whose answer was judged | the answer of any |
| `grader` | name of the grader that asked | any |
| `evalset`, `repeat` | of the judged answer | any evalset that has the id; 0 |
| `order` | `given` (the reference's answer was shown first) or `swapped` | `given` |
| `output` | the reply as it came | see the next two |
| `verdict` | what was chosen, where replies were read elsewhere | |
| `verdict_swapped` | what was chosen in the swapped order, already mapped back to the given one | |

The more particular row wins: `system` counts before `answer_of`, that before `grader`, that before `evalset`. A row with
verdicts answers in both orders and has no `order`; where it also has an output, that is the reply in the given order. A verdict
that is null or empty is a missing reply. What is replayed for `verdict_swapped` is the choice as a judge would have named it
then: turned round.

A row with `answer_of` or `order`, or with a verdict and neither output nor error, is a judge's alone: no compared system ever
answers with it. Any other row is an answer where a compared system of the provider reads it, and a judge's reply only where
none does.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from tuneproof.core.completion import Completion, Failure, FailureKind, Request, Subject
from tuneproof.core.errors import InputError, Problem
from tuneproof.core.example import Evalset
from tuneproof.core.protocols import LocalProvider, LocalSession, Workspace
from tuneproof.core.row import RowError, shown
from tuneproof.core.system import System
from tuneproof.providers._replay_rows import (
    JudgmentKey,
    Key,
    Row,
    Spoken,
    answer_of_row,
    is_judgment,
    judgments_of_row,
    label_of,
)


class Replay(BaseModel):
    """Answers from files."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    local: ClassVar[bool] = True
    needs_prompt: ClassVar[bool] = False

    path: str | Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    """The file of recorded outputs, or a list of them."""
    output_field: Annotated[str, Field(min_length=1)] = "output"
    """The field of a row that holds the answer."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files, as written."""
        return (self.path,) if isinstance(self.path, str) else self.path

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return the files that are missing."""
        missing = [path for path in self.paths if not workspace.path(path).is_file()]
        return [
            Problem(where=f"{where}.path", what=f"no file {path!r}", expected="a file of recorded outputs") for path in missing
        ]

    def open(self, workspace: Workspace, systems: Iterable[System], evalsets: Iterable[Evalset]) -> LocalSession:
        """Read every file once.

        Raises:
            InputError: for rows that are wrong, two rows for one question, and a model that no row is of.
        """
        asked = list(systems)
        reading = _Reading(
            paths=self.paths,
            output_field=self.output_field,
            compared=frozenset(system.model for system in asked if system.role != "judge"),
            judges=frozenset(system.model for system in asked if system.role == "judge"),
            known={evalset.name: {example.id for example in evalset.examples} for evalset in evalsets},
        )
        for file, path in enumerate(self.paths):
            for line, row in workspace.rows(workspace.path(path)):
                reading.take(file, line, row)
        reading.refuse_strangers(asked, workspace)
        return Session(rows=reading.rows, judgments=reading.judgments, said=tuple(reading.cautions()), files=reading.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Recorded answers, ready to be given."""

    rows: Mapping[Key, Row]
    """All rows of the compared systems that are asked."""
    judgments: Mapping[JudgmentKey, Spoken]
    """All replies of the judges that are asked."""
    said: tuple[str, ...]
    """What was noticed while reading."""
    files: str
    """The files, for messages."""
    _taken: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)

    def answer(self, request: Request) -> Completion:
        """Return the recorded answer to a request; a missing one is a failure, never an empty answer."""
        if request.about is not None:
            return self._reply(request, request.about)
        for system in (request.model, None):
            for evalset in (request.evalset, None):
                row = self.rows.get(Key(system, evalset, request.example.id, request.repeat))
                if row is not None:
                    return _completion(row)
        return _missing("no_row", f"no recorded output for id {request.example.id!r}, repeat {request.repeat}")

    def cautions(self) -> list[str]:
        """Return what the reader must know of the recorded outputs as a whole, up to what was asked of them so far."""
        shared = [
            f"{self.files}: rows without `answer_of` are replies about the answers of {' and '.join(sorted(systems))} alike "
            f"(judge {judge}, evalset {evalset}, grader {grader})"
            for (judge, evalset, grader), systems in self._taken.items()
            if len(systems) > 1
        ]
        return [*self.said, *shared]

    def _reply(self, request: Request, about: Subject) -> Completion:
        """Return what a judge said about one answer."""
        names = (request.model, about.system, about.grader, request.evalset)
        for model, answer_of, grader, evalset in product(*((name, None) for name in names)):
            key = JudgmentKey(model, answer_of, grader, evalset, request.example.id, request.repeat, about.order)
            spoken = self.judgments.get(key)
            if spoken is not None:
                if answer_of is None:
                    self._taken.setdefault((request.system, request.evalset, about.grader), set()).add(about.system)
                return _completion(_turned(spoken.row, about.turned) if spoken.is_mapped_back else spoken.row)
        what = f"id {request.example.id!r}, repeat {request.repeat}, answer of {about.system!r}, order {about.order}"
        return _missing("no_row", f"no recorded judgment for {what}")


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The files as far as they are read."""

    paths: tuple[str, ...]
    output_field: str
    compared: frozenset[str]
    judges: frozenset[str]
    known: Mapping[str, set[str]]
    rows: dict[Key, Row] = field(default_factory=dict)
    judgments: dict[JudgmentKey, Spoken] = field(default_factory=dict)
    recorded: Counter[str | None] = field(default_factory=Counter)
    strangers: int = 0
    first_stranger: str = ""

    @property
    def files(self) -> str:
        """The files, for messages."""
        return ", ".join(self.paths)

    def take(self, file: int, line: int, raw: Mapping[str, Any]) -> None:
        """Read one row."""
        try:
            system = label_of(raw, "system")
            self.recorded[system] += 1
            only_a_judge_can = is_judgment(raw, self.output_field)
            if _is_asked(system, self.judges) and (only_a_judge_can or not _is_asked(system, self.compared)):
                replies = judgments_of_row((file, line), raw, self.output_field, system)
                for judgment, spoken in replies if self._is_known(*replies[0]) else ():
                    self._once(self.judgments.setdefault(judgment, spoken).row, spoken.row, judgment)
            elif not only_a_judge_can:
                key, row = answer_of_row((file, line), raw, self.output_field, system)
                if self._is_known(key, row) and (system is None or system in self.compared):
                    self._once(self.rows.setdefault(key, row), row, key)
        except RowError as error:
            where = f"{self.paths[file]}:{line}"
            raise InputError(Problem(where=where, what=error.what, expected=error.expected)) from error

    def refuse_strangers(self, systems: list[System], workspace: Workspace) -> None:
        """Refuse a system that every single row belongs to another system: a typing error, not a missing answer."""
        if not self.recorded or None in self.recorded:
            return
        names = ", ".join(sorted(shown(name) for name in self.recorded))
        wrong = [system for system in systems if system.model not in self.recorded]
        if wrong:
            where = f"{workspace.experiment_file}: systems"
            what = "no recorded output has system"
            raise InputError(
                Problem(where=f"{where}.{one.name}.model", what=f"{what} {one.model!r}", expected=f"recorded: {names}")
                for one in wrong
            )

    def cautions(self) -> Iterator[str]:
        """Yield what was noticed."""
        if self.strangers:
            rows = "row has an id" if self.strangers == 1 else "rows have ids"
            yield f"{self.files}: {self.strangers} {rows} that no evalset holds (first: {self.first_stranger})"
        shared = self._shared_ids()
        if shared:
            yield (
                f"{self.files}: {len(shared)} ids stand in several evalsets, and rows without `evalset` answer in "
                f"each of them (first: {shown(shared[0])})"
            )

    def _is_known(self, key: Key | JudgmentKey, held: Row | Spoken) -> bool:
        """Tell whether an evalset holds the id; count the row where none does."""
        if key.evalset is not None:
            found = key.id in self.known.get(key.evalset, ())
        else:
            found = any(key.id in ids for ids in self.known.values())
        if not found:
            row = held.row if isinstance(held, Spoken) else held
            self.strangers += 1
            self.first_stranger = self.first_stranger or f"{shown(key.id)} at {self.paths[row.file]}:{row.line}"
        return found

    def _once(self, first: Row, row: Row, key: Key | JudgmentKey) -> None:
        """Refuse a second row for the same question."""
        if first is row:
            return
        what = f"a second output for id {shown(key.id)}, repeat {key.repeat}"
        if isinstance(key, JudgmentKey):
            what += f", order {key.order}"
        first_place = f"the first is at {self.paths[first.file]}:{first.line}"
        raise InputError(Problem(where=f"{self.paths[row.file]}:{row.line}", what=what, expected=first_place))

    def _shared_ids(self) -> list[str]:
        holders = Counter(name for ids in self.known.values() for name in ids) if len(self.known) > 1 else {}
        everywhere = (key.id for keys in (self.rows, self.judgments) for key in keys if key.evalset is None)
        return sorted({name for name in everywhere if holders.get(name, 0) > 1})


def _is_asked(system: str | None, models: frozenset[str]) -> bool:
    """Tell whether a row's `system` is one of these models; a row without is every one's."""
    return bool(models) if system is None else system in models


def _turned(row: Row, turned: Mapping[str, str]) -> Row:
    """Return a choice by its name in the other order; one that has none there is no reply, lest it be read as it stands."""
    if row.text is None:
        return row
    names = {_folded(name): other for name, other in turned.items()}
    other = names.get(_folded(row.text))
    why = None if other is not None else f"the recorded verdict {shown(row.text)} is none of {', '.join(turned)}"
    return row._replace(text=other, error=why)


def _folded(choice: str) -> str:
    return choice.strip().casefold().removesuffix(".0")


def _completion(row: Row) -> Completion:
    if row.text is None:
        kind, _, said = (row.error or "").partition(": ")
        if kind == "context_length":  # a question that the model could not read is its own fault, then as now
            return _missing("context_length", said)
        return _missing("recorded_error", row.error or "the recorded output is null")
    return Completion(
        text=row.text,
        attempts=0,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        latency_s=row.latency_s,
        model_reported=row.model,
    )


def _missing(kind: FailureKind, message: str) -> Completion:
    return Completion(text=None, failure=Failure(kind=kind, message=message), attempts=0)


PLUGIN: type[LocalProvider] = Replay
