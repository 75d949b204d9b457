"""The demo: real weights, a fine-tune that earns GO and one that is stopped because it forgot, as the repository shows it."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.integration.local import tuneproof
from tests.integration.test_serve_demo import serving_demo
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.registration import state_of
from tuneproof.providers._gguf_files import SMALL_MODEL, small_adapters

ROOT = Path(__file__).parents[1]
SHOWN = [path.parent for path in (ROOT / "reports" / "demo").glob("*/verdict.json") if not path.parent.is_symlink()]
CLOSE = 0.02
"""Processors round differently, and a close choice of the next word may go the other way: figures may move by so much."""

pytestmark = [pytest.mark.integration, pytest.mark.skipif(find_spec("xllamacpp") is None, reason="xllamacpp is not installed")]


def read(folder: Path, name: str) -> Any:
    """Return a JSON file of a run folder."""
    return json.loads((folder / name).read_text("utf-8"))


def copied(folder: Path) -> Path:
    """Return the demo's experiment in a folder of its own."""
    for name in ("evalsets", "data"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("experiment.toml", "experiment.lock"):
        shutil.copy(ROOT / name, folder / name)
    return folder / "experiment.toml"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the run folder of the whole demo, run as a user runs it."""
    file = copied(tmp_path_factory.mktemp("demo"))
    done = tuneproof("run", file, "--require-lock", timeout=600)
    assert done.returncode == 0, done.stderr
    return file.parent / "reports" / "demo" / "latest"


def findings(folder: Path) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (candidate, decision, finding)."""
    for verdict in read(folder, "verdict.json")["verdicts"]:
        for finding in verdict["findings"]:
            yield verdict["candidate"], verdict["decision"], finding


def test_one_run_is_shown() -> None:
    """The repository holds one, with its report."""
    assert len(SHOWN) == 1
    assert (SHOWN[0] / "report.html").is_file()


@pytest.mark.slow
def test_the_demo_is_what_the_repository_shows(demo: Path) -> None:
    """Figures are the same as far as processors agree; where they are the same to the digit, so is what was decided."""
    (shown,) = SHOWN
    here, there = ({one["candidate"]: one for one in read(folder, "verdict.json")["verdicts"]} for folder in (demo, shown))
    assert list(here) == list(there)
    for name, verdict in here.items():
        mine, other = (figures(held) for held in (verdict, there[name]))
        assert mine == pytest.approx(other, abs=CLOSE), name
        assert mine != other or verdict["decision"] == there[name]["decision"], name


def figures(verdict: Mapping[str, Any]) -> list[float]:
    """Return the estimates of a candidate, in the order of its findings."""
    return [finding["estimate"]["value"] for finding in verdict["findings"]]


@pytest.mark.slow
def test_one_earns_go_and_one_is_stopped_for_what_it_forgot(demo: Path) -> None:
    """And the slices that it forgot are named."""
    decided = {one["candidate"]: one["decision"] for one in read(demo, "verdict.json")["verdicts"]}
    assert read(demo, "verdict.json")["decision"] == "GO"
    assert decided["replay-2"] == "GO"
    assert decided["narrow"] == "NO-GO"
    forgotten = {
        held["slice"]
        for name, _, held in findings(demo)
        if name == "narrow" and held["evalset"] == "general" and held["status"] == "breached"
    }
    assert len(forgotten - {None}) >= 3
    report = (demo / "report.md").read_text("utf-8")
    assert all(name in report for name in forgotten - {None})


@pytest.mark.slow
def test_what_leaked_is_gained_where_it_was_copied(demo: Path) -> None:
    """On tickets that stood in its training file the careless fine-tune gains much more than on the others."""
    shown = (demo / "report.html").read_text("utf-8")
    gained = {}
    for name in ("copied", "fresh"):
        right = scores(demo, name)
        gained[name] = right["leaky"] - max(right["zero-shot"], right["few-shot"])
    assert gained["copied"] > 0.25
    assert gained["fresh"] < gained["copied"] / 2
    assert "copied" in shown


def scores(folder: Path, slice_name: str) -> dict[str, float]:
    """Return the share of right answers of each system on a slice of the tickets."""
    held: dict[str, list[float]] = {}
    for line in (folder / "scores.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["evalset"] == "tickets" and slice_name in row["slices"]:
            held.setdefault(row["system"], []).append(row["value"])
    return {system: sum(values) / len(values) for system, values in held.items()}


@pytest.mark.slow
def test_serve_demo_gives_the_same_answers_and_verdict(demo: Path, tmp_path: Path) -> None:
    """Through `openai_chat`, the same examples, systems and criteria: text by text."""
    file = copied(tmp_path)
    with serving_demo(ROOT / "src") as served:
        text = file.read_text("utf-8")
        kind = re.sub(
            r'kind = "llama_cpp".*', f'kind = "openai_chat"\nbase_url = "{served.base_url}"\nmax_concurrency = 2', text
        )
        file.write_text(kind, "utf-8")
        done = tuneproof("run", file, timeout=600)
    assert done.returncode == 0, done.stderr
    other = tmp_path / "reports" / "demo" / "latest"
    told = [
        {(row["system"], row["evalset"], row["example_id"]): row["text"] for row in map(json.loads, lines)}
        for lines in ((folder / "completions.jsonl").read_text("utf-8").splitlines() for folder in (demo, other))
    ]
    assert told[0] == told[1]
    assert list(findings(demo)) == list(findings(other))


def test_the_criteria_are_those_that_were_registered() -> None:
    """`experiment.lock` is of this experiment file."""
    assert state_of(assemble(ROOT / "experiment.toml")).status == "locked"


def test_the_weights_are_small() -> None:
    """All of them together: 8 MB at most."""
    files = [*SMALL_MODEL.glob("*.gguf")]
    assert set(small_adapters()) == {*(f"triage-replay@{n}" for n in (1, 2, 3)), "triage-narrow", "triage-leaky"}
    assert sum(file.stat().st_size for file in files) <= 8_000_000


def test_the_root_is_put_together_without_a_complaint() -> None:
    """By the command that spends nothing."""
    done = tuneproof("check", ROOT / "experiment.toml")
    assert done.returncode == 0, done.stderr


def test_git_keeps_one_run() -> None:
    """Another `make demo` leaves nothing to commit."""
    ignored = subprocess.run(["git", "check-ignore", "reports/demo/another-run"], cwd=ROOT, capture_output=True)
    assert ignored.returncode in (0, 128)  # 128: not a repository


def test_a_report_written_anew_names_the_evalset_as_the_run_did(tmp_path: Path) -> None:
    """Not the copy in the run folder, whose path is that of one machine."""
    folder = tmp_path / "run"
    shutil.copytree(SHOWN[0], folder)
    done = tuneproof("report", folder)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) not in (folder / "report.html").read_text("utf-8")
