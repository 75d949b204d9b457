"""Workers that end together: when one fails, those that hold a paid call finish it, those that merely wait are sent home."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


class Crew:
    """Coroutines that run side by side until all are through or one fails."""

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s
        self._idle: set[asyncio.Task[Any]] = set()
        self.stopping = False

    async def idly(self, waiting: Awaitable[T]) -> T:
        """Wait for something that may be given up at any moment: a pause, a turn; nothing that is paid for.

        Waiting is marked rather than working, so that a call that need not wait pays nothing for it.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a crew works in tasks")
        self._idle.add(task)
        try:
            return await waiting
        finally:
            self._idle.discard(task)

    async def together(self, works: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Run all; the first failure stops them all and is raised when those at work are through (or `grace_s` is over)."""
        tasks = [asyncio.create_task(work) for work in works]
        if not tasks:
            return
        try:
            done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            failed = [error for task in done if (error := task.exception()) is not None]
            if failed:
                await self._stop(pending)
                raise failed[0]
        finally:
            self.stopping = self.stopping or any(not task.done() for task in tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stop(self, pending: set[asyncio.Task[None]]) -> None:
        """Send the idle ones home and wait for the others."""
        self.stopping = True
        for task in pending & self._idle:
            task.cancel()
        if pending:
            await asyncio.wait(pending, timeout=self._grace_s)
