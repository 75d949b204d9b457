"""What all graders of text share: settings, the marker around a judgement, and normalisation."""

import json
import re
import string
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from tuneproof.core.errors import Problem, one_line
from tuneproof.core.example import Example
from tuneproof.core.protocols import Workspace
from tuneproof.core.score import Grade
from tuneproof.graders._extract import Extract, extract_problems

NO_ANSWER = "no answer found"
"""Reason of a wrong answer in which `extract` found nothing."""

Step = Literal["unicode", "casefold", "punctuation", "articles", "whitespace", "strip"]
"""A step of normalisation. Steps are applied in this order, however they are listed: no other order makes sense."""

Steps = Annotated[tuple[Step, ...], Field(strict=False)]
"""The type of the setting `normalize`."""
Texts = Annotated[tuple[str, ...], Field(strict=False)]
"""The type of a setting that is a list of texts."""

ARTICLES = re.compile(r"\b(?:a|an|the)\b", re.IGNORECASE)
"""English only, as in SQuAD."""


class TextGrader(BaseModel):
    """Settings that every grader of text has."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    corpus: ClassVar[bool] = False
    measures: ClassVar[tuple[str, ...]] = ()
    yes_no: ClassVar[bool] = False

    extract: Extract | None = None
    """Where the answer stands in the completion; None: the whole completion is the answer."""

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types."""
        return extract_problems(self.extract, f"{where}.extract")


@dataclass(frozen=True, slots=True)
class TextMarker:
    """A grader of text made ready: finds the answer, then judges it."""

    find: Callable[[str], str | None]
    """Finds the answer in the completion; None where it is not there."""
    judge: Callable[[str | None, Example], Grade]
    """Marks what was found; None where nothing was."""
    objection: Callable[[Example], str | None]
    """Says why an example cannot be marked; None where it can."""

    def problem(self, example: Example) -> str | None:
        """Say why this example cannot be marked at all; None where it can."""
        return self.objection(example)

    def mark(self, answer: str, example: Example) -> Grade:
        """Mark one answer."""
        return self.judge(self.find(answer), example)


def right_or_wrong(right: bool, found: str | None, stats: Mapping[str, float] | None = None) -> Grade:
    """Return the grade of a right or wrong answer; a wrong one shows what was found."""
    reason = None if right else NO_ANSWER if found is None else f"answered {short(found)}"
    return Grade(value=float(right), reason=reason, stats=stats or {})


def short(text: str) -> str:
    """Return an answer as a reason shows it: quoted, on one line, cut."""
    return f"'{one_line(text if len(text) <= 80 else text[:60] + ' ... ' + text[-10:])}'"


def acceptable(expected: Any) -> tuple[str, ...] | str:
    """Return the acceptable answers of an example as texts, or say why there are none.

    Numbers and booleans are compared as their JSON text.
    """
    if expected is None:
        return "expected is missing"
    several = expected if isinstance(expected, list) else [expected]
    if not several:
        return "expected is an empty list"
    texts = []
    for one in several:
        if not isinstance(one, str | int | float):
            return f"expected is {short(json.dumps(one, default=str))} (a text, a number, or a list of them)"
        texts.append(one if isinstance(one, str) else json.dumps(one))
    return tuple(texts)


def normalised(text: str, steps: tuple[Step, ...]) -> str:
    """Return the text after the steps, each applied at most once and in the order of `Step`."""
    if "unicode" in steps:
        text = unicodedata.normalize("NFKC", text)
    if "casefold" in steps:
        text = text.casefold()
    if "punctuation" in steps:
        text = "".join(char for char in text if not _is_punctuation(char))
    if "articles" in steps:  # an article goes with the space after it
        text = " ".join(ARTICLES.sub(" ", text).split())
    if "whitespace" in steps:
        text = " ".join(text.split())
    return text.strip() if "strip" in steps else text


@lru_cache(maxsize=4096)
def _is_punctuation(char: str) -> bool:
    """All that Unicode calls punctuation, and the ASCII symbols that SQuAD's rules remove as well."""
    return char in string.punctuation or unicodedata.category(char).startswith("P")
