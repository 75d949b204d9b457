"""Files of a new folder: all of them, or none where one is there already."""

from collections.abc import Mapping
from pathlib import Path

from tuneproof.core.errors import InputError, Problem


def write_new(folder: Path, contents: Mapping[str, bytes], hint: str) -> list[Path]:
    """Write files that are not there yet.

    Args:
        folder: Where; it is made if it is not there.
        contents: Path below the folder to content.
        hint: What to do when a file is there.

    Returns:
        The files that were written.

    Raises:
        InputError: when one of them is there already (then nothing is written), or when the folder cannot be written.
    """
    files = {folder / name: content for name, content in contents.items()}
    there = [path for path in files if path.exists() or path.is_symlink()]
    if there:
        names = ", ".join(str(path.relative_to(folder)) for path in there)
        raise InputError(Problem(where=str(folder), what=f"files are there already: {names}", hint=hint))
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        where, what = str(error.filename or folder), f"cannot be written: {error.strerror}"
        raise InputError(Problem(where=where, what=what, expected="a folder that can be written")) from None
    return list(files)
