"""Quantities and estimates: what is estimated, and the value with its interval.

Quantities flow backwards once, at the start: each criterion names the quantities it needs before any data exist, only those are
estimated, and so the family for every correction is known beforehand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

QuantityKind = Literal["difference", "level", "missing", "agreement"]
"""`difference`: candidate minus baseline on the same examples. `level`: one system's mean. `missing`: a counted share.
`agreement`: how far a judge agrees with people; its `measure` is `kappa` or `agreement`."""

Calibration = Literal["judge-only", "human-only", "corrected"]
"""What a judged estimate rests on. `judge-only`: the judge alone, which decides nothing. `human-only`: people's labels alone.
`corrected`: on the judge's marks, with their error taken out by people's labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One thing to estimate, and the threshold it is tested against: the key of `Evidence`."""

    kind: QuantityKind
    """What sort of thing it is."""
    evalset: str
    """Name of the evalset."""
    slice: str | None
    """Name of the slice; None for the whole evalset."""
    grader: str | None
    """Name of the grader; None for each example's own."""
    measure: str = "value"
    """`value`, or the name of one of the grader's additive counts in 0/1 (`valid`)."""
    system: str
    """The system whose level, or whose gain, it is."""
    baseline: str | None = None
    """The system that is subtracted; None for levels and counts."""
    threshold: float
    """In score units: `met` means the true value is above it, `breached` that it is below."""
    level_met: float
    """Smallest one-sided level that the p of `met` may be compared with (under Holm); sets the Berger-Boos constant."""
    level_breached: float
    """Smallest one-sided level that the p of `breached` may be compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The value of a quantity with its interval and its two p-values.

    An interval that cannot be computed is the whole range, with a caution. `low` and `high` belong to the test that decides:
    where answers are missing they are the lower limit of the worst completion and the upper limit of the best one.
    """

    value: float | None
    """Point estimate over the resolved examples, score units; None where nothing was measured."""
    low: float
    """Lower limit."""
    high: float
    """Upper limit."""
    level: float
    """Two-sided level of the interval, 1 - 2 alpha."""
    method: str
    """Name of the deciding method."""
    n: int
    """Resolved examples (never times repeats)."""
    n_missing: int
    """Examples without a complete score; `n + n_missing` are all."""
    baseline_value: float | None = None
    """The baseline's mean over the resolved examples; None for levels."""
    candidate_value: float | None = None
    """The system's mean over the resolved examples; None where nothing was measured."""
    worst: float | None = None
    """Value when every missing answer counts against the system; None where none is missing."""
    best: float | None = None
    """Value when every missing answer counts for the system; None where none is missing."""
    p_met: float | None = None
    """One-sided p against "the true value is at most the threshold", in the worst completion; None for counts."""
    p_breached: float | None = None
    """One-sided p against "the true value is at least the threshold", in the best completion; None for counts."""
    p_met_best: float | None = None
    """Smallest p of `met` that the missing answers leave possible: tells "more data" from "resolve the missing items"."""
    p_breached_worst: float | None = None
    """Smallest p of `breached` that the missing answers leave possible."""
    blocked: str | None = None
    """Reason code why `met` may not be said whatever the p is (too few examples or clusters); None = nothing blocks."""
    blocked_because: str | None = None
    """The same in words."""
    n_clusters: int | None = None
    """Number of clusters where examples are clustered, else None."""
    design_effect: float = 1.0
    """Variance with clusters over variance without; 1 where examples are independent."""
    is_cut_short: bool = False
    """Whether questions were left out because their candidate was stopped by a rule: they are among the missing ones."""
    missing_ids: tuple[str, ...] = ()
    """Ids of the first examples without a complete score; empty where none is missing."""
    discordance: float | None = None
    """Share of resolved examples on which the two systems differ; None for levels."""
    sd: float | None = None
    """Standard deviation of the paired differences (or of the scores) over resolved examples; None below two."""
    cross_checks: tuple[tuple[str, float, float], ...] = ()
    """(method, low, high) of other methods on the resolved examples, for the reader's comparison only."""
    cautions: tuple[str, ...] = ()
    """What the reader must know that is not an error."""
    judged: "Judged | None" = None
    """For marks of judges: what the numbers above rest on, and what the judge alone says; None for all other graders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The calibration of one judged estimate."""

    calibration: Calibration
    """What the estimate rests on."""
    n_human: int
    """Examples (of the slice) whose answers people labelled."""
    raw_value: float | None
    """What the judge alone says; None where it said nothing."""
    raw_low: float
    """Lower limit of that, by the method for such scores: it decides nothing."""
    raw_high: float
    """Upper limit of that."""


Evidence = Mapping[Quantity, Estimate]
"""All that was estimated, and nothing that was not registered."""
