"""What `tuneproof regress` prints above the verdict: who answers now, and each system over time, a line each.

rich is imported inside functions, as in `terminal`; texts of users are cleaned and printed without markup.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuneproof.core.movement import History, HistoryPoint, Regression
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._findings import place
from tuneproof.stages._noise_view import in_words
from tuneproof.stages._user_text import short
from tuneproof.terminal_plain import plain_table, plain_text, say

if TYPE_CHECKING:
    from rich.console import Console

BARS, BARS_IN_ASCII = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588", "_.-~=+*#"
"""From low to high."""
SMALLEST_SPAN = 0.1
"""Of a picture, score units: a line that hardly moves must not look like a drama."""
LONGEST_LINE = 30
"""Points of a small picture, the latest ones."""
SHOWN_ROWS = 24
"""Systems and evalsets in the table; beyond, the report and `--json` have all of them."""
LETTERS = {"GO": "+", "NO-GO": "x", "UNDECIDED": "?"}
"""Verdicts of earlier runs, one letter each."""
_NAME_LIMIT = 40


def print_past(regression: Regression, console: "Console") -> None:
    """Print which run was accepted, who answered then and now, how much each differs from itself, and the history."""
    say(console, f"compared with run {short(regression.accepted_run)}, accepted at {short(regression.accepted_at)}", "bold")
    for name, lines in regression.identities.items():
        say(console, f"{short(name, _NAME_LIMIT)}: {'; '.join(lines)}")
    for one in regression.noise[:SHOWN_ROWS]:
        say(console, f"noise: {in_words(one)}")
    _print_history(regression.history, console)


def _print_history(histories: Sequence[History], console: "Console") -> None:
    """Print one line a system and evalset; nothing where there is nothing but the present run."""
    known = [held for held in histories if len(held.points) > 1]
    if not known:
        return
    bars = _bars(console)
    table = plain_table("over time", "on", "", "first", "last", "verdicts")
    for held in known[:SHOWN_ROWS]:
        points = held.points[-LONGEST_LINE:]
        cells = (
            short(held.system, _NAME_LIMIT),
            place(held.evalset, None, held.grader),
            sparkline([point.value for point in points], bars),
            _point(held.points[0]),
            _point(held.points[-1]),
            "".join("A" if point.is_accepted else LETTERS.get(point.decision or "", "-") for point in points),
        )
        table.add_row(*(plain_text(console, cell) for cell in cells))
    console.print(table)
    say(console, "verdicts: A accepted, + GO, x NO-GO, ? UNDECIDED")
    if len(known) > SHOWN_ROWS:
        say(console, f"... and {len(known) - SHOWN_ROWS:,} more; the report and --json have all of them")


def sparkline(values: Sequence[float | None], bars: str = BARS) -> str:
    """Return values as bars between the lowest and the highest of them; what is not known is a blank."""
    known = [value for value in values if value is not None]
    if not known:
        return " " * len(values)
    span = max(SMALLEST_SPAN, max(known) - min(known))
    low, last = (min(known) + max(known) - span) / 2, len(bars) - 1
    heights = (None if value is None else round((value - low) / span * last) for value in values)
    return "".join(" " if height is None else bars[height] for height in heights)


def _bars(console: "Console") -> str:
    try:
        BARS.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return BARS_IN_ASCII
    return BARS


def _point(point: HistoryPoint) -> str:
    limits = f"{numerals.score(point.low)} to {numerals.score(point.high)}"
    return f"{numerals.score(point.value)}\n({limits})\n{short(point.at[:10])}"
