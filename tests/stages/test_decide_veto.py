"""Vetoes: only a breach decides, read by the criterion's own rule; they share no error with the others and no family."""

from dataclasses import replace
from typing import Any

import pytest

from tuneproof.core.estimate import Estimate
from tuneproof.core.requirement import Design, EvalsetOutline
from tuneproof.core.verdict import Decision, Status
from tuneproof.criteria.checkpoint import CheckpointRule
from tuneproof.criteria.threshold import Threshold
from tuneproof.stages.decide import decide
from tuneproof.stages.register import register
from tuneproof.stats.proportion import binomial_p_above, binomial_p_below, clopper_pearson_interval

N = 100
OUTLINE = EvalsetOutline(role="target", n=N, n_clusters=N, slices={}, graders=("label",), has_own=True, only_grader="label")
DESIGN = Design(
    candidates=("tuned", "other"),
    baselines=("prompted",),
    evalsets={"dev": replace(OUTLINE, role="selection"), "target": OUTLINE},
    alpha=0.05,
    expected_lift=None,
    expected_discordance=None,
)
BAR = 0.8


def level(k: int) -> Estimate:
    """Return a level of k in 100 against the bar."""
    low, high = clopper_pearson_interval(k, N, 0.9)
    p_met, p_breached = binomial_p_above(k, N, BAR), binomial_p_below(k, N, BAR)
    return Estimate(
        value=k / N, low=low, high=high, level=0.9, method="clopper-pearson", n=N, n_missing=0, p_met=p_met,
        p_breached=p_breached, p_met_best=p_met, p_breached_worst=p_breached,
    )  # fmt: skip


NOT_ASKED = Estimate(value=None, low=0.0, high=1.0, level=0.9, method="none", n=0, n_missing=0)


def judged(early: Estimate, target: Estimate, **keys: Any) -> tuple[Decision, Status, tuple[str, ...], str]:
    """Return the decision about the first candidate, and status, reasons and statement of its veto."""
    rules = {
        "early": CheckpointRule(**({"name": "early", "evalset": "dev", "below": BAR, "at": 2} | keys)),
        "enough": Threshold(name="enough", evalset="target", at_least=BAR),
    }
    needs = register(rules.values(), DESIGN)
    evidence = {need.quantity: early if need.kind == "checkpoint" else target for need in needs}
    verdict = decide(needs, evidence, rules, DESIGN, stopped=["tuned"] if target is NOT_ASKED else ())[0]
    veto = verdict.findings[0]
    return verdict.decision, veto.status, veto.reasons, veto.statement


@pytest.mark.parametrize(
    ("k", "keys", "decision", "status", "reasons"),
    [
        (60, {}, "NO-GO", "breached", ()),
        (60, {"on_failure": "report"}, "GO", "breached", ()),
        (75, {}, "GO", "undecided", ("MORE_DATA",)),
        (75, {"unclear": "abort"}, "NO-GO", "breached", ()),
        (75, {"rule": "point"}, "NO-GO", "breached", ()),
        (80, {"rule": "point"}, "GO", "met", ()),
        (80, {}, "GO", "undecided", ("MORE_DATA",)),
        (95, {}, "GO", "met", ()),
    ],
)
def test_only_a_breach_of_a_veto_decides(
    k: int, keys: dict[str, Any], decision: Decision, status: Status, reasons: tuple[str, ...]
) -> None:
    """By the rule that is registered; all else holds no GO back."""
    assert judged(level(k), level(95), **keys)[:3] == (decision, status, reasons)


def test_an_ended_candidate_is_no_go_though_nothing_else_was_asked() -> None:
    """Its holdout was never opened."""
    assert judged(level(60), NOT_ASKED)[0] == "NO-GO"


def test_a_veto_of_which_nothing_was_measured_says_nothing() -> None:
    """Even where UNCLEAR means stop: a server that was down is no reason to drop a model."""
    assert judged(NOT_ASKED, level(95), unclear="abort")[:2] == ("GO", "undecided")


def test_the_statement_says_nothing_of_more_data() -> None:
    """What a criterion must prove needs data; a veto needs none."""
    assert judged(level(75), level(95))[3].endswith("shown neither to be below 0.8 nor at least 0.8: go on, as registered")


def test_a_veto_has_an_error_of_its_own() -> None:
    """Neither shared with the other findings nor with the other candidates, and it takes nothing from theirs."""
    early = CheckpointRule(name="early", evalset="dev", below=BAR, at=2)
    enough = Threshold(name="enough", evalset="target", at_least=BAR)
    veto, proof = register([early, enough], DESIGN)[:2]
    assert (veto.quantity.level_met, veto.quantity.level_breached) == (0.05, 0.05)
    assert (proof.quantity.level_met, proof.quantity.level_breached) == (0.025, 0.05)
