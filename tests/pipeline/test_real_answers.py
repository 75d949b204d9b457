"""Whole runs on real answers of real models (GSM8K): what must come out, and what must never."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab


def gsm8k(lab: Lab, data: Path, baseline: str, candidate: str) -> Lab:
    """Set up two recorded systems on GSM8K."""
    lab.table("evalsets", "target", path=str(data / "gsm8k" / "eval.jsonl"), graders=["final"])
    lab.table("graders", "final", kind="number_match", extract={"after": "A:"})
    for role, name in (("baseline", baseline), ("candidate", candidate)):
        lab.table("providers", role, kind="replay", path=str(data / "gsm8k" / "outputs" / f"{name}.jsonl"))
        lab.table("systems", f"{role} {name}", role=role, provider=role)
    return lab


def first(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return the first finding."""
    found: dict[str, Any] = verdict["verdicts"][0]["findings"][0]
    return found


def test_a_real_gain_is_go(lab: Lab, real_data: Path) -> None:
    """A candidate that is better on 1,319 real answers ships, with the published difference."""
    gsm8k(lab, real_data, "175b_finetuning", "6b_verification").criterion("superiority", evalset="target", margin=0.0)
    verdict = lab.verdict()
    estimate = first(verdict)["estimate"]
    assert verdict["decision"] == "GO"
    assert estimate["value"] == pytest.approx(0.043215, abs=5e-7)
    assert first(verdict)["p_value"] < 0.05
    assert (estimate["n"], estimate["n_missing"], estimate["method"]) == (1319, 0, "exact-tango")


@pytest.mark.parametrize(
    ("system", "right"),
    [("6b_finetuning", 286), ("175b_finetuning", 458), ("6b_verification", 515), ("175b_verification", 742)],
)
def test_levels_are_the_published_ones(lab: Lab, real_data: Path, system: str, right: int) -> None:
    """Each model's level is its published number of right answers."""
    gsm8k(lab, real_data, "6b_finetuning", system).criterion("threshold", evalset="target", at_least=0.2)
    assert first(lab.verdict())["estimate"]["candidate_value"] == pytest.approx(right / 1319, abs=1e-12)


def test_a_margin_that_the_gain_does_not_reach_is_never_go(lab: Lab, real_data: Path) -> None:
    """A gain of 0.043 does not show 0.05."""
    gsm8k(lab, real_data, "175b_finetuning", "6b_verification").criterion("superiority", evalset="target", margin=0.05)
    assert lab.verdict()["decision"] in ("UNDECIDED", "NO-GO")


def test_a_worse_candidate_is_no_go(lab: Lab, real_data: Path) -> None:
    """The small model falls behind the large one, and that is shown."""
    gsm8k(lab, real_data, "175b_finetuning", "6b_finetuning").criterion("superiority", evalset="target", margin=0.0)
    assert lab.verdict()["decision"] == "NO-GO"


@pytest.mark.parametrize(
    ("margin", "decision", "p"), [(0.01, "GO", 0.99**1319 + 0.0005), (0.001, "UNDECIDED", 0.999**1319 + 0.0005)]
)
def test_equal_answers_prove_only_what_their_number_can(
    lab: Lab, real_data: Path, margin: float, decision: str, p: float
) -> None:
    """One file as baseline and as candidate: 1,319 ties exclude a loss of 0.01, and do not exclude 0.001."""
    gsm8k(lab, real_data, "175b_finetuning", "175b_finetuning").criterion("non_inferiority", evalset="target", margin=margin)
    verdict = lab.verdict()
    assert verdict["decision"] == decision
    assert first(verdict)["p_value"] == pytest.approx(p, abs=1e-5)


def test_equal_answers_are_never_superior(lab: Lab, real_data: Path) -> None:
    """One file as baseline and as candidate is no gain, and the reader is told."""
    gsm8k(lab, real_data, "175b_finetuning", "175b_finetuning").criterion("superiority", evalset="target")
    verdict = lab.verdict()
    assert verdict["decision"] == "UNDECIDED"
    assert any("equal those of" in caution for caution in verdict["cautions"])


@pytest.mark.parametrize(("removed", "survives"), [(40, True), (120, False)])
def test_missing_answers_are_bounded(lab: Lab, real_data: Path, removed: int, survives: bool) -> None:
    """Rows removed at random: counted, bounded both ways, and GO only where the worst case is GO too."""
    gsm8k(lab, real_data, "175b_finetuning", "6b_verification").criterion("superiority", evalset="target")
    rows = (real_data / "gsm8k" / "outputs" / "6b_verification.jsonl").read_text("utf-8").splitlines()
    kept = sorted(random.Random(1).sample(range(len(rows)), len(rows) - removed))
    (lab.folder / "cut.jsonl").write_text("\n".join(rows[i] for i in kept), encoding="utf-8")
    lab.tables["providers"]["candidate"]["path"] = "cut.jsonl"
    verdict = lab.verdict()
    estimate = first(verdict)["estimate"]
    assert (estimate["n"], estimate["n_missing"]) == (1319 - removed, removed)
    assert estimate["bounds"]["worst"] < estimate["value"] < estimate["bounds"]["best"]
    assert verdict["decision"] == ("GO" if survives else "UNDECIDED")
    assert first(verdict)["reasons"] == ([] if survives else ["UNRESOLVED_ITEMS"])


def test_verdict_file_holds_no_nan(lab: Lab, real_data: Path) -> None:
    """Every number of verdict.json and evidence.json is a number or null."""
    gsm8k(lab, real_data, "6b_finetuning", "6b_verification").criterion("superiority", evalset="target")
    folder = lab.run().folder
    for name in ("verdict.json", "evidence.json", "manifest.json"):
        text = (folder / name).read_text("utf-8")
        assert json.loads(text, parse_constant=pytest.fail) is not None
