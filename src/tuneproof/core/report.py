"""Dossiers: everything a report may show, as plain values. Reports add no number of their own.

`stages.survey` fills a dossier from the run folder; `stages.present` turns it into texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tuneproof.core.checkpoints import Curve
from tuneproof.core.estimate import Estimate
from tuneproof.core.exposure import Slot
from tuneproof.core.judge_report import JudgeReport
from tuneproof.core.movement import Noise, Regression, Repeats
from tuneproof.core.outlook import Outlook
from tuneproof.core.stopping import Stopping
from tuneproof.core.verdict import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFacts:
    """What one system is, and what running it took."""

    name: str
    """Its name in the experiment file."""
    role: str
    """baseline or candidate."""
    provider: str
    """Name of its provider and its kind: `openai (openai_chat)`."""
    model: str
    """The model id as asked for; may be empty."""
    models_reported: tuple[str, ...]
    """Model ids that the server said it used; empty where it said nothing."""
    decoding: Mapping[str, Any]
    """Decoding settings as sent."""
    repeats: int
    """How many times each question was asked."""
    completions: int
    """Completions with a text."""
    missing: int
    """Completions without one."""
    too_long: int = 0
    """Questions that the model could not read: wrong answers of the system, not missing ones."""
    truncated: int
    """Answers cut at max_tokens."""
    refusals: int
    """Answers that are refusals."""
    attempts: int
    """Requests sent for these completions, retries included, now or when they were first paid for; 0 for recorded answers."""
    input_tokens: int | None
    """Sum over completions; None where any is unknown."""
    output_tokens: int | None
    """Sum over completions; None where any is unknown."""
    latency_p50_s: float | None
    """Median latency of this run's machine, not of production; None where unknown."""
    latency_p95_s: float | None
    """95th percentile; None where unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalsetFacts:
    """What one evalset is."""

    name: str
    """Its name in the experiment file."""
    role: str
    """target, general or safety."""
    path: str
    """The data file, as written."""
    n: int
    """Number of examples."""
    n_clusters: int
    """Number of clusters; equal to n where examples are independent."""
    digest: str
    """Content digest, 64 hexadecimal characters."""
    slices: Mapping[str, int]
    """Slice name to number of examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One system's mean on one evalset or slice under one grader: descriptive, decides nothing."""

    evalset: str
    """Name of the evalset."""
    slice: str | None
    """Name of the slice; None for the whole evalset."""
    grader: str
    """Name of the grader, or `own grader` where examples bring theirs."""
    system: str
    """Name of the system."""
    value: float | None
    """Mean over resolved examples (or the corpus metric); None where nothing was measured."""
    n: int
    """Resolved examples."""
    n_missing: int
    """Examples without an answer."""
    n_ungradable: int
    """Examples whose answer could not be marked."""
    low: float | None = None
    """Lower 1 - 2 alpha limit for one system's mean; None where not computed."""
    high: float | None = None
    """Upper limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceDifference:
    """Candidate minus baseline on one slice: shown, never judged unless a criterion says so."""

    evalset: str
    """Name of the evalset."""
    slice: str | None
    """Name of the slice; None for the whole evalset."""
    grader: str
    """Name of the grader, or `own grader`."""
    candidate: str
    """Name of the candidate."""
    baseline: str
    """Name of the baseline."""
    estimate: Estimate
    """The difference with its interval (threshold 0)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One example on which candidate and baseline differ, both answers side by side."""

    evalset: str
    """Name of the evalset."""
    example_id: str
    """Id of the example."""
    slices: tuple[str, ...]
    """Its slices."""
    grader: str
    """The grader that marked both."""
    candidate: str
    """Name of the candidate."""
    baseline: str
    """Name of the baseline."""
    direction: Literal["gained", "lost"]
    """`gained`: the candidate scores higher."""
    input: str
    """What was asked, as text (an object as JSON), cut to a readable length."""
    expected: str
    """What was expected, as text."""
    candidate_answer: str
    """The candidate's first answer."""
    baseline_answer: str
    """The baseline's first answer."""
    candidate_value: float
    """Score, mean over repeats."""
    baseline_value: float
    """Score, mean over repeats."""
    candidate_reason: str | None
    """The grader's reason, where it gave one."""
    baseline_reason: str | None
    """The grader's reason, where it gave one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipGroup:
    """All flips of one candidate against one baseline on one evalset; the list may be cut, the counts never are."""

    evalset: str
    """Name of the evalset."""
    grader: str
    """Name of the grader, or `own grader`."""
    candidate: str
    """Name of the candidate."""
    baseline: str
    """Name of the baseline."""
    n_gained: int
    """Examples on which the candidate scores higher."""
    n_lost: int
    """Examples on which it scores lower."""
    n_same: int
    """Examples on which both score the same."""
    shown: tuple[Flip, ...]
    """Lost first, in evalset order; at most as many as the survey keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """One missing or ungradable answer."""

    system: str
    """Name of the system."""
    evalset: str
    """Name of the evalset."""
    example_id: str
    """Id of the example."""
    kind: str
    """Failure kind, or `ungradable`."""
    message: str
    """One line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything a report may show."""

    judgement: Judgement | None
    """The verdict; None for runs that only collect (`--only`)."""
    experiment: str
    """Name of the experiment."""
    run_id: str
    """Id of the run."""
    hypothesis: str
    """What was expected before the data; empty where none was written."""
    alpha: float
    """One-sided error of each criterion."""
    created_at: str
    """Start of the run, ISO 8601 UTC."""
    systems: tuple[SystemFacts, ...]
    """In file order."""
    evalsets: tuple[EvalsetFacts, ...]
    """In file order."""
    levels: tuple[Level, ...]
    """Per evalset, grader, slice (None first) and system."""
    differences: tuple[SliceDifference, ...]
    """Per evalset, slice, candidate and baseline."""
    flips: tuple[FlipGroup, ...]
    """Per evalset, candidate and baseline."""
    failures: tuple[FailureRow, ...]
    """The first ones; `n_failures` counts all."""
    n_failures: int
    """Missing and ungradable answers in all."""
    label_reports: Mapping[str, tuple[tuple[str, ...], ...]]
    """`evalset / grader / system` to table rows (label, precision, recall, F1, support) for label metrics."""
    manifest: Mapping[str, Any]
    """manifest.json: digests, versions, seed, endpoints, times, counts."""
    judges: tuple[JudgeReport, ...] = ()
    """One a grader that asks judges and evalset; empty where none does."""
    outlook: Outlook | None = None
    """What was to be expected before the data, as the lock keeps it; None where it keeps none."""
    stopping: Stopping | None = None
    """How the run could end early, and what that did; None where no such rule was registered."""
    curves: tuple[Curve, ...] = ()
    """Learning curves of candidates with checkpoints; empty where there are none."""
    noise: tuple[Noise, ...] = ()
    """Baselines against themselves; empty where no noise floor was asked for."""
    repeats: tuple[Repeats, ...] = ()
    """Where the spread comes from; empty where examples are asked once."""
    slot: Slot | None = None
    """The place of the run among the exposures of its holdout; None for runs that show none."""
    regression: Regression | None = None
    """What moved since the accepted run; None for runs that are no regression runs."""
