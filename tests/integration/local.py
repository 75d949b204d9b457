"""What the tests of local models share: a tiny model with adapters, workspaces that ask it, the command line, HTTP."""

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import Lab
from tests.integration.llama import ROOT
from tuneproof.core.completion import Completion, Request
from tuneproof.core.example import Example
from tuneproof.providers.llama_cpp import LlamaCpp

N = 40
SPELT = {"grammar": "root ::= [a-z]{8}", "temperature": 0}
"""Decoding whose answer shows any difference in what the model computes."""
NARROW, REPLAY = "triage-narrow", "triage-replay@1"
"""Two adapters."""


def hosting(folder: Path, **settings: Any) -> LlamaCpp:
    """Return a provider of all files in a folder."""
    adapters = {path.stem: str(path) for path in sorted(folder.glob("*.gguf")) if path.stem != "base"}
    return LlamaCpp(**({"model_path": str(folder / "base.gguf"), "adapters": adapters} | settings))


def asked(host: LlamaCpp, questions: Sequence[tuple[str, str]], at_once: int = 1) -> list[Completion]:
    """Return the completions of (model, text), with so many in flight."""

    async def ask() -> list[Completion]:
        held: dict[int, Any] = {}
        waiting = iter(enumerate(questions))
        async with host.connect() as session:

            async def work() -> None:
                for place, (model, text) in waiting:
                    held[place] = await session.attempt(request(model, text))

            await asyncio.gather(*(work() for _ in range(at_once)))
        return [held[place] for place in range(len(questions))]

    return asyncio.run(ask())


def request(model: str, text: str) -> Request:
    """Return a question to a model."""
    message = {"role": "user", "content": text}
    example = Example(id="1", inputs=text, expected="yes", cluster="1")
    return Request(key="", system="s", model=model, evalset="e", example=example, repeat=0, messages=(message,), decoding=SPELT)


def texts(completions: Sequence[Completion]) -> list[str | None]:
    """Return what was answered."""
    return [completion.text for completion in completions]


def listens(host: str, port: int) -> bool:
    """Tell whether somebody listens there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def spoken(url: str, body: Any = None) -> tuple[int, Any]:
    """Get a page, or post JSON (bytes as they are) to it; return status and JSON."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    with closing(connection):
        connection.request("GET" if body is None else "POST", parts.path, content, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        read = reply.read()
    return reply.status, json.loads(read) if reply.headers["Content-Type"].startswith("application/json") else read.decode()


def tuneproof(*words: object, package: Path = ROOT / "src", timeout: float = 120) -> "subprocess.CompletedProcess[str]":
    """Run the command line as a user does, with warnings as errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "tuneproof", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, "PYTHONPATH": str(package), "COLUMNS": "160"},
    )


def answers(lab: Lab) -> list[tuple[str, str, str, str]]:
    """Return (system, example, answer, model) of all completions of the newest run."""
    text = (lab.folder / "reports" / "lab" / "latest" / "completions.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return sorted((row["system"], row["example_id"], row["text"], row["model_reported"]) for row in rows)


def manifest(lab: Lab) -> Any:
    """Return the manifest of the newest run."""
    return json.loads((lab.folder / "reports" / "lab" / "latest" / "manifest.json").read_text("utf-8"))
