"""What one row of recorded outputs says: whose question it answers, and the answer."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from tuneproof.core.completion import Order
from tuneproof.core.digest import canonical_json
from tuneproof.core.errors import one_line
from tuneproof.core.row import RowError, shown, unfit

VERDICTS: Mapping[Order, str] = {"given": "verdict", "swapped": "verdict_swapped"}
"""Order of two answers to the field that holds the choice in that order, in the words of the given order."""


class Key(NamedTuple):
    """Which question a recorded answer belongs to."""

    system: str | None
    """The model that it was recorded for; None answers for all."""
    evalset: str | None
    """The evalset that it belongs to; None belongs to every evalset that has the id."""
    id: str
    """Id of the example."""
    repeat: int
    """Which repeat, from 0."""


class JudgmentKey(NamedTuple):
    """Which question of a judge a recorded reply belongs to."""

    system: str | None
    """The judge's model; None answers for all."""
    answer_of: str | None
    """The system whose answer was judged; None is any."""
    grader: str | None
    """The grader that asked; None is any."""
    evalset: str | None
    """The evalset that it belongs to; None belongs to every evalset that has the id."""
    id: str
    """Id of the example."""
    repeat: int
    """Which repeat of the judged answer, from 0."""
    order: Order
    """In which order two answers were shown."""


class Row(NamedTuple):
    """One recorded answer: 200,000 of them are held at once, so it is a tuple and not a `Completion`."""

    file: int
    """Place of its file in `path`."""
    line: int
    """Line of that file."""
    text: str | None
    """The answer; None where there is none."""
    error: str | None
    """Why there is no answer."""
    latency_s: float | None
    """Seconds, as recorded."""
    input_tokens: int | None
    """As recorded."""
    output_tokens: int | None
    """As recorded."""
    model: str | None
    """Model id, as recorded."""


class Spoken(NamedTuple):
    """One recorded reply of a judge."""

    row: Row
    """The reply."""
    is_mapped_back: bool
    """Whether it is a choice of the swapped order in the words of the given one: it is turned round before it is given."""


def label_of(raw: Mapping[str, Any], name: str) -> str | None:
    """Return a field that holds a name; None where it is empty.

    Raises:
        RowError: for what is no text.
    """
    value = raw.get(name)
    if value is None or isinstance(value, str):
        return value or None
    raise RowError(f"{name} is {shown(value)}", "text")


def is_judgment(raw: Mapping[str, Any], field: str) -> bool:
    """Tell whether a row can be nothing but a judge's: it names whose answer, an order, or a verdict and no output."""
    if raw.get("answer_of") or raw.get("order") in ("given", "swapped"):
        return True
    return field not in raw and not raw.get("error") and any(name in raw for name in VERDICTS.values())


def answer_of_row(place: tuple[int, int], raw: Mapping[str, Any], field: str, system: str | None) -> tuple[Key, Row]:
    """Return a row as the answer of a compared system.

    Args:
        place: Place of its file in `path`, and its line.
        raw: The row.
        field: Name of the field that holds the answer.
        system: Its `system`.

    Raises:
        RowError: for a row without an answer, and fields of the wrong type.
    """
    error = _error(raw.get("error"))
    if field not in raw and error is None:
        raise RowError(f"the row has neither {field} nor error", f"{field}: a text")
    key = Key(system, label_of(raw, "evalset"), _id(raw.get("id")), _count(raw, "repeat") or 0)
    text = None if error is not None else _text(raw[field], field)
    return key, _row(place, raw, text, error)


def judgments_of_row(
    place: tuple[int, int], raw: Mapping[str, Any], field: str, system: str | None
) -> list[tuple[JudgmentKey, Spoken]]:
    """Return what a row says as a judge's replies: one, or one for each order where it holds both verdicts.

    Args:
        place: Place of its file in `path`, and its line.
        raw: The row.
        field: Name of the field that holds the reply.
        system: Its `system`.

    Raises:
        RowError: for a row without a reply, and fields of the wrong type.
    """
    names = system, label_of(raw, "answer_of"), label_of(raw, "grader"), label_of(raw, "evalset")
    at = _id(raw.get("id")), _count(raw, "repeat") or 0
    error = _error(raw.get("error"))
    found: list[tuple[JudgmentKey, Spoken]] = []
    for order, reply, is_verdict in _replies(raw, field, has_error=error is not None):
        text = None if error is not None else _choice(reply, VERDICTS[order]) if is_verdict else _text(reply, field)
        why = "the recorded verdict is null" if is_verdict and text is None and error is None else error
        row = _row(place, raw, text, why)
        if found:  # what both orders took together stands with the first of them
            row = row._replace(latency_s=None, input_tokens=None, output_tokens=None)
        found.append((JudgmentKey(*names, *at, order), Spoken(row, is_verdict and order == "swapped")))
    return found


def _replies(raw: Mapping[str, Any], field: str, *, has_error: bool) -> list[tuple[Order, Any, bool]]:
    """Return (order, reply, whether it is a verdict) for each order that a row answers in."""
    order = _order(raw)
    verdicts = {shown_first: raw[name] for shown_first, name in VERDICTS.items() if name in raw}
    stated = [verdict for verdict in verdicts.values() if not _is_blank(verdict)]
    if order == "swapped" and stated:
        raise RowError("order is 'swapped' beside a verdict", "verdict and verdict_swapped without order, or an output")
    if not verdicts or not _is_blank(raw.get(field)):
        if field not in raw and not has_error:
            raise RowError(f"the row has none of {field}, verdict and error", f"{field}: a text, or verdict: a choice")
        found: list[tuple[Order, Any, bool]] = [(order or "given", raw.get(field), False)]
        swapped = verdicts.get("swapped")
        return found if order is not None or _is_blank(swapped) else [*found, ("swapped", swapped, True)]
    if order is not None:
        return [(order, verdicts.get(order), True)]
    return [(shown_first, verdict, True) for shown_first, verdict in verdicts.items()]


def _order(raw: Mapping[str, Any]) -> Order | None:
    value = raw.get("order")
    if _is_blank(value):
        return None
    if value in ("given", "swapped"):
        return cast("Order", value)
    raise RowError(f"order is {shown(value)}", "given or swapped")


def _is_blank(value: object) -> bool:
    return value is None or value == ""


def _row(place: tuple[int, int], raw: Mapping[str, Any], text: str | None, error: str | None) -> Row:
    tokens = _count(raw, "input_tokens"), _count(raw, "output_tokens")
    return Row(*place, text, error, _seconds(raw.get("latency_s")), *tokens, label_of(raw, "model"))


def _id(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise RowError("id is missing" if value is None else f"id is {shown(value)}", "non-empty text or a whole number")


def _text(output: Any, name: str) -> str | None:
    """Return an output as the text that is graded: JSON values as canonical JSON."""
    return output if output is None or isinstance(output, str) else _as_json(output, name)


def _choice(value: Any, name: str) -> str | None:
    """Return a verdict as the name of a choice; tables that once held an empty cell write 4 as 4.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if _is_blank(value) else _text(value, name)


def _as_json(value: Any, name: str) -> str:
    what = unfit(value)
    if what:
        raise RowError(f"{name}: {what}")
    return canonical_json(value)


def _error(value: Any) -> str | None:
    """Return the message of a recorded error; null, false and empty text are none."""
    if value is None or value is False or value == "":
        return None
    return one_line(value if isinstance(value, str) else _as_json(value, "error"))


def _count(raw: Mapping[str, Any], name: str) -> int | None:
    value = _cell(raw.get(name), int)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise RowError(f"{name} is {shown(value)}", "a whole number, 0 or more")


def _seconds(value: Any) -> float | None:
    value = _cell(value, float)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")):
        return value
    raise RowError(f"latency_s is {shown(value)}", "seconds, 0 or more")


def _cell(value: Any, kind: type[int] | type[float]) -> Any:
    """Return a number of a CSV cell as a number, and an empty cell as nothing; all else as it is."""
    if value == "":
        return None
    try:
        return kind(value) if isinstance(value, str) else value
    except ValueError:
        return value
