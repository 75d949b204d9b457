"""What a reader must know of the exposure ledger: how often the holdout was shown, and what speaks against the record."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tuneproof.core.errors import Problem
from tuneproof.core.exposure import Exposure
from tuneproof.core.verdict import LockState

SHOWN_DAMAGE = 3
FUTURE = timedelta(days=1)
"""A date so far ahead is no time zone and no drift: a clock was wrong."""


def about_ledger(
    entries: Sequence[Exposure], mine: Sequence[Exposure], damage: Sequence[Problem], lock: LockState, number: int
) -> tuple[str, ...]:
    """Return cautions, the gravest first.

    Args:
        entries: The whole ledger.
        mine: The exposures of the run's holdout.
        damage: What is wrong with the file.
        lock: How the experiment stands to its lock.
        number: The run's own exposure.
    """
    return (
        *_damage(damage),
        *_shown_before([entry for entry in mine if entry.number < number]),
        *_other_holdouts(entries, mine),
        *_clocks(entries),
        *_locks(entries, mine, lock),
    )


def not_recorded(problem: Problem) -> str:
    """Say that a run cannot be added to the ledger."""
    return f"this run is not in the exposure ledger: {problem}"


def _damage(damage: Sequence[Problem]) -> Iterator[str]:
    for problem in damage[:SHOWN_DAMAGE]:
        yield f"exposure ledger changed after it was written: {problem}"
    if len(damage) > SHOWN_DAMAGE:
        yield f"exposure ledger: {len(damage) - SHOWN_DAMAGE} more lines are damaged"


def _shown_before(earlier: Sequence[Exposure]) -> Iterator[str]:
    """Say how often, and what it breaks: sealed runs are safe to go on from as long as none was GO and none was opened."""
    if not earlier:
        return
    times, first = _times(len({entry.number for entry in earlier})), earlier[0].at
    if any(entry.mode == "open" for entry in earlier):
        shown = f"results of new answers on this holdout were shown {times} before this run, first {first}"
        yield f"{shown}: what was tuned after that has seen it"
        return
    yield f"sealed verdicts of new answers on this holdout were given {times} before this run, first {first}"
    if gone := [entry for entry in earlier if entry.decision == "GO"]:
        covers = "the split of alpha covers work that goes on after another verdict"
        yield f"exposure {gone[0].number} of this holdout (run {gone[0].run_id}) was GO already: {covers}"


def _other_holdouts(entries: Sequence[Exposure], mine: Sequence[Exposure]) -> Iterator[str]:
    others = {(entry.evalsets, entry.number) for entry in entries} - {(entry.evalsets, entry.number) for entry in mine}
    if others:
        counted = f"{len(others)} exposures of other holdouts" if len(others) > 1 else "an exposure of another holdout"
        yield f"the ledger has {counted}, counted apart: examples that this one shares with it have been seen"


def _clocks(entries: Sequence[Exposure]) -> Iterator[str]:
    back = [(one, other) for one, other in pairwise(entries) if _time(other.at) < _time(one.at)]
    if back:
        one, other = back[0]
        yield f"exposure ledger: run {other.run_id} is dated {other.at}, before run {one.run_id} that it follows ({one.at})"
    ahead = [entry for entry in entries if _time(entry.at) > datetime.now(UTC) + FUTURE]
    if ahead:
        yield f"exposure ledger: run {ahead[0].run_id} is dated {ahead[0].at}, which is still to come: a clock is wrong"


def _locks(entries: Sequence[Exposure], mine: Sequence[Exposure], lock: LockState) -> Iterator[str]:
    under = [(_time(entry.locked_at), entry) for entry in entries if entry.locked_at]
    if lock.locked_at is None:
        if under:
            entry = under[-1][1]
            yield f"run {entry.run_id} was judged under the lock of {entry.locked_at}, and there is no lock now"
        return
    locked = _time(lock.locked_at)
    if mine and locked > _time(mine[0].at):
        shown = f"results on this holdout were first shown ({mine[0].at}, run {mine[0].run_id})"
        yield f"the lock of {lock.locked_at} was made after {shown}: its rules may have been set after they were seen"
    newer = [entry for time, entry in under if time > locked]
    if newer:
        held = f"the lock of {lock.locked_at} is older than that of {newer[-1].locked_at}"
        yield f"{held}, under which run {newer[-1].run_id} was judged: an earlier registration was put back"


def _time(text: str) -> datetime:
    """Return a time; one that cannot be read is the beginning of all times, as nothing is known of it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
