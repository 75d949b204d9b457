"""Leaving out what cannot matter changes no verdict: in 10,000 simulated runs, and on real answers in 1,000 orders."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import Lab
from tests.simulations.curtailed import Truth, benches, curtailed, draw, everything, reseeded, said, tables_of
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.bench import Bench

FIGURES = json.loads(Path(__file__).with_name("curtailed.json").read_text("utf-8"))
AGAIN = 20
"""Runs of the simulation that are repeated: the first ones, with their own seeds."""


def test_the_verdict_of_a_curtailed_run_is_that_of_the_whole_run() -> None:
    """In every one of the 10,000 runs, whose figures are kept: the decision, each candidate's, and the one to ship."""
    assert FIGURES["runs"] >= 10_000
    assert FIGURES["other_verdicts"] == 0
    assert sum(FIGURES["decisions"].values()) == FIGURES["runs"]
    assert all(0.0 < share <= 1.0 for share in FIGURES["asked"].values())


@pytest.mark.slow
def test_some_of_them_again(tmp_path: Path) -> None:
    """By today's code, with the seeds that they had."""
    held = list(benches(tmp_path))
    for run in range(AGAIN):
        bench = reseeded(held[run % len(held)], run)
        truth = draw(bench, np.random.default_rng(run))
        assert curtailed(bench, truth)[0] == said(bench, tables_of(bench, truth, everything(bench))), run


@pytest.mark.slow
def test_real_answers_in_a_thousand_orders(lab: Lab, real_data: Path) -> None:
    """60 questions of grade-school maths to two real systems: every order says what the whole says, and some ask less."""
    n, names = 60, ("175b_verification", "6b_finetuning")
    marks = np.array([_marks(real_data / "gsm8k" / "outputs" / f"{name}.jsonl", n) for name in names])
    lab.evalset("target", n)
    lab.system("base", "baseline", {"target": [True]})
    lab.system("tuned", "candidate", {"target": [True]})
    lab.criterion("superiority", evalset="target")
    lab.settings["curtail"] = True
    bench = assemble(lab.write())
    truth = Truth(marks={"target": marks}, lost={"target": np.zeros((2, n), dtype=bool)})
    whole = said(bench, tables_of(bench, truth, everything(bench)))
    came = [curtailed(reseeded(bench, seed), truth) for seed in range(1000)]
    assert Counter(told for told, _ in came) == {whole: 1000}
    assert min(share for _, share in came) < 1.0


def _two_candidates(folder: Path, **slices: object) -> Bench:
    lab = Lab(folder, settings={"name": "lab", "curtail": True})
    lab.evalset("target", 60)
    lab.evalset("general", 150, role="general", slice=["abc"[i % 3] for i in range(150)])
    for name, role in (("base", "baseline"), ("first", "candidate"), ("second", "candidate")):
        lab.system(name, role, {"target": [True], "general": [True]})
    lab.criterion("superiority", evalset="target")
    lab.criterion("non_inferiority", evalset="general", margin=0.3, **slices)
    return assemble(lab.write())


def _nothing_lost(marks: dict[str, NDArray[np.float64]]) -> Truth:
    return Truth(marks=marks, lost={name: np.zeros(held.shape, dtype=bool) for name, held in marks.items()})


def test_a_candidate_that_a_guard_ends_still_stands_in_the_family(tmp_path: Path) -> None:
    """Its proofs pass, so that Holm leaves the other one the whole of alpha: curtailed as in the whole run."""
    bench = _two_candidates(tmp_path, slices={"mode": "guard", "margin": 0.1})
    base, fine = np.zeros(60), np.ones(150)
    base[:30] = 1
    first, second, harmed = base.copy(), base.copy(), fine.copy()
    first[30:50], second[30:39], second[0:3] = 1, 1, 0
    harmed[0::3] = np.arange(50) % 2
    truth = _nothing_lost({"target": np.array([base, first, second]), "general": np.array([fine, harmed, fine])})
    whole = said(bench, tables_of(bench, truth, everything(bench)))
    assert whole == ("GO", ("NO-GO", "GO"), "second")
    assert {curtailed(reseeded(bench, seed), truth)[0] for seed in range(5)} == {whole}


def test_of_two_that_are_go_the_better_one_is_shipped(tmp_path: Path) -> None:
    """Both are certain early; which one to ship is read from all their answers."""
    bench, random = _two_candidates(tmp_path), np.random.default_rng(11)
    fine = np.ones(150)
    for seed in range(20):
        base = (random.random(60) < 0.3).astype(float)
        first, second = ((random.random(60) < 0.92).astype(float) for _ in range(2))
        truth = _nothing_lost({"target": np.array([base, first, second]), "general": np.array([fine, fine, fine])})
        whole = said(bench, tables_of(bench, truth, everything(bench)))
        assert whole[1] == ("GO", "GO")
        assert curtailed(reseeded(bench, seed), truth)[0] == whole


def _marks(path: Path, n: int) -> list[float]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()[:n]]
    return [float(row["published_is_correct"]) for row in rows]
