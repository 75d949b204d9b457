"""Rubrics: what a judge is told, how it may choose and what each choice is worth. One TOML file each.

The shipped ones lie in `rubrics/`, a workspace's own in its `graders/rubrics/`. A rubric without a closed menu, or whose menu
has no scores, is refused before anything is paid for.
"""

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from tuneproof.core.digest import canonical_json
from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.core.judging import Choice
from tuneproof.core.protocols import Workspace
from tuneproof.core.row import unfit
from tuneproof.graders._judge_reply import folded
from tuneproof.spec.wording import problems_of

SHIPPED = Path(__file__).parent / "rubrics"
"""Folder of the rubrics that tuneproof brings."""
OWN = "graders/rubrics"
"""Folder of a workspace's own."""
ENDING = ".toml"
LONGEST_NAME = 40
"""Characters of an entry of the menu: it is a name, what it means stands beside it."""

Part = Literal["input", "expected", "context"]
"""What a judge may see beside the answer."""


class MenuEntry(BaseModel):
    """One entry of the closed menu."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    """What the judge replies."""
    score: float = Field(ge=0, le=1, allow_inf_nan=False)
    """What it is worth; of pairs: to the answer that is shown first."""
    means: str = ""
    """When to choose it."""


class Shot(BaseModel):
    """One worked example, with the parts that the judge sees."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    input: JsonValue = None
    """The question."""
    expected: JsonValue = None
    """The right answer."""
    context: JsonValue = None
    """The source, guide or passage."""
    answer: str | None = None
    """The answer; of pairs `first` and `second` stand instead."""
    first: str | None = None
    """The answer that is shown first."""
    second: str | None = None
    """The answer that is shown second."""
    choice: str
    """The right choice."""
    reason: str = ""
    """Why."""

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers, in the order in which they are shown."""
        return tuple(text for text in (self.answer, self.first, self.second) if text is not None)


class Rubric(BaseModel):
    """What a judge is told."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["choice", "scale", "pairwise"]
    """Whether the menu is a set, a scale in order, or names the better of two answers."""
    instructions: str
    """What to judge, and how."""
    sees: Annotated[tuple[Part, ...], Field(strict=False)] = ("input",)
    """What the judge sees beside the answer, in this order."""
    choices: Annotated[tuple[MenuEntry, ...], Field(strict=False)] = ()
    """The closed menu."""
    examples: Annotated[tuple[Shot, ...], Field(strict=False)] = ()
    """Worked examples that are shown before the question."""

    @property
    def is_pairwise(self) -> bool:
        """Whether two answers are shown."""
        return self.kind == "pairwise"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the menu."""
        return tuple(one.name for one in self.choices)

    @property
    def menu(self) -> tuple[Choice, ...]:
        """The menu in the words of `core`."""
        return tuple(Choice(name=one.name, score=one.score, means=one.means) for one in self.choices)


class NoRubric(LookupError):
    """There is no such rubric file, or it cannot be read: `what` and `expected` of a problem."""


def shipped_rubrics() -> list[str]:
    """Return the names of the rubrics that tuneproof brings, sorted."""
    return _names(SHIPPED)


def rubric_file(name: str) -> str:
    """Return the file of a rubric as messages name it: a path as written, or the place of the name."""
    return name if name.endswith(ENDING) else f"{OWN}/{name}{ENDING}"


def find_rubric(name: str, workspace: Workspace | None) -> str:
    """Return the content of a rubric.

    Args:
        name: A name, or a path that ends in `.toml`.
        workspace: Whose rubrics there are beside the shipped ones; None finds no others.

    Raises:
        NoRubric: where it is not there, cannot be read, or two have the name.
    """
    path = _path(name, workspace)
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise NoRubric(f"{name!r} cannot be read: {error.strerror or error}", "a rubric file") from None
    except UnicodeDecodeError as error:
        raise NoRubric(f"{name!r} cannot be read: byte {error.start} is not UTF-8", "a rubric file") from None


@lru_cache(maxsize=64)
def read_rubric(text: str, file: str) -> Rubric:
    """Return the rubric that a file's content is.

    Args:
        text: The content.
        file: The file, for messages.

    Raises:
        InputError: all that is wrong with it, one line each.
    """
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(Problem(where=file, what=f"is not TOML: {error}")) from None
    try:
        rubric = Rubric.model_validate(raw)
    except ValidationError as error:
        raise InputError(problems_of(error, file, "", Rubric)) from None
    found = [Problem(where=f"{file}: {key}", what=what, expected=expected) for key, what, expected in _faults(rubric)]
    what = unfit(raw)
    found += [Problem(where=file, what=what)] if what else []
    if found:
        raise InputError(found)
    return rubric


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob(f"*{ENDING}")) if folder.is_dir() else []


def _path(name: str, workspace: Workspace | None) -> Path:
    if name.endswith(ENDING):
        if workspace is None:
            raise NoRubric(f"{name!r} is a path, and there is no workspace", "the name of a shipped rubric")
        return workspace.path(name)
    own, shipped = _names(workspace.folder / OWN) if workspace else [], shipped_rubrics()
    if name in own and name in shipped:
        raise NoRubric(f"{name!r} is a shipped rubric and {rubric_file(name)} as well", "another name, or the path of the file")
    if name in shipped:
        return SHIPPED / f"{name}{ENDING}"
    if name in own and workspace:
        return workspace.folder / rubric_file(name)
    raise NoRubric(*unknown_name("rubric", name, [*own, *shipped]))


Fault = tuple[str, str, str]
"""Key, what is wrong, and what was expected."""


def _faults(rubric: Rubric) -> Iterator[Fault]:
    if not rubric.instructions.strip():
        yield "instructions", "empty", "what to judge, and how"
    if len(set(rubric.sees)) < len(rubric.sees):
        yield "sees", f"{', '.join(rubric.sees)}: one stands twice", "each part once"
    yield from _name_faults(rubric)
    yield from _score_faults(rubric)
    for place, shot in enumerate(rubric.examples):
        yield from _shot_faults(rubric, shot, f"examples[{place}]")


def _name_faults(rubric: Rubric) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for place, name in enumerate(rubric.names):
        key = f"choices[{place}].name"
        if not folded(name) or name != name.strip():
            yield key, f"{name!r} is empty, nothing but marks, or starts or ends with a blank", "a name"
        elif len(name) > LONGEST_NAME:
            yield key, f"{name!r} has {len(name)} characters", f"at most {LONGEST_NAME}; what it means stands in means"
        elif not name.isprintable():
            yield key, f"{name!r} holds a line break or a control character", "a name on one line"
        elif folded(name) in seen:
            yield key, f"{name!r} and {seen[folded(name)]!r} are the same", "names that differ in more than case and marks"
        seen.setdefault(folded(name), name)


def _score_faults(rubric: Rubric) -> Iterator[Fault]:
    scores = [one.score for one in rubric.choices]
    if len(scores) < 2:
        yield "choices", f"the menu has {'one entry' if scores else 'no entries'}", "at least two"
    elif rubric.is_pairwise:
        if sorted(scores) not in ([0, 1], [0, 0.5, 1]):
            what = f"the scores are {', '.join(f'{score:g}' for score in scores)}"
            yield "choices", what, "one 1 (the first is better), one 0 (the second is), and at most one 0.5 (a tie)"
    elif len(set(scores)) < 2:
        yield "choices", f"all have the score {scores[0]:g}", "at least two different scores"
    elif rubric.kind == "scale" and scores not in (sorted(scores), sorted(scores, reverse=True)):
        yield "choices", "the scores go up and down", "a scale in order, from the lowest to the highest"


def _shot_faults(rubric: Rubric, shot: Shot, where: str) -> Iterator[Fault]:
    if shot.choice not in rubric.names:
        yield f"{where}.choice", f"{shot.choice!r} is not in the menu", f"one of {', '.join(rubric.names)}"
    for name in ("answer", "first", "second"):
        held, is_wanted = getattr(shot, name), (name == "answer") != rubric.is_pairwise
        if (held is not None) != is_wanted:
            what = "missing" if is_wanted else f"given in a rubric of kind {rubric.kind!r}"
            yield f"{where}.{name}", what, "first and second" if rubric.is_pairwise else "one answer"
    for part in ("input", "expected", "context"):
        held = getattr(shot, part)
        if (held is None) == (part in rubric.sees):
            what = "missing, and the judge sees it" if held is None else "given, and the judge does not see it"
            yield f"{where}.{part}", what, f"what sees names: {', '.join(rubric.sees) or 'nothing'}"
        try:
            canonical_json(held)
        except ValueError:
            yield f"{where}.{part}", "holds NaN or an infinite number", "a value that JSON can hold"
