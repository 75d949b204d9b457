"""`checkpoint`: below a bar at one checkpoint of the training, stop. Read on a selection evalset, never on the holdout."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from tuneproof.core.checkpoints import Advice
from tuneproof.core.errors import Problem
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, EvalsetOutline, Requirement
from tuneproof.core.verdict import Status
from tuneproof.criteria._checkpoint_rule import advice, status_of
from tuneproof.criteria._settings import EvalsetCriterion, interval, where_measured

if TYPE_CHECKING:
    from tuneproof.stats.checkpoint_rule import ErrorRates


class CheckpointRule(EvalsetCriterion):
    """A candidate whose checkpoint is below a bar is given up."""

    on_selection: ClassVar[bool] = True
    """It reads selection evalsets, and no other."""

    below: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    """The bar, score units."""
    at: Annotated[int, Field(ge=1)]
    """Number of the checkpoint at which it is read; 1 is the first."""
    rule: Literal["bound", "point"] = "bound"
    """`bound`: stop where the level is shown to be below the bar. `point`: stop where it is observed below it."""
    unclear: Literal["continue", "abort"] = "continue"
    """What happens where neither is shown."""

    def problems(self, where: str, design: Design) -> list[Problem]:
        """Return unknown names, an evalset of the holdout, graders that the rule cannot be about, and `abort`, which it is."""
        if "abort" in self.model_fields_set:
            what = "abort is not for a checkpoint rule, which ends its candidate by itself"
            hint = 'on_failure = "report" lets it inform only'
            return [Problem(where=f"{where}.abort", what=what, expected="a rule without this key", hint=hint)]
        found = super().problems(where, design)
        outline = design.evalsets.get(self.evalset)
        return found if found or outline is None else self._misplaced(where, outline, self.graded_by(design))

    def _misplaced(self, where: str, outline: EvalsetOutline, grader: str | None) -> list[Problem]:
        if outline.role != "selection":
            what = f"evalset {self.evalset!r} is part of the holdout, which no checkpoint is judged on"
            return [Problem(where=f"{where}.evalset", what=what, expected='an evalset with role = "selection"')]
        if grader in outline.judged:
            what = f"grader {grader!r} asks a judge, whose marks show nothing before people have labelled the answers"
            return [Problem(where=f"{where}.grader", what=what, expected="a grader that asks no judge")]
        if self.rule == "bound" and grader in outline.corpus:
            what = f"grader {grader!r} is a metric of the whole set, for which this rule has no exact bound"
            hint = 'rule = "point" reads it as observed'
            return [Problem(where=f"{where}.grader", what=what, expected="a grader that marks each answer", hint=hint)]
        return []

    def requirements(self, candidate: str, design: Design) -> tuple[Requirement, ...]:
        """Return the one requirement; its system is the candidate, whose checkpoint stands for it."""
        asked = Quantity(
            kind="level",
            evalset=self.evalset,
            slice=None,
            grader=self.graded_by(design),
            system=candidate,
            threshold=self.below,
            level_met=design.alpha,
            level_breached=design.alpha,
        )
        return (self.require("checkpoint", candidate, asked, self.below, "veto"),)

    def ruling(self, estimate: Estimate) -> Status:
        """Return the status that this rule gives a level: `breached` ends the candidate, all else holds nothing back."""
        return status_of(self, advice(self, estimate))

    def statement(self, requirement: Requirement, estimate: Estimate, status: Status) -> str:
        """Return `tuned scores 0.600 at checkpoint 2 on dev (...), shown to be below 0.8: stop`."""
        system, place = requirement.quantity.system, where_measured(requirement.quantity)
        if estimate.value is None:
            return f"nothing was measured of {system} at checkpoint {self.at} on {place}"
        told = f"{system} scores {estimate.value:.3f} at checkpoint {self.at} on {place} {interval(estimate, self.below)}"
        follows = "stop" if status == "breached" else "go on"
        said = advice(self, estimate)
        registered = ", as registered" if said == "UNCLEAR" and status == self.ruling(estimate) else ""
        return f"{told}, {self._found(said)}: {follows}{registered}"

    def _found(self, said: Advice) -> str:
        """Say how the level stands to the bar."""
        bar = f"{self.below:g}"
        if self.rule == "point":
            unclear = f"below {bar} or not, whichever the missing answers are"
            return {"ABORT": f"below {bar}", "CONTINUE": f"not below {bar}", "UNCLEAR": unclear}[said]
        unclear = f"shown neither to be below {bar} nor at least {bar}"
        return {"ABORT": f"shown to be below {bar}", "CONTINUE": f"shown to be at least {bar}", "UNCLEAR": unclear}[said]

    def told_when_locked(self, design: Design) -> tuple[str, ...]:
        """Return what the rule and its alternative do to checkpoints whose true level is known, in plain sentences."""
        from tuneproof.stats.checkpoint_rule import error_rates

        outline = design.evalsets[self.evalset]
        answers = f"{outline.n} {'answer' if outline.n == 1 else 'answers'}"
        head = f"{self.name}: below {self.below:g} at checkpoint {self.at} on {self.evalset} ({answers}), stop"
        if self.graded_by(design) in outline.corpus:
            return (f"{head}, as observed; how often that errs is not known for a metric of the whole set",)
        means = ", unclear means stop" if self.unclear == "abort" else ""
        lines = [f"{head}; the {self.rule} rule is registered{means}"]
        lines += [self._told(rates) for rates in error_rates(outline.n, self.below, design.alpha)]
        if outline.n_clusters < outline.n:
            lines.append(f"in {outline.n_clusters} clusters: both rules err more often than these figures of single examples")
        return tuple(lines)

    def _told(self, rates: "ErrorRates") -> str:
        """Return `truly at 0.75 it is stopped 28 % of the time, by the point rule 85 %`."""
        cautious = rates.bound_aborts + (rates.bound_unclear if self.unclear == "abort" else 0.0)
        chances = {"bound": _percent(cautious), "point": _percent(rates.point_aborts)}
        other = "point" if self.rule == "bound" else "bound"
        return f"truly at {rates.true:g} it is stopped {chances[self.rule]} of the time, by the {other} rule {chances[other]}"


def _percent(chance: float) -> str:
    """Return a chance in per cent, never as a certainty that it is not."""
    if 0.0 < chance < 0.0005:
        return "under 0.1 %"
    if 0.9995 < chance < 1.0:
        return "over 99.9 %"
    return f"{100 * chance:.1f} %" if chance < 0.0995 or chance > 0.9905 else f"{100 * chance:.0f} %"


PLUGIN: type[Criterion] = CheckpointRule
