"""Which examples people label: a permutation that anyone can recompute, and whether they kept to it."""

from collections.abc import Collection, Sequence

from tuneproof.core.digest import digest
from tuneproof.core.errors import one_line
from tuneproof.core.example import Evalset, Example
from tuneproof.core.judging import Chosen, HumanLabel
from tuneproof.stages._label_reading import Address, Asked

IDS_SHOWN = 3
"""Ids that a caution names."""


def draw(evalset: Evalset, grader: str, seed: int) -> list[int]:
    """Return the places of all examples in the order in which they are to be labelled.

    Clusters are drawn whole, without replacement. Each has the rank of a SHA-256 over seed, content of the evalset, grader and
    its id: the same on every machine and for every version of every library, and whatever the order of the rows.
    """
    content = evalset.digest
    ranks = {cluster: digest([seed, content, grader, cluster]) for cluster in {one.cluster for one in evalset.examples}}
    keys = [(ranks[example.cluster], example.id) for example in evalset.examples]
    return sorted(range(len(keys)), key=keys.__getitem__)


def with_whole_clusters(order: Sequence[Example], n: int) -> int:
    """Return how many examples the first n of an order are, with the rest of the last one's cluster; n is at least 1."""
    while n < len(order) and order[n].cluster == order[n - 1].cluster:
        n += 1
    return n


def chosen(
    labels: Sequence[HumanLabel], evalset: Evalset, asked: Asked, seed: int, lacking: Collection[Address] = frozenset()
) -> tuple[Chosen, str]:
    """Say how the labelled examples of one evalset were chosen.

    An example is labelled where every answer to it that can be is, by at least one person. `drawn` is recomputed, not taken on
    trust: the labelled examples are exactly the first that `draw` gives, and no cluster is broken off.

    Args:
        labels: People's labels; those of other evalsets are passed over.
        evalset: The evalset.
        asked: What people were asked.
        seed: The experiment's.
        lacking: Answers that nobody can label (`Resolved.lacking`).

    Returns:
        How, and why it is not known; empty where it is.
    """
    given: dict[str, set[tuple[str, int]]] = {}
    for label in labels:
        if label.evalset == evalset.name:
            given.setdefault(label.example_id, set()).add((label.system, label.repeat))
    due = {
        example.id: {cell for cell in asked.cells if Address(evalset.name, example.id, *cell) not in lacking}
        for example in evalset.examples
    }
    order = [example for place in draw(evalset, asked.grader, seed) if due[(example := evalset.examples[place]).id]]
    done = [due[example.id] <= given.get(example.id, set()) for example in order]
    last = len(done) - done[::-1].index(True) if True in done else 0
    if not last:
        return "unknown", "no example has a label for every answer that is compared"
    last = with_whole_clusters(order, last)
    skipped = [example.id for example, is_done in zip(order[:last], done, strict=False) if not is_done]
    if not skipped:
        return "all" if last == len(order) else "drawn", ""
    if asked.human is not None and asked.human.random:
        return "marked", ""
    return "unknown", _skipping(skipped, last)


def _skipping(skipped: Sequence[str], last: int) -> str:
    names = ", ".join(one_line(name, 60) for name in skipped[:IDS_SHOWN]) + ", ..." * (len(skipped) > IDS_SHOWN)
    them, they = ("it", "they") if len(skipped) == 1 else ("them", "they")
    return (
        f"labels skip {len(skipped)} of the first {last} drawn ({names}): "
        f"label {them}, or say random = true if {they} were chosen at random"
    )
