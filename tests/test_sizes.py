"""Sizes: a function fits on a screen, a file is read in one go, a call can be taken in at a glance."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "tuneproof"
FILES = sorted(SOURCE.rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 300, 50, 6

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    """Return the path below the package."""
    return path.relative_to(SOURCE).as_posix()


def functions(path: Path) -> Iterator[Function]:
    """Yield every function and method of a file, inner ones too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, Function):
            yield node


def parameters(function: Function) -> int:
    """Return the number of parameters, without self and cls."""
    told = function.args
    every = [*told.posonlyargs, *told.args, *told.kwonlyargs, *filter(None, (told.vararg, told.kwarg))]
    return len([one for one in every if one.arg not in ("self", "cls")])


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_are_short(path: Path) -> None:
    """A file beyond the limit has two matters."""
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_functions_are_short_and_take_few_parameters(path: Path) -> None:
    """Commands of the command line are functions of their options, as many as there are."""
    found = [
        f"{name_of(path)}:{one.lineno} {one.name}: {(one.end_lineno or 0) - one.lineno + 1} lines, {parameters(one)} parameters"
        for one in functions(path)
        if (one.end_lineno or 0) - one.lineno + 1 > LONGEST_FUNCTION or parameters(one) > MOST_PARAMETERS
    ]
    assert found == []


def test_the_median_function_is_about_a_dozen_lines() -> None:
    """The limit is for the exception, not the rule."""
    lengths = sorted((one.end_lineno or 0) - one.lineno + 1 for path in FILES for one in functions(path))
    assert lengths[len(lengths) // 2] <= 14
