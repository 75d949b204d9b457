"""Findings as a CI server reads tests: passed, failed, in error, or skipped.

A breached criterion is a failure and an undecided one an error: neither may look green, and a reader can tell them apart.
Findings that only inform are skipped with their message: visible, and stopping nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tuneproof.core.verdict import Finding, Judgement, Verdict
from tuneproof.stages._decision import headline
from tuneproof.stages._findings import view
from tuneproof.stages._user_text import cut, short

Outcome = Literal["passed", "failure", "error", "skipped"]

_MESSAGE_LIMIT = 500
_TEXT_LIMIT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One finding as a test."""

    name: str
    """Criterion, place and baseline: enough to tell it from every other of the suite."""
    outcome: Outcome
    """What CI makes of it."""
    message: str
    """One line."""
    text: str
    """The numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Totals that must agree with the cases."""

    tests: int
    """All cases."""
    failures: int
    """Breached."""
    errors: int
    """Undecided."""
    skipped: int
    """Only informing, and not met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One candidate."""

    name: str
    """Its name."""
    decision: str
    """GO, NO-GO or UNDECIDED."""
    stamp: str
    """EXPLORATORY, or empty."""
    cases: tuple[Case, ...]
    """One a finding."""
    counts: Counts
    """Their totals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """All suites."""

    suites: tuple[Suite, ...]
    """One a candidate."""
    tests: int
    """Total over suites."""
    failures: int
    """Total over suites."""
    errors: int
    """Total over suites."""
    skipped: int
    """Total over suites."""


def checks(judgement: Judgement | None) -> Checks:
    """Return the whole run as tests; a run without a verdict is one skipped test, a verdict without candidates one in error."""
    if judgement is None:
        unjudged = Case(name="verdict", outcome="skipped", message="nothing was judged: the run only collected", text="")
        suites = [_suite("run", "NO VERDICT", "", [unjudged])]
    elif not judgement.verdicts:
        suites = [_suite("run", judgement.decision, judgement.stamp or "", [_not_go(headline(judgement).action)])]
    else:
        suites = [_of_candidate(verdict) for verdict in judgement.verdicts]
    total = _counts([case for suite in suites for case in suite.cases])
    return Checks(
        suites=tuple(suites),
        tests=total.tests,
        failures=total.failures,
        errors=total.errors,
        skipped=total.skipped,
    )


def _of_candidate(verdict: Verdict) -> Suite:
    cases = [_case(finding) for finding in verdict.findings]
    is_green = all(case.outcome in ("passed", "skipped") for case in cases)
    if verdict.decision != "GO" and is_green:
        cases.append(_not_go(f"{verdict.decision}: no finding shows {short(verdict.candidate)} fit to ship"))
    return _suite(short(verdict.candidate), verdict.decision, verdict.stamp or "", cases)


def _suite(name: str, decision: str, stamp: str, cases: Sequence[Case]) -> Suite:
    return Suite(name=name, decision=decision, stamp=stamp, cases=tuple(cases), counts=_counts(cases))


def _counts(cases: Sequence[Case]) -> Counts:
    outcomes = [case.outcome for case in cases]
    return Counts(
        tests=len(cases),
        failures=outcomes.count("failure"),
        errors=outcomes.count("error"),
        skipped=outcomes.count("skipped"),
    )


def _not_go(message: str) -> Case:
    return Case(name="verdict", outcome="error", message=message, text=message)


def _case(finding: Finding) -> Case:
    words = view(finding)
    against = f" vs {words.against}" if words.against else ""
    measured = f"{words.point} ({words.level} interval {words.interval})" if words.interval else words.point
    lines = [finding.statement, f"{measured}, {words.needs}, n = {words.n}, {words.n_missing} missing", *words.reasons]
    return Case(
        name=f"{words.criterion} [{words.place}]{against}" + (f" ({words.system})" if finding.mode == "count" else ""),
        outcome=_outcome(finding),
        message=cut("; ".join([finding.statement, *words.reasons]), _MESSAGE_LIMIT),
        text=cut("\n".join(lines), _TEXT_LIMIT),
    )


def _outcome(finding: Finding) -> Outcome:
    if finding.status == "met":
        return "passed"
    if finding.on_failure == "report":
        return "skipped"
    return "failure" if finding.status == "breached" else "error"
