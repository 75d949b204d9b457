"""The plan: cells in which exactly one requirement is not met, by nothing, and every other one is met almost surely.

At such a boundary the error of GO is as large as it gets: further off the requirement fails more often, and where the others
are doubtful too they hold the GO back. What varies: the test, examples, accuracy, discordance, candidates, missing answers,
looks and clusters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ALPHA = 0.05


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """How examples hang together."""

    count: int
    """Clusters, G."""

    effect: float
    """Standard deviation, on the probit scale, of what a system is better or worse by in one cluster."""

    uneven: bool = False
    """Whether sizes are log-normal (the largest about ten times the smallest) instead of equal."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One experiment at a boundary: a requirement that is false by nothing, and `others` that are true without doubt."""

    family: str
    """What the cell is for."""

    test: Literal["difference", "level"]
    """Candidate − baseline, or the candidate's own level."""

    n: int
    """Examples."""

    threshold: float
    """What must be exceeded, and what the truth is: 0 superiority, above a lift, below a margin; or the bar of a level."""

    accuracy: float = 0.5
    """The baseline's; of a level it is the bar."""

    discordance: float = 0.0
    """Share of examples on which the systems differ. Of clustered examples it follows from `shared` instead."""

    shared: float = 0.5
    """Of clustered examples: how much of what makes an answer right is the example's own difficulty."""

    candidates: int = 1
    """Candidates, all compared with one baseline; each is corrected for (Holm)."""

    nulls: Literal["all", "one"] = "all"
    """Whether all candidates stand at the boundary, or the first one among good ones."""

    others: int = 1
    """Further criteria, each on an evalset of its own."""

    missing: float = 0.0
    """Share of each system's answers that do not come back."""

    hostile: bool = False
    """Whether only what would have hurt is missing: wrong answers of the candidate, right ones of the baseline."""

    looks: bool = False
    """Whether there are five looks (`obf5`) instead of one."""

    clusters: Clusters | None = None
    """None: independent examples."""

    @property
    def name(self) -> str:
        """What sets the cell apart, in the order of the columns."""
        parts = [self.family, f"n={self.n}", f"threshold={self.threshold:+g}", f"accuracy={self.accuracy:g}"]
        parts += [f"discordance={self.discordance:g}"] * bool(self.discordance)
        parts += [f"candidates={self.candidates} {self.nulls}"] * (self.candidates > 1)
        parts += [f"others={self.others}"] * (self.others != 1)
        parts += [f"missing={self.missing:g}{' hostile' * self.hostile}"] * bool(self.missing)
        if self.clusters:
            sizes = "uneven" if self.clusters.uneven else "equal"
            parts.append(f"G={self.clusters.count} {sizes} effect={self.clusters.effect:g} shared={self.shared:g}")
        return ", ".join(parts + ["looks"] * self.looks)

    @property
    def is_enumerated(self) -> bool:
        """Whether the error is a sum over all tables, without any draw."""
        return self.clusters is None and self.candidates == 1 and not self.looks

    @property
    def allowed(self) -> float:
        """Worst error that the design page states for the method: exact tests alpha; clusters by their number (section 3.5).

        The page has G = 5, 8, 12, 20, 40; between two of them the larger figure stands.
        """
        if self.clusters is None:
            return ALPHA
        stated = {5: 0.026, 8: 0.047, 12: 0.062, 20: 0.072, 40: 0.085}
        return stated[min(count for count in stated if count >= self.clusters.count)]


def cells() -> tuple[Cell, ...]:
    """All of them."""
    groups = (_differences, _levels, _several_criteria, _missing, _looks, _candidates, _clusters)
    return tuple(cell for group in groups for cell in group())


def _differences() -> Iterator[Cell]:
    """One look, one candidate: sizes × thresholds, with accuracies and discordances spread over them."""
    rows = (
        (30, 0.0, 0.75, 0.2),
        (30, 0.1, 0.6, 0.3),
        (30, -0.1, 0.85, 0.2),
        (30, -0.02, 0.98, 0.03),
        (50, 0.0, 0.95, 0.08),
        (50, 0.03, 0.95, 0.05),
        (50, -0.05, 0.6, 0.3),
        (50, -0.02, 0.98, 0.02),
        (100, 0.0, 0.6, 0.4),
        (100, 0.05, 0.85, 0.1),
        (100, -0.05, 0.95, 0.08),
        (100, -0.05, 0.75, 0.2),
        (200, 0.0, 0.98, 0.03),
        (200, 0.03, 0.95, 0.04),
        (200, -0.03, 0.85, 0.1),
        (200, 0.1, 0.75, 0.2),
        (500, 0.0, 0.85, 0.1),
        (500, 0.03, 0.6, 0.2),
        (500, -0.02, 0.98, 0.03),
        (500, -0.03, 0.75, 0.15),
        (1000, 0.0, 0.95, 0.05),
        (1000, 0.03, 0.95, 0.04),
        (1000, -0.02, 0.85, 0.08),
        (1000, -0.03, 0.6, 0.15),
    )
    for n, threshold, accuracy, discordance in rows:
        yield Cell(
            family="one look",
            test="difference",
            n=n,
            threshold=threshold,
            accuracy=accuracy,
            discordance=discordance,
        )


def _levels() -> Iterator[Cell]:
    """A bar that the candidate stands exactly at."""
    rows = ((30, 0.6), (50, 0.85), (100, 0.75), (100, 0.98), (200, 0.95), (500, 0.85), (1000, 0.98))
    for n, bar in rows:
        yield Cell(family="level", test="level", n=n, threshold=bar, accuracy=bar)
    for n, bar in ((100, 0.75), (500, 0.95)):
        yield Cell(family="level, looks", test="level", n=n, threshold=bar, accuracy=bar, looks=True)


def _several_criteria() -> Iterator[Cell]:
    """Five criteria of which one is not met: no alpha is divided, and none is gained."""
    for n, threshold, accuracy, discordance in ((100, -0.05, 0.85, 0.15), (500, 0.03, 0.75, 0.2)):
        for looks in (False, True):
            yield Cell(
                family="one of five criteria",
                test="difference",
                n=n,
                threshold=threshold,
                accuracy=accuracy,
                discordance=discordance,
                others=4,
                looks=looks,
            )


def _missing() -> Iterator[Cell]:
    """Missing answers at their worst: at random the error falls, and what is missing on purpose gains nothing."""
    rows = (
        (100, 0.0, 0.75, 0.2, 0.01, False, False),
        (200, -0.05, 0.85, 0.1, 0.02, False, False),
        (500, 0.03, 0.6, 0.2, 0.01, False, False),
        (1000, -0.03, 0.95, 0.05, 0.02, False, False),
        (50, 0.0, 0.6, 0.3, 0.05, False, False),
        (100, -0.05, 0.75, 0.2, 0.05, True, False),
        (500, 0.0, 0.85, 0.1, 0.05, True, False),
        (200, 0.0, 0.75, 0.2, 0.01, False, True),
        (200, -0.05, 0.85, 0.1, 0.05, True, True),
    )
    for n, threshold, accuracy, discordance, missing, hostile, looks in rows:
        yield Cell(
            family="missing",
            test="difference",
            n=n,
            threshold=threshold,
            accuracy=accuracy,
            discordance=discordance,
            missing=missing,
            hostile=hostile,
            looks=looks,
        )


def _looks() -> Iterator[Cell]:
    """Five looks at independent examples."""
    rows = (
        (30, 0.0, 0.6, 0.4),
        (50, -0.1, 0.75, 0.2),
        (50, 0.0, 0.85, 0.2),
        (100, 0.0, 0.75, 0.2),
        (100, 0.05, 0.9, 0.07),
        (100, -0.05, 0.95, 0.08),
        (200, 0.0, 0.95, 0.08),
        (200, -0.03, 0.98, 0.04),
        (200, 0.1, 0.6, 0.3),
        (500, 0.0, 0.85, 0.1),
        (500, 0.03, 0.75, 0.15),
        (500, -0.02, 0.95, 0.06),
        (1000, 0.0, 0.6, 0.1),
        (1000, -0.03, 0.85, 0.08),
        (1000, 0.03, 0.95, 0.05),
    )
    for n, threshold, accuracy, discordance in rows:
        yield Cell(
            family="five looks",
            test="difference",
            n=n,
            threshold=threshold,
            accuracy=accuracy,
            discordance=discordance,
            looks=True,
        )


def _candidates() -> Iterator[Cell]:
    """Several candidates against one baseline: any GO of one that does not deserve it is an error."""
    rows: tuple[tuple[int, Literal["all", "one"], int, float, float, float, bool], ...] = (
        (2, "all", 50, 0.0, 0.75, 0.3, False),
        (3, "all", 100, 0.0, 0.85, 0.15, False),
        (5, "all", 200, 0.0, 0.75, 0.2, False),
        (5, "all", 100, -0.05, 0.75, 0.2, False),
        (4, "all", 500, 0.03, 0.6, 0.15, False),
        (3, "all", 100, 0.0, 0.75, 0.2, True),
        (5, "all", 200, -0.05, 0.85, 0.1, True),
        (2, "all", 500, 0.03, 0.75, 0.15, True),
        (2, "one", 100, 0.0, 0.6, 0.3, False),
        (3, "one", 100, 0.0, 0.6, 0.3, False),
        (5, "one", 200, -0.05, 0.6, 0.2, False),
        (3, "one", 200, 0.0, 0.6, 0.3, True),
        (5, "one", 500, 0.0, 0.6, 0.2, True),
    )
    for candidates, nulls, n, threshold, accuracy, discordance, looks in rows:
        yield Cell(
            family="several candidates",
            test="difference",
            n=n,
            threshold=threshold,
            accuracy=accuracy,
            discordance=discordance,
            candidates=candidates,
            nulls=nulls,
            looks=looks,
        )


def _clusters() -> Iterator[Cell]:
    """Clusters of about ten examples: both tests must pass."""
    rows = (
        (6, 0.0, 0.75, 0.0, False, False),
        (6, -0.05, 0.85, 0.35, False, False),
        (6, 0.03, 0.95, 0.0, True, False),
        (6, -0.1, 0.6, 0.35, False, True),
        (6, 0.0, 0.95, 0.35, True, True),
        (12, 0.0, 0.6, 0.35, False, False),
        (12, 0.03, 0.95, 0.35, False, False),
        (12, -0.05, 0.75, 0.35, True, False),
        (12, -0.02, 0.98, 0.0, False, False),
        (12, 0.0, 0.85, 0.35, False, True),
        (12, -0.05, 0.95, 0.35, True, True),
        (40, 0.0, 0.85, 0.35, False, False),
        (40, 0.03, 0.95, 0.35, True, False),
        (40, -0.03, 0.98, 0.35, True, False),
        (40, -0.05, 0.6, 0.0, False, False),
        (40, 0.0, 0.95, 0.35, False, True),
        (40, 0.03, 0.75, 0.35, False, True),
        (40, -0.03, 0.85, 0.35, True, True),
    )
    for count, threshold, accuracy, effect, uneven, looks in rows:
        yield _clustered(Clusters(count=count, effect=effect, uneven=uneven), threshold, accuracy, looks=looks)
    for count, bar, looks in ((6, 0.85, False), (12, 0.95, False), (40, 0.75, False), (40, 0.85, True)):
        yield Cell(
            family="clusters, level",
            test="level",
            n=10 * count,
            threshold=bar,
            accuracy=bar,
            looks=looks,
            clusters=Clusters(count=count, effect=0.35),
        )
    spread = Clusters(count=40, effect=0.35)
    yield _clustered(Clusters(count=12, effect=0.35), 0.0, 0.75, missing=0.02)
    yield _clustered(spread, -0.05, 0.85, missing=0.05, hostile=True)
    yield _clustered(spread, 0.0, 0.75, candidates=3)
    yield _clustered(Clusters(count=12, effect=0.35), -0.05, 0.75, candidates=3, looks=True)


def _clustered(clusters: Clusters, threshold: float, accuracy: float, **more: object) -> Cell:
    """A difference over clusters of ten on average; accurate systems share more of what makes an answer hard."""
    return Cell(
        family="clusters",
        test="difference",
        n=10 * clusters.count,
        threshold=threshold,
        accuracy=accuracy,
        shared=0.8 if accuracy > 0.9 else 0.5,
        clusters=clusters,
        **more,  # type: ignore[arg-type]
    )
