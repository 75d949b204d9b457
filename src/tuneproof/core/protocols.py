"""What a plug-in must be able to do. Stages meet plug-ins only through these; only `pipeline` looks them up by name.

A plug-in is a frozen pydantic model whose fields are its settings (`extra="forbid"`), in one module that ends with a line such
as `PLUGIN: type[Grader] = ExactMatch`. Its kind is its file name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from tuneproof.core.completion import Completion, Request, Setback
from tuneproof.core.errors import Problem
from tuneproof.core.estimate import Estimate
from tuneproof.core.example import Evalset, Example
from tuneproof.core.requirement import Design, OnFailure, Requirement
from tuneproof.core.score import Grade
from tuneproof.core.system import System
from tuneproof.core.verdict import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Where an experiment lives."""

    folder: Path
    """The folder of the experiment file; relative paths start here."""
    experiment_file: str
    """The experiment file as the user wrote it, for messages."""
    rows: Callable[[Path], Iterator[tuple[int, Mapping[str, Any]]]]
    """Reads the raw rows of any evalset-format file as (line, row); raises InputError with file:line."""

    def path(self, written: str) -> Path:
        """Return the absolute path of a path as written in the experiment file."""
        return self.folder / Path(written).expanduser()


# -- evalset formats ---------------------------------------------------------------------------------------------------------


class EvalsetFormat(Protocol):
    """Reads the raw rows of one container format. What a row means is not its matter (`core.row`)."""

    suffixes: ClassVar[tuple[str, ...]]
    """File name endings it reads, with the dot: `.jsonl`, `.jsonl.gz`."""

    def rows(self, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield (line number from 1, row) one by one, in bounded memory.

        Raises:
            InputError: file:line of what cannot be read.
        """
        ...


# -- graders -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingContext:
    """What a grader may know beyond its settings."""

    workspace: Workspace
    """For files that its settings name."""
    labels: tuple[str, ...]
    """The evalset's labels."""


class Marker(Protocol):
    """A grader made ready for one evalset."""

    def problem(self, example: Example) -> str | None:
        """Say why this example cannot be marked at all (expected missing or of the wrong type); None where it can."""
        ...

    def mark(self, answer: str, example: Example) -> Grade:
        """Mark one answer. Never raises on an odd answer: that is a wrong answer, or an ungradable one."""
        ...


class LabelReport(Protocol):
    """How well one label is found, for display."""

    @property
    def label(self) -> str:
        """The label."""
        ...

    @property
    def precision(self) -> float:
        """Share of its predictions that are right."""
        ...

    @property
    def recall(self) -> float:
        """Share of its examples that are found."""
        ...

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        ...

    @property
    def support(self) -> float:
        """Number of its examples."""
        ...


@runtime_checkable
class CorpusMarker(Marker, Protocol):
    """A marker whose metric is not a mean of marks (macro F1): its grades carry `gold` and `predicted` label indices."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The K labels, fixed in advance."""
        ...

    def report(self, confusion: Any) -> Sequence[LabelReport]:
        """Return one report a label of `confusion: float64[K, K + 1]`."""
        ...

    def metric(self, confusion: Any) -> float:
        """Return the metric of `confusion: float64[K, K + 1]` (rows gold, columns predicted, last column unparsed)."""
        ...


class Grader(Protocol):
    """Marks one completion. One whose marks are 0 or 1 and nothing between says so: `yes_no: ClassVar[bool] = True`."""

    corpus: ClassVar[bool]
    """Whether its markers are `CorpusMarker`s."""
    measures: ClassVar[tuple[str, ...]]
    """Names of its 0/1 counts that a criterion may ask for (`valid`)."""

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types: unreadable files, patterns that do not compile."""
        ...

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready for one evalset."""
        ...


# -- providers ---------------------------------------------------------------------------------------------------------------


class LocalSession(Protocol):
    """Answers that are at hand and cost nothing."""

    def answer(self, request: Request) -> Completion:
        """Return the completion of a request; a missing one is a failure, never an empty answer."""
        ...

    def cautions(self) -> list[str]:
        """Return what the reader must know of the answers as a whole (rows with unknown ids, ...)."""
        ...


class RemoteSession(Protocol):
    """One open connection to a server whose answers take time and may cost money."""

    async def attempt(self, request: Request) -> Completion | Setback:
        """Send one request once. Retries, waiting and counting are the caller's."""
        ...


class Provider(Protocol):
    """Where completions come from: a local one has `open`, a remote one has `connect`."""

    local: ClassVar[bool]
    """Answers at hand (`LocalProvider`) or from a server (`RemoteProvider`)."""
    needs_prompt: ClassVar[bool]
    """Whether its systems need a prompt."""

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types: missing files, an unset key variable."""
        ...


class LocalProvider(Provider, Protocol):
    """Recorded outputs, fitted classifiers: free, repeatable, not cached."""

    def open(self, workspace: Workspace, systems: Iterable[System], evalsets: Iterable[Evalset]) -> LocalSession:
        """Make the answers ready.

        Raises:
            InputError: for files that cannot be read.
        """
        ...


class RemoteProvider(Provider, Protocol):
    """A server."""

    by_system: ClassVar[bool]
    """Whether it wants one system's requests together (a server that swaps adapters) rather than interleaved."""

    @property
    def max_concurrency(self) -> int:
        """Requests in flight at most."""
        ...

    @property
    def max_retries(self) -> int:
        """Attempts after the first, at most."""
        ...

    def identity(self) -> Mapping[str, Any]:
        """Return all settings that reach the server, keys excepted: part of every request's key."""
        ...

    def connect(self) -> AbstractAsyncContextManager[RemoteSession]:
        """Open the connection pool."""
        ...


@runtime_checkable
class ModelHost(RemoteProvider, Protocol):
    """A server whose models are known, with their content, before it is asked."""

    def system_problems(self, where: str, system: System) -> list[Problem]:
        """Return what is wrong with a system that it is to answer for: a model that it does not have."""
        ...

    def identity_of(self, model: str) -> Mapping[str, Any]:
        """Return the part of `identity` that answers for one model: it stays as it is when another model comes or goes.

        Its `engine`, if it has one, is the version of the software: part of every request's key, but not registered by a lock.
        """
        ...


# -- criteria ----------------------------------------------------------------------------------------------------------------


class Criterion(Protocol):
    """What a run must show."""

    @property
    def name(self) -> str:
        """Its name, unique in the file."""
        ...

    @property
    def on_failure(self) -> OnFailure:
        """Whether it decides or informs."""
        ...

    @property
    def abort(self) -> bool:
        """Whether it is judged as soon as its evalset is collected, and a breach ends the candidate."""
        ...

    def problems(self, where: str, design: Design) -> list[Problem]:
        """Return what is wrong with the criterion in this design: unknown names, slices too small to prove anything."""
        ...

    def requirements(self, candidate: str, design: Design) -> tuple[Requirement, ...]:
        """Return what must be shown about one candidate; levels are those of the design's alpha, corrected later."""
        ...

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Say in one sentence, with its numbers, what came out."""
        ...

    def needed_n(self, requirement: Requirement, estimate: Estimate, design: Design) -> int | None:
        """Return how many examples would show the registered effect with 80 % power; None where that cannot be said."""
        ...


@runtime_checkable
class Vetoing(Protocol):
    """A criterion that can only say no (mode `veto`), by a rule of its own."""

    def ruling(self, estimate: Estimate) -> Status:
        """Return the status that its rule gives an estimate of which something was measured."""
        ...

    def told_when_locked(self, design: Design) -> tuple[str, ...]:
        """Return how often its rule errs, in plain sentences for whoever registers it."""
        ...
