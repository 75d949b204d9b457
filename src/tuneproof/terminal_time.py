"""What the command line prints of the decision in time: plan, learning curves, early ends, noise, the accepted run, exposures.

A few lines each, and none where there is nothing to say; the report has the pictures.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tuneproof.core.report import Dossier
from tuneproof.stages import _movement_view as movement
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._curve_view import TONES, point_in_words
from tuneproof.stages._exposure_view import exposure_cautions, exposure_in_words
from tuneproof.stages._noise_view import in_words
from tuneproof.stages._stopping_view import StoppingView, stopping_view
from tuneproof.stages._user_text import cut, short
from tuneproof.terminal_plain import STYLES, plain_table, plain_text, say

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN = 12
"""Lines of one sort; the report has all."""
_TEXT_LIMIT = 400
_NAME_LIMIT = 40
_ALLOWED = Allowance(rows=_SHOWN, flips=0, text=_TEXT_LIMIT)


def print_time(dossier: Dossier, console: "Console") -> None:
    """Print all of it, what a release hangs on last."""
    print_outlook(dossier, console)
    print_curves(dossier, console)
    print_stopping(dossier, console)
    print_noise(dossier, console)
    print_regression(dossier, console)
    print_exposure(dossier, console)


def print_outlook(dossier: Dossier, console: "Console") -> None:
    """Print what was to be expected before the data."""
    if dossier.outlook is not None:
        say(console, f"before the data: {_line(dossier.outlook.sentence)}")


def print_curves(dossier: Dossier, console: "Console") -> None:
    """Print each learning curve: a line a checkpoint, then what it comes to."""
    for curve in dossier.curves[:_SHOWN]:
        name = f"{short(curve.candidate, _NAME_LIMIT)} on {short(curve.evalset, _NAME_LIMIT)}"
        for point in curve.points[-_SHOWN:]:
            chosen = ", chosen" if point.checkpoint.number == curve.chosen else ""
            say(console, f"{name}, {point_in_words(point)}{chosen}", STYLES.get(TONES[point.advice]))
        say(console, f"{name}: {_line(curve.sentence)}", "bold")
    _say_hidden(console, len(dossier.curves), "learning curves")


def print_stopping(dossier: Dossier, console: "Console") -> None:
    """Print who ended early and why, what that saved, and what had to be asked to the end."""
    held = stopping_view(dossier, _ALLOWED)
    if held is None:
        return
    for line, style in _ends(held):
        say(console, line, style)
    say(console, f"{held.title.lower()}: {held.in_short}")
    for sentence in held.to_the_end:
        say(console, f"asked to the end: {_line(sentence)}")


def print_noise(dossier: Dossier, console: "Console") -> None:
    """Print how far systems differ from themselves, and what follows for the number of repeats."""
    for one in dossier.noise[:_SHOWN]:
        say(console, f"noise: {in_words(one)}")
    for held in dossier.repeats[:_SHOWN]:
        say(console, f"repeats: {_line(held.sentence)}")
    _say_hidden(console, max(len(dossier.noise), len(dossier.repeats)), "lines on noise")


def print_regression(dossier: Dossier, console: "Console") -> None:
    """Print what moved since the accepted run: a row a system and evalset, slices that moved, and what it comes to."""
    held = dossier.regression
    if held is None:
        return
    whole = [one for one in held.movements if one.slice is None]
    table = plain_table("", "system", "on", "then, now", "now minus then", "marked now")
    for row in (movement.movement_row(one) for one in whole[:_SHOWN]):
        style = STYLES[row.tone] if row.tone == "undecided" else None
        measured, marked = f"{row.difference}\n({row.interval})", f"{row.flips}\n{row.texts}".rstrip()
        cells = (row.word, row.name, row.where, row.levels, measured, marked)
        table.add_row(*(plain_text(console, cell, style) for cell in cells))
    if whole:
        console.print(table)
    moved = [one for one in held.movements if one.slice is not None and one.has_moved]
    for one in moved[:_SHOWN]:
        say(console, movement.in_words(one), STYLES["undecided"])
    _say_hidden(console, max(len(whole), len(moved)), "systems and slices")
    say(console, f"since the accepted run {short(held.accepted_run)}: {_line(held.sentence)}", "bold")


def print_exposure(dossier: Dossier, console: "Console") -> None:
    """Print which exposure of the holdout it is, and what is to be known of the ledger."""
    told = exposure_in_words(dossier.slot)
    if told:
        say(console, told)
    said = dossier.judgement.cautions if dossier.judgement else ()
    for caution in exposure_cautions(dossier.slot, said):
        say(console, f"caution: {_line(caution)}", STYLES["undecided"])


def _ends(held: StoppingView) -> Iterable[tuple[str, str]]:
    for track in held.tracks:
        if track.is_early:
            told = f"{track.sign} {track.candidate} {track.share}, {track.decision}: {_line(track.sentence)}"
            yield told, STYLES[track.tone]


def _line(text: str) -> str:
    return cut(" ".join(text.split()), _TEXT_LIMIT)


def _say_hidden(console: "Console", count: int, what: str) -> None:
    if count > _SHOWN:
        say(console, f"... and {count - _SHOWN:,} more {what} in the report")
