"""Every error that leaves tuneproof on purpose, and the one-line form in which a user reads it.

    TuneproofError
    ├── InputError     exit 3   what the user gave is wrong; nothing was spent
    └── RunStopped     exit 4   the run could not be finished; what was paid for is kept
        └── BudgetSpent         ... because the calls that were allowed are used up

A provider's or grader's failure during a run is a value (`Failure`, `Grade`), not an exception. Anything else that is raised
is a fault of tuneproof itself (exit 70).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

SHOWN_PROBLEMS = 10
"""A file's problems are reported together; beyond this many a reader wants the count, not the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with the input, in the form `<where>: <what> (<expected>); <hint>`."""

    where: str
    """`file:line` for data, `file: key.path` for experiment files."""
    what: str
    """What is wrong, with the value."""
    expected: str = ""
    """What was expected; empty where `what` says it."""
    hint: str = ""
    """What to do; empty where it is obvious."""

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}"
        line += f" ({self.expected})" if self.expected else ""
        line += f"; {self.hint}" if self.hint else ""
        return one_line(line)


class TuneproofError(Exception):
    """Root of the errors that tuneproof raises on purpose."""

    exit_code = 70


class InputError(TuneproofError):
    """The input is wrong: usage, experiment file, data file or lock. Nothing was spent."""

    exit_code = 3

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        hidden = len(self.problems) - len(lines)
        return "\n".join(lines + [f"... and {hidden} more problems"] * (hidden > 0))


class RunStopped(TuneproofError):
    """The run could not be finished; what was paid for is kept, and the same command goes on from there."""

    exit_code = 4


class BudgetSpent(RunStopped):
    """The calls that `--max-calls` allowed are used up."""


def one_line(text: str, limit: int = 600) -> str:
    """Return `text` on one line without control characters, cut in the middle beyond `limit` characters.

    Values of users stand in error messages; a message must stay one line whatever they hold.
    """
    flat = "".join(char if char.isprintable() else " " if char in "\n\r\t" else "\ufffd" for char in text)
    if len(flat) <= limit:
        return flat
    return f"{flat[: limit // 2]} ... {flat[-limit // 3 :]}"


def unknown_name(kind: str, name: str, known: Sequence[str]) -> tuple[str, str]:
    """Say that a name is unknown, with the nearest and the known ones.

    Returns:
        `what` and `expected` of a `Problem`.
    """
    near = get_close_matches(name, known, n=1)
    what = f"unknown {kind} {name!r}" + (f", did you mean {near[0]!r}?" if near else "")
    return what, f"known: {', '.join(sorted(known))}" if known else "none is defined"
