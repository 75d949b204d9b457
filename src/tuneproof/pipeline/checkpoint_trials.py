"""Checkpoints on trial: each is asked on the selection evalsets, as is each baseline, and its level is read there.

A trial sees nothing of the holdout: its questions are those of evalsets with role `selection`, and of no others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tuneproof.core.checkpoints import Checkpoint
from tuneproof.core.completion import Reply
from tuneproof.core.errors import InputError
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.example import Evalset
from tuneproof.core.protocols import LocalSession, Provider
from tuneproof.core.requirement import Requirement
from tuneproof.core.score import Score
from tuneproof.core.system import System
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.checkpoints import name_of, vetoes
from tuneproof.pipeline.collecting import Collecting, Display, Options
from tuneproof.pipeline.gate import open_local, provider_problems
from tuneproof.stages.estimate import estimate
from tuneproof.stages.grade import grade
from tuneproof.stages.plan import Plan, plan
from tuneproof.stages.tabulate import tabulate
from tuneproof.store.cache import Cache


class Scale(NamedTuple):
    """What a level is read on."""

    evalset: str
    """Name of a selection evalset."""
    grader: str | None
    """Name of the grader; None for each example's own."""


Levels = Mapping[Quantity, Estimate]
"""Of each system that was asked: its level on every scale (`level`), and against the bar of every rule (`against`)."""


@dataclass(slots=True, kw_only=True)
class Trial:
    """Some checkpoints and the baselines, ready to be asked on the selection evalsets."""

    bench: Bench
    """An experiment of them alone: checkpoints are its candidates, selection evalsets all that it may ask about."""
    plan: Plan
    """Its questions."""
    sessions: Mapping[str, LocalSession]
    """Providers whose answers are at hand."""
    scales: tuple[Scale, ...]
    """What levels are read on; checkpoints are chosen on the first."""
    rules: tuple[Requirement, ...]
    """The registered rules about checkpoints."""
    cache: Cache | None = None
    """Where answers that were paid for are; None where all are at hand."""
    attempts: int = 0
    """Requests sent, retries included."""
    asked: tuple[str, ...] = ()
    """Systems that were asked, in the order in which they were."""
    collecting: Collecting | None = field(default=None)
    """The asking; None before the first."""

    def ask(self, systems: Sequence[str], options: Options, display: Display) -> None:
        """Ask some systems what is not known yet.

        Raises:
            RunStopped: the answers could not be had; what was paid for is in the cache.
        """
        if self.collecting is None:
            held = Collecting(bench=self.bench, plan=self.plan, cache=self.cache, sessions=self.sessions, active=())
            held.attempts, self.collecting = self.attempts, held
        self.collecting.active = tuple(systems)
        self.collecting.collect(options, display, list(self.bench.evalsets))
        self.attempts = self.collecting.attempts
        self.asked = self.collecting.active = (*self.asked, *systems)

    def replies(self) -> Iterator[Reply]:
        """Yield the answers of all systems that were asked."""
        return iter(()) if self.collecting is None else self.collecting.replies(self.bench.evalsets)

    def scores(self, replies: Iterable[Reply]) -> Iterator[Score]:
        """Yield the marks of answers."""
        return grade(replies, self.bench.evalsets, self.bench.everywhere, self.bench.markers)

    def levels(self) -> Levels:
        """Return the level of every system that was asked, with the interval at 1 - 2 alpha."""
        bench, experiment = self.bench, self.bench.experiment
        tables = tabulate(self.scores(self.replies()), bench.evalsets, {name: bench.repeats[name] for name in self.asked})
        quantities = [level(name, scale, experiment.alpha) for name in self.asked for scale in self.scales]
        quantities += [against(need, name) for name in self.asked for need in self.rules]
        return estimate(quantities, tables, bench.corpus, alpha=experiment.alpha, seed=experiment.seed)


def open_trial(
    bench: Bench, checkpoints: Mapping[str, Sequence[Checkpoint]], providers: Mapping[str, Provider], baselines: Sequence[str]
) -> Trial:
    """Make checkpoints ready to be asked, and find what is wrong with that before anything is spent.

    Args:
        bench: The experiment.
        checkpoints: Candidate to those of its checkpoints that may be asked.
        providers: By name, with all checkpoints.
        baselines: Names of the baselines that are asked.

    Raises:
        InputError: unknown models, missing files and keys, prompts that cannot be filled.
    """
    scales = scales_of(bench)
    systems = tuple(_systems(bench, checkpoints, baselines))
    held = {name: evalset for name, evalset in bench.selection.items() if any(name == scale.evalset for scale in scales)}
    if any(evalset.role != "selection" for evalset in held.values()):
        raise ValueError("a trial never opens the holdout")
    alone = replace(
        bench,
        experiment=replace(bench.experiment, systems=systems),
        evalsets=held,
        providers=providers,
        criteria={},
        requirements=(),
        markers={at: marker for at, marker in bench.markers.items() if at[0] in held},
    )
    made = plan(alone.experiment, alone.evalsets, alone.providers, alone.workspace)
    if problems := provider_problems(alone, systems):
        raise InputError(problems)
    return Trial(bench=alone, plan=made, sessions=open_local(alone, systems), scales=scales, rules=tuple(vetoes(bench)))


def cut(trial: Bench, limit: int | None) -> Bench:
    """Return an experiment whose selection evalsets are cut to so many examples, as `--limit` cuts the holdout."""
    return trial if limit is None else replace(trial, whole={name: _cut(held, limit) for name, held in trial.whole.items()})


def _cut(evalset: Evalset, limit: int) -> Evalset:
    if evalset.role != "selection":
        return evalset
    return replace(evalset, examples=evalset.examples[:limit], example_digests=evalset.example_digests[:limit])


def _systems(bench: Bench, checkpoints: Mapping[str, Sequence[Checkpoint]], baselines: Sequence[str]) -> Iterator[System]:
    for system in bench.experiment.compared:
        if system.name in baselines:
            yield system
        for one in checkpoints.get(system.name, ()):
            yield replace(system, name=name_of(system.name, one), model=one.model, checkpoints=None)


def scales_of(bench: Bench) -> tuple[Scale, ...]:
    """Return what levels are read on: what the registered rules name, else the first selection evalset."""
    named = [scale_of(need) for need in vetoes(bench)]
    first = next(iter(bench.selection), None)
    if not named and first is not None:
        named = [Scale(first, bench.design.evalsets[first].only_grader)]
    return tuple(dict.fromkeys(named))


def scale_of(need: Requirement) -> Scale:
    """Return what a rule reads."""
    return Scale(need.quantity.evalset, need.quantity.grader)


def against(need: Requirement, system: str) -> Quantity:
    """Return what a rule asks of a checkpoint, which is a system of its own: its level against the bar."""
    return replace(need.quantity, system=system)


def level(system: str, scale: Scale, alpha: float) -> Quantity:
    """Return the level of a system, tested against nothing."""
    return Quantity(
        kind="level",
        evalset=scale.evalset,
        slice=None,
        grader=scale.grader,
        system=system,
        threshold=0.0,
        level_met=alpha,
        level_breached=alpha,
    )
