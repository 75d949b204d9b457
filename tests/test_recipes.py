"""The recipes of CONTRIBUTING.md: each file is dropped into a copy of the package and used from an experiment file."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Lab

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
RECIPES = dict(re.findall(r"^### [^\n]*`src/(tuneproof/[^`]+)`\n.*?^```\w+\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
"""Path below src to the content of the file."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the package, all recipes dropped in."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "src" / "tuneproof", folder / "tuneproof", ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in RECIPES.items():
        assert not (folder / path).exists()
        (folder / path).write_text(text, "utf-8")
    return folder


def tuneproof(package: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the copied package."""
    environment = {**os.environ, "PYTHONPATH": str(package)}
    return subprocess.run([sys.executable, "-m", "tuneproof", *arguments], env=environment, capture_output=True, text=True)


@pytest.fixture
def lab_with_slices(lab: Lab) -> Lab:
    """Return a lab with 60 examples in two slices and two systems."""
    lab.evalset("target", 60, slice=["a", "b"] * 30)
    lab.system("base", "baseline", {"target": [False] * 60})
    lab.system("tuned", "candidate", {"target": [True] * 60})
    return lab


def test_there_are_five() -> None:
    """A grader, a provider, a format, a criterion and a report format."""
    assert [path.split("/")[1] for path in RECIPES] == ["graders", "providers", "formats", "criteria", "templates"]


@pytest.mark.parametrize("path", [path for path in RECIPES if path.endswith(".py")])
def test_a_recipe_satisfies_linter_and_types(package: Path, path: str) -> None:
    """What is shown is held to the rules of the house."""
    settings = str(ROOT / "pyproject.toml")
    for command in (["ruff", "check"], ["ruff", "format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", *command, "--config", settings, str(package / path)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_all_recipes_satisfy_mypy(package: Path) -> None:
    """Strictly, inside the package."""
    files = [str(package / path) for path in RECIPES if path.endswith(".py")]
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        str(ROOT / "pyproject.toml"),
        "--follow-imports=silent",
    ]
    environment = {**os.environ, "MYPYPATH": str(package)}
    done = subprocess.run([*command, *files], cwd=package, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_grader_marks(package: Path, lab_with_slices: Lab) -> None:
    """All answers have one word, so both systems are right everywhere."""
    lab_with_slices.tables["graders"]["label"] = {"kind": "word_limit", "most": 1}
    lab_with_slices.criterion("threshold", evalset="target", at_least=0.9)
    done = tuneproof(package, "run", str(lab_with_slices.write()), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdicts"][0]["findings"][0]["estimate"]["value"] == 1.0


def test_the_grader_works_from_a_workspace_too(lab_with_slices: Lab) -> None:
    """The same file beside the experiment file, with the package as it is."""
    (lab_with_slices.folder / "graders").mkdir()
    (lab_with_slices.folder / "graders" / "word_limit.py").write_text(RECIPES["tuneproof/graders/word_limit.py"], "utf-8")
    lab_with_slices.tables["graders"]["label"] = {"kind": "word_limit", "most": 1}
    lab_with_slices.criterion("threshold", evalset="target", at_least=0.9)
    assert lab_with_slices.verdict()["decision"] == "GO"


def test_the_provider_answers(package: Path, lab_with_slices: Lab) -> None:
    """The system that always says yes is always right here."""
    lab_with_slices.table("providers", "always", kind="constant", answer="yes")
    lab_with_slices.table("systems", "tuned", role="candidate", provider="always")
    lab_with_slices.criterion("superiority", evalset="target", margin=0.5)
    assert tuneproof(package, "run", str(lab_with_slices.write()), "-q").returncode == 0


def test_the_format_is_read(package: Path, lab_with_slices: Lab) -> None:
    """As an evalset; a row with a missing cell is an error with its line."""
    rows = "".join(f"{i}\tquestion {i}\tyes\n" for i in range(60))
    file = lab_with_slices.folder / "target.tsv"
    file.write_text(f"id\tinput\texpected\n{rows}", "utf-8")
    lab_with_slices.tables["evalsets"]["target"]["path"] = "target.tsv"
    lab_with_slices.criterion("superiority", evalset="target", margin=0.5)
    assert tuneproof(package, "run", str(lab_with_slices.write()), "-q").returncode == 0
    file.write_text("id\tinput\texpected\n1\tquestion\n", "utf-8")
    done = tuneproof(package, "check", str(lab_with_slices.file))
    assert (done.returncode, "target.tsv:2: 2 cells (3, as in the header)" in done.stderr) == (3, True)


def test_the_criterion_is_judged_on_every_slice(package: Path, lab_with_slices: Lab) -> None:
    """One finding a slice."""
    lab_with_slices.criterion("every_slice", evalset="target", at_least=0.8)
    done = tuneproof(package, "run", str(lab_with_slices.write()), "--json")
    assert done.returncode == 0, done.stderr
    findings = json.loads(done.stdout)["verdicts"][0]["findings"]
    assert [(held["slice"], held["status"]) for held in findings] == [("a", "met"), ("b", "met")]


def test_the_report_format_is_written(package: Path, lab_with_slices: Lab) -> None:
    """Beside the others, in each run folder."""
    lab_with_slices.criterion("superiority", evalset="target", margin=0.5)
    assert tuneproof(package, "run", str(lab_with_slices.write()), "-q").returncode == 0
    text = (lab_with_slices.folder / "reports" / "lab" / "latest" / "verdict.txt").read_text("utf-8")
    assert text.startswith("GO: ship tuned (lab, run ")
    assert "met  superiority  target" in text
