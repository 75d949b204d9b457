"""Arguments and options that several commands share, and how a command speaks. Nothing heavy is imported here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

    from tuneproof.stages.collect import Progress

Command = Callable[..., Any]


class PathType(click.ParamType):  # type: ignore[type-arg]  # click made it generic in 8.5
    """A path; unlike click's own it loads pathlib only when a command runs."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path that a text names."""
        from pathlib import Path

        return Path(value)


PATH = PathType()


def experiment_argument(command: Command) -> Command:
    """Give a command the experiment file."""
    return click.argument("experiment", type=PATH)(command)


def where_runs_are(command: Command) -> Command:
    """Give a command the folder of the runs."""
    text = "Where the runs are."
    return click.option("--output-dir", type=PATH, default="reports", show_default=True, help=text)(command)


def run_argument(command: Command) -> Command:
    """Give a command a run, and where runs are."""
    return click.argument("run")(where_runs_are(command))


@dataclass(frozen=True, slots=True)
class Voice:
    """How a command speaks."""

    as_json: bool
    """Print JSON for machines."""
    quiet: bool
    """Print no progress, and of a verdict only the last line."""

    def tell(self, facts: object, lines: Iterable[str]) -> None:
        """Print facts for machines, or lines for people."""
        if self.as_json:
            self.json(facts)
        elif not self.quiet:
            for line in lines:
                click.echo(line)

    def json(self, value: object) -> None:
        """Print a JSON value."""
        import json

        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False) + "\n")
        sys.stdout.flush()  # a command may go on for long

    @contextmanager
    def progress(self, total: int) -> Iterator[Progress]:
        """Show on stderr how so many requests go; nothing where machines or nobody is spoken to."""
        from tuneproof.progress import ProgressLine

        with ProgressLine(total, quiet=self.quiet or self.as_json) as line:
            yield line.update


def speaking(command: Command) -> Command:
    """Give a command what every command has: --json, -q and -v; it gets a `Voice`."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
    @click.option("-q", "--quiet", is_flag=True, help="Say less: no progress, only the last line.")
    @click.option("-v", "--verbose", is_flag=True, help="Say on stderr what each step does.")
    @wraps(command)
    def spoken(as_json: bool, quiet: bool, verbose: bool, **asked: Any) -> Any:
        if verbose:
            import logging

            logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
            logging.getLogger("httpx2").setLevel(logging.WARNING)
        return command(voice=Voice(as_json, quiet), **asked)

    return spoken


def undecided_option(command: Command) -> Command:
    """Give a command --undecided."""
    return click.option(
        "--undecided",
        type=click.Choice(["go", "no-go"]),
        help="Exit code that a pipeline wants for UNDECIDED; the verdict file still says UNDECIDED.",
    )(command)
