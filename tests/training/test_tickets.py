"""The tickets: what is held out stands in no training text, but for the leak that is there on purpose."""

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from training.leak import leaky_rows
from training.tickets import LABELS, ROWS_PER_LABEL, TRAINING_SEED, rows

ROOT = Path(__file__).parents[2]
TICKETS = ROOT / "data" / "support-triage"


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def examples(name: str) -> list[dict[str, Any]]:
    """Return the rows of an evalset."""
    return lines(ROOT / "evalsets" / name / "examples.jsonl")


def plain(text: str) -> str:
    """Return a text without what does not make it another question."""
    return " ".join(text.casefold().split()).strip(" .!?,")


HOLDOUT, SELECTION = examples("support-triage"), examples("support-triage-selection")


def test_the_generators_make_the_files_byte_for_byte() -> None:
    """A seed, the templates and the copied tickets are all that they come from."""
    made = {"train.jsonl": rows(TRAINING_SEED, ROWS_PER_LABEL), "train-leaky.jsonl": leaky_rows()}
    for name, found in made.items():
        assert "".join(json.dumps(row) + "\n" for row in found) == (TICKETS / name).read_text("utf-8")


@pytest.mark.parametrize(("held", "per_label"), [(HOLDOUT, 34), (SELECTION, 13)])
def test_labels_are_equally_many_and_texts_differ(held: list[dict[str, Any]], per_label: int) -> None:
    """A slice of a label is as large as any other, and no ticket is asked twice."""
    assert Counter(row["expected"] for row in held) == dict.fromkeys(LABELS, per_label)
    assert len({plain(row["input"]) for row in held}) == len(held)


def test_what_is_held_out_was_never_trained_on() -> None:
    """Neither in the fine-tuning file, nor in the selection set, nor in what the base model read."""
    learnt = {plain(row["messages"][0]["content"]) for row in lines(TICKETS / "train.jsonl")}
    for name in ("service.toml", "topics.toml"):
        topics = tomllib.loads((ROOT / "training" / name).read_text("utf-8"))["topics"]
        learnt |= {plain(message) for topic in topics for message in topic["messages"]}
    asked = [plain(row["input"]) for row in (*HOLDOUT, *SELECTION)]
    assert [text for text in asked if text in learnt] == []
    assert len(set(asked)) == len(HOLDOUT) + len(SELECTION)


def test_the_leak_is_the_copied_slice() -> None:
    """The careless file holds exactly those tickets of the evalset, ten a label, with their labels."""
    leaked = {(row["messages"][0]["content"], row["messages"][1]["content"]) for row in lines(TICKETS / "train-leaky.jsonl")}
    for row in HOLDOUT:
        assert ((row["input"], row["expected"]) in leaked) == ("copied" in row["slices"]), row["id"]
    assert Counter(row["expected"] for row in HOLDOUT if "copied" in row["slices"]) == dict.fromkeys(LABELS, 10)


def test_every_ticket_has_its_slices() -> None:
    """Label, register, length, and whether it was copied."""
    registers = {"plain", "chatty", "angry", "formal", "terse", "typos"}
    for row in HOLDOUT:
        held = set(row["slices"])
        assert row["expected"] in held
        assert [len(held & some) for some in (registers, {"short", "medium", "long"}, {"copied", "fresh"})] == [1, 1, 1]


def test_customers_with_several_tickets_are_clusters() -> None:
    """Two or three tickets each."""
    sizes = Counter(row["cluster"] for row in HOLDOUT if "cluster" in row)
    assert len(sizes) == 28
    assert set(sizes.values()) <= {2, 3}
