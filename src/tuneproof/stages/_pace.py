"""How many requests may be in flight at one provider: backs off when told to, recovers by itself."""

import asyncio
from collections import deque
from time import monotonic

BACK_OFF = 0.7
"""Share of the limit that is kept when the server says there are too many requests (TCP's CUBIC keeps as much)."""

RECOVERY = 1 / 16
"""Share of the full concurrency that comes back in one round trip without complaint: from 1 to full in 16 round trips."""


class Pace:
    """Additive increase, multiplicative decrease of the requests in flight, between 1 and `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._cut_at = 0.0
        self._resume_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def limit(self) -> int:
        """Requests that may be in flight now."""
        return int(self._limit)

    @property
    def throttled(self) -> bool:
        """Whether the server's complaints still hold the rate down."""
        return self._limit < self._most or self._resume_at > monotonic()

    def try_enter(self) -> bool:
        """Take leave to send one request if it can be had at once."""
        if self._waiting or not self._open():
            return False
        self._in_flight += 1
        return True

    async def enter(self) -> None:
        """Wait for leave to send one request; first come, first served."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._wake()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was given leave and cannot use it: pass it on
                self.leave()
            raise

    def leave(self) -> None:
        """Say that a request is no longer in flight."""
        self._in_flight -= 1
        if self._waiting:
            self._wake()

    def succeeded(self) -> None:
        """Let the limit grow: the server answered."""
        if self._limit < self._most:
            self._limit = min(self._most, self._limit + max(1.0, self._most * RECOVERY) / self._limit)

    def complained(self, sent_at: float, wait_s: float | None) -> None:
        """Back off: the server said "too many requests" to one sent at `sent_at` (monotonic).

        The limit is cut at most once a round trip: what was sent before the last cut can only say the same thing again.
        """
        now = monotonic()
        if sent_at >= self._cut_at:
            self._limit = max(1.0, self._limit * BACK_OFF)
            self._cut_at = now
        if wait_s is not None:
            self._resume_at = max(self._resume_at, now + wait_s)

    def _open(self) -> bool:
        """Tell whether one more may go out now."""
        return self._in_flight < int(self._limit) and (not self._resume_at or monotonic() >= self._resume_at)

    def _wake(self) -> None:
        """Give leave to as many as may go out; come back when a pause ends."""
        while self._waiting and self._open():
            turn = self._waiting.popleft()
            if not turn.done():
                self._in_flight += 1
                turn.set_result(None)
        if self._waiting and self._timer is None and (rest := self._resume_at - monotonic()) > 0:
            self._timer = asyncio.get_running_loop().call_later(rest, self._resume)

    def _resume(self) -> None:
        """End of a pause."""
        self._timer = None
        self._wake()
