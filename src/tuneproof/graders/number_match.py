"""Right if the number in the answer equals the expected one, compared as decimals: 0.1 is 0.1."""

from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from tuneproof.core.errors import Problem
from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Marker, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders._extract import finder
from tuneproof.graders._number import EXACT, Number, last_number, whole_number_text
from tuneproof.graders._pattern import last_match, pattern_problems
from tuneproof.graders._text import TextGrader, TextMarker, right_or_wrong, short


class NumberMatch(TextGrader):
    """Reads the last number of the answer.

    Thousands separators, currency signs, decimals, `1.2e5` and `1.2 × 10^5` are understood; a fraction only where it is the
    whole answer.
    """

    yes_no: ClassVar[bool] = True

    pattern: str | None = None
    """Where the number stands: first group of the last match (re2 syntax), whose last number counts; None: anywhere."""
    tolerance: float = Field(0.0, ge=0, allow_inf_nan=False)
    """Largest absolute difference that is still right."""
    relative_tolerance: float = Field(0.0, ge=0, allow_inf_nan=False)
    """Largest difference that is still right, as a share of the expected number; the more generous of the two counts."""
    percent: Literal["as_written", "fraction"] = "as_written"
    """`as_written`: 45% is 45. `fraction`: 45% is 0.45, in the answer and in the expected number."""

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types."""
        return super().problems(where, workspace) + pattern_problems(self.pattern, f"{where}.pattern")

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready."""
        return TextMarker(find=finder(self.extract), judge=self._judge, objection=self._objection)

    def _judge(self, found: str | None, example: Example) -> Grade:
        if found is None:
            return right_or_wrong(False, None)
        place = found if self.pattern is None else last_match(self.pattern, found)
        number = None if place is None else last_number(place)
        if number is None:
            return Grade(value=0.0, reason=f"no number found in {short(found)}")
        wanted = [self._value(number) for number in _expected(example.expected) if number]
        return right_or_wrong(any(self._equal(self._value(number), value) for value in wanted), number.text)

    def _objection(self, example: Example) -> str | None:
        if example.expected is None:
            return "expected is missing"
        numbers = _expected(example.expected)
        if numbers and all(numbers):
            return None
        return f"expected is {short(repr(example.expected))} (a number, its text, or a list of them)"

    def _value(self, number: Number) -> Decimal:
        return EXACT.scaleb(number.value, -2) if number.percent and self.percent == "fraction" else number.value

    def _equal(self, answer: Decimal, wanted: Decimal) -> bool:
        if answer == wanted:
            return True
        # repr is the shortest text of a float: a tolerance of 0.1 is one tenth, as it was written.
        relative = EXACT.multiply(Decimal(repr(self.relative_tolerance)), EXACT.abs(wanted))
        allowed = max(Decimal(repr(self.tolerance)), relative)
        return allowed > 0 and EXACT.abs(EXACT.subtract(answer, wanted)) <= allowed


def _expected(expected: Any) -> list[Number | None]:
    """Return the acceptable numbers; None in the place of what is none."""
    several = expected if isinstance(expected, list) else [expected]
    return [_one(value) for value in several]


def _one(value: Any) -> Number | None:
    if isinstance(value, str):
        return whole_number_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return Number(str(number), number) if number.is_finite() else None


PLUGIN: type[Grader] = NumberMatch
