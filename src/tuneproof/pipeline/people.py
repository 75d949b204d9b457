"""What people said of the answers, beside what judges said: read, resolved to answers, tabulated, reported.

Runs without judges load nothing of it: what reads labels and reports on judges is imported where a grader asks one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tuneproof.core.completion import Reply
from tuneproof.core.errors import InputError, Problem
from tuneproof.core.example import Evalset
from tuneproof.core.experiment import Experiment
from tuneproof.core.judging import Chosen, HumanLabel
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.seating import human_of
from tuneproof.stages.consult import Group
from tuneproof.stages.grade import graders_of
from tuneproof.stages.tabulate import Menu, People, Tables

if TYPE_CHECKING:
    from tuneproof.core.judge_report import JudgeReport
    from tuneproof.stages.calibrate import Suspects
    from tuneproof.stages.labels import Asked, RawLabels

Groups = Callable[[Sequence[str]], Iterator[Group]]
"""Returns the answers to each example of the evalsets that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """People's labels, each at the answer that it is about."""

    labels: tuple[HumanLabel, ...] = ()
    """In the order of their files."""
    cautions: tuple[str, ...] = ()
    """What the reader must know of them."""
    how: Mapping[tuple[str, str], Chosen] = field(default_factory=dict)
    """(evalset, grader) to how the labelled answers were chosen."""

    def to_json(self) -> list[dict[str, str]]:
        """Return how they were chosen, as the manifest holds it."""
        return [{"evalset": name, "grader": grader, "chosen": chosen} for (name, grader), chosen in self.how.items()]


def with_labels(bench: Bench) -> Bench:
    """Return the experiment with people's labels read, as far as they can be without the answers.

    Raises:
        InputError: for labels outside the menu, unknown systems and files that cannot be read, all together.
    """
    if not bench.judged:
        return bench
    from tuneproof.stages.labels import read_labels

    found: dict[str, RawLabels] = {}
    problems: list[Problem] = []
    for grader in dict.fromkeys(name for _, name in bench.judged):
        try:
            found[grader] = read_labels(asked_of_people(bench, grader), bench.workspace)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return replace(bench, labels=found)


def labels_of(bench: Bench, groups: Groups) -> Labels:
    """Find the answers that people's labels are about.

    Args:
        bench: The experiment, with the labels as they were read.
        groups: Where the answers are.
    """
    if not bench.labels:
        return Labels()
    from tuneproof.stages.labels import chosen, resolve

    labels: list[HumanLabel] = []
    cautions: list[str] = []
    how: dict[tuple[str, str], Chosen] = {}
    for grader, raw in bench.labels.items():
        found = resolve(raw, groups(_marked_by(bench, grader)))
        labels += found.labels
        cautions += found.cautions
        for name in dict.fromkeys(label.evalset for label in found.labels):
            known, why = chosen(found.labels, raw.asked.evalsets[name], raw.asked, bench.experiment.seed, found.lacking)
            how[name, grader] = known
            if why:
                cautions.append(f"people's labels for {grader} on {name}: {why}")
    if bench.is_cut:  # what is not asked for now has no answer that a label could find
        cautions = ["people's labels count in whole runs: those of examples that --limit leaves out found no answer"]
    return Labels(labels=tuple(labels), cautions=tuple(dict.fromkeys(cautions)), how=how)


def with_people(bench: Bench, tables: Tables, labels: Labels) -> Tables:
    """Return the tables with the menus of judges and what people said beside what judges said.

    A column of examples' own graders holds marks of judges as soon as one of them asks any; people's word stands beside it only
    where they all are that one grader.
    """
    repeats = {name: bench.repeats[name] for name in tables.systems}
    people: dict[tuple[str, str | None], People | None] = {}
    for name, grader in bench.judged:
        if (name, grader) not in tables.columns:
            continue
        people[name, grader] = _people(bench, (name, grader), labels, repeats)
        own = {bench.evalsets[name].own_grader(example) for example in bench.evalsets[name].examples}
        if grader in own:
            people[name, None] = people[name, grader] if own == {grader} else None
    return replace(tables, people=people, menus={at: _menu(bench, at) for at in bench.judged})


def judge_reports(
    bench: Bench, tables: Tables, replies: Iterable[Reply], barred: Collection[tuple[str, str | None]] = ()
) -> tuple[JudgeReport, ...]:
    """Return what a report shows of each grader that asks judges.

    Args:
        bench: The experiment.
        tables: All marks, with people's (`with_people`).
        replies: All answers on the evalsets that judges mark.
        barred: (evalset, grader) whose judge is shown to disagree with people.
    """
    if not bench.judged:
        return ()
    from tuneproof.stages.calibrate import Calibration, calibrate

    watch = Watch(bench)
    for _ in watch.over(replies):
        pass
    ground = Calibration(
        alpha=bench.experiment.alpha,
        rubrics={grader: str(bench.experiment.graders[grader].settings.get("rubric", "")) for _, grader in bench.judged},
        candidates=[name for name in bench.design.candidates if name in tables.systems],
        baselines=[name for name in bench.design.baselines if name in tables.systems],
        models=_models(bench.experiment),
        barred=barred,
        suspects=watch.cautions(),
    )
    return calibrate(tables, ground)


class Watch:
    """An eye on answers that judges mark: one text for everything, the question said back."""

    def __init__(self, bench: Bench) -> None:
        self._names = bench.judged_evalsets
        self._found: Suspects | None = None
        if self._names:
            from tuneproof.stages.calibrate import Suspects

            self._found = Suspects()

    def over(self, replies: Iterable[Reply]) -> Iterator[Reply]:
        """Look at answers while they pass through."""
        if self._found is None:
            yield from replies
            return
        for reply in replies:
            if reply.evalset in self._names and reply.completion.text is not None:
                self._found.add(reply.evalset, reply.example, reply.system, reply.completion.text)
            yield reply

    def cautions(self) -> dict[str, tuple[str, ...]]:
        """Return evalset to what is odd about its answers."""
        return self._found.cautions() if self._found else {}

    def told(self) -> Iterator[str]:
        """Yield the same, each with its evalset."""
        for name, held in self.cautions().items():
            yield from (f"{name}: {caution}" for caution in held)


def asked_of_people(bench: Bench, grader: str) -> Asked:
    """Return what people are asked about the answers that a grader marks."""
    from tuneproof.stages.labels import Asked

    marker = next(marker for (_, name), marker in bench.judged.items() if name == grader)
    return Asked(
        grader=grader,
        human=human_of(bench.graders[grader]),
        menu=marker.menu,
        turned=marker.turned(),
        against=marker.against,
        evalsets={name: _part(bench, name, grader) for name in _marked_by(bench, grader)},
        systems=tuple(bench.repeats),
        repeats=bench.repeats,
    )


def _part(bench: Bench, name: str, grader: str) -> Evalset:
    """Return an evalset with the examples that a grader marks, in which people's labels are drawn."""
    evalset = bench.whole[name]
    pairs = zip(evalset.examples, evalset.example_digests, strict=True)
    kept = [pair for pair in pairs if grader in graders_of(evalset, pair[0], bench.everywhere[name])]
    return replace(evalset, examples=tuple(one for one, _ in kept), example_digests=tuple(held for _, held in kept))


def _marked_by(bench: Bench, grader: str) -> list[str]:
    return [name for name, marked_by in bench.judged if marked_by == grader]


def _people(bench: Bench, at: tuple[str, str], labels: Labels, repeats: Mapping[str, int]) -> People | None:
    from tuneproof.stages.labels import gather

    mine = [label for label in labels.labels if (label.evalset, label.grader) == at and label.system in repeats]
    if not mine:
        return None
    marker = bench.judged[at]
    return gather(mine, bench.evalsets[at[0]], repeats, marker.menu, marker.against, labels.how.get(at, "unknown"))


def _menu(bench: Bench, at: tuple[str, str]) -> Menu:
    marker = bench.judged[at]
    return Menu(choices=marker.menu, is_ordinal=marker.is_ordinal, against=marker.against, judges=marker.judges)


def _models(experiment: Experiment) -> dict[str, str]:
    """Return system to its model id, or to what it was trained from."""
    return {system.name: str(system.training.get("base_model") or system.model) for system in experiment.systems}
