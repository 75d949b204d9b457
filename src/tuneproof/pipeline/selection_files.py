"""What a run keeps of the choice among checkpoints: selection.json, the answers and their marks."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, cast

from tuneproof.core.checkpoints import Advice, Checkpoint, Curve, CurvePoint
from tuneproof.core.errors import InputError, Problem
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.score import Score
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.checkpoint_trials import Trial
from tuneproof.pipeline.checkpoints import vetoes
from tuneproof.stages._inferred import nothing
from tuneproof.stages.account import Usage, account
from tuneproof.store.rows import reply_row, score_row
from tuneproof.store.run_folder import RunFolder

FILE, COMPLETIONS, SCORES = "selection.json", "selection-completions.jsonl", "selection-scores.jsonl"
"""In the run folder."""
NOTE = "the holdout was opened for what these marks chose: `tuneproof grade` does not mark the answers here again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What came of choosing, as a run keeps it."""

    curves: tuple[Curve, ...] = ()
    """One a candidate and scale; the first of a candidate is the one that it was chosen by."""
    vetoed: Mapping[str, str] = field(default_factory=dict)
    """Candidate that a rule ended to why, in one sentence."""
    read: Mapping[tuple[str, str], Estimate] = field(default_factory=dict)
    """(criterion, candidate) to what the rule read."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Candidate to the model that stands for it: the chosen checkpoint, or the one that it ended at."""
    usage: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """System (`tuned@2`, or a baseline) to what asking it took."""
    attempts: int = 0
    """Requests that were sent for it in this run, retries included."""
    cautions: tuple[str, ...] = ()
    """What the reader must know; already among those of the run."""

    def evidence(self, bench: Bench) -> dict[Quantity, Estimate]:
        """Return what the rules about checkpoints rest on; nothing where the checkpoint that one names is not there."""
        found = {}
        for need in vetoes(bench):
            held = self.read.get((need.criterion, need.candidate))
            found[need.quantity] = held if held is not None else _not_there(need.quantity, bench.experiment.alpha)
        return found

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the manifest holds of it; empty where nothing was chosen."""
        chosen = {curve.candidate: curve.chosen for curve in self.curves}
        candidates = {
            name: {"model": model, "checkpoint": chosen.get(name), "ended": self.vetoed.get(name)}
            for name, model in self.models.items()
        }
        return {"candidates": candidates, "attempts": self.attempts, "usage": dict(self.usage)} if candidates else {}

    @property
    def entry(self) -> dict[str, Any]:
        """Return its entry in the manifest; none where nothing was chosen."""
        return {"selection": self.facts} if self.facts else {}

    def to_json(self) -> dict[str, Any]:
        """Return selection.json."""
        return {
            "schema_version": 1,
            "note": NOTE,
            **(self.facts or {"candidates": {}, "attempts": 0, "usage": {}}),
            "rules": [
                {"criterion": criterion, "candidate": candidate, "estimate": asdict(estimate)}
                for (criterion, candidate), estimate in self.read.items()
            ],
            "curves": [curve_json(curve) for curve in self.curves],
            "cautions": list(self.cautions),
        }

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> "Selection":
        """Return what selection.json holds."""
        candidates = held["candidates"]
        return cls(
            curves=tuple(map(curve_of, held["curves"])),
            vetoed={name: told["ended"] for name, told in candidates.items() if told["ended"] is not None},
            read={(rule["criterion"], rule["candidate"]): estimate_of(rule["estimate"]) for rule in held["rules"]},
            models={name: told["model"] for name, told in candidates.items()},
            usage=held["usage"],
            attempts=held["attempts"],
            cautions=tuple(held["cautions"]),
        )


def usage_of(trial: Trial) -> dict[str, dict[str, Any]]:
    """Return what asking each system took."""
    usage: dict[str, Usage] = {}
    for _ in account(trial.replies(), usage):
        pass
    return {name: held.to_json() for name, held in usage.items()}


def write_selection(folder: RunFolder, bench: Bench, selection: Selection, trial: Trial | None) -> None:
    """Write what was chosen, from which answers and marks; nothing where there are no checkpoints and no rules."""
    if trial is None and not vetoes(bench):
        return
    folder.write_json(FILE, selection.to_json())
    if trial is not None:
        scores: Iterator[Score] = trial.scores(folder.write_rows(COMPLETIONS, trial.replies(), reply_row))
        for _ in folder.write_rows(SCORES, scores, score_row):
            pass


def selected_of(folder: RunFolder) -> Selection:
    """Return what a run kept of the choice; of a run without any: nothing.

    Raises:
        InputError: when selection.json is damaged.
    """
    if not (folder.path / FILE).exists():
        return Selection()
    held = folder.read_json(FILE)
    try:
        return Selection.of_json(held)
    except (KeyError, TypeError, ValueError, AttributeError):
        where, what = str(folder.path / FILE), "is not what a run wrote: it comes from another version or was edited"
        raise InputError(Problem(where=where, what=what, hint="run the experiment again")) from None


# -- values as JSON ----------------------------------------------------------------------------------------------------------


def curve_json(curve: Curve) -> dict[str, Any]:
    """Return a curve in full."""
    return {
        "candidate": curve.candidate,
        "evalset": curve.evalset,
        "grader": curve.grader,
        "bar": curve.bar,
        "chosen": curve.chosen,
        "sentence": curve.sentence,
        "points": [asdict(point) for point in curve.points],
        "baselines": {name: asdict(held) for name, held in curve.baselines.items()},
    }


def curve_of(held: Mapping[str, Any]) -> Curve:
    """Return the curve that its JSON holds."""
    return Curve(
        candidate=held["candidate"],
        evalset=held["evalset"],
        grader=held["grader"],
        bar=held["bar"],
        chosen=held["chosen"],
        sentence=held["sentence"],
        points=tuple(map(_point_of, held["points"])),
        baselines={name: estimate_of(told) for name, told in held["baselines"].items()},
    )


def estimate_of(held: Mapping[str, Any]) -> Estimate:
    """Return the estimate that its JSON holds. A selection evalset has no judges, so that `judged` is never there."""
    told = dict(held)
    for name in ("missing_ids", "cautions"):
        told[name] = tuple(told[name])
    told["cross_checks"] = tuple((name, low, high) for name, low, high in told["cross_checks"])
    return Estimate(**told)


def _point_of(held: Mapping[str, Any]) -> CurvePoint:
    return CurvePoint(
        checkpoint=Checkpoint(**held["checkpoint"]),
        estimate=estimate_of(held["estimate"]),
        advice=cast("Advice | None", held["advice"]),
        sentence=held["sentence"],
    )


def _not_there(quantity: Quantity, alpha: float) -> Estimate:
    why = "the checkpoint that the rule names was not there or not asked"
    return replace(nothing(alpha, quantity), blocked_because=why, cautions=(why,))
