"""openai_chat: what each kind of reply counts as, against a real local server; the settings and what reaches the wire."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.servers.hostile import Ask, Hostile, Say, answer, echo, error

from tuneproof.core.completion import Completion, Request, Setback
from tuneproof.core.example import Example
from tuneproof.core.protocols import Workspace
from tuneproof.providers.openai_chat import PLUGIN, OpenAIChat

KEY = "sk-very-secret-0123456789"
HTML = "<html><head><title>502 Bad\n Gateway</title></head></html>"
WORKSPACE = Workspace(folder=Path(), experiment_file="experiment.toml", rows=lambda path: iter(()))


def request(prompt: str = "hello", model: str = "m", **decoding: object) -> Request:
    """Return one question."""
    example = Example(id="1", inputs=prompt, cluster="1")
    messages = ({"role": "user", "content": prompt},)
    return Request(
        key="0" * 64, system="s", model=model, evalset="e", example=example, repeat=0, messages=messages, decoding=decoding
    )


def attempt(server: Hostile, asked: Request | None = None, **settings: Any) -> Completion | Setback:
    """Send one request once."""

    async def send() -> Completion | Setback:
        async with OpenAIChat(base_url=server.base_url, api_key_env="OPENAI_API_KEY", **settings).connect() as session:
            return await session.attempt(asked or request())

    return asyncio.run(send())


def replied(say: Say, **settings: Any) -> Completion | Setback:
    """Return what one reply counts as."""
    with Hostile(lambda ask: say) as server:
        return attempt(server, **settings)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


CALL = {"id": "1", "type": "function", "function": {"name": "route", "arguments": '{"to":"billing"}'}}

ANSWERS: dict[str, tuple[Say, str, str]] = {
    "text": (answer("billing"), "billing", "stop"),
    "cut at max_tokens": (answer("bil", finish="length"), "bil", "length"),
    "empty string": (answer(""), "", "stop"),
    "refusal": (answer(None, refusal="I cannot."), "I cannot.", "refusal"),
    "refusal beside text": (answer("", refusal="I cannot."), "I cannot.", "refusal"),
    "refusal as a part": (answer([{"type": "refusal", "refusal": "No."}]), "No.", "refusal"),
    "list of parts": (answer([{"type": "text", "text": "bil"}, {"type": "text", "text": "ling"}]), "billing", "stop"),
    "list of strings": (answer(["bil", "ling"]), "billing", "stop"),
    "tool calls only": (
        answer(None, finish="tool_calls", tool_calls=[CALL]),
        '[{"name":"route","arguments":{"to":"billing"}}]',
        "tool_calls",
    ),
    "arguments as an object": (
        answer(None, finish="tool_calls", tool_calls=[{"function": {"name": "route", "arguments": {"to": 1}}}]),
        '[{"name":"route","arguments":{"to":1}}]',
        "tool_calls",
    ),
    "arguments that are no JSON": (
        answer(None, finish="tool_calls", tool_calls=[{"function": {"name": "route", "arguments": "{"}}]),
        '[{"name":"route","arguments":"{"}]',
        "tool_calls",
    ),
    "custom tool": (
        answer(None, finish="tool_calls", tool_calls=[{"type": "custom", "custom": {"name": "run", "input": "ls -l"}}]),
        '[{"name":"run","arguments":"ls -l"}]',
        "tool_calls",
    ),
    "function call of old": (
        answer("", finish="function_call", function_call={"name": "f", "arguments": "[1]"}),
        '[{"name":"f","arguments":[1]}]',
        "tool_calls",
    ),
    "text beside tool calls": (answer("billing", finish="tool_calls", tool_calls=[CALL]), "billing", "tool_calls"),
    "eos": (answer("x", finish="eos"), "x", "stop"),
    "eos_token": (answer("x", finish="eos_token"), "x", "stop"),
    "stop_sequence": (answer("x", finish="stop_sequence"), "x", "stop"),
    "no finish reason": (answer("x", finish=None), "x", "other"),
    "foreign finish reason": (answer("x", finish={"why": 1}), "x", "other"),
    "lone surrogate": (
        Say(body=b'{"choices":[{"message":{"content":"a\\ud800b"},"finish_reason":"stop"}]}'),
        "a\ufffdb",
        "stop",
    ),
    "error is null": (
        Say(body={"error": None, "choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]}),
        "x",
        "stop",
    ),
    "another content type": (
        Say(body=json.dumps(answer("x").body), headers={"content-type": "text/plain"}),
        "x",
        "stop",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str) -> None:
    """Everything that is an answer comes as text, with why it ended."""
    say, text, finish = ANSWERS[name]
    completion = replied(say)
    assert isinstance(completion, Completion)
    assert (completion.text, completion.finish, completion.failure) == (text, finish, None)


USAGES: dict[str, tuple[object, tuple[int | None, int | None]]] = {
    "whole": ({"prompt_tokens": 7, "completion_tokens": 2}, (7, 2)),
    "partial": ({"prompt_tokens": 7}, (7, None)),
    "a string": ("n/a", (None, None)),
    "an empty object": ({}, (None, None)),
    "numbers as text": ({"prompt_tokens": "7", "completion_tokens": True}, (None, None)),
    "beyond counting": ({"prompt_tokens": 10**30, "completion_tokens": -1}, (None, None)),
}


@pytest.mark.parametrize("name", USAGES)
def test_unknown_tokens_are_none(name: str) -> None:
    """What the server did not count is unknown, never zero."""
    usage, expected = USAGES[name]
    completion = replied(answer("x", usage=usage))
    assert isinstance(completion, Completion)
    assert (completion.input_tokens, completion.output_tokens) == expected


def test_what_the_server_says_of_itself() -> None:
    """The model and fingerprint that the server names are kept, and the time that it took."""
    body = {**answer("x", model="snapshot-1").body, "system_fingerprint": "fp_1"}  # type: ignore[dict-item]
    completion = replied(Say(body=body, delay_s=0.05))
    assert isinstance(completion, Completion)
    assert (completion.model_reported, completion.fingerprint) == ("snapshot-1", "fp_1")
    assert completion.latency_s is not None
    assert completion.latency_s >= 0.05


RETRIED: dict[str, tuple[Say, str, str]] = {
    "content filter": (answer("half", finish="content_filter"), "content_filter", "withheld"),
    "null content": (answer(None), "malformed_reply", "no content"),
    "empty list": (answer([]), "malformed_reply", "no content"),
    "content is a number": (answer(7), "malformed_reply", "no content"),
    "HTML": (Say(body=HTML, headers={"content-type": "text/html"}), "malformed_reply", "an HTML page (502 Bad Gateway)"),
    "broken JSON": (Say(body=b'{"id":"x","choices":[{"mess'), "malformed_reply", "not a JSON object"),
    "empty body": (Say(body=b""), "malformed_reply", "an empty body"),
    "a JSON list": (Say(body=b"[1]"), "malformed_reply", "not a JSON object: [1]"),
    "an error in a 200": (Say(body={"error": {"message": "boom"}}), "server_error", "error in a 200: boom"),
    "an error text in a 200": (Say(body={"error": "boom"}), "server_error", "error in a 200: boom"),
    "rate limit in a 200": (Say(body={"error": {"message": "slow", "code": 429}}), "rate_limited", "slow"),
    "no choices": (Say(body={"id": "x"}), "malformed_reply", "no choice"),
    "null choices": (Say(body={"choices": None}), "malformed_reply", "no choice"),
    "empty choices": (Say(body={"choices": []}), "malformed_reply", "no choice"),
    "no message": (Say(body={"choices": [{"text": "x"}]}), "malformed_reply", "no message"),
    "finish_reason error": (answer("ha", finish="error"), "server_error", "finish_reason"),
    "429": (error(429, "Rate limit reached", code="rate_limit_exceeded"), "rate_limited", "429: Rate limit reached"),
    "500 as a string": (Say(status=500, body={"error": "boom"}), "server_error", "500: boom"),
    "502 HTML": (Say(status=502, body=HTML), "server_error", "502: an HTML page"),
    "503 empty": (Say(status=503), "server_error", "503: an empty body"),
    "408": (error(408, "late"), "timeout", "408: late"),
    "409": (error(409, "conflict"), "server_error", "409: conflict"),
    "dropped before": (Say(drop="before"), "connection", "broke"),
    "dropped within": (Say(drop="within", body=answer("x" * 500).body), "connection", "broke"),
    "broken gzip": (Say(body=b"no gzip", headers={"content-encoding": "gzip"}), "malformed_reply", ""),
}


@pytest.mark.parametrize("name", RETRIED)
def test_setbacks_that_are_retried(name: str) -> None:
    """Everything that is neither answer nor refusal is worth another attempt, and says what it was in one line."""
    say, kind, message = RETRIED[name]
    setback = replied(say)
    assert isinstance(setback, Setback)
    assert (setback.failure.kind, setback.retry, setback.fatal) == (kind, True, None)
    assert message in setback.failure.message
    assert "\n" not in setback.failure.message


REJECTED: dict[str, Say] = {
    "422 of FastAPI": Say(status=422, body={"detail": [{"loc": ["body"], "msg": "bad"}]}),
    "flat 400 with a number": Say(status=400, body={"object": "error", "message": "no such option", "code": 400}),
    "400": error(400, "Unsupported parameter: 'max_tokens'", code="unsupported_parameter", param="max_tokens"),
    "413": error(413, "too many bytes"),
    "a longest answer that cannot fit": error(
        400,
        "'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context length is 4096 tokens",
    ),
}


@pytest.mark.parametrize("name", REJECTED)
def test_rejected_rows_are_not_retried(name: str) -> None:
    """A request that the server will not take fails alone and at once."""
    setback = replied(REJECTED[name])
    assert isinstance(setback, Setback)
    assert (setback.failure.kind, setback.retry, setback.fatal) == ("rejected", False, None)


TOO_LONG: dict[str, Say] = {
    "openai": error(400, "This model's maximum context length is 128000 tokens.", code="context_length_exceeded"),
    "llama.cpp": error(400, "the request exceeds the available context size", type="exceed_context_size_error", code=400),
    "vllm": Say(
        status=400,
        body={"object": "error", "message": "This model's maximum context length is 512 tokens. However, ...", "code": 400},
    ),
    "vllm, newer": error(400, "The decoder prompt (length 900) is longer than the maximum model length of 512."),
    "sglang": error(400, "The input (900 tokens) is longer than the model's context length (512 tokens)."),
    "litellm": error(400, "litellm.ContextWindowExceededError: prompt is too long: 210000 tokens > 200000 maximum"),
    "tgi": Say(status=422, body={"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 512"}),
}


@pytest.mark.parametrize("name", TOO_LONG)
def test_too_long_questions_are_the_systems_own_fault(name: str) -> None:
    """A question beyond the context is a completion with a final failure, in every server's words."""
    completion = replied(TOO_LONG[name])
    assert isinstance(completion, Completion)
    assert completion.failure is not None
    assert (completion.failure.kind, completion.failure.is_the_models_fault) == ("context_length", True)


FATAL: dict[str, tuple[Say, str]] = {
    "401": (error(401, f"Incorrect API key provided: {KEY}"), "OPENAI_API_KEY"),
    "401 of vLLM": (Say(status=401, body={"error": "Unauthorized"}), "refuses the key"),
    "403": (error(403, "Country not supported"), "permission"),
    "404": (error(404, "The model does not exist", code="model_not_found"), "does not know model 'm'"),
    "404 HTML": (Say(status=404, body=HTML), "base_url"),
    "402": (error(402, "Insufficient credits"), "add credit"),
    "insufficient_quota": (error(429, "You exceeded your current quota", code="insufficient_quota"), "add credit"),
    "unknown model at LiteLLM": (error(400, "Invalid model name passed in model=m", code="400"), "does not know model"),
}


@pytest.mark.parametrize("name", FATAL)
def test_what_stops_the_run(name: str) -> None:
    """A refused key, permission, model or quota says what to do, and never shows the key."""
    say, hint = FATAL[name]
    setback = replied(say)
    assert isinstance(setback, Setback)
    assert setback.fatal is not None
    assert hint in setback.fatal
    assert KEY not in setback.fatal + setback.failure.message


WAITS: dict[str, tuple[Mapping[str, str], float | None]] = {
    "seconds": ({"retry-after": "7"}, 7.0),
    "float": ({"retry-after": "0.5"}, 0.5),
    "milliseconds first": ({"retry-after": "7", "retry-after-ms": "250"}, 0.25),
    "date": ({"retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 30.0),
    "past date": ({"retry-after": "Fri, 20 Nov 2020 10:00:30 GMT"}, None),
    "zero": ({"retry-after": "0"}, None),
    "nonsense": ({"retry-after": "soon"}, None),
    "infinity": ({"retry-after": "inf"}, None),
}


@pytest.mark.parametrize("name", WAITS)
def test_retry_after(name: str) -> None:
    """All three forms of Retry-After are read; what is none is as if it were not there."""
    headers, expected = WAITS[name]
    setback = replied(error(429, headers=headers))
    assert isinstance(setback, Setback)
    assert (setback.retry_after_s, setback.throttled) == (expected, True)


@pytest.mark.parametrize(("status", "told", "retry"), [(400, "true", True), (429, "false", False), (500, "false", False)])
def test_should_retry_is_obeyed(status: int, told: str, retry: bool) -> None:
    """The header `x-should-retry` goes before the status."""
    setback = replied(error(status, headers={"x-should-retry": told}))
    assert isinstance(setback, Setback)
    assert setback.retry is retry


@pytest.mark.parametrize(("say", "throttled"), [(error(503, "Slow Down"), True), (error(503, "restarting"), False)])
def test_slow_down(say: Say, throttled: bool) -> None:
    """A 503 that says "slow down" throttles; another one does not."""
    setback = replied(say)
    assert isinstance(setback, Setback)
    assert setback.throttled is throttled


def test_connection_refused() -> None:
    """Nobody at the address is said in so many words, though the SDK raises a timeout."""
    with Hostile() as server:
        pass
    setback = attempt(server)
    assert isinstance(setback, Setback)
    assert setback.failure.kind == "connection"
    assert setback.failure.message == f"connection refused by {server.base_url}"


@pytest.mark.parametrize("say", [Say(delay_s=5.0), Say(body=b" " * 400, drip_s=0.05)])
def test_timeout(say: Say) -> None:
    """The limit is on the whole answer: silence and a slow drip both end in a timeout."""
    setback = replied(say, timeout_s=0.3)
    assert isinstance(setback, Setback)
    assert (setback.failure.kind, setback.failure.message) == ("timeout", "no complete answer within 0.3 s")


def test_not_http() -> None:
    """A server that does not speak HTTP is a setback, not a crash."""

    async def send() -> Completion | Setback:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            async with OpenAIChat(base_url=address).connect() as session:
                return await session.attempt(request())

    setback = asyncio.run(send())
    assert isinstance(setback, Setback)
    assert (setback.failure.kind, setback.retry) == ("malformed_reply", True)


def sent(settings: Mapping[str, Any], **decoding: object) -> Ask:
    """Return what the server saw of the second of two requests (the first is built by the SDK alone)."""

    async def send(base_url: str) -> None:
        async with OpenAIChat(base_url=base_url, api_key_env="OPENAI_API_KEY", **settings).connect() as session:
            for prompt in ("one", "two \u00e9"):
                await session.attempt(request(prompt, **decoding))

    with Hostile(echo) as server:
        asyncio.run(send(server.base_url))
        first, second = server.asks
    one = {name: value for name, value in first.headers.items() if name != "content-length"}
    assert one == {name: value for name, value in second.headers.items() if name != "content-length"}
    return second


def test_the_official_key_is_not_sent_elsewhere() -> None:
    """Another server gets a key only where the experiment names one for it."""
    with Hostile() as server:
        provider = OpenAIChat(base_url=server.base_url)

        async def once() -> None:
            async with provider.connect() as session:
                await session.attempt(request("q"))

        asyncio.run(once())
    assert KEY not in str(server.asks[0].headers)


def test_what_reaches_the_wire() -> None:
    """Decoding is sent as written, with the provider's own fields and headers, by the SDK, with its retries off."""
    ask = sent({"extra_body": {"cache_prompt": False, "seed": 1}, "headers": {"X-Team": "a"}}, temperature=0, seed=7)
    assert ask.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "two \u00e9"}],
        "cache_prompt": False,
        "temperature": 0,
        "seed": 7,
    }
    assert ask.headers["authorization"] == f"Bearer {KEY}"
    assert (ask.headers["x-team"], ask.headers["x-stainless-retry-count"]) == ("a", "0")
    assert ask.headers["user-agent"].startswith("AsyncOpenAI/Python")


@pytest.mark.parametrize(
    ("field", "decoding", "expected"),
    [
        (None, {"max_tokens": 16}, {"max_tokens": 16}),
        ("max_completion_tokens", {"max_tokens": 16}, {"max_completion_tokens": 16}),
        ("max_tokens", {"max_completion_tokens": 16}, {"max_tokens": 16}),
        ("max_tokens", {}, {}),
    ],
)
def test_max_tokens_field(field: str | None, decoding: dict[str, int], expected: dict[str, int]) -> None:
    """The longest answer goes under the name that the server knows."""
    body = OpenAIChat(base_url="http://x/v1", max_tokens_field=field).body(request(**decoding))
    assert {name: value for name, value in body.items() if name not in ("model", "messages")} == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"store": False}),
        ({"base_url": "https://eu.api.openai.com/v1"}, {"store": False}),
        ({"store": True}, {"store": True}),
        ({"base_url": "http://api.openai.com.evil.example/v1"}, {}),
        ({"base_url": "http://localhost:8000/v1"}, {}),
        ({"base_url": "http://localhost:8000/v1", "store": False}, {"store": False}),
        ({"extra_body": {"store": True}}, {"store": True}),
    ],
)
def test_store(settings: dict[str, Any], expected: dict[str, bool]) -> None:
    """`store: false` goes to the official API only, unless something else is set."""
    body = OpenAIChat(**settings).body(request())
    assert {name: value for name, value in body.items() if name == "store"} == expected


def test_numbers_that_orjson_has_not() -> None:
    """A seed beyond 64 bits is sent as it is written."""
    assert sent({}, seed=2**80).body["seed"] == 2**80


@pytest.mark.parametrize(
    "change",
    [
        {"base_url": "http://other/v1"},
        {"extra_body": {"a": 1}},
        {"headers": {"a": "b"}},
        {"max_tokens_field": "max_tokens"},
        {"store": True},
    ],
)
def test_identity_changes_with_what_reaches_the_server(change: dict[str, Any]) -> None:
    """Whatever reaches the server is part of the identity; pace and patience are not."""
    mine = OpenAIChat(base_url="http://x/v1")
    assert mine.model_copy(update=change).identity() != mine.identity()
    assert mine.model_copy(update={"timeout_s": 1.0, "max_concurrency": 1, "max_retries": 0}).identity() == mine.identity()


def test_identity_holds_no_secret() -> None:
    """Headers may hold secrets, and an identity may be shown."""
    assert KEY not in str(OpenAIChat(headers={"api-key": KEY}).identity())


OFFICIAL: dict[str, Any] = {}
LOCAL: dict[str, Any] = {"base_url": "http://localhost:8000/v1"}
NAMED: dict[str, Any] = {**LOCAL, "api_key_env": "MY_KEY"}

PROBLEMS: dict[str, tuple[dict[str, Any], dict[str, str], str | None]] = {
    "key set": (OFFICIAL, {"OPENAI_API_KEY": KEY}, None),
    "official, unset": (OFFICIAL, {}, "p.api_key_env: environment variable OPENAI_API_KEY is not set"),
    "official, empty": (OFFICIAL, {"OPENAI_API_KEY": ""}, "p.api_key_env: environment variable OPENAI_API_KEY is not set"),
    "local, unset": (LOCAL, {}, None),
    "named, unset": (NAMED, {}, "p.api_key_env: environment variable MY_KEY is not set"),
    "named, set": (NAMED, {"MY_KEY": KEY}, None),
    "newline": (OFFICIAL, {"OPENAI_API_KEY": KEY + "\n"}, "begins or ends with white space"),
    "inner newline": (OFFICIAL, {"OPENAI_API_KEY": "a\nb" + KEY}, "characters that no key has"),
    "no address": ({"base_url": "localhost:8000"}, {"OPENAI_API_KEY": KEY}, "p.base_url: not an address: 'localhost:8000'"),
    "bad port": ({"base_url": "http://h:99999/v1"}, {"OPENAI_API_KEY": KEY}, "p.base_url: not an address"),
    "own field": ({**LOCAL, "extra_body": {"stream": True}}, {}, "p.extra_body.stream: stream cannot be set here"),
    "bad header": ({**LOCAL, "headers": {"a": "b\r\nc: d"}}, {}, "p.headers.a: holds what no header may hold"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What is wrong with the settings is known before anything is sent, and the key is never shown."""
    settings, environment, expected = PROBLEMS[name]
    monkeypatch.delenv("OPENAI_API_KEY")
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    found = [str(problem) for problem in PLUGIN(**settings).problems("p", WORKSPACE)]
    assert (expected in found[0] and len(found) == 1) if expected else found == []
    assert KEY not in "".join(found)


def test_sends_to_where_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPENAI_BASE_URL, which redirects every client that is not told where to go, changes nothing."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    completion = replied(answer("here"))
    assert isinstance(completion, Completion)
    assert completion.text == "here"


def test_an_innocent_row_after_a_cut() -> None:
    """After a 500 the server may close the socket: the next request on it is a setback that a retry cures."""
    script: Callable[[Ask], Say] = lambda ask: Say(drop="before") if ask.times == 0 else echo(ask)  # noqa: E731

    async def twice(base_url: str) -> list[Completion | Setback]:
        async with OpenAIChat(base_url=base_url).connect() as session:
            return [await session.attempt(request()) for _ in range(2)]

    with Hostile(script) as server:
        first, second = asyncio.run(twice(server.base_url))
    assert isinstance(first, Setback)
    assert isinstance(second, Completion)
