"""`validity`: the share of answers that are valid by their JSON schema is at least a bar."""

from tuneproof.core.errors import Problem
from tuneproof.core.estimate import Estimate
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.verdict import Status
from tuneproof.criteria._settings import LevelCriterion, nothing_measured, where_measured

MEASURE = "valid"


class Validity(LevelCriterion):
    """The candidate's answers parse and validate often enough."""

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
        return (self.require("validity", candidate, self.level(candidate, design, MEASURE), self.at_least),)

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Return `a share of 0.993 of tuned's answers on target is valid (...), shown to be at least 0.97`."""
        if estimate.value is None:
            return nothing_measured(requirement)
        asked = requirement.quantity
        told = f"a share of {estimate.value:.3f} of {asked.system}'s answers on {where_measured(asked)} is valid"
        return f"{told} {self.compared_to_bar(estimate, status)}"


PLUGIN: type[Criterion] = Validity
