"""Plans: the same examples for every system, every setting in the key, every prompt filled before anything is spent."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Lab

from tuneproof.core.completion import Request
from tuneproof.core.errors import InputError
from tuneproof.pipeline.assemble import assemble
from tuneproof.stages.plan import Plan, plan

ADDRESS = "http://127.0.0.1:9/v1"


@pytest.fixture
def remote(lab: Lab) -> Lab:
    """Return a workspace with two systems on a server that is never asked."""
    lab.evalset("target", 3)
    lab.evalset("general", 2, role="general")
    lab.table("providers", "local", kind="openai_chat", base_url=ADDRESS)
    for name, role in (("prompted", "baseline"), ("tuned", "candidate")):
        lab.table("systems", name, role=role, provider="local", model=name, prompt={"user": "{{ input }}"})
    return lab


def planned(lab: Lab) -> Plan:
    """Return the plan of a workspace."""
    bench = assemble(lab.write())
    return plan(bench.experiment, bench.evalsets, bench.providers, bench.workspace)


def requests(lab: Lab) -> list[Request]:
    """Return all requests of a workspace, in order."""
    made = planned(lab)
    return [made.request(at) for at in made.addresses(made.systems, made.evalsets)]


def test_systems_are_interleaved_on_the_same_examples(remote: Lab) -> None:
    """Each example is asked of every system before the next one is."""
    order = [(request.evalset, request.example.id, request.system) for request in requests(remote)]
    assert order[:3] == [("target", "0", "prompted"), ("target", "0", "tuned"), ("target", "1", "prompted")]
    assert len(order) == 10


def test_keys_are_those_of_the_requests(remote: Lab) -> None:
    """The key kept by the plan is the key of the request, for every repeat."""
    remote.tables["systems"]["tuned"]["repeats"] = 3
    made = planned(remote)
    addresses = list(made.addresses(made.systems, made.evalsets))
    assert [made.key(at) for at in addresses] == [made.request(at).key for at in addresses]
    assert len({made.key(at) for at in addresses if at.system == "tuned" and at.evalset == "target"}) == 9


@pytest.mark.parametrize(
    ("table", "name", "change"),
    [
        ("systems", "tuned", {"model": "prompted2"}),
        ("systems", "tuned", {"decoding": {"temperature": 1}}),
        ("systems", "tuned", {"prompt": {"user": "{{ input }}", "system": "s"}}),
        ("providers", "local", {"base_url": "http://127.0.0.1:8/v1"}),
        ("providers", "local", {"extra_body": {"cache_prompt": False}}),
        ("providers", "local", {"headers": {"X-A": "b"}}),
    ],
)
def test_all_that_reaches_the_provider_is_in_the_key(remote: Lab, table: str, name: str, change: dict[str, Any]) -> None:
    """Each setting that a server can see changes the key."""
    before = [request.key for request in requests(remote) if request.system == "tuned"]
    remote.tables[table][name] |= change
    after = [request.key for request in requests(remote) if request.system == "tuned"]
    assert not set(before) & set(after)


@pytest.mark.parametrize("change", [{"max_concurrency": 1}, {"timeout_s": 1}, {"max_retries": 0}])
def test_how_it_is_asked_is_not_in_the_key(remote: Lab, change: dict[str, Any]) -> None:
    """Patience and concurrency do not make another question."""
    before = [request.key for request in requests(remote)]
    remote.tables["providers"]["local"] |= change
    assert [request.key for request in requests(remote)] == before


def test_an_evalset_may_bring_its_own_prompt(remote: Lab) -> None:
    """`evalsets.x.prompt` replaces prompt, few-shot and context of every system on that evalset."""
    remote.tables["systems"]["tuned"]["prompt"] = {"system": "Route tickets.", "user": "Ticket: {{ input }}"}
    remote.tables["evalsets"]["general"]["prompt"] = {"user": "{{ input }}"}
    asked = {(r.evalset, r.example.id): r.messages for r in requests(remote) if r.system == "tuned"}
    assert [message["role"] for message in asked["target", "0"]] == ["system", "user"]
    assert asked["general", "0"] == ({"role": "user", "content": "question 0"},)


def test_templates_see_input_labels_and_meta(remote: Lab) -> None:
    """Objects are reached by their fields, labels are the evalset's, other columns are meta."""
    rows = [{"input": {"subject": "hello"}, "expected": label, "tier": "gold"} for label in ("b", "a")]
    for name in ("target", "general"):
        remote.write_rows(f"{name}.jsonl", rows)
    template = "{{ input.subject }} {{ labels | join('/') }} {{ meta.tier }}"
    remote.tables["systems"]["tuned"]["prompt"] = {"user": template}
    assert requests(remote)[1].messages[0]["content"] == "hello a/b gold"


def test_a_template_may_place_its_context(remote: Lab) -> None:
    """Where a template names `context`, passages go there and nowhere else."""
    (remote.folder / "a.txt").write_text("Question 2 is about dogs.\n\nNothing else.\n")
    prompt = {"user": "{{ input }} [{{ context[0] }}]", "context": {"path": "*.txt", "k": 1}}
    remote.tables["systems"]["tuned"]["prompt"] = prompt
    asked = {request.example.id: request.messages for request in requests(remote) if request.system == "tuned"}
    assert asked["2"][0]["content"] == "question 2 [Question 2 is about dogs.]"


@pytest.mark.parametrize(
    ("prompt", "what"),
    [
        ({"user": "{{ input"}, "template error on line 1"),
        ({"user": "{{ nope }}"}, "'nope' is undefined"),
        ({"user": "{{ input.x.y }}"}, "target.jsonl:1: template error"),
        ({"user": "{{ ''.__class__ }}"}, "unsafe"),
        ({"system": "s"}, r"prompt\.user: missing"),
        ({"user": "x", "few_shot": {"path": "nope.jsonl", "k": 1}}, "nope.jsonl"),
        ({"user": "x", "few_shot": {"path": "target.jsonl", "k": 9}}, "3 rows, few_shot.k is 9"),
        ({"user": "x", "context": {"path": "nope*.md", "k": 1}}, "no file matches"),
    ],
)
def test_prompts_that_cannot_be_filled_are_refused(remote: Lab, prompt: dict[str, Any], what: str) -> None:
    """Each mistake of a prompt is told before anything is spent."""
    remote.tables["systems"]["tuned"]["prompt"] = prompt
    with pytest.raises(InputError, match=what):
        planned(remote)


def test_stratified_shots_come_from_each_label_in_turn(remote: Lab, tmp_path: Path) -> None:
    """The first row of each label, then the second of each."""
    remote.write_rows("shots.jsonl", [{"input": str(i), "expected": label} for i, label in enumerate("aaabbc")])
    shots = {"path": "shots.jsonl", "k": 4, "choose": "stratified"}
    remote.tables["systems"]["tuned"]["prompt"] = {"user": "{{ input }}", "few_shot": shots}
    messages = requests(remote)[1].messages
    assert [message["content"] for message in messages if message["role"] == "assistant"] == ["a", "b", "c", "a"]
