"""Evalsets and marks built by hand, for the tests of movements and of noise."""

from collections.abc import Sequence
from typing import Any

from tuneproof.core.example import Evalset, Example
from tuneproof.core.score import Score


def evalset_of(n: int, **slices: Sequence[int]) -> Evalset:
    """Return n examples, called 0, 1, ..., with slices that hold some of them."""
    examples = tuple(
        Example(
            id=str(i), inputs=f"question {i}", expected="yes", cluster=str(i), slices=tuple(s for s in slices if i in slices[s])
        )
        for i in range(n)
    )
    return Evalset(
        name="target",
        role="target",
        path="target.jsonl",
        examples=examples,
        labels=("yes",),
        graders=("label",),
        slice_graders={},
        example_digests=tuple(example.content_digest() for example in examples),
    )


def score(system: str, i: int, value: float | None, repeat: int = 0, **more: Any) -> Score:
    """Return a mark; None is a missing answer."""
    told: dict[str, Any] = {
        "evalset": "target",
        "example_id": str(i),
        "slices": (),
        "cluster": str(i),
        "grader": "label",
        "own": True,
    }
    outcome = "no_completion" if value is None else "graded"
    return Score(**{**told, "outcome": outcome, "reason": None, "stats": {}, **more}, system=system, repeat=repeat, value=value)
