"""What a regression run adds to its dossier, read from its folder: movements, identities, history, and what it comes to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from tuneproof.core.errors import InputError
from tuneproof.core.movement import History, HistoryPoint, Movement, Noise, Regression
from tuneproof.core.report import Level
from tuneproof.core.verdict import Decision, Judgement, estimate_json
from tuneproof.pipeline.bench import Bench
from tuneproof.stages.movement import Pair, Texts, changed_texts, ground_of, movements
from tuneproof.stages.regression import copies_of, identities, other_texts, sentence
from tuneproof.stages.survey import OWN
from tuneproof.stages.tabulate import Tables
from tuneproof.store.rows import replies_of
from tuneproof.store.run_folder import RunFolder

FILE = "regression.json"
"""Of a run folder: what later runs show of it, and programs read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A run as far as its dossier is made."""

    bench: Bench
    """Its experiment."""
    tables: Tables
    """Its scores."""
    folder: RunFolder
    """Its folder."""
    levels: tuple[Level, ...]
    """Each system's mean."""
    noise: tuple[Noise, ...] = ()
    """Systems against themselves, where they were asked twice."""


def regression_of(measured: Measured, told: Mapping[str, Any], judgement: Judgement | None) -> Regression | None:
    """Return what moved since the accepted run; None where the run is no regression run, or came to no verdict.

    Args:
        measured: The run.
        told: Its manifest.
        judgement: Its verdict.
    """
    if "regression" not in told or judgement is None or not judgement.verdicts:
        return None
    facts, bench = told["regression"], measured.bench
    pairs = [cast("Pair", tuple(pair)) for pair in facts["pairs"]]
    texts = Texts()
    for reply in replies_of(measured.folder, bench.evalsets):
        texts.add(reply)
    ground = ground_of(measured.tables, bench.evalsets, bench.corpus, alpha=bench.experiment.alpha, seed=bench.experiment.seed)
    moved = movements(pairs, ground, changed_texts(texts, texts, pairs))
    return Regression(
        accepted_run=facts["accepted"]["run_id"],
        accepted_at=facts["accepted"]["accepted_at"],
        movements=moved,
        noise=measured.noise,
        identities=_identities(told, moved, measured.noise),
        history=_history(measured, told, judgement),
        sentence=sentence(judgement.verdicts[0], moved),
    )


def _identities(told: Mapping[str, Any], moved: Iterable[Movement], noise: Iterable[Noise]) -> dict[str, tuple[str, ...]]:
    """Return what is told of who answers, and what the answers tell of it."""
    texts = other_texts(moved, noise)
    return {name: (*lines, texts[name]) if name in texts else lines for name, lines in identities(told).items()}


def regression_json(regression: Regression, levels: Iterable[Level], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return regression.json."""
    return {
        "accepted_run": regression.accepted_run,
        "accepted_at": regression.accepted_at,
        "sentence": regression.sentence,
        "movements": [_movement_json(held) for held in regression.movements],
        "noise": [{**_movement_json(held.movement), "n": held.n, "flip_share": held.flip_share} for held in regression.noise],
        "identities": {name: list(lines) for name, lines in regression.identities.items()},
        "history": [asdict(held) for held in regression.history],
        "levels": [_level_json(level) for level in levels if level.slice is None and level.system not in copies_of(told)],
    }


def _movement_json(held: Movement) -> dict[str, Any]:
    names = ("system", "evalset", "slice", "grader", "before", "after", "n_better", "n_worse", "n_changed_texts", "has_moved")
    lists = {"worse": list(held.worse), "better": list(held.better)}
    return {**{name: getattr(held, name) for name in names}, **lists, "estimate": estimate_json(held.estimate)}


def _level_json(level: Level) -> dict[str, Any]:
    return {name: getattr(level, name) for name in ("evalset", "grader", "system", "value", "low", "high", "n")}


# -- history -----------------------------------------------------------------------------------------------------------------

At = tuple[str, str, str]
"""System, evalset, grader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """One state of all systems."""

    run_id: str
    at: str
    decision: Decision | None
    is_accepted: bool
    levels: list[Mapping[str, Any]]

    def points(self) -> Iterator[tuple[At, HistoryPoint]]:
        for held in self.levels:
            low, high = held["low"], held["high"]
            point = HistoryPoint(
                run_id=self.run_id,
                at=self.at,
                value=held["value"],
                low=0.0 if low is None else low,  # what is not known may be anything
                high=1.0 if high is None else high,
                decision=self.decision,
                is_accepted=self.is_accepted,
            )
            yield (held["system"], held["evalset"], held["grader"]), point


def _history(measured: Measured, told: Mapping[str, Any], judgement: Judgement) -> tuple[History, ...]:
    """Return each present system over the accepted states and the regression runs up to this one, oldest first."""
    copies, since = copies_of(told), told["regression"]["since"]
    now = _Moment(
        run_id=measured.folder.run_id,
        at=told["created_at"],
        decision=judgement.decision,
        is_accepted=False,
        levels=[_level_json(level) for level in measured.levels if level.slice is None and level.system not in copies],
    )
    moments = [*_accepted(told["regression"]), *_runs_before(measured.folder)]
    moments = sorted((held for held in moments if since <= held.at), key=lambda held: (held.at, not held.is_accepted))
    found: dict[At, list[HistoryPoint]] = {at: [] for at, _ in now.points()}
    for moment in [*moments, now]:
        for at, point in moment.points():
            if at in found:
                found[at].append(point)
    return tuple(
        History(system=system, evalset=evalset, grader=None if grader == OWN else grader, points=tuple(points))
        for (system, evalset, grader), points in found.items()
    )


def _accepted(facts: Mapping[str, Any]) -> Iterator[_Moment]:
    for held in (*facts["earlier"], facts["accepted"]):
        yield _Moment(
            run_id=held["run_id"],
            at=held["accepted_at"],
            decision=held["decision"],
            is_accepted=True,
            levels=held["levels"],
        )


def _runs_before(folder: RunFolder) -> Iterator[_Moment]:
    """Yield the regression runs before this one that are still there."""
    for path in sorted(folder.path.parent.glob(f"*/{FILE}")):
        run = RunFolder(path.parent)
        if path.parent.is_symlink() or path.parent.name.startswith(".") or run.run_id >= folder.run_id:
            continue
        try:
            told, verdict, held = (run.read_json(name) for name in ("manifest.json", "verdict.json", FILE))
            yield _Moment(
                run_id=run.run_id,
                at=told["created_at"],
                decision=verdict["decision"],
                is_accepted=False,
                levels=held["levels"],
            )
        except (InputError, KeyError, TypeError):
            continue  # a run that is damaged is no part of the picture; `show` says what is wrong with it
