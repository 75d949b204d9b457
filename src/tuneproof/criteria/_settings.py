"""What all criteria share: their name, what a failure means, and the evalset, grader and baseline they read."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from tuneproof.core.errors import Problem, unknown_name
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.requirement import Design, EvalsetOutline, Mode, Requirement
from tuneproof.core.verdict import Status

Margin = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
"""A difference in score units."""


class CriterionSettings(BaseModel):
    """The keys that every criterion has."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(min_length=1)]
    """Unique in the file."""
    on_failure: Literal["no-go", "report"] = "no-go"
    """Whether the criterion decides or only informs."""
    abort: bool = False
    """Judge it as soon as its evalset is collected; a breach stops the spending on that candidate."""

    def require(self, kind: str, candidate: str, quantity: Quantity, margin: float, mode: Mode = "prove") -> Requirement:
        """Return one requirement of this criterion."""
        return Requirement(
            criterion=self.name,
            kind=kind,
            on_failure=self.on_failure,
            candidate=candidate,
            mode=mode,
            quantity=quantity,
            margin=margin,
        )


class EvalsetCriterion(CriterionSettings):
    """A criterion about one evalset."""

    on_selection: ClassVar[bool] = False
    """Whether it reads selection evalsets, which decide nothing else."""

    evalset: str
    """Name of the evalset."""
    grader: str | None = None
    """Name of the grader; None for each example's own, else the evalset's only one."""

    def problems(self, where: str, design: Design) -> list[Problem]:
        """Return unknown evalsets and graders, and a choice of graders that is not made."""
        outline = design.evalsets.get(self.evalset)
        if self.abort and self.on_failure == "report":
            what = 'abort = true ends a candidate, on_failure = "report" decides nothing'
            return [Problem(where=f"{where}.abort", what=what, expected="one of them")]
        if outline is None:
            what, expected = unknown_name("evalset", self.evalset, list(design.evalsets))
            return [Problem(where=f"{where}.evalset", what=what, expected=expected)]
        if not self.on_selection and (wrong := selection_problems(where, self.evalset, outline)):
            return wrong
        if self.grader is not None and self.grader not in outline.graders:
            what, expected = unknown_name("grader", self.grader, outline.graders)
            return [Problem(where=f"{where}.grader", what=what, expected=expected)]
        if self.grader is None and not outline.has_own:
            what = f"evalset {self.evalset!r} has {'several graders' if outline.graders else 'no grader'}"
            expected = f"one of {', '.join(outline.graders)}" if outline.graders else "graders of the evalset"
            return [Problem(where=f"{where}.grader", what=what, expected=expected)]
        if self.abort and self.graded_by(design) in outline.judged:
            what = "abort = true reads a judge's marks, which decide nothing before people have labelled the answers"
            return [Problem(where=f"{where}.abort", what=what, expected="abort on a criterion that asks no judge")]
        return self._mixed(where, outline) if self.grader is None and outline.mixes_judges else []

    def _mixed(self, where: str, outline: EvalsetOutline) -> list[Problem]:
        """Refuse a mean over marks of a judge and of other graders: no people's labels could correct it."""
        what = f"evalset {self.evalset!r} mixes a judge with other graders, and their mean has no calibration"
        expected = f"one of {', '.join(outline.graders)}" if outline.graders else "a grader that marks every example"
        hint = "name the grader, or put what the judge marks into an evalset of its own"
        return [Problem(where=f"{where}.grader", what=what, expected=expected, hint=hint)]

    def graded_by(self, design: Design) -> str | None:
        """Return the grader whose scores are read; None where each example has its own and they differ."""
        return self.grader or design.evalsets[self.evalset].only_grader

    def needed_n(self, requirement: Requirement, estimate: Estimate, design: Design) -> int | None:
        """Return None: no effect on this quantity was registered, and the observed one must not stand in for it."""
        return None


class LevelCriterion(EvalsetCriterion):
    """A criterion about the candidate's own level."""

    at_least: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    """The bar, score units."""

    def level(self, candidate: str, design: Design, measure: str = "value") -> Quantity:
        """Return the candidate's mean on the whole evalset, tested against the bar at alpha both ways."""
        return Quantity(
            kind="level",
            evalset=self.evalset,
            slice=None,
            grader=self.graded_by(design),
            measure=measure,
            system=candidate,
            threshold=self.at_least,
            level_met=design.alpha,
            level_breached=design.alpha,
        )

    def compared_to_bar(self, estimate: Estimate, status: Status) -> str:
        """Return `(90 % interval 0.83 to 0.90, n = 200), shown to be at least 0.85`."""
        bar = f"{self.at_least:g}"
        end = ending(status, f"shown to be at least {bar}", f"shown to be below {bar}", f"not shown to be at least {bar}")
        return f"{interval(estimate, self.at_least)}, {end}"


class ComparisonCriterion(EvalsetCriterion):
    """A criterion about the difference between a candidate and the baselines."""

    baseline: str | None = None
    """Name of one baseline; None compares with each of them."""

    def problems(self, where: str, design: Design) -> list[Problem]:
        """Return unknown names."""
        found = super().problems(where, design)
        if self.baseline is not None and self.baseline not in design.baselines:
            what, expected = unknown_name("baseline", self.baseline, design.baselines)
            found.append(Problem(where=f"{where}.baseline", what=what, expected=expected))
        return found

    def compared_with(self, design: Design) -> tuple[str, ...]:
        """Return the baselines that the candidate is compared with."""
        return (self.baseline,) if self.baseline is not None else design.baselines


def difference(criterion: ComparisonCriterion, pair: tuple[str, str], threshold: float, design: Design) -> Quantity:
    """Return candidate minus baseline on the whole evalset, tested against `threshold` at alpha both ways."""
    return Quantity(
        kind="difference",
        evalset=criterion.evalset,
        slice=None,
        grader=criterion.graded_by(design),
        system=pair[0],
        baseline=pair[1],
        threshold=threshold,
        level_met=design.alpha,
        level_breached=design.alpha,
    )


def selection_problems(where: str, name: str, outline: EvalsetOutline) -> list[Problem]:
    """Refuse an evalset that a checkpoint is chosen on: its best result is no honest one."""
    if outline.role != "selection":
        return []
    what = f"evalset {name!r} is for choosing a checkpoint, and decides nothing"
    return [Problem(where=f"{where}.evalset", what=what, expected="an evalset with another role than selection")]


def where_measured(quantity: Quantity) -> str:
    """Return `target` or `general / dates`."""
    return quantity.evalset if quantity.slice is None else f"{quantity.evalset} / {quantity.slice}"


def interval(estimate: Estimate, threshold: float) -> str:
    """Return `(90 % interval 0.076 to 0.187, n = 200)`, with the missing answers where there are any, and whom it rests on.

    Three decimals are shown, and more where rounding would put a limit on the threshold.
    """
    counted = f"n = {estimate.n}"
    if estimate.judged is not None:
        n_human = estimate.judged.n_human
        labelled = "1 example" if n_human == 1 else f"{n_human} examples"
        counted = {
            "judge-only": f"{counted}, by the judge alone",
            "human-only": f"{labelled} labelled by people",
            "corrected": f"{counted}, judge corrected by {n_human} labelled examples",
        }[estimate.judged.calibration]
    return limits(estimate, threshold, counted)


def limits(estimate: Estimate, threshold: float, counted: str, missing: str = "missing answers were") -> str:
    """Return `(90 % interval 0.076 to 0.187, <what was counted>)`, with what is missing where anything is.

    Args:
        estimate: The numbers.
        threshold: What they are tested against.
        counted: `n = 200`.
        missing: What the limits hold for, where something is missing.
    """
    level, ends = f"{100 * estimate.level:.3g}", f"{apart(estimate.low, threshold)} to {apart(estimate.high, threshold)}"
    if estimate.n_missing and estimate.is_cut_short:
        unknown = "whatever the answers that were left out would have been"
        return f"({level} % interval {ends} {unknown}, {counted}, {estimate.n_missing} left out)"
    if estimate.n_missing:
        return f"({level} % interval {ends} whatever the {missing}, {counted}, {estimate.n_missing} missing)"
    return f"({level} % interval {ends}, {counted})"


def apart(value: float, threshold: float) -> str:
    """Return a number with three decimals, or as many as keep it apart from a threshold that it does not equal."""
    for places in range(3, 7):
        shown = f"{value:.{places}f}"
        if value == threshold or float(shown) != round(threshold, places):
            break
    return shown.removeprefix("-") if not float(shown) else shown


def nothing_measured(requirement: Requirement) -> str:
    """Return the statement of a requirement for which no answer was there."""
    return f"nothing was measured for {requirement.candidate} on {where_measured(requirement.quantity)}"


def ending(status: Status, met: str, breached: str, undecided: str) -> str:
    """Choose the end of a statement by the status."""
    return {"met": met, "breached": breached, "undecided": undecided}[status]
