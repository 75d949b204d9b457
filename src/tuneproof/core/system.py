"""Systems: model + prompt + decoding, the things that are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tuneproof.core.checkpoints import CheckpointSource

SystemRole = Literal["baseline", "candidate", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A Jinja2 text and where it stands, so that an error can name it."""

    text: str
    """The template itself."""
    where: str
    """`experiment.toml: systems.x.prompt.user`, or the file that holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FewShot:
    """Worked examples that are shown before the question."""

    path: str
    """Absolute path of an evalset-format file."""
    k: int
    """How many rows are shown."""
    choose: Literal["first", "stratified"] = "first"
    """The first k rows of the file, or the first rows of each expected value in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Passages that are retrieved for each question by TF-IDF similarity."""

    path: str
    """Absolute path or glob of text files; passages are separated by blank lines."""
    k: int
    """How many passages are given, most similar first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """How a question is put to a system."""

    system: Template | None = None
    """Template of the system message; None sends none."""
    user: Template | None = None
    """Template of the user message; None is possible only where no prompt is needed."""
    few_shot: FewShot | None = None
    """Worked examples before the question."""
    context: Context | None = None
    """Retrieved passages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The thing compared: a model with its prompt and decoding settings."""

    name: str
    """Its name in the experiment file."""
    role: SystemRole
    """A judge is never compared."""
    provider: str
    """Name of the provider that answers for it."""
    model: str
    """The provider's model id; for recorded outputs it selects rows, or is a mere label (may be empty)."""
    prompt: Prompt = field(default_factory=Prompt)
    """How it is asked."""
    decoding: Mapping[str, Any] = field(default_factory=dict)
    """Sent as written (temperature, max_tokens, seed, ...)."""
    repeats: int = 1
    """How many times each question is asked; scores are averaged over repeats before anything else."""
    checkpoints: CheckpointSource | None = None
    """A candidate's states in training; None where there is one model."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Declared training data, base model and cost: provenance in the report, never part of the lock."""
