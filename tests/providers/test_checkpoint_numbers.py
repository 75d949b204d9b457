"""Which checkpoint is which, from even steps."""

import pytest

from tuneproof.providers._checkpoint_numbers import even_numbers


@pytest.mark.parametrize(
    ("steps", "numbers"),
    [
        ([500, 1000], (1, 2)),
        ([1000, 1500], (2, 3)),
        ([2, 3], (2, 3)),
        ([500, 1000, 1130], (1, 2, 3)),
        ([1000, 1500, 1600], (2, 3, 4)),
        ([], None),
        ([500], None),
        ([500, 1500], None),
        ([1000, 1340], None),
        ([100, 1000, 5000], None),
        ([0, 10], None),
        ([10, 10], None),
        ([10, 20, 40, 50], None),
    ],
)
def test_even_numbers(steps: list[int], numbers: tuple[int, ...] | None) -> None:
    """Known where the steps are even and begin with a whole number of gaps; else None, never a guess."""
    assert even_numbers(steps) == numbers
