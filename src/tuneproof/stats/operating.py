"""Simulated experiments: answers of several systems drawn from a stated truth, and counted as the tests count them.

Marks are right or wrong, and examples are independent. They are held as bits: one operation compares eight of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuneproof.stats.arrays import BoolArray, IntArray
from tuneproof.stats.truth import Core

Bits = NDArray[np.uint8]
"""uint8[…, bytes]: one bit an example; eight marks are compared and counted at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """The examples of one evalset as bits. Those that belong to the same parts stand together, padded to whole bytes."""

    sizes: IntArray
    """int64[atoms]: examples that belong to the same parts; each at least 1."""

    belongs: IntArray
    """int64[atoms, parts]: 1 where these examples belong to the part, else 0; the first part is the whole evalset."""

    @property
    def n(self) -> IntArray:
        """int64[parts]: examples of each part."""
        return np.asarray(self.sizes @ self.belongs, dtype=np.int64)

    @property
    def atom(self) -> IntArray:
        """int64[bits]: which atom a bit belongs to, padding included."""
        return np.repeat(np.arange(self.sizes.size), 8 * self._bytes())

    @property
    def is_example(self) -> BoolArray:
        """bool[bits]: whether a bit stands for an example; the others are padding."""
        padded = 8 * self._bytes()
        first = np.cumsum(padded) - padded
        return np.asarray(np.arange(padded.sum()) - first[self.atom] < self.sizes[self.atom], dtype=np.bool_)

    def pack(self, marks: BoolArray) -> Bits:
        """Pack marks: bool[…, bits]; what stands at padding is dropped."""
        return np.packbits(marks & self.is_example, axis=-1)

    def counts(self, bits: Bits) -> IntArray:
        """int64[repetitions, parts] from uint8[repetitions, bytes]: how many bits of each part are set."""
        held = self._bytes()
        each = np.add.reduceat(np.bitwise_count(bits), np.cumsum(held) - held, axis=1, dtype=np.int64)
        # Whole numbers keep out the threads of a fast product of real ones, which cost more than they bring at this size.
        return np.asarray(each @ self.belongs, dtype=np.int64)

    def _bytes(self) -> IntArray:
        return -(-self.sizes // 8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """Simulated marks of one evalset. A mark that is neither right nor wrong is missing."""

    right: Bits
    """uint8[systems, repetitions, bytes]: baselines first, then candidates."""

    wrong: Bits
    """The same shape."""

    some: Bits
    """uint8[bytes]: the examples, without the padding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who answers in a simulation."""

    baselines: int
    """How many there are."""

    candidates: int
    """How many there are."""

    missing: float
    """Share of answers that do not come, in [0, 1)."""

    @property
    def systems(self) -> int:
        """All of them."""
        return self.baselines + self.candidates


def draw_absent(rng: np.random.Generator, crew: Crew, frame: Frame, repetitions: int) -> Bits | None:
    """uint8[systems, repetitions, bytes]: answers that do not come; None where all do."""
    if crew.missing == 0.0:
        return None
    gone = np.zeros((crew.systems, repetitions, frame.atom.size), dtype=np.bool_)
    # From one missing answer to the next: far fewer draws than one an answer. That they end too early happens never.
    expected = crew.missing * gone.size
    gaps = rng.geometric(crew.missing, size=math.ceil(expected + 20.0 * math.sqrt(expected) + 100.0))
    places = np.cumsum(gaps) - 1
    gone.reshape(-1)[places[places < gone.size]] = True
    return frame.pack(gone)


def draw(rng: np.random.Generator, cores: tuple[Core, ...], frame: Frame, crew: Crew, repetitions: int) -> Bits:
    """Draw whose answers are right: uint8[systems, repetitions, bytes].

    Args:
        rng: the source of randomness.
        cores: what is true in each atom of the frame.
        frame: the examples.
        crew: who answers.
        repetitions: simulated experiments.
    """
    shape = (repetitions, frame.atom.size)
    core = frame.pack(rng.random(shape, dtype=np.float32) < _each([one.right for one in cores], frame))
    packed = []
    for place in range(crew.systems):
        sides = [one.baseline if place < crew.baselines else one.candidate for one in cores]
        if_wrong, if_right = (_each([pair[side] for pair in sides], frame) for side in (0, 1))
        drawn = rng.random(shape, dtype=np.float32)
        packed.append((core & frame.pack(drawn < if_right)) | (~core & frame.pack(drawn < if_wrong)))
    return np.stack(packed)


def draw_rate(rng: np.random.Generator, rate: float, frame: Frame, crew: Crew, repetitions: int) -> Bits:
    """Draw whose answers count, the same share for every system whatever the others say: uint8[systems, repetitions, bytes]."""
    drawn = rng.random((crew.systems, repetitions, frame.atom.size), dtype=np.float32)
    return frame.pack(np.asarray(drawn < rate, dtype=np.bool_))


def with_gaps(right: Bits, absent: Bits | None, frame: Frame) -> Answers:
    """Take out of the right answers what is absent, and find the wrong ones."""
    some = frame.pack(np.ones(frame.atom.size, dtype=np.bool_))
    if absent is None:
        return Answers(right=right, wrong=~right & some, some=some)
    return Answers(right=right & ~absent, wrong=~(right | absent) & some, some=some)


def _each(values: list[float], frame: Frame) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)[frame.atom]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairCounts:
    """What the tests of a paired yes/no comparison look at, each int64[repetitions, parts]."""

    wins: IntArray
    """Only the candidate right."""

    losses: IntArray
    """Only the baseline right."""

    most_wins: IntArray
    """The same as `wins` with every missing answer for the candidate."""

    most_losses: IntArray
    """The same as `losses` with every missing answer against the candidate."""

    missing: IntArray
    """Examples on which one of the two has no answer."""


def count_pairs(answers: Answers, pair: tuple[int, int], frame: Frame, *, complete: bool) -> PairCounts:
    """Count one comparison on all parts of an evalset.

    Args:
        answers: the marks.
        pair: the places of candidate and baseline among the systems.
        frame: the examples.
        complete: whether nothing is missing, which spares most of the counting.
    """
    mine, other = (answers.right[place] for place in pair)
    mine_wrong, other_wrong = (answers.wrong[place] for place in pair)
    wins, losses = frame.counts(mine & other_wrong), frame.counts(mine_wrong & other)
    if complete:
        return PairCounts(wins=wins, losses=losses, most_wins=wins, most_losses=losses, missing=np.zeros_like(wins))
    both = (mine | mine_wrong) & (other | other_wrong)
    return PairCounts(
        wins=wins,
        losses=losses,
        most_wins=frame.counts(answers.some & ~(mine_wrong | other)),
        most_losses=frame.counts(answers.some & ~(mine | other_wrong)),
        missing=frame.counts(answers.some & ~both),
    )


def count_right(answers: Answers, system: int) -> tuple[IntArray, IntArray]:
    """(right, missing) of one system over the whole evalset, each int64[repetitions]."""
    right, wrong = answers.right[system], answers.wrong[system]
    counted = [np.bitwise_count(bits).sum(axis=1, dtype=np.int64) for bits in (right, answers.some & ~(right | wrong))]
    return counted[0], counted[1]


def holm_rejects(passed: IntArray) -> BoolArray:
    """Which candidates Holm's step-down procedure rejects for.

    Args:
        passed: int64[candidates, repetitions]: how many of the levels alpha, alpha/2, …, alpha/m the candidate's largest p
            is at or below.

    Returns:
        bool[candidates, repetitions]. The k-th best of m must be at or below alpha/(m − k + 1), and so must all better ones.
    """
    family = passed.shape[0]
    ordered = -np.sort(-passed, axis=0)
    needed = np.arange(family, 0, -1)[:, None]
    going = np.logical_and.accumulate(ordered >= needed, axis=0)
    rejected = going.sum(axis=0)
    last = np.take_along_axis(ordered, np.maximum(rejected - 1, 0)[None, :], axis=0)[0]
    return np.asarray((rejected > 0) & (passed >= last), dtype=np.bool_)
