"""Regression runs as the page shows them: what moved since the accepted run, drawn on one scale, and who answers now."""

from collections.abc import Sequence
from dataclasses import dataclass

from tuneproof.core.movement import Movement, Regression
from tuneproof.stages import _history_view as history
from tuneproof.stages import _noise_view as noise
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._figures import Drawing, Span, Tick, shared_scale
from tuneproof.stages._findings import place
from tuneproof.stages._tables import Table
from tuneproof.stages._user_text import cut, short

_SHOWN_IDS = 8
_SHOWN_LINES = 20
_NO_MOVE = "no move shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRow:
    """One system on one evalset or slice, now minus then."""

    name: str
    """The system, or the slice."""
    where: str
    """Evalset and grader; empty in a group of slices."""
    word: str
    """Whether it has moved, and which way."""
    sign: str
    """Its sign."""
    tone: str
    """Its colour: neither way is good or bad by itself, and the findings say which matters."""
    difference: str
    """now minus then."""
    interval: str
    """Its limits."""
    levels: str
    """Then and now."""
    flips: str
    """How many examples are marked lower, and higher."""
    texts: str
    """How many answers are another text; empty where texts were not compared."""
    sentence: str
    """All of it on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnMovement:
    """A movement and its interval."""

    words: MovementRow
    """Its texts."""
    drawing: Drawing
    """now minus then, against no change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementGroup:
    """Movements on one scale."""

    title: str
    """What they are of; empty for whole evalsets."""
    axis: tuple[Tick, ...]
    """The labelled scale."""
    level: str
    """Level of the intervals."""
    rows: tuple[DrawnMovement, ...]
    """In order."""
    hidden: str
    """How many are not shown; empty where all are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionView:
    """What moved since the accepted run."""

    sentence: str
    """What it comes to."""
    since: str
    """Which run was accepted, and when."""
    whole: MovementGroup | None
    """Whole evalsets; None where nothing was compared."""
    slices: tuple[MovementGroup, ...]
    """Slice by slice, a group a system and evalset."""
    worse: Table
    """The first examples that are marked lower now; no rows where none is."""
    identities: tuple[tuple[str, tuple[str, ...]], ...]
    """System, and what is told of it then and now."""
    noise: tuple[str, ...]
    """Each system against itself, a sentence each."""
    floor: Table
    """The same as a table; no rows where none was asked twice."""
    history: history.HistoryView | None
    """Over the runs since; None where there is none."""


def regression_view(held: Regression | None, allowance: Allowance) -> RegressionView | None:
    """Return what moved since the accepted run; None for runs that are no regression runs."""
    if held is None:
        return None
    whole = [one for one in held.movements if one.slice is None]
    return RegressionView(
        sentence=cut(held.sentence, allowance.text),
        since=f"Accepted run {short(held.accepted_run)}, {short(held.accepted_at)}",
        whole=_group("", whole, allowance) if whole else None,
        slices=_slices(held.movements, allowance),
        worse=_worse(whole, allowance),
        identities=tuple(
            (short(system), tuple(cut(" ".join(line.split()), 300) for line in lines[:_SHOWN_LINES]))
            for system, lines in allowance.some(list(held.identities.items()))
        ),
        noise=noise.sentences(held.noise, allowance),
        floor=noise.floor_table(held.noise, allowance),
        history=history.history_view(held.history, allowance),
    )


def moved_word(one: Movement) -> str:
    """Return whether a system has moved, and which way."""
    if one.estimate.value is None:
        return "not measured"
    if not one.has_moved:
        return _NO_MOVE
    return "moved down" if one.estimate.value < 0 else "moved up"


def movement_row(one: Movement) -> MovementRow:
    """Return a movement in words."""
    held, word = one.estimate, moved_word(one)
    return MovementRow(
        name=short(one.system if one.slice is None else one.slice),
        where=place(one.evalset, None, one.grader) if one.slice is None else "",
        word=word,
        sign={"moved down": "\u2193", "moved up": "\u2191", _NO_MOVE: "="}.get(word, "?"),
        tone="undecided" if one.has_moved else "none",
        difference=numerals.signed(held.value),
        interval=f"{numerals.signed(held.low)} to {numerals.signed(held.high)}",
        levels=_levels(one),
        flips=_flips(one),
        texts=_texts(one),
        sentence=in_words(one),
    )


def in_words(one: Movement) -> str:
    """Return a movement on one line."""
    held = one.estimate
    where = place(one.evalset, one.slice, one.grader)
    interval = f"{numerals.signed(held.low)} to {numerals.signed(held.high)}"
    told = f"{_levels(one)}, {numerals.signed(held.value)} ({interval}), {moved_word(one)}"
    return f"{short(one.system)} on {where}: {told}; {', '.join(filter(None, (_flips(one), _texts(one))))}"


def _group(title: str, found: Sequence[Movement], allowance: Allowance) -> MovementGroup:
    shown = allowance.some(found)
    scale = shared_scale([Span(estimate=one.estimate) for one in shown], is_signed=True, with_zero=True)
    return MovementGroup(
        title=title,
        axis=scale.ticks(),
        level=numerals.level(found[0].estimate.level),
        rows=tuple(DrawnMovement(words=movement_row(one), drawing=scale.draw(Span(estimate=one.estimate))) for one in shown),
        hidden=allowance.hidden(found),
    )


def _slices(found: Sequence[Movement], allowance: Allowance) -> tuple[MovementGroup, ...]:
    groups: dict[str, list[Movement]] = {}
    for one in found:
        if one.slice is not None:
            groups.setdefault(f"{short(one.system)} on {place(one.evalset, None, one.grader)}", []).append(one)
    return tuple(_group(title, group, allowance) for title, group in allowance.some(list(groups.items())))


def _levels(one: Movement) -> str:
    return f"{numerals.score(one.before)} \u2192 {numerals.score(one.after)}"


def _flips(one: Movement) -> str:
    held = one.estimate
    missing = f" (+{held.n_missing:,} missing)" if held.n_missing else ""
    return f"{one.n_worse:,} lower, {one.n_better:,} higher of {held.n:,}{missing}"


def _texts(one: Movement) -> str:
    return "" if one.n_changed_texts is None else f"{one.n_changed_texts:,} texts changed"


def _worse(found: Sequence[Movement], allowance: Allowance) -> Table:
    """Return the examples to look at first."""
    lost = [one for one in found if one.worse]
    return Table(
        caption="First examples that are marked lower now",
        columns=("system", "on", "lower now", "examples"),
        rows=tuple(
            (short(one.system), place(one.evalset, None, one.grader), numerals.whole(one.n_worse), _ids(one))
            for one in allowance.some(lost)
        ),
        hidden=allowance.hidden(lost),
    )


def _ids(one: Movement) -> str:
    shown = [short(name, 40) for name in one.worse[:_SHOWN_IDS]]
    hidden = one.n_worse - len(shown)
    return ", ".join(shown) + (f" and {hidden:,} more" if hidden > 0 else "")
