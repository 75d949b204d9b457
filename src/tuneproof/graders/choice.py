"""Multiple choice: right if the answer declares the right option, by its label or by its words."""

from collections.abc import Mapping
from string import ascii_uppercase
from typing import Any, ClassVar

from tuneproof.core.errors import Problem
from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Marker, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders._choice import Options, chosen
from tuneproof.graders._extract import finder
from tuneproof.graders._text import TextGrader, TextMarker, Texts, right_or_wrong, short

META_NAMES = ("choices", "options")
"""Fields of a row that may hold its options."""


class Choice(TextGrader):
    """Reads which option an answer declares.

    The options of an example are the setting `choices`, else its field `choices` or `options` (a list of texts, called A, B,
    C, ...; an object of label to text; or an object of two lists, `label` and `text`), else the labels of the evalset.
    """

    yes_no: ClassVar[bool] = True

    choices: Texts | None = None
    """Labels of the options, such as `["A", "B", "C", "D"]`."""

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types."""
        what = None if self.choices is None else Options(self.choices).problem()
        found = [Problem(where=f"{where}.choices", what=what, expected="at least two different labels")] if what else []
        return super().problems(where, workspace) + found

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready."""
        labels = context.labels
        return TextMarker(
            find=finder(self.extract),
            judge=lambda found, example: self._judge(found, example, labels),
            objection=lambda example: self._objection(example, labels),
        )

    def _judge(self, found: str | None, example: Example, labels: tuple[str, ...]) -> Grade:
        if found is None:
            return right_or_wrong(False, None)
        options = self._options(example, labels)
        places = chosen(found, options)
        if not places:
            return Grade(value=0.0, reason=f"no option is declared in {short(found)}")
        names = ", ".join(options.labels[place] for place in sorted(places))
        if len(places) > 1:
            return Grade(value=0.0, reason=f"ambiguous: {names} are declared in {short(found)}")
        return right_or_wrong(places <= _right(example, options), names)

    def _objection(self, example: Example, labels: tuple[str, ...]) -> str | None:
        options = self._options(example, labels)
        if options.problem():
            return options.problem()
        if example.expected is None:
            return "expected is missing"
        if _right(example, options):
            return None
        return f"expected is {short(repr(example.expected))} (one of {', '.join(options.labels)}, or the text of an option)"

    def _options(self, example: Example, labels: tuple[str, ...]) -> Options:
        own = next((example.meta[name] for name in META_NAMES if name in example.meta), None)
        read = _read(own)
        if self.choices is None:
            return read or Options(labels)
        texts = read.texts if read and len(read.texts) == len(self.choices) else ()
        return Options(self.choices, texts)


def _right(example: Example, options: Options) -> set[int]:
    """Return the right options; none where an expected value is no option."""
    several = example.expected if isinstance(example.expected, list) else [example.expected]
    texts = [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in several]
    places = {options.named(text) if isinstance(text, str) else None for text in texts}
    return set() if None in places else {place for place in places if place is not None}


def _read(own: Any) -> Options | None:
    """Return the options that a row brings; None where it brings none that can be read."""
    if isinstance(own, Mapping) and isinstance(own.get("label"), list) and isinstance(own.get("text"), list):
        pairs = list(zip(own["label"], own["text"], strict=False))
    elif isinstance(own, Mapping):
        pairs = list(own.items())
    elif isinstance(own, list):
        pairs = list(zip(ascii_uppercase, own, strict=False))
    else:
        return None
    if not pairs or not all(isinstance(label, str) and isinstance(text, str) for label, text in pairs):
        return None
    return Options(tuple(label for label, _ in pairs), tuple(text for _, text in pairs))


PLUGIN: type[Grader] = Choice
