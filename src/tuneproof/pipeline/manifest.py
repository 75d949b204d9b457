"""manifest.json: where the numbers of a run come from. No secret stands in it."""

import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

from tuneproof.core.digest import digest
from tuneproof.core.experiment import PluginSpec
from tuneproof.core.protocols import RemoteProvider
from tuneproof.core.system import System
from tuneproof.core.verdict import LockState
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.seating import rubrics
from tuneproof.spec.lock import METHODS
from tuneproof.stages.plan import identity_for

LIBRARIES = ("numpy", "scipy", "scikit-learn", "openai", "jinja2", "pydantic", "jsonschema-rs", "google-re2")
"""Those whose version can move an answer or a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a run knows of itself beside its experiment."""

    started: datetime
    """Start, UTC."""
    lock: LockState
    """How the experiment stood to its lock."""
    limit: int | None
    """`--limit`."""
    only: str | None
    """`--only`."""
    attempts_now: int
    """Requests sent by this run, retries included."""
    usage: Mapping[str, Mapping[str, Any]]
    """System to its figures."""
    stopped: tuple[str, ...]
    """Systems that an `abort` criterion ended."""
    cautions: tuple[str, ...]
    """About the answers as a whole."""
    endpoints: Mapping[str, Any]
    """Provider to what identifies it, without secrets."""
    reports: Path
    """Folder that holds the run folder."""
    people: list[dict[str, str]]
    """How the answers that people labelled were chosen."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What is told only of runs that have it: `stopping`, `selection`, `exposure`, `noise`, `outlook`, `regression`."""


def tuneproof_version() -> str:
    """Return the version of tuneproof."""
    from tuneproof import __version__

    return __version__


def manifest(bench: Bench, provenance: Provenance, run_id: str) -> dict[str, Any]:
    """Return manifest.json."""
    experiment, lock = bench.experiment, provenance.lock
    specs = {spec.name: spec for spec in experiment.evalsets}
    command = "regress" if "regression" in provenance.more else "run"
    return {
        "schema_version": 1,
        "run_id": run_id,
        "experiment": experiment.name,
        "hypothesis": experiment.hypothesis,
        "seed": experiment.seed,
        "alpha": experiment.alpha,
        "created_at": provenance.started.isoformat(timespec="seconds"),
        "wall_s": round(max(0.0, (datetime.now(UTC) - provenance.started).total_seconds()), 3),
        "only": provenance.only,
        "limit": provenance.limit,
        "attempts_in_this_run": provenance.attempts_now,
        "stopped": list(provenance.stopped),
        "cautions": list(provenance.cautions),
        "lock": {"status": lock.status, "digest": lock.digest, "locked_at": lock.locked_at, "changed": list(lock.changed)},
        "evalsets": {
            name: {
                "role": evalset.role,
                "path": evalset.path,
                "n": len(evalset.examples),
                "digest": evalset.digest,
                "labels": list(evalset.labels),
                "origin": specs[name].origin,
                "licence": specs[name].licence,
            }
            for name, evalset in {**bench.evalsets, **bench.selection}.items()
        },
        "graders": {name: {"kind": spec.kind, "digest": digest(_graded_by(spec))} for name, spec in experiment.graders.items()},
        "providers": {name: provenance.endpoints[name] for name in experiment.providers},
        "systems": {system.name: _system(system.name, bench, provenance) for system in experiment.compared},
        "judges": {judge.name: _judge(judge, bench, provenance) for judge in bench.judges},
        "people": provenance.people,
        **provenance.more,
        "workspace": os.path.relpath(bench.workspace.folder.absolute(), (provenance.reports / run_id).absolute()),
        "experiment_file": Path(bench.workspace.experiment_file).name,
        "command": f"tuneproof {command} {Path(bench.workspace.experiment_file).name}",
        "signature": signature(bench),
        "tuneproof": tuneproof_version(),
        "methods": METHODS,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "libraries": dict(_versions(LIBRARIES)),
    }


def signature(bench: Bench) -> str:
    """Return the digests and versions that reproduce the numbers, on one line."""
    evalsets = digest({name: evalset.digest for name, evalset in bench.evalsets.items()})
    told = dict(rubrics(bench.graders))
    specs = bench.experiment.graders.items()
    graders = digest({name: [spec.kind, _graded_by(spec), *filter(None, [told.get(name)])] for name, spec in specs})
    parts = {
        "evalset": evalsets[:12],
        "grader": graders[:12],
        "method": METHODS,
        "seed": str(bench.experiment.seed),
        "tuneproof": tuneproof_version(),
    }
    return "|".join(f"{name}:{held}" for name, held in parts.items())


def endpoints_of(bench: Bench) -> dict[str, Any]:
    """Return provider name to all that identifies it; header values and passwords in addresses are replaced by digests."""
    return {name: endpoint_for(bench, name) for name in bench.providers}


def endpoint_for(bench: Bench, name: str, model: str | None = None) -> dict[str, Any]:
    """Return all that identifies a provider, or what of it answers for one model."""
    spec, provider = bench.experiment.providers[name], bench.providers[name]
    if provider.local:
        held = dict(spec.settings)
    else:
        remote = cast("RemoteProvider", provider)
        held = dict(remote.identity() if model is None else identity_for(remote, model))
    return {"kind": spec.kind, **cast("dict[str, Any]", _without_secrets(held))}


def _without_secrets(held: Any, key: str = "") -> Any:
    if isinstance(held, Mapping):
        return {name: _sealed(value) if key == "headers" else _without_secrets(value, name) for name, value in held.items()}
    if isinstance(held, str) and "://" in held and "@" in held:
        parts = urlsplit(held)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return held


def _sealed(value: Any) -> str:
    return f"sha256:{sha256(str(value).encode()).hexdigest()[:12]}"


def _system(name: str, bench: Bench, provenance: Provenance) -> dict[str, Any]:
    system = next(system for system in bench.experiment.systems if system.name == name)
    prompt = system.prompt
    texts = [template.text if template else None for template in (prompt.system, prompt.user)]
    training = dict(system.training)
    files = {file: _file_digest(bench, file) for file in training.get("files", ())}
    return {
        "role": system.role,
        "provider": system.provider,
        "model": system.model,
        "decoding": dict(system.decoding),
        "repeats": system.repeats,
        "prompt_digest": digest(texts) if any(texts) else None,
        "training": {**training, "files": files} if training else {},
        **provenance.usage.get(name, {}),
    }


def _judge(judge: System, bench: Bench, provenance: Provenance) -> dict[str, Any]:
    """Return what a judge is, and what asking it took: apart from the systems that are compared."""
    return {
        "role": judge.role,
        "provider": judge.provider,
        "model": judge.model,
        "endpoint": endpoint_for(bench, judge.provider, judge.model),
        "decoding": dict(judge.decoding),
        **provenance.usage.get(judge.name, {}),
    }


def _graded_by(spec: PluginSpec) -> dict[str, Any]:
    """Return what of a grader bears on its marks: where people's labels are does not."""
    return {key: held for key, held in spec.settings.items() if spec.kind != "judge" or key != "human"}


def _file_digest(bench: Bench, file: str) -> str | None:
    try:
        return sha256(bench.workspace.path(file).read_bytes()).hexdigest()
    except OSError:
        return None


def _versions(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue
