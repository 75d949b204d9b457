"""collect: every question is asked once, every attempt counted, nothing that was paid for lost. Against a real local server."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.servers.hostile import Ask, Hostile, Say, Script, answer, echo, error

from tuneproof.core.completion import Request
from tuneproof.core.digest import digest
from tuneproof.core.errors import BudgetSpent, InputError, Problem, RunStopped
from tuneproof.core.example import Example
from tuneproof.providers.openai_chat import OpenAIChat
from tuneproof.stages import _patience
from tuneproof.stages import collect as stage
from tuneproof.stages.collect import Collected, Pool, Tally, collect
from tuneproof.store.cache import Cache

SOON = {"retry-after-ms": "5"}
SYSTEMS = ("base", "tuned")


def request(number: int, system: str = "base", repeat: int = 0) -> Request:
    """Return the question of a number to a system."""
    prompt = f"q{number}"
    return Request(
        key=digest([system, prompt, repeat]),
        system=system,
        model=system,
        evalset="e",
        example=Example(id=str(number), inputs=prompt, cluster=str(number)),
        repeat=repeat,
        messages=({"role": "user", "content": prompt},),
        decoding={},
    )


def plan(count: int, systems: Sequence[str] = SYSTEMS) -> Iterator[Request]:
    """Yield `count` questions to each system, interleaved."""
    return (request(number, system) for number in range(count) for system in systems)


def run(
    server: Hostile, path: Path, requests: Iterator[Request], *, first: Sequence[Request] = (), **options: Any
) -> Collected:
    """Collect, with quick retries."""
    max_calls = options.pop("max_calls", None)
    progress = options.pop("progress", None)
    pool = Pool(name="local", provider=OpenAIChat(base_url=server.base_url, **options), first=first, requests=requests)
    with Cache(path) as cache:
        return asyncio.run(collect([pool], cache, max_calls=max_calls, progress=progress))


def stored(path: Path, requests: Iterator[Request]) -> list[str | None]:
    """Return the texts of those requests that have an answer, in their order."""
    with Cache(path) as cache:
        found = (cache.get(asked.key) for asked in requests)
        return [completion.text for completion in found if completion is not None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the cache is."""
    return tmp_path / "cache.sqlite"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_patience, "FIRST_WAIT_S", 0.01)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_asks_all_once(path: Path) -> None:
    """Every question of every system is asked once, and its own answer stored under its key."""
    with Hostile() as server:
        collected = run(server, path, plan(50), first=[request(0), request(0, "tuned")])
        assert stored(path, plan(50)) == [f"{asked.model}: q{asked.example.id}" for asked in plan(50)]
        assert (len(server.asks), server.asked_twice) == (100, 0)
    assert (collected.tally.done, collected.tally.answered, collected.tally.attempts) == (100, 100, 100)
    assert collected.models_reported == {"base": {"base"}, "tuned": {"tuned"}}


def test_done_counts_each_once(path: Path) -> None:
    """First requests count as done whether or not the caller leaves them out of the bulk."""
    first = [request(0), request(0, "tuned")]
    with Hostile() as server:
        assert run(server, path, plan(5), first=first).tally.done == 10
        rest = (asked for asked in plan(10) if asked.example.id not in "01234")
        with Cache(path) as cache:
            unknown = (asked for asked in rest if not cache.holds(asked.key))
            assert run(server, path, unknown, first=[request(5), request(5, "tuned")]).tally.done == 10


def test_counts_survive_concurrency(path: Path) -> None:
    """No count is lost where answers overlap (`right += await ...` reads before the wait)."""
    script: Script = lambda ask: Say(body=echo(ask).body, delay_s=len(ask.prompt) % 3 / 200)  # noqa: E731
    steps: list[int] = []
    with Hostile(script) as server:
        collected = run(server, path, plan(150), progress=lambda tally: steps.append(tally.done))
        assert server.most_in_flight > 1
    assert (collected.tally.answered, collected.tally.input_tokens, collected.tally.output_tokens) == (300, 2100, 600)
    assert steps == sorted(steps)
    assert steps[-1] == 300


def test_concurrency_is_bounded(path: Path) -> None:
    """Never more requests are in flight than the provider's limit."""
    with Hostile(lambda ask: Say(body=echo(ask).body, delay_s=0.01)) as server:
        run(server, path, plan(40), max_concurrency=5)
        assert 1 < server.most_in_flight <= 5


def test_equal_keys_are_asked_once(path: Path) -> None:
    """The same question twice, at once or later, is one call; both are done."""
    twice = [*plan(5), *plan(5), *plan(5)]
    with Hostile(lambda ask: Say(body=echo(ask).body, delay_s=0.02)) as server:
        collected = run(server, path, iter(twice), max_concurrency=12)
        assert len(server.asks) == 10
    assert collected.tally.done == 30


def test_repeats_are_asked_again(path: Path) -> None:
    """The second repeat of a question is another question: it is never served from the first one's answer."""
    asked = [request(1, repeat=repeat) for repeat in range(3)]
    with Hostile(lambda ask: answer(f"take {ask.times}")) as server:
        run(server, path, iter(asked), max_concurrency=1)
    assert stored(path, iter(asked)) == ["take 0", "take 1", "take 2"]


def test_the_cached_is_not_asked(path: Path) -> None:
    """A second run asks only what the first has not answered, and no first request of a known system."""
    with Hostile() as server:
        run(server, path, plan(10))
        collected = run(server, path, plan(15), first=[request(0), request(0, "tuned")])
        assert (len(server.asks), server.asked_twice) == (30, 0)
    assert (collected.tally.done, collected.tally.attempts) == (30, 10)


def test_attempts_are_counted(path: Path) -> None:
    """A completion says how many requests it took."""
    with Hostile(lambda ask: error(500, headers=SOON) if ask.times < 2 else echo(ask)) as server:
        collected = run(server, path, plan(3))
    with Cache(path) as cache:
        assert {completion.attempts for completion in cache.get_many(asked.key for asked in plan(3)).values()} == {3}
    assert (collected.tally.attempts, collected.tally.setbacks, collected.tally.failed) == (18, 12, 0)


@pytest.mark.parametrize(
    ("say", "kind", "attempts"),
    [
        (error(500, headers=SOON), "server_error", 3),
        (error(429, headers=SOON), "rate_limited", 3),
        (answer("x", finish="content_filter"), "content_filter", 3),
        (Say(drop="before"), "connection", 3),
        (Say(body="<html>", headers=SOON), "malformed_reply", 3),
        (error(422), "rejected", 1),
        (error(500, headers={"x-should-retry": "false"}), "server_error", 1),
        (error(400, headers={"x-should-retry": "true", **SOON}), "rejected", 3),
    ],
)
def test_failures_are_asked_again_next_time(path: Path, say: Say, kind: str, attempts: int) -> None:
    """What stays without an answer is missing with its attempts; the run goes on; the same command asks it again."""
    with Hostile(lambda ask: say if ask.prompt == "q1" else echo(ask)) as server:
        collected = run(server, path, plan(4, ["base"]), max_retries=2)
        failed = collected.failures[request(1).key]
        assert (failed.failure.kind if failed.failure else None, failed.attempts) == (kind, attempts)
        server.script = echo
        assert run(server, path, plan(4, ["base"])).tally.attempts == 1
    assert len(stored(path, plan(4, ["base"]))) == 4


def test_too_long_questions_are_kept(path: Path) -> None:
    """A question beyond the context is the system's own failure: final, stored, not asked again."""
    with Hostile(lambda ask: error(400, code="context_length_exceeded")) as server:
        for _ in range(2):
            collected = run(server, path, plan(2, ["base"]), first=[request(0)])
            assert (collected.tally.failed, collected.failures) == (0, {})
        assert len(server.asks) == 2


def test_retry_after_is_waited_out(path: Path) -> None:
    """No attempt comes before the server asked for it, and a 429 holds the whole provider."""
    seen: list[float] = []

    def script(ask: Ask) -> Say:
        seen.append(time.monotonic())
        refused = error(429, headers={"retry-after": "0.6"})
        return refused if len(seen) == 1 else Say(body=echo(ask).body, delay_s=0.2)

    with Hostile(script) as server:
        run(server, path, plan(12, ["base"]), max_concurrency=4)
    assert len(seen) == 13
    assert min(seen[4:]) - seen[0] >= 0.6


def test_an_overlong_wait_is_a_missing_answer(path: Path) -> None:
    """A wait beyond the limit is not waited; the failure says what the server asked for."""
    later = error(429, "later", headers={"retry-after": "3600"})
    with Hostile(lambda ask: later if ask.prompt == "q1" else echo(ask)) as server:
        collected = run(server, path, plan(3, ["base"]))
    failure = collected.failures[request(1).key].failure
    assert failure is not None
    assert failure.message == "the server asks to wait 3600 s, more than 120 s: 429: later"


def test_overlong_waits_in_a_row_stop_the_run(path: Path) -> None:
    """A quota that is used up for the day stops the run instead of spending a call on every question."""
    with Hostile(lambda ask: error(429, "daily limit", headers={"retry-after": "3600"})) as server:
        with pytest.raises(RunStopped, match=r"the server asks to wait 3600 s: 429: daily limit; run the same"):
            run(server, path, plan(500), max_concurrency=2)
        assert len(server.asks) < 20


def test_a_server_that_is_gone_stops_the_run(path: Path) -> None:
    """When no connection comes about any more the run stops, instead of retrying every question that is left."""
    server = Hostile(lambda ask: Say(drop="before") if ask.prompt not in ("q0", "q1", "q2") else echo(ask))
    with server, pytest.raises(RunStopped, match=r"no connection for 10 requests in a row: .*all answers are kept"):
        run(server, path, plan(500, ["base"]), max_concurrency=2, max_retries=1)
    assert len(server.asks) < 60


def test_a_storm_of_429_finishes(path: Path) -> None:
    """Every question refused twice is answered in the end; complaints are counted."""
    with Hostile(lambda ask: error(429, headers=SOON) if ask.times < 2 else echo(ask)) as server:
        collected = run(server, path, plan(60))
    assert len(stored(path, plan(60))) == 120
    assert (collected.tally.complaints, collected.tally.failed) == (240, 0)


def test_faults_of_every_kind_at_once(path: Path) -> None:
    """Dropped connections, broken JSON, 500 and 429 in a mix lose nothing and blame no innocent row."""
    faults = [Say(drop="before"), Say(drop="within", body=b"x" * 99), Say(body=b'{"id":'), error(500), error(429, headers=SOON)]
    with Hostile(lambda ask: faults[int(ask.prompt[1:]) % 5] if ask.times == 0 else echo(ask)) as server:
        collected = run(server, path, plan(100))
    assert stored(path, plan(100)) == [f"{asked.model}: q{asked.example.id}" for asked in plan(100)]
    assert collected.failures == {}


def test_no_answer_to_the_first_request(path: Path) -> None:
    """A system that does not answer its first request stops the run before the bulk is asked."""
    with Hostile(lambda ask: error(500, "down", headers=SOON) if ask.model == "tuned" else echo(ask)) as server:
        with pytest.raises(RunStopped) as stopped:
            run(server, path, plan(50), first=[request(0), request(0, "tuned")], max_retries=2)
        assert len(server.asks) == 4
    assert str(stopped.value) == (
        "providers.local: no answer to the first request of system 'tuned' (model 'tuned'): 500: down "
        "[server_error, attempts: 3]"
    )
    assert stored(path, plan(1)) == ["base: q0"]


def test_a_filtered_first_request_does_not_block(path: Path) -> None:
    """A content filter is about one question: it must not keep the run from all others for ever."""
    with Hostile(lambda ask: answer("", finish="content_filter") if ask.prompt == "q0" else echo(ask)) as server:
        collected = run(server, path, plan(5, ["base"]), first=[request(0)], max_retries=1)
    assert (collected.tally.answered, collected.tally.failed, collected.tally.done) == (4, 1, 5)


@pytest.mark.parametrize(
    ("say", "hint"),
    [
        (error(401, "bad key"), "refuses the key"),
        (error(403), "permission"),
        (error(404), "does not know model"),
        (error(429, code="insufficient_quota"), "add credit"),
    ],
)
def test_what_cannot_succeed_stops_the_run(path: Path, say: Say, hint: str) -> None:
    """A refused key, permission, model or quota stops the run with exit code 4; calls in flight are kept."""
    with Hostile(lambda ask: say if ask.prompt == "q3" else Say(body=echo(ask).body, delay_s=0.2)) as server:
        with pytest.raises(RunStopped, match=hint) as stopped:
            run(server, path, plan(500, ["base"]), max_concurrency=4)
        asked = len(server.asks)
    assert (stopped.value.exit_code, "\n" in str(stopped.value)) == (4, False)
    assert len(stored(path, plan(500, ["base"]))) == asked - 1 == 3


def test_stopping_does_not_wait_for_those_who_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that wait for their next attempt are not waited for when the run stops."""
    monkeypatch.setattr(stage, "GRACE_S", 300.0)

    def script(ask: Ask) -> Say:
        return Say(status=401, delay_s=0.1) if ask.prompt == "q3" else error(503, headers={"retry-after": "100"})

    with Hostile(script) as server, pytest.raises(RunStopped):
        run(server, path, plan(500, ["base"]), max_concurrency=8)
        pytest.fail("the run went on")
    assert len({ask.prompt for ask in server.asks}) <= 8


@pytest.mark.parametrize(("max_calls", "is_spent"), [(0, True), (7, True), (19, True), (20, False)])
def test_budget(path: Path, max_calls: int, is_spent: bool) -> None:
    """Attempts never exceed the budget; what was answered is kept, and the next command goes on from there."""
    with Hostile() as server:
        if is_spent:
            with pytest.raises(BudgetSpent, match=f"the {max_calls} calls that were allowed are used up"):
                run(server, path, plan(10), max_calls=max_calls)
        else:
            run(server, path, plan(10), max_calls=max_calls)
        assert len(server.asks) == len(stored(path, plan(10))) == max_calls
        run(server, path, plan(10))
        assert (len(server.asks), server.asked_twice) == (20, 0)


def test_retries_count_against_the_budget(path: Path) -> None:
    """A failing server cannot spend more than was allowed."""
    with Hostile(lambda ask: error(500, headers=SOON)) as server:
        with pytest.raises(BudgetSpent):
            run(server, path, plan(10), max_calls=15)
        assert len(server.asks) == 15


def test_a_full_disk_stops_new_calls(path: Path) -> None:
    """When an answer cannot be stored no more are bought."""

    async def fill(server: Hostile) -> None:
        with Cache(path) as cache:
            pages = cache._db.execute("PRAGMA page_count").fetchone()[0]
            cache._db.execute(f"PRAGMA max_page_count = {pages + 20}")
            provider = OpenAIChat(base_url=server.base_url, max_concurrency=4)
            await collect([Pool(name="local", provider=provider, first=(), requests=plan(2000))], cache)

    with Hostile(lambda ask: answer("x" * 2000)) as server:
        with pytest.raises(RunStopped, match="full; free some space"):
            asyncio.run(fill(server))
        assert len(server.asks) - len(stored(path, plan(2000))) <= 4


def test_cancelling_keeps_what_is_committed(path: Path) -> None:
    """An interrupted run ends at once; its answers stay; only calls in flight are asked again."""

    async def interrupted(server: Hostile) -> None:
        with Cache(path) as cache:
            provider = OpenAIChat(base_url=server.base_url, max_concurrency=8)
            pool = Pool(name="local", provider=provider, first=(), requests=plan(200))
            work = asyncio.create_task(collect([pool], cache))
            while len(server.asks) < 60:  # noqa: ASYNC110 - the server lives in another thread
                await asyncio.sleep(0.005)
            work.cancel()
            await work

    with Hostile(lambda ask: Say(body=echo(ask).body, delay_s=0.01)) as server:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(interrupted(server))
        assert 0 < len(stored(path, plan(200))) < 400
        run(server, path, plan(200))
        assert server.asked_twice <= 8
    assert len(stored(path, plan(200))) == 400


def test_a_fault_in_the_plan_is_passed_on(path: Path) -> None:
    """An error while requests are generated (a template that fails on a late row) ends the run as what it is."""

    def faulty() -> Iterator[Request]:
        yield from plan(20)
        raise InputError(Problem(where="e.jsonl:21", what="undefined variable"))

    with Hostile() as server, pytest.raises(InputError, match="undefined variable"):
        run(server, path, faulty())
    assert len(stored(path, plan(20))) >= 32


def test_two_providers(path: Path) -> None:
    """Each provider has its own pool; a slow one does not hold the other."""
    with Hostile() as one, Hostile(lambda ask: Say(body=echo(ask).body, delay_s=0.05)) as two, Cache(path) as cache:
        pools = [
            Pool(name=name, provider=OpenAIChat(base_url=server.base_url), first=(), requests=plan(20, [name]))
            for name, server in (("base", one), ("tuned", two))
        ]
        collected = asyncio.run(collect(pools, cache))
        assert (len(one.asks), len(two.asks)) == (20, 20)
    assert collected.tally.done == 40


def test_progress_shows_waiting(path: Path) -> None:
    """A stalled run can be seen to wait, and why."""
    seen: list[tuple[int, bool]] = []

    def progress(tally: Tally) -> None:
        seen.append((tally.waiting, tally.throttled))

    with Hostile(lambda ask: error(429, headers=SOON) if ask.times == 0 else echo(ask)) as server:
        run(server, path, plan(4, ["base"]), progress=progress)
    assert (1, True) in seen
    assert seen[-1][0] == 0


CHILD = """
import asyncio, sys
sys.path[:0] = [{root!r}]
from pathlib import Path
from tests.stages.test_collect import plan
from tuneproof.providers.openai_chat import OpenAIChat
from tuneproof.stages.collect import Pool, collect
from tuneproof.store.cache import Cache
with Cache(Path({path!r})) as cache:
    pool = Pool(name="local", provider=OpenAIChat(base_url={url!r}, max_concurrency=16), first=(), requests=plan({count}))
    asyncio.run(collect([pool], cache))
"""


def child(server: Hostile, path: Path, count: int) -> subprocess.Popen[bytes]:
    """Start a run in a process of its own."""
    root = str(Path(__file__).parents[2])
    code = CHILD.format(root=root, path=str(path), url=server.base_url, count=count)
    return subprocess.Popen([sys.executable, "-c", code])


def test_kill_at_half(path: Path) -> None:
    """After kill -9 at half the same command asks again at most what was in flight, and loses nothing."""
    with Hostile(lambda ask: Say(body=echo(ask).body, delay_s=0.01)) as server:
        with child(server, path, 400) as process:
            while len(server.asks) < 400:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
        assert 300 < len(stored(path, plan(400))) < 800
        with child(server, path, 400) as process:
            assert process.wait(60) == 0
        assert server.asked_twice <= 16
    assert stored(path, plan(400)) == [f"{asked.model}: q{asked.example.id}" for asked in plan(400)]


def test_two_runs_at_once(path: Path) -> None:
    """Two runs on one cache both finish and leave one answer a question."""
    with Hostile(lambda ask: Say(body=echo(ask).body, delay_s=0.005)) as server, child(server, path, 200) as one:
        with child(server, path, 200) as two:
            assert (one.wait(60), two.wait(60)) == (0, 0)
        assert len(server.asks) < 800
    assert len(stored(path, plan(200))) == 400
