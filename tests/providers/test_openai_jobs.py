"""Fine-tuning jobs through openai_chat: how they stand, which checkpoint is which, and errors, against a real local server."""

import socket
from collections.abc import Sequence
from typing import Any

import pytest
from tests.servers.training import JOB, MODEL, Moment, Reply, Training, named, refused

from tuneproof.core.checkpoints import JobHost, JobState
from tuneproof.core.errors import RunStopped
from tuneproof.providers.llama_cpp import LlamaCpp
from tuneproof.providers.openai_chat import OpenAIChat

KEY = "sk-very-secret-0123456789"
AT, LIST, CANCEL = (f"/fine_tuning/jobs/{JOB}{end}" for end in ("", "/checkpoints", "/cancel"))
SOON = {"retry-after-ms": "1"}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINER_KEY", KEY)


def trainer(base_url: str, **settings: Any) -> OpenAIChat:
    """Return the provider of that server."""
    return OpenAIChat(base_url=base_url, api_key_env="TRAINER_KEY", **({"timeout_s": 10.0} | settings))


def state(*moments: Moment, **settings: Any) -> JobState:
    """Return how a job stands at its first moment."""
    with Training(*moments, **settings) as server:
        return trainer(server.base_url).job(JOB)


def stopped(server: Training, job: str = JOB, **settings: Any) -> str:
    """Return the line of an error; it never shows the key."""
    with pytest.raises(RunStopped) as error:
        trainer(server.base_url, **settings).job(job)
    assert KEY not in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value).replace(server.base_url, "URL")


def supervised(n_epochs: int | str) -> dict[str, Any]:
    """Return a method with that many epochs."""
    return {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": n_epochs}}}


def reinforced(eval_interval: int | str) -> dict[str, Any]:
    """Return a method with a checkpoint every so many steps."""
    return {"type": "reinforcement", "reinforcement": {"hyperparameters": {"eval_interval": eval_interval}}}


def test_openai_chat_hosts_jobs_and_llama_cpp_does_not() -> None:
    """The pipeline knows by the methods whom it can ask."""
    assert isinstance(OpenAIChat(), JobHost)
    assert not isinstance(LlamaCpp(), JobHost)


# -- how it stands -----------------------------------------------------------------------------------------------------------


def test_a_job_that_goes_on() -> None:
    """Each question sees the checkpoints that there are by then, numbered from 1, and the finished model as the last one."""
    moments = [
        Moment(status="validating_files"),
        Moment(status="running", steps=[40]),
        Moment(status="running", steps=[40, 80]),
        Moment(status="succeeded", steps=[40, 80, 120], model=MODEL),
    ]
    with Training(*moments) as server:
        states = [trainer(server.base_url).job(JOB) for _ in moments]
        assert server.keys == {f"Bearer {KEY}"}
    assert [one.status for one in states] == ["validating_files", "running", "running", "succeeded"]
    assert [one.is_over for one in states] == [False, False, False, True]
    assert {one.failure for one in states} == {None}
    told = [[(point.number, point.model, point.step) for point in one.checkpoints] for one in states]
    first, second = (1, named(40), 40), (2, named(80), 80)
    assert told == [[], [first], [first, second], [first, second, (3, MODEL, 120)]]


@pytest.mark.parametrize(
    ("moment", "is_over", "failure"),
    [
        (Moment(status="paused"), False, None),
        (Moment(status="pre-warming"), False, None),
        (Moment(status="cancelled"), True, "cancelled"),
        (Moment(status="failed"), True, "failed"),
        (
            Moment(status="failed", error={"code": "invalid_n_examples", "message": "Training file has 7\nexamples"}),
            True,
            "invalid_n_examples: Training file has 7 examples",
        ),
        (Moment(status="failed", error={"message": f"key {KEY} is no good"}), True, "key *** is no good"),
        (Moment(status="retired", finished=True), True, "ended as 'retired' without a model"),
        (Moment(status="retired", finished=True, model=MODEL), True, None),
        (
            Moment(status="succeeded", steps=[10]),
            True,
            "succeeded without a model: the provider's checks may have blocked it",
        ),
    ],
)
def test_statuses_are_an_open_set(moment: Moment, is_over: bool, failure: str | None) -> None:
    """Unknown words are shown as they are; whether such a job is over is read from its time of finishing."""
    found = state(moment)
    assert (found.status, found.is_over, found.failure) == (moment.status, is_over, failure)


def test_checkpoints_come_in_pages() -> None:
    """All pages are read, newest first on the wire, in the order of training here."""
    steps = [100 * i for i in range(1, 8)]
    with Training(Moment(status="running", steps=steps), page=3) as server:
        found = trainer(server.base_url).job(JOB)
        assert [path for _, path in server.asked[1:]] == [
            f"{LIST}?limit=100",
            f"{LIST}?after=ftckpt_500&limit=100",
            f"{LIST}?after=ftckpt_200&limit=100",
        ]
    assert [point.step for point in found.checkpoints] == steps
    assert [point.number for point in found.checkpoints] == list(range(1, 8))


def test_a_list_that_repeats_itself_ends() -> None:
    """A server that knows no `after` sends the first page for ever."""
    row = {"id": "a", "fine_tuned_model_checkpoint": "m1", "step_number": 5}
    replies = {("GET", LIST): [Reply(body={"data": [row], "has_more": True})]}
    found = state(Moment(status="running"), replies=replies)
    assert [point.model for point in found.checkpoints] == ["m1"]


# -- which checkpoint is which -----------------------------------------------------------------------------------------------

OVER: dict[str, Any] = {"status": "succeeded", "model": MODEL}
NUMBERS: dict[str, tuple[dict[str, Any], Any, list[int], bool]] = {
    "the last three of five": ({**OVER, "steps": [300, 400, 500]}, supervised("auto"), [3, 4, 5], False),
    "the last three, training on": ({"status": "running", "steps": [200, 300, 400]}, supervised(9), [2, 3, 4], False),
    "two that are even": ({"status": "running", "steps": [200, 300]}, supervised(3), [2, 3], False),
    "a short last one": ({**OVER, "steps": [100, 200, 250]}, supervised("auto"), [1, 2, 3], False),
    "epochs of uneven steps": ({**OVER, "steps": [301, 402, 500]}, supervised(5), [3, 4, 5], False),
    "uneven and epochs not known": ({**OVER, "steps": [301, 402, 500]}, supervised("auto"), [1, 2, 3], True),
    "uneven, training on": ({"status": "running", "steps": [301, 402, 500]}, supervised(5), [1, 2, 3], True),
    "fewer than are kept": ({"status": "running", "steps": [7, 30]}, supervised("auto"), [1, 2], False),
    "only the finished model is left": ({**OVER, "steps": [30]}, supervised(3), [3], False),
    "a reward's best three": ({"status": "running", "steps": [10, 40, 90]}, reinforced(10), [1, 4, 9], False),
    "a reward's best three, unknown": ({"status": "running", "steps": [10, 20, 30]}, reinforced("auto"), [1, 2, 3], True),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_those_of_the_training(name: str) -> None:
    """Providers drop older checkpoints: the number is told from even steps or epochs, else it is an order with a caution."""
    moment, method, numbers, cautious = NUMBERS[name]
    found = state(Moment(**moment), method=method)
    assert [point.number for point in found.checkpoints] == numbers
    assert [point.step for point in found.checkpoints] == moment["steps"]
    assert bool(found.cautions) == cautious


def test_the_caution_names_job_and_steps() -> None:
    """It goes into the report as it is."""
    found = state(Moment(status="running", steps=[301, 402, 500]))
    assert found.cautions == (
        f"which checkpoint of job '{JOB}' is which cannot be told from steps 301, 402, 500: providers drop older ones, "
        f"so that the numbers are the order among those that are left",
    )


FINISHED: dict[str, tuple[Sequence[int], int | str, list[tuple[int, str]]]] = {
    "nothing listed": ([], 3, [(3, MODEL)]),
    "nothing listed, epochs not known": ([], "auto", [(1, MODEL)]),
    "all but the last": ([100, 200], 3, [(1, named(100)), (2, named(200)), (3, MODEL)]),
    "later ones but the last": ([300, 400], "auto", [(3, named(300)), (4, named(400)), (5, MODEL)]),
    "uneven ones but the last": ([301, 402], 5, [(3, named(301)), (4, named(402)), (5, MODEL)]),
    "the last too, under its own name": ([100, 200, 300], 3, [(1, named(100)), (2, named(200)), (3, named(300))]),
}


@pytest.mark.parametrize("name", FINISHED)
def test_the_finished_model_is_the_last_checkpoint(name: str) -> None:
    """It is added where the list lacks it, but never twice under two names."""
    steps, epochs, expected = FINISHED[name]
    rows = [{"id": f"c{step}", "fine_tuned_model_checkpoint": named(step), "step_number": step} for step in steps]
    replies = {("GET", LIST): [Reply(body={"data": rows, "has_more": False})]}
    found = state(Moment(**OVER), method=supervised(epochs), replies=replies)
    assert [(point.number, point.model) for point in found.checkpoints] == expected


def test_rows_that_lack_fields() -> None:
    """Without steps the time of making orders them; one without a model cannot be asked yet, and shifts no other."""
    rows = [
        {"id": "c", "created_at": 3, "fine_tuned_model_checkpoint": "third"},
        {"id": "a", "created_at": 1, "fine_tuned_model_checkpoint": None},
        "no row",
        {"id": "b", "created_at": 2, "fine_tuned_model_checkpoint": "second", "metrics": {"step": 20.0}},
    ]
    found = state(Moment(status="running"), replies={("GET", LIST): [Reply(body={"data": rows})]})
    assert [(point.number, point.model, point.step) for point in found.checkpoints] == [(2, "second", 20), (3, "third", None)]
    assert "steps ?, 20, ?" in found.cautions[0]


# -- cancelling --------------------------------------------------------------------------------------------------------------


def test_a_running_job_is_cancelled() -> None:
    """What it has saved is still there."""
    with Training(Moment(status="running", steps=[40])) as server:
        provider = trainer(server.base_url)
        provider.job(JOB)
        found = provider.cancel(JOB)
        assert ("POST", CANCEL) in server.asked
        assert provider.job(JOB).status == "cancelled"
    assert (found.status, found.is_over, found.failure) == ("cancelled", True, "cancelled")
    assert [point.model for point in found.checkpoints] == [named(40)]


def test_a_job_that_is_over_is_returned_as_it_stands() -> None:
    """It finished while somebody was making up their mind."""
    with Training(Moment(status="running"), Moment(status="succeeded", model=MODEL)) as server:
        provider = trainer(server.base_url)
        provider.job(JOB)
        provider.job(JOB)
        assert provider.cancel(JOB).status == "succeeded"


def test_a_list_that_fails_does_not_hide_that_the_job_is_cancelled() -> None:
    """The job is gone, whatever else the server says."""
    replies = {("GET", LIST): [Reply(body="oops", status=400)]}
    with Training(Moment(status="running"), replies=replies) as server:
        assert trainer(server.base_url).cancel(JOB).status == "cancelled"


def test_a_job_that_cannot_be_cancelled() -> None:
    """One line with its status and what the server said."""
    replies = {("POST", CANCEL): [refused(400, "not now")]}
    with Training(Moment(status="running"), replies=replies) as server, pytest.raises(RunStopped) as error:
        trainer(server.base_url).cancel(JOB)
    assert str(error.value).endswith(f"/v1 cannot cancel job '{JOB}', which is running (400: not now)")


def test_no_permission_to_cancel() -> None:
    """Said as for any other request."""
    replies = {("POST", CANCEL): [refused(403, "missing scope api.fine_tuning.jobs.write")]}
    with Training(Moment(status="running"), replies=replies) as server, pytest.raises(RunStopped) as error:
        trainer(server.base_url).cancel(JOB)
    assert "gives no permission for job" in str(error.value)


# -- errors ------------------------------------------------------------------------------------------------------------------

HTML = "<html><head><title>502 Bad Gateway</title></head></html>"
ERRORS: dict[str, tuple[Reply, str]] = {
    "unknown job": (
        refused(404, f"Could not find fine tune: {JOB}"),
        f"has no job '{JOB}'; check the id, and the project of the key in TRAINER_KEY (404: Could not find fine tune: {JOB})",
    ),
    "wrong key": (
        refused(401, f"Incorrect API key provided: {KEY}"),
        f"refuses the key for job '{JOB}'; set a valid one in environment variable TRAINER_KEY "
        f"(401: Incorrect API key provided: ***)",
    ),
    "error as a string": (
        Reply(body={"error": "Unauthorized"}, status=401),
        f"refuses the key for job '{JOB}'; set a valid one in environment variable TRAINER_KEY (401: Unauthorized)",
    ),
    "no permission": (
        refused(403, "missing scope"),
        f"gives no permission for job '{JOB}'; check the rights and the project of the key in TRAINER_KEY (403: missing scope)",
    ),
    "no such endpoint, FastAPI": (
        Reply(body={"detail": "Not Found"}, status=404),
        f"knows no fine-tuning jobs, so not job '{JOB}' either; ask the API that trains it, see base_url (404: Not Found)",
    ),
    "no such endpoint, HTML": (
        Reply(body="<html><title>404</title></html>", status=404),
        f"knows no fine-tuning jobs, so not job '{JOB}' either; ask the API that trains it, see base_url "
        f"(404: an HTML page (404))",
    ),
    "method not allowed": (
        Reply(body="", status=405),
        f"knows no fine-tuning jobs, so not job '{JOB}' either; ask the API that trains it, see base_url (405: an empty body)",
    ),
    "out of order": (
        Reply(body=HTML, status=502, headers=SOON),
        f"does not say how job '{JOB}' stands; try again later (502: an HTML page (502 Bad Gateway))",
    ),
    "too often": (
        Reply(body={"error": {"message": "slow down"}}, status=429, headers=SOON),
        f"does not say how job '{JOB}' stands; try again later (429: slow down)",
    ),
    "a page": (
        Reply(body=HTML),
        f"does not answer about job '{JOB}' as an API of fine-tuning jobs does, but with an HTML page (502 Bad Gateway)",
    ),
    "other JSON": (
        Reply(body={"id": JOB}),
        f"does not answer about job '{JOB}' as an API of fine-tuning jobs does, but with another JSON value",
    ),
    "no list": (
        Reply(body=[1]),
        f"does not answer about job '{JOB}' as an API of fine-tuning jobs does, but with another JSON value",
    ),
}


@pytest.mark.parametrize("path", [AT, LIST])
@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_one_line_that_says_what_to_do(name: str, path: str) -> None:
    """Whether the job or its checkpoints are refused; the key is never shown."""
    reply, expected = ERRORS[name]
    with Training(Moment(status="running"), replies={("GET", path): [reply]}) as server:
        assert stopped(server) == f"URL {expected}"


def test_a_passing_trouble_is_asked_again() -> None:
    """Twice at most, whatever the provider's own number of retries is for answers."""
    trouble = Reply(body="busy", status=503, headers=SOON)
    with Training(Moment(status="running"), replies={("GET", AT): [trouble] * 3}) as server:
        assert "503: busy" in stopped(server)
        assert len(server.asked) == 3
    with Training(Moment(status="running"), replies={("GET", AT): [trouble]}) as server:
        stopped(server, max_retries=0)
        assert len(server.asked) == 1


@pytest.mark.parametrize("job", ["..", "ftjob-x", "a/b?c", "ftjob-\u00e4", "x" * 500])
def test_ids_that_are_none(job: str) -> None:
    """They reach no other path, and messages stay short."""
    with Training() as server:
        line = stopped(server, job)
        assert all(path.startswith("/fine_tuning/jobs/") for _, path in server.asked)
    assert len(line) <= 300


def test_nobody_listens() -> None:
    """The address is named."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        with pytest.raises(RunStopped) as error:
            trainer(url, max_retries=0).job(JOB)
    line = str(error.value)
    assert line.startswith(f"{url} cannot be asked about job '{JOB}': [Errno ")
    assert line.endswith("] Connection refused; check that the server runs, and base_url")


def test_a_server_that_does_not_answer() -> None:
    """The provider's time limit holds."""
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(RunStopped) as error:
        trainer(f"http://127.0.0.1:{silent.getsockname()[1]}/v1", timeout_s=0.2, max_retries=0).job(JOB)
    assert str(error.value).endswith(f"cannot be asked about job '{JOB}': no answer within 0.2 s")
