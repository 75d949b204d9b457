"""The pace: backs off once a round trip, recovers to full, loses no turn."""

import asyncio
from time import monotonic

import pytest

from tuneproof.stages._pace import BACK_OFF, Pace


def test_backs_off_once_a_round_trip() -> None:
    """Complaints about requests that were sent before the last cut do not cut again."""
    pace = Pace(64)
    sent_at = monotonic()
    for _ in range(64):
        pace.complained(sent_at, None)
    assert pace.limit == int(64 * BACK_OFF)
    pace.complained(monotonic(), None)
    assert pace.limit == int(64 * BACK_OFF**2)


def test_recovers_to_full() -> None:
    """After any number of complaints the limit is never below one, and answers bring it back to full."""
    pace = Pace(64)
    for _ in range(100):
        pace.complained(monotonic(), None)
    assert (pace.limit, pace.throttled) == (1, True)
    for _ in range(64 * 16):
        pace.succeeded()
    assert (pace.limit, pace.throttled) == (64, False)


def test_a_pause_holds_all() -> None:
    """During a pause nobody is let in; after it all are."""

    async def scene() -> tuple[bool, int]:
        pace = Pace(4)
        pace.complained(monotonic(), 0.05)
        was_open = pace.try_enter()
        await asyncio.wait_for(asyncio.gather(*(pace.enter() for _ in range(2))), 5)
        return was_open, pace.limit

    assert asyncio.run(scene()) == (False, 2)


@pytest.mark.parametrize("given", [False, True])
def test_a_cancelled_turn_is_passed_on(given: bool) -> None:
    """Who is cancelled while waiting, or at the moment of being let in, takes nobody's place."""

    async def scene() -> bool:
        pace = Pace(1)
        assert pace.try_enter()
        first, second = (asyncio.create_task(pace.enter()) for _ in range(2))
        await asyncio.sleep(0)
        if given:
            pace.leave()
            first.cancel()
        else:
            first.cancel()
            pace.leave()
        await asyncio.wait_for(second, 5)
        return first.cancelled()

    assert asyncio.run(scene()) is True
