"""Which checkpoint of a training is which, from the steps at which those that are left were saved."""

from collections.abc import Sequence
from itertools import pairwise


def even_numbers(steps: Sequence[int]) -> tuple[int, ...] | None:
    """Return the numbers of checkpoints that were saved at even steps: 2 and 3 for steps 1000 and 1500.

    Even means: all gaps are equal, but for the last one, which may be shorter (the end of a training), and the first step is a
    whole number of gaps. One checkpoint has no gap to measure by.

    Args:
        steps: In ascending order.

    Returns:
        None where the steps are not even, so that the numbers cannot be told.
    """
    gaps = [later - earlier for earlier, later in pairwise(steps)]
    if not gaps or min(gaps) <= 0 or steps[0] < gaps[0] or steps[0] % gaps[0]:
        return None
    if any(gap != gaps[0] for gap in gaps[:-1]) or gaps[-1] > gaps[0]:
        return None
    first = steps[0] // gaps[0]
    return tuple(range(first, first + len(steps)))
