"""JSON Schemas: read, compiled and applied by jsonschema-rs, which passes the official test suite; never from the network."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from tuneproof.core.errors import one_line
from tuneproof.core.protocols import Workspace

DRAFTS = {
    "4": jsonschema_rs.Draft4Validator,
    "6": jsonschema_rs.Draft6Validator,
    "7": jsonschema_rs.Draft7Validator,
    "2019-09": jsonschema_rs.Draft201909Validator,
    "2020-12": jsonschema_rs.Draft202012Validator,
}
"""Name of a draft to its validator."""

UNDECIDED = (jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded, jsonschema_rs.ValidationErrorKind.RegexEngineFailure)
"""Not a fault of the answer: a pattern of the schema was given up on."""


class Unusable(ValueError):
    """A schema or document that cannot be used; the message says why."""


def read_document(written: str, workspace: Workspace) -> Any:
    """Return the JSON document in a file of the workspace.

    Raises:
        Unusable: for a file that is missing or is not JSON.
    """
    try:
        return json.loads(workspace.path(written).read_bytes())
    except OSError as error:
        raise Unusable(f"{written!r} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise Unusable(f"{written!r} is not JSON: {one_line(str(error), 200)}") from error


def compiled(schema: Any, draft: str | None, formats: bool, documents: Mapping[str, Any]) -> Any:
    """Return the validator of a schema.

    Args:
        schema: The schema.
        draft: Its draft; None takes the one that `$schema` names, else 2020-12.
        formats: Whether `format` is asserted.
        documents: URI to document: all that a `$ref` to elsewhere can reach.

    Raises:
        Unusable: for a schema that is wrong, or refers to what is not there.
    """
    make: Any = jsonschema_rs.validator_for if draft is None else DRAFTS[draft]
    try:
        return make(schema, validate_formats=formats, retriever=_held(documents))
    except (ValueError, TypeError) as error:
        said = getattr(error, "message", None) or str(error)
        raise Unusable(f"the schema cannot be used: {one_line(said, 300)}") from error


def fault(validator: Any, value: Any) -> tuple[str | None, bool]:
    """Return what the schema objects to in a value (None: nothing), and whether that is certain."""
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        place = "".join(f"/{part}" for part in error.instance_path)
        return one_line(f"at {place or 'the root'}: {error.message}", 200), not isinstance(error.kind, UNDECIDED)
    except (ValueError, OverflowError, RecursionError) as error:
        return f"not a value that can be validated: {one_line(str(error), 200)}", True
    return None, True


def _held(documents: Mapping[str, Any]) -> Callable[[str], Any]:
    """Return the retriever: what the settings name and nothing else. With it the library never opens a file or a connection."""

    def retrieve(uri: str) -> Any:
        if uri not in documents:
            raise LookupError(f"{uri} is not among the resources of the grader")
        return documents[uri]

    return retrieve
