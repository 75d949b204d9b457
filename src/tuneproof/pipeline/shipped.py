"""Evalsets that come with tuneproof: package data of an installed wheel, a folder of the repository in a checkout."""

from pathlib import Path

from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.spec.evalset_file import HEADER
from tuneproof.store.new_files import write_new

PLACES = tuple(Path(__file__).parents[up] / "evalsets" for up in (1, 3))


def shipped() -> dict[str, Path]:
    """Return name to folder of every evalset that comes with tuneproof."""
    found = (path.parent for place in PLACES if place.is_dir() for path in sorted(place.glob(f"*/{HEADER}")))
    named: dict[str, Path] = {}
    for folder in found:
        named.setdefault(folder.name, folder)
    return named


def copy_evalset(name: str, output: Path | None) -> list[Path]:
    """Write a shipped evalset into a workspace.

    Args:
        name: Its name.
        output: The folder; None: `evalsets/<name>`.

    Returns:
        The files that were written.

    Raises:
        InputError: for an unknown name, and files that are there already.
    """
    known = shipped()
    if name not in known:
        what, expected = unknown_name("evalset", name, list(known))
        raise InputError(Problem(where="NAME", what=what, expected=expected))
    contents = {path.name: path.read_bytes() for path in sorted(known[name].iterdir()) if path.is_file()}
    return write_new(output or Path("evalsets") / name, contents, "name another folder with --output")
