"""`tuneproof regress` where judges mark: they are asked about both sides, and decide nothing without people."""

from typing import Any

import pytest

from tests.conftest import Lab
from tuneproof.pipeline.accepting import accept
from tuneproof.pipeline.regressing import Asked, regress
from tuneproof.store.run_folder import RunFolder

N = 60
SCALE = """
kind = "scale"
sees = ["input"]
instructions = "Does it sound like us?"
choices = [{ name = "2", score = 1.0 }, { name = "1", score = 0.0 }]
"""


@pytest.fixture
def court(lab: Lab) -> Lab:
    """Return a workspace whose answers a recorded judge marks, one by one and in pairs, and people have labelled."""
    lab.evalset("target", N)
    for role, name in (("baseline", "prompted"), ("candidate", "tuned")):
        lab.system(name, role, {"target": [f"{name} says {i}" for i in range(N)]})
    (lab.folder / "voice.toml").write_text(SCALE, "utf-8")
    marks: list[dict[str, Any]] = [{"id": str(i), "grader": "voice", "output": "CHOICE: 2"} for i in range(N)]
    marks += [{"id": str(i), "grader": "pair", "verdict": "second", "verdict_swapped": "second"} for i in range(N)]
    lab.write_rows("judgments.jsonl", marks)
    lab.write_rows("labels.jsonl", [{"id": str(i), "system": "tuned", "human": "2"} for i in range(N)])
    lab.table("providers", "judgments", kind="replay", path="judgments.jsonl")
    lab.table("systems", "gpt", role="judge", provider="judgments")
    lab.table("graders", "voice", kind="judge", rubric="voice.toml", judges=["gpt"], human="labels.jsonl")
    lab.table("graders", "pair", kind="judge", rubric="preference", judges=["gpt"])
    lab.tables["evalsets"]["target"]["graders"] = ["voice", "pair"]
    lab.criterion("superiority", evalset="target", grader="pair")
    lab.criterion("non_inferiority", evalset="target", grader="voice", margin=0.1)
    accept(RunFolder(lab.run().folder), anyway=True)
    return lab


@pytest.mark.slow
def test_marks_of_judges_inform(court: Lab) -> None:
    """New answers have no labels yet: a verdict that waited for them would never come."""
    dossier = regress(court.write(), Asked()).dossier
    assert dossier.judgement is not None
    assert dossier.regression is not None
    found = dossier.judgement.verdicts[0].findings
    assert [held.kind for held in found if held.decides] == []
    assert [held.baseline for held in found if held.kind == "non_inferiority"] == ["tuned (accepted)"] * 2
    assert any("marks of judges (voice on target) decide nothing here" in told for told in dossier.judgement.cautions)
    assert {held.grader for held in dossier.regression.movements} == {"voice", "pair"}


@pytest.mark.slow
def test_another_grader_decides_beside_them(court: Lab) -> None:
    """What needs no judge is held to the accepted answers as everywhere."""
    court.table("graders", "length", kind="regex", pattern="says")
    court.tables["evalsets"]["target"]["graders"] = ["voice", "pair", "length"]
    court.criterion("non_inferiority", name="says", evalset="target", grader="length", margin=0.1)
    accept(RunFolder(court.run().folder), anyway=True)
    dossier = regress(court.write(), Asked()).dossier
    assert dossier.judgement is not None
    assert dossier.judgement.decision == "GO"
