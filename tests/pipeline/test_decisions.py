"""Whole runs: which verdict follows from which answers."""

import json
from typing import Any

import pytest

from tests.conftest import Lab
from tuneproof.core.errors import InputError


def shares(n: int, right: int) -> list[bool]:
    """Return n answers of which the first `right` are right."""
    return [i < right for i in range(n)]


def findings(verdict: dict[str, Any], candidate: int = 0) -> list[dict[str, Any]]:
    """Return the findings of one candidate."""
    held: list[dict[str, Any]] = verdict["verdicts"][candidate]["findings"]
    return held


@pytest.fixture
def target(lab: Lab) -> Lab:
    """Return a workspace in which tuned clearly beats prompted on 200 examples."""
    lab.evalset("target", 200)
    lab.system("prompted", "baseline", {"target": shares(200, 140)})
    lab.system("tuned", "candidate", {"target": shares(200, 180)})
    return lab


def test_all_met_is_go(target: Lab) -> None:
    """Every registered criterion shown: GO, and the candidate to ship is named."""
    target.criterion("superiority", evalset="target", margin=0.05)
    target.criterion("threshold", evalset="target", at_least=0.8)
    target.criterion("completeness", max_missing=0.0)
    verdict = target.verdict()
    assert (verdict["decision"], verdict["recommended"]) == ("GO", "tuned")
    assert {found["status"] for found in findings(verdict)} == {"met"}


def test_one_breach_is_no_go(target: Lab) -> None:
    """A clear gain does not outweigh a level that is shown to be missed."""
    target.criterion("superiority", evalset="target")
    target.criterion("threshold", evalset="target", at_least=0.99)
    verdict = target.verdict()
    assert (verdict["decision"], verdict["recommended"]) == ("NO-GO", None)
    assert [found["status"] for found in findings(verdict)] == ["met", "breached"]


def test_a_report_only_breach_decides_nothing(target: Lab) -> None:
    """`on_failure = "report"` informs."""
    target.criterion("superiority", evalset="target")
    target.criterion("threshold", evalset="target", at_least=0.99, on_failure="report")
    verdict = target.verdict()
    assert verdict["decision"] == "GO"
    assert findings(verdict)[1]["status"] == "breached"


def test_report_only_criteria_alone_are_never_go(target: Lab) -> None:
    """Where nothing decides, nothing is decided."""
    target.criterion("superiority", evalset="target", on_failure="report")
    assert target.verdict()["decision"] == "UNDECIDED"


def test_counting_alone_is_never_go(target: Lab) -> None:
    """Answers that came back are no evidence of quality."""
    target.criterion("completeness", max_missing=0.5)
    assert target.verdict()["decision"] == "UNDECIDED"


def test_every_baseline_must_be_beaten(target: Lab) -> None:
    """The better prompt is the one to beat."""
    target.system("better prompt", "baseline", {"target": shares(200, 178)})
    target.criterion("superiority", evalset="target")
    verdict = target.verdict()
    assert [(found["baseline"], found["status"]) for found in findings(verdict)] == [
        ("prompted", "met"),
        ("better prompt", "undecided"),
    ]
    assert verdict["decision"] == "UNDECIDED"


def test_a_criterion_may_name_one_baseline(target: Lab) -> None:
    """With `baseline`, only that one is compared."""
    target.system("better prompt", "baseline", {"target": shares(200, 178)})
    target.criterion("superiority", evalset="target", baseline="prompted")
    assert target.verdict()["decision"] == "GO"


def test_several_candidates_are_a_family(target: Lab) -> None:
    """Holm over candidates: the best is compared at alpha / m, and the one to ship has the largest gain."""
    target.system("other", "candidate", {"target": shares(200, 150)})
    target.criterion("superiority", evalset="target")
    verdict = target.verdict()
    best, other = findings(verdict)[0], findings(verdict, 1)[0]
    assert best["p_adjusted"] == pytest.approx(min(1.0, 2 * best["p_value"]))
    assert other["p_adjusted"] == pytest.approx(max(best["p_adjusted"], other["p_value"]))
    assert verdict["recommended"] == "tuned"


def test_a_gain_that_only_holm_stops_says_so(lab: Lab) -> None:
    """Where the interval excludes the margin and the family does not, the finding names the gate."""
    lab.evalset("target", 100)
    lab.system("prompted", "baseline", {"target": [i >= 12 for i in range(100)]})
    for name in ("a", "b", "c"):
        lab.system(name, "candidate", {"target": [not 12 <= i < 17 for i in range(100)]})
    lab.criterion("superiority", evalset="target")
    found = findings(lab.verdict())[0]
    assert found["status"] == "undecided"
    assert "Holm over 3 candidates" in found["statement"]


def test_more_examples_are_asked_for_by_the_registered_effect(lab: Lab) -> None:
    """`needed_n` comes from the registered lift, not from the observed one."""
    lab.settings |= {"expected_lift": 0.10}
    lab.evalset("target", 60)
    lab.system("prompted", "baseline", {"target": shares(60, 40)})
    lab.system("tuned", "candidate", {"target": shares(60, 41)})
    lab.criterion("superiority", evalset="target")
    found = findings(lab.verdict())[0]
    assert found["reasons"] == ["MORE_DATA"]
    assert found["needed_n"] is not None


# -- slices ------------------------------------------------------------------------------------------------------------------


def sliced(lab: Lab, lost: int, mode: str = "guard") -> Lab:
    """Set up 4 slices of 80 on which the candidate loses `lost` answers of the first one, and asks for slices to be judged."""
    lab.evalset("general", 320, role="general", slice=[f"s{i // 80}" for i in range(320)])
    lab.system("prompted", "baseline", {"general": [True] * 320})
    lab.system("tuned", "candidate", {"general": [i >= lost for i in range(320)]})
    lab.criterion("non_inferiority", evalset="general", margin=0.09, slices={"mode": mode, "margin": 0.10})
    return lab


def test_quiet_guards_are_met(lab: Lab) -> None:
    """Without harm no guard alarms, and the whole is proved."""
    verdict = sliced(lab, lost=2).verdict()
    assert verdict["decision"] == "GO"
    assert [found["mode"] for found in findings(verdict)] == ["prove", "guard", "guard", "guard", "guard"]


def test_an_alarm_blocks_go(lab: Lab) -> None:
    """A slice that lost 12 points is an alarm, and no proof of breach."""
    verdict = sliced(lab, lost=10).verdict()
    assert (verdict["decision"], findings(verdict)[1]["reasons"]) == ("UNDECIDED", ["SLICE_ALARM"])


def test_a_lost_slice_is_no_go(lab: Lab) -> None:
    """A slice that lost half of its answers is a breach, although the whole might pass."""
    verdict = sliced(lab, lost=40).verdict()
    assert (verdict["decision"], findings(verdict)[1]["status"]) == ("NO-GO", "breached")


def test_slices_that_cannot_prove_are_refused_beforehand(lab: Lab) -> None:
    """`prove` on 20 examples is refused with the number they would need."""
    lab.settings |= {"expected_discordance": 0.10}
    lab.evalset("general", 80, role="general", slice=[f"s{i // 20}" for i in range(80)])
    lab.system("prompted", "baseline", {"general": [True] * 80})
    lab.system("tuned", "candidate", {"general": [True] * 80})
    lab.criterion("non_inferiority", evalset="general", margin=0.2, slices={"mode": "prove", "margin": 0.05})
    with pytest.raises(InputError, match=r"slice 's0' has 20 examples, too few.*274"):
        lab.run()


# -- clusters, repeats, abort ------------------------------------------------------------------------------------------------


def test_few_clusters_are_never_go(lab: Lab) -> None:
    """Five documents are five observations, however many questions they hold."""
    lab.evalset("target", 100, cluster=[f"doc{i % 5}" for i in range(100)])
    lab.system("prompted", "baseline", {"target": shares(100, 50)})
    lab.system("tuned", "candidate", {"target": [True] * 100})
    lab.criterion("superiority", evalset="target")
    found = findings(lab.verdict())[0]
    assert (found["status"], found["reasons"], found["estimate"]["n_clusters"]) == ("undecided", ["TOO_FEW_CLUSTERS"], 5)


def test_repeats_are_averaged_first(lab: Lab) -> None:
    """Three answers an example are one observation, and n counts examples."""
    lab.evalset("target", 40)
    lab.system("prompted", "baseline", {"target": shares(40, 20)})
    rows = [{"id": str(i), "repeat": r, "output": "yes" if (i + r) % 3 else "no"} for i in range(40) for r in range(3)]
    lab.write_rows("repeats.jsonl", rows)
    lab.table("providers", "many", kind="replay", path="repeats.jsonl")
    lab.table("systems", "tuned", role="candidate", provider="many", repeats=3)
    lab.criterion("superiority", evalset="target")
    estimate = findings(lab.verdict())[0]["estimate"]
    assert (estimate["n"], estimate["candidate_value"]) == (40, pytest.approx(80 / 120))
    assert estimate["method"] == "t+2"


def test_an_abort_ends_its_candidate_and_nothing_else(lab: Lab) -> None:
    """A breach of an `abort` criterion leaves the rest of that candidate unasked; the others go on."""
    lab.evalset("target", 60)
    lab.evalset("safety", 60, role="safety")
    lab.system("prompted", "baseline", {"target": shares(60, 20), "safety": [True] * 60})
    lab.system("bad", "candidate", {"target": [True] * 60, "safety": [False] * 60})
    lab.system("good", "candidate", {"target": [True] * 60, "safety": [True] * 60})
    lab.criterion("superiority", evalset="target")
    lab.criterion("threshold", evalset="safety", at_least=0.5, abort=True)
    verdict = lab.verdict()
    assert [held["decision"] for held in verdict["verdicts"]] == ["NO-GO", "GO"]
    assert [(found["status"], found["reasons"]) for found in findings(verdict)] == [
        ("undecided", ["NOT_RUN"]),
        ("breached", []),
    ]


# -- lock, limit, only -------------------------------------------------------------------------------------------------------


def test_a_limited_run_is_never_go(target: Lab) -> None:
    """`--limit` is stamped EXPLORATORY, and GO becomes UNDECIDED."""
    target.criterion("threshold", evalset="target", at_least=0.5)
    verdict = target.verdict(limit=100)
    assert (verdict["decision"], verdict["stamp"]) == ("UNDECIDED", "EXPLORATORY")
    assert verdict["verdicts"][0]["stamp"] == "EXPLORATORY"


def test_only_collects(target: Lab) -> None:
    """`--only` leaves scores and no verdict, and needs no candidate."""
    del target.tables["systems"]["tuned"]
    target.criterion("superiority", evalset="target")
    outcome = target.run(only="baseline")
    assert outcome.dossier.judgement is None
    assert not (outcome.folder / "verdict.json").exists()
    assert len((outcome.folder / "scores.jsonl").read_text().splitlines()) == 200


def test_a_finished_run_is_decided_again_from_its_folder(target: Lab) -> None:
    """`decide` and `grade` on the run folder give the same verdict, without the workspace's data."""
    from tuneproof.pipeline.again import decide_again, grade_again
    from tuneproof.store.run_folder import RunFolder

    target.criterion("superiority", evalset="target", margin=0.05)
    folder = target.run().folder
    before = json.loads((folder / "verdict.json").read_text())
    (target.folder / "target.jsonl").unlink()
    (target.folder / "tuned.out.jsonl").unlink()
    for step in (decide_again, grade_again):
        step(RunFolder(folder))
        assert json.loads((folder / "verdict.json").read_text()) == before


# -- what a second pair of eyes found ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("baseline", "candidate"), [(None, True), (True, None)])
def test_one_side_unmeasured_decides_nothing(lab: Lab, baseline: bool | None, candidate: bool | None) -> None:
    """Where one of the two systems has no answer at all, no bound makes a verdict."""
    lab.evalset("target", 200)
    lab.system("prompted", "baseline", {"target": [baseline] * 200})
    lab.system("tuned", "candidate", {"target": [candidate] * 200})
    lab.criterion("non_inferiority", evalset="target", margin=0.05)
    lab.criterion("superiority", evalset="target", margin=0.05)
    verdict = lab.verdict()
    assert verdict["decision"] == "UNDECIDED"
    assert {tuple(found["reasons"]) for found in findings(verdict)} == {("UNRESOLVED_ITEMS",)}


def test_a_guard_that_cannot_be_tested_is_not_silent(lab: Lab) -> None:
    """A slice of one document that lost everything blocks GO, although no test can be made on it."""
    rows = 400
    lab.evalset(
        "general",
        rows,
        role="general",
        slice=["a" if i < 10 else "b" for i in range(rows)],
        cluster=[f"{i // 10}" for i in range(rows)],
    )
    lab.system("prompted", "baseline", {"general": [True] * rows})
    lab.system("tuned", "candidate", {"general": [i >= 10 for i in range(rows)]})
    lab.criterion("non_inferiority", evalset="general", margin=0.3, slices={"mode": "guard", "margin": 0.10})
    verdict = lab.verdict()
    guard = next(found for found in findings(verdict) if found["slice"] == "a")
    assert (verdict["decision"], guard["status"], guard["reasons"]) == ("UNDECIDED", "undecided", ["TOO_FEW_CLUSTERS"])
    assert "no evidence of harm" not in guard["statement"]


def labelled(lab: Lab, answers: dict[str, list[str | None]], gold: list[str]) -> Lab:
    """Set up a label metric."""
    lab.evalset("target", len(gold), expected=gold)
    lab.tables["graders"]["label"] = {"kind": "label_f1", "average": "macro"}
    for role, name in (("baseline", "prompted"), ("candidate", "tuned")):
        lab.system(name, role, {"target": answers[name]})
    return lab


def test_a_label_metric_survives_an_example_that_nobody_answered(lab: Lab) -> None:
    """One question without any answer leaves the metric undecided, not crashed."""
    gold = ["a", "b", "c"] * 40
    wrong = ["a"] * 120
    lab = labelled(lab, {"prompted": [None, *wrong[1:]], "tuned": [None, *gold[1:]]}, gold)
    lab.criterion("superiority", evalset="target")
    found = findings(lab.verdict())[0]
    assert (found["status"], found["reasons"]) == ("undecided", ["UNRESOLVED_ITEMS"])
    assert found["estimate"]["bounds"] == {"worst": None, "best": None}
    assert (found["estimate"]["n"], found["estimate"]["n_missing"]) == (119, 1)


def test_a_label_metric_is_judged_over_all_answers(lab: Lab) -> None:
    """A clear gain in macro F1 is GO, with the jackknife."""
    gold = ["a", "b", "c"] * 40
    flawed = [label if i % 9 else "a" for i, label in enumerate(gold)]
    poor = [label if i % 2 else "a" for i, label in enumerate(gold)]
    lab = labelled(lab, {"prompted": list(poor), "tuned": list(flawed)}, gold)
    lab.criterion("superiority", evalset="target", margin=0.05)
    verdict = lab.verdict()
    assert (verdict["decision"], findings(verdict)[0]["estimate"]["method"]) == ("GO", "jackknife-t")


def test_a_limited_label_run_is_shown_as_it_was(lab: Lab) -> None:
    """`show` and `grade` of a cut run use the labels of the whole evalset, as the run did."""
    from tuneproof.pipeline.again import grade_again, look_again
    from tuneproof.store.run_folder import RunFolder

    gold = sorted(["a", "b", "c"] * 40, reverse=True)
    lab = labelled(lab, {"prompted": ["c"] * 120, "tuned": list(gold)}, gold)
    lab.criterion("superiority", evalset="target")
    outcome = lab.run(limit=60)
    before = outcome.dossier.judgement
    assert look_again(RunFolder(outcome.folder)).judgement == before
    assert grade_again(RunFolder(outcome.folder)).judgement == before


def test_a_label_metric_judges_no_slices(lab: Lab) -> None:
    """Macro F1 of a slice that holds one label hides what that label lost, so it is refused."""
    gold = ["a", "b", "c"] * 40
    lab = labelled(lab, {"prompted": list(gold), "tuned": list(gold)}, gold)
    rows = [json.loads(line) | {"slice": "s"} for line in (lab.folder / "target.jsonl").read_text().splitlines()]
    lab.write_rows("target.jsonl", rows)
    lab.criterion("non_inferiority", evalset="target", margin=0.1, slices={"mode": "guard", "margin": 0.1})
    with pytest.raises(InputError, match="is a metric of the whole set"):
        lab.run()


def test_a_grader_that_fails_is_named(lab: Lab) -> None:
    """Where a grader cannot mark, the verdict says which, how often and why."""
    lab.evalset("target", 30)
    lab.system("prompted", "baseline", {"target": [True] * 30})
    lab.system("tuned", "candidate", {"target": [True] * 30})
    (lab.folder / "mine.py").write_text("def grade(answer, example):\n    return example['expected'] == answer\n")
    lab.tables["graders"]["label"] = {"kind": "python", "file": "mine.py"}
    lab.criterion("superiority", evalset="target")
    (told,) = [held for held in lab.verdict()["cautions"] if "could not mark" in held]
    assert told.startswith("grader 'label' could not mark 60 answers on target, first: ")
    assert "TypeError" in told


def test_rates_have_the_same_floor(lab: Lab) -> None:
    """Five right answers of five ship nothing, whatever the bar."""
    lab.evalset("target", 5)
    lab.system("prompted", "baseline", {"target": [False] * 5})
    lab.system("tuned", "candidate", {"target": [True] * 5})
    lab.criterion("threshold", evalset="target", at_least=0.5)
    verdict = lab.verdict()
    assert (verdict["decision"], findings(verdict)[0]["reasons"]) == ("UNDECIDED", ["MORE_DATA"])


def test_the_shared_alpha_is_named(lab: Lab) -> None:
    """A shortfall that is shown at alpha but not at alpha / J says so."""
    lab.evalset("target", 200)
    lab.system("prompted", "baseline", {"target": [True] * 18 + [False] * 182})
    lab.system("tuned", "candidate", {"target": [False] * 12 + [True] * 6 + [False] * 178 + [True] * 4})
    lab.criterion("superiority", evalset="target")
    for i in range(4):
        lab.criterion("threshold", name=f"t{i}", evalset="target", at_least=0.01)
    found = findings(lab.verdict())[0]
    assert found["status"] == "undecided"
    assert "alpha shared by all findings that can breach" in found["statement"]


@pytest.mark.parametrize(
    ("kind", "keys"),
    [("completeness", {"max_missing": 0.1}), ("threshold", {"evalset": "target", "at_least": 0.5, "on_failure": "report"})],
)
def test_an_abort_that_could_do_nothing_is_refused(target: Lab, kind: str, keys: dict[str, Any]) -> None:
    """`abort` on a count or on a criterion that only informs is a mistake."""
    target.criterion(kind, abort=True, **keys)
    with pytest.raises(InputError, match=r"criteria\[0\]\.abort"):
        target.run()


def test_missing_examples_are_named(lab: Lab) -> None:
    """Whoever resolves the missing answers is told which they are."""
    lab.evalset("target", 40)
    lab.system("prompted", "baseline", {"target": [True] * 40})
    lab.system("tuned", "candidate", {"target": [None, *[True] * 38, None]})
    lab.criterion("superiority", evalset="target")
    assert findings(lab.verdict())[0]["estimate"]["missing_ids"] == ["0", "39"]


def test_the_report_shows_one_interval_for_one_quantity(target: Lab) -> None:
    """What was judged is shown as it was judged."""
    target.criterion("superiority", evalset="target", margin=0.05)
    outcome = target.run()
    shown = outcome.dossier.differences[0].estimate
    judged = outcome.dossier.judgement.verdicts[0].findings[0].estimate if outcome.dossier.judgement else None
    assert shown is judged


def test_precision_and_recall_of_fields_are_shown(lab: Lab) -> None:
    """Behind a field F1 the report has precision and recall over all fields."""
    lab.evalset("target", 30, expected=[{"a": 1, "b": 2}] * 30)
    lab.tables["graders"]["label"] = {"kind": "json_schema", "compare": "fields"}
    lab.system("prompted", "baseline", {"target": ['{"a": 1}'] * 30})
    lab.system("tuned", "candidate", {"target": ['{"a": 1, "b": 2}'] * 30})
    lab.criterion("superiority", evalset="target")
    shown = lab.run().dossier.label_reports
    assert shown["target / label / prompted"] == (("all fields", "1.000", "0.500", "0.667", "60"),)
    assert shown["target / label / tuned"] == (("all fields", "1.000", "1.000", "1.000", "60"),)
