"""A planned experiment, simulated: answers are drawn from a stated truth, and decided, thousands of times."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tuneproof.pipeline.layout import Column, Drawn, Layout
from tuneproof.pipeline.scenes import Scene
from tuneproof.pipeline.simulated import Decider, Rulebook
from tuneproof.stats.critical import Critical
from tuneproof.stats.operating import Answers, Bits, Crew, draw, draw_absent, draw_rate, with_gaps
from tuneproof.stats.truth import Core

CELLS = 1_000_000
"""Marks of one system that are drawn at once: what the arrays of one step take stays within some tens of megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the simulated experiments came to."""

    go: float
    """Share in which a candidate is GO."""
    no_go: float
    """Share in which every candidate is NO-GO."""
    candidate_go: float
    """Share of the candidates that are GO."""
    met: dict[str, float]
    """Criterion to the share of cases in which it does not stand in the way of GO, Holm's correction left aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """An experiment ready to be simulated."""

    rules: Rulebook
    """What decides."""
    missing: float
    """Share of answers that do not come."""
    seed: int
    """Of the draws: the same seed gives the same tally."""
    critical: Critical
    """Where the tests reject, as far as it is known."""

    @property
    def crew(self) -> Crew:
        """Who answers."""
        design = self.rules.design
        return Crew(baselines=len(design.baselines), candidates=len(design.candidates), missing=self.missing)

    def grown(self, factor: float, critical: Critical) -> "Trial":
        """Return the experiment with so many times the examples, to be asked for GO alone."""
        layouts = {name: layout.grown(factor) for name, layout in self.rules.layouts.items()}
        return replace(self, rules=replace(self.rules, layouts=layouts, tells_breaches=False), critical=critical)

    def tally(self, scene: Scene, repetitions: int) -> Tally:
        """Simulate the experiment so often under one truth."""
        ends, met = np.zeros(3), dict.fromkeys((need.criterion for need in self.rules.needs), 0.0)
        for number, count in enumerate(self._chunks(repetitions)):
            drawn = self.drawn(scene, count, np.random.default_rng([self.seed, number]))
            verdicts = Decider(rules=self.rules, drawn=drawn, critical=self.critical).verdicts()
            ends += verdicts.go.any(axis=0).sum(), verdicts.no_go.all(axis=0).sum(), verdicts.go.mean(axis=0).sum()
            met = {name: share + verdicts.met[name] * count / repetitions for name, share in met.items()}
        go, no_go, each = (float(end) / repetitions for end in ends)
        return Tally(go=go, no_go=no_go, candidate_go=each, met=met)

    def _chunks(self, repetitions: int) -> Iterator[int]:
        size = max(1, CELLS // max(layout.size() for layout in self.rules.layouts.values()))
        yield from [min(size, repetitions - start) for start in range(0, repetitions, size)]

    def drawn(self, scene: Scene, repetitions: int, rng: np.random.Generator) -> Drawn:
        """Draw the answers of all systems on all evalsets."""
        answers: dict[tuple[str, Column], Answers] = {}
        absent: dict[str, Bits | None] = {}
        for name, layout in self.rules.layouts.items():
            gaps = absent[name] = draw_absent(rng, self.crew, layout.frame, repetitions)
            for column in self._columns(name):
                rate = scene.rates.get((name, column[1]))
                if rate is not None:
                    right = draw_rate(rng, rate, layout.frame, self.crew, repetitions)
                else:
                    right = draw(rng, _cores(scene, name, layout), layout.frame, self.crew, repetitions)
                answers[name, column] = with_gaps(right, gaps, layout.frame)
        return Drawn(answers=answers, absent=absent, repetitions=repetitions)

    def _columns(self, name: str) -> list[Column]:
        asked = [need.quantity for need in self.rules.needs if need.mode != "count" and need.quantity.evalset == name]
        return list(dict.fromkeys((quantity.grader, quantity.measure) for quantity in asked))


def _cores(scene: Scene, name: str, layout: Layout) -> tuple[Core, ...]:
    """Return what is true in each atom of an evalset."""
    usual = Core.of(scene.truths[name])
    if scene.harmed is None or scene.harmed[0] != name:
        return (usual,) * len(layout.members)
    harmed = Core.of(scene.harmed[2])
    return tuple(harmed if scene.harmed[1] in slices else usual for slices in layout.members)
