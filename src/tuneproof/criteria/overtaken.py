"""`overtaken`: a veto. It is breached where the baseline is shown to be ahead of the candidate; otherwise it decides nothing.

A regression run asks it: the prompted model may gain by a base-model update what the fine-tune was for.
"""

from tuneproof.core.estimate import Estimate
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.verdict import Status
from tuneproof.criteria._settings import ComparisonCriterion, difference, interval, nothing_measured, where_measured


class Overtaken(ComparisonCriterion):
    """No baseline is shown to be ahead of the candidate."""

    def requirements(self, candidate: str, design: Design) -> tuple[Requirement, ...]:
        """Return one veto a baseline."""
        pairs = [(candidate, baseline) for baseline in self.compared_with(design)]
        asked = (difference(self, pair, 0.0, design) for pair in pairs)
        return tuple(self.require("overtaken", candidate, quantity, 0.0, "veto") for quantity in asked)

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Return `tuned against prompted on target: -0.130 (...), shown to be overtaken`."""
        if estimate.value is None:
            return nothing_measured(requirement)
        asked = requirement.quantity
        change = f"{estimate.value:+.3f}" if estimate.value else "0.000"
        end = "shown to be overtaken" if status == "breached" else "not shown to be overtaken"
        return f"{asked.system} against {asked.baseline} on {where_measured(asked)}: {change} {interval(estimate, 0.0)}, {end}"


PLUGIN: type[Criterion] = Overtaken
