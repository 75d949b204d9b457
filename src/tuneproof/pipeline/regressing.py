"""`tuneproof regress EXPERIMENT`: after an update of a base model or a server, is what was accepted still as good?

Every system is asked again, and compared with its own accepted answers and with the others as they are now. The run lies among
the experiment's other runs; `show`, `grade`, `decide` and `report` work on it.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuneproof.core.errors import BudgetSpent, InputError, Problem, RunStopped
from tuneproof.core.model_card import ModelTeller
from tuneproof.core.verdict import LockState
from tuneproof.pipeline.accepting import SHORT_DIGEST
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.collecting import Display, Options, unseen
from tuneproof.pipeline.gate import check_lock
from tuneproof.pipeline.registration import state_of
from tuneproof.pipeline.regression_design import Comparison, comparison
from tuneproof.pipeline.sealing import check_open
from tuneproof.pipeline.walk import Occasion, Outcome, carry_out
from tuneproof.store.accepted import COMPLETIONS, FOLDER, earlier_states, read_state
from tuneproof.store.shelf import find_run

SHOWN_IDS = 5
"""Changed examples that a message names."""
KEPT = ("run_id", "created_at", "accepted_at", "released", "decision", "graders", "systems", "levels")
"""What a regression run keeps of the accepted manifest: enough to show it when the accepted state is another one."""
KEPT_EARLIER = ("run_id", "created_at", "accepted_at", "released", "decision", "levels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line may ask of a regression run."""

    accepted: Path | None = None
    """Folder of the accepted state; None for `accepted/<experiment>` beside the experiment file."""
    since: str | None = None
    """A date, or a run: from when on the history is shown; None for the accepted run."""
    max_calls: int | None = None
    """Requests that may be sent, retries included."""
    require_lock: bool = False
    """Refuse to run unless the experiment is as it was registered."""
    output_dir: Path | None = None
    """Reports folder; None for `reports` beside the experiment file."""


def regress(path: Path, asked: Asked, display: Display = unseen) -> Outcome:
    """Ask every system again, and judge by what was accepted.

    Args:
        path: The experiment file.
        asked: What the command line asks.
        display: Shows progress.

    Raises:
        InputError: there is no accepted run, it is of another experiment or of other examples, or it was edited; runs are
            sealed; nothing was spent.
        RunStopped: the run could not be finished; what was paid for is kept, and the same command goes on from there.
    """
    bench = assemble(path)
    check_open(bench, "what `regress` shows: the marks that changed, example by example")
    folder = asked.accepted or bench.workspace.folder / FOLDER / bench.experiment.name
    accepted = read_state(folder)
    _check(accepted, bench, folder)
    answers = _from_here(folder / COMPLETIONS, bench)
    found = comparison(bench, accepted, answers)
    lock, changed = _lock_of(state_of(bench))
    if asked.require_lock:
        check_lock(lock, bench)
    facts = {
        "accepted": {name: accepted[name] for name in KEPT},
        "answers": answers,
        "earlier": [{name: held.get(name) for name in KEPT_EARLIER} for held in earlier_states(folder)],
        "pairs": [list(pair) for pair in found.pairs],
        "models": asyncio.run(_cards(found)),
        "since": _since(asked, bench) if asked.since else accepted["accepted_at"],
        "cautions": [*_clock(accepted), *changed, *found.cautions],
    }
    options = Options(fresh=True, max_calls=asked.max_calls, output_dir=asked.output_dir)
    with _told_what_is_left(answers, accepted["released"]):
        return carry_out(
            found.bench,
            options,
            display,
            Occasion(lock=lock, more={"regression": facts}, copies=found.copies),
        )


# -- what must fit -----------------------------------------------------------------------------------------------------------


def _check(accepted: Mapping[str, Any], bench: Bench, folder: Path) -> None:
    """Refuse an accepted state that is of something else."""
    if accepted["experiment"] != bench.experiment.name:
        what, expected = f"was accepted for experiment {accepted['experiment']!r}", f"one of {bench.experiment.name!r}"
        raise InputError(Problem(where=str(folder), what=what, expected=expected, hint="see --accepted"))
    problems = list(_evalset_problems(accepted["evalsets"], bench, folder))
    if problems:
        raise InputError(problems)


def _evalset_problems(accepted: Mapping[str, Any], bench: Bench, folder: Path) -> Iterator[Problem]:
    """Yield the evalsets that are not what was accepted: a mark on another question says nothing about a change."""
    hint = "run the experiment on the new examples, and accept that run"
    for name in accepted.keys() - bench.evalsets.keys():
        what = f"evalset {name!r} was accepted and is not in the experiment any more"
        yield Problem(where=bench.workspace.experiment_file, what=what, expected="the evalsets that were accepted", hint=hint)
    for name, evalset in bench.evalsets.items():
        if name not in accepted:
            what = f"evalset {name!r} has no accepted answers"
            yield Problem(where=str(folder), what=what, expected="the evalsets that were accepted", hint=hint)
            continue
        then = accepted[name]["examples"]
        digests = zip(evalset.examples, evalset.example_digests, strict=True)
        now = {example.id: held[:SHORT_DIGEST] for example, held in digests}
        if other := [one for one in dict.fromkeys((*then, *now)) if then.get(one) != now.get(one)]:
            more = f" and {len(other) - SHOWN_IDS} more" if len(other) > SHOWN_IDS else ""
            what = f"{len(other)} examples are not those that were accepted: {', '.join(other[:SHOWN_IDS])}{more}"
            yield Problem(where=evalset.path, what=what, expected="the same examples", hint=hint)


def _lock_of(lock: LockState) -> tuple[LockState, list[str]]:
    """Return the lock's state without what a regression run is about, which becomes cautions: the baselines' models.

    Their prompts, the criteria and the data are registered rules here as everywhere.
    """
    moved = [line for line in lock.changed if _is_a_model(line)]
    rest = tuple(line for line in lock.changed if not _is_a_model(line))
    cautions = [f"changed since the lock: {line}" for line in moved]
    return (replace(lock, status="changed" if rest else "locked", changed=rest) if moved else lock), cautions


def _is_a_model(line: str) -> bool:
    path = line.partition(": ")[0]
    return path.startswith("baselines.") and (path.endswith(".model") or ".provider" in path)


def _clock(accepted: Mapping[str, Any]) -> list[str]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if accepted["accepted_at"] <= now:
        return []
    return [f"the run was accepted at {accepted['accepted_at']}, and this machine's clock says {now}: one of the two is wrong"]


def _from_here(file: Path, bench: Bench) -> str:
    """Return a file as a path from the experiment file."""
    return Path(os.path.relpath(file.absolute(), bench.workspace.folder.absolute())).as_posix()


def _since(asked: Asked, bench: Bench) -> str:
    """Return the time from which on the history is shown, ISO 8601 UTC.

    Raises:
        InputError: for what is neither a date nor a run.
    """
    written = str(asked.since)
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        reports = asked.output_dir or bench.workspace.folder / "reports"
        try:
            return str(find_run(written, reports).read_json("manifest.json")["created_at"])
        except InputError as error:
            what, expected = error.problems[0].what, "a date such as 2026-11-28, or a run"
            raise InputError(Problem(where="--since", what=what, expected=expected)) from None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC).isoformat(timespec="seconds")


# -- servers -----------------------------------------------------------------------------------------------------------------


async def _cards(found: Comparison) -> dict[str, dict[str, str | None]]:
    """Return system to what its server tells of its model; systems of which nothing is told are left out."""
    bench = found.bench
    tellers = {name: provider for name, provider in bench.providers.items() if isinstance(provider, ModelTeller)}
    asked = [one for one in bench.experiment.compared if one.provider in tellers and one.name not in found.copies]
    cards = await asyncio.gather(*(tellers[system.provider].card(system.model) for system in asked))
    return {system.name: asdict(card) for system, card in zip(asked, cards, strict=True) if card is not None}


@contextmanager
def _told_what_is_left(answers: str, released: str) -> Iterator[None]:
    """Say of a model that is gone that its accepted answers are still there."""
    try:
        yield
    except BudgetSpent:
        raise
    except RunStopped as error:
        if "does not know model" not in str(error):
            raise
        left = f'kind = "replay", path = "{answers}" and the system\'s name ({released}, ...) as its model'
        raise RunStopped(f"{error}; if it is gone, its accepted answers still serve as a baseline: {left}") from error
