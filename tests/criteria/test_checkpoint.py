"""`checkpoint`: its keys, what it refuses, what its two rules say, its sentences, and what is told when it is locked."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from tests.conftest import Lab

from tuneproof.core.checkpoints import Advice
from tuneproof.core.errors import InputError
from tuneproof.core.estimate import Estimate
from tuneproof.core.requirement import Design, EvalsetOutline
from tuneproof.core.verdict import Status
from tuneproof.criteria._checkpoint_rule import advice, status_of
from tuneproof.criteria.checkpoint import CheckpointRule
from tuneproof.pipeline.assemble import assemble
from tuneproof.stats.inference import Levels, assess
from tuneproof.stats.proportion import clopper_pearson_interval

BASIC: dict[str, Any] = {"name": "early", "evalset": "dev", "below": 0.8, "at": 2}


def rule(**keys: Any) -> CheckpointRule:
    """Return a rule with some keys changed."""
    return CheckpointRule(**(BASIC | keys))


def outline(**fields: Any) -> EvalsetOutline:
    """Return a selection evalset of 100 examples with one grader."""
    basic: dict[str, Any] = {
        "role": "selection",
        "n": 100,
        "n_clusters": 100,
        "slices": {},
        "graders": ("label", "voice", "f1"),
        "has_own": True,
        "only_grader": "label",
        "judged": frozenset({"voice"}),
        "corpus": frozenset({"f1"}),
    }
    return EvalsetOutline(**(basic | fields))


def design(**fields: Any) -> Design:
    """Return a design with a selection evalset and a holdout."""
    evalsets = {"dev": outline(**fields), "target": outline(role="target")}
    return Design(
        candidates=("tuned",),
        baselines=("prompted",),
        evalsets=evalsets,
        alpha=0.05,
        expected_lift=None,
        expected_discordance=None,
    )


def estimated(k: int, n: int, **fields: Any) -> Estimate:
    """Return the level of a system with k of n right."""
    low, high = clopper_pearson_interval(k, n, 0.9)
    return replace(Estimate(value=k / n, low=low, high=high, level=0.9, method="clopper-pearson", n=n, n_missing=0), **fields)


NOTHING = Estimate(value=None, low=0.0, high=1.0, level=0.9, method="none", n=0, n_missing=100)


# -- keys --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    [
        {"below": 0.0},
        {"below": 1.01},
        {"below": float("nan")},
        {"below": "0.8"},
        {"at": 0},
        {"at": 1.5},
        {"at": True},
        {"rule": "guess"},
        {"unclear": "stop"},
        {"margin": 0.1},
        {"at_least": 0.8},
    ],
)
def test_wrong_keys_and_values_are_refused(keys: dict[str, Any]) -> None:
    """By type and range."""
    with pytest.raises(ValidationError):
        rule(**keys)


@pytest.mark.parametrize("key", ["below", "at", "evalset", "name"])
def test_keys_that_must_be_there(key: str) -> None:
    """A bar and a checkpoint are never assumed."""
    with pytest.raises(ValidationError):
        CheckpointRule(**{name: held for name, held in BASIC.items() if name != key})


PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "abort": (
        {"abort": True},
        "c.abort: abort is not for a checkpoint rule, which ends its candidate by itself (a rule without this key); "
        'on_failure = "report" lets it inform only',
    ),
    "abort = false": (
        {"abort": False},
        "c.abort: abort is not for a checkpoint rule, which ends its candidate by itself (a rule without this key); "
        'on_failure = "report" lets it inform only',
    ),
    "unknown evalset": ({"evalset": "deb"}, "c.evalset: unknown evalset 'deb', did you mean 'dev'? (known: dev, target)"),
    "holdout": (
        {"evalset": "target"},
        "c.evalset: evalset 'target' is part of the holdout, which no checkpoint is judged on "
        '(an evalset with role = "selection")',
    ),
    "unknown grader": (
        {"grader": "lable"},
        "c.grader: unknown grader 'lable', did you mean 'label'? (known: f1, label, voice)",
    ),
    "judge": (
        {"grader": "voice"},
        "c.grader: grader 'voice' asks a judge, whose marks show nothing before people have labelled the answers "
        "(a grader that asks no judge)",
    ),
    "judge as a point": (
        {"grader": "voice", "rule": "point"},
        "c.grader: grader 'voice' asks a judge, whose marks show nothing before people have labelled the answers "
        "(a grader that asks no judge)",
    ),
    "metric of the whole set": (
        {"grader": "f1"},
        "c.grader: grader 'f1' is a metric of the whole set, for which this rule has no exact bound "
        '(a grader that marks each answer); rule = "point" reads it as observed',
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems(name: str) -> None:
    """One line with its place each."""
    keys, expected = PROBLEMS[name]
    assert [str(problem) for problem in rule(**keys).problems("c", design())] == [expected]


@pytest.mark.parametrize("keys", [{}, {"grader": "label"}, {"grader": "f1", "rule": "point"}, {"on_failure": "report"}])
def test_no_problems(keys: dict[str, Any]) -> None:
    """On a selection evalset, with a grader that the rule can be about."""
    assert rule(**keys).problems("c", design()) == []


def test_other_criteria_read_no_selection_evalset_and_this_one_no_other(lab: Lab) -> None:
    """From the experiment file."""
    lab.evalset("target", 30)
    lab.evalset("dev", 30, role="selection")
    lab.system("prompted", "baseline", {"target": [False] * 30})
    lab.system("tuned", "candidate", {"target": [True] * 30})
    lab.criterion("checkpoint", name="early", evalset="dev", below=0.8, at=2)
    lab.criterion("superiority", evalset="target")
    bench = assemble(lab.write())
    (veto,) = [asked for asked in bench.requirements if asked.mode == "veto"]
    assert (veto.kind, veto.candidate, veto.margin, veto.quantity.threshold) == ("checkpoint", "tuned", 0.8, 0.8)
    assert (veto.quantity.evalset, veto.quantity.system, veto.can_breach) == ("dev", "tuned", False)
    lab.tables["criteria"][0]["evalset"] = "target"
    with pytest.raises(InputError, match=r"criteria\[0\]\.evalset: evalset 'target' is part of the holdout"):
        assemble(lab.write())


def test_the_requirement() -> None:
    """A level of the candidate against the bar, at alpha both ways."""
    (asked,) = rule(on_failure="report").requirements("tuned", design())
    quantity = asked.quantity
    assert (asked.criterion, asked.mode, asked.on_failure, asked.margin) == ("early", "veto", "report", 0.8)
    assert (quantity.kind, quantity.system, quantity.baseline, quantity.grader) == ("level", "tuned", None, "label")
    assert (quantity.threshold, quantity.level_met, quantity.level_breached) == (0.8, 0.05, 0.05)
    assert rule().needed_n(asked, estimated(60, 104), design()) is None


# -- what it says ------------------------------------------------------------------------------------------------------------

LOST = {"n_missing": 10}
SAID: dict[str, tuple[str, Estimate, Advice]] = {
    "shown to be below": ("bound", estimated(60, 104), "ABORT"),
    "observed below": ("bound", estimated(78, 100), "UNCLEAR"),
    "observed above": ("bound", estimated(82, 100), "UNCLEAR"),
    "shown to be above": ("bound", estimated(95, 100), "CONTINUE"),
    "too few clusters": ("bound", estimated(95, 100, blocked="TOO_FEW_CLUSTERS"), "UNCLEAR"),
    "too few clusters, far below": ("bound", estimated(60, 104, blocked="TOO_FEW_CLUSTERS"), "ABORT"),
    "no interval": ("bound", estimated(60, 104, low=0.0, high=1.0), "UNCLEAR"),
    "nothing": ("bound", NOTHING, "UNCLEAR"),
    "point below": ("point", estimated(79, 100), "ABORT"),
    "point at the bar": ("point", estimated(80, 100), "CONTINUE"),
    "point at the bar but for rounding": ("point", estimated(80, 100, value=0.7999999999999999), "CONTINUE"),
    "point above": ("point", estimated(81, 100), "CONTINUE"),
    "point of nothing": ("point", NOTHING, "UNCLEAR"),
    "point that missing answers turn": ("point", estimated(79, 100, **LOST, worst=0.72, best=0.81), "UNCLEAR"),
    "point below whatever is missing": ("point", estimated(60, 100, **LOST, worst=0.55, best=0.64), "ABORT"),
    "point above whatever is missing": ("point", estimated(95, 100, **LOST, worst=0.86, best=0.95), "CONTINUE"),
    "point with unknown ends": ("point", estimated(95, 100, **LOST), "UNCLEAR"),
}


@pytest.mark.parametrize("name", SAID)
def test_advice(name: str) -> None:
    """A bound stops what is shown to be below the bar, a point what is observed there; the unknown is UNCLEAR."""
    kind, estimate, expected = SAID[name]
    assert advice(rule(rule=kind), estimate) == expected


@pytest.mark.parametrize(
    ("said", "unclear", "status"),
    [
        ("ABORT", "continue", "breached"),
        ("ABORT", "abort", "breached"),
        ("CONTINUE", "continue", "met"),
        ("CONTINUE", "abort", "met"),
        ("UNCLEAR", "continue", "undecided"),
        ("UNCLEAR", "abort", "breached"),
    ],
)
def test_status(said: Advice, unclear: str, status: Status) -> None:
    """What UNCLEAR means is registered."""
    assert status_of(rule(unclear=unclear), said) == status


@pytest.mark.parametrize("n_missing", [0, 5])
def test_the_bound_is_the_test_that_decides(n_missing: int) -> None:
    """What the interval says is what the p-values say, for every count, with missing answers at their worst and best."""
    n, levels = 100, Levels(alpha=0.05, gamma_met=0.0005, gamma_breached=0.0005)
    for k in range(n - n_missing + 1):
        low = np.r_[np.ones(k), np.zeros(n - k)]
        high = np.r_[np.ones(k), np.zeros(n - k - n_missing), np.ones(n_missing)]
        found = assess((low, high), clusters=np.arange(n), threshold=0.8, levels=levels)
        limits = Estimate(
            value=0.5, low=found.worst.low, high=found.best.high, level=0.9, method="", n=n - n_missing, n_missing=n_missing
        )
        expected = "ABORT" if found.best.p_breached <= 0.05 else "CONTINUE" if found.worst.p_met <= 0.05 else "UNCLEAR"
        assert advice(rule(), limits) == expected


# -- sentences ---------------------------------------------------------------------------------------------------------------

HEAD = "tuned scores 0.577 at checkpoint 2 on dev (90 % interval 0.492 to 0.659, n = 104)"
TOLD: dict[str, tuple[dict[str, Any], Estimate, str]] = {
    "stop": ({}, estimated(60, 104), f"{HEAD}, shown to be below 0.8: stop"),
    "go on": (
        {},
        estimated(95, 100),
        "tuned scores 0.950 at checkpoint 2 on dev (90 % interval 0.898 to 0.980, n = 100), shown to be at least 0.8: go on",
    ),
    "unclear": (
        {},
        estimated(80, 100),
        "tuned scores 0.800 at checkpoint 2 on dev (90 % interval 0.723 to 0.863, n = 100), "
        "shown neither to be below 0.8 nor at least 0.8: go on, as registered",
    ),
    "unclear means stop": (
        {"unclear": "abort"},
        estimated(80, 100),
        "tuned scores 0.800 at checkpoint 2 on dev (90 % interval 0.723 to 0.863, n = 100), "
        "shown neither to be below 0.8 nor at least 0.8: stop, as registered",
    ),
    "point": ({"rule": "point"}, estimated(60, 104), f"{HEAD}, below 0.8: stop"),
    "point above": (
        {"rule": "point"},
        estimated(80, 100),
        "tuned scores 0.800 at checkpoint 2 on dev (90 % interval 0.723 to 0.863, n = 100), not below 0.8: go on",
    ),
    "point that missing answers turn": (
        {"rule": "point"},
        estimated(79, 100, n_missing=4, worst=0.76, best=0.8),
        "tuned scores 0.790 at checkpoint 2 on dev (90 % interval 0.712 to 0.855 whatever the missing answers were, n = 100, "
        "4 missing), below 0.8 or not, whichever the missing answers are: go on, as registered",
    ),
    "nothing": ({}, NOTHING, "nothing was measured of tuned at checkpoint 2 on dev"),
}


@pytest.mark.parametrize("name", TOLD)
def test_statements(name: str) -> None:
    """One sentence with its numbers, and what follows."""
    keys, estimate, expected = TOLD[name]
    made = rule(**keys)
    (asked,) = made.requirements("tuned", design())
    assert made.statement(asked, estimate, made.ruling(estimate)) == expected


# -- when it is locked -------------------------------------------------------------------------------------------------------

LOCKED: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = {
    "bound": (
        {},
        {},
        (
            "early: below 0.8 at checkpoint 2 on dev (100 answers), stop; the bound rule is registered",
            "truly at 0.8 it is stopped 3.4 % of the time, by the point rule 44 %",
            "truly at 0.75 it is stopped 28 % of the time, by the point rule 85 %",
            "truly at 0.85 it is stopped 0.1 % of the time, by the point rule 6.6 %",
        ),
    ),
    "point": (
        {"rule": "point"},
        {},
        (
            "early: below 0.8 at checkpoint 2 on dev (100 answers), stop; the point rule is registered",
            "truly at 0.8 it is stopped 44 % of the time, by the bound rule 3.4 %",
            "truly at 0.75 it is stopped 85 % of the time, by the bound rule 28 %",
            "truly at 0.85 it is stopped 6.6 % of the time, by the bound rule 0.1 %",
        ),
    ),
    "unclear means stop": (
        {"unclear": "abort"},
        {},
        (
            "early: below 0.8 at checkpoint 2 on dev (100 answers), stop; the bound rule is registered, unclear means stop",
            "truly at 0.8 it is stopped 95 % of the time, by the point rule 44 %",
            "truly at 0.75 it is stopped 99.8 % of the time, by the point rule 85 %",
            "truly at 0.85 it is stopped 65 % of the time, by the point rule 6.6 %",
        ),
    ),
    "clusters": (
        {"below": 1.0},
        {"n": 1, "n_clusters": 1},
        (
            "early: below 1 at checkpoint 2 on dev (1 answer), stop; the bound rule is registered",
            "truly at 1 it is stopped 0.0 % of the time, by the point rule 0.0 %",
            "truly at 0.95 it is stopped 5.0 % of the time, by the point rule 5.0 %",
        ),
    ),
    "metric of the whole set": (
        {"rule": "point", "grader": "f1"},
        {},
        (
            "early: below 0.8 at checkpoint 2 on dev (100 answers), stop, as observed; "
            "how often that errs is not known for a metric of the whole set",
        ),
    ),
}


@pytest.mark.parametrize("name", LOCKED)
def test_told_when_locked(name: str) -> None:
    """What both rules do to a checkpoint whose true level is known, the registered one first."""
    keys, fields, expected = LOCKED[name]
    assert rule(**keys).told_when_locked(design(**fields)) == expected


def test_clusters_are_told() -> None:
    """The exact figures are those of single examples."""
    told = rule().told_when_locked(design(n_clusters=12))
    assert told[-1] == "in 12 clusters: both rules err more often than these figures of single examples"
