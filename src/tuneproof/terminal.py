"""What the command line prints: findings and means as tables that survive a plain CI log, the verdict on the last line.

rich is imported inside functions: `tuneproof --help` must not wait for it. Everything that a user wrote is printed as plain
text: cleaned of control characters, with rich's own markup off, in letters that the terminal's encoding has.
"""

import os
import sys
from collections import deque
from contextlib import suppress
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from tuneproof.core.report import Dossier
from tuneproof.core.verdict import Status, Verdict
from tuneproof.stages import _decision as decision
from tuneproof.stages import _findings as findings
from tuneproof.stages._tables import level_in_words
from tuneproof.stages._user_text import clean, short

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

_STYLES: dict[str, str] = {"met": "green", "breached": "bold red", "undecided": "yellow", "none": "bold"}
_IN_ASCII = str.maketrans(
    {"\u2212": "-", "\u2192": "->", "\u2713": "+", "\u2715": "x", "\u2026": "...", "\u00b7": "/", "\u2013": "-", "\ufffd": "?"}
)
_PLAIN_EVERY_S = 10.0
"""A log wants a sign of life now and then, not a film."""
_DRAWS_PER_S = 8
_RATE_OVER_S = 20.0
"""The rate is that of the last seconds: what came out of the cache at the start says nothing about the time left."""
_SHOWN_REASONS = 12
"""Below the table; beyond this many a reader opens the report."""
_NAME_LIMIT = 60


def open_console(*, stderr: bool = False) -> "Console":
    """Return a console that honours NO_COLOR, interprets no markup in texts of users, and never fails on an old encoding."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, markup=False, emoji=False, highlight=False, soft_wrap=False)


def print_judgement(dossier: Dossier, console: "Console", *, report: str | None = None) -> None:
    """Print findings, why, cautions and where the report is; the last line is the verdict."""
    judgement = dossier.judgement
    if judgement is None:
        print_levels(dossier, console, report=report)
        return
    for verdict in judgement.verdicts:
        _print_verdict(verdict, console, titled=len(judgement.verdicts) > 1)
    words = decision.headline(judgement)
    for caution in words.cautions:
        _say(console, f"caution: {caution}", "yellow")
    for key in words.changed:
        _say(console, f"changed since the lock: {key}", "yellow")
    if words.stamp:
        _say(console, f"{words.stamp}: {words.stamp_because}", "yellow")
    _say_where(console, report)
    _say_last(console, _last_line(words, dossier), words.tone)


def print_levels(dossier: Dossier, console: "Console", *, report: str | None = None) -> None:
    """Print what a run that only collects (`--only`) measured: no verdict, and the last line says so."""
    table = _table("on", "system", "mean")
    for level in dossier.levels:
        where = findings.place(level.evalset, level.slice, level.grader)
        cells = (where, short(level.system, _NAME_LIMIT), level_in_words(level))
        table.add_row(*(_text(console, cell) for cell in cells))
    if dossier.levels:
        console.print(table)
    _say_where(console, report)
    _say_last(console, _last_line(decision.headline(None), dossier), "none")


def print_last_line(dossier: Dossier, console: "Console") -> None:
    """Print the verdict alone."""
    words = decision.headline(dossier.judgement)
    _say_last(console, _last_line(words, dossier), words.tone if dossier.judgement else "none")


def _print_verdict(verdict: Verdict, console: "Console", *, titled: bool) -> None:
    """Print one candidate's findings as a table, then why those that are not met are not."""
    if titled:
        _say(console, f"{short(verdict.candidate, _NAME_LIMIT)}: {verdict.decision}", "bold")
    views = [findings.view(finding) for finding in verdict.findings]
    quiet = sum(words.is_quiet for words in views)
    table = _table("", "criterion", "on", "estimate", "registered")
    for words in views:
        if not words.is_quiet:
            table.add_row(*_row(console, words))
    if len(views) > quiet:
        console.print(table)
    if quiet:
        _say(console, f"guarded slices without an alarm: {quiet:,}", "green")
    _print_reasons([words for words in views if words.status != "met"], console)


def _row(console: "Console", words: findings.FindingView) -> tuple["Text", ...]:
    whose = f"\nvs {words.against}" if words.against else f"\nof {words.system}"
    where = words.place + whose
    measured = f"{words.point}\n({words.interval})" if words.interval else words.point
    status = _text(console, f"{words.mark} {words.status}" + ("" if words.decides else "\n(informs)"), _STYLES[words.status])
    return (status, *(_text(console, cell) for cell in (words.criterion, where, measured, words.needs)))


def _print_reasons(views: list[findings.FindingView], console: "Console") -> None:
    """Print why findings are not met: the statement, then each reason in words."""
    from rich.padding import Padding

    for words in views[:_SHOWN_REASONS]:
        style = _STYLES[words.status]
        _say(console, f"{words.mark} {words.criterion}: {' '.join(words.statement.split())}", style)
        for reason in words.reasons:
            console.print(Padding(_text(console, reason), (0, 0, 0, 4)))
    if len(views) > _SHOWN_REASONS:
        _say(console, f"... and {len(views) - _SHOWN_REASONS:,} more findings that are not met")


def _table(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for title in columns:
        # Signs stand before digits in a column of numbers; folding keeps a long name whole where an ellipsis would lose it.
        table.add_column(title, overflow="fold", no_wrap=title in ("", "estimate"))
    return table


def _last_line(words: decision.Headline, dossier: Dossier) -> str:
    stamp = f" ({words.stamp})" if words.stamp else ""
    return f"{words.word}{stamp}: {words.action} ({short(dossier.experiment)}, run {short(dossier.run_id)})"


def _say_where(console: "Console", report: str | None) -> None:
    if report is not None:
        _say_last(console, f"report: {' '.join(clean(report).split())}", None)


def _say(console: "Console", line: str, style: str | None = None) -> None:
    console.print(_text(console, line, style), markup=False, highlight=False)


def _say_last(console: "Console", line: str, tone: Status | str | None) -> None:
    """Print one line that is never broken, so that scripts can read it."""
    style = _STYLES.get(tone or "")
    console.print(_text(console, " ".join(line.split()), f"bold {style}" if style else None), soft_wrap=True, markup=False)


def _text(console: "Console", text: str, style: str | None = None) -> "Text":
    """Return a text of users as one that the terminal can neither obey nor fail to encode."""
    from rich.text import Text

    shown = clean(text).replace("\u2212", "-")  # a hyphen is what people search for in a log
    try:
        shown.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        shown = shown.translate(_IN_ASCII).encode("ascii", "replace").decode("ascii")
    return Text(shown, style=style or "")


class Counts(Protocol):
    """What a progress display reads; `stages.collect.Tally` has all of it and is updated in place."""

    done: int
    """Requests that are through."""
    failed: int
    """Requests that stayed without an answer."""
    attempts: int
    """Calls sent, retries included."""
    waiting: int
    """Requests that wait for their next attempt."""
    throttled: bool
    """Whether a server holds the rate down."""
    input_tokens: int
    """Tokens sent so far."""
    output_tokens: int
    """Tokens answered so far."""


class ProgressLine:
    """Progress on stderr: a live bar on a terminal, a plain line now and then elsewhere, nothing when quiet.

    `update` only keeps a reference, because it is called for every answer; drawing runs on a clock of its own.
    """

    def __init__(
        self, total: int, *, quiet: bool = False, stream: TextIO | None = None, every_s: float = _PLAIN_EVERY_S
    ) -> None:
        self._total = total
        self._quiet = quiet
        self._stream = stream if stream is not None else sys.stderr
        self._every_s = every_s
        self._counts: Counts | None = None
        self._seen: deque[tuple[float, int]] = deque()
        self._started = monotonic()
        self._stop = Event()
        self._clock: Thread | None = None
        self._live: Live | None = None

    def update(self, counts: Counts) -> None:
        """Take the newest counts."""
        self._counts = counts

    def __enter__(self) -> Self:
        self._started = monotonic()
        if self._quiet:
            return self
        if is_live(self._stream):
            self._live = self._bar()
            self._live.start()
        else:
            self._clock = Thread(target=self._tick, name="tuneproof progress", daemon=True)
            self._clock.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        if self._live is not None:
            self._live.stop()
        if self._clock is not None:
            self._clock.join()
        if not self._quiet and self._counts is not None:
            self._write(f"{self.line(with_rate=False)}, {_clock_time(monotonic() - self._started)}")

    def line(self, *, with_rate: bool = True) -> str:
        """Return where things stand, on one line."""
        held = self._counts
        if held is None:
            return f"0/{self._total:,} done"
        parts = [f"{held.done:,}/{self._total:,} done", f"{held.failed:,} failed", f"{held.attempts:,} calls"]
        if held.input_tokens or held.output_tokens:
            parts.append(f"{held.input_tokens + held.output_tokens:,} tokens")
        if with_rate:
            parts += self._pace(held)
        return ", ".join(parts)

    def _pace(self, held: Counts) -> list[str]:
        """Return rate, time left and what holds things up."""
        now = monotonic()
        self._seen.append((now, held.done))
        while len(self._seen) > 2 and now - self._seen[0][0] > max(_RATE_OVER_S, 2 * self._every_s):
            self._seen.popleft()
        since, before = self._seen[0]
        rate = (held.done - before) / (now - since) if now > since else 0.0
        parts = [f"{rate:,.1f}/s", f"{_clock_time((self._total - held.done) / rate)} left"] if rate > 0 else []
        waiting = [f"{held.waiting:,} waiting to retry"] if held.waiting else []
        return parts + waiting + (["slowed down by the server"] if held.throttled else [])

    def _bar(self) -> "Live":
        from rich.console import Console
        from rich.live import Live

        console = Console(file=self._stream, markup=False, emoji=False, highlight=False)
        # stdout is left alone: results go there, and it may be a pipe while stderr is a terminal.
        return Live(
            get_renderable=self._drawn, console=console, refresh_per_second=_DRAWS_PER_S, transient=True, redirect_stdout=False
        )

    def _drawn(self) -> "Table":
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        done = self._counts.done if self._counts is not None else 0
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(width=20)
        grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        grid.add_row(ProgressBar(total=max(1, self._total), completed=done, width=20), Text(self.line()))
        return grid

    def _tick(self) -> None:
        while not self._stop.wait(self._every_s):
            self._write(self.line())

    def _write(self, line: str) -> None:
        # Progress is a courtesy: a closed stderr must not end a run that is being paid for.
        with suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")
            self._stream.flush()


def is_live(stream: TextIO) -> bool:
    """Say whether a stream can show a bar that moves: a terminal that can, and no CI log that only looks like one."""
    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return not in_ci and os.environ.get("TERM") != "dumb" and stream.isatty()


def _clock_time(seconds: float) -> str:
    """Return a duration: `0:42`, `1:02:05`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
