"""What people said, as arrays that lie on those of the judges."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tuneproof.core.example import Evalset
from tuneproof.core.judging import NOT_JUDGED, Choice, Chosen, HumanLabel
from tuneproof.stages.tabulate import Frame, People
from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray

REFERENCE = 0.5
"""What the reference's answer is worth beside itself."""


def gather(
    labels: Iterable[HumanLabel],
    evalset: Evalset,
    repeats: Mapping[str, int],
    menu: Sequence[Choice],
    against: str | None,
    chosen: Chosen,
) -> People:
    """Gather the labels of one evalset into arrays.

    Args:
        labels: Those of one grader; those of other evalsets, of examples that a limit has cut off and of systems that have no
            row are passed over.
        evalset: The evalset.
        repeats: System to its number of repeats; its keys are the rows of all arrays, as in `tabulate`.
        menu: What was chosen from. Of pairs its scores are worth to the reference, which is the first in the given order.
        against: The system that pairs are formed with; None where one answer is looked at.
        chosen: How the labelled answers were chosen.

    Returns:
        Of pairs, an answer is worth 1 less the score of what was chosen, and the reference's own 0.5 everywhere.
    """
    rows = {name: row for row, name in enumerate(repeats)}
    places = {example.id: place for place, example in enumerate(evalset.examples)}
    own = [label for label in labels if label.evalset == evalset.name and label.system in rows and label.example_id in places]
    raters = {name: place for place, name in enumerate(dict.fromkeys(label.rater for label in own))}
    index = {choice.name: place for place, choice in enumerate(menu)}
    choices: IntArray = np.full((len(raters), len(rows), len(places), max(repeats.values(), default=1)), NOT_JUDGED, np.int64)
    for label in own:
        choices[raters[label.rater], rows[label.system], places[label.example_id], label.repeat] = index[label.choice]
    worth = np.array([choice.score for choice in menu])
    values, graded = _means(choices, worth if against is None else 1.0 - worth)
    if against is not None:
        row = rows[against]
        values[row, :, : repeats[against]], graded[row, :, : repeats[against]] = REFERENCE, True
    scores = Frame.of(evalset, repeats).table(values, graded)
    return People(raters=tuple(raters), choices=choices, scores=scores, chosen=chosen)


def _means(choices: IntArray, worth: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return the mean over raters of what their choices are worth, 0 where there is none, and where there is one."""
    made = choices >= 0
    count = made.sum(axis=0)
    total = np.where(made, worth[np.maximum(choices, 0)], 0.0).sum(axis=0)
    return total / np.maximum(count, 1), count > 0
