"""`tuneproof watch`: follow a training, and say at each checkpoint whether it is worth going on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuneproof.cli_options import Voice, experiment_argument, speaking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tuneproof.pipeline.watching import Sight, Watched

SECONDS = click.FloatRange(min=0)


@click.command("watch", epilog="Example: tuneproof watch experiment.toml --cancel")
@experiment_argument
@click.option("--candidate", metavar="NAME", help="Whose checkpoints; default: the only candidate that has any.")
@click.option("--every", "every_s", type=SECONDS, default=30.0, show_default=True, metavar="SECONDS", help="Between looks.")
@click.option("--timeout", "timeout_s", type=SECONDS, metavar="SECONDS", help="End after so long; default: with the training.")
@click.option("--once", is_flag=True, help="Evaluate what is there, and end.")
@click.option("--cancel", is_flag=True, help="Cancel the fine-tuning job after an ABORT.")
@click.option("--max-calls", type=click.IntRange(min=0), help="Stop after so many requests, retries included.")
@speaking
def watch(experiment: Path, voice: Voice, **asked: Any) -> int:
    """Follow a training: evaluate each checkpoint as it appears, and say CONTINUE, ABORT or UNCLEAR.

    Checkpoints are asked on the evalset with role `selection`, never on the holdout. A folder is followed until a file
    named DONE stands in it, a job until it is over.

    Exit codes: 0 CONTINUE, 1 ABORT, 2 UNCLEAR, 4 the job was not found, failed or was cancelled.
    """
    from tuneproof.pipeline.watching import Watching
    from tuneproof.pipeline.watching import watch as follow

    watched = follow(experiment, Watching(**asked), voice.progress, _teller(voice))
    _print(watched, voice)
    return watched.exit_code


def _teller(voice: Voice) -> Callable[[Sight], None]:
    """Return what shows each new point as it comes; nothing for machines, and where nobody is spoken to."""
    if voice.as_json or voice.quiet:
        return lambda _sight: None
    from tuneproof.stages._user_text import clean
    from tuneproof.terminal import open_console
    from tuneproof.terminal_watch import CurvePrinter

    printer = CurvePrinter(open_console())

    def tell(sight: Sight) -> None:
        printer.show(sight)
        if sight.note:
            click.echo(clean(sight.note), err=True)

    return tell


def _print(watched: Watched, voice: Voice) -> None:
    from tuneproof.terminal import open_console
    from tuneproof.terminal_watch import print_advice, print_end

    if voice.as_json:
        from tuneproof.pipeline.selection_files import curve_json

        voice.json(
            {
                "candidate": watched.candidate,
                "advice": watched.advice,
                "sentence": watched.sentence,
                "cancelled": watched.cancelled,
                "curves": [curve_json(curve) for curve in watched.curves],
                "cautions": list(watched.cautions),
            }
        )
    elif voice.quiet:
        print_advice(watched, open_console())
    else:
        print_end(watched, open_console())
