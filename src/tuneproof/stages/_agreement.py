"""How far a judge agrees with people: every reading of it against every person, on all answers that people labelled."""

from dataclasses import dataclass, replace

import numpy as np

from tuneproof.core.completion import Order
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.judging import NO_CHOICE
from tuneproof.stages._inferred import NAMED, Sides, nothing, told, unsaid
from tuneproof.stages._opinions import Opinions
from tuneproof.stages.tabulate import Menu, Tables
from tuneproof.stats.agreement import Pair, agreement, kappa
from tuneproof.stats.arrays import BoolArray, IntArray
from tuneproof.stats.bounded import PAIRED_RANGE, SINGLE_RANGE, Bounded, Inference, Question
from tuneproof.stats.inference import Levels


def agreed(quantity: Quantity, tables: Tables, levels: Levels) -> Estimate:
    """Estimate how far the judges of one grader agree with people.

    A unit is one labelled answer, of whichever system, example and repeat. Its readings are each judge's choice, of pairs in
    each order, and each reading is compared with each person: the figure is that of the average judge, in either order, and the
    average person, not that of the panel's mark. Answers to one example are not independent, so the interval is one over
    examples (or their clusters). A choice that a judge did not make is bounded: it is every person's, or nobody's.

    Args:
        quantity: `kappa` or `agreement` of one grader on one evalset or slice.
        tables: All scores, what people said, and what was chosen from.
        levels: The error levels.
    """
    key = (quantity.evalset, quantity.grader or "")
    people = tables.people.get(key)
    if people is None or key not in tables.columns or key not in tables.menus:
        return _unlabelled(quantity, levels.alpha)
    held = Opinions.of(tables, key)
    chosen = held.labelled & held.asked
    if quantity.slice is not None:
        chosen &= held.slices.get(quantity.slice, np.zeros_like(chosen))  # `--limit` may leave nothing of a slice
    sheet = _Sheet.of(held, chosen)
    if not sheet.examples.size:
        return _unlabelled(quantity, levels.alpha)
    named = dict.fromkeys(held.example_ids[place] for place in sheet.examples[sheet.lacking])
    bounded = sheet.infer(quantity, levels)
    unknown = "the judge would have chosen where it made no choice"
    found = told(quantity, bounded, Sides(missing_ids=tuple(named)[:NAMED]), levels.alpha, unknown)
    if people.chosen == "unknown":
        why = "people's labels are no fair sample as far as can be seen, so they say nothing of the other answers"
        return replace(unsaid(found, why), cautions=(*found.cautions, why))
    return replace(found, blocked="TOO_FEW_HUMAN_LABELS") if found.blocked == "MORE_DATA" else found


def _unlabelled(quantity: Quantity, alpha: float) -> Estimate:
    why = "no answer that the judge marked is labelled by people: draw what they are to label with `tuneproof judge sample`"
    return unsaid(nothing(alpha, quantity), why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """Readings and people's choices of labelled answers, one row an answer."""

    menu: Menu
    """What was chosen from."""
    examples: IntArray
    """int64[answers]: place of the example."""
    clusters: IntArray
    """int64[answers]: cluster of the example."""
    pairs: tuple[Pair, ...]
    """Each reading, of pairs turned to the order in which people choose, with each person's choices: int64[answers] both."""

    @classmethod
    def of(cls, held: Opinions, chosen: BoolArray) -> "_Sheet":
        orders: tuple[Order, ...] = ("given", "swapped") if held.is_pairwise else ("given",)
        readings = [held.choices(judge, order)[chosen] for judge in held.menu.judges for order in orders]
        return cls(
            menu=held.menu,
            examples=held.example[chosen],
            clusters=held.clusters[chosen],
            pairs=tuple((reading, rater[chosen]) for reading in readings for rater in held.labels),
        )

    @property
    def lacking(self) -> BoolArray:
        """bool[answers]: a judge was asked and made no choice."""
        return np.asarray(np.any([reading == NO_CHOICE for reading, _ in self.pairs], axis=0), dtype=np.bool_)

    def infer(self, quantity: Quantity, levels: Levels) -> Bounded:
        """Return the agreement over the answers with every choice, and with the missing choices at their worst and best."""
        whole, farthest = ~self.lacking, len(self.menu.choices) - 1

        def measured(pairs: list[Pair], chosen: BoolArray) -> Inference:
            span = PAIRED_RANGE if quantity.measure == "kappa" else SINGLE_RANGE
            question = Question(span=span, threshold=quantity.threshold, levels=levels)
            picked, clusters = [(one[chosen], other[chosen]) for one, other in pairs], self.clusters[chosen]
            if quantity.measure == "agreement":
                return agreement(picked, clusters, question)
            return kappa(picked, clusters, question, n_choices=farthest + 1, ordinal=self.menu.is_ordinal)

        resolved = measured(list(self.pairs), whole)
        if whole.all():
            return Bounded(resolved=resolved, worst=resolved, best=resolved, n_missing=0)
        every = np.ones_like(whole)
        worst = [(_filled(one, np.where(2 * other > farthest, 0, farthest)), other) for one, other in self.pairs]
        best = [(_filled(one, other), other) for one, other in self.pairs]
        return Bounded(
            resolved=resolved,
            worst=measured(worst, every),
            best=measured(best, every),
            n_missing=int(self.lacking.sum()),
        )


def _filled(reading: IntArray, choices: IntArray) -> IntArray:
    """Put choices where none was made; a choice of a person who said nothing stays none."""
    return np.where(reading == NO_CHOICE, choices, reading)
