"""`tuneproof compare`: two runs side by side, example by example, from their folders alone. It decides nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.core.example import Evalset
from tuneproof.core.movement import Movement
from tuneproof.core.score import Score
from tuneproof.core.verdict import Decision, estimate_json
from tuneproof.pipeline.common_ground import Common, common_examples, common_ground
from tuneproof.pipeline.finding_changes import FindingChange, finding_changes
from tuneproof.pipeline.kept_run import KeptRun, open_kept
from tuneproof.pipeline.run_changes import Change, changes
from tuneproof.stages.movement import Pair, Texts, changed_texts, ground_of, movements, side
from tuneproof.stages.tabulate import Tables, tabulate
from tuneproof.store.run_folder import RunFolder

ROW_THEN, ROW_NOW = "1 ", "2 "
"""Begin the names of the rows that hold the first and the second run's marks of a system."""
SHOWN_REASONS = 3
"""Reasons for a refusal that stand in its one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Which run is compared."""

    run_id: str
    """Its id."""
    experiment: str
    """Name of its experiment."""
    created_at: str
    """When it began, ISO 8601 UTC."""
    decision: Decision | None
    """What it came to; None where it only collected."""
    recommended: str | None
    """The candidate it recommends."""
    stamp: str | None
    """`EXPLORATORY`, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs side by side."""

    before: RunFacts
    """The first run."""
    after: RunFacts
    """The second run."""
    pairs: tuple[Pair, ...]
    """(as shown, name in the first run, name in the second) of the systems that are compared."""
    n_common: Mapping[str, int]
    """Evalset to the number of examples that are the same in both runs."""
    left_out: tuple[str, ...]
    """What is not compared, counted, with why."""
    cautions: tuple[str, ...]
    """What may make a difference and cannot be seen."""
    changes: tuple[Change, ...]
    """What is not the same in both runs."""
    movements: tuple[Movement, ...]
    """By system, evalset, grader and slice (None first)."""
    findings: tuple[FindingChange, ...]
    """In the second run's order, then those that only the first run has."""

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing at all differs."""
        moved = any(held.n_better or held.n_worse or held.n_changed_texts for held in self.movements)
        others = self.changes or self.left_out or self.before.decision != self.after.decision
        return not (moved or others or any(held.is_changed for held in self.findings))

    def to_json(self) -> dict[str, Any]:
        """Return it as `compare --json` prints it."""
        return {
            "before": _slots(self.before),
            "after": _slots(self.after),
            "unchanged": self.is_unchanged,
            "systems": [{"shown": shown, "before": then, "after": now} for shown, then, now in self.pairs],
            "n_common": dict(self.n_common),
            "left_out": list(self.left_out),
            "cautions": list(self.cautions),
            "changes": [_slots(held) for held in self.changes],
            "movements": [movement_json(held) for held in self.movements],
            "findings": [{**_slots(held), "changed": held.is_changed} for held in self.findings],
        }


def movement_json(held: Movement) -> dict[str, Any]:
    """Return a movement as JSON."""
    told = {**_slots(held), "estimate": estimate_json(held.estimate), "moved": held.has_moved}
    return {**told, "worse": list(held.worse), "better": list(held.better)}


def _slots(held: Any) -> dict[str, Any]:
    return {name: getattr(held, name) for name in held.__slots__}


def compare(first: RunFolder, second: RunFolder, renamed: Sequence[tuple[str, str]] = ()) -> Comparison:
    """Lay a second run beside a first one.

    Args:
        first: The first run.
        second: The second run.
        renamed: (name in the first run, name in the second) of systems that are to be compared under different names.

    Raises:
        InputError: when a run is damaged, and when the two have nothing that can be compared.
    """
    before, after = open_kept(first), open_kept(second)
    where = f"{before.run_id} and {after.run_id}"
    pairs = _pairs(before, after, renamed, where)
    evalsets, missing = common_examples(before, after)
    if not evalsets:
        what, expected = "have no example in common", "runs on the same evalsets"
        raise InputError(Problem(where=where, what=what, expected=expected, hint=_first(missing)))
    changed = _changed(before, after, pairs, evalsets)
    common = common_ground(before, after, evalsets, changed)
    if not common.graders:
        what, expected = "have no grader in common", "marks that mean the same in both"
        raise InputError(Problem(where=where, what=what, expected=expected, hint=_first(common.left_out)))
    experiment = after.bench.experiment
    if common.evalsets != evalsets:
        changed = _changed(before, after, pairs, common.evalsets)
    ground = ground_of(
        _tables(before, after, pairs, common), common.evalsets, after.bench.corpus, alpha=experiment.alpha, seed=experiment.seed
    )
    rows: list[Pair] = [(shown, ROW_THEN + then, ROW_NOW + now) for shown, then, now in pairs]
    return Comparison(
        before=_facts(before),
        after=_facts(after),
        pairs=pairs,
        n_common={name: len(held.examples) for name, held in common.evalsets.items()},
        left_out=(*_unpaired(before, after, pairs), *missing, *common.left_out),
        cautions=(*common.cautions, *_cautions(before, after)),
        changes=changes(before, after, pairs),
        movements=movements(rows, ground, changed),
        findings=tuple(finding_changes(before, after, pairs)),
    )


# -- which systems -----------------------------------------------------------------------------------------------------------


def _pairs(before: KeptRun, after: KeptRun, renamed: Sequence[tuple[str, str]], where: str) -> tuple[Pair, ...]:
    """Return the systems that are compared: those of one name, and those that the caller pairs."""
    _check_names(before, after, renamed)
    taken = {name for names in renamed for name in names}
    same = [name for name in before.systems if name in after.systems and name not in taken]
    pairs = [(name, name, name) for name in same]
    pairs += [(then if then == now else f"{then} -> {now}", then, now) for then, now in dict.fromkeys(renamed)]
    if not pairs:
        names = f"{', '.join(before.systems)} and {', '.join(after.systems)}"
        what, hint = "have no system in common", "name those that belong together with --pair A_NAME=B_NAME"
        raise InputError(Problem(where=where, what=what, expected=f"one name in both; there are {names}", hint=hint))
    return tuple(pairs)


def _check_names(before: KeptRun, after: KeptRun, renamed: Sequence[tuple[str, str]]) -> None:
    problems = []
    for names in renamed:
        for name, run in zip(names, (before, after), strict=True):
            if name not in run.systems:
                what, expected = unknown_name("system", name, run.systems)
                problems.append(Problem(where=f"--pair {'='.join(names)}: {run.run_id}", what=what, expected=expected))
    if problems:
        raise InputError(problems)


def _unpaired(before: KeptRun, after: KeptRun, pairs: Sequence[Pair]) -> Iterator[str]:
    for run, which, place in ((before, "first", 1), (after, "second", 2)):
        paired = {pair[place] for pair in pairs}
        for name in run.systems:
            if name not in paired:
                yield f"system {name} of the {which} run: all its answers, because it has no counterpart"


# -- marks and answers -------------------------------------------------------------------------------------------------------


def _changed(
    before: KeptRun, after: KeptRun, pairs: Sequence[Pair], evalsets: Mapping[str, Evalset]
) -> dict[tuple[str, str], int]:
    """Count the examples whose answers are other texts, hashes of answers being all that is held."""
    kept = {name: {example.id for example in held.examples} for name, held in evalsets.items()}
    then, now = Texts(), Texts()
    for run, texts in ((before, then), (after, now)):
        for reply in run.replies():
            if reply.example.id in kept.get(reply.evalset, ()):
                texts.add(reply)
    return changed_texts(then, now, pairs)


def _tables(before: KeptRun, after: KeptRun, pairs: Sequence[Pair], common: Common) -> Tables:
    """Lay the marks of both runs into one table, as far as they mean the same."""
    sides = [
        side(run.scores(), {pair[place]: row + pair[place] for pair in pairs}, common.kept)
        for run, place, row in ((before, 1, ROW_THEN), (after, 2, ROW_NOW))
    ]
    repeats = {ROW_THEN + then: before.bench.repeats[then] for _, then, _ in pairs}
    repeats |= {ROW_NOW + now: after.bench.repeats[now] for _, _, now in pairs}
    return tabulate(_alike(chain(*sides), common), common.evalsets, repeats)


def _alike(scores: Iterable[Score], common: Common) -> Iterator[Score]:
    for score in scores:
        if (score.evalset, score.grader) in common.graders:
            yield replace(score, own=score.own and score.evalset in common.own)


# -- verdicts ----------------------------------------------------------------------------------------------------------------


def _facts(run: KeptRun) -> RunFacts:
    verdict = run.verdict or {}
    return RunFacts(
        run_id=run.run_id,
        experiment=run.bench.experiment.name,
        created_at=run.told["created_at"],
        decision=verdict.get("decision"),
        recommended=verdict.get("recommended"),
        stamp=verdict.get("stamp"),
    )


def _cautions(before: KeptRun, after: KeptRun) -> Iterator[str]:
    versions = [run.told.get("tuneproof") for run in (before, after)]
    if versions[0] != versions[1]:
        yield f"tuneproof {versions[0]} marked the first run and {versions[1]} the second: `tuneproof grade` marks a run anew"
    for run in (before, after):
        if run.verdict is None:
            yield f"{run.run_id} only collected and has no verdict"


def _first(reasons: Sequence[str]) -> str:
    more = f"; and {len(reasons) - SHOWN_REASONS} more" if len(reasons) > SHOWN_REASONS else ""
    return "; ".join(reasons[:SHOWN_REASONS]) + more
