"""Whole runs against llama.cpp's server with a model made on the spot: what a real server says is counted as it should be."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.integration.llama import ALIAS, CONTEXT, ROOT, Llama

pytestmark = pytest.mark.integration

N = 60
UNSURE = {"grammar": 'root ::= "yes" | "no"', "temperature": 1.0, "seed": 1}
"""Decoding that makes noise say yes or no."""
SURE = {"grammar": 'root ::= "yes"', "temperature": 0}
"""Decoding that is always right: all questions expect yes."""
SPELT = {"grammar": "root ::= [a-z]{8}", "temperature": 0}
"""Decoding whose answer shows any difference in what the model computes."""
LONGEST = 3
CUT = {"grammar": 'root ::= "yes, of course"', "temperature": 0, "max_tokens": LONGEST}
"""Decoding whose answer is cut at `yes`."""


def compare(lab: Lab, base_url: str, n: int = N, **systems: Mapping[str, Any]) -> Lab:
    """Set up systems on one server, each named by its role."""
    lab.evalset("target", n)
    # llama.cpp's prompt cache makes an answer depend on what was asked before.
    lab.table("providers", "llama", kind="openai_chat", base_url=base_url, extra_body={"cache_prompt": False}, max_retries=1)
    for role, keys in systems.items():
        lab.table(
            "systems",
            role,
            **{"role": role, "provider": "llama", "model": ALIAS, "prompt": {"user": "{{ input }}?"}} | dict(keys),
        )
    lab.criterion("superiority", evalset="target")
    lab.write()
    return lab


def tuneproof(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, with warnings as errors."""
    paths = [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "tuneproof", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "160"},
    )


def read(folder: Path, name: str) -> Any:
    """Return a JSON file of a run folder."""
    return json.loads((folder / name).read_text("utf-8"))


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return a JSONL file of a run folder."""
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def texts(folder: Path) -> dict[str, list[str]]:
    """Return the answers of a run folder by system."""
    held: dict[str, list[str]] = {}
    for row in rows(folder, "completions.jsonl"):
        held.setdefault(row["system"], []).append(row["text"])
    return held


def latest(lab: Lab) -> Path:
    """Return the newest run folder."""
    return lab.folder / "reports" / "lab" / "latest"


def test_a_whole_run_ends_in_a_verdict(lab: Lab, llama: Llama) -> None:
    """A candidate that is right against noise that often is not: GO, with every answer and every token counted."""
    compare(
        lab,
        llama.base_url,
        baseline={"decoding": UNSURE},
        candidate={"decoding": SURE, "prompt": {"user": "Say yes: {{ input }}"}},
    )
    done = tuneproof("run", lab.file)
    manifest, verdict = read(latest(lab), "manifest.json"), read(latest(lab), "verdict.json")
    assert (done.returncode, done.stderr.count("Traceback"), verdict["decision"]) == (0, 0, "GO"), done.stderr
    assert done.stdout.splitlines()[-1].startswith("GO")
    estimate = verdict["verdicts"][0]["findings"][0]["estimate"]
    assert (estimate["n"], estimate["n_missing"], estimate["candidate_value"]) == (N, 0, 1.0)
    for system in manifest["systems"].values():
        assert (system["completions"], system["missing"], system["truncated"], system["attempts"]) == (N, 0, 0, N)
        assert system["input_tokens"] > N * len("question 0")
        assert 3 * N <= system["output_tokens"] <= 4 * N + N  # bytes of no and yes, and the end
        assert system["models_reported"] == [ALIAS]
    assert manifest["attempts_in_this_run"] == 2 * N


def test_two_prompts_are_two_systems(lab: Lab, llama: Llama) -> None:
    """Systems that differ in the prompt alone get answers of their own, and a verdict."""
    compare(
        lab, llama.base_url, baseline={"decoding": UNSURE}, candidate={"decoding": UNSURE, "prompt": {"user": "{{ input }}!!"}}
    )
    folder = lab.run().folder
    answers = texts(folder)
    assert answers["baseline"] != answers["candidate"]
    assert {len(held) for held in answers.values()} == {N}
    assert read(folder, "verdict.json")["decision"] in ("GO", "NO-GO", "UNDECIDED")


@pytest.mark.usefixtures("_wheels")
def test_the_same_command_again_asks_nothing(lab: Lab) -> None:
    """With the server gone, the second run still succeeds, and says the same."""
    with Llama() as server:
        compare(lab, server.base_url, baseline={"decoding": UNSURE}, candidate={"decoding": SURE})
        first = tuneproof("run", lab.file, "--json")
        before = read(latest(lab), "verdict.json")
    second = tuneproof("run", lab.file, "--json")
    after, manifest = read(latest(lab), "verdict.json"), read(latest(lab), "manifest.json")
    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    assert manifest["attempts_in_this_run"] == 0
    assert before["run_id"] != after["run_id"]
    assert before["verdicts"] == after["verdicts"]


def test_a_changed_prompt_asks_again_and_only_what_changed(lab: Lab, llama: Llama) -> None:
    """After a change of one system's prompt, that system is asked anew, and the other is not."""
    compare(lab, llama.base_url, n=12, baseline={"decoding": UNSURE}, candidate={"decoding": SURE}).run()
    lab.tables["systems"]["candidate"]["prompt"] = {"user": "{{ input }}, really?"}
    assert read(lab.run().folder, "manifest.json")["attempts_in_this_run"] == 12


def test_nobody_listens(lab: Lab) -> None:
    """A wrong port ends the run with exit code 4 and a last line that says so."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        compare(lab, f"http://127.0.0.1:{taken.getsockname()[1]}/v1", baseline={}, candidate={"decoding": SURE})
        done = tuneproof("run", lab.file)
    assert done.returncode == 4
    *progress, last = done.stderr.strip().splitlines()
    assert last.startswith("tuneproof: providers.llama:")
    assert "connection refused" in last
    assert "Traceback" not in "".join(progress)


def test_a_question_that_is_too_long_is_a_wrong_answer(lab: Lab, llama: Llama) -> None:
    """A prompt beyond the context counts as wrong for the system that made it so long, and the run goes on."""
    compare(
        lab,
        llama.base_url,
        baseline={"decoding": SURE},
        candidate={"decoding": SURE, "prompt": {"user": "x" * 60 + "{{ input }}"}},
    )
    lab.evalset("target", N, input=["y" * (CONTEXT - 40), *(f"question {i}" for i in range(1, N))])
    folder = lab.run().folder
    too_long = [row for row in rows(folder, "completions.jsonl") if row["failure"]]
    assert [(row["system"], row["example_id"], row["failure"]["kind"]) for row in too_long] == [
        ("candidate", "0", "context_length")
    ]
    estimate = read(folder, "verdict.json")["verdicts"][0]["findings"][0]["estimate"]
    assert (estimate["n"], estimate["n_missing"]) == (N, 0)
    assert (estimate["baseline_value"], estimate["candidate_value"]) == (1.0, pytest.approx((N - 1) / N))


def test_answers_cut_at_max_tokens_are_counted(lab: Lab, llama: Llama) -> None:
    """Answers that end at max_tokens are answers, and how many there are is on record."""
    compare(lab, llama.base_url, n=12, baseline={"decoding": SURE}, candidate={"decoding": CUT})
    folder = lab.run().folder
    cut = [row["finish"] for row in rows(folder, "completions.jsonl") if row["system"] == "candidate"]
    systems = read(folder, "manifest.json")["systems"]
    assert cut == ["length"] * 12
    assert (systems["baseline"]["truncated"], systems["candidate"]["truncated"]) == (0, 12)
    assert systems["candidate"]["output_tokens"] == 12 * LONGEST


def test_a_name_that_the_server_does_not_check(lab: Lab, llama: Llama) -> None:
    """Two models asked for, one that answers: the reader is told that it has one name, and that all answers are equal."""
    compare(
        lab,
        llama.base_url,
        baseline={"model": "base", "decoding": UNSURE},
        candidate={"model": "fine-tuned", "decoding": UNSURE},
    )
    folder = lab.run().folder
    cautions = read(folder, "verdict.json")["cautions"]
    assert any("identity is not confirmed" in caution and repr(ALIAS) in caution for caution in cautions)
    assert any(f"all {N} answers of candidate equal those of baseline" in caution for caution in cautions)
    assert "identity is not confirmed" in (folder / "report.md").read_text("utf-8")


def test_an_adapter_is_asked_by_its_setting(lab: Lab, llama: Llama) -> None:
    """Base and adapter on one server, their requests interleaved, each answer as if the other had never been asked."""
    adapted = {**SPELT, "lora": [{"id": 0, "scale": 1.0}]}
    plain = {**SPELT, "lora": [{"id": 0, "scale": 0.0}]}
    compare(lab, llama.base_url, baseline={"decoding": plain}, candidate={"decoding": adapted})
    together = texts(lab.run().folder)
    alone = [texts(lab.run(only=system, fresh=True).folder)[system] for system in ("baseline", "candidate")]
    assert together["baseline"] != together["candidate"]
    assert list(together.values()) == alone


@pytest.mark.usefixtures("_wheels")
def test_a_key_that_the_server_refuses(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong key ends the run before anything is spent, names its variable, and stands nowhere."""
    key = "sk-wrong-0123456789"
    monkeypatch.setenv("LAB_KEY", key)
    with Llama("sk-right-0123456789") as server:
        compare(lab, server.base_url, n=12, baseline={"decoding": UNSURE}, candidate={"decoding": SURE})
        lab.tables["providers"]["llama"]["api_key_env"] = "LAB_KEY"
        lab.write()
        done = tuneproof("run", lab.file)
        monkeypatch.setenv("LAB_KEY", "sk-right-0123456789")
        again = tuneproof("run", lab.file)
    assert done.returncode == 4
    assert again.returncode in (0, 1, 2), again.stderr
    assert "LAB_KEY" in done.stderr
    assert key not in done.stderr
    held = b"".join(path.read_bytes() for path in lab.folder.rglob("*") if path.is_file())
    assert b"0123456789" not in held
