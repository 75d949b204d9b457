"""What moved between two askings of the same questions: marks, pair by pair, and how many answers are another text now.

Two runs, a run and the accepted one, a system asked twice: all of them are rows of one table here, so that an example is
compared with itself and with nothing else.
"""

from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tuneproof.core.completion import Reply
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.example import Evalset
from tuneproof.core.movement import Movement
from tuneproof.core.protocols import CorpusMarker
from tuneproof.core.score import Score
from tuneproof.stages.estimate import estimate
from tuneproof.stages.survey import SHOWN_EXACT_TO, Ground
from tuneproof.stages.tabulate import Tables
from tuneproof.stats.arrays import IntArray

NAMED = 20
"""Ids of examples that became worse, or better, that are kept; the counts cover all."""

Pair = tuple[str, str, str]
"""The system as it is shown, its row then, its row now."""


def ground_of(
    tables: Tables, evalsets: Mapping[str, Evalset], corpus: Mapping[tuple[str, str], CorpusMarker], *, alpha: float, seed: int
) -> Ground:
    """Return what movements are read from.

    Args:
        tables: All scores; both askings are rows of it.
        evalsets: By name: the examples of the tables.
        corpus: (evalset, grader) to its marker, for corpus metrics.
        alpha: One-sided error; intervals are shown at 1 - 2 alpha.
        seed: Of the permutation test of corpus metrics.
    """
    return Ground(
        tables=tables, evalsets=evalsets, corpus=corpus, candidates=(), baselines=(), alpha=alpha, seed=seed, evidence={}
    )


def side(scores: Iterable[Score], names: Mapping[str, str], kept: Mapping[str, Container[str]]) -> Iterator[Score]:
    """Yield the scores of one asking under the names of its rows, so that `tabulate` can lay two askings side by side.

    Args:
        scores: All scores of the asking, streamed.
        names: System to the name of its row; others are passed over.
        kept: Evalset to the ids of the examples that both askings have; others are passed over.
    """
    for score in scores:
        if score.system in names and score.example_id in kept.get(score.evalset, ()):
            yield replace(score, system=names[score.system])


def movements(
    pairs: Sequence[Pair], ground: Ground, changed: Mapping[tuple[str, str], int] | None = None
) -> tuple[Movement, ...]:
    """Return what moved: by pair, evalset and grader that marks all of it (or each example's own), the whole before its slices.

    Args:
        pairs: (system as shown, row before, row after) of the tables.
        ground: The tables and what belongs to them: see `ground_of`.
        changed: (system as shown, evalset) to the number of examples whose text changed; None where texts were not compared.
    """
    asked = [
        (pair, _quantity(ground, key, part, pair))
        for pair in pairs
        for key in ground.shown_columns()
        for part in ground.parts(*key)
    ]
    quantities = [quantity for _, quantity in asked]
    known = estimate(quantities, ground.tables, ground.corpus, alpha=ground.alpha, seed=ground.seed, exact_to=SHOWN_EXACT_TO)
    return tuple(_movement(ground, pair[0], quantity, known[quantity], changed or {}) for pair, quantity in asked)


def _quantity(ground: Ground, key: tuple[str, str | None], part: str | None, pair: Pair) -> Quantity:
    _, before, after = pair
    return Quantity(
        kind="difference",
        evalset=key[0],
        slice=part,
        grader=key[1],
        system=after,
        baseline=before,
        threshold=0.0,
        level_met=ground.alpha,
        level_breached=ground.alpha,
    )


def _movement(
    ground: Ground, system: str, quantity: Quantity, known: Estimate, changed: Mapping[tuple[str, str], int]
) -> Movement:
    better, worse = _flips(ground, quantity)
    return Movement(
        system=system,
        evalset=quantity.evalset,
        slice=quantity.slice,
        grader=quantity.grader,
        before=known.baseline_value,
        after=known.candidate_value,
        estimate=known,
        n_better=len(better),
        n_worse=len(worse),
        n_changed_texts=changed.get((system, quantity.evalset)) if quantity.slice is None else None,
        worse=worse[:NAMED],
        better=better[:NAMED],
    )


def _flips(ground: Ground, quantity: Quantity) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of the resolved examples that are marked higher now, and lower, in evalset order."""
    whole = ground.tables.columns[quantity.evalset, quantity.grader].scores
    table = whole if quantity.slice is None else whole.select(quantity.slice)
    (now, now_high), (then, then_high) = table.bounds(quantity.system), table.bounds(str(quantity.baseline))
    both = (now == now_high) & (then == then_high)
    ids = table.example_ids
    return (
        tuple(ids[place] for place in np.flatnonzero(both & (now > then))),
        tuple(ids[place] for place in np.flatnonzero(both & (now < then))),
    )


# -- texts -------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Hashes:
    """Hashes of one system's answers on one evalset: 24 bytes an answer."""

    examples: "array[int]" = field(default_factory=lambda: array("q"))
    """Hash of the example's id."""
    places: "array[int]" = field(default_factory=lambda: array("q"))
    """Hash of the example's id and the repeat."""
    texts: "array[int]" = field(default_factory=lambda: array("q"))
    """Hash of the answer."""


class Texts:
    """The answers of one asking, as hashes, so that two streams of any length and order can be compared.

    Answers that did not come are not there: whether they would have been other texts is unknown.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], _Hashes] = {}

    def add(self, reply: Reply) -> None:
        """Take one answer."""
        text = reply.completion.text
        if text is None:
            return
        held = self._held.setdefault((reply.system, reply.evalset), _Hashes())
        held.examples.append(hash(reply.example.id))
        held.places.append(hash((reply.example.id, reply.repeat)))
        held.texts.append(hash(text))

    def over(self, replies: Iterable[Reply]) -> Iterator[Reply]:
        """Take answers while they pass through."""
        for reply in replies:
            self.add(reply)
            yield reply

    def evalsets_of(self, system: str) -> tuple[str, ...]:
        """Return the evalsets on which a system gave an answer."""
        return tuple(evalset for name, evalset in self._held if name == system)

    def arrays(self, system: str, evalset: str) -> tuple[IntArray, IntArray, IntArray]:
        """Return int64[answers] of the examples, of the examples with their repeats, and of the texts, as hashes."""
        held = self._held.get((system, evalset), _Hashes())
        examples, places, texts = (np.array(part, dtype=np.int64) for part in (held.examples, held.places, held.texts))
        return examples, places, texts


def changed_texts(before: Texts, after: Texts, pairs: Iterable[Pair]) -> dict[tuple[str, str], int]:
    """Count the examples of which a repeat that both askings answered is another text now.

    Args:
        before: The answers then.
        after: The answers now.
        pairs: (system as shown, its name then, its name now).

    Returns:
        (system as shown, evalset) to the number of examples; nothing for an evalset that one of the two did not answer.
    """
    found: dict[tuple[str, str], int] = {}
    for shown, then, now in pairs:
        both = [name for name in before.evalsets_of(then) if name in after.evalsets_of(now)]
        found |= {(shown, name): _changed(before.arrays(then, name), after.arrays(now, name)) for name in both}
    return found


def _changed(then: tuple[IntArray, ...], now: tuple[IntArray, ...]) -> int:
    _, mine, other = np.intersect1d(then[1], now[1], return_indices=True)
    return int(np.unique(then[0][mine][then[2][mine] != now[2][other]]).size)
