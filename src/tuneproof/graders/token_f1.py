"""Word overlap by the rules of SQuAD: F1 of the bags of words, and exact match, after SQuAD's normalisation.

Source: Rajpurkar et al. 2016, and the official evaluation script of SQuAD 2.0. Words are counted, not merely collected:
"yes yes yes no" against "yes no" is 2/3, not 1.
"""

import string
from collections import Counter
from typing import ClassVar, Literal

from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Marker
from tuneproof.core.score import Grade
from tuneproof.graders._extract import finder
from tuneproof.graders._text import ARTICLES, TextGrader, TextMarker, acceptable, right_or_wrong

NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
"""ASCII punctuation only, as in the official script: published figures depend on it."""


class TokenF1(TextGrader):
    """Compares bags of words; of several expected answers the nearest counts."""

    measures: ClassVar[tuple[str, ...]] = ("em",)

    score: Literal["f1", "em"] = "f1"
    """Which of the two is the value; both are kept."""

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready."""
        return TextMarker(find=finder(self.extract), judge=self._judge, objection=self._objection)

    def _judge(self, found: str | None, example: Example) -> Grade:
        wanted = [_tokens(text) for text in acceptable(example.expected)]
        tokens = _tokens(found or "")
        f1 = 0.0 if found is None else max(_f1(tokens, other) for other in wanted)
        em = float(found is not None and tokens in wanted)
        value = f1 if self.score == "f1" else em
        reason = right_or_wrong(False, found).reason if value < 1.0 else None
        return Grade(value=value, reason=reason, stats={"em": em, "f1": f1})

    def _objection(self, example: Example) -> str | None:
        texts = acceptable(example.expected)
        return texts if isinstance(texts, str) else None


def _tokens(text: str) -> list[str]:
    return ARTICLES.sub(" ", text.lower().translate(NO_PUNCTUATION)).split()


def _f1(answer: list[str], wanted: list[str]) -> float:
    if not answer or not wanted:
        return float(answer == wanted)
    shared = (Counter(answer) & Counter(wanted)).total()
    return 2 * shared / (len(answer) + len(wanted))


PLUGIN: type[Grader] = TokenF1
