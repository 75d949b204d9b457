"""`tuneproof plan`: the chances of a whole decision agree with what can be worked out, and its words say what they mean."""

from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import Lab
from tuneproof.core.errors import InputError
from tuneproof.core.outlook import Chances, Need, Outlook
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.planning import outlook
from tuneproof.stats.power_exact import proof_power, rejection
from tuneproof.stats.rate_power import rate_power

FEW = 400
"""Repetitions: a chance near 50 % is off by 2.5 points."""


def planned(lab: Lab, repetitions: int = FEW, missing: float | None = 0.0) -> Outlook:
    """Plan a workspace."""
    return outlook(assemble(lab.write()), repetitions=repetitions, missing=missing)


def chances(found: Outlook) -> dict[str, Chances]:
    """Return the chances by scenario."""
    return {held.scenario: held for held in found.chances}


def base(lab: Lab, n: int = 80, candidates: int = 1, **settings: Any) -> Lab:
    """Set up a target evalset, a baseline without answers, and candidates without answers."""
    lab.settings |= {"expected_lift": 0.1, "expected_discordance": 0.2, **settings}
    lab.evalset("target", n)
    lab.system("prompted", "baseline", {})
    for number in range(candidates):
        lab.system(f"tuned {number}", "candidate", {})
    return lab


def general(lab: Lab, n: int = 200, **rule: Any) -> Lab:
    """Add general skills in slices, and the criterion that nothing is forgotten."""
    lab.evalset("general", n, role="general", slice=[f"skill {i % 4}" for i in range(n)])
    rule = rule or {"margin": 0.05, "slices": {"mode": "guard", "margin": 0.15}}
    lab.criterion("non_inferiority", name="forgets nothing", evalset="general", **rule)
    return lab


# -- figures -----------------------------------------------------------------------------------------------------------------


def test_one_superiority_has_the_power_of_its_exact_test(lab: Lab) -> None:
    """The simulated chance of GO is the enumerated power, within four standard errors."""
    base(lab, n=100).criterion("superiority", evalset="target")
    found = chances(planned(lab, 2000))
    power = rejection(100, 0.0, 0.05, 0.0005, 100).probability(0.1, 0.2)
    assert found["as hoped"].go == pytest.approx(power, abs=4 * 0.011)
    assert found["no effect"].go <= 0.05 + 3 * 0.005


def test_one_non_inferiority_has_the_power_of_its_exact_test(lab: Lab) -> None:
    """At no change; and at the margin GO is as rare as promised."""
    base(lab)
    general(lab, margin=0.1)
    found = chances(planned(lab, 2000))
    power = proof_power(200, 0.1, 0.2, alpha=0.05, gamma=0.0005).power
    assert found["as hoped"].go == pytest.approx(power, abs=4 * 0.011)
    assert found["exactly at the margin"].go <= 0.05 + 3 * 0.005


def test_one_threshold_has_the_power_of_the_binomial_test(lab: Lab) -> None:
    """The candidate makes half of the errors that the bar allows, as in what `check` prints."""
    base(lab).criterion("threshold", evalset="target", at_least=0.8)
    found = chances(planned(lab, 2000))
    assert found["as hoped"].go == pytest.approx(rate_power(80, 0.8, 0.9, 0.05), abs=4 * 0.011)
    assert found["exactly at the margin"].go <= 0.05 + 3 * 0.005


def test_errors_are_held_at_every_boundary_by_several_candidates_together(lab: Lab) -> None:
    """GO of any of three candidates is at most 5 % where one thing that was asked for is just not true."""
    base(lab, n=150, candidates=3).criterion("superiority", evalset="target", margin=0.05)
    found = chances(planned(lab, 1000))
    assert found["exactly at the margin"].go <= 0.05 + 3 * 0.007
    hoped = found["as hoped"]
    assert hoped.candidate_go is not None
    assert 0.0 < hoped.candidate_go < hoped.go
    assert all(held.go + held.no_go + held.undecided == pytest.approx(1.0) for held in found.values())


def test_a_harmed_slice_is_noticed(lab: Lab) -> None:
    """GO where a slice is lost is rarer than GO as hoped, and a loss everywhere is as rare as promised."""
    base(lab, n=150).criterion("superiority", evalset="target")
    general(lab, n=400)
    found = chances(planned(lab, 200))
    assert list(found) == ["as hoped", "no effect", "exactly at the margin", "forgets one slice", "forgets everywhere a little"]
    assert found["forgets one slice"].go < 0.5 * found["as hoped"].go
    assert found["forgets everywhere a little"].go <= 0.05 + 3 * 0.015
    assert "-0.3 on general / skill 0" in found["forgets one slice"].truth


def test_missing_answers_cost_chances(lab: Lab) -> None:
    """They are taken at their worst."""
    base(lab, n=150).criterion("superiority", evalset="target")
    assert chances(planned(lab, missing=0.05))["as hoped"].go < chances(planned(lab))["as hoped"].go - 0.2


def test_the_same_seed_gives_the_same_plan(lab: Lab) -> None:
    """And it survives JSON."""
    base(lab).criterion("superiority", evalset="target")
    found = planned(lab)
    assert planned(lab) == found == Outlook.of_json(found.to_json())


# -- growth and words --------------------------------------------------------------------------------------------------------


def test_the_examples_for_eighty_percent_are_near_the_formula(lab: Lab) -> None:
    """A single superiority: 122 pairs by the closed form; the search is within a fifth of it."""
    base(lab, n=60).criterion("superiority", evalset="target")
    found = planned(lab, 1000)
    enough = next(held for held in found.growth if held.go >= 0.8)
    assert found.needs[0].n_80 == 122
    assert enough.n == pytest.approx(122, rel=0.2)
    assert found.sentence.startswith("With these 60 examples you would see GO in ")
    assert f"; about {enough.n - 60} more bring it to 80 %." in found.sentence


def test_enough_examples_need_no_growth(lab: Lab) -> None:
    """The sentence says so and asks for nothing."""
    base(lab, n=300).criterion("superiority", evalset="target")
    found = planned(lab)
    assert found.growth == ()
    assert found.sentence.endswith("of the cases if the candidate is as good as you hope.")


def test_what_no_size_brings_is_blamed_on_its_criterion(lab: Lab) -> None:
    """A gain that is not above its margin is never shown."""
    base(lab, expected_lift=0.05).criterion("superiority", name="much better", evalset="target", margin=0.1)
    found = planned(lab)
    assert [held.factor for held in found.growth] == [1.0, 2.0, 5.0, 20.0]
    assert "20 times as many do not bring it to 80 % (what holds it back most is 'much better')" in found.sentence


def test_several_evalsets_grow_together(lab: Lab) -> None:
    """The sentence tells how many more of each."""
    base(lab, n=100).criterion("superiority", evalset="target")
    general(lab, n=200, margin=0.08)
    sentence = planned(lab).sentence
    assert sentence.startswith("With these 100 examples of target and 200 of general you would see GO in ")
    assert "times as many of each (" in sentence
    assert "more of target, " in sentence


def test_needs_are_those_of_check_with_ninety_five_percent_beside(lab: Lab) -> None:
    """369 pairs for 80 % by the published table; 95 % takes more."""
    base(lab, expected_lift=0.05, expected_discordance=0.15).criterion("superiority", evalset="target")
    (held,) = planned(lab, 100).needs
    assert (held.n_80, held.n_95) == (369, 644)
    assert isinstance(held, Need)


# -- what is taken for granted -----------------------------------------------------------------------------------------------


def told(found: Outlook) -> str:
    """Return all cautions."""
    return "\n".join(found.cautions)


def test_without_a_registered_gain_the_smallest_visible_one_is_hoped_for(lab: Lab) -> None:
    """About 80 % by construction, and the caution says that there was nothing to plan for."""
    base(lab, n=200).criterion("superiority", evalset="target")
    del lab.settings["expected_lift"]
    found = planned(lab, 1000)
    assert chances(found)["as hoped"].go == pytest.approx(0.8, abs=0.06)
    assert "experiment.expected_lift is not registered" in told(found)


def test_a_plan_needs_no_candidate(lab: Lab) -> None:
    """Planning comes before training: one candidate to come is planned for."""
    base(lab, candidates=0).criterion("superiority", evalset="target")
    found = planned(lab)
    assert found.n_candidates == 1
    assert 0.2 < chances(found)["as hoped"].go < 0.9


def test_missing_answers_are_no_more_by_default_than_the_rules_let_pass(lab: Lab) -> None:
    """With a strict rule none are; with a loose one, or without one, 1 % is."""
    base(lab).criterion("superiority", evalset="target")
    assert planned(lab, 100, missing=None).missing == 0.01
    lab.criterion("completeness", max_missing=0.0)
    assert planned(lab, 100, missing=None).missing < 0.0005
    assert chances(planned(lab, 100, missing=0.02))["as hoped"].go < 0.1


def test_few_clusters_are_never_go_and_clusters_are_named(lab: Lab) -> None:
    """Five documents show nothing, however many questions they hold."""
    lab.evalset("docs", 300, cluster=[f"doc {i % 5}" for i in range(300)])
    lab.settings |= {"expected_lift": 0.2, "expected_discordance": 0.3}
    lab.system("prompted", "baseline", {})
    lab.criterion("superiority", evalset="docs")
    found = planned(lab, 100)
    assert chances(found)["as hoped"].go == 0.0
    assert "never GO: docs has 5 clusters" in told(found)
    assert "simulated as if independent" in told(found)


def test_a_metric_of_the_whole_set_says_nothing_without_an_answer(lab: Lab) -> None:
    """Macro F1 is simulated as a share of right answers, and any missing answer leaves it open, as in a run."""
    base(lab, n=200)
    lab.tables["evalsets"]["target"]["graders"] = ["f1"]
    lab.tables["graders"] = {"f1": {"kind": "label_f1", "labels": ["yes", "no"]}}
    lab.criterion("superiority", evalset="target")
    assert chances(planned(lab))["as hoped"].go > 0.6
    found = planned(lab, missing=0.05)
    assert (chances(found)["as hoped"].go, "f1, a metric of the whole set" in told(found)) == (0.0, True)


@pytest.mark.parametrize("register", [False, True])
def test_without_anything_to_prove_nothing_is_simulated(lab: Lab, register: bool) -> None:
    """Counting alone is never GO, and the sentence says so."""
    base(lab)
    if register:
        lab.criterion("completeness", max_missing=0.1)
    found = planned(lab)
    assert (found.chances, found.growth) == ((), ())
    assert found.sentence.startswith("never GO")


def test_criteria_that_only_inform_are_left_out(lab: Lab) -> None:
    """A hopeless one holds nothing back."""
    base(lab, n=300).criterion("superiority", evalset="target")
    lab.criterion("threshold", name="dream", evalset="target", at_least=0.999, on_failure="report")
    found = planned(lab)
    assert chances(found)["as hoped"].go > 0.9
    assert "dream only informs" in told(found)


def test_slices_that_cannot_prove_are_refused_with_the_n_they_need(lab: Lab) -> None:
    """Before anything is simulated."""
    base(lab, expected_discordance=0.1)
    general(lab, n=80, margin=0.2, slices={"mode": "prove", "margin": 0.05})
    with pytest.raises(InputError, match=r"slice 'skill 0' has 20 examples, too few to prove a margin of 0\.05 \(274 for 80 %"):
        planned(lab)


def test_tango_stands_in_for_the_exact_test_within_two_points(lab: Lab) -> None:
    """Just above 500 pairs, where it takes over."""
    base(lab, expected_discordance=0.1)
    general(lab, n=501, margin=0.05)
    exact = proof_power(500, 0.05, 0.1, alpha=0.05, gamma=0.0005).power
    assert chances(planned(lab, 4000))["as hoped"].go == pytest.approx(exact, abs=0.02 + 3 * 0.004)


def test_levels_that_nothing_is_compared_on_are_as_hoped_above_their_bar(lab: Lab) -> None:
    """How often systems differ says nothing of a safety set with a bar alone."""
    base(lab, n=300, expected_discordance=0.5).criterion("superiority", evalset="target")
    lab.evalset("safety", 200, role="safety")
    lab.criterion("threshold", evalset="safety", at_least=0.9)
    found = planned(lab)
    assert "0.95 on safety" in told(found)
    assert chances(found)["as hoped"].go > 0.5 * rate_power(200, 0.9, 0.95, 0.05)


def test_registered_numbers_that_contradict_a_bar_are_named(lab: Lab) -> None:
    """Who differs on half of the examples and gains 0.1 is wrong on at least a fifth of them."""
    base(lab, expected_discordance=0.5).criterion("superiority", evalset="target")
    lab.criterion("threshold", evalset="target", at_least=0.85)
    assert "leave the candidate at most 0.8 right on target, not above the bar 0.85" in told(planned(lab, 100))


def test_at_the_margin_one_thing_is_just_not_true(lab: Lab) -> None:
    """Where a bar and a gain are asked for, the one that is harder to reach."""
    base(lab, n=200, expected_lift=0.2, expected_discordance=0.3).criterion("superiority", evalset="target")
    lab.criterion("threshold", evalset="target", at_least=0.8)
    held = chances(planned(lab))["exactly at the margin"]
    assert held.truth == "true change +0.1 on target"
    assert held.go <= 0.05 + 3 * 0.011


@pytest.mark.parametrize("others", [True, False])
def test_what_a_judge_marks_is_taken_as_met_and_said_to_be(lab: Lab, others: bool) -> None:
    """With nothing else to prove there is nothing to simulate."""
    base(lab, n=200).criterion("superiority", name="sounds better", evalset="target")
    if others:
        general(lab, n=200, margin=0.1)
    bench = assemble(lab.write())
    judged = replace(bench.design.evalsets["target"], judged=frozenset({"label"}))
    bench = replace(bench, design=replace(bench.design, evalsets={**bench.design.evalsets, "target": judged}))
    found = outlook(bench, repetitions=FEW)
    assert bool(found.chances) == others
    assert found.sentence.startswith("With these 200 examples you would see GO in " if others else "judges mark all that")
    if others:
        assert chances(found)["as hoped"].go > 0.3
        assert "judges mark what sounds better reads: it is taken as met" in told(found)
