"""An evalset as a simulation sees it: how many examples, and which of them belong to which slice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tuneproof.core.example import Evalset
from tuneproof.stats.operating import Answers, Bits, Frame

Column = tuple[str | None, str]
"""(grader, measure): what of an evalset's answers is read."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """The parts of one evalset. Examples of the same slices are alike to it: it keeps how many there are."""

    places: Mapping[str | None, int]
    """Slice name to its column of `frame.belongs`; None, the whole evalset, is the first."""
    frame: Frame
    """The examples."""
    members: tuple[tuple[str, ...], ...]
    """Of each atom of the frame, the slices that its examples belong to."""
    n_clusters: Mapping[str | None, int]
    """Part to its number of clusters; parts whose examples are independent are not in it."""

    @classmethod
    def of(cls, evalset: Evalset, slices: Iterable[str] = ()) -> "Layout":
        """Return the layout of an evalset with the slices that something is asked of."""
        places: dict[str | None, int] = {name: place for place, name in enumerate((None, *slices))}
        sizes: dict[tuple[str, ...], int] = {}
        clusters: dict[str | None, set[str]] = {name: set() for name in places}
        counts = dict.fromkeys(places, 0)
        for example in evalset.examples:
            asked = tuple(name for name in places if name is not None and name in example.slices)
            sizes[asked] = sizes.get(asked, 0) + 1
            for name in (None, *asked):
                clusters[name].add(example.cluster)
                counts[name] += 1
        belongs = np.zeros((len(sizes), len(places)), dtype=np.int64)
        for atom, asked in enumerate(sizes):
            belongs[atom, [places[name] for name in (None, *asked)]] = 1
        return cls(
            places=places,
            frame=Frame(sizes=np.array(list(sizes.values()), dtype=np.int64), belongs=belongs),
            members=tuple(sizes),
            n_clusters={name: len(found) for name, found in clusters.items() if len(found) < counts[name]},
        )

    def size(self, part: str | None = None) -> int:
        """Return the examples of a slice, or of the whole evalset."""
        return int(self.frame.n[self.places[part]])

    def grown(self, factor: float) -> "Layout":
        """Return the evalset with so many times the examples, every slice with its share."""
        ends = np.rint(np.cumsum(self.frame.sizes) * factor).astype(np.int64)
        sizes = np.maximum(1, np.diff(ends, prepend=0))
        clusters = {name: round(count * factor) for name, count in self.n_clusters.items()}
        return replace(self, frame=replace(self.frame, sizes=sizes), n_clusters=clusters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Simulated answers of all systems; baselines come first, then candidates."""

    answers: Mapping[tuple[str, Column], Answers]
    """(evalset, column) to its marks."""
    absent: Mapping[str, Bits | None]
    """Evalset to uint8[systems, repetitions, bytes], what did not come; None where all came."""
    repetitions: int
    """Simulated experiments."""
