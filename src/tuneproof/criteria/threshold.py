"""`threshold`: the candidate's own level is at least a bar."""

from typing import Annotated

from pydantic import Field

from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.verdict import Status
from tuneproof.criteria._settings import EvalsetCriterion, ending, interval, nothing_measured, where_measured


class Threshold(EvalsetCriterion):
    """The candidate reaches a level, whatever the baseline does."""

    at_least: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    """The bar, score units."""

    def requirements(self, candidate: str, design: Design) -> tuple[Requirement, ...]:
        """Return the one requirement."""
        quantity = Quantity(
            kind="level",
            evalset=self.evalset,
            slice=None,
            grader=self.graded_by(design),
            system=candidate,
            threshold=self.at_least,
            level_met=design.alpha,
            level_breached=design.alpha,
        )
        return (
            Requirement(
                criterion=self.name,
                kind="threshold",
                on_failure=self.on_failure,
                candidate=candidate,
                mode="prove",
                quantity=quantity,
                margin=self.at_least,
            ),
        )

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Return `tuned reaches 0.870 on target (...), shown to be at least 0.85`."""
        if estimate.value is None:
            return nothing_measured(requirement)
        asked, bar = requirement.quantity, f"{self.at_least:g}"
        end = ending(status, f"shown to be at least {bar}", f"shown to be below {bar}", f"not shown to be at least {bar}")
        return (
            f"{asked.system} scores {estimate.value:.3f} on {where_measured(asked)} {interval(estimate, self.at_least)}, {end}"
        )


PLUGIN: type[Criterion] = Threshold
