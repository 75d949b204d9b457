"""`tuneproof init`: the workspace that is written runs as it stands, and its data are what the generator makes."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tuneproof.core.errors import InputError
from tuneproof.pipeline.walk import Options, run
from tuneproof.workspace import contents, create, triage


@pytest.mark.parametrize(
    ("path", "rows"), [("evalsets/triage/examples.jsonl", triage.evalset), ("data/train.jsonl", triage.training)]
)
def test_the_generator_makes_the_shipped_data_byte_for_byte(path: str, rows: Callable[[], list[dict[str, object]]]) -> None:
    """A seed and the code are all that the data come from."""
    assert triage.as_jsonl(rows()).encode() == contents()[path]


def test_no_text_stands_in_both_files_and_none_twice() -> None:
    """A system that learnt the answers by heart would prove nothing."""
    asked = [str(row["input"]) for row in triage.evalset()]
    learnt = [str(row["input"]) for row in triage.training()]
    assert not set(asked) & set(learnt)
    assert (len(set(asked)), len(asked)) == (300, 300)


def test_every_slot_of_the_templates_is_used_and_known() -> None:
    """No word list is dead, no slot is empty."""
    texts = [*(core for cores in triage.CORES.values() for core in cores), *triage.ASIDES]
    named = {part.partition("}")[0] for text in texts for part in text.split("{")[1:]}
    assert named == set(triage.WORDS)


def test_a_new_workspace_ends_in_go(tmp_path: Path) -> None:
    """With no key and no network, and every criterion met on its own."""
    create(tmp_path)
    dossier = run(tmp_path / "experiment.toml", Options()).dossier
    assert dossier.judgement is not None
    assert dossier.judgement.decision == "GO"
    assert {finding.status for finding in dossier.judgement.verdicts[0].findings} == {"met"}


def test_training_really_helps_by_steps(tmp_path: Path) -> None:
    """The demo's gain is no accident of three rows: more rows a label are better at every step."""
    create(tmp_path)
    file = tmp_path / "experiment.toml"
    levels = []
    for count in (3, 6, 12, 24):
        file.write_text(file.read_text("utf-8").replace("rows_per_label = 3 ", f"rows_per_label = {count} "), "utf-8")
        held = run(file, Options(only="baseline")).dossier.levels
        levels.append(next(level.value for level in held if level.slice is None))
        file.write_text(file.read_text("utf-8").replace(f"rows_per_label = {count} ", "rows_per_label = 3 "), "utf-8")
    assert levels == sorted(levels, key=lambda level: level or 0.0)
    assert len(set(levels)) == 4


def test_files_that_are_there_are_never_overwritten(tmp_path: Path) -> None:
    """One line names them, and nothing at all is written."""
    (tmp_path / "experiment.toml").write_text("mine", "utf-8")
    with pytest.raises(InputError, match=r"files are there already: experiment\.toml") as caught:
        create(tmp_path)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["experiment.toml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The error names the folder."""
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        create(tmp_path / "new")


def test_a_file_in_the_place_of_a_folder_is_said(tmp_path: Path) -> None:
    """An error of the file system is an error of the input."""
    (tmp_path / "new").write_text("", "utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        create(tmp_path / "new")


def test_rows_are_plain_json(tmp_path: Path) -> None:
    """A user may copy the shape."""
    create(tmp_path)
    first = (tmp_path / "evalsets/triage/examples.jsonl").read_text("utf-8").splitlines()[0]
    assert list(json.loads(first)) == ["id", "input", "expected", "slices"]
