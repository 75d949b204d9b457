"""Everything an experiment needs, put together and checked. Nothing is spent here, and nothing is written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.example import Evalset
from tuneproof.core.experiment import Experiment
from tuneproof.core.protocols import Criterion, EvalsetFormat, Grader, GradingContext, Marker, Provider, Workspace
from tuneproof.core.requirement import Design
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.checkpoints import expanded, selection_problems
from tuneproof.pipeline.outline import design_of
from tuneproof.pipeline.seating import asks_judges, seated, with_rubrics
from tuneproof.pipeline.stopping import rule_problems
from tuneproof.plugins import build, kinds, plugin_class
from tuneproof.spec.experiment import Draft, read
from tuneproof.stages.grade import graders_everywhere
from tuneproof.stages.load import check_markers, load
from tuneproof.stages.register import register


def assemble(path: Path, *, limit: int | None = None) -> Bench:
    """Read an experiment file and everything it names.

    Args:
        path: The experiment file.
        limit: Keep only this many examples of each evalset.

    Raises:
        InputError: all that is wrong, as far as it can be seen at once.
    """
    return assemble_draft(read(path), workspace_of(path), limit=limit)


def workspace_of(path: Path) -> Workspace:
    """Return the workspace of an experiment file."""
    return Workspace(folder=path.parent, experiment_file=str(path), rows=read_rows)


def assemble_draft(draft: Draft, workspace: Workspace, *, limit: int | None = None) -> Bench:
    """Put together what a draft names, and check it.

    Raises:
        InputError: all that is wrong, as far as it can be seen at once.
    """
    plugins, problems = build_plugins(draft, workspace)
    problems = [*draft.problems, *problems]
    if draft.experiment is None or problems:
        raise InputError(problems)
    made = expanded(draft.experiment, plugins.providers, workspace.experiment_file)
    if made.problems:
        raise InputError(made.problems)
    experiment, plugins = made.experiment, replace(plugins, providers=made.providers)
    whole = load_all(experiment)
    bench = put_together(experiment, plugins, whole, workspace)
    if problems := [*rule_problems(bench), *selection_problems(bench)]:
        raise InputError(problems)
    if limit is None:
        return bench
    return replace(put_together(experiment, plugins, _cut(whole, limit), workspace, checks=False), whole=whole)


def _cut(evalsets: Mapping[str, Evalset], limit: int | None) -> dict[str, Evalset]:
    return {
        name: evalset
        if limit is None
        else replace(evalset, examples=evalset.examples[:limit], example_digests=evalset.example_digests[:limit])
        for name, evalset in evalsets.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugins:
    """The plug-ins of one experiment."""

    graders: Mapping[str, Grader]
    """By name."""
    providers: Mapping[str, Provider]
    """By name."""
    criteria: Mapping[str, Criterion]
    """By name, in file order."""


def build_plugins(draft: Draft, workspace: Workspace) -> tuple[Plugins, list[Problem]]:
    """Make every plug-in that the file describes, and say what is wrong with the tables of those that cannot be made."""
    problems: list[Problem] = []
    made: dict[str, dict[str, Any]] = {"graders": {}, "providers": {}, "criteria": {}}
    for room in ("graders", "providers", "criteria"):
        for spec in draft.plugins[room]:
            plugin, wrong = build(cast("Any", room), spec, workspace)
            where = f"{workspace.experiment_file}: {spec.where}"
            if plugin is not None and room == "graders":
                wrong = plugin.problems(where, workspace)
            problems += wrong
            if plugin is not None and spec.name in made[room]:
                problems.append(Problem(where=f"{where}.name", what=f"duplicate name {spec.name!r}", expected="unique names"))
            elif plugin is not None:
                made[room][spec.name] = plugin
    return Plugins(graders=made["graders"], providers=made["providers"], criteria=made["criteria"]), problems


def load_all(experiment: Experiment) -> dict[str, Evalset]:
    """Load every evalset; the problems of all of them are reported together."""
    evalsets: dict[str, Evalset] = {}
    problems: list[Problem] = []
    for spec in experiment.evalsets:
        try:
            evalsets[spec.name] = load(spec, read_rows)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return evalsets


def put_together(
    experiment: Experiment,
    plugins: Plugins,
    evalsets: Mapping[str, Evalset],
    workspace: Workspace,
    *,
    marks: bool = True,
    checks: bool = True,
) -> Bench:
    """Make graders ready for their evalsets, register the criteria, and check that all of it fits.

    Args:
        experiment: The file as values.
        plugins: Made from it.
        evalsets: By name, in file order.
        workspace: Where it lives.
        marks: Whether answers will be marked; otherwise only the graders of corpus metrics and of judges are made ready.
        checks: Whether the criteria are checked against these evalsets; they are not where `--limit` has cut them.

    Raises:
        InputError: all that does not fit.
    """
    graders, problems = seated(plugins.graders, experiment, workspace.experiment_file)
    if problems:
        raise InputError(problems)
    named = _named_graders(plugins.criteria.values())
    everywhere = {name: graders_everywhere(evalset, named.get(name, ())) for name, evalset in evalsets.items()}
    design = design_of(experiment, evalsets, graders)
    problems = _criterion_problems(experiment, plugins, design, workspace)
    if problems and checks:
        raise InputError(problems)
    used = {name: grader for name, grader in graders.items() if marks or grader.corpus or asks_judges(grader)}
    markers, wrong = _markers(evalsets, everywhere, used, workspace)
    if wrong and marks:
        raise InputError(wrong)
    return Bench(
        workspace=workspace,
        experiment=with_rubrics(experiment, graders),
        evalsets={name: evalset for name, evalset in evalsets.items() if evalset.role != "selection"},
        whole=evalsets,
        graders=graders,
        providers=plugins.providers,
        criteria=plugins.criteria,
        everywhere=everywhere,
        markers=markers,
        design=design,
        requirements=register(plugins.criteria.values(), design),
    )


def read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Read the raw rows of a file in any evalset format, chosen by the end of its name.

    Raises:
        InputError: for names that no format reads, and file:line of what cannot be read.
    """
    suffixes: list[str] = []
    for kind in kinds("formats"):
        format_class: type[EvalsetFormat] = plugin_class("formats", kind)
        suffixes += format_class.suffixes
        if path.name.lower().endswith(format_class.suffixes):
            return format_class().rows(path)
    known = ", ".join(sorted(suffixes))
    raise InputError(Problem(where=str(path), what="no format reads this file", expected=f"a name that ends in {known}"))


def _named_graders(criteria: Iterable[Criterion]) -> dict[str, list[str]]:
    """Return evalset name to the graders that criteria name for it."""
    named: dict[str, list[str]] = {}
    for criterion in criteria:
        evalset, grader = getattr(criterion, "evalset", None), getattr(criterion, "grader", None)
        if evalset and grader:
            named.setdefault(evalset, []).append(grader)
    return named


def _criterion_problems(experiment: Experiment, plugins: Plugins, design: Design, workspace: Workspace) -> list[Problem]:
    found: list[Problem] = []
    for spec in experiment.criteria:
        found += plugins.criteria[spec.name].problems(f"{workspace.experiment_file}: {spec.where}", design)
    if not design.baselines:
        expected = 'a system with role = "baseline"'
        found.append(Problem(where=f"{workspace.experiment_file}: systems", what="there is no baseline", expected=expected))
    return found


def _markers(
    evalsets: Mapping[str, Evalset],
    everywhere: Mapping[str, tuple[str, ...]],
    graders: Mapping[str, Grader],
    workspace: Workspace,
) -> tuple[dict[tuple[str, str], Marker], list[Problem]]:
    ready: dict[tuple[str, str], Marker] = {}
    problems: list[Problem] = []
    for name, evalset in evalsets.items():
        context = GradingContext(workspace=workspace, labels=evalset.labels)
        used = {*everywhere[name], *(evalset.own_grader(example) for example in evalset.examples)}
        at_hand = {grader: graders[grader].ready(context) for grader in sorted(filter(None, used)) if grader in graders}
        problems += check_markers(evalset, at_hand, everywhere[name])
        ready |= {(name, grader): marker for grader, marker in at_hand.items()}
        if not used - {None}:
            what = f"no grader marks evalset {name!r}"
            where = f"{workspace.experiment_file}: evalsets.{name}.graders"
            known = ", ".join(graders) or "a grader of this file"
            problems.append(Problem(where=where, what=what, expected=known))
    return ready, problems
