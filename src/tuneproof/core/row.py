"""What a raw row of a data file means: one mapping in, one `Example` out, whatever container it came from.

| field of the row | read as |
| --- | --- |
| `id` | `Example.id`; a whole number becomes its text; left out: the line number |
| `input`, else `question`, else `prompt` | `inputs` |
| `messages` | sent as they are; a last message of the assistant is the expected answer instead |
| `expected`, else `ideal`, `answer`, `label`, `reference`, `target` | `expected` |
| `slice` and `slices`, `cluster`, `grader` | the same |
| `meta`, and every field not named or not used above | `meta` |

The first of several names wins, in the order shown, and the others go to `meta`: a multiple-choice row may well hold both an
`answer` and a `label`, and neither may be lost. `null` is "not given" everywhere; so is empty text for `slice`, `cluster` and
`grader`, because a CSV file cannot leave out a single cell.
"""

from collections.abc import Mapping
from sys import intern
from typing import Any

from tuneproof.core.errors import one_line
from tuneproof.core.example import Example, Message

INPUT_NAMES = ("input", "question", "prompt")
"""Names of the question, in the order in which they win."""
EXPECTED_NAMES = ("expected", "ideal", "answer", "label", "reference", "target")
"""Names of the right answer, in the order in which they win."""
NAMED_FIELDS = frozenset((*INPUT_NAMES, *EXPECTED_NAMES, "id", "messages", "slice", "slices", "cluster", "grader", "meta"))
"""Every field that is read for its meaning; all others are `meta`."""

NO_META: Mapping[str, Any] = {}
"""What all rows without other fields share."""
SHARED_TO = 64
"""Longest expected text, in characters, that may be a label and is worth sharing."""
MAX_DEPTH = 100
"""Levels of nesting in a row. No real row comes near; what digests, templates and writers do with a row is recursive."""


class RowError(ValueError):
    """A row that means nothing: what is wrong, and what was expected. The reader of the file adds where."""

    def __init__(self, what: str, expected: str = "") -> None:
        self.what = what
        self.expected = expected
        super().__init__(f"{what} ({expected})" if expected else what)


def example_from_row(row: Mapping[str, Any], line: int) -> Example:
    """Return the example that a row holds.

    Args:
        row: The row as its container gave it.
        line: Line of the data file where it starts, from 1.

    Raises:
        RowError: for a field of the wrong type, a row without a question, and text that cannot be sent or stored.
    """
    refuse_unfit(row)
    rest = dict(row)
    identity = _identity(rest.pop("id", None), line)
    inputs = _inputs(rest)
    messages, reply = _messages(rest.pop("messages", None))
    if inputs is None and messages is None:
        named = one_line(", ".join(map(str, row)), 80) or "none"
        raise RowError(f"the row holds no question, its fields: {named}", f"one of {', '.join(INPUT_NAMES)}, messages")
    expected = _first(rest, EXPECTED_NAMES)[1]
    return Example(
        id=identity,
        inputs=inputs,
        messages=messages,
        expected=_shared(reply if expected is None else expected),
        slices=_slices(rest),
        cluster=_text(rest, "cluster", numbers=True) or identity,
        grader=_text(rest, "grader"),
        meta=_meta(rest),
        line=line,
    )


def refuse_unfit(row: Mapping[str, Any]) -> None:
    """Refuse what JSON can hold and nothing after it can: NUL characters, lone surrogates, bottomless nesting.

    Raises:
        RowError: naming the top-level field.
    """
    for name, value in row.items():
        what = unfit(name) or unfit(value)
        if what:
            raise RowError(f"{name}: {what}" if name.isprintable() else what)


def unfit(value: object) -> str | None:
    """Say why a JSON value cannot be sent or stored; None where it can."""
    layer, depth = [value], 0
    while layer:
        if depth > MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH} levels"
        inner: list[object] = []
        for item in layer:
            if isinstance(item, str):
                what = _unfit_text(item)
                if what:
                    return what
            elif isinstance(item, Mapping):
                inner += item.keys()
                inner += item.values()
            elif isinstance(item, list | tuple):
                inner += item
        layer, depth = inner, depth + 1
    return None


def _unfit_text(text: str) -> str | None:
    if "\0" in text:
        return "NUL character in the text"
    # Nearly all text is ASCII, and asking that is free; only the rest needs the encoder to look.
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        return "lone surrogate in the text"
    return None


def shown(value: object) -> str:
    """Return a value as an error message shows it: on one line, and short even where the value is 10 MB of text."""
    text = repr(value)
    return one_line(text if len(text) <= 80 else f"{text[:60]} ... {text[-10:]}")


def _identity(value: object, line: int) -> str:
    if value is None:
        return str(line)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise RowError(f"id is {shown(value)}", "non-empty text or a whole number")
    return value


def _first(rest: dict[str, Any], names: tuple[str, ...]) -> tuple[str, Any]:
    """Take the first of `names` that is given out of `rest`, and its own name's null with it."""
    for name in names:
        if rest.get(name) is not None:
            return name, rest.pop(name)
    return names[0], None


def _inputs(rest: dict[str, Any]) -> str | Mapping[str, Any] | None:
    name, value = _first(rest, INPUT_NAMES)
    if value is None or isinstance(value, str | Mapping):
        return value
    raise RowError(f"{name} is {shown(value)}", "text or an object; chat messages stand under messages")


def _messages(value: object) -> tuple[tuple[Message, ...] | None, Any]:
    """Return the messages to send, and the content of the assistant's last one, which is never sent."""
    if value is None:
        return None, None
    if not isinstance(value, list) or not value:
        raise RowError(f"messages is {shown(value)}", "a list of at least one message")
    for place, message in enumerate(value):
        _check_message(message, f"messages[{place}]")
    if value[-1]["role"] != "assistant":
        return tuple(value), None
    if len(value) == 1:
        raise RowError("messages holds nothing but the assistant's answer", "a message to answer before it")
    return tuple(value[:-1]), value[-1].get("content")


def _check_message(message: object, where: str) -> None:
    if not isinstance(message, Mapping):
        raise RowError(f"{where} is {shown(message)}", "an object with role and content")
    role, content = message.get("role"), message.get("content")
    if not isinstance(role, str) or not role:
        raise RowError(f"{where}.role is {shown(role)}", "text such as system, user or assistant")
    if content is not None and not isinstance(content, str | list):
        raise RowError(f"{where}.content is {shown(content)}", "text, a list of parts, or null")


def _text(rest: dict[str, Any], name: str, *, numbers: bool = False) -> str | None:
    value = rest.pop(name, None)
    if numbers and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None or isinstance(value, str):
        return value or None
    raise RowError(f"{name} is {shown(value)}", "text or a whole number" if numbers else "text")


def _slices(rest: dict[str, Any]) -> tuple[str, ...]:
    one, several = _text(rest, "slice"), rest.pop("slices", None)
    if isinstance(several, str):
        several = [several] if several else []
    if several is None:
        several = []
    if not isinstance(several, list) or not all(isinstance(name, str) and name for name in several):
        raise RowError(f"slices is {shown(several)}", "a list of texts")
    return tuple(dict.fromkeys([*([one] if one else []), *several]))


def _shared(expected: Any) -> Any:
    """Return a text as the one object that all equal ones are: labels repeat, and there may be a hundred thousand rows."""
    return intern(expected) if type(expected) is str and len(expected) <= SHARED_TO else expected


def _meta(rest: dict[str, Any]) -> Mapping[str, Any]:
    """Return the fields that are left; the row's own `meta` wins over a field of the same name beside it."""
    own = rest.pop("meta", None)
    if own is not None and not isinstance(own, Mapping):
        raise RowError(f"meta is {shown(own)}", "an object")
    left = {name: value for name, value in rest.items() if not (name in NAMED_FIELDS and value is None)}
    return {**left, **(own or {})} or NO_META
