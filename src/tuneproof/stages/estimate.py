"""Stage 8, estimate: tables x quantities become evidence. Only what was registered is estimated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.protocols import CorpusMarker
from tuneproof.stages.tabulate import MISSING, Column, Tables
from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray
from tuneproof.stats.clusters import fit_clusters
from tuneproof.stats.inference import Bounded, LabelTask, Levels, assess, assess_labels, compare, compare_labels
from tuneproof.stats.labelled import label_value
from tuneproof.stats.table import ScoreTable

EXACT_TO = 5000
"""Pairs up to which the deciding test is exact."""

NAMED = 20
"""Examples without a complete score that are named; the count covers all."""

GAMMA_SHARE = 100.0
"""The Berger-Boos gamma is the smallest level that a p is compared with, divided by this."""


def estimate(
    quantities: Iterable[Quantity],
    tables: Tables,
    corpus: Mapping[tuple[str, str], CorpusMarker],
    *,
    alpha: float,
    seed: int,
    exact_to: int = EXACT_TO,
) -> dict[Quantity, Estimate]:
    """Estimate each quantity once.

    Args:
        quantities: What the criteria registered (and what the report shows).
        tables: All scores.
        corpus: (evalset, grader) to its marker, for metrics that are no mean of marks.
        alpha: One-sided error; intervals are shown at 1 - 2 alpha.
        seed: Of the permutation test, the only draw there is.
        exact_to: Pairs up to which paired yes/no comparisons are exact; tables that decide nothing take less.
    """
    desk = _Desk(tables, corpus, alpha, seed, exact_to)
    return {quantity: desk.estimate(quantity) for quantity in dict.fromkeys(quantities)}


@dataclass(frozen=True, slots=True)
class _Desk:
    tables: Tables
    corpus: Mapping[tuple[str, str], CorpusMarker]
    alpha: float
    seed: int
    exact_to: int

    def estimate(self, quantity: Quantity) -> Estimate:
        if quantity.kind == "missing":
            return self._counted(quantity)
        column = self.tables.columns.get((quantity.evalset, quantity.grader))
        if column is None:
            return self._nothing(quantity)
        marker = self.corpus.get((quantity.evalset, quantity.grader or "")) if quantity.measure == "value" else None
        if marker is not None:
            return self._corpus(quantity, column, marker)
        table = column.scores if quantity.measure == "value" else column.measures.get(quantity.measure)
        return self._nothing(quantity) if table is None else self._scores(quantity, table)

    def _counted(self, quantity: Quantity) -> Estimate:
        absent = self.tables.absent[quantity.evalset][self.tables.systems.index(quantity.system)]
        total, lacking = int(absent.size), int(absent.sum())
        share = lacking / total
        return Estimate(
            value=share, low=share, high=share, level=1 - 2 * self.alpha, method="count", n=total - lacking, n_missing=lacking
        )

    def _levels(self, quantity: Quantity) -> Levels:
        return Levels(
            alpha=self.alpha,
            gamma_met=quantity.level_met / GAMMA_SHARE,
            gamma_breached=quantity.level_breached / GAMMA_SHARE,
            exact_to=self.exact_to,
        )

    def _scores(self, quantity: Quantity, whole: ScoreTable) -> Estimate:
        table = whole if quantity.slice is None else whole.select(quantity.slice)
        mine, levels = table.bounds(quantity.system), self._levels(quantity)
        if quantity.baseline is None:
            bounded = assess(mine, clusters=table.clusters, threshold=quantity.threshold, levels=levels)
            return self._told(quantity, bounded, _Sides.of_level(table, mine))
        other = table.bounds(quantity.baseline)
        bounded = compare(mine, other, clusters=table.clusters, threshold=quantity.threshold, levels=levels)
        return self._told(quantity, bounded, _Sides.of_pair(table, mine, other))

    def _nothing(self, quantity: Quantity) -> Estimate:
        """Return the estimate of a quantity for which nothing was scored; all of its examples are missing."""
        absent = self.tables.absent[quantity.evalset]
        chosen = slice(None) if quantity.slice is None else self._slice(quantity)
        return replace(nothing(self.alpha, quantity), n_missing=int(absent[0][chosen].size))

    def _slice(self, quantity: Quantity) -> BoolArray:
        held = next(column for (name, _), column in self.tables.columns.items() if name == quantity.evalset)
        return held.scores.slices[str(quantity.slice)]

    def _corpus(self, quantity: Quantity, column: Column, marker: CorpusMarker) -> Estimate:
        chosen = slice(None) if quantity.slice is None else column.scores.slices[quantity.slice]
        if column.gold is None or column.predicted is None:
            return self._nothing(quantity)
        task = LabelTask(
            gold=np.maximum(column.gold[chosen], 0),  # a gold label that no answer brought stands on no resolved example
            n_labels=len(marker.labels),
            clusters=column.scores.clusters[chosen],
            metric=marker.metric,
        )
        levels, threshold = self._levels(quantity), quantity.threshold
        mine = self._labels(column, quantity.system)[chosen]
        if quantity.baseline is None:
            bounded = assess_labels(mine, task=task, threshold=threshold, levels=levels)
            value = bounded.resolved.value
            return self._told(quantity, bounded, _Sides(candidate=value))
        other = self._labels(column, quantity.baseline)[chosen]
        bounded = compare_labels(mine, other, task=task, threshold=threshold, levels=levels, seed=self.seed)
        both = (mine != MISSING).all(axis=1) & (other != MISSING).all(axis=1)
        part = replace(task, gold=task.gold[both], clusters=task.clusters[both])
        values = [label_value(part, held[both]) if both.any() else None for held in (mine, other)]
        return self._told(quantity, bounded, _Sides(candidate=values[0], baseline=values[1]))

    def _labels(self, column: Column, system: str) -> IntArray:
        row = self.tables.systems.index(system)
        if column.predicted is None:
            raise ValueError("a corpus metric needs predicted labels")
        return column.predicted[row, :, : int(column.scores.repeats[row])]

    def _told(self, quantity: Quantity, bounded: Bounded, sides: "_Sides") -> Estimate:
        resolved, worst, best = bounded.resolved, bounded.worst, bounded.best
        missing = bounded.n_missing > 0
        # A filling that no test can judge (a corpus metric with a missing answer) says nothing about the number of examples.
        blocked = resolved.blocked if worst.method == "none" and resolved.value is not None else worst.blocked
        notes = [*resolved.cautions, *(worst.cautions if missing else ())]
        if missing:
            notes.append("the limits hold whatever the missing answers would have been")
        return Estimate(
            value=resolved.value,
            low=worst.low,
            high=best.high,
            level=1 - 2 * self.alpha,
            method=worst.method if resolved.value is None else resolved.method,
            n=resolved.n,
            n_missing=bounded.n_missing,
            baseline_value=sides.baseline,
            candidate_value=sides.candidate,
            worst=worst.value if missing and worst.method != "none" else None,
            best=best.value if missing and best.method != "none" else None,
            p_met=worst.p_met,
            p_breached=best.p_breached,
            p_met_best=min(best.p_met, resolved.p_met),
            p_breached_worst=min(worst.p_breached, resolved.p_breached),
            blocked=blocked.reason if blocked else None,
            blocked_because=blocked.sentence if blocked else None,
            n_clusters=resolved.n_clusters,
            design_effect=sides.design_effect,
            missing_ids=sides.missing_ids,
            discordance=sides.discordance if quantity.baseline else None,
            sd=sides.sd,
            cross_checks=resolved.cross_checks,
            cautions=tuple(dict.fromkeys(notes)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Descriptive figures over the resolved examples."""

    candidate: float | None
    baseline: float | None = None
    discordance: float | None = None
    sd: float | None = None
    design_effect: float = 1.0
    missing_ids: tuple[str, ...] = ()

    @classmethod
    def of_level(cls, table: ScoreTable, mine: tuple[FloatArray, FloatArray]) -> "_Sides":
        known: BoolArray = mine[0] == mine[1]
        held = mine[0][known]
        effect = _design_effect(held, table.clusters[known])
        return cls(candidate=_mean(held), sd=_sd(held), design_effect=effect, missing_ids=_ids(table, ~known))

    @classmethod
    def of_pair(cls, table: ScoreTable, mine: tuple[FloatArray, FloatArray], other: tuple[FloatArray, FloatArray]) -> "_Sides":
        both: BoolArray = (mine[0] == mine[1]) & (other[0] == other[1])
        ours, theirs = mine[0][both], other[0][both]
        return cls(
            candidate=_mean(ours),
            baseline=_mean(theirs),
            discordance=_mean((ours != theirs).astype(float)),
            sd=_sd(ours - theirs),
            design_effect=_design_effect(ours - theirs, table.clusters[both]),
            missing_ids=_ids(table, ~both),
        )


def _ids(table: ScoreTable, chosen: BoolArray) -> tuple[str, ...]:
    return tuple(table.example_ids[place] for place in np.flatnonzero(chosen)[:NAMED])


def _design_effect(values: FloatArray, clusters: IntArray) -> float:
    """Return the variance of the mean with clusters over that without; 1 where they are independent or cannot be compared."""
    n, groups = values.size, np.unique(clusters).size
    plain = float(values.var()) / n if n > 1 else 0.0
    if groups in (n, 0, 1) or plain <= 0.0:
        return 1.0
    return max(1.0, fit_clusters(values, clusters).cr1 ** 2 / plain)


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if values.size else None


def _sd(values: FloatArray) -> float | None:
    return float(values.std(ddof=1)) if values.size > 1 else None


def nothing(alpha: float, quantity: Quantity) -> Estimate:
    """Return the estimate of a quantity for which nothing was scored: the whole range."""
    low = -1.0 if quantity.baseline else 0.0
    return Estimate(
        value=None,
        low=low,
        high=1.0,
        level=1 - 2 * alpha,
        method="none",
        n=0,
        n_missing=0,
        p_met=1.0,
        p_breached=1.0,
        p_met_best=1.0,
        p_breached_worst=1.0,
        blocked="MORE_DATA",
        blocked_because="nothing was measured",
        cautions=("nothing was measured",),
    )
