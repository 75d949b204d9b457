"""`tuneproof check`: what an experiment can prove, what it takes, and what is odd about its data."""

import json
from typing import Any

import pytest

from tests.conftest import Lab
from tuneproof.core.errors import InputError
from tuneproof.pipeline.forecast import Forecast, forecast
from tuneproof.pipeline.prospects import Prospect


def _lab(lab: Lab, n: int = 80, **columns: Any) -> Lab:
    """Write a lab with one evalset of n examples and a baseline."""
    lab.evalset("target", n, **columns)
    lab.system("base", "baseline", {"target": [True] * n})
    return lab


def _looked(lab: Lab) -> Forecast:
    return forecast(lab.write())


def _only(found: Forecast) -> Prospect:
    (held,) = found.prospects
    return held


def _cautions(found: Forecast, strength: str | None = None) -> str:
    return "\n".join(held.text for held in found.cautions if strength in (None, held.strength))


@pytest.mark.parametrize(
    ("lift", "discordance", "needed"), [(0.05, 0.15, 369), (0.10, 0.20, 122), (0.05, 0.10, 246), (0.08, 0.30, 288)]
)
def test_superiority_needs_what_the_planning_table_says(lab: Lab, lift: float, discordance: float, needed: int) -> None:
    """The sizes for a registered gain are those of the published table."""
    lab.settings |= {"expected_lift": lift, "expected_discordance": discordance}
    _lab(lab).criterion("superiority", evalset="target")
    assert _only(_looked(lab)).needed_n == needed


@pytest.mark.parametrize(("margin", "discordance", "needed"), [(0.05, 0.10, 274), (0.03, 0.05, 400), (0.10, 0.20, 134)])
def test_non_inferiority_needs_what_the_planning_table_says(lab: Lab, margin: float, discordance: float, needed: int) -> None:
    """The sizes for "nothing changed" are those of the published table."""
    lab.settings |= {"expected_discordance": discordance}
    _lab(lab).criterion("non_inferiority", evalset="target", margin=margin)
    held = _only(_looked(lab))
    assert (held.needed_n, held.assumed) == (needed, 0.0)
    assert f"80 % takes {needed}" in held.sentence


def test_what_is_detectable_has_eighty_percent_power_by_its_own_formula(lab: Lab) -> None:
    """Asking for the detectable gain itself needs just the examples that there are."""
    _lab(lab, 200).criterion("superiority", evalset="target")
    gain = _only(_looked(lab)).detectable
    assert gain is not None
    lab.settings |= {"expected_lift": gain}
    assert _only(_looked(lab)).needed_n in (200, 201)


def test_a_gain_without_examples_enough_is_said_in_words(lab: Lab) -> None:
    """The sentence names what is shown, what was registered, and that it is not enough."""
    lab.settings |= {"expected_lift": 0.05, "expected_discordance": 0.15}
    _lab(lab).criterion("superiority", evalset="target")
    sentence = _only(_looked(lab)).sentence
    assert "with these 80 examples a true gain of" in sentence
    assert "your registered gain 0.05 needs 369: these are too few" in sentence


@pytest.mark.parametrize(
    ("settings", "margin", "words"),
    [
        ({}, 0.0, "register experiment.expected_lift"),
        ({"expected_lift": 0.05}, 0.05, "is not above 0.05, so no number of examples would show it"),
    ],
)
def test_a_gain_that_cannot_be_planned_for_is_said(lab: Lab, settings: dict[str, Any], margin: float, words: str) -> None:
    """Nothing registered, or nothing above the margin."""
    lab.settings |= settings
    _lab(lab).criterion("superiority", evalset="target", margin=margin)
    assert words in _only(_looked(lab)).sentence


def test_two_candidates_must_each_pass_at_half_the_error(lab: Lab) -> None:
    """The family is known before any data: the level is alpha over the number of candidates."""
    _lab(lab).criterion("superiority", evalset="target")
    for name in ("one", "two"):
        lab.system(name, "candidate", {"target": [True] * 80})
    assert _only(_looked(lab)).level == pytest.approx(0.025)


def test_a_bar_is_planned_for_half_the_errors_it_allows(lab: Lab) -> None:
    """The rate assumed stands halfway between the bar and 1."""
    _lab(lab).criterion("threshold", evalset="target", at_least=0.8)
    held = _only(_looked(lab))
    assert held.assumed == pytest.approx(0.9)
    assert held.detectable is not None
    assert held.detectable > 0.8


def test_guards_say_the_smallest_drop_that_they_see(lab: Lab) -> None:
    """A guarded slice shows its figure, a smaller slice a larger one."""
    slices = ["a"] * 60 + ["b"] * 20
    _lab(lab, slice=slices).criterion("non_inferiority", evalset="target", margin=0.05, slices={"mode": "guard", "margin": 0.1})
    drops = {held.slice: held.visible_drop for held in _looked(lab).prospects if held.mode == "guard"}
    assert drops["a"] is not None
    assert drops["b"] is not None
    assert 0.1 < drops["a"] < drops["b"]


def test_many_slice_sizes_are_answered_on_the_safe_side(lab: Lab) -> None:
    """More sizes than are enumerated: a larger slice never sees less than a smaller one."""
    names = [f"s{size}" for size in range(20, 60) for _ in range(size)]
    lab = _lab(lab, len(names), slice=names)
    lab.criterion("non_inferiority", evalset="target", margin=0.05, slices={"mode": "guard", "margin": 0.1})
    drops = [held.visible_drop for held in _looked(lab).prospects if held.mode == "guard"]
    assert None not in drops
    assert drops == sorted(drops, key=lambda drop: -(drop or 0.0))


@pytest.mark.parametrize(
    ("n", "clusters", "words"), [(19, None, "19 examples are fewer than 20"), (40, 5, "5 clusters are fewer than 6")]
)
def test_too_few_is_never_go(lab: Lab, n: int, clusters: int | None, words: str) -> None:
    """Sizes at which the rule can never say GO are said before anything is spent."""
    columns = {} if clusters is None else {"cluster": [f"c{i % clusters}" for i in range(n)]}
    _lab(lab, n, **columns).criterion("superiority", evalset="target")
    held = _only(_looked(lab))
    assert words in (held.never_go or "")
    assert "never GO" in held.sentence


def test_completeness_is_counted(lab: Lab) -> None:
    """A count has no power: the number of answers that may be missing is said."""
    _lab(lab).criterion("completeness", max_missing=0.05)
    assert all("4 of 80 answers of a system may be missing" in held.sentence for held in _looked(lab).prospects)


def test_gaps_are_cautions_not_errors(lab: Lab) -> None:
    """No candidate, no criteria, no lock: said, and no reason to refuse."""
    said = _cautions(_looked(_lab(lab)))
    assert "no criteria are registered" in said
    assert "there is no candidate yet" in said
    assert "not locked" in said


def test_an_unset_key_is_a_caution_but_a_bad_address_an_error(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check needs no key; what no run could use is refused."""
    monkeypatch.delenv("LAB_KEY", raising=False)
    _lab(lab)
    server = {"kind": "openai_chat", "base_url": "http://127.0.0.1:9/v1", "api_key_env": "LAB_KEY"}
    lab.table("providers", "server", **server)
    lab.table("systems", "tuned", role="candidate", provider="server", model="m", prompt={"user": "{{ input }}"})
    assert "environment variable LAB_KEY is not set" in _cautions(_looked(lab))
    lab.table("providers", "server", **server | {"base_url": "nonsense"})
    with pytest.raises(InputError, match="not an address"):
        _looked(lab)


def test_equal_questions_are_said_unless_they_share_a_cluster(lab: Lab) -> None:
    """Case and spacing do not make a question new; a declared cluster does account for it."""
    _lab(lab, 6, input=["What  is it?", "what is IT?", "b", "c", "d", "e"])
    assert "1 examples ask what another one asks (first: ids '0', '1')" in _cautions(_looked(lab))
    lab.evalset("target", 6, input=["a", "a", "b", "c", "d", "e"], cluster=["x", "x", "b", "c", "d", "e"])
    assert "ask what another" not in _cautions(_looked(lab))


def test_training_rows_that_stand_in_an_evalset_are_a_strong_caution(lab: Lab) -> None:
    """Chat rows and plain rows alike, whatever their case and spacing."""
    _lab(lab, 30)
    chat = {"messages": [{"role": "user", "content": " Question  3 "}, {"role": "assistant", "content": "yes"}]}
    lab.write_rows("train.jsonl", [chat, {"input": "question 5", "expected": "yes"}, {"input": "new", "expected": "yes"}])
    lab.system("tuned", "candidate", {"target": [True] * 30}, training={"files": ["train.jsonl"]})
    said = _cautions(_looked(lab), "strong")
    assert "2 questions of evalset 'target' stand in training file 'train.jsonl' of 'tuned' (first: id '3')" in said


def test_chats_are_equal_only_where_all_of_them_is(lab: Lab) -> None:
    """Two conversations that end in the same words are different questions; a system message makes no difference."""

    def chat(*said: str) -> list[dict[str, str]]:
        roles = ["user", "assistant"] * len(said)
        turns = [{"role": role, "content": text} for role, text in zip(roles, said, strict=False)]
        return [{"role": "system", "content": f"system {len(said)}"}, *turns]

    _lab(lab, 4, messages=[chat("a", "b", "go on"), chat("c", "d", "go on"), chat("single"), chat("other")], input=[None] * 4)
    lab.write_rows("train.jsonl", [{"messages": chat("SINGLE", "yes")}, {"messages": chat("go on", "yes")}])
    lab.system("tuned", "candidate", {"target": [True] * 4}, training={"files": ["train.jsonl"]})
    found = _looked(lab)
    assert "ask what another one asks" not in _cautions(found)
    assert "1 question stands in training file 'train.jsonl' of 'tuned' and in evalset 'target' (id '2')" in _cautions(found)


def test_what_a_classifier_is_fitted_on_counts_as_learnt(lab: Lab) -> None:
    """A baseline that saw the answers spoils the comparison as well."""
    _lab(lab, 30)
    rows = [{"input": f"question {i}", "expected": ["yes", "no"][i % 2]} for i in range(3)]
    lab.write_rows("train.jsonl", rows)
    lab.table("providers", "fitted", kind="classifier", train="train.jsonl")
    lab.table("systems", "fitted", role="baseline", provider="fitted")
    said = "3 questions of evalset 'target' stand in training file 'train.jsonl' of 'fitted'"
    assert said in _cautions(_looked(lab), "strong")


def test_few_shot_rows_that_stand_in_an_evalset_are_a_strong_caution(lab: Lab) -> None:
    """Only the rows that are shown count."""
    _lab(lab, 30)
    lab.write_rows("shots.jsonl", [{"input": "question 7", "expected": "yes"}, {"input": "question 8", "expected": "yes"}])
    prompt = {"user": "{{ input }}", "few_shot": {"path": "shots.jsonl", "k": 1}}
    lab.table("providers", "server", kind="openai_chat", base_url="http://127.0.0.1:9/v1")
    lab.table("systems", "tuned", role="candidate", provider="server", model="m", prompt=prompt)
    assert "1 question stands in the few-shot rows of 'tuned'" in _cautions(_looked(lab), "strong")


def test_training_files_that_cannot_be_compared_are_said(lab: Lab) -> None:
    """A training file may be anything; what is not a known format is not silently passed over."""
    _lab(lab, 30)
    (lab.folder / "train.txt").write_text("text", encoding="utf-8")
    lab.system("tuned", "candidate", {"target": [True] * 30}, training={"files": ["train.txt"]})
    assert "training file 'train.txt' of 'tuned' could not be compared" in _cautions(_looked(lab))


def test_expected_answers_outside_the_labels_are_said(lab: Lab) -> None:
    """With labels fixed in advance, an expected answer that is none of them is odd."""
    _lab(lab, 30)
    lab.tables["evalsets"]["target"]["labels"] = ["no"]
    assert "30 examples expect what is none of its labels (first: id '0')" in _cautions(_looked(lab))


def test_a_candidate_like_its_baseline_is_said(lab: Lab) -> None:
    """An A/A run is legitimate, and the reader should know that it is one."""
    _lab(lab, 30)
    lab.table("systems", "twin", role="candidate", provider="base-recorded")
    assert "twin and base are the same system: an A/A run" in _cautions(_looked(lab))


def test_requests_and_tokens_are_counted_without_asking(lab: Lab) -> None:
    """Requests times repeats; output tokens only where a limit is set; nothing is written."""
    _lab(lab, 30)
    lab.table("providers", "server", kind="openai_chat", base_url="http://127.0.0.1:9/v1")
    body = {"role": "candidate", "provider": "server", "prompt": {"user": "{{ input }}"}, "repeats": 2}
    lab.table("systems", "open", model="m", **body)
    lab.table("systems", "limited", model="n", **body, decoding={"max_tokens": 16})
    calls = {held.system: held for held in _looked(lab).calls}
    assert (calls["base"].requests, calls["base"].input_tokens) == (0, None)
    assert (calls["open"].requests, calls["open"].output_tokens) == (60, None)
    assert calls["limited"].output_tokens == 60 * 16
    assert calls["open"].input_tokens == pytest.approx(60 * 11 / 4, abs=5)
    assert not (lab.folder / ".tuneproof").exists()


def test_a_forecast_is_json(lab: Lab) -> None:
    """Machines get all of it."""
    _lab(lab).criterion("superiority", evalset="target")
    held = json.loads(json.dumps(_looked(lab).to_json(), allow_nan=False))
    assert held["evalsets"][0]["n"] == 80
    assert held["prospects"][0]["criterion"] == "superiority"


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_checked(lab: Lab) -> None:
    """A large evalset is checked whole."""
    _lab(lab, 100_000).criterion("non_inferiority", evalset="target", margin=0.01)
    lab.table("providers", "server", kind="openai_chat", base_url="http://127.0.0.1:9/v1")
    lab.table("systems", "tuned", role="candidate", provider="server", model="m", prompt={"user": "{{ input }}"})
    assert forecast(lab.write()).calls[-1].requests == 100_000


def test_recorded_answers_that_are_not_there_are_counted(lab: Lab) -> None:
    """A replayed system that lacks answers is told before the run."""
    lab.evalset("target", 30)
    lab.system("prompted", "baseline", {"target": [True] * 30})
    lab.system("tuned", "candidate", {"target": [None] * 4 + [True] * 26})
    lab.criterion("superiority", evalset="target")
    assert "4 of 30 answers of tuned are not there" in [caution.text for caution in forecast(lab.write()).cautions]


def test_a_plan_that_cannot_come_true_is_told(lab: Lab) -> None:
    """A gain larger than the share of examples on which the systems differ is impossible."""
    lab.settings |= {"expected_lift": 0.12}
    lab.evalset("target", 30)
    lab.system("prompted", "baseline", {"target": [True] * 30})
    lab.criterion("superiority", evalset="target")
    assert any("register expected_discordance" in caution.text for caution in forecast(lab.write()).cautions)
