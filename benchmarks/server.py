"""A stand-in for an OpenAI-compatible chat API on loopback, fast enough not to be the bottleneck.

The reply is a pure function of the request: a prompt that holds `#q<number>` gets the label of that number (`label_of`),
anything else `ok`. A model named `...acc<NN>` (base-acc70) gets NN % of its answers right, chosen by a hash of model and
question, so that every run sees the same answers.

    python benchmarks/server.py --port 8765 --latency 50 --jitter 10 --r429 0.05 --retry-after 1
    GET  /stats     counts, repeats of a (model, question) that was answered before, concurrency, window
    POST /reset     zero the counts            POST /control {"latency": 500, "r500": 0.1}   change settings live
"""

import argparse
import asyncio
import json
import os
import re
import signal
import time
import zlib
from typing import Any

import orjson

LABELS = ("billing", "refund", "shipping", "login", "bug", "feature", "cancel", "other")
QUESTION_ID = re.compile(r"#q(\d+)")
SHARE_RIGHT = re.compile(r"acc(\d+)")
CONTENT_LENGTH = re.compile(rb"(?i)\r\ncontent-length:\s*(\d+)")
FAULTS = (("r429", 429), ("r500", 500), ("rdrop", 0), ("rbad", -1))
"""Setting to outcome: a status, 0 for a dropped connection, -1 for broken JSON."""
OUTCOMES = {200: "ok", 0: "dropped", -1: "bad_json"}
ERRORS = {
    429: b'{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}',
    500: b'{"error":{"message":"The server had an error","type":"server_error","code":null}}',
}
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error"}

Key = tuple[str, str]


def crc(text: str) -> int:
    """Return a hash that is the same in every process."""
    return zlib.crc32(text.encode())


def label_of(number: int) -> str:
    """Return the right answer to a question."""
    return LABELS[crc(f"label{number}") % len(LABELS)]


def answer_to(model: str, prompt: str) -> tuple[Key, str]:
    """Return the identity of a question and this model's answer to it."""
    found = QUESTION_ID.search(prompt)
    if found is None:
        return (model, prompt), "ok"
    number = int(found[1])
    answer = label_of(number)
    share = SHARE_RIGHT.search(model)
    if share is not None and crc(f"{model}/{number}") % 100 >= int(share[1]):
        answer = LABELS[(LABELS.index(answer) + 1) % len(LABELS)]
    return (model, found[1]), answer


def reply(status: int, body: bytes, extra: bytes = b"") -> bytes:
    """Return an HTTP reply."""
    head = b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n" % (status, REASONS[status].encode())
    return head + extra + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


class State:
    """Settings and counts, shared by all connections."""

    def __init__(self, settings: dict[str, float]) -> None:
        self.settings = settings
        self.connections = 0
        self.reset()

    def reset(self) -> None:
        """Zero the counts."""
        self.in_flight = self.most_in_flight = self.opened = self.requests = self.ok = self.repeats = 0
        self.most_connections = self.connections
        self.outcomes: dict[str, int] = {}
        self.by_model: dict[str, int] = {}
        self.attempts: dict[Key, int] = {}
        self.answered: dict[Key, int] = {}
        self.first: float | None = None
        self.last: float | None = None
        self.mark: float | None = None
        self.area = 0.0

    def flow(self, change: int, now: float) -> None:
        """Count requests in flight, and their integral over time."""
        if self.mark is not None:
            self.area += self.in_flight * (now - self.mark)
        self.mark = now
        self.in_flight += change
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def outcome(self, key: Key, attempt: int) -> int:
        """Draw what becomes of an attempt, the same in every run."""
        if not any(self.settings[name] for name, _ in FAULTS):
            return 200
        left = crc(f"{self.settings['seed']}|{key}|{attempt}") / 2**32
        for name, what in FAULTS:
            left -= self.settings[name]
            if left < 0:
                return what
        return 200

    def latency_s(self, key: Key, attempt: int) -> float:
        """Return how long this reply takes."""
        jitter = self.settings["jitter"]
        latency = self.settings["latency"] + (jitter * (2 * crc(f"j{key}{attempt}") / 2**32 - 1) if jitter else 0)
        return latency / 1000

    def stats(self) -> dict[str, Any]:
        """Return all counts."""
        window = self.last - self.first if self.first is not None and self.last is not None else 0.0
        return {
            "requests": self.requests,
            "ok": self.ok,
            "unique": len(self.answered),
            "repeats": self.repeats,
            "outcomes": self.outcomes,
            "by_model": self.by_model,
            "max_concurrency": self.most_in_flight,
            "mean_concurrency": round(self.area / window, 2) if window else 0,
            "window_s": round(window, 4),
            "rate": round(self.requests / window, 1) if window else 0,
            "connections_opened": self.opened,
            "max_connections": self.most_connections,
            "settings": self.settings,
            "pid": os.getpid(),
        }


class Connection(asyncio.Protocol):
    """One keep-alive connection, without the cost of asyncio's streams."""

    def __init__(self, state: State, loop: asyncio.AbstractEventLoop) -> None:
        self.state = state
        self.loop = loop
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count a new connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self.transport = transport
        state = self.state
        state.connections += 1
        state.opened += 1
        state.most_connections = max(state.most_connections, state.connections)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a lost connection."""
        self.state.connections -= 1

    def data_received(self, data: bytes) -> None:
        """Handle every whole request in the buffer."""
        buffer = self.buffer + data if self.buffer else data
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            found = CONTENT_LENGTH.search(buffer, 0, end + 2)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(buffer) < size:
                break
            self.handle(buffer[: buffer.find(b"\r\n")], buffer[end + 4 : size])
            buffer = buffer[size:]
        self.buffer = buffer

    def handle(self, line: bytes, body: bytes) -> None:
        """Answer one request."""
        state = self.state
        if line.startswith((b"POST /v1/chat/completions", b"POST /chat/completions")):
            self.chat(body)
            return
        if line.startswith(b"GET /stats"):
            held: object = state.stats()
        elif line.startswith(b"POST /reset"):
            state.reset()
            held = {}
        elif line.startswith(b"POST /control"):
            state.settings.update(json.loads(body or b"{}"))
            held = state.settings
        elif b"/models" in line:
            held = {"object": "list", "data": [{"id": name, "object": "model"} for name in ("base-acc70", "ft-acc85")]}
        else:
            self.transport.write(reply(404, b'{"error":{"message":"no such path"}}'))
            return
        self.transport.write(reply(200, json.dumps(held).encode()))

    def chat(self, body: bytes) -> None:
        """Answer a chat request, late or badly where the settings say so."""
        state, now = self.state, time.perf_counter()
        state.first = now if state.first is None else state.first
        state.requests += 1
        state.flow(1, now)
        try:
            asked = orjson.loads(body)
            model, prompt = asked["model"], str(asked["messages"][-1]["content"])
        except (ValueError, KeyError, IndexError, TypeError):
            state.flow(-1, now)
            self.transport.write(reply(400, b'{"error":{"message":"bad request"}}'))
            return
        key, answer = answer_to(model, prompt)
        state.by_model[model] = state.by_model.get(model, 0) + 1
        state.repeats += key in state.answered
        attempt = state.attempts[key] = state.attempts.get(key, 0) + 1
        what = state.outcome(key, attempt)
        out = self.written(what, model, answer, len(prompt) // 4 + 4)
        latency_s = state.latency_s(key, attempt)
        if latency_s > 0:
            self.loop.call_later(latency_s, self.finish, key, what, out)
        else:
            self.finish(key, what, out)

    def written(self, what: int, model: str, answer: str, tokens: int) -> bytes | None:
        """Return the bytes of a reply; None drops the connection."""
        number = self.state.requests
        if what == 200:
            body = (
                f'{{"id":"chatcmpl-{number}","object":"chat.completion","created":1700000000,"model":"{model}","choices":[{{'
                f'"index":0,"message":{{"role":"assistant","content":"{answer}","refusal":null}},"logprobs":null,'
                f'"finish_reason":"stop"}}],"usage":{{"prompt_tokens":{tokens},"completion_tokens":2,"total_tokens":{tokens},'
                '"prompt_tokens_details":{"cached_tokens":0}},"system_fingerprint":"fp_stub"}'
            )
            return reply(200, body.encode(), b"x-request-id: req_%d\r\n" % number)
        if what == -1:
            return reply(200, b'{"id":"chatcmpl-bad","choices":[{"index":0,"message":{"role":"assist')
        if what == 0:
            return None
        wait = f"Retry-After: {self.state.settings['retry_after']}\r\n".encode() if what == 429 else b""
        return reply(what, ERRORS[what], wait)

    def finish(self, key: Key, what: int, out: bytes | None) -> None:
        """Count and send a reply."""
        state, now = self.state, time.perf_counter()
        state.flow(-1, now)
        state.last = now
        name = OUTCOMES.get(what, str(what))
        state.outcomes[name] = state.outcomes.get(name, 0) + 1
        if out is None:
            self.transport.abort()
            return
        if what == 200:
            state.ok += 1
            state.answered[key] = state.answered.get(key, 0) + 1
        if not self.transport.is_closing():
            self.transport.write(out)


async def serve(port: int, settings: dict[str, float]) -> None:
    """Serve until told to stop."""
    loop = asyncio.get_running_loop()
    state = State(settings)
    server = await loop.create_server(lambda: Connection(state, loop), "127.0.0.1", port, backlog=4096)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    print(json.dumps({"pid": os.getpid(), "port": server.sockets[0].getsockname()[1]}), flush=True)
    await stop.wait()


def main() -> None:
    """Read the settings and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--latency", type=float, default=0, help="milliseconds")
    parser.add_argument("--jitter", type=float, default=0, help="plus or minus, milliseconds")
    for name, _ in FAULTS:
        parser.add_argument(f"--{name}", type=float, default=0, help="rate 0..1")
    parser.add_argument("--retry-after", type=float, default=1)
    parser.add_argument("--seed", type=int, default=0)
    given = vars(parser.parse_args())
    asyncio.run(serve(given.pop("port"), given))


if __name__ == "__main__":
    main()
