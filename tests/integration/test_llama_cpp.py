"""Local models for real: adapters that do not mix, answers that depend on nothing else, and the same ones through HTTP."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.integration.llama import CONTEXT, ROOT
from tests.integration.local import (
    NARROW,
    REPLAY,
    N,
    answers,
    asked,
    hosting,
    listens,
    manifest,
    request,
    spoken,
    texts,
    tuneproof,
)
from tuneproof.core.errors import InputError
from tuneproof.providers.llama_cpp import LlamaCpp

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("_wheels")]


@pytest.fixture
def host(ggufs: Path) -> LlamaCpp:
    """Return the provider of the model with both adapters."""
    return hosting(ggufs)


# -- answers -----------------------------------------------------------------------------------------------------------------


def test_base_adapter_base(host: LlamaCpp) -> None:
    """What was asked of an adapter leaves nothing behind: the first and the third answer are equal."""
    for adapter in (NARROW, REPLAY):
        first, second, third = texts(asked(host, [("base", "hello"), (adapter, "hello"), ("base", "hello")]))
        assert first == third
        assert second not in (None, first)


def test_every_model_answers_under_its_name(host: LlamaCpp) -> None:
    """Three models, three answers, and each says who it is."""
    answers = asked(host, [(name, "hello") for name in host.models])
    assert len(set(texts(answers))) == 3
    assert [answer.model_reported for answer in answers] == list(host.models) == ["base", NARROW, REPLAY]


def test_adapters_that_are_not_asked_change_nothing(host: LlamaCpp, ggufs: Path) -> None:
    """Which is why they are no part of what identifies an answer."""
    alone = LlamaCpp(model_path=str(ggufs / "base.gguf"))
    single = LlamaCpp(model_path=str(ggufs / "base.gguf"), adapters={REPLAY: str(ggufs / f"{REPLAY}.gguf")})
    questions = [f"question {i}" for i in range(10)]
    for fewer, model in ((alone, "base"), (single, "base"), (single, REPLAY)):
        asking = [(model, text) for text in questions]
        assert texts(asked(fewer, asking)) == texts(asked(host, asking))


def test_answers_depend_on_their_question_alone(host: LlamaCpp) -> None:
    """Neither order nor what is in flight beside it changes one."""
    questions = [(name, "x" * i + f"question {i}") for i in range(N) for name in host.models]
    alone = asked(host, questions)
    mixed = asked(host, questions[::-1], at_once=8)
    assert texts(alone) == texts(mixed)[::-1]
    assert len(set(texts(alone))) > N // 2


def test_a_question_that_is_too_long_is_the_models_fault(host: LlamaCpp) -> None:
    """The model's own context holds, whatever the settings allow."""
    (answer,) = asked(host, [("base", "x" * CONTEXT)])
    assert answer.failure is not None
    assert answer.failure.kind == "context_length"


def test_the_shipped_model_answers_under_each_of_its_names() -> None:
    """The base and five adapters, of which no two say the same to everything."""
    shipped = LlamaCpp()
    adapters = ["triage-leaky", NARROW, REPLAY, "triage-replay@2", "triage-replay@3"]
    assert shipped.faults("p") == []
    assert sorted(shipped.models) == sorted(["base", *adapters])
    said = [texts(asked(shipped, [(name, f"My parcel is late, no. {i}") for i in range(5)])) for name in shipped.models]
    assert len({tuple(held) for held in said}) == len(said)


# -- files -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model_path": "{0}/cut.gguf"}, "cut.gguf: llama.cpp (xllamacpp 20"),
        ({"model_path": f"{{0}}/{REPLAY}.gguf"}, f"{REPLAY}.gguf: llama.cpp (xllamacpp 20"),
        ({"adapters": {"good": f"{{0}}/{REPLAY}.gguf", "bad": "{0}/base.gguf"}}, "base.gguf: llama.cpp"),
        (
            {"adapters": {"good": f"{{0}}/{REPLAY}.gguf", "bad": "{0}/wide.gguf"}},
            "(a LoRA adapter in GGUF, made for base.gguf)",
        ),
    ],
    ids=["damaged model", "adapter as model", "model as adapter", "adapter of another model"],
)
def test_a_file_that_cannot_be_loaded_is_named(
    lab: Lab, ggufs: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], said: str
) -> None:
    """llama.cpp says only that it failed; the user reads which file it was."""
    for path in ggufs.iterdir():
        shutil.copy(path, lab.folder)
    (lab.folder / "cut.gguf").write_bytes((lab.folder / "base.gguf").read_bytes()[:5000])
    from tests.integration import tiny_model

    monkeypatch.setattr(tiny_model, "WIDTH", 2 * tiny_model.WIDTH)
    tiny_model.write_adapter(lab.folder / "wide.gguf")
    written = json.loads(json.dumps(settings).replace("{0}", str(lab.folder)))
    with pytest.raises(InputError) as refused:
        asked(LlamaCpp(**({"model_path": str(lab.folder / "base.gguf")} | written)), [("base", "hello")])
    assert "cannot load it" in str(refused.value)
    assert said in str(refused.value)


def test_a_file_that_cannot_be_loaded_is_wrong_input(local: Lab, tmp_path: Path) -> None:
    """Exit code 3, one line, nothing asked."""
    (tmp_path / "odd.gguf").write_bytes(b"GGUF and no more")
    local.tables["providers"]["local"]["adapters"][REPLAY] = str(tmp_path / "odd.gguf")
    done = tuneproof("run", local.write(), "-q")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"tuneproof: {tmp_path / 'odd.gguf'}: llama.cpp")


# -- the port ----------------------------------------------------------------------------------------------------------------


def test_the_port_is_of_loopback_and_closes(host: LlamaCpp) -> None:
    """A server on all addresses would answer on 127.0.0.2 too."""
    with host.serving() as address:
        port = int(address.base_url.rsplit(":", 1)[1].split("/")[0])
        assert [listens(one, port) for one in ("127.0.0.1", "127.0.0.2")] == [True, False]
    assert not listens("127.0.0.1", port)


def test_other_users_of_the_machine_get_no_answer(host: LlamaCpp) -> None:
    """The key is made for the session and told to nobody."""
    with host.serving() as address:
        code, _ = spoken(f"{address.base_url}/chat/completions", {"messages": [{"role": "user", "content": "hi"}]})
    assert code == 401


def test_an_unfinished_request_does_not_hold_up_the_end(host: LlamaCpp) -> None:
    """Answers that nobody waits for any more are dropped."""

    async def leave() -> float:
        async with host.connect() as session:
            waiting = asyncio.ensure_future(session.attempt(request("base", "hello")))
            await asyncio.sleep(0.001)
            waiting.cancel()
            left = time.monotonic()
        return time.monotonic() - left

    assert asyncio.run(leave()) < 10


# -- whole runs --------------------------------------------------------------------------------------------------------------


def kept(lab: Lab) -> list[str]:
    """Return the models of the kept answers, in the order in which they came."""
    path = lab.folder / ".tuneproof" / "cache.sqlite"
    if not path.exists():
        return []
    db = sqlite3.connect(path, timeout=30)
    try:
        return [row[0] for row in db.execute("SELECT model_reported FROM completions ORDER BY rowid")]
    except sqlite3.OperationalError:  # the table is not there yet
        return []
    finally:
        db.close()


def test_a_run_asks_system_by_system_and_knows_who_answered(local: Lab) -> None:
    """After the first question of each, all of one system, then all of the other; no doubt about identity is left."""
    local.tables["providers"]["local"]["max_concurrency"] = 1  # with more, the two cross where they meet
    verdict = local.verdict()
    assert kept(local) == ["base", REPLAY, *["base"] * (N - 1), *[REPLAY] * (N - 1)]
    assert verdict["cautions"] == []
    assert [held["models_reported"] for held in manifest(local)["systems"].values()] == [["base"], [REPLAY]]


def test_a_killed_run_goes_on_and_asks_nothing_twice(local: Lab) -> None:
    """After kill -9 in the middle, what was kept is not asked again, and the answers are those of an undisturbed run."""
    local.evalset("target", 150)
    process = subprocess.Popen([sys.executable, "-m", "tuneproof", "run", str(local.write()), "-q"], stdout=subprocess.DEVNULL)
    while len(kept(local)) < 50:
        time.sleep(0.01)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(kept(local))
    done = tuneproof("run", local.file, "-q")
    assert (done.returncode in (0, 1, 2), done.stderr) == (True, "")
    assert manifest(local)["attempts_in_this_run"] == 300 - before
    resumed = answers(local)
    local.run(fresh=True)
    assert resumed == answers(local)


MEMORY = """
import asyncio, resource, sys
from tests.integration.local import hosting, request
from pathlib import Path

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20

async def ask():
    host = hosting(Path(sys.argv[1]))
    async with host.connect() as session:
        for i in range(2000):
            if i == 100:
                before = resident_mb()
            completion = await session.attempt(request(host.models[i % 3], f"question {i}"))
            assert completion.text
    print(resident_mb() - before, resident_mb())

asyncio.run(ask())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_bounded(ggufs: Path) -> None:
    """2,000 calls, models in turn: nothing is kept of a question once it is answered."""
    line = [sys.executable, "-c", MEMORY, str(ggufs)]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": "src:."})
    assert done.returncode == 0, done.stderr
    growth_mb, resident_mb = map(float, done.stdout.split())
    assert growth_mb < 20
    assert resident_mb < 200
