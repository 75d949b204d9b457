"""Looks: what a registered rule of early stopping sees at each of them, and what it may conclude from all of them together.

At each look every test is made on the answers so far, and its p is compared with that look's share of alpha. Both are put into
one number, the sequential p: the smallest alpha at which some look so far would have rejected. It takes the place of the p of
a single look, so that Holm, the shared level of a breach and the decision itself are the same for both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.protocols import CorpusMarker
from tuneproof.core.requirement import Requirement
from tuneproof.stages.estimate import estimate, estimate_p
from tuneproof.stages.plan import Places
from tuneproof.stages.tabulate import Column, Tables
from tuneproof.stats.arrays import BoolArray
from tuneproof.stats.sequential import LOOKS, boundaries, conditional_power, nominal_levels, sequential_p

NOTHING = 1e-30
"""Level of a look so early that nothing is spent: an interval needs one above 0, and no p is at most as small."""

Corpus = Mapping[tuple[str, str], CorpusMarker]

HOPELESS = 0.05
"""Conditional power below which a look may call a candidate futile, for GO and for NO-GO."""


class Way(Protocol):
    """`estimate`, or `estimate_p` where p's alone are read."""

    def __call__(
        self, quantities: Iterable[Quantity], tables: Tables, corpus: Corpus, *, alpha: float, seed: int
    ) -> dict[Quantity, Estimate]:
        """Estimate each quantity once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What all looks of a run share."""

    parts: tuple[Tables, ...]
    """What each of the five looks sees of the scores so far; the last one all."""
    corpus: Corpus
    """(evalset, grader) to its marker, for corpus metrics."""
    alpha: float
    """One-sided error of each criterion."""
    seed: int
    """Of the permutation test."""

    def evidence(self, requirements: Iterable[Requirement], looks: int) -> dict[Quantity, Estimate]:
        """Estimate what some requirements ask, as it stands after so many looks.

        Args:
            requirements: Of one candidate.
            looks: Looks that were taken, 1 to 5.
        """
        found: dict[Quantity, Estimate] = {}
        for asked in requirements:
            found[asked.quantity] = self._combined(asked.quantity, looks)
            if asked.alarm is not None:  # an alarm is no claim: it takes every p as it is
                found[asked.alarm] = self._single(asked.alarm, self.parts[looks - 1], self.alpha)
        return found

    def is_hopeless(self, requirements: Sequence[Requirement], looks: int) -> bool:
        """Tell whether by the trend so far neither GO nor NO-GO is to be expected.

        GO needs every proof, so one hopeless proof is enough; NO-GO needs one breach, so every breach must be hopeless.
        """
        deciding = [asked for asked in requirements if asked.on_failure == "no-go"]
        proofs = [asked for asked in deciding if asked.mode == "prove"]
        go = all(self._chance(asked.quantity, looks, met=True) >= HOPELESS for asked in proofs)
        breachable = [asked for asked in deciding if asked.can_breach]
        no_go = any(self._chance(asked.quantity, looks, met=False) >= HOPELESS for asked in breachable)
        return not (go or no_go)

    def _chance(self, quantity: Quantity, looks: int, *, met: bool) -> float:
        """Return the conditional power of one claim at the last look, by the trend so far."""
        times = self._times(quantity)
        now = times[looks - 1]
        if not 0.0 < now < 1.0:
            return 1.0
        level = quantity.level_met if met else quantity.level_breached
        known = self._single(quantity, self.parts[looks - 1], self.alpha, estimate_p)
        p = known.p_met_best if met else known.p_breached_worst
        rising = tuple(time for time in dict.fromkeys(times) if time > 0.0)
        return conditional_power(1.0 if p is None else p, now, boundaries(rising, level)[-1])

    def _combined(self, quantity: Quantity, looks: int) -> Estimate:
        times = self._times(quantity)[:looks]
        if quantity.kind == "missing" or not times[-1]:
            return self._single(quantity, self.parts[looks - 1], self.alpha)
        seen = [look for look, time in enumerate(times) if time > (times[look - 1] if look else 0.0)]
        at = tuple(times[look] for look in seen)
        told = [self._at_look(quantity, self.parts[look], at[: k + 1], estimate_p) for k, look in enumerate(seen[:-1])]
        last = self._at_look(quantity, self.parts[seen[-1]], at, estimate)
        told.append(last)
        return replace(
            last,
            level=1.0 - 2.0 * self.alpha,
            method=f"{last.method}, obf5 look {looks} of {LOOKS}",
            p_met=_over([1.0 if held.blocked else held.p_met for held in told], at),  # a blocked look has met nothing
            p_breached=_over([held.p_breached for held in told], at),
            p_met_best=_over([held.p_met_best for held in told], at),
            p_breached_worst=_over([held.p_breached_worst for held in told], at),
        )

    def _at_look(self, quantity: Quantity, tables: Tables, times: tuple[float, ...], way: Way) -> Estimate:
        """Estimate at the levels of one look: its interval is the repeated one, the exact p's constant far below it."""
        shares = (quantity.level_met, quantity.level_breached, self.alpha)
        met, breached, alpha = (max(nominal_levels(times, share)[-1], NOTHING) for share in shares)
        return self._single(replace(quantity, level_met=met, level_breached=breached), tables, alpha, way)

    def _single(self, quantity: Quantity, tables: Tables, alpha: float, way: Way = estimate) -> Estimate:
        (found,) = way([quantity], tables, self.corpus, alpha=alpha, seed=self.seed).values()
        return found

    def _times(self, quantity: Quantity) -> tuple[float, ...]:
        """Return the share of a quantity's examples that each look had; of a slice its own, which the order fixes too."""
        sizes = [_size(held, quantity) for held in self.parts]
        return tuple(size / sizes[-1] if sizes[-1] else 0.0 for size in sizes)


def _over(p_values: Sequence[float | None], times: tuple[float, ...]) -> float | None:
    return None if p_values[-1] is None else sequential_p([1.0 if p is None else p for p in p_values], times)


def _size(tables: Tables, quantity: Quantity) -> int:
    """Return the number of examples that a quantity is about."""
    scores = next(held.scores for (name, _), held in tables.columns.items() if name == quantity.evalset)
    return len(scores.example_ids) if quantity.slice is None else int(scores.slices[quantity.slice].sum())


def part(tables: Tables, places: Places) -> Tables:
    """Return the tables of those examples that had been asked; what is summed over answers for display stays as it is."""
    members: dict[str, BoolArray] = {}
    for name, absent in tables.absent.items():
        members[name] = np.zeros(absent.shape[1], dtype=bool)
        members[name][list(places[name])] = True
    return replace(
        tables,
        columns={key: _column(column, members[key[0]]) for key, column in tables.columns.items()},
        absent={name: absent[:, members[name]] for name, absent in tables.absent.items()},
    )


def _column(column: Column, inside: BoolArray) -> Column:
    return replace(
        column,
        scores=column.scores.part(inside),
        asked=column.asked[inside],
        ungradable=column.ungradable[:, inside],
        measures={name: table.part(inside) for name, table in column.measures.items()},
        gold=None if column.gold is None else column.gold[inside],
        predicted=None if column.predicted is None else column.predicted[:, inside],
        readings={name: held[:, inside] for name, held in column.readings.items()},
    )
