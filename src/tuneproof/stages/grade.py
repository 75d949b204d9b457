"""Stage 6, grade: completions x graders become scores. A missing answer stays missing, an error is never a zero."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tuneproof.core.completion import Completion, Reply
from tuneproof.core.errors import one_line
from tuneproof.core.example import Evalset, Example
from tuneproof.core.protocols import Marker
from tuneproof.core.score import Grade, Outcome, Score

TOO_LONG = "context too long for the model"
"""Reason of the one failure that is a wrong answer of the system."""


class Seat(NamedTuple):
    """Where one mark belongs."""

    evalset: str
    """Name of the evalset."""
    example_id: str
    """Id of the example."""
    system: str
    """Name of the system whose answer is marked."""
    repeat: int
    """Which repeat, from 0."""
    grader: str
    """Name of the grader."""


Mark = tuple[Grade, Outcome]
"""A grade, and whether there is a value."""
Marks = Mapping[Seat, Mark]
"""Marks that judges gave (`stages.consult`)."""


def grade(
    replies: Iterable[Reply],
    evalsets: Mapping[str, Evalset],
    everywhere: Mapping[str, tuple[str, ...]],
    markers: Mapping[tuple[str, str], Marker],
    judged: Marks | None = None,
) -> Iterator[Score]:
    """Mark every reply with every grader that its example has.

    Args:
        replies: In any order; streamed, never held.
        evalsets: By name.
        everywhere: Evalset name to the graders that mark all its examples.
        markers: (evalset, grader) to the grader made ready for it.
        judged: The marks that judges gave; None where no grader asks any.

    Yields:
        One score a reply and grader.
    """
    known = judged or {}
    for reply in replies:
        evalset = evalsets[reply.evalset]
        own = evalset.own_grader(reply.example)
        for name in graders_of(evalset, reply.example, everywhere[reply.evalset]):
            given = known and known.get(Seat(reply.evalset, reply.example.id, reply.system, reply.repeat, name))
            marked, outcome = given or _mark(reply.completion, reply.example, markers[reply.evalset, name])
            yield Score(
                evalset=reply.evalset,
                example_id=reply.example.id,
                slices=reply.example.slices,
                cluster=reply.example.cluster,
                system=reply.system,
                repeat=reply.repeat,
                grader=name,
                own=name == own,
                outcome=outcome,
                value=marked.value,
                reason=marked.reason,
                stats=marked.stats,
            )


def graders_of(evalset: Evalset, example: Example, everywhere: tuple[str, ...]) -> tuple[str, ...]:
    """Return the graders of one example: those of all examples, and its own."""
    own = evalset.own_grader(example)
    return everywhere if own is None or own in everywhere else (*everywhere, own)


def graders_everywhere(evalset: Evalset, named: Iterable[str]) -> tuple[str, ...]:
    """Return the graders that mark all examples of an evalset.

    Those that criteria name for it do; its own list does where no example chooses for itself.
    """
    chooses = any(example.grader or not evalset.slice_graders.keys().isdisjoint(example.slices) for example in evalset.examples)
    return tuple(dict.fromkeys((*(() if chooses else evalset.graders), *named)))


def _mark(completion: Completion, example: Example, marker: Marker) -> Mark:
    if completion.text is not None:
        marked = marker.mark(completion.text, example)
        return marked, "graded" if marked.value is not None else "ungradable"
    failure = completion.failure
    if failure is None:
        raise ValueError("a completion has exactly one of text and failure")
    if failure.is_the_models_fault:
        return _wrong(marker, example), "graded"
    return Grade(value=None, reason=one_line(f"{failure.kind}: {failure.message}", 300)), "no_completion"


def _wrong(marker: Marker, example: Example) -> Grade:
    """Mark a question that the model could not read: the counts of an empty answer, the value of a wrong one."""
    marked = marker.mark("", example)
    return Grade(value=0.0, reason=TOO_LONG, stats=marked.stats if not marked.value else {})
