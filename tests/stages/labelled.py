"""What tests of people's labels share: evalsets, answers and rubrics in a few words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.core.completion import Completion, Failure, Reply
from tuneproof.core.example import Evalset, Example
from tuneproof.core.judging import Choice
from tuneproof.core.protocols import Workspace
from tuneproof.formats.csv import Csv
from tuneproof.formats.jsonl import Jsonl
from tuneproof.stages.labels import Asked

SCALE = tuple(Choice(name=str(grade), score=(grade - 1) / 4) for grade in range(1, 6))
PAIR = (Choice(name="first", score=1.0), Choice(name="second", score=0.0), Choice(name="tie", score=0.5))
TURNED = {"first": "second", "second": "first", "tie": "tie"}


@dataclass(frozen=True)
class File:
    """A file of people's labels, as settings name it."""

    path: str
    column: str = "human"
    random: bool = False


def evalset_of(
    *ids: str, name: str = "target", clusters: Sequence[str] = (), meta: Sequence[Mapping[str, Any]] = ()
) -> Evalset:
    """Return an evalset of examples with these ids, each on the line of its place."""
    examples = tuple(
        Example(
            id=one,
            inputs=f"question {one}",
            expected=f"expected {one}",
            cluster=clusters[place] if clusters else one,
            meta=meta[place] if meta else {},
            line=place + 1,
        )
        for place, one in enumerate(ids)
    )
    return Evalset(
        name=name,
        role="target",
        path=f"{name}.jsonl",
        examples=examples,
        labels=(),
        graders=("voice",),
        slice_graders={},
        example_digests=tuple(example.content_digest() for example in examples),
    )


def asked_of(*evalsets: Evalset, human: File | None = None, against: str | None = None, **repeats: int) -> Asked:
    """Return what people are asked: a scale about single answers, or which of two is better where there is a reference."""
    systems = repeats or {"base": 1, "tuned": 1}
    return Asked(
        grader="voice",
        human=human,
        menu=PAIR if against else SCALE,
        turned=TURNED if against else {},
        against=against,
        evalsets={evalset.name: evalset for evalset in evalsets or (evalset_of("a", "b"),)},
        systems=tuple(systems),
        repeats=systems,
    )


def groups_of(asked: Asked, texts: Mapping[tuple[str, str, int], str | None] | None = None) -> Iterator[list[Reply]]:
    """Yield all answers example by example; `texts` replaces some by (example, system, repeat), None takes them away."""
    for evalset in asked.evalsets.values():
        for example in evalset.examples:
            group = []
            for system in asked.systems:
                for repeat in range(asked.repeats[system]):
                    text: str | None = f"{system} {repeat} says {example.id}"
                    text = (texts or {}).get((example.id, system, repeat), text)
                    failure = Failure(kind="timeout", message="late") if text is None else None
                    group.append(
                        Reply(
                            evalset=evalset.name,
                            example=example,
                            system=system,
                            repeat=repeat,
                            completion=Completion(text=text, failure=failure),
                        )
                    )
            yield group


def workspace_in(folder: Path) -> Workspace:
    """Return a workspace whose files are read by their endings."""

    def rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
        return (Csv() if path.suffix == ".csv" else Jsonl()).rows(path)

    return Workspace(folder=folder, experiment_file="experiment.toml", rows=rows)
