"""`tuneproof judge`: how far judges agree with people, and where they lean."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.judge_report import JudgeReport
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.collecting import Collecting, Display, Options
from tuneproof.pipeline.drift import drifted
from tuneproof.pipeline.gate import open_local, provider_problems
from tuneproof.pipeline.paid import open_cache
from tuneproof.pipeline.people import judge_reports, labels_of, with_labels, with_people
from tuneproof.pipeline.registration import state_of
from tuneproof.stages.account import still_missing
from tuneproof.stages.decide import barred_judges
from tuneproof.stages.estimate import estimate
from tuneproof.stages.grade import grade
from tuneproof.stages.plan import plan
from tuneproof.stages.tabulate import Tables, tabulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What is known of the judges of an experiment."""

    reports: tuple[JudgeReport, ...]
    """One a grader that asks judges and evalset."""
    cautions: tuple[str, ...]
    """About the answers and replies as a whole."""
    usage: Mapping[str, Mapping[str, Any]]
    """Judge to what asking it took."""
    level: float
    """Two-sided level of every interval, 1 - 2 alpha."""


def calibration(path: Path, options: Options, display: Display) -> Calibrated:
    """Ask what is not known yet, and hold judges against people. No verdict, no run folder.

    Args:
        path: The experiment file.
        options: What the command line asks.
        display: Shows progress.

    Raises:
        InputError: the input is wrong, or no grader asks a judge; nothing was spent.
        RunStopped: the answers could not all be had; what was paid for is in the cache.
    """
    bench = judged_bench(path)
    evalsets = bench.judged_evalsets
    with answers_to(bench, options, display, evalsets) as collecting:
        marks = collecting.marks(evalsets)
        chosen = {name: bench.evalsets[name] for name in evalsets}
        scores = grade(collecting.replies(evalsets), chosen, bench.everywhere, bench.markers, marks)
        tables = tabulate(scores, chosen, bench.repeats)
        labels = labels_of(bench, collecting.groups)
        held = with_people(bench, tables, labels)
        reports = judge_reports(bench, held, collecting.replies(evalsets), _barred(bench, held))
        usage = collecting.hearing.usage
    _, drift = drifted(state_of(bench), bench, usage, bench.workspace.folder / "reports" / bench.experiment.name)
    return Calibrated(
        reports=reports,
        cautions=(
            *labels.cautions,
            *drift,
            *still_missing(collecting.failures),
            *still_missing(collecting.hearing.failures, "replies of judges"),
        ),
        usage={name: held.to_json() for name, held in usage.items()},
        level=1 - 2 * bench.experiment.alpha,
    )


def _barred(bench: Bench, tables: Tables) -> Collection[tuple[str, str | None]]:
    """Return (evalset, grader) of the judges that registered criteria bar, as a run would."""
    asked = [need for need in bench.requirements if need.mode == "instrument"]
    experiment = bench.experiment
    evidence = estimate([need.quantity for need in asked], tables, bench.corpus, alpha=experiment.alpha, seed=experiment.seed)
    return barred_judges(asked, evidence)


def judged_bench(path: Path) -> Bench:
    """Return an experiment in which a grader asks judges.

    Raises:
        InputError: the input is wrong, or no grader asks a judge.
    """
    bench = with_labels(assemble(path))
    if not bench.judged:
        where, expected = (
            f"{bench.workspace.experiment_file}: graders",
            'a grader of kind "judge" that an evalset or a criterion uses',
        )
        raise InputError(Problem(where=where, what="no grader asks a judge", expected=expected))
    return bench


@contextmanager
def answers_to(bench: Bench, options: Options, display: Display, evalsets: Sequence[str]) -> Iterator[Collecting]:
    """Collect the answers to some evalsets, and what judges say of them, and keep them at hand for the block.

    Raises:
        InputError: files or keys are missing; nothing was spent.
        RunStopped: the answers could not all be had.
    """
    compared = bench.experiment.compared
    asked = (*compared, *(bench.judges if options.judges else ()))
    made = plan(bench.experiment, bench.evalsets, bench.providers, bench.workspace)
    if problems := provider_problems(bench, asked):
        raise InputError(problems)
    sessions = open_local(bench, asked)
    with open_cache(bench, made, fresh=options.fresh) as cache:
        names = tuple(system.name for system in compared)
        collecting = Collecting(bench=bench, plan=made, cache=cache, sessions=sessions, active=names)
        collecting.collect(options, display, evalsets)
        yield collecting
