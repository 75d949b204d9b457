"""The step that finds the answer in a completion, before anything else looks at it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tuneproof.core.errors import Problem
from tuneproof.graders._json import NotJson, as_text, at_pointer, parse, pointer_problem, unfenced
from tuneproof.graders._number import last_number
from tuneproof.graders._pattern import last_match, pattern_problems

LAST = ("last_line", "last_number")
"""The places that have a name instead of a table."""


class Place(BaseModel):
    """Where the answer stands: exactly one of `after`, `regex` and `json`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    after: str | None = Field(None, min_length=1)
    """The answer follows the last occurrence of this text, and ends with its line."""
    regex: str | None = None
    """The answer is the first group of the last match (the whole match where there is no group); re2 syntax."""
    pointer: str | None = Field(None, alias="json")
    """The answer stands at this JSON pointer of the completion, which is JSON."""
    fenced: bool = False
    """With `json`: the last ``` block of the completion counts, where it has one."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Place":
        if sum(place is not None for place in (self.after, self.regex, self.pointer)) != 1:
            raise ValueError("extract needs exactly one of after, regex and json")
        if self.fenced and self.pointer is None:
            raise ValueError("fenced goes with json only")
        return self


def _read(value: object) -> object:
    """Read tables here, so that a wrong key is reported as a wrong key and not as a failed alternative."""
    if isinstance(value, Mapping):
        return Place.model_validate(value)
    if isinstance(value, Place) or value in LAST:
        return value
    raise ValueError(f"{value!r} is no place (expected a table with after, regex or json, or one of {', '.join(LAST)})")


Extract = Annotated[Literal["last_line", "last_number"] | Place, BeforeValidator(_read)]
"""The type of the setting `extract`."""


def extract_problems(extract: str | Place | None, where: str) -> list[Problem]:
    """Return what is wrong with the setting beyond its type."""
    if not isinstance(extract, Place):
        return []
    what = None if extract.pointer is None else pointer_problem(extract.pointer)
    found = [Problem(where=f"{where}.json", what=what, expected="such as /answer or /steps/0")] if what else []
    return pattern_problems(extract.regex, f"{where}.regex") + found


def finder(extract: str | Place | None) -> Callable[[str], str | None]:
    """Return the function that finds the answer in a completion; it returns None where nothing but blanks is found."""
    if extract is None:
        return _whole
    find = _named(extract) if isinstance(extract, str) else _placed(extract)

    def found(completion: str) -> str | None:
        answer = find(completion)
        return answer if answer and not answer.isspace() else None

    return found


def _whole(completion: str) -> str | None:
    return completion


def _named(name: str) -> Callable[[str], str | None]:
    return _last_line if name == "last_line" else _last_number


def _placed(place: Place) -> Callable[[str], str | None]:
    after, regex, pointer = place.after, place.regex, place.pointer
    if after is not None:
        return lambda completion: _after(after, completion)
    if regex is not None:
        return lambda completion: last_match(regex, completion)
    return lambda completion: _at(pointer or "", unfenced(completion) if place.fenced else completion)


def _after(mark: str, completion: str) -> str | None:
    _, found, rest = completion.rpartition(mark)
    # The blank between mark and answer belongs to neither.
    return rest.replace("\r", "\n").partition("\n")[0].strip() if found else None


def _last_line(completion: str) -> str | None:
    return completion.rstrip().replace("\r", "\n").rpartition("\n")[2].strip()


def _last_number(completion: str) -> str | None:
    number = last_number(completion)
    return number.text if number else None


def _at(pointer: str, completion: str) -> str | None:
    try:
        value: Any = parse(completion)
    except NotJson:
        return None
    return as_text(at_pointer(value, pointer))
