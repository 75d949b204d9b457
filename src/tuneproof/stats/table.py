"""The dense table of scores: the same examples for every system, so that an unpaired comparison cannot be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tuneproof.stats.arrays import BoolArray, Bounds, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreTable:
    """Every score of every system on one evalset by one grader; what is missing is marked, never left out."""

    systems: tuple[str, ...]
    """Names, without duplicates: the first axis."""

    example_ids: tuple[str, ...]
    """Ids, without duplicates: the second axis."""

    values: FloatArray
    """float64[systems, examples, repeats], each in [0, 1]; 0 where not graded, never NaN."""

    graded: BoolArray
    """bool[systems, examples, repeats]: whether the cell holds a score."""

    repeats: IntArray
    """int64[systems]: repeats planned for the system, 1 … size of the third axis; cells beyond are ignored."""

    clusters: IntArray
    """int64[examples]: cluster index per example; all distinct = independent."""

    slices: Mapping[str, BoolArray]
    """Slice name → bool[examples]: its members."""

    def __post_init__(self) -> None:
        """Refuse a table whose parts do not fit: a fault of the caller, not of a user's data."""
        expected = (len(self.systems), len(self.example_ids))
        shapes = {"values": self.values.shape[:2], "graded": self.graded.shape[:2]}
        shapes |= {"repeats": (*self.repeats.shape, expected[1]), "clusters": (expected[0], *self.clusters.shape)}
        shapes |= {f"slices[{name}]": (expected[0], *members.shape) for name, members in self.slices.items()}
        wrong = {name: shape for name, shape in shapes.items() if shape != expected}
        if wrong or self.values.ndim != 3 or self.values.shape != self.graded.shape:
            raise ValueError(f"ScoreTable: {wrong or self.graded.shape} do not fit {expected} systems × examples")
        if len(set(self.systems)) < expected[0] or len(set(self.example_ids)) < expected[1]:
            raise ValueError("ScoreTable: a system or an example stands twice")
        if not bool(((self.values >= 0.0) & (self.values <= 1.0)).all()):
            raise ValueError("ScoreTable.values: outside [0, 1] or NaN")
        if bool((self.values[~self.graded] != 0.0).any()):
            raise ValueError("ScoreTable.values: not 0 where not graded")
        if self.repeats.size and not (self.repeats.min() >= 1 and self.repeats.max() <= self.values.shape[2]):
            raise ValueError(f"ScoreTable.repeats: outside 1 … {self.values.shape[2]}")

    def bounds(self, system: str) -> Bounds:
        """(low, high), each float64[examples]: its mean over planned repeats with the missing ones set to 0, and to 1."""
        values, graded = self._cells(system)
        planned = values.shape[1]
        low = np.where(graded, values, 0.0).sum(axis=1) / planned
        return low, np.where(graded.all(axis=1), low, np.minimum(1.0, low + (~graded).sum(axis=1) / planned))

    def resolved(self, system: str) -> BoolArray:
        """bool[examples]: whether every planned repeat of the system is graded."""
        return np.asarray(self._cells(system)[1].all(axis=1), dtype=np.bool_)

    def mean(self, system: str) -> float | None:
        """Mean over the system's resolved examples, of each its mean over repeats. None when none is resolved."""
        resolved = self.resolved(system)
        return float(np.mean(self.bounds(system)[0][resolved])) if resolved.any() else None

    def select(self, slice_name: str) -> ScoreTable:
        """The part of the table whose examples belong to the slice; a KeyError for a name it does not have."""
        return self.part(self.slices[slice_name])

    def part(self, members: BoolArray) -> ScoreTable:
        """The table of some examples, members: bool[examples]."""
        return replace(
            self,
            example_ids=tuple(name for name, inside in zip(self.example_ids, members, strict=True) if inside),
            values=self.values[:, members],
            graded=self.graded[:, members],
            clusters=self.clusters[members],
            slices={name: other[members] for name, other in self.slices.items()},
        )

    def _cells(self, system: str) -> tuple[FloatArray, BoolArray]:
        at = self.systems.index(system)
        planned = int(self.repeats[at])
        return self.values[at, :, :planned], self.graded[at, :, :planned]
