"""Two runs side by side: what changed, what moved, and what cannot be compared."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Lab
from tuneproof.core.errors import InputError
from tuneproof.core.movement import Movement
from tuneproof.pipeline.comparing import Comparison, compare
from tuneproof.store.run_folder import RunFolder

N = 60


def row(i: int) -> dict[str, str]:
    """Return one row of the evalset."""
    return {"id": str(i), "input": f"question {i}", "expected": "yes", "slice": "en" if i % 2 else "de"}


def shares(right: int) -> list[bool]:
    """Return answers of which the first `right` are right."""
    return [i < right for i in range(N)]


@pytest.fixture
def target(lab: Lab) -> Lab:
    """Return a workspace of two systems on 60 examples, half of them in slice `en`."""
    lab.evalset("target", N, slice=["en" if i % 2 else "de" for i in range(N)])
    lab.system("prompted", "baseline", {"target": shares(30)})
    lab.system("tuned", "candidate", {"target": shares(50)})
    lab.criterion("superiority", evalset="target")
    return lab


def ran(lab: Lab, **options: Any) -> RunFolder:
    """Run, and return the folder."""
    return RunFolder(lab.run(**options).folder)


def both(lab: Lab, change: Callable[[Lab], object], *renamed: tuple[str, str]) -> Comparison:
    """Run, change the workspace, run again, and compare."""
    first = ran(lab)
    change(lab)
    return compare(first, ran(lab), renamed)


def lines(held: Comparison) -> dict[str, list[str]]:
    """Return the changes by part."""
    found: dict[str, list[str]] = {}
    for one in held.changes:
        found.setdefault(one.part, []).append(one.line)
    return found


def whole(held: Comparison, system: str = "tuned") -> Movement:
    """Return the movement of one system on the whole evalset."""
    return next(one for one in held.movements if one.system == system and one.slice is None)


def test_a_run_against_itself_is_unchanged(target: Lab) -> None:
    """No change, no flip, no other finding, nothing left out."""
    folder = ran(target)
    held = compare(folder, folder)
    assert (held.is_unchanged, held.left_out, held.cautions, held.changes) == (True, (), (), ())
    assert [one.n_better + one.n_worse for one in held.movements] == [0] * 6
    assert {one.is_changed for one in held.findings} == {False}


def test_the_same_again_is_unchanged(target: Lab) -> None:
    """Another run of the same experiment on the same answers: the id and the time are no change."""
    assert both(target, lambda lab: None).is_unchanged


def test_answers_that_moved_are_told_by_example_and_slice(target: Lab) -> None:
    """Only the candidate's answers changed: means, flips, ids, other texts, the finding and the decision."""
    held = both(target, lambda lab: lab.system("tuned", "candidate", {"target": [40 > i != 3 for i in range(N)]}))
    moved = whole(held)
    assert (moved.before, moved.after) == (pytest.approx(50 / 60), pytest.approx(39 / 60))
    assert (moved.n_better, moved.n_worse, moved.n_changed_texts, moved.worse[:2]) == (0, 11, 11, ("3", "40"))
    assert moved.has_moved
    assert moved.estimate.value == pytest.approx(-11 / 60)
    assert {one.slice: one.n_worse for one in held.movements if one.system == "tuned"} == {None: 11, "de": 5, "en": 6}
    assert not whole(held, "prompted").has_moved
    assert (held.before.decision, held.after.decision) == ("GO", "GO")
    assert [(one.before, one.after) for one in held.findings] == [("met", "met")]
    assert held.left_out == ()
    assert not held.is_unchanged


def test_a_finding_with_another_status_is_told(target: Lab) -> None:
    """Then and now, with both sentences."""
    held = both(target, lambda lab: lab.system("tuned", "candidate", {"target": shares(31)}))
    found = held.findings[0]
    assert (found.candidate, found.criterion, found.baseline) == ("tuned", "superiority", "prompted")
    assert (found.before, found.after, found.is_changed) == ("met", "undecided", True)
    assert (found.statement_before[:13], "not shown" in found.statement_after) == ("tuned beats p", True)


@pytest.mark.parametrize(
    ("change", "part", "words"),
    [
        (lambda lab: lab.settings.update(seed=5), "settings", "experiment.seed: null -> 5"),
        (lambda lab: lab.settings.update(alpha=0.1), "settings", "experiment.alpha: null -> 0.1"),
        (lambda lab: lab.tables["criteria"][0].update(margin=0.1), "settings", "criteria.superiority.margin: null -> 0.1"),
        (lambda lab: lab.criterion("completeness", max_missing=0.1), "settings", "criteria.completeness: null -> {"),
        (lambda lab: lab.tables["systems"]["tuned"].update(model="m2"), "settings", 'systems.tuned.model: null -> "m2"'),
        (lambda lab: lab.tables["systems"]["tuned"].update(prompt={"user": "?"}), "settings", "systems.tuned.prompt: null"),
        (lambda lab: lab.tables["systems"]["tuned"].update(training={"files": ["target.jsonl"]}), "files", "target.jsonl"),
        (lambda lab: lab.settings.update(seed=5), "run", "seed: "),
    ],
)
def test_settings_that_changed_are_told(target: Lab, change: Callable[[Lab], object], part: str, words: str) -> None:
    """Key by key, with both values; marks are compared all the same."""
    held = both(target, change)
    assert any(line.startswith(words) or (part == "files" and words in line) for line in lines(held)[part]), lines(held)
    assert whole(held).n_worse == 0


def test_model_ids_that_servers_report_are_told(target: Lab) -> None:
    """The id that answered may change behind the name that was asked for."""

    def reported(model: str) -> None:
        rows = [{"id": str(i), "output": "yes" if i < 50 else "no", "model": model} for i in range(N)]
        target.write_rows("tuned.out.jsonl", rows)

    reported("m-2026-01")
    held = both(target, lambda lab: reported("m-2026-09"))
    assert lines(held)["models"] == ['systems.tuned.models_reported.0: "m-2026-01" -> "m-2026-09"']


# -- unlike things -----------------------------------------------------------------------------------------------------------


def test_examples_that_are_not_the_same_are_left_out_and_counted(target: Lab) -> None:
    """One removed, one changed, one added: 58 are compared."""

    def edit(lab: Lab) -> None:
        rows = [row(i) for i in range(1, N + 1)]
        rows[9]["input"] = "another question"
        lab.write_rows("target.jsonl", rows)
        lab.system("prompted", "baseline", {"target": [*shares(30), False]})
        lab.system("tuned", "candidate", {"target": [*shares(50), False]})

    held = both(target, edit)
    assert held.n_common == {"target": 58}
    assert held.left_out == (
        "evalset target: 2 of the first run's 60 examples and 2 of the second run's 60, because they are not the same in both",
    )
    assert lines(held)["evalsets"] == [
        "evalsets.target: 60 -> 60 examples: 1 added (first: '60'), 1 removed (first: '0'), 1 changed (first: '10')"
    ]
    assert {one.n_better + one.n_worse for one in held.movements} == {0}


def test_further_fields_that_changed_are_a_caution(target: Lab) -> None:
    """No digest covers them, and graders may read them."""
    rows = [row(i) for i in range(N)]
    held = both(target, lambda lab: lab.write_rows("target.jsonl", [one | {"note": "new"} for one in rows]))
    assert held.cautions == ("further fields of 60 examples of target differ (first: '0')",)
    assert held.n_common == {"target": N}


def with_second(lab: Lab) -> None:
    """Let a second grader mark all examples."""
    lab.table("graders", "loose", kind="contains")
    lab.tables["evalsets"]["target"]["graders"] = ["label", "loose"]
    lab.tables["criteria"][0]["grader"] = "loose"


def test_marks_of_a_grader_that_changed_are_left_out(target: Lab) -> None:
    """The other grader's are compared."""
    with_second(target)
    held = both(target, lambda lab: lab.tables["graders"]["label"].update(normalize=["casefold"]))
    assert held.left_out == (
        'grader label on target: all its marks, because it is not the same grader in both: normalize: null -> ["casefold"]',
    )
    assert {one.grader for one in held.movements} == {"loose"}


def test_a_grader_that_only_one_run_has_is_left_out(target: Lab) -> None:
    """Nothing is compared with nothing."""
    held = both(target, with_second)
    assert held.left_out == ("grader loose on target: all its marks, because only the second run has it",)
    assert {one.grader for one in held.movements} == {"label"}


def test_a_grader_whose_file_changed_is_left_out(target: Lab) -> None:
    """The settings are the same, and the code is not."""

    def write(answer: str) -> None:
        text = f"def grade(answer, example):\n    return answer == {answer!r}\n"
        (target.folder / "mark.py").write_text(text, encoding="utf-8")

    write("yes")
    target.table("graders", "own", kind="python", file="mark.py")
    target.tables["evalsets"]["target"]["graders"] = ["label", "own"]
    target.tables["criteria"][0]["grader"] = "label"
    held = both(target, lambda lab: write("no"))
    assert held.left_out == ("grader own on target: all its marks, because the file mark.py differs",)
    assert [line.partition(":")[0] for line in lines(held)["files"]] == ["files.mark.py"]


def test_graders_that_read_labels_need_the_same_labels(target: Lab) -> None:
    """An F1 over other labels is another number."""
    target.table("graders", "f1", kind="label_f1")
    target.tables["evalsets"]["target"] |= {"graders": ["label", "f1"], "labels": ["yes", "no"]}
    target.tables["criteria"][0]["grader"] = "label"
    held = both(target, lambda lab: lab.tables["evalsets"]["target"].update(labels=["yes", "no", "maybe"]))
    assert held.left_out == (
        'grader f1 on target: all its marks, because the labels differ: ["yes", "no"] -> ["yes", "no", "maybe"]',
    )
    assert {one.grader for one in held.movements} == {"label"}


def test_systems_without_a_counterpart_are_left_out(target: Lab) -> None:
    """They are named; `--pair` gives them one."""

    def rename(lab: Lab) -> None:
        lab.tables["systems"]["tuned-2"] = lab.tables["systems"].pop("tuned")

    held = both(target, rename)
    assert [line.partition(":")[0] for line in held.left_out] == [
        "system tuned of the first run",
        "system tuned-2 of the second run",
    ]
    assert [(one.candidate, one.before, one.after) for one in held.findings] == [
        ("tuned-2", None, "met"),
        ("tuned", "met", None),
    ]


def test_renamed_systems_are_paired_by_hand(target: Lab) -> None:
    """Marks and findings stand side by side under both names."""

    def rename(lab: Lab) -> None:
        lab.tables["systems"]["tuned-2"] = lab.tables["systems"].pop("tuned")

    held = both(target, rename, ("tuned", "tuned-2"))
    assert held.left_out == ()
    assert whole(held, "tuned -> tuned-2").estimate.value == 0.0
    assert [(one.candidate, one.before, one.after) for one in held.findings] == [("tuned -> tuned-2", "met", "met")]


def test_a_run_that_only_collected_is_compared_without_a_verdict(target: Lab) -> None:
    """Its marks are there."""
    first = ran(target)
    held = compare(first, ran(target, only="prompted"))
    assert (held.before.decision, held.after.decision) == ("GO", None)
    assert [one.system for one in held.movements] == ["prompted"] * 3
    assert any("has no verdict" in line for line in held.cautions)
    assert [(one.before, one.after) for one in held.findings] == [("met", None)]


def test_a_part_is_compared_with_the_whole(target: Lab) -> None:
    """`--limit` leaves examples out, and the comparison says so."""
    first = ran(target)
    held = compare(first, ran(target, limit=20))
    assert held.n_common == {"target": 20}
    assert held.left_out[0].startswith("evalset target: 40 of the first run's 60 examples and 0 of the second run's 20")
    assert "limit: null -> 20" in lines(held)["run"]


@pytest.mark.parametrize(("options", "words"), [({}, "is sealed"), ({"only": "tuned"}, "only collected for a sealed holdout")])
def test_sealed_runs_are_not_compared(target: Lab, options: dict[str, Any], words: str) -> None:
    """Marks example by example are what a seal keeps from being shown; those of baselines alone are no secret."""
    target.tables["ledger"] = {"mode": "sealed", "exposures": 2}
    folder = ran(target, **options)
    with pytest.raises(InputError, match=words):
        compare(folder, folder)
    baseline = ran(target, only="prompted")
    assert compare(baseline, baseline).is_unchanged


def other_questions(lab: Lab) -> None:
    """Write other examples under the same ids."""
    lab.write_rows("target.jsonl", [{"id": str(i), "input": f"new {i}", "expected": "yes"} for i in range(N)])


def other_names(lab: Lab) -> None:
    """Call every system otherwise."""
    lab.tables["systems"] = {f"new {name}": held for name, held in lab.tables["systems"].items()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_questions, "have no example in common (runs on the same evalsets); evalset target: 60 of the first run's 60"),
        (other_names, "have no system in common (one name in both; there are prompted, tuned and new prompted, new tuned)"),
        (lambda lab: lab.tables["graders"]["label"].update(normalize=["casefold"]), "have no grader in common"),
    ],
)
def test_unlike_runs_are_refused_on_one_line(target: Lab, change: Callable[[Lab], object], words: str) -> None:
    """Where nothing can be compared, nothing is shown; the line says why and what to do."""
    with pytest.raises(InputError) as caught:
        both(target, change)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pair_of_unknown_names_is_refused(target: Lab) -> None:
    """Naming the run and its systems."""
    with pytest.raises(InputError, match=r"--pair tunde=tuned: .*: unknown system 'tunde', did you mean 'tuned'"):
        both(target, lambda lab: None, ("tunde", "tuned"))


def test_examples_whose_own_grader_changed_are_left_out(target: Lab) -> None:
    """Where each slice has a grader of its own, the slices whose grader is the same are compared."""
    target.table("graders", "loose", kind="contains")
    target.tables["evalsets"]["target"] |= {"slices": {"en": {"grader": "loose"}, "de": {"grader": "label"}}}
    assert {one.grader for one in both(target, lambda lab: None).movements} == {None}
    held = both(target, lambda lab: lab.tables["graders"]["loose"].update(case_sensitive=True))
    assert held.left_out[1:] == ("evalset target: 30 examples whose own grader is not comparable",)
    assert held.n_common == {"target": 30}


def test_own_marks_are_left_out_beside_a_grader_of_all_examples(target: Lab) -> None:
    """The grader of all examples is compared on all of them."""
    target.table("graders", "loose", kind="contains")
    target.tables["evalsets"]["target"] |= {"slices": {"en": {"grader": "loose"}, "de": {"grader": "label"}}}
    target.table("graders", "whole", kind="exact_match")
    target.tables["criteria"][0]["grader"] = "whole"
    held = both(target, lambda lab: lab.tables["graders"]["loose"].update(case_sensitive=True))
    assert held.left_out[1:] == ("evalset target: each example's own mark, because 30 have no comparable grader",)
    assert ({one.grader for one in held.movements}, held.n_common) == ({"whole"}, {"target": N})


# -- judges ------------------------------------------------------------------------------------------------------------------


def court(lab: Lab, rubric: str = "correctness", choice: str = "correct") -> None:
    """Let a judge whose replies are recorded mark all answers, beside the other grader."""
    said = [{"id": str(i), "answer_of": name, "verdict": choice} for i in range(N) for name in ("prompted", "tuned")]
    lab.write_rows("judge.jsonl", [one | ({"verdict_swapped": choice} if rubric != "correctness" else {}) for one in said])
    lab.table("providers", "court", kind="replay", path="judge.jsonl")
    lab.table("systems", "gpt", role="judge", provider="court", model="gpt-5")
    lab.table("graders", "right", kind="judge", rubric=rubric, judges=["gpt"])
    lab.tables["evalsets"]["target"]["graders"] = ["label", "right"]
    lab.tables["criteria"][0]["grader"] = "label"


def test_marks_of_the_same_judges_are_compared_and_said_to_be_theirs(target: Lab) -> None:
    """Nobody corrected them."""
    court(target)
    held = both(target, lambda lab: None)
    assert {one.grader for one in held.movements} == {"label", "right"}
    assert held.cautions == ("marks of right on target are the judges' alone: people's labels do not correct them",)


def test_marks_of_another_judge_are_left_out(target: Lab) -> None:
    """The same rubric read by another model is another instrument."""
    court(target)
    held = both(target, lambda lab: lab.tables["systems"]["gpt"].update(model="gpt-6"))
    assert held.left_out == (
        'grader right on target: all its marks, because its judge is not the same: judges.gpt.model: "gpt-5" -> "gpt-6"',
    )


@pytest.mark.parametrize(
    ("right", "reason"), [(30, None), (25, "it compares with the answers of prompted, of which 5 changed")]
)
def test_marks_against_a_reference_need_the_same_reference(target: Lab, right: int, reason: str | None) -> None:
    """A preference over other answers is another preference."""
    court(target, rubric="preference", choice="tie")
    held = both(target, lambda lab: lab.system("prompted", "baseline", {"target": shares(right)}))
    assert held.left_out == (() if reason is None else (f"grader right on target: all its marks, because {reason}",))
