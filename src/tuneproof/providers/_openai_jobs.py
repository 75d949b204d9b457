"""Fine-tuning jobs through the openai SDK: how a job stands, its checkpoints, and how it is cancelled.

Replies are read as plain JSON, one key at a time: servers leave fields out that the SDK's types promise, and statuses are an
open set. Each request has the provider's time limit and few retries, which are the SDK's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

import orjson
from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAI, OpenAIError

from tuneproof.core.checkpoints import JobState
from tuneproof.core.errors import RunStopped, one_line
from tuneproof.providers._job_checkpoints import JobReply, checkpoints_of
from tuneproof.providers._openai_trouble import Asked, Refusal, described, refusal_of

MOST_RETRIES = 2
"""A job is asked again and again by whoever follows it: an attempt that fails is not the last one."""
PAGE, MOST_PAGES = 100, 100
"""Checkpoints of one reply, and replies of one list."""
SUCCEEDED = frozenset({"succeeded", "completed"})
ENDED = frozenset({"failed", "cancelled", "canceled", "expired", "error"})
"""Ends without a model. A job with a word that is not here is over where it has a time of finishing."""
LONGEST_ID = 80
"""Characters of an id that a message shows."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How the provider is reached."""

    base_url: str
    """Where the API is."""
    key: str
    """The key itself."""
    key_env: str
    """Name of the key's variable, for messages."""
    timeout_s: float
    """Seconds for one attempt."""
    max_retries: int
    """Attempts after the first, at most."""
    headers: Mapping[str, str]
    """Sent with every request."""


def state_of(access: Access, job: str) -> JobState:
    """Ask how a job stands.

    Raises:
        RunStopped: when there is no such job, or the provider cannot be asked.
    """
    with _client(access) as client:
        return _Desk(client, access, job).state()


def cancel(access: Access, job: str) -> JobState:
    """Cancel a job. One that is over is returned as it stands.

    Raises:
        RunStopped: when it cannot be cancelled.
    """
    with _client(access) as client:
        return _Desk(client, access, job).cancelled()


def _client(access: Access) -> OpenAI:
    return OpenAI(
        base_url=access.base_url,
        api_key=access.key,
        timeout=access.timeout_s,
        max_retries=min(access.max_retries, MOST_RETRIES),
        default_headers=access.headers,
    )


class _Refused(Exception):
    """An error status."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


class _Desk:
    """Asks about one job."""

    def __init__(self, client: OpenAI, access: Access, job: str) -> None:
        self._jobs, self._access, self._job = client.fine_tuning.jobs, access, job
        self._asked = Asked(
            model=job,
            base_url=access.base_url,
            key_env=access.key_env,
            timeout_s=access.timeout_s,
            secrets=(access.key, *access.headers.values()),
        )

    def state(self) -> JobState:
        try:
            held = self._object(partial(self._jobs.with_raw_response.retrieve, self._job))
            return self._state(held, self._rows())
        except _Refused as error:
            self._stop(self._why(error.refusal))

    def cancelled(self) -> JobState:
        try:
            held = self._object(partial(self._jobs.with_raw_response.cancel, self._job))
        except _Refused as error:
            if error.refusal.status not in (400, 409, 422):
                self._stop(self._why(error.refusal))
            state = self.state()
            if state.is_over:
                return state
            self._stop(f"cannot cancel job {self._shown}, which is {state.status} ({_told(error.refusal)})")
        try:
            return self._state(held, self._rows())
        except (_Refused, RunStopped):  # it is cancelled, whatever else the server says
            return self._state(held, [])

    # -- replies -------------------------------------------------------------------------------------------------------------

    def _state(self, held: Row, rows: list[Row]) -> JobState:
        status = self._asked.line(str(held["status"]))
        model = held.get("fine_tuned_model") or None
        is_over = status in SUCCEEDED | ENDED or isinstance(held.get("finished_at"), int | float)
        reply = JobReply(job=held, rows=rows, is_over=is_over, model=model if isinstance(model, str) else None)
        checkpoints, cautions = checkpoints_of(reply, self._shown)
        return JobState(
            job=self._job,
            status=status,
            is_over=is_over,
            failure=self._failure(held, status) if is_over and not (reply.model and status not in ENDED) else None,
            checkpoints=checkpoints,
            cautions=cautions,
        )

    def _failure(self, held: Row, status: str) -> str:
        """Say in one line why a job that is over brought no model."""
        error = held.get("error")
        said = [str(error[key]) for key in ("code", "message") if error.get(key)] if isinstance(error, Mapping) else []
        if said:
            return self._asked.line(": ".join(said))
        if status in SUCCEEDED:
            return f"{status} without a model: the provider's checks may have blocked it"
        return status if status in ENDED else f"ended as {status!r} without a model"

    def _rows(self) -> list[Row]:
        """Return all checkpoints, page by page."""
        listed = self._jobs.checkpoints.with_raw_response.list
        found: dict[str, Row] = {}
        more: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            page = self._object(partial(listed, self._job, limit=PAGE, **more), needs="data")
            rows = [row for row in page["data"] if isinstance(row, Mapping)] if isinstance(page["data"], list) else []
            new = {name: row for row in rows if (name := _name(row)) not in found}
            found |= new
            last = rows[-1].get("id") if new else None
            if page.get("has_more") is False or not last:
                break
            more = {"after": str(last)}
        return list(found.values())

    def _object(self, ask: Callable[[], Any], needs: str = "status") -> Row:
        """Send a request and return the JSON object of its reply.

        Raises:
            _Refused: for an error status.
            RunStopped: for a connection that fails, and a reply that is no such object.
        """
        try:
            text = ask().http_response.text
        except APIStatusError as error:
            raise _Refused(refusal_of(error.status_code, error.response.headers, _json(error.response.text))) from None
        except APIConnectionError as error:
            self._stop(f"cannot be asked about job {self._shown}: {self._broken(error)}")
        except (OpenAIError, ValueError) as error:
            self._stop(f"cannot be asked about job {self._shown}: {error}")
        held = _json(text)
        if not isinstance(held, dict) or held.get(needs) is None:
            what = "another JSON value" if isinstance(held, dict | list) else described(text)
            self._stop(f"does not answer about job {self._shown} as an API of fine-tuning jobs does, but with {what}")
        return held

    # -- messages ------------------------------------------------------------------------------------------------------------

    @property
    def _shown(self) -> str:
        return repr(one_line(self._job, LONGEST_ID))

    def _broken(self, error: APIConnectionError) -> str:
        if isinstance(error, APITimeoutError):
            return f"no answer within {self._access.timeout_s:g} s"
        return f"{error.__cause__ or error}; check that the server runs, and base_url"

    def _stop(self, what: str) -> NoReturn:
        raise RunStopped(self._asked.line(f"{self._access.base_url} {what}")) from None

    def _why(self, refusal: Refusal) -> str:
        """Say why nothing is learnt about the job, and what to do."""
        told, job, key = _told(refusal), self._shown, self._access.key_env
        if refusal.status == 401:
            return f"refuses the key for job {job}; set a valid one in environment variable {key} ({told})"
        if refusal.status == 403:
            return f"gives no permission for job {job}; check the rights and the project of the key in {key} ({told})"
        if refusal.status == 404 and (self._job in refusal.message or "fine" in refusal.message.casefold()):
            return f"has no job {job}; check the id, and the project of the key in {key} ({told})"
        if refusal.status in (404, 405, 501):
            return f"knows no fine-tuning jobs, so not job {job} either; ask the API that trains it, see base_url ({told})"
        return f"does not say how job {job} stands; try again later ({told})"


def _name(row: Row) -> str:
    return str(row.get("id") or row.get("fine_tuned_model_checkpoint"))


def _told(refusal: Refusal) -> str:
    return f"{refusal.status}: {refusal.message}"


def _json(text: str) -> Any:
    """Return the JSON of a body, the text itself where it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
