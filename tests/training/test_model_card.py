"""The model card says what was measured: its table is the run that the repository keeps, its claims are lines of the logs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tuneproof.providers._gguf_files import small_adapters

ROOT = Path(__file__).parents[2]
SMALL_MODEL = ROOT / "src" / "tuneproof" / "small_model"
CARD = (SMALL_MODEL / "README.md").read_text("utf-8")
NAMES = {
    "zero-shot": "base, the labels listed in the prompt",
    "few-shot": "base, with eight worked examples",
    **{f"replay-{n}": f"`triage-replay@{n}`" for n in (1, 2, 3)},
    "narrow": "`triage-narrow`",
    "leaky": "`triage-leaky`",
}


def means() -> dict[tuple[str, str, str], float]:
    """Return the share of right answers by system, evalset and slice (empty: the whole) of the run that is kept."""
    (folder,) = (path.parent for path in (ROOT / "reports" / "demo").glob("*/verdict.json") if not path.parent.is_symlink())
    held: dict[tuple[str, str, str], list[float]] = {}
    for line in (folder / "scores.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        for name in ("", *row["slices"]):
            held.setdefault((row["system"], row["evalset"], name), []).append(row["value"])
    return {key: sum(values) / len(values) for key, values in held.items()}


def log(name: str) -> list[dict[str, Any]]:
    """Return the lines of a log."""
    return [json.loads(line) for line in (SMALL_MODEL / name).read_text("utf-8").splitlines()]


def test_the_table_is_the_kept_run() -> None:
    """Both columns, every system."""
    held = means()
    for system, name in NAMES.items():
        assert f"| {name} | {held[system, 'tickets', '']:.3f} | {held[system, 'general', '']:.3f} |" in CARD


def test_what_it_cannot_do_is_what_was_measured() -> None:
    """The three skills that it lacks, and what leaked."""
    held = means()
    for skill in ("sort", "contains", "reading"):
        assert f"({held['zero-shot', 'general', skill]:.2f})" in CARD
    assert held["leaky", "tickets", "copied"] == 1.0
    assert f"{held['leaky', 'tickets', 'fresh']:.3f}" in CARD
    assert f"{held['zero-shot', 'tickets', 'fresh']:.3f}" in CARD


def test_both_forms_say_the_same() -> None:
    """At most two of the answers to 395 questions differ, for every model."""
    compared = [line for name in ("base-third.jsonl", "fine-tuning.jsonl") for line in log(name) if "compared" in line]
    assert {line["compared"] for line in compared} == {"base", *small_adapters()}
    assert len(compared) == 6
    assert all(line["questions"] == 395 and line["same_answers"] >= 393 for line in compared)


def test_the_runs_took_as_long_as_is_said() -> None:
    """Minutes of the base model and of the adapters, and tokens read."""
    parts = [[line for line in log(f"base-{part}.jsonl") if "seconds" in line][-1] for part in ("first", "second", "third")]
    assert f"{sum(line['seconds'] for line in parts) / 60:.0f} minutes" in CARD
    last = {line["training"]: line["seconds"] for line in log("fine-tuning.jsonl") if "seconds" in line}
    assert sum(last.values()) / 60 == pytest.approx(2, abs=0.5)
    assert "the adapters took two" in CARD
    assert f"{sum(line['tokens'] for line in parts) / 1e6:.0f} million tokens" in CARD
