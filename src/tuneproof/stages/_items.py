"""What people label: one answer, or the reference's and another, under a name that a changed answer does not have."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from tuneproof.core.completion import Reply
from tuneproof.core.digest import digest
from tuneproof.stages.consult import partner

ITEM = re.compile(r"i?([0-9a-f]{16})")
"""An item as sheets hold it. Without the letter a spreadsheet takes one of a thousand for a number, and rounds it."""


class Cell(NamedTuple):
    """One answer among those to an example."""

    system: str
    """Name of the system."""
    repeat: int
    """Which repeat, from 0."""


def shown_texts(group: Sequence[Reply], against: str | None) -> dict[Cell, tuple[str, ...]]:
    """Return what there is to label of one example: of pairs both texts in the given order, the reference's first.

    Args:
        group: All answers to the example.
        against: The system that pairs are formed with; None where one answer is looked at.

    Returns:
        Nothing for answers that did not come back, or whose partner did not.
    """
    found: dict[Cell, tuple[str, ...]] = {}
    for reply in group:
        if reply.system == against:
            continue
        shown = [reply.completion.text]
        if against is not None:
            other = partner(group, reply, against)
            shown.insert(0, None if other is None else other.text)
        texts = tuple(text for text in shown if text is not None)
        if len(texts) == len(shown):
            found[Cell(reply.system, reply.repeat)] = texts
    return found


def item_of(grader: str, example: tuple[str, str], cell: Cell, texts: Sequence[str]) -> str:
    """Return the name of what is labelled; the texts are part of it, so that a label never sticks to another answer.

    Args:
        grader: Name of the grader whose menu is used.
        example: Name of the evalset, and id of the example.
        cell: Whose answer it is.
        texts: What is shown, in the order in which it is shown.
    """
    return "i" + digest([grader, *example, *cell, list(texts)])[:16]


def bare_item(written: str) -> str | None:
    """Return an item as a file holds it in the form of `item_of`; None for what is none."""
    found = ITEM.fullmatch(written.strip().casefold())
    return f"i{found[1]}" if found else None
