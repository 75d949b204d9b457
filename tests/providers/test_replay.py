"""Recorded outputs."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tuneproof.core.completion import Completion, Request
from tuneproof.core.errors import InputError
from tuneproof.core.example import Evalset, Example
from tuneproof.core.protocols import LocalSession, Workspace
from tuneproof.core.system import System
from tuneproof.formats.jsonl import Jsonl
from tuneproof.providers.replay import Replay


def workspace_in(folder: Path) -> Workspace:
    """Return a workspace whose data files are JSONL."""
    return Workspace(folder=folder, experiment_file="experiment.toml", rows=Jsonl().rows)


def evalset_of(*ids: str, name: str = "target") -> Evalset:
    """Return an evalset of examples with these ids."""
    examples = tuple(Example(id=one, inputs="q", cluster=one) for one in ids)
    return Evalset(
        name=name, role="target", path="e", examples=examples, labels=(), graders=(), slice_graders={}, example_digests=()
    )


def system_of(model: str = "") -> System:
    """Return a candidate with this model."""
    return System(name="tuned", role="candidate", provider="recorded", model=model)


def opened(
    folder: Path, rows: list[dict[str, Any]], models: tuple[str, ...] = ("",), evalsets: tuple[Evalset, ...] = ()
) -> LocalSession:
    """Record rows, and open the provider on them."""
    (folder / "o.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    systems = [system_of(model) for model in models]
    return Replay(path="o.jsonl").open(workspace_in(folder), systems, evalsets or (evalset_of("a", "b"),))


def ask(session: LocalSession, identity: str, model: str = "", evalset: str = "target", repeat: int = 0) -> Completion:
    """Ask for one example."""
    example = Example(id=identity, inputs="q", cluster=identity)
    request = Request(
        key="", system="tuned", model=model, evalset=evalset, example=example, repeat=repeat, messages=(), decoding={}
    )
    return session.answer(request)


def test_a_recorded_output_is_the_answer_with_all_that_was_recorded(tmp_path: Path) -> None:
    """Text, tokens, latency and model come back; no request was sent for it."""
    row = {"id": "a", "output": "x", "latency_s": 0.5, "input_tokens": 3, "output_tokens": 0, "model": "m"}
    answer = ask(opened(tmp_path, [row]), "a")
    assert (answer.text, answer.latency_s, answer.input_tokens, answer.output_tokens) == ("x", 0.5, 3, 0)
    assert (answer.model_reported, answer.attempts, answer.failure) == ("m", 0, None)


@pytest.mark.parametrize(
    ("output", "text"), [("", ""), ({"b": 1, "a": "é"}, '{"a":"é","b":1}'), ([1, None], "[1,null]"), (5, "5"), (False, "false")]
)
def test_outputs_become_text(tmp_path: Path, output: Any, text: str) -> None:
    """An empty text is an answer, and a JSON value is its JSON text."""
    assert ask(opened(tmp_path, [{"id": "a", "output": output}]), "a").text == text


@pytest.mark.parametrize(
    ("row", "kind", "message"),
    [
        ({"id": "b", "output": "x"}, "no_row", "no recorded output for id 'a', repeat 0"),
        ({"id": "a", "output": "x", "repeat": 1}, "no_row", "no recorded output for id 'a', repeat 0"),
        ({"id": "a", "error": "timeout"}, "recorded_error", "timeout"),
        ({"id": "a", "error": {"code": 500}, "output": "half an ans"}, "recorded_error", '{"code":500}'),
        ({"id": "a", "output": None}, "recorded_error", "the recorded output is null"),
    ],
)
def test_what_is_missing_is_a_failure_and_never_a_text(tmp_path: Path, row: dict[str, Any], kind: str, message: str) -> None:
    """No row, an error and null are missing answers; a failure is never graded as text."""
    answer = ask(opened(tmp_path, [row]), "a")
    assert answer.text is None
    assert answer.failure is not None
    assert (answer.failure.kind, answer.failure.message) == (kind, message)


def test_the_model_selects_the_rows_of_its_system(tmp_path: Path) -> None:
    """Two systems share one file; a row without system answers for both."""
    rows = [{"id": "a", "output": "1", "system": "m1"}, {"id": "a", "output": "2", "system": "m2"}, {"id": "b", "output": "3"}]
    session = opened(tmp_path, rows, ("m1", "m2"))
    assert [ask(session, "a", "m1").text, ask(session, "a", "m2").text, ask(session, "b", "m2").text] == ["1", "2", "3"]


def test_without_system_in_the_rows_the_model_is_a_label(tmp_path: Path) -> None:
    """Any label will do."""
    assert ask(opened(tmp_path, [{"id": "a", "output": "1"}], ("label",)), "a", "label").text == "1"


def test_a_model_that_no_row_is_of_is_a_typing_error(tmp_path: Path) -> None:
    """Where every row names a system, an unknown model would make every answer missing."""
    with pytest.raises(InputError) as caught:
        opened(tmp_path, [{"id": "a", "output": "1", "system": "m1"}], ("m2",))
    assert str(caught.value) == "experiment.toml: systems.tuned.model: no recorded output has system 'm2' (recorded: 'm1')"


def test_evalset_tells_equal_ids_apart(tmp_path: Path) -> None:
    """A row that names its evalset wins there, and one that names none answers elsewhere."""
    both = (evalset_of("a", name="one"), evalset_of("a", name="two"))
    session = opened(tmp_path, [{"id": "a", "output": "1", "evalset": "one"}, {"id": "a", "output": "2"}], evalsets=both)
    assert [ask(session, "a", evalset="one").text, ask(session, "a", evalset="two").text] == ["1", "2"]
    assert "1 ids stand in several evalsets" in session.cautions()[0]


def test_repeats_are_rows_of_their_own(tmp_path: Path) -> None:
    """The i-th repeat is answered by the row of the i-th repeat."""
    session = opened(tmp_path, [{"id": "a", "output": str(repeat), "repeat": repeat} for repeat in range(3)])
    assert [ask(session, "a", repeat=repeat).text for repeat in range(3)] == ["0", "1", "2"]


def test_rows_with_unknown_ids_are_counted(tmp_path: Path) -> None:
    """Once for the file, with the first of them."""
    rows: list[dict[str, Any]] = [{"id": "a", "output": "x"}, {"id": "z", "output": "x"}, {"id": 7, "output": "x"}]
    assert opened(tmp_path, rows).cautions() == ["o.jsonl: 2 rows have ids that no evalset holds (first: 'z' at o.jsonl:2)"]
    assert opened(tmp_path, rows[:1]).cautions() == []


def test_two_rows_for_one_question_are_an_error_that_names_both(tmp_path: Path) -> None:
    """Neither may win in silence."""
    with pytest.raises(InputError) as caught:
        opened(tmp_path, [{"id": "a", "output": "x"}, {"id": "b", "output": "x"}, {"id": "a", "output": "y"}])
    assert str(caught.value) == "o.jsonl:3: a second output for id 'a', repeat 0 (the first is at o.jsonl:1)"


def test_several_files_are_read_as_one(tmp_path: Path) -> None:
    """A list of paths; a duplicate over two files is named by both."""
    for name in ("1", "2"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "a", "output": name, "evalset": name}))
    provider = Replay.model_validate({"path": ["1.jsonl", "2.jsonl"]})
    assert provider.problems("providers.r", workspace_in(tmp_path)) == []
    session = provider.open(workspace_in(tmp_path), [system_of()], [evalset_of("a", name="1"), evalset_of("a", name="2")])
    assert ask(session, "a", evalset="2").text == "2"


DEEP: list[Any] = []
for _ in range(500):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"output": "x"}, "id is missing (non-empty text or a whole number)"),
        ({"id": ["a"], "output": "x"}, "id is ['a'] (non-empty text or a whole number)"),
        ({"id": "a"}, "the row has neither output nor error (output: a text)"),
        ({"id": "a", "output": "x", "repeat": -1}, "repeat is -1 (a whole number, 0 or more)"),
        ({"id": "a", "output": "x", "repeat": True}, "repeat is True (a whole number, 0 or more)"),
        ({"id": "a", "output": "x", "output_tokens": 1.5}, "output_tokens is 1.5 (a whole number, 0 or more)"),
        ({"id": "a", "output": "x", "latency_s": "fast"}, "latency_s is 'fast' (seconds, 0 or more)"),
        ({"id": "a", "output": "x", "system": 3}, "system is 3 (text)"),
        ({"id": "a", "output": DEEP}, "output: nested deeper than 100 levels"),
    ],
)
def test_a_wrong_row_is_named_by_file_and_line(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    """The value and what was expected, as for every data file."""
    with pytest.raises(InputError) as caught:
        opened(tmp_path, [{"id": "b", "output": "x"}, row])
    assert str(caught.value) == f"o.jsonl:2: {said}"


def test_a_missing_file_is_a_problem_of_the_settings(tmp_path: Path) -> None:
    """Found before anything else is done."""
    problems = Replay(path="none.jsonl").problems("providers.r", workspace_in(tmp_path))
    assert [str(problem) for problem in problems] == ["providers.r.path: no file 'none.jsonl' (a file of recorded outputs)"]


def test_another_field_may_hold_the_answer(tmp_path: Path) -> None:
    """Two systems read two fields of one file, and a row without the field is named."""
    (tmp_path / "o.jsonl").write_text(json.dumps({"id": "a", "output_1": "x", "output_2": {"y": 1}, "output": "z"}))
    for field, text in (("output_1", "x"), ("output_2", '{"y":1}'), ("output", "z")):
        session = Replay(path="o.jsonl", output_field=field).open(workspace_in(tmp_path), [system_of()], [evalset_of("a")])
        assert ask(session, "a").text == text
    with pytest.raises(InputError, match=r"^o.jsonl:1: the row has neither output_3 nor error \(output_3: a text\)$"):
        Replay(path="o.jsonl", output_field="output_3").open(workspace_in(tmp_path), [system_of()], [evalset_of("a")])


@pytest.mark.slow
def test_two_hundred_thousand_rows_are_held_in_little_memory(tmp_path: Path) -> None:
    """A large file takes about a kilobyte a row, and each row is found."""
    rows = [{"id": f"example-{number}", "output": f"answer {number} " * 10, "system": "m"} for number in range(200_000)]
    evalset = evalset_of(*(row["id"] for row in rows))
    (tmp_path / "o.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    del rows
    tracemalloc.start()
    session = Replay(path="o.jsonl").open(workspace_in(tmp_path), [system_of("m")], [evalset])
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ask(session, "example-7", "m").text == "answer 7 " * 10
    assert held < 250_000_000
