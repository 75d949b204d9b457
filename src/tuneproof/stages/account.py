"""What the completions took, counted while they stream by: tokens, attempts, latencies, and whether two systems are one."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from tuneproof.core.completion import Completion, Reply

SMALLEST_TWIN = 20
"""So many answers, all equal to another system's, are worth a caution; fewer may well agree by chance."""


@dataclass(slots=True)
class Usage:
    """One system's figures."""

    completions: int = 0
    """Completions with a text."""
    missing: int = 0
    """Completions without one, for no fault of the system."""
    too_long: int = 0
    """Questions that the model could not read: wrong answers of the system."""
    not_asked: int = 0
    """Questions that were left out because the candidate was stopped, by a rule that was registered."""
    truncated: int = 0
    """Answers cut at max_tokens."""
    refusals: int = 0
    """Answers that are refusals."""
    attempts: int = 0
    """Requests sent for them, now or when they were first paid for."""
    input_tokens: int | None = 0
    """Sum; None once one is unknown."""
    output_tokens: int | None = 0
    """Sum; None once one is unknown."""
    models: dict[str, None] = field(default_factory=dict)
    """Model ids that the server reported, in order of appearance."""
    fingerprints: dict[str, None] = field(default_factory=dict)
    """The server's fingerprints of its configuration, in order of appearance."""
    latencies_s: "array[float]" = field(default_factory=lambda: array("d"))
    """Known latencies."""
    answers: "array[int]" = field(default_factory=lambda: array("q"))
    """Hash of each answer, in the order of the plan; a missing one hashes apart."""

    def add(self, reply: Reply) -> None:
        """Count one completion."""
        held = reply.completion
        self.attempts += held.attempts
        self.answers.append(hash((reply.evalset, reply.example.id, reply.repeat, held.text)))
        if held.text is None:
            kind = None if held.failure is None else held.failure.kind
            self.not_asked += kind == "not_asked"
            self.too_long += held.failure is not None and held.failure.is_the_models_fault
            self.missing += kind != "not_asked" and (held.failure is None or not held.failure.is_the_models_fault)
            return
        self.completions += 1
        self.truncated += held.finish == "length"
        self.refusals += held.finish == "refusal"
        self.input_tokens = _plus(self.input_tokens, held.input_tokens)
        self.output_tokens = _plus(self.output_tokens, held.output_tokens)
        if held.latency_s is not None:
            self.latencies_s.append(held.latency_s)
        if held.model_reported and len(self.models) < 20:
            self.models[held.model_reported] = None
        if held.fingerprint and len(self.fingerprints) < 20:
            self.fingerprints[held.fingerprint] = None

    def to_json(self) -> dict[str, Any]:
        """Return the figures as the manifest holds them."""
        p50, p95 = self._latency()
        return {
            "completions": self.completions,
            "missing": self.missing,
            **({"not_asked": self.not_asked} if self.not_asked else {}),
            "too_long": self.too_long,
            "truncated": self.truncated,
            "refusals": self.refusals,
            "attempts": self.attempts,
            "input_tokens": self.input_tokens if self.completions else None,
            "output_tokens": self.output_tokens if self.completions else None,
            "models_reported": list(self.models),
            "fingerprints": list(self.fingerprints),
            "latency_p50_s": p50,
            "latency_p95_s": p95,
        }

    def _latency(self) -> tuple[float | None, float | None]:
        if len(self.latencies_s) < 2:
            return (self.latencies_s[0],) * 2 if self.latencies_s else (None, None)
        cuts = quantiles(self.latencies_s, n=20, method="inclusive")
        return cuts[9], cuts[18]


def account(replies: Iterable[Reply], usage: dict[str, Usage]) -> Iterator[Reply]:
    """Count replies into `usage` (by system) while they pass through."""
    for reply in replies:
        usage.setdefault(reply.system, Usage()).add(reply)
        yield reply


def twins(usage: Mapping[str, Usage], pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return a caution for each pair of systems whose answers are all equal: is the fine-tune applied at all?"""
    found = []
    for one, other in pairs:
        mine, theirs = usage.get(one, Usage()), usage.get(other, Usage())
        if mine.completions >= SMALLEST_TWIN and mine.answers == theirs.answers:
            equal = f"all {mine.completions} answers of {one} equal those of {other}"
            found.append(f"{equal}: check that the fine-tune is really the one that answers")
    return found


def same_server_model(usage: Mapping[str, Usage], models: Mapping[str, str], pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return a caution for each pair that asked for different models and was answered by one name."""
    found = []
    for one, other in pairs:
        seen = [set(usage[name].models) if name in usage else set() for name in (one, other)]
        if models[one] != models[other] and len(seen[0]) == 1 and seen[0] == seen[1]:
            asked = f"{one} and {other} ask for different models, and the server calls both {next(iter(seen[0]))!r}"
            found.append(f"{asked}: identity is not confirmed")
    return found


def still_missing(failures: Mapping[str, Completion], what: str = "answers") -> list[str]:
    """Return a caution where answers (or `what` else) did not come after all retries, with the first reason and what to do."""
    if not failures:
        return []
    first = next(iter(failures.values())).failure
    why = f"{first.kind}: {first.message}" if first else "unknown"
    return [f"{len(failures)} {what} did not come after all retries, first: {why}; the same command asks for them again"]


def _plus(total: int | None, more: int | None) -> int | None:
    return None if total is None or more is None else total + more
