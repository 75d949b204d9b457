"""Dossiers of what happens around a verdict: with all of it, and with nothing but hostile texts."""

from dataclasses import replace
from typing import Any

from present_dossiers import HOSTILE, breached, dossier, finding, judgement, undecided, verdict
from tests.timed_reports import curve, history, movement, noise, outlook, regression, repeats, slot, stopping, timed

from tuneproof.core.checkpoints import Checkpoint
from tuneproof.core.report import Dossier


def everything(**changes: Any) -> Dossier:
    """Return a dossier that has all of it."""
    candidates = (
        verdict("GO", finding(), candidate="tuned"),
        verdict("NO-GO", breached(), candidate="narrow"),
        verdict("UNDECIDED", undecided(), candidate="late"),
    )
    return dossier(judgement("GO", *candidates), **(timed() | changes))


def hostile() -> Dossier:
    """Return a dossier in which every text of a user is hostile."""
    bad = HOSTILE
    point = replace(curve().points[0], checkpoint=Checkpoint(number=1, model=bad), advice="ABORT", sentence=bad)
    moves = tuple(movement(bad, name, evalset=bad, grader=bad, worse=(bad,) * 30, n_worse=40) for name in (None, bad, "de"))
    points = tuple(replace(one, run_id=bad + str(at), at=bad) for at, one in enumerate(history().points))
    look = replace(stopping().looks[0], n={bad: 10}, decisions={bad: "UNDECIDED"})
    return everything(
        outlook=outlook(
            experiment=bad,
            sentence=bad,
            cautions=(bad,),
            needs=(replace(outlook().needs[0], criterion=bad, evalset=bad, slice=bad),),
            chances=(replace(outlook().chances[0], truth=bad),),
        ),
        stopping=stopping(
            looks=(look,),
            ended=(replace(stopping().ended[0], candidate=bad, sentence=bad),),
            saved=(replace(stopping().saved[0], system=bad),),
            to_the_end=(bad,),
        ),
        curves=(curve(candidate=bad, evalset=bad, grader=bad, points=(point,), baselines={bad: point.estimate}, sentence=bad),),
        noise=(noise(bad, evalset=bad, grader=bad),),
        repeats=(repeats(candidate=bad, baseline=bad, evalset=bad, grader=bad, sentence=bad),),
        slot=slot(cautions=(bad,)),
        regression=regression(
            accepted_run=bad,
            accepted_at=bad,
            movements=moves,
            noise=(noise(bad),),
            identities={bad: (bad,) * 3},
            history=(replace(history(), system=bad, evalset=bad, grader=bad, points=points),),
            sentence=bad,
        ),
    )
