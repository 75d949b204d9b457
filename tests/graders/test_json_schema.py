"""json_schema."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tuneproof.core.example import Example
from tuneproof.core.protocols import GradingContext, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders.json_schema import JsonSchema, precision_recall_f1

MarkOne = Callable[..., Grade]
PERSON = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


def grader(**settings: Any) -> JsonSchema:
    """Return a grader with these settings, as TOML would give them."""
    return JsonSchema.model_validate(settings)


@pytest.mark.parametrize(
    ("answer", "value", "reason"),
    [
        ('{"age": 3}', 1.0, None),
        (' \n{"age": 3.0}\n', 1.0, None),
        ('{"age": "3"}', 0.0, 'not valid at /age: "3" is not of type "integer"'),
        ("{}", 0.0, 'not valid at the root: "age" is a required property'),
        ("", 0.0, "not JSON: Expecting value at character 1"),
        ('{"age": NaN}', 0.0, "not JSON: NaN"),
        ('{"age": 1, "age": 2}', 0.0, "JSON object with a repeated key"),
        ('{"age": ' + "9" * 5000 + "}", 0.0, "JSON with a number of too many digits"),
        ('{"age": 1e999}', 0.0, "JSON with a number too large to hold"),
        ('{"age": ' + "9" * 400 + "}", 1.0, None),
        ("[" * 10_000 + "]" * 10_000, 0.0, "JSON nested deeper than 200 levels"),
        ("[" * 300 + "]" * 300, 0.0, "JSON nested deeper than 200 levels"),
        ('{"age": 1, "x": "\\ud800"}', 0.0, "JSON with a lone surrogate"),
        ('{"age": 1, "x": "\ud800"}', 0.0, "JSON with a lone surrogate"),
        ('```json\n{"age": 3}\n```', 0.0, "not JSON: Expecting value at character 1"),
        ('{"age": 3} is my answer', 0.0, "not JSON: Extra data at character 12"),
    ],
)
def test_an_answer_is_valid_or_the_reason_says_why_not(mark: MarkOne, answer: str, value: float, reason: str | None) -> None:
    """What is not JSON in every reader's eyes is a wrong answer, never a crash."""
    grade = mark(grader(schema=PERSON), answer)
    assert (grade.value, grade.reason, grade.stats) == (value, reason, {"valid": value})


def test_fenced_json_counts_only_where_it_may(mark: MarkOne) -> None:
    """The last complete block is the answer; an unclosed one is none."""
    settings = {"schema": PERSON, "fenced": True}
    assert mark(grader(**settings), 'First\n```json\n{}\n```\nBetter:\n```\n{"age": 3}\n```').value == 1.0
    assert mark(grader(**settings), '```json\n{"age": 3}').value == 0.0


def test_schema_and_resources_may_stand_in_files(mark: MarkOne, tmp_path: Path) -> None:
    """Both are found in the workspace, and resources may be inline as well."""
    (tmp_path / "s.json").write_text(json.dumps({"items": {"$ref": "http://x.test/int"}, "contains": {"$ref": "urn:one"}}))
    (tmp_path / "int.json").write_text('{"type": "integer"}')
    subject = grader(schema_file="s.json", resources={"http://x.test/int": "int.json", "urn:one": {"const": 1}})
    assert (mark(subject, "[1, 2]").value, mark(subject, "[2]").value, mark(subject, '[1, "2"]').value) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("settings", "key", "part"),
    [
        ({"schema": {"type": "strin"}}, "schema", "is not valid under any"),
        ({"schema": {"pattern": "("}}, "schema", "cannot be used"),
        ({"schema": {"$ref": "http://example.com/x"}}, "schema", "is not among the resources"),
        ({"schema": {"$ref": "file:///etc/hostname"}}, "schema", "is not among the resources"),
        ({"schema": {"$schema": "http://example.com/own"}}, "schema", "Unknown meta-schema"),
        ({"schema_file": "none.json"}, "schema_file", "'none.json' cannot be read: No such file or directory"),
        ({"schema_file": "bad.json"}, "schema_file", "'bad.json' is not JSON"),
        ({"schema": {"$ref": "urn:x"}, "resources": {"urn:x": "none.json"}}, "resources.urn:x", "cannot be read"),
    ],
)
def test_a_schema_that_cannot_be_used_is_a_problem_of_the_settings(
    workspace: Workspace, tmp_path: Path, settings: dict[str, Any], key: str, part: str
) -> None:
    """Found before anything is spent; another document comes from `resources` or not at all."""
    (tmp_path / "bad.json").write_text("{")
    problems = grader(**settings).problems("graders.s", workspace)
    assert [problem.where for problem in problems] == [f"graders.s.{key}"]
    assert part in problems[0].what


def test_schema_and_schema_file_are_not_given_together() -> None:
    """Neither may win in silence; nor is our own name of the field a key."""
    for settings in ({"schema": {}, "schema_file": "s.json"}, {"inline": {}}):
        with pytest.raises(ValidationError):
            grader(**settings)


def test_a_pattern_that_is_given_up_on_is_ungradable(mark: MarkOne) -> None:
    """The answer is not to blame for a schema pattern that backtracks without end, and the run does not hang."""
    started = time.perf_counter()
    grade = mark(grader(schema={"pattern": r"^(a|aa)+(b)\2$"}), json.dumps("a" * 60 + "!"))
    assert (grade.value, time.perf_counter() - started < 5) == (None, True)
    assert (grade.reason or "").startswith("the schema could not be applied")


WANTED = {"name": "Ann", "tags": ["a", "b"], "pay": {"sum": 5, "paid": True}}
COMPARED = [
    (WANTED, 1.0, (5, 0, 0), 1.0),
    ({"name": "Ann", "tags": ["a", "b"], "pay": {"sum": 5.0, "paid": True}}, 1.0, (5, 0, 0), 1.0),
    ({"name": "Bob", "tags": ["a"], "pay": {"sum": 5, "paid": 1, "x": None}}, 0.4, (2, 3, 3), 0.0),
    ({}, 0.0, (0, 1, 5), 0.0),
    ("text", 0.0, (0, 1, 5), 0.0),
]


@pytest.mark.parametrize(("answer", "f1", "counts", "exact"), COMPARED)
def test_fields_are_compared_leaf_by_leaf(
    mark: MarkOne, answer: Any, f1: float, counts: tuple[int, int, int], exact: float
) -> None:
    """A wrong value is surplus here and missing there; true is not 1, and 5 is 5.0."""
    grade = mark(grader(compare="fields"), json.dumps(answer), json.dumps(WANTED))
    assert grade.value == pytest.approx(f1)
    assert grade.stats == {"valid": 1.0, "exact": exact, **dict(zip(("tp", "fp", "fn"), map(float, counts), strict=True))}
    assert mark(grader(compare="exact"), json.dumps(answer), WANTED).value == exact


def test_an_answer_that_is_not_json_misses_every_field(mark: MarkOne) -> None:
    """Its counts stay in the sums."""
    grade = mark(grader(compare="fields"), "no", WANTED)
    assert (grade.value, grade.stats) == (0.0, {"valid": 0.0, "exact": 0.0, "tp": 0.0, "fp": 0.0, "fn": 5.0})


def test_an_invalid_answer_is_compared_all_the_same(mark: MarkOne) -> None:
    """`valid` is a measure of its own; the value is the comparison's."""
    grade = mark(grader(schema=PERSON, compare="exact"), '{"age": "3"}', {"age": "3"})
    assert (grade.value, grade.stats["valid"]) == (1.0, 0.0)


@pytest.mark.parametrize("expected", [None, "not json", '{"a": NaN}'])
def test_an_expected_value_that_is_no_json_is_named(objection: Callable[..., str | None], expected: Any) -> None:
    """Only where it is compared with."""
    assert objection(grader(compare="fields"), expected)
    assert objection(grader(), expected) is None


def test_sums_of_counts_give_precision_recall_and_f1() -> None:
    """Pooled over examples, 0 where there is nothing to divide by."""
    assert precision_recall_f1(2, 3, 1) == (0.4, pytest.approx(2 / 3), 0.5)
    assert precision_recall_f1(0, 0, 0) == (0.0, 0.0, 0.0)


SUITE = [
    ("2020-12", "required", False, 1299),
    ("7", "required", False, 927),
    ("2020-12", "format", True, 764),
    ("7", "format", True, 676),
]


@pytest.mark.parametrize(("draft", "kind", "formats", "count"), SUITE)
def test_the_official_suite_is_agreed_with(
    shared_data: Path, workspace: Workspace, draft: str, kind: str, formats: bool, count: int
) -> None:
    """Every test of the JSON Schema Test Suite, with the documents that it refers to."""
    folder = shared_data / "jsonschema"
    remotes = json.loads((folder / "remotes.json").read_bytes())
    rows = [json.loads(line) for line in (folder / "tests.jsonl").read_bytes().splitlines()]
    rows = [row for row in rows if row["draft"] in (f"draft{draft}", f"draft-{draft}") and row["kind"] == kind]
    example, markers, wrong = Example(id="1", inputs="q", cluster="1"), {}, []
    for row in rows:
        key = json.dumps(row["schema"])
        if key not in markers:
            subject = grader(schema=row["schema"], draft=draft, formats=formats, resources=remotes)
            markers[key] = subject.ready(GradingContext(workspace=workspace, labels=()))
        if markers[key].mark(json.dumps(row["data"]), example).value != float(row["expected"]):
            wrong.append(row["id"])
    assert (len(rows), wrong) == (count, [])
