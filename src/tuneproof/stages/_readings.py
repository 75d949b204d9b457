"""Judges against people, and people against each other: how often they agree, and how much more than by chance.

An answer on which a judge made no choice has none to compare: it is left out here, and the figure says how many there are.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tuneproof.core.judge_report import Figure, Reading
from tuneproof.stages._gauge import Gauge, figure, notes
from tuneproof.stages._opinions import Opinions
from tuneproof.stats.agreement import Pair, agreement, kappa, krippendorff_alpha
from tuneproof.stats.arrays import BoolArray, FloatArray, IntArray

PANEL = "panel"
"""Stands for the mark that several judges come to."""
_SAME = 1e-9


def readings(held: Opinions, gauge: Gauge) -> tuple[Reading, ...]:
    """Return each judge against people, on the whole evalset and on each slice that holds a label."""
    sittings = [_Sitting.of(held, gauge, judge) for judge in held.menu.judges]
    if len(held.menu.judges) > 1:
        marks, note = held.settled()
        sittings.append(_Sitting(held=held, gauge=gauge, judge=PANEL, given=marks, note=note))
    return tuple(reading for sitting in sittings for reading in sitting.readings())


def people(held: Opinions, gauge: Gauge) -> tuple[Figure, ...]:
    """Return people against each other, over the answers that two of them labelled; nothing where there is none."""
    several = (held.labels >= 0).sum(axis=0) >= 2
    labels, clusters = held.labels[:, several], held.clusters[several]
    pairs = [(labels[a], labels[b]) for a, b in combinations(range(len(labels)), 2)]
    pairs = [pair for pair in pairs if bool(((pair[0] >= 0) & (pair[1] >= 0)).any())]
    if not pairs:
        return ()
    n_choices, ordinal = len(held.menu.choices), held.menu.is_ordinal
    weights = _weights(held)
    return (
        figure("agreement", agreement(pairs, clusters, gauge.of_share)),
        figure("kappa", kappa(pairs, clusters, gauge.of_coefficient, n_choices=n_choices, ordinal=ordinal), weights),
        figure(
            "Krippendorff's alpha",
            krippendorff_alpha(labels, clusters, gauge.of_coefficient, n_choices=n_choices, ordinal=ordinal),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sitting:
    """One judge's choices beside people's."""

    held: Opinions
    """All answers."""
    gauge: Gauge
    """What figures are made with."""
    judge: str
    """Its name."""
    given: IntArray
    """int64[answers]: its choices; of a panel also K, for neither of two."""
    swapped: IntArray | None = None
    """int64[answers]: its choices in the swapped order, turned back; None where there is one order."""
    note: str = ""
    """What the reader must know of its choices."""

    @classmethod
    def of(cls, held: Opinions, gauge: Gauge, judge: str) -> "_Sitting":
        swapped = held.choices(judge, "swapped") if held.is_pairwise else None
        return cls(held=held, gauge=gauge, judge=judge, given=held.choices(judge), swapped=swapped)

    def readings(self) -> list[Reading]:
        every = np.ones(self.given.size, dtype=bool)
        parts: list[tuple[str | None, BoolArray]] = [(None, every), *self.held.slices.items()]
        return [
            Reading(judge=self.judge, slice=name, figures=tuple(self._figures(part)))
            for name, part in parts
            if bool((part & self.held.labelled).any())
        ]

    def _figures(self, part: BoolArray) -> list[Figure]:
        agreed = self._against_people(self.given, part)
        if self.swapped is not None:
            turned = self._against_people(self.swapped, part, ", swapped")
            return [agreed[0], turned[0], agreed[1], turned[1], *self._orders(self.swapped, part)]
        if self.held.is_pairwise:
            return agreed
        return [*agreed, *self._near(part), *self._found(part)]

    def _against_people(self, mine: IntArray, part: BoolArray, order: str = "") -> list[Figure]:
        """Return agreement and kappa, each the mean over raters."""
        used = part & self.held.labelled
        lacking = int((used & (mine < 0)).sum())
        note = notes(self.note, f"{lacking:,} labelled answers on which it made no choice are left out" if lacking else "")
        used &= mine >= 0
        labels, clusters = self.held.labels[:, used], self.held.clusters[used]
        pairs = [(mine[used], label) for label in labels if bool((label >= 0).any())] or [(mine[used], mine[used])]
        return [
            figure(f"agreement{order}", agreement(pairs, clusters, self.gauge.of_share), note),
            self._kappa(f"kappa{order}", pairs, clusters, note),
        ]

    def _kappa(self, name: str, pairs: list[Pair], clusters: IntArray, note: str) -> Figure:
        menu = self.held.menu
        n_choices = len(menu.choices) + (self.judge == PANEL and not menu.is_ordinal)
        found = kappa(pairs, clusters, self.gauge.of_coefficient, n_choices=n_choices, ordinal=menu.is_ordinal)
        return figure(name, found, notes(_weights(self.held), note))

    def _near(self, part: BoolArray) -> list[Figure]:
        """Return, for scales, how often the judge is at most one step off; its agreement is the exact one."""
        if not self.held.menu.is_ordinal:
            return []
        used = part & self.held.labelled & (self.given >= 0)
        labels = self.held.labels[:, used]
        near = _over_raters(np.abs(labels - self.given[used]) <= 1, labels)
        return [self.gauge.share("within one", near, self.held.clusters[used], "agreement is the exact one")]

    def _found(self, part: BoolArray) -> list[Figure]:
        """Return, for menus of two scores, how much of what people call good and bad the judge calls so too."""
        scores = np.array([choice.score for choice in self.held.menu.choices])
        top, bottom = scores.max(), scores.min()
        if top - bottom < _SAME or not bool(((top - scores < _SAME) | (scores - bottom < _SAME)).all()):
            return []
        good, bad = np.append(scores > (top + bottom) / 2.0, False), np.append(scores < (top + bottom) / 2.0, False)
        labels = self.held.labels
        rater, answer = np.nonzero(part & (labels >= 0) & (self.given >= 0))
        theirs, mine, clusters = good[labels[rater, answer]], self.given[answer], self.held.clusters[answer]
        called = good[mine[theirs]].astype(float), bad[mine[~theirs]].astype(float)
        return [
            self.gauge.share("sensitivity", called[0], clusters[theirs], "of what people call the better"),
            self.gauge.share("specificity", called[1], clusters[~theirs], "of what people call the worse"),
        ]

    def _orders(self, swapped: IntArray, part: BoolArray) -> list[Figure]:
        """Return how far a judge's two orders agree, over all it chose in both, and how often both are as people say."""
        both = part & (self.given >= 0) & (swapped >= 0)
        pairs, clusters = [(self.given[both], swapped[both])], self.held.clusters[both]
        used = both & self.held.labelled
        labels = self.held.labels[:, used]
        right = _over_raters((labels == self.given[used]) & (labels == swapped[used]), labels)
        return [
            figure("orders agree", agreement(pairs, clusters, self.gauge.of_share)),
            self._kappa("kappa between orders", pairs, clusters, ""),
            self.gauge.share("right in both orders", right, self.held.clusters[used]),
        ]


def _weights(held: Opinions) -> str:
    return "quadratic weights" if held.menu.is_ordinal else ""


def _over_raters(fits: BoolArray, labels: IntArray) -> FloatArray:
    """Return float64[answers]: the share of the raters of an answer with whom it fits; each has at least one."""
    there = labels >= 0
    return np.asarray((fits & there).sum(axis=0) / np.maximum(there.sum(axis=0), 1), dtype=np.float64)
