"""`tuneproof schema`: what is shipped accepts what the program accepts and writes, and refuses what it refuses."""

import json
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.conftest import Lab
from tuneproof.pipeline.schemas import experiment_schema, verdict_schema

EXAMPLE = Path(__file__).parents[1] / "data" / "contract-example.toml"
"""The example of the file's documentation, with every table that there is."""


@pytest.fixture(scope="module")
def experiments() -> jsonschema_rs.Draft202012Validator:
    """Return a validator of experiment files."""
    return jsonschema_rs.Draft202012Validator(experiment_schema())


@pytest.fixture(scope="module")
def verdicts() -> jsonschema_rs.Draft202012Validator:
    """Return a validator of verdict.json files."""
    return jsonschema_rs.Draft202012Validator(verdict_schema())


@pytest.fixture
def example() -> dict[str, Any]:
    """Return the example file as JSON."""
    return tomllib.loads(EXAMPLE.read_text("utf-8"))


@pytest.mark.parametrize("schema", [experiment_schema, verdict_schema])
def test_a_schema_is_itself_valid(schema: Any) -> None:
    """Against the meta-schema of its draft."""
    assert jsonschema_rs.meta.is_valid(schema())


def test_the_documented_example_is_accepted(experiments: Any, example: dict[str, Any]) -> None:
    """All of its tables at once."""
    assert [error.message for error in experiments.iter_errors(example)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("experiment", "alfa"), 0.05),
        (("experiment", "alpha"), 0.7),
        (("experiment", "name"), "a/b"),
        (("graders", "label", "normalise"), ["strip"]),
        (("graders", "label", "normalize"), ["trim"]),
        (("providers", "openai", "api_key"), "secret"),
        (("providers", "openai", "kind"), "openai"),
        (("systems", "tuned", "role"), "challenger"),
        (("systems", "prompted", "prompt", "few_shot", "k"), 0),
        (("criteria", 0, "margin"), 1.0),
        (("criteria", 0, "kind"), "superior"),
        (("criteria", 2, "slices", "mode"), "watch"),
        (("budget",), {}),
    ],
)
def test_a_wrong_file_is_refused(experiments: Any, example: dict[str, Any], path: tuple[Any, ...], value: Any) -> None:
    """One wrong key or value at a time."""
    wrong: Any = deepcopy(example)
    at = wrong
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    assert not experiments.is_valid(wrong)


def test_own_graders_are_accepted(experiments: Any, example: dict[str, Any]) -> None:
    """A grader of the workspace has keys that the schema cannot know; so has a class of a package."""
    example["graders"] |= {"mine": {"kind": "my_grader", "depth": 3}, "theirs": {"kind": "pkg.mod:Theirs"}}
    assert experiments.is_valid(example)


def test_every_key_says_what_it_is(experiments: Any) -> None:
    """Editors show the docstrings of the settings."""
    schema = experiment_schema()
    tables = {name: held for name, held in schema["$defs"].items() if "properties" in held}
    silent = [
        f"{name}.{key}"
        for name, held in tables.items()
        for key, field in held["properties"].items()
        if "description" not in field and "$ref" not in field and key != "kind"
    ]
    assert silent == []


def test_real_verdicts_are_accepted(verdicts: Any, lab: Lab) -> None:
    """With a difference, a level, a count, guarded slices and missing answers."""
    lab.evalset("target", 60, slice=["a", "b"] * 30)
    lab.system("base", "baseline", {"target": [True, False] * 30})
    lab.system("tuned", "candidate", {"target": [True] * 55 + [None] * 5})
    lab.criterion("superiority", evalset="target")
    lab.criterion("threshold", evalset="target", at_least=0.8)
    lab.criterion("completeness", max_missing=0.01)
    lab.criterion("non_inferiority", evalset="target", margin=0.05, slices={"mode": "guard", "margin": 0.1})
    held = lab.verdict()
    assert [error.message for error in verdicts.iter_errors(held)] == []
    assert len(held["verdicts"][0]["findings"]) > 5


def test_every_field_of_a_verdict_is_described(lab: Lab) -> None:
    """A field that is added to the file without the schema knowing is found here."""
    lab.evalset("target", 30)
    lab.system("base", "baseline", {"target": [True] * 30})
    lab.system("tuned", "candidate", {"target": [True] * 29 + [None]})
    lab.criterion("superiority", evalset="target")
    held, schema = lab.verdict(), verdict_schema()
    finding = held["verdicts"][0]["findings"][0]
    told = [(held, schema), (held["lock"], schema["$defs"]["lock"]), (held["verdicts"][0], schema["$defs"]["verdict"])]
    told += [(finding, schema["$defs"]["finding"]), (finding["estimate"], schema["$defs"]["estimate"])]
    assert [set(one) - set(known["properties"]) for one, known in told] == [set()] * len(told)


@pytest.mark.parametrize(
    ("key", "value"), [("decision", "MAYBE"), ("schema_version", 2), ("verdicts", None), ("recommended", 1), ("lock", {})]
)
def test_a_wrong_verdict_is_refused(verdicts: Any, lab: Lab, key: str, value: Any) -> None:
    """Wrong types and unknown decisions."""
    lab.evalset("target", 30)
    lab.system("base", "baseline", {"target": [True] * 30})
    lab.system("tuned", "candidate", {"target": [True] * 30})
    held = json.loads(json.dumps(lab.verdict()))
    assert verdicts.is_valid(held)
    assert not verdicts.is_valid(held | {key: value})
