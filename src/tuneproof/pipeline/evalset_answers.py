"""Whether the graders of an evalset tell right answers from wrong ones: its expected answers are tried on them."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

from tuneproof.core.describing import DescribingGrader
from tuneproof.core.example import Example
from tuneproof.core.protocols import Marker
from tuneproof.core.row import shown
from tuneproof.core.score import Grade
from tuneproof.pipeline.data_checks import question_of
from tuneproof.pipeline.evalset_opening import Opened
from tuneproof.pipeline.evalset_remarks import Remark
from tuneproof.pipeline.seating import asks_judges

OTHERS = 20
"""Expected answers of other examples that are tried on each."""
LOOKED_AT = 1_000
"""Examples among which those are looked for."""
SHORTEST_IN_QUESTION = 3
"""Characters; shorter texts stand in a question by chance."""
NO_ANSWERS = ("", "zqxv jkwp")
"""What answers no question."""


@dataclass(frozen=True)
class Answers:
    """The expected answers of an evalset, and the graders to try them on."""

    opened: Opened
    """The evalset."""
    tried: Counter[str] = field(default_factory=Counter)
    """How many answers were tried: `expected`, and `others` of other examples."""

    def remarks(self) -> Iterator[Remark]:
        """Yield what is wrong with expected answers and graders, and what was not tried."""
        yield from self._unmarkable()
        yield from self._unchecked()
        untried: Counter[str] = Counter()
        for example in self.opened.evalset.examples:
            for name, marker in self.opened.marked(example):
                answers = self._phrased(example, name)
                grades = [] if self._describes(name) else [marker.mark(answer, example) for answer in answers]
                is_right = any(self._is_right(grade, name) for grade in grades)
                if not grades or (not is_right and getattr(self._extract(name), "regex", None)):
                    untried[name] += 1
                    yield from self._no_answers(example, name, marker, NO_ANSWERS[:1])
                    continue
                self.tried["expected"] += 1
                if not is_right:
                    yield self._unreachable(example, name, grades[0])
                yield from self._no_answers(example, name, marker, NO_ANSWERS)
                yield from self._others(example, name, marker)
        for name, n in untried.items():
            what = f"grader {name!r} ({self.opened.kinds[name]}): the answers of {n} examples were not tried"
            yield Remark(kind="untried", where=self.opened.header, what=what)

    # -- what cannot be checked ----------------------------------------------------------------------------------------------

    def _unmarkable(self) -> Iterator[Remark]:
        opened = self.opened
        for example in opened.evalset.examples:
            for name in opened.grader_names(example):
                marker = opened.markers.get(name)
                why = marker.problem(example) if marker else None
                if why is None and opened.graders and name not in opened.graders:
                    why = f"is not defined (known: {', '.join(opened.graders)})"
                if why:
                    yield Remark(kind="unmarkable", where=opened.evalset.where(example), what=f"grader {name!r}: {why}")

    def _unchecked(self) -> Iterator[Remark]:
        opened = self.opened
        names = Counter(name for example in opened.evalset.examples for name in opened.grader_names(example) or ("",))
        for name, n in names.items():
            if name in opened.markers or (opened.graders and name not in opened.graders and name):
                continue
            asks = name in opened.graders and asks_judges(opened.graders[name])
            why = f"grader {name!r} asks a judge" if asks else f"grader {name!r} is defined by experiments, not here"
            what = f"{n} examples: {why if name else 'no grader of its own marks them'}"
            yield Remark(kind="unchecked", where=opened.header, what=what)
        missing = sum(example.expected is None for example in opened.evalset.examples)
        if missing and not opened.markers:
            yield Remark(kind="unchecked", where=opened.header, what=f"{missing} examples expect nothing")

    def _describes(self, name: str) -> bool:
        return isinstance(self.opened.graders[name], DescribingGrader)

    # -- answers that are tried ----------------------------------------------------------------------------------------------

    def _is_right(self, grade: Grade, name: str) -> bool:
        """Return whether a grade is full, and what its grader measures beside it (`valid`) as well."""
        return _passes(grade.value) and all(grade.stats.get(measure) for measure in self.opened.graders[name].measures)

    def _unreachable(self, example: Example, name: str, grade: Grade) -> Remark:
        reason = f": {grade.reason}" if grade.reason else ""
        return self._remark("unreachable", example, f"{shown(example.expected)} does not pass grader {name!r}{reason}")

    def _no_answers(self, example: Example, name: str, marker: Marker, answers: Sequence[str]) -> Iterator[Remark]:
        for answer in answers:
            if answer not in _acceptable(example.expected) and _passes(marker.mark(answer, example).value):
                what = f"the answer {answer!r} passes" if answer else "an empty answer passes"
                yield self._remark("lenient", example, f"{what} grader {name!r}")

    def _others(self, example: Example, name: str, marker: Marker) -> Iterator[Remark]:
        """Yield the first other example whose answer passes here, and how many of those tried do."""
        if marker.problem(replace(example, expected=None)) is None:
            return  # it does not look at what is expected
        own = {_folded(answer) for answer in _acceptable(example.expected)}
        passing: list[Example] = []
        others = self._different(example, name)
        for other in others:
            answers = [answer for answer in _acceptable(other.expected) if _folded(answer) not in own]
            wrong = [answer for answer in answers if self._passes_phrased(answer, example, name, marker)]
            if wrong and not self._is_the_same(example, other, name):
                passing.append(other)
        self.tried["others"] += len(others)
        if passing:
            first = f"{shown(passing[0].expected)} of {shown(passing[0].id)} (line {passing[0].line})"
            what = f"{first} passes where {shown(example.expected)} is expected"
            counted = f"; {len(passing)} of {len(others)} answers of other examples do" if len(passing) > 1 else ""
            yield self._remark("lenient", example, f"{what}, grader {name!r}{counted}")

    def _is_the_same(self, example: Example, other: Example, name: str) -> bool:
        """Return whether each of two answers passes for the other: they are one answer, written in two ways."""
        there = self.opened.markers[name]
        return any(self._passes_phrased(answer, other, name, there) for answer in _acceptable(example.expected))

    def _passes_phrased(self, answer: str, example: Example, name: str, marker: Marker) -> bool:
        return _passes(marker.mark(_in_its_place(answer, self._extract(name)), example).value)

    def _different(self, example: Example, name: str) -> list[Example]:
        """Return the next examples of the same slice and grader that expect something else; of any slice where it has none."""
        for part in (example.slices[:1], None):
            members = self._groups[name, part]
            place = self._places[name, part][example.id]
            steps = range(1, min(len(members), LOOKED_AT))
            after = (members[(place + step) % len(members)] for step in steps)
            found = list(islice((other for other in after if other.expected != example.expected), OTHERS))
            if found:
                return found
        return []

    @cached_property
    def _groups(self) -> Mapping[tuple[str, tuple[str, ...] | None], list[Example]]:
        """Grader and first slice to the examples; None: of all slices."""
        found: dict[tuple[str, tuple[str, ...] | None], list[Example]] = {}
        for example in self.opened.evalset.examples:
            for name, _ in self.opened.marked(example):
                for part in (example.slices[:1], None):
                    found.setdefault((name, part), []).append(example)
        return found

    @cached_property
    def _places(self) -> Mapping[tuple[str, tuple[str, ...] | None], Mapping[str, int]]:
        """Group to the id of each member and its place."""
        return {key: {example.id: at for at, example in enumerate(group)} for key, group in self._groups.items()}

    def _phrased(self, example: Example, name: str) -> list[str]:
        """Return the ways of giving the expected answer."""
        several = _acceptable(example.expected)
        if len(several) > 1:
            several = [*several, ", ".join(several), "\n".join(several)]
        if isinstance(example.expected, list | Mapping):
            several = [*several, _json(example.expected)]
        return [_in_its_place(text, self._extract(name)) for text in several]

    def _extract(self, name: str) -> Any:
        return getattr(self.opened.graders[name], "extract", None)

    def _remark(self, kind: str, example: Example, what: str) -> Remark:
        return Remark(kind=kind, where=self.opened.evalset.where(example), what=what)


def answers_in_questions(opened: Opened) -> Iterator[Remark]:
    """Yield for each slice in how many questions an expected text stands as a whole word."""
    found: dict[str, list[Example]] = {}
    for example in opened.evalset.examples:
        if any(_stands_in(text, question_of(example)) for text in _texts(example.expected)):
            found.setdefault((*example.slices, "")[0], []).append(example)
    sizes = Counter((*example.slices, "")[0] for example in opened.evalset.examples)
    for part, examples in found.items():
        named = f"slice {part!r}: " if part else ""
        what = f"{named}{len(examples)} of {sizes[part]}, first {shown(examples[0].id)}"
        yield Remark(kind="in_question", where=opened.evalset.where(examples[0]), what=what)


def _stands_in(text: str, question: str) -> bool:
    wanted = _folded(text)
    if len(wanted) < SHORTEST_IN_QUESTION or wanted not in question:
        return False
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", question) is not None


def _texts(expected: Any) -> list[str]:
    return [text for text in (expected if isinstance(expected, list) else [expected]) if isinstance(text, str)]


def _acceptable(expected: Any) -> list[str]:
    """Return the acceptable answers as texts: numbers and objects as their JSON."""
    several = expected if isinstance(expected, list) else [expected]
    return [one if isinstance(one, str) else _json(one) for one in several if one is not None]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _passes(value: float | None) -> bool:
    return value is not None and value >= 1.0


def _in_its_place(answer: str, extract: Any) -> str:
    """Return a completion in which `extract` finds the answer; where it is a pattern, the bare answer may do."""
    if getattr(extract, "after", None) is not None:
        return f"{extract.after} {answer}"
    if getattr(extract, "pointer", None):
        held: Any = answer
        for token in reversed(extract.pointer.split("/")[1:]):
            held = {token.replace("~1", "/").replace("~0", "~"): held}
        return _json(held)
    return answer
