"""Stage 3, load: evalset files become evalsets.

Afterwards ids are unique, every row is readable and every example has a grader that can mark it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tuneproof.core.errors import SHOWN_PROBLEMS, InputError, Problem, unknown_name
from tuneproof.core.example import Evalset, Example
from tuneproof.core.experiment import EvalsetSpec
from tuneproof.core.protocols import Marker
from tuneproof.core.row import RowError, example_from_row

Rows = Callable[[Path], Iterator[tuple[int, Mapping[str, Any]]]]


def load(spec: EvalsetSpec, rows: Rows) -> Evalset:
    """Read one evalset.

    Args:
        spec: What the experiment file says of it.
        rows: Reads raw rows of any evalset format.

    Raises:
        InputError: everything that is wrong with the file, by `file:line` (the first ten and a count).
    """
    examples = _unique(spec, _examples(spec, rows))
    if not examples:
        raise InputError(Problem(where=spec.path, what="no examples", expected="at least one row"))
    evalset = Evalset(
        name=spec.name,
        role=spec.role,
        path=spec.path,
        examples=tuple(examples),
        labels=spec.labels if spec.labels is not None else _labels(examples),
        graders=spec.graders,
        slice_graders=spec.slice_graders,
        example_digests=tuple(example.content_digest() for example in examples),
    )
    _check_digest(spec, evalset)
    return evalset


def _examples(spec: EvalsetSpec, rows: Rows) -> Iterator[Example | Problem]:
    for line, row in rows(Path(spec.path)):
        try:
            yield example_from_row(row, line)
        except RowError as error:
            yield Problem(where=f"{spec.path}:{line}", what=error.what, expected=error.expected)


def _unique(spec: EvalsetSpec, found: Iterable[Example | Problem]) -> list[Example]:
    examples: list[Example] = []
    problems: list[Problem] = []
    first_line: dict[str, int] = {}
    for held in found:
        if isinstance(held, Problem):
            problems.append(held)
        elif (line := first_line.setdefault(held.id, held.line)) != held.line:
            what = f"duplicate id {held.id!r}, first on line {line}"
            problems.append(Problem(where=f"{spec.path}:{held.line}", what=what, expected="ids are unique in an evalset"))
        else:
            examples.append(held)
    if problems:
        raise InputError(problems)
    return examples


def _labels(examples: Iterable[Example]) -> tuple[str, ...]:
    """Return the sorted distinct text `expected` values."""
    return tuple(sorted({example.expected for example in examples if isinstance(example.expected, str)}))


def _check_digest(spec: EvalsetSpec, evalset: Evalset) -> None:
    declared = spec.declared_digest and spec.declared_digest.removeprefix("sha256:")
    if declared and declared != evalset.digest:
        what, hint = f"the examples have digest {evalset.digest}", "if the change is meant, update evalset.toml"
        raise InputError(Problem(where=spec.path, what=what, expected=f"{declared}, as evalset.toml declares", hint=hint))


def check_markers(evalset: Evalset, markers: Mapping[str, Marker], named: Iterable[str]) -> list[Problem]:
    """Return the examples that a grader cannot mark (expected missing or of the wrong type), and unknown graders.

    Args:
        evalset: The evalset.
        markers: Grader name to marker, for all graders of the experiment.
        named: Graders that mark every example, beside each example's own.
    """
    everywhere = tuple(named)
    problems: list[Problem] = []
    for example in evalset.examples:
        for name in dict.fromkeys((*everywhere, evalset.own_grader(example) or "")):
            if not name:
                continue
            marker = markers.get(name)
            if marker is None:
                what, expected = unknown_name("grader", name, list(markers))
                problems.append(Problem(where=evalset.where(example), what=what, expected=expected))
            elif why := marker.problem(example):
                problems.append(Problem(where=evalset.where(example), what=f"grader {name!r}: {why}"))
        if len(problems) > SHOWN_PROBLEMS * 100:
            break
    return problems
