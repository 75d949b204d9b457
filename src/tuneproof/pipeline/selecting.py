"""A run chooses among checkpoints before it opens the holdout: on the selection evalsets, by the registered rules.

1. every checkpoint is found (a list, a folder, a job that is over), and what is wrong with the questions is known
2. baselines and checkpoints are asked, in the order of training; where a rule ends a candidate, its later ones are not
3. the best level is chosen, the earlier of equals; the holdout is opened once, for that one
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from tuneproof.core.checkpoints import Checkpoint
from tuneproof.core.errors import RunStopped
from tuneproof.core.estimate import Estimate
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.checkpoint_trials import Levels, Trial, cut, level, open_trial, scales_of
from tuneproof.pipeline.checkpoints import Found, as_one, find_all, name_of, vetoes
from tuneproof.pipeline.collecting import Display, Options
from tuneproof.pipeline.curves import Reading, curves, readings, rules_of
from tuneproof.pipeline.gate import active_systems
from tuneproof.pipeline.selection_files import Selection, usage_of
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._user_text import short
from tuneproof.store.cache import Cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An experiment whose checkpoints are found."""

    bench: Bench
    """Each candidate stands as its first checkpoint, so that all that is wrong with its questions shows before any is asked."""
    trial: Trial | None
    """The checkpoints, ready to be asked; None where there are none."""
    checkpoints: Mapping[str, tuple[Checkpoint, ...]]
    """Candidate to its checkpoints, in the order of training."""
    cautions: tuple[str, ...] = ()
    """What the reader must know of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What came of choosing."""

    bench: Bench
    """Each candidate is the checkpoint that was chosen, or the one that it ended at."""
    selection: Selection
    """What is kept of it."""
    trial: Trial | None
    """The answers; None where nobody was asked."""
    stopped: Mapping[str, tuple[str, ...]]
    """System to the evalsets of the holdout that it is not asked: those that a rule ended, and with the last the baselines."""

    @property
    def attempts(self) -> int:
        """Requests that were sent."""
        return 0 if self.trial is None else self.trial.attempts


def prepare(bench: Bench, options: Options) -> Prepared:
    """Find the checkpoints of the candidates that are asked, and what is wrong with asking them.

    Args:
        bench: The experiment.
        options: What the command line asks.

    Raises:
        InputError: checkpoints, models or files that are wrong; nothing was spent.
        RunStopped: a job that is not found, not over yet, or has failed.
    """
    active = active_systems(bench, options.only)
    held = [system for system in active if system.checkpoints is not None]
    if not held:
        return Prepared(bench=bench, trial=None, checkpoints={})
    found: Found = find_all(bench, held)
    known = replace(bench, providers=found.providers)
    baselines = [system.name for system in active if system.role == "baseline"]
    trial = open_trial(cut(_judging(known), options.limit), found.checkpoints, found.providers, baselines)
    first = {name: checkpoints[0].model for name, checkpoints in found.checkpoints.items()}
    return Prepared(bench=as_one(known, first), trial=trial, checkpoints=found.checkpoints, cautions=found.cautions)


def select(prepared: Prepared, cache: Cache | None, options: Options, display: Display) -> Selected:
    """Ask the checkpoints, apply the rules about them, and choose.

    Args:
        prepared: The experiment.
        cache: Where answers that were paid for are.
        options: What the command line asks.
        display: Shows progress.

    Raises:
        RunStopped: the answers could not be had, or none of a candidate's came; what was paid for is in the cache.
    """
    bench, trial = prepared.bench, prepared.trial
    never_read = () if options.only else tuple(_never_read(bench, prepared.checkpoints))
    if trial is None:
        selection = Selection(cautions=never_read)
        return Selected(bench=bench, selection=selection, trial=None, stopped={})
    trial.cache = cache
    choosing = _Choosing(_judging(bench), prepared.checkpoints, trial)
    choosing.go(options, display)
    chosen = {name: choosing.choose(name) for name in prepared.checkpoints}
    one_each = as_one(bench, {name: one.model for name, one in chosen.items()})
    kept = choosing.kept(chosen)
    kept = replace(kept, cautions=(*prepared.cautions, *never_read, *kept.cautions))
    return Selected(bench=one_each, selection=kept, trial=trial, stopped=choosing.stopped())


def _judging(bench: Bench) -> Bench:
    """Return the experiment at its registered alpha: exposures of the holdout share it, and this is none of the holdout."""
    return bench.at_level(bench.experiment.registered_alpha)


@dataclass(slots=True)
class _Choosing:
    """One choice on its way."""

    bench: Bench
    checkpoints: Mapping[str, tuple[Checkpoint, ...]]
    trial: Trial
    asked: dict[str, list[Checkpoint]] = field(default_factory=dict)
    read: list[Reading] = field(default_factory=list)
    ended: dict[str, tuple[Checkpoint, Reading]] = field(default_factory=dict)
    levels: Levels = field(default_factory=dict)

    def go(self, options: Options, display: Display) -> None:
        """Ask in rounds that end where a rule is read, so that nothing is asked of a candidate that has ended."""
        baselines = [system.name for system in self.trial.bench.experiment.of_role("baseline")]
        rounds = {name: list(self._rounds(name)) for name in self.checkpoints}
        for number in range(max(map(len, rounds.values()))):
            part = {name: parts[number] for name, parts in rounds.items() if number < len(parts) and name not in self.ended}
            if not part:
                return
            systems = [name_of(name, one) for name, found in part.items() for one in found]
            self.trial.ask([*baselines, *systems] if number == 0 else systems, options, display)
            self.levels = self.trial.levels()
            for name, found in part.items():
                self._look(name, found)

    def _rounds(self, candidate: str) -> Iterator[tuple[Checkpoint, ...]]:
        found, ats = self.checkpoints[candidate], {rule.at for rule in rules_of(self.bench, candidate).values()}
        ends = [place for place, one in enumerate(found, 1) if one.number in ats or place == len(found)]
        yield from (found[start:end] for start, end in pairwise((0, *ends)))

    def _look(self, candidate: str, checkpoints: Sequence[Checkpoint]) -> None:
        for one in checkpoints:
            self.asked.setdefault(candidate, []).append(one)
            for reading in readings(self.bench, candidate, one, self.levels):
                self.read.append(reading)
                if reading.ends:
                    self.ended.setdefault(candidate, (one, reading))

    # -- choosing ------------------------------------------------------------------------------------------------------------

    def choose(self, candidate: str) -> Checkpoint:
        """Return the checkpoint with the best level, the earlier of equals; of one that has ended, where it ended."""
        if candidate in self.ended:
            return self.ended[candidate][0]
        told = [(one, self._counted(candidate, one)) for one in self.asked[candidate]]
        known = [(one, value) for one, value in told if value is not None]
        if not known:
            where = self.trial.scales[0].evalset
            raise RunStopped(f"no answer of any checkpoint of {candidate!r} on {where!r} has a score: none can be chosen")
        return max(known, key=lambda pair: pair[1])[0]

    def _counted(self, candidate: str, checkpoint: Checkpoint) -> float | None:
        """Return the level by which it is chosen: a missing answer counts as wrong, or losing answers would pay."""
        held = self._level(candidate, checkpoint)
        if not held.n_missing:
            return held.value
        return None if held.value is None else held.worst

    def _level(self, candidate: str, checkpoint: Checkpoint) -> Estimate:
        return self.levels[level(name_of(candidate, checkpoint), self.trial.scales[0], self.bench.experiment.alpha)]

    def stopped(self) -> dict[str, tuple[str, ...]]:
        """Return who is not asked about the holdout any more."""
        rest = tuple(self.bench.evalsets)
        gone = set(self.bench.design.candidates) <= self.ended.keys()
        return dict.fromkeys((*self.ended, *(self.bench.design.baselines if gone else ())), rest)

    # -- what is kept --------------------------------------------------------------------------------------------------------

    def kept(self, chosen: Mapping[str, Checkpoint]) -> Selection:
        """Return all that a run keeps of the choice."""
        numbers = {name: one.number for name, one in chosen.items() if name not in self.ended}
        drawn = [
            replace(curve, chosen=numbers.get(name), sentence=self._summary(name, chosen[name]))
            for name, found in self.asked.items()
            for curve in curves(self.bench, name, found, self.levels)
        ]
        return Selection(
            curves=tuple(drawn),
            vetoed={name: reading.sentence for name, (_, reading) in self.ended.items()},
            read={(one.need.criterion, one.need.candidate): one.estimate for one in self.read},
            models={name: one.model for name, one in chosen.items()},
            usage=usage_of(self.trial),
            attempts=self.trial.attempts,
            cautions=tuple(self._cautions()),
        )

    def _summary(self, candidate: str, chosen: Checkpoint) -> str:
        name, n = short(candidate, 60), len(self.asked[candidate])
        if candidate in self.ended:
            rule, left = self.ended[candidate][1].need.criterion, len(self.checkpoints[candidate]) - n
            later = [f"{left:,} later checkpoint{'s' * (left > 1)}"] if left else []
            unasked = " and ".join([*later, "the holdout"])
            return f"{name} ended at checkpoint {chosen.number} by {rule!r}; not asked: {unasked}"
        value = self._counted(candidate, chosen)
        where = short(self.trial.scales[0].evalset, 60)
        told = f"checkpoint {chosen.number} of {name} was chosen: {numerals.score(value)} on {where}, the best of {n:,}"
        return f"{told}; the holdout was opened for it alone"

    def _cautions(self) -> Iterator[str]:
        asked = [self._level(name, one) for name, found in self.asked.items() for one in found]
        if lacking := sum(held.n_missing for held in asked):
            yield f"{lacking:,} answers of checkpoints lack a score; they counted as wrong when a checkpoint was chosen"
        used = {scale.evalset for scale in self.trial.scales}
        for name in (name for name in self.bench.selection if name not in used):
            yield f"evalset {short(name, 60)} is for choosing a checkpoint, and was not used: no rule names it"


def _never_read(bench: Bench, checkpoints: Mapping[str, Sequence[Checkpoint]]) -> Iterator[str]:
    """Yield the rules that could not be read because the checkpoint that they name is not there: never a silent pass."""
    for need in vetoes(bench):
        name, rule = short(need.candidate, 60), rules_of(bench, need.candidate)[need]
        if need.candidate not in checkpoints:
            yield f"{need.criterion!r} was not applied: {name} has no checkpoints"
        elif all(one.number != rule.at for one in checkpoints[need.candidate]):
            there = ", ".join(str(one.number) for one in checkpoints[need.candidate])
            yield f"{need.criterion!r} was not applied: {name} has no checkpoint {rule.at} (there are {there})"


def rules_beyond(bench: Bench) -> Iterator[str]:
    """Yield the rules about checkpoints that a candidate's list does not reach: known before anything is spent."""
    for need in vetoes(bench):
        source = next(system.checkpoints for system in bench.experiment.systems if system.name == need.candidate)
        rule = rules_of(bench, need.candidate)[need]
        if source is not None and source.models and rule.at > len(source.models):
            name, n = short(need.candidate, 60), len(source.models)
            yield f"{need.criterion!r} reads checkpoint {rule.at}, and {name} lists {n}: it will not be applied"


def selection_calls(bench: Bench) -> list[str]:
    """Return what choosing among checkpoints will ask, in words, before anybody is asked."""
    names = list(dict.fromkeys(scale.evalset for scale in scales_of(bench)))
    n, where = sum(len(bench.selection[name].examples) for name in names), " and ".join(short(name, 60) for name in names)
    found = []
    for system in bench.experiment.of_role("candidate"):
        if system.checkpoints is not None:
            many = len(system.checkpoints.models)
            whose = f"each of {many:,} checkpoints" if many else "each checkpoint"
            asked = f"{whose} of {short(system.name, 60)} is asked {n * system.repeats:,} questions on {where}"
            found.append(f"before the holdout {asked}, as is each baseline, and one is chosen")
    return found
