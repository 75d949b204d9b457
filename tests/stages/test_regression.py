"""A regression run in words: who answers now, and what is to be known of it. Decisions are tested on whole runs."""

from typing import Any

import pytest

from tuneproof.core.estimate import Estimate
from tuneproof.core.movement import Movement, Noise
from tuneproof.stages.regression import copies_of, identities, identity_cautions, other_texts

THEN: dict[str, Any] = {
    "model": "m",
    "decoding": {"temperature": 0},
    "prompt_digest": "p",
    "repeats": 1,
    "models_reported": ["m-1"],
    "fingerprints": ["fp_1"],
    "endpoint": {"kind": "openai_chat", "base_url": "http://a/v1"},
}
NOW: dict[str, Any] = {**THEN, "provider": "local", "training": {}}


def told(now: dict[str, Any], card: dict[str, str] | None = None, **facts: Any) -> dict[str, Any]:
    """Return the manifest of a regression run of one system."""
    regression = {
        "pairs": [["tuned", "tuned (accepted)", "tuned"]],
        "accepted": {"systems": {"tuned": THEN}, "graders": {"label": {"digest": "g"}}},
        "models": {"tuned": card} if card else {},
        "cautions": [],
        **facts,
    }
    providers = {"local": {"kind": "openai_chat", "base_url": now.pop("base_url", "http://a/v1")}}
    return {
        "regression": regression,
        "systems": {"tuned": NOW | now},
        "providers": providers,
        "graders": {"label": {"digest": "g"}},
    }


def test_nothing_changed_is_no_caution() -> None:
    """And the lines say so."""
    assert identity_cautions(told({})) == []
    assert identities(told({}))["tuned"] == (
        "asked for: m, then and now",
        "answered as: m-1, then and now",
        "fingerprint: fp_1, then and now",
    )


@pytest.mark.parametrize(
    ("base", "card", "lines"),
    [
        (None, {}, ()),
        (None, {"shutdown_date": "2027-01-14"}, ("shut down on: 2027-01-14",)),
        (None, {"parent": "b2"}, ("adapter served on: b2",)),
        ("b1", {"parent": "b2", "root": "/b2"}, ("adapter served on: b2 (trained on b1)", "served from: /b2")),
        ("b1", {}, ("adapter trained on: b1 (what it is served on is not told)",)),
    ],
)
def test_what_a_server_tells_beside_its_answers(base: str | None, card: dict[str, str], lines: tuple[str, ...]) -> None:
    """Dates, bases and files where they are told, and no line where they are not."""
    now = {"training": {"base_model": base}} if base else {}
    assert identities(told(now, card))["tuned"][3:] == lines


@pytest.mark.parametrize(
    ("now", "card", "said"),
    [
        ({"models_reported": ["m-2"]}, {}, "tuned: it answers as m-2, and m-1 when it was accepted"),
        ({"models_reported": ["m-1", "m-2"]}, {}, "tuned: it answers as m-1 and m-2, and m-1 when it was accepted"),
        ({"fingerprints": ["fp_2"]}, {}, "tuned: it has the fingerprint fp_2, and fp_1 when it was accepted"),
        ({"model": "n"}, {}, "tuned: it is asked otherwise than when it was accepted (model): a change may come from that"),
        ({"decoding": {}, "repeats": 2}, {}, "(decoding, repeats)"),
        ({"base_url": "http://b/v1"}, {}, "(provider's base_url)"),
        ({}, {"shutdown_date": "2027-01-14"}, "tuned: its server shuts the model down on 2027-01-14"),
        ({"training": {"base_model": "b1"}}, {"parent": "b2"}, "its adapter is served on b2, and was trained on b1"),
    ],
)
def test_what_differs_is_told(now: dict[str, Any], card: dict[str, str], said: str) -> None:
    """Each by itself."""
    found = identity_cautions(told(dict(now), card))
    assert [said in line for line in found] == [True]


@pytest.mark.parametrize("now", [{"models_reported": []}, {"fingerprints": []}])
def test_what_is_not_told_is_no_difference(now: dict[str, Any]) -> None:
    """Unknown is not another one."""
    assert identity_cautions(told(dict(now))) == []
    assert any("not told (then " in line for line in identities(told(dict(now)))["tuned"])


def test_texts_of_servers_are_short_and_clean() -> None:
    """Whatever a server calls itself."""
    lines = identities(told({"models_reported": ["\x1b[31m" + "x" * 5000, *map(str, range(20))]}))["tuned"]
    assert all(len(line) < 400 and "\x1b" not in line for line in lines)
    assert "and 18 more" in lines[1]


def test_copies_are_the_accepted_answers() -> None:
    """None where a run is no regression run."""
    assert copies_of(told({})) == {"tuned (accepted)"}
    assert copies_of({}) == frozenset()


def test_texts_give_away_what_a_server_does_not_tell() -> None:
    """Beside what a system differs from itself, where that was measured; an evalset once, however many graders mark it."""
    whole = [
        _moved("tuned", "target", "label", 30),
        _moved("tuned", "target", "other", 30),
        _moved("tuned", "general", "label", 2),
    ]
    noise = [Noise(movement=_moved("tuned", "target", "label", 1), n=50)]
    assert other_texts([*whole, _moved("prompted", "target", "label", None)], noise) == {
        "tuned": "other texts than then: 30 of 100 on target (asked twice now: 1 of 50), 2 of 100 on general"
    }


def _moved(system: str, evalset: str, grader: str, n_changed_texts: int | None) -> Movement:
    estimate = Estimate(value=0.0, low=-0.1, high=0.1, level=0.9, method="tango", n=98, n_missing=2)
    return Movement(
        system=system,
        evalset=evalset,
        slice=None,
        grader=grader,
        before=0.5,
        after=0.5,
        estimate=estimate,
        n_better=0,
        n_worse=0,
        n_changed_texts=n_changed_texts,
    )
