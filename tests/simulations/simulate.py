"""The simulator: how often a cell of the plan ends in a GO that is wrong. `python -m tests.simulations.simulate` runs them all.

Whether a requirement is met is asked of the project's own functions. For independent examples a test's answer depends on two
counts, so the tables that it rejects are listed once and looked up; with one look and one candidate their probability is a sum
and nothing is drawn. Clustered examples are drawn and tested one experiment at a time.

Two things make the figures upper bounds. The lists hold what the exact p rejects; where a limit and its p would contradict
each other the program takes the one that rejects less. And nothing ends early with a NO-GO.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from statistics import NormalDist

import numpy as np

from tests.simulations.plan import ALPHA, Cell, cells
from tuneproof.stats.arrays import BoolArray, Bounds, FloatArray, IntArray
from tuneproof.stats.clusters import cr3_p_above, fit_clusters
from tuneproof.stats.inference import Levels, assess, compare
from tuneproof.stats.multiplicity import holm_over_candidates
from tuneproof.stats.power_exact import Rejection, rejection
from tuneproof.stats.proportion import binomial_p_above
from tuneproof.stats.sequential import nominal_levels, times
from tuneproof.stats.spread import LEAST_PAIRS

RESULTS = Path(__file__).with_name("results.json")

RUNS, CLUSTERED_RUNS = 200_000, 4_000
"""Repetitions of a cell of independent examples, and of clustered ones, which take a thousand times as long."""

_CHUNK = 20_000


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What came out of a cell."""

    error: float
    """Share of experiments with a wrong GO."""

    standard_error: float
    """Of that share; 0 where it was enumerated."""

    repetitions: int | None
    """None where it was enumerated."""

    seed: int | None
    """None where it was enumerated."""


# -- one requirement ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One requirement, and what is true of each candidate, on independent examples."""

    test: str
    """`difference` or `level`."""

    threshold: float
    """What must be exceeded."""

    looks_at: tuple[int, ...]
    """Examples that have been asked by each look; the last one is all of them."""

    accuracy: float
    """The baseline's."""

    truths: tuple[tuple[float, float], ...]
    """For each candidate P(only it is right) and P(only the baseline is right); of a level P(right) and 0."""

    missing: float = 0.0
    """Share of either system's answers that are missing, at random."""

    @property
    def times(self) -> tuple[float, ...]:
        """Information times."""
        return tuple(n / self.looks_at[-1] for n in self.looks_at)

    def worst(self, candidate: int) -> tuple[float, float]:
        """P(win) and P(loss) once missing answers are filled in at their worst."""
        (win, lose), m = self.truths[candidate], self.missing
        if self.test == "level":
            return win * (1.0 - m), 0.0
        right, both_wrong = self.accuracy - lose, 1.0 - self.accuracy - win
        return (1.0 - m) ** 2 * win, lose + m * right + m * m * win + m * both_wrong

    def shares(self) -> Sequence[float]:
        """Levels that Holm can ask for, the largest first."""
        return [ALPHA / rank for rank in range(1, len(self.truths) + 1)]

    def rejected(self, share: float, look: int) -> Rejection | int:
        """What the test rejects at a look when registered at a share of alpha: tables, or the least number right."""
        seen = self.times[: look + 1]
        level = nominal_levels(seen, share)[-1]
        gamma = nominal_levels(seen, self.shares()[-1])[-1] / 100.0
        if self.test == "level":
            return _least_right(self.looks_at[look], self.threshold, level)
        most = max(_most(self.looks_at[look], sum(self.worst(candidate))) for candidate in range(len(self.truths)))
        return _region(self.looks_at[look], self.threshold, level, gamma, most)

    def draw(self, rng: np.random.Generator, runs: int) -> tuple[IntArray, IntArray]:
        """(wins, losses), each int64[looks, runs, candidates]: so far at each look, missing answers at their worst.

        Candidates share the baseline's answers, right or wrong, there or missing.
        """
        m, size = self.missing, (len(self.looks_at), runs, len(self.truths))
        wins, losses = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
        for look, fresh in enumerate(np.diff((0, *self.looks_at))):
            if self.test == "level":
                wins[look] = rng.binomial(fresh, [self.worst(j)[0] for j in range(len(self.truths))], size[1:])
                losses[look] = fresh - wins[look]
                continue
            right, kept = self.accuracy, 1.0 - m
            shares = [right, (1.0 - right) * kept, (1.0 - right) * m]
            base_right, wrong_there, wrong_missing = np.moveaxis(rng.multinomial(fresh, shares, runs), 1, 0)
            for j, (win, lose) in enumerate(self.truths):
                up, down = min(win / (1.0 - right), 1.0) * kept, 1.0 - (1.0 - lose / right) * kept
                wins[look, :, j] = rng.binomial(wrong_there, up)
                losses[look, :, j] = rng.binomial(base_right, down) + rng.binomial(wrong_missing, 1.0 - up)
        return np.cumsum(wins, axis=0), np.cumsum(losses, axis=0)

    def surrogates(self, wins: IntArray, losses: IntArray) -> FloatArray:
        """float64[runs, candidates]: the smallest level of Holm's at which some look rejects, 1 where none does.

        It stands in for the (sequential) p, of which Holm asks no more than that.
        """
        found = np.ones(wins.shape[1:])
        for share in self.shares():
            met = np.zeros(found.shape, dtype=bool)
            for look, n in enumerate(self.looks_at):
                if n >= LEAST_PAIRS:  # fewer are never enough for "met"
                    met |= _inside(self.rejected(share, look), wins[look], losses[look])
            found = np.where(met, share, found)
        return found


def _inside(rejected: Rejection | int, wins: IntArray, losses: IntArray) -> BoolArray:
    if isinstance(rejected, int):
        return np.asarray(wins >= rejected)
    pairs, known = wins + losses, rejected.fewest.size
    return np.asarray((pairs < known) & (wins >= rejected.fewest[np.minimum(pairs, known - 1)]))


@cache
def _region(n: int, threshold: float, level: float, gamma: float, most: int) -> Rejection:
    return rejection(n, threshold, level, gamma, most)


@cache
def _least_right(n: int, bar: float, level: float) -> int:
    return next((k for k in range(n + 1) if binomial_p_above(k, n, bar) <= level), n + 1)


def _most(n: int, discordance: float) -> int:
    """Discordant pairs that are exceeded with probability below 1e-7: they count as not rejected."""
    return min(n, math.ceil(n * discordance + 6.0 * math.sqrt(n * discordance * (1.0 - discordance)) + 8.0))


def claims_of(cell: Cell) -> tuple[Claim, ...]:
    """The requirement at the boundary (of independent examples) and those that are surely met."""
    looks_at = _looks_at(cell.n) if cell.looks else (cell.n,)
    surely = min(0.6, 30.0 / cell.n)
    clear = Claim(
        test="difference",
        threshold=0.0,
        looks_at=looks_at,
        accuracy=0.4,
        truths=((surely, 0.0),) * cell.candidates,
    )
    others = (clear,) * cell.others
    if cell.clusters is not None:
        return others
    at = _at_boundary(cell)
    good = _clearly_better(cell)
    return (
        Claim(
            test=cell.test,
            threshold=cell.threshold,
            looks_at=looks_at,
            accuracy=cell.accuracy,
            truths=tuple(at if _is_null(cell, j) else good for j in range(cell.candidates)),
            missing=0.0 if cell.hostile else cell.missing,  # what only hurts is worst already
        ),
        *others,
    )


def _at_boundary(cell: Cell) -> tuple[float, float]:
    if cell.test == "level":
        return cell.threshold, 0.0
    return (cell.discordance + cell.threshold) / 2.0, (cell.discordance - cell.threshold) / 2.0


def _clearly_better(cell: Cell) -> tuple[float, float]:
    return min(1.0 - cell.accuracy, max(cell.threshold, 0.0) + 40.0 / cell.n), 0.0


def _is_null(cell: Cell, candidate: int) -> bool:
    return cell.nulls == "all" or candidate == 0


def _looks_at(n: int) -> tuple[int, ...]:
    return tuple(max(1, round(time * n)) for time in times())


def goes(findings: Sequence[FloatArray]) -> BoolArray:
    """bool[runs, candidates]: GO, from the p (or what stands in for it) of each finding, float64[runs, candidates]."""
    stacked = np.stack(findings, axis=-1)
    kinds, which = np.unique(stacked.reshape(stacked.shape[0], -1), axis=0, return_inverse=True)
    decided = [_decided(kind.reshape(stacked.shape[1:])) for kind in kinds]
    return np.asarray(decided, dtype=bool)[which.ravel()]


def _decided(p_values: FloatArray) -> list[bool]:
    adjusted = holm_over_candidates([list(own) for own in p_values.tolist()])
    return [all(p is not None and p <= ALPHA for p in own) for own in adjusted]


# -- clustered examples ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The answers of one experiment on clustered examples, in the order in which they are asked."""

    clusters: IntArray
    """int64[examples]: ascending."""

    baseline: Bounds
    """Its marks."""

    candidates: tuple[Bounds, ...]
    """Theirs."""

    looks_at: tuple[int, ...]
    """Examples by each look."""

    def surrogates(self, test: str, threshold: float) -> list[float]:
        """For each candidate what `Claim.surrogates` says; a look that blocks "met" says nothing."""
        at = tuple(n / self.looks_at[-1] for n in self.looks_at)
        shares = [ALPHA / rank for rank in range(1, len(self.candidates) + 1)]
        levels = [nominal_levels(at, share) for share in shares]
        found = []
        for candidate in self.candidates:
            p_values = self._p_values(candidate, (test, threshold), levels)
            met = [share for share, own in zip(shares, levels, strict=True) if _any_at_most(p_values, own)]
            found.append(min(met, default=1.0))
        return found

    def _p_values(self, candidate: Bounds, asked: tuple[str, float], levels: Sequence[tuple[float, ...]]) -> list[float]:
        p_values = []
        for look, n in enumerate(self.looks_at):
            alpha, gamma = levels[0][look], levels[-1][look] / 100.0
            own, other = ((side[0][:n], side[1][:n]) for side in (candidate, self.baseline))
            groups, is_level = self.clusters[:n], asked[0] == "level"
            if _is_hopeless(own[0] if is_level else own[0] - other[1], groups, asked[1], alpha):
                p_values.append(1.0)
                continue
            held = Levels(alpha=alpha, gamma_met=gamma, gamma_breached=gamma, limits=False)
            if is_level:
                worst = assess(own, clusters=groups, threshold=asked[1], levels=held).worst
            else:
                worst = compare(own, other, clusters=groups, threshold=asked[1], levels=held).worst
            p_values.append(1.0 if worst.blocked else worst.p_met)
        return p_values


def _is_hopeless(worst: FloatArray, groups: IntArray, threshold: float, alpha: float) -> bool:
    """Whether one of the two tests alone says no, which spares the other one: both must pass."""
    if alpha == 0.0 or groups[0] == groups[-1]:
        return True
    fit = fit_clusters(worst, groups)
    return fit.cr3 > 0.0 and cr3_p_above(fit, threshold) > alpha


def _any_at_most(p_values: Sequence[float], levels: Sequence[float]) -> bool:
    return any(p <= level for p, level in zip(p_values, levels, strict=True))


def drawn(cell: Cell, sizes: IntArray, rng: np.random.Generator) -> Drawn:
    """One experiment. An answer is right where its system's noise, the example's difficulty and the cluster's effect allow it.

    On the probit scale all three are normal, so that each system's accuracy is exactly what the cell says.
    """
    assert cell.clusters is not None
    order = rng.permutation(sizes)
    clusters = np.repeat(np.arange(order.size), order)
    n, effect = clusters.size, cell.clusters.effect
    difficulty = rng.standard_normal(n) * math.sqrt(cell.shared)
    rates = [cell.accuracy] + [cell.threshold + (cell.accuracy if cell.test == "difference" else 0.0)] * cell.candidates
    sides = []
    for which, rate in enumerate(rates):
        noise = rng.standard_normal(n) * math.sqrt(1.0 - cell.shared)
        pull = rng.standard_normal(order.size)[clusters] * effect
        right = difficulty + noise + pull < NormalDist().inv_cdf(rate) * math.sqrt(1.0 + effect**2)
        sides.append(_bounds(right, _absent(cell, right, which > 0, rng)))
    counts = [max(1, round(time * order.size)) for time in times()] if cell.looks else [order.size]
    looks_at = tuple(int(np.sum(order[:count])) for count in counts)
    return Drawn(clusters=clusters, baseline=sides[0], candidates=tuple(sides[1:]), looks_at=looks_at)


def _absent(cell: Cell, right: BoolArray, is_candidate: bool, rng: np.random.Generator) -> BoolArray:
    absent = rng.random(right.size) < cell.missing
    return absent & (right != is_candidate) if cell.hostile else absent


def _bounds(right: BoolArray, absent: BoolArray) -> Bounds:
    return (right & ~absent).astype(np.float64), (right | absent).astype(np.float64)


def sizes_of(cell: Cell) -> IntArray:
    """int64[clusters]: fixed for a cell, as those of an evalset are."""
    assert cell.clusters is not None
    count = cell.clusters.count
    if not cell.clusters.uneven:
        return np.full(count, cell.n // count, dtype=np.int64)
    spread = np.exp(0.6 * np.array([NormalDist().inv_cdf((place + 0.5) / count) for place in range(count)]))
    sizes: IntArray = np.maximum(1, np.round(spread / spread.mean() * cell.n / count)).astype(np.int64)
    return sizes


# -- cells -------------------------------------------------------------------------------------------------------------------


def measure(cell: Cell, runs: int) -> Figure:
    """The error of one cell; `runs` are drawn where it is not enumerated."""
    if cell.is_enumerated:
        chance = math.prod(_chance(claim) for claim in claims_of(cell))
        return Figure(error=chance, standard_error=0.0, repetitions=None, seed=None)
    seed = int.from_bytes(sha256(cell.name.encode()).digest()[:4], "big")
    rng = np.random.default_rng(seed)
    sizes = None if cell.clusters is None else sizes_of(cell)
    wrong = 0
    for start in range(0, runs, _CHUNK):
        some = min(_CHUNK, runs - start)
        findings = [claim.surrogates(*claim.draw(rng, some)) for claim in claims_of(cell)]
        if sizes is not None:
            experiments = (drawn(cell, sizes, rng) for _ in range(some))
            findings.append(np.array([one.surrogates(cell.test, cell.threshold) for one in experiments]))
        nulls = [_is_null(cell, j) for j in range(cell.candidates)]
        wrong += int(np.sum(goes(findings)[:, nulls].any(axis=1)))
    error = wrong / runs
    return Figure(error=error, standard_error=math.sqrt(error * (1.0 - error) / runs), repetitions=runs, seed=seed)


def _chance(claim: Claim) -> float:
    rejected, (win, lose) = claim.rejected(ALPHA, 0), claim.worst(0)
    if isinstance(rejected, int):
        return binomial_p_above(rejected, claim.looks_at[0], win)
    return rejected.probability(win - lose, win + lose)


def runs_of(cell: Cell) -> int:
    """Repetitions of the committed figures."""
    return RUNS if cell.clusters is None else CLUSTERED_RUNS


def rows(chosen: Sequence[Cell]) -> Iterator[dict[str, object]]:
    """Measure cells, one row each."""
    for cell in chosen:
        found = measure(cell, runs_of(cell))
        yield {
            "cell": cell.name,
            "error": round(found.error, 6),
            "standard_error": round(found.standard_error, 6),
            "repetitions": found.repetitions,
            "seed": found.seed,
            "allowed": cell.allowed,
        }


def main(path: Path = RESULTS) -> None:
    """Run the whole plan, show each figure as it comes, and write them all."""
    found = []
    for row in rows(cells()):
        print(f"{row['error']:.4f} ({row['standard_error']:.4f})  of {row['allowed']}  {row['cell']}", flush=True)
        found.append(row)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
