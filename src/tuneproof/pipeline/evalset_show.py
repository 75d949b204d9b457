"""`tuneproof evalset show`: what an evalset says of itself, and some of its examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.core.example import Example
from tuneproof.pipeline.evalset_opening import Opened, open_evalset

NEAREST = 2_000
"""Ids among which a nearest one is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An evalset, and the examples that were asked for."""

    opened: Opened
    """The evalset."""
    examples: Sequence[Example]
    """Those that are shown, in file order."""
    n_matching: int
    """Examples of the slice that was asked for; of the whole evalset where none was."""

    def graders(self, example: Example) -> tuple[str, ...]:
        """Return the names of the graders that mark an example."""
        return self.opened.grader_names(example)

    @property
    def declares(self) -> str:
        """Whether evalset.toml declares the digest of the content: `declared`, `undeclared` or `different`."""
        declared = (self.opened.spec.declared_digest or "").removeprefix("sha256:")
        return "undeclared" if not declared else "declared" if declared == self.opened.evalset.digest else "different"

    def to_json(self) -> dict[str, Any]:
        """Return it as `evalset show --json` prints it; nothing is cut."""
        evalset, spec = self.opened.evalset, self.opened.spec
        return {
            "path": evalset.path,
            "role": evalset.role,
            "n": len(evalset.examples),
            "n_clusters": len({example.cluster for example in evalset.examples}),
            "slices": evalset.slice_sizes(),
            "labels": list(spec.labels or ()),
            "graders": dict(self.opened.kinds),
            "origin": spec.origin,
            "licence": spec.licence,
            "digest": evalset.digest,
            "digest_is": self.declares,
            "n_matching": self.n_matching,
            "examples": [self._row(example) for example in self.examples],
        }

    def _row(self, example: Example) -> dict[str, Any]:
        return {
            "id": example.id,
            "line": example.line,
            "slices": list(example.slices),
            "cluster": example.cluster,
            "input": example.inputs,
            "messages": None if example.messages is None else [dict(message) for message in example.messages],
            "expected": example.expected,
            "graders": list(self.graders(example)),
            "meta": dict(example.meta),
        }


def show_evalset(path: Path, *, part: str | None = None, n: int = 10, identity: str | None = None) -> Shown:
    """Read an evalset and choose the examples to show.

    Args:
        path: An evalset folder, or a single data file.
        part: The slice that they are of; None: of any.
        n: How many, at most.
        identity: The id of the only one; None: the first `n`.

    Raises:
        InputError: where it cannot be read, for a slice that no example is of, and for an id that none has.
    """
    opened = open_evalset(path)
    examples = opened.evalset.examples
    if part is not None:
        sizes = opened.evalset.slice_sizes()
        if part not in sizes:
            what, expected = unknown_name("slice", part, list(sizes))
            raise InputError(Problem(where="--slice", what=what, expected=expected))
        examples = tuple(example for example in examples if part in example.slices)
    if identity is None:
        return Shown(opened=opened, examples=examples[:n], n_matching=len(examples))
    found = [example for example in examples if example.id == identity]
    if not found:
        what, _ = unknown_name("id", identity, [example.id for example in examples[:NEAREST]])
        expected = f"an id of {opened.evalset.path}" + (f", slice {part!r}" if part else "")
        raise InputError(Problem(where="--id", what=what, expected=expected))
    return Shown(opened=opened, examples=found, n_matching=len(examples))
