"""What came back: the one place that turns anything a server or the SDK brings into a completion or a setback.

The SDK does not validate replies; every field is therefore looked at before it is believed.
"""

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import orjson
from openai import APIStatusError

from tuneproof.core.completion import Completion, Finish, Setback
from tuneproof.providers._openai_trouble import Asked, described, of_connection, of_refusal, refusal_of

_FINISH: dict[object, Finish] = {
    "stop": "stop",
    "eos": "stop",  # Together
    "eos_token": "stop",  # TGI
    "stop_sequence": "stop",  # TGI
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
"""Finish reasons of servers; any other, and none at all, is `other`."""

MOST_TOKENS = 2**53
"""Above it a count is not one (and the cache could not hold it)."""


def judge(came: httpx2.Response | Exception, latency_s: float, asked: Asked) -> Completion | Setback:
    """Say what an attempt brought: a completion (an answer, or a question too long for the model), or a setback.

    Args:
        came: the SDK's response with its body read, or whatever was raised instead.
        latency_s: seconds that the attempt took.
        asked: what was asked.
    """
    if isinstance(came, httpx2.Response):
        return _of_body(came.content, latency_s, asked)
    if not isinstance(came, APIStatusError):
        return of_connection(came, asked)
    setback = of_refusal(refusal_of(came.status_code, came.response.headers, came.body), asked)
    if setback.failure.kind == "context_length" and not setback.retry and setback.fatal is None:
        return Completion(text=None, failure=setback.failure, latency_s=latency_s)
    return setback


def _of_body(content: bytes, latency_s: float, asked: Asked) -> Completion | Setback:
    """Judge the body of a 200."""
    body = _parsed(content)
    if not isinstance(body, dict):
        return asked.setback("malformed_reply", f"not a JSON object: {described(content.decode('utf-8', 'replace'))}")
    if body.get("error"):
        return _of_error(body, asked)
    choice = _first(body.get("choices"))
    message = None if choice is None else choice.get("message")
    if choice is None or not isinstance(message, dict):
        missing = "the reply holds no choice" if choice is None else "the choice holds no message"
        return asked.setback("malformed_reply", missing)
    reason = choice.get("finish_reason")
    if reason in ("content_filter", "error"):
        said = "the provider's content filter withheld the answer" if reason == "content_filter" else "finish_reason 'error'"
        return asked.setback("content_filter" if reason == "content_filter" else "server_error", said)
    text, finish = _answer(message, _FINISH.get(reason, "other") if isinstance(reason, str) else "other")
    if text is None:
        return asked.setback("malformed_reply", f"no content, refusal or tool call (finish_reason {reason!r})")
    usage = body.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Completion(
        text=_sound(text),
        finish=finish,
        input_tokens=_count(counts.get("prompt_tokens")),
        output_tokens=_count(counts.get("completion_tokens")),
        latency_s=latency_s,
        model_reported=_name(body.get("model")),
        fingerprint=_name(body.get("system_fingerprint")),
    )


def _of_error(body: Mapping[str, Any], asked: Asked) -> Setback:
    """Judge an error that came with status 200: always worth another attempt, for nobody meant it as an answer."""
    refusal = refusal_of(200, {}, body)
    is_rate = any("rate_limit" in code or code == "429" for code in refusal.codes)
    return asked.setback("rate_limited" if is_rate else "server_error", f"error in a 200: {refusal.message}")


def _answer(message: Mapping[str, Any], finish: Finish) -> tuple[str | None, Finish]:
    """Return the answer's text and why it ended; None where there is neither content, refusal nor tool call.

    A refusal's text is the answer. Tool calls without text are the answer as JSON: `[{"name": ..., "arguments": ...}]`, with
    arguments parsed where they are JSON, so that a JSON grader can compare them.
    """
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        return refusal, "refusal"
    content = message.get("content")
    if isinstance(content, list):
        parts, content = content, _joined(content, "text")
        refusal = _joined(parts, "refusal")
        if refusal and not content:
            return refusal, "refusal"
    if isinstance(content, str) and content:
        return content, finish
    calls = _calls(message)
    if calls:
        return orjson.dumps(calls).decode(), "tool_calls"
    return (content if isinstance(content, str) else None), finish


def _joined(parts: list[Any], kind: str) -> str | None:
    """Return the text of all parts that have a text of this kind; None where none has."""
    texts = [part if kind == "text" else None for part in parts if isinstance(part, str)]
    texts += [part.get(kind) for part in parts if isinstance(part, dict)]
    held = [text for text in texts if isinstance(text, str)]
    return "".join(held) if held else None


def _calls(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tool calls of a message by name and arguments."""
    calls = message.get("tool_calls")
    held = [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    named = [*(call.get("function") or call.get("custom") for call in held), message.get("function_call")]
    return [
        {"name": call.get("name"), "arguments": _unquoted(call.get("arguments", call.get("input")))}
        for call in named
        if isinstance(call, dict)
    ]


def _unquoted(arguments: object) -> object:
    """Return arguments as the JSON they are; what is none stays as it came."""
    if not isinstance(arguments, str):
        return arguments
    try:
        return orjson.loads(arguments)
    except ValueError:
        return _sound(arguments)


def _first(choices: object) -> dict[str, Any] | None:
    """Return the first choice, None where there is none."""
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None


def _parsed(content: bytes) -> object:
    """Return the JSON of a body; None where it is none."""
    try:
        return orjson.loads(content)
    except ValueError:
        pass
    try:  # lone surrogates, NaN: not JSON to the letter, but an answer that was paid for
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _sound(text: str) -> str:
    """Return the text with lone surrogates replaced, which neither files nor SQLite can hold."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _count(value: object) -> int | None:
    """Return a number of tokens; None for anything that is not one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS else None


def _name(value: object) -> str | None:
    """Return a name that the server gave; None where it gave none."""
    return _sound(value[:200]) if isinstance(value, str) and value else None
