"""Has a judge changed? What it reports of itself is registered, and compared from run to run.

A judge behind the same name may be another model tomorrow, and its marks are then not comparable with the earlier ones.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuneproof.core.errors import InputError
from tuneproof.core.verdict import LockState
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.manifest import endpoint_for
from tuneproof.spec.lock import lock_path
from tuneproof.stages.account import Usage
from tuneproof.store.run_folder import RunFolder

REPORTED = "judges_reported"
"""Key of the lock's content: judge to the model ids that its server gave when it was registered."""


def drifted(lock: LockState, bench: Bench, usage: Mapping[str, Usage], reports: Path) -> tuple[LockState, list[str]]:
    """Return the state of the lock when judges are known by what they reported, and cautions about those that changed.

    Args:
        lock: How the experiment stands to its lock.
        bench: The experiment.
        usage: Judge to what asking it took, with the models that it reported.
        reports: The folder of the experiment's runs.
    """
    cautions: list[str] = []
    changed: list[str] = []
    registered, before = reported_in_lock(bench), reported_before(bench, reports)
    for judge in bench.judges:
        now = list(usage[judge.name].models) if judge.name in usage else []
        if len(now) > 1:
            cautions.append(f"judge {judge.name} answered as {_listed(now)} in one run: its marks come from several judges")
        if not now:
            continue
        if (then := registered.get(judge.name)) and set(then) != set(now):
            changed.append(f"judges.{judge.name}: it answers as {_listed(now)}, and was registered as {_listed(then)}")
        run_id, earlier = before.get(judge.name, ("", []))
        if earlier and set(earlier) != set(now):
            told = f"judge {judge.name} answers as {_listed(now)}, and answered as {_listed(earlier)} in run {run_id}"
            cautions.append(f"{told}: the marks of the two runs are not comparable, and people's labels must be of this one")
    if changed and lock.status != "unlocked":
        lock = replace(lock, status="changed", changed=(*lock.changed, *changed))
    return lock, cautions


def reported_in_lock(bench: Bench) -> dict[str, list[str]]:
    """Return what judges reported when they were registered; empty where nothing is known."""
    try:
        held = json.loads(lock_path(Path(bench.workspace.experiment_file)).read_text("utf-8"))["content"].get(REPORTED, {})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # no lock, or a damaged one, which `state_of` reports
    return held if isinstance(held, dict) else {}


def reported_before(bench: Bench, reports: Path) -> dict[str, tuple[str, list[str]]]:
    """Return judge to the newest run in which the same judge was asked, and what it reported there."""
    found: dict[str, tuple[str, list[str]]] = {}
    newest_first = sorted((path.parent for path in reports.glob("*/manifest.json")), key=lambda path: path.name, reverse=True)
    for folder in newest_first:
        for name, held in {} if folder.is_symlink() else _judges(folder):
            judge = next((judge for judge in bench.judges if judge.name == name), None)
            if judge is None or name in found or not held.get("models_reported"):
                continue
            if held.get("model") == judge.model and held.get("endpoint") == endpoint_for(bench, judge.provider, judge.model):
                found[name] = (folder.name, list(held["models_reported"]))
    return found


def _judges(folder: Path) -> Any:
    try:
        return list(RunFolder(folder).read_json("manifest.json").get("judges", {}).items())
    except (InputError, AttributeError):
        return []


def _listed(models: list[str]) -> str:
    return " and ".join(repr(model) for model in models)
