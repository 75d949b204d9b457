"""Small dossiers, built by hand, for the tests of reports and of the terminal."""

from dataclasses import replace
from typing import Any

from tuneproof.core.estimate import Estimate
from tuneproof.core.report import Dossier, EvalsetFacts, FailureRow, Flip, FlipGroup, Level, SliceDifference, SystemFacts
from tuneproof.core.verdict import Decision, Finding, Judgement, LockState, Verdict

HOSTILE = (
    "<script>alert(1)</script> ]]> | a | b | `code` [x](https://evil.example/) ![i](http://evil.example/i.png) "
    "@octocat #12 user/repo#3 www.evil.example </pre> \"quoted\" 'q' "
    "\x1b[31mred\x1b[0m \x07 \u202eRTL \ud800 \x00 $x$ <!-- {{ 7*7 }}\n# head"
)
"""One text with everything that may be taken for something else."""


def estimate(**changes: Any) -> Estimate:
    """Return a difference of +0.130 with its interval."""
    held = Estimate(
        value=0.13,
        low=0.0761,
        high=0.1874,
        level=0.90,
        method="exact-tango",
        n=300,
        n_missing=0,
        baseline_value=0.72,
        candidate_value=0.85,
        p_met=0.0081,
        p_breached=0.9999,
        cross_checks=(("newcombe-10", 0.0744, 0.1852),),
        cautions=("the interval is wide",),
    )
    return replace(held, **changes)


def finding(**changes: Any) -> Finding:
    """Return a superiority that is met."""
    held = Finding(
        criterion="beats the prompt",
        kind="superiority",
        on_failure="no-go",
        status="met",
        reasons=(),
        statement="tuned beats prompted on target by 0.130 (90 % interval 0.076 to 0.187, n = 300), more than 0.05",
        evalset="target",
        slice=None,
        grader="label",
        baseline="prompted",
        system="tuned",
        mode="prove",
        estimate=estimate(),
        p_value=0.0081,
        p_adjusted=0.0162,
        margin=0.05,
        needed_n=None,
    )
    return replace(held, **changes)


def undecided(**changes: Any) -> Finding:
    """Return the same, not shown."""
    open_one = finding(
        status="undecided",
        reasons=("MORE_DATA",),
        needed_n=512,
        estimate=estimate(low=-0.01),
        statement="tuned may beat prompted",
    )
    return replace(open_one, **changes)


def breached(**changes: Any) -> Finding:
    """Return a non-inferiority that is shown to be violated."""
    lost = finding(
        criterion="forgets nothing",
        kind="non_inferiority",
        status="breached",
        margin=0.03,
        evalset="general",
        estimate=estimate(value=-0.0875, low=-0.118, high=-0.0593, candidate_value=0.6325),
        statement="tuned loses 0.087 to prompted on general",
    )
    return replace(lost, **changes)


def verdict(decision: Decision, *findings: Finding, candidate: str = "tuned", stamp: str | None = None) -> Verdict:
    """Return the verdict on one candidate."""
    return Verdict(candidate=candidate, decision=decision, findings=findings, stamp=stamp)


def judgement(decision: Decision, *verdicts: Verdict, **changes: Any) -> Judgement:
    """Return a judgement over verdicts."""
    held = Judgement(
        experiment="support-triage",
        run_id="20261120T160211-7f3a",
        decision=decision,
        recommended="tuned" if decision == "GO" else None,
        stamp=None,
        stamp_because=None,
        lock=LockState(status="locked", digest="ab12" * 16, locked_at="2026-11-02T09:14:00Z", changed=()),
        verdicts=verdicts,
        cautions=("the candidate answers like the baseline on half of the examples",),
        signature="evalset:9f|method:exact-tango|seed:1|tuneproof:0.1.0",
    )
    return replace(held, **changes)


def system(name: str, role: str, **changes: Any) -> SystemFacts:
    """Return a system whose tokens and latencies are known."""
    held = SystemFacts(
        name=name,
        role=role,
        provider="openai (openai_chat)",
        model=f"model-of-{name}",
        models_reported=(f"served-{name}",),
        decoding={"temperature": 0},
        repeats=1,
        completions=300,
        missing=0,
        truncated=0,
        refusals=0,
        attempts=304,
        input_tokens=412_330,
        output_tokens=2_210,
        latency_p50_s=0.412,
        latency_p95_s=1.203,
    )
    return replace(held, **changes)


def level(name: str, value: float | None = 0.72) -> Level:
    """Return one system's mean."""
    return Level(
        evalset="target",
        slice=None,
        grader="label",
        system=name,
        value=value,
        n=300,
        n_missing=0,
        n_ungradable=0,
        low=0.6771,
        high=0.7612,
    )


def difference(name: str | None, **changes: Any) -> SliceDifference:
    """Return the difference on one slice."""
    return SliceDifference(
        evalset="target", slice=name, grader="label", candidate="tuned", baseline="prompted", estimate=estimate(**changes)
    )


def flip(direction: Any = "lost", **changes: Any) -> Flip:
    """Return one example on which the systems differ."""
    held = Flip(
        evalset="target",
        example_id=f"ticket-{direction}",
        slices=("en",),
        grader="label",
        candidate="tuned",
        baseline="prompted",
        direction=direction,
        input="Where is my money?",
        expected="refund",
        candidate_answer="shipping",
        baseline_answer="refund",
        candidate_value=0.0,
        baseline_value=1.0,
        candidate_reason="expected refund",
        baseline_reason=None,
    )
    return replace(held, **changes)


def flips(*shown: Flip, n_lost: int = 9, n_gained: int = 48) -> FlipGroup:
    """Return the flips of a candidate."""
    return FlipGroup(
        evalset="target",
        grader="label",
        candidate="tuned",
        baseline="prompted",
        n_gained=n_gained,
        n_lost=n_lost,
        n_same=300 - n_lost - n_gained,
        shown=shown,
    )


def dossier(judged: Judgement | None, **changes: Any) -> Dossier:
    """Return a dossier of two systems and one evalset."""
    slices = {"en": 200, "de": 100}
    held = Dossier(
        judgement=judged,
        experiment="support-triage",
        run_id="20261120T160211-7f3a",
        hypothesis="Fine-tuning lifts accuracy.",
        alpha=0.05,
        created_at="2026-11-20T16:02:11Z",
        systems=(system("prompted", "baseline"), system("tuned", "candidate")),
        evalsets=(
            EvalsetFacts(
                name="target", role="target", path="evalsets/t", n=300, n_clusters=300, digest="9f" * 32, slices=slices
            ),
        ),
        levels=(level("prompted"), level("tuned", 0.85)),
        differences=(difference(None), difference("en", value=0.04, low=-0.0712, high=0.1523)),
        flips=(flips(flip("gained"), flip("lost")),),
        failures=(),
        n_failures=0,
        label_reports={"target / label_f1 / tuned": (("refund", "0.881", "0.902", "0.891", "43"),)},
        manifest={"seed": 1, "endpoints": {"openai": "https://api.openai.com/v1"}, "git": None},
    )
    return replace(held, **changes)


def going(**changes: Any) -> Dossier:
    """Return the dossier of a GO."""
    return dossier(judgement("GO", verdict("GO", finding())), **changes)


def hostile() -> Dossier:
    """Return a dossier in which every text of a user is hostile."""
    bad = undecided(criterion=HOSTILE, statement=HOSTILE, evalset=HOSTILE, slice=HOSTILE, grader=HOSTILE, baseline=HOSTILE)
    bad = replace(
        bad, system=HOSTILE, estimate=estimate(cautions=(HOSTILE,), method=HOSTILE, cross_checks=((HOSTILE, 0.0, 1.0),))
    )
    lock = LockState(status="changed", digest="ab" * 32, locked_at="2026-11-02T09:14:00Z", changed=(HOSTILE,))
    judged = judgement(
        "UNDECIDED", verdict("UNDECIDED", bad, candidate=HOSTILE, stamp="EXPLORATORY"), lock=lock, signature=HOSTILE
    )
    judged = replace(judged, cautions=(HOSTILE,), stamp="EXPLORATORY", stamp_because=HOSTILE, experiment=HOSTILE)
    lost = flip(
        example_id=HOSTILE,
        input=HOSTILE,
        expected=HOSTILE,
        candidate_answer=HOSTILE,
        baseline_answer=HOSTILE,
        slices=(HOSTILE,),
    )
    return dossier(
        judged,
        experiment=HOSTILE,
        run_id=HOSTILE,
        hypothesis=HOSTILE,
        systems=(
            system(HOSTILE, "baseline", model=HOSTILE, models_reported=(HOSTILE,)),
            system("tuned", "candidate", missing=3),
        ),
        differences=(replace(difference(HOSTILE), evalset=HOSTILE),),
        flips=(replace(flips(replace(lost, candidate_reason=HOSTILE)), candidate=HOSTILE),),
        failures=(FailureRow(system=HOSTILE, evalset=HOSTILE, example_id=HOSTILE, kind="timeout", message=HOSTILE),),
        n_failures=1,
        label_reports={HOSTILE: ((HOSTILE, "1", "1", "1", "1"),)},
        manifest={HOSTILE: {"inner": HOSTILE}, "command": HOSTILE},
    )
