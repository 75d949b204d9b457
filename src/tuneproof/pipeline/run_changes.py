"""What is not the same in two runs: settings, evalsets, models, files, versions. One line each, with both values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tuneproof.core.example import Evalset
from tuneproof.pipeline.kept_run import KeptRun
from tuneproof.spec.differences import differences
from tuneproof.stages.movement import Pair

Part = Literal["settings", "evalsets", "models", "providers", "files", "run", "versions"]

REPORTED = ("models_reported",)
"""What a manifest says of a system beyond its settings."""
WHOLE = ("provider", "model", "decoding", "repeats", "prompt_digest", *REPORTED)
"""What is compared where two systems have different names, so that their settings do not stand side by side."""
OF_THE_RUN = ("experiment", "seed", "alpha", "only", "limit", "stopped")
OF_THE_LOCK = ("status", "digest")
VERSIONS = ("tuneproof", "methods", "python", "platform", "libraries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not the same in both runs."""

    part: Part
    """What it is about."""
    line: str
    """What it was and what it is, on one line."""


def changes(before: KeptRun, after: KeptRun, pairs: Sequence[Pair]) -> tuple[Change, ...]:
    """Return everything that differs between two runs, settings first.

    Args:
        before: The first run.
        after: The second one.
        pairs: (as shown, name in the first run, name in the second) of the systems that are compared.
    """
    found: dict[Part, list[str]] = {
        "settings": differences(_document(before), _document(after)),
        "evalsets": list(_evalsets(before.bench.whole, after.bench.whole)),
        "models": list(_models(before.told, after.told, pairs)),
        "providers": differences(before.told["providers"], after.told["providers"], ("providers",)),
        "files": list(_files(before, after)),
        "run": [
            *differences(_part(before.told, OF_THE_RUN), _part(after.told, OF_THE_RUN)),
            *differences(_part(before.told["lock"], OF_THE_LOCK), _part(after.told["lock"], OF_THE_LOCK), ("lock",)),
        ],
        "versions": differences(_part(before.told, VERSIONS), _part(after.told, VERSIONS)),
    }
    first: dict[str, Part] = {}  # what stands in the settings is not told again as that of a provider
    for part, lines in found.items():
        for line in lines:
            first.setdefault(line, part)
    return tuple(Change(part=part, line=line) for line, part in first.items())


def _document(run: KeptRun) -> Any:
    """Return the experiment of a run as JSON values, criteria by name: one more is then one line, and moves no other."""
    experiment = run.bench.experiment
    names = [spec.name for spec in experiment.criteria]
    criteria = dict(zip(names, experiment.document.get("criteria", ()), strict=True))
    return json.loads(json.dumps({**experiment.document, "criteria": criteria}, default=str))


def _part(told: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: told.get(key) for key in keys}


def _evalsets(before: Mapping[str, Evalset], after: Mapping[str, Evalset]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        if name not in before or name not in after:
            there = before if name in before else after
            when = "only in the first run" if name in before else "only in the second run"
            yield f"evalsets.{name}: {len(there[name].examples)} examples, {when}"
            continue
        old, new = (_digests(held[name]) for held in (before, after))
        moved = {
            "added": [one for one in new if one not in old],
            "removed": [one for one in old if one not in new],
            "changed": [one for one in new if one in old and old[one] != new[one]],
        }
        told = [f"{len(ids)} {what} (first: {ids[0]!r})" for what, ids in moved.items() if ids]
        if told:
            yield f"evalsets.{name}: {len(old)} -> {len(new)} examples: {', '.join(told)}"
        if before[name].labels != after[name].labels:
            yield from differences(list(before[name].labels), list(after[name].labels), ("evalsets", name, "labels"))[:1]


def _digests(evalset: Evalset) -> dict[str, str]:
    return {example.id: held for example, held in zip(evalset.examples, evalset.example_digests, strict=True)}


def _models(before: Mapping[str, Any], after: Mapping[str, Any], pairs: Sequence[Pair]) -> Iterator[str]:
    """Yield what differs in what was asked for and what the servers said they used, and in the judges."""
    for shown, then, now in pairs:
        keys = REPORTED if then == now else WHOLE
        old, new = _part(before["systems"][then], keys), _part(after["systems"][now], keys)
        yield from differences(old, new, ("systems", shown))
    judges = [{name: judge_of(told, name) for name in told.get("judges", {})} for told in (before, after)]
    yield from differences(judges[0], judges[1], ("judges",))


def judge_of(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what of a judge bears on its marks, as a manifest holds it."""
    return _part(told.get("judges", {}).get(name, {}), ("provider", "model", "endpoint", "decoding", *REPORTED))


def _files(before: KeptRun, after: KeptRun) -> Iterator[str]:
    """Yield what differs in the contents of files, as far as both manifests name them."""
    for name in (name for name in before.told["systems"] if name in after.told["systems"]):
        old, new = (told["systems"][name].get("training", {}).get("files", {}) for told in (before.told, after.told))
        yield from differences(old, new, ("systems", name, "training", "files"))
    if "files" in before.told and "files" in after.told:
        yield from differences(before.told["files"], after.told["files"], ("files",))
