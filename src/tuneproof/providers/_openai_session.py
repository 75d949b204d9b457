"""The openai SDK as the wire: one attempt, sent and timed. What comes back is judged in `_openai_reply`."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import httpx2
import orjson
from aiohttp import ClientError
from openai import NOT_GIVEN, AsyncOpenAI, DefaultAioHttpClient, OpenAIError

from tuneproof.core.completion import Completion, Request, Setback
from tuneproof.providers._openai_reply import judge
from tuneproof.providers._openai_trouble import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What the session must know of the settings."""

    base_url: str
    """Where the API is."""
    key: str
    """The key itself."""
    key_env: str
    """Name of the key's variable, for messages."""
    max_concurrency: int
    """Connections at most."""
    timeout_s: float
    """Seconds for one attempt."""
    headers: Mapping[str, str]
    """Sent with every request."""
    body: Callable[[Request], dict[str, Any]]
    """Makes the body of one request."""


_OPTIONS: Any = {
    "params": {},
    "headers": {},
    "timeout": None,
    "max_retries": 0,
    "idempotency_key": "unused",
    "security": {"bearer_auth": True},
    "post_parser": NOT_GIVEN,
}
"""Every option that the SDK would otherwise copy from its defaults, or draw at random and not send, for each request."""


class Client(AsyncOpenAI):
    """The SDK's client, which builds the head of a request once instead of once a request (a third of its work)."""

    _head: tuple[httpx2.URL, httpx2.Headers] | None = None

    def _build_request(self, options: Any, **kwargs: Any) -> httpx2.Request:
        """Build a request; all but the first only bring another body.

        Should a later SDK not call this, requests are built in its own way and only cost more.
        """
        if self._head is None:
            built = super()._build_request(options, **kwargs)
            headers = built.headers.copy()
            del headers["content-length"]
            self._head = (built.url, headers)
            return built
        url, headers = self._head
        return httpx2.Request("POST", url, headers=headers, content=options.content, extensions={"timeout": {}})

    @property
    def user_agent(self) -> str:
        """Go by the name of the SDK's client, which this is."""
        return f"AsyncOpenAI/Python {self._version}"


class Session:
    """One open connection pool."""

    def __init__(self, client: AsyncOpenAI, endpoint: Endpoint) -> None:
        self._client = client
        self._endpoint = endpoint
        self._made: dict[str, Asked] = {}

    async def attempt(self, request: Request) -> Completion | Setback:
        """Send one request once."""
        content = encoded(self._endpoint.body(request))
        came: httpx2.Response | Exception
        sent_at = perf_counter()
        try:
            # The limit is on the whole answer: the transport's own is on each read, which a slow drip never reaches.
            async with asyncio.timeout(self._endpoint.timeout_s):
                came = await self._client.post("/chat/completions", cast_to=httpx2.Response, content=content, options=_OPTIONS)
        except (OpenAIError, httpx2.HTTPError, ClientError, TimeoutError, OSError) as error:
            came = error
        latency_s = perf_counter() - sent_at
        return judge(came, latency_s, self._asked(request.model))

    def _asked(self, model: str) -> Asked:
        """Return what messages need; made once a model."""
        if model not in self._made:
            endpoint = self._endpoint
            self._made[model] = Asked(
                model=model,
                base_url=endpoint.base_url,
                key_env=endpoint.key_env,
                timeout_s=endpoint.timeout_s,
                secrets=(endpoint.key, *endpoint.headers.values()),
            )
        return self._made[model]


@asynccontextmanager
async def opened(endpoint: Endpoint) -> AsyncIterator[Session]:
    """Open a session; the SDK's own retries are off, because they can neither be counted nor be kept out of the latency."""
    limits = httpx2.Limits(max_connections=endpoint.max_concurrency, max_keepalive_connections=endpoint.max_concurrency)
    async with Client(
        base_url=endpoint.base_url,
        api_key=endpoint.key,
        max_retries=0,
        timeout=None,  # see Session.attempt
        default_headers=endpoint.headers,
        http_client=DefaultAioHttpClient(limits=limits, timeout=None),
    ) as client:
        yield Session(client, endpoint)


def encoded(body: Mapping[str, Any]) -> bytes:
    """Return the JSON of a body."""
    try:
        return orjson.dumps(body, default=dict)
    except TypeError:  # integers beyond 64 bits and the like, which JSON has and orjson has not
        return json.dumps(body, default=dict).encode()
