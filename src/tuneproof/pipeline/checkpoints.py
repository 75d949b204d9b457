"""Candidates with checkpoints, before anything is asked: each checkpoint a candidate, or one that is to be chosen."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from tuneproof.core.checkpoints import AdapterHost, Checkpoint, JobHost, JobState
from tuneproof.core.errors import InputError, Problem, RunStopped, one_line
from tuneproof.core.experiment import Experiment
from tuneproof.core.protocols import Provider, Vetoing
from tuneproof.core.requirement import Requirement
from tuneproof.core.system import System
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.data_checks import question_of

AS_SELECTION = 'an evalset with role = "selection"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """An experiment in which it is settled whether checkpoints are candidates of their own."""

    experiment: Experiment
    """The file as values; its document says the same."""
    providers: Mapping[str, Provider]
    """By name; those that serve a folder of adapters know them."""
    problems: tuple[Problem, ...]
    """What is wrong with the checkpoints."""


def expanded(experiment: Experiment, providers: Mapping[str, Provider], file: str) -> Expanded:
    """Make every checkpoint a candidate of its own where no selection evalset is there to choose one on.

    Best of N on the holdout is then corrected as any family of candidates is. With a selection evalset candidates stay as they
    are, without a model until one is chosen.

    Args:
        experiment: The file as values.
        providers: By name.
        file: The experiment file, for messages.
    """
    held = [system for system in experiment.systems if system.checkpoints is not None]
    problems = [problem for system in held for problem in _problems(system, experiment, providers, file)]
    if not held or problems or any(spec.role == "selection" for spec in experiment.evalsets):
        return Expanded(experiment=experiment, providers=providers, problems=tuple(problems))
    made, family = dict(providers), dict[str, list[System]]()
    for system in held:
        found, wrong = _at_hand(system, made, where_of(system, file))
        problems += wrong
        family[system.name] = [
            replace(system, name=name_of(system.name, one), model=one.model, checkpoints=None) for one in found
        ]
    systems = [one for system in experiment.systems for one in family.get(system.name, [system])]
    document = {**experiment.document, "systems": _tables(experiment.document["systems"], family)}
    whole = replace(experiment, systems=tuple(systems), document=document)
    return Expanded(experiment=whole, providers=made, problems=tuple(problems))


def name_of(candidate: str, checkpoint: Checkpoint) -> str:
    """Return what a checkpoint is called as a system."""
    return f"{candidate}@{checkpoint.number}"


def vetoes(bench: Bench) -> list[Requirement]:
    """Return what the registered rules ask of checkpoints."""
    return [need for need in bench.requirements if isinstance(bench.criteria[need.criterion], Vetoing)]


def askable(bench: Bench) -> tuple[System, ...]:
    """Return the compared systems whose models are known before anybody is asked: each of a list of checkpoints is one."""
    found: list[System] = []
    for system in bench.experiment.compared:
        if system.checkpoints is None:
            found.append(system)
        else:
            models = enumerate(system.checkpoints.models, 1)
            points = [Checkpoint(number=number, model=model) for number, model in models]
            found += [replace(system, name=name_of(system.name, one), model=one.model, checkpoints=None) for one in points]
    return tuple(found)


def as_one(bench: Bench, models: Mapping[str, str]) -> Bench:
    """Return an experiment in which candidates are one model each, also in the copy that a run keeps of it."""
    experiment = bench.experiment
    systems = tuple(
        replace(system, model=models[system.name], checkpoints=None) if system.name in models else system
        for system in experiment.systems
    )
    chosen = {system.name: [system] for system in systems if system.name in models}
    document = {**experiment.document, "systems": _tables(experiment.document["systems"], chosen)}
    return replace(bench, experiment=replace(experiment, systems=systems, document=document))


def selection_problems(bench: Bench) -> list[Problem]:
    """Return what is wrong with the evalsets that a checkpoint is to be chosen on."""
    return list(_selection_problems(bench))


def _selection_problems(bench: Bench) -> Iterator[Problem]:
    file, judged = bench.workspace.experiment_file, bench.judged_evalsets
    yield from _shared_with_holdout(bench)
    for name in bench.selection:
        if name in judged:
            what = f"a judge marks evalset {name!r}, which is for choosing a checkpoint"
            expected = "a grader that asks no judge: not yet"
            yield Problem(where=f"{file}: evalsets.{name}.graders", what=what, expected=expected)
    first = next(iter(bench.selection), None)
    if first is not None and not vetoes(bench) and not bench.design.evalsets[first].has_own:
        what = f"evalset {first!r} has several graders, and none is named to choose a checkpoint by"
        expected = "one of them, or a `checkpoint` criterion that names one"
        yield Problem(where=f"{file}: evalsets.{first}.graders", what=what, expected=expected)


def _shared_with_holdout(bench: Bench) -> Iterator[Problem]:
    """Refuse questions that stand in the holdout too: what chose a checkpoint cannot judge it."""
    held = {question_of(example) for evalset in bench.evalsets.values() for example in evalset.examples}
    for name, evalset in bench.selection.items():
        shared = [example.id for example in evalset.examples if question_of(example) in held]
        if shared:
            what = f"{len(shared)} of {len(evalset.examples)} questions stand in the holdout too (first: {shared[0]!r})"
            where = f"{bench.workspace.experiment_file}: evalsets.{name}"
            yield Problem(where=where, what=what, expected="questions that nothing else is judged on")


# -- where they are ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The checkpoints of some candidates."""

    providers: Mapping[str, Provider]
    """By name; those that serve a folder of adapters know them."""
    checkpoints: Mapping[str, tuple[Checkpoint, ...]]
    """Candidate to its checkpoints, in the order of training."""
    cautions: tuple[str, ...] = ()
    """What the reader must know of them."""


def find_all(bench: Bench, candidates: Sequence[System]) -> Found:
    """Return all checkpoints of candidates whose training is over.

    Raises:
        InputError: a folder without adapters, a checkpoint that is there twice.
        RunStopped: a job that is not found, not over yet, or has failed.
    """
    made, found = dict(bench.providers), dict[str, tuple[Checkpoint, ...]]()
    problems: list[Problem] = []
    cautions: list[str] = []
    for system in candidates:
        where = where_of(system, bench.workspace.experiment_file)
        wrong: list[Problem] = []
        if system.checkpoints is not None and system.checkpoints.job is not None:
            state = _job_over(system.name, system.checkpoints.job, job_host(made[system.provider]))
            found[system.name] = state.checkpoints
            cautions += (f"{system.name}: {caution}" for caution in state.cautions)
        else:
            found[system.name], wrong = _at_hand(system, made, where)
        problems += wrong or repeated(found[system.name], where)
    if problems:
        raise InputError(problems)
    return Found(providers=made, checkpoints=found, cautions=tuple(cautions))


def job_host(provider: Provider) -> JobHost:
    """Return a provider as one that knows jobs; that it is one was seen when the experiment was put together."""
    if not isinstance(provider, JobHost):
        raise TypeError("the provider of a job must know jobs")
    return provider


def adapter_host(provider: Provider) -> AdapterHost:
    """Return a provider as one that serves adapters; that it is one was seen when the experiment was put together."""
    if not isinstance(provider, AdapterHost):
        raise TypeError("the provider of a folder must serve adapters")
    return provider


def checked(state: JobState) -> JobState:
    """Return how a job stands.

    Raises:
        RunStopped: where it ended without a model, or without a checkpoint.
    """
    if state.failure is not None:
        raise RunStopped(one_line(f"job {state.job!r} ended without a model ({state.status}): {state.failure}"))
    if state.is_over and not state.checkpoints:
        raise RunStopped(one_line(f"job {state.job!r} is over ({state.status}) and has no checkpoints"))
    return state


def _job_over(candidate: str, job: str, host: JobHost) -> JobState:
    """Ask for a job that must be over."""
    state = checked(host.job(job))
    if not state.is_over:
        follow = "follow it with `tuneproof watch`, and run again when it is over"
        raise RunStopped(one_line(f"job {job!r} of {candidate!r} is not over yet ({state.status}); {follow}"))
    return state


def _at_hand(system: System, providers: dict[str, Provider], where: str) -> tuple[tuple[Checkpoint, ...], list[Problem]]:
    """Return the checkpoints of a list or a folder; the provider of a folder is replaced by one that serves its adapters."""
    source = system.checkpoints
    if source is None or source.folder is None:
        models = source.models if source else ()
        return tuple(Checkpoint(number=number, model=model) for number, model in enumerate(models, 1)), []
    host = adapter_host(providers[system.provider])
    found, problems = host.adapters_in(Path(source.folder), where)
    if not problems:
        providers[system.provider] = with_folder(host, source.folder, found)
    return found, problems


def with_folder(host: AdapterHost, folder: str, checkpoints: Sequence[Checkpoint]) -> Provider:
    """Return a provider that serves some adapters of a folder beside its own."""
    return cast("Provider", host.with_adapters({one.model: Path(folder) / one.model for one in checkpoints}))


def repeated(checkpoints: Sequence[Checkpoint], where: str) -> list[Problem]:
    """Return the numbers and models that are there twice."""
    found = []
    for key in ("number", "model"):
        told = [getattr(one, key) for one in checkpoints]
        twice = [held for held in dict.fromkeys(told) if told.count(held) > 1]
        found += [Problem(where=where, what=f"two checkpoints have {key} {held!r}", expected="each once") for held in twice]
    return found


def _problems(system: System, experiment: Experiment, providers: Mapping[str, Provider], file: str) -> Iterator[Problem]:
    """Yield what is wrong with a candidate's checkpoints before anybody is asked for them."""
    source, where = system.checkpoints, where_of(system, file)
    pattern = re.compile(re.escape(system.name) + r"@\d+")
    for other in experiment.systems:
        if pattern.fullmatch(other.name):
            what = f"{other.name!r} is also what a checkpoint of {system.name!r} is called"
            yield Problem(where=f"{file}: systems.{other.name}", what=what, expected="another name")
    if source is None or source.models:
        return
    kind = experiment.providers[system.provider].kind
    provider = providers[system.provider]
    if source.folder is not None and not isinstance(provider, AdapterHost):
        what = f"provider {system.provider!r} ({kind}) serves no folder of adapters"
        yield Problem(where=where, what=what, expected="a provider such as llama_cpp, or a list of model ids")
    if source.job is None:
        return
    if not isinstance(provider, JobHost):
        what = f"provider {system.provider!r} ({kind}) knows no fine-tuning jobs"
        yield Problem(where=where, what=what, expected="a provider such as openai_chat, or a list of model ids")
    if all(spec.role != "selection" for spec in experiment.evalsets):
        what, hint = "a job's checkpoints need an evalset to choose one on", "or list them by model id"
        yield Problem(where=where, what=what, expected=AS_SELECTION, hint=hint)


def where_of(system: System, file: str) -> str:
    """Return the key that says where a candidate's checkpoints are, for messages."""
    source = system.checkpoints
    key = ".folder" if source and source.folder is not None else ".job" if source and source.job is not None else ""
    return f"{file}: systems.{system.name}.checkpoints{key}"


def _tables(tables: Mapping[str, Any], now: Mapping[str, Sequence[System]]) -> dict[str, Any]:
    """Return the tables of the systems with some replaced by those that stand for them now, in place."""
    made: dict[str, Any] = {}
    for name, table in tables.items():
        kept = {key: held for key, held in table.items() if key != "checkpoints"}
        made |= {one.name: {**kept, "model": one.model} for one in now[name]} if name in now else {name: table}
    return made
