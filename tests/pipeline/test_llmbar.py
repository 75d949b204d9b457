"""Recorded judges on real pairs that people labelled (LLMBar): the figures are those of others, and a bad judge is barred."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.llmbar import FIGURES, SLICES
from tuneproof import __main__ as process

RUBRIC = """
kind = "pairwise"
sees = ["input"]
instructions = "Which output follows the instruction better?"
choices = [{ name = "1", score = 1.0 }, { name = "2", score = 0.0 }]
"""
JUDGES = {"gpt": "GPT-4/Vanilla", "chat": "ChatGPT/Vanilla"}
"""Graders to the judges that they ask, as the file of judgments names them."""
TEXTS_OF_OTHERS = ("completions.jsonl", "examples.jsonl")
"""Files of a run that may speak of somebody called Nan."""


@pytest.fixture(scope="module")
def llmbar(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Lab:
    """Return a workspace that compares the two outputs by what two judges said of them; the files are read as they stand."""
    lab, folder = Lab(tmp_path_factory.mktemp("llmbar")), real_data / "llmbar"
    outputs, labels = str(folder / "eval.jsonl"), {"path": str(folder / "eval.jsonl"), "column": "expected"}
    (lab.folder / "better.toml").write_text(RUBRIC, "utf-8")
    lab.table("evalsets", "llmbar", path=outputs, graders=["gpt"])
    for role, field in (("baseline", "output_1"), ("candidate", "output_2")):
        lab.table("providers", field, kind="replay", path=outputs, output_field=field)
        lab.table("systems", field, role=role, provider=field)
    lab.table("providers", "judgments", kind="replay", path=str(folder / "judgments.jsonl"))
    for grader, model in JUDGES.items():
        lab.table("systems", f"judge-{grader}", role="judge", provider="judgments", model=model)
        lab.table("graders", grader, kind="judge", rubric="better.toml", judges=[f"judge-{grader}"], human=labels)
    lab.criterion("judge_agreement", name="gpt agrees", evalset="llmbar", grader="gpt", slice="natural", at_least=0.6)
    lab.criterion("judge_agreement", name="chat agrees", evalset="llmbar", grader="chat", slice="neighbor", at_least=0.2)
    lab.criterion("superiority", name="better by chat", evalset="llmbar", grader="chat")
    lab.criterion("superiority", name="better by gpt", evalset="llmbar", grader="gpt")
    return lab


@pytest.fixture(scope="module")
def folder(llmbar: Lab) -> Path:
    """Return the folder of a run."""
    return llmbar.run().folder


@pytest.fixture(scope="module")
def reference(real_data: Path) -> dict[str, Any]:
    """Return the figures by judge and slice."""
    held: dict[str, Any] = json.loads((real_data / "llmbar" / "reference.json").read_text("utf-8"))["systems"]
    return held


def verdict_of(folder: Path) -> dict[str, Any]:
    """Return the verdict of a run."""
    held: dict[str, Any] = json.loads((folder / "verdict.json").read_text("utf-8"))
    return held


def findings(verdict: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the findings of a verdict by criterion."""
    return {one["criterion"]: one for one in verdict["verdicts"][0]["findings"]}


def test_figures_are_those_of_the_reference(
    llmbar: Lab, reference: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two judges, five slices, both orders; not the kappa of the published code, which is none."""
    monkeypatch.setattr(sys, "argv", ["tuneproof", "judge", str(llmbar.write()), "--json"])
    assert process._code() == 0
    told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    reports = {report["grader"]: report for report in told["judges"]}
    for grader, model in JUDGES.items():
        report = reports[grader]
        assert (report["n_answers"], report["n_judged"], report["n_human"], report["chosen"]) == (685, 419, 685, "all")
        readings = {one["slice"]: one["figures"] for one in report["readings"]}
        for name in SLICES:
            found, known = readings[name], reference[model][name]
            values = {figure: found[figure]["value"] for figure in FIGURES}
            assert values == pytest.approx({figure: known[key] for figure, key in FIGURES.items()}, abs=1e-9), (model, name)
            assert {found[figure]["n"] for figure in FIGURES} == {known["n"]}
            assert abs(found["kappa"]["value"] - known["kappa_as_published_code"]) > 0.1
    assert reference["GPT-4/Vanilla"]["natural"]["kappa_as_published_code"] == pytest.approx(0.2678, abs=1e-4)


def test_a_good_judge_is_met_and_a_bad_one_is_barred(folder: Path) -> None:
    """GPT-4 agrees on natural pairs; ChatGPT is fooled by adversarial ones, and what reads its marks is undecided."""
    verdict = verdict_of(folder)
    found = findings(verdict)
    assert (found["gpt agrees"]["status"], found["chat agrees"]["status"]) == ("met", "breached")
    assert (found["better by chat"]["status"], found["better by chat"]["reasons"]) == ("undecided", ["JUDGE_BARRED"])
    assert "JUDGE_BARRED" not in found["better by gpt"]["reasons"]
    assert verdict["decision"] == "NO-GO"


def test_the_kappa_of_a_criterion_is_of_both_orders(folder: Path, reference: dict[str, Any]) -> None:
    """The mean of the two, so that a judge that agrees in one order alone does not pass."""
    natural = reference["GPT-4/Vanilla"]["natural"]
    value = findings(verdict_of(folder))["gpt agrees"]["estimate"]["value"]
    assert value == pytest.approx((natural["kappa"] + natural["kappa_swapped"]) / 2, abs=1e-9)


def test_a_reported_breach_bars_all_the_same(llmbar: Lab, folder: Path) -> None:
    """With on_failure = "report" the breach is no NO-GO, but what reads the judge's marks stays undecided."""
    criterion = llmbar.tables["criteria"][1]
    criterion["on_failure"] = "report"
    try:
        verdict = llmbar.verdict()
    finally:
        del criterion["on_failure"]
    found = findings(verdict)
    assert (found["chat agrees"]["status"], found["better by chat"]["reasons"]) == ("breached", ["JUDGE_BARRED"])
    assert verdict["decision"] == "UNDECIDED"


def test_reports_name_the_barred_judge(folder: Path) -> None:
    """On the page and in the comment, with its grader and why."""
    page = re.sub(r"<[^>]*>", " ", (folder / "report.html").read_text("utf-8"))
    for text in (page, (folder / "report.md").read_text("utf-8")):
        told = " ".join(text.replace("\\_", "_").split())
        assert "barred: shown to disagree with people" in told
        assert "JUDGE_BARRED" in told
        assert "chat is shown to agree with people too little" in told


def test_a_limited_run_may_leave_nothing_of_a_slice(llmbar: Lab) -> None:
    """Of the first 30 none is a neighbor: that judge is neither met nor breached, and nothing is a fault."""
    found = findings(llmbar.verdict(limit=30))
    assert (found["chat agrees"]["status"], found["chat agrees"]["estimate"]["n"]) == ("undecided", 0)
    assert "JUDGE_BARRED" not in found["better by chat"]["reasons"]


def test_no_file_of_a_run_holds_nan(folder: Path) -> None:
    """Slices that have labels and no judgments are unknown."""
    held = [path.name for path in folder.iterdir() if re.search(r"\bnan\b", path.read_text("utf-8"), re.IGNORECASE)]
    assert set(held) <= set(TEXTS_OF_OTHERS)
