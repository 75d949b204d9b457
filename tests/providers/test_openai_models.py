"""What a server tells of a model, and every way of telling nothing."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import pytest
from tests.servers.hostile import Ask, Hostile, Say, error

from tuneproof.core.model_card import ModelCard
from tuneproof.providers.openai_chat import OpenAIChat

MODEL = "ft:gpt-4.1-mini-2025-04-14:acme:a/b:1"
BARE = {"id": MODEL, "object": "model", "created": 1, "owned_by": "acme"}


def told(one: Say, listed: Say | None = None) -> tuple[ModelCard | None, list[Ask]]:
    """Return what a server that answers so tells, and what it was asked."""
    with Hostile(lambda ask: one if ask.path.startswith("/v1/models/") else listed or error(404)) as server:
        provider = OpenAIChat(base_url=server.base_url, headers={"x-team": "red"})
        return asyncio.run(provider.card(MODEL)), server.asks


def entries(*held: Mapping[str, Any]) -> Say:
    """Return a list of models."""
    return Say(body={"object": "list", "data": list(held)})


def test_a_model_is_asked_for_by_its_name() -> None:
    """Colons and slashes included; headers go along."""
    card, asks = told(Say(body={**BARE, "shutdown_date": "2027-01-14"}))
    assert card == ModelCard(shutdown_date="2027-01-14")
    assert [unquote(ask.path) for ask in asks] == [f"/v1/models/{MODEL}"]
    assert "%2F" in asks[0].path
    assert asks[0].headers["x-team"] == "red"


def test_a_list_is_enough() -> None:
    """Some servers have no page for one model; an adapter's entry names what it belongs to."""
    card, _ = told(error(404), entries({**BARE, "id": "base"}, {**BARE, "parent": "base", "root": "/models/a"}))
    assert card == ModelCard(parent="base", root="/models/a")


@pytest.mark.parametrize(
    "one",
    [
        Say(body=BARE),
        Say(body={**BARE, "shutdown_date": None, "parent": 7, "root": ["x"]}),
        error(404),
        error(401, "no key"),
        error(500),
        Say(body="<html>busy</html>", headers={"content-type": "text/html"}),
        Say(body="[1, 2"),
        Say(body="[1, 2]"),
        Say(body="null"),
        Say(drop="before"),
        Say(drop="within", body=BARE),
    ],
    ids=["bare", "odd types", "404", "401", "500", "HTML", "half", "a list", "null", "cut before", "cut within"],
)
def test_nothing_told_is_no_error(one: Say) -> None:
    """What is told here decides nothing."""
    assert told(one, one)[0] is None


def test_nobody_listening_is_no_error() -> None:
    """The first request of the run will say so."""
    assert asyncio.run(OpenAIChat(base_url="http://127.0.0.1:9/v1").card(MODEL)) is None


def test_without_its_key_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate of the run names the variable."""
    monkeypatch.delenv("TUNEPROOF_TEST_NO_SUCH_KEY", raising=False)
    with Hostile() as server:
        provider = OpenAIChat(base_url=server.base_url, api_key_env="TUNEPROOF_TEST_NO_SUCH_KEY")
        assert asyncio.run(provider.card(MODEL)) is None
        assert server.asks == []


def test_what_a_server_tells_is_one_short_line() -> None:
    """Whatever it sends."""
    card, _ = told(Say(body={**BARE, "root": "a\n" * 5000}))
    assert card is not None
    assert card.root is not None
    assert (len(card.root) < 300, "\n" in card.root) == (True, False)
