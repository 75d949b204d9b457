"""The experiment that a regression run carries out: the systems as they are now, beside what they answered when accepted.

Because it is an ordinary one, every step of the walk and every command on a run works on it. The accepted answers are
baselines that `replay` answers for; each criterion names the baseline that it means, so that nobody is compared with accepted
answers by accident. What decides:

| criterion | says |
| --- | --- |
| `non_inferiority` of the released system against its own accepted answers, on each holdout evalset | GO or NO-GO |
| `overtaken` by a baseline as it is now, where a superiority criterion compares the two | at most NO-GO |
| the registered superiority criteria, now against now | reported |
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.core.protocols import Provider
from tuneproof.core.system import System
from tuneproof.pipeline.assemble import build_plugins, put_together
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.checkpoints import find_all, where_of
from tuneproof.pipeline.seating import asks_judges
from tuneproof.spec.experiment import interpret

COMPARED_KINDS = ("non_inferiority", "superiority", "threshold")
"""Criteria whose grader is what matters on their evalset."""
EARLY_ENDS = ("curtail", "sequential", "futility")
"""Rules that are registered for the experiment's own criteria: a regression run goes to its end."""
NOISE_FLOOR = 50
"""Examples of each evalset that are asked twice where the experiment does not say: without it nobody knows what is noise."""
SHOWN = 5
"""Checkpoints that a message names."""
Pair = tuple[str, str, str]
"""The system as it is shown, its row then, its row now."""
Key = tuple[str, str | None]
"""Name of an evalset, and of a grader; None for each example's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The experiment that a regression run carries out."""

    bench: Bench
    """Systems now and then."""
    pairs: tuple[Pair, ...]
    """Each system that has accepted answers, with the name that they go by."""
    cautions: tuple[str, ...]
    """What could not be compared."""

    @property
    def copies(self) -> frozenset[str]:
        """The systems that are accepted answers."""
        return frozenset(before for _, before, _ in self.pairs)


def comparison(bench: Bench, accepted: Mapping[str, Any], answers: str) -> Comparison:
    """Return the experiment that compares the systems of another one with what was accepted of them.

    Args:
        bench: The experiment as it is now.
        accepted: The manifest of the accepted state.
        answers: The file of accepted answers, as a path from the experiment file.

    Raises:
        InputError: when the released system is not in the experiment any more, or cannot be asked.
    """
    released, providers = _released(bench, accepted)
    others = [system for system in bench.experiment.of_role("baseline") if system.name != released.name]
    taken = {system.name for system in bench.experiment.systems}
    pairs = tuple(
        (one.name, _free(f"{one.name} (accepted)", taken), one.name)
        for one in (*others, released)
        if one.name in accepted["systems"]
    )
    copies = {now: before for now, before, _ in pairs}
    document = _document(bench, accepted, answers, (released, tuple(others), copies))
    workspace = bench.workspace
    draft = interpret(document, folder=workspace.folder, file=workspace.experiment_file)
    if draft.experiment is None:
        raise InputError(draft.problems)
    plugins, problems = build_plugins(draft, workspace)
    if problems:
        raise InputError(problems)
    # Those of the experiment itself know the adapters of folders, which no table names.
    plugins = replace(plugins, providers={**plugins.providers, **providers})
    derived = put_together(draft.experiment, plugins, bench.evalsets, workspace)
    return Comparison(bench=derived, pairs=pairs, cautions=tuple(_cautions(bench, accepted, derived)))


def _released(bench: Bench, accepted: Mapping[str, Any]) -> tuple[System, Mapping[str, Provider]]:
    """Return the released system as it is asked now, of several checkpoints the one that was accepted, and the providers."""
    name, known = accepted["released"], {system.name: system for system in bench.experiment.compared}
    stem = name.rpartition("@")[0]
    held = known.get(name) or (known[stem] if stem in known and known[stem].checkpoints else None)
    where = f"{bench.workspace.experiment_file}: systems"
    if held is None:
        what, expected = unknown_name("system", name, list(known))
        hint = "it is what was accepted: put it back, or accept a run without it"
        raise InputError(Problem(where=where, what=what, expected=expected, hint=hint))
    if held.checkpoints is None:
        return held, bench.providers
    model = accepted["systems"][name]["model"]
    chosen = replace(held, name=name, model=model, checkpoints=None)
    if held.checkpoints.folder is None:  # a list or a job: the server knows the model by its id, or says that it is gone
        return chosen, bench.providers
    found = find_all(bench, [held])
    there = [one.model for one in found.checkpoints[held.name]]
    if model not in there:
        what, hint = f"{model!r}, which was accepted, is not there any more", "put it back, or name it as the system's model"
        where = where_of(held, bench.workspace.experiment_file)
        raise InputError(Problem(where=where, what=what, expected=f"it among {', '.join(there[:SHOWN])}", hint=hint))
    return chosen, found.providers


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no system has."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free


# -- the document ------------------------------------------------------------------------------------------------------------


def _document(
    bench: Bench, accepted: Mapping[str, Any], answers: str, who: tuple[System, tuple[System, ...], Mapping[str, str]]
) -> dict[str, Any]:
    """Return the experiment as a file would say it."""
    released, others, copies = who
    written = bench.experiment.document
    provider = _free("accepted answers", set(written["providers"]))
    repeats = {name: accepted["systems"][name]["repeats"] for name in copies}
    judges = [system.name for system in bench.experiment.of_role("judge")]
    return {
        # No `ledger`: a regression run is never sealed, and alpha is that of the registered criteria: comparing a system with
        # itself uses up no exposure.
        "experiment": _head(bench, (*others, released)),
        "evalsets": {name: written["evalsets"][name] for name in bench.evalsets},
        "graders": dict(_graders(bench)),
        "providers": {**written["providers"], provider: {"kind": "replay", "path": answers}},
        "systems": {
            **{system.name: written["systems"][system.name] for system in others},
            released.name: _asked_now(written["systems"], released),
            **{
                copies[name]: {"role": "baseline", "provider": provider, "model": name, "repeats": repeats[name]}
                for name in copies
            },
            **{name: written["systems"][name] for name in judges},
        },
        "criteria": list(_criteria(bench, released, others, copies)),
    }


def _head(bench: Bench, asked: tuple[System, ...]) -> dict[str, Any]:
    """Return the experiment's own table: every question is asked, and some are asked twice."""
    kept = {key: held for key, held in bench.experiment.document["experiment"].items() if key not in EARLY_ENDS}
    floor = {"noise_floor": NOISE_FLOOR} if any(not bench.providers[one.provider].local for one in asked) else {}
    return {**floor, **kept}


def _asked_now(tables: Mapping[str, Any], released: System) -> dict[str, Any]:
    """Return the table of the released system: it is what is judged, whatever role it has in the file."""
    written = tables.get(released.name) or tables[released.name.rpartition("@")[0]]
    kept = {key: held for key, held in written.items() if key != "checkpoints"}
    return {**kept, "role": "candidate", **({"model": released.model} if released.model else {})}


def _graders(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Yield the graders; those that ask judges without people's labels, which are about other answers."""
    for name, table in bench.experiment.document["graders"].items():
        grader = bench.graders[name]
        if not asks_judges(grader):
            yield name, table
            continue
        against = {"against": grader.against} if grader.is_pairwise else {}
        yield name, {key: held for key, held in table.items() if key != "human"} | against


# -- criteria ----------------------------------------------------------------------------------------------------------------


def _criteria(
    bench: Bench, released: System, others: tuple[System, ...], copies: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    names: set[str] = set()

    def named(wanted: str) -> str:
        names.add(name := _free(wanted, names))
        return name

    for evalset in bench.evalsets:
        for key in _keys(bench, evalset):
            told = f"keeps its level on {evalset}" + (f" ({key[1]})" if len(_keys(bench, evalset)) > 1 else "")
            yield {"name": named(told), **_own_record(bench, key, copies[released.name])}
    for spec in bench.experiment.criteria if released.role == "candidate" else ():
        if spec.kind != "superiority":
            continue
        asked = {key: held for key, held in spec.settings.items() if key in ("evalset", "grader")}
        wanted = spec.settings.get("baseline")
        for baseline in (system.name for system in others if wanted in (None, system.name)):
            end = f" ({baseline})" if len(others) > 1 and wanted is None else ""
            name = named(f"not overtaken on {asked['evalset']}{end}")
            yield {"name": name, "kind": "overtaken", "baseline": baseline, **asked}
            kept = {key: held for key, held in spec.settings.items() if key not in ("name", "abort", "on_failure")}
            yield {"name": named(f"{spec.name}{end}"), "kind": spec.kind, **kept, "baseline": baseline, "on_failure": "report"}


def _keys(bench: Bench, evalset: str) -> list[Key]:
    """Return the graders whose marks are held to what was accepted: those that criteria read, else all there are."""
    outline, found = bench.design.evalsets[evalset], dict[Key, None]()
    for spec in bench.experiment.criteria:
        if spec.kind in COMPARED_KINDS and spec.settings["evalset"] == evalset:
            found[evalset, _grader(bench, evalset, spec.settings.get("grader"))] = None
    if found:
        return list(found)
    if outline.has_own and not outline.mixes_judges:
        return [(evalset, outline.only_grader)]
    return [(evalset, name) for name in bench.everywhere[evalset]]


def _grader(bench: Bench, evalset: str, named: str | None) -> str | None:
    return named or bench.design.evalsets[evalset].only_grader


def _own_record(bench: Bench, key: Key, before: str) -> dict[str, Any]:
    """Return the criterion that holds a system to its accepted answers: margins and slices are those that were registered."""
    evalset, grader = key
    rules = [
        spec.settings
        for spec in bench.experiment.criteria
        if spec.kind == "non_inferiority"
        and spec.settings["evalset"] == evalset
        and _grader(bench, evalset, spec.settings.get("grader")) == grader
    ]
    margins = [rule["margin"] for rule in rules if rule["margin"] > 0]
    slices = next((rule["slices"] for rule in rules if rule.get("slices")), None)
    judged = grader in bench.design.evalsets[evalset].judged
    return {
        "kind": "non_inferiority",
        "evalset": evalset,
        **({"grader": grader} if grader else {}),
        "baseline": before,
        "margin": min(margins, default=bench.experiment.rules.regression_margin),
        **({"slices": slices} if slices else {}),
        # Without people's labels on the new answers a judge's marks would hold every verdict back.
        **({"on_failure": "report"} if judged else {}),
    }


def _cautions(bench: Bench, accepted: Mapping[str, Any], derived: Bench) -> Iterator[str]:
    now = {system.name for system in derived.experiment.compared}
    for name, held in accepted["systems"].items():
        if held["role"] == "baseline" and name not in now:
            yield f"baseline {name} was accepted and is not in the experiment any more: its answers are kept and not compared"
    for system in bench.experiment.of_role("baseline"):
        if system.name not in accepted["systems"]:
            yield f"baseline {system.name} is new since the accepted run: whether it has moved is unknown"
    for evalset, outline in bench.design.evalsets.items():
        for grader in sorted(outline.judged & {key[1] for key in _keys(bench, evalset) if key[1]}):
            yield f"marks of judges ({grader} on {evalset}) decide nothing here: people have not labelled the new answers"
