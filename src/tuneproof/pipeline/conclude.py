"""From tables to a verdict and a report in the run folder: the last steps of `run`, and of `grade`, `decide` and `report`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal

from tuneproof.core.estimate import Estimate, Evidence, Quantity
from tuneproof.core.exposure import Slot
from tuneproof.core.protocols import LocalSession
from tuneproof.core.report import Dossier
from tuneproof.core.stopping import Stopping
from tuneproof.core.verdict import Judgement, LockState, Verdict, estimate_json
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.dossier import GradedRun, dossier_of, told_stopping
from tuneproof.pipeline.exposures import spent
from tuneproof.pipeline.regressed import FILE as REGRESSION_FILE
from tuneproof.pipeline.regressed import regression_json
from tuneproof.pipeline.sealing import seal, sealed_dossier
from tuneproof.pipeline.selection_files import selected_of
from tuneproof.pipeline.stopping import looking_of, looks_evidence
from tuneproof.stages.account import Usage, same_server_model, twins
from tuneproof.stages.decide import decide, overall, recommended
from tuneproof.stages.estimate import estimate
from tuneproof.stages.noise import unsplit
from tuneproof.stages.present import present
from tuneproof.stages.regression import identity_cautions
from tuneproof.stages.tabulate import Tables
from tuneproof.stats.proportion import binomial_p_above

EXPLORATORY = "EXPLORATORY"


def conclude(graded: GradedRun, keep: Literal["all", "reports", "nothing"] = "all") -> Dossier:
    """Estimate, decide, and hand everything in.

    Args:
        graded: The run.
        keep: What is written: everything, only the reports, or nothing.
    """
    bench, told = graded.bench, graded.folder.read_json("manifest.json")
    stopping = told_stopping(told)
    evidence = _evidence(graded, stopping) | selected_of(graded.folder).evidence(bench)
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


def _evidence(graded: GradedRun, stopping: Stopping | None) -> dict[Quantity, Estimate]:
    """Estimate what was registered: once over all answers, or as the registered looks saw them."""
    bench = graded.bench
    if stopping is not None and stopping.at_look:
        return looks_evidence(bench, looking_of(bench, graded.tables), stopping.at_look)
    quantities = [quantity for need in bench.on_holdout for quantity in (need.quantity, need.alarm) if quantity]
    return estimate(quantities, graded.tables, bench.corpus, alpha=bench.experiment.alpha, seed=bench.experiment.seed)


def _ended(stopping: Stopping | None) -> list[str]:
    return [held.candidate for held in stopping.ended] if stopping else []


def hand_in(graded: GradedRun, judgement: Judgement | None, evidence: Evidence | None = None, *, write: bool = True) -> Dossier:
    """Survey the run and write its reports; without a judgement (`--only`) there is nothing to report but the dossier."""
    if _is_sealed(graded) and (judgement is not None or set(graded.systems) & set(graded.bench.design.candidates)):
        return sealed_dossier(graded.bench, graded.folder, judgement)
    dossier = dossier_of(graded, judgement, evidence or {})
    if judgement is not None and write:
        for name, text in present(dossier).items():
            graded.folder.write_text(name, text)
        if dossier.regression is not None:
            told = regression_json(dossier.regression, dossier.levels, dossier.manifest)
            graded.folder.write_json(REGRESSION_FILE, told)
    return dossier


def cautions_of(
    bench: Bench, usage: Mapping[str, Usage], sessions: Mapping[str, LocalSession], copies: Collection[str] = ()
) -> tuple[str, ...]:
    """Return what the reader must know of the answers as a whole; `copies` are earlier answers, which may well be the same."""
    pairs = [(c, b) for c in bench.design.candidates for b in bench.design.baselines if b not in copies]
    models = {system.name: system.model for system in bench.experiment.systems}
    found = [caution for session in sessions.values() for caution in session.cautions()]
    same = [pair for pair in pairs if is_same_system(bench, *pair)]
    found += [f"{one} and {other} are the same system: an A/A run" for one, other in same]
    found += twins(usage, [pair for pair in pairs if pair not in same])
    found += same_server_model(usage, models, pairs)
    found += unsplit(pairs, bench.repeats)
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
    stamped = [
        replace(verdict, stamp=stamp, decision=_limited(verdict, told["limit"]), **_what(verdict.candidate, told))
        for verdict in verdicts
    ]
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
            *(identity_cautions(told) if "regression" in told else ()),
            *_unequal_failures(graded, {*told["stopped"], *_ended(told_stopping(told))}),
            *_unmarked(graded.tables),
        ),
        signature=told["signature"],
        slot=slot,
        stopping=told_stopping(told),
    )


def _what(candidate: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return which model a candidate is, and which checkpoint of its training."""
    chosen = told.get("selection", {}).get("candidates", {}).get(candidate, {})
    return {"model": told["systems"].get(candidate, {}).get("model") or None, "checkpoint": chosen.get("checkpoint")}


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
