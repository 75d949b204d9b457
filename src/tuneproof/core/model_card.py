"""What a server tells of a model beside its answers: until when it is served, and what it was made from."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What is told of one model; None is "not told"."""

    shutdown_date: str | None = None
    """The day on which it is shut down, as the server writes it: `2027-01-14`."""
    parent: str | None = None
    """The model that an adapter belongs to."""
    root: str | None = None
    """Where the server has the model from."""


@runtime_checkable
class ModelTeller(Protocol):
    """A provider that can be asked about its models."""

    async def card(self, model: str) -> ModelCard | None:
        """Return what is told of a model; None where nothing is. Never raises for what a server does or lacks."""
        ...
