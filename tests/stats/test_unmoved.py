"""Paired, clustered, nothing moved: judged by the clusters, as rates of 0 are."""

import numpy as np
import pytest

from tuneproof.stats.inference import Levels, compare

LEVELS = Levels(alpha=0.05, gamma_met=0.0005, gamma_breached=0.0005)


@pytest.mark.parametrize(("groups", "met"), [(40, False), (98, False), (99, True), (240, True)])
def test_no_cluster_of_g(groups: int, met: bool) -> None:
    """1 - 0.05^(1/99) = 0.0298 is below 0.03."""
    marks = np.tile([0.0, 1.0], groups)
    found = compare((marks, marks), (marks, marks), clusters=np.arange(2 * groups) // 2, threshold=-0.03, levels=LEVELS)
    assert (found.resolved.p_met <= 0.05) == met
    assert found.resolved.low == pytest.approx(-(1 - 0.05 ** (1 / groups)))
    assert found.resolved.p_breached == 1.0
    assert found.resolved.blocked is None or groups < 6
