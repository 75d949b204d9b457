"""Each defect seen in an evaluation tool, as a whole run that must not show it."""

from typing import Any

import pytest

from tests.conftest import Lab


def pair(lab: Lab, baseline: list[Any], candidate: list[Any], **columns: Any) -> Lab:
    """Set up a baseline and a candidate on one evalset."""
    lab.evalset("target", len(baseline), **columns)
    lab.system("prompted", "baseline", {"target": baseline})
    lab.system("tuned", "candidate", {"target": candidate})
    return lab


def first(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return the first finding."""
    found: dict[str, Any] = verdict["verdicts"][0]["findings"][0]
    return found


@pytest.mark.parametrize("n", [5, 10, 30, 50])
def test_few_identical_answers_prove_no_small_margin(lab: Lab, n: int) -> None:
    """Ten equal pairs have no interval of [0, 0], and a margin of one point is not shown by fifty."""
    pair(lab, [True] * n, [True] * n).criterion("non_inferiority", evalset="target", margin=0.01)
    found = first(lab.verdict())
    assert found["status"] == "undecided"
    assert found["estimate"]["low"] < -0.01 < 0.01 < found["estimate"]["high"]


def test_an_empty_policy_never_passes(lab: Lab) -> None:
    """Without criteria there is nothing to pass."""
    verdict = pair(lab, [False] * 50, [True] * 50).verdict()
    assert verdict["decision"] == "UNDECIDED"
    assert any("no criteria" in caution for caution in verdict["cautions"])


@pytest.mark.parametrize("kind", ["superiority", "non_inferiority", "threshold"])
def test_nothing_measured_is_never_go(lab: Lab, kind: str) -> None:
    """Empty outputs decide nothing, whatever is asked."""
    keys = {"at_least": 0.1} if kind == "threshold" else {"margin": 0.5}
    pair(lab, [None] * 30, [None] * 30).criterion(kind, evalset="target", **keys)
    verdict = lab.verdict()
    assert (verdict["decision"], first(verdict)["estimate"]["value"]) == ("UNDECIDED", None)
    assert first(verdict)["reasons"] == ["UNRESOLVED_ITEMS"]


def test_one_flip_of_thirty_decides_nothing(lab: Lab) -> None:
    """A status never depends on a point estimate alone."""
    pair(lab, [True] * 30, [False] + [True] * 29).criterion("non_inferiority", evalset="target", margin=0.01)
    assert first(lab.verdict())["status"] == "undecided"


def test_few_clear_wins_below_the_floor_are_not_go(lab: Lab) -> None:
    """Fewer than twenty pairs never ship, and the finding says so."""
    pair(lab, [False] * 19, [True] * 19).criterion("superiority", evalset="target")
    found = first(lab.verdict())
    assert (found["status"], found["reasons"]) == ("undecided", ["MORE_DATA"])
    assert "20" in found["statement"]


def test_a_harmlessly_different_candidate_passes_non_inferiority(lab: Lab) -> None:
    """Non-inferiority is a criterion of its own: no gain is needed for it."""
    baseline = [i % 10 != 0 for i in range(400)]
    candidate = [i % 10 != 1 for i in range(400)]
    pair(lab, baseline, candidate).criterion("non_inferiority", evalset="target", margin=0.08)
    assert lab.verdict()["decision"] == "GO"


def test_missing_answers_stay_in_the_denominator(lab: Lab) -> None:
    """One right answer and many crashes are no accuracy of 1.0."""
    pair(lab, [True] * 40, [True] + [None] * 39).criterion("threshold", evalset="target", at_least=0.5)
    found = first(lab.verdict())
    assert (found["estimate"]["n"], found["estimate"]["n_missing"]) == (1, 39)
    assert found["estimate"]["bounds"]["worst"] == pytest.approx(1 / 40)
    assert found["status"] == "undecided"


def test_dropping_the_missing_would_have_been_go(lab: Lab) -> None:
    """The worked example of 300 items, 12 unresolved: bounded, it is undecided, and both ends are told."""
    baseline = [False] * 40 + [True] * 18 + [True] * 120 + [False] * 110 + [True] * 7 + [False] * 5
    candidate = [True] * 40 + [False] * 18 + [True] * 120 + [False] * 110 + [None] * 12
    pair(lab, baseline, candidate).criterion("superiority", evalset="target", margin=0.03)
    found = first(lab.verdict())
    assert found["reasons"] == ["UNRESOLVED_ITEMS"]
    assert found["p_value"] == pytest.approx(0.2308, abs=5e-5)
    assert found["estimate"]["value"] == pytest.approx(22 / 288)
    assert found["estimate"]["bounds"] == {"worst": pytest.approx(0.05), "best": pytest.approx(0.09)}


def test_unequal_failure_rates_get_their_own_line(lab: Lab) -> None:
    """Failures on one side only are told beside the verdict."""
    pair(lab, [True] * 100, [None] * 12 + [True] * 88).criterion("superiority", evalset="target")
    assert any("lack scores unequally on target: 12 against 0" in caution for caution in lab.verdict()["cautions"])


def test_answers_of_the_wrong_model_are_noticed(lab: Lab) -> None:
    """A candidate whose answers all equal the baseline's is probably the baseline."""
    pair(lab, [True, False] * 20, [True, False] * 20).criterion("superiority", evalset="target")
    assert any("really the one that answers" in caution for caution in lab.verdict()["cautions"])


def test_missing_rows_are_not_empty_answers(lab: Lab) -> None:
    """An empty text is an answer and wrong; no row is no answer."""
    pair(lab, [True] * 30, [""] * 10 + [None] * 10 + [True] * 10).criterion("threshold", evalset="target", at_least=0.5)
    estimate = first(lab.verdict())["estimate"]
    assert (estimate["n"], estimate["n_missing"], estimate["candidate_value"]) == (20, 10, 0.5)
