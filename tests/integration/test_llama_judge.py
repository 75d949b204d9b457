"""llama.cpp's server as a judge that is nothing but noise: what a schema enforces is a choice, and all else is none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.integration.llama import ALIAS, Llama

pytestmark = pytest.mark.integration

N = 10
CONTEXT = 6144
"""Bytes of a question to a judge, asked a second time, and its reply."""
NOISE = {"temperature": 1.0, "seed": 1}
RUBRIC = """
kind = "choice"
instructions = "Is it good?"
choices = [{ name = "yes", score = 1.0 }, { name = "no", score = 0.0 }]
"""


@pytest.fixture(scope="module")
def bench(_wheels: None) -> Iterator[Llama]:
    """Return a server with room for a judge's question."""
    with Llama(context=CONTEXT) as server:
        yield server


@pytest.fixture
def court(lab: Lab, bench: Llama) -> Lab:
    """Return a workspace whose recorded answers are judged by noise."""
    lab.evalset("target", N)
    lab.system("prompted", "baseline", {"target": [f"a{i}" for i in range(N)]})
    lab.system("tuned", "candidate", {"target": [f"b{i}" for i in range(N)]})
    (lab.folder / "good.toml").write_text(RUBRIC, "utf-8")
    lab.table("providers", "llama", kind="openai_chat", base_url=bench.base_url, extra_body={"cache_prompt": False}, max_retries=1)
    lab.table("systems", "noise", role="judge", provider="llama", model=ALIAS)
    lab.table("graders", "good", kind="judge", rubric="good.toml", judges=["noise"])
    lab.tables["evalsets"]["target"]["graders"] = ["good"]
    lab.criterion("superiority", evalset="target", grader="good")
    return lab


def judged(lab: Lab, reply: str, **decoding: Any) -> tuple[Path, list[dict[str, Any]]]:
    """Run, and return the folder and the judgments."""
    lab.tables["graders"]["good"]["reply"] = reply
    lab.tables["systems"]["noise"]["decoding"] = decoding
    folder = lab.run().folder
    return folder, rows(folder, "judgments.jsonl")


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return a JSONL file of a run folder."""
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def test_try(court):
    import time
    t = time.time()
    f, j = judged(court, "auto", **NOISE, max_tokens=2000)
    print(time.time() - t)
    for x in j: print(x["choice"], (x["reason"] or "")[:100], len(x["text"] or ""), x.get("failure"), x.get("latency_s"), x["first_reply"] is not None, x["finish"], x["output_tokens"], x["attempts"])
    t = time.time()
    f, j = judged(court, "line", temperature=0, max_tokens=48)
    print(time.time() - t)
    for x in j: print(x["choice"], (x["reason"] or "")[:100], len(x["text"] or ""), x.get("failure"), x.get("latency_s"), x["first_reply"] is not None, x["finish"], x["output_tokens"], x["attempts"])
    t = time.time()
    f, j = judged(court, "auto", temperature=1, grammar='root ::= [a-z]{1,20} "\\nCHOICE: " ("yes" | "no")')
    print(time.time() - t)
    for x in j: print(x["choice"], (x["reason"] or "")[:100], len(x["text"] or ""), x.get("failure"), x.get("latency_s"), x["first_reply"] is not None, x["finish"], x["output_tokens"], x["attempts"])
    assert 0
