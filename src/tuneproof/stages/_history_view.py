"""The history of regression runs as the page shows it: small multiples, one a system and evalset, on one scale an evalset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuneproof.core.movement import History, HistoryPoint
from tuneproof.core.verdict import Decision
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._decision import SIGNS, TONES
from tuneproof.stages._figures import Scale
from tuneproof.stages._findings import place
from tuneproof.stages._plot import Frame, Line, Plot, Point, level_scale
from tuneproof.stages._tables import Table
from tuneproof.stages._user_text import short

_MOST_RUNS = 24
"""More points than that touch in a small picture; the accepted run is always among those shown."""
_DAY = 10
"""Letters of a date in a time: what stands below a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiple:
    """One system over time on one evalset."""

    system: str
    """Its name."""
    where: str
    """Evalset and grader."""
    plot: Plot
    """The picture."""
    last: str
    """The last value with its interval."""
    says: str
    """The picture in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """The runs since, and the accepted one."""

    multiples: tuple[Multiple, ...]
    """One a system and evalset, those of one evalset together."""
    table: Table
    """All numbers."""
    hidden: str
    """How many pictures are not shown; empty where all are."""
    hidden_runs: str
    """How many of the older runs are not drawn; empty where all are."""


def history_view(found: Sequence[History], allowance: Allowance) -> HistoryView | None:
    """Return the history; None where there is none."""
    by_evalset: dict[tuple[str, str | None], list[History]] = {}
    for one in found:
        if one.points:
            by_evalset.setdefault((one.evalset, one.grader), []).append(one)
    drawn = [one for group in by_evalset.values() for one in _multiples(group)]
    if not drawn:
        return None
    dropped = max(len(one.points) for one in found) - _MOST_RUNS
    return HistoryView(
        multiples=allowance.some(drawn),
        table=_table(found, allowance),
        hidden=allowance.hidden(drawn),
        hidden_runs=numerals.whole(dropped) if dropped > 0 else "",
    )


def _multiples(group: Sequence[History]) -> list[Multiple]:
    """Return the pictures of one evalset: their scale is shared, so that systems can be compared by eye."""
    shown = {id(one): _recent(one.points) for one in group}
    scale = level_scale([_point(at, held) for points in shown.values() for at, held in enumerate(points)])
    return [_multiple(one, shown[id(one)], scale) for one in group]


def _recent(points: Sequence[HistoryPoint]) -> tuple[HistoryPoint, ...]:
    """Return the last runs, and the accepted one before them where it is older."""
    if len(points) <= _MOST_RUNS:
        return tuple(points)
    recent = points[-_MOST_RUNS:]
    accepted = [point for point in points[:-_MOST_RUNS] if point.is_accepted]
    return (accepted[-1], *recent[1:]) if accepted else tuple(recent)


def _multiple(one: History, points: Sequence[HistoryPoint], scale: Scale) -> Multiple:
    # Runs stand evenly: those of one afternoon would lie on each other if time were drawn to scale.
    across = Scale(low=-0.5, high=len(points) - 0.5, is_signed=False)
    drawn = [_point(at, held) for at, held in enumerate(points)]
    accepted = [point.value for point in points if point.is_accepted and point.value is not None]
    lines = [Line(value=value, label="", kind="reference") for value in accepted]
    labels: Mapping[float, str] = {0: short(points[0].at[:_DAY]), len(points) - 1: short(points[-1].at[:_DAY])}
    return Multiple(
        system=short(one.system),
        where=place(one.evalset, None, one.grader),
        plot=Frame(x=across, y=scale).draw(drawn, lines, [labels]),
        last=_level(points[-1]),
        says="; ".join(_in_words(point) for point in points),
    )


def _point(at: int, held: HistoryPoint) -> Point:
    tone = TONES[held.decision] if held.decision else "none"
    return Point(x=at, value=held.value, low=held.low, high=held.high, tone=tone, is_marked=held.is_accepted)


def _in_words(held: HistoryPoint) -> str:
    accepted = " (accepted)" if held.is_accepted else ""
    return f"{short(held.at[:_DAY])}{accepted} {_level(held)}, {held.decision or 'no verdict'}"


def _level(held: HistoryPoint) -> str:
    return f"{numerals.score(held.value)} ({numerals.score(held.low)} to {numerals.score(held.high)})"


def _table(found: Sequence[History], allowance: Allowance) -> Table:
    """Return one row a run, newest first, and one column a system and evalset."""
    columns = [f"{short(one.system, 40)}, {place(one.evalset, None, one.grader)}" for one in found]
    runs: dict[str, HistoryPoint] = {}
    cells: dict[tuple[str, int], str] = {}
    for column, one in enumerate(found):
        for point in one.points:
            runs.setdefault(point.run_id, point)
            cells[point.run_id, column] = _level(point)
    newest = sorted(runs.values(), key=lambda point: point.at, reverse=True)
    rows = [
        (short(run.run_id), short(run.at, 25), _said(run.decision, run.is_accepted), *_cells(run.run_id, cells, len(columns)))
        for run in allowance.some(newest)
    ]
    titles = ("run", "when", "verdict", *columns)
    return Table(caption="Runs, newest first", columns=titles, rows=tuple(rows), hidden=allowance.hidden(newest))


def _cells(run: str, cells: Mapping[tuple[str, int], str], n: int) -> tuple[str, ...]:
    return tuple(cells.get((run, column), "not measured") for column in range(n))


def _said(decision: Decision | None, is_accepted: bool) -> str:
    said = f"{SIGNS[decision]} {decision}" if decision else "no verdict"
    return f"{said}, accepted" if is_accepted else said
