"""A folder of adapters for real: the demo's checkpoints, served beside the provider's own adapters by llama.cpp."""

import shutil
from pathlib import Path

import pytest

from tests.integration.local import asked, texts
from tuneproof.providers._gguf_files import small_adapters
from tuneproof.providers.llama_cpp import LlamaCpp

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("_wheels")]

QUESTIONS = [f"My parcel is late, no. {i}" for i in range(5)]


def test_the_demos_checkpoints_from_a_folder(tmp_path: Path) -> None:
    """In the order of training, each answers as the adapter of that name that ships; the base is what it was."""
    for number in (3, 1, 2):
        shutil.copy(small_adapters()[f"triage-replay@{number}"], tmp_path / f"triage-copy@{number}.gguf")
    shipped = LlamaCpp()
    found, problems = shipped.adapters_in(tmp_path, "systems.tuned.checkpoints.folder")
    assert problems == []
    assert [(point.number, point.model) for point in found] == [(i, f"triage-copy@{i}") for i in (1, 2, 3)]
    more = shipped.with_adapters({point.model: tmp_path / f"{point.model}.gguf" for point in found})
    assert more.faults("p") == []
    names = ["base", *(point.model for point in found)]
    said = [texts(asked(more, [(name, text) for text in QUESTIONS])) for name in names]
    before = [texts(asked(shipped, [(name.replace("copy", "replay"), text) for text in QUESTIONS])) for name in names]
    assert said == before
    assert len({tuple(held) for held in said}) == 4
    assert [more.identity_of(name) for name in names] == [shipped.identity_of(name.replace("copy", "replay")) for name in names]
