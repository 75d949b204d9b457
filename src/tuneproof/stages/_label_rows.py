"""What one row of a file of people's labels says: who chose what."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tuneproof.core.errors import Problem
from tuneproof.core.judging import Choice
from tuneproof.core.row import RowError, shown, unfit

WHOLE = re.compile(r"(-?[0-9]+)[.,]0+")
"""A whole number as tables write it that once held an empty cell."""
REPEAT = re.compile(r"([0-9]{1,9})(\.0+)?")
"""Which repeat."""
RATER = re.compile(r"[\s_.:/-]+(.*)|(\d.*)", re.DOTALL)
"""What follows the label column's name in the column of one rater."""


class Entry(NamedTuple):
    """One label as it stands in a row."""

    name: str
    """Where in the row: `human`, `human_ann`, `human[0]`, `human.ann`."""
    rater: str
    """Who labelled; empty where there is no name."""
    value: Any
    """What was chosen, as written."""


class Said(NamedTuple):
    """One label of a file, whatever it is about."""

    rater: str
    """Who labelled."""
    choice: str
    """Name of an entry of the menu."""
    where: str
    """`file:line`."""
    rank: int
    """Its place among all labels, so that raters keep the order in which they appear."""


def entries(row: Mapping[str, Any], column: str) -> Iterator[Entry]:
    """Yield the labels of a row, those not given included.

    Args:
        row: The row.
        column: Name of the label column: a choice, a list of them (raters 1, 2, ...) or an object (rater to choice). Columns
            that are named after it (`human_ann`, `human.ben`, `human 1`) are those of one rater each.

    Raises:
        RowError: for a rater that is no text.
    """
    for name, value in row.items():
        rater = _rater(name, column)
        if rater is None:
            continue
        if what := unfit(value):
            raise RowError(f"{name}: {what}")
        if name == column and value in ([], {}):
            yield Entry(name, "", None)
        elif name == column and isinstance(value, list):
            yield from (Entry(f"{name}[{place}]", str(place + 1), inner) for place, inner in enumerate(value))
        elif name == column and isinstance(value, Mapping):
            yield from (Entry(f"{name}.{who}", str(who).strip(), inner) for who, inner in value.items())
        else:
            yield Entry(name, rater or name_of(row, "rater") or "", value)


def _rater(name: str, column: str) -> str | None:
    """Return whose column this is; None where it is no column of labels."""
    if not name.startswith(column):
        return None
    rest = name[len(column) :]
    if not rest:
        return ""
    found = RATER.fullmatch(rest)
    return (found[1] or found[2] or "").strip() if found else None


class MenuNames:
    """The names of a menu, as people write them."""

    def __init__(self, menu: Iterable[Choice]) -> None:
        names = [choice.name for choice in menu]
        self._expected = f"one of {', '.join(names)}"
        self._known = {_folded(name): name for name in reversed(names)} | {name: name for name in names}

    def read(self, entry: Entry) -> str | None:
        """Return the choice that an entry names; None where it is empty.

        Raises:
            RowError: for what the menu does not hold.
        """
        value = entry.value
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        text = str(value) if isinstance(value, str | bool | int | float) else ""
        whole = WHOLE.fullmatch(text.strip())
        for written in (text, _folded(text), whole[1] if whole else ""):
            if written in self._known:
                return self._known[written]
        raise RowError(f"{entry.name} is {shown(value)}", self._expected)


def name_of(row: Mapping[str, Any], field: str) -> str | None:
    """Return a field that holds a name or an id; None where it is empty.

    Raises:
        RowError: for what is neither text nor a whole number.
    """
    value = row.get(field)
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise RowError(f"{field} is {shown(value)}", "text or a whole number")


def repeat_of(row: Mapping[str, Any]) -> int | None:
    """Return which repeat a row is about; None where it does not say.

    Raises:
        RowError: for what is no whole number from 0.
    """
    value = row.get("repeat")
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = REPEAT.fullmatch("" if isinstance(value, bool) else str(value).strip())
    if found:
        return int(found[1])
    raise RowError(f"repeat is {shown(value)}", "a whole number, 0 or more")


def second_labels(held: Iterable[Said], said: Said) -> Iterator[Problem]:
    """Yield a problem where the rater has labelled the same answer before."""
    for other in held:
        if other.rater == said.rater:
            first, second = sorted((other, said), key=lambda one: one.rank)
            who = f" by {shown(said.rater)}" if said.rater else ""
            what = f"a second label{who} for the same answer"
            yield Problem(where=second.where, what=what, expected=f"the first is at {first.where}")
            return


def _folded(name: str) -> str:
    return name.strip().casefold()
