"""A provider that trains: a job that goes on each time it is asked for, lists its checkpoints in pages, can be cancelled.

Loopback only. It answers chat completions too, by the model that is asked, so that checkpoints can be evaluated.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

JOB = "ftjob-abc123"
BASE = "gpt-4.1-mini-2025-04-14"
MODEL = f"ft:{BASE}:acme:triage:9x1"
OVER = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How the job stands at one time."""

    status: str
    """Its status."""
    steps: Sequence[int] = ()
    """Steps of the checkpoints that are listed; the newest comes first on the wire."""
    model: str | None = None
    """The finished model."""
    error: Mapping[str, Any] | None = None
    """Why it failed."""
    finished: bool | None = None
    """Whether it has a time of finishing; None goes by the status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply."""

    body: Any
    """JSON, or a text as it is."""
    status: int = 200
    """HTTP status."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside the length and the type."""


def named(step: int) -> str:
    """Return the model id of a checkpoint."""
    return f"{MODEL}:ckpt-step-{step}"


def refused(status: int, message: str, **fields: Any) -> Reply:
    """Return an error as the official API words it."""
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **fields}}
    return Reply(body=body, status=status)


class Training:
    """The server: `moments` come one after the other, each time the job is asked for; the last one stays."""

    def __init__(
        self,
        *moments: Moment,
        page: int = 100,
        method: Mapping[str, Any] | None = None,
        replies: Mapping[tuple[str, str], Sequence[Reply]] | None = None,
        answer: Callable[[str, str], str] = lambda model, question: "yes",
    ) -> None:
        self.moments, self.now = list(moments), moments[0] if moments else Moment(status="queued")
        self.page, self.answer = page, answer
        self.method = method or {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": "auto"}}}
        self.replies = {at: list(held) for at, held in (replies or {}).items()}
        """(method, path after `/v1`) to replies that are given first; the last one stays."""
        self.asked: list[tuple[str, str]] = []
        """(method, path with query), in order."""
        self.keys: set[str] = set()
        """Values of the Authorization header."""

    def __enter__(self) -> Self:
        training = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                training.serve(self)

            def do_POST(self) -> None:
                training.serve(self)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        raw = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        self.asked.append((handler.command, handler.path.removeprefix("/v1")))
        self.keys.add(handler.headers.get("authorization") or "")
        reply = self._reply(handler.command, handler.path, raw)
        is_text = isinstance(reply.body, str)
        content = (reply.body if is_text else json.dumps(reply.body)).encode()
        handler.send_response(reply.status)
        head = {"content-type": "text/html" if is_text else "application/json", **reply.headers}
        for name, value in {**head, "content-length": str(len(content))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    def _reply(self, method: str, target: str, raw: bytes) -> Reply:
        parts = urlsplit(target)
        path = unquote(parts.path.removeprefix("/v1"))
        if given := self.replies.get((method, path)):
            return given.pop(0) if len(given) > 1 else given[0]
        if (method, path) == ("GET", f"/fine_tuning/jobs/{JOB}"):
            self.now = self.moments.pop(0) if self.moments else self.now
            return Reply(body=self._job())
        if (method, path) == ("GET", f"/fine_tuning/jobs/{JOB}/checkpoints"):
            return Reply(body=self._checkpoints(parse_qs(parts.query)))
        if (method, path) == ("POST", f"/fine_tuning/jobs/{JOB}/cancel"):
            return self._cancel()
        if (method, path) == ("POST", "/chat/completions"):
            return Reply(body=self._completion(json.loads(raw)))
        if path.startswith("/fine_tuning/jobs/"):
            return refused(404, f"Could not find fine tune: {path.split('/')[3]}", code="fine_tune_not_found")
        return Reply(body={"detail": "Not Found"}, status=404)

    def _job(self) -> dict[str, Any]:
        is_over = self.now.status in OVER if self.now.finished is None else self.now.finished
        return {
            "object": "fine_tuning.job",
            "id": JOB,
            "model": BASE,
            "created_at": 1_790_000_000,
            "finished_at": 1_790_003_600 if is_over else None,
            "fine_tuned_model": self.now.model,
            "status": self.now.status,
            "error": self.now.error or {},
            "method": self.method,
        }

    def _checkpoints(self, query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        rows = [self._checkpoint(step) for step in sorted(self.now.steps, reverse=True)]
        ids = [row["id"] for row in rows]
        start = ids.index(query["after"][0]) + 1 if "after" in query else 0
        size = min(self.page, int(query.get("limit", ["10"])[0]))
        return {"object": "list", "data": rows[start : start + size], "has_more": start + size < len(rows)}

    def _checkpoint(self, step: int) -> dict[str, Any]:
        is_last = self.now.model is not None and step == max(self.now.steps)
        return {
            "object": "fine_tuning.job.checkpoint",
            "id": f"ftckpt_{step}",
            "created_at": 1_790_000_000 + step,
            "fine_tuning_job_id": JOB,
            "fine_tuned_model_checkpoint": self.now.model if is_last else named(step),
            "step_number": step,
            "metrics": {"train_loss": 0.5},
        }

    def _cancel(self) -> Reply:
        if self.now.status in OVER:
            return refused(400, f"Job has already {self.now.status}.")
        self.moments = []
        self.now = Moment(status="cancelled", steps=self.now.steps)
        return Reply(body=self._job())

    def _completion(self, body: Mapping[str, Any]) -> dict[str, Any]:
        text = self.answer(body["model"], str(body["messages"][-1]["content"]))
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}
        return {"id": "c", "object": "chat.completion", "model": body["model"], "choices": [choice], "usage": usage}
