"""Right if the answer equals an acceptable one, after the same normalisation of both."""

from typing import ClassVar

from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Marker
from tuneproof.core.score import Grade
from tuneproof.graders._extract import finder
from tuneproof.graders._text import Steps, TextGrader, TextMarker, acceptable, normalised, right_or_wrong


class ExactMatch(TextGrader):
    """Compares texts. A list of acceptable answers is any-of; numbers and booleans are compared as their JSON text."""

    yes_no: ClassVar[bool] = True

    normalize: Steps = ("strip",)
    """Steps applied to both sides: unicode (NFKC), casefold, punctuation, articles, whitespace, strip, in this order.

    The default forgives blanks around the answer, the one difference that never means anything; `[]` forgives nothing.
    """

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready."""
        return TextMarker(find=finder(self.extract), judge=self._judge, objection=self._objection)

    def _judge(self, found: str | None, example: Example) -> Grade:
        texts = acceptable(example.expected)
        right = found is not None and normalised(found, self.normalize) in {normalised(text, self.normalize) for text in texts}
        return right_or_wrong(right, found)

    def _objection(self, example: Example) -> str | None:
        texts = acceptable(example.expected)
        if isinstance(texts, str):
            return texts
        # An answer without content must not be right because the expected one lost its own: label "A", step "articles".
        lost = next((text for text in texts if text and not normalised(text, self.normalize)), None)
        return None if lost is None else f"expected {lost!r} is empty after normalize"


PLUGIN: type[Grader] = ExactMatch
