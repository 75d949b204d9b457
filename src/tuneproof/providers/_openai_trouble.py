"""What went wrong with an attempt, and whether another can help: error statuses and broken connections, as plain values."""

import errno
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

from tuneproof.core.completion import Failure, FailureKind, Setback
from tuneproof.core.errors import one_line

LONGEST_MESSAGE = 300
"""Characters of a message: a gateway's whole HTML page helps nobody."""

SHORTEST_SECRET = 8
"""Shorter values are words of messages (`none`, `test`), not secrets that must be blanked."""

_CONTEXT_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error", "ContextWindowExceededError"})
_CONTEXT_WORDS = re.compile(
    r"maximum context length|context.?length.?exceeded|exceeds? (the |its )?(available |maximum |model's )?context"
    r"|longer than the (maximum )?model('s)? (context )?length|longer than the model's context|context window"
    r"|prompt is too long|exceed_context_size|inputs` tokens \+",
    re.IGNORECASE,
)
_LIMIT_WORDS = re.compile(r"max(_completion)?_tokens['`\"]? (or .{1,40} )?is too large", re.IGNORECASE)
"""A longest answer that cannot fit is a setting, not a question that is too long: it must not be marked as wrong answers."""
_MODEL_WORDS = re.compile(
    r"invalid model name|model[^.]{0,80}(does not exist|not found|is not a valid model|unknown)|unknown model|no such model",
    re.IGNORECASE,
)
_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_FILTER_CODES = frozenset({"content_filter", "content_policy_violation"})
_SLOW_DOWN = re.compile(r"slow.?down|overloaded", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked, as far as messages need it."""

    model: str
    """The model id that was sent."""
    base_url: str
    """Where it was sent."""
    key_env: str
    """Name of the key's variable."""
    timeout_s: float
    """How long the answer could take."""
    secrets: tuple[str, ...]
    """Values that no message may show: servers quote keys."""

    def line(self, text: str) -> str:
        """Return a text as one short line without secrets."""
        for secret in self.secrets:
            if len(secret) >= SHORTEST_SECRET:
                text = text.replace(secret, "***")
        flat = one_line(text.strip(), LONGEST_MESSAGE)
        return flat if len(flat) <= LONGEST_MESSAGE else flat[:LONGEST_MESSAGE]

    def setback(self, kind: FailureKind, message: str, *, retry: bool = True) -> Setback:
        """Return a setback of which the server said no more."""
        return Setback(failure=Failure(kind=kind, message=self.line(message)), retry=retry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error status with its body, unwrapped."""

    status: int
    """HTTP status."""
    message: str
    """What the server said; what its body is where it said nothing."""
    codes: frozenset[str]
    """Its `code` and `type`, as text: servers give names, numbers, or nothing."""
    headers: Mapping[str, str]
    """Headers of the reply, with names in lower case or case-insensitive."""


def refusal_of(status: int, headers: Mapping[str, str], body: object) -> Refusal:
    """Unwrap an error body in any of the shapes that servers have."""
    codes: set[str] = set()
    inner = body
    if isinstance(inner, Mapping) and inner.get("error"):
        inner = inner["error"]
    if isinstance(inner, Mapping):
        codes = {str(inner[name]) for name in ("code", "type") if inner.get(name) is not None}
        inner = inner.get("message") or inner.get("detail") or inner.get("error") or dict(inner)
    return Refusal(status=status, message=_said(inner), codes=frozenset(codes), headers=headers)


def of_refusal(refusal: Refusal, asked: Asked) -> Setback:
    """Judge an error status. `context_length` comes with no retry: the caller makes the completion of it."""
    told = refusal.headers.get("x-should-retry")
    kind = _kind(refusal)
    fatal = None if told == "true" else _fatal(refusal, asked)
    retry = kind in ("rate_limited", "server_error", "timeout") if told not in ("true", "false") else told == "true"
    slow_down = refusal.status == 503 and _SLOW_DOWN.search(refusal.message) is not None
    return Setback(
        failure=Failure(kind=kind, message=asked.line(f"{refusal.status}: {refusal.message}")),
        retry=retry and fatal is None,
        retry_after_s=retry_after_s(refusal.headers),
        throttled=refusal.status == 429 or slow_down,
        fatal=None if fatal is None else asked.line(fatal),
    )


def of_connection(error: BaseException, asked: Asked) -> Setback:
    """Judge an attempt without a reply.

    The class of the SDK's error says little: a refused connection arrives as a timeout. Its causes are asked.
    """
    chain = list(_causes(error))
    if any(_is_refused(cause) for cause in chain):
        return asked.setback("connection", f"connection refused by {asked.base_url}")
    if any(isinstance(cause, TimeoutError) for cause in chain):
        return asked.setback("timeout", f"no complete answer within {asked.timeout_s:g} s")
    names = {type(cause).__name__ for cause in chain}
    said = next((text for cause in reversed(chain) if (text := str(cause).strip())), type(error).__name__)
    if names & {"DecodingError", "ClientResponseError", "BadHttpMessage", "BadStatusLine"}:
        return asked.setback("malformed_reply", f"not an HTTP reply: {said}")
    return asked.setback("connection", f"connection to {asked.base_url} broke: {said}")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a server asks to wait, None where it asks for none (or for none that lie ahead)."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        written = headers.get(name)
        if written is not None and (number := _number(written)) is not None:
            return number * unit if number > 0 else None
    then = _date_s(headers.get("retry-after"))
    if then is None:
        return None
    # The server's own clock where it shows it: the two need not agree.
    wait_s = then - (_date_s(headers.get("date")) or time())
    return wait_s if wait_s > 0 else None


def described(text: str) -> str:
    """Say what a body is that is not what was expected."""
    start = text.lstrip()[:200]
    if not start:
        return "an empty body"
    if start[:1] == "<":
        title = re.search(r"<title[^>]*>([^<]{1,120})", text, re.IGNORECASE)
        return "an HTML page" + (f" ({' '.join(title[1].split())})" if title else "")
    return start


def _kind(refusal: Refusal) -> FailureKind:
    """Name the failure."""
    status, message = refusal.status, refusal.message
    is_too_long = bool(refusal.codes & _CONTEXT_CODES) or _CONTEXT_WORDS.search(message) is not None
    if status in (400, 413, 422) and is_too_long and not _LIMIT_WORDS.search(message):
        return "context_length"
    if status < 500 and refusal.codes & _FILTER_CODES:
        return "content_filter"
    if status == 429:
        return "rate_limited"
    if status == 408:
        return "timeout"
    return "server_error" if status == 409 or status >= 500 else "rejected"


def _fatal(refusal: Refusal, asked: Asked) -> str | None:
    """Say why no request can succeed; None where others may."""
    status, said = refusal.status, f"({refusal.status}: {refusal.message})"
    if refusal.codes & _QUOTA_CODES or status == 402:
        return f"the quota at {asked.base_url} is used up; add credit and run the same command again {said}"
    if status == 401:
        return f"{asked.base_url} refuses the key; set a valid one in environment variable {asked.key_env} {said}"
    if status == 403:
        return f"{asked.base_url} gives no permission for model {asked.model!r}; check the key's project and region {said}"
    is_unknown = "model_not_found" in refusal.codes or (status in (400, 422) and _MODEL_WORDS.search(refusal.message))
    if status == 404 or (is_unknown and status < 500):
        return f"{asked.base_url} does not know model {asked.model!r}; check model and base_url {said}"
    return None


def _said(inner: object) -> str:
    """Return what an error says as text."""
    if isinstance(inner, str):
        return described(inner)
    return "an empty body" if inner is None else str(inner)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        inner: Any = getattr(seen, "os_error", None)
        if isinstance(inner, BaseException) and inner is not seen:
            yield inner
        seen = seen.__cause__


def _is_refused(cause: BaseException) -> bool:
    """Tell whether nobody listens at the address."""
    return isinstance(cause, OSError) and (cause.errno == errno.ECONNREFUSED or "Connect call failed" in str(cause))


def _number(written: str) -> float | None:
    """Return a finite number, None for anything else."""
    try:
        number = float(written)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _date_s(written: str | None) -> float | None:
    """Return an HTTP date as seconds since the epoch, None for anything else."""
    if written is None:
        return None
    try:
        return parsedate_to_datetime(written).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
