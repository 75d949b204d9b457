"""Judges in words: what a judge's marks may do, how far it agrees with people, where it leans.

The page, the pull request comment and the terminal all show these same words and numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuneproof.core.judge_report import Dispute, Figure, JudgeReport
from tuneproof.core.judging import Chosen
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._findings import and_more
from tuneproof.stages._user_text import cut, short

PEOPLE = "people with people (the ceiling)"
NO_LEAN = 0.5
"""Of two sides, a judge that does not lean chooses either equally often."""
EVEN = ("first shown is chosen", "flips to the first shown")
"""Leanings of two sides, as `stages._leanings` names them (after the judge's name, where there are several)."""
COUNTED = "flips"
"""How often orders contradict each other: none at all would be best."""
DIFFERENCE = "favours its own family"
"""A difference of marks, not a share."""

_TEXT_LIMIT = 700
_SHOWN_CAUTIONS = 20
_SHOWN_RATERS = 5
_HOW_CHOSEN: dict[Chosen, str] = {
    "all": "all there are",
    "drawn": "drawn at random by `tuneproof judge sample`",
    "marked": "chosen at random by the word of whoever wrote `random = true`",
    "unknown": "chosen in a way that nothing is known about",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """One way in which a judge may lean, in words."""

    name: str
    """What is counted: `first shown is chosen`."""
    point: str
    """How often."""
    interval: str
    """Its limits; empty where there are none."""
    n: str
    """Of how many."""
    says: str
    """Whether it is a lean, where that can be said: `a lean`, `no lean shown`; empty elsewhere."""
    note: str
    """What to know of it; empty where nothing."""
    sentence: str
    """All of it in one line."""


def status_line(report: JudgeReport) -> str:
    """Return what a judge's marks may do, on one line that names the grader."""
    return f"judge {short(report.grader)} on {short(report.evalset)}: {status(report)}"


def status(report: JudgeReport) -> str:
    """Return what a judge's marks may do, on one line."""
    return " ".join(cut(report.status, _TEXT_LIMIT).split())


def asked(report: JudgeReport) -> str:
    """Return who is asked what."""
    judges = ", ".join(short(name) for name in report.judges)
    shown = "one answer at a time"
    if report.against is not None:
        shown = f"each answer beside that of {short(report.against)}, in both orders"
    return f"{judges} by rubric {short(report.rubric)}: {shown}"


def labelled(report: JudgeReport) -> str:
    """Return who labelled how much, and how that was chosen."""
    if not report.n_human:
        return "People labelled nothing"
    names = [short(name, 40) or "one person" for name in report.raters]
    hidden = len(names) - _SHOWN_RATERS
    by = ", ".join(names[:_SHOWN_RATERS]) + (f" and {hidden:,} more" if hidden > 0 else "")
    how = f" ({_HOW_CHOSEN[report.chosen]})" if report.chosen else ""
    return f"{report.n_human:,} example{'s' * (report.n_human != 1)} labelled by {by or 'people'}{how}"


def cautions(report: JudgeReport) -> tuple[str, ...]:
    """Return what to know of the judge."""
    shown = [cut(caution, _TEXT_LIMIT) for caution in report.cautions[:_SHOWN_CAUTIONS]]
    return and_more(shown, len(report.cautions), "caution")


def counts(report: JudgeReport) -> tuple[tuple[str, str], ...]:
    """Return how many answers were there, what became of them, and how often judges contradict themselves or each other."""
    found = [
        (numerals.whole(report.n_answers), "answers"),
        (numerals.whole(report.n_judged), "marked"),
        (numerals.counted(report.n_unmarked, report.n_answers), "not marked: outside the menu, no reply or no majority"),
        (numerals.whole(report.n_asked_again), "asked once more"),
    ]
    if report.against is not None:
        found.append((numerals.counted(report.n_flips, report.n_judged), "turn with the order shown: a tie each"))
    if len(report.judges) > 1:
        found.append((numerals.counted(report.n_disagree, report.n_judged), "on which the judges differ"))
    return tuple(found)


def leaning(figure: Figure, level: str) -> Leaning:
    """Return one leaning; a level of the interval that is empty is not named."""
    number = numerals.signed if is_difference(figure) else numerals.score
    name, point, interval = short(figure.name, 120), number(figure.value), limits(figure)
    note, says = cut(figure.note, _TEXT_LIMIT), ""
    even = 0.0 if is_difference(figure) else NO_LEAN
    if figure.low is not None and figure.high is not None and figure.name.endswith((*EVEN, DIFFERENCE)):
        says = "no lean shown" if figure.low <= even <= figure.high else "a lean"
    measured = f"{level} interval {interval}".strip() + ", " if interval else ""
    n = numerals.whole(figure.n)
    return Leaning(
        name=name,
        point=point,
        interval=interval,
        n=n,
        says=says,
        note=note,
        sentence="; ".join(filter(None, (f"{name}: {point} ({measured}n = {figure.n:,})", says, note))),
    )


def is_difference(figure: Figure) -> bool:
    """Say whether a leaning is a difference of marks, with a sign, and not a share."""
    return figure.name.endswith(DIFFERENCE)


def has_even(figure: Figure) -> bool:
    """Say whether a leaning is a share of two sides; of flips, none at all would be best."""
    return not is_difference(figure) and figure.name.rpartition(": ")[2] != COUNTED


def limits(figure: Figure) -> str:
    """Return the limits of a figure; empty where it has none."""
    if figure.low is None or figure.high is None:
        return ""
    number = numerals.signed if is_difference(figure) else numerals.score
    return f"{number(figure.low)} to {number(figure.high)}"


def rows(report: JudgeReport) -> Iterator[tuple[str, Sequence[Figure]]]:
    """Yield name and figures of each judge on the whole evalset, then of people among themselves, then by slice.

    A slice on which there is nothing to compare has no row.
    """
    for reading in report.readings:
        if reading.slice is None:
            yield short(reading.judge), reading.figures
    if report.people:
        yield PEOPLE, report.people
    for reading in report.readings:
        if reading.slice is not None and any(figure.n for figure in reading.figures):
            yield f"{short(reading.judge)} \u00b7 slice {short(reading.slice)}", reading.figures


def columns(report: JudgeReport, most: int) -> tuple[str, ...]:
    """Return the names of the first figures of the judges; those of people where no judge has any."""
    names = dict.fromkeys(figure.name for reading in report.readings for figure in reading.figures)
    return tuple(names or dict.fromkeys(figure.name for figure in report.people))[:most]


def beside(report: JudgeReport, shown: Sequence[str]) -> tuple[str, ...]:
    """Return the figures on the whole evalset that stand in no column, a sentence each."""
    whole = [(short(one.judge), one.figures) for one in report.readings if one.slice is None]
    whole += [(PEOPLE.partition(" (")[0], report.people)]
    return tuple(
        f"{short(figure.name)} of {name}: {told(figure)}, n = {figure.n:,}"
        for name, figures in whole
        for figure in figures
        if figure.name not in shown
    )


def told(figure: Figure) -> str:
    """Return a figure and its interval: `0.812 (0.727 to 0.880)`."""
    interval = limits(figure)
    return numerals.score(figure.value) + (f" ({interval})" if interval else "")


def dispute_cells(dispute: Dispute) -> tuple[str, ...]:
    """Return one dispute: example, whose answer, judge, people, and the gap."""
    said = short(dispute.judge, 200), short(dispute.people, 200)
    return short(dispute.example_id), short(dispute.system), *said, numerals.signed(dispute.gap)
