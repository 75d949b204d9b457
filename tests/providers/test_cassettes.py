"""openai_chat over cassettes: what a real server once said counts as it should, and only for the question it was asked."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from tests.cassettes.record import CASES, FOLDER, KEY, KEY_ENV, REPLAYED_URL, Case, ask, recorder
from vcr.cassette import Cassette
from vcr.errors import CannotOverwriteExistingCassetteException

from tuneproof.core.completion import Completion, Setback


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)


@contextmanager
def playing(name: str) -> Iterator[Cassette]:
    """Replay a cassette, which must be played to its end."""
    with recorder().use_cassette(name) as cassette:
        yield cassette
    assert cassette.all_played, f"{name}: {cassette.play_count} of {len(cassette)} replies were asked for"


def replayed(name: str) -> tuple[list[Completion | Setback], list[dict[str, Any]]]:
    """Return what the provider makes of a cassette, and the bodies that it holds."""
    with playing(name) as cassette:
        came = asyncio.run(ask(CASES[name]))
    return came, [json.loads(reply["body"]["string"]) for reply in cassette.responses]


@pytest.mark.parametrize("name", ["answers", "cut_at_max_tokens", "not_ascii"])
def test_an_answer_is_what_was_recorded(name: str) -> None:
    """Text, ending, tokens and model are those of the recorded body, in the order of asking."""
    came, bodies = replayed(name)
    assert len(came) == len(bodies) == len(CASES[name].prompts)
    for completion, body in zip(came, bodies, strict=True):
        assert isinstance(completion, Completion)
        said = (completion.text, completion.finish, completion.model_reported, completion.fingerprint)
        choice, usage = body["choices"][0], body["usage"]
        assert said == (choice["message"]["content"], choice["finish_reason"], body["model"], body["system_fingerprint"])
        assert (completion.input_tokens, completion.output_tokens) == (usage["prompt_tokens"], usage["completion_tokens"])


def test_each_question_has_its_own_answer() -> None:
    """Equal requests but for the prompt are told apart."""
    came, _ = replayed("answers")
    assert len({completion.text for completion in came if isinstance(completion, Completion)}) == 3


@pytest.mark.parametrize(
    ("name", "text", "finish"), [("cut_at_max_tokens", "yes", "length"), ("not_ascii", "Größe: ✓ \U0001f600", "stop")]
)
def test_what_the_grammar_made_the_server_say(name: str, text: str, finish: str) -> None:
    """Answers that could not be others come through to the letter."""
    (completion,), _ = replayed(name)
    assert isinstance(completion, Completion)
    assert (completion.text, completion.finish) == (text, finish)


def test_a_question_beyond_the_context_is_the_systems_fault() -> None:
    """llama.cpp's 400 for a prompt that is too long is a completion that is graded wrong, not something to try again."""
    (completion,), (body,) = replayed("too_long")
    assert isinstance(completion, Completion)
    assert completion.failure is not None
    assert (completion.failure.kind, completion.failure.is_the_models_fault) == ("context_length", True)
    assert body["error"]["message"] in completion.failure.message


def test_a_key_that_is_refused_ends_the_run() -> None:
    """llama.cpp's 401 is fatal, and names the key's variable."""
    (setback,), _ = replayed("wrong_key")
    assert isinstance(setback, Setback)
    assert (setback.failure.kind, setback.retry) == ("rejected", False)
    assert setback.fatal is not None
    assert KEY_ENV in setback.fatal


OTHERS: dict[str, tuple[Callable[[Case], Case], str, str]] = {
    "a changed prompt": (lambda case: replace(case, prompts=(f"{case.prompts[0]}!",)), REPLAYED_URL, "body"),
    "a changed decoding": (lambda case: replace(case, decoding={**case.decoding, "temperature": 1}), REPLAYED_URL, "body"),
    "another path": (lambda case: case, REPLAYED_URL.replace("/v1", "/v2"), "path"),
    "another host": (lambda case: case, REPLAYED_URL.replace("127.0.0.1", "localhost"), "host"),
    "another scheme": (lambda case: case, REPLAYED_URL.replace("http:", "https:"), "scheme"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_question_does_not_get_the_old_answer(name: str) -> None:
    """What was not recorded is not answered: neither from the cassette nor from the network."""
    change, base_url, differs = OTHERS[name]
    with (
        recorder().use_cassette("answers") as cassette,
        pytest.raises(CannotOverwriteExistingCassetteException, match=f"differ in {differs}"),
    ):
        asyncio.run(ask(change(CASES["answers"]), base_url))
    assert cassette.play_count == 0


def test_no_cassette_holds_a_key() -> None:
    """Neither a key nor the header that carries it stands in any cassette, and each file is one of the recorded cases."""
    files = {path.stem: path.read_text("utf-8").lower() for path in FOLDER.glob("*.y*ml")}
    assert files.keys() == CASES.keys()
    for text in files.values():
        assert not [word for word in ("authorization", "bearer", "sk-", "api-key") if word in text]
