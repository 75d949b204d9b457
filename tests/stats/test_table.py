"""The score table: what it refuses, and what it makes of missing answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tuneproof.stats.table import ScoreTable


def table() -> ScoreTable:
    """Two systems, three examples; the second system has two repeats and lacks one of the last example."""
    values = np.zeros((2, 3, 2))
    values[0, :, 0] = 1.0, 0.0, 0.5
    values[1] = [[1.0, 0.0], [1.0, 1.0], [0.5, 0.0]]
    graded = np.array([[[True, False]] * 3, [[True, True], [True, True], [True, False]]])
    return ScoreTable(
        systems=("prompted", "tuned"),
        example_ids=("a", "b", "c"),
        values=values,
        graded=graded,
        repeats=np.array([1, 2]),
        clusters=np.arange(3),
        slices={"short": np.array([True, False, True])},
    )


def test_bounds_set_missing_repeats_to_zero_and_to_one() -> None:
    """Only planned repeats count, and only what is missing is filled."""
    low, high = table().bounds("tuned")
    assert (low.tolist(), high.tolist()) == ([0.5, 1.0, 0.25], [0.5, 1.0, 0.75])
    assert table().bounds("prompted")[1].tolist() == [1.0, 0.0, 0.5]


def test_mean_is_over_resolved_examples() -> None:
    """The incomplete example leaves the mean, and a system without any answer has none."""
    assert table().mean("tuned") == 0.75
    empty = replace(table(), values=np.zeros((2, 3, 2)), graded=np.zeros((2, 3, 2), dtype=bool))
    assert empty.mean("tuned") is None


def test_select_keeps_every_system_on_the_same_examples() -> None:
    """Ids, clusters and slices shrink together."""
    part = table().select("short")
    assert (part.example_ids, part.clusters.tolist(), part.slices["short"].tolist()) == (("a", "c"), [0, 2], [True, True])
    assert part.bounds("tuned")[1].tolist() == [0.5, 0.75]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"values": np.full((2, 3, 2), np.nan)}, "NaN"),
        ({"values": np.full((2, 3, 2), 1.5)}, r"outside \[0, 1\]"),
        ({"values": np.ones((2, 3, 2))}, "not 0 where not graded"),
        ({"values": np.zeros((2, 4, 2))}, "do not fit"),
        ({"graded": np.zeros((2, 3, 1), dtype=bool)}, "do not fit"),
        ({"repeats": np.array([1, 3])}, "repeats"),
        ({"repeats": np.array([1])}, "do not fit"),
        ({"clusters": np.arange(4)}, "do not fit"),
        ({"slices": {"short": np.array([True])}}, "do not fit"),
        ({"example_ids": ("a", "a", "c")}, "twice"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change: dict[str, object], match: str) -> None:
    """A wrong table is a programming error, found where it is made."""
    with pytest.raises(ValueError, match=match):
        replace(table(), **change)
