"""`judge_agreement`: the judge agrees with people at least so far, on the answers that people labelled.

It is asked of the instrument, not of the candidate: by itself it makes no GO, and where it is breached nothing that the judge
marked on that evalset is decided.
"""

from typing import Annotated, Literal

from pydantic import Field

from tuneproof.core.errors import Problem, unknown_name
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.verdict import Status
from tuneproof.criteria._settings import EvalsetCriterion, ending, limits, where_measured


class JudgeAgreement(EvalsetCriterion):
    """A judge is shown to agree with people."""

    grader: str
    """Name of the grader that asks the judge."""
    measure: Literal["kappa", "agreement"] = "kappa"
    """`kappa`: agreement beyond chance (weighted where the menu is a scale). `agreement`: the share of equal choices."""
    at_least: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
    """The bar."""
    slice: str | None = None
    """Name of the only slice to look at; None takes the whole evalset."""

    def problems(self, where: str, design: Design) -> list[Problem]:
        """Return unknown names, a grader that asks no judge, and `abort`, which is about candidates."""
        if self.abort:
            what = "abort = true is not for judges: what a judge lacks ends no candidate"
            return [Problem(where=f"{where}.abort", what=what, expected="abort on a criterion about the candidate")]
        outline = design.evalsets.get(self.evalset)
        if outline is None:
            return super().problems(where, design)
        found = []
        if self.grader not in outline.judged:
            what, expected = unknown_name("grader", self.grader, sorted(outline.judged))
            if self.grader in outline.graders or not outline.judged:
                what, expected = f"grader {self.grader!r} asks no judge", "a grader of kind judge"
            found.append(Problem(where=f"{where}.grader", what=what, expected=expected))
        if self.slice is not None and self.slice not in outline.slices:
            what, expected = unknown_name("slice", self.slice, list(outline.slices))
            found.append(Problem(where=f"{where}.slice", what=what, expected=expected))
        return found

    def requirements(self, candidate: str, design: Design) -> tuple[Requirement, ...]:
        """Return the one requirement, the same for every candidate."""
        asked = Quantity(
            kind="agreement",
            evalset=self.evalset,
            slice=self.slice,
            grader=self.grader,
            measure=self.measure,
            system=self.grader,
            threshold=self.at_least,
            level_met=design.alpha,
            level_breached=design.alpha,
        )
        return (self.require("judge_agreement", candidate, asked, self.at_least, "instrument"),)

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Return `voice agrees with people on target: kappa 0.610 (..., 120 labelled answers), shown to be at least 0.5`."""
        place = where_measured(requirement.quantity)
        if estimate.value is None and estimate.n:
            return f"no {self.measure} of {self.grader} and people can be computed on {place}"
        if estimate.value is None:
            return f"nothing was measured of how far {self.grader} agrees with people on {place}"
        bar, answers = f"{self.at_least:g}", "answer" if estimate.n == 1 else "answers"
        shown = limits(estimate, self.at_least, f"{estimate.n} labelled {answers}", "missing choices of the judge were")
        end = ending(status, f"shown to be at least {bar}", f"shown to be below {bar}", f"not shown to be at least {bar}")
        return f"{self.grader} agrees with people on {place}: {self.measure} {estimate.value:.3f} {shown}, {end}"


PLUGIN: type[Criterion] = JudgeAgreement
