"""A folder of adapters that a training fills: order, numbers, and files that must not be asked (yet)."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import gguf
import pytest

from tuneproof.core.checkpoints import AdapterHost, NotYet
from tuneproof.core.errors import Problem
from tuneproof.providers._adapter_folder import read_folder
from tuneproof.providers._gguf_files import small_adapters, small_model
from tuneproof.providers.llama_cpp import LlamaCpp
from tuneproof.providers.openai_chat import OpenAIChat

ADAPTER = small_adapters()["triage-replay@1"]
WHERE = "experiment.toml: systems.tuned.checkpoints.folder"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder."""
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


@pytest.fixture
def host(tmp_path: Path) -> LlamaCpp:
    """Return a provider of the small model, under another name, without its adapters."""
    shutil.copy(small_model(), tmp_path / "model.gguf")
    return LlamaCpp(model_path=str(tmp_path / "model.gguf"))


def filled(folder: Path, names: Iterable[str]) -> None:
    """Put a whole adapter under each name."""
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ADAPTER, folder / name)


def lines(problems: Iterable[Problem], folder: Path) -> list[str]:
    """Return the problems as they are shown, without the folder's place."""
    assert all(problem.where == WHERE for problem in problems)
    return [
        str(problem).removeprefix(f"{WHERE}: ").replace(f"{folder}/", "").replace(str(folder), "FOLDER") for problem in problems
    ]


def test_llama_cpp_hosts_adapters_and_openai_chat_does_not(host: LlamaCpp) -> None:
    """A server behind an address is told its adapters by whoever runs it."""
    assert isinstance(host, AdapterHost)
    assert not isinstance(OpenAIChat(), AdapterHost)


ORDERS: dict[str, tuple[list[str], list[tuple[int, str, int | None]]]] = {
    "own numbers": (["triage@2.gguf", "triage@10.gguf", "triage@1.gguf"], [(1, "1", None), (2, "2", None), (10, "10", None)]),
    "one of them": (["triage@3.gguf"], [(3, "3", None)]),
    "epochs": (["a-epoch-2.gguf", "a-epoch-1.gguf"], [(1, "1", None), (2, "2", None)]),
    "epochs from 0": (["epoch_0.gguf", "epoch_1.gguf"], [(1, "0", None), (2, "1", None)]),
    "steps": (["checkpoint-1000.gguf", "checkpoint-500.gguf"], [(1, "500", 500), (2, "1000", 1000)]),
    "the first step": (["checkpoint-500.gguf"], [(1, "500", 500)]),
    "steps, older ones gone": (["step-1000.gguf", "step-1500.gguf"], [(2, "1000", 1000), (3, "1500", 1500)]),
    "steps and the end": (
        ["checkpoint-500.gguf", "checkpoint-1000.gguf", "checkpoint-1130.gguf"],
        [(1, "500", 500), (2, "1000", 1000), (3, "1130", 1130)],
    ),
    "padded": (["0000100_adapter.gguf", "0000200_adapter.gguf"], [(100, "0000100", None), (200, "0000200", None)]),
    "written in": (["triage@1-F16.gguf", "triage@2-q8_0.gguf", "triage@3-bf16.gguf"], [(i, str(i), None) for i in (1, 2, 3)]),
    "folders": (
        ["checkpoint-20/adapter-f16.gguf", "checkpoint-10/adapter-f16.gguf"],
        [(1, "checkpoint-10", 10), (2, "checkpoint-20", 20)],
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_order_and_numbers(host: LlamaCpp, folder: Path, name: str) -> None:
    """The last number of a name says which checkpoint it is, in names that speak of steps the step."""
    files, expected = ORDERS[name]
    filled(folder, files)
    found, problems = host.adapters_in(folder, WHERE)
    assert problems == []
    assert [(point.number, point.step) for point in found] == [(number, step) for number, _, step in expected]
    assert all(part in point.model for point, (_, part, _) in zip(found, expected, strict=True))


def test_model_ids_are_names_without_ending(host: LlamaCpp, folder: Path) -> None:
    """Of files and of checkpoint folders."""
    filled(folder, ["checkpoint-10/adapter.gguf", "checkpoint-20.gguf"])
    found, _ = host.adapters_in(folder, WHERE)
    assert [point.model for point in found] == ["checkpoint-10", "checkpoint-20"]


WRONG: dict[str, tuple[list[str], list[str]]] = {
    "no number": (["triage@1.gguf", "final.gguf"], ["'final.gguf' has no number in its name (a name such as triage@2.gguf)"]),
    "only an encoding": (["triage-F16.gguf"], ["'triage-F16.gguf' has no number in its name (a name such as triage@2.gguf)"]),
    "twice": (
        ["a@1.gguf", "a@2.gguf", "b@2.gguf"],
        ["'a@2.gguf' and 'b@2.gguf' have one number, 2 (one file a checkpoint)"],
    ),
    "file and folder": (
        ["checkpoint-5.gguf", "checkpoint-5/x.gguf"],
        ["'checkpoint-5' and 'checkpoint-5.gguf' have one number, 5 (one file a checkpoint)"],
    ),
    "two sorts": (
        ["checkpoint-500.gguf", "triage@2.gguf"],
        ["'checkpoint-500' is numbered by its training step, 'triage@2' is not (names of one sort)"],
    ),
    "two in one folder": (
        ["checkpoint-5/x.gguf", "checkpoint-5/y.gguf"],
        ["'checkpoint-5' holds 2 files in .gguf (one)"],
    ),
    "uneven": (
        ["checkpoint-500.gguf", "checkpoint-1500.gguf"],
        [
            "which checkpoint is which cannot be told from steps 500, 1500 (even steps); keep every checkpoint, or name them "
            "in order: checkpoints = [...], with their files in the provider's adapters"
        ],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_names_that_tell_no_order_are_refused(host: LlamaCpp, folder: Path, name: str) -> None:
    """Each named, and no time puts them right."""
    files, expected = WRONG[name]
    filled(folder, files)
    _, problems = host.adapters_in(folder, WHERE)
    assert lines(problems, folder) == expected
    assert not any(isinstance(problem, NotYet) for problem in problems)


def test_no_folder_and_an_empty_one(host: LlamaCpp, folder: Path) -> None:
    """A training may not have begun: these may come right."""
    (folder / "runs").mkdir()
    (folder / "log.txt").write_text("hello")
    (folder / ".triage@1.gguf.part").write_text("half")
    for path, expected in (
        (folder, "'FOLDER' holds no adapter (files in .gguf)"),
        (folder / "no", "'no' is not there (a folder of adapters)"),
    ):
        found, problems = host.adapters_in(path, WHERE)
        assert (found, lines(problems, folder)) == ((), [expected])
        assert isinstance(problems[0], NotYet)


def test_a_file_is_no_folder(host: LlamaCpp, folder: Path) -> None:
    """Nor will it be."""
    filled(folder, ["triage@1.gguf"])
    found, problems = host.adapters_in(folder / "triage@1.gguf", WHERE)
    assert found == ()
    assert lines(problems, folder) == ["'triage@1.gguf' cannot be read: Not a directory (a folder of adapters)"]
    assert not isinstance(problems[0], NotYet)


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.01, 0.5, 0.999])
def test_a_file_that_is_still_being_written_is_not_asked(host: LlamaCpp, folder: Path, share: float) -> None:
    """However far it is; the others keep their numbers."""
    filled(folder, ["triage@1.gguf", "triage@2.gguf", "triage@3.gguf"])
    whole = ADAPTER.read_bytes()
    (folder / "triage@2.gguf").write_bytes(whole[: int(share * len(whole))])
    found, problems = host.adapters_in(folder, WHERE)
    assert [(point.number, point.model) for point in found] == [(1, "triage@1"), (3, "triage@3")]
    assert [type(problem) for problem in problems] == [NotYet]
    assert "'triage@2.gguf' " in lines(problems, folder)[0]
    (folder / "triage@2.gguf").write_bytes(whole)
    assert host.adapters_in(folder, WHERE)[1] == []


def test_half_a_file_is_told_with_its_size(host: LlamaCpp, folder: Path) -> None:
    """A training that died shows the same size for ever."""
    (folder / "triage@1.gguf").write_bytes(ADAPTER.read_bytes()[:100_000])
    _, problems = host.adapters_in(folder, WHERE)
    expected = "'triage@1.gguf' is not whole: 100,000 of 167,936 bytes (a file that is written to its end)"
    assert lines(problems, folder) == [expected]


def test_a_checkpoint_without_gguf(host: LlamaCpp, folder: Path) -> None:
    """A trainer's own format must be converted: such a checkpoint is not passed over."""
    filled(folder, ["checkpoint-10/adapter.gguf", "checkpoint-20/adapter_model.safetensors"])
    _, problems = host.adapters_in(folder, WHERE)
    hint = "llama.cpp's convert_lora_to_gguf.py makes it from the trainer's files"
    assert lines(problems, folder) == [f"'checkpoint-20' holds no file in .gguf (a LoRA adapter in GGUF); {hint}"]
    assert isinstance(problems[0], NotYet)


def test_files_that_are_no_adapters(host: LlamaCpp, folder: Path) -> None:
    """Another format under this ending, and a whole model that says what it is."""
    (folder / "a@1.gguf").write_text("once upon a time")
    writer = gguf.GGUFWriter(folder / "a@2.gguf", "llama")
    writer.add_type("model")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    found, problems = host.adapters_in(folder, WHERE)
    assert (found, lines(problems, folder)) == (
        (),
        ["'a@1.gguf' is no GGUF file (a LoRA adapter in GGUF)", "'a@2.gguf' is a model (a LoRA adapter in GGUF)"],
    )
    assert not any(isinstance(problem, NotYet) for problem in problems)


def test_the_model_itself_is_passed_over(tmp_path: Path) -> None:
    """It often lies beside its adapters; the demo's folder is refused for the one without a number only."""
    shutil.copy(small_model(), tmp_path / "base.gguf")
    filled(tmp_path, ["triage@1.gguf"])
    found, problems = LlamaCpp(model_path=str(tmp_path / "base.gguf")).adapters_in(tmp_path, WHERE)
    assert ([point.model for point in found], problems) == (["triage@1"], [])


def test_a_name_that_is_another_adapter_already(folder: Path) -> None:
    """Else a baseline would be asked with the candidate's file. The same file under the same name is none."""
    filled(folder, ["triage-replay@1.gguf"])
    _, problems = LlamaCpp().adapters_in(folder, WHERE)
    assert len(problems) == 1
    assert "'triage-replay@1' is the name of another adapter of the provider" in str(problems[0])
    same = LlamaCpp(adapters={"triage-replay@1": str(folder / "triage-replay@1.gguf")})
    assert same.adapters_in(folder, WHERE)[1] == []


def test_links_and_folders_named_like_files(folder: Path) -> None:
    """A link is followed; a broken one is not there; a folder is no file."""
    filled(folder, ["triage@1.gguf"])
    (folder / "triage@2.gguf").symlink_to(folder / "triage@1.gguf")
    (folder / "triage@3.gguf").symlink_to(folder / "gone")
    (folder / "triage@4.gguf").mkdir()
    held = read_folder(folder, WHERE, small_model())
    assert [point.number for point in held.checkpoints] == [1, 2]


# -- serving them ------------------------------------------------------------------------------------------------------------


def test_with_adapters_adds_to_a_copy(tmp_path: Path) -> None:
    """The provider itself stays as it is, and the copy still starts its relative paths at the experiment file."""
    (tmp_path / "own.gguf").write_bytes(b"GGUF")
    host = LlamaCpp(adapters={"own": "own.gguf"})
    host._folder = tmp_path
    before = host.models
    more = host.with_adapters({"a": ADAPTER})
    assert more.models == (*before, "a")
    assert (more.adapter_files["a"], more.adapter_files["own"]) == (ADAPTER, tmp_path / "own.gguf")
    assert host.models == before


def test_with_adapters_finds_the_file_of_a_model_id(host: LlamaCpp, folder: Path) -> None:
    """A path may lack its ending, or be the folder of a checkpoint."""
    filled(folder, ["checkpoint-10/adapter.gguf", "checkpoint-20.gguf"])
    found, _ = host.adapters_in(folder, WHERE)
    more = host.with_adapters({point.model: folder / point.model for point in found})
    assert dict(more.adapter_files) == {
        "checkpoint-10": folder / "checkpoint-10" / "adapter.gguf",
        "checkpoint-20": folder / "checkpoint-20.gguf",
    }
    assert more.faults("p") == []
