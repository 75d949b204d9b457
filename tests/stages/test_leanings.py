"""Leanings and suspects: what sways a judge beside the answer, and systems that please it without answering."""

from typing import Any

import numpy as np
import pytest
from judged_tables import PAIRS, UNSEEN, ground, menu, tables

from tuneproof.core.example import Example
from tuneproof.core.judge_report import Figure, JudgeReport
from tuneproof.core.judging import NO_CHOICE, NOT_JUDGED
from tuneproof.stages._families import family
from tuneproof.stages._gauge import Gauge
from tuneproof.stages._suspects import TEXTS_COUNTED, Suspects
from tuneproof.stages.calibrate import calibrate
from tuneproof.stages.tabulate import Tables
from tuneproof.stats.distributions import t_quantile

LONG, SHORT = 200, 100


def report_on(held: Tables, **changes: Any) -> JudgeReport:
    """Return the one report of a table."""
    (report,) = calibrate(held, ground(**changes))
    return report


def leanings(report: JudgeReport) -> dict[str, Figure]:
    """Return a report's leanings by name."""
    return {figure.name: figure for figure in report.leanings}


def pairs(given: list[int], swapped: list[int], **more: Any) -> Tables:
    """Return one system's answers against the reference's, as one judge saw them in both orders."""
    unseen = [NOT_JUDGED] * len(given)
    readings = {"choice:given:gpt": [unseen, given], "choice:swapped:gpt": [unseen, swapped]}
    readings |= {name: [unseen, values] for name, values in more.pop("counts", {}).items()}
    people = more.pop("people", None)
    labels = None if people is None else {"": [unseen, people]}
    return tables(menu(PAIRS, against="prompted"), ["prompted", "tuned"], readings, labels, **more)


def test_a_judge_that_takes_what_is_shown_first_is_found() -> None:
    """Sixty pairs: 40 first in both orders, 10 for either answer whatever the order."""
    report = report_on(pairs([0] * 50 + [1] * 10, [0] * 40 + [1] * 10 + [0] * 10))
    held = leanings(report)
    assert (held["first shown is chosen"].value, held["first shown is chosen"].n) == (100 / 120, 120)
    assert held["first shown is chosen"].low > 0.5
    assert (held["flips"].value, held["flips to the first shown"].value) == (40 / 60, 1.0)
    assert any("leans to what is shown first: the first is chosen in 0.833 of 120" in said for said in report.cautions)


def test_a_judge_without_a_leaning_gives_no_cause_to_speak() -> None:
    """Consistent choices, ties and replies without a choice say nothing of position."""
    report = report_on(pairs([0] * 30 + [1] * 30 + [2] * 5 + [NO_CHOICE], [1] * 30 + [0] * 30 + [2] * 5 + [0]))
    held = leanings(report)
    assert (held["first shown is chosen"].value, held["first shown is chosen"].n) == (0.5, 120)
    assert (held["flips"].value, held["flips"].n) == (0.0, 65)
    assert "flips to the first shown" not in held
    assert report.cautions == ()


def test_position_is_no_matter_where_one_answer_is_shown() -> None:
    """Pointwise graders have no order."""
    assert leanings(report_on(tables(menu(), ["tuned"], {"choice:given:gpt": [[0, 1] * 20]}))) == {}


def test_a_judge_that_takes_the_longer_answer_is_held_against_people() -> None:
    """People choose the longer one in half of the pairs, the judge always."""
    given = [1, 0] * 40
    counts = {"chars": [LONG, SHORT] * 40, "other_chars": [SHORT, LONG] * 40}
    report = report_on(pairs(given, [1 - one for one in given], counts=counts, people=[1, 1] * 40))
    held = leanings(report)
    assert (held["longer answer wins"].value, held["longer answer wins"].n) == (1.0, 80)
    assert (held["longer answer wins, by people"].value, held["longer answer wins, by people"].n) == (0.5, 80)
    assert "longer answer wins, where people labelled" not in held
    assert any("judges lean to the longer answer" in said for said in report.cautions)


def test_people_who_prefer_longer_answers_too_make_no_bias() -> None:
    """The figure stands; nothing is said of a leaning."""
    given = [1, 0] * 40
    counts = {"chars": [LONG, SHORT] * 40, "other_chars": [SHORT, LONG] * 40}
    report = report_on(pairs(given, [1 - one for one in given], counts=counts, people=[*given[:60], *[UNSEEN] * 20]))
    assert leanings(report)["longer answer wins, where people labelled"].n == 60
    assert report.cautions == ()


def test_length_is_told_apart_by_how_much_longer_an_answer_is() -> None:
    """A tenth, a half, more than a half; equal lengths, ties and unknown lengths do not enter."""
    chars = [110, 150, 151, 300, 100, 500, NOT_JUDGED]
    given = [1, 0, 1, 1, 1, 2, 1]
    counts = {"chars": chars, "other_chars": [100] * 7}
    held = leanings(report_on(pairs(given, [1, 1, 0, 0, 0, 2, 0], counts=counts, marks=[[0.5] * 7, [1, 0, 1, 1, 1, 0.5, 1]])))
    assert {name: (one.value, one.n) for name, one in held.items() if name.startswith("longer")} == {
        "longer answer wins": (0.75, 4),
        "longer answer wins, up to 10 % longer": (1.0, 1),
        "longer answer wins, 10 to 50 % longer": (0.0, 1),
        "longer answer wins, over 50 % longer": (1.0, 2),
    }


def test_single_answers_are_compared_with_the_baselines_answer_to_the_same_question() -> None:
    """An empty answer is shorter than any; two candidates on one question are no independent pairs."""
    readings = {
        "choice:given:gpt": [[0] * 40, [1] * 40, [1, 0] * 20],
        "chars": [[0] * 40, [LONG] * 40, [SHORT] * 40],
    }
    held = tables(menu(), ["prompted", "tuned", "other"], readings)
    found = leanings(report_on(held, candidates=("tuned", "other")))["longer answer wins"]
    assert (found.value, found.n) == (1.0, 60)
    assert leanings(report_on(held, candidates=())) == {}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-5.4", "gpt"),
        ("ft:gpt-4.1-mini-2025-04-14:acme:triage:abc123", "gpt"),
        ("openai/gpt-4o", "gpt"),
        ("o3-mini", "gpt"),
        ("chatgpt-4o-latest", "gpt"),
        ("us.anthropic.claude-sonnet-4", "claude"),
        ("Qwen/Qwen2.5-7B-Instruct", "qwen"),
        ("meta-llama/Meta-Llama-3.1-8B-Instruct", "llama"),
        ("accounts/fireworks/models/llama-v3p1-8b", "llama"),
        ("open-mixtral-8x7b", "mistral"),
        ("my-model", ""),
        ("175b_finetuning", ""),
        ("", ""),
    ],
)
def test_the_family_of_a_model_is_read_from_its_id(model: str, name: str) -> None:
    """What cannot be read is no family."""
    assert family(model) == name


KIN = {"gpt": "gpt-5.4", "tuned": "ft:gpt-4.1-mini:acme::1", "prompted": "qwen-3"}
TOLD = "judge gpt (gpt-5.4) and system tuned (ft:gpt-4.1-mini:acme::1) are of one family (gpt): judges may favour their own"


def test_a_judge_of_the_same_family_is_told_without_any_label() -> None:
    """What cannot be measured is said all the same."""
    report = report_on(tables(menu(), ["prompted", "tuned"], {"choice:given:gpt": [[0, 1] * 20] * 2}), models=KIN)
    assert report.cautions == (TOLD,)
    assert leanings(report) == {}


def test_a_judge_that_favours_its_own_family_is_measured_against_people() -> None:
    """Its own family's wrong answers pass in one case of four, the other's never."""
    people = [[0, 1, 0, 1] * 25] * 2
    judge = [[0, 1, 0, 1] * 25, [1, 1, 0, 1] * 25]
    report = report_on(tables(menu(), ["prompted", "tuned"], {"choice:given:gpt": judge}, {"": people}), models=KIN)
    found = leanings(report)["favours its own family"]
    assert (found.value, found.n, found.method) == (0.25, 200, "jackknife-t")
    assert found.low > 0.0
    assert TOLD in report.cautions


def test_the_interval_of_a_family_is_that_of_two_means() -> None:
    """Answers to different questions are independent: the jackknife is then Welch's standard error, all but the last digit."""
    draw = np.random.default_rng(5)
    values, inside = draw.choice([-1.0, 0.0, 1.0], 400), draw.random(400) < 0.3
    found = Gauge(alpha=0.05).apart("", values, inside, np.arange(400))
    one, other = values[inside], values[~inside]
    error = np.sqrt(one.var(ddof=1) / one.size + other.var(ddof=1) / other.size)
    assert found.value == pytest.approx(one.mean() - other.mean())
    assert (found.high - found.low) / 2 == pytest.approx(t_quantile(0.95, 399) * error, rel=5e-3)


def test_of_pairs_the_own_family_may_be_either_side() -> None:
    """Where the reference is the judge's kin, a strange answer that is marked down is the same favour."""
    given, people = [0] * 30 + [1] * 30, [1] * 60
    held = pairs(given, [1 - one for one in given], people=people)
    mine = leanings(report_on(held, models=KIN))["favours its own family"]
    theirs = leanings(report_on(held, models={"gpt": "gpt-5.4", "prompted": "gpt-4.1", "tuned": "qwen-3"}))
    assert (mine.value, theirs["favours its own family"].value) == (-0.5, 0.5)
    both = report_on(held, models={"gpt": "gpt-5.4", "prompted": "gpt-4.1", "tuned": "gpt-4.1"})
    assert "favours its own family" not in leanings(both)
    assert "systems prompted (gpt-4.1), tuned (gpt-4.1) are all of one family" in both.cautions[0]


def example(at: int, question: str = "", **more: Any) -> Example:
    """Return a question."""
    return Example(id=str(at), inputs=question or f"what is to be done about matter {at}?", cluster=str(at), **more)


def watched(**answers: Any) -> tuple[str, ...]:
    """Return what is odd about the answers of systems: system to a function of the number and text of the question."""
    suspects = Suspects()
    for at in range(100):
        asked = example(at)
        for system, answer in answers.items():
            suspects.add("target", asked, system, answer(at, str(asked.inputs)))
    return suspects.cautions()["target"]


def test_one_text_for_everything_is_found() -> None:
    """Nine in ten answers are one text, but for case and space, and the other system's are not."""
    (said,) = watched(prompted=lambda at, _: f"answer {at}", tuned=lambda at, _: "Best  answer!" if at % 10 else f"no {at}")
    assert said == (
        "90 of 100 answers of tuned are one text ('Best answer!'; most frequent text of prompted: 1 of 100): "
        "a judge that likes it likes it everywhere"
    )


def test_equal_answers_that_the_task_asks_for_are_no_matter() -> None:
    """Where all systems say one thing, or nobody else answers, nothing is odd; nor are few answers."""
    assert watched(prompted=lambda *_: "yes", tuned=lambda *_: "yes") == ()
    assert watched(tuned=lambda *_: "yes") == ()
    suspects = Suspects()
    for at in range(19):
        suspects.add("target", example(at), "tuned", "yes")
        suspects.add("target", example(at), "prompted", str(at))
    assert suspects.cautions() == {"target": ()}


def test_questions_that_are_said_back_are_found() -> None:
    """Half of the answers hold the whole question, whatever its case and spaces."""
    (said,) = watched(
        prompted=lambda at, _: f"this: {at}", tuned=lambda at, asked: f"Well,  {asked.upper()} Good." if at % 2 else "no"
    )
    assert said == (
        "50 of 100 answers of tuned hold the whole question (prompted: 0 of 100): "
        "a judge may take the question said back for an answer"
    )


def test_short_questions_may_stand_in_an_answer() -> None:
    """Below twenty characters nothing is said; of a chat the user's last message is the question."""
    suspects = Suspects()
    for at in range(30):
        chat = [{"role": "user", "content": "an earlier question"}, {"role": "user", "content": f"tell me all about {at}"}]
        suspects.add("brief", example(at, "why?"), "tuned", f"why? because {at}")
        suspects.add(
            "chat", Example(id=str(at), inputs=None, messages=tuple(chat), cluster="0"), "tuned", f"tell me all about {at}"
        )
        suspects.add("object", example(at, {"a": "one half of it", "b": "and the other"}), "tuned", "one half of it")  # type: ignore[arg-type]
    told = suspects.cautions()
    assert (told["brief"], told["object"]) == ((), ())
    assert len(told["chat"]) == 1


def test_no_more_texts_are_counted_than_fit() -> None:
    """Memory is bounded however many different answers come, and a constant one is still found among them."""
    suspects = Suspects()
    for at in range(3 * TEXTS_COUNTED):
        suspects.add("target", example(at), "prompted", f"answer {at}")
        suspects.add("target", example(at), "tuned", f"answer {at}" if at % 20 == 0 else "same")
    habits = suspects._habits["target"]
    assert max(len(habit.counts) for habit in habits.values()) <= TEXTS_COUNTED
    assert any("of tuned are one text ('same'" in said for said in suspects.cautions()["target"])


def test_suspects_stand_first_among_the_cautions() -> None:
    """A report repeats what was found among the answers of its evalset."""
    held = tables(menu(), ["tuned"], {"choice:given:gpt": [[0, 1] * 20]})
    report = report_on(held, suspects={"target": ("odd",), "general": ("other",)}, models={"gpt": "gpt-5.4", "tuned": "gpt-4"})
    assert report.cautions[0] == "odd"
    assert len(report.cautions) == 2


def test_figures_of_several_judges_carry_their_names() -> None:
    """A panel's leanings are each judge's own."""
    unseen = [NOT_JUDGED] * 20
    readings = {f"choice:{order}:{name}": [unseen, [0, 1] * 10] for order in ("given", "swapped") for name in ("a", "b")}
    held = tables(menu(PAIRS, against="prompted", judges=("a", "b")), ["prompted", "tuned"], readings)
    assert {"a: first shown is chosen", "b: first shown is chosen"} <= set(leanings(report_on(held)))


def test_cautions_about_a_pair_of_equal_length_are_not_made_up() -> None:
    """Where no length differs there is no figure of length."""
    counts = {"chars": [SHORT] * 20, "other_chars": [SHORT] * 20}
    held = leanings(report_on(pairs([0, 1] * 10, [1, 0] * 10, counts=counts)))
    assert not any(name.startswith("longer") for name in held)
    assert np.isfinite(held["first shown is chosen"].value or np.nan)
