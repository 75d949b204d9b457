"""What moved between two askings of the same questions: two runs, a run and the accepted one, or one system asked twice."""

from collections.abc import Mapping
from dataclasses import dataclass

from tuneproof.core.estimate import Estimate
from tuneproof.core.verdict import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One system's marks on one evalset or slice, then and now."""

    system: str
    """Name of the system."""
    evalset: str
    """Name of the evalset."""
    slice: str | None
    """Name of the slice; None for the whole evalset."""
    grader: str | None
    """Name of the grader; None for each example's own."""
    before: float | None
    """Mean mark then; None where nothing was measured."""
    after: float | None
    """Mean mark now."""
    estimate: Estimate
    """now minus then, paired, tested against 0."""
    n_better: int
    """Examples marked higher now."""
    n_worse: int
    """Examples marked lower now."""
    n_changed_texts: int | None
    """Examples whose answer is another text now; None where texts were not compared (slices)."""
    worse: tuple[str, ...] = ()
    """Ids of the first examples that are marked lower now."""
    better: tuple[str, ...] = ()
    """Ids of the first examples that are marked higher now."""

    @property
    def has_moved(self) -> bool:
        """Whether the interval excludes no change."""
        return self.estimate.value is not None and not self.estimate.low <= 0.0 <= self.estimate.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How far one system differs from itself when it is asked the same again: smaller differences mean little."""

    movement: Movement
    """The first asking and the second."""
    n: int
    """Examples that were asked twice."""

    @property
    def flip_share(self) -> float | None:
        """Share of examples whose mark changed; None where none was measured."""
        measured = self.movement.estimate.n
        return (self.movement.n_better + self.movement.n_worse) / measured if measured else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Where the spread of a difference comes from when examples are asked several times."""

    candidate: str
    """Name of the candidate."""
    baseline: str
    """Name of the baseline."""
    evalset: str
    """Name of the evalset."""
    grader: str | None
    """Name of the grader; None for each example's own."""
    n: int
    """Examples with all repeats of both systems."""
    repeats: int
    """Repeats of each example (the smaller number where the two systems differ)."""
    within: float
    """Variance between repeats of one example, both systems together: what more repeats take away."""
    between: float
    """Variance between examples, with the part of repeats taken out: what only more examples take away."""
    best_repeats: int
    """Repeats that bring most per call, where a first asking of an example costs as much as a repeat."""
    sentence: str
    """What follows, in one sentence with its numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint:
    """One system at one time."""

    run_id: str
    """The run."""
    at: str
    """When, ISO 8601 UTC."""
    value: float | None
    """Mean mark; None where nothing was measured."""
    low: float
    """Lower 1 - 2 alpha limit."""
    high: float
    """Upper limit."""
    decision: Decision | None
    """What the run came to."""
    is_accepted: bool
    """Whether this is the accepted run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One system over time on one evalset: one small picture."""

    system: str
    """Name of the system."""
    evalset: str
    """Name of the evalset."""
    grader: str | None
    """Name of the grader; None for each example's own."""
    points: tuple[HistoryPoint, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """What a regression run adds to a verdict: what moved since the accepted run."""

    accepted_run: str
    """Id of the accepted run."""
    accepted_at: str
    """When it was accepted, ISO 8601 UTC."""
    movements: tuple[Movement, ...]
    """By system, evalset and slice (None first)."""
    noise: tuple[Noise, ...]
    """Each system against itself, now."""
    identities: Mapping[str, tuple[str, ...]]
    """System to what is told of it then and now: model ids, fingerprints, shutdown dates, base revisions; one line each."""
    history: tuple[History, ...]
    """Over the runs since; empty where there is none."""
    sentence: str
    """What it comes to: keep, retrain or retire."""
