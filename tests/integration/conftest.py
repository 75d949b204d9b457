"""What the tests against the real server share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Lab
from tests.integration.llama import MISSING, Llama
from tests.integration.local import NARROW, REPLAY, SPELT, N


@pytest.fixture(scope="session")
def _wheels() -> None:
    if MISSING:
        pytest.skip(f"no real server: {' and '.join(MISSING)} not installed (pip install 'tuneproof[dev]')")


@pytest.fixture(scope="session")
def llama(_wheels: None) -> Iterator[Llama]:
    """Return the server that all tests share which do not stop it."""
    with Llama() as server:
        yield server


@pytest.fixture(scope="session")
def ggufs(_wheels: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a model and two adapters for it."""
    from tests.integration import tiny_model

    folder = tmp_path_factory.mktemp("gguf")
    tiny_model.write(folder / "base.gguf")
    for seed, name in ((2, NARROW), (3, REPLAY)):
        tiny_model.write_adapter(folder / f"{name}.gguf", seed)
    return folder


@pytest.fixture
def local(lab: Lab, ggufs: Path) -> Lab:
    """Return a workspace that compares the model with an adapter."""
    lab.evalset("target", N)
    adapters = {name: str(ggufs / f"{name}.gguf") for name in (NARROW, REPLAY)}
    lab.table("providers", "local", kind="llama_cpp", model_path=str(ggufs / "base.gguf"), adapters=adapters)
    for name, role, model in (("prompted", "baseline", "base"), ("tuned", "candidate", REPLAY)):
        prompt = {"user": "{{ input }}"}
        lab.table("systems", name, role=role, provider="local", model=model, prompt=prompt, decoding=SPELT)
    lab.criterion("superiority", evalset="target")
    return lab
