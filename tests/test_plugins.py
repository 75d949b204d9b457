"""The folder is the registry: kinds are file names, a workspace brings its own graders, a mistake names the nearest kind."""

from pathlib import Path

import pytest

from tests.conftest import Lab
from tuneproof.core.errors import InputError
from tuneproof.core.experiment import PluginSpec
from tuneproof.core.protocols import Workspace
from tuneproof.pipeline.assemble import read_rows
from tuneproof.plugins import Room, build, kinds, plugin_class

OWN = '''
"""A grader of this workspace."""
from typing import ClassVar
from pydantic import BaseModel, ConfigDict
from tuneproof.core.score import Grade

class Longer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    corpus: ClassVar[bool] = False
    measures: ClassVar[tuple[str, ...]] = ()
    than: int = 2

    def problems(self, where, workspace):
        return []

    def ready(self, context):
        return self

    def problem(self, example):
        return None

    def mark(self, answer, example):
        return Grade(value=float(len(answer) > self.than))

PLUGIN = Longer
'''


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return an empty workspace."""
    return Workspace(folder=tmp_path, experiment_file="experiment.toml", rows=read_rows)


@pytest.mark.parametrize(
    ("room", "some"),
    [
        ("graders", {"exact_match", "json_schema", "judge", "label_f1", "number_match"}),
        ("providers", {"openai_chat", "replay", "classifier"}),
        ("criteria", {"superiority", "threshold", "non_inferiority", "completeness", "validity"}),
        ("formats", {"jsonl", "csv"}),
        ("generators", {"general_nano"}),
    ],
)
def test_kinds_are_the_files_of_a_room(room: Room, some: set[str]) -> None:
    """Each file is a kind; shared support is none."""
    found = kinds(room)
    assert some <= set(found)
    assert not [kind for kind in found if kind.startswith("_")]


@pytest.mark.parametrize("room", ["graders", "providers", "criteria", "formats", "generators"])
def test_every_kind_declares_its_plugin(room: Room) -> None:
    """Every file of a room can be named in an experiment."""
    assert all(isinstance(plugin_class(room, kind), type) for kind in kinds(room))


def test_a_workspace_brings_its_own_grader(lab: Lab) -> None:
    """A file in the workspace's `graders/` is a kind, with its own settings."""
    lab.evalset("target", 30)
    lab.system("prompted", "baseline", {"target": [False] * 30})
    lab.system("tuned", "candidate", {"target": [True] * 30})
    (lab.folder / "graders").mkdir()
    (lab.folder / "graders" / "longer.py").write_text(OWN)
    lab.tables["graders"]["label"] = {"kind": "longer", "than": 2}
    lab.criterion("superiority", evalset="target")
    assert lab.verdict()["decision"] == "GO"
    lab.tables["graders"]["label"]["then"] = 3
    with pytest.raises(InputError, match=r"graders\.label\.then: unknown key 'then', did you mean 'than'"):
        lab.run()


def test_functions_for_the_python_grader_are_no_kinds(workspace: Workspace) -> None:
    """A file without a PLUGIN line is a file of functions."""
    (workspace.folder / "graders").mkdir()
    (workspace.folder / "graders" / "mine.py").write_text("def grade(answer, example):\n    return 1.0\n")
    assert "mine" not in kinds("graders", workspace)


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("exact_mach", "did you mean 'exact_match'"),
        ("no.such:Thing", "cannot be imported"),
        ("json:loads", "declares no plug-in"),
        ("", "missing"),
    ],
)
def test_a_wrong_kind_is_one_problem(workspace: Workspace, kind: str, what: str) -> None:
    """An unknown or unusable kind is told with the known ones or what was expected."""
    spec = PluginSpec(name="x", kind=kind, settings={}, where="graders.x")
    plugin, found = build("graders", spec, workspace)
    assert plugin is None
    assert [what in str(problem) for problem in found] == [True]


def test_an_import_path_is_a_kind(workspace: Workspace) -> None:
    """`package.module:Class` needs no file in a folder."""
    spec = PluginSpec(name="x", kind="tuneproof.graders.exact_match:ExactMatch", settings={}, where="graders.x")
    plugin, found = build("graders", spec, workspace)
    assert (type(plugin).__name__, found) == ("ExactMatch", [])
