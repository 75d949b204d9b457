"""The command line: words in, words out. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from tuneproof import __version__
from tuneproof.cli_compare import compare
from tuneproof.cli_evalset import evalset
from tuneproof.cli_judge import judge
from tuneproof.cli_options import PATH, Voice, experiment_argument, run_argument, speaking, undecided_option, where_runs_are
from tuneproof.cli_plan import plan
from tuneproof.cli_release import accept, regress
from tuneproof.cli_verdict import finish, print_dossier
from tuneproof.cli_watch import watch

if TYPE_CHECKING:
    from pathlib import Path

    from tuneproof.core.report import Dossier

INTERRUPTED = 130
LOCK_REPETITIONS = 1000
"""Simulated experiments a scenario when a lock is written: a chance near 50 % is then off by 1.6 points."""
NOT_YET = ("cost",)
"""Commands that the contract names and that are still to come."""


class Commands(click.Group):
    """The commands in the order of a user's work; those still to come are refused by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they were defined."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, and say of one that is planned that it is not there yet."""
        if args and args[0] in NOT_YET:
            ctx.fail(f"{args[0]!r} is not there yet; there are {', '.join(self.commands)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: tuneproof run experiment.toml",
)
@click.version_option(__version__, "-V", "--version", message="tuneproof %(version)s")
def cli() -> None:
    """Decide whether a fine-tuned model is worth shipping: GO, NO-GO or UNDECIDED.

    Exit codes: 0 GO (or done), 1 NO-GO, 2 UNDECIDED, 3 wrong input, 4 run not finished, 70 a fault in tuneproof,
    130 interrupted.
    """


@cli.command(epilog="Example: tuneproof init my-experiment")
@click.argument("folder", type=PATH, default=".")
@speaking
def init(folder: Path, voice: Voice) -> None:
    """Write a commented workspace that runs as it stands."""
    from tuneproof.workspace import create

    written = [str(path) for path in create(folder)]
    voice.tell(
        {"written": written},
        [*written, "now: " + (f"cd {folder} && " if str(folder) != "." else "") + "tuneproof run experiment.toml"],
    )


@cli.command(epilog="Example: tuneproof check experiment.toml")
@experiment_argument
@speaking
def check(experiment: Path, voice: Voice) -> None:
    """Validate an experiment and show what it can prove. Spends nothing."""
    from tuneproof.pipeline.forecast import forecast
    from tuneproof.terminal import open_console
    from tuneproof.terminal_forecast import print_forecast

    found = forecast(experiment)
    if voice.as_json:
        voice.json(found.to_json())
    else:
        print_forecast(found, open_console(), brief=voice.quiet)


cli.add_command(plan)


@cli.command(epilog="Example: tuneproof lock experiment.toml && git add experiment.lock")
@experiment_argument
@speaking
def lock(experiment: Path, voice: Voice) -> None:
    """Register the criteria and all that bears on them, before training."""
    from tuneproof.pipeline.assemble import assemble
    from tuneproof.pipeline.forecast import prospects_of
    from tuneproof.pipeline.planning import outlook
    from tuneproof.pipeline.registration import register_experiment, rule_errors, state_of
    from tuneproof.terminal import open_console
    from tuneproof.terminal_forecast import print_prospects

    bench = assemble(experiment)
    prospects, before = prospects_of(bench), state_of(bench)
    expected = outlook(bench, repetitions=LOCK_REPETITIONS)
    path, state = register_experiment(bench, expected)
    if not (voice.as_json or voice.quiet):
        print_prospects(prospects, open_console())
        for sentence in (*rule_errors(bench), expected.sentence):
            voice.tell({}, [sentence])
    replaced = [f"this replaces the lock of {before.locked_at}"] if before.status != "unlocked" else []
    replaced += [f"  changed: {line}" for line in before.changed]
    told = {"lock": str(path), "digest": state.digest, "locked_at": state.locked_at, "replaces": list(before.changed)}
    facts = {**told, "prospects": [held.to_json() for held in prospects]}
    voice.tell(facts, [f"locked: {path}", f"digest: {state.digest}", *replaced, "commit this file before you train"])


@cli.command(epilog="Example: tuneproof run experiment.toml --require-lock")
@experiment_argument
@click.option("--only", metavar="SYSTEM|baseline", help="Collect and show this system; no verdict.")
@click.option("--limit", type=click.IntRange(min=1), help="Use N examples of each evalset; stamped EXPLORATORY, never GO.")
@click.option("--fresh", is_flag=True, help="Ask everything again instead of reading the cache.")
@click.option("--max-calls", type=click.IntRange(min=0), help="Stop after so many requests, retries included.")
@click.option("--max-cost-usd", type=float, help="Not there yet: there are no prices to count with.")
@click.option("--require-lock", is_flag=True, help="Refuse to run unless the experiment is as it was registered.")
@click.option("--output-dir", type=PATH, help="Where runs go; default: reports/ beside the file.")
@undecided_option
@speaking
def run(experiment: Path, undecided: str | None, voice: Voice, **asked: Any) -> int:
    """Carry out an experiment: verdict on the last line, report in the run folder."""
    from tuneproof.pipeline.walk import Options
    from tuneproof.pipeline.walk import run as walk

    if asked.pop("max_cost_usd") is not None:
        raise click.UsageError("--max-cost-usd is not there yet; use --max-calls")
    outcome = walk(experiment, Options(**asked), voice.progress)
    return finish(outcome.folder, outcome.dossier, undecided, voice)


@cli.command(epilog="Example: tuneproof grade latest")
@run_argument
@undecided_option
@speaking
def grade(run: str, output_dir: Path, undecided: str | None, voice: Voice) -> int:
    """Mark the kept answers of a run again, and decide."""
    from tuneproof.pipeline.again import grade_again

    return _again(grade_again, run, output_dir, undecided, voice)


@cli.command(epilog="Example: tuneproof decide latest")
@run_argument
@undecided_option
@speaking
def decide(run: str, output_dir: Path, undecided: str | None, voice: Voice) -> int:
    """Decide again from the kept scores of a run."""
    from tuneproof.pipeline.again import decide_again

    return _again(decide_again, run, output_dir, undecided, voice)


@cli.command(epilog="Example: tuneproof report latest")
@run_argument
@speaking
def report(run: str, output_dir: Path, voice: Voice) -> None:
    """Write the reports of a run again."""
    from tuneproof.pipeline.again import look_again
    from tuneproof.stages.present import formats
    from tuneproof.store.shelf import find_run

    folder = find_run(run, output_dir)
    look_again(folder, write=True)
    written = [folder.path / name.removesuffix(".j2") for name in formats()]
    files = [str(path) for path in written if path.exists()]
    voice.tell({"written": files}, files)


@cli.command(epilog="Example: tuneproof runs")
@where_runs_are
@speaking
def runs(output_dir: Path, voice: Voice) -> None:
    """List the runs, newest last."""
    from tuneproof.pipeline.listing import listing

    rows = listing(output_dir)
    lines = ["  ".join(str(part) for part in row.values() if part is not None) for row in rows]
    voice.tell(rows, lines or [f"no runs in {output_dir}; see --output-dir"])


@cli.command(epilog="Example: tuneproof show latest")
@run_argument
@speaking
def show(run: str, output_dir: Path, voice: Voice) -> None:
    """Print a run: its findings and its verdict."""
    from tuneproof.pipeline.again import look_again
    from tuneproof.store.shelf import find_run

    folder = find_run(run, output_dir)
    print_dossier(folder.path, look_again(folder), voice)


@cli.command(epilog="Example: tuneproof view latest")
@click.argument("run", default="latest")
@where_runs_are
@click.option("--print-path", is_flag=True, help="Print where the report is instead of opening it.")
@speaking
def view(run: str, output_dir: Path, print_path: bool, voice: Voice) -> None:
    """Open the report of a run in the browser."""
    from tuneproof.core.errors import InputError, Problem
    from tuneproof.pipeline.sealing import check_seal
    from tuneproof.store.shelf import find_run

    folder = find_run(run, output_dir)
    page = folder.path / "report.html"
    if not page.is_file():
        check_seal(folder)
        raise InputError(Problem(where=str(page), what="no such report", hint=f"write it with `tuneproof report {run}`"))
    voice.tell({"report": str(page)}, [str(page)])
    if not (print_path or voice.as_json):
        import webbrowser

        webbrowser.open(page.resolve().as_uri())


@cli.command(epilog="Example: tuneproof schema verdict > verdict.schema.json")
@click.argument("name", type=click.Choice(["verdict", "experiment"]))
@speaking
def schema(name: str, voice: Voice) -> None:
    """Print the JSON Schema of verdict.json or of the experiment file."""
    from tuneproof.pipeline.schemas import experiment_schema, verdict_schema

    voice.json(verdict_schema() if name == "verdict" else experiment_schema())


for later in (watch, compare, accept, regress, judge):
    cli.add_command(later)
cli.add_command(evalset)


@cli.command("serve-demo", epilog="Example: tuneproof serve-demo --port 8765")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@speaking
def serve_demo(port: int, voice: Voice) -> int:
    """Serve the small model at an OpenAI-compatible address of this machine, until Ctrl-C."""
    import asyncio

    from tuneproof.pipeline.demo_server import serve

    try:
        asyncio.run(serve(port, voice.tell))
    except KeyboardInterrupt:
        click.echo("tuneproof: stopped", err=True)
    return INTERRUPTED


def _again(step: Callable[..., Dossier], run: str, output_dir: Path, undecided: str | None, voice: Voice) -> int:
    from tuneproof.store.shelf import find_run

    folder = find_run(run, output_dir)
    return finish(folder.path, step(folder), undecided, voice)
