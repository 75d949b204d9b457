"""Checkpoints of a training: where they come from, how they did on the selection evalset, and what the rule said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from tuneproof.core.errors import Problem
from tuneproof.core.estimate import Estimate

Advice = Literal["CONTINUE", "ABORT", "UNCLEAR"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSource:
    """Where a candidate's checkpoints are: exactly one of the three."""

    models: tuple[str, ...] = ()
    """The provider's model ids, in the order of training; empty where they come from elsewhere."""
    folder: str | None = None
    """A folder of adapters, as a path that can be opened."""
    job: str | None = None
    """Id of a fine-tuning job at the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet(Problem):
    """Something that time may put right: a folder that is still empty, a file that is still being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One state of a model in training."""

    number: int
    """1 for the first, in the order of training; earlier ones that are gone are counted too where that can be told."""
    model: str
    """The provider's model id."""
    step: int | None = None
    """Training step; None where unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """How a fine-tuning job stands."""

    job: str
    """Its id."""
    status: str
    """As the provider says it; the set of words is open."""
    is_over: bool
    """Whether nothing more will come of it."""
    failure: str | None
    """Why it ended without a model (failed, cancelled), one line; None otherwise."""
    checkpoints: tuple[Checkpoint, ...]
    """Those there are, in the order of training."""
    cautions: tuple[str, ...] = ()
    """What the reader must know of them: numbers that are a mere order, because earlier ones may be gone."""


@runtime_checkable
class JobHost(Protocol):
    """A provider that trains: it knows fine-tuning jobs."""

    def job(self, job: str) -> JobState:
        """Ask how a job stands.

        Raises:
            RunStopped: when there is no such job, or the provider cannot be asked; one line.
        """
        ...

    def cancel(self, job: str) -> JobState:
        """Cancel a job.

        Raises:
            RunStopped: when it cannot be cancelled; one line.
        """
        ...


@runtime_checkable
class AdapterHost(Protocol):
    """A provider that serves adapters from files."""

    def adapters_in(self, folder: Path, where: str) -> tuple[tuple[Checkpoint, ...], list[Problem]]:
        """Return the adapters of a folder in the order of training, and what is wrong with it.

        Args:
            folder: The folder; missing, without an adapter, or with two of one number, it is wrong.
            where: The key in the experiment file, for messages.
        """
        ...

    def with_adapters(self, files: Mapping[str, Path]) -> "AdapterHost":
        """Return the provider with more adapters: model id to file."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """How one checkpoint did on the selection evalset."""

    checkpoint: Checkpoint
    """Which."""
    estimate: Estimate
    """Its level, with the interval at 1 - 2 alpha."""
    advice: Advice | None
    """What the registered rule says at it; None where the rule is about another checkpoint, or there is none."""
    sentence: str
    """What came out, in one sentence with its numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The learning curve of one candidate on the selection evalset."""

    candidate: str
    """Its name."""
    evalset: str
    """Name of the selection evalset."""
    grader: str | None
    """The grader that is read; None for each example's own."""
    bar: float | None
    """The bar of the registered rule; None where there is none."""
    points: tuple[CurvePoint, ...]
    """In the order of training, as far as they were evaluated."""
    baselines: Mapping[str, Estimate]
    """Baseline to its level on the same evalset."""
    chosen: int | None
    """Number of the checkpoint that the holdout was opened for: the best level, the earlier of equals; None where none was."""
    sentence: str
    """What it comes to, in one sentence."""
