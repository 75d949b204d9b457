"""What a report shows beside the verdict: levels, slices, flips with both answers, failures. It decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tuneproof.core.completion import Completion, Reply
from tuneproof.core.digest import canonical_json
from tuneproof.core.estimate import Estimate, Evidence, Quantity
from tuneproof.core.example import Evalset, Example
from tuneproof.core.protocols import CorpusMarker
from tuneproof.core.report import FailureRow, Flip, FlipGroup, Level, SliceDifference
from tuneproof.core.score import Score
from tuneproof.stages.estimate import estimate
from tuneproof.stages.tabulate import MISSING, Tables
from tuneproof.stats.fields import precision_recall_f1
from tuneproof.stats.jackknife import confusion

FLIPS_KEPT = 200
"""Flips kept with their texts, per candidate, baseline and evalset; the counts cover all."""
FAILURES_KEPT = 200
"""Missing and ungradable answers kept; the count covers all."""
SHOWN_EXACT_TO = 1000
"""Pairs up to which differences that decide nothing are exact; beyond, the closed form of the same test is within 0.001."""
OWN = "own grader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a survey looks at."""

    tables: Tables
    """All scores."""
    evalsets: Mapping[str, Evalset]
    """By name."""
    corpus: Mapping[tuple[str, str], CorpusMarker]
    """(evalset, grader) to its marker, for corpus metrics."""
    candidates: tuple[str, ...]
    """In file order."""
    baselines: tuple[str, ...]
    """In file order."""
    alpha: float
    """One-sided error; intervals are shown at 1 - 2 alpha."""
    seed: int
    """Seed of every draw."""
    evidence: Evidence
    """What was registered and estimated: shown again as it was judged, never computed a second way."""

    def parts(self, evalset: str, grader: str | None) -> tuple[str | None, ...]:
        """Return the whole evalset and its slices; a metric of the whole set says nothing about one."""
        return (None,) if (evalset, grader) in self.corpus else (None, *self.evalsets[evalset].slice_sizes())

    def shown_columns(self) -> list[tuple[str, str | None]]:
        """Return the columns worth showing: named graders that mark every example, own ones where examples differ."""
        columns, order = self.tables.columns, list(self.evalsets)
        mixed = {name for name, held in self.evalsets.items() if len({held.own_grader(e) for e in held.examples}) > 1}
        shown = [key for key, column in columns.items() if (key[0] in mixed if key[1] is None else bool(column.asked.all()))]
        return sorted(shown, key=lambda key: order.index(key[0]))


def levels(ground: Ground) -> tuple[Level, ...]:
    """Return each system's mean on each evalset and slice; intervals on whole evalsets only."""
    return tuple(
        _level(ground, (evalset, grader), part, system)
        for evalset, grader in ground.shown_columns()
        for part in ground.parts(evalset, grader)
        for system in ground.tables.systems
    )


def differences(ground: Ground) -> tuple[SliceDifference, ...]:
    """Return candidate minus baseline on each evalset and slice."""
    asked: dict[Quantity, tuple[str, str | None]] = {}
    for evalset, grader in ground.shown_columns():
        for part in ground.parts(evalset, grader):
            for candidate in ground.candidates:
                for baseline in ground.baselines:
                    quantity = _quantity(ground, (evalset, grader), part, candidate)
                    asked[replace(quantity, kind="difference", baseline=baseline)] = (evalset, grader)
    judged = {_address(quantity): held for quantity, held in ground.evidence.items() if quantity.kind == "difference"}
    left = [quantity for quantity in asked if _address(quantity) not in judged]
    known = {**{quantity: judged.get(_address(quantity)) for quantity in asked}, **_estimates(ground, left)}
    return tuple(
        SliceDifference(
            evalset=quantity.evalset,
            slice=quantity.slice,
            grader=quantity.grader or OWN,
            candidate=quantity.system,
            baseline=str(quantity.baseline),
            estimate=held,
        )
        for quantity, held in known.items()
        if held is not None
    )


def _address(quantity: Quantity) -> tuple[str | None, ...]:
    """Return what a difference is about, whatever it is tested against."""
    return quantity.evalset, quantity.slice, quantity.grader, quantity.measure, quantity.system, quantity.baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Gleaned:
    """What one pass over the rows of a run brings."""

    flips: tuple[FlipGroup, ...]
    """Per evalset, candidate and baseline, the examples whose score differs, with both answers."""
    failures: tuple[FailureRow, ...]
    """The first missing and ungradable answers."""
    n_failures: int
    """How many there are in all."""


def glean(ground: Ground, replies: Iterable[Reply], scores: Iterable[Score]) -> Gleaned:
    """Read a run's rows once, for the texts and reasons that are shown.

    Args:
        ground: What is surveyed.
        replies: All completions, streamed.
        scores: All scores, streamed.
    """
    pairs = [(c, b) for c in ground.candidates for b in ground.baselines]
    drafts = [_Draft.of(ground, key, pair) for key in ground.shown_columns() for pair in pairs]
    wanted = {(draft.key[0], name) for draft in drafts for name in draft.names()}
    texts: dict[tuple[str, str, str], str] = {}
    reasons: dict[tuple[str, str, str, str], str] = {}
    failures = _Failures()
    for reply in replies:
        failure = reply.completion.failure
        if failure is not None and failure.kind != "not_asked":
            failures.add(reply.system, reply.evalset, reply.example.id, failure.kind, failure.message)
        if reply.repeat == 0 and (reply.evalset, reply.example.id) in wanted:
            texts[reply.evalset, reply.example.id, reply.system] = _answer(reply.completion)
    for score in scores:
        if score.outcome == "ungradable":
            failures.add(score.system, score.evalset, score.example_id, "ungradable", score.reason or "")
        elif score.reason and score.repeat == 0 and (score.evalset, score.example_id) in wanted:
            reasons[score.evalset, score.example_id, score.system, score.grader] = score.reason
    groups = tuple(draft.group(ground.evalsets[draft.key[0]], texts, reasons) for draft in drafts)
    return Gleaned(flips=groups, failures=tuple(failures.kept), n_failures=failures.total)


class _Failures:
    """The first failures, and the count of all."""

    def __init__(self) -> None:
        self.kept: list[FailureRow] = []
        self.total = 0

    def add(self, system: str, evalset: str, example_id: str, kind: str, message: str) -> None:
        self.total += 1
        if len(self.kept) < FAILURES_KEPT:
            row = FailureRow(system=system, evalset=evalset, example_id=example_id, kind=kind, message=message)
            self.kept.append(row)


def label_reports(ground: Ground) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return what stands behind an F1: for each label, or for all fields of JSON answers, precision, recall, F1 and support."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for (evalset, name), column in ground.tables.columns.items():
        if name is not None and column.fields is not None:
            for system, (tp, fp, fn) in zip(ground.tables.systems, column.fields, strict=True):
                shares = [f"{share:.3f}" for share in precision_recall_f1(tp, fp, fn)]
                found[f"{evalset} / {name} / {system}"] = (("all fields", *shares, f"{tp + fn:.0f}"),)
    for (evalset, grader), marker in ground.corpus.items():
        labelled = ground.tables.columns.get((evalset, grader))
        if labelled is None or labelled.gold is None or labelled.predicted is None:
            continue
        for row, system in enumerate(ground.tables.systems):
            answered = labelled.predicted[row, :, 0] != MISSING
            counts = confusion(labelled.gold[answered], labelled.predicted[row, answered, 0], len(marker.labels))
            found[f"{evalset} / {grader} / {system}"] = tuple(
                (held.label, f"{held.precision:.3f}", f"{held.recall:.3f}", f"{held.f1:.3f}", f"{held.support:.0f}")
                for held in marker.report(counts)
            )
    return found


def _quantity(ground: Ground, key: tuple[str, str | None], part: str | None, system: str) -> Quantity:
    return Quantity(
        kind="level",
        evalset=key[0],
        slice=part,
        grader=key[1],
        system=system,
        threshold=0.0,
        level_met=ground.alpha,
        level_breached=ground.alpha,
    )


def _level(ground: Ground, key: tuple[str, str | None], part: str | None, system: str) -> Level:
    quantity = _quantity(ground, key, part, system)
    known = _estimates(ground, [quantity])[quantity]
    column = ground.tables.columns[key]
    chosen = slice(None) if part is None else column.scores.slices[part]
    row = ground.tables.systems.index(system)
    return Level(
        evalset=key[0],
        slice=part,
        grader=key[1] or OWN,
        system=system,
        value=known.value,
        n=known.n,
        n_missing=int(ground.tables.absent[key[0]][row][chosen].sum()),
        n_ungradable=int(column.ungradable[row][chosen].sum()),
        low=known.low if part is None and known.value is not None else None,
        high=known.high if part is None and known.value is not None else None,
    )


def _estimates(ground: Ground, asked: Iterable[Quantity]) -> dict[Quantity, Estimate]:
    return estimate(asked, ground.tables, ground.corpus, alpha=ground.alpha, seed=ground.seed, exact_to=SHOWN_EXACT_TO)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """One group of flips before its texts are known."""

    key: tuple[str, str | None]
    pair: tuple[str, str]
    counts: tuple[int, int, int]
    shown: tuple[tuple[str, float, float], ...]

    @classmethod
    def of(cls, ground: Ground, key: tuple[str, str | None], pair: tuple[str, str]) -> "_Draft":
        table = ground.tables.columns[key].scores
        (mine, mine_high), (other, other_high) = (table.bounds(name) for name in pair)
        both = (mine == mine_high) & (other == other_high)
        gained, lost = both & (mine > other), both & (mine < other)
        order = [*np.flatnonzero(lost), *np.flatnonzero(gained)][:FLIPS_KEPT]
        return cls(
            key=key,
            pair=pair,
            counts=(int(gained.sum()), int(lost.sum()), int(both.sum() - gained.sum() - lost.sum())),
            shown=tuple((table.example_ids[i], float(mine[i]), float(other[i])) for i in order),
        )

    def names(self) -> list[str]:
        return [name for name, _, _ in self.shown]

    def group(self, evalset: Evalset, texts: Mapping[Any, str], reasons: Mapping[Any, str | None]) -> FlipGroup:
        examples = {example.id: example for example in evalset.examples} if self.shown else {}
        return FlipGroup(
            evalset=self.key[0],
            grader=self.key[1] or OWN,
            candidate=self.pair[0],
            baseline=self.pair[1],
            n_gained=self.counts[0],
            n_lost=self.counts[1],
            n_same=self.counts[2],
            shown=tuple(self._flip(evalset, examples[name], values, texts, reasons) for name, *values in self.shown),
        )

    def _flip(
        self,
        evalset: Evalset,
        example: Example,
        values: Sequence[float],
        texts: Mapping[Any, str],
        reasons: Mapping[Any, str | None],
    ) -> Flip:
        candidate, baseline = self.pair
        grader = self.key[1] or evalset.own_grader(example) or OWN
        at = (self.key[0], example.id)
        return Flip(
            evalset=self.key[0],
            example_id=example.id,
            slices=example.slices,
            grader=grader,
            candidate=candidate,
            baseline=baseline,
            direction="gained" if values[0] > values[1] else "lost",
            input=_as_text(example.inputs if example.inputs is not None else example.messages),
            expected=_as_text(example.expected),
            candidate_answer=texts.get((*at, candidate), ""),
            baseline_answer=texts.get((*at, baseline), ""),
            candidate_value=values[0],
            baseline_value=values[1],
            candidate_reason=reasons.get((*at, candidate, grader)),
            baseline_reason=reasons.get((*at, baseline, grader)),
        )


def _answer(completion: Completion) -> str:
    """Return what stands in the place of an answer: its text, or why there is none."""
    failure = completion.failure
    return completion.text or "" if failure is None else f"[no answer: {failure.message}]"


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else canonical_json(value)
