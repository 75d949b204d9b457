"""What `tuneproof compare` prints: first what is not compared, then what changed, what moved, and both verdicts.

rich is imported inside functions, as in `terminal`; texts of users are cleaned and printed without markup.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tuneproof.core.movement import Movement
from tuneproof.pipeline.comparing import Comparison
from tuneproof.pipeline.finding_changes import FindingChange
from tuneproof.stages import _findings as findings
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._user_text import short
from tuneproof.terminal import plain_table, plain_text, say

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_LINES = 20
"""Changes, slices and findings that are printed; `--json` has all of them."""
SHOWN_IDS = 10
"""Ids of examples that are printed of each direction."""
LINE_LIMIT = 300
NAME_LIMIT = 60
NOTHING = "nothing changed"


def print_comparison(held: Comparison, console: "Console", *, quiet: bool = False) -> None:
    """Print a comparison; the last line says what it comes to."""
    if not quiet:
        _lines(console, "not compared", held.left_out, "bold yellow")
        _lines(console, "caution", held.cautions, "yellow")
        _lines(console, "changed", [f"{one.part}: {one.line}" for one in held.changes], None)
        if not held.is_unchanged:
            _print_movements(held, console)
            _print_findings(held, console)
    _line(console, last_line(held), "bold")


def last_line(held: Comparison) -> str:
    """Return what it comes to, on one line."""
    runs = f"{short(held.before.run_id)} and {short(held.after.run_id)}"
    if held.is_unchanged:
        return f"{NOTHING}: {runs}, {_counted(held)}"
    then, now = (run.decision or "no verdict" for run in (held.before, held.after))
    verdict = f"{then} as before" if then == now else f"{then} -> {now}"
    moved = [one for one in held.movements if one.slice is None and one.has_moved]
    told = f"{len(moved)} of {sum(one.slice is None for one in held.movements)} means moved"
    changes = f"{len(held.changes)} change{'s' * (len(held.changes) != 1)}"
    return f"{verdict}: {changes}, {told} ({runs}, {_counted(held)})"


def _counted(held: Comparison) -> str:
    systems = f"{len(held.pairs)} system{'s' * (len(held.pairs) != 1)}"
    return f"{systems} on {sum(held.n_common.values()):,} examples"


def _print_movements(held: Comparison, console: "Console") -> None:
    whole = [one for one in held.movements if one.slice is None]
    parts = [one for one in held.movements if one.slice is not None and one.has_moved]
    stirred = [one for one in whole if one.n_better or one.n_worse or one.n_changed_texts or one.estimate.n_missing]
    _table(console, stirred)
    if still := len(whole) - len(stirred):
        say(console, f"the same in both, text by text: {still} of {len(whole)} means")
    if parts:
        every = [one for one in held.movements if one.slice is not None]
        chance = sum(1.0 - one.estimate.level for one in every)
        title = f"slices that moved ({len(parts)} of {len(every)}; up to about {chance:.0f} would by chance alone):"
        say(console, title, "bold")
        _table(console, parts[:SHOWN_LINES])
        _more(console, len(parts))
    for one in whole:
        for word, ids, count in (("worse", one.worse, one.n_worse), ("better", one.better, one.n_better)):
            if count:
                where = f"{short(one.system, NAME_LIMIT)} on {findings.place(one.evalset, None, one.grader)}"
                say(console, f"{word} now, {where}: {_some(ids, count)}")


def _table(console: "Console", rows: Sequence[Movement]) -> None:
    table = plain_table("system", "on", "then", "now", "difference", "better/worse", "other text")
    for one in rows:
        known = one.estimate
        interval = f"{numerals.signed(known.low)} to {numerals.signed(known.high)}"
        cells = (
            short(one.system, NAME_LIMIT),
            findings.place(one.evalset, one.slice, one.grader),
            numerals.score(one.before),
            numerals.score(one.after),
            f"{numerals.signed(known.value)}\n({interval})" if known.value is not None else "not measured",
            f"{one.n_better:,} / {one.n_worse:,} of {known.n:,}"
            + (f"\n{known.n_missing:,} unresolved" * bool(known.n_missing)),
            "" if one.n_changed_texts is None else f"{one.n_changed_texts:,}",
        )
        style = ("bold red" if (known.value or 0.0) < 0 else "green") if one.has_moved else None
        table.add_row(*(plain_text(console, cell, style) for cell in cells))
    if rows:
        console.print(table)


def _print_findings(held: Comparison, console: "Console") -> None:
    both = [one for one in held.findings if one.before and one.after]
    moved = [one for one in both if one.is_changed]
    if both:
        say(console, f"findings with another status: {len(moved)} of {len(both)}", "bold")
    if alone := len(held.findings) - len(both):
        say(console, f"findings that only one of the runs has: {alone}")
    for one in moved[:SHOWN_LINES]:
        say(console, f"  {_change(one)}")
        say(console, f"    {short(one.statement_after, LINE_LIMIT)}", "dim")
    _more(console, len(moved))


def _change(one: FindingChange) -> str:
    against = f" vs {short(one.baseline, NAME_LIMIT)}" if one.baseline else ""
    where = findings.place(one.evalset, one.slice, one.grader)
    what = f"{short(one.candidate, NAME_LIMIT)}{against}, {short(one.criterion, NAME_LIMIT)} on {where}"
    return f"{what}: {one.before} -> {one.after}"


def _some(ids: Sequence[str], count: int) -> str:
    shown = ", ".join(short(name, NAME_LIMIT) for name in ids[:SHOWN_IDS])
    left = count - len(ids[:SHOWN_IDS])
    return shown + (f" and {left:,} more" if left else "")


def _lines(console: "Console", title: str, lines: Iterable[str], style: str | None) -> None:
    told = list(lines)
    for line in told[:SHOWN_LINES]:
        say(console, f"{title}: {short(line, LINE_LIMIT)}", style)
    _more(console, len(told))


def _more(console: "Console", count: int) -> None:
    if count > SHOWN_LINES:
        say(console, f"... and {count - SHOWN_LINES:,} more; --json has all of them")


def _line(console: "Console", line: str, style: str | None = None) -> None:
    """Print one line that is never broken, so that scripts can read it."""
    console.print(plain_text(console, line, style), soft_wrap=True, markup=False, highlight=False)
