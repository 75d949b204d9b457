"""label_f1."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.metrics import f1_score

from tuneproof.core.protocols import CorpusMarker, GradingContext, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders.label_f1 import LabelF1, LabelMarker

MarkOne = Callable[..., Grade]
LABELS = ("bill", "card", "login", "never")


def ready(workspace: Workspace, labels: tuple[str, ...] = LABELS, **settings: Any) -> LabelMarker:
    """Return a marker for the labels."""
    marker = LabelF1.model_validate(settings).ready(GradingContext(workspace=workspace, labels=labels))
    assert isinstance(marker, LabelMarker)
    return marker


@pytest.mark.parametrize(
    ("settings", "answer", "value", "stats"),
    [
        ({}, " card", 1.0, {"gold": 1.0, "predicted": 1.0}),
        ({}, "bill", 0.0, {"gold": 1.0, "predicted": 0.0}),
        ({}, "Card", 0.0, {"gold": 1.0, "predicted": -1.0}),
        ({"normalize": ["casefold", "punctuation", "strip"]}, "Card.", 1.0, {"gold": 1.0, "predicted": 1.0}),
        ({"extract": {"after": "A:"}}, "card", 0.0, {"gold": 1.0, "predicted": -1.0}),
        ({"labels": ["card", "bill"]}, "card", 1.0, {"gold": 0.0, "predicted": 0.0}),
        ({}, "", 0.0, {"gold": 1.0, "predicted": -1.0}),
    ],
)
def test_an_answer_is_right_or_wrong_and_counted(
    mark: MarkOne, settings: dict[str, Any], answer: str, value: float, stats: dict[str, float]
) -> None:
    """An answer that is none of the labels is counted as unparsed, never as some label."""
    grade = mark(LabelF1.model_validate(settings), answer, "card", labels=LABELS)
    assert (grade.value, grade.stats) == (value, stats)


def test_an_unknown_label_says_so(mark: MarkOne) -> None:
    """The reader can tell a wrong label from no label."""
    assert mark(LabelF1(), "cards", "card", labels=LABELS).reason == "none of the labels: answered 'cards'"


def test_its_marker_is_a_corpus_marker(workspace: Workspace) -> None:
    """The statistics see the metric, not a mean."""
    assert isinstance(ready(workspace), CorpusMarker)
    assert LabelF1.corpus


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", "class"])
@pytest.mark.parametrize("n", [1, 5, 200])
def test_the_metric_equals_scikit_learn(workspace: Workspace, average: str, n: int) -> None:
    """Every average, with unparsed answers and with a label that no example has."""
    random = np.random.default_rng(20261120 + n)
    settings = {"average": average, **({"label": "card"} if average == "class" else {})}
    for _ in range(20):
        gold, predicted = random.integers(0, 3, n), random.integers(0, 5, n)
        confusion = np.zeros((4, 5))
        np.add.at(confusion, (gold, predicted), 1.0)
        reference = f1_score(gold, predicted, labels=range(4), average=None if average == "class" else average, zero_division=0)
        expected = reference[1] if average == "class" else reference
        assert ready(workspace, **settings).metric(confusion) == pytest.approx(float(expected), abs=1e-12)


def test_the_metric_of_nothing_is_zero(workspace: Workspace) -> None:
    """Nothing to divide by is 0, not NaN."""
    for settings in ({}, {"average": "micro"}, {"average": "weighted"}, {"average": "class", "label": "card"}):
        assert ready(workspace, **settings).metric(np.zeros((4, 5))) == 0.0


def test_the_report_has_a_line_for_each_label(workspace: Workspace) -> None:
    """Precision, recall, F1 and support by hand: of three cards two were found, of three answers `card` two were right."""
    confusion = np.array([[3.0, 1, 0, 0, 0], [0, 2, 0, 0, 1], [0, 0, 0, 0, 2], [0, 0, 0, 0, 0]])
    lines = ready(workspace).report(confusion)
    assert [line.label for line in lines] == list(LABELS)
    assert (lines[1].precision, lines[1].recall, lines[1].support) == (pytest.approx(2 / 3), pytest.approx(2 / 3), 3.0)
    assert (lines[2].f1, lines[3].support) == (0.0, 0.0)


def test_the_report_of_nothing_is_zeros(workspace: Workspace) -> None:
    """No answers, no crash."""
    assert {line.f1 for line in ready(workspace).report(np.zeros((4, 5)))} == {0.0}


@pytest.mark.parametrize(
    ("settings", "expected", "labels", "said"),
    [
        ({}, None, LABELS, "expected is missing"),
        ({}, "cash", LABELS, "expected 'cash' is none of the labels"),
        ({}, ["card", "bill"], LABELS, "expected holds 2 answers (one label)"),
        ({}, "card", (), "there are no labels"),
        ({"normalize": ["casefold"]}, "a", ("a", "A"), "labels 'a' and 'A' are the same after normalize"),
        ({"average": "class", "label": "x"}, "card", LABELS, "'x' is none of the labels"),
    ],
)
def test_examples_that_cannot_be_marked_are_named(
    objection: Callable[..., str | None], settings: dict[str, Any], expected: Any, labels: tuple[str, ...], said: str
) -> None:
    """Labels and expected values must fit before anything is spent."""
    assert (objection(LabelF1.model_validate(settings), expected, labels) or "").startswith(said)


def test_label_and_average_go_together(workspace: Workspace) -> None:
    """One without the other is refused; labels that cannot be told apart are a problem of the settings."""
    for settings in ({"average": "class"}, {"label": "x"}):
        with pytest.raises(ValidationError):
            LabelF1.model_validate(settings)
    problems = LabelF1.model_validate({"labels": ["a", "a "]}).problems("graders.f", workspace)
    assert [problem.where for problem in problems] == ["graders.f.labels"]
