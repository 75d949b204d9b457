"""Exposures: each time that results on the holdout were shown for answers that had not been shown before."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

LedgerMode = Literal["open", "sealed"]
"""`open`: the whole report is shown. `sealed`: the verdict and a coarse reason, nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One line of the ledger."""

    number: int
    """1 for the first of its holdout. Answers that were shown sealed and are then opened keep theirs: two lines with one."""
    at: str
    """When, ISO 8601 UTC."""
    run_id: str
    """The run that showed it."""
    lock: str | None
    """Digest of the lock then; None where there was none."""
    locked_at: str | None
    """Time of that lock; None where there was none."""
    evalsets: str
    """Digest of the holdout."""
    candidates: tuple[str, ...]
    """Whose results were shown."""
    completions: str
    """Digest of all answers that were judged."""
    mode: LedgerMode
    """How much was shown."""
    alpha: float
    """One-sided error at which it was judged."""
    decision: str
    """GO, NO-GO or UNDECIDED."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The place of one run among the exposures of its holdout."""

    number: int
    """Its own number: that of the earlier exposure where the same answers were shown before."""
    is_new: bool
    """Whether its answers had not been shown before."""
    mode: LedgerMode
    """How much is shown."""
    declared: int | None
    """Exposures that were declared; None where none were: alpha is then not split."""
    alpha: float
    """One-sided error at which this exposure is judged."""
    cautions: tuple[str, ...] = ()
    """What the reader must know of the ledger: damage, clocks, locks."""
    unsound: str | None = None
    """Why the count cannot be relied on (damage, a declaration that was changed), in words; None where it can."""

    @property
    def is_spent(self) -> bool:
        """Whether all declared exposures were used up before."""
        return self.declared is not None and self.number > self.declared

    def to_json(self) -> dict[str, Any]:
        """Return it as the manifest holds it."""
        return {**asdict(self), "cautions": list(self.cautions)}

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> "Slot":
        """Return what `to_json` wrote."""
        return cls(**{**held, "cautions": tuple(held.get("cautions", ()))})
