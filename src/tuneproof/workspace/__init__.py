"""`tuneproof init`: a commented workspace that runs as it stands. The files themselves are package data below `files/`."""

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from tuneproof.store.new_files import write_new

RENAMED = {"gitignore": ".gitignore"}
"""Files that cannot stand in a package under their own name: this one would hide the package's files from git."""


def create(folder: Path) -> list[Path]:
    """Write a workspace.

    Args:
        folder: Where; it is made if it is not there.

    Returns:
        The files that were written.

    Raises:
        InputError: when one of them is there already (then nothing is written), or when the folder cannot be written.
    """
    return write_new(folder, contents(), "give another folder: `tuneproof init my-experiment`")


def contents() -> dict[str, bytes]:
    """Return path (below the workspace) to content of every file of a new workspace, sorted by path."""
    found = {RENAMED.get(path, path): entry.read_bytes() for path, entry in _files(resources.files(__name__) / "files", "")}
    return dict(sorted(found.items()))


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry
