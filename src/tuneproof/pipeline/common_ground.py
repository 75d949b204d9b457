"""What two runs have in common: examples that are the same in both, and graders whose marks mean the same in both.

Whatever is left out is said, counted and with a reason: a comparison of unlike things is none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

from tuneproof.core.example import Evalset, Example
from tuneproof.core.experiment import PluginSpec
from tuneproof.core.judging import JudgeMarker
from tuneproof.pipeline.kept_run import KeptRun
from tuneproof.pipeline.run_changes import judge_of
from tuneproof.pipeline.seating import settings_without_labels
from tuneproof.plugins import kinds
from tuneproof.spec.differences import differences
from tuneproof.stages.grade import graders_of

READS_LABELS = ("choice", "label_f1")
"""Shipped graders that read the labels of an evalset, unless they have `labels` or `choices` of their own."""
OWN_LABELS = ("labels", "choices")
FILE_ENDS = (".py", ".json", ".md", ".txt", ".toml", ".csv", ".jsonl")
"""Ends of settings of graders that are names of files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What can be compared."""

    evalsets: Mapping[str, Evalset]
    """The second run's, cut to the examples that are the same in both runs; none is empty."""
    graders: frozenset[tuple[str, str]]
    """(evalset, grader) whose marks mean the same in both runs."""
    own: frozenset[str]
    """Evalsets on which each example's own grader is such a one."""
    left_out: tuple[str, ...]
    """What cannot be compared, counted, with why."""
    cautions: tuple[str, ...]
    """What may make a difference and cannot be seen."""

    @property
    def kept(self) -> dict[str, frozenset[str]]:
        """Evalset to the ids of its examples."""
        return {name: frozenset(example.id for example in held.examples) for name, held in self.evalsets.items()}


def common_examples(before: KeptRun, after: KeptRun) -> tuple[dict[str, Evalset], list[str]]:
    """Return the evalsets of the second run, cut to what is the same in both, and what that leaves out."""
    found: dict[str, Evalset] = {}
    left_out: list[str] = []
    for name in dict.fromkeys((*before.bench.evalsets, *after.bench.evalsets)):
        old, new = before.bench.evalsets.get(name), after.bench.evalsets.get(name)
        if old is None or new is None:
            held = old or new
            n = len(held.examples) if held else 0
            left_out.append(f"evalset {name}: all {n} examples, because only the {'first' if old else 'second'} run has it")
            continue
        same = set(old.example_digests) & set(new.example_digests)
        chosen = [held in same for held in new.example_digests]
        n = sum(chosen)
        if n < max(len(old.examples), len(new.examples)):
            counts = f"{len(old.examples) - n} of the first run's {len(old.examples)} examples and"
            counts += f" {len(new.examples) - n} of the second run's {len(new.examples)}"
            left_out.append(f"evalset {name}: {counts}, because they are not the same in both")
        if n:
            found[name] = _chosen(new, chosen)
    return found, left_out


def common_ground(
    before: KeptRun, after: KeptRun, evalsets: Mapping[str, Evalset], changed: Mapping[tuple[str, str], int]
) -> Common:
    """Find what can be compared.

    Args:
        before: The first run.
        after: The second one.
        evalsets: What `common_examples` left.
        changed: (system of both runs, evalset) to the number of examples whose answer changed.
    """
    rules = [_Rule(before=before, after=after, evalset=held, changed=changed) for held in evalsets.values()]
    comparable: set[tuple[str, str]] = set()
    left_out: list[str] = []
    for rule in rules:
        for grader in rule.graders():
            why = rule.objection(grader)
            if why is None:
                comparable.add((rule.evalset.name, grader))
            else:
                left_out.append(f"grader {grader} on {rule.evalset.name}: all its marks, because {why}")
    kept, own, lost = _own_marks(rules, comparable)
    return Common(
        evalsets=kept,
        graders=frozenset(at for at in comparable if at[0] in kept),
        own=own,
        left_out=(*left_out, *lost),
        cautions=tuple(dict.fromkeys(line for rule in rules for line in rule.cautions())),
    )


def _own_marks(
    rules: Iterable["_Rule"], comparable: set[tuple[str, str]]
) -> tuple[dict[str, Evalset], frozenset[str], list[str]]:
    """Find the evalsets on which each example's own grader can be compared.

    An evalset on which no comparable grader marks everything is cut to the examples whose own grader is comparable.

    Returns:
        The evalsets that are left, the names of those with own marks, and what that leaves out.
    """
    kept: dict[str, Evalset] = {}
    own: set[str] = set()
    left_out: list[str] = []
    for rule in rules:
        name, examples = rule.evalset.name, rule.evalset.examples
        same = [rule.is_own_the_same(example, comparable) for example in examples]
        if all(same):
            kept[name], own = rule.evalset, own | {name}
        elif any((name, grader) in comparable for grader in rule.everywhere()):
            kept[name] = rule.evalset
            if rule.is_mixed:
                left_out.append(
                    f"evalset {name}: each example's own mark, because {same.count(False)} have no comparable grader"
                )
        else:
            left_out.append(f"evalset {name}: {same.count(False)} examples whose own grader is not comparable")
            if any(same):
                kept[name], own = _chosen(rule.evalset, same), own | {name}
    return kept, frozenset(own), left_out


def _chosen(evalset: Evalset, chosen: Sequence[bool]) -> Evalset:
    return replace(
        evalset,
        examples=tuple(compress(evalset.examples, chosen)),
        example_digests=tuple(compress(evalset.example_digests, chosen)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """Whether marks on one evalset mean the same in both runs."""

    before: KeptRun
    after: KeptRun
    evalset: Evalset
    changed: Mapping[tuple[str, str], int]

    def graders(self) -> tuple[str, ...]:
        """Return the graders that mark one of the examples in either run."""
        return tuple(dict.fromkeys(name for one in self.evalset.examples for names in self._marked_by(one) for name in names))

    def _marked_by(self, example: Example) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the graders of an example in the first run, and in the second."""
        name = self.evalset.name
        old, new = (
            graders_of(run.bench.evalsets[name], example, run.bench.everywhere[name]) for run in (self.before, self.after)
        )
        return old, new

    def everywhere(self) -> set[str]:
        """Return the graders that mark all examples of the evalset in both runs."""
        old, new = (set(run.bench.everywhere[self.evalset.name]) for run in (self.before, self.after))
        return old & new

    @property
    def is_mixed(self) -> bool:
        """Whether examples choose different graders for themselves: only then are own marks shown apart."""
        return len({self.after.bench.evalsets[self.evalset.name].own_grader(example) for example in self.evalset.examples}) > 1

    def is_own_the_same(self, example: Example, comparable: set[tuple[str, str]]) -> bool:
        """Tell whether both runs read the same comparable grader as the example's own, or both read none."""
        name = self.evalset.name
        old, new = (run.bench.evalsets[name].own_grader(example) for run in (self.before, self.after))
        return old == new and (old is None or (name, old) in comparable)

    def objection(self, grader: str) -> str | None:
        """Say why the marks of a grader cannot be compared; None where they can."""
        old, new = (run.bench.experiment.graders.get(grader) for run in (self.before, self.after))
        if old is None or new is None:
            return f"only the {'second' if old is None else 'first'} run has it"
        if found := differences(_settings(old), _settings(new)):
            return f"it is not the same grader in both: {found[0]}"
        if uneven := [one.id for one in self.evalset.examples if len({grader in names for names in self._marked_by(one)}) > 1]:
            return f"only one of the runs has it mark {len(uneven)} of the examples (first: {uneven[0]!r})"
        if _reads_labels(new) and (found := differences(*self._labels())[:1]):
            return f"the labels differ: {found[0].removeprefix(': ')}"
        if found := self._files(new):
            return f"the file {found[0]} differs"
        return self._judges(grader)

    def _labels(self) -> tuple[list[str], list[str]]:
        name = self.evalset.name
        return list(self.before.bench.evalsets[name].labels), list(self.after.bench.evalsets[name].labels)

    def _files(self, spec: PluginSpec) -> list[str]:
        """Return the files of a grader whose contents differ, as far as both runs keep their digests."""
        old, new = (run.told.get("files", {}) for run in (self.before, self.after))
        return [file for file in _named(spec) if file in old and file in new and old[file] != new[file]]

    def _judges(self, grader: str) -> str | None:
        at = (self.evalset.name, grader)
        old, new = (run.bench.judged.get(at) for run in (self.before, self.after))
        if old is None or new is None:
            return None
        for judge in dict.fromkeys((*old.judges, *new.judges)):
            if found := differences(judge_of(self.before.told, judge), judge_of(self.after.told, judge), ("judges", judge)):
                return f"its judge is not the same: {found[0]}"
        return self._reference(old, new) or self._context(new)

    def _reference(self, old: JudgeMarker, new: JudgeMarker) -> str | None:
        """Say why marks against a reference's answers cannot be compared: the reference, or what it answered, is another."""
        if old.against != new.against:
            return f"it compares with the answers of {old.against}, and then of {new.against}"
        if new.against is None:
            return None
        moved = self.changed.get((new.against, self.evalset.name))
        if moved is None:
            return f"it compares with the answers of {new.against}, which are not there to be compared themselves"
        return f"it compares with the answers of {new.against}, of which {moved} changed" if moved else None

    def _context(self, marker: JudgeMarker) -> str | None:
        if "context" not in marker.sees:
            return None
        moved = self._other_fields()
        return (
            f"judges see further fields of the examples, which differ in {len(moved)} (first: {moved[0]!r})" if moved else None
        )

    def _other_fields(self) -> list[str]:
        """Return the ids of the examples whose further fields, which no content digest covers, differ."""
        metas = [
            {one.id: one.meta for one in run.bench.evalsets[self.evalset.name].examples} for run in (self.before, self.after)
        ]
        return [one.id for one in self.evalset.examples if metas[0][one.id] != metas[1][one.id]]

    def cautions(self) -> Iterator[str]:
        """Yield what may make a difference and cannot be seen."""
        if moved := self._other_fields():
            yield f"further fields of {len(moved)} examples of {self.evalset.name} differ (first: {moved[0]!r})"
        for grader in self.graders():
            if (self.evalset.name, grader) in self.after.bench.judged:
                yield f"marks of {grader} on {self.evalset.name} are the judges' alone: people's labels do not correct them"
            spec = self.after.bench.experiment.graders.get(grader)
            if spec is not None and spec.kind not in kinds("graders"):
                yield f"grader {grader} is code of your own ({spec.kind}), of which the runs keep no digest"
            for file in _named(spec) if spec else ():
                if not all(file in run.told.get("files", {}) for run in (self.before, self.after)):
                    yield f"grader {grader} reads {file}, of which the runs keep no digest: whether it changed is not known"


def _settings(spec: PluginSpec) -> dict[str, Any]:
    return {"kind": spec.kind, **settings_without_labels(spec.settings)}


def _reads_labels(spec: PluginSpec) -> bool:
    shipped = spec.kind in kinds("graders")
    return not any(spec.settings.get(name) for name in OWN_LABELS) and (not shipped or spec.kind in READS_LABELS)


def _named(spec: PluginSpec) -> list[str]:
    """Return the files that a grader's settings name; a rubric's text is in its settings already."""
    texts = [text for text in spec.settings.values() if isinstance(text, str) and spec.kind != "judge"]
    return [text for text in texts if text.endswith(FILE_ENDS) and "\n" not in text]
