"""What must hold before anything is spent: somebody to compare, the lock that was asked for, keys, files, answers at hand."""

from collections.abc import Iterable, Sequence
from typing import cast

from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.core.protocols import LocalProvider, LocalSession, ModelHost
from tuneproof.core.system import System
from tuneproof.core.verdict import LockState
from tuneproof.pipeline.bench import Bench


def active_systems(bench: Bench, only: str | None) -> tuple[System, ...]:
    """Return the systems that are asked.

    Raises:
        InputError: for an unknown name, and for a run to a verdict without a candidate.
    """
    compared = bench.experiment.compared
    if only is None:
        if not bench.design.candidates:
            what, hint = "there is no candidate", "add one, or run with --only baseline"
            where = f"{bench.workspace.experiment_file}: systems"
            raise InputError(Problem(where=where, what=what, expected='a system with role = "candidate"', hint=hint))
        return compared
    chosen = tuple(system for system in compared if system.name == only) or (
        bench.experiment.of_role("baseline") if only == "baseline" else ()
    )
    if not chosen:
        what, expected = unknown_name("system", only, [*(system.name for system in compared), "baseline"])
        raise InputError(Problem(where="--only", what=what, expected=expected))
    return chosen


def check_lock(lock: LockState, bench: Bench) -> None:
    """Refuse an experiment that is not as it was registered.

    Raises:
        InputError: naming each difference.
    """
    if lock.status == "locked":
        return
    file = bench.workspace.experiment_file
    if lock.status == "unlocked":
        hint = f"run `tuneproof lock {file}` and commit the lock file"
        raise InputError(Problem(where=file, what="is not locked", expected="a lock, because of --require-lock", hint=hint))
    expected = "what was registered, because of --require-lock"
    raise InputError([Problem(where=file, what=f"differs from its lock: {line}", expected=expected) for line in lock.changed])


def provider_problems(bench: Bench, active: Iterable[System]) -> list[Problem]:
    """Return what is wrong with the providers that are used: files that are missing, keys that are not set, unknown models."""
    found: dict[str, list[Problem]] = {}
    for system in active:
        name, file = system.provider, bench.workspace.experiment_file
        if name not in found:
            where = f"{file}: {bench.experiment.providers[name].where}"
            found[name] = bench.providers[name].problems(where, bench.workspace)
        provider = bench.providers[name]
        if system.checkpoints is not None:
            what, hint = "which checkpoint is meant is not known yet", "`tuneproof run` chooses one"
            found[name].append(Problem(where=f"{file}: systems.{system.name}.checkpoints", what=what, hint=hint))
        elif isinstance(provider, ModelHost):
            found[name] += provider.system_problems(f"{file}: systems.{system.name}", system)
    return [problem for problems in found.values() for problem in problems]


def open_local(bench: Bench, active: Sequence[System]) -> dict[str, LocalSession]:
    """Open the providers whose answers are at hand, so that a damaged file is found before anything is spent."""
    sessions: dict[str, LocalSession] = {}
    problems: list[Problem] = []
    for name in dict.fromkeys(system.provider for system in active):
        if bench.providers[name].local:
            provider = cast("LocalProvider", bench.providers[name])
            asked = [system for system in active if system.provider == name]
            try:
                sessions[name] = provider.open(bench.workspace, asked, bench.whole.values())
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return sessions
