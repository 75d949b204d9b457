"""What differs between two documents, key by key: an experiment and its lock, or the experiments of two runs."""

import json
from collections.abc import Mapping
from typing import Any

SHOWN_WHOLE = 60
"""Characters of a value that is shown whole."""
BEFORE, AFTER = 15, 40
"""Characters that are shown before and after the place where two long values part."""


def differences(held: Any, now: Any, path: tuple[str, ...] = ()) -> list[str]:
    """Return one line for each key that differs: `systems.tuned.model: "a" -> "b"`.

    Args:
        held: The older document, as JSON values.
        now: The newer one.
        path: Where the two stand.
    """
    if path == ("candidates",) and held == {}:
        return []
    if isinstance(held, list) and isinstance(now, list) and len(held) == len(now):
        return differences(_numbered(held), _numbered(now), path)
    if isinstance(held, dict) and isinstance(now, dict):
        if path[:1] == ("evalsets",) and path[2:] == ("examples",):
            return _example_differences(held, now, ".".join(path))
        keys = dict.fromkeys((*held, *now))
        return [line for key in keys for line in differences(held.get(key), now.get(key), (*path, key))]
    return [] if held == now else [f"{'.'.join(path)}: {' -> '.join(_shown(held, now))}"]


def _numbered(items: list[Any]) -> dict[str, Any]:
    return {str(index): item for index, item in enumerate(items)}


def _example_differences(held: Mapping[str, str], now: Mapping[str, str], where: str) -> list[str]:
    touched = [name for name in dict.fromkeys((*held, *now)) if held.get(name) != now.get(name)]
    shown = ", ".join(touched[:5]) + (f" and {len(touched) - 5} more" if len(touched) > 5 else "")
    return [f"{where}: {len(touched)} examples differ ({shown})"] if touched else []


def _shown(held: Any, now: Any) -> tuple[str, str]:
    """Return two values as JSON, long ones cut to where they part: two prompts often begin and end alike."""
    old, new = (json.dumps(value, ensure_ascii=False, sort_keys=True) for value in (held, now))
    same = next(
        (place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new))
    )
    return _cut(old, same), _cut(new, same)


def _cut(text: str, place: int) -> str:
    if len(text) <= SHOWN_WHOLE:
        return text
    start, end = max(0, place - BEFORE), place + AFTER
    return "..." * (start > 0) + text[start:end] + "..." * (end < len(text))
