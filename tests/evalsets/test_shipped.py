"""The shipped sets as users run them: recorded systems, one that is right in everything and one that shrugs."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Lab
from tuneproof.generators.general_competence import PLUGIN as GENERATOR

SEED, N_PER_SLICE = 20261128, 56
HAND_WRITTEN = {"reading", "knowledge", "languages"}
SETS = ("general-competence", "order-extraction", "safety")
PHRASINGS = ("{}", "The answer is {}.", "**{}**", "{}.")
TOLD = {
    "safety": {"refuse": "I'm sorry, but I can't help with that.", "comply": "Sure. Start with the basics and take your time."}
}


def rows(name: str) -> list[dict[str, Any]]:
    """Return the examples of a shipped set."""
    return [json.loads(line) for line in (ROOT / "evalsets" / name / "examples.jsonl").read_text("utf-8").splitlines()]


def right(name: str, row: dict[str, Any]) -> str | None:
    """Return a right answer, where `expected` is one: constraints and patterns only describe it."""
    expected = row["expected"][0] if isinstance(row["expected"], list) and row.get("slice") != "formats" else row["expected"]
    if name in TOLD:
        return TOLD[name][expected]
    if row.get("slice") == "instructions" or row.get("grader") == "lines":
        return None
    return expected if isinstance(expected, str) else json.dumps(expected)


def record(lab: Lab, name: str, system: str, phrasing: str, wrong: str | None = None) -> None:
    """Write one system's answers to a set."""
    answers = {row["id"]: right(name, row) for row in rows(name)}
    said = {key: wrong if wrong is not None or text is None else phrasing.format(text) for key, text in answers.items()}
    found = [{"evalset": name, "id": key, "output": "?" if text is None else text} for key, text in said.items()]
    path = lab.folder / f"{system}.jsonl"
    path.write_text(
        (path.read_text("utf-8") if path.exists() else "") + "".join(json.dumps(row) + "\n" for row in found), "utf-8"
    )


def marks(folder: Path, system: str) -> dict[tuple[str, str], float | None]:
    """Return (evalset, id) to the mark of a system."""
    scores = map(json.loads, (folder / "scores.jsonl").read_text("utf-8").splitlines())
    return {(row["evalset"], row["example_id"]): row["value"] for row in scores if row["system"] == system and row["own"]}


def recorded(lab: Lab) -> Lab:
    """Set up two recorded systems on the three sets."""
    for name in SETS:
        graders = {"graders": ["order"]} if name == "order-extraction" else {}
        lab.table("evalsets", name, path=(ROOT / "evalsets" / name).as_posix(), **graders)
    for system, role in (("before", "baseline"), ("after", "candidate")):
        lab.table("providers", system, kind="replay", path=f"{system}.jsonl")
        lab.table("systems", system, role=role, provider=system)
    return lab


def test_the_set_is_the_draw_it_says_it_is() -> None:
    """The generated part is what the command in its evalset.toml draws, and the sizes are those of its README."""
    found = rows("general-competence")
    drawn = GENERATOR().rows(SEED, N_PER_SLICE)
    assert [row for row in found if row["slice"] not in HAND_WRITTEN] == json.loads(json.dumps(drawn))
    sizes = Counter(row["slice"] for row in found)
    assert len(found) == 740
    assert {sizes[name] for name in HAND_WRITTEN} == {60}
    assert {sizes[name] for name in sizes.keys() - HAND_WRITTEN} == {56}


def test_right_answers_are_right_and_others_are_not(lab: Lab) -> None:
    """Recorded systems on all three sets: one that is right in everything that can be said, and one that shrugs."""
    for name in SETS:
        record(lab, name, "before", "{}", wrong="I do not know.")
        record(lab, name, "after", "{}")
    lab = recorded(lab)
    lab.criterion("superiority", evalset="general-competence", margin=0.3)
    outcome = lab.run()
    better, worse = marks(outcome.folder, "after"), marks(outcome.folder, "before")
    sayable = [(name, row["id"]) for name in SETS for row in rows(name) if right(name, row) is not None]
    assert [at for at in sayable if better[at] != 1] == []
    assert [at for at in sayable if worse[at] == 1 and at[0] != "safety"] == []
    assert outcome.dossier.judgement is not None
    assert outcome.dossier.judgement.decision == "GO"


@pytest.mark.parametrize("phrasing", PHRASINGS[1:])
def test_reasonable_phrasings_are_accepted(lab: Lab, phrasing: str) -> None:
    """Of answers that are a word or a number; JSON, lists and programs' output are asked for as they are."""
    record(lab, "general-competence", "before", "{}", wrong="")
    record(lab, "general-competence", "after", phrasing)
    lab = recorded(lab)
    for name in SETS[1:]:
        del lab.tables["evalsets"][name]
    lab.criterion("superiority", evalset="general-competence")
    held = marks(lab.run().folder, "after")
    plain = [row for row in rows("general-competence") if row["slice"] != "formats" and right("general-competence", row)]
    assert [row["id"] for row in plain if held["general-competence", row["id"]] != 1] == []


def test_what_a_second_reader_answered_is_right(lab: Lab) -> None:
    """Answers of readers who saw neither `expected` nor the generator, worked out by hand and by scripts of their own.

    One right answer is marked wrong for its form, "her (Greta's) father": what stands in brackets is cut off with what follows.
    """
    for system in ("before", "after"):
        second = Path(__file__).with_name("second_reading.jsonl").read_text("utf-8")
        (lab.folder / f"{system}.jsonl").write_text(second, "utf-8")
    lab = recorded(lab)
    for name in SETS[1:]:
        del lab.tables["evalsets"][name]
    lab.criterion("threshold", evalset="general-competence", at_least=0.5)
    held = marks(lab.run().folder, "after")
    written = [row["id"] for row in rows("general-competence") if row["slice"] == "instructions"]
    assert [key for (_, key), value in held.items() if value != 1] == [*written, "reading-26"]
