"""How much of a run one text may show: a pull request comment has a hard limit, and a page has readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Limits of one text; counts of what was left out are always shown."""

    rows: int
    """Rows of a table, findings of a candidate."""
    flips: int
    """Flips of one candidate against one baseline on one evalset."""
    text: int
    """Characters of a single question or answer."""

    def some(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Return as many rows as may be shown."""
        return tuple(rows[: self.rows])

    def hidden(self, rows: Sequence[object]) -> str:
        """Return how many rows are not shown; empty where all are."""
        return more(len(rows) - self.rows)


def more(count: int) -> str:
    """Return a count of what is not shown; empty where there is none."""
    return f"{count:,}" if count > 0 else ""
