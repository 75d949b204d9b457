"""Right if the answer contains the expected text: any of several, or all of them."""

from typing import ClassVar, Literal

from pydantic import Field

from tuneproof.core.errors import Problem
from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Marker, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders._extract import finder
from tuneproof.graders._text import TextGrader, TextMarker, Texts, acceptable, right_or_wrong


class Contains(TextGrader):
    """Looks for texts in the answer."""

    yes_no: ClassVar[bool] = True

    mode: Literal["any", "all"] = "any"
    """Whether one of the texts is enough."""
    case_sensitive: bool = False
    """Whether capitals count."""
    whole_words: bool = False
    """Whether a text must not begin or end within a word: `cat` is not in `category`."""
    texts: Texts | None = Field(None, min_length=1)
    """The texts; None: those of `expected`."""

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types."""
        empty = self.texts is not None and not all(text.strip() for text in self.texts)
        found = [Problem(where=f"{where}.texts", what="an empty text, which every answer contains")] if empty else []
        return super().problems(where, workspace) + found

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready."""
        return TextMarker(find=finder(self.extract), judge=self._judge, objection=self._objection)

    def _judge(self, found: str | None, example: Example) -> Grade:
        if found is None:
            return right_or_wrong(False, None)
        answer = self._folded(found)
        missing = [text for text in self._wanted(example) if not self._holds(answer, self._folded(text))]
        right = not missing if self.mode == "all" else len(missing) < len(self._wanted(example))
        return right_or_wrong(right, found)

    def _objection(self, example: Example) -> str | None:
        texts = self._wanted(example)
        if isinstance(texts, str):
            return texts
        return None if all(text.strip() for text in texts) else "expected is an empty text, which every answer contains"

    def _wanted(self, example: Example) -> tuple[str, ...] | str:
        return acceptable(example.expected) if self.texts is None else self.texts

    def _folded(self, text: str) -> str:
        return text if self.case_sensitive else text.casefold()

    def _holds(self, answer: str, text: str) -> bool:
        if not self.whole_words:
            return text in answer
        place = answer.find(text)
        while place >= 0:
            if not _joined(answer, place) and not _joined(answer, place + len(text)):
                return True
            place = answer.find(text, place + 1)
        return False


def _joined(text: str, place: int) -> bool:
    """Return whether the characters before and at `place` belong to one word."""
    return 0 < place < len(text) and _in_word(text[place - 1]) and _in_word(text[place])


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"


PLUGIN: type[Grader] = Contains
