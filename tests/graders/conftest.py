"""What the tests of graders share: a bare workspace, and one way to mark one answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Workspace
from tuneproof.core.score import Grade
from tuneproof.formats.jsonl import Jsonl

MarkOne = Callable[..., Grade]
"""(grader, answer, expected, fields of the example) -> grade."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return an empty workspace."""
    return Workspace(folder=tmp_path, experiment_file="experiment.toml", rows=Jsonl().rows)


@pytest.fixture
def mark(workspace: Workspace) -> MarkOne:
    """Return a function that marks one answer, after making sure that the example can be marked at all."""

    def mark_one(grader: Grader, answer: str, expected: Any = None, labels: tuple[str, ...] = (), **fields: Any) -> Grade:
        assert grader.problems("graders.x", workspace) == []
        marker = grader.ready(GradingContext(workspace=workspace, labels=labels))
        example = Example(id="1", inputs="q", cluster="1", expected=expected, **fields)
        assert marker.problem(example) is None
        return marker.mark(answer, example)

    return mark_one


@pytest.fixture
def objection(workspace: Workspace) -> Callable[..., str | None]:
    """Return a function that says why an example cannot be marked."""

    def object_to(grader: Grader, expected: Any = None, labels: tuple[str, ...] = (), **fields: Any) -> str | None:
        marker = grader.ready(GradingContext(workspace=workspace, labels=labels))
        return marker.problem(Example(id="1", inputs="q", cluster="1", expected=expected, **fields))

    return object_to


@pytest.fixture(scope="session")
def shared_data(real_data: Path) -> Path:
    """Return the folder of real data under the name that the tests of graders have for it."""
    return real_data
