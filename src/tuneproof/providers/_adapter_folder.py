"""A folder of LoRA adapters that a training fills: which checkpoint each file is, and what cannot be asked yet.

Two layouts are known: one GGUF file a checkpoint (`triage@1.gguf`), and one folder a checkpoint with one GGUF file in it
(`checkpoint-500/`). The last number of a name says which checkpoint it is: the checkpoint's own number, or, in names that speak
of checkpoints, steps or iterations, the training step.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tuneproof.core.checkpoints import Checkpoint, NotYet
from tuneproof.core.errors import Problem
from tuneproof.providers._checkpoint_numbers import even_numbers
from tuneproof.providers._gguf_header import CutShort, NoHead, head_of

ENDING = ".gguf"
STEP_FOLDER = re.compile(r"checkpoint-\d+")
"""What trainers call the folder of one checkpoint."""
SORT = "a LoRA adapter in GGUF"

_NUMBER = re.compile(r"\d+")
_ENCODING = re.compile(r"(?i)(?<![a-z0-9])(?:bf16|fp?16|fp?32|i?q\d(?:_[a-z0-9]+)*)(?![a-z0-9])")
"""Parts of a name that hold a digit and say only how the numbers in the file are written: `F16`, `q8_0`."""
_STEPS = re.compile(r"(?i)(?<![a-z])(?:checkpoint|ckpt|step|iter(?:ation)?)s?(?![a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterFile:
    """One adapter in the folder."""

    name: str
    """Its model id: the name of the file without its ending, or of the checkpoint's folder."""
    path: Path
    """The GGUF file."""

    @property
    def number(self) -> int | None:
        """The last number in the name."""
        found = _NUMBER.findall(_ENCODING.sub(" ", self.name))
        return int(found[-1]) if found else None

    @property
    def counts_steps(self) -> bool:
        """Whether the number is a training step."""
        return _STEPS.search(self.name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterFolder:
    """What a folder holds."""

    files: tuple[AdapterFile, ...]
    """In the order of training; those that are not whole are left out."""
    checkpoints: tuple[Checkpoint, ...]
    """One a file."""
    problems: tuple[Problem, ...]
    """What is wrong, one entry a file."""


def read_folder(folder: Path, where: str, model_file: Path) -> AdapterFolder:
    """Read a folder of adapters.

    Args:
        folder: The folder.
        where: The key in the experiment file, for messages.
        model_file: The model that the adapters are for; lying in the folder, it is passed over.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return _empty(NotYet(where=where, what=f"{str(folder)!r} is not there", expected="a folder of adapters"))
    except OSError as error:
        what = f"{str(folder)!r} cannot be read: {error.strerror}"
        return _empty(Problem(where=where, what=what, expected="a folder of adapters"))
    found, problems = _found([folder / name for name in names], where, model_file)
    problems += _unnumbered(found, where)
    if not found and not problems:
        return _empty(NotYet(where=where, what=f"{str(folder)!r} holds no adapter", expected=f"files in {ENDING}"))
    numbered = sorted((file for file in found if file.number is not None), key=lambda file: (file.number, file.name))
    problems += _twice(numbered, where)
    numbers = _numbers(numbered)
    if numbers is None and not problems:
        problems.append(_uneven(numbered, where))
    return _whole(numbered, numbers or tuple(range(1, len(numbered) + 1)), where, problems)


def _whole(files: list[AdapterFile], numbers: tuple[int, ...], where: str, problems: list[Problem]) -> AdapterFolder:
    """Keep the files that can be asked; numbers are those of all, so that an unfinished one shifts no other."""
    kept = []
    for file, number in zip(files, numbers, strict=True):
        if wrong := _unready(file, where):
            problems.append(wrong)
        else:
            kept.append((file, Checkpoint(number=number, model=file.name, step=file.number if file.counts_steps else None)))
    return AdapterFolder(
        files=tuple(file for file, _ in kept), checkpoints=tuple(point for _, point in kept), problems=tuple(problems)
    )


def _empty(problem: Problem) -> AdapterFolder:
    return AdapterFolder(files=(), checkpoints=(), problems=(problem,))


def _found(paths: Iterable[Path], where: str, model_file: Path) -> tuple[list[AdapterFile], list[Problem]]:
    found: list[AdapterFile] = []
    problems: list[Problem] = []
    for path in paths:
        if path.is_dir() and STEP_FOLDER.fullmatch(path.name):
            inside = sorted(path.glob(f"*{ENDING}"))
            if len(inside) == 1:
                found.append(AdapterFile(name=path.name, path=inside[0]))
            else:
                problems.append(_not_one(path, len(inside), where))
        elif path.is_file() and path.name.endswith(ENDING) and not _same(path, model_file):
            found.append(AdapterFile(name=path.name[: -len(ENDING)], path=path))
    return found, problems


def _not_one(path: Path, n: int, where: str) -> Problem:
    """Refuse the folder of a checkpoint that holds no adapter in GGUF, or several."""
    if n:
        return Problem(where=where, what=f"{str(path)!r} holds {n} files in {ENDING}", expected="one")
    hint = "llama.cpp's convert_lora_to_gguf.py makes it from the trainer's files"
    return NotYet(where=where, what=f"{str(path)!r} holds no file in {ENDING}", expected=SORT, hint=hint)


def _unnumbered(files: Iterable[AdapterFile], where: str) -> list[Problem]:
    """Refuse files whose place in the training is not known."""
    return [
        Problem(where=where, what=f"{str(file.path)!r} has no number in its name", expected=f"a name such as triage@2{ENDING}")
        for file in files
        if file.number is None
    ]


def _twice(files: list[AdapterFile], where: str) -> list[Problem]:
    """Refuse two files of one number, and numbers of two sorts."""
    by_number: dict[int | None, list[AdapterFile]] = {}
    for file in files:
        by_number.setdefault(file.number, []).append(file)
    problems = [
        Problem(where=where, what=f"{_both(same)} have one number, {number}", expected="one file a checkpoint")
        for number, same in by_number.items()
        if len(same) > 1
    ]
    sorts = {file.counts_steps: file for file in files}
    if len(sorts) > 1 and not problems:
        what = f"{sorts[True].name!r} is numbered by its training step, {sorts[False].name!r} is not"
        problems.append(Problem(where=where, what=what, expected="names of one sort"))
    return problems


def _both(files: list[AdapterFile]) -> str:
    return " and ".join(repr(file.path.name if file.path.stem == file.name else file.name) for file in files[:2])


def _numbers(files: list[AdapterFile]) -> tuple[int, ...] | None:
    """Return each checkpoint's number; None where it cannot be told from the steps. Counting may start at 0."""
    held = [file.number or 0 for file in files]
    if not held or not files[0].counts_steps:
        return tuple(number + (held[0] == 0) for number in held)
    return (1,) if len(held) == 1 else even_numbers(held)


def _uneven(files: list[AdapterFile], where: str) -> Problem:
    """Refuse steps of which nobody can tell which checkpoint each is."""
    steps = ", ".join(str(file.number) for file in files[:6]) + (", ..." if len(files) > 6 else "")
    what = f"which checkpoint is which cannot be told from steps {steps}"
    hint = "keep every checkpoint, or name them in order: checkpoints = [...], with their files in the provider's adapters"
    return Problem(where=where, what=what, expected="even steps", hint=hint)


def _unready(file: AdapterFile, where: str) -> Problem | None:
    """Say why an adapter cannot be asked; None where it can."""
    shown = repr(str(file.path))
    try:
        head, size = head_of(file.path), file.path.stat().st_size
    except CutShort:
        return NotYet(where=where, what=f"{shown} ends within its head", expected="a file that is written to its end")
    except NoHead:
        return Problem(where=where, what=f"{shown} is no GGUF file", expected=SORT)
    except FileNotFoundError:
        return NotYet(where=where, what=f"{shown} is gone", expected=SORT)
    except OSError as error:
        return Problem(where=where, what=f"{shown} cannot be read: {error.strerror}", expected=SORT)
    if head is not None and head.sort == "model":
        return Problem(where=where, what=f"{shown} is a model", expected=SORT)
    if head is not None and size < head.size:
        what = f"{shown} is not whole: {size:,} of {head.size:,} bytes"
        return NotYet(where=where, what=what, expected="a file that is written to its end")
    return None


def file_at(path: Path) -> Path:
    """Return the GGUF file that a path stands for: a file, its name without the ending, or the folder of a checkpoint."""
    if path.is_dir():
        inside = sorted(path.glob(f"*{ENDING}"))
        return inside[0] if len(inside) == 1 else path
    named = path.with_name(path.name + ENDING)
    return named if not path.exists() and named.exists() else path


def _same(path: Path, model_file: Path) -> bool:
    try:
        return path.samefile(model_file)
    except OSError:
        return False


def clashes(files: Iterable[AdapterFile], known: Mapping[str, Path], where: str) -> Iterator[Problem]:
    """Refuse adapters whose name is another file's already."""
    for file in files:
        if file.name in known and not _same(file.path, known[file.name]):
            what = f"{file.name!r} is the name of another adapter of the provider, {str(known[file.name])!r}"
            yield Problem(where=where, what=what, expected="a name of its own")
