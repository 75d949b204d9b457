"""How a run is going: a live bar on a terminal, a plain line now and then elsewhere. On stderr, never on stdout."""

import os
import sys
from collections import deque
from contextlib import suppress
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

_PLAIN_EVERY_S = 10.0
"""A log wants a sign of life now and then, not a film."""
_DRAWS_PER_S = 8
_RATE_OVER_S = 20.0
"""The rate is that of the last seconds: what came out of the cache at the start says nothing about the time left."""


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
