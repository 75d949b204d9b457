"""Stage 5, collect: requests become completions in the cache, each paid for once.

A fixed number of workers pulls from one lazy iterator per provider: never a task per request, so that memory does not grow with
the evalset. A worker takes its next request only when its completion is committed; what a kill can cost is therefore what is in
flight. Answers are not returned but read back from the cache, in the order of the plan.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from time import monotonic

from tuneproof.core.completion import Completion, Request, Setback
from tuneproof.core.errors import BudgetSpent, RunStopped, one_line
from tuneproof.core.protocols import RemoteProvider, RemoteSession
from tuneproof.stages._crew import Crew
from tuneproof.stages._pace import Pace
from tuneproof.stages._patience import Patience, is_overlong
from tuneproof.store.cache import Cache

GRACE_S = 30.0
"""How long calls in flight may take to come in when a run stops: they are paid for. What is later is lost."""

GO_ON = "all answers so far are kept: allow more and run the same command again"

_SUMMED = ("done", "answered", "failed", "attempts", "setbacks", "complaints", "input_tokens", "output_tokens")
"""Counts of a tally that add up over several collectings."""

MODELS_SHOWN = 20
"""Different model names that are kept per system; a server that makes one up per reply must not fill the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What one provider is to be asked."""

    name: str
    """Name of the provider in the experiment file, for messages."""
    provider: RemoteProvider
    """The provider."""
    first: Sequence[Request]
    """One request of each system that has no answer yet; each must succeed before the bulk is asked."""
    requests: Iterable[Request]
    """All requests in the order of the plan, generated lazily; those with an answer, or asked twice, are passed over."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Where the collecting stands; one object, updated in place."""

    done: int = 0
    """Requests of the plan that are through, whether answered, failed or already in the cache."""
    answered: int = 0
    """Requests that were answered by a server in this run."""
    failed: int = 0
    """Requests that stayed without an answer."""
    attempts: int = 0
    """Attempts sent, retries included."""
    setbacks: int = 0
    """Attempts that brought no answer."""
    complaints: int = 0
    """Attempts that a server refused because there were too many."""
    waiting: int = 0
    """Requests that wait for their next attempt now."""
    throttled: bool = False
    """Whether the rate is held down now because a server complained."""
    input_tokens: int = 0
    """Tokens sent, as far as servers counted them."""
    output_tokens: int = 0
    """Tokens answered, as far as servers counted them."""


Progress = Callable[[Tally], None]
"""Is called for each request that is through, and when one starts to wait; must be quick."""


class Continued:
    """Several collectings told as one: each goes on where the last one ended."""

    def __init__(self, tell: Progress) -> None:
        self._tell, self._before, self._now = tell, Tally(), Tally()

    def __call__(self, tally: Tally) -> None:
        """Tell where all of them together stand."""
        self._now = replace(tally, **{name: getattr(tally, name) + getattr(self._before, name) for name in _SUMMED})
        self._tell(self._now)

    def go_on(self) -> None:
        """End one, and let the next go on from there."""
        self._before = replace(self._now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What came of it, beside the answers themselves, which are in the cache."""

    tally: Tally
    """Final counts."""
    failures: dict[str, Completion]
    """Request key to failed completion (with its attempts), for those that stayed without an answer; never cached."""
    models_reported: dict[str, set[str]]
    """System name to the model ids that the server named in this run (at most `MODELS_SHOWN`)."""
    wall_s: float
    """Seconds from start to end."""


async def collect(
    pools: Sequence[Pool], cache: Cache, *, max_calls: int | None = None, spent: int = 0, progress: Progress | None = None
) -> Collected:
    """Ask all requests that have no answer yet, and store the answers.

    Args:
        pools: one per provider.
        cache: where answers go and where those that are there already are found.
        max_calls: attempts that may be sent, retries included; None for no limit.
        spent: those of them that were sent before.
        progress: told about every step.

    Raises:
        BudgetSpent: more attempts were needed than `max_calls`.
        RunStopped: no request of a system can succeed, its first one got no answer, or the cache cannot be written. Calls in
            flight are allowed to finish and be stored first (up to `GRACE_S`).
    """
    started = monotonic()
    run = _Run(cache=cache, max_calls=max_calls, spent=spent, progress=progress or (lambda _tally: None))
    async with AsyncExitStack() as stack:
        askers = [_Asker(run, pool, await stack.enter_async_context(pool.provider.connect())) for pool in pools]
        await run.crew.together(asker.open(request) for asker in askers for request in asker.pool.first)
        await run.crew.together(asker.work() for asker in askers for _ in range(asker.pool.provider.max_concurrency))
    return Collected(tally=run.tally, failures=run.failures, models_reported=run.models_reported, wall_s=monotonic() - started)


@dataclass(slots=True, kw_only=True)
class _Run:
    """What all askers of one run share."""

    cache: Cache
    max_calls: int | None
    spent: int
    progress: Progress
    crew: Crew = field(default_factory=lambda: Crew(GRACE_S))
    tally: Tally = field(default_factory=Tally)
    in_flight: set[str] = field(default_factory=set)
    failures: dict[str, Completion] = field(default_factory=dict)
    models_reported: dict[str, set[str]] = field(default_factory=dict)

    def needs_no_call(self, key: str) -> bool:
        """Tell whether a question is answered, being asked, or was asked in vain."""
        return key in self.in_flight or key in self.failures or self.cache.holds(key)

    def spend(self) -> None:
        """Count one attempt, if it is allowed."""
        if self.max_calls is not None and self.spent + self.tally.attempts >= self.max_calls:
            raise BudgetSpent(f"the {self.max_calls} calls that were allowed are used up; {GO_ON}")
        self.tally.attempts += 1

    def note(self, request: Request, completion: Completion) -> None:
        """Count one answer."""
        self.tally.answered += 1
        self.tally.input_tokens += completion.input_tokens or 0
        self.tally.output_tokens += completion.output_tokens or 0
        if completion.model_reported is not None:
            seen = self.models_reported.setdefault(request.system, set())
            if len(seen) < MODELS_SHOWN:
                seen.add(completion.model_reported)


class _Asker:
    """Asks one provider: its workers, its pace, its retries."""

    def __init__(self, run: _Run, pool: Pool, session: RemoteSession) -> None:
        self.pool = pool
        self._run = run
        self._session = session
        self._requests = iter(pool.requests)
        self._opened: set[str] = set()
        self._pace = Pace(pool.provider.max_concurrency)
        self._patience = Patience(pool.provider.max_retries)

    async def open(self, request: Request) -> None:
        """Ask a system's first request; the run stops where it gets no answer.

        A content filter is about the question, not about the system: it lets the run go on, or one row could block it for ever.
        """
        if self._run.needs_no_call(request.key):
            return
        completion = await self._ask(request)
        self._opened.add(request.key)
        self._show(through=1)
        failure = None if completion is None else completion.failure
        if completion is None or failure is None or failure.is_the_models_fault or failure.kind == "content_filter":
            return
        raise self._stopped(
            f"no answer to the first request of system {request.system!r} (model {request.model!r}): {failure.message} "
            f"[{failure.kind}, attempts: {completion.attempts}]"
        )

    async def work(self) -> None:
        """Take one request after the other until there is none; the iterator is shared with the other workers."""
        run = self._run
        for request in self._requests:
            if request.key in self._opened:  # counted already; callers may or may not leave it out of the bulk
                self._opened.discard(request.key)
                continue
            if not run.needs_no_call(request.key):
                await self._ask(request)
            self._show(through=1)
            if run.crew.stopping:
                return

    def _show(self, through: int = 0) -> None:
        """Tell where the collecting stands; `through`: requests that are through since."""
        self._run.tally.done += through
        self._run.tally.throttled = self._pace.throttled
        self._run.progress(self._run.tally)

    async def _ask(self, request: Request) -> Completion | None:
        """Bring one completion and keep it; None where the run stops before there is one."""
        run = self._run
        run.in_flight.add(request.key)
        try:
            completion = await self._answer(request)
            if completion is None:
                return None
            failure = completion.failure
            if failure is not None and not failure.is_the_models_fault:
                run.failures[request.key] = completion
                run.tally.failed += 1
            else:
                await run.cache.put(request.key, completion)
                run.note(request, completion)
            return completion
        finally:
            run.in_flight.discard(request.key)

    async def _answer(self, request: Request) -> Completion | None:
        """Try until there is an answer or no hope; None where the run stops meanwhile."""
        attempts = 0
        while not self._run.crew.stopping:
            outcome = await self._attempt(request)
            attempts += 1
            if isinstance(outcome, Completion):
                self._patience.answered()
                return outcome if attempts == 1 else replace(outcome, attempts=attempts)
            wait_s = self._patience.wait_s(outcome, attempts)
            if wait_s is None:
                failed, why = self._patience.give_up(outcome, attempts)
                if why is not None:
                    raise self._stopped(why)
                return failed
            await self._wait(wait_s)
        return None

    async def _attempt(self, request: Request) -> Completion | Setback:
        """Send it once, at the provider's pace."""
        run, pace = self._run, self._pace
        if not pace.try_enter():
            await run.crew.idly(pace.enter())
        try:
            run.spend()
            sent_at = monotonic()
            outcome = await self._session.attempt(request)
        finally:
            pace.leave()
        if isinstance(outcome, Completion):
            pace.succeeded()
            return outcome
        run.tally.setbacks += 1
        if outcome.fatal is not None:
            raise self._stopped(outcome.fatal)
        if outcome.throttled:
            run.tally.complaints += 1
            pace.complained(sent_at, None if is_overlong(outcome) else outcome.retry_after_s)
        return outcome

    async def _wait(self, wait_s: float) -> None:
        """Wait before the next attempt, and show it."""
        self._run.tally.waiting += 1
        self._show()
        try:
            await self._run.crew.idly(asyncio.sleep(wait_s))
        finally:
            self._run.tally.waiting -= 1

    def _stopped(self, why: str) -> RunStopped:
        """Return the error that ends the run, naming the provider."""
        return RunStopped(one_line(f"providers.{self.pool.name}: {why}"))
