"""`superiority`: candidate minus baseline is above a margin. Several baselines must all be beaten."""

from tuneproof.core.estimate import Estimate
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


class Superiority(ComparisonCriterion):
    """The candidate beats the baseline by more than `margin`."""

    margin: Margin = 0.0
    """Required lift, score units; 0 asks for any true gain."""

    def requirements(self, candidate: str, design: Design) -> tuple[Requirement, ...]:
        """Return one requirement a baseline."""
        return tuple(
            self.require("superiority", candidate, difference(self, (candidate, baseline), self.margin, design), self.margin)
            for baseline in self.compared_with(design)
        )

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Return `tuned beats prompted on target by 0.130 (...), more than the required 0.05`."""
        if estimate.value is None:
            return nothing_measured(requirement)
        asked = requirement.quantity
        above = "beats" if status == "met" else "is ahead of"
        verb = above if estimate.value > 0 else "is behind" if estimate.value < 0 else "equals"
        by = f" by {abs(estimate.value):.3f}" if estimate.value else ""
        required = f"the required {self.margin:g}" if self.margin else "zero"
        end = ending(
            status,
            f"more than {required}",
            f"shown to be less than {required}",
            f"not shown to be more than {required}",
        )
        return f"{asked.system} {verb} {asked.baseline} on {where_measured(asked)}{by} {interval(estimate, self.margin)}, {end}"

    def needed_n(self, requirement: Requirement, estimate: Estimate, design: Design) -> int | None:
        """Return the n that shows the registered lift, from the upper bound of the discordance seen so far."""
        from tuneproof.criteria._planning import needed_n

        if design.expected_lift is None or design.expected_lift <= self.margin:
            return None
        return needed_n(requirement.quantity, estimate, design.expected_lift)


PLUGIN: type[Criterion] = Superiority
