"""F1 over a fixed list of labels: a corpus metric, computed from the confusion matrix and not from a mean of marks.

The labels are fixed before any answer exists. A label that no example has counts in the macro average with F1 0, because
leaving it out would let the answers decide what is averaged; an answer that is none of the labels is counted as such (the last
column of the confusion matrix): it costs its own label recall and no other label precision.

Source: the definitions of scikit-learn's `f1_score(labels=..., zero_division=0)`, with which the tests compare every average.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from tuneproof.core.errors import Problem
from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Marker, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders._extract import finder
from tuneproof.graders._text import Steps, TextGrader, Texts, acceptable, normalised, right_or_wrong

UNPARSED = -1.0
"""`predicted` of an answer that is none of the labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReport:
    """How one label fared."""

    label: str
    """The label."""
    precision: float
    """Share of the answers with this label that are right; 0 where there is none."""
    recall: float
    """Share of the examples of this label that were answered with it; 0 where there is none."""
    f1: float
    """Harmonic mean of the two."""
    support: float
    """Examples of this label."""


class LabelF1(TextGrader):
    """F1 of labels; each single answer is right or wrong."""

    corpus: ClassVar[bool] = True

    average: Literal["macro", "micro", "weighted", "class"] = "macro"
    """Over labels: the mean, the pooled counts, the mean weighted by support, or one label alone."""
    label: str | None = None
    """The label whose F1 it is, for `average = "class"`."""
    labels: Texts | None = None
    """The labels; None: those of the evalset."""
    normalize: Steps = ("strip",)
    """Steps applied to answer and labels before they are compared, as in exact_match."""

    @model_validator(mode="after")
    def _label_goes_with_class(self) -> "LabelF1":
        if (self.label is not None) != (self.average == "class"):
            raise ValueError('label is given with average = "class", and only then')
        return self

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types."""
        found = super().problems(where, workspace)
        what = None if self.labels is None else self._labels_problem(self.labels)
        return found + ([Problem(where=f"{where}.labels", what=what)] if what else [])

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready for the labels."""
        labels = context.labels if self.labels is None else self.labels
        places = {normalised(label, self.normalize): place for place, label in enumerate(labels)}
        problem = self._labels_problem(labels)
        single = labels.index(self.label) if self.label in labels else None
        return LabelMarker(
            grader=self, find=finder(self.extract), labels=labels, places=places, single=single, labels_problem=problem
        )

    def _labels_problem(self, labels: Sequence[str]) -> str | None:
        if not labels:
            return "there are no labels"
        seen: dict[str, str] = {}
        for label in labels:
            first = seen.setdefault(normalised(label, self.normalize), label)
            if first is not label:
                return f"labels {first!r} and {label!r} are the same after normalize"
        if self.label is not None and self.label not in labels:
            return f"{self.label!r} is none of the labels ({', '.join(labels)})"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMarker:
    """`label_f1` made ready for one list of labels."""

    grader: LabelF1
    """The settings."""
    find: Callable[[str], str | None]
    """Finds the answer in the completion."""
    labels: tuple[str, ...]
    """The K labels."""
    places: dict[str, int]
    """Normalised label to its index."""
    single: int | None
    """Index of the one label that counts; None where all do."""
    labels_problem: str | None
    """What is wrong with the labels; None where they are fine."""

    def problem(self, example: Example) -> str | None:
        """Say why this example cannot be marked at all; None where it can."""
        if self.labels_problem:
            return self.labels_problem
        texts = acceptable(example.expected)
        if isinstance(texts, str):
            return texts
        if len(texts) > 1:
            return f"expected holds {len(texts)} answers (one label)"
        known = self._place(texts[0]) is not None
        return None if known else f"expected {texts[0]!r} is none of the labels ({', '.join(self.labels)})"

    def mark(self, answer: str, example: Example) -> Grade:
        """Mark one answer: right or wrong, and which label was which."""
        return self._judge(self.find(answer), example)

    def metric(self, confusion: Any) -> float:
        """Return the F1 of a confusion matrix in closed form.

        Args:
            confusion: float64[K, K + 1], counts or weights; rows gold, columns predicted, last column unparsed.

        Returns:
            In [0, 1]; 0 where there is nothing to divide by, as `zero_division=0` has it.
        """
        import numpy as np

        count = len(self.labels)
        hits = np.diagonal(confusion[:, :count])
        gold, predicted = confusion.sum(axis=1), confusion[:, :count].sum(axis=0)
        if self.grader.average == "micro":
            return _ratio(2 * float(hits.sum()), float(gold.sum() + predicted.sum()))
        scores = np.divide(2 * hits, gold + predicted, out=np.zeros(count), where=gold + predicted > 0)
        if self.grader.average == "weighted":
            return _ratio(float(scores @ gold), float(gold.sum()))
        return float(scores.mean() if self.single is None else scores[self.single])

    def report(self, confusion: Any) -> list[LabelReport]:
        """Return precision, recall, F1 and support of each label, through scikit-learn, for display.

        Args:
            confusion: float64[K, K + 1], as for `metric`.
        """
        import numpy as np
        from sklearn.metrics import precision_recall_fscore_support

        gold, predicted = np.nonzero(confusion)
        if not len(gold):
            return [LabelReport(label=label, precision=0.0, recall=0.0, f1=0.0, support=0.0) for label in self.labels]
        columns = precision_recall_fscore_support(
            gold, predicted, labels=range(len(self.labels)), sample_weight=confusion[gold, predicted], zero_division=0
        )
        return [
            LabelReport(label=label, precision=float(p), recall=float(r), f1=float(f), support=float(s))
            for label, p, r, f, s in zip(self.labels, *columns, strict=True)
        ]

    def _judge(self, found: str | None, example: Example) -> Grade:
        gold = self._place(acceptable(example.expected)[0])
        predicted = None if found is None else self._place(found)
        stats = {"gold": float(gold or 0), "predicted": UNPARSED if predicted is None else float(predicted)}
        if found is not None and predicted is None:
            wrong = right_or_wrong(False, found, stats)
            return Grade(value=0.0, reason=f"none of the labels: {wrong.reason}", stats=stats)
        return right_or_wrong(predicted is not None and predicted == gold, found, stats)

    def _place(self, text: str) -> int | None:
        return self.places.get(normalised(text, self.grader.normalize))


def _ratio(over: float, under: float) -> float:
    return over / under if under > 0 else 0.0


PLUGIN: type[Grader] = LabelF1
