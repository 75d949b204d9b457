"""What `GET /v1/models/{id}` tells of a model. Many servers tell nothing, or have no such path: that is no error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openai import AsyncOpenAI, OpenAIError
from pydantic import ValidationError

from tuneproof.core.errors import one_line
from tuneproof.core.model_card import ModelCard

LONGEST_TEXT = 200
"""Characters of what a server tells that are kept."""
NOTHING_TOLD = (OpenAIError, ValidationError, ValueError, TypeError, AttributeError, OSError)
"""Refusals, broken connections, and what the SDK stumbles over in bodies that are no model (`null`)."""
WAIT_S = 10.0
"""Seconds; what is told here decides nothing, and is not worth more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Where a server lists its models."""

    base_url: str
    """Where the API is."""
    key: str
    """The key itself."""
    headers: Mapping[str, str]
    """Sent with every request."""

    async def card(self, model: str) -> ModelCard | None:
        """Return what is told of a model; None where nothing is."""
        async with AsyncOpenAI(
            base_url=self.base_url, api_key=self.key, max_retries=1, timeout=WAIT_S, default_headers=self.headers
        ) as client:
            return _card(await _one(client, model) or await _listed(client, model))


async def _one(client: AsyncOpenAI, model: str) -> Any:
    """Return what the server says of one model, None where it says nothing."""
    try:
        return await client.models.retrieve(model)
    except NOTHING_TOLD:
        return None


async def _listed(client: AsyncOpenAI, model: str) -> Any:
    """Return the entry of a model in the server's list: some have the list and nothing else."""
    try:
        page = await client.models.list()
    except NOTHING_TOLD:
        return None
    entries = getattr(page, "data", None)
    return next((held for held in entries if getattr(held, "id", None) == model), None) if isinstance(entries, list) else None


def _card(held: Any) -> ModelCard | None:
    more = getattr(held, "model_extra", None) or {}
    told = {
        "shutdown_date": getattr(held, "shutdown_date", None),
        "parent": more.get("parent"),
        "root": more.get("root"),
    }
    texts = {name: one_line(text, LONGEST_TEXT) for name, text in told.items() if isinstance(text, str) and text}
    return ModelCard(**texts) if texts else None
