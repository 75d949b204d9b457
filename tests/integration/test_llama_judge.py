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
CUT = 12
"""Tokens in which no judgment has room."""
BRIEF = {"temperature": 1.0, "seed": 1, "logit_bias": [[3 + ord('"'), 10], [3 + ord("y"), 4]]}
"""Noise that soon ends what it has quoted, and says yes as often as no. Without, most of its reasons are not even UTF-8."""
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
    lab.table(
        "providers", "llama", kind="openai_chat", base_url=bench.base_url, extra_body={"cache_prompt": False}, max_retries=1
    )
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


def nothing_is_decided(folder: Path, judgments: list[dict[str, Any]]) -> None:
    """Hold that no answer has a mark, that every reply was kept and asked for twice, and that the verdict is open."""
    scores, manifest = rows(folder, "scores.jsonl"), json.loads((folder / "manifest.json").read_text("utf-8"))
    verdict = json.loads((folder / "verdict.json").read_text("utf-8"))
    estimate = verdict["verdicts"][0]["findings"][0]["estimate"]
    assert [one["choice"] for one in judgments] == [None] * (2 * N)
    assert all(one["text"] and one["first_reply"] and one["reason"] for one in judgments)
    assert manifest["judges"]["noise"]["attempts"] == 4 * N
    assert {(one["value"], one["outcome"]) for one in scores} == {(None, "ungradable")}
    assert (estimate["n_missing"], estimate["judge"]["calibration"]) == (N, "judge-only")
    assert verdict["decision"] == "UNDECIDED"


def test_a_schema_makes_every_reply_of_noise_a_choice(court: Lab) -> None:
    """llama.cpp enforces the schema that we send: the reason first, then an entry of the menu; nothing is asked again."""
    folder, judgments = judged(court, "auto", **BRIEF)
    assert len(judgments) == 2 * N
    for one in judgments:
        held = json.loads(one["text"])
        assert list(held) == ["reason", "choice"]
        assert (one["choice"], one["first_reply"]) == (held["choice"], None)
    assert {one["choice"] for one in judgments} == {"yes", "no"}
    assert {one["value"] for one in rows(folder, "scores.jsonl")} == {0.0, 1.0}


def test_a_marked_line_is_asked_of_noise_in_vain(court: Lab) -> None:
    """Its replies are outside the menu, twice: no mark, never a zero."""
    nothing_is_decided(*judged(court, "line", temperature=0, max_tokens=48))


def test_a_reply_that_is_cut_is_no_choice(court: Lab) -> None:
    """Half a JSON object names nothing, whatever it began with."""
    folder, judgments = judged(court, "auto", **BRIEF, max_tokens=CUT)
    assert {one["finish"] for one in judgments} == {"length"}
    nothing_is_decided(folder, judgments)


def test_a_grammar_of_the_users_own_may_end_in_the_line(court: Lab) -> None:
    """Where the endpoint has other means than a schema: `reply = "line"` and the server's own setting."""
    _, judgments = judged(court, "line", temperature=1.0, seed=1, grammar='root ::= [a-z ]{1,20} "\nCHOICE: " ("yes" | "no")')
    assert {one["choice"] for one in judgments} <= {"yes", "no"}
    assert {one["text"].partition("\n")[0].strip() for one in judgments} == {one["reason"] for one in judgments}


def test_a_schema_of_the_users_own_wins(court: Lab) -> None:
    """A reason that is kept short by a pattern; the choice is read as ever."""
    reason = {"type": "string", "pattern": "^[a-z]{3,12}$"}
    choice = {"type": "string", "enum": ["yes", "no"]}
    schema = {"type": "object", "properties": {"reason": reason, "choice": choice}, "required": ["reason", "choice"]}
    own = {"type": "json_schema", "json_schema": {"name": "own", "schema": schema}}
    _, judgments = judged(court, "auto", temperature=1.0, seed=1, response_format=own)
    assert {one["choice"] for one in judgments} <= {"yes", "no"}
    assert all(3 <= len(one["reason"]) <= 12 for one in judgments)
