"""The classifier that is fitted on a training file."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tuneproof.core.completion import Completion, Request
from tuneproof.core.errors import InputError
from tuneproof.core.example import Evalset, Example
from tuneproof.core.protocols import LocalSession, Workspace
from tuneproof.formats.jsonl import Jsonl
from tuneproof.providers.classifier import Classifier

TRAIN = [
    {"input": "my card was declined", "expected": "card"},
    {"input": "I cannot sign in", "expected": "login"},
    {"input": "the card is lost", "expected": "card"},
    {"input": "forgot my password, cannot sign in", "expected": "login"},
]


def opened(folder: Path, rows: list[dict[str, Any]], examples: tuple[Example, ...] = (), **settings: Any) -> LocalSession:
    """Fit on rows, and classify examples."""
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    workspace = Workspace(folder=folder, experiment_file="experiment.toml", rows=Jsonl().rows)
    evalset = Evalset(
        name="e", role="target", path="e", examples=examples, labels=(), graders=(), slice_graders={}, example_digests=()
    )
    return Classifier.model_validate({"train": "train.jsonl", **settings}).open(workspace, [], [evalset])


def example_of(identity: str, inputs: Any = None, **fields: Any) -> Example:
    """Return an example."""
    return Example(id=identity, inputs=inputs, cluster=identity, **fields)


def ask(session: LocalSession, example: Example) -> Completion:
    """Ask for one example."""
    request = Request(key="", system="s", model="", evalset="e", example=example, repeat=0, messages=(), decoding={})
    return session.answer(request)


def test_an_example_is_answered_with_a_label_of_the_training_file(tmp_path: Path) -> None:
    """Texts are classified by their words, and nothing is counted as an attempt."""
    examples = (example_of("1", "lost card!"), example_of("2", "sign in fails"))
    session = opened(tmp_path, TRAIN, examples)
    answers = [ask(session, example) for example in examples]
    assert [answer.text for answer in answers] == ["card", "login"]
    assert (answers[0].attempts, session.cautions()) == (0, [])


def test_objects_and_chat_rows_have_texts_too(tmp_path: Path) -> None:
    """An object is its canonical JSON; of messages the user's count, in training and in use."""
    chat = [{"role": "system", "content": "sign in"}, {"role": "user", "content": "card"}]
    rows = [
        *TRAIN,
        {"messages": [*chat, {"role": "assistant", "content": "card"}]},
        {"input": {"a": "sign in"}, "label": "login"},
    ]
    examples = (example_of("1", {"t": "card declined"}), example_of("2", messages=tuple(chat)))
    session = opened(tmp_path, rows, examples)
    assert [ask(session, example).text for example in examples] == ["card", "card"]


def test_an_example_without_text_is_a_failure(tmp_path: Path) -> None:
    """It is missing, never guessed."""
    picture = example_of("1", messages=({"role": "user", "content": [{"type": "image_url"}]},))
    answer = ask(opened(tmp_path, TRAIN, (picture,)), picture)
    assert answer.text is None
    assert answer.failure is not None
    assert answer.failure.kind == "rejected"


def test_the_first_rows_of_each_label_are_used(tmp_path: Path) -> None:
    """`rows_per_label` makes the small baseline of a large training file, without any draw."""
    rows = [*TRAIN, {"input": "umbrella", "expected": "card"}, {"input": "umbrella umbrella", "expected": "login"}]
    example = example_of("1", "umbrella umbrella")
    assert ask(opened(tmp_path, rows, (example,)), example).text == "login"
    few = [opened(tmp_path, rows, (example,), rows_per_label=2).answer for _ in range(2)]
    swapped = opened(tmp_path, [*TRAIN, {"input": "umbrella", "expected": "login"}], (example,), rows_per_label=2)
    request = Request(key="", system="s", model="", evalset="e", example=example, repeat=0, messages=(), decoding={})
    assert [answer(request) for answer in few] == [swapped.answer(request)] * 2


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"input": "x", "expected": "a"}, {"input": "x"}], "train.jsonl:2: the row has no label (expected: one label)"),
        ([{"input": "x", "expected": ["a", "b"]}], "train.jsonl:1: expected is ['a', 'b'] (expected: one label)"),
        ([{"input": "?!", "expected": "a"}], "train.jsonl:1: the row has no text to learn from (input or messages with text)"),
        (
            [{"expected": "a"}],
            "train.jsonl:1: the row holds no question, its fields: expected (one of input, question, prompt, messages)",
        ),
        ([{"input": "x", "expected": "a"}] * 3, "train.jsonl: all rows have the label 'a' (at least two labels)"),
        ([], "train.jsonl: the rows hold 0 labels (at least two labels)"),
    ],
)
def test_training_rows_that_teach_nothing_are_errors(tmp_path: Path, rows: list[dict[str, Any]], said: str) -> None:
    """Named by file and line, before any answer."""
    with pytest.raises(InputError) as caught:
        opened(tmp_path, rows)
    assert str(caught.value) == said


def test_numbers_and_booleans_are_labels(tmp_path: Path) -> None:
    """As their JSON text, which is what the graders compare with."""
    example = example_of("1", "good")
    rows = [{"input": "good film", "label": True}, {"input": "bad film", "label": False}]
    assert ask(opened(tmp_path, rows, (example,)), example).text == "true"


def test_a_missing_training_file_is_a_problem_of_the_settings(tmp_path: Path) -> None:
    """Found before anything else is done."""
    workspace = Workspace(folder=tmp_path, experiment_file="experiment.toml", rows=Jsonl().rows)
    problems = Classifier(train="none.jsonl").problems("providers.c", workspace)
    assert [problem.where for problem in problems] == ["providers.c.train"]


def test_the_module_loads_without_scikit_learn() -> None:
    """It is imported where it is used."""
    code = "import sys, tuneproof.providers.classifier, tuneproof.providers.replay; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
