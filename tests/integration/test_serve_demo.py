"""`tuneproof serve-demo` for real: models by name at an OpenAI-compatible address, the same answers as from `llama_cpp`."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.integration.llama import ROOT
from tests.integration.local import NARROW, REPLAY, SPELT, N, answers, listens, manifest, spoken, tuneproof
from tuneproof.pipeline.demo_server import Served

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("_wheels")]


@dataclass(frozen=True)
class Demo:
    """A `tuneproof serve-demo` that runs."""

    base_url: str
    """Where."""
    models: list[str]
    """Names that it told."""
    process: "subprocess.Popen[str]"
    """The process."""

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.base_url.rsplit(":", 1)[1].removesuffix("/v1"))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, ggufs: Path) -> Path:
    """Return a folder with a copy of the package whose small model is the tiny one."""
    folder = tmp_path_factory.mktemp("site")
    ignored = shutil.ignore_patterns("__pycache__", "small_model")
    shutil.copytree(ROOT / "src" / "tuneproof", folder / "tuneproof", ignore=ignored)
    shutil.copytree(ggufs, folder / "tuneproof" / "small_model")
    return folder


@contextmanager
def serving_demo(package: Path) -> Iterator[Demo]:
    """Serve the small model of a package on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tuneproof", "serve-demo", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(package)},
    )
    try:
        out = process.stdout
        told = "".join(iter(out.readline, "}\n")) + "}" if out else ""
        yield Demo(**json.loads(told), process=process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def demo(package: Path) -> Iterator[Demo]:
    """Return the server that all tests share which do not stop it."""
    with serving_demo(package) as held:
        yield held


def test_serve_demo_lists_its_models(demo: Demo) -> None:
    """As any OpenAI-compatible server does."""
    code, listed = spoken(f"{demo.base_url}/models")
    assert (code, [held["id"] for held in listed["data"]]) == (200, ["base", NARROW, REPLAY])
    assert [held["id"] for held in listed["data"]] == demo.models
    assert spoken(f"{demo.base_url}/models/{REPLAY}") == (200, listed["data"][2])


@pytest.mark.parametrize(
    ("path", "body", "code", "said"),
    [
        ("/chat/completions", {"model": "triage-replay@4", "messages": []}, 404, f"did you mean '{REPLAY}'? (known: base, "),
        ("/chat/completions", {"messages": []}, 404, "unknown model 'None'"),
        ("/chat/completions", b"{", 400, "the body is not a JSON object"),
        ("/chat/completions", b"[]", 400, "the body is not a JSON object"),
        ("/chat/completions", {"model": "base", "messages": "?"}, 400, "messages"),
        ("/models", {}, 405, "Method Not Allowed: POST /v1/models"),
        ("/lora-adapters", {}, 404, "Not Found: POST /v1/lora-adapters"),
    ],
)
def test_serve_demo_refuses_in_the_words_of_the_api(demo: Demo, path: str, body: Any, code: int, said: str) -> None:
    """Unknown models, broken bodies, and what is not for guests."""
    found, told = spoken(demo.base_url + path, body)
    assert found == code
    assert said in told["error"]["message"]


def test_serve_demo_streams_too(demo: Demo) -> None:
    """Piece by piece, each under the name that was asked for."""
    body = {"model": REPLAY, "messages": [{"role": "user", "content": "hello"}], "stream": True, **SPELT}
    _, streamed = spoken(f"{demo.base_url}/chat/completions", body)
    lines = [line.removeprefix("data: ") for line in streamed.splitlines() if line]
    pieces = [json.loads(line) for line in lines[:-1]]
    text = "".join(choice["delta"].get("content") or "" for piece in pieces for choice in piece["choices"])
    whole = spoken(f"{demo.base_url}/chat/completions", {**body, "stream": False})[1]
    assert (text, lines[-1]) == (whole["choices"][0]["message"]["content"], "[DONE]")
    assert {piece["model"] for piece in pieces} == {REPLAY}


def test_openai_chat_through_serve_demo_is_llama_cpp(local: Lab, demo: Demo) -> None:
    """The same answers under the same names and the same findings, though the requests come interleaved and eight at a time."""
    direct, before = local.verdict(), answers(local)
    local.table("providers", "local", kind="openai_chat", base_url=demo.base_url, max_concurrency=8)
    through = local.verdict()
    assert manifest(local)["attempts_in_this_run"] == 2 * N
    assert answers(local) == before
    assert (through["verdicts"], through["cautions"]) == (direct["verdicts"], direct["cautions"])


def test_an_unknown_model_at_serve_demo_stops_the_run(local: Lab, demo: Demo) -> None:
    """Exit code 4, naming the model."""
    local.table("providers", "local", kind="openai_chat", base_url=demo.base_url)
    local.tables["systems"]["tuned"]["model"] = "gpt-9"
    done = tuneproof("run", local.write(), "-q")
    assert (done.returncode, "does not know model 'gpt-9'" in done.stderr) == (4, True)


def test_serve_demo_is_of_loopback_and_ends_with_ctrl_c(package: Path) -> None:
    """Nobody else reaches it, exit code 130, and the port is closed."""
    with serving_demo(package) as demo:
        assert [listens(one, demo.port) for one in ("127.0.0.1", "127.0.0.2")] == [True, False]
        demo.process.send_signal(signal.SIGINT)
        _, told = demo.process.communicate(timeout=30)
        assert (demo.process.returncode, told) == (130, "tuneproof: stopped\n")
        assert not listens("127.0.0.1", demo.port)


def test_serve_demo_says_that_its_port_is_taken(demo: Demo, package: Path) -> None:
    """Exit code 3, on one line."""
    done = tuneproof("serve-demo", "--port", demo.port, package=package)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"tuneproof: serve-demo: --port: {demo.port} is in use (a free port; 0 takes any)\n"


def test_what_serve_demo_prints_can_be_pasted(lab: Lab, demo: Demo) -> None:
    """The tables it shows, with an evalset and a criterion, are an experiment that runs."""
    lab.evalset("target", 5)
    lab.criterion("superiority", evalset="target")
    lines = Served(base_url=demo.base_url, models=tuple(demo.models)).lines()
    lab.file.write_text(lab.write().read_text("utf-8") + "\n".join(lines[1:]), "utf-8")
    done = tuneproof("run", lab.file, "-q")
    assert (done.returncode in (0, 1, 2), done.stderr) == (True, "")


def test_without_settings_it_is_the_small_model(lab: Lab, package: Path) -> None:
    """A provider with nothing but its kind has the shipped model with all its adapters."""
    lab.evalset("target", 5)
    lab.table("providers", "local", kind="llama_cpp")
    for name, role, model in (("prompted", "baseline", "base"), ("tuned", "candidate", "triage-narrow")):
        lab.table("systems", name, role=role, provider="local", model=model, prompt={"user": "{{ input }}"}, decoding=SPELT)
    lab.criterion("superiority", evalset="target")
    done = tuneproof("run", lab.write(), "-q", package=package)
    assert (done.returncode in (0, 1, 2), done.stderr) == (True, "")
    assert list(manifest(lab)["providers"]["local"]["adapters"]) == [NARROW, REPLAY]
