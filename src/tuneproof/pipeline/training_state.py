"""How a training stands: which checkpoints there are by now, what is not whole yet, and whether more will come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from tuneproof.core.checkpoints import Checkpoint, NotYet
from tuneproof.core.errors import InputError, RunStopped, one_line
from tuneproof.core.protocols import Provider
from tuneproof.core.system import System
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.checkpoints import adapter_host, checked, find_all, job_host, repeated, where_of, with_folder

OVER = "DONE"
"""A file of this name in a folder of adapters says that no more will come."""

Providers = Mapping[str, Provider]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What there is at one moment."""

    checkpoints: tuple[Checkpoint, ...]
    """Those that can be asked."""
    providers: Providers
    """By name; those that serve a folder of adapters know the new ones."""
    is_over: bool
    """Whether no more will come."""
    waiting: tuple[str, ...] = ()
    """What time may put right."""
    cautions: tuple[str, ...] = ()
    """What the reader must know."""


def look_at(bench: Bench, system: System, known: Collection[int]) -> Look:
    """Return how the training of a candidate stands.

    Args:
        bench: The experiment.
        system: The candidate.
        known: Numbers of the checkpoints that were asked before.

    Raises:
        InputError: for checkpoints that are there twice, and whatever time will not put right.
        RunStopped: for a job that is not found, and a training that ended without a model.
    """
    source, where = system.checkpoints, where_of(system, bench.workspace.experiment_file)
    if source is not None and source.folder is not None:
        look = _look_into(bench, system, Path(source.folder), known)
    elif source is not None and source.job is not None:
        look = _ask_for(bench, system, source.job)
    else:
        found = find_all(bench, [system])
        look = Look(checkpoints=found.checkpoints[system.name], providers=found.providers, is_over=True)
    if twice := repeated(look.checkpoints, where):
        raise InputError(twice)
    return look


def _ask_for(bench: Bench, system: System, job: str) -> Look:
    state = checked(job_host(bench.providers[system.provider]).job(job))
    return Look(
        checkpoints=state.checkpoints,
        providers=bench.providers,
        is_over=state.is_over,
        waiting=() if state.is_over else (f"job {job} is {state.status}",),
        cautions=state.cautions,
    )


def _look_into(bench: Bench, system: System, folder: Path, known: Collection[int]) -> Look:
    is_over = (folder / OVER).exists()  # asked before the adapters: what comes after it is not waited for
    host = adapter_host(bench.providers[system.provider])
    found, problems = host.adapters_in(folder, where_of(system, bench.workspace.experiment_file))
    if wrong := [problem for problem in problems if not isinstance(problem, NotYet)]:
        raise InputError(wrong)
    if is_over and not found:
        raise RunStopped(one_line(f"{folder}: the training is over ({OVER}) and left no checkpoint"))
    new = [one for one in found if one.number not in known]
    served = {system.provider: with_folder(host, str(folder), new)} if new else {}
    return Look(
        checkpoints=found,
        providers={**bench.providers, **served},
        is_over=is_over,
        waiting=tuple(problem.what for problem in problems),
    )
