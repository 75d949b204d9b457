"""Watches: each checkpoint on the selection evalset as it appears, and what to do about the training. Never the holdout."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import Lab
from tests.servers.training import JOB, MODEL, Moment, Training, named
from tuneproof.core.errors import BudgetSpent, InputError, RunStopped
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.collecting import unseen
from tuneproof.pipeline.registration import register_experiment
from tuneproof.pipeline.watching import Sight, Watched, Watching, watch

N_DEV = 20
QUEUED, RUNNING = Moment(status="queued"), Moment(status="running")


@dataclass
class Class:
    """A workspace whose models are known by their level in per cent, and all that a watch told."""

    lab: Lab
    """The workspace."""
    training: Training
    """The server."""
    told: list[Sight] = field(default_factory=list)
    """What was told, in order."""

    def watch(self, **asked: Any) -> Watched:
        """Watch."""
        return watch(self.lab.write(), Watching(**({"every_s": 0.0} | asked)), unseen, self.told.append)

    @property
    def questions(self) -> int:
        """Questions that were asked of any model."""
        return sum(path == "/chat/completions" for _, path in self.training.asked)

    @property
    def points(self) -> list[int]:
        """Numbers of the checkpoints in the order in which they were told."""
        return [point.checkpoint.number for sight in self.told for point in sight.new]

    @property
    def notes(self) -> list[str]:
        """What was waited for."""
        return [sight.note for sight in self.told if sight.note]


LEVELS = {"base": 40, "low": 10, "half": 50, "high": 90, named(10): 30, named(20): 90, named(30): 95, MODEL: 95}
"""Model to its level in per cent."""


def teach(model: str, question: str) -> str:
    """Answer right as often as the model's level says; nobody may ask about the holdout."""
    assert question.startswith("dev"), question
    return "yes" if int(question.split()[-1]) * 5 % 100 < LEVELS[model] else "no"


@pytest.fixture
def school(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Class]:
    """Return a workspace with a selection evalset, a holdout, a baseline and one candidate of three checkpoints."""
    monkeypatch.setenv("SCHOOL_KEY", "k")
    with Training(answer=teach) as training:
        lab.evalset("target", 30)
        lab.evalset("dev", N_DEV, role="selection")
        rows = [{"id": str(i), "input": f"dev question {i}", "expected": "yes"} for i in range(N_DEV)]
        lab.write_rows("dev.jsonl", rows)
        lab.table("providers", "api", kind="openai_chat", base_url=training.base_url, api_key_env="SCHOOL_KEY", max_retries=0)
        lab.table("systems", "prompted", role="baseline", provider="api", model="base", prompt={"user": "{{ input }}"})
        held = Class(lab, training)
        learns(held, ["low", "half", "high"])
        yield held


def learns(school: Class, source: Any, name: str = "tuned") -> None:
    """Let a candidate's checkpoints come from a list or a job."""
    school.lab.table("systems", name, role="candidate", provider="api", checkpoints=source, prompt={"user": "{{ input }}"})


def rule(school: Class, at: int = 2, below: float = 0.5, **more: Any) -> None:
    """Register a rule about a checkpoint."""
    school.lab.criterion("checkpoint", evalset="dev", below=below, at=at, **more)


# -- what it says ------------------------------------------------------------------------------------------------------------


def test_a_list_is_evaluated_from_end_to_end(school: Class) -> None:
    """A plain list is a training that is over: every checkpoint and the baseline, each question once."""
    rule(school, at=3)
    watched = school.watch()
    assert (watched.advice, watched.exit_code, school.points) == ("CONTINUE", 0, [1, 2, 3])
    assert [point.estimate.value for point in watched.curves[0].points] == [0.1, 0.5, 0.9]
    assert watched.curves[0].baselines["prompted"].value == 0.4
    assert school.questions == 4 * N_DEV
    assert watched.sentence.endswith("shown to be at least 0.5")


def test_an_abort_ends_at_once(school: Class) -> None:
    """What comes after the checkpoint that is shown to be below the bar is not asked."""
    rule(school, at=1)
    watched = school.watch()
    assert (watched.advice, watched.exit_code, school.points) == ("ABORT", 1, [1])
    assert school.questions == 2 * N_DEV
    assert "scores 0.100 on dev (90 % interval 0.018 to 0.283, n = 20), shown to be below 0.5" in watched.sentence


@pytest.mark.parametrize(
    ("settings", "advice", "code", "points"),
    [
        ({"unclear": "continue"}, "UNCLEAR", 2, [1, 2, 3]),
        ({"unclear": "abort"}, "ABORT", 1, [1, 2]),
        ({"rule": "point"}, "CONTINUE", 0, [1, 2, 3]),
        ({"rule": "point", "below": 0.51}, "ABORT", 1, [1, 2]),
        ({"below": 0.9, "on_failure": "report"}, None, 0, [1, 2, 3]),
        ({"at": 7}, "UNCLEAR", 2, [1, 2, 3]),
    ],
)
def test_what_unclear_means_is_registered(
    school: Class, settings: dict[str, Any], advice: str | None, code: int, points: list[int]
) -> None:
    """At 0.5 and a bar of 0.5 nothing is shown; a rule that only informs ends nothing; one never read is no pass."""
    rule(school, **settings)
    watched = school.watch()
    assert (watched.advice, watched.exit_code, school.points) == (advice, code, points)


def test_a_rule_that_was_never_read_is_told(school: Class) -> None:
    """The training ended before the checkpoint that the rule names."""
    rule(school, at=7, name="early stop")
    assert school.watch().sentence == "'early stop' was not read: checkpoint 7 is not there"


def test_without_a_rule_it_only_draws(school: Class) -> None:
    """Nothing says what to make of the curve, and that is said."""
    watched = school.watch()
    assert (watched.advice, watched.exit_code) == (None, 0)
    assert "no `checkpoint` criterion says what to make of them" in watched.sentence


def test_two_rules_on_two_evalsets_have_a_curve_each(school: Class) -> None:
    """A checkpoint is asked on every selection evalset that a rule names."""
    school.lab.evalset("more", 10, role="selection")
    school.lab.write_rows("more.jsonl", [{"id": str(i), "input": f"dev more {i}", "expected": "yes"} for i in range(10)])
    rule(school, at=3)
    school.lab.criterion("checkpoint", name="other", evalset="more", below=0.2, at=3)
    watched = school.watch()
    assert [(curve.evalset, curve.bar) for curve in watched.curves] == [("dev", 0.5), ("more", 0.2)]
    assert [len(sight.new) for sight in school.told if sight.new] == [2, 2, 2]


# -- a job -------------------------------------------------------------------------------------------------------------------


def plays(school: Class, *moments: Moment) -> None:
    """Let the candidate be a job that goes on each time it is asked for."""
    learns(school, {"job": JOB})
    school.training.moments = list(moments)


def test_a_job_is_followed_to_its_end(school: Class) -> None:
    """Each checkpoint is evaluated when it is first seen, in the order of training, and asked once."""
    rule(school)
    seen = [Moment(status="running", steps=steps) for steps in ((), (10,), (10,), (10, 20))]
    plays(school, QUEUED, *seen, Moment(status="succeeded", steps=(10, 20, 30), model=MODEL))
    watched = school.watch()
    assert (watched.advice, school.points) == ("CONTINUE", [1, 2, 3])
    assert [point.checkpoint.model for point in watched.curves[0].points] == [named(10), named(20), MODEL]
    assert school.questions == 4 * N_DEV
    assert school.notes[0] == f"waiting: job {JOB} is queued"


def test_an_abort_cancels_the_job(school: Class) -> None:
    """`--cancel` calls the API once, and says what came of it."""
    rule(school, below=0.6, at=1)
    plays(school, QUEUED, Moment(status="running", steps=(10,)), RUNNING)
    watched = school.watch(cancel=True)
    assert (watched.advice, watched.cancelled) == ("ABORT", f"job {JOB} was cancelled")
    assert school.training.asked.count(("POST", f"/fine_tuning/jobs/{JOB}/cancel")) == 1


def test_without_cancel_the_job_is_left_alone(school: Class) -> None:
    """An ABORT is advice; nobody asked to act on it."""
    rule(school, below=0.6, at=1)
    plays(school, Moment(status="running", steps=(10,)))
    assert school.watch().cancelled is None
    assert all("cancel" not in path for _, path in school.training.asked)


def test_a_job_that_is_over_is_not_cancelled(school: Class) -> None:
    """There is nothing left to stop."""
    rule(school, below=0.6, at=1)
    plays(school, Moment(status="succeeded", steps=(10, 20), model=MODEL))
    assert school.watch(cancel=True).cancelled == f"job {JOB} was over already: there was nothing to cancel"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (Moment(status="failed", steps=(10,), error={"message": "bad file"}), "ended without a model (failed): bad file"),
        (Moment(status="cancelled", steps=(10,)), "ended without a model (cancelled)"),
    ],
)
def test_a_job_that_fails_is_one_line(school: Class, moment: Moment, said: str) -> None:
    """Whatever came before, a training without a model is a run that cannot be finished."""
    rule(school)
    plays(school, Moment(status="running", steps=(10,)), moment)
    with pytest.raises(RunStopped) as caught:
        school.watch()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_job_that_nobody_knows_costs_nothing(school: Class) -> None:
    """The job is asked for before the baselines are."""
    learns(school, {"job": "ftjob-none"})
    with pytest.raises(RunStopped, match="ftjob-none"):
        school.watch()
    assert school.questions == 0


@pytest.mark.parametrize("asked", [{"once": True}, {"timeout_s": 0.0}])
def test_one_look(school: Class, asked: dict[str, Any]) -> None:
    """`--once` and a time that is up end with what is there; a rule that was not read yet is no CONTINUE."""
    rule(school)
    plays(school, Moment(status="running", steps=(10,)))
    watched = school.watch(**asked)
    assert (watched.advice, school.points) == ("UNCLEAR", [1])
    assert any(caution.startswith(f"not evaluated: job {JOB} is running") for caution in watched.cautions)


# -- paying ------------------------------------------------------------------------------------------------------------------


def test_a_watch_that_was_stopped_pays_nothing_twice(school: Class) -> None:
    """The same command goes on; a third one asks nothing at all."""
    rule(school, at=3)
    with pytest.raises(BudgetSpent):
        school.watch(max_calls=N_DEV + 15)
    assert school.watch().advice == "CONTINUE"
    assert school.questions == 4 * N_DEV
    school.watch()
    assert school.questions == 4 * N_DEV


def test_a_run_reads_what_a_watch_has_paid_for(school: Class) -> None:
    """Choosing costs nothing more; the run asks about the holdout alone."""
    rule(school, at=3)
    school.watch()
    school.training.answer = lambda model, question: "yes" if model == "high" and not question.startswith("dev") else "no"
    school.lab.criterion("superiority", evalset="target", margin=0.0)
    assert school.lab.verdict()["decision"] == "GO"
    assert school.questions == 4 * N_DEV + 2 * 30


# -- what the reader must know ------------------------------------------------------------------------------------------------


def test_a_lock_that_differs_is_a_caution(school: Class) -> None:
    """A bar that was moved after it was registered is told; watching goes on."""
    rule(school, at=3)
    register_experiment(assemble(school.lab.write()))
    assert school.watch().cautions == ()
    school.lab.tables["criteria"][0]["below"] = 0.2
    assert any("differs from its lock in 1 places" in caution for caution in school.watch().cautions)


def test_missing_answers_are_told(school: Class) -> None:
    """A server that fails now and then leaves gaps, which widen the interval and stand among the cautions."""
    rule(school, at=3)
    school.training.answer = lambda model, question: None if question.endswith("7") else teach(model, question)  # type: ignore[assignment]
    watched = school.watch()
    assert Counter(point.estimate.n_missing for point in watched.curves[0].points) == {2: 3}
    assert any("2 answers did not come" in caution for caution in watched.cautions)


# -- bad input ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "asked", "said"),
    [
        ("two", {}, "--candidate: 2 candidates have checkpoints (one of tuned, other)"),
        ("two", {"candidate": "tuner"}, "--candidate: unknown candidate with checkpoints 'tuner', did you mean 'tuned'?"),
        ("none", {}, "systems: no candidate has checkpoints"),
        ("no dev", {}, 'evalsets: nothing to watch on (an evalset with role = "selection"); the holdout is never watched'),
        ("", {"cancel": True}, "--cancel: 'tuned' has no job to cancel"),
    ],
)
def test_what_cannot_be_watched(school: Class, change: str, asked: dict[str, Any], said: str) -> None:
    """One line, and nothing is asked."""
    if change == "two":
        learns(school, ["half"], "other")
    elif change == "none":
        school.lab.tables["systems"]["tuned"] = {"role": "candidate", "provider": "api", "model": "high"}
        school.lab.tables["systems"]["tuned"]["prompt"] = {"user": "{{ input }}"}
    elif change == "no dev":
        del school.lab.tables["evalsets"]["dev"]
    with pytest.raises(InputError) as caught:
        school.watch(**asked)
    assert said in str(caught.value)
    assert school.training.asked == []


def test_one_of_two_is_watched(school: Class) -> None:
    """A name says which."""
    learns(school, ["half"], "other")
    rule(school, at=1, below=0.2)
    watched = school.watch(candidate="other")
    assert (watched.candidate, watched.advice, school.points) == ("other", "CONTINUE", [1])
