"""The decision over simulated answers says, answer by answer, what the real decision says of the same answers."""

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from tests.conftest import Lab
from tuneproof.core.requirement import Requirement
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.layout import Drawn, Layout
from tuneproof.pipeline.scenes import Scene
from tuneproof.pipeline.simulated import Decider, Rulebook
from tuneproof.pipeline.trial import Trial
from tuneproof.stages.decide import decide
from tuneproof.stages.estimate import estimate
from tuneproof.stages.tabulate import Column, Tables
from tuneproof.stats.critical import Critical
from tuneproof.stats.table import ScoreTable
from tuneproof.stats.truth import Truth

OVERLAPPING = [["a"], ["a", "b"], ["b"], [], ["c", "a"], ["c"]]
"""Slices of six kinds of examples."""


def workspace(lab: Lab, *, candidates: int = 3, slices: tuple[str, float] = ("guard", 0.12), n: int = 40) -> Bench:
    """Register every kind of criterion that can be simulated, on two evalsets."""
    lab.settings |= {"expected_discordance": 0.05}
    lab.evalset("target", n)
    lab.evalset("general", 2 * n, role="general", slices=[OVERLAPPING[i % 6] for i in range(2 * n)])
    for name in ("short", "long"):
        lab.system(name, "baseline", {})
    for number in range(candidates):
        lab.system(f"tuned {number}", "candidate", {})
    lab.criterion("superiority", evalset="target", margin=0.05)
    lab.criterion("superiority", name="beats the short one", evalset="target", baseline="short")
    lab.criterion("threshold", evalset="target", at_least=0.6)
    lab.criterion("threshold", name="for the record", evalset="general", at_least=0.9, on_failure="report")
    lab.criterion("non_inferiority", evalset="general", margin=0.1, slices=dict(zip(("mode", "margin"), slices, strict=True)))
    lab.criterion("completeness", max_missing=0.05)
    return assemble(lab.write())


def trial(bench: Bench, missing: float, exact_to: int, seed: int = 5) -> Trial:
    """Make the simulation of an experiment."""
    needs = [need for need in bench.requirements if need.on_failure == "no-go"]
    return Trial(rules=rules(bench, needs), missing=missing, seed=seed, critical=Critical(exact_to=exact_to))


def rules(bench: Bench, needs: list[Requirement]) -> Rulebook:
    """Return what decides."""
    layouts = {name: Layout.of(evalset, evalset.slice_sizes()) for name, evalset in bench.evalsets.items()}
    return Rulebook(design=bench.design, needs=needs, layouts=layouts)


def scene(gain: float, change: float, *, harm: float | None = None) -> Scene:
    """Return a truth: a gain on the target, a change of the general skills, and perhaps another one on slice `a`."""
    harmed = None if harm is None else ("general", "a", Truth.nearest(0.7, harm, 0.5))
    truths = {"target": Truth.nearest(0.55, gain, 0.4), "general": Truth.nearest(0.7, change, 0.3)}
    return Scene(name="", words="", truths=truths, harmed=harmed)


def tables(bench: Bench, layouts: Mapping[str, Layout], drawn: Drawn, repetition: int) -> Tables:
    """Return the answers of one repetition as the real stages see them."""
    systems = (*bench.design.baselines, *bench.design.candidates)
    columns: dict[tuple[str, str | None], Column] = {}
    absent = {}
    for (name, (grader, _)), answers in drawn.answers.items():
        frame = layouts[name].frame
        held = (np.unpackbits(bits[:, repetition], axis=-1) for bits in (answers.right, answers.wrong))
        right, wrong = (marks[:, frame.is_example] for marks in held)
        atoms = frame.atom[frame.is_example]
        members = {part: frame.belongs[atoms, place].astype(bool) for part, place in layouts[name].places.items() if part}
        graded = (right | wrong).astype(bool)
        n = right.shape[1]
        scores = ScoreTable(
            systems=systems,
            example_ids=tuple(str(i) for i in range(n)),
            values=right.astype(np.float64)[:, :, None],
            graded=graded[:, :, None],
            repeats=np.ones(len(systems), dtype=np.int64),
            clusters=np.arange(n),
            slices=members,
        )
        columns[name, grader] = Column(
            scores=scores,
            asked=np.ones(n, dtype=bool),
            ungradable=np.zeros((len(systems), n), dtype=bool),
            measures={},
            gold=None,
            fields=None,
            predicted=None,
        )
        absent[name] = ~graded
    return Tables(columns=columns, absent=absent, systems=systems, unmarked={})


def really_decided(bench: Bench, layouts: Mapping[str, Layout], drawn: Drawn, exact_to: int) -> Iterator[list[str]]:
    """Yield the decisions of `stages.decide`, one list of candidates a repetition."""
    asked = [need.quantity for need in bench.requirements] + [need.alarm for need in bench.requirements if need.alarm]
    for repetition in range(drawn.repetitions):
        held = tables(bench, layouts, drawn, repetition)
        evidence = estimate(asked, held, {}, alpha=bench.design.alpha, seed=0, exact_to=exact_to)
        yield [verdict.decision for verdict in decide(bench.requirements, evidence, bench.criteria, bench.design)]


def compared(bench: Bench, made: Trial, truth: Scene, repetitions: int, exact_to: int) -> None:
    """Hold the fast decisions against the real ones."""
    drawn = made.drawn(truth, repetitions, np.random.default_rng(made.seed))
    fast = Decider(rules=made.rules, drawn=drawn, critical=made.critical).verdicts()
    words = np.where(fast.go, "GO", np.where(fast.no_go, "NO-GO", "UNDECIDED"))
    real = list(really_decided(bench, made.rules.layouts, drawn, exact_to))
    assert words.T.tolist() == real


TRUTHS = {
    "good": scene(0.35, 0.05),
    "one slice lost": scene(0.3, 0.0, harm=-0.25),
    "at the margin": scene(0.05, -0.1),
    "bad": scene(-0.3, -0.35),
}


@pytest.mark.parametrize("missing", [0.0, 0.02])
@pytest.mark.parametrize("slices", [("guard", 0.12), ("prove", 0.2)], ids=["guard", "prove"])
@pytest.mark.parametrize("truth", TRUTHS.values(), ids=TRUTHS)
def test_fast_decisions_are_the_real_ones_by_closed_forms(
    lab: Lab, truth: Scene, slices: tuple[str, float], missing: float
) -> None:
    """Holm, J and K, overlapping slices, two baselines, missing answers: 8 experiments of three candidates each."""
    bench = workspace(lab, slices=slices, n=120)
    compared(bench, trial(bench, missing, exact_to=0), truth, 8, exact_to=0)


def test_all_three_decisions_come_up(lab: Lab) -> None:
    """Otherwise the comparison above would say little."""
    made = trial(workspace(lab, n=120), 0.01, exact_to=0)
    for name, least in (("good", "GO"), ("one slice lost", "UNDECIDED"), ("bad", "NO-GO")):
        drawn = made.drawn(TRUTHS[name], 20, np.random.default_rng(1))
        found = Decider(rules=made.rules, drawn=drawn, critical=made.critical).verdicts()
        counts = {"GO": found.go.sum(), "NO-GO": found.no_go.sum(), "UNDECIDED": (~(found.go | found.no_go)).sum()}
        assert counts[least] >= 20


@pytest.mark.parametrize(("margin", "missing"), [(0.12, 0.05), (0.0, 0.0)])
def test_fast_decisions_are_the_real_ones_by_the_exact_test(lab: Lab, margin: float, missing: float) -> None:
    """Small evalsets, where the deciding test is exact; a guard of margin 0 is untested where nothing differs."""
    bench = workspace(lab, candidates=1, slices=("guard", margin), n=22)
    compared(bench, trial(bench, missing, exact_to=500), scene(0.4, 0.1), 1, exact_to=5000)


@pytest.mark.slow
@pytest.mark.parametrize("margin", [0.0, 0.12])
@pytest.mark.parametrize("truth", TRUTHS.values(), ids=TRUTHS)
def test_many_fast_decisions_are_the_real_ones_by_the_exact_test(lab: Lab, truth: Scene, margin: float) -> None:
    """The same for two candidates, more often, and with missing answers."""
    bench = workspace(lab, candidates=2, slices=("guard", margin), n=30)
    compared(bench, trial(bench, 0.03, exact_to=500), truth, 6, exact_to=5000)
