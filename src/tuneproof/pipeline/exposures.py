"""Exposures of the holdout: which one a run is, at what error it is judged, and its line in the ledger.

What is shown of a holdout steers what is tried next, and the fifth thing that passes on it proves less than the first. So each
run that shows results of answers that were not shown before is counted, in a file that cannot be edited unnoticed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tuneproof.core.errors import InputError, Problem, RunStopped
from tuneproof.core.experiment import Experiment
from tuneproof.core.exposure import Exposure, LedgerMode, Slot
from tuneproof.core.verdict import Decision, LockState
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.exposure_cautions import about_ledger, not_recorded
from tuneproof.pipeline.sealing import SEALED_OUTPUTS
from tuneproof.pipeline.shown import Answers, answers_in, holdout_digest
from tuneproof.store.ledger import LedgerFile, append, ledger_path, read, unwritable
from tuneproof.store.run_folder import RunFolder

ROUNDING = 1e-9
"""Shares of alpha that sum to it but for binary rounding do not exceed it."""

_THE_ONE = "the one declared exposure of this holdout was"


def alpha_of(experiment: Experiment, number: int) -> float:
    """Return the one-sided error at which an exposure is judged.

    Args:
        experiment: With what was declared.
        number: Of the exposure, from 1; one beyond those declared is judged as the last of them.

    Source:
        statistics.md section 6.7: alpha / B, and where runs are sealed alpha / (B s^(j-1)); see `SEALED_OUTPUTS`.
    """
    rules, declared = experiment.rules, experiment.rules.exposures
    if declared is None:
        return experiment.registered_alpha
    share = experiment.registered_alpha / declared
    return share if rules.ledger_mode == "open" else share / SEALED_OUTPUTS ** (min(number, declared) - 1)


def spent(slot: Slot) -> str | None:
    """Return why the verdict of a run is EXPLORATORY; None where the ledger holds nothing against it."""
    if slot.is_spent:
        used = f"all {slot.declared} declared exposures of this holdout were" if slot.declared != 1 else _THE_ONE
        return f"{used} used up before this run"
    return slot.unsound


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The exposure ledger of an experiment, as one run meets it."""

    bench: Bench
    """The experiment."""
    lock: LockState
    """How it stands to its lock."""
    reports: Path
    """The folder of its runs."""
    strict: bool = False
    """Whether a ledger that was tampered with is refused (`--require-lock`). It always is where exposures are declared, for the
    level of the test then depends on their number. Elsewhere the numbers of the verdict do not: it is given, and stamped."""

    apart: str = ""
    """What runs have a count of their own for: `regression`, which compares with what was released and chooses nothing."""

    @property
    def holdout(self) -> str:
        """The holdout of the run, as the ledger knows it."""
        return f"{self.apart}:{holdout_digest(self.bench)}" if self.apart else holdout_digest(self.bench)

    @property
    def path(self) -> Path:
        """Its file, beside the experiment file."""
        return ledger_path(Path(self.bench.workspace.experiment_file))

    def next_slot(self) -> Slot:
        """Return the place of a run whose answers are new, before they are collected.

        Raises:
            InputError: naming file, line and what is wrong, where the ledger must be sound.
        """
        return self._slot(None)

    def slot_of(self, answers: Answers) -> Slot:
        """Return the place of a run when its answers are known: that of the run that showed the same before, else the next.

        Raises:
            RunStopped: when the ledger was damaged since the run began, and must be sound.
        """
        try:
            return self._slot(answers)
        except InputError as error:
            raise RunStopped(str(error.problems[0])) from None

    def shows(self, answers: Answers) -> bool:
        """Tell whether a run shows anything of the holdout: it does not where every candidate was stopped before."""
        return bool(self._judged(answers))

    def record(self, slot: Slot, answers: Answers, run_id: str, decision: Decision) -> None:
        """Add a run to the ledger where it shows anything new. This comes before anything is shown.

        Args:
            slot: The place at which it was judged.
            answers: Its answers.
            run_id: Its id.
            decision: What was decided.

        Raises:
            RunStopped: when the line cannot be written, or another run took the place meanwhile and the level depends on it.
        """
        if not slot.is_new or any(not_recorded(problem) in slot.cautions for problem in unwritable(self.path)):
            return  # of a ledger that cannot be written the verdict has told

        def choose(held: LedgerFile) -> Exposure | None:
            number, is_new, alpha = self._place(self._mine(held), answers)
            if is_new and slot.declared is not None and (number, alpha) != (slot.number, slot.alpha):
                taken = f"another run was recorded meanwhile, so that this one is exposure {number} and not {slot.number}"
                raise RunStopped(f"{self.path}: {taken}; the same command judges it anew")
            return self._entry(number, slot, answers, (run_id, decision)) if is_new else None

        try:
            append(self.path, self.bench.experiment.name, choose)
        except InputError as error:
            raise RunStopped(f"{error.problems[0]}; the same command goes on from there") from None

    # -- the place of a run --------------------------------------------------------------------------------------------------

    def _slot(self, answers: Answers | None) -> Slot:
        rules = self.bench.experiment.rules
        held = read(self.path, self.bench.experiment.name)
        damage, blocked = (*held.damage, *unrecorded(held, self.reports, self.path)), unwritable(self.path)
        if (self.strict or rules.exposures is not None) and (damage or blocked):
            raise InputError([*damage, *blocked])
        mine = self._mine(held)
        number, is_new, alpha = self._place(mine, answers)
        return Slot(
            number=number,
            is_new=is_new,
            mode=rules.ledger_mode,
            declared=rules.exposures,
            alpha=alpha,
            cautions=(
                *map(not_recorded, blocked),
                *about_ledger(self._alike(held.entries), mine, damage, self.lock, 0 if self.apart else number),
            ),
            unsound=_damaged(damage)
            or _overdrawn(self.bench.experiment, mine, number, alpha)
            or _redeclared(self.bench.experiment, mine, rules.ledger_mode),
        )

    def _mine(self, held: LedgerFile) -> list[Exposure]:
        """Return the exposures of the run's own holdout."""
        return [entry for entry in held.entries if entry.evalsets == self.holdout]

    def _alike(self, entries: Sequence[Exposure]) -> list[Exposure]:
        """Return the exposures of runs that are made for the same."""
        return [
            entry
            for entry in entries
            if entry.evalsets.startswith(f"{self.apart}:") or not (self.apart or ":" in entry.evalsets)
        ]

    def _place(self, mine: Sequence[Exposure], answers: Answers | None) -> tuple[int, bool, float]:
        """Return number, newness and level of a run among the exposures of its holdout.

        The same answers keep number and level, so that running again changes no verdict; they are shown anew only where they
        were sealed and are now opened. Answers that only fill in what the run before lacked keep them too: that run bounded
        them both ways, so it could not be GO where this one is not. Where no candidate answered there is nothing new to show.
        """
        upcoming = 1 + max((entry.number for entry in mine), default=0)
        if answers is None:
            return upcoming, True, alpha_of(self.bench.experiment, upcoming)
        is_open, seal = self.bench.experiment.rules.ledger_mode == "open", answers.digest
        same = [entry for entry in mine if entry.completions == seal]
        if same:
            is_opened = is_open and all(entry.mode == "sealed" for entry in same)
            return same[0].number, is_opened, self._level_again(same[0])
        if is_open and mine and self._is_completed(mine[-1], answers):
            return mine[-1].number, True, self._level_again(mine[-1])
        return upcoming, bool(self._judged(answers)), alpha_of(self.bench.experiment, upcoming)

    def _level_again(self, entry: Exposure) -> float:
        """Return the level of an exposure's second showing: never above its first, whatever was declared since."""
        alpha = alpha_of(self.bench.experiment, entry.number)
        return alpha if self.bench.experiment.rules.exposures is None else min(alpha, entry.alpha)

    def _is_completed(self, last: Exposure, answers: Answers) -> bool:
        """Tell whether a run only adds answers that the last one lacked. Sealed runs do not ask: each message is counted."""
        if last.mode != "open" or last.candidates != self._judged(answers):
            return False
        before = answers_in(RunFolder(self.reports / last.run_id))
        return before is not None and before.digest == last.completions and answers.completes(before)

    def _judged(self, answers: Answers) -> tuple[str, ...]:
        return tuple(name for name in self.bench.design.candidates if name in answers.systems)

    def _entry(self, number: int, slot: Slot, answers: Answers, run: tuple[str, Decision]) -> Exposure:
        run_id, decision = run
        return Exposure(
            number=number,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            run_id=run_id,
            lock=self.lock.digest,
            locked_at=self.lock.locked_at,
            evalsets=self.holdout,
            candidates=self._judged(answers),
            completions=answers.digest,
            mode=slot.mode,
            alpha=slot.alpha,
            decision=decision,
        )


# -- what speaks against the count -------------------------------------------------------------------------------------------


def unrecorded(held: LedgerFile, reports: Path, path: Path) -> list[Problem]:
    """Name runs that count as exposures by their own manifest and that the ledger does not hold: its end was cut off."""
    known = {entry.run_id for entry in held.entries}
    what, hint = "lines were removed, or the file was", "take the ledger from version control"
    return [
        Problem(where=str(path), what=f"does not hold the exposure of run {run_id}: {what}", hint=hint)
        for run_id in sorted(set(_exposing(reports)) - known)
    ]


def _exposing(reports: Path) -> Iterator[str]:
    """Yield the ids of runs that showed results of new answers."""
    for manifest in reports.glob("*/manifest.json"):
        if manifest.parent.is_symlink() or manifest.parent.name.startswith("."):
            continue
        try:
            if RunFolder(manifest.parent).read_json("manifest.json")["exposure"]["is_new"] is True:
                yield manifest.parent.name
        except (InputError, KeyError, TypeError):  # no run of ours, or one that showed nothing
            continue


def _damaged(damage: Sequence[Problem]) -> str | None:
    if not damage:
        return None
    more = f" (and {len(damage) - 1} more)" if len(damage) > 1 else ""
    return f"the exposure ledger was changed after it was written: {damage[0].where} {damage[0].what}{more}"


def _redeclared(experiment: Experiment, mine: Sequence[Exposure], mode: LedgerMode) -> str | None:
    """Say that an exposure was judged at a stricter level than the present declaration gives it: it was changed afterwards."""
    for entry in mine:
        now = alpha_of(experiment, entry.number)
        if entry.mode == mode and (entry.alpha < now * (1 - ROUNDING) or (experiment.rules.exposures and entry.alpha > now)):
            told = f"exposure {entry.number} of this holdout was judged at {entry.alpha:.4g}"
            return f"{told}, and would be at {now:.4g} now: what is declared was changed after results were shown"
    return None


def _overdrawn(experiment: Experiment, mine: Sequence[Exposure], number: int, alpha: float) -> str | None:
    """Say that the shares of alpha sum to more than it, as they do where (more) exposures were declared afterwards."""
    if experiment.rules.exposures is None:
        return None
    before = sum({entry.number: entry.alpha for entry in mine if entry.number < number}.values())
    if before + alpha <= experiment.registered_alpha * (1 + ROUNDING):
        return None
    told = f"earlier exposures of this holdout were judged at {before:.4g} in all, which with {alpha:.4g} for this one"
    return f"{told} is more than alpha = {experiment.registered_alpha:.4g}: their number was declared after results were shown"
