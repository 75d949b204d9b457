"""Whole and curtailed runs on simulated answers: the same bench, the same rules, only the server is an array."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tests.conftest import Lab
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.stopping import BLOCKS, Ending
from tuneproof.stages.decide import decide, overall, recommended
from tuneproof.stages.estimate import estimate_p
from tuneproof.stages.plan import Places
from tuneproof.stages.tabulate import Column, Frame, Tables
from tuneproof.stats.arrays import BoolArray, FloatArray

Said = tuple[str, tuple[str, ...], str | None]
"""Decision, that of each candidate, and the one to ship."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What every system would answer, if asked."""

    marks: Mapping[str, FloatArray]
    """Evalset to float64[systems, examples] of 0 and 1."""
    lost: Mapping[str, BoolArray]
    """Evalset to bool[systems, examples]: answers that would not come."""


def benches(folder: Path) -> Iterator[Bench]:
    """Yield four designs: gain and forgetting; guarded slices and two candidates; levels and completeness; three candidates."""
    for number, (candidates, criteria) in enumerate(
        [
            (1, [("superiority", {"evalset": "target"}), ("non_inferiority", {"evalset": "general", "margin": 0.1})]),
            (
                2,
                [
                    ("superiority", {"evalset": "target", "margin": 0.05}),
                    (
                        "non_inferiority",
                        {"evalset": "general", "margin": 0.1, "slices": {"mode": "guard", "margin": 0.2}},
                    ),
                ],
            ),
            (1, [("threshold", {"evalset": "target", "at_least": 0.7}), ("completeness", {"max_missing": 0.05})]),
            (3, [("superiority", {"evalset": "target"}), ("threshold", {"evalset": "general", "at_least": 0.5})]),
        ]
    ):
        lab = Lab(folder / str(number), settings={"name": "lab", "curtail": True, "seed": number})
        lab.folder.mkdir()
        lab.evalset("target", 30)
        lab.evalset("general", 24, role="general", slice=["ab"[i % 2] for i in range(24)])
        for name, role in (("base", "baseline"), *((f"tuned{i}", "candidate") for i in range(candidates))):
            lab.system(name, role, {"target": [True], "general": [True]})
        for kind, keys in criteria:
            lab.criterion(kind, **keys)
        yield assemble(lab.write())


def draw(bench: Bench, random: np.random.Generator) -> Truth:
    """Draw what the systems would answer: from far worse to far better than the baseline, and up to 5 % lost."""
    marks, lost = {}, {}
    systems = [system.name for system in bench.experiment.compared]
    for name, evalset in bench.evalsets.items():
        n = len(evalset.examples)
        base = random.random(n) < random.uniform(0.4, 0.95)
        rows = [base]
        for _ in systems[1:]:
            differs = random.random(n) < random.uniform(0.05, 0.6)
            rows.append(np.where(differs, random.random(n) < random.uniform(0.0, 1.0), base))
        marks[name] = np.array(rows, dtype=np.float64)
        lost[name] = random.random((len(systems), n)) < random.choice([0.0, 0.0, 0.02, 0.05])
    return Truth(marks=marks, lost=lost)


def tables_of(bench: Bench, truth: Truth, asked: Mapping[str, BoolArray]) -> Tables:
    """Return the tables of what was asked and came back."""
    columns, absent = {}, {}
    for name, evalset in bench.evalsets.items():
        came = asked[name] & ~truth.lost[name]
        table = Frame.of(evalset, bench.repeats).table((truth.marks[name] * came)[:, :, None], came[:, :, None])
        n = len(evalset.examples)
        column = Column(
            scores=table,
            asked=np.ones(n, dtype=bool),
            ungradable=np.zeros_like(came),
            measures={},
            gold=None,
            fields=None,
            predicted=None,
        )
        columns[name, "label"] = columns[name, None] = column
        absent[name] = ~came
    return Tables(columns=columns, absent=absent, systems=tuple(bench.repeats), unmarked={})


def everything(bench: Bench) -> dict[str, BoolArray]:
    """Return that everything is asked."""
    return {name: np.ones((len(bench.repeats), len(held.examples)), dtype=bool) for name, held in bench.evalsets.items()}


def said(bench: Bench, tables: Tables, stopped: Sequence[str] = ()) -> Said:
    """Return what the decision says of some tables."""
    quantities = [q for need in bench.requirements for q in (need.quantity, need.alarm) if q]
    evidence = estimate_p(quantities, tables, bench.corpus, alpha=bench.experiment.alpha, seed=0)
    verdicts = decide(bench.requirements, evidence, bench.criteria, bench.design, stopped)
    return overall(verdicts), tuple(held.decision for held in verdicts), recommended(verdicts, {})


def curtailed(bench: Bench, truth: Truth, blocks: int = BLOCKS) -> tuple[Said, float]:
    """Run by the rule, and return what it says and the share of the candidates' questions that it asked."""
    asked = {name: np.zeros_like(held) for name, held in everything(bench).items()}
    rows = {name: row for row, name in enumerate(bench.repeats)}

    def ask(systems: Sequence[str], places: Places) -> None:
        for system in systems:
            for name, held in places.items():
                asked[name][rows[system], list(held)] = True

    ending = Ending(
        bench=bench,
        evalsets=list(bench.evalsets),
        ask=ask,
        tables=lambda: tables_of(bench, truth, asked),
        going=list(bench.design.candidates),
        blocks=blocks,
    )
    ending.curtail(list(bench.repeats))
    shares = [float(held[1:].mean()) for held in asked.values()]
    stopped = [held.candidate for held in ending.ended]
    return said(bench, tables_of(bench, truth, asked), stopped), sum(shares) / len(shares)


def reseeded(bench: Bench, seed: int) -> Bench:
    """Return the bench with another order of asking."""
    return replace(bench, experiment=replace(bench.experiment, seed=seed))
