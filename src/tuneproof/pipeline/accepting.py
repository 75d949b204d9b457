"""`tuneproof accept RUN`: the answers of a run become what later runs are compared with.

The run folder may be thrown away afterwards: answers, digests and levels are copied to `accepted/<experiment>/` beside the
experiment file, which belongs under version control.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.core.report import Dossier
from tuneproof.pipeline.again import look_again
from tuneproof.stages.regression import copies_of
from tuneproof.store.accepted import FOLDER, recorded, write_state
from tuneproof.store.rows import example_of
from tuneproof.store.run_folder import RunFolder

SHORT_DIGEST = 16
"""Hexadecimal characters of an example's digest, as in a lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What was accepted."""

    path: Path
    """The folder."""
    experiment: str
    """Name of the experiment."""
    run_id: str
    """The run."""
    released: str
    """The system that is released."""
    decision: str
    """What the run says of it."""
    answers: Mapping[str, int]
    """System to its answers that are kept."""
    cautions: tuple[str, ...]
    """What to know of it."""

    def to_json(self) -> dict[str, Any]:
        """Return it for machines."""
        held = {name: getattr(self, name) for name in ("experiment", "run_id", "released", "decision")}
        return {"accepted": str(self.path), **held, "answers": dict(self.answers), "cautions": list(self.cautions)}


@dataclass(slots=True)
class _Counts:
    """What the answers of a run are."""

    kept: Counter[str]
    """System to answers."""
    lost: Counter[str]
    """System to answers that no row can hold."""
    unasked: Counter[str]
    """System to questions that were not asked: the run ended early for it."""


def accept(folder: RunFolder, *, system: str | None = None, anyway: bool = False) -> Accepted:
    """Mark the state of a run as released.

    Args:
        folder: The run.
        system: The system that is released; None takes the one that the run recommends, or the only candidate.
        anyway: Accept it though the run is not GO for it, or did not ask everything.

    Raises:
        InputError: for runs without a verdict or on a part of the examples, an unknown system, and whatever needs `anyway`.
    """
    told = folder.read_json("manifest.json")
    if told["only"] is not None or not (folder.path / "verdict.json").is_file():
        raise _refused(folder, "has no verdict: it only collected", "a run to a verdict")
    if told["limit"] is not None:
        raise _refused(folder, f"used {told['limit']} examples of each evalset (--limit)", "a run on all examples")
    dossier, verdict = look_again(folder), folder.read_json("verdict.json")
    released = _released(folder, told, verdict, system)
    decision = _decision(verdict, released)
    counts = _counted(folder, told)
    why = f"is {decision} for {released}" if decision != "GO" else _unasked(counts.unasked, told, released)
    if why and not anyway:
        raise _refused(folder, why, "a run that is GO, on all examples", "accept it with --anyway")
    path = (folder.path / told["workspace"]).resolve() / FOLDER / told["experiment"]
    answers = (row for _, row in _rows(folder, told))
    write_state(path, answers, _manifest(folder, told, dossier, {"released": released, "decision": decision}))
    return Accepted(
        path=path,
        experiment=told["experiment"],
        run_id=folder.run_id,
        released=released,
        decision=decision,
        answers=dict(counts.kept),
        cautions=tuple(_cautions(told, verdict, counts)),
    )


def _refused(folder: RunFolder, what: str, expected: str, hint: str = "") -> InputError:
    return InputError(Problem(where=str(folder.path), what=f"the run {what}", expected=expected, hint=hint))


def _released(folder: RunFolder, told: Mapping[str, Any], verdict: Mapping[str, Any], system: str | None) -> str:
    """Return the system that is released."""
    compared = [name for name, held in told["systems"].items() if name not in copies_of(told) and "completions" in held]
    if system is not None:
        if system in compared:
            return system
        what, expected = unknown_name("system", system, compared)
        raise InputError(Problem(where="--system", what=what, expected=expected))
    candidates = [held["candidate"] for held in verdict["verdicts"]]
    chosen: str | None = verdict["recommended"] or (candidates[0] if len(candidates) == 1 else None)
    if chosen is None:
        hint = "name it with --system: one of " + ", ".join(compared)
        raise _refused(folder, f"recommends none of {len(candidates)} candidates", "the system that is released", hint)
    return chosen


def _decision(verdict: Mapping[str, Any], released: str) -> str:
    """Return what a run says of one system: of a candidate its own verdict, of a baseline that of the run."""
    own = {held["candidate"]: held["decision"] for held in verdict["verdicts"]}
    return str(own.get(released, verdict["decision"]))


def _rows(folder: RunFolder, told: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Yield the answers of all systems on the holdout: as the run has them, and as they will be replayed."""
    holdout, copies = _holdout(told), copies_of(told)
    for raw in folder.rows("completions.jsonl"):
        if raw["evalset"] in holdout and raw["system"] not in copies:
            yield raw, recorded(raw)


def _holdout(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the evalsets that verdicts are about, as a manifest has them."""
    return {name: held for name, held in told["evalsets"].items() if held["role"] != "selection"}


def _counted(folder: RunFolder, told: Mapping[str, Any]) -> _Counts:
    counts = _Counts(Counter(), Counter(), Counter())
    for raw, row in _rows(folder, told):
        system, failure = raw["system"], raw["failure"]
        counts.kept[system] += "output" in row
        counts.lost[system] += "error" in row and failure is None
        counts.unasked[system] += failure is not None and failure["kind"] == "not_asked"
    return counts


def _unasked(unasked: Counter[str], told: Mapping[str, Any], released: str) -> str:
    """Return why a run is no full record of what is released; empty where it is."""
    needed = [released, *(name for name, held in told["systems"].items() if held["role"] == "baseline")]
    short = [f"{unasked[name]} questions of {name}" for name in needed if unasked[name]]
    return f"ended early and did not ask {' and '.join(short)}" if short else ""


def _manifest(folder: RunFolder, told: Mapping[str, Any], dossier: Dossier, chosen: Mapping[str, str]) -> dict[str, Any]:
    """Return what is to be known of the answers later, when the run folder is gone."""
    copies, examples = copies_of(told), _example_digests(folder, told)
    asked = {name: held for name, held in told["systems"].items() if name not in copies and "completions" in held}
    return {
        "run_id": folder.run_id,
        "created_at": told["created_at"],
        "accepted_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "experiment": told["experiment"],
        **chosen,
        "lock": told["lock"]["digest"],
        "alpha": told["alpha"],
        "seed": told["seed"],
        "tuneproof": told["tuneproof"],
        "methods": told["methods"],
        "graders": told["graders"],
        "systems": {name: _system(held, told) for name, held in asked.items()},
        "levels": [
            {
                "evalset": level.evalset,
                "grader": level.grader,
                "system": level.system,
                "value": level.value,
                "low": level.low,
                "high": level.high,
                "n": level.n,
            }
            for level in dossier.levels
            if level.slice is None and level.system not in copies
        ],
        "evalsets": {
            name: {"role": held["role"], "n": held["n"], "digest": held["digest"], "examples": examples[name]}
            for name, held in _holdout(told).items()
        },
    }


def _system(held: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a system was: how it was asked, and as what its server answered."""
    names = ("role", "provider", "model", "decoding", "repeats", "prompt_digest", "training", "completions", "missing")
    reported = {name: list(held.get(name, ())) for name in ("models_reported", "fingerprints")}
    return {**{name: held[name] for name in names}, **reported, "endpoint": told["providers"][held["provider"]]}


def _example_digests(folder: RunFolder, told: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return evalset to example id to the digest of what the example asks and expects."""
    found: dict[str, dict[str, str]] = {name: {} for name in _holdout(told)}
    for row in folder.rows("examples.jsonl"):
        if row["evalset"] in found:
            found[row["evalset"]][row["id"]] = example_of(row).content_digest()[:SHORT_DIGEST]
    return found


def _cautions(told: Mapping[str, Any], verdict: Mapping[str, Any], counts: _Counts) -> Iterator[str]:
    if verdict["stamp"]:
        yield f"the run is stamped {verdict['stamp']}: {verdict['stamp_because']}"
    if "regression" in told:
        since = told["regression"]["accepted"]["run_id"]
        yield f"the margin counts anew from here: what was lost since run {since} is no longer seen by `tuneproof regress`"
    for name, count in counts.lost.items():
        if count:
            yield f"{count} answers of {name} hold what no file of answers can keep, and are missing from now on"
