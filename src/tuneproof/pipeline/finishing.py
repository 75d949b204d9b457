"""The products of a run are written, step by step, and the verdict with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tuneproof.core.report import Dossier
from tuneproof.core.verdict import LockState
from tuneproof.pipeline.asking_again import AskedAgain, keep_second
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.collecting import Collecting, Options
from tuneproof.pipeline.conclude import cautions_of, conclude, hand_in
from tuneproof.pipeline.data_checks import strong_cautions
from tuneproof.pipeline.dossier import GradedRun
from tuneproof.pipeline.drift import drifted
from tuneproof.pipeline.exposures import Ledger
from tuneproof.pipeline.manifest import Provenance, endpoints_of, manifest
from tuneproof.pipeline.people import Labels, Watch, labels_of, with_people
from tuneproof.pipeline.registration import files_of, kept_outlook, runs_before
from tuneproof.pipeline.selection_files import Selection
from tuneproof.pipeline.shown import Answers
from tuneproof.pipeline.stopping import stopping_of
from tuneproof.stages.account import Usage, account, still_missing
from tuneproof.stages.grade import Mark, Seat, grade
from tuneproof.stages.tabulate import tabulate
from tuneproof.store.rows import example_row, judgment_row, label_row, reply_row, score_row
from tuneproof.store.run_folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a run is made for, where it is not the experiment of the file itself that is carried out."""

    lock: LockState
    """How the experiment stands to its lock: what is carried out was made from it, and stands in no lock."""
    more: Mapping[str, Any]
    """What the manifest says of it."""
    copies: frozenset[str]
    """Systems that are earlier answers of another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a run began."""

    ledger: Ledger
    """The exposures of its holdout before it; it knows how the experiment stood to its lock."""
    started: datetime
    """When, UTC."""
    occasion: Occasion | None = None
    """What it is made for; None for the experiment itself."""
    again: AskedAgain | None = None
    """The second asking of the baselines; None where no noise floor is wanted."""
    selection: Selection
    """What came of choosing among checkpoints."""

    @property
    def copies(self) -> frozenset[str]:
        """Systems that are earlier answers of another one."""
        return self.occasion.copies if self.occasion else frozenset()

    @property
    def more(self) -> Mapping[str, Any]:
        """What the manifest says of what it is made for, and of the checkpoints that were chosen."""
        return {**self.selection.entry, **(self.occasion.more if self.occasion else {})}


def finish(collecting: Collecting, folder: RunFolder, options: Options, begun: Begun) -> Dossier:
    """Write the products of every step, and judge.

    Args:
        collecting: The run, its answers collected.
        folder: Where it is written.
        options: What the command line asked.
        begun: How it began.
    """
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
    slot = ledger.slot_of(answers) if options.only is None and ledger.shows(answers) else None
    bench = bench.at_level(slot.alpha) if slot else bench
    provenance = Provenance(
        started=begun.started,
        lock=lock,
        limit=options.limit,
        only=options.only,
        attempts_now=(begun.again or collecting).attempts,
        usage={name: held.to_json() for name, held in {**usage, **judges}.items()},
        stopped=collecting.left_unasked,
        cautions=(
            *(slot.cautions if slot else ()),
            *_cautions(collecting, folder, begun, usage),
            *(*drift, *labels.cautions, *watch.told()),
        ),
        endpoints=endpoints_of(bench),
        people=labels.to_json(),
        reports=folder.path.parent,
        more=_more(collecting, usage, lock, begun) | ({"exposure": slot.to_json()} if slot else {}),
    )
    folder.write_json("manifest.json", manifest(bench, provenance, folder.run_id))
    tables = with_people(bench, tables, labels)
    graded = GradedRun(bench=bench, tables=tables, folder=folder, systems=collecting.active)
    if options.only is not None:
        return hand_in(graded, None)
    dossier = conclude(graded)
    if slot is not None and dossier.judgement is not None:
        ledger.record(slot, answers, folder.run_id, dossier.judgement.decision)  # before the folder takes its place
    return dossier


def _cautions(collecting: Collecting, folder: RunFolder, begun: Begun, usage: Mapping[str, Usage]) -> tuple[str, ...]:
    """Return what the reader must know of the answers; the second ones are written on the way."""
    bench = collecting.bench
    return (
        *runs_before(begun.ledger.lock, folder.path.parent),
        *strong_cautions(bench, collecting.plan),
        *cautions_of(bench, usage, collecting.sessions, begun.copies),
        *still_missing(collecting.failures),
        *still_missing(collecting.hearing.failures, "replies of judges"),
        *(keep_second(folder, begun.again) if begun.again else ()),
        *begun.selection.cautions,
    )


def _more(collecting: Collecting, usage: Mapping[str, Usage], lock: LockState, begun: Begun) -> dict[str, Any]:
    """Return what the manifest holds only where there is any."""
    found: dict[str, Any] = {"files": dict(files_of(collecting.bench)), **begun.more}
    if lock.status == "locked" and begun.occasion is None and (outlook := kept_outlook(collecting.bench)):
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
