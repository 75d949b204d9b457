"""An evalset read by itself, with the graders that its own evalset.toml defines made ready: no experiment, nothing asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.example import Evalset, Example
from tuneproof.core.experiment import EvalsetSpec
from tuneproof.core.protocols import Grader, GradingContext, Marker, Workspace
from tuneproof.pipeline.assemble import build_plugins, read_rows
from tuneproof.pipeline.seating import asks_judges
from tuneproof.spec.evalset_file import HEADER
from tuneproof.spec.experiment import interpret
from tuneproof.stages.grade import graders_everywhere, graders_of
from tuneproof.stages.load import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An evalset with its own graders at hand."""

    evalset: Evalset
    """The examples; a digest that evalset.toml declares is not yet compared with theirs."""
    spec: EvalsetSpec
    """What evalset.toml says; of a single file, nothing."""
    header: str
    """evalset.toml, or the single file, as the user named it: where remarks on the evalset as a whole belong."""
    graders: Mapping[str, Grader]
    """Those that evalset.toml defines, by name."""
    kinds: Mapping[str, str]
    """Grader name to its kind."""
    markers: Mapping[str, Marker]
    """The graders made ready, by name; those that ask judges are not."""
    everywhere: tuple[str, ...]
    """Names of the graders that mark every example, beside each example's own."""

    @property
    def has_header(self) -> bool:
        """Whether there is an evalset.toml."""
        return Path(self.header).name == HEADER

    def grader_names(self, example: Example) -> tuple[str, ...]:
        """Return the names of the graders that mark an example, whether they are defined here or not."""
        return graders_of(self.evalset, example, self.everywhere)

    def marked(self, example: Example) -> Iterator[tuple[str, Marker]]:
        """Yield the graders at hand that mark an example and can."""
        for name in self.grader_names(example):
            marker = self.markers.get(name)
            if marker is not None and marker.problem(example) is None:
                yield name, marker


def open_evalset(path: Path) -> Opened:
    """Read an evalset folder, or a single data file, and make its graders ready.

    Files that its graders name are looked for from the current folder, as an experiment file there would.

    Raises:
        InputError: all that keeps it from being read, as far as it can be seen at once.
    """
    if not path.exists():
        expected = "an evalset folder, or a data file"
        raise InputError(Problem(where=str(path), what="no such file or folder", expected=expected))
    name = path.resolve().name
    header = str(path / HEADER) if path.is_dir() else str(path)
    draft = interpret(_experiment_around(name, path), folder=Path(), file=header)
    specs = draft.plugins["graders"]
    workspace = Workspace(folder=Path(), experiment_file=header, rows=read_rows)
    made, wrong = build_plugins(replace(draft, plugins={"graders": specs, "providers": (), "criteria": ()}), workspace)
    # Names without tables are those of the experiments that use the evalset.
    unnamed = f"{header}: evalsets.{name}.graders"
    problems = [*(problem for problem in draft.problems if specs or problem.where != unnamed), *wrong]
    if problems or draft.experiment is None:
        raise InputError(replace(problem, where=problem.where.replace(f": evalsets.{name}.", ": ", 1)) for problem in problems)
    spec = draft.experiment.evalsets[0]
    evalset = load(replace(spec, declared_digest=None), read_rows)
    context = GradingContext(workspace=workspace, labels=evalset.labels)
    return Opened(
        evalset=evalset,
        spec=spec,
        header=header,
        graders=made.graders,
        kinds={one.name: one.kind for one in specs},
        markers={name: grader.ready(context) for name, grader in made.graders.items() if not asks_judges(grader)},
        everywhere=graders_everywhere(evalset, ()),
    )


def _experiment_around(name: str, path: Path) -> dict[str, object]:
    """Return the tables of the smallest experiment that uses an evalset; its one system is never asked."""
    return {
        "experiment": {"name": "evalset"},
        "evalsets": {name: {"path": str(path.absolute() if str(path).startswith("~") else path)}},
        "providers": {"none": {"kind": "replay"}},
        "systems": {"none": {"role": "baseline", "provider": "none"}},
    }
