"""What `tuneproof plan` prints: what each criterion needs, how often the decision comes to what, and GO against examples.

The plot is lines of text with a bar each, so that it survives a CI log; where the encoding has no blocks, it is drawn in signs.
rich is imported inside functions, as in `terminal`; texts of users are cleaned and printed without markup.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tuneproof.core.outlook import Chances, Growth, Need, Outlook
from tuneproof.stages._user_text import short
from tuneproof.terminal import plain_table, plain_text, say

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_NEEDS = 24
"""Rows of the table; guards of one criterion are one row. Beyond, `--json` has all of them."""
BAR, WANTED = 40, 0.8
"""Letters of a whole bar, and the chance that is marked on it."""
_BLOCKS = "\u2588\u258f\u258e\u258d\u258c\u258b\u258a\u2589"
"""A full block, and one to seven eighths of one."""
_MARK, _EMPTY = "\u2506", "\u00b7"
_NAME_LIMIT = 40


def print_outlook(found: Outlook, console: "Console", *, brief: bool = False) -> None:
    """Print a plan; the last line is the sentence. A brief one is that line alone."""
    if not brief:
        _print_needs(found.needs, console)
        if found.chances:
            _print_chances(found, console)
        if found.growth:
            _print_growth(found.growth, console)
        for caution in found.cautions:
            say(console, f"caution: {caution}", "yellow")
    say(console, found.sentence, "bold")


def _print_needs(needs: Sequence[Need], console: "Console") -> None:
    _heading(console, "What each criterion takes by itself")
    if not needs:
        say(console, "nothing: there are no criteria", "yellow")
        return
    table = plain_table("criterion", "on", "n", "power", "can show", "80 %", "95 %")
    rows = list(_need_rows(needs))
    for row in rows[:SHOWN_NEEDS]:
        table.add_row(*(plain_text(console, cell) for cell in row))
    console.print(table)
    if len(rows) > SHOWN_NEEDS:
        say(console, f"... and {len(rows) - SHOWN_NEEDS} more; --json has all of them")


def _need_rows(needs: Sequence[Need]) -> Iterator[tuple[str, ...]]:
    """Yield one row a need; the guards of one criterion on one evalset are one row, with the least and the most."""
    seen: set[tuple[str, str]] = set()
    for need in needs:
        if need.mode != "guard":
            where = (
                need.evalset if need.slice is None else f"{short(need.evalset, _NAME_LIMIT)} / {short(need.slice, _NAME_LIMIT)}"
            )
            name = f"{short(need.criterion, _NAME_LIMIT)} ({need.kind.replace('_', ' ')})"
            yield name, short(where, 2 * _NAME_LIMIT), f"{need.n:,}", _power(need), _shown(need), _n(need.n_80), _n(need.n_95)
            continue
        if (need.criterion, need.evalset) not in seen:
            seen.add((need.criterion, need.evalset))
            yield _guards([held for held in needs if (held.mode, held.criterion, held.evalset) == _family(need)])


def _family(need: Need) -> tuple[str, str, str]:
    return need.mode, need.criterion, need.evalset


def _guards(held: Sequence[Need]) -> tuple[str, ...]:
    sizes, drops = [need.n for need in held], [need.detectable for need in held]
    seen = [drop for drop in drops if drop is not None]
    n = f"{min(sizes):,}" if min(sizes) == max(sizes) else f"{min(sizes):,} to {max(sizes):,}"
    best, worst = _drop(min(seen, default=None)), _drop(None if None in drops else max(seen, default=None))
    shown = f"drop of {best}" if best == worst else f"drop of {best} to {worst}"
    where = (
        f"{len(held)} slices of {short(held[0].evalset, _NAME_LIMIT)}"
        if len(held) > 1
        else f"{held[0].evalset} / {held[0].slice}"
    )
    return f"{short(held[0].criterion, _NAME_LIMIT)} (guard)", short(where, 2 * _NAME_LIMIT), n, "", shown, "", ""


def _drop(value: float | None) -> str:
    """Return a drop rounded up, so that what is promised is kept."""
    return "none" if value is None else f"{math.ceil(value * 100 - 1e-9) / 100:.2f}"


def _shown(need: Need) -> str:
    if need.mode == "count":
        return "counted"
    if need.detectable is None:
        return "nothing"
    rounded = math.ceil(need.detectable * 1000 - 1e-6) / 1000
    return f"{rounded:.3f}" if need.kind in ("threshold", "validity") else f"{rounded:+.3f}"


def _power(need: Need) -> str:
    return "" if need.power is None else _percent(need.power)


def _n(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _print_chances(found: Outlook, console: "Console") -> None:
    whose = "the candidate" if found.n_candidates == 1 else f"{found.n_candidates} candidates, all alike"
    _heading(console, f"What the whole decision comes to ({whose}; {found.repetitions:,} simulated experiments each)")
    several = found.n_candidates > 1
    table = plain_table("if the truth is", "GO", *(["each GO"] if several else []), "NO-GO", "UNDECIDED", "that is")
    for held in found.chances:
        each = [_percent(held.candidate_go)] if several else []
        cells = (held.scenario, _percent(held.go), *each, _percent(held.no_go), _percent(held.undecided), _truth(held))
        table.add_row(*(plain_text(console, cell) for cell in cells))
    console.print(table)


def _truth(held: Chances) -> str:
    return short(held.truth, 6 * _NAME_LIMIT)


def _percent(share: float | None) -> str:
    """Return a chance in whole per cent; only what never or always came up is 0 or 100."""
    if share is None:
        return ""
    if 0.0 < share < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 < share < 1.0 else f"{100 * share:.0f} %"


def _print_growth(growth: Sequence[Growth], console: "Console") -> None:
    _heading(console, "GO, if all is as hoped, against the number of examples")
    for line in plot(growth, blocks=_has_blocks(console)):
        console.print(plain_text(console, line), soft_wrap=True)


def plot(growth: Sequence[Growth], *, blocks: bool) -> Iterator[str]:
    """Yield one line a size: examples, times as many, a bar with a mark at 80 %, the chance of GO."""
    widths = max(len(f"{held.n:,}") for held in growth), max(len(_times(held)) for held in growth)
    for held in growth:
        yield f"  {held.n:>{widths[0]},}  {_times(held):>{widths[1]}}  {_bar(held.go, blocks=blocks)} {_percent(held.go):>5}"


def _times(held: Growth) -> str:
    return "now" if held.factor == 1.0 else f"x {held.factor:.2f}".rstrip("0").rstrip(".")


def _bar(share: float, *, blocks: bool) -> str:
    eighths = round(share * BAR * 8)
    part = _BLOCKS[eighths % 8] if eighths % 8 else ""
    filled = _BLOCKS[0] * (eighths // 8) + part if blocks else "#" * round(eighths / 8)
    rest = [_EMPTY if blocks else "."] * (BAR - len(filled))
    if len(filled) <= WANTED * BAR < BAR:
        rest[int(WANTED * BAR) - len(filled)] = _MARK if blocks else "|"
    return filled + "".join(rest)


def _has_blocks(console: "Console") -> bool:
    try:
        (_BLOCKS + _MARK + _EMPTY).encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _heading(console: "Console", title: str) -> None:
    say(console, "")
    say(console, title, "bold")
