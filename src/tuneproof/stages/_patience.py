"""How long a server is waited for, and when it is given up: one request, or the whole run."""

from random import uniform

from tuneproof.core.completion import Completion, Failure, Setback

FIRST_WAIT_S = 0.5
"""Upper end of the wait before the first retry, doubled with each (full jitter: drawn from 0 to the upper end)."""

LONGEST_BACKOFF_S = 30.0
"""Where the doubling ends."""

LONGEST_WAIT_S = 120.0
"""The longest Retry-After that is waited for, the openai SDK's own limit; what asks for more is missing and says so."""

IN_A_ROW = 10
"""So many requests in a row that are given up for one of two reasons, without an answer between them, end the run. An overlong
Retry-After: a quota is used up. No connection: the server is gone. Asking on would only spend time and calls."""


class Patience:
    """What one server has left of it."""

    def __init__(self, max_retries: int) -> None:
        self._max_retries = max_retries
        self._hopeless = 0

    def answered(self) -> None:
        """Take new heart."""
        self._hopeless = 0

    def wait_s(self, setback: Setback, attempts: int) -> float | None:
        """Return how long to wait before the next attempt; None where there is to be none."""
        if not setback.retry or attempts > self._max_retries or is_overlong(setback):
            return None
        if setback.retry_after_s is not None:
            return setback.retry_after_s
        return uniform(0.0, min(LONGEST_BACKOFF_S, FIRST_WAIT_S * 2.0 ** min(attempts - 1, 10)))  # noqa: S311 - jitter

    def give_up(self, setback: Setback, attempts: int) -> tuple[Completion, str | None]:
        """Give up one request.

        Returns:
            Its failed completion, which names an overlong Retry-After, and why the run is to end; None where it goes on.
        """
        failure, why = setback.failure, None
        asked = f"the server asks to wait {setback.retry_after_s:.0f} s" if is_overlong(setback) else None
        if asked or failure.kind == "connection":
            self._hopeless += 1
        if self._hopeless >= IN_A_ROW:
            told = asked or f"no connection for {self._hopeless} requests in a row"
            why = f"{told}: {failure.message}; run the same command again then, all answers are kept"
        if asked:
            failure = Failure(kind=failure.kind, message=f"{asked}, more than {LONGEST_WAIT_S:.0f} s: {failure.message}")
        return Completion(text=None, failure=failure, attempts=attempts), why


def is_overlong(setback: Setback) -> bool:
    """Tell whether the server asks for more patience than there is."""
    return setback.retry_after_s is not None and setback.retry_after_s > LONGEST_WAIT_S
