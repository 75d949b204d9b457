"""Small tables of judged answers, built by hand, for the tests of calibration."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tuneproof.core.judging import NOT_JUDGED, Choice, Chosen
from tuneproof.stages.calibrate import Calibration
from tuneproof.stages.tabulate import Column, Menu, People, Tables
from tuneproof.stats.arrays import FloatArray, IntArray
from tuneproof.stats.table import ScoreTable

KEY = ("target", "voice")
"""The evalset and the grader of all tables here."""

YES_NO = (Choice(name="wrong", score=0.0), Choice(name="right", score=1.0))
SCALE = tuple(Choice(name=str(step), score=(step - 1) / 4) for step in range(1, 6))
PAIRS = (Choice(name="first", score=1.0), Choice(name="second", score=0.0), Choice(name="tie", score=0.5))


def menu(choices: Sequence[Choice] = YES_NO, **changes: Any) -> Menu:
    """Return a menu of one judge that looks at one answer."""
    settings = {"is_ordinal": False, "against": None, "judges": ("gpt",)}
    return Menu(choices=tuple(choices), **{**settings, **changes})


def ground(**changes: Any) -> Calibration:
    """Return what is known beside the tables: a candidate and a baseline of different families."""
    settings: dict[str, Any] = {
        "alpha": 0.05,
        "rubrics": {"voice": "brand-voice"},
        "candidates": ("tuned",),
        "baselines": ("prompted",),
        "models": {"gpt": "gpt-5.4", "claude": "claude-4", "tuned": "ours", "prompted": "qwen-3"},
    }
    return Calibration(**{**settings, **changes})


def tables(
    held: Menu,
    systems: Sequence[str],
    readings: Mapping[str, Any],
    people: Mapping[str, Any] | None = None,
    *,
    chosen: Chosen = "drawn",
    **table: Any,
) -> Tables:
    """Return tables of one grader on one evalset.

    Args:
        held: The menu.
        systems: Names.
        readings: Name of a count to [systems][examples] (one repeat), or [systems][examples][repeats].
        people: Rater to choices, likewise; None where nobody labelled.
        chosen: How the labelled answers were chosen.
        **table: `clusters`, `slices`; `marks` where they do not follow from the first judge's given choice.
    """
    counts = {name: _cube(values) for name, values in readings.items()}
    shape = next(iter(counts.values())).shape
    marks = _marks(held, systems, table.pop("marks", None), counts)
    labels = None if people is None else np.stack([_cube(values) for values in people.values()])
    column = Column(
        scores=_table(held, systems, marks, table),
        asked=np.ones(shape[1], dtype=bool),
        ungradable=np.isnan(marks).any(axis=2),
        measures={},
        gold=None,
        fields=None,
        predicted=None,
        readings=counts,
    )
    told = None
    if labels is not None and people is not None:
        said = np.where(labels >= 0, _worth(held, np.maximum(labels, 0)), np.nan)
        several = np.isnan(said).all(axis=0)
        mean = np.where(several, np.nan, np.nansum(said, axis=0) / np.maximum((labels >= 0).sum(axis=0), 1))
        scores = _table(held, systems, _of_reference(held, systems, mean), table)
        told = People(raters=tuple(people), choices=labels, scores=scores, chosen=chosen)
    return Tables(
        columns={KEY: column},
        absent={KEY[0]: np.zeros(shape[:2], dtype=bool)},
        systems=tuple(systems),
        unmarked={KEY: (int(np.isnan(marks).sum()), "no choice")},
        people={KEY: told},
        menus={KEY: held},
    )


def _cube(values: Any) -> IntArray:
    cube = np.array(values, dtype=np.int64)
    return cube[:, :, None] if cube.ndim == 2 else cube


def _worth(held: Menu, choices: IntArray) -> FloatArray:
    scores = np.array([choice.score for choice in held.choices])[choices]
    return scores if held.against is None else 1.0 - scores


def _marks(held: Menu, systems: Sequence[str], given: Any, counts: Mapping[str, IntArray]) -> FloatArray:
    if given is not None:
        marks = np.array(given, dtype=np.float64)
        marks = marks[:, :, None] if marks.ndim == 2 else marks
    else:
        first = counts[f"choice:given:{held.judges[0]}"]
        marks = np.where(first >= 0, _worth(held, np.maximum(first, 0)), np.nan)
    return _of_reference(held, systems, marks)


def _of_reference(held: Menu, systems: Sequence[str], marks: FloatArray) -> FloatArray:
    if held.against is not None:
        marks[systems.index(held.against)] = 0.5
    return marks


def _table(held: Menu, systems: Sequence[str], marks: FloatArray, given: Mapping[str, Any]) -> ScoreTable:
    n = marks.shape[1]
    return ScoreTable(
        systems=tuple(systems),
        example_ids=tuple(str(i) for i in range(n)),
        values=np.nan_to_num(marks),
        graded=~np.isnan(marks),
        repeats=np.full(len(systems), marks.shape[2], dtype=np.int64),
        clusters=np.array(given.get("clusters", range(n)), dtype=np.int64),
        slices=given.get("slices", {}),
    )


UNSEEN = NOT_JUDGED
"""A label that is not there."""
