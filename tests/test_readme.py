"""The README's blocks: commands are run, files are read, what was printed is what is printed."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.conftest import Lab
from tuneproof.cli import cli
from tuneproof.pipeline.forecast import forecast
from tuneproof.workspace import create

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """Return the README's blocks of one language."""
    return [text for name, text in BLOCKS if name == language]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which `tuneproof` is this checkout's."""
    command = tmp_path / "bin" / "tuneproof"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tuneproof "$@"\n', "utf-8")
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if name not in ("GITHUB_STEP_SUMMARY", "COLUMNS")}
    return {**kept, "PATH": path, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def test_every_block_has_a_language_that_is_tested() -> None:
    """A block without one would be read by nobody."""
    assert {name for name, _ in BLOCKS} == {"console", "text", "sh", "toml", "yaml", "python"}
    assert README.count("\n```") == 2 * len(BLOCKS)


def test_commands_run(tmp_path: Path, environment: dict[str, str]) -> None:
    """Every line of every sh block, in one shell."""
    script = "set -eu\n" + "\n".join(blocks("sh"))
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("report.html")


def test_the_shown_run_is_the_end_of_what_the_demo_prints(environment: dict[str, str]) -> None:
    """Of the run that the repository keeps: whoever changes the output or the demo pastes the new one."""
    (shown,) = (path.parent for path in (ROOT / "reports" / "demo").glob("*/verdict.json") if not path.parent.is_symlink())
    command = [sys.executable, "-m", "tuneproof", "show", str(shown)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8")
    printed = [line.rstrip() for line in done.stdout.replace(f"{ROOT}/", "").splitlines()]
    told = [line.rstrip() for line in blocks("text")[0].splitlines()]
    assert printed[-len(told) :] == told


def test_python_blocks_run(tmp_path: Path, environment: dict[str, str]) -> None:
    """In a new workspace."""
    create(tmp_path / "demo")
    code = "\n".join(blocks("python"))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "demo", env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("GO\n")


def test_the_experiment_file_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a whole, in a new workspace, without a key."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    create(tmp_path)
    (text,) = blocks("toml")
    (tmp_path / "experiment.toml").write_text(text, "utf-8")
    found = forecast(tmp_path / "experiment.toml")
    assert [held.requests for held in found.calls] == [300, 300]


def test_ci_steps_use_options_that_there_are() -> None:
    """The workflow's command is one of ours, with our options."""
    (steps,) = (yaml.safe_load(text) for text in blocks("yaml"))
    words = steps[0]["run"].split()
    known = {option for param in cli.commands[words[1]].params for option in param.opts}
    assert {word for word in words if word.startswith("--")} <= known
    name = tomllib.loads(blocks("toml")[0])["experiment"]["name"]
    assert steps[1]["with"]["path"] == f"reports/{name}/"


def test_console_blocks_name_targets_that_there_are() -> None:
    """`make demo` itself cannot run inside `make test`."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"make (\w+)", "\n".join(blocks("console")))) <= targets


def test_links_lead_somewhere() -> None:
    """Relative links are files of the repository."""
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_exit_codes_are_those_of_the_program() -> None:
    """The table names every code and no other."""
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert told == {0, 1, 2, 3, 4, 70, 130}


@pytest.mark.slow
@pytest.mark.parametrize("count", [50, 100, 200, 400, 1319])
def test_the_table_of_real_answers_is_what_comes_out(count: int, real_data: Path, lab: Lab) -> None:
    """Each row of "why not just compare two accuracies" from the recorded answers themselves."""
    data = real_data / "gsm8k"
    rows = (data / "eval.jsonl").read_text("utf-8").splitlines(keepends=True)[:count]
    (lab.folder / "eval.jsonl").write_text("".join(rows), "utf-8")
    lab.table("evalsets", "target", path="eval.jsonl", graders=["final"])
    lab.table("graders", "final", kind="number_match", extract={"after": "A:"})
    for name, role, file in (("base", "baseline", "175b_finetuning"), ("tuned", "candidate", "6b_verification")):
        lab.table("providers", name, kind="replay", path=str(data / "outputs" / f"{file}.jsonl"))
        lab.table("systems", name, role=role, provider=name)
    lab.criterion("superiority", evalset="target")
    verdict = lab.verdict()
    held = verdict["verdicts"][0]["findings"][0]["estimate"]
    means = f"{held['baseline_value']:.3f} | {held['candidate_value']:.3f}"
    signed = [f"{held[key]:+.3f}" for key in ("value", "low", "high")]
    gain = "0.000" if not held["value"] else signed[0]
    told = f"{count:,} | {means} | {gain} ({signed[1]} to {signed[2]}) | {verdict['decision']} |"
    assert told.replace("-", "\u2212") in README.replace("first ", "").replace("all ", "").replace("-", "\u2212")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "clean"])
def test_make_targets_can_be_planned(target: str) -> None:
    """`make -n` finds a rule for every step."""
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
