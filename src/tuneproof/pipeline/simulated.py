"""The decision over simulated answers: the rules of `stages.decide`, for thousands of experiments at once.

Holm over candidates, the shared level of a breach, alarms of guards, missing answers at their worst and best: all of it as
there, on arrays of counts. A test holds the two against each other on the same answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tuneproof.core.estimate import Quantity
from tuneproof.core.requirement import Design, Requirement
from tuneproof.pipeline.layout import Drawn, Layout
from tuneproof.pipeline.scenes import is_corpus
from tuneproof.stages.decide import ROUNDING
from tuneproof.stages.estimate import GAMMA_SHARE
from tuneproof.stats.arrays import BoolArray, IntArray
from tuneproof.stats.clustered import LEAST_CLUSTERS
from tuneproof.stats.critical import Critical, PairTest
from tuneproof.stats.exact import LARGEST_N
from tuneproof.stats.operating import PairCounts, count_pairs, count_right, holm_rejects
from tuneproof.stats.spread import LEAST_PAIRS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What decides, and can be simulated."""

    design: Design
    """Who is compared."""
    needs: Sequence[Requirement]
    """Requirements of all candidates; only those that decide."""
    layouts: Mapping[str, Layout]
    """By evalset."""
    assumed_proof: bool = False
    """Whether something that cannot be simulated counts as proved."""
    tells_breaches: bool = True
    """Whether NO-GO is told apart from UNDECIDED; GO alone is found in less time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdicts:
    """What was decided, each bool[candidates, repetitions]."""

    go: BoolArray
    """GO."""
    no_go: BoolArray
    """NO-GO."""
    met: Mapping[str, float]
    """Criterion to the share of cases in which it does not stand in the way of GO, Holm's correction left aside."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Said:
    """What one requirement says, each over repetitions."""

    passed: IntArray | None
    """int64: how many of the levels alpha, alpha/2, ... its p is at or below; None where it has no p."""
    fine: BoolArray
    """bool: nothing but its p keeps it from being met."""
    breached: BoolArray
    """bool: it is breached."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Heard:
    """The counts of one comparison on one part of an evalset, each int64[repetitions]."""

    n: int
    """Examples."""
    wins: IntArray
    """Only the candidate right."""
    losses: IntArray
    """Only the baseline right."""
    most_wins: IntArray
    """With every missing answer for the candidate."""
    most_losses: IntArray
    """With every missing answer against it."""
    missing: IntArray
    """Examples without both answers."""


@dataclass(slots=True, kw_only=True)
class Decider:
    """Decides simulated experiments."""

    rules: Rulebook
    """What decides."""
    drawn: Drawn
    """What was answered."""
    critical: Critical
    """Where the tests reject."""
    _counted: dict[tuple[object, ...], PairCounts] = field(default_factory=dict)

    def verdicts(self) -> Verdicts:
        """Return what is decided in each repetition."""
        rules, shape = self.rules, (len(self.rules.design.candidates), self.drawn.repetitions)
        passed = np.full(shape, shape[0], dtype=np.int64)
        fine, breached = np.ones(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
        met = {need.criterion: np.ones(shape, dtype=np.bool_) for need in rules.needs}
        for need in rules.needs:
            at, said = rules.design.candidates.index(need.candidate), self._said(need)
            fine[at] &= said.fine
            breached[at] |= said.breached
            met[need.criterion][at] &= said.fine & ~said.breached
            if said.passed is not None:
                passed[at] = np.minimum(passed[at], said.passed)
                met[need.criterion][at] &= said.passed > 0
        proved = rules.assumed_proof or any(need.mode == "prove" for need in rules.needs)
        go = holm_rejects(passed) & fine & ~breached & proved
        return Verdicts(go=go, no_go=breached, met={name: float(held.mean()) for name, held in met.items()})

    def _said(self, need: Requirement) -> _Said:
        if need.mode == "count":
            return self._counted_share(need)
        if need.quantity.kind == "level":
            return self._level(need)
        heard = self._heard(need)
        return self._guard(need, heard) if need.mode == "guard" else self._difference(need, heard)

    def _counted_share(self, need: Requirement) -> _Said:
        asked, never = need.quantity, np.zeros(self.drawn.repetitions, dtype=np.bool_)
        absent = self.drawn.absent[asked.evalset]
        if absent is None:
            return _Said(passed=None, fine=~never, breached=never)
        lacking = np.bitwise_count(absent[self._place(asked.system)]).sum(axis=1, dtype=np.int64)
        share = lacking / self.rules.layouts[asked.evalset].size()
        return _Said(passed=None, fine=share <= asked.threshold + ROUNDING, breached=never)

    def _level(self, need: Requirement) -> _Said:
        asked = need.quantity
        answers = self.drawn.answers[asked.evalset, (asked.grader, asked.measure)]
        right, missing = count_right(answers, self._place(asked.system))
        n = self.rules.layouts[asked.evalset].size()
        known = missing < n
        fine = known & self._large_enough(asked, paired=False)
        spoilt = self._spoilt(asked, missing)
        passed = sum(self.critical.above(right, n, asked.threshold, level) for level in self._levels())
        breached = self.critical.below(right + missing, n, asked.threshold, asked.level_breached)
        return _Said(passed=np.where(spoilt, 0, passed), fine=fine, breached=breached & known & ~spoilt)

    def _difference(self, need: Requirement, heard: _Heard) -> _Said:
        asked = need.quantity
        known, spoilt = heard.missing < heard.n, self._spoilt(asked, heard.missing)
        passed = np.zeros_like(heard.wins)
        for level in self._levels():
            passed += self.critical.pairs(_test(asked, heard.n, level, self.rules.design), heard.wins, heard.most_losses)
        breached = self._breached(need, heard) & known & ~spoilt
        return _Said(passed=np.where(spoilt, 0, passed), fine=known & self._large_enough(asked, paired=True), breached=breached)

    def _breached(self, need: Requirement, heard: _Heard) -> BoolArray:
        if not self.rules.tells_breaches:
            return np.zeros(heard.wins.shape, dtype=np.bool_)
        return self.critical.pairs(_below(need.quantity, heard.n, self.rules.design), heard.losses, heard.most_wins)

    def _guard(self, need: Requirement, heard: _Heard) -> _Said:
        """Hear the alarm as `stages.decide` does: it sounds, would sound if what is missing is wrong, or cannot be tested."""
        margin, level, alarm = need.margin, need.alarm_level, need.alarm
        if margin is None or level is None or alarm is None:
            raise ValueError("a guard needs an alarm")
        n, design = heard.n, self.rules.design
        resolved = np.maximum(n - heard.missing, 1)
        worst, best = (heard.wins - heard.most_losses) / n, (heard.most_wins - heard.losses) / n
        ends = ((heard.wins - heard.losses) / resolved, worst, best)
        can_be = np.minimum.reduce(ends) <= -margin + ROUNDING
        sounds = (np.maximum.reduce(ends) <= -margin + ROUNDING) & can_be
        heard_at = _below(alarm, n, design)
        sounds &= self.critical.pairs(heard_at, heard.losses, heard.most_wins)
        feared = can_be & self.critical.pairs(heard_at, heard.most_losses, heard.wins)
        open_still = can_be & ~feared & (heard.missing > 0) & (heard.missing < n)
        for size in np.unique(resolved[open_still]):
            rows = np.flatnonzero(open_still & (resolved == size))
            feared[rows] = self.critical.pairs(_below(alarm, int(size), design), heard.losses[rows], heard.wins[rows])
        # Only with margin 0 does "no difference at all" reach the margin; the exact p is 1 both ways then, Tango's is not.
        untested = can_be & (heard.missing == 0) & (heard.wins == heard.losses) & (n <= LARGEST_N)
        known = heard.missing < n
        fine = known & ~(sounds | feared | untested)
        return _Said(passed=None, fine=fine, breached=self._breached(need, heard) & known)

    def _heard(self, need: Requirement) -> _Heard:
        asked = need.quantity
        layout, column = self.rules.layouts[asked.evalset], (asked.grader, asked.measure)
        key = (asked.evalset, column, asked.system, asked.baseline)
        if key not in self._counted:
            self._counted[key] = count_pairs(
                self.drawn.answers[asked.evalset, column],
                (self._place(asked.system), self._place(str(asked.baseline))),
                layout.frame,
                complete=self.drawn.absent[asked.evalset] is None,
            )
        counts, part = self._counted[key], layout.places[asked.slice]
        return _Heard(
            n=layout.size(asked.slice),
            wins=counts.wins[:, part],
            losses=counts.losses[:, part],
            most_wins=counts.most_wins[:, part],
            most_losses=counts.most_losses[:, part],
            missing=counts.missing[:, part],
        )

    def _place(self, system: str) -> int:
        design = self.rules.design
        return (*design.baselines, *design.candidates).index(system)

    def _levels(self) -> list[float]:
        """Return the levels that Holm may compare with, the easiest first."""
        design = self.rules.design
        return [design.alpha / rank for rank in range(1, len(design.candidates) + 1)]

    def _large_enough(self, asked: Quantity, *, paired: bool) -> bool:
        layout = self.rules.layouts[asked.evalset]
        groups = layout.n_clusters.get(asked.slice)
        if groups is not None and groups < LEAST_CLUSTERS:
            return False
        return layout.size(asked.slice) >= LEAST_PAIRS or (groups is not None and not paired)

    def _spoilt(self, asked: Quantity, missing: IntArray) -> BoolArray:
        """Tell where a metric of the whole set lacks an answer: nothing bounds it then, so nothing is said."""
        return np.asarray((missing > 0) & is_corpus(asked, self.rules.design), dtype=np.bool_)


def _test(asked: Quantity, n: int, level: float, design: Design) -> PairTest:
    """Return the test of "met" at one level."""
    gamma = asked.level_met / GAMMA_SHARE
    return PairTest(n=n, threshold=asked.threshold, level=level, gamma=gamma, alpha=design.alpha, limit_gamma=gamma)


def _below(asked: Quantity, n: int, design: Design) -> PairTest:
    """Return the test of "breached", with losses in the place of wins."""
    return PairTest(
        n=n,
        threshold=-asked.threshold,
        level=asked.level_breached,
        gamma=asked.level_breached / GAMMA_SHARE,
        alpha=design.alpha,
        limit_gamma=asked.level_met / GAMMA_SHARE,
    )
