"""Whole runs against a local server: paid for once, resumed after anything, stopped when asked."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.servers.hostile import Ask, Hostile, Say, answer, error
from tuneproof.core.errors import BudgetSpent, InputError, RunStopped


def knows(ask: Ask) -> Say:
    """Answer right for `good`, and right for two of three questions for `poor`."""
    number = int(ask.prompt.split()[-1])
    return answer("yes" if ask.model == "good" or number % 3 else "no", model=ask.model)


@pytest.fixture
def server() -> Iterator[Hostile]:
    """Return a server that answers."""
    with Hostile(knows) as held:
        yield held


@pytest.fixture
def remote(lab: Lab, server: Hostile) -> Lab:
    """Return a workspace with two systems on that server."""
    lab.evalset("target", 60)
    lab.table("providers", "local", kind="openai_chat", base_url=server.base_url, max_concurrency=8, max_retries=2)
    for name, role, model in (("prompted", "baseline", "poor"), ("tuned", "candidate", "good")):
        lab.table("systems", name, role=role, provider="local", model=model, prompt={"user": "{{ input }}"})
    lab.criterion("superiority", evalset="target", margin=0.05)
    return lab


def command(lab: Lab, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line on a workspace."""
    line = [sys.executable, "-m", "tuneproof", "run", str(lab.write()), *options]
    return subprocess.run(line, capture_output=True, text=True, env=os.environ | environment, timeout=120)


def test_a_run_asks_once_and_a_second_run_nothing(remote: Lab, server: Hostile) -> None:
    """Every question is asked once, and the same command again is answered from the cache."""
    first = remote.verdict()
    assert (first["decision"], len(server.asks)) == ("GO", 120)
    second = remote.verdict()
    assert (second["decision"], len(server.asks)) == ("GO", 120)


def test_fresh_asks_again(remote: Lab, server: Hostile) -> None:
    """`--fresh` pays again, and what it brings is kept."""
    remote.verdict()
    remote.verdict(fresh=True)
    assert len(server.asks) == 240
    remote.verdict()
    assert len(server.asks) == 240


def test_an_interrupted_fresh_run_goes_on_and_loses_nothing(remote: Lab, server: Hostile) -> None:
    """Until the fresh answers are whole the older ones are kept; the same command goes on with the fresh ones."""
    remote.verdict()
    with pytest.raises(BudgetSpent):
        remote.run(fresh=True, max_calls=50)
    assert remote.verdict()["decision"] == "GO"
    assert len(server.asks) == 170
    remote.run(fresh=True)
    remote.verdict()
    assert len(server.asks) == 240


def test_rows_with_messages_of_their_own_are_told(remote: Lab, server: Hostile) -> None:
    """A baseline whose few-shot prompt is not used is no fair baseline, and the verdict says so."""
    chats = [{"messages": [{"role": "user", "content": f"question {i}"}], "expected": "yes"} for i in range(40)]
    remote.write_rows("target.jsonl", chats)
    remote.tables["systems"]["prompted"]["prompt"] = {"system": "Say yes.", "user": "{{ input }}"}
    assert any(
        "the prompt of 'prompted' (system, few_shot, context) is not used" in told for told in remote.verdict()["cautions"]
    )


def test_trained_on_questions_are_told_in_the_verdict(remote: Lab, server: Hostile) -> None:
    """A training file that holds the evalset is a caution of every run, not only of `check`."""
    remote.tables["systems"]["tuned"]["training"] = {"files": ["target.jsonl"]}
    assert any("answers that were seen before prove nothing" in told for told in remote.verdict()["cautions"])


@pytest.mark.parametrize(
    ("table", "name", "change"),
    [
        ("systems", "tuned", {"model": "poor"}),
        ("systems", "tuned", {"prompt": {"user": "Answer: {{ input }}"}}),
        ("systems", "tuned", {"decoding": {"temperature": 0.5}}),
        ("systems", "tuned", {"repeats": 2}),
    ],
)
def test_every_setting_is_part_of_the_key(remote: Lab, server: Hostile, table: str, name: str, change: dict[str, Any]) -> None:
    """Another model, prompt, setting or repeat is another question; what did not change is not asked again."""
    remote.verdict()
    remote.tables[table][name] |= change
    remote.verdict()
    same_question = change == {"model": "poor"}
    assert len(server.asks) == (120 if same_question else 180)


def test_single_failures_are_missing_answers(remote: Lab, server: Hostile) -> None:
    """Broken replies after all retries are missing, bounded, and asked again by the next run."""
    server.script = lambda ask: Say(body=b"<html>") if ask.prompt.endswith("7") and ask.model == "good" else knows(ask)
    verdict = remote.verdict()
    estimate = verdict["verdicts"][0]["findings"][0]["estimate"]
    assert (estimate["n"], estimate["n_missing"]) == (54, 6)
    server.script = knows
    assert remote.verdict()["verdicts"][0]["findings"][0]["estimate"]["n_missing"] == 0


def test_one_bad_question_does_not_lock_the_run_out(remote: Lab, server: Hostile) -> None:
    """A question that a server always refuses is missing in every run; it never becomes the first request that must succeed."""
    server.script = lambda ask: error(422, "no") if ask.prompt.endswith(" 3") else knows(ask)
    for _ in range(2):
        assert remote.verdict()["verdicts"][0]["findings"][0]["estimate"]["n_missing"] == 1


def test_a_wrong_key_stops_the_run(remote: Lab, server: Hostile) -> None:
    """401 ends the run with one line, and no verdict is written."""
    server.script = lambda ask: error(401, "Incorrect API key provided")
    with pytest.raises(RunStopped, match="local"):
        remote.run()
    assert not list(remote.folder.glob("reports/lab/*"))


def test_a_budget_stops_the_run_and_the_same_command_goes_on(remote: Lab, server: Hostile) -> None:
    """`--max-calls` ends with exit 4; what was paid for is not paid for again."""
    with pytest.raises(BudgetSpent):
        remote.run(max_calls=50)
    assert len(server.asks) == 50
    assert remote.verdict()["decision"] == "GO"
    assert len(server.asks) == 120


def test_an_unset_key_is_refused_before_anything_is_spent(remote: Lab, server: Hostile) -> None:
    """A named variable that is not set is wrong input."""
    remote.tables["providers"]["local"]["api_key_env"] = "TUNEPROOF_TEST_NO_SUCH_KEY"
    with pytest.raises(InputError, match="TUNEPROOF_TEST_NO_SUCH_KEY"):
        remote.run()
    assert server.asks == []


def test_prompts_that_cannot_be_filled_are_refused_before_anything_is_spent(remote: Lab, server: Hostile) -> None:
    """An undefined variable names system, file and line."""
    remote.tables["systems"]["tuned"]["prompt"] = {"user": "{{ question }}"}
    with pytest.raises(InputError, match=r"systems\.tuned\.prompt: .*target\.jsonl:1: .*'question' is undefined"):
        remote.run()
    assert server.asks == []


def test_an_abort_saves_the_rest_of_the_calls(remote: Lab, server: Hostile) -> None:
    """A breach on the first evalset leaves the second unasked, for the candidate and, with none left, for the baseline."""
    remote.evalset("safety", 60, role="safety", input=[f"risk {i}" for i in range(60)])
    server.script = lambda ask: answer("no", model=ask.model)
    remote.criterion("threshold", evalset="safety", at_least=0.5, abort=True)
    verdict = remote.verdict()
    assert verdict["decision"] == "NO-GO"
    assert {ask.prompt.split()[0] for ask in server.asks} == {"risk"}
    assert len(server.asks) == 120


def test_equal_questions_are_asked_once(remote: Lab, server: Hostile) -> None:
    """An A/A run pays for one side, and the reader is told."""
    remote.tables["systems"]["tuned"]["model"] = "poor"
    verdict = remote.verdict()
    assert len(server.asks) == 60
    assert "tuned and prompted are the same system: an A/A run" in verdict["cautions"]


def test_few_shot_and_context_reach_the_server(remote: Lab, server: Hostile) -> None:
    """Worked examples come as turns before the question, passages before its text."""
    remote.write_rows("shots.jsonl", [{"input": f"shot {i}", "expected": "ab"[i % 2]} for i in range(4)])
    (remote.folder / "docs.md").write_text("Cats purr.\n\nQuestions are numbered: question 5 is one.\n")
    remote.tables["systems"]["tuned"]["prompt"] = {
        "system": "One of {{ labels | join(', ') }}.",
        "user": "{{ input }}",
        "few_shot": {"path": "shots.jsonl", "k": 2, "choose": "stratified"},
        "context": {"path": "docs.md", "k": 1},
    }
    remote.run(only="tuned", limit=1)
    messages = server.asks[0].body["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert [message["content"] for message in messages[:5]] == ["One of yes.", "shot 0", "a", "shot 1", "b"]
    assert messages[5]["content"] == "Context:\n\nQuestions are numbered: question 5 is one.\n\nquestion 0"


def test_rows_with_messages_are_sent_as_they_are(remote: Lab, server: Hostile) -> None:
    """A chat row is its own prompt; its last assistant message is what is expected."""
    chat = [{"role": "user", "content": "question 4"}, {"role": "assistant", "content": "yes"}]
    remote.write_rows("target.jsonl", [{"messages": chat}])
    remote.run(only="tuned")
    assert server.asks[0].body["messages"] == chat[:1]


def test_a_killed_run_goes_on(remote: Lab, server: Hostile) -> None:
    """After kill -9 in the middle, the same command asks again at most what was in flight, and nothing is lost."""
    server.script = lambda ask: Say(**{**_fields(knows(ask)), "delay_s": 0.02})
    process = subprocess.Popen([sys.executable, "-m", "tuneproof", "run", str(remote.write()), "-q"], stdout=subprocess.DEVNULL)
    while len(server.asks) < 60:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = command(remote, "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert 120 <= len(server.asks) <= 120 + 8
    resumed = answers(remote.folder)
    (remote.folder / ".tuneproof" / "cache.sqlite").rename(remote.folder / "other.sqlite")
    command(remote, "-q")
    assert resumed == answers(remote.folder)


def test_ctrl_c_exits_130_and_the_same_command_goes_on(remote: Lab, server: Hostile) -> None:
    """An interrupted run says so on one line, writes no verdict and loses nothing."""
    server.script = lambda ask: Say(**{**_fields(knows(ask)), "delay_s": 0.02})
    line = [sys.executable, "-m", "tuneproof", "run", str(remote.write()), "-q"]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(server.asks) < 40:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, len(told.strip().splitlines()), "interrupted" in told) == (130, 1, True), told
    assert not list(remote.folder.glob("reports/lab/*"))
    assert command(remote, "-q").returncode == 0


def test_two_runs_at_once_both_finish(remote: Lab, server: Hostile) -> None:
    """Two processes on one cache both come to the verdict."""
    server.script = lambda ask: Say(**{**_fields(knows(ask)), "delay_s": 0.01})
    line = [sys.executable, "-m", "tuneproof", "run", str(remote.write()), "-q"]
    both = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all(held.startswith("GO") for held in told)
    assert len(list((remote.folder / "reports" / "lab").glob("2*"))) == 2


def test_a_full_disk_loses_nothing(remote: Lab, server: Hostile) -> None:
    """A file size limit stands for a full disk: exit 4, one line, and with room the same command goes on."""
    limit = ["/bin/sh", "-c", 'ulimit -f 64; exec "$@"', "sh"]
    line = [*limit, sys.executable, "-m", "tuneproof", "run", str(remote.write()), "-q"]
    full = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert (full.returncode, full.stderr.count("\n")) == (4, 1), full.stderr
    assert "free some space and run the same command again" in full.stderr
    assert command(remote, "-q").returncode == 0
    assert 120 <= len(server.asks) <= 120 + 8


def test_the_manifest_holds_no_secret(remote: Lab, server: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the key nor a header value nor a password in an address reaches the run folder."""
    monkeypatch.setenv("TUNEPROOF_TEST_KEY", "very-secret-key")
    remote.tables["providers"]["local"] |= {"api_key_env": "TUNEPROOF_TEST_KEY", "headers": {"X-Token": "very-secret-token"}}
    folder = remote.run().folder
    for path in folder.iterdir():
        if path.name not in ("experiment.toml", "experiment.json"):
            assert "very-secret" not in path.read_text("utf-8"), path.name
    assert "very-secret-key" not in (folder / "experiment.json").read_text("utf-8")


def answers(folder: Path) -> list[tuple[str, str, int, str]]:
    """Return who answered what in the latest run, row by row."""
    rows = (folder / "reports" / "lab" / "latest" / "completions.jsonl").read_text("utf-8").splitlines()
    return [(row["system"], row["example_id"], row["repeat"], row["text"]) for row in map(json.loads, rows)]


def _fields(say: Say) -> dict[str, Any]:
    return {name: getattr(say, name) for name in Say.__slots__}


def manifest(folder: Path) -> dict[str, Any]:
    """Return a run's manifest."""
    held: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return held


def test_tokens_attempts_and_models_are_told(remote: Lab, server: Hostile) -> None:
    """The manifest holds what the server counted and which models it named."""
    told = manifest(remote.run().folder)["systems"]["tuned"]
    assert (told["completions"], told["attempts"], told["models_reported"]) == (60, 60, ["good"])
    assert (told["input_tokens"], told["output_tokens"]) == (420, 120)
