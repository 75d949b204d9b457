"""Noise as the page shows it: systems against themselves, and where the spread of a difference comes from."""

from collections.abc import Sequence
from dataclasses import dataclass

from tuneproof.core.movement import Noise, Repeats
from tuneproof.core.report import Dossier
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._findings import place
from tuneproof.stages._tables import Table
from tuneproof.stages._user_text import cut, short


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseView:
    """How much the numbers move by themselves."""

    sentences: tuple[str, ...]
    """What follows from each asking twice."""
    floor: Table
    """Systems against themselves; no rows where none was asked twice."""
    repeats: Table
    """Where the spread comes from; no rows where examples are asked once."""
    advice: tuple[str, ...]
    """What follows for the number of repeats."""


def noise_view(dossier: Dossier, allowance: Allowance) -> NoiseView | None:
    """Return how much the numbers move by themselves; None where that was not measured."""
    if not dossier.noise and not dossier.repeats:
        return None
    return NoiseView(
        sentences=sentences(dossier.noise, allowance),
        floor=floor_table(dossier.noise, allowance),
        repeats=_repeats_table(dossier.repeats, allowance),
        advice=tuple(cut(one.sentence, allowance.text) for one in allowance.some(dossier.repeats)),
    )


def sentences(noise: Sequence[Noise], allowance: Allowance) -> tuple[str, ...]:
    """Return what follows from each asking twice, a sentence each."""
    return tuple(in_words(one) for one in allowance.some(noise))


def in_words(one: Noise) -> str:
    """Return how far a system differs from itself, and what that means for a reader."""
    moved, share = one.movement, one.flip_share
    name = f"{short(moved.system)} on {place(moved.evalset, moved.slice, moved.grader)}"
    if share is None:
        return f"{name}: asked twice, nothing could be compared."
    changed = moved.n_better + moved.n_worse
    of = f"{changed:,} of {moved.estimate.n:,} marks differ ({100 * share:.1f} %)"
    if not changed:
        return f"{name}: asked the same again, {of}; it answers alike each time."
    held = moved.estimate
    mean = f"{numerals.signed(held.value)} ({numerals.signed(held.low)} to {numerals.signed(held.high)})"
    return f"{name}: asked the same again, {of}, the mean by {mean}: a difference within that range may be noise."


def floor_table(noise: Sequence[Noise], allowance: Allowance) -> Table:
    """Return systems against themselves."""
    return Table(
        caption="Asked the same again",
        columns=("system", "on", "n", "means", "second minus first", "marks that differ", "texts that differ"),
        rows=tuple(_floor(one) for one in allowance.some(noise)),
        hidden=allowance.hidden(noise),
    )


def _floor(one: Noise) -> tuple[str, ...]:
    moved, held = one.movement, one.movement.estimate
    return (
        short(moved.system),
        place(moved.evalset, moved.slice, moved.grader),
        numerals.whole(one.n),
        f"{numerals.score(moved.before)} \u2192 {numerals.score(moved.after)}",
        f"{numerals.signed(held.value)} ({numerals.signed(held.low)} to {numerals.signed(held.high)})",
        numerals.UNKNOWN if one.flip_share is None else numerals.counted(moved.n_better + moved.n_worse, held.n),
        "not compared" if moved.n_changed_texts is None else numerals.counted(moved.n_changed_texts, one.n),
    )


def _repeats_table(repeats: Sequence[Repeats], allowance: Allowance) -> Table:
    columns = ("candidate", "baseline", "on", "n", "repeats", "within examples", "between examples", "best repeats")
    return Table(
        caption="Where the variance of a difference comes from",
        columns=columns,
        rows=tuple(_repeats(one) for one in allowance.some(repeats)),
        hidden=allowance.hidden(repeats),
    )


def _repeats(one: Repeats) -> tuple[str, ...]:
    return (
        short(one.candidate),
        short(one.baseline),
        place(one.evalset, None, one.grader),
        numerals.whole(one.n),
        numerals.whole(one.repeats),
        numerals.score(one.within, 4),
        numerals.score(one.between, 4),
        numerals.whole(one.best_repeats),
    )
