"""`non_inferiority`: candidate minus baseline is above -margin, proved on the whole evalset; slices are guarded or proved."""

from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tuneproof.core.errors import Problem
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.verdict import Status
from tuneproof.criteria._settings import (
    ComparisonCriterion,
    Margin,
    difference,
    ending,
    interval,
    nothing_measured,
    where_measured,
)


class Slices(BaseModel):
    """What is asked of each slice."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    mode: Literal["guard", "prove"] = "guard"
    """`guard`: alarm on evidence of harm. `prove`: the margin must be shown on each slice."""
    margin: Margin
    """Largest drop that does not matter on one slice, score units."""


class NonInferiority(ComparisonCriterion):
    """The candidate is not worse than the baseline by `margin` or more."""

    margin: Margin
    """Largest drop that does not matter, score units."""
    slices: Slices | None = None
    """What is asked of each slice; None shows them and judges none."""

    def problems(self, where: str, design: Design) -> list[Problem]:
        """Return unknown names, a slice rule without slices, and slices that cannot prove what is asked of them."""
        found = super().problems(where, design)
        if found or self.slices is None:
            return found
        sizes = design.evalsets[self.evalset].slices
        if not sizes:
            what = f"evalset {self.evalset!r} has no slices"
            return [Problem(where=f"{where}.slices", what=what, expected="slices to judge")]
        grader = self.graded_by(design)
        if grader in design.evalsets[self.evalset].corpus:
            what = f"grader {grader!r} is a metric of the whole set, which a slice cannot be held to"
            hint = "judge slices by a grader of single answers in a criterion of its own"
            return [Problem(where=f"{where}.slices", what=what, expected="a grader that marks each answer", hint=hint)]
        return [] if self.slices.mode == "guard" else self._unprovable(f"{where}.slices", self.slices.margin, design)

    def _unprovable(self, where: str, margin: float, design: Design) -> list[Problem]:
        from tuneproof.criteria._planning import slice_proof

        found = []
        for name, n in design.evalsets[self.evalset].slices.items():
            proof = slice_proof(n, margin, design) if margin else None
            if proof is None or proof.power < 0.5:
                what = f"slice {name!r} has {n} examples, too few to prove a margin of {margin:g}"
                expected = f"{proof.needed_n} for 80 % power" if proof else "a margin above 0"
                found.append(Problem(where=where, what=what, expected=expected, hint='use mode = "guard" or more examples'))
        return found

    def requirements(self, candidate: str, design: Design) -> tuple[Requirement, ...]:
        """Return, for each baseline, the whole evalset and then its slices."""
        found: list[Requirement] = []
        for baseline in self.compared_with(design):
            whole = self._whole(candidate, baseline, design)
            found.append(whole)
            if self.slices is not None:
                found += self._on_slices(whole, self.slices, tuple(design.evalsets[self.evalset].slices), design.alpha)
        return tuple(found)

    def _whole(self, candidate: str, baseline: str, design: Design) -> Requirement:
        asked = difference(self, (candidate, baseline), -self.margin, design)
        return self.require("non_inferiority", candidate, asked, self.margin)

    def _on_slices(self, whole: Requirement, rule: Slices, names: tuple[str, ...], alpha: float) -> list[Requirement]:
        """Return one requirement a slice; guards divide their levels by the number of slices."""
        share = alpha / len(names) if rule.mode == "guard" else alpha
        found = []
        for name in names:
            asked = replace(whole.quantity, slice=name, threshold=-rule.margin, level_breached=share)
            alarm = _alarm(asked, share) if rule.mode == "guard" else None
            level = share if alarm else None
            found.append(replace(whole, mode=rule.mode, quantity=asked, margin=rule.margin, alarm=alarm, alarm_level=level))
        return found

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Return `tuned changes general by -0.004 against prompted (...), shown to lose less than 0.03`."""
        if estimate.value is None:
            return nothing_measured(requirement)
        asked, margin = requirement.quantity, f"{requirement.margin:g}"
        shown = interval(estimate, asked.threshold)
        change = f"{estimate.value:+.3f}" if estimate.value else "0.000"
        if requirement.mode == "guard":
            lost = f"shown to lose more than {margin}"
            end = ending(status, "no evidence of harm", lost, "not cleared")
        else:
            end = ending(
                status,
                f"shown to lose less than {margin}",
                f"shown to lose more than {margin}",
                f"not shown to lose less than {margin}",
            )
        return f"{asked.system} against {asked.baseline} on {where_measured(asked)}: {change} {shown}, {end}"

    def needed_n(self, requirement: Requirement, estimate: Estimate, design: Design) -> int | None:
        """Return the n that shows "no change" against the margin."""
        from tuneproof.criteria._planning import needed_n

        if requirement.mode == "guard" or not requirement.margin:
            return None
        return needed_n(requirement.quantity, estimate, 0.0)


def _alarm(asked: Quantity, level: float) -> Quantity:
    """Return the same difference tested against 0: harm is a true difference below 0."""
    return replace(asked, threshold=0.0, level_breached=level)


PLUGIN: type[Criterion] = NonInferiority
