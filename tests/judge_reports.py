"""Small judge reports, built by hand, for the tests of reports, of the terminal and of the command line."""

from dataclasses import replace
from typing import Any

from tuneproof.core.judge_report import Dispute, Figure, JudgeReport, Reading
from tuneproof.core.judging import Choice

MENU = (
    Choice(name="4", score=1.0, means="Sounds like us throughout."),
    Choice(name="3", score=2 / 3, means="Sounds like us, with a slip."),
    Choice(name="2", score=1 / 3),
    Choice(name="1", score=0.0, means="Could be anyone."),
)
"""A scale."""
SIDES = (
    Choice(name="first", score=1.0, means="The first answer is better."),
    Choice(name="tie", score=0.5),
    Choice(name="second", score=0.0, means="The second answer is better."),
)
"""Of a pairwise rubric."""


def figure(name: str, value: float | None, *limits: float, n: int = 80, **changes: Any) -> Figure:
    """Return a figure; without limits it has no interval."""
    low, high = limits or (None, None)
    held = Figure(name=name, value=value, low=low, high=high, n=n, method="clopper-pearson" if limits else "none")
    return replace(held, **changes)


def reading(judge: str, slice_name: str | None = None, n: int = 80, shift: float = 0.0) -> Reading:
    """Return one judge against people, on a scale."""
    figures = (
        figure("agreement", 0.8125 - shift, 0.7265 - shift, 0.8805 - shift, n=n),
        figure("kappa", 0.7412 - shift, 0.6304 - shift, 0.8520 - shift, n=n, method="jackknife-t", note="quadratic weights"),
        figure("within one", 0.9625, 0.9061, 0.9898, n=n, note="agreement is the exact one"),
    )
    return Reading(judge=judge, slice=slice_name, figures=figures)


def people() -> tuple[Figure, ...]:
    """Return people among themselves."""
    return (
        figure("agreement", 0.85, 0.7684, 0.9109, n=60),
        figure("kappa", 0.8034, 0.7011, 0.9057, n=60, method="jackknife-t"),
        figure("Krippendorff's alpha", 0.7981, 0.6921, 0.9041, n=60, method="jackknife-t"),
    )


def judge_report(**changes: Any) -> JudgeReport:
    """Return what is known of a judge of single answers that people checked."""
    held = JudgeReport(
        grader="voice",
        evalset="target",
        rubric="brand-voice",
        judges=("gpt",),
        against=None,
        menu=MENU,
        n_answers=600,
        n_judged=596,
        n_unmarked=4,
        n_asked_again=7,
        n_flips=0,
        n_disagree=0,
        n_human=80,
        raters=("ann", "ben"),
        chosen="drawn",
        status="decides, corrected by 80 labelled examples",
        readings=(reading("gpt"), reading("gpt", "natural", 52, 0.04), reading("gpt", "adversarial", 28, -0.05)),
        people=people(),
        leanings=(
            figure("longer answer wins", 0.6413, 0.5804, 0.6991, n=184),
            figure("longer answer wins, by people", 0.5625, 0.4480, 0.6721, n=64),
        ),
        disputes=(
            Dispute(example_id="ticket-17", system="tuned", judge="4", people="ann: 1, ben: 2", gap=0.8333),
            Dispute(example_id="ticket-203", system="prompted", judge="2", people="ann: 4", gap=-0.6667),
        ),
        cautions=("the judge is of the family of the candidate (gpt): judges may favour their own",),
    )
    return replace(held, **changes)


def pair_report(**changes: Any) -> JudgeReport:
    """Return what is known of a panel that compares pairs, and leans to what is shown first."""
    names = ("agreement", "agreement, swapped", "kappa", "kappa, swapped")
    values = ((0.81, 0.73, 0.88), (0.78, 0.69, 0.85), (0.62, 0.49, 0.75), (0.58, 0.44, 0.71))
    figures = (
        *(figure(name, *three) for name, three in zip(names, values, strict=True)),
        figure("orders agree", 0.905, 0.8741, 0.9302, n=300),
        figure("kappa between orders", 0.802, 0.741, 0.861, n=300, method="jackknife-t"),
        figure("right in both orders", 0.725, 0.631, 0.806),
    )
    readings = [Reading(judge=name, slice=part, figures=figures) for part in (None, "en") for name in ("gpt", "claude")]
    leanings = [
        lean
        for name in ("gpt", "claude")
        for lean in (
            figure(f"{name}: first shown is chosen", 0.5833, 0.5412, 0.6241, n=588, note="0.5 = no leaning"),
            figure(f"{name}: flips", 0.0951, 0.0692, 0.1264, n=300, note="the same place in both orders: a tie"),
            figure(f"{name}: flips to the first shown", 0.5357, 0.3651, 0.7005, n=28, note="0.5 = no leaning"),
        )
    ]
    return replace(
        judge_report(
            rubric="pairwise-preference",
            judges=("gpt", "claude"),
            against="prompted",
            menu=SIDES,
            n_answers=300,
            n_judged=297,
            n_unmarked=3,
            n_flips=28,
            n_disagree=31,
            raters=("",),
            chosen="marked",
            readings=(*readings, Reading(judge="panel", slice=None, figures=figures[:1])),
            people=(),
            leanings=(*leanings, figure("claude: favours its own family", 0.0413, -0.0102, 0.0928, method="jackknife-t")),
        ),
        **changes,
    )


def bare_report(**changes: Any) -> JudgeReport:
    """Return what is known of a judge that nobody checked."""
    nothing: dict[str, Any] = {"n_human": 0, "raters": (), "chosen": None, "readings": (), "people": (), "disputes": ()}
    status = "decides nothing: nobody has labelled its answers"
    return replace(judge_report(status=status, **nothing), **changes)
