"""Decisions about what a judge marked: labels before examples, a barred judge decides nothing, the instrument makes no GO."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from tuneproof.core.estimate import Calibration, Estimate, Judged, Quantity
from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, EvalsetOutline
from tuneproof.core.verdict import Finding, Judgement, LockState, Verdict
from tuneproof.criteria.judge_agreement import JudgeAgreement
from tuneproof.criteria.non_inferiority import NonInferiority
from tuneproof.criteria.superiority import Superiority
from tuneproof.criteria.threshold import Threshold
from tuneproof.pipeline.schemas import verdict_schema
from tuneproof.stages._findings import view
from tuneproof.stages.decide import decide, overall
from tuneproof.stages.register import register

AGREES = JudgeAgreement(name="agrees", evalset="target", grader="voice", at_least=0.5)
BETTER = Superiority(name="better", evalset="target", grader="voice")
LEVEL = Threshold(name="level", evalset="target", grader="label", at_least=0.8)
GUARDED = NonInferiority.model_validate(
    {"name": "safe", "evalset": "target", "grader": "voice", "margin": 0.1, "slices": {"mode": "guard", "margin": 0.1}}
)


def outline(**changes: Any) -> EvalsetOutline:
    """Return an evalset of 200 examples that a judge or an exact grader can mark."""
    held = EvalsetOutline(
        role="target",
        n=200,
        n_clusters=200,
        slices={"en": 100, "de": 100},
        graders=("label", "voice"),
        has_own=False,
        only_grader=None,
        judged=frozenset({"voice"}),
    )
    return replace(held, **changes)


def design(*candidates: str, **changes: Any) -> Design:
    """Return a design with two evalsets."""
    return Design(
        candidates=candidates or ("tuned",),
        baselines=("prompted",),
        evalsets={"target": outline(**changes), "other": outline(**changes)},
        alpha=0.05,
        expected_lift=0.1,
        expected_discordance=None,
    )


def known(
    value: float = 0.2, p_met: float = 0.001, p_breached: float = 0.999, calibration: Calibration | None = None, **more: Any
) -> Estimate:
    """Return an estimate over 200 examples, of which people labelled 80 where a judge marked them."""
    judged = calibration and Judged(calibration=calibration, n_human=80, raw_value=0.3, raw_low=0.2, raw_high=0.4)
    held = Estimate(
        value=value,
        low=value - 0.1,
        high=value + 0.1,
        level=0.9,
        method="ppi++",
        n=200,
        n_missing=0,
        p_met=p_met,
        p_breached=p_breached,
        p_met_best=p_met,
        p_breached_worst=p_breached,
        judged=judged or None,
    )
    return replace(held, **more)


GOOD, BAD = known(0.7), known(0.2, p_met=1.0, p_breached=0.0001)
"""A judge that agrees with people, and one that does not."""
CORRECTED = known(calibration="corrected")
UNLABELLED = known(
    p_met=1.0,
    p_breached=1.0,
    calibration="judge-only",
    blocked="TOO_FEW_HUMAN_LABELS",
    blocked_because="no answer is labelled by people",
)


def verdicts(held: Mapping[Criterion, Estimate], made: Design | None = None) -> tuple[Verdict, ...]:
    """Decide on criteria whose quantities all have the same estimate."""
    made = made or design()
    needs = register(held, made)
    evidence: dict[Quantity, Estimate] = {}
    by_name = {criterion.name: criterion for criterion in held}
    for need in needs:
        for quantity in filter(None, (need.quantity, need.alarm)):
            evidence[quantity] = held[by_name[need.criterion]]
    return decide(needs, evidence, by_name, made)


def found(held: Mapping[Criterion, Estimate], made: Design | None = None) -> tuple[Finding, ...]:
    """Return the findings of the first candidate."""
    return verdicts(held, made)[0].findings


def decision(held: Mapping[Criterion, Estimate]) -> str:
    """Return the decision over all candidates."""
    return overall(verdicts(held))


# -- the instrument ----------------------------------------------------------------------------------------------------------


def test_a_judge_that_agrees_lets_its_marks_decide() -> None:
    """Both are met: GO."""
    assert decision({AGREES: GOOD, BETTER: CORRECTED}) == "GO"


def test_a_judge_that_agrees_makes_no_go_by_itself() -> None:
    """It says nothing about the candidate."""
    assert [one.status for one in found({AGREES: GOOD})] == ["met"]
    assert decision({AGREES: GOOD}) == "UNDECIDED"


def test_a_judge_that_is_not_shown_to_agree_holds_the_candidate_back() -> None:
    """It asks for labels, the only thing that settles it."""
    agrees, better = found({AGREES: known(0.55, p_met=0.2), BETTER: CORRECTED})
    assert (agrees.status, agrees.reasons, better.status) == ("undecided", ("TOO_FEW_HUMAN_LABELS",), "met")
    assert "200 answers are labelled by people, and more labels are needed" in view(agrees).reasons[0]


@pytest.mark.parametrize("on_failure", ["no-go", "report"])
def test_a_breach_bars_the_judge(on_failure: str) -> None:
    """Its marks decide nothing on that evalset, also where the breach itself only informs."""
    agrees = AGREES.model_copy(update={"on_failure": on_failure})
    shown, better, level = found({agrees: BAD, BETTER: CORRECTED, LEVEL: known(0.9)})
    assert (shown.status, better.status, level.status) == ("breached", "undecided", "met")
    assert better.reasons == ("JUDGE_BARRED",)
    assert decision({agrees: BAD, BETTER: CORRECTED}) == ("NO-GO" if on_failure == "no-go" else "UNDECIDED")


def test_a_barred_finding_says_why() -> None:
    """The statement names the criterion, and so do the words for the reader."""
    better = found({AGREES: BAD, BETTER: CORRECTED})[1]
    because = "'agrees' is breached: voice is shown to agree with people too little, so that its marks decide nothing"
    assert better.statement.endswith(f"not shown to be more than zero: {because}")
    assert view(better).reasons == (f"JUDGE_BARRED: {because}",)
    assert better.needed_n is None


def test_a_barred_judge_condemns_nobody() -> None:
    """What it says against a candidate counts as little as what it says for one."""
    lost = known(-0.3, p_met=1.0, p_breached=0.0001, calibration="corrected")
    findings = found({AGREES: BAD, GUARDED: lost})
    assert {one.status for one in findings[1:]} == {"undecided"}
    assert {one.reasons for one in findings[1:]} == {("JUDGE_BARRED",)}


def test_a_judge_is_barred_on_its_evalset_only() -> None:
    """Elsewhere it may be good enough."""
    other = BETTER.model_copy(update={"name": "there", "evalset": "other"})
    assert [one.status for one in found({AGREES: BAD, BETTER: CORRECTED, other: CORRECTED})] == ["breached", "undecided", "met"]


def test_another_look_at_the_same_judge_is_not_barred() -> None:
    """It does not read the judge's marks: it measures the judge."""
    raw = JudgeAgreement(name="raw", evalset="target", grader="voice", measure="agreement", at_least=0.6)
    assert [one.status for one in found({AGREES: BAD, raw: GOOD})] == ["breached", "met"]


def test_the_instrument_is_one_reading_for_all_candidates() -> None:
    """Its p is not multiplied; the p of what candidates show still is."""
    two = design("one", "two")
    agrees, better = found({AGREES: known(0.7, p_met=0.04), BETTER: known(p_met=0.04, calibration="corrected")}, two)
    assert (agrees.status, agrees.p_value, agrees.p_adjusted) == ("met", 0.04, 0.04)
    assert better.status == "undecided"


def test_the_instrument_counts_among_what_can_breach() -> None:
    """The level of a breach is alpha over all findings that can breach, this one too."""
    needs = register([AGREES, BETTER], design())
    assert [need.quantity.level_breached for need in needs] == [0.025, 0.025]
    just = known(0.4, p_met=0.9, p_breached=0.03)
    assert found({AGREES: just, BETTER: CORRECTED})[0].status == "undecided"


@pytest.mark.parametrize(
    ("held", "statement"),
    [
        (
            known(0.61, n=120),
            "voice agrees with people on target: kappa 0.610 (90 % interval 0.510 to 0.710, 120 labelled answers), "
            "shown to be at least 0.5",
        ),
        (
            known(0.2, p_met=1.0, p_breached=0.0, n=1),
            "0.200 (90 % interval 0.100 to 0.300, 1 labelled answer), shown to be below",
        ),
        (
            known(0.55, p_met=0.2, n_missing=4),
            "whatever the missing choices of the judge were, 200 labelled answers, 4 missing)",
        ),
        (
            known(value=0.0, n=0, blocked="TOO_FEW_HUMAN_LABELS", blocked_because="none is labelled"),
            "nothing was measured of how far voice agrees with people on target: none is labelled",
        ),
    ],
)
def test_the_instrument_in_one_sentence(held: Estimate, statement: str) -> None:
    """The measure, its interval, the labels behind it, and what they show."""
    held = held if held.n else replace(held, value=None, p_met=1.0, p_breached=1.0)
    assert statement in found({AGREES: held})[0].statement


# -- labels ------------------------------------------------------------------------------------------------------------------


def test_a_judge_alone_decides_nothing() -> None:
    """However large the gain is that it sees; the finding asks for labels, not for examples."""
    better = found({BETTER: UNLABELLED})[0]
    assert (better.status, better.reasons, better.needed_n) == ("undecided", ("TOO_FEW_HUMAN_LABELS",), None)
    assert better.statement.endswith(
        "n = 200, by the judge alone), not shown to be more than zero: no answer is labelled by people"
    )


@pytest.mark.parametrize(("n_human", "reason"), [(80, "TOO_FEW_HUMAN_LABELS"), (200, "MORE_DATA")])
def test_labels_come_before_examples(n_human: int, reason: str) -> None:
    """As long as not everything is labelled, labels are what is lacking."""
    judged = Judged(calibration="corrected", n_human=n_human, raw_value=0.3, raw_low=0.2, raw_high=0.4)
    assert found({BETTER: known(p_met=0.2, judged=judged)})[0].reasons == (reason,)


def test_labels_that_are_needed_are_counted_where_they_alone_decide() -> None:
    """The spread of the labelled differences tells how many show the registered effect."""
    judged = Judged(calibration="human-only", n_human=34, raw_value=0.3, raw_low=0.2, raw_high=0.4)
    better = found({BETTER: known(0.1, p_met=0.2, judged=judged, n=34, sd=0.4, discordance=0.3, method="t+2")})[0]
    assert better.needed_n is not None
    assert f"more labelled examples needed ({better.needed_n} in all)" in view(better).reasons[0]


def test_clusters_come_before_labels() -> None:
    """Labels of one more document would help, labels of the same five would not."""
    blocked = replace(CORRECTED, blocked="TOO_FEW_CLUSTERS", blocked_because="5 clusters are fewer than 6")
    assert found({BETTER: blocked})[0].reasons == ("TOO_FEW_CLUSTERS",)


def test_a_guard_without_labels_is_not_quiet() -> None:
    """Silence of a judge that nobody checked is no evidence of no harm."""
    whole, *guards = found({GUARDED: UNLABELLED})
    assert {one.status for one in (whole, *guards)} == {"undecided"}
    assert {one.reasons for one in guards} == {("TOO_FEW_HUMAN_LABELS",)}
    assert guards[0].statement.endswith("by the judge alone), not cleared: no answer is labelled by people")


def test_a_guard_with_few_examples_all_labelled_is_an_ordinary_guard() -> None:
    """Few examples block no guard; only lacking labels do."""
    small = known(0.0, p_met=0.2, calibration="human-only", n=12, blocked="MORE_DATA", blocked_because="12 are fewer than 20")
    assert {one.status for one in found({GUARDED: small})[1:]} == {"met"}


def test_harm_that_few_labels_show_is_an_alarm() -> None:
    """What people themselves saw need not wait for more labels."""
    harm = replace(UNLABELLED, value=-0.3, p_breached=0.011, p_breached_worst=0.011)
    guard = found({GUARDED: harm})[1]
    assert guard.reasons == ("SLICE_ALARM",)
    assert guard.statement.endswith("this drop is evidence of harm")


def test_nothing_marked_and_nothing_labelled_are_both_said() -> None:
    """Answers that are missing, and labels that are."""
    nothing = replace(UNLABELLED, n=0, n_missing=200, value=None)
    assert found({BETTER: nothing})[0].reasons == ("UNRESOLVED_ITEMS", "TOO_FEW_HUMAN_LABELS")


@pytest.mark.parametrize(
    ("calibration", "words"),
    [
        ("judge-only", "(90 % interval 0.100 to 0.300, n = 200, by the judge alone)"),
        ("human-only", "(90 % interval 0.100 to 0.300, 80 examples labelled by people)"),
        ("corrected", "(90 % interval 0.100 to 0.300, n = 200, judge corrected by 80 labelled examples)"),
    ],
)
def test_statements_tell_whom_the_figure_rests_on(calibration: Calibration, words: str) -> None:
    """In the parentheses of the interval, and as a line of its own in reports."""
    held = found({BETTER: known(calibration=calibration)})[0]
    assert words in held.statement
    assert "judge alone" in (view(held).rests_on or "")


def test_a_judged_verdict_is_what_the_schema_says() -> None:
    """The reason, the mode and the judge's own figure have their places."""
    held = Judgement(
        experiment="x",
        run_id="y",
        decision="NO-GO",
        recommended=None,
        stamp=None,
        stamp_because=None,
        lock=LockState(status="unlocked", digest=None, locked_at=None, changed=()),
        verdicts=verdicts({AGREES: BAD, BETTER: CORRECTED}),
        cautions=(),
        signature="s",
    ).to_json()
    schema = verdict_schema()
    validator = jsonschema_rs.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(held)] == []
    better = held["verdicts"][0]["findings"][1]
    assert set(better["estimate"]["judge"]) == set(schema["$defs"]["estimate"]["properties"]["judge"]["properties"])
    better["estimate"]["judge"]["calibration"] = "guessed"
    assert not validator.is_valid(held)


# -- settings ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"abort": True}, ".abort: abort = true is not for judges"),
        ({"grader": "label"}, ".grader: grader 'label' asks no judge (a grader of kind judge)"),
        ({"grader": "voise"}, ".grader: unknown grader 'voise', did you mean 'voice'? (known: voice)"),
        ({"slice": "eng"}, ".slice: unknown slice 'eng', did you mean 'en'? (known: de, en)"),
        ({"evalset": "targets"}, ".evalset: unknown evalset 'targets', did you mean 'target'?"),
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any], words: str) -> None:
    """Each with its key and the known names."""
    problems = AGREES.model_copy(update=changes).problems("criteria[0]", design())
    assert words in "\n".join(map(str, problems))


def test_a_mean_over_a_judge_and_others_is_refused() -> None:
    """No labels could correct it; a named grader, or a slice of the agreement, is accepted."""
    mixed = design(has_own=True, mixes_judges=True)
    unnamed = BETTER.model_copy(update={"grader": None})
    (problem,) = unnamed.problems("criteria[0]", mixed)
    assert "mixes a judge with other graders" in str(problem)
    assert AGREES.model_copy(update={"slice": "en"}).problems("", mixed) == BETTER.problems("", mixed) == []


def test_a_judge_may_not_abort() -> None:
    """Labels come after the answers, so that no mark of a judge can end a candidate before them."""
    (problem,) = BETTER.model_copy(update={"abort": True}).problems("criteria[0]", design())
    assert str(problem).startswith("criteria[0].abort: abort = true reads a judge's marks")
