"""From levels to learning curves: what each checkpoint came to, and what the registered rule says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from tuneproof.core.checkpoints import Advice, Checkpoint, Curve, CurvePoint
from tuneproof.core.estimate import Estimate
from tuneproof.core.requirement import Requirement
from tuneproof.core.verdict import Status
from tuneproof.criteria._checkpoint_rule import Rule as Settings
from tuneproof.criteria._checkpoint_rule import advice, status_of
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.checkpoint_trials import Levels, Scale, against, level, scale_of, scales_of
from tuneproof.pipeline.checkpoints import name_of, vetoes
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._user_text import short


class Rule(Settings, Protocol):
    """The settings of a `checkpoint` criterion."""

    @property
    def at(self) -> int:
        """Number of the checkpoint at which it is read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a registered rule says of a checkpoint."""

    need: Requirement
    """The rule, as it is asked of the candidate."""
    advice: Advice
    """What it says."""
    status: Status
    """What that is registered to mean: a breach ends the candidate."""
    estimate: Estimate
    """What it read."""
    sentence: str
    """The same in one sentence with its numbers."""

    @property
    def ends(self) -> bool:
        """Whether the candidate is not asked any further."""
        return self.status == "breached" and self.need.on_failure == "no-go"


def rules_of(bench: Bench, candidate: str) -> dict[Requirement, Rule]:
    """Return the rules about the checkpoints of a candidate, in file order."""
    return {need: cast("Rule", bench.criteria[need.criterion]) for need in vetoes(bench) if need.candidate == candidate}


def readings(bench: Bench, candidate: str, checkpoint: Checkpoint, levels: Levels) -> list[Reading]:
    """Return what the rules say that are read at this checkpoint."""
    found = []
    for need, rule in rules_of(bench, candidate).items():
        if rule.at == checkpoint.number:
            estimate = levels[against(need, name_of(candidate, checkpoint))]
            said = advice(rule, estimate)
            status = status_of(rule, said) if estimate.n else "undecided"  # where nothing was measured nothing is shown
            words = f"{_scored(candidate, checkpoint, scale_of(need), estimate)}, {_because(rule, said, estimate)}"
            found.append(Reading(need=need, advice=said, status=status, estimate=estimate, sentence=words))
    return found


def curves(bench: Bench, candidate: str, checkpoints: Sequence[Checkpoint], levels: Levels) -> tuple[Curve, ...]:
    """Return the learning curves of a candidate as far as it was asked, one a scale, without a word yet of what was chosen.

    Args:
        bench: The experiment.
        candidate: Name of the candidate.
        checkpoints: Those that were asked.
        levels: Of them and of the baselines.
    """
    return tuple(_curve(bench, candidate, checkpoints, levels, scale) for scale in scales_of(bench))


def _curve(bench: Bench, candidate: str, checkpoints: Sequence[Checkpoint], levels: Levels, scale: Scale) -> Curve:
    alpha = bench.experiment.alpha
    bars = [rule.below for need, rule in rules_of(bench, candidate).items() if scale_of(need) == scale]
    return Curve(
        candidate=candidate,
        evalset=scale.evalset,
        grader=scale.grader,
        bar=bars[0] if bars else None,
        points=tuple(_point(bench, candidate, one, levels, scale) for one in checkpoints),
        baselines={name: held for name in bench.design.baselines if (held := levels.get(level(name, scale, alpha)))},
        chosen=None,
        sentence="",
    )


def _point(bench: Bench, candidate: str, checkpoint: Checkpoint, levels: Levels, scale: Scale) -> CurvePoint:
    estimate = levels[level(name_of(candidate, checkpoint), scale, bench.experiment.alpha)]
    read = [one for one in readings(bench, candidate, checkpoint, levels) if scale_of(one.need) == scale]
    gravest = min(read, key=lambda one: _GRAVITY[one.advice], default=None)
    return CurvePoint(
        checkpoint=checkpoint,
        estimate=estimate,
        advice=gravest.advice if gravest else None,
        sentence=gravest.sentence if gravest else _scored(candidate, checkpoint, scale, estimate),
    )


_GRAVITY: Mapping[Advice, int] = {"ABORT": 0, "UNCLEAR": 1, "CONTINUE": 2}
"""Which advice is shown where two rules read the same checkpoint."""


def _scored(candidate: str, checkpoint: Checkpoint, scale: Scale, estimate: Estimate) -> str:
    """Return `checkpoint 2 of tuned (triage@2) scores 0.412 on dev (90 % interval 0.330 to 0.498, n = 104)`."""
    step = "" if checkpoint.step is None else f", step {checkpoint.step:,}"
    named = f"checkpoint {checkpoint.number} of {short(candidate, 60)} ({short(checkpoint.model, 60)}{step})"
    missing = f", {estimate.n_missing:,} missing" if estimate.n_missing else ""
    if estimate.value is None:
        return f"{named} has no score on {short(scale.evalset, 60)} (n = 0{missing})"
    limits = f"{numerals.level(estimate.level)} interval {numerals.score(estimate.low)} to {numerals.score(estimate.high)}"
    told = f"scores {numerals.score(estimate.value)} on {short(scale.evalset, 60)} ({limits}, n = {estimate.n:,}{missing})"
    return f"{named} {told}"


def _because(rule: Rule, said: Advice, estimate: Estimate) -> str:
    """Say what the rule makes of it: which limit stands where, and what follows."""
    bar = f"{rule.below:g}"
    means = f", which is registered to mean {rule.unclear}" if said == "UNCLEAR" else ""
    if estimate.value is None:
        return f"so that nothing is shown about the bar of {bar}{means}"
    as_point = {
        "ABORT": f"below {bar}",
        "CONTINUE": f"not below {bar}",
        "UNCLEAR": f"below {bar} or not, whichever the missing answers are",
    }
    as_bound = {
        "ABORT": f"shown to be below {bar}",
        "CONTINUE": f"shown to be at least {bar}",
        "UNCLEAR": f"shown neither to be below {bar} nor at least {bar}",
    }
    return f"{(as_point if rule.rule == 'point' else as_bound)[said]}{means}"
