"""`tuneproof regress` against a local server on which another model answers behind the same name."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.conftest import Lab
from tests.servers.hostile import Ask, Hostile, Say, answer, error
from tuneproof.core.errors import BudgetSpent, RunStopped
from tuneproof.core.movement import Regression
from tuneproof.pipeline.accepting import accept
from tuneproof.pipeline.again import decide_again, grade_again, look_again
from tuneproof.pipeline.regressing import Asked, regress
from tuneproof.store.run_folder import RunFolder

N = 100
TUNED = "ft:small:acme::1"


class Shelf:
    """A server's models: `build` is what stands behind the names now."""

    def __init__(self) -> None:
        self.build = "old"
        self.gone: set[str] = set()
        self.cards: dict[str, Mapping[str, Any]] = {}

    def __call__(self, ask: Ask) -> Say:
        """Answer a question, or tell of a model."""
        if "/models" in ask.path:
            card = self.cards.get(unquote(ask.path.rpartition("/models/")[2]))
            return Say(body={"id": "x", "object": "model", "created": 1, "owned_by": "me", **card}) if card else error(404)
        if ask.model in self.gone:
            return error(404, f"The model `{ask.model}` does not exist", code="model_not_found")
        number = int(ask.prompt.split()[-1])
        if self.build == "restless" and ask.model == TUNED and ask.times > 1:  # once when accepted, once now, and now again
            return answer("perhaps", model=f"{ask.model}@old")
        wrong = {"old": 10, "new": 3}.get(self.build, 10) if ask.model == TUNED else 3
        at = 1 if self.build == "other words" and ask.model == TUNED else 0
        said = answer("no" if number % wrong == at else "yes", model=f"{ask.model}@{self.build}")
        assert isinstance(said.body, Mapping)
        return Say(body={**said.body, "system_fingerprint": f"fp_{self.build}"})


@pytest.fixture
def shelf() -> Shelf:
    """Return what the server answers."""
    return Shelf()


@pytest.fixture
def server(shelf: Shelf) -> Iterator[Hostile]:
    """Return the server."""
    with Hostile(shelf) as held:
        yield held


@pytest.fixture
def lab(lab: Lab, server: Hostile) -> Lab:
    """Return a workspace on that server whose candidate was accepted."""
    lab.evalset("target", N)
    lab.table("providers", "local", kind="openai_chat", base_url=server.base_url, max_concurrency=8, max_retries=0)
    for name, role, model in (("prompted", "baseline", "small"), ("tuned", "candidate", TUNED)):
        lab.table("systems", name, role=role, provider="local", model=model, prompt={"user": "{{ input }}"})
    lab.criterion("superiority", evalset="target", margin=0.05)
    accept(RunFolder(lab.run().folder))
    return lab


def again(lab: Lab, **asked: Any) -> tuple[str, Regression, list[str]]:
    """Ask every system again, and return the decision, what moved, and the cautions."""
    outcome = regress(lab.write(), Asked(**asked))
    judgement, regression = outcome.dossier.judgement, outcome.dossier.regression
    assert judgement is not None
    assert regression is not None
    return judgement.decision, regression, list(judgement.cautions)


def test_another_model_behind_the_same_name_is_noticed_and_decided(lab: Lab, shelf: Shelf) -> None:
    """NO-GO by the answers, whatever the server says of itself; what it says is told, then and now."""
    shelf.build = "new"
    decision, regression, cautions = again(lab)
    assert decision == "NO-GO"
    assert regression.identities["tuned"][:3] == (
        f"asked for: {TUNED}, then and now",
        f"answered as: {TUNED}@new (then {TUNED}@old)",
        "fingerprint: fp_new (then fp_old)",
    )
    assert f"tuned: it answers as {TUNED}@new, and {TUNED}@old when it was accepted" in cautions
    assert regression.identities["tuned"][3] == "other texts than then: 36 of 100 on target (asked twice now: 0 of 50)"
    assert [(held.movement.system, held.n, held.flip_share) for held in regression.noise] == [
        ("prompted", 50, 0.0),
        ("tuned", 50, 0.0),
    ]


@pytest.mark.slow
def test_the_same_model_is_asked_again_and_kept(lab: Lab, server: Hostile) -> None:
    """Nothing comes from the cache, and the fresh answers are kept in it."""
    before = len(server.asks)
    decision, regression, cautions = again(lab)
    asked = [ask for ask in server.asks[before:] if ask.path.endswith("/chat/completions")]
    assert (decision, len({(ask.model, ask.prompt) for ask in asked})) == ("GO", 2 * N)
    assert [told for told in cautions if told.startswith(("prompted", "tuned"))] == []
    assert regression.identities["prompted"][1] == "answered as: small@old, then and now"
    lab.run()
    assert len(server.asks) == before + len(asked) + 4  # and two cards, each looked for in the list too


@pytest.mark.slow
@pytest.mark.parametrize("floor", [None, 20])
def test_both_systems_are_asked_a_second_time(lab: Lab, server: Hostile, shelf: Shelf, floor: int | None) -> None:
    """What a system differs from itself now is what a reader weighs its move by; accepted answers have no second ones."""
    if floor is not None:
        lab.settings["noise_floor"] = floor
    before, shelf.build = len(server.asks), "restless"
    outcome = regress(lab.write(), Asked())
    regression, twice = outcome.dossier.regression, floor or 50
    assert regression is not None
    told = [(held.movement.system, held.n, held.movement.n_changed_texts) for held in regression.noise]
    assert told == [("prompted", twice, 0), ("tuned", twice, twice)]
    assert sum(ask.path.endswith("/chat/completions") for ask in server.asks[before:]) == 2 * N + 2 * twice
    for again_from in (look_again, decide_again, grade_again):
        dossier = again_from(RunFolder(outcome.folder))
        assert dossier.regression == regression
        assert dossier.noise == ()  # it is shown once, with what moved
    kept = RunFolder(outcome.folder).read_json("regression.json")["noise"]
    assert [(held["system"], held["n"]) for held in kept] == [("prompted", twice), ("tuned", twice)]


@pytest.mark.slow
@pytest.mark.parametrize(("margin", "decision"), [(0.15, "GO"), (0.03, "UNDECIDED")])
def test_other_words_of_the_same_worth(lab: Lab, shelf: Shelf, margin: float, decision: str) -> None:
    """Noise alone is no regression; whether it is shown to be none hangs on the margin and on how many examples there are."""
    lab.tables["regression"] = {"margin": margin}
    shelf.build = "other words"
    found, regression, _ = again(lab)
    moved = next(held for held in regression.movements if held.system == "tuned")
    assert (found, moved.n_better, moved.n_worse, moved.n_changed_texts) == (decision, 10, 10, 20)


@pytest.mark.slow
def test_a_model_that_vanished_ends_the_run_and_says_what_is_left(lab: Lab, shelf: Shelf) -> None:
    """Exit 4, no run folder; when it is there again, the same command goes on."""
    shelf.gone.add("small")
    before = sorted(path.name for path in (lab.folder / "reports" / "lab").iterdir())
    told = r'does not know model .small.*its accepted answers still serve as a baseline: kind = "replay", path = "accepted/lab/'
    with pytest.raises(RunStopped, match=told):
        again(lab)
    assert sorted(path.name for path in (lab.folder / "reports" / "lab").iterdir()) == before
    shelf.gone.clear()
    assert again(lab)[0] == "GO"


@pytest.mark.slow
def test_what_is_left_of_a_vanished_baseline_is_enough(lab: Lab, shelf: Shelf) -> None:
    """The accepted answers stand in for it, and the released system is asked as before."""
    shelf.gone.add("small")
    lab.table("providers", "kept", kind="replay", path="accepted/lab/completions.jsonl.gz")
    lab.table("systems", "prompted", role="baseline", provider="kept", model="prompted")
    decision, regression, cautions = again(lab)
    assert decision == "GO"
    assert {held.movement.system for held in regression.noise} == {"tuned"}
    assert {held.system for held in regression.movements} == {"prompted", "tuned"}
    assert any("prompted: it is asked otherwise" in caution for caution in cautions)


@pytest.mark.slow
def test_shutdown_dates_and_bases_of_adapters_are_told(lab: Lab, shelf: Shelf) -> None:
    """As far as the server tells them; an adapter on another base than it was trained on is a caution."""
    shelf.cards = {"small": {"shutdown_date": "2027-01-14"}, TUNED: {"parent": "base-v2", "root": "/models/base-v2"}}
    lab.tables["systems"]["tuned"]["training"] = {"base_model": "base-v1"}
    decision, regression, cautions = again(lab)
    assert decision == "GO"
    assert "prompted: its server shuts the model down on 2027-01-14" in cautions
    assert any("tuned: its adapter is served on base-v2, and was trained on base-v1" in caution for caution in cautions)
    assert regression.identities["prompted"][3:-1] == ("shut down on: 2027-01-14",)
    assert regression.identities["tuned"][3:-1] == (
        "adapter served on: base-v2 (trained on base-v1)",
        "served from: /models/base-v2",
    )


@pytest.mark.slow
def test_a_budget_ends_it_and_the_same_command_goes_on(lab: Lab, server: Hostile) -> None:
    """As for `--fresh`: what was paid for is not paid for again."""
    before = len(server.asks)
    with pytest.raises(BudgetSpent):
        again(lab, max_calls=50)
    assert again(lab)[0] == "GO"
    asked = [ask for ask in server.asks[before:] if ask.path.endswith("/chat/completions")]
    assert len(asked) <= 3 * N  # the noise floor asks for half of them again


@pytest.mark.slow
def test_it_writes_where_it_is_told(lab: Lab, tmp_path: Path) -> None:
    """Run folders go below --output-dir, also on a machine that has no other runs."""
    outcome = regress(lab.write(), Asked(output_dir=tmp_path / "elsewhere"))
    assert outcome.folder.parent == tmp_path / "elsewhere" / "lab"
