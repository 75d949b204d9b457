"""A folder of adapters that fills up: the demo's checkpoints, watched as they are written, then run. Computed by llama.cpp."""

import shutil

import pytest

from tests.conftest import Lab
from tuneproof.core.errors import InputError, RunStopped
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.collecting import unseen
from tuneproof.pipeline.watching import Sight, Watched, Watching, watch
from tuneproof.providers._gguf_files import small_adapters

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("_wheels")]

TICKETS = [
    ("I was charged twice this month", "billing"),
    ("My parcel has not come", "delivery"),
    ("I cannot log in any more", "access"),
    ("How do I send the shoes back?", "returns"),
    ("Please end my subscription", "cancellation"),
    ("Please delete my data", "privacy"),
]


@pytest.fixture
def training(lab: Lab) -> Lab:
    """Return a workspace whose candidate is a folder that is not there yet."""
    rows = [{"id": str(i), "input": text, "expected": label} for i, (text, label) in enumerate(TICKETS)]
    for name, role in (("dev", "selection"), ("target", "target")):
        lab.evalset(name, len(rows), role=role)
        lab.write_rows(f"{name}.jsonl", [row | {"input": row["input"] + "!" * (role == "selection")} for row in rows])
    lab.table("providers", "small", kind="llama_cpp")
    ask = {"provider": "small", "decoding": {"temperature": 0, "max_tokens": 8}, "prompt": {"user": "{{ input }}"}}
    lab.table("systems", "plain", role="baseline", model="base", **ask)
    lab.table("systems", "tuned", role="candidate", checkpoints={"folder": "adapters"}, **ask)
    lab.criterion("superiority", evalset="target", margin=0.0)
    return lab


def write(lab: Lab, number: int, share: float = 1.0) -> None:
    """Write one of the demo's checkpoints, or a part of it."""
    folder = lab.folder / "adapters"
    folder.mkdir(exist_ok=True)
    held = small_adapters()[f"triage-replay@{number}"].read_bytes()
    (folder / f"run@{number}.gguf").write_bytes(held[: round(share * len(held))])


def follow(lab: Lab, happens: dict[str, list[tuple[int, float]]], **asked: object) -> tuple[Watched, list[str]]:
    """Watch while checkpoints are written: after each thing that is told, what happens then."""
    told: list[str] = []

    def tell(sight: Sight) -> None:
        word = sight.note or " ".join(f"point {point.checkpoint.number}" for point in sight.new) or "frame"
        told.append(word)
        for at, parts in happens.items():
            if at in word:
                for number, share in parts:
                    write(lab, number, share)
        if word == "point 3":
            (lab.folder / "adapters" / "DONE").touch()

    return watch(lab.write(), Watching(every_s=0.0, **asked), unseen, tell), told  # type: ignore[arg-type]


def test_a_growing_folder_is_followed_to_its_end(training: Lab) -> None:
    """The folder comes late, a file is half written for a while, and DONE ends it; each checkpoint is evaluated once."""
    training.criterion("checkpoint", evalset="dev", below=0.05, at=2, rule="point")
    happens = {
        "is not there": [(1, 1.0)],
        "point 1": [(2, 0.5)],
        "is not whole": [(2, 1.0)],
        "point 2": [(3, 1.0)],
    }
    watched, told = follow(training, happens)
    assert [word for word in told if word.startswith("point")] == ["point 1", "point 2", "point 3"]
    assert any("is not whole" in word for word in told)
    assert (watched.advice, [point.checkpoint.model for point in watched.curves[0].points]) == (
        "CONTINUE",
        ["run@1", "run@2", "run@3"],
    )
    verdict = training.verdict()
    chosen = verdict["verdicts"][0]
    assert (chosen["candidate"], chosen["findings"][0]["estimate"]["n"]) == ("tuned", len(TICKETS))


def test_a_training_that_leaves_nothing_is_one_line(training: Lab) -> None:
    """DONE in an empty folder is the end of a run without a model."""
    (training.folder / "adapters").mkdir()
    (training.folder / "adapters" / "DONE").touch()
    with pytest.raises(RunStopped, match=r"the training is over \(DONE\) and left no checkpoint"):
        follow(training, {})


def test_two_files_of_one_number_are_wrong(training: Lab) -> None:
    """No waiting puts that right."""
    write(training, 1)
    shutil.copy(training.folder / "adapters" / "run@1.gguf", training.folder / "adapters" / "copy@1.gguf")
    with pytest.raises(InputError, match="have one number, 1"):
        follow(training, {}, once=True)


def test_what_looks_like_an_adapter_and_is_none_is_wrong(training: Lab) -> None:
    """A whole file of another model is refused when it is loaded, not waited for without end."""
    write(training, 1)
    path = training.folder / "adapters" / "run@1.gguf"
    held = path.read_bytes()
    path.write_bytes(held.replace(b"blk.0", b"abc.0"))
    with pytest.raises(InputError):
        follow(training, {})


def test_a_run_takes_no_half_written_folder(training: Lab) -> None:
    """A run is for a training that is over."""
    write(training, 1)
    write(training, 2, 0.5)
    with pytest.raises(InputError, match="is not whole"):
        training.run()


def test_without_a_selection_evalset_every_adapter_is_a_candidate(training: Lab) -> None:
    """The provider serves the folder's adapters under their names."""
    del training.tables["evalsets"]["dev"]
    write(training, 1)
    write(training, 3)
    bench = assemble(training.write())
    assert [(system.name, system.model) for system in bench.experiment.of_role("candidate")] == [
        ("tuned@1", "run@1"),
        ("tuned@3", "run@3"),
    ]
    assert {held["candidate"] for held in training.verdict()["verdicts"]} == {"tuned@1", "tuned@3"}
