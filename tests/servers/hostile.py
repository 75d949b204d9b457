"""Our own server for what no well-behaved one does: odd bodies, 429 storms, cut connections, drips. Loopback only."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request as the server saw it."""

    model: str
    """The model that was asked."""
    prompt: str
    """The last message."""
    body: Mapping[str, Any]
    """The whole body."""
    headers: Mapping[str, str]
    """The headers, names in lower case."""
    times: int
    """How often this model was asked this before."""
    path: str = ""
    """What was asked for: `/v1/chat/completions`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One reply."""

    body: bytes | str | Mapping[str, Any] = b""
    """Bytes as they are; a mapping as JSON."""
    status: int = 200
    """HTTP status."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers beside the length."""
    delay_s: float = 0.0
    """Seconds before the first byte."""
    drip_s: float = 0.0
    """Seconds between the bytes of the body; 0 sends it at once."""
    drop: Literal["", "before", "within"] = ""
    """Whether the connection is cut before the reply, or in the middle of its body."""


Script = Callable[[Ask], Say]


def answer(text: object, *, model: str = "m-1", finish: object = "stop", usage: object = None, **message: object) -> Say:
    """Return a well-formed reply with this content."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
    counts = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9} if usage is None else usage
    return Say(body={"id": "c", "object": "chat.completion", "model": model, "choices": [choice], "usage": counts})


def error(status: int, message: str = "no", *, headers: Mapping[str, str] | None = None, **fields: object) -> Say:
    """Return an error as the official API words it."""
    return Say(status=status, body={"error": {"message": message, "type": None, "code": None, **fields}}, headers=headers or {})


def echo(ask: Ask) -> Say:
    """Answer with the prompt itself."""
    return answer(f"{ask.model}: {ask.prompt}", model=ask.model)


class Hostile:
    """A server on 127.0.0.1 that says what its script says, and counts what it was asked."""

    def __init__(self, script: Script = echo) -> None:
        self.script = script
        self.asks: list[Ask] = []
        self.times: Counter[tuple[str, str]] = Counter()
        self.in_flight = 0
        self.most_in_flight = 0
        self.base_url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def asked_twice(self) -> int:
        """Requests beyond the first of each question."""
        return sum(count - 1 for count in self.times.values())

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._talk, "127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))  # transports close a turn later
        self._loop.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while await self._reply(reader, writer):
                    pass
        finally:
            writer.close()

    async def _reply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False ends the connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
        prompt = str((body.get("messages") or [{}])[-1].get("content"))
        question = (str(body.get("model")), prompt)
        times, path = self.times[question], head[0].split(" ")[1]
        ask = Ask(model=question[0], prompt=prompt, body=body, headers=headers, times=times, path=path)
        self.asks.append(ask)
        self.times[question] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._send(self.script(ask), writer)
        finally:
            self.in_flight -= 1

    async def _send(self, say: Say, writer: asyncio.StreamWriter) -> bool:
        """Send one reply as badly as it asks."""
        await asyncio.sleep(say.delay_s)
        if say.drop == "before":
            writer.transport.abort()
            return False
        raw = json.dumps(say.body).encode() if isinstance(say.body, Mapping) else say.body
        raw = raw.encode() if isinstance(raw, str) else raw
        lines = {"content-type": "application/json", **say.headers, "content-length": str(len(raw))}
        head = f"HTTP/1.1 {say.status} Status\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(head.encode("latin-1") + b"\r\n")
        if say.drop == "within":
            writer.write(raw[: len(raw) // 2])
            await writer.drain()
            writer.close()
            return False
        for start in range(0, len(raw), 1 if say.drip_s else max(1, len(raw))):
            writer.write(raw[start : start + 1] if say.drip_s else raw)
            await asyncio.sleep(say.drip_s)
        await writer.drain()
        return True
