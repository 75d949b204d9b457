"""`threshold`: the candidate's own level is at least a bar."""

from tuneproof.core.estimate import Estimate
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.verdict import Status
from tuneproof.criteria._settings import LevelCriterion, nothing_measured, where_measured


class Threshold(LevelCriterion):
    """The candidate reaches a level, whatever the baseline does."""

    def requirements(self, candidate: str, design: Design) -> tuple[Requirement, ...]:
        """Return the one requirement."""
        return (self.require("threshold", candidate, self.level(candidate, design), self.at_least),)

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Return `tuned scores 0.870 on target (...), shown to be at least 0.85`."""
        if estimate.value is None:
            return nothing_measured(requirement)
        asked = requirement.quantity
        told = f"{asked.system} scores {estimate.value:.3f} on {where_measured(asked)}"
        return f"{told} {self.compared_to_bar(estimate, status)}"


PLUGIN: type[Criterion] = Threshold
