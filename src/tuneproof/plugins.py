"""The folder is the registry: a plug-in's kind is its file name, and its class is its settings model.

A module is imported only when an experiment names it. A workspace's own `graders/*.py` are found the same way, and a kind with
a colon (`my_pkg.module:MyGrader`) is an import path.
"""

import importlib
import importlib.util
import pkgutil
import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from tuneproof.core.errors import Problem, one_line, unknown_name
from tuneproof.core.experiment import PluginSpec
from tuneproof.core.protocols import Workspace
from tuneproof.spec.wording import problems_of

Room = Literal["formats", "generators", "providers", "graders", "criteria"]
PLAIN: tuple[Room, ...] = ("formats", "generators")
"""Rooms whose plug-ins have no settings: a class, not a settings model."""

NOT_YET = {
    "graders": (),
    "criteria": ("latency", "cost", "break_even", "readiness", "clean_gain"),
}
"""Kinds that the contract names and that are still to come: refused by name, never accepted and ignored."""


def kinds(room: Room, workspace: Workspace | None = None) -> list[str]:
    """Return the kinds of a room, sorted, without importing any of them."""
    package = importlib.import_module(f"tuneproof.{room}")
    found = [module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_")]
    if room == "graders" and workspace is not None:
        found += [path.stem for path in _own_files(workspace) if path.stem not in found]
    return sorted(found)


def plugin_class(room: Room, kind: str, workspace: Workspace | None = None) -> type[Any]:
    """Return the class behind a kind.

    Raises:
        LookupError: with `what` and `expected` of a problem, when there is none.
    """
    known = kinds(room, workspace)
    if ":" in kind:
        return _imported(kind)
    if kind in NOT_YET.get(room, ()):
        raise LookupError(f"kind {kind!r} is not there yet", f"known: {', '.join(known)}")
    if kind not in known:
        raise LookupError(*unknown_name("kind", kind, known))
    own = workspace and next((path for path in _own_files(workspace) if path.stem == kind), None)
    module = _own_module(own) if own and not _shipped(room, kind) else importlib.import_module(f"tuneproof.{room}.{kind}")
    found = getattr(module, "PLUGIN", None)
    return found if room in PLAIN and isinstance(found, type) else _settings_model(found, kind)


def build(room: Room, spec: PluginSpec, workspace: Workspace) -> tuple[Any, list[Problem]]:
    """Make the plug-in that a table of the experiment file describes. The workspace is the context of its validation.

    Returns:
        The plug-in (None where it cannot be made) and what is wrong with its table.
    """
    where = f"{workspace.experiment_file}: {spec.where}"
    if not spec.kind:
        return None, [Problem(where=f"{where}.kind", what="missing", expected=f"one of {', '.join(kinds(room, workspace))}")]
    try:
        model = plugin_class(room, spec.kind, workspace)
    except LookupError as error:
        return None, [Problem(where=f"{where}.kind", what=error.args[0], expected=error.args[1])]
    try:
        return model.model_validate(dict(spec.settings), context=workspace), []
    except ValidationError as error:
        return None, problems_of(error, workspace.experiment_file, spec.where, model)


def _shipped(room: Room, kind: str) -> bool:
    return importlib.util.find_spec(f"tuneproof.{room}.{kind}") is not None


def _own_files(workspace: Workspace) -> list[Path]:
    """Return the workspace's grader plug-ins: files that declare one (others are functions for the `python` grader)."""
    folder = workspace.folder / "graders"
    files = sorted(folder.glob("*.py")) if folder.is_dir() else []
    return [path for path in files if path.stem.isidentifier() and b"\nPLUGIN" in path.read_bytes()]


def _own_module(path: Path) -> Any:
    name = f"tuneproof_workspace_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise LookupError(f"{path} cannot be imported", "a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001 - a user's file may raise anything
        raise LookupError(f"{path} fails on import: {one_line(repr(error), 200)}", "a module that imports") from None
    return module


def _imported(kind: str) -> type[Any]:
    module_name, _, name = kind.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), name)
    except Exception as error:  # noqa: BLE001 - a user's module may raise anything
        raise LookupError(f"{kind!r} cannot be imported: {one_line(repr(error), 200)}", "package.module:Class") from None
    return _settings_model(found, kind)


def _settings_model(found: Any, kind: str) -> type[Any]:
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise LookupError(f"{kind!r} declares no plug-in", "PLUGIN = a pydantic model that is the plug-in")
    return found
