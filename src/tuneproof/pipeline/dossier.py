"""The dossier of a run: everything a report may show, gathered from its folder. It decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tuneproof.core.estimate import Evidence
from tuneproof.core.outlook import Outlook
from tuneproof.core.report import Dossier, EvalsetFacts, SystemFacts
from tuneproof.core.stopping import Stopping
from tuneproof.core.verdict import Judgement
from tuneproof.pipeline.asking_again import noise_of
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.people import judge_reports
from tuneproof.pipeline.regressed import Measured, regression_of
from tuneproof.pipeline.selection_files import selected_of
from tuneproof.pipeline.stopping import look_places
from tuneproof.stages import survey
from tuneproof.stages.decide import barred_judges
from tuneproof.stages.looks import part
from tuneproof.stages.noise import repeats
from tuneproof.stages.tabulate import Tables
from tuneproof.stats.sequential import LOOKS
from tuneproof.store.rows import replies_of, score_of
from tuneproof.store.run_folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedRun:
    """A run that is collected and graded."""

    bench: Bench
    """Its experiment."""
    tables: Tables
    """Its scores."""
    folder: RunFolder
    """Its folder, with the manifest and all rows."""
    systems: tuple[str, ...]
    """The systems that were asked."""


def dossier_of(graded: GradedRun, judgement: Judgement | None, evidence: Evidence) -> Dossier:
    """Survey a run.

    Args:
        graded: The run.
        judgement: Its verdict; None for runs that only collect.
        evidence: What was registered and estimated.
    """
    bench, folder, told = graded.bench, graded.folder, graded.folder.read_json("manifest.json")
    barred = barred_judges(bench.requirements, evidence) if judgement is not None else {}
    stopping = told_stopping(told)
    ground = survey.Ground(
        tables=_shown_tables(graded, stopping),
        evalsets=bench.evalsets,
        corpus=bench.corpus,
        candidates=tuple(name for name in bench.design.candidates if name in graded.systems),
        baselines=tuple(name for name in bench.design.baselines if name in graded.systems),
        alpha=bench.experiment.alpha,
        seed=bench.experiment.seed,
        evidence=evidence,
    )
    levels = survey.levels(ground)
    gleaned = survey.glean(ground, replies_of(folder, bench.evalsets), map(score_of, folder.rows("scores.jsonl")))
    measured = Measured(bench=bench, tables=graded.tables, folder=folder, levels=levels, noise=noise_of(folder, bench))
    regression = regression_of(measured, told, judgement)
    return Dossier(
        judgement=judgement,
        experiment=bench.experiment.name,
        run_id=folder.run_id,
        hypothesis=bench.experiment.hypothesis,
        alpha=bench.experiment.alpha,
        created_at=told["created_at"],
        systems=tuple(_system_facts(name, told) for name in graded.systems),
        evalsets=_evalset_facts(bench),
        levels=levels,
        differences=survey.differences(ground),
        flips=gleaned.flips,
        failures=gleaned.failures,
        n_failures=gleaned.n_failures,
        label_reports=survey.label_reports(ground),
        manifest=told,
        curves=selected_of(folder).curves,
        judges=judge_reports(bench, graded.tables, replies_of(folder, bench.evalsets), barred),
        stopping=stopping,
        noise=() if regression else measured.noise,  # that of a regression run is shown with what moved
        repeats=repeats(ground),
        slot=judgement.slot if judgement and not regression else None,  # a regression run chooses nothing
        regression=regression,
        outlook=Outlook.of_json(told["outlook"]) if told.get("outlook") else None,
    )


def _system_facts(name: str, told: Mapping[str, Any]) -> SystemFacts:
    held = told["systems"][name]
    counts = {key: held.get(key, 0) for key in ("completions", "missing", "too_long", "truncated", "refusals", "attempts")}
    known = {key: held.get(key) for key in ("input_tokens", "output_tokens", "latency_p50_s", "latency_p95_s")}
    return SystemFacts(
        name=name,
        role=held["role"],
        provider=f"{held['provider']} ({told['providers'][held['provider']]['kind']})",
        model=held["model"],
        models_reported=tuple(held.get("models_reported", ())),
        decoding=held["decoding"],
        repeats=held["repeats"],
        **cast("dict[str, Any]", counts | known),
    )


def _evalset_facts(bench: Bench) -> tuple[EvalsetFacts, ...]:
    return tuple(
        EvalsetFacts(
            name=name,
            role=evalset.role,
            path=evalset.path,
            n=len(evalset.examples),
            n_clusters=bench.design.evalsets[name].n_clusters,
            digest=evalset.digest,
            slices=evalset.slice_sizes(),
        )
        for name, evalset in bench.evalsets.items()
    )


def _shown_tables(graded: GradedRun, stopping: Stopping | None) -> Tables:
    """Return the tables without the examples that no system was asked because a look had decided."""
    last = max(stopping.at_look.values(), default=LOOKS) if stopping else LOOKS
    return graded.tables if last == LOOKS else part(graded.tables, look_places(graded.bench)[last - 1])


def told_stopping(told: Mapping[str, Any]) -> Stopping | None:
    """Return how a run ended early, as its manifest holds it; None where no such rule counted."""
    return Stopping.of_json(told["stopping"]) if told.get("stopping") else None
