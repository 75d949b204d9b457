"""Stage 8, estimate: tables x quantities become evidence. Only what was registered is estimated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.protocols import CorpusMarker
from tuneproof.stages._agreement import agreed
from tuneproof.stages._inferred import Rows, Sides, nothing, told
from tuneproof.stages._judged import judged
from tuneproof.stages.tabulate import MISSING, Column, Tables
from tuneproof.stats.arrays import BoolArray, IntArray
from tuneproof.stats.inference import LabelTask, Levels, assess, assess_labels, compare, compare_labels
from tuneproof.stats.labelled import label_value
from tuneproof.stats.table import ScoreTable

EXACT_TO = 5000
"""Pairs up to which the deciding test is exact."""

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


def estimate_p(
    quantities: Iterable[Quantity], tables: Tables, corpus: Mapping[tuple[str, str], CorpusMarker], *, alpha: float, seed: int
) -> dict[Quantity, Estimate]:
    """Estimate as `estimate` does, for those who read p's alone: exact limits that bear on none are the whole range."""
    desk = _Desk(tables, corpus, alpha, seed, EXACT_TO, limits=False)
    return {quantity: desk.estimate(quantity) for quantity in dict.fromkeys(quantities)}


@dataclass(frozen=True, slots=True)
class _Desk:
    tables: Tables
    corpus: Mapping[tuple[str, str], CorpusMarker]
    alpha: float
    seed: int
    exact_to: int
    limits: bool = True

    def estimate(self, quantity: Quantity) -> Estimate:
        if quantity.kind == "missing":
            return self._counted(quantity)
        if quantity.kind == "agreement":
            return agreed(quantity, self.tables, self._levels(quantity))
        column = self.tables.columns.get((quantity.evalset, quantity.grader))
        if column is None:
            return self._nothing(quantity)
        marker = self.corpus.get((quantity.evalset, quantity.grader or "")) if quantity.measure == "value" else None
        if marker is not None:
            return self._corpus(quantity, column, marker)
        table = column.scores if quantity.measure == "value" else column.measures.get(quantity.measure)
        if table is None:
            return self._nothing(quantity)
        found = self._scores(quantity, table)
        # A judge's readings give its marks away, also where nobody has looked for people's labels.
        if column.readings or (quantity.evalset, quantity.grader) in self.tables.people:
            return judged(quantity, found, self.tables, self._levels(quantity))
        return found

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
            limits=self.limits,
        )

    def _scores(self, quantity: Quantity, whole: ScoreTable) -> Estimate:
        table = whole if quantity.slice is None else whole.select(quantity.slice)
        mine, levels = table.bounds(quantity.system), self._levels(quantity)
        rows = Rows(example_ids=table.example_ids, clusters=table.clusters)
        if quantity.baseline is None:
            bounded = assess(mine, clusters=table.clusters, threshold=quantity.threshold, levels=levels)
            return told(quantity, bounded, Sides.of_level(rows, mine), self.alpha)
        other = table.bounds(quantity.baseline)
        bounded = compare(mine, other, clusters=table.clusters, threshold=quantity.threshold, levels=levels)
        return told(quantity, bounded, Sides.of_pair(rows, mine, other), self.alpha)

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
            return told(quantity, bounded, Sides(candidate=value), self.alpha)
        other = self._labels(column, quantity.baseline)[chosen]
        bounded = compare_labels(mine, other, task=task, threshold=threshold, levels=levels, seed=self.seed)
        both = (mine != MISSING).all(axis=1) & (other != MISSING).all(axis=1)
        part = replace(task, gold=task.gold[both], clusters=task.clusters[both])
        values = [label_value(part, held[both]) if both.any() else None for held in (mine, other)]
        return told(quantity, bounded, Sides(candidate=values[0], baseline=values[1]), self.alpha)

    def _labels(self, column: Column, system: str) -> IntArray:
        row = self.tables.systems.index(system)
        if column.predicted is None:
            raise ValueError("a corpus metric needs predicted labels")
        return column.predicted[row, :, : int(column.scores.repeats[row])]
