"""`tuneproof accept`: what is kept of a run, what is refused, and that a plain `replay` provider reads it."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.servers.hostile import Ask, Hostile, Say, answer, error
from tuneproof.core.errors import InputError
from tuneproof.pipeline.accepting import Accepted, accept
from tuneproof.pipeline.regressing import Asked, regress
from tuneproof.store.accepted import COMPLETIONS, earlier_states, read_state
from tuneproof.store.run_folder import RunFolder

N = 60
GOOD, POOR = [True] * N, [i % 3 != 0 for i in range(N)]


def shop(lab: Lab, tuned: Sequence[Any] = GOOD, prompted: Sequence[Any] = POOR, name: str = "tuned") -> Lab:
    """Fill a workspace in which `tuned` beats `prompted`."""
    lab.evalset("target", N)
    lab.system("prompted", "baseline", {"target": prompted})
    lab.system("tuned", "candidate", {"target": tuned})
    if name != "tuned":
        lab.tables["systems"] = {"prompted": lab.tables["systems"]["prompted"], name: lab.tables["systems"]["tuned"]}
    lab.criterion("superiority", evalset="target", margin=0.05)
    return lab


def accepted(lab: Lab, **asked: Any) -> Accepted:
    """Run, and accept the run."""
    return accept(RunFolder(lab.run().folder), **asked)


def rows(found: Accepted) -> list[dict[str, Any]]:
    """Return the kept answers."""
    with gzip.open(found.path / COMPLETIONS, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_the_released_state_is_kept_beside_the_experiment(lab: Lab) -> None:
    """Answers of all systems, and a manifest that says what they are."""
    found = accepted(shop(lab))
    told = read_state(lab.folder / "accepted" / "lab")
    assert (found.released, found.decision, dict(found.answers)) == ("tuned", "GO", {"prompted": N, "tuned": N})
    assert (told["released"], told["run_id"], len(told["evalsets"]["target"]["examples"])) == ("tuned", found.run_id, N)
    assert {(level["system"], level["value"]) for level in told["levels"]} == {
        ("prompted", POOR.count(True) / N),
        ("tuned", 1.0),
    }


def test_a_plain_replay_provider_reads_it(lab: Lab) -> None:
    """Equal ids of two evalsets and repeats are told apart, and every score is what it was."""
    shop(lab).evalset("general", N, "general")
    for name, marks in (("prompted", POOR), ("tuned", GOOD)):
        answers = [
            {"evalset": evalset, "id": str(i), "repeat": repeat, "output": "yes" if marks[i] and (i + repeat) % 7 else text}
            for evalset, text in (("target", "no"), ("general", "never"))
            for i in range(N)
            for repeat in range(2)
        ]
        lab.write_rows(f"{name}.out.jsonl", answers)
        lab.tables["systems"][name]["repeats"] = 2
    first = lab.run()
    accept(RunFolder(first.folder), anyway=True)
    lab.table("providers", "kept", kind="replay", path="accepted/lab/completions.jsonl.gz")
    for name in ("prompted", "tuned"):
        lab.tables["systems"][name] |= {"provider": "kept", "model": name}
    second = lab.run()
    scores = [(run.folder / "scores.jsonl").read_text("utf-8") for run in (first, second)]
    assert scores[0] == scores[1]


def test_the_same_answers_are_the_same_bytes(lab: Lab) -> None:
    """No time stands in the file, so that version control sees no change where there is none."""
    found = accepted(shop(lab))
    first = (found.path / COMPLETIONS).read_bytes()
    assert (accepted(lab).path / COMPLETIONS).read_bytes() == first


def _fails_sometimes(ask: Ask) -> Say:
    """Answer all but two questions: one is too long, one is refused."""
    if ask.prompt.endswith((" 1", " 2")):
        return error(422, "no") if ask.prompt.endswith(" 2") else error(400, "x", code="context_length_exceeded")
    return answer("yes" if ask.model == "good" or not ask.prompt.endswith(("3", "5", "7")) else "no")


def test_what_was_missing_stays_missing_and_too_long_stays_wrong(lab: Lab) -> None:
    """A failure is an error row; a question that the model could not read is its own fault, then and later."""
    with Hostile(_fails_sometimes) as server:
        lab.evalset("target", N)
        lab.table("providers", "local", kind="openai_chat", base_url=server.base_url, max_retries=0)
        for name, role, model in (("prompted", "baseline", "poor"), ("tuned", "candidate", "good")):
            lab.table("systems", name, role=role, provider="local", model=model, prompt={"user": "{{ input }}"})
        lab.criterion("superiority", evalset="target", margin=0.05)
        first = lab.run()
    accept(RunFolder(first.folder), anyway=True)
    lab.table("providers", "kept", kind="replay", path="accepted/lab/completions.jsonl.gz")
    for name in ("prompted", "tuned"):
        lab.table("systems", name, role=lab.tables["systems"][name]["role"], provider="kept", model=name)
    outcomes = [
        [(row["system"], row["example_id"], row["outcome"], row["value"]) for row in RunFolder(run.folder).rows("scores.jsonl")]
        for run in (first, lab.run())
    ]
    assert outcomes[0] == outcomes[1]
    assert ("tuned", "1", "graded", 0.0) in outcomes[1]
    assert ("tuned", "2", "no_completion", None) in outcomes[1]


def _writes_a_nul(ask: Ask) -> Say:
    """Answer one question with a NUL character in it."""
    return answer("a\0b" if ask.prompt.endswith(" 1") else "yes" if ask.model == "good" else "no")


def test_an_answer_that_no_file_can_hold_is_missing_and_told(lab: Lab) -> None:
    """A NUL character in an answer would make the whole file unreadable."""
    with Hostile(_writes_a_nul) as server:
        lab.evalset("target", N)
        lab.table("providers", "local", kind="openai_chat", base_url=server.base_url)
        for name, role, model in (("prompted", "baseline", "poor"), ("tuned", "candidate", "good")):
            lab.table("systems", name, role=role, provider="local", model=model, prompt={"user": "{{ input }}"})
        lab.criterion("superiority", evalset="target", margin=0.05)
        found = accepted(lab)
    assert any("1 answers of tuned hold what no file of answers can keep" in caution for caution in found.cautions)
    assert [row["id"] for row in rows(found) if "error" in row] == ["1", "1"]


@pytest.mark.parametrize("name", ["ft:gpt-4.1-mini:acme::7q8mpxmy", "../../etc/x", "a b/c \u2014 d"])
def test_names_of_systems_are_data(lab: Lab, name: str) -> None:
    """Colons and slashes name no path."""
    found = accepted(shop(lab, name=name))
    assert found.released == name
    assert {path.name for path in found.path.iterdir()} == {COMPLETIONS, "manifest.json"}
    assert {path.name for path in (lab.folder / "accepted").iterdir()} == {"lab"}


def test_the_state_before_goes_into_the_history(lab: Lab) -> None:
    """One line each, without the examples."""
    first, second = accepted(shop(lab)), accepted(lab)
    accepted(lab)
    held = earlier_states(first.path)
    assert [state["run_id"] for state in held] == [first.run_id, second.run_id]
    assert held[0]["levels"]
    assert len(held[0]["evalsets"]["target"]) == 64


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"only": "baseline"}, "has no verdict: it only collected"),
        ({"limit": 30}, r"used 30 examples of each evalset \(--limit\)"),
    ],
)
def test_runs_that_are_no_full_record_are_refused(lab: Lab, options: dict[str, Any], said: str) -> None:
    """Also with `anyway`."""
    outcome = shop(lab).run(**options)
    with pytest.raises(InputError, match=said):
        accept(RunFolder(outcome.folder), anyway=True)


def test_a_run_that_is_not_go_needs_to_be_accepted_anyway(lab: Lab) -> None:
    """And says why in one line."""
    outcome = shop(lab, tuned=POOR).run()
    with pytest.raises(InputError, match=r"the run is NO-GO for tuned \(a run that is GO.*\); accept it with --anyway"):
        accept(RunFolder(outcome.folder))
    assert accept(RunFolder(outcome.folder), anyway=True).decision == "NO-GO"


def test_the_prompt_can_be_what_is_released(lab: Lab) -> None:
    """After a NO-GO it usually is."""
    found = accepted(shop(lab, tuned=POOR), system="prompted", anyway=True)
    assert (found.released, found.decision) == ("prompted", "NO-GO")


def test_one_system_is_released(lab: Lab) -> None:
    """Of several candidates the recommended one; where none is, it must be named, by a name that there is."""
    shop(lab, tuned=POOR).system("other", "candidate", {"target": POOR})
    outcome = lab.run()
    with pytest.raises(InputError, match=r"recommends none of 2 candidates .*--system: one of prompted, tuned, other"):
        accept(RunFolder(outcome.folder), anyway=True)
    with pytest.raises(InputError, match="--system: unknown system 'tune', did you mean 'tuned'"):
        accept(RunFolder(outcome.folder), system="tune", anyway=True)
    assert accept(RunFolder(outcome.folder), system="other", anyway=True).released == "other"


def test_a_run_that_did_not_ask_everything_needs_to_be_accepted_anyway(lab: Lab) -> None:
    """A candidate that was stopped has no answers for the rest."""
    shop(lab, tuned=[False] * N).evalset("general", N, "general")
    lab.system("tuned", "candidate", {"target": [False] * N, "general": GOOD})
    lab.system("prompted", "baseline", {"target": POOR, "general": GOOD})
    lab.tables["criteria"][0]["abort"] = True
    outcome = lab.run()
    with pytest.raises(InputError, match="ended early and did not ask 60 questions of prompted"):
        _accept_as_go(outcome.folder)


def _accept_as_go(folder: Path) -> None:
    """Accept the run as if its verdict were GO: what it did not ask is then the only thing in the way."""
    verdict = json.loads((folder / "verdict.json").read_text("utf-8"))
    verdict["decision"] = "GO"
    (folder / "verdict.json").write_text(json.dumps(verdict), "utf-8")
    accept(RunFolder(folder), system="prompted")


def test_a_baseline_that_no_longer_exists_is_kept_by_its_answers(lab: Lab) -> None:
    """The accepted folder alone serves it: the model, its server and the run folder may be gone."""
    accepted(shop(lab))
    lab.tables["systems"].pop("prompted")
    lab.tables["providers"].pop("prompted-recorded")
    (lab.folder / "prompted.out.jsonl").unlink()
    lab.table("providers", "kept", kind="replay", path="accepted/lab/completions.jsonl.gz")
    lab.table("systems", "the old prompt", role="baseline", provider="kept", model="prompted")
    estimate = lab.verdict()["verdicts"][0]["findings"][0]["estimate"]
    assert (estimate["baseline_value"], estimate["n"]) == (POOR.count(True) / N, N)


def test_a_regression_run_can_be_accepted_and_leaves_the_old_answers_out(lab: Lab) -> None:
    """The new answers are what is compared with from then on, which is said."""
    accepted(shop(lab))
    outcome = regress(lab.file, Asked())
    found = accept(RunFolder(outcome.folder), anyway=True)
    assert dict(found.answers) == {"prompted": N, "tuned": N}
    assert any("the margin counts anew from here" in caution for caution in found.cautions)
    assert read_state(found.path)["systems"].keys() == {"prompted", "tuned"}


def test_a_folder_that_cannot_be_written_keeps_what_there_was(lab: Lab) -> None:
    """One line, and the state before is whole."""
    found = accepted(shop(lab))
    (found.path / COMPLETIONS).unlink()
    (found.path / COMPLETIONS).mkdir()
    with pytest.raises(InputError, match=r"accepted/lab.*"):
        accepted(lab)
    assert not [path for path in found.path.iterdir() if path.name.startswith(".")]
