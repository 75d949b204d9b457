"""Verdicts as the page shows them: the decision about one candidate, and its findings drawn by unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from tuneproof.core.verdict import Finding, Verdict
from tuneproof.stages import _decision
from tuneproof.stages import _findings as findings
from tuneproof.stages._allowance import Allowance, more
from tuneproof.stages._figures import Drawing, Span, Tick, shared_scale
from tuneproof.stages._user_text import cut, short


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFinding:
    """A finding and its interval."""

    words: findings.FindingView
    """Its texts."""
    drawing: Drawing
    """Its interval against its margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """Findings whose numbers share a unit, and therefore a scale."""

    title: str
    """What the numbers are."""
    axis: tuple[Tick, ...]
    """The labelled scale."""
    rows: tuple[DrawnFinding, ...]
    """In the order of the criteria."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """One candidate: what was decided, why, and every finding."""

    candidate: str
    """Its name."""
    decision: str
    """GO, NO-GO or UNDECIDED."""
    sign: str
    """Its sign."""
    tone: str
    """Its colour."""
    stamp: str | None
    """EXPLORATORY, or None."""
    is_recommended: bool
    """Whether it is the one to ship."""
    why: tuple[str, ...]
    """One sentence or two."""
    settles: tuple[str, ...]
    """What keeps it open; empty where it is not."""
    tally: str
    """How many findings came to what."""
    groups: tuple[FindingGroup, ...]
    """Its findings, by scale."""
    findings: tuple[findings.FindingView, ...]
    """Its findings, in order."""
    hidden: str
    """How many findings are not shown; empty where all are."""


def verdict_view(verdict: Verdict, recommended: str | None, allowance: Allowance) -> VerdictView:
    """Return one candidate's verdict, with as many findings as may be shown."""
    # What decides against the candidate comes first where not everything can be shown; the order of the criteria otherwise.
    worst = sorted(verdict.findings, key=lambda finding: ("breached", "undecided", "met").index(finding.status))
    kept = {id(finding) for finding in allowance.some(worst)}
    shown = [finding for finding in verdict.findings if id(finding) in kept]
    return VerdictView(
        candidate=short(verdict.candidate),
        decision=verdict.decision,
        sign=_decision.SIGNS[verdict.decision],
        tone=_decision.TONES[verdict.decision],
        stamp=verdict.stamp,
        is_recommended=verdict.candidate == recommended,
        why=tuple(cut(sentence, allowance.text) for sentence in _decision.why(verdict)),
        settles=tuple(cut(reason, allowance.text) for reason in _decision.settles(verdict)),
        tally=tally(verdict.findings),
        groups=_finding_groups(shown),
        findings=tuple(findings.view(finding) for finding in shown),
        hidden=more(len(verdict.findings) - len(shown)),
    )


def tally(found: Sequence[Finding]) -> str:
    """Return how many findings came to what: `5 met, 1 undecided, 9 without alarm`."""
    words = ["without alarm" if held.mode == "guard" and held.status == "met" else held.status for held in found]
    counts = [(word, words.count(word)) for word in ("met", "breached", "undecided", "without alarm")]
    return ", ".join(f"{count:,} {status}" for status, count in counts if count) or "no findings"


def _finding_groups(shown: Sequence[Finding]) -> tuple[FindingGroup, ...]:
    """Return the findings by unit: numbers on one scale may be compared by eye, so only comparable ones share it."""
    by_title: dict[str, list[Finding]] = {}
    for finding in shown:
        by_title.setdefault(_unit(finding), []).append(finding)
    return tuple(_finding_group(title, group) for title, group in by_title.items())


def _unit(finding: Finding) -> str:
    if finding.mode == "count":
        return "Shares that were counted"
    if findings.is_difference(finding):
        return "Differences: candidate minus baseline"
    if finding.mode == "instrument":
        return "Judges against people"
    if finding.mode == "veto":
        return "Levels at a checkpoint"
    held = finding.estimate
    if all(0.0 <= value <= 1.0 for value in (held.low, held.high, finding.margin or 0.0)):
        return "Levels of the candidate"
    return f"Measured: {short(finding.kind)}"


def _finding_group(title: str, group: Sequence[Finding]) -> FindingGroup:
    spans = [Span(estimate=one.estimate, threshold=findings.threshold(one), good_side=findings.good_side(one)) for one in group]
    differences = findings.is_difference(group[0])
    scale = shared_scale(spans, is_signed=differences, with_zero=differences or group[0].mode == "count")
    rows = [DrawnFinding(words=findings.view(one), drawing=scale.draw(span)) for one, span in zip(group, spans, strict=True)]
    return FindingGroup(title=title, axis=scale.ticks(), rows=tuple(rows))
