"""`tuneproof run`: from an experiment file to a verdict in a run folder."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuneproof.core.errors import InputError
from tuneproof.core.report import Dossier
from tuneproof.core.verdict import LockState
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.collecting import Collecting, Display, Options, unseen
from tuneproof.pipeline.conclude import cautions_of, conclude, hand_in
from tuneproof.pipeline.data_checks import strong_cautions
from tuneproof.pipeline.dossier import GradedRun
from tuneproof.pipeline.drift import drifted
from tuneproof.pipeline.exposures import Ledger
from tuneproof.pipeline.gate import active_systems, check_lock, open_local, provider_problems
from tuneproof.pipeline.manifest import Provenance, endpoints_of, manifest
from tuneproof.pipeline.paid import open_cache
from tuneproof.pipeline.people import Labels, Watch, labels_of, with_labels, with_people
from tuneproof.pipeline.registration import kept_outlook, runs_before, state_of
from tuneproof.pipeline.shown import Answers
from tuneproof.pipeline.stopping import stopping_of
from tuneproof.stages.account import Usage, account, still_missing
from tuneproof.stages.grade import Mark, Seat, grade
from tuneproof.stages.plan import plan
from tuneproof.stages.tabulate import tabulate
from tuneproof.store.rows import example_row, judgment_row, label_row, reply_row, score_row
from tuneproof.store.run_folder import RunFolder
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a run is made for, where it is not the experiment of the file itself that is carried out."""

    lock: LockState
    """How the experiment stands to its lock: what is carried out was made from it, and stands in no lock."""
    more: Mapping[str, Any]
    """What the manifest says of it."""
    copies: frozenset[str]
    """Systems that are earlier answers of another one."""


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
    active = active_systems(bench, options.only)
    asked = (*active, *bench.judges)
    lock = state_of(bench) if occasion is None else occasion.lock
    if options.require_lock:
        check_lock(lock, bench)
    made = plan(replace(bench.experiment, systems=active), bench.evalsets, bench.providers, bench.workspace)
    reports = (options.output_dir or bench.workspace.folder / "reports") / bench.experiment.name
    problems = [*provider_problems(bench, asked), *writable(reports)]
    if problems:
        raise InputError(problems)
    apart = "" if occasion is None else "regression"
    ledger = Ledger(bench=bench, lock=lock, reports=reports, strict=options.require_lock, apart=apart)
    if options.only is None:
        bench = bench.at_level(ledger.next_slot().alpha)
    log.info("loaded: %s", ", ".join(f"{name} ({len(held.examples)} examples)" for name, held in bench.evalsets.items()))
    log.info("lock: %s; systems: %s", lock.status, ", ".join(system.name for system in asked))
    sessions = open_local(bench, asked)
    started, run_id = datetime.now(UTC), new_run_id()
    with open_cache(bench, made, fresh=options.fresh) as cache:
        names = tuple(system.name for system in active)
        collecting = Collecting(bench=bench, plan=made, cache=cache, sessions=sessions, active=names)
        collecting.collect(options, display)
        with new_run(reports, run_id) as folder:
            dossier = _finish(collecting, folder, options, Begun(ledger=ledger, started=started, occasion=occasion))
    if dossier.judgement is not None:
        point_latest(reports, run_id)
    return Outcome(folder=reports / run_id, dossier=dossier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a run began."""

    ledger: Ledger
    """The exposures of its holdout before it; it knows how the experiment stood to its lock."""
    started: datetime
    """When, UTC."""
    occasion: Occasion | None = None
    """What it is made for; None for the experiment itself."""

    @property
    def copies(self) -> frozenset[str]:
        """Systems that are earlier answers of another one."""
        return self.occasion.copies if self.occasion else frozenset()

    @property
    def more(self) -> Mapping[str, Any]:
        """What the manifest says of what it is made for."""
        return self.occasion.more if self.occasion else {}


def _finish(collecting: Collecting, folder: RunFolder, options: Options, begun: Begun) -> Dossier:
    """Write the products of every step, and judge."""
    bench, usage, marks, answers = collecting.bench, dict[str, Usage](), dict[Seat, Mark](), Answers()
    _write_inputs(folder, bench)
    labels = _write_judgments(collecting, folder, marks)
    watch = Watch(bench)
    seen = watch.over(answers.over(account(collecting.replies(bench.evalsets), usage)))
    replies = folder.write_rows("completions.jsonl", seen, reply_row)
    scores = grade(replies, bench.evalsets, bench.everywhere, bench.markers, marks)
    systems = {name: bench.repeats[name] for name in collecting.active}
    tables = tabulate(folder.write_rows("scores.jsonl", scores, score_row), bench.evalsets, systems)
    judges = collecting.hearing.usage
    lock, drift = drifted(begun.ledger.lock, bench, judges, folder.path.parent)
    ledger = replace(begun.ledger, lock=lock)
    slot = ledger.slot_of(answers) if options.only is None else None
    bench = bench.at_level(slot.alpha) if slot else bench
    provenance = Provenance(
        started=begun.started,
        lock=lock,
        limit=options.limit,
        only=options.only,
        attempts_now=collecting.attempts,
        usage={name: held.to_json() for name, held in {**usage, **judges}.items()},
        stopped=collecting.left_unasked,
        cautions=(
            *(slot.cautions if slot else ()),
            *runs_before(lock, folder.path.parent),
            *strong_cautions(bench, collecting.plan),
            *cautions_of(bench, usage, collecting.sessions, begun.copies),
            *still_missing(collecting.failures),
            *still_missing(collecting.hearing.failures, "replies of judges"),
            *drift,
            *labels.cautions,
            *(f"{name}: {caution}" for name, held in watch.cautions().items() for caution in held),
        ),
        endpoints=endpoints_of(bench),
        people=labels.to_json(),
        reports=folder.path.parent,
        more={
            **_more(collecting, usage, lock, is_derived=begun.occasion is not None),
            **({"exposure": slot.to_json()} if slot else {}),
            **begun.more,
        },
    )
    folder.write_json("manifest.json", manifest(bench, provenance, folder.run_id))
    tables = with_people(bench, tables, labels)
    graded = GradedRun(bench=bench, tables=tables, folder=folder, systems=collecting.active)
    if slot is None:
        return hand_in(graded, None)
    dossier = conclude(graded)
    if dossier.judgement is not None:
        ledger.record(slot, answers, folder.run_id, dossier.judgement.decision)  # before the folder takes its place
    return dossier


def _more(collecting: Collecting, usage: Mapping[str, Usage], lock: LockState, *, is_derived: bool) -> dict[str, Any]:
    """Return what the manifest holds only where there is any."""
    found: dict[str, Any] = {}
    if lock.status == "locked" and not is_derived and (outlook := kept_outlook(collecting.bench)):
        found["outlook"] = outlook
    if collecting.ending is not None:
        at_hand = [name for name in collecting.active if collecting.plan.systems[name].provider in collecting.sessions]
        found["stopping"] = stopping_of(collecting.bench, collecting.ending, usage, at_hand).to_json()
    return found


def _write_judgments(collecting: Collecting, folder: RunFolder, marks: dict[Seat, Mark]) -> Labels:
    """Write what judges and people said, and enter the judges' marks; nothing where no grader asks judges."""
    bench = collecting.bench
    if not bench.judged:
        return Labels()
    for _ in folder.write_rows("judgments.jsonl", collecting.hearing.judgments(list(bench.evalsets), marks), judgment_row):
        pass
    found = labels_of(bench, collecting.groups)
    for _ in folder.write_rows("human.jsonl", found.labels, label_row):
        pass
    return found


def _write_inputs(folder: RunFolder, bench: Bench) -> None:
    source = Path(bench.workspace.experiment_file)
    folder.write_text("experiment.toml", source.read_text("utf-8-sig") if source.is_file() else "")
    folder.write_json("experiment.json", bench.experiment.document)
    held = {**bench.evalsets, **bench.selection}
    rows = ((name, example) for name, evalset in held.items() for example in evalset.examples)
    for _ in folder.write_rows("examples.jsonl", rows, lambda row: example_row(*row)):
        pass
