"""Marks that a function of the workspace gives: the only place where a user's code is run, because the user named it."""

import importlib.util
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar

from tuneproof.core.digest import digest
from tuneproof.core.errors import Problem, one_line
from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Marker, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders._extract import finder
from tuneproof.graders._text import TextGrader, TextMarker, right_or_wrong

Function = Callable[[str, Example], Any]
"""`grade(answer, example)` of the user: true or false, a number in [0, 1], a mapping of value and reason, or None."""


class Python(TextGrader):
    """Calls `grade(answer, example)` of a Python file.

    It returns true or false, a number in [0, 1], `{"value": ..., "reason": ...}`, a `Grade`, or None where the answer cannot be
    marked. An exception, NaN and any other value make the answer ungradable; they are never a zero.
    """

    describes: ClassVar[bool] = True

    file: str
    """The file, usually `graders/<name>.py`."""
    function: str = "grade"
    """The function in it."""

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types: a file that does not import, a missing function."""
        found = super().problems(where, workspace)
        try:
            self._function(workspace)
        except _Unusable as error:
            found.append(Problem(where=f"{where}.{error.key}", what=str(error), expected=error.expected))
        return found

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready."""
        function = self._function(context.workspace)
        return TextMarker(
            find=finder(self.extract),
            judge=lambda found, example: _judged(function, found, example),
            objection=lambda _: None,  # what an example must hold is known to the function alone
        )

    def _function(self, workspace: Workspace) -> Function:
        path = workspace.path(self.file)
        try:
            stamp = path.stat()
        except OSError as error:
            raise _Unusable("file", f"{self.file!r} cannot be read: {error.strerror}", "a Python file") from error
        function = getattr(_module(path, stamp.st_mtime_ns, stamp.st_size), self.function, None)
        if not callable(function):
            raise _Unusable("function", f"{self.file!r} has no function {self.function!r}", "grade(answer, example)")
        found: Function = function
        return found


class _Unusable(Exception):
    """The file or function cannot be used, and which setting says so."""

    def __init__(self, key: str, what: str, expected: str) -> None:
        self.key = key
        self.expected = expected
        super().__init__(what)


@lru_cache(maxsize=64)
def _module(path: Path, changed: int, size: int) -> Any:
    """Import a file, once for each state of it: what it does on import must not happen again for every grader."""
    name = f"tuneproof_graders_{digest([str(path), changed, size])[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise _Unusable("file", f"{path.name!r} is no Python file", "a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their module up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise _Unusable("file", f"{path.name!r} fails on import: {_said(error)}", "a file that imports") from error
    return module


def _judged(function: Function, found: str | None, example: Example) -> Grade:
    if found is None:
        return right_or_wrong(False, None)
    try:
        given = function(found, example)
        return given if isinstance(given, Grade) else _graded(given)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's function may raise anything, and the run goes on
        return Grade(value=None, reason=f"the function raised {_said(error)}")


def _graded(given: Any) -> Grade:
    reason = None
    if isinstance(given, Mapping):
        unknown = set(given) - {"value", "reason"}
        if unknown or "value" not in given:
            return Grade(value=None, reason=f"the function returned {_shown(given)} (a mapping of value and reason)")
        reason = None if given.get("reason") is None else one_line(str(given["reason"]))
        given = given["value"]
    if given is None:
        return Grade(value=None, reason=reason or "the function returned None")
    if not isinstance(given, Real):
        return Grade(value=None, reason=f"the function returned {_shown(given)} (true, false, or a number in [0, 1])")
    value = float(given)
    if not 0.0 <= value <= 1.0:  # NaN compares false with everything
        return Grade(value=None, reason=f"the function returned {_shown(given)} (a number in [0, 1])")
    return Grade(value=value, reason=reason or None)


def _said(error: BaseException) -> str:
    return one_line(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__, 200)


def _shown(value: Any) -> str:
    try:
        return one_line(repr(value), 100)
    except Exception:  # noqa: BLE001 - repr is the user's code as well
        return f"a {type(value).__name__}"


PLUGIN: type[Grader] = Python
