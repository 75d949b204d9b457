"""Right if the answer matches a pattern (re2: linear time, whatever the pattern)."""

from typing import ClassVar, Literal

from tuneproof.core.errors import Problem
from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Marker, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders._extract import finder
from tuneproof.graders._pattern import matches_whole, pattern_problems, searches, why_not
from tuneproof.graders._text import TextGrader, TextMarker, acceptable, right_or_wrong


class Regex(TextGrader):
    """Matches the answer against a pattern: the setting, or else the expected value of each example."""

    yes_no: ClassVar[bool] = True
    describes: ClassVar[bool] = True

    pattern: str | None = None
    """The pattern, re2 syntax (`(?i)`, `(?s)` and `(?m)` at its start); None: `expected` is the pattern, or a list of them."""
    match: Literal["search", "full"] = "search"
    """Whether the pattern may match anywhere, or must match the whole answer."""

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types."""
        return super().problems(where, workspace) + pattern_problems(self.pattern, f"{where}.pattern")

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready."""
        return TextMarker(find=finder(self.extract), judge=self._judge, objection=self._objection)

    def _judge(self, found: str | None, example: Example) -> Grade:
        matches = searches if self.match == "search" else matches_whole
        return right_or_wrong(found is not None and any(matches(one, found) for one in self._patterns(example)), found)

    def _objection(self, example: Example) -> str | None:
        patterns = self._patterns(example)
        if isinstance(patterns, str):
            return patterns
        return next((f"expected: {what}" for what in map(why_not, patterns) if what), None)

    def _patterns(self, example: Example) -> tuple[str, ...] | str:
        return acceptable(example.expected) if self.pattern is None else (self.pattern,)


PLUGIN: type[Grader] = Regex
