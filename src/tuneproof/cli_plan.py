"""`tuneproof plan`: what an experiment can be expected to say, before anything is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tuneproof.cli_options import PATH, Voice, experiment_argument, speaking

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example: tuneproof plan experiment.toml")
@experiment_argument
@click.option(
    "--missing",
    type=click.FloatRange(0.0, 1.0, max_open=True),
    metavar="SHARE",
    help="Share of answers that will not come; default: 0.01, or less where a rule about missing answers would end most plans.",
)
@click.option(
    "--repetitions",
    type=click.IntRange(min=100, max=1_000_000),
    default=2000,
    show_default=True,
    metavar="N",
    help="Simulated experiments a scenario.",
)
@click.option("--output", type=PATH, metavar="FILE.svg", help="Draw the chance of GO against the number of examples there too.")
@speaking
def plan(experiment: Path, missing: float | None, repetitions: int, output: Path | None, voice: Voice) -> None:
    """Simulate an experiment's whole decision: how often GO, if the candidate is good, or is not.

    Says what each criterion needs by itself, and how many examples bring the chance of GO to 80 %. Nothing is asked or spent.
    """
    from tuneproof.pipeline.assemble import assemble
    from tuneproof.pipeline.outlook_figure import check_figure, write_figure
    from tuneproof.pipeline.planning import outlook

    if output is not None:
        check_figure(output)
    found = outlook(assemble(experiment), repetitions=repetitions, missing=missing)
    if output is not None:
        write_figure(found, output)
    if voice.as_json:
        voice.json(found.to_json())
        return
    from tuneproof.terminal import open_console
    from tuneproof.terminal_plan import print_outlook

    print_outlook(found, open_console(), brief=voice.quiet)
