"""python."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tuneproof.core.protocols import GradingContext, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders.python import Python

MarkOne = Callable[..., Grade]


def written(folder: Path, body: str) -> Python:
    """Write a grader whose function has this body, and return the grader that calls it."""
    (folder / "graders").mkdir(exist_ok=True)
    (folder / "graders" / "own.py").write_text(f"def grade(answer, example):\n    {body}\n")
    return Python(file="graders/own.py")


@pytest.mark.parametrize(
    ("body", "value", "reason"),
    [
        ("return answer == example.expected", 1.0, None),
        ("return False", 0.0, None),
        ("return 1", 1.0, None),
        ("return 0.25", 0.25, None),
        ("import numpy; return numpy.float32(0.5)", 0.5, None),
        ("return {'value': 0.5, 'reason': 'half'}", 0.5, "half"),
        ("return {'value': None, 'reason': 'no idea'}", None, "no idea"),
        ("return None", None, "the function returned None"),
        ("return float('nan')", None, "the function returned nan (a number in [0, 1])"),
        ("return 1.01", None, "the function returned 1.01 (a number in [0, 1])"),
        ("return -1", None, "the function returned -1 (a number in [0, 1])"),
        ("return 'yes'", None, "the function returned 'yes' (true, false, or a number in [0, 1])"),
        ("return {'score': 1}", None, "the function returned {'score': 1} (a mapping of value and reason)"),
        ("raise KeyError('k\\n')", None, "the function raised KeyError: 'k\\n'"),
        ("raise SystemExit(0)", None, "the function raised SystemExit: 0"),
        ("return grade(answer, example)", None, "the function raised RecursionError: maximum recursion depth exceeded"),
        ("from tuneproof.core.score import Grade; return Grade(value=1.0, stats={'k': 2.0})", 1.0, None),
    ],
)
def test_what_the_function_returns_becomes_a_grade(
    mark: MarkOne, tmp_path: Path, body: str, value: float | None, reason: str | None
) -> None:
    """A number in [0, 1] is a value; everything else, an exception included, is ungradable and never a zero."""
    grade = mark(written(tmp_path, body), "Paris", "Paris")
    assert grade.value == value
    assert (grade.reason or "").startswith(reason or "")
    assert bool(grade.reason) == bool(reason)


@pytest.mark.parametrize(
    ("content", "settings", "said"),
    [
        (None, {}, "graders.p.file: 'own.py' cannot be read: No such file or directory (a Python file)"),
        ("def", {}, "graders.p.file: 'own.py' fails on import: SyntaxError"),
        ("import no_such_module_at_all", {}, "graders.p.file: 'own.py' fails on import: ModuleNotFoundError"),
        ("raise SystemExit(0)", {}, "graders.p.file: 'own.py' fails on import: SystemExit: 0"),
        ("x = 1", {}, "graders.p.function: 'own.py' has no function 'grade' (grade(answer, example))"),
        ("grade = 1", {"function": "grade"}, "graders.p.function: 'own.py' has no function 'grade'"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_problem(
    workspace: Workspace, tmp_path: Path, content: str | None, settings: dict[str, str], said: str
) -> None:
    """Found before anything is spent, and named by the setting to blame."""
    if content is not None:
        (tmp_path / "own.py").write_text(content)
    problems = Python.model_validate({"file": "own.py", **settings}).problems("graders.p", workspace)
    assert len(problems) == 1
    assert str(problems[0]).startswith(said)


def test_a_changed_file_is_read_again(mark: MarkOne, tmp_path: Path) -> None:
    """`tuneproof.run` may be called twice in one process."""
    assert mark(written(tmp_path, "return 1.0"), "x").value == 1.0
    assert mark(written(tmp_path, "return 0.125"), "x").value == 0.125


def test_extract_comes_before_the_function(workspace: Workspace, tmp_path: Path, mark: MarkOne) -> None:
    """The function sees the answer; where nothing is found it is not called."""
    written(tmp_path, "return answer == '18'")
    grader = Python.model_validate({"file": "graders/own.py", "extract": {"after": "A:"}})
    assert (mark(grader, "so\nA: 18").value, mark(grader, "18").reason) == (1.0, "no answer found")
    assert grader.ready(GradingContext(workspace=workspace, labels=())) is not None
