"""What `check` says of criteria on a judge's marks: it plans nothing as if the judge made no error."""

from dataclasses import fields
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from tuneproof.core.requirement import Design, EvalsetOutline
from tuneproof.criteria.judge_agreement import JudgeAgreement
from tuneproof.criteria.non_inferiority import NonInferiority
from tuneproof.criteria.superiority import Superiority
from tuneproof.criteria.threshold import Threshold
from tuneproof.pipeline.prospects import Prospect, prospects
from tuneproof.stages.register import register
from tuneproof.terminal_forecast import print_prospects


def looked(*criteria: Any, n: int = 200, n_clusters: int | None = None) -> tuple[Prospect, ...]:
    """Return what criteria can show on n examples in two slices that a judge or an exact grader marks."""
    outline = EvalsetOutline(
        role="target",
        n=n,
        n_clusters=n_clusters or n,
        slices={"en": n - 15, "de": 15},
        graders=("label", "voice"),
        has_own=True,
        only_grader="voice",
        judged=frozenset({"voice"}),
    )
    design = Design(
        candidates=("tuned",),
        baselines=("prompted",),
        evalsets={"target": outline},
        alpha=0.05,
        expected_lift=0.1,
        expected_discordance=0.2,
    )
    return prospects(register(criteria, design), design)


BETTER = Superiority(name="better", evalset="target")
GUARDED = NonInferiority.model_validate(
    {"name": "safe", "evalset": "target", "margin": 0.1, "slices": {"mode": "guard", "margin": 0.1}}
)


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (BETTER, "at least 50 of these 200 examples; from 20 on the labels decide alone"),
        (Threshold(name="level", evalset="target", grader="voice", at_least=0.8), "at least 50 of these 200 examples"),
        (
            JudgeAgreement(name="agrees", evalset="target", grader="voice", at_least=0.5),
            "at least 20 labelled answers, and more of them for a bar that is near",
        ),
    ],
)
def test_judged_criteria_depend_on_labels(criterion: Any, words: str) -> None:
    """No size, no power and no number of examples: they would be those of a judge without error."""
    (found,) = looked(criterion)
    sizes = {"discordance", "detectable", "detectable_clustered", "assumed", "power", "needed_n", "visible_drop", "never_go"}
    assert found.judged
    assert found.sentence.startswith(f"depends on people's labels: {words}")
    assert {getattr(found, one.name) for one in fields(found) if one.name in sizes} == {None}


@pytest.mark.parametrize(
    ("n", "n_clusters", "words"),
    [
        (40, None, "at least 20 of these 40 examples, and the labels decide alone"),
        (18, None, "never GO: 18 examples are fewer than 20"),
        (60, 5, "never GO: 5 clusters are fewer than 6"),
    ],
)
def test_small_evalsets_are_judged_by_people_alone(n: int, n_clusters: int | None, words: str) -> None:
    """And sizes at which no labels help are said before anybody labels."""
    (found,) = looked(BETTER, n=n, n_clusters=n_clusters)
    assert words in found.sentence


def test_other_criteria_are_planned_as_before() -> None:
    """A count of answers, and a grader that asks nobody."""
    (found,) = looked(BETTER.model_copy(update={"grader": "label"}))
    assert (found.judged, found.needed_n) == (False, 122)


def test_guards_say_how_many_labels_each_slice_takes() -> None:
    """Not how small a drop the judge alone would see."""
    found = looked(GUARDED)
    guards = {one.slice: one.sentence for one in found if one.mode == "guard"}
    assert guards["de"] == "depends on people's labels: at least 15 of these 15 examples, and the labels decide alone"
    told = StringIO()
    print_prospects(found, Console(file=told, width=200))
    assert guards["de"] in told.getvalue()
    assert "none at all" not in told.getvalue()
