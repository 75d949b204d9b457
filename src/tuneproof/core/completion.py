"""Requests and completions: one question to a provider, and one answer or failure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tuneproof.core.example import Example, Message

Finish = Literal["stop", "length", "refusal", "tool_calls", "content_filter", "other"]
"""Why an answer ended. Foreign values of compatible servers are mapped; what cannot be mapped is `other`."""

FailureKind = Literal[
    "no_row",  # recorded outputs hold no row for this question
    "recorded_error",  # the recorded row is itself an error
    "rate_limited",
    "server_error",
    "timeout",
    "connection",
    "malformed_reply",
    "content_filter",
    "rejected",  # 400/422 that is not about length: the server will not take this question
    "context_length",  # the question is longer than the model can read: the system's own fault, graded wrong
    "not_asked",  # the candidate was stopped before this question
]


Order = Literal["given", "swapped"]
"""Which of two answers a judge sees first: `given` = the reference's, `swapped` = the other's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The answer that a judge is asked about."""

    grader: str
    """Name of the grader that asks."""
    system: str
    """Name of the system whose answer it is."""
    order: Order = "given"
    """In which order two answers are shown; `given` where there is one."""
    turned: Mapping[str, str] = field(default_factory=dict)
    """What each choice is called when the two answers change places; empty where there is one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to one system."""

    key: str
    """Digest of all that reaches the provider, and of the repeat: equal key, equal question. Empty where answers are free."""
    system: str
    """Name of the system that is asked."""
    model: str
    """Its provider's model id."""
    evalset: str
    """Name of the evalset."""
    example: Example
    """The example that is asked about."""
    repeat: int
    """0 for the first time, 1 for the second, ..."""
    messages: tuple[Message, ...]
    """What is sent; empty for providers that need no prompt."""
    decoding: Mapping[str, Any]
    """Decoding settings, sent as written."""
    about: Subject | None = None
    """For a judge: whose answer (of this example and repeat) it is asked about; None for compared systems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer. A failure is never an answer and never a zero; see `FailureKind` for the one exception."""

    kind: FailureKind
    """What sort of thing went wrong."""
    message: str
    """One line, as the server or the library said it."""

    @property
    def is_the_models_fault(self) -> bool:
        """True where the failure says something about the system: it is then graded as a wrong answer."""
        return self.kind == "context_length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One answer or one failure: exactly one of `text` and `failure`."""

    text: str | None
    """The answer as it came, empty string included; None where there is none."""
    failure: Failure | None = None
    """Why there is no answer; None where there is one."""
    finish: Finish = "stop"
    """Why the answer ended; meaningless with a failure."""
    attempts: int = 1
    """Requests that were sent for it, retries included; 0 for recorded answers."""
    input_tokens: int | None = None
    """As the provider counted; None = unknown, never zero."""
    output_tokens: int | None = None
    """As the provider counted, reasoning included; None = unknown."""
    latency_s: float | None = None
    """Seconds from sending the last attempt to its complete answer; None = unknown."""
    model_reported: str | None = None
    """The model id that the server said it used; None where it said nothing."""
    fingerprint: str | None = None
    """The server's own fingerprint of its configuration, where it gives one."""

    def __post_init__(self) -> None:
        if (self.text is None) == (self.failure is None):
            raise ValueError("a completion has exactly one of text and failure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A completion with its address: one row of completions.jsonl."""

    evalset: str
    """Name of the evalset."""
    example: Example
    """The example that was asked about."""
    system: str
    """Name of the system."""
    repeat: int
    """Which repeat, from 0."""
    completion: Completion
    """What came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """One attempt that brought no answer, and what the provider knows about trying again."""

    failure: Failure
    """What the completion's failure will be if no attempt succeeds."""
    retry: bool
    """Whether another attempt can help."""
    retry_after_s: float | None = None
    """Seconds the server asked to wait; None where it named none."""
    throttled: bool = False
    """The server says there are too many requests: concurrency backs off."""
    fatal: str | None = None
    """One line why no request of this system can succeed (key, permission, model, quota): the run stops. None: it goes on."""
