"""`tuneproof grade|decide|report RUN`: repeat from that step on, from what the run folder holds. No system is called.

The run's own copy of the experiment is used: to apply an experiment file that was changed since, run it again (its answers come
from the cache).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.example import Evalset, Example
from tuneproof.core.experiment import EvalsetSpec, Experiment
from tuneproof.core.judging import Judgment
from tuneproof.core.protocols import Workspace
from tuneproof.core.report import Dossier
from tuneproof.pipeline.asking_again import mark_second
from tuneproof.pipeline.assemble import build_plugins, put_together, read_rows
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.conclude import conclude, hand_in
from tuneproof.pipeline.dossier import GradedRun
from tuneproof.pipeline.people import Labels, with_people
from tuneproof.pipeline.sealing import check_seal
from tuneproof.spec.experiment import interpret
from tuneproof.stages.consult import Docket, Question, grouped, reread, seat_of
from tuneproof.stages.grade import Mark, Seat, grade
from tuneproof.stages.tabulate import Tables, tabulate
from tuneproof.store.rows import example_of, judgment_of, judgment_row, label_of, replies_of, score_of, score_row
from tuneproof.store.run_folder import RunFolder


def grade_again(folder: RunFolder) -> Dossier:
    """Mark the kept answers again, decide, and write scores, verdict and reports.

    Raises:
        InputError: when the run or a file of its graders is not what it was.
    """
    bench, systems = reopen(folder, marks=True)
    mark_second(folder, bench)
    marks = _kept_marks(folder, bench)
    scores = grade(replies_of(folder, bench.evalsets), bench.evalsets, bench.everywhere, bench.markers, marks)
    tables = tabulate(folder.write_rows("scores.jsonl", scores, score_row), bench.evalsets, _repeats(bench, systems))
    return _judged(folder, bench, systems, with_people(bench, tables, _kept_labels(folder, bench)))


def decide_again(folder: RunFolder) -> Dossier:
    """Decide again from the kept scores, and write verdict and reports.

    Raises:
        InputError: when the run is damaged.
    """
    bench, systems = reopen(folder, marks=False)
    return _judged(folder, bench, systems, _kept_tables(folder, bench, systems))


def look_again(folder: RunFolder, *, write: bool = False) -> Dossier:
    """Return the dossier of a run as its scores give it; `write` writes the reports anew. The verdict stays as it is.

    Raises:
        InputError: when the run is damaged.
    """
    if write:
        check_seal(folder)
    bench, systems = reopen(folder, marks=False)
    graded = GradedRun(bench=bench, tables=_kept_tables(folder, bench, systems), folder=folder, systems=systems)
    if folder.read_json("manifest.json")["only"] is not None:
        return hand_in(graded, None)
    return conclude(graded, keep="reports" if write else "nothing")


def _judged(folder: RunFolder, bench: Bench, systems: tuple[str, ...], tables: Tables) -> Dossier:
    graded = GradedRun(bench=bench, tables=tables, folder=folder, systems=systems)
    return hand_in(graded, None) if folder.read_json("manifest.json")["only"] is not None else conclude(graded)


def _kept_tables(folder: RunFolder, bench: Bench, systems: tuple[str, ...]) -> Tables:
    tables = tabulate(map(score_of, folder.rows("scores.jsonl")), bench.evalsets, _repeats(bench, systems))
    return with_people(bench, tables, _kept_labels(folder, bench))


def _kept_labels(folder: RunFolder, bench: Bench) -> Labels:
    if not bench.judged:
        return Labels()
    how = {(held["evalset"], held["grader"]): held["chosen"] for held in folder.read_json("manifest.json")["people"]}
    return Labels(labels=tuple(map(label_of, folder.rows("human.jsonl"))), how=how)


def _kept_marks(folder: RunFolder, bench: Bench) -> dict[Seat, Mark]:
    """Read the kept replies of judges again, and return the marks that follow; no judge is asked."""
    if not bench.judged:
        return {}
    markers = bench.judged
    read = (reread(held, markers[held.evalset, held.grader]) for held in map(judgment_of, folder.rows("judgments.jsonl")))
    said = {(seat_of(held), held.judge, held.order): held for held in folder.write_rows("judgments.jsonl", read, judgment_row)}
    docket = Docket(evalsets=bench.evalsets, everywhere=bench.everywhere, markers=markers)
    groups = grouped(replies_of(folder, bench.evalsets), bench.judged_evalsets)

    def answer(question: Question) -> Judgment:
        try:
            return said[question.seat, question.judge, question.order]
        except KeyError:
            where, what = str(folder.path / "judgments.jsonl"), f"holds nothing on {question.seat.example_id!r}"
            raise InputError(Problem(where=where, what=what, hint="run the experiment again")) from None

    return {seat: mark for group in groups for seat, mark in docket.marks(group, answer)}


def _repeats(bench: Bench, systems: Iterable[str]) -> dict[str, int]:
    return {name: bench.repeats[name] for name in systems}


def reopen(folder: RunFolder, *, marks: bool) -> tuple[Bench, tuple[str, ...]]:
    """Put a run's experiment together again, from its folder.

    Returns:
        The experiment with the run's examples, and the systems that were asked.
    """
    told = folder.read_json("manifest.json")
    workspace = Workspace(
        folder=(folder.path / told["workspace"]).resolve(), experiment_file=str(folder.path / "experiment.json"), rows=read_rows
    )
    draft = interpret(folder.read_json("experiment.json"), folder=workspace.folder, file=workspace.experiment_file)
    if draft.experiment is None:
        raise InputError(draft.problems)
    plugins, problems = build_plugins(draft, workspace)
    if marks and problems:
        raise InputError(problems)
    labels = _labels(told, folder)
    evalsets = _evalsets(folder, draft.experiment, labels)
    # Reports name the file that was asked, as the run itself did; the run's own copy is where the examples come from.
    evalsets = {name: replace(held, path=told["evalsets"][name].get("path", held.path)) for name, held in evalsets.items()}
    bench = put_together(draft.experiment, plugins, evalsets, workspace, marks=marks)
    asked = tuple(name for name, facts in told["systems"].items() if "completions" in facts)
    return bench.at_level(told["exposure"]["alpha"]) if told.get("exposure") else bench, asked


def _labels(told: Mapping[str, Any], folder: RunFolder) -> dict[str, tuple[str, ...]]:
    try:
        return {name: tuple(held["labels"]) for name, held in told["evalsets"].items()}
    except (KeyError, TypeError, AttributeError):
        where, what = str(folder.path / "manifest.json"), "has no labels: it was written by another version or edited"
        raise InputError(Problem(where=where, what=what, hint="run the experiment again")) from None


def _evalsets(folder: RunFolder, experiment: Experiment, labels: Mapping[str, tuple[str, ...]]) -> dict[str, Evalset]:
    examples: dict[str, list[Example]] = {spec.name: [] for spec in experiment.evalsets}
    for row in folder.rows("examples.jsonl"):
        if row.get("evalset") not in examples:
            what = f"evalset {row.get('evalset')!r} is not in the run's experiment"
            raise InputError(Problem(where=str(folder.path / "examples.jsonl"), what=what, expected=", ".join(examples)))
        examples[row["evalset"]].append(example_of(row))
    return {spec.name: _evalset(spec, examples[spec.name], labels[spec.name], folder.path) for spec in experiment.evalsets}


def _evalset(spec: EvalsetSpec, examples: list[Example], labels: tuple[str, ...], folder: Path) -> Evalset:
    return Evalset(
        name=spec.name,
        role=spec.role,
        path=str(folder / "examples.jsonl"),
        examples=tuple(examples),
        labels=labels,
        graders=spec.graders,
        slice_graders=spec.slice_graders,
        example_digests=tuple(example.content_digest() for example in examples),
    )
