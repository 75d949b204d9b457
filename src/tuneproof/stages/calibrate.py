"""Stage 8b, calibrate: tables become reports on judges: how far they agree with people, where they lean. It decides nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tuneproof.core.judge_report import Dispute, Figure, JudgeReport
from tuneproof.stages._gauge import Gauge
from tuneproof.stages._leanings import leanings
from tuneproof.stages._opinions import Opinions
from tuneproof.stages._readings import people, readings
from tuneproof.stages._suspects import Suspects
from tuneproof.stages._user_text import short
from tuneproof.stages.tabulate import Tables
from tuneproof.stats.arrays import BoolArray
from tuneproof.stats.with_people import LEAST_LABELS, USES_JUDGE_FROM, rests_on

__all__ = ["Calibration", "Suspects", "calibrate"]

DISPUTES_KEPT = 20
"""The largest gaps between judge and people that are shown."""
ONE_MARK = 0.95
"""Share of equal marks from which a judge is said to tell nothing apart."""
_SAME = 1e-9
"""Marks closer than that differ by rounding only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What is known of judges beside what they said."""

    alpha: float
    """One-sided error; intervals are shown at 1 - 2 alpha."""
    rubrics: Mapping[str, str]
    """Grader to the name of its rubric."""
    candidates: Sequence[str]
    """In file order."""
    baselines: Sequence[str]
    """In file order."""
    models: Mapping[str, str]
    """System or judge to the provider's model id (of a fine-tuned one without a telling id, its base model's)."""
    barred: Collection[tuple[str, str | None]] = ()
    """(evalset, grader) of judges that were shown to disagree with people."""
    suspects: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Evalset to what is odd about its answers (`Suspects.cautions`)."""

    @property
    def rivals(self) -> list[tuple[str, str]]:
        """Every candidate with every baseline."""
        return [(candidate, baseline) for candidate in self.candidates for baseline in self.baselines if candidate != baseline]


def calibrate(tables: Tables, ground: Calibration) -> tuple[JudgeReport, ...]:
    """Report on every grader that asks judges.

    Args:
        tables: All marks, what judges chose and what people said.
        ground: What else is known.

    Returns:
        One report an evalset and grader, in the order of the tables.
    """
    keys = [(evalset, grader) for evalset, grader in tables.people if grader is not None]
    return tuple(_report(tables, key, ground) for key in keys if key in tables.columns and key in tables.menus)


def _report(tables: Tables, key: tuple[str, str], ground: Calibration) -> JudgeReport:
    held, gauge, menu = Opinions.of(tables, key), Gauge(alpha=ground.alpha), tables.menus[key]
    labels = tables.people[key] if held.labelled.any() else None
    found = leanings(held, gauge, ground.rivals, ground.models)
    n_judged, n_unmarked = int((~np.isnan(held.marks)).sum()), tables.unmarked.get(key, (0, ""))[0]
    return JudgeReport(
        grader=key[1],
        evalset=key[0],
        rubric=ground.rubrics.get(key[1], ""),
        judges=menu.judges,
        against=menu.against,
        menu=menu.choices,
        n_answers=n_judged + n_unmarked,
        n_judged=n_judged,
        n_unmarked=n_unmarked,
        n_asked_again=int(np.maximum(held.count("asked_again"), 0).sum()),
        n_flips=int((held.count("flip") > 0).sum()),
        n_disagree=int((held.count("disagree") > 0).sum()),
        n_human=int(np.unique(held.example[held.labelled]).size),
        raters=labels.raters if labels else (),
        chosen=labels.chosen if labels else None,
        status=_status(tables, key, ground),
        readings=readings(held, gauge),
        people=people(held, gauge),
        leanings=tuple(one for one in found if isinstance(one, Figure)),
        disputes=_disputes(held),
        cautions=(*ground.suspects.get(key[0], ()), *_one_mark(held), *(one for one in found if isinstance(one, str))),
    )


def _one_mark(held: Opinions) -> list[str]:
    """Return a caution where nearly all marks are one mark: an instrument that does not move measures nothing."""
    marks = held.marks[~np.isnan(held.marks)]
    if marks.size < LEAST_LABELS:
        return []
    values, counts = np.unique(marks, return_counts=True)
    most = int(counts.max())
    if most < ONE_MARK * marks.size:
        return []
    told = f"{most:,} of {marks.size:,} marks are {values[counts.argmax()]:.3g}"
    return [f"{told}: a judge that says the same of nearly everything tells nothing apart"]


def _status(tables: Tables, key: tuple[str, str], ground: Calibration) -> str:
    """Say what the marks may do; which labels count is settled in `stats.with_people`, and only told here."""
    labels = tables.people[key]
    if key in ground.barred:
        return "barred: shown to disagree with people"
    if labels is None or not (labels.choices >= 0).any():
        return "decides nothing: nobody has labelled its answers"
    if labels.chosen == "unknown":
        return "decides nothing: people's labels are no fair sample as far as can be seen"
    told: dict[str, list[str]] = {}
    for names in _compared(tables, key, ground):
        there = _answered(tables, key, names)
        both = np.all([labels.scores.resolved(name) for name in names], axis=0) & there
        told.setdefault(_may(int(both.sum()), int(there.sum())), []).append(" against ".join(map(short, names)))
    if len(told) == 1:
        return next(iter(told))
    return "; ".join(f"{', '.join(names)}: {sentence}" for sentence, names in told.items())


def _compared(tables: Tables, key: tuple[str, str], ground: Calibration) -> list[tuple[str, ...]]:
    """Return what is compared: candidates with baselines; single systems where there is nothing to compare."""
    judged = [name for name in tables.systems if name != tables.menus[key].against]
    return [names for names in ground.rivals if set(names) <= set(tables.systems)] or [(name,) for name in judged]


def _answered(tables: Tables, key: tuple[str, str], names: Sequence[str]) -> BoolArray:
    """Return bool[examples]: every answer that is compared came back, so that people can label it."""
    needed = {*names, tables.menus[key].against}
    rows = [row for row, system in enumerate(tables.systems) if system in needed]
    return np.asarray(~tables.absent[key[0]][rows].any(axis=0), dtype=np.bool_)


def _may(n_labelled: int, n: int) -> str:
    """Say what may be decided with so many labelled examples of n."""
    least = min(LEAST_LABELS, n)
    if n_labelled < least or not n_labelled:
        examples = "1 example" if n_labelled == 1 else f"{n_labelled} examples"
        return f"decides nothing: people labelled {examples}, and {least} are needed"
    if rests_on(n_labelled, n) == "corrected":
        return f"decides, corrected by {n_labelled:,} labelled examples"
    then = "nothing is left to mark" if n_labelled == n else f"from {USES_JUDGE_FROM} on the judge's marks are used"
    return f"people's {n_labelled:,} labels decide alone; {then}"


def _disputes(held: Opinions) -> tuple[Dispute, ...]:
    """Return the answers on which the settled mark and people's mean lie farthest apart, the farthest first."""
    gaps = held.marks - held.human
    known = np.flatnonzero(np.abs(gaps) > _SAME)
    worst = known[np.argsort(-np.abs(gaps[known]), kind="stable")][:DISPUTES_KEPT]
    return tuple(
        Dispute(
            example_id=held.example_ids[held.example[row]],
            system=held.systems[held.system[row]],
            judge=held.said_by_judges(row),
            people=held.said_by_people(row),
            gap=float(gaps[row]),
        )
        for row in map(int, worst)
    )
