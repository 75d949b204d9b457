"""JSON as models write it, read strictly: what two readers could understand differently is not read at all."""

import json
import math
from typing import Any, NoReturn

from tuneproof.core.digest import canonical_json

MAX_DEPTH = 200
"""Levels of nesting; what is deeper is no answer to any question, and what comes after reading is recursive."""


class NotJson(ValueError):
    """The text is not JSON; the message says why in a few words."""


def parse(text: str) -> Any:
    """Return the value of a JSON text.

    Raises:
        NotJson: for anything else, and for what standard JSON has no one meaning for: NaN, infinities, repeated keys, lone
            surrogates, numbers too large to hold, bottomless nesting.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise NotJson(f"JSON nested deeper than {MAX_DEPTH} levels") from error
    except NotJson:
        raise
    except ValueError as error:  # Python reads no integer of more than 4,300 digits
        raise NotJson("JSON with a number of too many digits") from error
    _check(value)
    return value


def as_text(value: Any) -> str | None:
    """Return a JSON value as the text of an answer: texts as they are, null as nothing, all else as JSON."""
    return value if value is None or isinstance(value, str) else canonical_json(value)


def unfenced(text: str) -> str:
    """Return the content of the last complete ``` block of a text; the text itself where there is none."""
    found, opened = None, None
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if opened is None and line.lstrip().startswith("```"):
            opened = number + 1
        elif opened is not None and line.strip() == "```":
            found, opened = (opened, number), None
    return text if found is None else "".join(lines[found[0] : found[1]])


def pointer_problem(pointer: str) -> str | None:
    """Say why a text is no JSON pointer (RFC 6901); None where it is one."""
    if pointer and not pointer.startswith("/"):
        return f"{pointer!r} is no JSON pointer"
    if "~" in pointer.replace("~0", "").replace("~1", ""):
        return f"{pointer!r} is no JSON pointer: ~ stands only in ~0 and ~1"
    return None


def at_pointer(value: Any, pointer: str) -> Any:
    """Return what stands at a JSON pointer; None where nothing does."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdigit() and str(int(key[:9])) == key and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson(f"not JSON: {name}")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise NotJson("JSON with a number too large to hold")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        raise NotJson("JSON object with a repeated key")
    return held


def _check(value: Any) -> None:
    layer, depth = [value], 0
    while layer:
        if depth > MAX_DEPTH:
            raise NotJson(f"JSON nested deeper than {MAX_DEPTH} levels")
        inner: list[Any] = []
        for item in layer:
            if isinstance(item, str) and not item.isascii() and any("\ud800" <= char <= "\udfff" for char in item):
                raise NotJson("JSON with a lone surrogate")
            if isinstance(item, dict):
                inner += [*item, *item.values()]
            elif isinstance(item, list):
                inner += item
        layer, depth = inner, depth + 1
