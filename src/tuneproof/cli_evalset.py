"""`tuneproof evalset`: the commands on evalsets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tuneproof.cli_options import PATH, Voice, speaking

if TYPE_CHECKING:
    from pathlib import Path


@click.group(epilog="Example: tuneproof evalset generate general-nano --seed 7")
def evalset() -> None:
    """Make evalsets."""


@evalset.command(epilog="Example: tuneproof evalset generate general-nano --seed 7")
@click.argument("name")
@click.option("--seed", type=int, required=True, help="Of the draw: the same seed gives the same evalset on every machine.")
@click.option("--n-per-slice", type=int, help="Examples of each slice; default: what the generator proposes.")
@click.option("--output", type=PATH, metavar="FOLDER", help="Where it goes; default: evalsets/NAME-SEED.")
@speaking
def generate(name: str, seed: int, n_per_slice: int | None, output: Path | None, voice: Voice) -> None:
    """Draw the evalset NAME from a seed; an unknown name is answered with the known ones."""
    from tuneproof.pipeline.generate import generate as drawn_from

    drawn = drawn_from(name, seed, n_per_slice, output)
    files = [str(path) for path in drawn.written]
    facts = {"written": files, "n": drawn.n, "slices": list(drawn.slices), "digest": drawn.digest}
    voice.tell(facts, [*files, f"{drawn.n} examples in {len(drawn.slices)} slices", f"digest: {drawn.digest}"])
