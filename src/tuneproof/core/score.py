"""Grades and scores: the mark of one completion, and the mark with its address and outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["graded", "no_completion", "ungradable"]
"""`graded`: a value. `no_completion`: the answer is missing. `ungradable`: the grader could not mark the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """The mark of one answer."""

    value: float | None
    """In [0, 1]; None where the answer could not be marked (never a stand-in number)."""
    reason: str | None = None
    """Why: always given with None, and wherever it helps a reader of a wrong answer."""
    stats: Mapping[str, float] = field(default_factory=dict)
    """Additive counts beside the value (`valid`, `tp`, `gold`, ...), so that nothing needs grading again."""

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise ValueError("a grade without a value needs a reason")
        if self.value is not None and not 0.0 <= self.value <= 1.0:
            raise ValueError(f"a grade is in [0, 1], not {self.value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A grade with its address: one row of scores.jsonl."""

    evalset: str
    """Name of the evalset."""
    example_id: str
    """Id of the example in that evalset."""
    slices: tuple[str, ...]
    """Slices of the example."""
    cluster: str
    """Cluster of the example."""
    system: str
    """Name of the system."""
    repeat: int
    """Which repeat, from 0."""
    grader: str
    """Name of the grader that marked it."""
    own: bool
    """True where this grader is the example's own (or its evalset's only one): criteria without a grader read these."""
    outcome: Outcome
    """Whether there is a value, and if not, whose matter it is."""
    value: float | None
    """In [0, 1] where graded, else None."""
    reason: str | None
    """Why there is no value, or why the answer is wrong; None where nothing need be said."""
    stats: Mapping[str, float]
    """The grade's additive counts."""
