"""Runs that end early by registered rules, against a local server: what is left out, and that the verdict stays the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.servers.hostile import Ask, Hostile, Say, answer, error
from tuneproof.core.errors import InputError
from tuneproof.pipeline.again import decide_again, grade_again, look_again
from tuneproof.store.run_folder import RunFolder

N = 120


def knows(ask: Ask) -> Say:
    """`poor` is right on two of three questions, `good` on all, `bad` on none, `same` where `poor` is."""
    number = int(ask.prompt.split()[-1])
    right = {"good": True, "bad": False}.get(ask.model, number % 3 > 0)
    return answer("yes" if right else "no", model=ask.model)


@pytest.fixture
def server() -> Iterator[Hostile]:
    """Return a server that answers."""
    with Hostile(knows) as held:
        yield held


@pytest.fixture
def remote(lab: Lab, server: Hostile) -> Lab:
    """Return a workspace with a baseline on that server."""
    lab.evalset("target", N)
    lab.table("providers", "local", kind="openai_chat", base_url=server.base_url, max_concurrency=8, max_retries=0)
    system(lab, "prompted", "baseline", "poor")
    lab.criterion("superiority", evalset="target", margin=0.02)
    return lab


def system(lab: Lab, name: str, role: str, model: str) -> None:
    """Add a system on the server."""
    lab.table("systems", name, role=role, provider="local", model=model, prompt={"user": "{{ input }}"})


def told(folder: Path) -> dict[str, Any]:
    """Return what the manifest says of stopping."""
    held: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))["stopping"]
    return held


def asked(server: Hostile, model: str) -> int:
    """Return how many questions a model was asked."""
    return sum(ask.model == model for ask in server.asks)


@pytest.mark.parametrize(
    ("model", "decision", "at_most"),
    [("good", "GO", 100), ("bad", "NO-GO", 90), ("same", "UNDECIDED", N)],
    ids=["GO", "NO-GO", "open"],
)
def test_curtailing_leaves_out_what_cannot_matter(
    remote: Lab, server: Hostile, model: str, decision: str, at_most: int
) -> None:
    """The baseline is asked everything, the candidate until its verdict is certain; the verdict is the whole run's."""
    system(remote, "tuned", "candidate", model)
    whole = remote.verdict()["decision"]
    server.asks.clear()
    (remote.folder / ".tuneproof" / "cache.sqlite").unlink()
    remote.settings["curtail"] = True
    outcome = remote.run()
    verdict = json.loads((outcome.folder / "verdict.json").read_text("utf-8"))
    assert verdict["decision"] == whole == decision
    assert asked(server, "poor") == N
    assert asked(server, model) <= at_most
    saved = {held["system"]: held["calls"] for held in told(outcome.folder)["saved"]}
    assert saved.get("tuned", 0) == N - asked(server, model)


def test_a_curtailed_run_is_decided_again_as_it_was(remote: Lab) -> None:
    """Grading and deciding again read the run's own rows; what was not asked stays so."""
    system(remote, "tuned", "candidate", "bad")
    remote.settings["curtail"] = True
    outcome = remote.run()
    first = (outcome.folder / "verdict.json").read_text("utf-8")
    finding = json.loads(first)["verdicts"][0]["findings"][0]
    assert (finding["status"], finding["estimate"]["n_missing"] > 0) == ("breached", True)
    for again in (decide_again, grade_again):
        again(RunFolder(outcome.folder))
        assert (outcome.folder / "verdict.json").read_text("utf-8") == first
    dossier = look_again(RunFolder(outcome.folder))
    assert dossier.stopping is not None
    assert [(held.candidate, held.why) for held in dossier.stopping.ended] == [("tuned", "certain")]


def test_what_is_left_out_is_no_missing_answer(remote: Lab) -> None:
    """It is counted apart, listed nowhere as a failure, and the other criteria say NOT_RUN."""
    system(remote, "tuned", "candidate", "bad")
    remote.settings["curtail"] = True
    remote.criterion("completeness", max_missing=0.0)
    outcome = remote.run()
    facts = json.loads((outcome.folder / "manifest.json").read_text("utf-8"))["systems"]["tuned"]
    assert (facts["missing"], facts["not_asked"] > 0) == (0, True)
    assert outcome.dossier.n_failures == 0
    findings = json.loads((outcome.folder / "verdict.json").read_text("utf-8"))["verdicts"][0]["findings"]
    assert [held["reasons"] for held in findings if held["kind"] == "completeness" and held["system"] == "tuned"] == [
        ["NOT_RUN"]
    ]


def test_completeness_keeps_a_go_from_being_certain(remote: Lab, server: Hostile) -> None:
    """Answers to come might not come: as long as they could break the limit, nothing is left out."""
    system(remote, "tuned", "candidate", "good")
    remote.settings["curtail"] = True
    remote.criterion("completeness", max_missing=0.0)
    assert remote.verdict()["decision"] == "GO"
    assert asked(server, "good") == N


def test_tests_that_are_not_monotone_go_to_the_end(remote: Lab, server: Hostile) -> None:
    """A mean of shares may fall by a better answer, so a GO on it is never certain early; the report says so."""
    system(remote, "tuned", "candidate", "good")
    remote.settings["curtail"] = True
    remote.tables["graders"]["label"] = {"kind": "token_f1"}
    outcome = remote.run()
    assert asked(server, "good") == N
    assert told(outcome.folder)["to_the_end"] == [
        "what is measured on target / label: its marks are not yes or no, so that it could end nobody before its last answer"
    ]


@pytest.mark.parametrize("cause", ["clusters", "repeats"])
def test_clusters_and_repeats_go_to_the_end(remote: Lab, server: Hostile, cause: str) -> None:
    """Neither test is proven to be monotone."""
    if cause == "clusters":
        remote.evalset("target", N, cluster=[str(i // 4) for i in range(N)])
    system(remote, "tuned", "candidate", "bad")
    if cause == "repeats":
        remote.tables["systems"]["tuned"]["repeats"] = 2
    remote.settings["curtail"] = True
    remote.run()
    assert asked(server, "bad") == N * (2 if cause == "repeats" else 1)


def test_recorded_answers_are_never_curtailed(lab: Lab) -> None:
    """They cost nothing."""
    lab.evalset("target", N)
    lab.system("prompted", "baseline", {"target": [i % 3 > 0 for i in range(N)]})
    lab.system("tuned", "candidate", {"target": [False] * N})
    lab.criterion("superiority", evalset="target")
    lab.settings["curtail"] = True
    outcome = lab.run()
    assert told(outcome.folder)["ended"] == []
    assert outcome.dossier.judgement is not None
    assert outcome.dossier.judgement.verdicts[0].findings[0].estimate.n == N


def test_a_go_waits_for_the_other_candidates(remote: Lab, server: Hostile) -> None:
    """Which of two to ship is known only when both are; one that is certainly lost ends at once."""
    for name, model in (("first", "good"), ("second", "bad"), ("third", "good2")):
        system(remote, name, "candidate", model)
    server.script = lambda ask: knows(ask) if ask.model != "good2" else answer("yes", model="good2")
    remote.settings["curtail"] = True
    verdict = remote.verdict()
    assert [held["decision"] for held in verdict["verdicts"]] == ["GO", "NO-GO", "GO"]
    assert asked(server, "bad") < asked(server, "good") == asked(server, "good2")


def test_an_interrupted_curtailed_run_pays_nothing_twice(remote: Lab, server: Hostile) -> None:
    """The same command finds the same order and goes on."""
    system(remote, "tuned", "candidate", "bad")
    remote.settings["curtail"] = True
    remote.run()
    before = len(server.asks)
    assert remote.verdict()["decision"] == "NO-GO"
    assert len(server.asks) == before


# -- looks -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "decision"), [("good", "GO"), ("bad", "NO-GO"), ("same", "UNDECIDED")])
def test_looks_end_clear_cases_early(remote: Lab, server: Hostile, model: str, decision: str) -> None:
    """A clear effect is shown at an early look, to baseline and candidate alike; an open one goes to the end."""
    system(remote, "tuned", "candidate", model)
    remote.settings["sequential"] = "obf5"
    outcome = remote.run()
    verdict = json.loads((outcome.folder / "verdict.json").read_text("utf-8"))
    assert verdict["decision"] == decision
    held = told(outcome.folder)
    last = held["at_look"]["tuned"]
    assert (last < 5) == (decision != "UNDECIDED") == bool(held["ended"])
    calls = round(N * last / 5)
    assert asked(server, "poor") == calls
    finding = verdict["verdicts"][0]["findings"][0]
    assert (finding["estimate"]["n"], finding["estimate"]["n_missing"]) == (calls, 0)
    assert finding["estimate"]["method"] == f"exact-tango, obf5 look {last} of 5"


def test_looks_are_decided_again_as_they_were(remote: Lab) -> None:
    """From the kept scores alone, look by look."""
    system(remote, "tuned", "candidate", "good")
    remote.settings["sequential"] = "obf5"
    outcome = remote.run()
    first = (outcome.folder / "verdict.json").read_text("utf-8")
    for again in (decide_again, grade_again):
        again(RunFolder(outcome.folder))
        assert (outcome.folder / "verdict.json").read_text("utf-8") == first


def test_a_look_never_sees_more_than_its_part(remote: Lab, server: Hostile) -> None:
    """Also where the rest is known from an earlier run: it bears on nothing."""
    system(remote, "tuned", "candidate", "good")
    remote.run()
    server.asks.clear()
    remote.settings["sequential"] = "obf5"
    outcome = remote.run()
    assert server.asks == []
    levels = [held for held in outcome.dossier.levels if held.system == "prompted" and held.slice is None]
    last = told(outcome.folder)["at_look"]["tuned"]
    assert last < 5
    assert [(held.n, held.n_missing) for held in levels] == [(round(N * last / 5), 0)]


def test_looks_take_whole_clusters(remote: Lab, server: Hostile) -> None:
    """A conversation is never seen in part."""
    remote.evalset("target", N, cluster=[str(i // 4) for i in range(N)])
    system(remote, "tuned", "candidate", "good")
    remote.settings["sequential"] = "obf5"
    remote.run()
    seen = {int(ask.prompt.split()[-1]) for ask in server.asks}
    assert {i // 4 for i in seen} == {i // 4 for i in range(N) if all(4 * (i // 4) + j in seen for j in range(4))}


def test_a_hopeless_trend_ends_where_futility_is_registered(remote: Lab, server: Hostile) -> None:
    """UNDECIDED with the reason, and no claim either way."""
    system(remote, "tuned", "candidate", "same")
    remote.settings |= {"sequential": "obf5", "futility": True}
    outcome = remote.run()
    verdict = json.loads((outcome.folder / "verdict.json").read_text("utf-8"))
    assert verdict["decision"] == "UNDECIDED"
    assert "FUTILE" in verdict["verdicts"][0]["findings"][0]["reasons"]
    assert asked(server, "same") < N
    assert [held["why"] for held in told(outcome.folder)["ended"]] == ["futile"]


def test_lost_answers_are_bounded_at_every_look(remote: Lab, server: Hostile) -> None:
    """A look cannot say GO as long as what is missing could undo it."""
    server.script = lambda ask: error(500) if ask.model == "good" and int(ask.prompt.split()[-1]) % 4 == 0 else knows(ask)
    system(remote, "tuned", "candidate", "good")
    remote.settings["sequential"] = "obf5"
    assert remote.verdict()["decision"] != "GO"


@pytest.mark.parametrize(
    ("settings", "criterion", "key"),
    [
        ({"curtail": True, "sequential": "obf5"}, {}, "experiment.curtail"),
        ({"sequential": "obf5"}, {"abort": True}, "experiment.sequential"),
        ({"futility": True}, {}, "experiment.futility"),
    ],
    ids=["both", "abort", "futility alone"],
)
def test_rules_that_cannot_hold_together_are_refused(
    remote: Lab, server: Hostile, settings: dict[str, Any], criterion: dict[str, Any], key: str
) -> None:
    """Before anything is asked."""
    system(remote, "tuned", "candidate", "good")
    remote.settings |= settings
    remote.criterion("threshold", evalset="target", at_least=0.5, **criterion)
    with pytest.raises(InputError, match=key):
        remote.run()
    assert server.asks == []


def test_the_rules_belong_to_the_lock(remote: Lab) -> None:
    """Who looks five times must have said so before."""
    from tuneproof.pipeline.assemble import assemble
    from tuneproof.pipeline.registration import register_experiment, state_of

    system(remote, "tuned", "candidate", "good")
    register_experiment(assemble(remote.write()))
    remote.settings["sequential"] = "obf5"
    assert any("sequential" in line for line in state_of(assemble(remote.write())).changed)


@pytest.mark.slow
def test_real_answers_in_random_orders(lab: Lab, real_data: Path) -> None:
    """Grade-school maths: a gain of 21 points ends at the first look in any order, and no order says NO-GO."""
    lab.table("evalsets", "target", path=str(real_data / "gsm8k" / "eval.jsonl"), graders=["final"])
    lab.table("graders", "final", kind="number_match", extract={"after": "A:"})
    for name, role, model in (("base", "baseline", "175b_finetuning"), ("big", "candidate", "175b_verification")):
        lab.table("providers", name, kind="replay", path=str(real_data / "gsm8k" / "outputs" / f"{model}.jsonl"))
        lab.table("systems", name, role=role, provider=name)
    lab.criterion("superiority", evalset="target")
    lab.settings["sequential"] = "obf5"
    looks = []
    for seed in range(10):
        lab.settings["seed"] = seed
        outcome = lab.run()
        assert outcome.dossier.judgement is not None
        assert outcome.dossier.judgement.decision == "GO"
        looks.append(told(outcome.folder)["at_look"]["big"])
    assert max(looks) <= 2
