"""Examples and evalsets: the held-out questions that every system is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tuneproof.core.digest import digest, digest_of_digests

Role = Literal["target", "general", "safety", "selection"]
"""What an evalset is for: the task that was trained, what must not be forgotten, what must not be said; or which checkpoint is
taken, and then it is never part of a verdict."""

Message = Mapping[str, Any]
"""One chat message as it goes over the wire: `role` and `content`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row of an evalset."""

    id: str
    """Unique in its evalset; the line number where the row brings none."""
    inputs: str | Mapping[str, Any] | None
    """What the prompt templates see as `input`: a text or an object. None only where the row brings `messages`."""
    messages: tuple[Message, ...] | None = None
    """Messages that are sent as they are, without any template; None where prompts are built from `inputs`."""
    expected: Any = None
    """The right answer: a text, a list of acceptable texts, a label or a JSON value. None where the row has none."""
    slices: tuple[str, ...] = ()
    """Names of the slices that the example belongs to."""
    cluster: str
    """Examples of one cluster are not independent (same document, same conversation); its own id where none is given."""
    grader: str | None = None
    """Name of the grader that this example asks for; None where the evalset's own applies."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """All other fields of the row; templates and graders may read them."""
    line: int = 0
    """Line of the data file, from 1; 0 for examples that come from no file."""

    def content_digest(self) -> str:
        """Return the digest of what the example asks and expects (`meta` and the place in the file do not count)."""
        return digest([self.id, self.inputs, self.messages, self.expected, self.slices, self.cluster, self.grader])


@dataclass(frozen=True, slots=True, kw_only=True)
class Evalset:
    """A named, digested, held-out set of examples."""

    name: str
    """Its name in the experiment file."""
    role: Role
    """What it is for."""
    path: str
    """The data file that was read, as the user wrote it (for messages, and for `file:line`)."""
    examples: tuple[Example, ...]
    """At least one; ids are unique."""
    labels: tuple[str, ...]
    """`labels` of evalset.toml, else the sorted distinct text `expected` values; templates see them."""
    graders: tuple[str, ...]
    """Names of the graders that mark every example without a grader of its own."""
    slice_graders: Mapping[str, str]
    """Slice name to the name of the grader of its examples."""
    example_digests: tuple[str, ...]
    """`content_digest` of each example, in order."""

    @property
    def digest(self) -> str:
        """Digest over the content of all examples; the order of rows does not count."""
        return digest_of_digests(self.example_digests)

    def where(self, example: Example) -> str:
        """Return `file:line` of an example, for messages."""
        return f"{self.path}:{example.line}"

    def own_grader(self, example: Example) -> str | None:
        """Return the grader that marks this example by default: its own, its slice's, the evalset's only one.

        Returns:
            None where the evalset has none, or several of which none is chosen.
        """
        if example.grader is not None:
            return example.grader
        for name in example.slices:
            if name in self.slice_graders:
                return self.slice_graders[name]
        return self.graders[0] if len(self.graders) == 1 else None

    def slice_sizes(self) -> dict[str, int]:
        """Return slice name to number of examples, in order of first appearance."""
        sizes: dict[str, int] = {}
        for example in self.examples:
            for name in example.slices:
                sizes[name] = sizes.get(name, 0) + 1
        return sizes
