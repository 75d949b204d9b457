"""The order in which questions are asked where a run may end early: random, fixed beforehand, whole clusters together.

An evalset is often sorted (by slice, by date), so that its first part would not stand for the whole. The order is that of a
digest of the seed, the evalset's content and the cluster: no generator of random numbers is needed, every machine and every
later version finds the same one, and it is registered as soon as seed and evalset are.
"""

from collections.abc import Sequence
from hashlib import sha256

from tuneproof.core.digest import canonical_json
from tuneproof.core.example import Evalset


def asking_order(evalset: Evalset, seed: int) -> tuple[tuple[int, ...], ...]:
    """Return the clusters of an evalset in the order in which they are asked, each as the places of its examples.

    Args:
        evalset: Whole.
        seed: The experiment's.
    """
    clusters: dict[str, list[int]] = {}
    for place, example in enumerate(evalset.examples):
        clusters.setdefault(example.cluster, []).append(place)
    start = f"{seed}|{evalset.digest}|"

    def rank(name: str) -> bytes:
        return sha256((start + canonical_json(name)).encode("utf-8", "surrogatepass")).digest()

    return tuple(tuple(clusters[name]) for name in sorted(clusters, key=rank))


def first_part(order: Sequence[Sequence[int]], share: float) -> tuple[int, ...]:
    """Return the places of the first clusters, so many that they are about a share of all: at least one, all at 1.

    Args:
        order: Of `asking_order`.
        share: In (0, 1].
    """
    count = len(order) if share >= 1.0 else max(1, round(share * len(order)))
    return tuple(place for cluster in order[:count] for place in cluster)
