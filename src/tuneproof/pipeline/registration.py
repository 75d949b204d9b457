"""`tuneproof lock`, and how an experiment stands to what was registered."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from glob import glob
from pathlib import Path
from typing import Any

from tuneproof.core.digest import digest
from tuneproof.core.errors import InputError
from tuneproof.core.experiment import Experiment
from tuneproof.core.outlook import Outlook
from tuneproof.core.protocols import Vetoing
from tuneproof.core.system import Prompt
from tuneproof.core.verdict import LockState
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.drift import REPORTED, reported_before, reported_in_lock
from tuneproof.pipeline.manifest import endpoint_for
from tuneproof.pipeline.seating import rubrics, settings_without_labels
from tuneproof.spec.lock import UNLOCKED, lock_path, lock_state, registered, write_lock
from tuneproof.store.run_folder import RunFolder

DATA_KINDS = ("replay",)
"""Providers whose files are answers, which come after the registration, and not part of what answers."""


def register_experiment(bench: Bench, outlook: Outlook | None = None) -> tuple[Path, LockState]:
    """Write the lock file of an experiment, with what it can be expected to say, and return it with its state.

    Raises:
        InputError: when it cannot be written.
    """
    path = lock_path(Path(bench.workspace.experiment_file))
    before = reported_before(bench, bench.workspace.folder / "reports" / bench.experiment.name)
    reported = {name: models for name, (_, models) in before.items()}
    content = content_of(bench)
    told = outlook.to_json() if outlook is not None else None
    return path, write_lock(path, {**content, REPORTED: reported} if reported else content, told)


def rule_errors(bench: Bench) -> tuple[str, ...]:
    """Return how often the rules that can only say no err, in plain sentences for whoever registers them."""
    rules = [criterion for criterion in bench.criteria.values() if isinstance(criterion, Vetoing)]
    return tuple(sentence for rule in rules for sentence in rule.told_when_locked(bench.design))


def kept_outlook(bench: Bench) -> dict[str, Any] | None:
    """Return what the lock file keeps of what was to be expected; None where it keeps nothing that can be read."""
    try:
        held = json.loads(lock_path(Path(bench.workspace.experiment_file)).read_text("utf-8")).get("outlook")
        return Outlook.of_json(held).to_json() if held else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def state_of(bench: Bench) -> LockState:
    """Say how an experiment stands to its lock file.

    Raises:
        InputError: when the lock file is damaged.
    """
    path = lock_path(Path(bench.workspace.experiment_file))
    reported = reported_in_lock(bench)  # what judges report is only known when they have answered: see `drift`
    content = content_of(bench)
    return lock_state(path, {**content, REPORTED: reported} if reported else content) if path.exists() else UNLOCKED


def runs_before(lock: LockState, reports: Path) -> list[str]:
    """Return a caution where runs with a verdict came before the registration: the rules were then not fixed before the data.

    Args:
        lock: How the experiment stands to its lock.
        reports: The folder of its runs.
    """
    if lock.locked_at is None:
        return []
    times = [_created(path.parent) for path in reports.glob("*/verdict.json") if not path.parent.is_symlink()]
    earlier = sum(created < lock.locked_at for created in times if created)
    return [f"{earlier} runs with a verdict came before the lock of {lock.locked_at}"] if earlier else []


def _created(folder: Path) -> str:
    """Return when a run was made, ISO 8601 UTC; empty where its manifest cannot be read."""
    try:
        return str(RunFolder(folder).read_json("manifest.json").get("created_at", ""))
    except (InputError, AttributeError):
        return ""


def content_of(bench: Bench) -> dict[str, Any]:
    """Return what a lock of this experiment registers."""
    content = registered(bench.experiment, bench.whole, _endpoints(bench), dict(files_of(bench)))
    told = {name: digest(text) for name, text in rubrics(bench.graders)}
    return {**content, "rubrics": told, "context": _context(bench)} if told else content


def _context(bench: Bench) -> dict[str, str]:
    """Return evalset to a digest of what judges see beside question and answer: it stands in no example's own digest."""
    names = dict.fromkeys(name for (name, _), marker in bench.judged.items() if "context" in marker.sees)
    return {
        name: digest([[one.id, one.meta.get("context"), one.meta.get("source")] for one in bench.whole[name].examples])
        for name in names
    }


def _endpoints(bench: Bench) -> dict[str, Any]:
    """Return system name to what answers for it.

    An engine's version is left out, as that of every library is: it changes with an installation and not with an experiment.
    It stands in the manifest of each run, and asks every question anew.
    """
    found = {system.name: endpoint_for(bench, system.provider, system.model) for system in bench.experiment.systems}
    return {name: {key: value for key, value in held.items() if key != "engine"} for name, held in found.items()}


def files_of(bench: Bench) -> Iterator[tuple[str, str]]:
    """Yield path (from the experiment file) and digest of every file that prompts, graders and fitted baselines read."""
    folder, experiment = bench.workspace.folder, bench.experiment
    named = [
        *_prompt_files(experiment),
        *(path for spec in experiment.graders.values() for path in _named_files(settings_without_labels(spec.settings), bench)),
        *_fitted_from(bench),
    ]
    for path in sorted(set(named)):
        held = Path(path)
        if held.is_file():
            relative = held.relative_to(folder) if held.is_relative_to(folder) else held
            yield relative.as_posix(), file_digest(held)


def _prompt_files(experiment: Experiment) -> Iterator[str]:
    prompts: list[Prompt] = [system.prompt for system in experiment.systems if system.role != "candidate"]
    prompts += [spec.prompt for spec in experiment.evalsets if spec.prompt]
    for prompt in prompts:
        if prompt.few_shot:
            yield prompt.few_shot.path
        if prompt.context:
            yield from glob(prompt.context.path, recursive=True)  # noqa: PTH207 - the path may be absolute


def _fitted_from(bench: Bench) -> Iterator[str]:
    for name in {system.provider for system in bench.experiment.of_role("baseline")}:
        spec = bench.experiment.providers[name]
        if spec.kind not in DATA_KINDS and bench.providers[name].local:
            yield from _named_files(spec.settings, bench)


def _named_files(settings: Mapping[str, Any], bench: Bench) -> Iterator[str]:
    for text in _texts(settings.values()):
        try:
            path = bench.workspace.path(text)
            if path.is_file():
                yield str(path)
        except (OSError, ValueError, RuntimeError):  # a text that can be no path at all
            continue


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, list):
            yield from _texts(value)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
