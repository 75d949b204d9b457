"""Foresee: is a verdict certain although answers are still to come?

Answers to come stand in the tables as missing ones, and the decision already takes missing answers at their worst for `met`
and at their best for `breached`. So where it says GO or NO-GO, no answer can change it any more; and where no answer can make
it say either, UNDECIDED is certain. That holds for tests whose p only falls with every answer that gets better, and no other:
the exact tests of yes/no marks. A t-test of scores is not one of them (a large gain widens its interval), so whatever such a
test has to say is taken to be open until its last answer is in.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tuneproof.core.estimate import Evidence, Quantity
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.verdict import Decision, Finding, Verdict
from tuneproof.stages.decide import decide, decision_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What of one candidate is certain."""

    decision: Decision
    """The verdict that the whole run would give."""
    is_apart: bool
    """Whether no other candidate's verdict can depend on this one's answers to come: its share of Holm's family is settled."""
    sentence: str
    """Why, in one sentence."""


def foresee(
    requirements: Sequence[Requirement],
    evidence: Evidence,
    criteria: Mapping[str, Criterion],
    design: Design,
    unsettled: Collection[Quantity],
    stopped: Collection[str] = (),
) -> dict[str, Foresight]:
    """Return the candidates whose verdict is certain.

    Args:
        requirements: As registered.
        evidence: Over all examples; answers to come are missing.
        criteria: By name.
        design: Who is compared, on what.
        unsettled: Quantities with answers to come whose test is not proven to be monotone: they may come to anything.
        stopped: Candidates that were ended before.
    """
    found: dict[str, Foresight] = {}
    for verdict in decide(requirements, evidence, criteria, design, stopped):
        asked = [need for need in requirements if need.candidate == verdict.candidate]
        if verdict.candidate not in stopped and (told := _certain(verdict, asked, design.alpha, unsettled)):
            found[verdict.candidate] = told
    return found


def _certain(verdict: Verdict, asked: Sequence[Requirement], alpha: float, unsettled: Collection[Quantity]) -> Foresight | None:
    pairs = list(zip(asked, verdict.findings, strict=True))
    known = [(need, finding) for need, finding in pairs if not _is_open(need, unsettled)]
    deciding = [(need, finding) for need, finding in pairs if need.on_failure == "no-go" and need.mode != "veto"]
    if decision_of(finding for _, finding in known) == "NO-GO":
        worst = next(finding for _, finding in known if finding.decides and finding.status == "breached")
        why = f"{worst.criterion!r} is breached whatever the answers to come are"
        return Foresight(decision="NO-GO", is_apart=_is_last(known, alpha), sentence=why)
    if verdict.decision == "GO" and not any(_is_open(need, unsettled) for need, _ in deciding):
        why = "every criterion is met whatever the answers to come are"
        return Foresight(decision="GO", is_apart=False, sentence=why)
    return _without_a_way(known, deciding, alpha, unsettled)


def _without_a_way(
    known: Sequence[tuple[Requirement, Finding]],
    deciding: Sequence[tuple[Requirement, Finding]],
    alpha: float,
    unsettled: Collection[Quantity],
) -> Foresight | None:
    """Return UNDECIDED where neither GO nor NO-GO can be reached any more."""
    breachable = [(need, finding) for need, finding in deciding if need.can_breach]
    if any(_is_open(need, unsettled) or _could_be_breached(need, finding) for need, finding in breachable):
        return None
    for need, finding in known:
        if _fails(need, finding, alpha):
            why = f"{finding.criterion!r} can be neither met nor breached any more"
            return Foresight(decision="UNDECIDED", is_apart=True, sentence=why)
        if need.on_failure == "no-go" and "SLICE_ALARM" in finding.reasons:
            why = (
                f"the alarm on {finding.slice!r} sounds whatever the answers to come are, and nothing can be breached any more"
            )
            return Foresight(decision="UNDECIDED", is_apart=False, sentence=why)
    return None


def _is_last(known: Sequence[tuple[Requirement, Finding]], alpha: float) -> bool:
    """Tell whether a proof of it fails for certain, so that it ranks behind every candidate that Holm could reject for.

    One that is lost by a guard alone may have every proof, and then it stands before the others and eases their share.
    """
    return any(_fails(need, finding, alpha) for need, finding in known)


def _fails(need: Requirement, finding: Finding, alpha: float) -> bool:
    """Tell whether a deciding proof cannot be given any more, whatever the answers to come are."""
    return need.on_failure == "no-go" and need.mode == "prove" and (finding.estimate.p_met_best or 0.0) > alpha


def _could_be_breached(need: Requirement, finding: Finding) -> bool:
    p = finding.estimate.p_breached_worst
    return p is not None and p <= need.quantity.level_breached


def _is_open(need: Requirement, unsettled: Collection[Quantity]) -> bool:
    return need.quantity in unsettled or (need.alarm is not None and need.alarm in unsettled)
