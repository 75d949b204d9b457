"""Recorded judgments: whose answer a judge's reply is about, and in which order it was given."""

import json
from pathlib import Path
from typing import Any

import pytest

from tuneproof.core.completion import Completion, Order, Request, Subject
from tuneproof.core.errors import InputError
from tuneproof.core.example import Evalset, Example
from tuneproof.core.protocols import LocalSession, Workspace
from tuneproof.core.system import System, SystemRole
from tuneproof.formats.csv import Csv
from tuneproof.formats.jsonl import Jsonl
from tuneproof.providers.replay import Replay

Row = dict[str, Any]
TURNED = {"First": "Second", "Second": "First", "tie": "tie"}
ORDERS: tuple[Order, ...] = ("given", "swapped")


def evalset_of(*ids: str, name: str = "target") -> Evalset:
    """Return an evalset of examples with these ids."""
    examples = tuple(Example(id=one, inputs="q", cluster=one) for one in ids)
    return Evalset(
        name=name, role="target", path="e", examples=examples, labels=(), graders=(), slice_graders={}, example_digests=()
    )


def opened(folder: Path, rows: list[Row], *systems: tuple[str, SystemRole]) -> LocalSession:
    """Record rows, and open the provider on them; one judge of model `m` asks where no systems are given."""
    (folder / "j.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    workspace = Workspace(folder=folder, experiment_file="experiment.toml", rows=Jsonl().rows)
    asked = [
        System(name=f"{role} {model}", role=role, provider="r", model=model) for model, role in systems or [("m", "judge")]
    ]
    return Replay(path="j.jsonl").open(workspace, asked, [evalset_of("a", "b"), evalset_of("c", name="other")])


def said(
    session: LocalSession,
    identity: str = "a",
    of: str = "tuned",
    order: Order = "given",
    **more: Any,
) -> Completion:
    """Ask a judge about the answer of a system."""
    grader, turned = more.pop("grader", "voice"), more.pop("turned", TURNED)
    about = Subject(grader=grader, system=of, order=order, turned=turned)
    asked = {"system": "gpt", "model": "m", "evalset": "target", "repeat": 0, **more}
    example = Example(id=identity, inputs="q", cluster=identity)
    return session.answer(Request(key="", example=example, messages=(), decoding={}, about=about, **asked))


def answer(session: LocalSession, model: str = "m") -> Completion:
    """Ask a compared system about example a."""
    example = Example(id="a", inputs="q", cluster="a")
    return session.answer(
        Request(key="", system="x", model=model, evalset="target", example=example, repeat=0, messages=(), decoding={})
    )


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({}, {}),
        ({"system": "m"}, {}),
        ({"answer_of": "tuned"}, {}),
        ({"grader": "voice"}, {}),
        ({"evalset": "target"}, {}),
        ({"repeat": 2}, {"repeat": 2}),
        ({"order": "given"}, {}),
        ({"order": "swapped"}, {"order": "swapped"}),
        ({"system": "m", "answer_of": "base", "grader": "tone", "repeat": 1}, {"of": "base", "grader": "tone", "repeat": 1}),
    ],
)
def test_a_row_answers_the_question_that_it_names(tmp_path: Path, more: Row, asked: dict[str, Any]) -> None:
    """What a row leaves out is any; its order and repeat are the first where it does not say."""
    session = opened(tmp_path, [{"id": "a", "output": '{"choice": "First"}', **more}])
    assert said(session, **asked).text == '{"choice": "First"}'


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({"answer_of": "base"}, {}),
        ({"grader": "tone"}, {}),
        ({"evalset": "other"}, {}),
        ({"repeat": 1}, {}),
        ({"order": "swapped"}, {}),
        ({}, {"order": "swapped"}),
        ({"system": "m"}, {"model": "another"}),
        ({}, {"identity": "b"}),
    ],
)
def test_no_other_row_answers(tmp_path: Path, more: Row, asked: dict[str, Any]) -> None:
    """A missing reply says which one is missing."""
    session = opened(tmp_path, [{"id": "a", "output": "First", **more}], ("m", "judge"))
    reply = said(session, **asked)
    assert reply.failure is not None
    assert reply.failure.kind == "no_row"
    assert reply.failure.message.startswith("no recorded judgment for id '")
    assert reply.failure.message.endswith(f"answer of 'tuned', order {asked.get('order', 'given')}")


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ({"system": "m"}, {"answer_of": "tuned", "grader": "voice", "evalset": "target"}),
        ({"answer_of": "tuned"}, {"grader": "voice", "evalset": "target"}),
        ({"grader": "voice"}, {"evalset": "target"}),
        ({"evalset": "target"}, {}),
        ({"system": "m", "answer_of": "tuned"}, {"system": "m", "grader": "voice", "evalset": "target"}),
    ],
)
@pytest.mark.parametrize("turn", [1, -1])
def test_the_more_particular_row_wins(tmp_path: Path, more: Row, less: Row, turn: int) -> None:
    """System before answer_of before grader before evalset, whichever row comes first in the file."""
    rows = [{"id": "a", "output": "more", **more}, {"id": "a", "output": "less", **less}]
    assert said(opened(tmp_path, rows[::turn])).text == "more"


@pytest.mark.parametrize(
    ("verdicts", "given", "swapped"),
    [
        ({"verdict": "First", "verdict_swapped": "First"}, "First", "Second"),
        ({"verdict": "First", "verdict_swapped": "Second"}, "First", "First"),
        ({"verdict": "tie", "verdict_swapped": "tie"}, "tie", "tie"),
        ({"verdict": " first", "verdict_swapped": " first"}, " first", "Second"),
        ({"verdict": "First", "verdict_swapped": None}, "First", None),
        ({"verdict": None, "verdict_swapped": "First"}, None, "Second"),
        ({"verdict": "", "verdict_swapped": ""}, None, None),
        ({"verdict_swapped": "First"}, None, "Second"),
        ({"output": "I say: First", "verdict": "Second", "verdict_swapped": "First"}, "I say: First", "Second"),
        ({"output": "", "verdict": "First"}, "First", None),
        ({"output": None, "verdict": "First"}, "First", None),
        ({"error": "timeout", "verdict": "First", "verdict_swapped": "First"}, None, None),
        ({"order": "given", "verdict": "First"}, "First", None),
        ({"order": "swapped", "output": "First", "verdict": ""}, None, "First"),
        ({"verdict": "neither", "verdict_swapped": "neither"}, "neither", None),
    ],
)
def test_verdicts_are_replies_in_both_orders(tmp_path: Path, verdicts: Row, given: str | None, swapped: str | None) -> None:
    """The swapped one is mapped back already, so the reply names the other answer; what cannot be turned round is no reply."""
    session = opened(tmp_path, [{"id": "a", "system": "m", **verdicts}])
    assert [said(session, order=order).text for order in ORDERS] == [given, swapped]


@pytest.mark.parametrize(
    ("verdict", "turned", "texts"),
    [
        (4, {}, ["4"]),
        (4.0, {}, ["4"]),
        (4.5, {}, ["4.5"]),
        ("4", {}, ["4"]),
        (1.0, {"1": "2", "2": "1"}, ["1", "2"]),
        ("2.0", {"1": "2", "2": "1"}, ["2.0", "1"]),
    ],
)
def test_numbers_are_names_of_choices(tmp_path: Path, verdict: Any, turned: dict[str, str], texts: list[str]) -> None:
    """Tables that once held an empty cell write 4 as 4.0."""
    session = opened(tmp_path, [{"id": "a", "verdict": verdict, **({"verdict_swapped": verdict} if turned else {})}])
    assert [said(session, order=order, turned=turned).text for order in ORDERS[: len(texts)]] == texts


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"verdict": None}, "the recorded verdict is null"),
        ({"output": None}, "the recorded output is null"),
        ({"error": "timeout"}, "timeout"),
        ({"error": "timeout", "verdict": "First"}, "timeout"),
    ],
)
def test_a_missing_reply_is_a_failure(tmp_path: Path, row: Row, why: str) -> None:
    """Never a choice."""
    failure = said(opened(tmp_path, [{"id": "a", **row}])).failure
    assert failure is not None
    assert (failure.kind, failure.message) == ("recorded_error", why)


def test_a_verdict_that_cannot_be_turned_round_says_so(tmp_path: Path) -> None:
    """Read as it stands it would be counted for the other answer."""
    failure = said(opened(tmp_path, [{"id": "a", "verdict": "A", "verdict_swapped": "A"}]), order="swapped").failure
    assert failure is not None
    assert failure.message == "the recorded verdict 'A' is none of First, Second, tie"


def test_what_both_orders_took_is_counted_once(tmp_path: Path) -> None:
    """One row, one price."""
    row = {"id": "a", "verdict": "First", "verdict_swapped": "First", "input_tokens": 9, "latency_s": 2.0, "model": "m-1"}
    session = opened(tmp_path, [row])
    replies = [said(session, order=order) for order in ORDERS]
    assert [reply.input_tokens for reply in replies] == [9, None]
    assert [(reply.attempts, reply.model_reported) for reply in replies] == [(0, "m-1")] * 2


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"output": "x"}, "x"),
        ({"output": "x", "grader": "voice"}, "x"),
        ({"output": "x", "verdict": "good"}, "x"),
        ({"output": "x", "order": 3}, "x"),
        ({"output": "x", "answer_of": "tuned"}, None),
        ({"output": "x", "order": "given"}, None),
        ({"verdict": "First"}, None),
    ],
)
@pytest.mark.parametrize("with_judge", [False, True])
def test_no_compared_system_answers_with_a_judgment(tmp_path: Path, row: Row, text: str | None, with_judge: bool) -> None:
    """Also where one model is both; fields that a row of outputs happens to hold change nothing."""
    systems: list[tuple[str, SystemRole]] = [("m", "candidate"), ("m", "judge")]
    session = opened(tmp_path, [{"id": "a", "system": "m", **row}], *systems[: 1 + with_judge])
    assert answer(session).text == text
    if with_judge:
        assert (said(session).text is None) == (text is not None)


def test_one_file_holds_answers_and_judgments(tmp_path: Path) -> None:
    """The system tells them apart, or that a row says whose answer it is about."""
    rows = [
        {"id": "a", "system": "m", "output": "an answer"},
        {"id": "a", "system": "m", "answer_of": "tuned", "output": "First"},
        {"id": "a", "system": "j", "output": "Second"},
    ]
    session = opened(tmp_path, rows, ("m", "candidate"), ("m", "judge"), ("j", "judge"))
    assert (answer(session).text, said(session).text, said(session, model="j").text) == ("an answer", "First", "Second")


def test_rows_that_answer_for_several_systems_are_told(tmp_path: Path) -> None:
    """A reply about one answer is hardly one about another."""
    session = opened(tmp_path, [{"id": "a", "output": "First"}, {"id": "b", "answer_of": "base", "output": "First"}])
    assert (said(session).text, session.cautions()) == ("First", [])
    said(session, "b", of="base")
    assert session.cautions() == []
    said(session, of="base")
    assert session.cautions() == [
        "j.jsonl: rows without `answer_of` are replies about the answers of base and tuned alike "
        "(judge gpt, evalset target, grader voice)"
    ]


def test_rows_with_unknown_ids_are_counted_once(tmp_path: Path) -> None:
    """A row with two verdicts is one row."""
    session = opened(tmp_path, [{"id": "z", "verdict": "First", "verdict_swapped": "First"}])
    assert session.cautions() == ["j.jsonl: 1 row has an id that no evalset holds (first: 'z' at j.jsonl:1)"]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"id": "a"}, "the row has none of output, verdict and error (output: a text, or verdict: a choice)"),
        ({"id": "a", "output": "x", "order": "reversed"}, "order is 'reversed' (given or swapped)"),
        ({"id": "a", "output": "x", "order": ["given"]}, "order is ['given'] (given or swapped)"),
        ({"id": "a", "output": "x", "answer_of": 3}, "answer_of is 3 (text)"),
        ({"output": "x"}, "id is missing (non-empty text or a whole number)"),
        (
            {"id": "a", "order": "swapped", "verdict": "First"},
            "order is 'swapped' beside a verdict (verdict and verdict_swapped without order, or an output)",
        ),
        (
            {"id": "b", "verdict_swapped": "First"},
            "a second output for id 'b', repeat 0, order swapped (the first is at j.jsonl:1)",
        ),
        (
            {"id": "b", "order": "given", "output": "x"},
            "a second output for id 'b', repeat 0, order given (the first is at j.jsonl:1)",
        ),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: Row, wrong: str) -> None:
    """With its value and what was expected."""
    with pytest.raises(InputError) as caught:
        opened(tmp_path, [{"id": "b", "verdict": "First", "verdict_swapped": "First"}, row])
    assert str(caught.value) == f"j.jsonl:2: {wrong}"


def test_csv_files_hold_judgments_too(tmp_path: Path) -> None:
    """An empty cell is no verdict."""
    (tmp_path / "j.csv").write_text("id,system,output,verdict,verdict_swapped\na,m,,First,First\nb,m,,,Second\nc,m,x,,\n")
    workspace = Workspace(folder=tmp_path, experiment_file="experiment.toml", rows=Csv().rows)
    judge = System(name="gpt", role="judge", provider="r", model="m")
    session = Replay(path="j.csv").open(workspace, [judge], [evalset_of("a", "b", "c")])
    replies = [said(session, identity, order=order).text for identity in "abc" for order in ORDERS]
    assert replies == ["First", "Second", None, "First", "x", None]


def read(path: Path) -> list[Row]:
    """Return the rows of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("judge", ["GPT-4/Vanilla", "ChatGPT/Vanilla"])
def test_published_judgments_are_read_as_they_stand(real_data: Path, judge: str) -> None:
    """Both orders of two judges on LLMBar: their agreement with people is the published one, slice by slice."""
    folder = real_data / "llmbar"
    rows = {row["id"]: row for row in read(folder / "eval.jsonl")}
    workspace = Workspace(folder=folder, experiment_file="experiment.toml", rows=Jsonl().rows)
    system = System(name="judge", role="judge", provider="r", model=judge)
    session = Replay(path="judgments.jsonl").open(workspace, [system], [evalset_of(*rows)])
    published = json.loads((folder / "reference.json").read_text("utf-8"))["systems"][judge]
    assert session.cautions() == []
    for part, known in published.items():
        names = [name for name, row in rows.items() if row["slice"] == part]
        for order, key in (("given", "acc"), ("swapped", "acc_swapped")):
            wanted = {"1": "1", "2": "2"} if order == "given" else {"1": "2", "2": "1"}
            replies = [said(session, name, order=order, model=judge, turned={"1": "2", "2": "1"}).text for name in names]
            right = [reply == wanted[rows[name]["expected"]] for name, reply in zip(names, replies, strict=True)]
            assert sum(right) == pytest.approx(known[key] * known["n"])


def test_two_answers_of_one_row_are_two_systems(real_data: Path) -> None:
    """LLMBar's own file holds the answers that were judged."""
    folder = real_data / "llmbar"
    rows = read(folder / "eval.jsonl")
    workspace = Workspace(folder=folder, experiment_file="experiment.toml", rows=Jsonl().rows)
    evalset = evalset_of(*(row["id"] for row in rows))
    for place in ("1", "2"):
        system = System(name=place, role="baseline", provider="r", model="any")
        session = Replay(path="eval.jsonl", output_field=f"output_{place}").open(workspace, [system], [evalset])
        told = [
            session.answer(
                Request(key="", system=place, model="any", evalset="target", example=one, repeat=0, messages=(), decoding={})
            ).text
            for one in evalset.examples
        ]
        assert told == [row[f"output_{place}"] for row in rows]
