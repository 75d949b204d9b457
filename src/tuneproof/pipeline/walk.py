"""`tuneproof run`: from an experiment file to a verdict in a run folder."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tuneproof.core.errors import InputError
from tuneproof.core.protocols import LocalSession
from tuneproof.core.report import Dossier
from tuneproof.pipeline.asking_again import AskedAgain, ask_again, present
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.collecting import Collecting, Display, Options, unseen
from tuneproof.pipeline.exposures import Ledger
from tuneproof.pipeline.finishing import Begun, Occasion, finish
from tuneproof.pipeline.gate import active_systems, check_lock, open_local, provider_problems
from tuneproof.pipeline.paid import open_cache
from tuneproof.pipeline.people import with_labels
from tuneproof.pipeline.registration import state_of
from tuneproof.pipeline.selecting import Selected, prepare, select
from tuneproof.pipeline.selection_files import write_selection
from tuneproof.stages.plan import Plan, plan
from tuneproof.store.cache import Cache
from tuneproof.store.shelf import new_run, new_run_id, point_latest, writable

__all__ = ["Occasion", "Options", "Outcome", "carry_out", "run"]

log = logging.getLogger("tuneproof")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run left."""

    folder: Path
    """The run folder."""
    dossier: Dossier
    """Everything the report shows; its judgement is None for runs that only collect."""


def run(path: Path, options: Options, display: Display = unseen) -> Outcome:
    """Carry out an experiment file.

    Args:
        path: The experiment file.
        options: What the command line asks.
        display: Shows progress.

    Raises:
        InputError: the input is wrong; nothing was spent.
        RunStopped: the run could not be finished; what was paid for is in the cache.
    """
    return carry_out(assemble(path, limit=options.limit), options, display)


def carry_out(assembled: Bench, options: Options, display: Display = unseen, occasion: Occasion | None = None) -> Outcome:
    """Carry out an experiment.

    Args:
        assembled: The experiment.
        options: What the command line asks.
        display: Shows progress.
        occasion: What it is made for; None for the experiment itself.

    Raises:
        InputError: the input is wrong; nothing was spent.
        RunStopped: the run could not be finished; what was paid for is in the cache.
    """
    bench = with_labels(assembled)
    lock = state_of(bench) if occasion is None else occasion.lock
    if options.require_lock:
        check_lock(lock, bench)
    reports = (options.output_dir or bench.workspace.folder / "reports") / bench.experiment.name
    if problems := writable(reports):
        raise InputError(problems)
    apart = "" if occasion is None else "regression"
    ledger = Ledger(bench=bench, lock=lock, reports=reports, strict=options.require_lock, apart=apart)
    if options.only is None:
        bench = bench.at_level(ledger.next_slot().alpha)
    log.info("loaded: %s", ", ".join(f"{name} ({len(held.examples)} examples)" for name, held in bench.evalsets.items()))
    prepared = prepare(bench, options)
    ready = _ready(prepared.bench, options)
    log.info("lock: %s; systems: %s", lock.status, ", ".join((*ready.plan.systems, *(judge.name for judge in bench.judges))))
    started, run_id = datetime.now(UTC), new_run_id()
    with open_cache(prepared.bench, ready.plan, fresh=options.fresh) as cache:
        selected = select(prepared, cache, options, display)
        if selected.trial is not None:  # other models than those that stood in for them
            ready = _ready(selected.bench, options)
        collecting = _collecting(selected, ready, cache)
        collecting.collect(options, display)
        again = _again(collecting, options, display, occasion)
        with new_run(reports, run_id) as folder:
            write_selection(folder, selected.bench, selected.selection, selected.trial)
            begun = Begun(ledger=ledger, started=started, occasion=occasion, again=again, selection=selected.selection)
            dossier = finish(collecting, folder, options, begun)
    if dossier.judgement is not None:
        point_latest(reports, run_id)
    return Outcome(folder=reports / run_id, dossier=dossier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Everything that asking about the holdout takes."""

    plan: Plan
    """The questions to the systems that are asked."""
    sessions: Mapping[str, LocalSession]
    """Providers whose answers are at hand."""


def _ready(bench: Bench, options: Options) -> Ready:
    """Make the holdout's questions, and find what is wrong with asking them.

    Raises:
        InputError: all of it.
    """
    active = active_systems(bench, options.only)
    asked = (*active, *bench.judges)
    made = plan(replace(bench.experiment, systems=active), bench.evalsets, bench.providers, bench.workspace)
    if problems := provider_problems(bench, asked):
        raise InputError(problems)
    return Ready(plan=made, sessions=open_local(bench, asked))


def _collecting(selected: Selected, ready: Ready, cache: Cache | None) -> Collecting:
    return Collecting(
        bench=selected.bench,
        plan=ready.plan,
        cache=cache,
        sessions=ready.sessions,
        active=tuple(ready.plan.systems),
        stopped=dict(selected.stopped),
        attempts=selected.attempts,
    )


def _again(collecting: Collecting, options: Options, display: Display, occasion: Occasion | None) -> AskedAgain | None:
    """Ask a second time, where a noise floor is wanted: the baselines, and where others are on trial with them, those too."""
    floor = collecting.bench.experiment.rules.noise_floor
    if floor is None:
        return None
    again = collecting.bench.design.baselines if occasion is None else present(collecting, occasion.copies)
    return ask_again(collecting, floor, options, display, again)
