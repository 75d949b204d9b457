"""How much of a difference is noise: what repeats of a question tell of it, and a baseline that is asked twice.

The mean of k answers varies between examples and, less with every repeat, within one. Both parts are estimated from the marks
of a run; which of them is the larger says whether more repeats or more examples bring more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from tuneproof.core.movement import Noise, Repeats
from tuneproof.stages.movement import Pair, movements
from tuneproof.stages.survey import Ground
from tuneproof.stats.arrays import FloatArray, n_distinct
from tuneproof.stats.table import ScoreTable

COST_RATIO = 1.0
"""What a further example costs beside its answers, in answers. Nobody knows what writing one takes; 1 favours examples."""
MOST_REPEATS = 50
"""No more are ever advised: where examples seem to be alike, their spread is merely too small to be seen."""
LEAST_EXAMPLES = 2
"""A variance between examples needs two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Where the spread of the mean difference of one example comes from."""

    n: int
    """Examples with all repeats of both systems."""
    repeats: tuple[int, int]
    """Repeats of the candidate and of the baseline."""
    within: tuple[float, float]
    """Variance between repeats of one example, candidate and baseline."""
    between: float
    """Variance between examples, with the part of repeats taken out; never below 0."""

    @property
    def both(self) -> float:
        """Variance between repeats of one example, both systems together."""
        return sum(self.within)

    def standard_error(self, *repeats: float) -> float:
        """Return the standard error of the mean difference with so many repeats of candidate and baseline."""
        rest = sum(variance / count for variance, count in zip(self.within, repeats, strict=True))
        return sqrt((self.between + rest) / self.n)

    @property
    def best_repeats(self) -> int:
        """Return the repeats that bring most for what they cost: the root of (within / between) x `COST_RATIO`."""
        if self.both <= 0.0:
            return 1
        if self.between * MOST_REPEATS**2 <= self.both * COST_RATIO:
            return MOST_REPEATS
        return max(1, round(sqrt(self.both / self.between * COST_RATIO)))


def repeats(ground: Ground) -> tuple[Repeats, ...]:
    """Split the spread of each difference whose two systems are both asked several times, on whole evalsets.

    Metrics of a whole set are left out: they have no mark for one example.
    """
    found = []
    for evalset, grader in ground.shown_columns():
        if (evalset, grader) in ground.corpus:
            continue
        table = ground.tables.columns[evalset, grader].scores
        for candidate in ground.candidates:
            for baseline in ground.baselines:
                spread = split(table, candidate, baseline)
                if spread is not None:
                    found.append(_told(spread, table, (candidate, baseline, evalset, grader)))
    return tuple(found)


def unsplit(pairs: Iterable[tuple[str, str]], repeats: Mapping[str, int]) -> list[str]:
    """Return a caution for each pair of which only one system is asked several times: the other's own spread is unknown.

    Args:
        pairs: (candidate, baseline).
        repeats: System to its number of repeats.
    """
    return [
        f"{often} is asked {repeats[often]} times and {once} once: how far {once} differs from itself is unknown, "
        f"so the spread of their difference is not split"
        for pair in pairs
        for often, once in (pair, pair[::-1])
        if repeats[often] > 1 and repeats[once] == 1
    ]


def split(table: ScoreTable, candidate: str, baseline: str) -> Spread | None:
    """Return where the spread of a difference comes from; None where a system is asked once, or too little is measured.

    Source: statistics of a one-way layout with random examples: the variance of the mean difference of one example is the
    variance between examples plus, for each system, its variance within examples over its repeats.
    """
    counts = tuple(int(table.repeats[table.systems.index(name)]) for name in (candidate, baseline))
    if min(counts) < 2:
        return None
    known = table.resolved(candidate) & table.resolved(baseline)
    n = int(known.sum())
    if n < LEAST_EXAMPLES:
        return None
    mine, other = (_marks(table, name)[known] for name in (candidate, baseline))
    within = (_within(mine), _within(other))
    noise = within[0] / counts[0] + within[1] / counts[1]
    seen = float((mine.mean(axis=1) - other.mean(axis=1)).var(ddof=1))
    return Spread(n=n, repeats=(counts[0], counts[1]), within=within, between=max(0.0, seen - noise))


def noise(pairs: Sequence[Pair], ground: Ground, changed: Mapping[tuple[str, str], int] | None = None) -> tuple[Noise, ...]:
    """Return how far systems differ from themselves, on whole evalsets.

    Args:
        pairs: (system, row of its first asking, row of its second) of the tables.
        ground: Tables of the examples that were asked twice, and of no others.
        changed: (system, evalset) to the number of examples whose text changed; None where texts were not compared.
    """
    whole = [held for held in movements(pairs, ground, changed) if held.slice is None]
    return tuple(Noise(movement=held, n=len(ground.evalsets[held.evalset].examples)) for held in whole)


def _marks(table: ScoreTable, system: str) -> FloatArray:
    """Return float64[examples, repeats] of one system."""
    at = table.systems.index(system)
    return table.values[at, :, : int(table.repeats[at])]


def _within(marks: FloatArray) -> float:
    return float(marks.var(axis=1, ddof=1).mean())


def _told(spread: Spread, table: ScoreTable, at: tuple[str, str, str, str | None]) -> Repeats:
    candidate, baseline, evalset, grader = at
    return Repeats(
        candidate=candidate,
        baseline=baseline,
        evalset=evalset,
        grader=grader,
        n=spread.n,
        repeats=min(spread.repeats),
        within=spread.both,
        between=spread.between,
        best_repeats=spread.best_repeats,
        sentence=f"{candidate} against {baseline} on {evalset}: "
        + _follows(spread, clustered=n_distinct(table.clusters) < table.clusters.size),
    )


def _follows(spread: Spread, *, clustered: bool) -> str:
    if spread.both <= 0.0:
        return f"no repeat of an example was marked differently on {spread.n} examples: one repeat is enough"
    mine, other = spread.repeats
    times = f"{mine} repeats" if mine == other else f"{mine} and {other} repeats"
    now, once, endless = (spread.standard_error(*counts) for counts in (spread.repeats, (1, 1), (np.inf, np.inf)))
    whose = f"on {spread.n} examples" + (" (counted as independent, which these are not)" if clustered else "")
    seen = (
        f"standard error of the difference {whose}: {once:.4f} with one repeat, {now:.4f} with {times}, {endless:.4f} at best"
    )
    if spread.best_repeats == MOST_REPEATS:
        return f"{seen}; nearly all of the spread lies between repeats: more repeats help as much as more examples"
    best = f"{spread.best_repeats} repeat" + "s" * (spread.best_repeats > 1)
    return f"{seen}; most per call is gained with {best} of each example"
