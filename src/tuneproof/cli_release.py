"""`tuneproof accept` and `tuneproof regress`: what is released, and whether it is still as good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuneproof.cli_options import PATH, Voice, experiment_argument, run_argument, speaking, undecided_option
from tuneproof.cli_verdict import finish

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example: tuneproof accept latest && git add accepted")
@run_argument
@click.option("--system", metavar="NAME", help="The system that is released; default: the one that the run recommends.")
@click.option("--anyway", is_flag=True, help="Accept a run that is not GO.")
@speaking
def accept(run: str, output_dir: Path, system: str | None, anyway: bool, voice: Voice) -> None:
    """Mark the state of RUN as released, for `tuneproof regress` to compare with. Commit the folder that is written."""
    from tuneproof.pipeline.accepting import accept as accepted
    from tuneproof.store.shelf import find_run

    found = accepted(find_run(run, output_dir), system=system, anyway=anyway)
    told = [f"{count:,} of {name}" for name, count in found.answers.items()]
    lines = [
        f"accepted: {found.released} ({found.decision}) of run {found.run_id}",
        f"answers kept: {', '.join(told)}",
        *(f"caution: {caution}" for caution in found.cautions),
        f"commit {found.path}",
    ]
    voice.tell(found.to_json(), lines)


@click.command(epilog="Example: tuneproof regress experiment.toml --undecided no-go")
@experiment_argument
@click.option("--accepted", type=PATH, metavar="DIR", help="The accepted state; default: accepted/NAME beside the file.")
@click.option("--since", metavar="DATE|RUN", help="Show the history from then on; default: from the accepted run on.")
@click.option("--max-calls", type=click.IntRange(min=0), help="Stop after so many requests, retries included.")
@click.option("--require-lock", is_flag=True, help="Refuse to run unless the experiment is as it was registered.")
@click.option("--output-dir", type=PATH, help="Where runs go; default: reports/ beside the file.")
@undecided_option
@speaking
def regress(experiment: Path, undecided: str | None, voice: Voice, **asked: Any) -> int:
    """Ask every system again, and say whether what was accepted is still as good: keep it, or retrain or retire it.

    GO (0): no worse than its accepted answers. NO-GO (1): shown to be worse, or overtaken by a baseline. UNDECIDED (2): neither
    was shown.
    """
    from tuneproof.pipeline.regressing import Asked
    from tuneproof.pipeline.regressing import regress as compared

    outcome = compared(experiment, Asked(**asked), voice.progress)
    return finish(outcome.folder, outcome.dossier, undecided, voice)
