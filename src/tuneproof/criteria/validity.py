"""`validity`: the share of answers that are valid by their JSON schema is at least a bar."""

from typing import Annotated

from pydantic import Field

from tuneproof.core.errors import Problem
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.verdict import Status
from tuneproof.criteria._settings import EvalsetCriterion, ending, interval, nothing_measured, where_measured

MEASURE = "valid"


class Validity(EvalsetCriterion):
    """The candidate's answers parse and validate often enough."""

    at_least: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    """Smallest share of valid answers."""

    def problems(self, where: str, design: Design) -> list[Problem]:
        """Return unknown names, and graders that do not say whether an answer is valid."""
        found = super().problems(where, design)
        outline = design.evalsets.get(self.evalset)
        if found or outline is None:
            return found
        measured = outline.measures.get(self.graded_by(design) or "", ())
        if MEASURE in measured:
            return []
        what = f"grader {self.grader!r} does not measure validity" if self.grader else "the grader does not measure validity"
        return [Problem(where=f"{where}.grader", what=what, expected="a grader of kind json_schema")]

    def requirements(self, candidate: str, design: Design) -> tuple[Requirement, ...]:
        """Return the one requirement."""
        quantity = Quantity(
            kind="level",
            evalset=self.evalset,
            slice=None,
            grader=self.graded_by(design),
            measure=MEASURE,
            system=candidate,
            threshold=self.at_least,
            level_met=design.alpha,
            level_breached=design.alpha,
        )
        return (
            Requirement(
                criterion=self.name,
                kind="validity",
                on_failure=self.on_failure,
                candidate=candidate,
                mode="prove",
                quantity=quantity,
                margin=self.at_least,
            ),
        )

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Return `tuned answers with valid JSON in 0.993 of target (...), shown to be at least 0.97`."""
        if estimate.value is None:
            return nothing_measured(requirement)
        asked, bar = requirement.quantity, f"{self.at_least:g}"
        end = ending(status, f"shown to be at least {bar}", f"shown to be below {bar}", f"not shown to be at least {bar}")
        share = f"a share of {estimate.value:.3f} of {asked.system}'s answers on {where_measured(asked)} is valid"
        return f"{share} {interval(estimate, self.at_least)}, {end}"


PLUGIN: type[Criterion] = Validity
