"""Local models: settings, objections, identity and bodies. No server is started; `tests/integration` has one."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Lab

from tuneproof.core.completion import Request
from tuneproof.core.errors import InputError
from tuneproof.core.example import Example
from tuneproof.core.protocols import ModelHost
from tuneproof.core.system import System
from tuneproof.pipeline.assemble import assemble, workspace_of
from tuneproof.pipeline.forecast import forecast
from tuneproof.pipeline.registration import register_experiment, state_of
from tuneproof.providers._gguf_files import content_digest
from tuneproof.providers.llama_cpp import LlamaCpp
from tuneproof.stages.plan import Plan, identity_for, plan

NAME = "triage-replay@1"


@pytest.fixture
def files(lab: Lab) -> Lab:
    """Return a workspace with files that begin like GGUF: nothing here reads further."""
    for name in ("base", "one", "two"):
        (lab.folder / f"{name}.gguf").write_bytes(b"GGUF" + name.encode())
    return lab


@pytest.fixture
def local(files: Lab) -> Lab:
    """Return a workspace that compares the model with one of its adapters."""
    files.evalset("target", 3)
    files.table("providers", "local", kind="llama_cpp", model_path="base.gguf", adapters={NAME: "one.gguf"})
    for name, role, model in (("prompted", "baseline", "base"), ("tuned", "candidate", NAME)):
        files.table("systems", name, role=role, provider="local", model=model, prompt={"user": "{{ input }}"})
    return files


def provider(folder: Path, **settings: Any) -> LlamaCpp:
    """Return a provider as an experiment file in that folder describes it."""
    return LlamaCpp.model_validate(settings, context=workspace_of(folder / "experiment.toml"))


def request(model: str, **decoding: Any) -> Request:
    """Return a question to a model."""
    example = Example(id="1", inputs="hello", expected="yes", cluster="1")
    message = {"role": "user", "content": "hello"}
    return Request(
        key="", system="s", model=model, evalset="e", example=example, repeat=0, messages=(message,), decoding=decoding
    )


def planned(lab: Lab) -> Plan:
    """Return the plan of a workspace."""
    bench = assemble(lab.write())
    return plan(bench.experiment, bench.evalsets, bench.providers, bench.workspace)


def test_it_hosts_models(files: Lab) -> None:
    """The stages know by its methods that it can be asked about models."""
    assert isinstance(provider(files.folder, model_path="base.gguf"), ModelHost)


# -- settings ----------------------------------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {"model_path": "base.gguf", "adapters": {NAME: "one.gguf"}}
PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model_path": "no.gguf"}, "p.model_path: 'no.gguf' is not there (a model in GGUF)"),
    "folder": ({"model_path": "."}, "p.model_path: '.' cannot be read: Is a directory (a model in GGUF)"),
    "other file": ({"model_path": "text"}, "p.model_path: 'text' is no GGUF file (a model in GGUF)"),
    "empty file": ({"model_path": "empty"}, "p.model_path: 'empty' is no GGUF file (a model in GGUF)"),
    "no adapter": ({"adapters": {"a": "no.gguf"}}, "p.adapters.a: 'no.gguf' is not there (a LoRA adapter in GGUF)"),
    "other adapter": ({"adapters": {"a": "text"}}, "p.adapters.a: 'text' is no GGUF file (a LoRA adapter in GGUF)"),
    "base": ({"adapters": {"base": "one.gguf"}}, "p.adapters.base: an adapter is named 'base' (a name; base is no adapter)"),
    "nameless": ({"adapters": {"": "one.gguf"}}, "p.adapters.: an adapter is named '' (a name; base is no adapter)"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems(files: Lab, name: str) -> None:
    """What is wrong with files and names is one line with its place, and nothing else is said."""
    (files.folder / "text").write_text("once upon a time")
    (files.folder / "empty").write_text("")
    change, expected = PROBLEMS[name]
    found = provider(files.folder, **(GOOD | change)).problems("p", workspace_of(files.file))
    assert [str(problem) for problem in found] == [expected]


def test_no_problems(files: Lab) -> None:
    """Paths start at the experiment file."""
    assert provider(files.folder, **GOOD).problems("p", workspace_of(files.file)) == []


def test_a_missing_wheel_is_named_with_its_extra(files: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installed the base package reads what to install."""
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    found = provider(files.folder, **GOOD).problems("p", workspace_of(files.file))
    expected = "p: needs the package xllamacpp, which is not installed; pip install 'tuneproof[local]'"
    assert [str(problem) for problem in found] == [expected]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": "base.gguf"}, "providers.local.model: unknown key 'model'"),
        ({"max_concurrency": 0}, "providers.local.max_concurrency"),
        ({"slots": 65}, "providers.local.slots"),
        ({"context": 1}, "providers.local.context"),
        ({"threads": 0}, "providers.local.threads"),
        ({"adapters": ["one.gguf"]}, "providers.local.adapters"),
        ({"extra_body": {"lora": []}}, "providers.local.extra_body: unknown key 'extra_body'"),
    ],
)
def test_settings_of_the_wrong_sort_are_refused(local: Lab, settings: Mapping[str, Any], said: str) -> None:
    """Each with its place in the experiment file."""
    local.tables["providers"]["local"] |= settings
    with pytest.raises(InputError) as refused:
        assemble(local.write())
    assert said in str(refused.value)


# -- systems -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": "triage-replay@2"}, f"model: unknown model 'triage-replay@2', did you mean '{NAME}'? (known: base, {NAME})"),
        ({"model": ""}, f"model: missing (one of base, {NAME})"),
        ({"decoding": {"lora": []}}, "decoding.lora: lora cannot be set here (any other field)"),
        ({"decoding": {"cache_prompt": True}}, "decoding.cache_prompt: cache_prompt cannot be set here (any other field)"),
        ({"decoding": {"stream": True}}, "decoding.stream: stream cannot be set here (any other field)"),
    ],
)
def test_a_system_that_cannot_be_asked_is_refused_before_anything_is_spent(
    local: Lab, change: Mapping[str, Any], said: str
) -> None:
    """An unknown model, and fields that select one: by `check` as by `run`, in one line."""
    local.tables["systems"]["tuned"] |= change
    line = f"{local.file}: systems.tuned.{said}"
    for refusing in (lambda: forecast(local.write()), local.run):
        with pytest.raises(InputError) as refused:
            refusing()
        assert str(refused.value) == line


def test_base_is_known_without_adapters(files: Lab) -> None:
    """A model alone can be asked."""
    system = System(name="s", role="baseline", provider="p", model="base")
    assert provider(files.folder, model_path="base.gguf").system_problems("s", system) == []


def test_one_system_comes_after_the_other(local: Lab) -> None:
    """A change of adapter costs time, so that one system is through before the next is asked, on all evalsets."""
    local.evalset("general", 2, role="general")
    made = planned(local)
    assert [at.system for at in made.addresses(made.systems, made.evalsets)] == ["prompted"] * 5 + ["tuned"] * 5


# -- identity ----------------------------------------------------------------------------------------------------------------


def keys(lab: Lab) -> dict[str, str]:
    """Return the key of each system's first question."""
    made = planned(lab)
    return {at.system: made.key(at) for at in made.addresses(made.systems, made.evalsets) if at.place == 0}


def changed(lab: Lab, before: dict[str, str]) -> list[str]:
    """Return the systems whose questions are other questions than before."""
    return [name for name, key in keys(lab).items() if before[name] != key]


def test_a_changed_model_file_asks_everything_anew(local: Lab) -> None:
    """By content, under the same name."""
    before = keys(local)
    (local.folder / "base.gguf").write_bytes(b"GGUFother")
    assert changed(local, before) == ["prompted", "tuned"]


def test_a_changed_adapter_asks_its_own_system_anew(local: Lab) -> None:
    """The answers of the model without it are not touched."""
    before = keys(local)
    (local.folder / "one.gguf").write_bytes(b"GGUFretrained")
    assert changed(local, before) == ["tuned"]


def test_another_adapter_asks_nothing_anew(local: Lab) -> None:
    """The next fine-tune costs its own questions only."""
    before = keys(local)
    local.tables["providers"]["local"]["adapters"] = {"next": "two.gguf", NAME: "one.gguf"}
    assert changed(local, before) == []


def test_files_that_move_ask_nothing_anew(local: Lab) -> None:
    """Neither names nor folders are part of a question."""
    before = keys(local)
    (local.folder / "models").mkdir()
    (local.folder / "base.gguf").rename(local.folder / "models" / "renamed.gguf")
    local.tables["providers"]["local"]["model_path"] = str(local.folder / "models" / "renamed.gguf")
    assert changed(local, before) == []


@pytest.mark.parametrize(
    ("setting", "is_part"),
    [
        ({"context": 512}, True),
        ({"threads": 2}, False),
        ({"max_concurrency": 2}, False),
        ({"slots": 2}, False),
        ({"timeout_s": 1.0}, False),
        ({"max_retries": 0}, False),
    ],
)
def test_what_bears_on_answers_is_part_of_the_identity(files: Lab, setting: dict[str, Any], is_part: bool) -> None:
    """How long a question may be is; pace and patience are not."""
    mine, other = provider(files.folder, **GOOD), provider(files.folder, **GOOD, **setting)
    assert (mine.identity() != other.identity()) == is_part
    assert (identity_for(mine, NAME) != identity_for(other, NAME)) == is_part


def test_the_identity_names_content_and_engine_and_no_folder(files: Lab) -> None:
    """It stands in the manifest, which may be shown."""
    held = provider(files.folder, **GOOD).identity()
    assert held["adapters"] == {NAME: content_digest(files.folder / "one.gguf")}
    assert str(held["engine"]).startswith("xllamacpp 2")
    assert str(files.folder) not in str(held)


def test_a_model_in_parts_is_all_its_parts(tmp_path: Path) -> None:
    """llama.cpp is given the first and reads the others; a missing one leaves nothing to name."""
    first, second = (tmp_path / f"large-0000{i}-of-00002.gguf" for i in (1, 2))
    first.write_bytes(b"GGUF")
    assert content_digest(first) is None
    second.write_bytes(b"GGUF 2")
    before = content_digest(first)
    second.write_bytes(b"GGUF two")
    assert None is not before != content_digest(first)


def test_an_adapter_that_comes_after_the_lock_does_not_break_it(local: Lab) -> None:
    """The baseline is registered by what answers for it; a changed model is noticed."""
    local.criterion("superiority", evalset="target")
    register_experiment(assemble(local.write()))
    (local.folder / "one.gguf").write_bytes(b"GGUFtrained at last")
    assert state_of(assemble(local.write())).status == "locked"
    (local.folder / "base.gguf").write_bytes(b"GGUFother")
    assert [line.split(":")[0] for line in state_of(assemble(local.write())).changed] == ["baselines.prompted.provider.model"]


# -- body --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "scales"), [("base", [0.0, 0.0]), ("a", [1.0, 0.0]), ("b", [0.0, 1.0])])
def test_every_scale_is_sent_and_nothing_is_cached(files: Lab, model: str, scales: list[float]) -> None:
    """Without all three, the server mixes models."""
    body = provider(files.folder, model_path="base.gguf", adapters={"a": "one.gguf", "b": "two.gguf"}).body(request(model))
    assert [(held["id"], held["scale"]) for held in body["lora"]] == list(enumerate(scales))
    assert body["cache_prompt"] is False


def test_decoding_is_sent_as_it_is_written(files: Lab) -> None:
    """Beside the question and the model's name."""
    body = provider(files.folder, **GOOD).body(request(NAME, temperature=0, grammar="root ::= [a-z]"))
    assert {key: body[key] for key in ("temperature", "grammar", "model")} == {
        "temperature": 0,
        "grammar": "root ::= [a-z]",
        "model": NAME,
    }
    assert body["messages"] == ({"role": "user", "content": "hello"},)
