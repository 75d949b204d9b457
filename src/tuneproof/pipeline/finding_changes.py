"""What two runs say of the same criteria: finding by finding, as their verdicts hold it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuneproof.core.verdict import Status
from tuneproof.pipeline.kept_run import KeptRun
from tuneproof.stages.movement import Pair

_PLACE = ("candidate", "criterion", "evalset", "slice", "grader", "baseline", "system")
"""What says which finding one is."""
_SYSTEMS = ("candidate", "baseline", "system")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChange:
    """One finding, then and now."""

    candidate: str
    """Name of the candidate, as shown."""
    criterion: str
    """Name of the criterion."""
    evalset: str
    """Name of the evalset."""
    slice: str | None
    """Name of the slice; None for the whole evalset."""
    grader: str | None
    """Name of the grader; None for each example's own."""
    baseline: str | None
    """The baseline, as shown; None for levels and counts."""
    system: str
    """The system that was measured, as shown."""
    before: Status | None
    """What it said then; None where the first run has no such finding."""
    after: Status | None
    """What it says now; None where the second run has no such finding."""
    statement_before: str
    """The sentence then; empty where there is none."""
    statement_after: str
    """The sentence now; empty where there is none."""

    @property
    def is_changed(self) -> bool:
        """Whether the status is another one."""
        return self.before != self.after


def finding_changes(before: KeptRun, after: KeptRun, pairs: Sequence[Pair]) -> Iterator[FindingChange]:
    """Yield each finding of either run, with what it said in both; systems have the names that are shown.

    Args:
        before: The first run.
        after: The second run.
        pairs: (as shown, name in the first run, name in the second) of the systems that are compared.
    """
    then = _by_place(before.verdict, {old: shown for shown, old, _ in pairs})
    now = _by_place(after.verdict, {new: shown for shown, _, new in pairs})
    for at in dict.fromkeys((*now, *then)):
        old, new = then.get(at, {}), now.get(at, {})
        yield FindingChange(
            **dict(zip(_PLACE, at, strict=True)),
            before=old.get("status"),
            after=new.get("status"),
            statement_before=old.get("statement", ""),
            statement_after=new.get("statement", ""),
        )


def _by_place(verdict: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    found = {}
    for held in (verdict or {}).get("verdicts", ()):
        for finding in held["findings"]:
            told = {**finding, "candidate": held["candidate"]}
            at = tuple(names.get(told[key], told[key]) if key in _SYSTEMS else told[key] for key in _PLACE)
            found[at] = finding
    return found
