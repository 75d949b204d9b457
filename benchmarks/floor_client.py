"""Bare loops: what calling costs when nothing is stored, retried or judged. The other side of every ratio."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

CONCURRENCY = 64

Job = tuple[str, str, str]
"""Model, question, right answer."""


def body(model: str, question: str) -> dict[str, Any]:
    """Return the body of one request."""
    return {"model": model, "messages": [{"role": "user", "content": question}], "temperature": 0, "max_tokens": 16}


async def pool(jobs: Iterable[Job], ask: Callable[[str, str], Awaitable[Any]]) -> dict[str, int]:
    """Let workers take jobs from one iterator: no task per job, so that memory does not grow with the data."""
    import asyncio

    left: Iterator[Job] = iter(jobs)
    right: dict[str, int] = {}

    async def work() -> None:
        for model, question, expected in left:
            is_right = (await ask(model, question)) == expected  # not right[model] += await: it reads before the wait
            right[model] = right.get(model, 0) + is_right

    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return right


async def sdk(jobs: Iterable[Job], base_url: str) -> dict[str, int]:
    """Ask through `chat.completions.create` of the openai SDK on aiohttp: what a careful user writes."""
    import openai

    async with openai.AsyncOpenAI(base_url=base_url, api_key="x", http_client=openai.DefaultAioHttpClient()) as client:

        async def ask(model: str, question: str) -> Any:
            return (await client.chat.completions.create(**body(model, question))).choices[0].message.content

        return await pool(jobs, ask)


async def post(jobs: Iterable[Job], base_url: str) -> dict[str, int]:
    """Ask through `client.post` of the SDK: no parameter transform, no models."""
    import openai

    async with openai.AsyncOpenAI(base_url=base_url, api_key="x", http_client=openai.DefaultAioHttpClient()) as client:

        async def ask(model: str, question: str) -> Any:
            reply: Any = await client.post("/chat/completions", body=body(model, question), cast_to=object)
            return reply["choices"][0]["message"]["content"]

        return await pool(jobs, ask)


async def raw(jobs: Iterable[Job], base_url: str) -> dict[str, int]:
    """Ask through aiohttp alone."""
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:

        async def ask(model: str, question: str) -> Any:
            async with session.post(f"{base_url}/chat/completions", json=body(model, question)) as reply:
                return (await reply.json())["choices"][0]["message"]["content"]

        return await pool(jobs, ask)


LOOPS: dict[str, Callable[[Iterable[Job], str], Awaitable[dict[str, int]]]] = {"sdk": sdk, "post": post, "raw": raw}
"""Name to loop."""
