"""`tuneproof serve-demo`: a local model and its adapters at an OpenAI-compatible address, each under its name.

llama.cpp's server answers to any model name and wants its adapters by number. This front stands before it: it turns the name
into numbers, refuses names that there are not, and puts the name into the reply. What is asked is what the `llama_cpp` provider
asks, so the answers are the same. It listens on loopback and nowhere else.
"""

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.providers.llama_cpp import LlamaCpp

if TYPE_CHECKING:
    from tuneproof.providers._llama_server import Address

COMMAND = "serve-demo"
LOOPBACK = "127.0.0.1"
GRACE_S = 1.0
"""How long answers under way may take to come to their end when the server is stopped."""

LARGEST_BODY = 64 * 2**20
"""Bytes of a question."""
ASKING = ("/v1/chat/completions", "/v1/completions")
"""What can be asked; all else of llama.cpp's server is not for guests."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SNIPPET = """\
[providers.demo]
kind = "openai_chat"
base_url = "{base_url}"
max_concurrency = 4

[systems.base]
role = "baseline"
provider = "demo"
model = "base"
decoding = {{ temperature = 0, max_tokens = 32 }}
prompt.user = "{{{{ input }}}}"

[systems.tuned]
role = "candidate"
provider = "demo"
model = "{adapter}"
decoding = {{ temperature = 0, max_tokens = 32 }}
prompt.user = "{{{{ input }}}}"
"""
"""What a newcomer puts into an experiment file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is served, and where."""

    base_url: str
    """Address with its `/v1`."""
    models: tuple[str, ...]
    """Names that can be asked for."""

    def to_json(self) -> dict[str, Any]:
        """Return it for machines."""
        return {"base_url": self.base_url, "models": list(self.models)}

    def lines(self) -> list[str]:
        """Return it for people, with the tables of an experiment file that ask it."""
        head = f"{self.base_url} answers as {', '.join(self.models)}; to this machine only, until Ctrl-C"
        return [head, "", SNIPPET.format(base_url=self.base_url, adapter=self.models[-1])]


async def serve(port: int, tell: Callable[[object, Iterable[str]], None]) -> None:
    """Serve the small model until cancelled.

    Args:
        port: Port of loopback; 0 takes a free one.
        tell: Is told where once it answers, as facts for machines and as lines for people.

    Raises:
        InputError: where it is not installed, and for a port that is taken.
    """
    async with served(LlamaCpp(), port) as where:
        tell(where.to_json(), where.lines())
        await asyncio.Event().wait()


@asynccontextmanager
async def served(host: LlamaCpp, port: int) -> AsyncIterator[Served]:
    """Serve a model and its adapters while the context lasts.

    Args:
        host: The model and its adapters.
        port: Port of loopback; 0 takes a free one.

    Raises:
        InputError: for files that are missing or cannot be loaded, and a port that is taken.
    """
    if problems := host.faults(COMMAND):
        raise InputError(problems)
    with host.serving() as address:
        headers = {"Authorization": f"Bearer {address.key}", "Content-Type": "application/json"}
        async with ClientSession(timeout=ClientTimeout(total=None), headers=headers) as inner:
            app = _Front(host, address, inner).app()
            # A client that goes away must not leave its answer to be computed: there is one slot.
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_S, handler_cancellation=True)
            await runner.setup()
            try:
                await _listen(runner, port)
                yield Served(base_url=f"http://{LOOPBACK}:{runner.addresses[0][1]}/v1", models=host.models)
            finally:
                await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    """Open the port, on loopback alone."""
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
    except OSError as error:
        what = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened: {error.strerror}"
        problem = Problem(where=f"{COMMAND}: --port", what=f"{port} {what}", expected="a free port; 0 takes any")
        raise InputError(problem) from None


class _Front:
    """Stands before llama.cpp's server and speaks of models by name."""

    def __init__(self, host: LlamaCpp, address: "Address", inner: ClientSession) -> None:
        self._host = host
        self._address = address
        self._inner = inner

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_in_openais_words])
        app.router.add_get("/v1/models", self._list)
        app.router.add_get("/v1/models/{name}", self._show)
        for path in ASKING:
            app.router.add_post(path, self._ask)
        return app

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [_described(name) for name in self._host.models]})

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(_described(self._known(request.match_info["name"])))

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        """Pass a question on, and the answer back."""
        asked = _parsed(await request.read())
        name = self._known(asked.get("model"))
        content = orjson.dumps({**asked, **self._host.selecting(name)})
        url = self._address.base_url.removesuffix("/v1") + request.path
        said, meant = self._address.alias.encode(), orjson.dumps(name)[1:-1]
        async with self._inner.post(url, data=content) as reply:
            headers = {"Content-Type": reply.headers.get("Content-Type", "application/json")}
            if not headers["Content-Type"].startswith("text/event-stream"):
                return web.Response(status=reply.status, body=(await reply.read()).replace(said, meant), headers=headers)
            stream = web.StreamResponse(status=reply.status, headers=headers)
            await stream.prepare(request)
            async for line in reply.content:
                await stream.write(line.replace(said, meant))
            return stream

    def _known(self, name: object) -> str:
        """Return the name of a model that there is."""
        if isinstance(name, str) and name in self._host.models:
            return name
        what, known = unknown_name("model", str(name), self._host.models)
        raise _Refused(404, f"{what} ({known})", "model_not_found")


class _Refused(Exception):
    """A request that is not passed on."""

    def __init__(self, status: int, message: str, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@web.middleware
async def _in_openais_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say what goes wrong as the API says it."""
    try:
        return await handler(request)
    except _Refused as error:
        return web.json_response(_error(str(error), error.code), status=error.status)
    except web.HTTPException as error:
        message = f"{error.reason}: {request.method} {request.path}"
        return web.json_response(_error(message, "invalid_request"), status=error.status)
    except ClientError as error:
        return web.json_response(_error(f"llama.cpp's server gave no answer: {error}", "server_error"), status=502)


def _parsed(content: bytes) -> Mapping[str, Any]:
    """Return the JSON object that a body is."""
    try:
        asked = orjson.loads(content)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise _Refused(400, "the body is not a JSON object", "invalid_request")
    return asked


def _error(message: str, code: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


def _described(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "tuneproof"}
