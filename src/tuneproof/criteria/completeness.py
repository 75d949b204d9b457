"""`completeness`: answers come back. Counted, not estimated; above the limit nothing is proved either way."""

from typing import Annotated

from pydantic import Field

from tuneproof.core.errors import Problem, unknown_name
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.verdict import Status
from tuneproof.criteria._settings import CriterionSettings, selection_problems


class Completeness(CriterionSettings):
    """No system lacks more than a share of its answers on any evalset."""

    max_missing: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    """Largest share of examples without an answer, per system and evalset."""
    evalset: str | None = None
    """Name of the only evalset to count; None counts each."""

    def problems(self, where: str, design: Design) -> list[Problem]:
        """Return an unknown evalset."""
        if self.abort:
            what = "abort = true on a count, which is never breached"
            return [Problem(where=f"{where}.abort", what=what, expected="a criterion that can be breached")]
        if self.evalset is None:
            return []
        if outline := design.evalsets.get(self.evalset):
            return selection_problems(where, self.evalset, outline)
        what, expected = unknown_name("evalset", self.evalset, list(design.evalsets))
        return [Problem(where=f"{where}.evalset", what=what, expected=expected)]

    def requirements(self, candidate: str, design: Design) -> tuple[Requirement, ...]:
        """Return one requirement an evalset for the candidate and for each baseline it is compared with."""
        holdout = [name for name, outline in design.evalsets.items() if outline.role != "selection"]
        evalsets = holdout if self.evalset is None else [self.evalset]
        return tuple(
            self._requirement(candidate, system, evalset, design)
            for evalset in evalsets
            for system in (candidate, *design.baselines)
        )

    def _requirement(self, candidate: str, system: str, evalset: str, design: Design) -> Requirement:
        quantity = Quantity(
            kind="missing",
            evalset=evalset,
            slice=None,
            grader=None,
            system=system,
            threshold=self.max_missing,
            level_met=design.alpha,
            level_breached=design.alpha,
        )
        return self.require("completeness", candidate, quantity, self.max_missing, "count")

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Return `all 200 answers of tuned on target came back`."""
        asked, total = requirement.quantity, estimate.n + estimate.n_missing
        if not estimate.n_missing:
            return f"all {total} examples of {asked.evalset} have answers of {asked.system}"
        if estimate.is_cut_short:
            return f"{estimate.n_missing} of {total} examples of {asked.evalset} were left out for {asked.system}"
        compared = "within" if status == "met" else "more than"
        return (
            f"{estimate.n_missing} of {total} examples of {asked.evalset} lack an answer of {asked.system}, "
            f"{compared} the allowed {self.max_missing:.4g}"
        )

    def needed_n(self, requirement: Requirement, estimate: Estimate, design: Design) -> int | None:
        """Return None: missing answers are fetched again, not outnumbered."""
        return None


PLUGIN: type[Criterion] = Completeness
