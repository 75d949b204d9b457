"""pydantic's messages in our words: `file: key.path: what is wrong, with the value (what was expected)`."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tuneproof.core.errors import Problem, one_line, unknown_name

EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
"""pydantic's error type to what was expected; types with a bound are worded from their context."""


def problems_of(error: ValidationError, file: str, prefix: str, model: type[BaseModel]) -> list[Problem]:
    """Return one problem for each place that pydantic found wrong.

    Args:
        error: What pydantic raised.
        file: The file as the user wrote it.
        prefix: Key path of the validated table in that file; empty for the whole file.
        model: The model that was validated, for the names of its keys.
    """
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False):
        key = key_path(prefix, _visible(detail["loc"]))
        found.setdefault(f"{key}{detail['type'] == 'extra_forbidden'}", _problem(detail, f"{file}: {key}", model))
    return list(found.values())


def key_path(prefix: str, location: Sequence[str | int]) -> str:
    """Return a TOML-like key path: `criteria[0].margin`."""
    path = prefix
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def shown(value: object) -> str:
    """Return a value as an error message shows it: on one line, cut to a readable length."""
    return one_line(repr(value), limit=80)


def _visible(location: Sequence[str | int]) -> list[str | int]:
    """Drop pydantic's names for the branches of a union, which the user never wrote."""
    return [part for part in location if isinstance(part, int) or not (part.endswith("]") or part in _BRANCHES)]


_BRANCHES = {"str", "int", "float", "bool", "InlineFile", "After", "Regex", "Json"}


def _problem(detail: ErrorDetails, where: str, model: type[BaseModel]) -> Problem:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        what, expected = unknown_name("key", name, _known_keys(model, detail["loc"][:-1]))
        return Problem(where=where, what=what, expected=expected)
    if kind == "missing":
        return Problem(where=where, what="missing", expected="this key is required")
    if kind == "value_error":
        return Problem(where=where, what=str(context.get("error", detail["msg"])))
    return Problem(where=where, what=f"{shown(detail['input'])} is not allowed", expected=_expected(kind, context, detail))


def _expected(kind: str, context: Mapping[str, Any], detail: ErrorDetails) -> str:
    if kind in EXPECTED:
        return EXPECTED[kind]
    bounds = {"greater_than": "gt", "greater_than_equal": "ge", "less_than": "lt", "less_than_equal": "le"}
    if kind in bounds:
        words = kind.replace("_equal", " or equal to").replace("_", " ")
        return f"a number {words} {context[bounds[kind]]:g}"
    if kind in ("literal_error", "enum"):
        return f"one of {context['expected']}"
    if kind == "string_pattern_mismatch":
        return f"text that matches {context['pattern']}"
    return detail["msg"][:1].lower() + detail["msg"][1:]


def _known_keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """Return the keys of the model that stands at `location` below `model`."""
    current: Any = model
    for part in location:
        if isinstance(part, str) and isinstance(current, type) and issubclass(current, BaseModel):
            field = next((f for n, f in current.model_fields.items() if part in (n, f.alias)), None)
            current = field.annotation if field else current
        current = _inner_model(current) or current
    if not (isinstance(current, type) and issubclass(current, BaseModel)):
        return []
    return [field.alias or name for name, field in current.model_fields.items()]


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        if found := _inner_model(argument):
            return found
    return None
