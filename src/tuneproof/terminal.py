"""What the command line prints: findings and means as tables that survive a plain CI log, the verdict on the last line.

rich is imported inside functions: `tuneproof --help` must not wait for it. Everything that a user wrote is printed as plain
text: cleaned of control characters, with rich's own markup off, in letters that the terminal's encoding has.
"""

from typing import TYPE_CHECKING

from tuneproof.core.report import Dossier
from tuneproof.core.verdict import Status, Verdict
from tuneproof.stages import _decision as decision
from tuneproof.stages import _findings as findings
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._judge_words import status_line
from tuneproof.stages._tables import Table as Cells
from tuneproof.stages._tables import board, level_in_words
from tuneproof.stages._user_text import clean, short
from tuneproof.terminal_plain import STYLES
from tuneproof.terminal_plain import open_console as open_console
from tuneproof.terminal_plain import plain_table as plain_table
from tuneproof.terminal_plain import plain_text as plain_text
from tuneproof.terminal_plain import say as say
from tuneproof.terminal_time import print_time

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_SHOWN_REASONS = 12
"""Below the table; beyond this many a reader opens the report."""
_NAME_LIMIT = 60
_WHOLE = Allowance(rows=60, flips=0, text=0)
"""Systems in the table of all; whoever compares more opens the report."""


def print_judgement(dossier: Dossier, console: "Console", *, report: str | None = None) -> None:
    """Print findings, why, cautions and where the report is; the last line is the verdict."""
    judgement = dossier.judgement
    if judgement is None:
        print_levels(dossier, console, report=report)
        return
    for verdict in judgement.verdicts:
        _print_verdict(verdict, console, titled=len(judgement.verdicts) > 1)
    _print_board(board(dossier, _WHOLE), console)
    for held in dossier.judges:
        say(console, status_line(held))
    print_time(dossier, console)
    words = decision.headline(judgement, dossier.regression)
    for caution in words.cautions:
        say(console, f"caution: {caution}", "yellow")
    for key in words.changed:
        say(console, f"changed since the lock: {key}", "yellow")
    if words.stamp:
        say(console, f"{words.stamp}: {words.stamp_because}", "yellow")
    _say_where(console, report)
    _say_last(console, _last_line(words, dossier), words.tone)


def print_levels(dossier: Dossier, console: "Console", *, report: str | None = None) -> None:
    """Print what a run that only collects (`--only`) measured: no verdict, and the last line says so."""
    table = plain_table("on", "system", "mean")
    for level in dossier.levels:
        where = findings.place(level.evalset, level.slice, level.grader)
        cells = (where, short(level.system, _NAME_LIMIT), level_in_words(level))
        table.add_row(*(plain_text(console, cell) for cell in cells))
    if dossier.levels:
        console.print(table)
    _say_where(console, report)
    _say_last(console, _last_line(decision.headline(None), dossier), "none")


def _print_board(cells: Cells, console: "Console") -> None:
    """Print all systems side by side, where several were judged."""
    if not cells.rows:
        return
    table = plain_table(*(plain_text(console, title).plain for title in cells.columns))
    for row in cells.rows:
        tone = next((tone for word, tone in decision.TONES.items() if row[1].split(" ")[0] == word), "")
        table.add_row(*(plain_text(console, cell, STYLES.get(tone)) for cell in row))
    console.print(table)
    if cells.hidden:
        say(console, f"... and {cells.hidden} more systems")


def print_last_line(dossier: Dossier, console: "Console") -> None:
    """Print the verdict alone."""
    words = decision.headline(dossier.judgement, dossier.regression)
    _say_last(console, _last_line(words, dossier), words.tone if dossier.judgement else "none")


def _print_verdict(verdict: Verdict, console: "Console", *, titled: bool) -> None:
    """Print one candidate's findings as a table, then why those that are not met are not."""
    if titled:
        say(console, f"{short(verdict.candidate, _NAME_LIMIT)}: {verdict.decision}", "bold")
    views = [findings.view(finding) for finding in verdict.findings]
    quiet = sum(words.is_quiet for words in views)
    table = plain_table("", "criterion", "on", "estimate", "registered")
    for words in views:
        if not words.is_quiet:
            table.add_row(*_row(console, words))
    if len(views) > quiet:
        console.print(table)
    if quiet:
        say(console, f"guarded slices without an alarm: {quiet:,}", "green")
    _print_reasons([words for words in views if words.status != "met"], console)


def _row(console: "Console", words: findings.FindingView) -> tuple["Text", ...]:
    whose = f"\nvs {words.against}" if words.against else f"\nof {words.system}" * (words.mode != "instrument")
    where = words.place + whose
    measured = f"{words.point}\n({words.interval})" if words.interval else words.point
    status = plain_text(console, f"{words.mark} {words.word}" + ("" if words.decides else "\n(informs)"), STYLES[words.status])
    return (status, *(plain_text(console, cell) for cell in (words.criterion, where, measured, words.needs)))


def _print_reasons(views: list[findings.FindingView], console: "Console") -> None:
    """Print why findings are not met: the statement, then each reason in words."""
    from rich.padding import Padding

    for words in views[:_SHOWN_REASONS]:
        style = STYLES[words.status]
        say(console, f"{words.mark} {words.criterion}: {' '.join(words.statement.split())}", style)
        for reason in words.reasons:
            console.print(Padding(plain_text(console, reason), (0, 0, 0, 4)))
    if len(views) > _SHOWN_REASONS:
        say(console, f"... and {len(views) - _SHOWN_REASONS:,} more findings that are not met")


def _last_line(words: decision.Headline, dossier: Dossier) -> str:
    stamp = f" ({words.stamp})" if words.stamp else ""
    return f"{words.word}{stamp}: {words.action} ({short(dossier.experiment)}, run {short(dossier.run_id)})"


def _say_where(console: "Console", report: str | None) -> None:
    if report is not None:
        _say_last(console, f"report: {' '.join(clean(report).split())}", None)


def _say_last(console: "Console", line: str, tone: Status | str | None) -> None:
    """Print one line that is never broken, so that scripts can read it."""
    style = STYLES.get(tone or "")
    console.print(plain_text(console, " ".join(line.split()), f"bold {style}" if style else None), soft_wrap=True, markup=False)
