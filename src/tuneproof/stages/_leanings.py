"""Leanings: what sways a judge beside the answer itself: being shown first, being longer, being of the judge's own family.

Each figure is of what judges chose; where people labelled, the same share of their labels stands beside it. People may prefer
longer answers too: only the difference is the judge's bias.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from tuneproof.core.judge_report import Figure
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._families import kin, relatives
from tuneproof.stages._gauge import Gauge
from tuneproof.stages._opinions import Opinions
from tuneproof.stages._user_text import short
from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray

FIRST, FLIPS, FLIPS_TO_FIRST = "first shown is chosen", "flips", "flips to the first shown"
LONGER, OWN_FAMILY = "longer answer wins", "favours its own family"

BY_PEOPLE = ", by people"
"""Ends the name of a figure of people's labels."""
WHERE_LABELLED = ", where people labelled"
"""Ends the name of a judge's figure over the pairs that people labelled too, to be held beside theirs."""
LENGTHS = ((0.0, 0.1, "up to 10 % longer"), (0.1, 0.5, "10 to 50 % longer"), (0.5, np.inf, "over 50 % longer"))
"""How much longer than the other an answer is: more than, at most, in words."""
_SAME = 1e-9
"""Marks closer than that differ by rounding only."""

Found = Iterator[Figure | str]
"""Figures, and after each what it gives cause to say."""


def leanings(
    held: Opinions, gauge: Gauge, rivals: Sequence[tuple[str, str]], models: Mapping[str, str]
) -> tuple[Figure | str, ...]:
    """Return where the judges of one grader lean: figures, and a sentence (a text) for each that stands out.

    Args:
        held: What judges chose and people said.
        gauge: What figures are made with.
        rivals: Candidate and baseline; graders that look at one answer compare no lengths without.
        models: System or judge to model id.
    """
    return (
        *(one for judge in held.menu.judges for one in _position(held, gauge, judge)),
        *_length(_Duels.of(held, rivals), gauge),
        *(one for judge in held.menu.judges for one in _family(held, gauge, judge, models)),
    )


def _position(held: Opinions, gauge: Gauge, judge: str) -> Found:
    """Yield how often a judge chooses what is shown first, over the pairs that it saw in both orders."""
    if not held.is_pairwise:
        return
    given, swapped = held.shown(judge, "given"), held.shown(judge, "swapped")
    both = (given >= 0) & (swapped >= 0)
    scores = np.array([choice.score for choice in held.menu.choices])
    side = np.sign(np.round(scores - 0.5, 9))
    one, other, clusters = side[given[both]], side[swapped[both]], held.clusters[both]
    if not one.size:
        return
    chosen, twice = np.concatenate([one, other]), np.concatenate([clusters, clusters])
    flip = (one == other) & (one != 0.0)
    start = _start(held, judge)
    first = gauge.share(start + FIRST, (chosen > 0.0)[chosen != 0.0].astype(float), twice[chosen != 0.0], "0.5 = no leaning")
    yield first
    yield gauge.share(start + FLIPS, flip.astype(float), clusters, "the same place in both orders: a tie")
    if flip.any():
        yield gauge.share(start + FLIPS_TO_FIRST, (one > 0.0)[flip].astype(float), clusters[flip], "0.5 = no leaning")
    if first.low is not None and first.high is not None and not first.low <= 0.5 <= first.high:
        place = "first" if first.low > 0.5 else "second"
        what = f"{short(judge)} leans to what is shown {place}: the first is chosen in {_told(first, gauge, 'choices')}"
        yield f"{what}, where 0.5 is no leaning; both orders are asked, so that this makes ties and no winners"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Duels:
    """Two answers to one example, one row a pair."""

    judged: FloatArray
    """float64[pairs]: how much better the one is marked than the other; NaN where a mark is missing."""
    people: FloatArray
    """float64[pairs]: the same by people."""
    longer: FloatArray
    """float64[pairs]: how much longer the one is, as a share of the shorter of the two; negative where the other is longer."""
    clusters: IntArray
    """int64[pairs]: cluster of the example."""

    @classmethod
    def of(cls, held: Opinions, rivals: Sequence[tuple[str, str]]) -> Self:
        """Pair each answer with the reference's, or each candidate's with the baseline's of the same repeat."""
        chars = held.count("chars")
        if held.is_pairwise:
            lengths = _longer(chars, held.count("other_chars"))
            return cls(judged=2.0 * held.marks - 1.0, people=2.0 * held.human - 1.0, longer=lengths, clusters=held.clusters)
        names = [pair for pair in rivals if pair[0] != pair[1] and set(pair) <= set(held.systems)]
        rows = [held.place[[held.systems.index(name) for name in pair]].reshape(2, -1) for pair in names]
        placed = np.concatenate(rows, axis=1) if rows else np.zeros((2, 0), dtype=np.int64)
        mine, other = placed[:, (placed >= 0).all(axis=0)]
        return cls(
            judged=held.marks[mine] - held.marks[other],
            people=held.human[mine] - held.human[other],
            longer=_longer(chars[mine], chars[other]),
            clusters=held.clusters[mine],
        )

    def share(self, gauge: Gauge, name: str, gaps: FloatArray, part: BoolArray) -> Figure:
        """Return how often the longer answer is marked better, over pairs of different marks and lengths."""
        used = part & (np.abs(gaps) > _SAME) & (np.abs(self.longer) > 0.0)
        wins = (gaps > 0.0) == (self.longer > 0.0)
        return gauge.share(name, wins[used].astype(float), self.clusters[used])


def _longer(mine: IntArray, other: IntArray) -> FloatArray:
    """Return how much longer one text is than the shorter of the two; NaN where a length is unknown or both are empty."""
    known, least = (mine >= 0) & (other >= 0), np.minimum(mine, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known, (mine - other) / np.where(known, least, 1), np.nan)


def _length(duels: _Duels, gauge: Gauge) -> Found:
    """Yield how often the longer answer wins, in all and by how much it is longer, by the judge and by people."""
    every = np.ones(duels.longer.size, dtype=bool)
    judged = duels.share(gauge, LONGER, duels.judged, every)
    if not judged.n:
        return
    yield judged
    labelled = ~np.isnan(duels.people)
    people = duels.share(gauge, LONGER + BY_PEOPLE, duels.people, every)
    if people.n:
        beside = duels.share(gauge, LONGER + WHERE_LABELLED, duels.judged, labelled)
        yield from (people, beside) if beside.n < judged.n else (people,)
        yield from _apart(beside, people, gauge)
    for above, most, words in LENGTHS:
        part = (np.abs(duels.longer) > above) & (np.abs(duels.longer) <= most)
        shares = [
            duels.share(gauge, f"{LONGER}, {words}{whose}", gaps, part)
            for whose, gaps in (("", duels.judged), (BY_PEOPLE, duels.people))
        ]
        yield from (share for share in shares if share.n)


def _apart(judged: Figure, people: Figure, gauge: Gauge) -> Iterator[str]:
    """Yield a sentence where the judge's share and people's lie so far apart that their intervals do not touch."""
    limits = (judged.low, judged.high, people.low, people.high)
    if any(limit is None for limit in limits):
        return
    low, high, least, most = (limit or 0.0 for limit in limits)
    if low > most or high < least:
        which = "longer" if low > most else "shorter"
        what = f"judges lean to the {which} answer more than people do: the longer one wins in {_told(judged, gauge, 'pairs')}"
        yield f"{what}, and by people's labels in {_told(people, gauge, 'pairs')}"


def _family(held: Opinions, gauge: Gauge, judge: str, models: Mapping[str, str]) -> Found:
    """Yield how much more than people a judge gives its own family than others, and that there is a family."""
    own = kin(judge, held.systems, models)
    if not own:
        return
    inside = np.array([system in own for system in held.systems])[held.system]
    gaps = held.own_marks(judge) - held.human
    used = ~np.isnan(gaps)
    if held.is_pairwise:
        # What one answer of a pair is given the other loses; two answers of one family tell nothing of it.
        reference = held.menu.against in own
        used &= inside != reference
        inside, gaps = np.ones_like(inside), -gaps if reference else gaps
    if bool((used & inside).any()) and (held.is_pairwise or bool((used & ~inside).any())):
        yield gauge.apart(_start(held, judge) + OWN_FAMILY, gaps[used], inside[used], held.clusters[used])
    yield relatives(judge, own, models)


def _start(held: Opinions, judge: str) -> str:
    """Return what a figure's name starts with: the judge, where there are several."""
    return f"{short(judge)}: " if len(held.menu.judges) > 1 else ""


def _told(one: Figure, gauge: Gauge, what: str) -> str:
    interval = f"{numerals.level(1.0 - 2.0 * gauge.alpha)} interval {numerals.score(one.low)} to {numerals.score(one.high)}"
    return f"{numerals.score(one.value)} of {one.n:,} {what} ({interval})"
