"""What judges marked: their marks decide nothing by themselves. People's labels correct them, or decide alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tuneproof.core.estimate import Calibration, Estimate, Judged, Quantity
from tuneproof.stages._inferred import NAMED, Rows, Sides, told, unsaid
from tuneproof.stages.tabulate import People, Tables
from tuneproof.stats.arrays import BoolArray
from tuneproof.stats.bounded import PAIRED_RANGE, SINGLE_RANGE, Bounded, Inference
from tuneproof.stats.inference import Levels
from tuneproof.stats.table import ScoreTable
from tuneproof.stats.with_people import LEAST_LABELS, USES_JUDGE_FROM, Marks, assess_with_people, compare_with_people, rests_on

DRAW = "draw what they are to label with `tuneproof judge sample`"
"""What to do where labels are lacking."""

INSIDE = 1e-9
"""Keeps a threshold that no value can pass where the tests take it."""


def judged(quantity: Quantity, raw: Estimate, tables: Tables, levels: Levels) -> Estimate:
    """Estimate what a judge marked, as far as people's labels allow it.

    Args:
        quantity: A difference or a level of marks that judges gave.
        raw: What the judge's marks alone come to.
        tables: All scores, and what people said.
        levels: The error levels.
    """
    key = (quantity.evalset, quantity.grader)
    people, scores = tables.people.get(key), tables.columns[key].scores
    if people is None or quantity.measure != "value":
        return _judge_only(quantity, raw, 0, f"no answer is labelled by people: {DRAW}")
    case = _Case.of(quantity, tables, people, scores)
    if people.chosen == "unknown":
        why = "people's labels are no fair sample as far as can be seen and correct nothing: the cautions say what is missing"
        return _judge_only(quantity, raw, case.n_human, why)
    return _with_people(case, raw, levels) if case.n_human else _judge_only(quantity, raw, 0, case.lacking())


def _judge_only(quantity: Quantity, raw: Estimate, n_human: int, why: str) -> Estimate:
    rests = "the figure rests on the judge alone, which decides nothing"
    return _beside(quantity, unsaid(raw, why), raw, _own(raw, "judge-only", n_human), rests)


def _own(raw: Estimate, calibration: Calibration, n_human: int) -> Judged:
    return Judged(calibration=calibration, n_human=n_human, raw_value=raw.value, raw_low=raw.low, raw_high=raw.high)


def _beside(quantity: Quantity, known: Estimate, raw: Estimate, own: Judged, rests: str) -> Estimate:
    """Return an estimate with the judge's own figure, and what it would have led to where that is something else."""
    alone, notes = _said(raw, quantity), [rests]
    if alone != _said(known, quantity) and raw.value is not None:
        notes.append(f"the judge alone would have said {alone}: {raw.value:.3f} ({raw.low:.3f} to {raw.high:.3f})")
    return replace(known, judged=own, cautions=(*known.cautions, *notes))


def _said(held: Estimate, quantity: Quantity) -> str:
    """Return the finding that an estimate alone would lead to; of a slice only whether it is breached, as for a guard."""
    if held.p_breached is not None and held.p_breached <= quantity.level_breached:
        return "breached"
    if quantity.slice is not None:
        return "not breached"
    return "met" if held.blocked is None and held.p_met is not None and held.p_met <= quantity.level_met else "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """The marks of judge and people, on the examples of one evalset or slice."""

    quantity: Quantity
    rows: Rows
    marks: tuple[Marks, ...]
    """Of the system, and of the baseline where there is one."""
    labelled: BoolArray
    """bool[examples]: people labelled every repeat of every system that is compared."""
    absent: BoolArray
    """bool[examples]: an answer did not come back, so that there is nothing to label."""

    @classmethod
    def of(cls, quantity: Quantity, tables: Tables, people: People, scores: ScoreTable) -> "_Case":
        names = [name for name in (quantity.system, quantity.baseline) if name is not None]
        members = np.ones(len(scores.example_ids), dtype=bool) if quantity.slice is None else scores.slices[quantity.slice]
        menu = tables.menus.get((quantity.evalset, quantity.grader or ""))
        needed = [*names, menu.against] if menu is not None and menu.against in tables.systems else names
        rows = [tables.systems.index(str(name)) for name in needed]
        gone: BoolArray = np.logical_or.reduce(tables.absent[quantity.evalset][rows])
        labelled: BoolArray = np.logical_and.reduce([people.scores.resolved(name) for name in names]) & ~gone
        return cls(
            quantity=quantity,
            rows=Rows(example_ids=scores.example_ids, clusters=scores.clusters).part(members),
            marks=tuple(_picked(Marks(judge=scores.bounds(name), human=people.scores.bounds(name)), members) for name in names),
            labelled=labelled[members],
            absent=gone[members],
        )

    @property
    def n_human(self) -> int:
        """Examples that people labelled."""
        return int(self.labelled.sum())

    @property
    def n(self) -> int:
        """Examples that can be labelled."""
        return int((~self.absent).sum())

    @property
    def n_known(self) -> int:
        """Examples that people labelled or whose judge's marks are known."""
        marked = np.logical_and.reduce([one.judge[0] == one.judge[1] for one in self.marks])
        return int((self.labelled | marked).sum())

    def part(self, chosen: BoolArray) -> "_Case":
        """Return the case on some of its examples."""
        return replace(
            self,
            rows=self.rows.part(chosen),
            marks=tuple(_picked(one, chosen) for one in self.marks),
            labelled=self.labelled[chosen],
            absent=self.absent[chosen],
        )

    def lacking(self) -> str:
        """Say how many labels there are, how many are needed, and how to come by them."""
        needed = f"at least {min(LEAST_LABELS, self.n)} are needed"
        if self.n >= USES_JUDGE_FROM:
            needed += f" ({USES_JUDGE_FROM} to use the judge's marks)"
        are = "is" if self.n_human == 1 else "are"
        return f"{self.n_human} of {self.n} examples {are} labelled by people, {needed}: {DRAW}"

    def rests(self, calibration: Calibration) -> str:
        """Say what a figure rests on."""
        labelled = "1 example" if self.n_human == 1 else f"{self.n_human} examples"
        if calibration == "corrected":
            return f"the figure rests on the judge's marks, corrected by people's labels of {labelled}"
        if self.n_human == self.n:
            return f"the figure rests on people's labels, which leave no example out ({labelled})"
        return f"the figure rests on people's labels of {labelled}: the judge's marks are used from {USES_JUDGE_FROM} on"

    def infer(self, marks: Sequence[Marks], threshold: float, levels: Levels) -> Bounded:
        """Return the inference about one system's marks, or about two."""
        labelled, clusters, (mine, *others) = self.labelled, self.rows.clusters, marks
        if not others:
            return assess_with_people(mine, labelled, clusters=clusters, threshold=threshold, levels=levels)
        return compare_with_people(mine, others[0], labelled, clusters=clusters, threshold=threshold, levels=levels)


def _picked(marks: Marks, chosen: BoolArray) -> Marks:
    judge, human = marks.judge, marks.human
    return replace(marks, judge=(judge[0][chosen], judge[1][chosen]), human=(human[0][chosen], human[1][chosen]))


def _with_people(case: _Case, raw: Estimate, levels: Levels) -> Estimate:
    """Return what people's labels come to, alone or with the judge's marks."""
    quantity, held = case.quantity, case.part(~case.absent)
    calibration = rests_on(held.n_human, held.n_known)
    known = told(quantity, _with_absent(case, held, levels), _sides(case, held, calibration, levels), levels.alpha)
    if held.n_human < min(LEAST_LABELS, held.n):
        known = replace(known, blocked="TOO_FEW_HUMAN_LABELS", blocked_because=held.lacking())
    return _beside(quantity, known, raw, _own(raw, calibration, held.n_human), held.rests(calibration))


def _with_absent(case: _Case, held: _Case, levels: Levels) -> Bounded:
    """Return the inference about all examples from that about those with answers.

    An answer that did not come back can be marked by nobody: it has its known share in the mean at either end of the range, and
    what is asked of the rest is what then makes the whole pass the threshold. Labels are drawn among those with answers.
    """
    threshold, span = case.quantity.threshold, PAIRED_RANGE if case.quantity.baseline else SINGLE_RANGE
    resolved = held.infer(held.marks, threshold, levels)
    total, n_absent = case.labelled.size, int(case.absent.sum())
    if not n_absent:
        return resolved

    def end(value: float, pick: Callable[[Bounded], Inference]) -> Inference:
        """Fill in the absent ones with one value."""

        def whole(rest: float) -> float:
            return (rest * held.n + value * n_absent) / total

        asked = (threshold * total - value * n_absent) / held.n
        found = pick(held.infer(held.marks, min(max(asked, span[0] + INSIDE), span[1] - INSIDE), levels))
        return replace(
            found,
            value=None if found.value is None else whole(found.value),
            low=whole(found.low),
            high=whole(found.high),
            p_met=found.p_met if asked < span[1] else 1.0,
            p_breached=found.p_breached if asked > span[0] else 1.0,
        )

    return Bounded(
        resolved=resolved.resolved,
        worst=end(span[0], lambda found: found.worst),
        best=end(span[1], lambda found: found.best),
        n_missing=resolved.n_missing + n_absent,
    )


def _sides(case: _Case, held: _Case, calibration: Calibration, levels: Levels) -> Sides:
    """Describe the labelled examples; of systems whose judge is corrected, give the corrected level."""
    labelled = held.part(held.labelled)
    human = [one.human for one in labelled.marks]
    found = Sides.of_level(labelled.rows, *human) if len(human) == 1 else Sides.of_pair(labelled.rows, *human)
    if calibration != "corrected":
        return replace(found, missing_ids=case.rows.names(case.absent, NAMED))
    unmarked = np.logical_or.reduce([one.judge[0] != one.judge[1] for one in case.marks])
    found = replace(found, missing_ids=case.rows.names(unmarked | case.absent, NAMED))
    values = [held.infer([one], 0.5, levels).resolved.value for one in held.marks]
    return replace(found, candidate=values[0], baseline=values[1] if len(values) > 1 else None)
