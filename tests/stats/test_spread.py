"""The ways to fill in missing answers."""

from __future__ import annotations

import numpy as np
import pytest

from tuneproof.stats import independent
from tuneproof.stats.means import Moments
from tuneproof.stats.spread import Spread, paired_spread


def spread() -> Spread:
    """Five examples; the candidate lacks the last three, the baseline's scores there are .2, .9 and .5."""
    low, high = np.array([0.3, 0.8, 0.0, 0.0, 0.0]), np.array([0.3, 0.8, 1.0, 1.0, 1.0])
    baseline = np.array([0.3, 0.5, 0.2, 0.9, 0.5])
    return paired_spread((low, high), (baseline, baseline), np.arange(5))


def test_the_largest_baseline_is_filled_low_first() -> None:
    """Section 4.4: the j largest B at −B, the rest at 1 − B."""
    assert spread().order().tolist() == [3, 4, 2]
    assert spread().fillings()[1][2:] == pytest.approx([0.8, -0.9, 0.5])


def test_cumulative_sums_are_the_fillings() -> None:
    """Moments of each filling, from best to worst, as if each were computed by itself."""
    at_once = independent.all_fillings(spread())
    each = [Moments.of(values) for values in spread().fillings()]
    assert at_once.mean == pytest.approx([one.mean[0] for one in each], abs=1e-12)
    assert at_once.sd == pytest.approx([one.sd[0] for one in each], abs=1e-12)
    assert at_once.skewness == pytest.approx([one.skewness[0] for one in each], abs=1e-9)


def test_many_missing_answers_are_tried_on_a_grid_with_both_ends() -> None:
    """At most 64 fillings of clustered scores, the extreme ones among them."""
    wide = Spread(low=np.zeros(500), high=np.linspace(0.1, 1, 500), clusters=np.arange(500))
    fillings = wide.fillings()
    assert len(fillings) == 64
    assert (fillings[0] == wide.high).all()
    assert (fillings[-1] == wide.low).all()


def test_both_right_is_counted_for_marks_only() -> None:
    """Newcombe's interval needs the cells, which scores between 0 and 1 do not have."""
    one, half = np.array([1.0, 1.0, 0.0]), np.array([0.5, 0.5, 0.5])
    low = np.array([0.0, 1.0, 0.0])
    assert paired_spread((low, one), (one, one), np.arange(3)).both_right == (1, 2)
    assert paired_spread((half, half), (half, half), np.arange(3)).both_right is None
