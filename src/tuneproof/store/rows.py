"""Rows of a run's JSONL files: what a value looks like on disk, and back."""

from collections.abc import Iterator, Mapping
from typing import Any

from tuneproof.core.completion import Completion, Failure, Reply
from tuneproof.core.example import Evalset, Example
from tuneproof.core.judging import HumanLabel, Judgment
from tuneproof.core.score import Score
from tuneproof.store.run_folder import RunFolder


def example_row(evalset: str, example: Example) -> dict[str, Any]:
    """Return one row of examples.jsonl."""
    return {
        "evalset": evalset,
        "id": example.id,
        "input": example.inputs,
        "messages": example.messages,
        "expected": example.expected,
        "slices": example.slices,
        "cluster": example.cluster,
        "grader": example.grader,
        "meta": example.meta,
        "line": example.line,
    }


def example_of(row: Mapping[str, Any]) -> Example:
    """Return the example that a row of examples.jsonl holds."""
    messages = row["messages"]
    return Example(
        id=row["id"],
        inputs=row["input"],
        messages=None if messages is None else tuple(messages),
        expected=row["expected"],
        slices=tuple(row["slices"]),
        cluster=row["cluster"],
        grader=row["grader"],
        meta=row["meta"],
        line=row["line"],
    )


def reply_row(reply: Reply) -> dict[str, Any]:
    """Return one row of completions.jsonl."""
    return {
        "evalset": reply.evalset,
        "example_id": reply.example.id,
        "system": reply.system,
        "repeat": reply.repeat,
        **_completion_row(reply.completion),
    }


def _completion_row(held: Completion) -> dict[str, Any]:
    return {
        "text": held.text,
        "failure": None if held.failure is None else {"kind": held.failure.kind, "message": held.failure.message},
        "finish": held.finish,
        "attempts": held.attempts,
        "input_tokens": held.input_tokens,
        "output_tokens": held.output_tokens,
        "latency_s": held.latency_s,
        "model_reported": held.model_reported,
        "fingerprint": held.fingerprint,
    }


def completion_of(row: Mapping[str, Any]) -> Completion:
    """Return the completion that a row of completions.jsonl holds."""
    failure = row["failure"]
    return Completion(
        text=row["text"],
        failure=None if failure is None else Failure(kind=failure["kind"], message=failure["message"]),
        finish=row["finish"],
        attempts=row["attempts"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        latency_s=row["latency_s"],
        model_reported=row["model_reported"],
        fingerprint=row["fingerprint"],
    )


def score_row(score: Score) -> dict[str, Any]:
    """Return one row of scores.jsonl."""
    return {name: getattr(score, name) for name in Score.__slots__}


def score_of(row: Mapping[str, Any]) -> Score:
    """Return the score that a row of scores.jsonl holds."""
    return Score(**{**row, "slices": tuple(row["slices"])})


def replies_of(folder: RunFolder, evalsets: Mapping[str, Evalset]) -> Iterator[Reply]:
    """Yield the replies of a run, as they were."""
    examples = {(name, example.id): example for name, evalset in evalsets.items() for example in evalset.examples}
    for row in folder.rows("completions.jsonl"):
        example = examples[row["evalset"], row["example_id"]]
        yield Reply(
            evalset=row["evalset"], example=example, system=row["system"], repeat=row["repeat"], completion=completion_of(row)
        )


def judgment_row(judgment: Judgment) -> dict[str, Any]:
    """Return one row of judgments.jsonl."""
    told = {name: getattr(judgment, name) for name in Judgment.__slots__ if name != "completion"}
    return {**told, **_completion_row(judgment.completion)}


def judgment_of(row: Mapping[str, Any]) -> Judgment:
    """Return the judgment that a row of judgments.jsonl holds."""
    told = {name: row[name] for name in Judgment.__slots__ if name != "completion"}
    return Judgment(**told, completion=completion_of(row))


def label_row(label: HumanLabel) -> dict[str, Any]:
    """Return one row of human.jsonl."""
    return {name: getattr(label, name) for name in HumanLabel.__slots__}


def label_of(row: Mapping[str, Any]) -> HumanLabel:
    """Return the label that a row of human.jsonl holds."""
    return HumanLabel(**row)
