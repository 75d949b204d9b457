"""Chat completions of the official OpenAI API and of every server that speaks its language (vLLM, llama.cpp, LiteLLM, ...)."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from tuneproof.core.checkpoints import JobState
from tuneproof.core.completion import Request
from tuneproof.core.digest import digest
from tuneproof.core.errors import Problem
from tuneproof.core.model_card import ModelCard
from tuneproof.core.protocols import RemoteProvider, RemoteSession, Workspace

if TYPE_CHECKING:
    from tuneproof.providers._openai_jobs import Access

OFFICIAL_BASE_URL = "https://api.openai.com/v1"
OFFICIAL_HOST = "api.openai.com"

NO_KEY = "no-key"
"""Sent to servers that want none; the SDK refuses to work without."""

OWN_FIELDS = frozenset({"model", "messages", "stream"})
"""Fields of the body that the tool fills in itself, or (`stream`) whose replies it does not read."""

LIMIT_FIELDS = ("max_tokens", "max_completion_tokens")
"""Names that servers have for the longest answer."""


class OpenAIChat(BaseModel):
    """Settings of an OpenAI-compatible endpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    local: ClassVar[bool] = False
    """Its answers come from a server."""
    needs_prompt: ClassVar[bool] = True
    """Its systems need a prompt."""
    by_system: ClassVar[bool] = False
    """Systems may be asked in turn."""

    base_url: str = OFFICIAL_BASE_URL
    """Where the API is, with its `/v1`."""
    api_key_env: str = Field(default="OPENAI_API_KEY", min_length=1)
    """Name of the environment variable that holds the key, never the key itself. Other servers than the official one get a
    key only where it is named: the official one's is not for them."""
    max_concurrency: int = Field(default=64, ge=1, le=10_000)
    """Requests in flight at most."""
    timeout_s: float = Field(default=60.0, gt=0)
    """Seconds from sending a request to its complete answer."""
    max_retries: int = Field(default=6, ge=0, le=100)
    """Attempts after the first, at most."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Fields that are sent with every request; a system's `decoding` goes before them."""
    headers: dict[str, str] = Field(default_factory=dict)
    """HTTP headers that are sent with every request."""
    max_tokens_field: str | None = Field(default=None, min_length=1)
    """What this server calls the longest answer: `max_tokens` and `max_completion_tokens` are sent under this name. None sends
    what is written."""
    store: bool | None = None
    """Whether the server may keep the conversation. None sends `false` to the official API, which otherwise keeps it, and
    nothing to others, which may not know the field."""

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types."""
        return [*self._url_problems(where), *self._key_problems(where), *self._body_problems(where)]

    def identity(self) -> Mapping[str, Any]:
        """Return all that reaches the server, the key excepted. Headers may hold secrets: they are there as a digest."""
        return {
            "kind": "openai_chat",
            "base_url": self.base_url.rstrip("/"),
            "extra_body": self.extra_body,
            "headers": digest(self.headers),
            "max_tokens_field": self.max_tokens_field,
            "store": self._store(),
        }

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[RemoteSession]:
        """Open the connection pool."""
        # The SDK takes most of a second to import: not before something is really sent.
        from tuneproof.providers._openai_session import Endpoint, opened

        endpoint = Endpoint(
            base_url=self.base_url,
            key=self._key() or NO_KEY,
            key_env=self.api_key_env,
            max_concurrency=self.max_concurrency,
            timeout_s=self.timeout_s,
            headers=self.headers,
            body=self.body,
        )
        async with opened(endpoint) as session:
            yield session

    async def card(self, model: str) -> ModelCard | None:
        """Return what the server tells of a model beside its answers; None where it tells nothing."""
        from tuneproof.providers._openai_models import Catalogue

        if self._key_problems(""):
            return None
        return await Catalogue(base_url=self.base_url, key=self._key() or NO_KEY, headers=self.headers).card(model)

    def body(self, request: Request) -> dict[str, Any]:
        """Return the body of one request."""
        body = {"model": request.model, "messages": request.messages, **self.extra_body, **request.decoding}
        store = self._store()
        if store is not None:
            body.setdefault("store", store)
        if self.max_tokens_field is not None:
            for name in LIMIT_FIELDS:
                if name in body and name != self.max_tokens_field:
                    body[self.max_tokens_field] = body.pop(name)
        return body

    def job(self, job: str) -> JobState:
        """Ask how a fine-tuning job stands. Checkpoints are numbered as they were made, as far as that can be told.

        Raises:
            RunStopped: when there is no such job, the key is refused, or the server knows no jobs; one line.
        """
        from tuneproof.providers._openai_jobs import state_of

        return state_of(self._access(), job)

    def cancel(self, job: str) -> JobState:
        """Cancel a fine-tuning job; one that is over is returned as it stands.

        Raises:
            RunStopped: when it cannot be cancelled; one line.
        """
        from tuneproof.providers._openai_jobs import cancel

        return cancel(self._access(), job)

    def _access(self) -> "Access":
        from tuneproof.providers._openai_jobs import Access

        return Access(
            base_url=self.base_url,
            key=self._key() or NO_KEY,
            key_env=self.api_key_env,
            timeout_s=self.timeout_s,
            max_retries=self.max_retries,
            headers=self.headers,
        )

    @property
    def is_official(self) -> bool:
        """Whether this is the official API (regional hosts included)."""
        host = urlsplit(self.base_url).hostname or ""
        return host == OFFICIAL_HOST or host.endswith("." + OFFICIAL_HOST)

    def _store(self) -> bool | None:
        """Return what is sent as `store`; None sends nothing."""
        return False if self.store is None and self.is_official else self.store

    def _key(self) -> str | None:
        """Return the key, None where the variable is not set, or not named for another server than the official one."""
        is_meant = self.is_official or "api_key_env" in self.model_fields_set
        return os.environ.get(self.api_key_env) or None if is_meant else None

    def _url_problems(self, where: str) -> list[Problem]:
        """Say what is wrong with the address."""
        try:
            parts = urlsplit(self.base_url)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            sound = False
        if sound:
            return []
        return [Problem(where=f"{where}.base_url", what=f"not an address: {self.base_url!r}", expected="https://host/v1")]

    def _key_problems(self, where: str) -> list[Problem]:
        """Say what is wrong with the key, without showing any of it."""
        where, name, key = f"{where}.api_key_env", self.api_key_env, self._key()
        if key is None:
            if not self.is_official and "api_key_env" not in self.model_fields_set:
                return []
            hint = f"export {name}=... (the key itself never goes into the experiment file)"
            return [Problem(where=where, what=f"environment variable {name} is not set", hint=hint)]
        if key != key.strip():
            what = f"the value of environment variable {name} begins or ends with white space"
            return [Problem(where=where, what=what, hint="set it again without the space or newline")]
        if not (key.isascii() and key.isprintable()):
            what = f"the value of environment variable {name} holds characters that no key has"
            return [Problem(where=where, what=what, expected="printable ASCII")]
        return []

    def _body_problems(self, where: str) -> list[Problem]:
        """Name the fields of `extra_body` that are not the user's, and headers that cannot be sent."""
        body = [
            Problem(where=f"{where}.extra_body.{name}", what=f"{name} cannot be set here", expected="any other field")
            for name in sorted(OWN_FIELDS & self.extra_body.keys())
        ]
        headers = [
            Problem(where=f"{where}.headers.{name}", what="holds what no header may hold", expected="printable ASCII")
            for name, value in self.headers.items()
            if not ((name + value).isascii() and (name + value).isprintable())
        ]
        return body + headers


PLUGIN: type[RemoteProvider] = OpenAIChat
