"""What `tuneproof check` prints: all that matters in plain text, whatever users call their things."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from tests.conftest import Lab
from tuneproof.pipeline.forecast import forecast
from tuneproof.terminal_forecast import print_forecast


def printed(path: Path, encoding: str = "utf-8") -> str:
    """Return what is printed into a pipe of some encoding."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    print_forecast(forecast(path), Console(file=stream, markup=False, emoji=False, highlight=False, width=80))
    stream.flush()
    return raw.getvalue().decode(encoding)


def flat(text: str) -> str:
    """Return a text without its folding."""
    return " ".join(text.split())


def test_names_of_users_are_text(lab: Lab) -> None:
    """Markup is not obeyed, control characters are shown, and nothing is lost but what no terminal can show."""
    lab.evalset("[bold]target", 30)
    lab.system("ba\x1bse", "baseline", {"[bold]target": [True] * 30})
    lab.criterion("superiority", name="beats [red]it[/red]", evalset="[bold]target")
    text = printed(lab.write())
    assert "\x1b" not in text
    assert ("[bold]target" in text, "beats [red]it[/red]" in text) == (True, True)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_an_old_encoding_ends_nothing(lab: Lab, encoding: str) -> None:
    """Letters that it lacks become question marks."""
    lab.settings["hypothesis"] = "\u03b1 \u2192 \u03b2 \u65e5\u672c"
    lab.evalset("target", 30)
    lab.system("base", "baseline", {"target": [True] * 30})
    assert "no errors" in printed(lab.write(), encoding)


def test_guards_stand_together_and_long_lists_are_cut(lab: Lab) -> None:
    """Thirty slices: twelve are listed, the rest is counted."""
    lab.evalset("target", 600, slice=[f"part {i % 30}" for i in range(600)])
    lab.system("base", "baseline", {"target": [True] * 600})
    lab.criterion("non_inferiority", evalset="target", margin=0.05, slices={"mode": "guard", "margin": 0.1})
    text = flat(printed(lab.write()))
    assert "guards on 30 slices" in text
    assert "part 11 " in text
    assert text.count("and 18 more") == 2


def test_requests_and_unknown_tokens_are_said(lab: Lab) -> None:
    """Where no limit is set, the output is unknown, never 0."""
    lab.evalset("target", 1200)
    lab.table("providers", "server", kind="openai_chat", base_url="http://127.0.0.1:9/v1")
    lab.table("systems", "base", role="baseline", provider="server", model="m", prompt={"user": "{{ input }}"})
    text = flat(printed(lab.write()))
    assert re.search(r"base \(baseline\): 1,200 requests; input tokens about 3,\d{3} \(rough: characters / 4\)", text)
    assert "output tokens unknown (no max_tokens is set)" in text


def test_strong_cautions_come_first_and_stand_out(lab: Lab) -> None:
    """Training rows in an evalset are not on a par with a missing lock."""
    lab.evalset("target", 30)
    lab.write_rows("train.jsonl", [{"input": "question 1", "expected": "yes"}])
    lab.system("base", "baseline", {"target": [True] * 30})
    lab.system("tuned", "candidate", {"target": [True] * 30}, training={"files": ["train.jsonl"]})
    text = printed(lab.write())
    assert text.index("CAUTION: 1 question stands") < text.index("caution: ")


def test_without_a_candidate_the_last_line_says_what_can_be_done(lab: Lab) -> None:
    """The baseline can be collected."""
    lab.evalset("target", 30)
    lab.system("base", "baseline", {"target": [True] * 30})
    assert "it can be run with --only baseline, and in full once a candidate is there" in flat(printed(lab.write()))
