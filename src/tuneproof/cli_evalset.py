"""`tuneproof evalset`: the commands on evalsets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tuneproof.cli_options import PATH, Voice, speaking

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = 3
"""Exit code where the data has faults: the input is wrong."""


@click.group(epilog="Example: tuneproof evalset generate general-nano --seed 7")
def evalset() -> None:
    """Make evalsets, look for faults in them, and show them."""


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


@evalset.command(epilog="Example: tuneproof evalset check evalsets/support-triage")
@click.argument("path", type=PATH)
@speaking
def check(path: Path, voice: Voice) -> int:
    """Look for faults in the evalset PATH, a folder or a data file.

    Equal and nearly equal questions, answers that a grader cannot mark, expected answers that do not pass, wrong ones that do,
    labels out of balance, small slices, a digest that is not declared so. Exits 0 without faults and 3 with faults (the data is
    wrong); cautions do not count.
    """
    from tuneproof.pipeline.evalset_check import check_evalset

    checked = check_evalset(path)
    if voice.as_json:
        voice.json(checked.to_json())
    else:
        from tuneproof.terminal import open_console
        from tuneproof.terminal_evalset import print_checked

        print_checked(checked, open_console(), quiet=voice.quiet)
    return FAULTS if checked.faults else 0


@evalset.command(epilog="Example: tuneproof evalset show evalsets/support-triage --slice privacy --n 3")
@click.argument("path", type=PATH)
@click.option("--slice", "part", metavar="NAME", help="Show examples of this slice only.")
@click.option("--n", type=click.IntRange(min=1), default=10, show_default=True, help="Examples to show, the first ones.")
@click.option("--id", "identity", metavar="ID", help="Show this example alone, in full length.")
@speaking
def show(path: Path, part: str | None, n: int, identity: str | None, voice: Voice) -> None:
    """Show what the evalset PATH, a folder or a data file, says of itself, and some of its examples."""
    from tuneproof.pipeline.evalset_show import show_evalset

    found = show_evalset(path, part=part, n=n, identity=identity)
    if voice.as_json:
        voice.json(found.to_json())
        return
    from tuneproof.terminal import open_console
    from tuneproof.terminal_evalset import print_shown

    print_shown(found, open_console(), quiet=voice.quiet)


@evalset.command(epilog="Example: tuneproof evalset copy general-competence")
@click.argument("name")
@click.option("--output", type=PATH, metavar="FOLDER", help="Where it goes; default: evalsets/NAME.")
@speaking
def copy(name: str, output: Path | None, voice: Voice) -> None:
    """Write the evalset NAME that comes with tuneproof; an unknown name is answered with the known ones."""
    from tuneproof.pipeline.shipped import copy_evalset

    files = [str(path) for path in copy_evalset(name, output)]
    voice.tell({"written": files}, files)
