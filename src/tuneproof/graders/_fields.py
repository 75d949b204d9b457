"""JSON values compared leaf by leaf."""

from typing import Any

Path = tuple[str | int, ...]
"""Keys and places from the root to a value."""


def overlap(answer: Any, wanted: Any) -> tuple[int, int, int]:
    """Return how many leaves two JSON values share, and how many only the one or the other has.

    A leaf is a text, number, boolean or null, or an empty object or list, with its path: a wrong value at the right place is
    missing from the one and surplus in the other. Lists are compared place by place.

    Returns:
        True positives, false positives, false negatives.
    """
    given, right = _leaves(answer), _leaves(wanted)
    shared = sum(path in right and same(value, right[path]) for path, value in given.items())
    return shared, len(given) - shared, len(right) - shared


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: 1 is 1.0, but true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(left, right) for left, right in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    return type(one) is type(other) and bool(one == other)


def _leaves(value: Any) -> dict[Path, Any]:
    found: dict[Path, Any] = {}
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, dict) and item:
            waiting += [((*path, key), inner) for key, inner in item.items()]
        elif isinstance(item, list) and item:
            waiting += [((*path, place), inner) for place, inner in enumerate(item)]
        else:
            found[path] = item
    return found
