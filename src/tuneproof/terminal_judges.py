"""What `tuneproof judge` prints: how far each judge agrees with people, where it leans, and what its marks may do.

rich is imported inside functions, as in `terminal`; texts of users are cleaned and printed without markup.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tuneproof.core.judge_report import Figure, JudgeReport
from tuneproof.stages import _judge_words as words
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._user_text import short
from tuneproof.terminal import plain_table, plain_text, say

if TYPE_CHECKING:
    from rich.console import Console

MOST_COLUMNS = 3
"""Figures beside each other that fit into 80 columns; the others stand below the table."""
SHOWN_ROWS = 40
"""Judges and slices in the table; beyond, `--json` has all of them."""
SHOWN_DISPUTES = 3
_NAME_LIMIT = 40
_APART = ", "
"""Stands in a figure's name before the order that it is of: `kappa, swapped`."""


def print_judges(reports: Sequence[JudgeReport], console: "Console", level: float) -> None:
    """Print what is known of judges; the last line of each says what its marks may do. `level`: of every interval."""
    for place, report in enumerate(reports):
        if place:
            say(console, "")
        _print_report(report, console, level)
    if not reports:
        say(console, "no grader asks a judge", "yellow")


def print_statuses(reports: Sequence[JudgeReport], console: "Console") -> None:
    """Print what the marks of judges may do, a line a grader and evalset."""
    for report in reports:
        say(console, words.status_line(report), "bold")


def print_usage(usage: Mapping[str, Mapping[str, Any]], console: "Console") -> None:
    """Print what asking took, a line a judge; what no one counted is unknown, never zero."""
    for judge, held in usage.items():
        if held.get("attempts") == 0:
            say(console, f"{short(judge, _NAME_LIMIT)}: no calls, its replies were at hand")
            continue
        counts = {"attempts": "calls", "input_tokens": "input tokens", "output_tokens": "output tokens"}
        told = ", ".join(f"{numerals.whole(held.get(key))} {what}" for key, what in counts.items())
        say(console, f"{short(judge, _NAME_LIMIT)}: {told}")


def _print_report(report: JudgeReport, console: "Console", level: float) -> None:
    say(console, f"{short(report.grader, _NAME_LIMIT)} on {short(report.evalset, _NAME_LIMIT)}", "bold")
    say(console, words.asked(report))
    say(console, words.labelled(report))
    names = _columns(report)
    if names:
        _print_agreement(report, names, console)
        say(console, f"{numerals.level(level)} intervals")
        for line in _beside(report, names):
            say(console, line)
    say(console, ", ".join(f"{count} {what}" for count, what in words.counts(report)))
    _print_leanings(report.leanings, console)
    for dispute in report.disputes[:SHOWN_DISPUTES]:
        example, system, judge, people, gap = words.dispute_cells(dispute)
        say(console, f"differs most on {example} of {system}: judge {judge}; people {people} ({gap})")
    for caution in words.cautions(report):
        say(console, f"caution: {caution}", "yellow")
    say(console, words.status_line(report), "bold")


def _print_agreement(report: JudgeReport, names: Sequence[str], console: "Console") -> None:
    """Print judges against people, by slice and order; people against each other are the ceiling."""
    table = plain_table("judge", *(plain_text(console, short(name, _NAME_LIMIT)).plain for name in names), "n")
    found = list(_rows(report))
    for name, figures in found[:SHOWN_ROWS]:
        first = next((figures[title] for title in names if title in figures), None)
        n = first.n if first else 0
        cells = (name, *(_cell(figures.get(title), n) for title in names), numerals.whole(n))
        table.add_row(*(plain_text(console, cell) for cell in cells))
    console.print(table)
    if len(found) > SHOWN_ROWS:
        say(console, f"... and {len(found) - SHOWN_ROWS:,} more rows; --json has all of them")


def _print_leanings(figures: Sequence[Figure], console: "Console") -> None:
    table = plain_table("leaning", "share", "interval", "n", "")
    for figure in figures[:SHOWN_ROWS]:
        held = words.leaning(figure, "")
        table.add_row(*(plain_text(console, cell) for cell in (held.name, held.point, held.interval, held.n, held.says)))
    if figures:
        console.print(table)
        say(console, "no lean: 0.5 of what is chosen or wins, 0 of flips and differences")
    if len(figures) > SHOWN_ROWS:
        say(console, f"... and {len(figures) - SHOWN_ROWS:,} more; --json has all of them")


def _rows(report: JudgeReport) -> Iterator[tuple[str, Mapping[str, Figure]]]:
    """Yield name and figures of each row; the figures of another order are a row of their own."""
    for name, figures in words.rows(report):
        orders: dict[str, dict[str, Figure]] = {}
        for figure in figures:
            title, _, order = figure.name.partition(_APART)
            orders.setdefault(order, {})[title] = figure
        for order, held in orders.items():
            yield f"{name}{_APART}{order}" if order else name, held


def _columns(report: JudgeReport) -> tuple[str, ...]:
    """Return the titles of the figures that fit beside each other."""
    every = words.columns(report, MOST_COLUMNS * MOST_COLUMNS)
    return tuple(dict.fromkeys(name.partition(_APART)[0] for name in every))[:MOST_COLUMNS]


def _beside(report: JudgeReport, names: Sequence[str]) -> Iterator[str]:
    """Yield the figures on the whole evalset that stand in no column."""
    figures = [figure for reading in report.readings for figure in reading.figures]
    shown = [one.name for one in (*figures, *report.people) if one.name.partition(_APART)[0] in names]
    yield from words.beside(report, shown)


def _cell(figure: Figure | None, n: int) -> str:
    """Return a figure above its interval, and above its n where that is not the row's."""
    if figure is None:
        return ""
    interval = f"\n({words.limits(figure)})" if words.limits(figure) else ""
    return f"{numerals.score(figure.value)}{interval}" + (f"\nn = {figure.n:,}" if figure.n != n else "")
