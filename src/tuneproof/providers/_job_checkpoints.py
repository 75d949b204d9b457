"""The checkpoints of a fine-tuning job, in order and with their numbers, from what the provider lists.

A provider keeps only some: the official API the last three of a supervised training, and the best three of a reinforced one. So
the first in the list need not be the first of the training. Its number is told from the steps where they are even, or from the
number of epochs once the job is over; where neither tells, the numbers are the order in the list, and a caution says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuneproof.core.checkpoints import Checkpoint
from tuneproof.providers._checkpoint_numbers import even_numbers

KEPT = 3
"""Checkpoints that the official API keeps: as long as it lists fewer, none is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReply:
    """What a provider says of a job."""

    job: Mapping[str, Any]
    """The job."""
    rows: Sequence[Mapping[str, Any]]
    """Its checkpoints, as listed."""
    is_over: bool
    """Whether nothing more will come of it."""
    model: str | None
    """The finished model; None where there is none yet."""


def checkpoints_of(reply: JobReply, shown: str) -> tuple[tuple[Checkpoint, ...], tuple[str, ...]]:
    """Return a job's checkpoints in the order of training, and what the reader must know of them.

    Args:
        reply: What the provider says.
        shown: The job's id, as messages show it.
    """
    listed = _ordered(reply.rows)
    steps = [step for _, step in listed]
    numbers = _numbers(reply, steps)
    epochs = _setting(reply.job, "n_epochs")
    found = list(zip(listed, numbers or range(1, len(listed) + 1), strict=True))
    # The finished model is the last checkpoint. Where the last epoch is listed, it is there already, under another name.
    is_last = reply.is_over and reply.model is not None and all(model != reply.model for model, _ in listed)
    if is_last and not (listed and numbers and numbers[-1] == epochs):
        found.append(((reply.model, None), found[-1][1] + 1 if found else epochs or 1))
    checkpoints = [Checkpoint(number=number, model=model, step=step) for (model, step), number in found if model]
    return tuple(checkpoints), () if numbers is not None else (_caution(shown, steps),)


def _ordered(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str | None, int | None]]:
    """Return (model, step) of each checkpoint in the order of training; without steps, by the time of making."""
    held = {str(row.get("fine_tuned_model_checkpoint") or row.get("id")): row for row in rows}
    if all(_step(row) is not None for row in held.values()):
        ordered = sorted(held.values(), key=lambda row: (_step(row) or 0, _whole(row.get("created_at")) or 0))
    else:
        ordered = sorted(held.values(), key=lambda row: _whole(row.get("created_at")) or 0)
    return [(_text(row.get("fine_tuned_model_checkpoint")), _step(row)) for row in ordered]


def _numbers(reply: JobReply, steps: Sequence[int | None]) -> tuple[int, ...] | None:
    """Return the number of each checkpoint that is listed; None where earlier ones may be gone, and nothing tells how many."""
    known = [step for step in steps if step is not None]
    if len(known) == len(steps):
        every = _setting(reply.job, "eval_interval")
        if every and known and all(step % every == 0 for step in known):
            return tuple(step // every for step in known)
        even = None if _is_reinforced(reply.job) else even_numbers(known)
        if even is not None:
            return even
    if _is_reinforced(reply.job):
        return None if len(steps) >= KEPT else tuple(range(1, len(steps) + 1))
    epochs = _setting(reply.job, "n_epochs")
    if reply.is_over and reply.model is not None and epochs is not None:
        is_listed = bool(reply.rows) and any(row.get("fine_tuned_model_checkpoint") == reply.model for row in reply.rows)
        first = epochs - len(steps) + is_listed
        return tuple(range(first, first + len(steps))) if first >= 1 else None
    return None if len(steps) >= KEPT else tuple(range(1, len(steps) + 1))


def _caution(shown: str, steps: Sequence[int | None]) -> str:
    told = ", ".join("?" if step is None else str(step) for step in steps[:6]) + (", ..." if len(steps) > 6 else "")
    return (
        f"which checkpoint of job {shown} is which cannot be told from steps {told}: providers drop older ones, "
        f"so that the numbers are the order among those that are left"
    )


def _setting(job: Mapping[str, Any], name: str) -> int | None:
    """Return a hyperparameter, None where it is not there or `auto`."""
    method = job.get("method")
    inner = method.get(str(method.get("type"))) if isinstance(method, Mapping) else None
    tables = [inner.get("hyperparameters") if isinstance(inner, Mapping) else None, job.get("hyperparameters")]
    held = [_whole(table.get(name)) for table in tables if isinstance(table, Mapping)]
    return next((number for number in held if number is not None and number > 0), None)


def _is_reinforced(job: Mapping[str, Any]) -> bool:
    method = job.get("method")
    return isinstance(method, Mapping) and method.get("type") == "reinforcement"


def _step(row: Mapping[str, Any]) -> int | None:
    metrics = row.get("metrics")
    return _whole(row.get("step_number")) or _whole(metrics.get("step") if isinstance(metrics, Mapping) else None)


def _whole(held: object) -> int | None:
    """Return a whole number that is not negative, None for anything else."""
    if isinstance(held, bool) or not isinstance(held, int | float) or not 0 <= held < 2**53 or held != int(held):
        return None
    return int(held)


def _text(held: object) -> str | None:
    return held if isinstance(held, str) and held else None
