"""Runs that choose among checkpoints: by the registered rules on the selection evalset; the holdout is opened once."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.servers.hostile import Ask, Hostile, Say, answer
from tests.servers.training import JOB, MODEL, Moment, Training, named
from tuneproof.core.errors import BudgetSpent, InputError, RunStopped
from tuneproof.pipeline.again import decide_again, grade_again, look_again
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.checkpoint_trials import open_trial
from tuneproof.pipeline.forecast import forecast
from tuneproof.pipeline.registration import register_experiment
from tuneproof.pipeline.selection_files import Selection, curve_json, curve_of, selected_of
from tuneproof.store.run_folder import RunFolder

N_DEV, N = 40, 60


def right(share: float, n: int) -> list[bool]:
    """Return marks of which the first `share` are right."""
    return [place < round(share * n) for place in range(n)]


def trained(lab: Lab, name: str, levels: Sequence[float], target: float = 0.9, **more: Any) -> None:
    """Write a candidate whose checkpoints have these levels on dev; on the target all have the same one."""
    rows = [
        {"system": f"{name}-{number}", "evalset": evalset, "id": str(i), "output": "yes" if mark else "no"}
        for number, share in enumerate(levels, 1)
        for evalset, marks in (("dev", right(share, N_DEV)), ("target", right(target, N)))
        for i, mark in enumerate(marks)
    ]
    lab.write_rows(f"{name}.out.jsonl", rows)
    lab.table("providers", f"{name}-recorded", kind="replay", path=f"{name}.out.jsonl")
    models = [f"{name}-{number}" for number in range(1, len(levels) + 1)]
    lab.table("systems", name, role="candidate", provider=f"{name}-recorded", **({"checkpoints": models} | more))


@pytest.fixture
def school(lab: Lab) -> Lab:
    """Return a workspace with a selection evalset, a holdout and a baseline at 0.4 on both."""
    lab.evalset("target", N)
    lab.evalset("dev", N_DEV, role="selection")
    lab.system("prompted", "baseline", {"target": right(0.4, N), "dev": right(0.4, N_DEV)})
    lab.criterion("superiority", evalset="target", margin=0.05)
    return lab


def rule(lab: Lab, at: int = 2, below: float = 0.5, **more: Any) -> None:
    """Register a rule about a checkpoint."""
    lab.criterion("checkpoint", evalset="dev", below=below, at=at, **more)


def told(lab: Lab, **options: Any) -> tuple[dict[str, Any], dict[str, Any], Path]:
    """Run, and return verdict.json, the manifest and the run folder."""
    folder = lab.run(**options).folder
    read = {name: json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("verdict", "manifest")}
    return read["verdict"], read["manifest"], folder


def statuses(verdict: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return candidate to criterion to status."""
    return {
        held["candidate"]: {finding["criterion"]: finding["status"] for finding in held["findings"]}
        for held in verdict["verdicts"]
    }


# -- choosing ----------------------------------------------------------------------------------------------------------------


def test_the_best_level_is_chosen_and_the_earlier_of_equals(school: Lab) -> None:
    """The holdout is opened for the one that is best on dev; of two equal ones the earlier was cheaper to train."""
    trained(school, "tuned", [0.5, 0.8, 0.8, 0.7])
    verdict, manifest, folder = told(school)
    assert manifest["selection"]["candidates"] == {"tuned": {"model": "tuned-2", "checkpoint": 2, "ended": None}}
    assert (manifest["systems"]["tuned"]["model"], verdict["decision"]) == ("tuned-2", "GO")
    curve = selected_of(RunFolder(folder)).curves[0]
    assert [point.estimate.value for point in curve.points] == [0.5, 0.8, 0.8, 0.7]
    assert curve.sentence == (
        "checkpoint 2 of tuned was chosen: 0.800 on dev, the best of 4; the holdout was opened for it alone"
    )


def test_the_holdout_holds_nothing_of_the_choice(school: Lab) -> None:
    """Answers on dev stand in files of their own, no estimate of the verdict rests on them, and one candidate is judged."""
    trained(school, "tuned", [0.5, 0.8])
    verdict, _, folder = told(school)
    run = RunFolder(folder)
    assert {row["evalset"] for row in run.rows("completions.jsonl")} == {"target"}
    asked = Counter((row["system"], row["evalset"]) for row in run.rows("selection-completions.jsonl"))
    assert asked == {(name, "dev"): N_DEV for name in ("prompted", "tuned@1", "tuned@2")}
    assert Counter(row["system"] for row in run.rows("selection-scores.jsonl")) == dict.fromkeys(
        ("prompted", "tuned@1", "tuned@2"), N_DEV
    )
    assert [held["candidate"] for held in verdict["verdicts"]] == ["tuned"]


def test_missing_answers_count_as_wrong_for_the_choice(school: Lab) -> None:
    """A checkpoint that loses its hard answers is not the better one, and the reader is told."""
    trained(school, "tuned", [0.7, 0.6])
    rows = [json.loads(line) for line in (school.folder / "tuned.out.jsonl").read_text().splitlines()]
    lost = [row for row in rows if not (row["system"] == "tuned-2" and row["evalset"] == "dev" and int(row["id"]) >= 26)]
    school.write_rows("tuned.out.jsonl", lost)
    verdict, manifest, _ = told(school)
    assert manifest["selection"]["candidates"]["tuned"]["checkpoint"] == 1
    assert "14 answers of checkpoints lack a score; they counted as wrong when a checkpoint was chosen" in verdict["cautions"]


def test_without_any_answer_nothing_is_chosen(school: Lab) -> None:
    """Unknown levels are no levels: the run stops instead of taking the first."""
    trained(school, "tuned", [0.5, 0.5])
    rows = [json.loads(line) for line in (school.folder / "tuned.out.jsonl").read_text().splitlines()]
    school.write_rows("tuned.out.jsonl", [row for row in rows if row["evalset"] != "dev"])
    with pytest.raises(RunStopped, match="no answer of any checkpoint of 'tuned' on 'dev' has a score"):
        school.run()


def test_later_steps_read_the_choice_again(school: Lab) -> None:
    """`grade`, `decide` and `report` show the same curves and come to the same verdict, without asking or choosing again."""
    rule(school)
    trained(school, "tuned", [0.5, 0.8])
    trained(school, "weak", [0.1, 0.1, 0.9])
    outcome = school.run()
    folder = RunFolder(outcome.folder)
    assert outcome.dossier.judgement is not None
    for step in (grade_again, decide_again, look_again):
        dossier = step(folder)
        assert dossier.judgement is not None
        assert dossier.judgement.to_json() == outcome.dossier.judgement.to_json()
        assert dossier.curves == outcome.dossier.curves != ()


def test_selection_json_gives_back_what_was_written(school: Lab) -> None:
    """Curves and estimates survive the file in full."""
    rule(school)
    trained(school, "tuned", [0.5, 0.8])
    kept = selected_of(RunFolder(school.run().folder))
    assert Selection.of_json(json.loads(json.dumps(kept.to_json()))) == kept
    assert [curve_of(json.loads(json.dumps(curve_json(curve)))) for curve in kept.curves] == list(kept.curves)


def test_a_damaged_selection_file_is_named(school: Lab) -> None:
    """An edited file is one line, not a traceback."""
    trained(school, "tuned", [0.5, 0.8])
    folder = school.run().folder
    (folder / "selection.json").write_text('{"curves": 3}', "utf-8")
    with pytest.raises(InputError, match=r"selection\.json: is not what a run wrote"):
        decide_again(RunFolder(folder))


def test_only_and_limit(school: Lab) -> None:
    """A run of the baselines asks no checkpoint; a run on 5 examples chooses on 5."""
    trained(school, "tuned", [0.5, 0.8])
    assert not (school.run(only="baseline").folder / "selection.json").exists()
    _, manifest, folder = told(school, limit=5)
    assert sum(1 for _ in RunFolder(folder).rows("selection-completions.jsonl")) == 15
    assert manifest["selection"]["candidates"]["tuned"]["checkpoint"] == 1


def test_the_choice_changes_no_lock(school: Lab) -> None:
    """What is registered before the training holds whichever checkpoint is taken."""
    rule(school)
    trained(school, "tuned", [0.5, 0.8])
    register_experiment(assemble(school.write()))
    verdict, _, _ = told(school, require_lock=True)
    assert verdict["lock"]["status"] == "locked"


# -- rules -------------------------------------------------------------------------------------------------------------------


def test_a_rule_ends_a_candidate_before_the_holdout(school: Lab) -> None:
    """What is shown to be below the bar at checkpoint 2 is NO-GO; checkpoint 3 and the holdout are not asked."""
    rule(school)
    trained(school, "tuned", [0.5, 0.8])
    trained(school, "weak", [0.1, 0.1, 0.9])
    verdict, manifest, folder = told(school)
    assert {held["candidate"]: held["decision"] for held in verdict["verdicts"]} == {"tuned": "GO", "weak": "NO-GO"}
    assert statuses(verdict)["weak"] == {"checkpoint": "breached", "superiority": "undecided"}
    assert manifest["stopped"] == ["weak"]
    assert "tuned@2" in manifest["selection"]["usage"]
    assert "weak@3" not in manifest["selection"]["usage"]
    weak = next(curve for curve in selected_of(RunFolder(folder)).curves if curve.candidate == "weak")
    assert weak.sentence == "weak ended at checkpoint 2 by 'checkpoint'; not asked: 1 later checkpoint and the holdout"
    assert (weak.chosen, weak.bar, [point.advice for point in weak.points]) == (None, 0.5, [None, "ABORT"])


def test_with_the_last_candidate_the_run_ends(school: Lab) -> None:
    """Nobody is left to compare the baseline with, so that it is not asked about the holdout either."""
    rule(school)
    trained(school, "weak", [0.1, 0.1])
    verdict, manifest, folder = told(school)
    assert (verdict["decision"], manifest["stopped"]) == ("NO-GO", ["weak", "prompted"])
    assert {row["outcome"] for row in RunFolder(folder).rows("scores.jsonl")} == {"no_completion"}


@pytest.mark.parametrize(
    ("level", "settings", "status", "decision"),
    [
        (0.8, {}, "met", "GO"),
        (0.5, {}, "undecided", "GO"),
        (0.5, {"unclear": "abort"}, "breached", "NO-GO"),
        (0.45, {"rule": "point"}, "breached", "NO-GO"),
        (0.5, {"rule": "point"}, "met", "GO"),
        (0.1, {}, "breached", "NO-GO"),
        (0.1, {"on_failure": "report"}, "breached", "GO"),
    ],
)
def test_what_a_rule_says(school: Lab, level: float, settings: dict[str, Any], status: str, decision: str) -> None:
    """Only a breach that decides ends a candidate; all else leaves the verdict to the holdout."""
    rule(school, at=1, **settings)
    trained(school, "tuned", [level, 0.6])
    verdict, _, _ = told(school)
    assert (statuses(verdict)["tuned"]["checkpoint"], verdict["decision"]) == (status, decision)


def test_a_checkpoint_that_is_not_there_is_no_silent_pass(school: Lab) -> None:
    """A rule about checkpoint 5 of two, or about a candidate without any, is undecided, and the verdict says why."""
    rule(school, at=5, unclear="abort")
    trained(school, "tuned", [0.5, 0.8])
    school.system("finished", "candidate", {"target": right(0.9, N)})
    known = [caution.text for caution in forecast(school.write()).cautions]
    assert "'checkpoint' reads checkpoint 5, and tuned lists 2: it will not be applied" in known
    verdict, _, _ = told(school)
    assert [held["checkpoint"] for held in statuses(verdict).values()] == ["undecided", "undecided"]
    assert "'checkpoint' was not applied: tuned has no checkpoint 5 (there are 1, 2)" in verdict["cautions"]
    assert "'checkpoint' was not applied: finished has no checkpoints" in verdict["cautions"]
    assert verdict["decision"] == "GO"


def test_a_rule_without_any_checkpoints_is_told_too(school: Lab) -> None:
    """Where no candidate has checkpoints nothing is asked on dev, and later steps know it."""
    rule(school)
    school.system("finished", "candidate", {"target": right(0.9, N)})
    verdict, _, folder = told(school)
    assert statuses(verdict)["finished"]["checkpoint"] == "undecided"
    assert decide_again(RunFolder(folder)).judgement.to_json() == verdict  # type: ignore[union-attr]


def test_a_second_selection_evalset_that_no_rule_names_is_told(school: Lab) -> None:
    """It was not used, which the reader should know."""
    school.evalset("more", 10, role="selection")
    trained(school, "tuned", [0.5, 0.8])
    verdict, _, _ = told(school)
    assert "evalset more is for choosing a checkpoint, and was not used: no rule names it" in verdict["cautions"]


# -- bad input ---------------------------------------------------------------------------------------------------------------


def wrong(lab: Lab) -> str:
    """Return what is wrong with an experiment."""
    with pytest.raises(InputError) as caught:
        assemble(lab.write())
    return str(caught.value)


def test_a_name_that_is_also_a_checkpoints_is_refused(school: Lab) -> None:
    """`tuned@2` cannot be two things."""
    trained(school, "tuned", [0.5, 0.8])
    school.system("tuned@2", "candidate", {"target": right(0.9, N)})
    assert "'tuned@2' is also what a checkpoint of 'tuned' is called" in wrong(school)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"folder": "adapters"}, "systems.tuned.checkpoints.folder: provider 'tuned-recorded' (replay) serves no folder"),
        ({"job": "ftjob-1"}, "systems.tuned.checkpoints.job: provider 'tuned-recorded' (replay) knows no fine-tuning jobs"),
    ],
)
def test_a_provider_that_has_no_such_thing_is_named(school: Lab, source: dict[str, str], said: str) -> None:
    """Recorded outputs come from neither."""
    trained(school, "tuned", [0.5], checkpoints=source)
    assert said in wrong(school)


def test_a_job_needs_a_selection_evalset(school: Lab) -> None:
    """How many candidates a job has nobody knows beforehand, so that no family can be registered."""
    del school.tables["evalsets"]["dev"]
    school.table("providers", "api", kind="openai_chat", base_url="http://127.0.0.1:9/v1")
    school.table("systems", "tuned", role="candidate", provider="api", checkpoints={"job": JOB}, prompt={"user": "{{ input }}"})
    assert "systems.tuned.checkpoints.job: a job's checkpoints need an evalset to choose one on" in wrong(school)


def test_several_graders_need_a_choice(school: Lab) -> None:
    """Which of two marks a checkpoint is chosen by is the user's to say: a rule may name it."""
    school.table("graders", "loose", kind="contains")
    school.tables["evalsets"]["dev"]["graders"] = ["label", "loose"]
    trained(school, "tuned", [0.5, 0.8])
    assert "evalset 'dev' has several graders, and none is named to choose a checkpoint by" in wrong(school)
    rule(school, grader="loose")
    assert selected_of(RunFolder(school.run().folder)).curves[0].grader == "loose"


def test_a_trial_never_opens_the_holdout(school: Lab) -> None:
    """An evalset that is no selection evalset is a fault, not a question."""
    rule(school)
    trained(school, "tuned", [0.5, 0.8])
    bench = assemble(school.write())
    opened = replace(bench, whole={name: replace(held, role="target") for name, held in bench.whole.items()})
    opened = replace(opened, requirements=())
    assert open_trial(opened, {}, bench.providers, ["prompted"]).bench.evalsets == {}
    assert list(open_trial(bench, {}, bench.providers, ["prompted"]).bench.evalsets) == ["dev"]


# -- without a selection evalset ---------------------------------------------------------------------------------------------


def test_without_a_selection_evalset_every_checkpoint_is_a_candidate(school: Lab) -> None:
    """Best of three on the holdout is corrected as three candidates are, and the run's own copy says the same."""
    del school.tables["evalsets"]["dev"]
    trained(school, "tuned", [0.5, 0.5, 0.5])
    outcome = school.run()
    assert outcome.dossier.judgement is not None
    verdicts = outcome.dossier.judgement.verdicts
    assert [held.candidate for held in verdicts] == ["tuned@1", "tuned@2", "tuned@3"]
    first = verdicts[0].findings[0]
    assert first.p_adjusted == pytest.approx(3 * (first.p_value or 0.0))
    assert decide_again(RunFolder(outcome.folder)).judgement == outcome.dossier.judgement
    assert not (outcome.folder / "selection.json").exists()


def test_candidates_keep_their_place_in_the_file(school: Lab) -> None:
    """Order decides ties, so that what stands for a candidate stands where it stood."""
    del school.tables["evalsets"]["dev"]
    trained(school, "tuned", [0.5, 0.5])
    school.system("last", "candidate", {"target": right(0.9, N)})
    bench = assemble(school.write())
    assert [system.name for system in bench.experiment.systems] == ["prompted", "tuned@1", "tuned@2", "last"]
    tables = bench.experiment.document["systems"]
    assert list(tables) == ["prompted", "tuned@1", "tuned@2", "last"]
    assert (tables["tuned@2"]["model"], "checkpoints" in tables["tuned@2"]) == ("tuned-2", False)


# -- servers -----------------------------------------------------------------------------------------------------------------


def teach(ask: Ask) -> Say:
    """Answer right as often as the model's name says in per cent; `early-10` is right in one of ten."""
    share = int(ask.model.split("-")[-1])
    return answer("yes" if int(ask.prompt.split()[-1]) * 37 % 100 < share else "no", model=ask.model)


@pytest.fixture
def server() -> Iterator[Hostile]:
    """Return a server of models that are known by their level."""
    with Hostile(teach) as held:
        yield held


@pytest.fixture
def remote(lab: Lab, server: Hostile) -> Lab:
    """Return a workspace with two candidates with checkpoints on that server."""
    rows = [{"id": str(i), "input": f"dev question {i}", "expected": "yes"} for i in range(N_DEV)]
    lab.evalset("target", N)
    lab.evalset("dev", N_DEV, role="selection")
    lab.write_rows("dev.jsonl", rows)
    lab.table("providers", "local", kind="openai_chat", base_url=server.base_url, max_concurrency=8, max_retries=0)
    ask = {"provider": "local", "prompt": {"user": "{{ input }}"}}
    lab.table("systems", "prompted", role="baseline", model="base-40", **ask)
    lab.table("systems", "tuned", role="candidate", checkpoints=["a-50", "a-90"], **ask)
    lab.table("systems", "weak", role="candidate", checkpoints=["b-10", "b-11", "b-99"], **ask)
    lab.criterion("superiority", evalset="target", margin=0.05)
    rule(lab)
    return lab


def asked(server: Hostile) -> Counter[tuple[str, str]]:
    """Return how often each model was asked on each evalset."""
    return Counter((ask.model, "dev" if ask.prompt.startswith("dev") else "target") for ask in server.asks)


def test_nothing_is_asked_that_was_not_chosen(remote: Lab, server: Hostile) -> None:
    """Every checkpoint up to the rule on dev; on the holdout the baseline and the chosen one alone."""
    verdict, manifest, _ = told(remote)
    dev = {(model, "dev"): N_DEV for model in ("base-40", "a-50", "a-90", "b-10", "b-11")}
    assert asked(server) == {**dev, ("base-40", "target"): N, ("a-90", "target"): N}
    assert statuses(verdict)["weak"]["checkpoint"] == "breached"
    assert manifest["attempts_in_this_run"] == 5 * N_DEV + 2 * N
    assert manifest["selection"]["attempts"] == 5 * N_DEV


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("calls", [10, 3 * N_DEV, 5 * N_DEV + 20])
def test_a_run_that_was_stopped_pays_nothing_twice(remote: Lab, server: Hostile, calls: int, fresh: bool) -> None:
    """Stopped among the baselines, among the checkpoints or on the holdout, the same command goes on from there."""
    with pytest.raises(BudgetSpent):
        remote.run(max_calls=calls, fresh=fresh)
    remote.run(fresh=fresh)
    assert (len(server.asks), server.asked_twice) == (5 * N_DEV + 2 * N, 0)


@pytest.mark.parametrize("early", [{"curtail": True}, {"sequential": "obf5"}])
def test_runs_that_may_end_early_choose_first(remote: Lab, early: dict[str, Any]) -> None:
    """Rules of early stopping are about the holdout; a checkpoint's rule has been read before, and the verdict is the same."""
    before = statuses(remote.verdict())
    remote.settings |= early
    assert statuses(remote.verdict()) == before


def test_a_checkpoint_that_the_server_does_not_have_stops_the_run(remote: Lab, server: Hostile) -> None:
    """A first request without an answer is no missing answer, and nothing is asked of the holdout."""
    server.script = lambda ask: Say(body=b"<html>") if ask.model == "a-90" else teach(ask)
    with pytest.raises(RunStopped, match="no answer to the first request of system 'tuned@2'"):
        remote.run()
    assert all(evalset == "dev" for _, evalset in asked(server))


def job_lab(lab: Lab, training: Training) -> Lab:
    """Return a workspace whose candidate is a fine-tuning job."""
    lab.evalset("target", 30)
    lab.evalset("dev", 20, role="selection")
    lab.table("providers", "api", kind="openai_chat", base_url=training.base_url, api_key_env="NO_SUCH_KEY", max_retries=0)
    ask = {"provider": "api", "prompt": {"user": "{{ input }}"}}
    lab.table("systems", "prompted", role="baseline", model="base", **ask)
    lab.table("systems", "tuned", role="candidate", checkpoints={"job": JOB}, **ask)
    lab.criterion("superiority", evalset="target", margin=0.0)
    return lab


def test_a_job_that_is_over_brings_its_checkpoints(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best of the job's checkpoints answers for the candidate."""
    monkeypatch.setenv("NO_SUCH_KEY", "k")
    over = Moment(status="succeeded", steps=(10, 20, 30), model=MODEL)
    with Training(over, answer=lambda model, question: "yes" if model == named(20) else "no") as training:
        verdict, manifest, _ = told(job_lab(lab, training))
    assert manifest["selection"]["candidates"]["tuned"] == {"model": named(20), "checkpoint": 2, "ended": None}
    assert verdict["decision"] == "GO"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (Moment(status="running", steps=(10,)), "is not over yet (running); follow it with `tuneproof watch`"),
        (Moment(status="failed", error={"code": "x", "message": "bad file"}), "ended without a model (failed): x: bad file"),
        (Moment(status="cancelled"), "ended without a model (cancelled)"),
    ],
)
def test_a_job_that_brings_no_model_stops_the_run(lab: Lab, monkeypatch: pytest.MonkeyPatch, moment: Moment, said: str) -> None:
    """One line says how the job stands; nothing is asked."""
    monkeypatch.setenv("NO_SUCH_KEY", "k")
    with Training(moment) as training, pytest.raises(RunStopped) as caught:
        job_lab(lab, training).run()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert all("chat" not in path for _, path in training.asked)
