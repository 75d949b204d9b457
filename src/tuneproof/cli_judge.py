"""`tuneproof judge`: how far judges agree with people, and the draw of answers for people to label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuneproof.cli_options import PATH, Voice, experiment_argument, speaking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tuneproof.core.judge_report import JudgeReport
    from tuneproof.pipeline.calibration import Calibrated
    from tuneproof.pipeline.sample import Sampled

MEASURE, SAMPLE = "tuneproof judge experiment.toml", "tuneproof judge sample experiment.toml --n 50"
"""The examples of the help."""

max_calls_option = click.option(
    "--max-calls", type=click.IntRange(min=0), help="Stop after so many requests, retries included."
)


@click.command("judge", epilog=f"Example: {MEASURE}")
@experiment_argument
@click.option("--grader", metavar="NAME", help="Show this grader alone.")
@click.option("--fresh", is_flag=True, help="Ask everything again instead of reading the cache.")
@max_calls_option
@speaking
def measure(experiment: Path, grader: str | None, voice: Voice, **asked: Any) -> None:
    """Show how far judges agree with people, by slice, and where they lean. No verdict.

    Answers and judgments that are not in the cache are asked for.
    """
    from tuneproof.pipeline.calibration import calibration
    from tuneproof.pipeline.collecting import Options

    if grader is not None:
        _check_grader(experiment, grader)
    found = calibration(experiment, Options(**asked), voice.progress)
    _print(found, [report for report in found.reports if grader in (None, report.grader)], voice)


class JudgeGroup(click.Group):
    """A command with commands of its own: the first word says which is meant."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Make the context of the group where a command of its own, or help on all of them, is asked for; else of `measure`."""
        is_group = args[:1] and args[0] in (*self.commands, "-h", "--help")
        if is_group:
            return super().make_context(info_name, args, parent, **extra)
        return measure.make_context(info_name, args, parent, **extra)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both ways to call it."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] EXPERIMENT")
        formatter.write_usage(ctx.command_path, "sample [OPTIONS] [EXPERIMENT]", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of `measure`, then the commands."""
        measure.format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


@click.group(
    cls=JudgeGroup, epilog=f"\b\nExample: {MEASURE}\nExample: {SAMPLE}\n`tuneproof judge sample --help` has its options."
)
def judge() -> None:
    """Show how far judges agree with people and where they lean; with `sample`, draw answers for people to label.

    An experiment file that is itself called sample is reached as ./sample.
    """


@judge.command(epilog=f"Example: {SAMPLE}")
@click.argument("experiment", type=PATH, default="experiment.toml")
@click.option("--n", type=click.IntRange(min=1), default=50, show_default=True, help="Examples to draw.")
@click.option("--grader", metavar="NAME", help="Whose menu is used; default: the only grader that asks a judge.")
@click.option("--evalset", metavar="NAME", help="Whose answers are drawn; default: the only evalset that the grader marks.")
@click.option("--output", type=PATH, metavar="FILE", help="Where they go; default: labels/<grader>.csv beside the file.")
@max_calls_option
@speaking
def sample(experiment: Path, voice: Voice, max_calls: int | None, **asked: Any) -> None:
    """Draw answers at random into a CSV file, for people to label. Judges are not asked.

    Answers that are not in the cache are asked for. A file that is there already is never overwritten; a larger --n draws
    the same examples and more.
    """
    from tuneproof.pipeline.collecting import Options
    from tuneproof.pipeline.sample import sample as draw

    of = (asked.pop("grader"), asked.pop("evalset"))
    drawn = draw(experiment, Options(max_calls=max_calls), voice.progress, of=of, **asked)
    _tell_drawn(drawn, experiment, voice)


def _check_grader(experiment: Path, grader: str) -> None:
    """Refuse the name of a grader that there is none of, before anything is asked."""
    from tuneproof.core.errors import InputError, Problem, unknown_name
    from tuneproof.spec.experiment import read

    known = [spec.name for spec in read(experiment).plugins["graders"]]
    if grader not in known:
        what, expected = unknown_name("grader", grader, known)
        raise InputError(Problem(where="--grader", what=what, expected=expected))


def _print(found: Calibrated, reports: Sequence[JudgeReport], voice: Voice) -> None:
    from tuneproof.terminal import open_console, say
    from tuneproof.terminal_judges import print_judges, print_statuses, print_usage

    if voice.as_json:
        told = [report.to_json() for report in reports]
        voice.json({"judges": told, "usage": dict(found.usage), "cautions": list(found.cautions), "level": found.level})
        return
    console = open_console()
    if voice.quiet:
        print_statuses(reports, console)
        return
    print_judges(reports, console, found.level)
    if found.cautions or found.usage:
        say(console, "")
    for caution in found.cautions:
        say(console, f"caution: {caution}", "yellow")
    print_usage(found.usage, console)


def _tell_drawn(drawn: Sampled, experiment: Path, voice: Voice) -> None:
    """Tell what was written, how it is filled in, and what the experiment file says then."""
    import os.path
    from dataclasses import asdict
    from pathlib import Path

    human = Path(os.path.relpath(drawn.path.resolve(), experiment.resolve().parent)).as_posix()
    facts = {
        "written": str(drawn.path),
        "grader": drawn.grader,
        "evalset": drawn.evalset,
        "n_examples": drawn.n_examples,
        "n_rows": drawn.n_rows,
        "is_pairwise": drawn.is_pairwise,
        "menu": [asdict(choice) for choice in drawn.menu],
        "human": human,
    }
    voice.tell(facts, _how_to_label(drawn, human))


def _how_to_label(drawn: Sampled, human: str) -> list[str]:
    import json

    from tuneproof.stages._user_text import short

    width = max(len(short(choice.name)) for choice in drawn.menu)
    where = f"{drawn.n_examples:,} examples of {short(drawn.evalset)}, for grader {short(drawn.grader)}"
    pairs = "It is about the two texts as the row shows them, answer_1 being the first; whose they are is not told."
    is_bare = drawn.grader.isascii() and drawn.grader.replace("-", "").replace("_", "").isalnum()
    table = drawn.grader if is_bare else json.dumps(drawn.grader, ensure_ascii=False)
    return [
        f"written: {drawn.path}: {drawn.n_rows:,} rows ({where})",
        "Write one of these choices into the last column of every row:",
        *(f"  {short(choice.name):{width}}  {short(choice.means, 300)}".rstrip() for choice in drawn.menu),
        *([pairs] if drawn.is_pairwise else []),
        "Work from the top and leave no row out: rows stand as they were drawn, so that a part from the top is a fair sample.",
        f"Leave `item` as it is: it finds the answer again. For the raters: {drawn.path.stem}-guide.md beside it.",
        "Several people: a column each, named after the last one, such as `human_ann`.",
        "Then put this into the experiment file:",
        f"  [graders.{table}]",
        f"  human = {json.dumps(human, ensure_ascii=False)}",
    ]
