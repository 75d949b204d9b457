"""Stage 9, decide: evidence x requirements become findings, findings become verdicts. A total function, no judgement call.

| word | means |
| --- | --- |
| met | p of `met` after Holm over candidates is at most alpha, missing answers at their worst, and nothing blocks it |
| breached | p of `breached` is at most alpha / J, missing answers at their best |
| veto | read by its criterion's own rule (a checkpoint's): a breach is NO-GO, whatever else it says does not hold a GO back |
| barred | a judge that is shown to disagree with people: what it marked on that evalset is undecided, whatever the numbers |
| undecided | otherwise, with its reasons |
| GO | every deciding finding is met, and at least one of them was proved |
| NO-GO | a deciding finding is breached |
| UNDECIDED | otherwise |
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from tuneproof.core.estimate import Estimate, Evidence
from tuneproof.core.protocols import Criterion, Vetoing
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.verdict import Decision, Finding, Reason, Status, Verdict
from tuneproof.stats.multiplicity import holm_over_candidates

Alarm = Literal["sounds", "unresolved", "untested", "silent"]
"""What a guard says: harm, harm if the missing answers are wrong, a drop that cannot be tested, nothing."""

ROUNDING = 1e-12
"""A counted share that equals its limit but for binary rounding is within it."""


def decide(
    requirements: Sequence[Requirement],
    evidence: Evidence,
    criteria: Mapping[str, Criterion],
    design: Design,
    stopped: Collection[str] = (),
    futile: Collection[str] = (),
) -> tuple[Verdict, ...]:
    """Return one verdict a candidate.

    Args:
        requirements: As registered.
        evidence: An estimate of every registered quantity that could be measured.
        criteria: By name, for the words of the statements.
        design: The registered design; its alpha is the level of `met`.
        stopped: Candidates that were ended before all was asked: what was not measured for them was not run.
        futile: Candidates that a look ended because their trend was hopeless.
    """
    by_candidate = {name: [asked for asked in requirements if asked.candidate == name] for name in design.candidates}
    adjusted = adjusted_p(by_candidate, evidence)
    verdicts = []
    for candidate, asked in by_candidate.items():
        judge = _Judge(evidence, design, candidate in stopped, barred_judges(asked, evidence))
        found = [judge.finding(need, p, criteria[need.criterion]) for need, p in zip(asked, adjusted[candidate], strict=True)]
        if candidate in futile:
            found = [replace(held, reasons=(*held.reasons, "FUTILE")) if held.status == "undecided" else held for held in found]
        verdicts.append(Verdict(candidate=candidate, decision=decision_of(found), findings=tuple(found), stamp=None))
    return tuple(verdicts)


def adjusted_p(by_candidate: Mapping[str, Sequence[Requirement]], evidence: Evidence) -> dict[str, list[float | None]]:
    """Return the p of `met` of each requirement after Holm over candidates; None for counts and guards.

    Requirements that only inform cannot hold a candidate back: they stay out of the family, and are multiplied as if they were
    its first. What is asked of a judge is one reading that all candidates share, no choice among them: it is not multiplied.
    """
    raw = {name: [_p_met(asked, evidence.get(asked.quantity)) for asked in needs] for name, needs in by_candidate.items()}
    deciding = [
        [
            p if asked.on_failure == "no-go" and asked.mode == "prove" else None
            for asked, p in zip(needs, raw[name], strict=True)
        ]
        for name, needs in by_candidate.items()
    ]
    adjusted = dict(zip(by_candidate, holm_over_candidates(deciding), strict=True))
    apart = {"prove": len(by_candidate), "instrument": 1}
    return {
        name: [
            min(1.0, apart[asked.mode] * p) if p is not None and held is None else held
            for asked, p, held in zip(needs, raw[name], adjusted[name], strict=True)
        ]
        for name, needs in by_candidate.items()
    }


def barred_judges(requirements: Iterable[Requirement], evidence: Evidence) -> dict[tuple[str, str | None], str]:
    """Return (evalset, grader) of the judges that are shown to agree with people too little, and why, in words."""
    found = {}
    for asked in requirements:
        quantity, estimate = asked.quantity, evidence[asked.quantity]
        if asked.mode == "instrument" and estimate.n and _at_most(estimate.p_breached, quantity.level_breached):
            shown = f"{asked.criterion!r} is breached: {quantity.grader} is shown to agree with people too little"
            found[quantity.evalset, quantity.grader] = f"{shown}, so that its marks decide nothing"
    return found


def decision_of(findings: Iterable[Finding]) -> Decision:
    """Return the decision that follows from a candidate's findings; none, or none proved, is never GO."""
    deciding = [finding for finding in findings if finding.decides]
    if any(finding.status == "breached" for finding in deciding):
        return "NO-GO"
    proved = any(finding.mode == "prove" for finding in deciding)
    return "GO" if proved and all(finding.status == "met" for finding in deciding) else "UNDECIDED"


def overall(verdicts: Sequence[Verdict]) -> Decision:
    """Return GO if a candidate is GO, else UNDECIDED if one is (or there is none), else NO-GO."""
    decisions = {verdict.decision for verdict in verdicts}
    if "GO" in decisions:
        return "GO"
    return "NO-GO" if decisions == {"NO-GO"} else "UNDECIDED"


def recommended(verdicts: Sequence[Verdict], output_tokens: Mapping[str, float]) -> str | None:
    """Return the GO candidate to ship.

    It is the one with the largest estimate on the first superiority criterion, then fewer tokens, then file order.
    """
    passed = [verdict for verdict in verdicts if verdict.decision == "GO"]
    if not passed:
        return None
    unknown = float("inf")
    return min(passed, key=lambda verdict: (-_first_lift(verdict), output_tokens.get(verdict.candidate, unknown))).candidate


def _first_lift(verdict: Verdict) -> float:
    """Return the smallest lift (over baselines) on the first superiority criterion; minus infinity where there is none."""
    first = next((finding.criterion for finding in verdict.findings if finding.kind == "superiority"), None)
    lifts = [finding.estimate.value for finding in verdict.findings if finding.criterion == first]
    return min((lift for lift in lifts if lift is not None), default=float("-inf"))


def _p_met(asked: Requirement, estimate: Estimate | None) -> float | None:
    if asked.mode not in ("prove", "instrument"):
        return None
    return 1.0 if estimate is None or estimate.p_met is None else estimate.p_met


class _Judge:
    """Finds the status of one candidate's requirements."""

    def __init__(self, evidence: Evidence, design: Design, stopped: bool, barred: Mapping[tuple[str, str | None], str]) -> None:
        self.evidence, self.design, self.stopped, self.barred = evidence, design, stopped, barred

    def finding(self, asked: Requirement, p_adjusted: float | None, criterion: Criterion) -> Finding:
        estimate = self._read(asked)
        status, reasons = self._status(asked, estimate, p_adjusted)
        if estimate.n and isinstance(criterion, Vetoing):
            status = criterion.ruling(estimate)
            reasons = (reasons or ("MORE_DATA",)) if status == "undecided" else ()
        undecided = status == "undecided" and reasons not in (("NOT_RUN",), ("JUDGE_BARRED",))
        quantity = asked.quantity
        return Finding(
            criterion=asked.criterion,
            kind=asked.kind,
            on_failure=asked.on_failure,
            status=status,
            reasons=reasons,
            statement=criterion.statement(asked, estimate, status) + self._why(asked, estimate, status, p_adjusted),
            evalset=quantity.evalset,
            slice=quantity.slice,
            grader=quantity.grader,
            baseline=quantity.baseline,
            system=quantity.system,
            mode=asked.mode,
            estimate=estimate,
            p_value=_p_met(asked, estimate),
            p_adjusted=p_adjusted,
            margin=asked.margin,
            threshold=None if asked.mode == "count" else quantity.threshold,
            needed_n=criterion.needed_n(asked, estimate, self.design) if undecided else None,
        )

    def _read(self, asked: Requirement) -> Estimate:
        """Return the estimate with what keeps it from deciding: a barred judge; of a guard nothing else but lacking labels."""
        estimate, quantity = self.evidence[asked.quantity], asked.quantity
        if self.stopped and estimate.n_missing:
            estimate = replace(estimate, is_cut_short=True)
        grader = quantity.grader or self.design.evalsets[quantity.evalset].only_grader
        because = self.barred.get((quantity.evalset, grader))
        if because is not None and asked.mode in ("prove", "guard"):
            return replace(estimate, blocked="JUDGE_BARRED", blocked_because=because)
        if asked.mode == "guard" and estimate.blocked != "TOO_FEW_HUMAN_LABELS":
            return replace(estimate, blocked=None, blocked_because=None)
        return estimate

    def _status(self, asked: Requirement, estimate: Estimate, p_adjusted: float | None) -> tuple[Status, tuple[Reason, ...]]:
        if self.stopped and estimate.n == 0:
            return "undecided", ("NOT_RUN",)
        if asked.mode == "count":
            return self._counted(asked, estimate)
        if estimate.blocked == "JUDGE_BARRED":
            return "undecided", ("JUDGE_BARRED",)
        if estimate.n == 0:
            unresolved: tuple[Reason, ...] = ("UNRESOLVED_ITEMS",) if estimate.n_missing else ()
            unlabelled = estimate.blocked == "TOO_FEW_HUMAN_LABELS" or not unresolved
            return "undecided", (*unresolved, self._lacking(asked, estimate)) if unlabelled else unresolved
        if _at_most(estimate.p_breached, asked.quantity.level_breached):
            return "breached", ()
        if asked.mode == "veto":
            return "met", ()  # it can only say no
        return self._guarded(asked, estimate) if asked.mode == "guard" else self._proved(asked, estimate, p_adjusted)

    def _counted(self, asked: Requirement, estimate: Estimate) -> tuple[Status, tuple[Reason, ...]]:
        within = estimate.value is not None and estimate.value <= asked.quantity.threshold + ROUNDING
        return ("met", ()) if within else ("undecided", ("NOT_RUN" if self.stopped else "UNRESOLVED_ITEMS",))

    def _proved(self, asked: Requirement, estimate: Estimate, p_adjusted: float | None) -> tuple[Status, tuple[Reason, ...]]:
        if estimate.blocked is None and _at_most(p_adjusted, self.design.alpha):
            return "met", ()
        reasons: list[Reason] = []
        if estimate.n_missing and self._depends_on_missing(asked, estimate):
            reasons.append("NOT_RUN" if self.stopped else "UNRESOLVED_ITEMS")
        if estimate.blocked or not reasons:
            reasons.append(self._lacking(asked, estimate))
        return "undecided", tuple(reasons)

    def _lacking(self, asked: Requirement, estimate: Estimate) -> Reason:
        """Return what there is too little of. As long as people have not labelled everything, labels come before examples."""
        if estimate.blocked == "TOO_FEW_CLUSTERS":
            return "TOO_FEW_CLUSTERS"
        if estimate.blocked == "TOO_FEW_HUMAN_LABELS" or asked.mode == "instrument":
            return "TOO_FEW_HUMAN_LABELS"
        if estimate.judged is None or estimate.blocked:
            return "MORE_DATA"
        outline, part = self.design.evalsets[asked.quantity.evalset], asked.quantity.slice
        size = outline.n if part is None else outline.slices[part]
        return "TOO_FEW_HUMAN_LABELS" if estimate.judged.n_human < size - estimate.n_missing else "MORE_DATA"

    def _depends_on_missing(self, asked: Requirement, estimate: Estimate) -> bool:
        """Tell whether the missing answers could make it met or breached."""
        could_be_met = _at_most(estimate.p_met_best, asked.quantity.level_met)
        could_be_breached = _at_most(estimate.p_breached_worst, asked.quantity.level_breached)
        return could_be_met or could_be_breached

    def _guarded(self, asked: Requirement, estimate: Estimate) -> tuple[Status, tuple[Reason, ...]]:
        alarm = self._alarm(asked)
        if alarm == "sounds":
            return "undecided", ("SLICE_ALARM",)
        if estimate.blocked == "TOO_FEW_HUMAN_LABELS":
            return "undecided", ("TOO_FEW_HUMAN_LABELS",)
        if alarm == "silent":
            return "met", ()
        if alarm == "unresolved":
            return "undecided", ("UNRESOLVED_ITEMS",)
        return "undecided", ("TOO_FEW_CLUSTERS" if estimate.n_clusters is not None else "MORE_DATA",)

    def _alarm(self, asked: Requirement) -> Alarm:
        """Hear a guard's alarm: the drop reaches the margin and is evidence against "no harm".

        Where answers are missing it sounds only if it does in the best completion too. A drop that reaches the margin but that
        no test can judge (one cluster, no spread) is not silence.
        """
        if asked.alarm is None or asked.alarm_level is None or asked.margin is None:
            raise ValueError("a guard needs an alarm")
        heard = self.evidence[asked.alarm]
        ends = [heard.value, heard.worst, heard.best] if heard.n_missing else [heard.value]
        known = [value for value in ends if value is not None]
        deep = [value <= -asked.margin + ROUNDING for value in (min(known, default=0.0), max(known, default=0.0))]
        if deep[1] and _at_most(heard.p_breached, asked.alarm_level):
            return "sounds"
        if deep[0] and _at_most(heard.p_breached_worst, asked.alarm_level):
            return "unresolved"
        untested = heard.p_breached_worst == heard.p_met_best == 1.0
        return "untested" if deep[0] and untested else "silent"

    def _why(self, asked: Requirement, estimate: Estimate, status: Status, p_adjusted: float | None) -> str:
        """Name the gate that decided where the interval alone does not tell."""
        if status != "undecided" or asked.mode in ("count", "veto"):
            return ""
        if not (estimate.n or estimate.blocked == "TOO_FEW_HUMAN_LABELS"):
            return ""
        alarm = self._alarm(asked) if asked.mode == "guard" else None
        if alarm and (estimate.blocked is None or (alarm == "sounds" and estimate.blocked != "JUDGE_BARRED")):
            return _ALARM_WORDS[alarm]
        if estimate.blocked_because:
            return f": {estimate.blocked_because}"
        alpha, threshold, family = self.design.alpha, asked.quantity.threshold, len(self.design.candidates)
        if _at_most(estimate.p_met, alpha) and not _at_most(p_adjusted, alpha):
            return f": p = {estimate.p_met:.4g} alone, {p_adjusted:.4g} after Holm over {family} candidates"
        if _at_most(estimate.p_breached, alpha):
            shared = f"{asked.quantity.level_breached:.4g}, alpha shared by all findings that can breach"
            return f": the shortfall has p = {estimate.p_breached:.4g}, a breach needs {shared}"
        if estimate.value is not None and estimate.value <= threshold and asked.mode != "instrument":
            return ": more data is unlikely to give GO"
        return ""


_ALARM_WORDS: dict[Alarm, str] = {
    "sounds": ": this drop is evidence of harm",
    "unresolved": ": with the missing answers against it, this would be evidence of harm",
    "untested": ": the drop reaches the margin, and there is too little in this slice to test it",
    "silent": "",
}


def _at_most(p: float | None, level: float) -> bool:
    return p is not None and p <= level
