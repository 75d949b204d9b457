"""Findings and verdicts: what each registered rule said, and the decision that follows from the findings alone."""

from dataclasses import dataclass
from typing import Any, Literal

from tuneproof.core.estimate import Estimate
from tuneproof.core.exposure import Slot
from tuneproof.core.requirement import Decision as Decision
from tuneproof.core.requirement import OnFailure
from tuneproof.core.stopping import Stopping

Status = Literal["met", "breached", "undecided"]
Reason = Literal[
    "MORE_DATA",
    "UNRESOLVED_ITEMS",
    "SLICE_ALARM",
    "TOO_FEW_CLUSTERS",
    "TOO_FEW_HUMAN_LABELS",
    "JUDGE_BARRED",
    "BUDGET_SPENT",
    "FUTILE",
    "NOT_RUN",
]

SCHEMA_VERSION = 1
"""Of verdict.json; raised only when a field changes its meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one requirement came to."""

    criterion: str
    """Name of the criterion."""
    kind: str
    """Its kind."""
    on_failure: OnFailure
    """`report` findings inform; they decide nothing."""
    status: Status
    """What the rule said."""
    reasons: tuple[Reason, ...]
    """Why it is undecided; empty otherwise."""
    statement: str
    """One sentence with its numbers."""
    evalset: str
    """Name of the evalset."""
    slice: str | None
    """Name of the slice; None for the whole evalset."""
    grader: str | None
    """Name of the grader; None for each example's own."""
    baseline: str | None
    """The baseline compared with; None for levels and counts."""
    system: str
    """The system that was measured: the candidate, or the baseline whose answers were counted."""
    mode: str
    """`prove`, `guard`, `count`, `instrument` or `veto`."""
    estimate: Estimate
    """The numbers."""
    p_value: float | None
    """p of `met`; None for counts and guards."""
    p_adjusted: float | None
    """The same after Holm over candidates; the status uses this one."""
    margin: float | None
    """The registered number."""
    threshold: float | None = None
    """What the estimate is tested against, score units: minus the margin for non-inferiority; None for counts."""
    needed_n: int | None
    """Examples that would show the registered effect with 80 % power; None where decided or not computable."""

    @property
    def decides(self) -> bool:
        """Whether the decision depends on it: a veto that is not breached says nothing."""
        return self.on_failure == "no-go" and (self.mode != "veto" or self.status == "breached")

    def to_json(self) -> dict[str, Any]:
        """Return the finding as verdict.json holds it."""
        return {
            "criterion": self.criterion,
            "kind": self.kind,
            "status": self.status,
            "on_failure": self.on_failure,
            "evalset": self.evalset,
            "slice": self.slice,
            "grader": self.grader,
            "baseline": self.baseline,
            "system": self.system,
            "mode": self.mode,
            "reasons": list(self.reasons),
            "estimate": estimate_json(self.estimate),
            "p_value": self.p_value,
            "p_adjusted": self.p_adjusted,
            "margin": self.margin,
            "needed_n": self.needed_n,
            "statement": self.statement,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision about one candidate: a function of its findings alone."""

    candidate: str
    """Name of the candidate."""
    decision: Decision
    """GO, NO-GO or UNDECIDED."""
    findings: tuple[Finding, ...]
    """In the order of the criteria."""
    stamp: str | None
    """`EXPLORATORY` where the registered rules do not cover the run; None otherwise."""
    model: str | None = None
    """The model id that was asked for; None where it is not known."""
    checkpoint: int | None = None
    """Number of the checkpoint that was chosen; None where none was."""

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as verdict.json holds it."""
        found = [finding.to_json() for finding in self.findings]
        held = {"candidate": self.candidate, "decision": self.decision, "stamp": self.stamp, "findings": found}
        return held if self.model is None else {**held, "model": self.model, "checkpoint": self.checkpoint}


@dataclass(frozen=True, slots=True, kw_only=True)
class LockState:
    """How the experiment stands to what was registered."""

    status: Literal["locked", "unlocked", "changed"]
    """`changed`: a lock exists and the experiment differs from it."""
    digest: str | None
    """Digest of the lock file's content; None where there is no lock."""
    locked_at: str | None
    """Time of registration, ISO 8601 UTC; None where there is no lock."""
    changed: tuple[str, ...]
    """What differs, one entry a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The whole of verdict.json: one verdict a candidate, and the decision over all of them."""

    experiment: str
    """Name of the experiment."""
    run_id: str
    """Id of the run."""
    decision: Decision
    """GO if a candidate is GO, else UNDECIDED if one is, else NO-GO; UNDECIDED where there is none."""
    recommended: str | None
    """The GO candidate to ship; None where there is none."""
    stamp: str | None
    """`EXPLORATORY`, or None."""
    stamp_because: str | None
    """Why it is stamped, in words."""
    lock: LockState
    """How the experiment stands to its lock."""
    verdicts: tuple[Verdict, ...]
    """One a candidate, in file order."""
    cautions: tuple[str, ...]
    """About the run as a whole."""
    signature: str
    """Digests and versions that reproduce the numbers."""
    stopping: Stopping | None = None
    """How the run ended early; None where no such rule was registered."""
    slot: Slot | None = None
    """The place of the run among the exposures of its holdout; None for runs that have none."""
    sealed_because: str | None = None
    """Of a sealed run: why, in one of a few fixed sentences, and all that is shown beside the decision; None otherwise."""

    def to_json(self) -> dict[str, Any]:
        """Return the content of verdict.json."""
        held: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "experiment": self.experiment,
            "run_id": self.run_id,
            "decision": self.decision,
            "recommended": self.recommended,
            "stamp": self.stamp,
            "stamp_because": self.stamp_because,
            "lock": {
                "status": self.lock.status,
                "digest": self.lock.digest,
                "locked_at": self.lock.locked_at,
                "changed": list(self.lock.changed),
            },
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
            "cautions": list(self.cautions),
            "signature": self.signature,
        }
        if self.stopping is not None:
            held["stopping"] = self.stopping.to_json()
        if self.slot is not None:
            held["exposure"] = {key: value for key, value in self.slot.to_json().items() if key != "cautions"}
        if self.sealed_because is not None:
            held["sealed_because"] = self.sealed_because
        return held


def estimate_json(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate as verdict.json and evidence.json hold it."""
    held: dict[str, Any] = {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "level": estimate.level,
        "method": estimate.method,
        "n": estimate.n,
        "n_missing": estimate.n_missing,
        "baseline_value": estimate.baseline_value,
        "candidate_value": estimate.candidate_value,
        "p_breached": estimate.p_breached,
        "n_clusters": estimate.n_clusters,
        "design_effect": estimate.design_effect,
        "discordance": estimate.discordance,
        "sd": estimate.sd,
        "cross_checks": [{"method": name, "low": low, "high": high} for name, low, high in estimate.cross_checks],
        "cautions": list(estimate.cautions),
    }
    if estimate.judged is not None:
        raw = {"value": estimate.judged.raw_value, "low": estimate.judged.raw_low, "high": estimate.judged.raw_high}
        held["judge"] = {"calibration": estimate.judged.calibration, "n_human": estimate.judged.n_human, "judge_only": raw}
    if estimate.n_missing and estimate.method != "count":
        held["bounds"] = {"worst": estimate.worst, "best": estimate.best}
        held["missing_ids"] = list(estimate.missing_ids)
    return held
