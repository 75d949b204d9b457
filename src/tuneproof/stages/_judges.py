"""Judges as the page shows them: what their marks may do, the table of agreement, leanings drawn, menu and disputes.

Shown, not judged: what follows from it stands in the report's status, and in the findings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tuneproof.core.estimate import Estimate
from tuneproof.core.judge_report import Figure, JudgeReport
from tuneproof.core.report import Dossier
from tuneproof.core.verdict import Finding, Judgement
from tuneproof.stages import _judge_words as words
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance, more
from tuneproof.stages._figures import Drawing, Scale, Span, Tick
from tuneproof.stages._findings import and_more, place
from tuneproof.stages._tables import Table
from tuneproof.stages._user_text import cut, short

NOT_THERE = "\u2013"
"""Stands where a figure was not asked for: people are shown a pair in one order only."""
_TEXT_LIMIT = 700
_SHOWN_NOTES = 12
_MOST_COLUMNS = 5
"""More do not fit on a page; the figures that are left stand below the table."""
_SCALE = Scale(low=0.0, high=1.0, is_signed=False)
"""Of shares."""
_LABELS = {0.0: "0", words.NO_LEAN: "0.5 = no lean", 1.0: "1"}
_AXIS = tuple(Tick(x=_SCALE.at(at), label=label) for at, label in _LABELS.items())
_SIGNS = {"breached": "\u2715", "undecided": "?", "none": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLeaning:
    """A leaning and its interval."""

    words: words.Leaning
    """Its texts."""
    drawing: Drawing | None
    """The interval beside the line without a lean; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeView:
    """One grader that asks judges, on one evalset."""

    title: str
    """Evalset and grader."""
    tone: str
    """breached where it is barred, undecided where nobody vouches for it, else none."""
    sign: str
    """Its sign; empty where the tone is none."""
    status: str
    """What its marks may do, and what that rests on."""
    asked: str
    """Who is asked what."""
    labelled: str
    """Who labelled how much, and how that was chosen."""
    agreement: Table
    """Judges against people, and people against people."""
    notes: tuple[str, ...]
    """What to know of single figures, and how their intervals were made."""
    leanings: tuple[DrawnLeaning, ...]
    """Where the judge leans."""
    axis: tuple[Tick, ...]
    """The labelled scale of the leanings."""
    level: str
    """Level of the intervals."""
    counts: tuple[tuple[str, str], ...]
    """How many, of what."""
    menu: Table
    """The closed menu."""
    disputes: Table
    """The largest gaps between judge and people."""
    n_disputes: str
    """How many of them are known."""
    cautions: tuple[str, ...]
    """What to know of the judge."""


def judge_views(dossier: Dossier, allowance: Allowance) -> tuple[JudgeView, ...]:
    """Return every grader that asks judges, on every evalset, as much of it as may be shown."""
    level = numerals.level(1 - 2 * dossier.alpha)
    return tuple(_view(report, dossier.judgement, allowance, level) for report in allowance.some(dossier.judges))


def _view(report: JudgeReport, judgement: Judgement | None, allowance: Allowance, level: str) -> JudgeView:
    tone = _tone(report, judgement)
    return JudgeView(
        title=place(report.evalset, None, report.grader),
        tone=tone,
        sign=_SIGNS[tone],
        status=words.status(report),
        asked=words.asked(report),
        labelled=words.labelled(report),
        agreement=_agreement(report, allowance, level),
        notes=_notes(report),
        leanings=tuple(
            DrawnLeaning(words=words.leaning(figure, level), drawing=_drawing(figure))
            for figure in allowance.some(report.leanings)
        ),
        axis=_AXIS,
        level=level,
        counts=words.counts(report),
        menu=_menu(report, allowance),
        disputes=_disputes(report, allowance),
        n_disputes=numerals.whole(len(report.disputes)),
        cautions=words.cautions(report),
    )


def _tone(report: JudgeReport, judgement: Judgement | None) -> str:
    """Return what colour the status has, from what is known for sure: its sentence is not read for it."""
    verdicts = judgement.verdicts if judgement else ()
    found = [one for verdict in verdicts for one in verdict.findings if _is_about(one, report)]
    if any("JUDGE_BARRED" in one.reasons or (one.mode == "instrument" and one.status == "breached") for one in found):
        return "breached"
    is_bare = report.n_human == 0 or report.chosen in (None, "unknown")
    is_short = any("TOO_FEW_HUMAN_LABELS" in one.reasons for one in found if one.slice is None)
    return "undecided" if is_bare or is_short else "none"


def _is_about(finding: Finding, report: JudgeReport) -> bool:
    return (finding.evalset, finding.grader) == (report.evalset, report.grader)


def _agreement(report: JudgeReport, allowance: Allowance, level: str) -> Table:
    names, found = words.columns(report, _MOST_COLUMNS), list(words.rows(report))
    return Table(
        caption=f"Judge against people, {level} intervals",
        columns=("judge", *(short(name) for name in names), "n"),
        rows=tuple(_row(name, figures, names) for name, figures in allowance.some(found)),
        hidden=allowance.hidden(found),
    )


def _row(name: str, figures: Sequence[Figure], names: Sequence[str]) -> tuple[str, ...]:
    held = {figure.name: figure for figure in figures}
    n = next((held[title].n for title in names if title in held), 0)
    return (name, *(_cell(held.get(title), n) for title in names), numerals.whole(n))


def _cell(figure: Figure | None, n: int) -> str:
    """Return a figure with its interval, and with its n where that is not the row's."""
    if figure is None:
        return NOT_THERE
    return words.told(figure) + (f", n = {figure.n:,}" if figure.n != n else "")


def _notes(report: JudgeReport) -> tuple[str, ...]:
    """Return what stands below the table: figures without a column, what is shown first, notes, methods."""
    shown = words.columns(report, _MOST_COLUMNS)
    told = (
        [f"Swapped: the answer of {short(report.against or '')} is shown second."] if any("swapped" in n for n in shown) else []
    )
    whose: dict[tuple[str, str], dict[str, None]] = {}
    methods: dict[str, dict[str, None]] = {}
    # What is to be known of a slice stands in its n and its cells; notes are about the whole, which comes first.
    whole = sum(reading.slice is None for reading in report.readings) + bool(report.people)
    for at, (row, figures) in enumerate(words.rows(report)):
        for figure in figures:
            methods.setdefault(figure.method, {})[short(figure.name.partition(", ")[0])] = None
            if figure.note and at < whole:
                whose.setdefault((row, cut(figure.note, _TEXT_LIMIT)), {})[short(figure.name)] = None
    noted = [f"{row}: {note} ({', '.join(names)})." for (row, note), names in whose.items()]
    noted += [f"{one[0].upper()}{one[1:]}." for one in words.beside(report, shown)]
    told += and_more(noted[:_SHOWN_NOTES], len(noted), "note")
    made = [f"{', '.join(names)} by {short(method)}" for method, names in methods.items() if method != "none"]
    return (*told, f"Intervals: {'; '.join(made)}.") if made else tuple(told)


def _menu(report: JudgeReport, allowance: Allowance) -> Table:
    worth = "" if report.against is None else "; a score is what a choice is worth to the answer that is shown first"
    return Table(
        caption=f"Menu of rubric {short(report.rubric)}{worth}",
        columns=("choice", "score", "when to choose it"),
        rows=tuple(
            (short(one.name), numerals.score(one.score), short(one.means, allowance.text))
            for one in allowance.some(report.menu)
        ),
        hidden=allowance.hidden(report.menu),
    )


def _disputes(report: JudgeReport, allowance: Allowance) -> Table:
    shown = report.disputes[: allowance.flips]
    return Table(
        caption="Largest gaps between judge and people",
        columns=("example", "answer of", "judge", "people", "judge minus people"),
        rows=tuple(words.dispute_cells(dispute) for dispute in shown),
        hidden=more(len(report.disputes) - len(shown)),
    )


def _drawing(figure: Figure) -> Drawing | None:
    """Return an interval on the scale of shares; its zero line stands where there is no lean."""
    if figure.low is None or figure.high is None or words.is_difference(figure):
        return None
    held = Estimate(value=figure.value, low=figure.low, high=figure.high, level=0, method="", n=figure.n, n_missing=0)
    even = _SCALE.at(words.NO_LEAN) if words.has_even(figure) else None
    return replace(_SCALE.draw(Span(estimate=held)), ticks=_AXIS, zero=even)
