"""evalset.toml: what an evalset folder says of itself, and how the experiment file overrides it."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tuneproof.core.errors import Problem
from tuneproof.spec.document import EvalsetFileTable, EvalsetTable
from tuneproof.spec.wording import problems_of

HEADER = "evalset.toml"
DATA_STEM = "examples"
"""An evalset folder holds one data file of this name, whatever its format."""


def read_evalset_file(path: Path, where: str) -> tuple[Path, EvalsetFileTable, list[Problem]]:
    """Find an evalset's data file and read the evalset.toml beside it.

    Args:
        path: A folder with evalset.toml, or one data file (which has no header).
        where: `file: evalsets.name` for messages.

    Returns:
        The data file, the header (an empty one where there is none), and what is wrong.
    """
    if not path.is_dir():
        return path, EvalsetFileTable(), [] if path.is_file() else [_missing(path, where)]
    header, problems = _header(path / HEADER)
    found = sorted(file for file in path.iterdir() if file.is_file() and file.name.split(".")[0] == DATA_STEM)
    if len(found) != 1:
        what = f"{len(found)} data files in {path}: {', '.join(file.name for file in found) or 'none'}"
        problems.append(Problem(where=f"{where}.path", what=what, expected=f"one file {DATA_STEM}.jsonl, .jsonl.gz or .csv"))
    return (found or [path])[0], header, problems


def _missing(path: Path, where: str) -> Problem:
    return Problem(where=f"{where}.path", what=f"no such file or folder: {path}", expected="an evalset")


def _header(path: Path) -> tuple[EvalsetFileTable, list[Problem]]:
    try:
        raw = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        _anchor(raw.get("prompt"), path.parent.absolute())
        return EvalsetFileTable.model_validate(raw), []
    except FileNotFoundError:
        return EvalsetFileTable(), [Problem(where=str(path), what="no such file", expected="an evalset folder has one")]
    except OSError as error:
        return EvalsetFileTable(), [Problem(where=str(path), what=error.strerror or "cannot be read")]
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return EvalsetFileTable(), [Problem(where=str(path), what=f"is not TOML: {error}")]
    except ValidationError as error:
        return EvalsetFileTable(), problems_of(error, str(path), "", EvalsetFileTable)


def _anchor(prompt: Any, folder: Path) -> None:
    """Make the paths of a raw prompt table absolute: in evalset.toml they start at its own folder."""
    if not isinstance(prompt, dict):
        return
    for key, name in (("system", "file"), ("user", "file"), ("few_shot", "path"), ("context", "path")):
        held = prompt.get(key)
        if isinstance(held, dict) and isinstance(held.get(name), str):
            held[name] = str(folder / held[name])


def merged(table: EvalsetTable, header: EvalsetFileTable) -> EvalsetTable:
    """Return the experiment's table with what it leaves open taken from evalset.toml.

    Where evalset.toml defines graders as tables, those that no slice claims mark the evalset as a whole.
    """
    slices = {**header.slices, **table.slices}
    claimed = {held.grader for held in slices.values()}
    names = header.graders if isinstance(header.graders, list) else [name for name in header.graders if name not in claimed]
    taken = {
        "role": table.role or header.role,
        "graders": table.graders if table.graders is not None else names,
        "labels": table.labels if table.labels is not None else header.labels,
        "slices": slices,
        "prompt": table.prompt if table.prompt is not None else header.prompt,
    }
    return table.model_copy(update=taken)
