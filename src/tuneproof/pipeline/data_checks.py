"""What is odd about the data and may spoil a verdict: equal questions, training rows in an evalset, labels that are none."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tuneproof.core.digest import canonical_json
from tuneproof.core.errors import InputError
from tuneproof.core.example import Evalset, Example
from tuneproof.core.row import RowError, example_from_row
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.registration import DATA_KINDS
from tuneproof.stages.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """What the reader must know that is not an error."""

    strength: Literal["strong", "mild"]
    """`strong`: the verdict would not mean what it says."""
    text: str
    """One sentence."""

    def to_json(self) -> dict[str, Any]:
        """Return it as `check --json` prints it."""
        return {"strength": self.strength, "text": self.text}


def data_cautions(bench: Bench, made: Plan) -> Iterator[Caution]:
    """Yield what is odd about the data, the evalsets themselves first."""
    yield from _unused_prompts(made)
    for evalset in bench.evalsets.values():
        yield from _equal_questions(evalset)
        yield from _strange_labels(evalset, bench)
    asked = {name: _first_by_question(evalset.examples) for name, evalset in bench.evalsets.items()}
    for what, rows in _learnt_from(bench, made):
        try:
            questions = {question for example in rows if (question := question_of(example))}
        except (InputError, RowError) as error:
            yield Caution(strength="mild", text=f"{what} could not be compared with the evalsets: {error}")
            continue
        yield from _leaks(what, questions, asked)


def strong_cautions(bench: Bench, made: Plan) -> list[str]:
    """Return what is so odd about the data that a verdict would not mean what it says."""
    return [caution.text for caution in data_cautions(bench, made) if caution.strength == "strong"]


def _unused_prompts(made: Plan) -> Iterator[Caution]:
    """Yield a caution for prompts that rows with messages of their own leave unused: a strawman baseline looks like that."""
    for (system, name), asked in made.prompters.items():
        chats = sum(example.messages is not None for example in made.evalsets[name].examples)
        if chats and (asked.system or asked.shots or asked.passages):
            found = f"{chats} examples of evalset {name!r} bring their own messages, which are sent as they are"
            yield Caution(
                strength="strong", text=f"{found}: the prompt of {system!r} (system, few_shot, context) is not used there"
            )


def _leaks(what: str, learnt: set[str], asked: Mapping[str, Mapping[str, Example]]) -> Iterator[Caution]:
    for name, questions in asked.items():
        shared = [example for question, example in questions.items() if question in learnt]
        if shared:
            found = f"{len(shared)} questions of evalset {name!r} stand" if len(shared) > 1 else "1 question stands"
            where = f"in {what} (first: id {shared[0].id!r})" if len(shared) > 1 else f"in {what} and in evalset {name!r}"
            where += "" if len(shared) > 1 else f" (id {shared[0].id!r})"
            yield Caution(strength="strong", text=f"{found} {where}: answers that were seen before prove nothing")


def _equal_questions(evalset: Evalset) -> Iterator[Caution]:
    """Yield a caution for questions that are asked twice; within a cluster that is declared, and accounted for."""
    first: dict[str, Example] = {}
    again: list[tuple[Example, Example]] = []
    for example in evalset.examples:
        held = first.setdefault(question_of(example) or f"\0{example.id}", example)
        if held is not example and held.cluster != example.cluster:
            again.append((held, example))
    if again:
        one, other = again[0]
        what = (
            f"evalset {evalset.name!r}: {len(again)} examples ask what another one asks (first: ids {one.id!r}, {other.id!r})"
        )
        yield Caution(strength="mild", text=f"{what}; they are not independent: give them a `cluster` or remove them")


def _strange_labels(evalset: Evalset, bench: Bench) -> Iterator[Caution]:
    spec = next(spec for spec in bench.experiment.evalsets if spec.name == evalset.name)
    if spec.labels is None:
        return
    strange = [example for example in evalset.examples if not set(_texts(example.expected)) <= set(spec.labels)]
    if strange:
        what = f"evalset {evalset.name!r}: {len(strange)} examples expect what is none of its labels"
        yield Caution(strength="mild", text=f"{what} (first: id {strange[0].id!r})")


def _texts(expected: Any) -> list[str]:
    several = expected if isinstance(expected, list) else [expected]
    return [one for one in several if isinstance(one, str)]


def _learnt_from(bench: Bench, made: Plan) -> Iterator[tuple[str, Iterable[Example]]]:
    """Yield what a system saw before: few-shot rows, declared training files, files that providers are fitted on."""
    for (name, evalset), asked in made.prompters.items():
        if asked.shots:
            yield f"the few-shot rows of {name!r} (on {evalset!r})", asked.shots
    files: dict[str, str] = {}
    for system in bench.experiment.compared:
        for file in system.training.get("files", ()):
            files.setdefault(str(file), f"training file {file!r} of {system.name!r}")
        spec = bench.experiment.providers[system.provider]
        if bench.providers[system.provider].local and spec.kind not in DATA_KINDS:
            for file in filter(lambda held: _is_file(held, bench), spec.settings.values()):
                files.setdefault(file, f"training file {file!r} of {system.name!r}")
    for file, what in files.items():
        yield what, _rows(file, bench)


def _is_file(held: object, bench: Bench) -> bool:
    try:
        return isinstance(held, str) and bench.workspace.path(held).is_file()
    except (OSError, RuntimeError):  # a text that can be no path at all
        return False


def _rows(file: str, bench: Bench) -> Iterator[Example]:
    for line, row in bench.workspace.rows(bench.workspace.path(file)):
        yield example_from_row(row, line)


def _first_by_question(examples: Iterable[Example]) -> dict[str, Example]:
    found: dict[str, Example] = {}
    for example in examples:
        if question := question_of(example):
            found.setdefault(question, example)
    return found


def question_of(example: Example) -> str:
    """Return what is asked, without regard to case and spacing; of longer chats everything that was said before the answer."""
    asked: Any = example.inputs
    if asked is None:
        said = [message for message in example.messages or () if message.get("role") != "system"]
        asked = said[0].get("content") if len(said) == 1 else [[one.get("role"), one.get("content")] for one in said]
    text = asked if isinstance(asked, str) else canonical_json(asked)
    return " ".join(text.casefold().split())
