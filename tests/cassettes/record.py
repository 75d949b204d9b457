"""Cassettes: what a real server once said, kept to be said again. `python -m tests.cassettes.record` makes them anew.

Each is recorded from llama.cpp's server on loopback through our own provider; none is written by hand.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from vcr import VCR
from vcr.request import Request as Recorded

from tests.integration.llama import CONTEXT, Llama
from tuneproof.core.completion import Completion, Request, Setback
from tuneproof.core.example import Example
from tuneproof.providers.openai_chat import OpenAIChat

FOLDER = Path(__file__).parent
PORT = 8080
"""Stands in every cassette for the port that happened to be free."""
REPLAYED_URL = f"http://127.0.0.1:{PORT}/v1"
KEY_ENV = "TUNEPROOF_CASSETTE_KEY"
KEY = "sk-cassette-0123456789abcdef"
"""What the recording server wants, and no cassette may hold."""
KEPT_HEADERS = ("authorization", "content-type")
"""The first is taken out by its own filter, which a test can then see at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One conversation."""

    prompts: tuple[str, ...]
    """One a request."""
    decoding: Mapping[str, Any] = field(default_factory=dict)
    """Sent with each."""
    key: str = KEY
    """Sent with each."""


CASES = {
    "answers": Case(
        prompts=("Where is my parcel?", "I was charged twice.", "Good morning!"),
        decoding={"grammar": "root ::= [a-z]{8}", "temperature": 0, "cache_prompt": False},
    ),
    "cut_at_max_tokens": Case(
        prompts=("question 1",), decoding={"grammar": 'root ::= "yes, of course"', "temperature": 0, "max_tokens": 3}
    ),
    "not_ascii": Case(prompts=("Größe? ✓",), decoding={"grammar": 'root ::= "Größe: ✓ \\U0001F600"', "temperature": 0}),
    "too_long": Case(prompts=("y" * (CONTEXT + 100),), decoding={"temperature": 0}),
    "wrong_key": Case(prompts=("question 1",), decoding={"temperature": 0}, key="sk-another-0123456789abcdef"),
}
"""Cassette to what is asked in it."""


def recorder(folder: Path = FOLDER, mode: str = "none") -> VCR:
    """Return what records and replays. The body is compared too: a changed prompt must not get the old answer."""
    return VCR(
        cassette_library_dir=str(folder),
        path_transformer=VCR.ensure_suffix(".yaml"),
        record_mode=mode,
        match_on=["method", "scheme", "host", "port", "path", "query", "body"],
        before_record_request=_without_whereabouts,
        filter_headers=["authorization"],
    )


def _without_whereabouts(request: Recorded) -> Recorded:
    """Forget the port and the headers that tell of the machine: they would differ with every recording."""
    parts = urlsplit(request.uri)
    request.uri = urlunsplit(parts._replace(netloc=f"{parts.hostname}:{PORT}"))
    request.headers = {name: value for name, value in request.headers.items() if name.lower() in KEPT_HEADERS}
    return request


def request(prompt: str, **decoding: Any) -> Request:
    """Return one question to the model that the server calls tiny."""
    example = Example(id="1", inputs=prompt, cluster="1")
    messages = ({"role": "user", "content": prompt},)
    return Request(
        key="0" * 64, system="s", model="tiny", evalset="e", example=example, repeat=0, messages=messages, decoding=decoding
    )


async def ask(case: Case, base_url: str = REPLAYED_URL) -> list[Completion | Setback]:
    """Hold the conversation of a case through our provider; the key is expected in its environment variable."""
    async with OpenAIChat(base_url=base_url, api_key_env=KEY_ENV).connect() as session:
        return [await session.attempt(request(prompt, **case.decoding)) for prompt in case.prompts]


def record(folder: Path) -> None:
    """Record all cassettes."""
    with Llama(KEY) as server:
        for name, case in CASES.items():
            (folder / f"{name}.yaml").unlink(missing_ok=True)
            os.environ[KEY_ENV] = case.key
            try:
                with recorder(folder, "once").use_cassette(name):
                    asyncio.run(ask(case, server.base_url))
            finally:
                del os.environ[KEY_ENV]


if __name__ == "__main__":
    record(FOLDER)
