"""Recorded outputs: answers that were collected elsewhere, read from files.

A row is `{"id", "output"}` and, optionally, `system`, `evalset`, `repeat`, `error`, `latency_s`, `input_tokens`,
`output_tokens`, `model`. A row with `system` answers for the systems whose `model` is that text, a row without for every
system of the provider; a row with `evalset` answers in that evalset only. The more particular row wins. An error is a missing
answer, whatever output stands beside it: a failure is never graded as a text.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from tuneproof.core.completion import Completion, Failure, FailureKind, Request
from tuneproof.core.digest import canonical_json
from tuneproof.core.errors import InputError, Problem, one_line
from tuneproof.core.example import Evalset
from tuneproof.core.protocols import LocalProvider, LocalSession, Workspace
from tuneproof.core.row import RowError, shown, unfit
from tuneproof.core.system import System


class Key(NamedTuple):
    """Which question a recorded row answers."""

    system: str | None
    """The model that it was recorded for; None answers for all."""
    evalset: str | None
    """The evalset that it belongs to; None belongs to every evalset that has the id."""
    id: str
    """Id of the example."""
    repeat: int
    """Which repeat, from 0."""


class Row(NamedTuple):
    """One recorded answer: 200,000 of them are held at once, so it is a tuple and not a `Completion`."""

    file: int
    """Place of its file in `path`."""
    line: int
    """Line of that file."""
    text: str | None
    """The answer; None where there is none."""
    error: str | None
    """Why there is no answer."""
    latency_s: float | None
    """Seconds, as recorded."""
    input_tokens: int | None
    """As recorded."""
    output_tokens: int | None
    """As recorded."""
    model: str | None
    """Model id, as recorded."""


class Replay(BaseModel):
    """Answers from files."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    local: ClassVar[bool] = True
    needs_prompt: ClassVar[bool] = False

    path: str | Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    """The file of recorded outputs, or a list of them."""

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
        known = {evalset.name: {example.id for example in evalset.examples} for evalset in evalsets}
        reading = _Reading(paths=self.paths, models=frozenset(system.model for system in asked), known=known)
        for place, path in enumerate(self.paths):
            for line, row in workspace.rows(workspace.path(path)):
                reading.take(place, line, row)
        reading.refuse_strangers(asked, workspace)
        return Session(rows=reading.rows, said=tuple(reading.cautions()))


@dataclass(frozen=True, slots=True)
class Session:
    """Recorded answers, ready to be given."""

    rows: Mapping[Key, Row]
    """All rows of the systems that are asked."""
    said: tuple[str, ...]
    """What was noticed while reading."""

    def answer(self, request: Request) -> Completion:
        """Return the recorded answer to a request; a missing one is a failure, never an empty answer."""
        for system in (request.model, None):
            for evalset in (request.evalset, None):
                row = self.rows.get(Key(system, evalset, request.example.id, request.repeat))
                if row is not None:
                    return _completion(row)
        return _missing("no_row", f"no recorded output for id {request.example.id!r}, repeat {request.repeat}")

    def cautions(self) -> list[str]:
        """Return what the reader must know of the recorded outputs as a whole."""
        return list(self.said)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The files as far as they are read."""

    paths: tuple[str, ...]
    models: frozenset[str]
    known: Mapping[str, set[str]]
    rows: dict[Key, Row] = field(default_factory=dict)
    recorded: Counter[str | None] = field(default_factory=Counter)
    strangers: int = 0
    first_stranger: str = ""

    def take(self, file: int, line: int, raw: Mapping[str, Any]) -> None:
        """Read one row."""
        where = f"{self.paths[file]}:{line}"
        try:
            key, row = _read(file, line, raw)
        except RowError as error:
            raise InputError(Problem(where=where, what=error.what, expected=error.expected)) from error
        self.recorded[key.system] += 1
        if not self._asks_for(key):
            self.strangers += 1
            self.first_stranger = self.first_stranger or f"{shown(key.id)} at {where}"
        elif key.system is None or key.system in self.models:
            first = self.rows.setdefault(key, row)
            if first is not row:
                what = f"a second output for id {shown(key.id)}, repeat {key.repeat}"
                first_place = f"the first is at {self.paths[first.file]}:{first.line}"
                raise InputError(Problem(where=where, what=what, expected=first_place))

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
        files = ", ".join(self.paths)
        if self.strangers:
            rows = "row has an id" if self.strangers == 1 else "rows have ids"
            yield f"{files}: {self.strangers} {rows} that no evalset holds (first: {self.first_stranger})"
        shared = self._shared_ids()
        if shared:
            yield (
                f"{files}: {len(shared)} ids stand in several evalsets, and rows without `evalset` answer in "
                f"each of them (first: {shown(shared[0])})"
            )

    def _asks_for(self, key: Key) -> bool:
        if key.evalset is not None:
            return key.id in self.known.get(key.evalset, ())
        return any(key.id in ids for ids in self.known.values())

    def _shared_ids(self) -> list[str]:
        holders = Counter(name for ids in self.known.values() for name in ids) if len(self.known) > 1 else {}
        return sorted({key.id for key in self.rows if key.evalset is None and holders.get(key.id, 0) > 1})


def _completion(row: Row) -> Completion:
    if row.text is None:
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


def _read(file: int, line: int, raw: Mapping[str, Any]) -> tuple[Key, Row]:
    error = _error(raw.get("error"))
    if "output" not in raw and error is None:
        raise RowError("the row has neither output nor error", "output: a text")
    key = Key(_label(raw, "system"), _label(raw, "evalset"), _id(raw.get("id")), _count(raw, "repeat") or 0)
    text = None if error is not None else _text(raw["output"])
    tokens = _count(raw, "input_tokens"), _count(raw, "output_tokens")
    return key, Row(file, line, text, error, _seconds(raw.get("latency_s")), *tokens, _label(raw, "model"))


def _id(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise RowError("id is missing" if value is None else f"id is {shown(value)}", "non-empty text or a whole number")


def _text(output: Any) -> str | None:
    """Return an output as the text that is graded: JSON values as canonical JSON."""
    return output if output is None or isinstance(output, str) else _as_json(output, "output")


def _as_json(value: Any, name: str) -> str:
    what = unfit(value)
    if what:
        raise RowError(f"{name}: {what}")
    return canonical_json(value)


def _error(value: Any) -> str | None:
    """Return the message of a recorded error; null, false and empty text are none."""
    if value is None or value is False or value == "":
        return None
    return one_line(value if isinstance(value, str) else _as_json(value, "error"))


def _label(raw: Mapping[str, Any], name: str) -> str | None:
    value = raw.get(name)
    if value is None or isinstance(value, str):
        return value or None
    raise RowError(f"{name} is {shown(value)}", "text")


def _count(raw: Mapping[str, Any], name: str) -> int | None:
    value = _cell(raw.get(name), int)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise RowError(f"{name} is {shown(value)}", "a whole number, 0 or more")


def _seconds(value: Any) -> float | None:
    value = _cell(value, float)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")):
        return value
    raise RowError(f"latency_s is {shown(value)}", "seconds, 0 or more")


def _cell(value: Any, kind: type[int] | type[float]) -> Any:
    """Return a number of a CSV cell as a number, and an empty cell as nothing; all else as it is."""
    if value == "":
        return None
    try:
        return kind(value) if isinstance(value, str) else value
    except ValueError:
        return value


PLUGIN: type[LocalProvider] = Replay
