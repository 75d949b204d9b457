"""What moved between two askings: marks pair by pair, slices, ids, and texts that are other texts."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from paired_marks import evalset_of, score

from tuneproof.core.completion import Completion, Failure, Reply
from tuneproof.core.example import Evalset, Example
from tuneproof.core.movement import Movement
from tuneproof.stages.movement import NAMED, Texts, changed_texts, ground_of, movements, side
from tuneproof.stages.tabulate import tabulate

PAIR = ("tuned", "then", "now")


def moved(evalset: Evalset, marks: Mapping[str, Sequence[float | None]], **more: Any) -> tuple[Movement, ...]:
    """Return the movements of one system between two rows of marks."""
    scores = [score(row, i, value) for row, values in marks.items() for i, value in enumerate(values)]
    tables = tabulate(scores, {"target": evalset}, dict.fromkeys(marks, 1))
    ground = ground_of(tables, {"target": evalset}, {}, alpha=0.05, seed=1)
    return movements([PAIR], ground, **more)


def test_the_whole_stands_before_its_slices_with_counts_and_ids() -> None:
    """Means then and now, now minus then, and which examples became better and worse."""
    whole, part = moved(evalset_of(4, en=(0, 1)), {"then": [1, 0, 0, 1], "now": [0, 1, 1, 1]}, changed={("tuned", "target"): 3})
    assert (whole.system, whole.evalset, whole.slice, whole.grader) == ("tuned", "target", None, "label")
    assert (whole.before, whole.after, whole.estimate.value) == (0.5, 0.75, 0.25)
    assert (whole.n_better, whole.n_worse, whole.better, whole.worse) == (2, 1, ("1", "2"), ("0",))
    assert (part.slice, part.n_better, part.n_worse, part.estimate.value) == ("en", 1, 1, 0.0)
    assert (whole.n_changed_texts, part.n_changed_texts) == (3, None)


def test_a_missing_answer_is_no_flip() -> None:
    """It is unresolved on whichever side it is missing: the limits hold for every value that it may have had."""
    whole = moved(evalset_of(4), {"then": [1, None, 1, 0], "now": [1, 1, None, 1]})[0]
    assert (whole.n_better, whole.n_worse, whole.estimate.n, whole.estimate.n_missing) == (1, 0, 2, 2)
    assert whole.estimate.worst == 0.0
    assert whole.n_changed_texts is None


def test_nothing_measured_is_no_number() -> None:
    """Where one asking brought no answer at all, nothing is known and nothing has moved."""
    whole = moved(evalset_of(3), {"then": [None] * 3, "now": [1, 1, 1]})[0]
    assert (whole.before, whole.after, whole.estimate.value, whole.has_moved) == (None, None, None, False)


@pytest.mark.parametrize(("n_worse", "has_moved"), [(0, False), (2, False), (25, True)])
def test_what_has_moved_is_what_the_interval_says(n_worse: int, has_moved: bool) -> None:
    """A few flips are noise; all ids are counted, the first are kept."""
    whole = moved(evalset_of(100), {"then": [1] * 100, "now": [i >= n_worse for i in range(100)]})[0]
    assert (whole.has_moved, whole.n_worse) == (has_moved, n_worse)
    assert whole.worse == tuple(str(i) for i in range(min(n_worse, NAMED)))


def test_several_repeats_are_averaged_first() -> None:
    """Half right is between wrong and right."""
    evalset = evalset_of(1)
    scores = [score("then", 0, 1), score("now", 0, 1), score("now", 0, 0, repeat=1)]
    tables = tabulate(scores, {"target": evalset}, {"then": 1, "now": 2})
    whole = movements([PAIR], ground_of(tables, {"target": evalset}, {}, alpha=0.05, seed=1))[0]
    assert (whole.before, whole.after, whole.n_worse) == (1.0, 0.5, 1)


def test_a_side_is_what_both_askings_have() -> None:
    """Other systems, examples and evalsets are passed over, and rows have names of their own."""
    scores = [score("a", 0, 1), score("a", 1, 1), score("b", 0, 1), score("a", 0, 1, evalset="other")]
    assert [(one.system, one.example_id) for one in side(scores, {"a": "1 a"}, {"target": {"0"}})] == [("1 a", "0")]


# -- texts -------------------------------------------------------------------------------------------------------------------


def reply(system: str, i: int, text: str | None, repeat: int = 0, evalset: str = "target") -> Reply:
    """Return an answer; None is a missing one."""
    failure = Failure(kind="timeout", message="late") if text is None else None
    example = Example(id=str(i), inputs="q", cluster=str(i))
    completion = Completion(text=text, failure=failure)
    return Reply(evalset=evalset, example=example, system=system, repeat=repeat, completion=completion)


def texts(replies: Sequence[Reply]) -> Texts:
    """Return the texts of some answers."""
    held = Texts()
    assert list(held.over(replies)) == list(replies)
    return held


OLD = [reply("a", 0, "x"), reply("a", 0, "y", repeat=1), reply("a", 1, "z"), reply("a", 2, "w")]


@pytest.mark.parametrize(
    ("now", "count"),
    [
        (OLD, 0),
        (OLD[::-1], 0),
        ([reply("a", 0, "X"), reply("a", 0, "Y", repeat=1), *OLD[2:]], 1),
        ([reply("a", 0, "y"), reply("a", 0, "x", repeat=1), *OLD[2:]], 1),
        ([reply("a", 0, "x"), reply("a", 1, "Z"), reply("a", 2, "W"), reply("a", 3, "new")], 2),
        ([reply("a", 0, "x"), reply("a", 1, None), reply("a", 2, "w")], 0),
    ],
    ids=["same", "other order", "two repeats of one example", "repeats changed places", "some there alone", "missing"],
)
def test_changed_texts_are_counted_by_example(now: list[Reply], count: int) -> None:
    """An answer that one asking lacks is unknown, not changed; the order of a stream does not matter."""
    assert changed_texts(texts(OLD), texts(now), [("a", "a", "a")]) == {("a", "target"): count}


def test_systems_may_have_other_names_now() -> None:
    """The caller says who belongs to whom; an evalset that only one asking answered is not told."""
    now = [reply("b", 0, "x"), reply("b", 1, "other"), reply("b", 0, "x", evalset="more")]
    assert changed_texts(texts(OLD), texts(now), [("a -> b", "a", "b")]) == {("a -> b", "target"): 1}
