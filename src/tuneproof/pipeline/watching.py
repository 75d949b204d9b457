"""`tuneproof watch`: follow a training, evaluate each checkpoint on the selection evalset as it appears, and say what to do.

It asks nothing about the holdout. What it pays for is in the cache: a run that follows, and a watch that goes on, ask no
question twice.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep

from tuneproof.core.checkpoints import Advice, Checkpoint, Curve, CurvePoint
from tuneproof.core.errors import InputError, Problem, RunStopped, unknown_name
from tuneproof.core.system import System
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.checkpoint_trials import Levels, open_trial
from tuneproof.pipeline.checkpoints import AS_SELECTION, job_host
from tuneproof.pipeline.collecting import Display, Options
from tuneproof.pipeline.curves import Reading, curves, readings, rules_of
from tuneproof.pipeline.paid import open_cache
from tuneproof.pipeline.registration import state_of
from tuneproof.pipeline.training_state import Look, Providers, look_at
from tuneproof.stages.account import still_missing

log = logging.getLogger("tuneproof")

EVERY_S = 30.0
"""Between two looks: a checkpoint takes minutes or hours, and a server wants to be asked seldom."""
GIVE_UP_AFTER = 2
"""Looks at which an adapter could not be loaded, before it is taken to be broken rather than unfinished."""
EXIT: Mapping[Advice | None, int] = {None: 0, "CONTINUE": 0, "ABORT": 1, "UNCLEAR": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What the command line asks of a watch."""

    candidate: str | None = None
    """Name of the candidate; None for the only one with checkpoints."""
    every_s: float = EVERY_S
    """Seconds between two looks."""
    timeout_s: float | None = None
    """Seconds after which it ends; None follows to the end of the training."""
    once: bool = False
    """Look once."""
    cancel: bool = False
    """Cancel the job after an ABORT."""
    max_calls: int | None = None
    """Requests that may be sent, retries included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is new."""

    curves: tuple[Curve, ...]
    """As far as they are known."""
    new: tuple[CurvePoint, ...] = ()
    """The newest point of each curve; empty where there is none."""
    note: str = ""
    """What is waited for; empty where nothing is to be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a watch came to."""

    candidate: str
    """Who was watched."""
    curves: tuple[Curve, ...]
    """Its learning curves on the selection evalset."""
    advice: Advice | None
    """What to do; None where no rule is registered."""
    sentence: str
    """Why."""
    cancelled: str | None
    """What came of cancelling the job; None where that was not asked for, or there was no reason to."""
    cautions: tuple[str, ...]
    """What the reader must know."""

    @property
    def exit_code(self) -> int:
        """0 CONTINUE or no rule, 1 ABORT, 2 UNCLEAR."""
        return EXIT[self.advice]


Tell = Callable[[Sight], None]


def watch(path: Path, asked: Watching, display: Display, tell: Tell) -> Watched:
    """Follow a candidate's training until a rule ends it, it is over, or the time is up.

    Args:
        path: The experiment file.
        asked: What the command line asks.
        display: Shows progress.
        tell: Is told what is new.

    Raises:
        InputError: no selection evalset, no checkpoints to watch, checkpoints that are there twice; nothing was spent for them.
        RunStopped: a job that is not found or ended without a model; answers that could not be had.
    """
    bench = assemble(path)
    system = _watched(bench, asked)
    watcher = _Watcher(bench=bench, system=system, asked=asked, display=display, tell=tell)
    return watcher.follow()


def _watched(bench: Bench, asked: Watching) -> System:
    """Return the candidate that is watched.

    Raises:
        InputError: where there is none, or none that can be.
    """
    file, given = bench.workspace.experiment_file, asked.candidate
    if not bench.selection:
        hint = "the holdout is never watched"
        raise InputError(Problem(where=f"{file}: evalsets", what="nothing to watch on", expected=AS_SELECTION, hint=hint))
    held = {system.name: system for system in bench.experiment.of_role("candidate") if system.checkpoints is not None}
    if given is not None and given not in held:
        what, expected = unknown_name("candidate with checkpoints", given, list(held))
        raise InputError(Problem(where="--candidate", what=what, expected=expected))
    if given is None and len(held) != 1:
        what = f"{len(held)} candidates have checkpoints" if held else "no candidate has checkpoints"
        expected = f"one of {', '.join(held)}" if held else "`checkpoints` of a candidate: a list, a folder or a job"
        raise InputError(Problem(where="--candidate" if held else f"{file}: systems", what=what, expected=expected))
    system = held[given] if given is not None else next(iter(held.values()))
    if asked.cancel and (system.checkpoints is None or system.checkpoints.job is None):
        expected = 'a fine-tuning job: checkpoints = { job = "..." }'
        raise InputError(Problem(where="--cancel", what=f"{system.name!r} has no job to cancel", expected=expected))
    return system


@dataclass(slots=True, kw_only=True)
class _Watcher:
    """One watch on its way."""

    bench: Bench
    system: System
    asked: Watching
    display: Display
    tell: Tell
    seen: list[Checkpoint] = field(default_factory=list)
    levels: Levels = field(default_factory=dict)
    read: list[Reading] = field(default_factory=list)
    attempts: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    cautions: dict[str, None] = field(default_factory=dict)
    noted: str = ""

    def follow(self) -> Watched:
        """Look, evaluate what is new, and wait, until there is a reason to end."""
        began, asked = monotonic(), self.asked
        self._lock()
        look = self._look()  # what is wrong with the training shows before anything is spent on baselines
        self._ask({}, self.bench.providers, [system.name for system in self.bench.experiment.of_role("baseline")])
        self.tell(Sight(curves=self._curves()))
        while True:
            if ended := self._go_through(look):
                return self._ended(ended, look)
            left = None if asked.timeout_s is None else began + asked.timeout_s - monotonic()
            if look.is_over or asked.once or (left is not None and left <= 0):
                return self._closed(look)
            self._wait(look, left)
            look = self._look()

    # -- looking -------------------------------------------------------------------------------------------------------------

    def _look(self) -> Look:
        look = look_at(self.bench, self.system, self._numbers)
        self.cautions |= dict.fromkeys(look.cautions)
        return look

    @property
    def _numbers(self) -> set[int]:
        return {one.number for one in self.seen}

    def _wait(self, look: Look, left: float | None) -> None:
        note = "; ".join(look.waiting) or "no new checkpoint"
        if note != self.noted:
            self.tell(Sight(curves=self._curves(), note=f"waiting: {note}"))
            self.noted = note
        sleep(self.asked.every_s if left is None else min(self.asked.every_s, left))

    # -- evaluating ----------------------------------------------------------------------------------------------------------

    def _go_through(self, look: Look) -> Reading | None:
        """Evaluate the new checkpoints in the order of training, up to one that a rule ends the candidate at."""
        for one in sorted(look.checkpoints, key=lambda held: held.number):
            if one.number in self._numbers or not self._evaluate(one, look):
                continue
            self.seen = sorted((*self.seen, one), key=lambda held: held.number)
            now = self._curves()
            new = [point for curve in now for point in curve.points if point.checkpoint == one]
            self.tell(Sight(curves=now, new=tuple(new)))
            self.noted = ""
            found = readings(self.bench, self.system.name, one, self.levels)
            self.read += found
            if ended := next((reading for reading in found if reading.ends), None):
                return ended
        return None

    def _evaluate(self, one: Checkpoint, look: Look) -> bool:
        """Ask one checkpoint; False where its file cannot be loaded and may be unfinished."""
        try:
            self._ask({self.system.name: (one,)}, look.providers, ())
        except InputError as error:
            self.refused[one.number] += 1
            is_file = self.system.checkpoints is not None and self.system.checkpoints.folder is not None
            if not is_file or look.is_over or self.asked.once or self.refused[one.number] >= GIVE_UP_AFTER:
                raise
            log.info("checkpoint %d cannot be asked yet: %s", one.number, error)
            return False
        return True

    def _ask(self, checkpoints: Mapping[str, Sequence[Checkpoint]], providers: Providers, baselines: Sequence[str]) -> None:
        """Ask some systems on the selection evalsets, and read their levels."""
        trial = open_trial(self.bench, checkpoints, providers, baselines)
        trial.attempts = self.attempts
        with open_cache(trial.bench, trial.plan, fresh=False) as cache:
            trial.cache = cache
            trial.ask([system.name for system in trial.bench.experiment.systems], self._options(), self.display)
            self.levels = {**self.levels, **trial.levels()}
        self.attempts = trial.attempts
        self.cautions |= dict.fromkeys(still_missing(trial.collecting.failures if trial.collecting else {}))

    def _options(self) -> Options:
        return Options(max_calls=self.asked.max_calls)

    def _curves(self) -> tuple[Curve, ...]:
        return curves(self.bench, self.system.name, self.seen, self.levels)

    # -- ending --------------------------------------------------------------------------------------------------------------

    def _ended(self, ended: Reading, look: Look) -> Watched:
        """Say ABORT, and cancel the job where that was asked for."""
        return self._watched("ABORT", ended.sentence, self._cancelled(look) if self.asked.cancel else None)

    def _cancelled(self, look: Look) -> str:
        job = self.system.checkpoints.job if self.system.checkpoints else None
        if job is None or look.is_over:
            return f"job {job} was over already: there was nothing to cancel"
        try:
            state = job_host(self.bench.providers[self.system.provider]).cancel(job)
        except RunStopped as error:  # the advice stands all the same
            return f"job {job} could not be cancelled and may still be running: cancel it by hand ({error})"
        return f"job {job} was cancelled" if state.status == "cancelled" else f"job {job} is {state.status}"

    def _closed(self, look: Look) -> Watched:
        """Say what it comes to where no rule has ended it."""
        self.cautions |= dict.fromkeys(f"not evaluated: {what}" for what in (look.waiting if not look.is_over else ()))
        rules = rules_of(self.bench, self.system.name)
        deciding = {need: rule for need, rule in rules.items() if need.on_failure == "no-go"}
        told = [reading.sentence for reading in self.read]
        if not deciding:
            n, end = len(self.seen), "" if told else "; no `checkpoint` criterion says what to make of them"
            return self._watched(None, "; ".join([f"{self.system.name}: {n} checkpoints were evaluated{end}", *told]))
        lacking = [need.criterion for need, rule in deciding.items() if rule.at not in self._numbers]
        if lacking:
            at = " and ".join(f"checkpoint {deciding[need].at}" for need in deciding if need.criterion in lacking)
            told.append(f"{' and '.join(map(repr, lacking))} was not read: {at} is not there")
        unclear = any(reading.advice == "UNCLEAR" for reading in self.read if reading.need in deciding)
        return self._watched("UNCLEAR" if lacking or unclear else "CONTINUE", "; ".join(told))

    def _watched(self, said: Advice | None, sentence: str, cancelled: str | None = None) -> Watched:
        drawn = tuple(replace(curve, sentence=sentence) for curve in self._curves())
        return Watched(
            candidate=self.system.name,
            curves=drawn,
            advice=said,
            sentence=sentence,
            cancelled=cancelled,
            cautions=tuple(self.cautions),
        )

    def _lock(self) -> None:
        """Note how the experiment stands to its lock: a rule that nobody registered is a rule that can be moved."""
        state = state_of(self.bench)
        if state.status == "unlocked":
            self.cautions["the experiment is not locked: nothing shows that the rule was fixed before the training"] = None
        elif state.status == "changed":
            first = f"the experiment differs from its lock in {len(state.changed)} places, first: {state.changed[0]}"
            self.cautions[first] = None
