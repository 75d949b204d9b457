"""Requirements: findings to be. Each criterion says, before any data exist, what must be shown about each candidate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tuneproof.core.estimate import Quantity
from tuneproof.core.example import Role

OnFailure = Literal["no-go", "report"]
Decision = Literal["GO", "NO-GO", "UNDECIDED"]
Mode = Literal["prove", "guard", "count", "instrument", "veto"]
"""`prove`: must be shown at alpha. `guard`: alarm on evidence of harm. `count`: counted, not estimated. `instrument`: must be
shown of a judge, not of the candidate, so that by itself it makes no GO. `veto`: it can only say no: all but a
breach says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalsetOutline:
    """What a criterion may know of an evalset before any answer exists."""

    role: Role
    """What the evalset is for."""
    n: int
    """Number of examples."""
    n_clusters: int
    """Number of clusters; equal to `n` where examples are independent."""
    slices: Mapping[str, int]
    """Slice name to number of examples."""
    graders: tuple[str, ...]
    """Graders that a criterion may name: they then mark every example."""
    has_own: bool
    """Whether every example has a grader of its own (or the evalset has just one)."""
    only_grader: str | None
    """The one grader that all examples have as their own; None where they differ."""
    corpus: frozenset[str] = frozenset()
    """Graders whose metric is one of the whole set, not a mean of marks."""
    measures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Grader name (empty for each example's own) to the 0/1 counts it brings beside its value."""
    judged: frozenset[str] = frozenset()
    """Graders whose marks come from judges."""
    mixes_judges: bool = False
    """Whether examples have different graders of their own and a judge is among them: their mean has no calibration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What is known before any answer exists: who is compared, on what, at which error."""

    candidates: tuple[str, ...]
    """Names of the candidates, in file order."""
    baselines: tuple[str, ...]
    """Names of the baselines, in file order."""
    evalsets: Mapping[str, EvalsetOutline]
    """Evalset name to its outline."""
    alpha: float
    """One-sided error of each criterion."""
    expected_lift: float | None
    """The effect trained for, score units; None where none was registered."""
    expected_discordance: float | None
    """How often the systems are expected to differ, share of examples; None where none was registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One finding to be: what one criterion asks of one candidate on one evalset or slice, against one baseline."""

    criterion: str
    """Name of the criterion."""
    kind: str
    """Its kind."""
    on_failure: OnFailure
    """Whether it decides (`no-go`) or only informs (`report`)."""
    candidate: str
    """The candidate whose verdict it belongs to."""
    mode: Mode
    """How its status is found."""
    quantity: Quantity
    """What is estimated or counted for it."""
    margin: float | None
    """The number the user registered (margin, level, or largest share), as written."""
    alarm: Quantity | None = None
    """For a guard: the same difference tested against 0; None otherwise."""
    alarm_level: float | None = None
    """For a guard: the level at which the alarm sounds, alpha / number of guarded slices."""

    @property
    def can_breach(self) -> bool:
        """Whether it shares the error of NO-GO with the others: counts are never breached, a veto has an error of its own."""
        return self.mode not in ("count", "veto")
