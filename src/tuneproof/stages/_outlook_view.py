"""The outlook as the page shows it: what was to be expected before the data, scenario by scenario and size by size."""

import math
from dataclasses import dataclass

from tuneproof.core.outlook import Chances, Growth, Need, Outlook
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._figures import Scale
from tuneproof.stages._findings import and_more, place
from tuneproof.stages._plot import Frame, Line, Plot, Point
from tuneproof.stages._tables import Table
from tuneproof.stages._user_text import cut, short

_NOT_ANY = "\u2013"
"""Stands where no number does, or none can be given."""
_WIDE_ENOUGH = 0.16
"""A part of a bar that is narrower has no room for its number; the number stands beside the bar in any case."""
_SHOWN_CAUTIONS = 12
_AIM = 80.0
_PER_CENT = Scale(low=0.0, high=100.0, is_signed=False)
_RATIO = 10.0
"""Sizes that differ by more than that stand on a logarithmic scale: else the first ones would touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One outcome's part of a bar."""

    tone: str
    """Its colour."""
    x: str
    """Where it starts."""
    width: str
    """How long it is."""
    middle: str
    """Where its label stands."""
    label: str
    """Its sign and its share; empty where there is no room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChancesRow:
    """What the whole decision comes to, if one scenario is true."""

    scenario: str
    """Its name."""
    truth: str
    """What is true in it."""
    parts: tuple[Part, ...]
    """The bar: GO, UNDECIDED, NO-GO."""
    go: str
    """P(GO)."""
    no_go: str
    """P(NO-GO)."""
    undecided: str
    """P(UNDECIDED)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookView:
    """The plan of an experiment."""

    sentence: str
    """What it comes to."""
    how: str
    """How the figures were made, and how exact they are."""
    rows: tuple[ChancesRow, ...]
    """One a scenario."""
    growth: Plot | None
    """P(GO) as hoped against the number of examples; None where it was not worked out."""
    growth_in_words: str
    """The same in one line."""
    needs: Table
    """What each criterion takes."""
    cautions: tuple[str, ...]
    """What the simulation takes for granted."""


def outlook_view(outlook: Outlook | None, allowance: Allowance) -> OutlookView | None:
    """Return the outlook; None where the lock keeps none."""
    if outlook is None:
        return None
    shown = [cut(one, allowance.text) for one in outlook.cautions[:_SHOWN_CAUTIONS]]
    return OutlookView(
        sentence=cut(outlook.sentence, allowance.text),
        how=_how(outlook),
        rows=tuple(_row(chances, allowance) for chances in allowance.some(outlook.chances)),
        growth=_growth_plot(outlook.growth) if outlook.growth else None,
        growth_in_words=", ".join(f"{chance(one.go)} with {one.n:,}" for one in outlook.growth),
        needs=_needs_table(outlook, allowance),
        cautions=and_more(shown, len(outlook.cautions), "caution"),
    )


def chance(share: float) -> str:
    """Return a probability in whole per cent; what is neither certain nor impossible is not said to be."""
    if not math.isfinite(share):
        return numerals.UNKNOWN
    if 0 < share < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"


def _how(outlook: Outlook) -> str:
    candidates = f"{outlook.n_candidates:,} candidate{'s' * (outlook.n_candidates != 1)}, each as the scenario says"
    missing = f", {100 * outlook.missing:.3g} % of answers missing" if outlook.missing else ""
    exact = f"each figure is good to about {max(1, math.ceil(196 * outlook.standard_error))} points"
    return f"{outlook.repetitions:,} simulated experiments a scenario, seed {outlook.seed}: {candidates}{missing}; {exact}."


def _row(held: Chances, allowance: Allowance) -> ChancesRow:
    return ChancesRow(
        scenario=short(held.scenario),
        truth=cut(held.truth, allowance.text),
        parts=_parts(held),
        go=chance(held.go),
        no_go=chance(held.no_go),
        undecided=chance(held.undecided),
    )


def _parts(held: Chances) -> tuple[Part, ...]:
    """Return the parts of a bar; the good end and the bad end stand at the ends, what is open between them."""
    shares = (("met", "\u2713", held.go), ("undecided", "?", held.undecided), ("breached", "\u2715", held.no_go))
    parts, start = [], 0.0
    for tone, sign, share in shares:
        width = 100 * share
        label = f"{sign} {chance(share)}" if share >= _WIDE_ENOUGH else sign if share >= _WIDE_ENOUGH / 3 else ""
        middle = f"{start + width / 2:.2f}%"
        if width > 0:
            parts.append(Part(tone=tone, x=f"{start:.2f}%", width=f"{width:.2f}%", middle=middle, label=label))
        start += width
    return tuple(parts)


def _growth_plot(growth: tuple[Growth, ...]) -> Plot:
    """Return P(GO) against the number of examples, with the line at 80 %."""
    first, last = growth[0].n, growth[-1].n
    is_wide = first > 0 and last / first > _RATIO
    at = {one.n: math.log(one.n) if is_wide else float(one.n) for one in growth}
    low, high = min(at.values()), max(at.values())
    room = (high - low) * 0.05 or 1.0
    frame = Frame(x=Scale(low=low - room, high=high + room, is_signed=False), y=_PER_CENT, unit=" %")
    points = [Point(x=at[one.n], value=100 * one.go, low=100 * one.go, high=100 * one.go) for one in growth]
    return frame.draw(points, [Line(value=_AIM, label="", kind="margin")], [{at[one.n]: f"{one.n:,}" for one in growth}])


def _needs_table(outlook: Outlook, allowance: Allowance) -> Table:
    return Table(
        caption="What each criterion takes by itself",
        columns=("criterion", "mode", "on", "n", "power", "detectable with 80 %", "n for 80 %", "n for 95 %"),
        rows=tuple(_need(need) for need in allowance.some(outlook.needs)),
        hidden=allowance.hidden(outlook.needs),
    )


def _need(need: Need) -> tuple[str, ...]:
    return (
        short(need.criterion),
        need.mode,
        place(need.evalset, need.slice),
        numerals.whole(need.n),
        _NOT_ANY if need.power is None else chance(need.power),
        _NOT_ANY if need.detectable is None else numerals.score(need.detectable),
        _NOT_ANY if need.n_80 is None else numerals.whole(need.n_80),
        _NOT_ANY if need.n_95 is None else numerals.whole(need.n_95),
    )
