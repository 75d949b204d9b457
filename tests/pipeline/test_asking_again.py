"""The noise floor of a run: baselines asked twice, what that shows, and what it never touches."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.servers.hostile import Ask, Hostile, Say, answer, error
from tuneproof.core.errors import BudgetSpent
from tuneproof.pipeline.again import decide_again, grade_again, look_again
from tuneproof.pipeline.forecast import forecast
from tuneproof.store.run_folder import RunFolder

N, FLOOR = 40, 20


def wavering(ask: Ask) -> Say:
    """Answer questions whose number ends in 3 right the first time and wrong the second, all others right."""
    number = int(ask.prompt.split()[-1])
    return answer("no" if number % 10 == 3 and ask.times else "yes", model=ask.model)


@pytest.fixture
def server() -> Iterator[Hostile]:
    """Return a server that wavers."""
    with Hostile(wavering) as held:
        yield held


@pytest.fixture
def remote(lab: Lab, server: Hostile) -> Lab:
    """Return a workspace of two systems, of which the baseline is asked twice on 20 of 40 examples."""
    lab.settings["noise_floor"] = FLOOR
    lab.evalset("target", N, slice=["en" if i % 2 else "de" for i in range(N)])
    lab.table("providers", "local", kind="openai_chat", base_url=server.base_url, max_concurrency=8, max_retries=1)
    for name, role in (("prompted", "baseline"), ("tuned", "candidate")):
        lab.table("systems", name, role=role, provider="local", model=name, prompt={"user": "{{ input }}"})
    lab.criterion("superiority", evalset="target")
    return lab


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a file of a run."""
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def test_only_baselines_are_asked_twice_and_only_so_many_examples(remote: Lab, server: Hostile) -> None:
    """Their second answers stand apart from the first; those of candidates are asked once."""
    folder = remote.run().folder
    assert sum(ask.model == "prompted" for ask in server.asks) == N + FLOOR
    assert sum(ask.model == "tuned" for ask in server.asks) == N
    assert {(row["system"], row["repeat"]) for row in rows(folder, "noise-completions.jsonl")} == {("prompted", 0)}
    assert len(rows(folder, "noise-completions.jsonl")) == len(rows(folder, "noise-scores.jsonl")) == FLOOR
    assert len(rows(folder, "completions.jsonl")) == 2 * N
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["attempts_in_this_run"] == 2 * N + FLOOR


def test_the_floor_is_what_a_system_differs_from_itself(remote: Lab) -> None:
    """Flips over examples that were asked twice; the same again from the folder alone."""
    outcome = remote.run()
    found = outcome.dossier.noise
    assert [(held.movement.system, held.movement.evalset, held.movement.slice, held.n) for held in found] == [
        ("prompted", "target", None, FLOOR)
    ]
    wavered = sum(row["text"] == "no" for row in rows(outcome.folder, "noise-completions.jsonl"))
    assert wavered > 0
    assert (found[0].movement.n_worse, found[0].movement.n_better, found[0].movement.n_changed_texts) == (wavered, 0, wavered)
    assert found[0].flip_share == wavered / FLOOR
    for again in (look_again, decide_again, grade_again):
        assert again(RunFolder(outcome.folder)).noise == found


def test_second_answers_decide_nothing(remote: Lab) -> None:
    """The findings are those of a run without."""
    with_floor = remote.run().dossier.judgement
    del remote.settings["noise_floor"]
    without = remote.run().dossier.judgement
    assert with_floor is not None
    assert without is not None
    assert with_floor.verdicts == without.verdicts


def test_the_second_answers_are_paid_for_once(remote: Lab, server: Hostile) -> None:
    """The same command again answers both askings from the cache, and they differ as before."""
    first = remote.run()
    second = remote.run()
    assert len(server.asks) == 2 * N + FLOOR
    assert second.dossier.noise == first.dossier.noise


def test_a_check_counts_both_askings(remote: Lab) -> None:
    """What a run would send, and what of it is in the cache."""
    before = {held.system: held.to_ask for held in forecast(remote.write()).calls}
    remote.run()
    after = {held.system: held.to_ask for held in forecast(remote.write()).calls}
    assert before == {"prompted": N + FLOOR, "tuned": N}
    assert after == {"prompted": 0, "tuned": 0}


def test_repeats_are_asked_twice_as_often(remote: Lab, server: Hostile) -> None:
    """Two repeats, and the same two once more: four different questions to the cache."""
    remote.tables["systems"]["prompted"]["repeats"] = 2
    folder = remote.run().folder
    assert sum(ask.model == "prompted" for ask in server.asks) == 2 * N + 2 * FLOOR
    assert sorted({row["repeat"] for row in rows(folder, "noise-completions.jsonl")}) == [0, 1]


def test_the_calls_that_are_allowed_are_those_of_both_askings(remote: Lab, server: Hostile) -> None:
    """`--max-calls` counts on."""
    with pytest.raises(BudgetSpent):
        remote.run(max_calls=2 * N + 5)
    assert len(server.asks) == 2 * N + 5


def test_failed_second_answers_are_missing_ones(remote: Lab, server: Hostile) -> None:
    """They are counted in a caution, and unresolved in the comparison: even where the first of them fails."""

    def fails(ask: Ask) -> Say:
        return error(400) if ask.times and int(ask.prompt.split()[-1]) % 4 == 0 else answer("yes", model=ask.model)

    server.script = fails
    outcome = remote.run()
    failed = sum(row["text"] is None for row in rows(outcome.folder, "noise-completions.jsonl"))
    held = outcome.dossier.noise[0]
    assert 0 < failed < FLOOR
    assert (held.n, held.movement.estimate.n, held.movement.estimate.n_missing) == (FLOOR, FLOOR - failed, failed)
    assert outcome.dossier.judgement is not None
    assert any(f"{failed} second answers did not come" in told for told in outcome.dossier.judgement.cautions)


def test_no_second_answer_at_all_is_no_floor(remote: Lab, server: Hostile) -> None:
    """Nothing is known then, and a caution says so."""
    server.script = lambda ask: error(400) if ask.times else answer("yes", model=ask.model)
    outcome = remote.run()
    assert outcome.dossier.noise == ()
    assert outcome.dossier.judgement is not None
    assert any("no second answers of prompted on target are there" in told for told in outcome.dossier.judgement.cautions)


# -- recorded answers --------------------------------------------------------------------------------------------------------


@pytest.fixture
def recorded(lab: Lab) -> Lab:
    """Return a workspace of recorded answers without second ones."""
    lab.settings["noise_floor"] = FLOOR
    lab.evalset("target", N)
    lab.system("prompted", "baseline", {"target": [i < 20 for i in range(N)]})
    lab.system("tuned", "candidate", {"target": [i < 39 for i in range(N)]})
    lab.criterion("superiority", evalset="target")
    return lab


def test_recorded_answers_without_second_ones_have_no_floor(recorded: Lab) -> None:
    """It is unknown, not zero, and a caution says so; the verdict stands."""
    outcome = recorded.run()
    judgement = outcome.dossier.judgement
    assert judgement is not None
    assert (judgement.decision, outcome.dossier.noise) == ("GO", ())
    assert "no second answers of prompted on target are there, so its noise floor there is not known" in judgement.cautions


def test_recorded_second_answers_are_read_by_their_repeat(recorded: Lab) -> None:
    """Rows with `repeat = 1` are the second asking of a system that is asked once."""
    first = [{"id": str(i), "output": "yes" if i < 20 else "no"} for i in range(N)]
    second = [{"id": str(i), "repeat": 1, "output": "no"} for i in range(N)]
    recorded.write_rows("prompted.out.jsonl", [*first, *second])
    held = recorded.run().dossier.noise[0].movement
    asked_twice = held.estimate.n
    assert asked_twice == FLOOR
    assert held.n_worse == round((held.before or 0.0) * FLOOR) > 0
    assert (held.n_better, held.after) == (0, 0.0)


def test_the_spread_is_split_where_both_are_asked_several_times(recorded: Lab) -> None:
    """And a caution says where only one of them is."""
    del recorded.settings["noise_floor"]
    for name in ("prompted", "tuned"):
        more = [{"id": str(i), "repeat": k, "output": "yes" if (i + k) % 3 else "no"} for i in range(N) for k in range(2)]
        recorded.write_rows(f"{name}.out.jsonl", more)
        recorded.tables["systems"][name]["repeats"] = 2
    found = recorded.run().dossier.repeats
    assert [(held.candidate, held.baseline, held.n, held.repeats) for held in found] == [("tuned", "prompted", N, 2)]
    assert (found[0].within > 0.0, found[0].between) == (True, 0.0)
    recorded.tables["systems"]["prompted"]["repeats"] = 1
    outcome = recorded.run()
    assert outcome.dossier.repeats == ()
    assert outcome.dossier.judgement is not None
    assert any("tuned is asked 2 times and prompted once" in told for told in outcome.dossier.judgement.cautions)


def test_a_sorted_evalset_is_not_asked_from_its_top(recorded: Lab) -> None:
    """The examples are those that a run with looks would ask first: a random part, the same on every machine."""
    ids = {row["example_id"] for row in rows(recorded.run().folder, "noise-completions.jsonl")}
    assert len(ids) == FLOOR
    assert ids != {str(i) for i in range(FLOOR)}
    assert ids == {row["example_id"] for row in rows(recorded.run().folder, "noise-completions.jsonl")}


def test_judges_are_not_asked_about_second_answers(recorded: Lab) -> None:
    """Their marks have no floor, and a caution says so; other graders' have one."""
    second = [{"id": str(i), "repeat": repeat, "output": "yes"} for i in range(N) for repeat in range(2)]
    recorded.write_rows("prompted.out.jsonl", second)
    said = [{"id": str(i), "answer_of": name, "verdict": "correct"} for i in range(N) for name in ("prompted", "tuned")]
    recorded.write_rows("judge.jsonl", said)
    recorded.table("providers", "court", kind="replay", path="judge.jsonl")
    recorded.table("systems", "gpt", role="judge", provider="court", model="gpt-5")
    recorded.table("graders", "right", kind="judge", rubric="correctness", judges=["gpt"])
    recorded.tables["evalsets"]["target"]["graders"] = ["label", "right"]
    recorded.tables["criteria"][0]["grader"] = "label"
    outcome = recorded.run()
    assert [held.movement.grader for held in outcome.dossier.noise] == ["label"]
    assert outcome.dossier.judgement is not None
    assert "judges are not asked about second answers: no noise floor of their marks on target" in (
        outcome.dossier.judgement.cautions
    )
