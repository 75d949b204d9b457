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
from tuneproof.core.protocols import Workspace
from tuneproof.core.report import Dossier
from tuneproof.pipeline.assemble import Bench, build_plugins, put_together, read_rows
from tuneproof.pipeline.judge import Judging, conclude, hand_in
from tuneproof.spec.experiment import interpret
from tuneproof.stages.grade import grade
from tuneproof.stages.tabulate import Tables, tabulate
from tuneproof.store.rows import example_of, replies_of, score_of, score_row
from tuneproof.store.run_folder import RunFolder


def grade_again(folder: RunFolder) -> Dossier:
    """Mark the kept answers again, decide, and write scores, verdict and reports.

    Raises:
        InputError: when the run or a file of its graders is not what it was.
    """
    bench, systems = _reopen(folder, marks=True)
    scores = grade(replies_of(folder, bench.evalsets), bench.evalsets, bench.everywhere, bench.markers)
    tables = tabulate(folder.write_rows("scores.jsonl", scores, score_row), bench.evalsets, _repeats(bench, systems))
    return _judged(folder, bench, systems, tables)


def decide_again(folder: RunFolder) -> Dossier:
    """Decide again from the kept scores, and write verdict and reports.

    Raises:
        InputError: when the run is damaged.
    """
    bench, systems = _reopen(folder, marks=False)
    return _judged(folder, bench, systems, _kept_tables(folder, bench, systems))


def look_again(folder: RunFolder, *, write: bool = False) -> Dossier:
    """Return the dossier of a run as its scores give it; `write` writes the reports anew. The verdict stays as it is.

    Raises:
        InputError: when the run is damaged.
    """
    bench, systems = _reopen(folder, marks=False)
    judging = Judging(bench=bench, tables=_kept_tables(folder, bench, systems), folder=folder, systems=systems)
    if folder.read_json("manifest.json")["only"] is not None:
        return hand_in(judging, None)
    return conclude(judging, keep="reports" if write else "nothing")


def _judged(folder: RunFolder, bench: Bench, systems: tuple[str, ...], tables: Tables) -> Dossier:
    judging = Judging(bench=bench, tables=tables, folder=folder, systems=systems)
    return hand_in(judging, None) if folder.read_json("manifest.json")["only"] is not None else conclude(judging)


def _kept_tables(folder: RunFolder, bench: Bench, systems: tuple[str, ...]) -> Tables:
    return tabulate(map(score_of, folder.rows("scores.jsonl")), bench.evalsets, _repeats(bench, systems))


def _repeats(bench: Bench, systems: Iterable[str]) -> dict[str, int]:
    return {name: bench.repeats[name] for name in systems}


def _reopen(folder: RunFolder, *, marks: bool) -> tuple[Bench, tuple[str, ...]]:
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
    return bench, asked


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
