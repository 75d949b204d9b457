"""Graders whose `expected` describes an answer: what they expect cannot be tried on them as an answer."""

from typing import ClassVar, Protocol, runtime_checkable

from tuneproof.core.protocols import Grader


@runtime_checkable
class DescribingGrader(Grader, Protocol):
    """A grader whose `expected` tells what an answer is like (a pattern, constraints) and is no answer itself."""

    describes: ClassVar[bool]
    """Says so. A grader that compares answers with `expected` does not have it."""
