"""Flips and failures: the single answers behind the numbers, and what is lopsided between systems."""

from collections.abc import Callable
from dataclasses import dataclass

from tuneproof.core.report import Dossier, Flip, FlipGroup, SystemFacts
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance, more
from tuneproof.stages._findings import place
from tuneproof.stages._tables import Table, ungradable_marks
from tuneproof.stages._user_text import cut, short

_SUMMARY_LIMIT = 90
_LOPSIDED_SHARE = 0.02
"""Truncations and refusals are the systems' own doing and always differ a little; from two points on the difference is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipView:
    """One example on which the two systems differ."""

    direction: str
    """lost or gained."""
    mark: str
    """Its sign."""
    example_id: str
    """Id of the example."""
    slices: str
    """Its slices; empty where there are none."""
    asked: str
    """What was asked."""
    expected: str
    """What was expected."""
    expected_short: str
    """The same on one short line."""
    baseline_answer: str
    """The baseline's answer."""
    baseline_short: str
    """The same on one short line."""
    baseline_value: str
    """Its score."""
    baseline_reason: str
    """The grader's reason; empty where it gave none."""
    candidate_answer: str
    """The candidate's answer."""
    candidate_short: str
    """The same on one short line."""
    candidate_value: str
    """Its score."""
    candidate_reason: str
    """The grader's reason; empty where it gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipGroupView:
    """The flips of one candidate against one baseline on one evalset."""

    title: str
    """Evalset and grader."""
    candidate: str
    """Name of the candidate."""
    baseline: str
    """Name of the baseline."""
    n_lost: str
    """Examples on which the candidate scores lower."""
    n_gained: str
    """Examples on which it scores higher."""
    n_same: str
    """Examples on which both score the same."""
    shown: tuple[FlipView, ...]
    """Lost first."""
    n_shown: str
    """How many are shown."""
    n_all: str
    """How many there are."""
    is_cut: bool
    """Whether some are not shown."""


def flip_groups(dossier: Dossier, allowance: Allowance) -> tuple[FlipGroupView, ...]:
    """Return all groups that hold a flip or could have held one."""
    return tuple(_group(group, allowance) for group in allowance.some(dossier.flips))


def failures_table(dossier: Dossier, allowance: Allowance) -> Table:
    """Return the first missing and ungradable answers; `hidden` counts all others of the run."""
    rows = tuple(
        (short(row.system), short(row.evalset), short(row.example_id), short(row.kind), short(row.message, 300))
        for row in allowance.some(dossier.failures)
    )
    return Table(
        caption="Missing and ungradable answers",
        columns=("system", "evalset", "example", "kind", "message"),
        rows=rows,
        hidden=more(dossier.n_failures - len(rows)),
    )


def lopsided(dossier: Dossier) -> tuple[str, ...]:
    """Return one line for each kind of failure that befell the systems unevenly.

    A gap between systems may be nothing but failures on one side, so any difference in missing or ungradable answers is said.
    """
    marks = ungradable_marks(dossier)
    systems = dossier.systems
    references = {report.against for report in dossier.judges}  # what pairs are formed with is never judged
    judged = tuple(system for system in systems if system.name not in references)
    lines = [
        _uneven("Missing answers", systems, lambda s: s.missing, lambda s: s.missing + s.completions, 0.0),
        _uneven("Ungradable marks", judged, lambda s: marks.get(s.name, 0), None, 0.0),
        _uneven("Answers cut at max_tokens", systems, lambda s: s.truncated, lambda s: s.completions, _LOPSIDED_SHARE),
        _uneven("Refusals", systems, lambda s: s.refusals, lambda s: s.completions, _LOPSIDED_SHARE),
    ]
    return tuple(line for line in lines if line)


def _uneven(
    what: str,
    systems: tuple[SystemFacts, ...],
    count: Callable[[SystemFacts], int],
    of: Callable[[SystemFacts], int] | None,
    least: float,
) -> str:
    asked = [system for system in systems if of is None or of(system) > 0]
    shares = [count(system) / (of(system) if of else 1) for system in asked]
    if len(asked) < 2 or max(shares) - min(shares) <= least:
        return ""
    told = [
        f"{short(system.name)} {count(system):,}"
        + (f" of {of(system):,} ({numerals.percent(count(system), of(system))})" if of else "")
        for system in asked
    ]
    return f"{what} are uneven: {', '.join(told)}."


def _group(group: FlipGroup, allowance: Allowance) -> FlipGroupView:
    # Sorted again although the survey does: what the candidate broke comes first, whoever filled the dossier.
    ordered = sorted(group.shown, key=lambda flip: flip.direction == "gained")
    shown = tuple(_flip(flip, allowance.text) for flip in ordered[: allowance.flips])
    n_all = group.n_lost + group.n_gained
    return FlipGroupView(
        title=place(group.evalset, None, group.grader),
        candidate=short(group.candidate),
        baseline=short(group.baseline),
        n_lost=numerals.whole(group.n_lost),
        n_gained=numerals.whole(group.n_gained),
        n_same=numerals.whole(group.n_same),
        shown=shown,
        n_shown=numerals.whole(len(shown)),
        n_all=numerals.whole(n_all),
        is_cut=len(shown) < n_all,
    )


def _flip(flip: Flip, limit: int) -> FlipView:
    return FlipView(
        direction=flip.direction,
        mark="\u25bc" if flip.direction == "lost" else "\u25b2",
        example_id=short(flip.example_id),
        slices=short(", ".join(flip.slices), 160),
        asked=cut(flip.input, limit),
        expected=cut(flip.expected, limit),
        expected_short=_summary(flip.expected),
        baseline_answer=cut(flip.baseline_answer, limit) or "(an empty answer)",
        baseline_short=_summary(flip.baseline_answer),
        baseline_value=numerals.score(flip.baseline_value),
        baseline_reason=short(flip.baseline_reason or "", 300),
        candidate_answer=cut(flip.candidate_answer, limit) or "(an empty answer)",
        candidate_short=_summary(flip.candidate_answer),
        candidate_value=numerals.score(flip.candidate_value),
        candidate_reason=short(flip.candidate_reason or "", 300),
    )


def _summary(text: str) -> str:
    return short(text, _SUMMARY_LIMIT) or "(empty)"
