"""Holm's correction, against statsmodels, and its spread over findings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from tuneproof.stats.multiplicity import holm, holm_over_candidates

PS = st.lists(st.floats(0, 1), min_size=1, max_size=7)


def test_holm_is_the_printed_one() -> None:
    """Section 5.10, statsmodels."""
    assert holm((0.004, 0.03, 0.02, 0.06, 0.008)) == pytest.approx((0.02, 0.06, 0.06, 0.06, 0.032))


@settings(max_examples=20, deadline=None)
@given(p_values=PS)
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    """Any family, ties included."""
    assert holm(p_values) == pytest.approx(tuple(multipletests(p_values, method="holm")[1]), abs=1e-12)


@given(findings=st.lists(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=4), min_size=1, max_size=5))
def test_the_largest_of_a_candidates_findings_is_its_holm_p(findings: list[list[float | None]]) -> None:
    """The candidate passes all its findings exactly when Holm rejects for it; None stays None."""
    adjusted = holm_over_candidates(findings)
    expected = holm([max((p for p in own if p is not None), default=1.0) for own in findings])
    for own, after, whole in zip(findings, adjusted, expected, strict=True):
        assert [p is None for p in own] == [p is None for p in after]
        known = [p for p in after if p is not None]
        assert not known or max(known) == pytest.approx(whole, abs=1e-12)


def test_one_candidate_is_not_corrected() -> None:
    """Criteria of one candidate are an intersection–union test: no division."""
    assert holm_over_candidates([(0.04, None, 0.01)]) == ((0.04, None, 0.01),)


def test_a_candidate_without_a_p_still_counts() -> None:
    """It could have been chosen too, so the first of three is multiplied by three."""
    assert holm_over_candidates([(0.01,), (None,), ()]) == ((0.03,), (None,), ())


def test_an_easy_finding_is_not_blamed_for_the_candidate_before() -> None:
    """Within a candidate each finding is adjusted as if its p were the candidate's: 0.0001 would rank first of two."""
    assert holm_over_candidates([(0.01, 0.001), (0.04, 0.0001)]) == (
        (pytest.approx(0.02), pytest.approx(0.002)),
        (pytest.approx(0.04), pytest.approx(0.0002)),
    )
