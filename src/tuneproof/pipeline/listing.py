"""`tuneproof runs`: what there is."""

from pathlib import Path
from typing import Any

from tuneproof.core.errors import InputError
from tuneproof.store.run_folder import RunFolder
from tuneproof.store.shelf import runs


def listing(root: Path) -> list[dict[str, Any]]:
    """Return one row a run below a reports folder, oldest first."""
    return [_row(folder) for folder in runs(root)]


def _row(folder: RunFolder) -> dict[str, Any]:
    told: dict[str, Any] = _read(folder, "manifest.json")
    verdict = _read(folder, "verdict.json")
    return {
        "run_id": folder.run_id,
        "experiment": told.get("experiment"),
        "decision": verdict.get("decision", "no verdict"),
        "recommended": verdict.get("recommended"),
        "stamp": verdict.get("stamp"),
    }


def _read(folder: RunFolder, name: str) -> dict[str, Any]:
    try:
        held = folder.read_json(name)
    except InputError:
        return {}
    return held if isinstance(held, dict) else {}
