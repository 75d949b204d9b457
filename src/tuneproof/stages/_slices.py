"""Slices as the page shows them: candidate minus baseline, slice by slice, on one scale. Shown, not judged."""

from collections.abc import Sequence
from dataclasses import dataclass

from tuneproof.core.report import Dossier, SliceDifference
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._figures import Drawing, Span, Tick, shared_scale
from tuneproof.stages._findings import place
from tuneproof.stages._user_text import short


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRow:
    """Candidate minus baseline on one slice."""

    name: str
    """Name of the slice."""
    is_whole: bool
    """Whether it is the whole evalset."""
    n: str
    """Resolved examples, and what is missing."""
    levels: str
    """The baseline's mean and the candidate's."""
    difference: str
    """The difference."""
    interval: str
    """Its limits."""
    drawing: Drawing
    """The same, drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceGroup:
    """The slices of one evalset, candidate and baseline."""

    title: str
    """Evalset and grader, candidate and baseline."""
    level: str
    """Level of the intervals."""
    axis: tuple[Tick, ...]
    """The labelled scale."""
    rows: tuple[SliceRow, ...]
    """The whole evalset first."""
    hidden: str
    """How many slices are not shown; empty where all are."""


def slice_groups(dossier: Dossier, allowance: Allowance) -> tuple[SliceGroup, ...]:
    """Return the differences, one group an evalset, grader, candidate and baseline."""
    groups: dict[tuple[str, ...], list[SliceDifference]] = {}
    for one in dossier.differences:
        groups.setdefault((one.evalset, one.grader, one.candidate, one.baseline), []).append(one)
    return tuple(_slice_group(group, allowance) for group in groups.values())


def _slice_group(group: Sequence[SliceDifference], allowance: Allowance) -> SliceGroup:
    first = group[0]
    ordered = sorted(group, key=lambda one: one.slice is not None)
    shown = allowance.some(ordered)
    scale = shared_scale([Span(estimate=one.estimate) for one in shown], is_signed=True, with_zero=True)
    return SliceGroup(
        title=f"{place(first.evalset, None, first.grader)}: {short(first.candidate)} minus {short(first.baseline)}",
        level=numerals.level(first.estimate.level),
        axis=scale.ticks(),
        rows=tuple(_slice_row(one, scale.draw(Span(estimate=one.estimate))) for one in shown),
        hidden=allowance.hidden(ordered),
    )


def _slice_row(one: SliceDifference, drawing: Drawing) -> SliceRow:
    held = one.estimate
    missing = f" (+{held.n_missing:,} missing)" if held.n_missing else ""
    return SliceRow(
        name="whole evalset" if one.slice is None else short(one.slice),
        is_whole=one.slice is None,
        n=f"{held.n:,}{missing}",
        levels=f"{numerals.score(held.baseline_value)} \u2192 {numerals.score(held.candidate_value)}",
        difference=numerals.signed(held.value),
        interval=f"{numerals.signed(held.low)} to {numerals.signed(held.high)}",
        drawing=drawing,
    )
