"""Small pieces of the decision in time, built by hand, for the tests of reports and of the terminal."""

from dataclasses import replace
from typing import Any

from tuneproof.core.checkpoints import Checkpoint, Curve, CurvePoint
from tuneproof.core.estimate import Estimate
from tuneproof.core.exposure import Slot
from tuneproof.core.movement import History, HistoryPoint, Movement, Noise, Regression, Repeats
from tuneproof.core.outlook import Chances, Growth, Need, Outlook
from tuneproof.core.stopping import Ended, Look, Saved, Stopping
from tuneproof.core.verdict import Decision


def estimate(**changes: Any) -> Estimate:
    """Return a difference of +0.130 with its interval."""
    held = Estimate(value=0.13, low=0.0761, high=0.1874, level=0.90, method="exact-tango", n=300, n_missing=0)
    return replace(held, **changes)


def outlook(**changes: Any) -> Outlook:
    """Return the plan of an experiment with 80 examples, too few."""
    need = Need(
        criterion="beats the prompt",
        kind="superiority",
        mode="prove",
        evalset="target",
        slice=None,
        n=80,
        power=0.52,
        detectable=0.1374,
        n_80=168,
        n_95=283,
    )
    held = Outlook(
        experiment="support-triage",
        repetitions=2000,
        seed=7,
        n_candidates=2,
        missing=0.01,
        standard_error=0.0112,
        needs=(need, replace(need, criterion="slices hold", mode="guard", slice="de", power=None, n_80=None, n_95=None)),
        chances=(
            Chances(scenario="as hoped", truth="+0.100 on target, 0.000 on general", go=0.412, no_go=0.003, undecided=0.585),
            Chances(scenario="no effect", truth="0.000 everywhere", go=0.021, no_go=0.061, undecided=0.918),
            Chances(scenario="exactly at the margin", truth="+0.050 on target", go=0.048, no_go=0.03, undecided=0.922),
            Chances(scenario="forgets one slice", truth="\u22120.200 on slice de", go=0.071, no_go=0.521, undecided=0.408),
            Chances(scenario="forgets everywhere a little", truth="\u22120.060 on general", go=0.0, no_go=0.83, undecided=0.17),
        ),
        growth=(
            Growth(factor=1, n=80, go=0.412),
            Growth(factor=1.5, n=120, go=0.55),
            Growth(factor=2, n=160, go=0.66),
            Growth(factor=3, n=240, go=0.751),
            Growth(factor=4, n=320, go=0.832),
        ),
        sentence="With these 80 examples you would see GO in 41 % of the cases even if the model is as good as you hope; "
        "210 more bring it to 80 %.",
        cautions=("examples are taken to be independent", "answers go missing at random"),
    )
    return replace(held, **changes)


def stopping(**changes: Any) -> Stopping:
    """Return five looks of which the second ended one candidate and the third another."""

    def look(number: int, level: float, **decisions: Decision) -> Look:
        n = {"target": 60 * number, "general": 168 * number}
        return Look(number=number, share=number / 5, level=level, n=n, decisions=decisions)

    held = Stopping(
        curtail=True,
        sequential="obf5",
        futility=True,
        looks=(
            look(1, 0.0000012, tuned="UNDECIDED", narrow="UNDECIDED", late="UNDECIDED"),
            look(2, 0.0009, tuned="UNDECIDED", late="UNDECIDED"),
            look(3, 0.0088, tuned="GO", late="UNDECIDED"),
            look(4, 0.0226, late="UNDECIDED"),
            look(5, 0.0415, late="UNDECIDED"),
        ),
        ended=(
            Ended(
                candidate="narrow",
                why="certain",
                decision="NO-GO",
                share=0.33,
                sentence="NO-GO whatever the other 402 answers are: narrow has lost 31 general questions that prompted has.",
            ),
            Ended(
                candidate="tuned",
                why="boundary",
                decision="GO",
                share=0.6,
                sentence="At look 3 of 5 tuned is ahead by 0.130 (98.2 % interval 0.061 to 0.199): above 0.050.",
            ),
        ),
        saved=(
            Saved(system="tuned", calls=456, input_tokens=182_400, output_tokens=1_824, cost_usd=0.4217),
            Saved(system="narrow", calls=764, input_tokens=305_600, output_tokens=3_056, cost_usd=None),
        ),
        at_look={"tuned": 3, "narrow": 1, "late": 5},
        to_the_end=("writes well is marked by a judge, whose test is not proven to be monotone: it is asked to the end.",),
    )
    return replace(held, **changes)


def level(value: float | None, low: float, high: float, n: int = 120) -> Estimate:
    """Return a level on the selection evalset."""
    return estimate(value=value, low=low, high=high, n=n, method="clopper-pearson")


def curve(**changes: Any) -> Curve:
    """Return five checkpoints, the third best, the second below the bar."""
    values = ((0.31, 0.241, 0.386), (0.36, 0.288, 0.437), (0.66, 0.583, 0.731), (0.66, 0.583, 0.731), (0.61, 0.53, 0.685))
    points = tuple(
        CurvePoint(
            checkpoint=Checkpoint(number=at + 1, model=f"triage-replay@{at + 1}", step=90 * (at + 1)),
            estimate=level(*values[at]),
            advice="UNCLEAR" if at == 1 else None,
            sentence=f"{values[at][0] * 120:.0f} of 120 selection tickets are right",
        )
        for at in range(5)
    )
    held = Curve(
        candidate="tuned",
        evalset="selection",
        grader="label",
        bar=0.4,
        points=points,
        baselines={"zero-shot": level(0.42, 0.344, 0.499), "few-shot": level(0.45, 0.373, 0.529)},
        chosen=3,
        sentence="Checkpoint 3 is best (0.660); the holdout was opened once, for it.",
    )
    return replace(held, **changes)


def movement(system: str = "tuned", slice_name: str | None = None, **changes: Any) -> Movement:
    """Return what moved of one system: a little, not shown."""
    held = Movement(
        system=system,
        evalset="target",
        slice=slice_name,
        grader="label",
        before=0.85,
        after=0.8433,
        estimate=estimate(value=-0.0067, low=-0.0221, high=0.0083),
        n_better=3,
        n_worse=5,
        n_changed_texts=14 if slice_name is None else None,
        worse=("ticket-7", "ticket-31", "ticket-90", "ticket-112", "ticket-240") if slice_name is None else (),
    )
    return replace(held, **changes)


def moved(system: str = "prompted", slice_name: str | None = None, **changes: Any) -> Movement:
    """Return a system that was shown to have moved down."""
    down = estimate(value=-0.0933, low=-0.131, high=-0.0561)
    held = movement(system, slice_name, before=0.72, after=0.6267, estimate=down, n_better=6, n_worse=34, n_changed_texts=211)
    return replace(held, **changes)


def noise(system: str = "prompted", **changes: Any) -> Noise:
    """Return a system that was asked twice."""
    held = movement(system, estimate=estimate(value=0.01, low=-0.021, high=0.0417, n=100), n_better=3, n_worse=2)
    return Noise(movement=replace(held, **changes), n=100)


def repeats(**changes: Any) -> Repeats:
    """Return where the spread comes from."""
    held = Repeats(
        candidate="tuned",
        baseline="prompted",
        evalset="target",
        grader="label",
        n=300,
        repeats=3,
        within=0.0412,
        between=0.1693,
        best_repeats=1,
        sentence="Of the variance of one asking 20 % is within examples: a second repeat brings less than another example.",
    )
    return replace(held, **changes)


def history(system: str = "tuned", evalset: str = "target", n: int = 7, drop: float = 0.0) -> History:
    """Return weekly runs since the accepted one, the last of which dropped."""
    decisions: tuple[Decision, ...] = ("GO", "GO", "GO", "UNDECIDED", "GO", "UNDECIDED", "NO-GO")
    points = tuple(
        HistoryPoint(
            run_id=f"2026{10 + at // 4:02}{1 + 7 * (at % 4):02}T060000-{at:04x}",
            at=f"2026-{10 + at // 4:02}-{1 + 7 * (at % 4):02}T06:00:00Z",
            value=0.85 - 0.004 * at - drop * (at == n - 1),
            low=0.81 - 0.004 * at - drop * (at == n - 1),
            high=0.885 - 0.004 * at - drop * (at == n - 1),
            decision=decisions[at % 7],
            is_accepted=at == 0,
        )
        for at in range(n)
    )
    return History(system=system, evalset=evalset, grader="label", points=points)


def regression(**changes: Any) -> Regression:
    """Return a regression run whose baseline moved under its name."""
    held = Regression(
        accepted_run="20261001T060000-0000",
        accepted_at="2026-10-01T09:12:00Z",
        movements=(
            moved("prompted"),
            moved("prompted", "en", n_changed_texts=None),
            movement("prompted", "de"),
            movement("tuned"),
            movement("tuned", "en"),
            movement("tuned", "de"),
            movement("tuned", evalset="general", grader=None, before=0.701, after=0.703),
        ),
        noise=(noise("tuned"),),
        identities={
            "prompted": (
                "model: then gpt-5.4-mini-2026-08-01, now gpt-5.4-mini-2026-11-15",
                "fingerprint: then fp_31f0, now fp_9be2",
                "shutdown date: 2027-03-31",
            ),
            "tuned": ("model: then and now ft:gpt-5.4-mini:triage", "base revision of the adapter: unchanged"),
        },
        history=(
            history("prompted", drop=0.09),
            history("tuned"),
            history("prompted", "general"),
            history("tuned", "general", drop=0.02),
        ),
        sentence="Keep tuned: it has not moved, and it still beats prompted, which lost 0.093 since it was accepted.",
    )
    return replace(held, **changes)


def slot(**changes: Any) -> Slot:
    """Return the second exposure of three."""
    return replace(Slot(number=2, is_new=True, mode="open", declared=3, alpha=0.05 / 3), **changes)


def timed() -> dict[str, Any]:
    """Return all of it, as fields of a dossier."""
    return {
        "outlook": outlook(),
        "stopping": stopping(),
        "curves": (curve(),),
        "noise": (noise(),),
        "repeats": (repeats(),),
        "slot": slot(cautions=("the clock was set back between exposures 1 and 2",)),
        "regression": regression(),
    }
