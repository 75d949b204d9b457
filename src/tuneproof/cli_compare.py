"""`tuneproof compare`: two runs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tuneproof.cli_options import Voice, speaking, where_runs_are

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example: tuneproof compare 20261120T163408Z-9f3a1c latest")
@click.argument("run_a")
@click.argument("run_b")
@click.option(
    "--pair",
    "pairs",
    metavar="A_NAME=B_NAME",
    multiple=True,
    help="Compare this system of RUN_A with that of RUN_B; those of one name are compared anyway.",
)
@where_runs_are
@speaking
def compare(run_a: str, run_b: str, pairs: tuple[str, ...], output_dir: Path, voice: Voice) -> None:
    """Show what changed from RUN_A to RUN_B: settings, examples, models, and each mark.

    Only examples that are the same in both runs, marked by graders that are the same, are compared; whatever is left out is
    said first. It decides nothing and exits 0; runs that have nothing in common are refused.
    """
    from tuneproof.pipeline.comparing import compare as lay_side_by_side
    from tuneproof.store.shelf import find_run

    renamed = [_names(pair) for pair in pairs]
    found = lay_side_by_side(find_run(run_a, output_dir), find_run(run_b, output_dir), renamed)
    if voice.as_json:
        voice.json(found.to_json())
        return
    from tuneproof.terminal import open_console
    from tuneproof.terminal_compare import print_comparison

    print_comparison(found, open_console(), quiet=voice.quiet)


def _names(pair: str) -> tuple[str, str]:
    """Return the two names of a pair."""
    name, equals, other = pair.partition("=")
    if not (name and equals and other):
        raise click.BadParameter(f"{pair!r} is not of the form A_NAME=B_NAME", param_hint="--pair")
    return name, other
