"""`tuneproof regress`: what was accepted is compared with what the same systems answer now. Decided on answers from records."""

import gzip
import json
import shutil
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tuneproof.core.errors import InputError
from tuneproof.pipeline.accepting import accept
from tuneproof.pipeline.again import decide_again, grade_again, look_again
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.registration import register_experiment
from tuneproof.pipeline.regressing import Asked, regress
from tuneproof.pipeline.regression_design import comparison
from tuneproof.pipeline.walk import Outcome
from tuneproof.providers._gguf_files import small_adapters
from tuneproof.providers.llama_cpp import LlamaCpp
from tuneproof.store.accepted import COMPLETIONS, MANIFEST, sealed
from tuneproof.store.run_folder import RunFolder

N = 200
GOOD, POOR = [i % 10 != 0 for i in range(N)], [i % 3 != 0 for i in range(N)]
NOISY = [i % 10 != 1 for i in range(N)]
"""As good as GOOD, right and wrong on other examples."""
WORSE = [i % 4 != 0 for i in range(N)]


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Return a workspace whose candidate was accepted on GO, for tests to copy."""
    lab = Lab(tmp_path_factory.mktemp("released"))
    fill(lab)
    assert accept(RunFolder(lab.run().folder)).decision == "GO"
    return lab


@pytest.fixture
def lab(released: Lab, tmp_path: Path) -> Lab:
    """Return a workspace whose candidate was accepted on GO."""
    return copied(released, tmp_path)


def copied(lab: Lab, tmp_path: Path) -> Lab:
    """Return a workspace of its own that holds the same."""
    folder = tmp_path / "lab"
    shutil.copytree(lab.folder, folder, symlinks=True)
    return Lab(folder, settings=deepcopy(lab.settings), tables=deepcopy(lab.tables))


def fill(lab: Lab) -> None:
    """Write two evalsets, two systems and two criteria."""
    lab.evalset("target", N)
    lab.evalset("general", N, "general", slice=["dates" if i < 40 else "sums" for i in range(N)])
    answers(lab)
    lab.criterion("superiority", name="beats the prompt", evalset="target", margin=0.05)
    slices = {"mode": "guard", "margin": 0.2}
    lab.criterion("non_inferiority", name="forgets nothing", evalset="general", margin=0.08, slices=slices)


def answers(lab: Lab, tuned: Sequence[bool] = GOOD, prompted: Sequence[bool] = POOR, general: Sequence[bool] = GOOD) -> None:
    """Let the systems answer so from now on."""
    lab.system("prompted", "baseline", {"target": prompted, "general": GOOD})
    lab.system("tuned", "candidate", {"target": tuned, "general": general})


def again(lab: Lab, **asked: Any) -> Outcome:
    """Ask every system again."""
    return regress(lab.write(), Asked(**asked))


def verdict(outcome: Outcome) -> dict[str, Any]:
    """Return what verdict.json says."""
    held: dict[str, Any] = json.loads((outcome.folder / "verdict.json").read_text("utf-8"))
    return held


def statuses(outcome: Outcome) -> dict[str, str]:
    """Return criterion to status, of whole evalsets."""
    found = verdict(outcome)["verdicts"][0]["findings"]
    return {held["criterion"]: held["status"] for held in found if held["slice"] is None}


def test_nothing_has_changed(lab: Lab) -> None:
    """GO: the released system is shown to be within its margins, and the sentence says to keep it."""
    outcome = again(lab)
    told = outcome.dossier.regression
    assert told is not None
    assert statuses(outcome) == {
        "keeps its level on target": "met",
        "keeps its level on general": "met",
        "not overtaken on target": "met",
        "beats the prompt": "met",
    }
    assert (verdict(outcome)["decision"], told.sentence.split(":")[0]) == ("GO", "keep tuned")
    assert {(held.n_better, held.n_worse, held.n_changed_texts) for held in told.movements if not held.slice} == {(0, 0, 0)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("now", "decision", "says"),
    [
        ({"general": POOR}, "NO-GO", "it is shown to be worse on general (\u22120.235) than"),
        ({"tuned": NOISY}, "UNDECIDED", "not shown either way for tuned: it is not shown to be within its margins"),
        ({"general": NOISY}, "GO", "keep tuned"),
        ({"prompted": [True] * N}, "NO-GO", "it is overtaken by prompted on target"),
        ({"prompted": [i % 6 != 0 for i in range(N)]}, "GO", "not shown any more to beat prompted on target"),
        ({"prompted": [i % 6 != 0 for i in range(N)]}, "GO", "prompted itself has moved on target (+0.1"),
        ({"general": [held and i >= 25 for i, held in enumerate(GOOD)]}, "NO-GO", "worse on general / dates (\u22120.550)"),
    ],
    ids=["forgets", "noise, margin too small", "noise", "overtaken", "lead lost", "baseline gained", "one slice"],
)
def test_what_decides(lab: Lab, now: dict[str, Sequence[bool]], decision: str, says: str) -> None:
    """Only its own record and a baseline that is shown to be ahead: a lead that has become smaller is told."""
    answers(lab, **now)
    outcome = again(lab)
    assert outcome.dossier.regression is not None
    assert (verdict(outcome)["decision"], says in outcome.dossier.regression.sentence) == (decision, True)


def test_worse_and_overtaken_at_once(lab: Lab) -> None:
    """Both are named."""
    answers(lab, tuned=WORSE, prompted=[True] * N)
    outcome = again(lab)
    worse = "retrain or retire tuned: it is shown to be worse on target (\u22120.150) than when it was accepted"
    assert outcome.dossier.regression is not None
    assert outcome.dossier.regression.sentence.startswith(f"{worse}; it is overtaken by prompted on target; ")
    assert verdict(outcome)["decision"] == "NO-GO"


@pytest.mark.slow
def test_movements_name_the_slice_and_the_examples(lab: Lab) -> None:
    """Item by item, of every system and slice."""
    answers(lab, general=[held and i >= 25 for i, held in enumerate(GOOD)])
    outcome = again(lab)
    assert outcome.dossier.regression is not None
    moved = [held for held in outcome.dossier.regression.movements if held.has_moved]
    assert [(held.system, held.evalset, held.slice) for held in moved] == [
        ("tuned", "general", None),
        ("tuned", "general", "dates"),
    ]
    assert (moved[1].n_worse, moved[1].n_better, moved[1].worse[:2]) == (22, 0, ("1", "2"))
    assert moved[0].n_changed_texts == 22


@pytest.mark.slow
def test_accepted_answers_are_compared_with_nobody_else(lab: Lab) -> None:
    """Two registered baselines and two sets of accepted answers: each finding names the one that is meant."""
    lab.system("few-shot", "baseline", {"target": POOR, "general": GOOD})
    accept(RunFolder(lab.run().folder))
    outcome = again(lab)
    pairs = {(held["kind"], held["baseline"]) for held in verdict(outcome)["verdicts"][0]["findings"]}
    assert pairs == {
        ("non_inferiority", "tuned (accepted)"),
        ("overtaken", "prompted"),
        ("overtaken", "few-shot"),
        ("superiority", "prompted"),
        ("superiority", "few-shot"),
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "margin"),
    [({}, 0.08), ({"margin": 0.0}, 0.03), ({"margin": 0.02}, 0.02)],
    ids=["as registered", "nothing can be shown against 0", "the smallest"],
)
def test_margins_are_those_that_were_registered(lab: Lab, rule: dict[str, float], margin: float) -> None:
    """The experiment's own criterion says what does not matter, else `[regression]` does."""
    del lab.tables["criteria"][1]["slices"]
    if rule:
        lab.tables["criteria"][1] |= rule
        lab.criterion("non_inferiority", name="again", evalset="general", margin=0.5 if rule["margin"] else 0.0)
    found = verdict(again(lab))["verdicts"][0]["findings"]
    assert {held["evalset"]: held["margin"] for held in found if held["kind"] == "non_inferiority"} == {
        "target": 0.03,
        "general": margin,
    }


@pytest.mark.slow
def test_a_margin_of_its_own(lab: Lab) -> None:
    """`[regression] margin` is for evalsets of which no criterion says anything."""
    lab.tables["regression"] = {"margin": 0.15}
    answers(lab, tuned=NOISY)
    assert verdict(again(lab))["decision"] == "GO"


@pytest.mark.slow
def test_candidates_that_were_not_released_are_left_out(lab: Lab) -> None:
    """Nobody uses them, and their answers would cost money."""
    lab.system("other", "candidate", {"target": WORSE, "general": WORSE})
    outcome = again(lab)
    assert [held["candidate"] for held in verdict(outcome)["verdicts"]] == ["tuned"]
    assert "other" not in RunFolder(outcome.folder).read_json("manifest.json")["systems"]


@pytest.mark.slow
def test_a_released_prompt_is_watched_too(lab: Lab) -> None:
    """After a NO-GO the prompt goes on, and its base model is updated like any other."""
    accept(RunFolder(lab.run().folder), system="prompted", anyway=True)
    answers(lab, prompted=[i % 2 == 0 for i in range(N)])
    outcome = again(lab)
    assert statuses(outcome) == {"keeps its level on target": "breached", "keeps its level on general": "met"}
    assert outcome.dossier.regression is not None
    assert outcome.dossier.regression.sentence.startswith("retrain or retire prompted")


@pytest.mark.slow
def test_later_steps_repeat_it(lab: Lab) -> None:
    """The run's own copy is an ordinary experiment: marking, deciding and reporting again come to the same."""
    answers(lab, tuned=WORSE)
    outcome = again(lab)
    folder, first = RunFolder(outcome.folder), verdict(outcome)
    for step in (grade_again, decide_again, look_again):
        dossier = step(folder)
        assert dossier.regression == outcome.dossier.regression
    assert verdict(outcome) == first


@pytest.mark.slow
def test_later_steps_need_no_accepted_folder(lab: Lab) -> None:
    """All that is told of the accepted state stands in the run."""
    outcome = again(lab)
    for path in (lab.folder / "accepted" / "lab").iterdir():
        path.unlink()
    assert decide_again(RunFolder(outcome.folder)).regression == outcome.dossier.regression


# -- refusals ----------------------------------------------------------------------------------------------------------------


def test_without_an_accepted_run_it_says_how_to_get_one(tmp_path: Path) -> None:
    """One line with the command."""
    lab = Lab(tmp_path)
    fill(lab)
    with pytest.raises(InputError, match="holds no accepted run; accept the run that was released with `tuneproof accept RUN`"):
        again(lab)


def _other_answers(folder: Path) -> None:
    text = gzip.decompress((folder / COMPLETIONS).read_bytes()).replace(b'"output":"no"', b'"output":"yes"')
    (folder / COMPLETIONS).write_bytes(gzip.compress(text))


def _half(folder: Path) -> None:
    held = (folder / COMPLETIONS).read_bytes()
    (folder / COMPLETIONS).write_bytes(held[: len(held) // 2])


def _other_level(folder: Path) -> None:
    told = json.loads((folder / MANIFEST).read_text("utf-8"))
    told["levels"][0]["value"] = 0.1
    (folder / MANIFEST).write_text(json.dumps(told), "utf-8")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_other_answers, r"completions.jsonl.gz: the answers are not those that were accepted"),
        (_half, r"completions.jsonl.gz: is damaged"),
        (_other_level, r"manifest.json: was edited: its digest does not fit its content"),
        (lambda folder: (folder / MANIFEST).write_text("x", "utf-8"), "manifest.json: is not the manifest of an accepted run"),
        (lambda folder: (folder / COMPLETIONS).unlink(), "completions.jsonl.gz: no such file"),
    ],
    ids=["answers", "half", "levels", "not JSON", "gone"],
)
def test_an_edited_folder_is_refused(lab: Lab, harm: Callable[[Path], Any], said: str) -> None:
    """What is compared with must be what was accepted."""
    harm(lab.folder / "accepted" / "lab")
    with pytest.raises(InputError, match=said):
        again(lab)


@pytest.mark.slow
def test_how_the_answers_were_compressed_does_not_count(lab: Lab) -> None:
    """Only their text is sealed."""
    file = lab.folder / "accepted" / "lab" / COMPLETIONS
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()), 1))
    assert verdict(again(lab))["decision"] == "GO"


def test_a_run_of_another_experiment_is_refused(lab: Lab) -> None:
    """Its answers are to other questions."""
    lab.settings["name"] = "elsewhere"
    with pytest.raises(InputError, match=r"was accepted for experiment 'lab' .*one of 'elsewhere'.*see --accepted"):
        again(lab, accepted=lab.folder / "accepted" / "lab")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [{"id": str(i), "input": f"question {i}", "expected": "no" if i in (3, 5) else "yes"} for i in range(N)],
            "2 examples .*: 3, 5",
        ),
        ([{"id": str(i), "input": f"question {i}", "expected": "yes"} for i in range(N + 1)], "1 examples .*: 200"),
        (
            [{"id": str(i), "input": f"question {i}", "expected": "yes"} for i in range(N - 9)],
            "9 examples .*: 191, .* and 4 more",
        ),
    ],
    ids=["changed", "added", "removed"],
)
def test_other_examples_are_refused_by_name(lab: Lab, rows: list[dict[str, str]], said: str) -> None:
    """A mark on another question says nothing about a change of the model."""
    lab.write_rows("target.jsonl", rows)
    with pytest.raises(InputError, match=f"{said} .*run the experiment on the new examples, and accept that run"):
        again(lab)


def test_evalsets_that_come_or_go_are_refused(lab: Lab) -> None:
    """Both are named."""
    lab.tables["evalsets"]["other"] = lab.tables["evalsets"].pop("general")
    lab.tables["criteria"].pop()
    with pytest.raises(
        InputError, match=r"'general' was accepted and is not in the experiment[^\n]*\n[^\n]*'other' has no accepted"
    ):
        again(lab)


def test_a_released_system_that_is_gone_is_refused(lab: Lab) -> None:
    """There is nothing to ask again."""
    lab.tables["systems"]["renamed"] = lab.tables["systems"].pop("tuned")
    with pytest.raises(InputError, match=r"unknown system 'tuned' .*put it back, or accept a run without it"):
        again(lab)


# -- what is told ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_changed_grader_marks_both_sides_and_is_told(lab: Lab) -> None:
    """The accepted answers are graded anew, so that a new grader makes no difference by itself."""
    lab.tables["graders"]["label"]["normalize"] = ["strip", "casefold"]
    outcome = again(lab)
    assert verdict(outcome)["decision"] == "GO"
    assert any("grader label is another one" in told for told in verdict(outcome)["cautions"])


@pytest.mark.slow
def test_a_changed_prompt_is_told(lab: Lab) -> None:
    """A change may come from how a system is asked."""
    lab.tables["systems"]["tuned"]["decoding"] = {"temperature": 1}
    assert any("tuned: it is asked otherwise" in told and "decoding" in told for told in verdict(again(lab))["cautions"])


@pytest.mark.slow
def test_a_new_baseline_and_one_that_is_gone_are_told(lab: Lab) -> None:
    """Neither can be compared with itself."""
    lab.tables["systems"]["better"] = lab.tables["systems"].pop("prompted")
    cautions = verdict(again(lab))["cautions"]
    assert any("baseline prompted was accepted and is not in the experiment any more" in told for told in cautions)
    assert any("baseline better is new since the accepted run" in told for told in cautions)


@pytest.mark.slow
def test_a_clock_that_goes_wrong_is_told(lab: Lab) -> None:
    """An accepted run of tomorrow."""
    path = lab.folder / "accepted" / "lab" / MANIFEST
    told = json.loads(path.read_text("utf-8"))
    told.pop("digest")
    path.write_text(json.dumps(sealed({**told, "accepted_at": "2999-01-01T00:00:00+00:00"})), "utf-8")
    outcome = again(lab, since="2020-01-01")
    assert any("this machine's clock says" in held for held in verdict(outcome)["cautions"])


@pytest.mark.slow
def test_a_new_base_model_is_not_a_changed_rule(lab: Lab) -> None:
    """A baseline's model is what a regression run is about; its prompt is registered."""
    register_experiment(assemble(lab.write()))
    lab.tables["systems"]["prompted"]["model"] = "gpt-next"
    told = verdict(again(lab, require_lock=True))
    assert (told["lock"]["status"], told["stamp"]) == ("locked", None)
    assert any("changed since the lock: baselines.prompted.model" in caution for caution in told["cautions"])
    lab.tables["systems"]["prompted"]["decoding"] = {"temperature": 1}
    assert verdict(again(lab))["stamp"] == "EXPLORATORY"
    with pytest.raises(InputError, match=r"differs from its lock: baselines.prompted.decoding"):
        again(lab, require_lock=True)


@pytest.mark.slow
@pytest.mark.parametrize("rules", [{"curtail": True}, {"sequential": "obf5", "futility": True}])
def test_rules_of_early_stopping_do_not_hold_here(lab: Lab, rules: dict[str, Any]) -> None:
    """They were registered for the experiment's own criteria."""
    lab.settings |= rules
    outcome = again(lab)
    document = RunFolder(outcome.folder).read_json("experiment.json")["experiment"]
    assert (verdict(outcome)["decision"], rules.keys() & document.keys()) == ("GO", set())


@pytest.mark.slow
def test_declared_exposures_do_not_split_alpha_here(lab: Lab) -> None:
    """A system that is compared with itself is none of several that were tried; no exposure is counted as one of those."""
    lab.tables["ledger"] = {"exposures": 1}
    for _ in range(2):
        answers(lab, tuned=[*GOOD[:-1], not GOOD[-1]], prompted=[*POOR[:-1], not POOR[-1]])
        outcome = again(lab)
        told = verdict(outcome)
        assert (told["decision"], told["stamp"], told["exposure"]["declared"]) == ("GO", None, None)
        assert outcome.dossier.alpha == 0.05
    assert "holdout" not in (outcome.folder / "report.md").read_text("utf-8")


def test_sealed_runs_are_not_asked_item_by_item(lab: Lab) -> None:
    """Which examples changed is what a seal hides."""
    lab.tables["ledger"] = {"mode": "sealed", "exposures": 2}
    told = "ledger.mode: 'sealed' hides what `regress` shows: the marks that changed, example by example .\"open\".;"
    with pytest.raises(InputError, match=told):
        again(lab)


# -- checkpoints -------------------------------------------------------------------------------------------------------------

N_DEV = 20


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Return a workspace whose candidate was released as the second of three checkpoints, for tests to copy."""
    lab = Lab(tmp_path_factory.mktemp("chosen"))
    lab.evalset("target", N)
    lab.evalset("dev", N_DEV, role="selection")
    lab.system("prompted", "baseline", {"target": POOR, "dev": [False] * N_DEV})
    lab.criterion("superiority", evalset="target", margin=0.05)
    checkpoints(lab, {"a": 8, "b": 16, "c": 12})
    accept(RunFolder(lab.run().folder))
    return lab


@pytest.fixture
def trained(chosen: Lab, tmp_path: Path) -> Lab:
    """Return a workspace whose candidate was released as the second of three checkpoints."""
    return copied(chosen, tmp_path)


def checkpoints(lab: Lab, levels: dict[str, int]) -> None:
    """Write the candidate's checkpoints, with so many of the selection evalset right; on the target they are alike."""
    marks = [(model, "target", place, mark) for model in levels for place, mark in enumerate(GOOD)]
    marks += [(model, "dev", place, place < right) for model, right in levels.items() for place in range(N_DEV)]
    rows = [{"system": s, "evalset": e, "id": str(i), "output": "yes" if mark else "no"} for s, e, i, mark in marks]
    lab.write_rows("tuned.out.jsonl", rows)
    lab.table("providers", "tuned-recorded", kind="replay", path="tuned.out.jsonl")
    lab.table("systems", "tuned", role="candidate", provider="tuned-recorded", checkpoints=list(levels))


def test_the_released_checkpoint_is_asked_and_none_is_chosen_again(trained: Lab) -> None:
    """Another one is the best on the selection evalset by now, and nobody looks."""
    checkpoints(trained, {"a": 8, "b": 4, "c": 20})
    folder = RunFolder(again(trained).folder)
    told, document = folder.read_json("manifest.json"), folder.read_json("experiment.json")
    assert (folder.read_json("verdict.json")["decision"], told["systems"]["tuned"]["model"]) == ("GO", "b")
    assert ("checkpoints" in document["systems"]["tuned"], list(document["evalsets"])) == (False, ["target"])
    assert grade_again(folder).regression is not None


@pytest.mark.slow
def test_a_checkpoint_that_was_a_candidate_of_its_own_is_asked_alone(trained: Lab) -> None:
    """Without a selection evalset each is one; those that were not released are left out."""
    del trained.tables["evalsets"]["dev"]
    accept(RunFolder(trained.run().folder), system="tuned@3", anyway=True)
    told = RunFolder(again(trained).folder).read_json("manifest.json")
    assert {name: held["model"] for name, held in told["systems"].items() if name in ("tuned@1", "tuned@2", "tuned@3")} == {
        "tuned@3": "c"
    }


@pytest.mark.parametrize("selects", [True, False])
def test_a_folder_of_adapters_is_served_with_the_released_one(trained: Lab, selects: bool) -> None:
    """Its files become models of the provider, which the table does not name; nobody is asked here."""
    (trained.folder / "run").mkdir()
    for name in ("triage@1", "triage@2"):
        shutil.copy(small_adapters()["triage-replay@1"], trained.folder / "run" / f"{name}.gguf")
    trained.table("providers", "local", kind="llama_cpp")
    trained.table("systems", "tuned", role="candidate", provider="local", checkpoints={"folder": "run"})
    if not selects:
        del trained.tables["evalsets"]["dev"]
    name = "tuned" if selects else "tuned@2"
    accepted = {"released": name, "systems": {name: {"role": "candidate", "model": "triage@2", "repeats": 1}}}
    found = comparison(assemble(trained.write()), accepted, "accepted/lab/completions.jsonl.gz")
    asked = next(system for system in found.bench.experiment.systems if system.name == name)
    provider = found.bench.providers["local"]
    assert isinstance(provider, LlamaCpp)
    assert (asked.model, asked.checkpoints, {"triage@1", "triage@2"} <= set(provider.models)) == ("triage@2", None, True)
    assert provider.system_problems("here", asked) == []


def test_a_released_adapter_that_is_gone_is_refused(trained: Lab) -> None:
    """By its name, with the others that are there."""
    (trained.folder / "run").mkdir()
    shutil.copy(small_adapters()["triage-replay@1"], trained.folder / "run" / "triage@1.gguf")
    trained.table("providers", "local", kind="llama_cpp")
    trained.table("systems", "tuned", role="candidate", provider="local", checkpoints={"folder": "run"})
    told = r"systems.tuned.checkpoints.folder: 'b', which was accepted, is not there any more .*it among triage@1.; put it back"
    with pytest.raises(InputError, match=told):
        again(trained)


# -- history -----------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_history_is_one_line_a_system(lab: Lab) -> None:
    """The accepted run, each regression run, and this one; ordinary runs are no part of it."""
    again(lab)
    lab.run()
    answers(lab, tuned=WORSE)
    outcome = again(lab)
    assert outcome.dossier.regression is not None
    held = next(one for one in outcome.dossier.regression.history if (one.system, one.evalset) == ("tuned", "target"))
    assert [(point.is_accepted, point.decision, point.value) for point in held.points] == [
        (True, "GO", 0.9),
        (False, "GO", 0.9),
        (False, "NO-GO", 0.75),
    ]
    assert {one.system for one in outcome.dossier.regression.history} == {"prompted", "tuned"}


@pytest.mark.slow
def test_since_reaches_behind_the_accepted_run(lab: Lab) -> None:
    """By a date, or by a run; the default begins with what is accepted now."""
    first = again(lab)
    before = first.dossier.regression.accepted_run if first.dossier.regression else ""
    accept(RunFolder(first.folder))
    run_id = first.dossier.run_id
    points = [points_of(again(lab, since=since)) for since in (None, "2020-01-01", run_id)]
    assert points[0][0] == (run_id, True)
    assert points[1][:2] == [(before, True), (run_id, False)]
    assert (run_id, False) in points[2]


def points_of(outcome: Outcome) -> list[tuple[str, bool]]:
    """Return (run, whether it is an accepted one) of the first system's history."""
    assert outcome.dossier.regression is not None
    return [(point.run_id, point.is_accepted) for point in outcome.dossier.regression.history[0].points]


def test_since_must_be_a_date_or_a_run(lab: Lab) -> None:
    """Said before anything is asked."""
    with pytest.raises(InputError, match=r"--since: unknown run 'yesterday'.* .a date such as 2026-11-28, or a run"):
        again(lab, since="yesterday")
