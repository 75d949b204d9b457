"""Pre-registration: the criteria and all that bears on them, fixed by digest before the data exist.

The lock file is JSON beside the experiment file, to be committed before training. What may come later is left out: the
candidates' provider, model and training; and, where the lock was made without any candidate, the candidates themselves.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuneproof.core.digest import digest
from tuneproof.core.errors import InputError, Problem
from tuneproof.core.example import Evalset
from tuneproof.core.experiment import Experiment, PluginSpec, Rules
from tuneproof.core.system import Prompt, System
from tuneproof.core.verdict import LockState
from tuneproof.spec.differences import differences

METHODS = "2026-11"
"""Version of the table of statistical methods; a change of method that can move a number raises it."""


UNLOCKED = LockState(status="unlocked", digest=None, locked_at=None, changed=())
"""The state of an experiment without a lock file."""


def lock_path(experiment_file: Path) -> Path:
    """Return the lock file of an experiment file: `experiment.toml` has `experiment.lock`."""
    return experiment_file.with_suffix(".lock")


def registered(
    experiment: Experiment, evalsets: Mapping[str, Evalset], endpoints: Mapping[str, Any], files: Mapping[str, str]
) -> dict[str, Any]:
    """Return everything that a lock registers, as JSON.

    Args:
        experiment: The experiment.
        evalsets: By name, whole.
        endpoints: System name to all that identifies what answers for it, without secrets.
        files: Path as written to content digest, of every file that prompts and graders read.
    """
    return {
        "experiment": {
            "name": experiment.name,
            "hypothesis": experiment.hypothesis,
            "seed": experiment.seed,
            "alpha": experiment.registered_alpha,
            "expected_lift": experiment.expected_lift,
            "expected_discordance": experiment.expected_discordance,
        },
        **_rules(experiment.rules),
        "methods": METHODS,
        "missing_answers": "bounded by the worst and the best completion",
        "evalsets": {name: _evalset(evalset, experiment) for name, evalset in evalsets.items()},
        "graders": {name: {"kind": spec.kind, "settings": _settings(spec)} for name, spec in experiment.graders.items()},
        "files": dict(files),
        "baselines": {system.name: _whole(system, endpoints) for system in experiment.of_role("baseline")},
        "judges": {system.name: _whole(system, endpoints) for system in experiment.of_role("judge")},
        "candidates": {system.name: _asking(system) for system in experiment.of_role("candidate")},
        "criteria": [_criterion(spec) for spec in experiment.criteria],
    }


def _rules(rules: Rules) -> dict[str, Any]:
    """Return the rules that are not as they are by default: a lock of before there were any is still one of today.

    The noise floor is no rule: it decides nothing.
    """
    told = {name: held for name, held in asdict(rules).items() if name != "noise_floor" and held != getattr(Rules(), name)}
    return {"rules": told} if told else {}


def write_lock(path: Path, content: Mapping[str, Any], outlook: Mapping[str, Any] | None = None) -> LockState:
    """Write a lock file, atomically.

    Args:
        path: The lock file.
        content: What is registered.
        outlook: What the experiment can be expected to say, for the record: it follows from the content and is no part of it.

    Raises:
        InputError: when it cannot be written.
    """
    seal, locked_at = digest(content), datetime.now(UTC).isoformat(timespec="seconds")
    sealed = {"content": content, "digest": seal, "locked_at": locked_at, **({"outlook": outlook} if outlook else {})}
    text = json.dumps(sealed, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    try:
        temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise InputError(Problem(where=str(path), what=error.strerror or "cannot be written")) from None
    return LockState(status="locked", digest=seal, locked_at=locked_at, changed=())


def lock_state(path: Path, content: Mapping[str, Any]) -> LockState:
    """Say how an experiment stands to its lock file.

    Args:
        path: The lock file.
        content: What a lock of the experiment as it is now would register.

    Raises:
        InputError: when the file cannot be read or was edited by hand.
    """
    try:
        sealed = json.loads(path.read_text("utf-8"))
        held, seal, locked_at = sealed["content"], sealed["digest"], sealed["locked_at"]
    except FileNotFoundError:
        return UNLOCKED
    except OSError as error:
        raise InputError(Problem(where=str(path), what=error.strerror or "cannot be read")) from None
    except (ValueError, KeyError, TypeError):
        what, hint = "is not a lock file", "write it again with `tuneproof lock`, or take it from version control"
        raise InputError(Problem(where=str(path), what=what, hint=hint)) from None
    changed = [] if digest(held) == seal else ["the lock file itself was edited: its digest does not fit its content"]
    changed += differences(held, json.loads(json.dumps(content)))
    return LockState(status="changed" if changed else "locked", digest=seal, locked_at=locked_at, changed=tuple(changed))


def _evalset(evalset: Evalset, experiment: Experiment) -> dict[str, Any]:
    spec = next(spec for spec in experiment.evalsets if spec.name == evalset.name)
    return {
        "digest": evalset.digest,
        "n": len(evalset.examples),
        "role": evalset.role,
        "labels": list(evalset.labels),
        "graders": list(evalset.graders),
        "slice_graders": dict(evalset.slice_graders),
        "prompt": _prompt(spec.prompt) if spec.prompt else None,
        "examples": {example.id: held[:16] for example, held in zip(evalset.examples, evalset.example_digests, strict=True)},
    }


def _settings(spec: PluginSpec) -> dict[str, Any]:
    """Return a grader's settings as registered: where people's labels are is left out, for they come after the answers."""
    return {key: held for key, held in spec.settings.items() if spec.kind != "judge" or key not in ("human", "rubric_text")}


def _whole(system: System, endpoints: Mapping[str, Any]) -> dict[str, Any]:
    return {"provider": endpoints.get(system.name), "model": system.model, **_asking(system)}


def _asking(system: System) -> dict[str, Any]:
    return {"prompt": _prompt(system.prompt), "decoding": dict(system.decoding), "repeats": system.repeats}


def _prompt(prompt: Prompt) -> dict[str, Any]:
    shots, context = prompt.few_shot, prompt.context
    return {
        "system": prompt.system.text if prompt.system else None,
        "user": prompt.user.text if prompt.user else None,
        "few_shot": {"k": shots.k, "choose": shots.choose} if shots else None,
        "context": {"k": context.k} if context else None,
    }


def _criterion(spec: PluginSpec) -> dict[str, Any]:
    return {"kind": spec.kind, **spec.settings}
