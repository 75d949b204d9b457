"""From tables to a verdict and a report in the run folder: the last steps of `run`, and of `grade`, `decide` and `report`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, cast

from tuneproof.core.estimate import Estimate, Evidence, Quantity
from tuneproof.core.exposure import Slot
from tuneproof.core.protocols import LocalSession
from tuneproof.core.report import Dossier, EvalsetFacts, SystemFacts
from tuneproof.core.stopping import Stopping
from tuneproof.core.verdict import Judgement, LockState, Verdict, estimate_json
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.exposures import spent
from tuneproof.pipeline.people import judge_reports
from tuneproof.pipeline.sealing import seal, sealed_dossier
from tuneproof.pipeline.stopping import look_places, looking_of, looks_evidence
from tuneproof.stages import survey
from tuneproof.stages.account import Usage, same_server_model, twins
from tuneproof.stages.decide import barred_judges, decide, overall, recommended
from tuneproof.stages.estimate import estimate
from tuneproof.stages.looks import part
from tuneproof.stages.present import present
from tuneproof.stages.tabulate import Tables
from tuneproof.stats.proportion import binomial_p_above
from tuneproof.stats.sequential import LOOKS
from tuneproof.store.rows import replies_of, score_of
from tuneproof.store.run_folder import RunFolder

EXPLORATORY = "EXPLORATORY"


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


def conclude(graded: GradedRun, keep: Literal["all", "reports", "nothing"] = "all") -> Dossier:
    """Estimate, decide, and hand everything in.

    Args:
        graded: The run.
        keep: What is written: everything, only the reports, or nothing.
    """
    bench, told = graded.bench, graded.folder.read_json("manifest.json")
    stopping = _stopping(told)
    evidence = _evidence(graded, stopping)
    futile = [held.candidate for held in stopping.ended if held.why == "futile"] if stopping else []
    verdicts = decide(bench.requirements, evidence, bench.criteria, bench.design, told["stopped"], futile)
    judgement = _judgement(graded, verdicts, told)
    if keep == "all" and not _is_sealed(graded):
        graded.folder.write_json("evidence.json", [_evidence_json(*pair) for pair in evidence.items()])
    if _is_sealed(graded):
        judgement = seal(judgement)
    if keep == "all":
        graded.folder.write_json("lock.json", told["lock"])
        graded.folder.write_json("verdict.json", judgement.to_json())
    return hand_in(graded, judgement, evidence, write=keep != "nothing")


def _is_sealed(graded: GradedRun) -> bool:
    return graded.bench.experiment.rules.ledger_mode == "sealed"


def _stopping(told: Mapping[str, Any]) -> Stopping | None:
    return Stopping.of_json(told["stopping"]) if told.get("stopping") else None


def _evidence(graded: GradedRun, stopping: Stopping | None) -> dict[Quantity, Estimate]:
    """Estimate what was registered: once over all answers, or as the registered looks saw them."""
    bench = graded.bench
    if stopping is not None and stopping.at_look:
        return looks_evidence(bench, looking_of(bench, graded.tables), stopping.at_look)
    quantities = [quantity for need in bench.requirements for quantity in (need.quantity, need.alarm) if quantity]
    return estimate(quantities, graded.tables, bench.corpus, alpha=bench.experiment.alpha, seed=bench.experiment.seed)


def _ended(stopping: Stopping | None) -> list[str]:
    return [held.candidate for held in stopping.ended] if stopping else []


def _shown_tables(graded: GradedRun, stopping: Stopping | None) -> Tables:
    """Return the tables without the examples that no system was asked because a look had decided."""
    last = max(stopping.at_look.values(), default=LOOKS) if stopping else LOOKS
    return graded.tables if last == LOOKS else part(graded.tables, look_places(graded.bench)[last - 1])


def hand_in(graded: GradedRun, judgement: Judgement | None, evidence: Evidence | None = None, *, write: bool = True) -> Dossier:
    """Survey the run and write its reports; without a judgement (`--only`) there is nothing to report but the dossier."""
    if _is_sealed(graded) and (judgement is not None or set(graded.systems) & set(graded.bench.design.candidates)):
        return sealed_dossier(graded.bench, graded.folder, judgement)
    dossier = _dossier(graded, judgement, evidence or {})
    if judgement is not None and write:
        for name, text in present(dossier).items():
            graded.folder.write_text(name, text)
    return dossier


def cautions_of(bench: Bench, usage: Mapping[str, Usage], sessions: Mapping[str, LocalSession]) -> tuple[str, ...]:
    """Return what the reader must know of the answers as a whole."""
    pairs = [(c, b) for c in bench.design.candidates for b in bench.design.baselines]
    models = {system.name: system.model for system in bench.experiment.systems}
    found = [caution for session in sessions.values() for caution in session.cautions()]
    same = [pair for pair in pairs if is_same_system(bench, *pair)]
    found += [f"{one} and {other} are the same system: an A/A run" for one, other in same]
    found += twins(usage, [pair for pair in pairs if pair not in same])
    found += same_server_model(usage, models, pairs)
    idle = [system.name for system in bench.experiment.of_role("judge") if system not in bench.judges]
    found += [f"no grader uses the judge {name}" for name in idle]
    return tuple(dict.fromkeys(found))


def _unequal_failures(graded: GradedRun, stopped: Collection[str]) -> list[str]:
    """Return a caution for each pair with unequally many unresolved examples (two-sided exact McNemar, 5 %)."""
    design, tables, found = graded.bench.design, graded.tables, dict[str, None]()
    pairs = [(c, b) for c in design.candidates for b in design.baselines if not {c, b} & set(stopped)]
    for (name, grader), column in tables.columns.items():
        menu = tables.menus.get((name, grader or graded.bench.design.evalsets[name].only_grader or ""))
        bounds = {system: column.scores.bounds(system) for system in tables.systems}
        lacking = {system: (low != high) & column.asked for system, (low, high) in bounds.items()}
        for one, other in pairs:
            if menu is not None and menu.against in (one, other):
                continue  # the reference is never judged: what lacks a mark is always the other's
            only_one, only_other = (
                int((lacking[one] & ~lacking[other]).sum()),
                int((lacking[other] & ~lacking[one]).sum()),
            )
            most, either = max(only_one, only_other), only_one + only_other
            if only_one != only_other and 2 * binomial_p_above(most, either, 0.5) < 0.05:
                counts = f"{int(lacking[one].sum())} against {int(lacking[other].sum())}"
                found[f"{one} and {other} lack scores unequally on {name}: {counts}"] = None
    return list(found)


def _unmarked(tables: Tables) -> list[str]:
    """Return a caution for each grader that could not mark all answers: how many, and the first reason."""
    return [
        f"grader {grader!r} could not mark {count} answers on {evalset}, first: {why}"
        for (evalset, grader), (count, why) in tables.unmarked.items()
    ]


def is_same_system(bench: Bench, one: str, other: str) -> bool:
    """Tell whether two systems differ in nothing but their names, roles and training."""
    systems = {system.name: system for system in bench.experiment.systems}
    mine, theirs = (replace(systems[name], name="", training={}, prompt=_texts(systems[name])) for name in (one, other))
    return replace(mine, role=theirs.role) == theirs


def _texts(system: Any) -> Any:
    """Return a prompt without the places where its templates stand."""
    prompt = system.prompt
    return replace(
        prompt,
        system=prompt.system and replace(prompt.system, where=""),
        user=prompt.user and replace(prompt.user, where=""),
    )


def _judgement(graded: GradedRun, verdicts: Sequence[Verdict], told: Mapping[str, Any]) -> Judgement:
    lock = LockState(**{**told["lock"], "changed": tuple(told["lock"]["changed"])})
    slot = Slot.of_json(told["exposure"]) if told.get("exposure") else None
    stamp_because = _stamp(lock, told["limit"]) or (spent(slot) if slot else None)
    stamp = EXPLORATORY if stamp_because else None
    stamped = [replace(verdict, stamp=stamp, decision=_limited(verdict, told["limit"])) for verdict in verdicts]
    tokens = {name: facts.get("output_tokens") for name, facts in told["systems"].items()}
    known = {name: float(count) for name, count in tokens.items() if count is not None}
    return Judgement(
        experiment=graded.bench.experiment.name,
        run_id=graded.folder.run_id,
        decision=overall(stamped),
        recommended=recommended(stamped, known),
        stamp=stamp,
        stamp_because=stamp_because,
        lock=lock,
        verdicts=tuple(stamped),
        cautions=(
            *_run_cautions(graded, told["limit"]),
            *told["cautions"],
            *_unequal_failures(graded, {*told["stopped"], *_ended(_stopping(told))}),
            *_unmarked(graded.tables),
        ),
        signature=told["signature"],
        slot=slot,
    )


def _limited(verdict: Verdict, limit: int | None) -> Any:
    """A run on a part of its evalsets is never GO."""
    return "UNDECIDED" if limit is not None and verdict.decision == "GO" else verdict.decision


def _stamp(lock: LockState, limit: int | None) -> str | None:
    if limit is not None:
        return f"--limit {limit} used a part of the examples: never GO"
    if lock.status == "changed":
        return f"the experiment differs from its lock in {len(lock.changed)} places, first: {lock.changed[0]}"
    return None


def _run_cautions(graded: GradedRun, limit: int | None) -> list[str]:
    found = []
    if not graded.bench.criteria:
        found.append("no criteria are registered, so nothing can be decided")
    if limit is not None:
        found.append(f"only the first {limit} examples of each evalset were used")
    return found


def _evidence_json(quantity: Quantity, known: Estimate) -> dict[str, Any]:
    return {"quantity": asdict(quantity), "estimate": estimate_json(known)}


def _dossier(graded: GradedRun, judgement: Judgement | None, evidence: Evidence) -> Dossier:
    bench, folder = graded.bench, graded.folder
    told = folder.read_json("manifest.json")
    barred = barred_judges(bench.requirements, evidence) if judgement is not None else {}
    stopping = _stopping(told)
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
    gleaned = survey.glean(ground, replies_of(folder, bench.evalsets), map(score_of, folder.rows("scores.jsonl")))
    return Dossier(
        judgement=judgement,
        experiment=bench.experiment.name,
        run_id=folder.run_id,
        hypothesis=bench.experiment.hypothesis,
        alpha=bench.experiment.alpha,
        created_at=told["created_at"],
        systems=tuple(_system_facts(name, told) for name in graded.systems),
        evalsets=_evalset_facts(bench),
        levels=survey.levels(ground),
        differences=survey.differences(ground),
        flips=gleaned.flips,
        failures=gleaned.failures,
        n_failures=gleaned.n_failures,
        label_reports=survey.label_reports(ground),
        manifest=told,
        judges=judge_reports(bench, graded.tables, replies_of(folder, bench.evalsets), barred),
        stopping=stopping,
        slot=judgement.slot if judgement else None,
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
