"""_rubric: the shipped rubrics hold to one contract, a workspace's own are found, and what is wrong with a file is said."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tuneproof.core.errors import InputError
from tuneproof.core.example import Example
from tuneproof.core.judging import JudgeMarker, ReplyForm
from tuneproof.core.protocols import GradingContext, Workspace
from tuneproof.graders._judge_question import reply_of
from tuneproof.graders._rubric import SHIPPED, NoRubric, find_rubric, read_rubric, rubric_file, shipped_rubrics
from tuneproof.graders.judge import Judge

NAMES = shipped_rubrics()
FORMS: tuple[ReplyForm, ...] = ("json", "line")
EXAMPLE = Example(
    id="1",
    inputs="What is ZEBRA?",
    expected="A striped OKAPI.",
    cluster="1",
    meta={"context": "All about TAPIRS.", "x": "HIDDEN"},
)
SHOWN = {"input": "What is ZEBRA?", "expected": "A striped OKAPI.", "context": "All about TAPIRS."}


def marker(name: str, workspace: Workspace) -> JudgeMarker:
    """Return a shipped rubric made ready."""
    grader = Judge.model_validate({"rubric": name, "judges": ["gpt"]}, context=workspace)
    assert grader.problems("graders.x", workspace) == []
    return grader.ready(GradingContext(workspace=workspace, labels=()))


def answers(ready: JudgeMarker) -> tuple[str, ...]:
    """Return as many answers as a rubric looks at."""
    return ("It is a LEMUR.", "It is a GIRAFFE.") if ready.turned() else ("It is a LEMUR.",)


# -- the shipped rubrics -----------------------------------------------------------------------------------------------------

each_rubric = pytest.mark.parametrize("name", NAMES)
each_form = pytest.mark.parametrize("form", FORMS)


def test_the_starter_set_is_there() -> None:
    """What the documentation names."""
    promised = {"correctness", "faithfulness", "brand-voice", "helpfulness", "refusal", "preference", "preference-forced"}
    assert promised == set(NAMES)


@each_rubric
def test_a_shipped_rubric_has_a_menu_with_meanings_and_scores(name: str, workspace: Workspace) -> None:
    """Every entry says when to choose it; the best is worth 1 and the worst 0."""
    menu = marker(name, workspace).menu
    assert [choice.name for choice in menu if not choice.means] == []
    assert {min(choice.score for choice in menu), max(choice.score for choice in menu)} == {0.0, 1.0}


@each_rubric
def test_every_choice_can_be_read_back_from_both_forms(name: str, workspace: Workspace) -> None:
    """As JSON, as a marked line, and alone."""
    ready = marker(name, workspace)
    for choice in ready.menu:
        replies = (json.dumps({"reason": "So.", "choice": choice.name}), f"So.\nCHOICE: {choice.name}")
        assert [ready.read(reply) for reply in replies] == [(choice.name, "So.")] * 2
        assert ready.read(choice.name) == (choice.name, "")


@each_rubric
@each_form
def test_the_question_holds_what_the_judge_sees_and_nothing_else(name: str, form: ReplyForm, workspace: Workspace) -> None:
    """Every part that `sees` names, once; the answers; the whole menu; no other part of the row."""
    ready, rubric = marker(name, workspace), read_rubric(find_rubric(name, None), name)
    messages = ready.messages(EXAMPLE, answers(ready), form)
    asked = messages[-1]["content"]
    assert {part: asked.count(text) for part, text in SHOWN.items()} == {part: int(part in rubric.sees) for part in SHOWN}
    assert [asked.count(text) for text in answers(ready)] == [1] * len(answers(ready))
    assert all(f"- {choice.name}: {choice.means}" in messages[0]["content"] for choice in ready.menu)
    assert "HIDDEN" not in json.dumps([*messages])


@each_rubric
@each_form
def test_worked_examples_read_back_to_their_choice(name: str, form: ReplyForm, workspace: Workspace) -> None:
    """A judge that copies their form is understood; each shows its reason."""
    ready, rubric = marker(name, workspace), read_rubric(find_rubric(name, None), name)
    turns = ready.messages(EXAMPLE, answers(ready), form)[1:-1]
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * len(rubric.examples)
    read = [ready.read(turn["content"]) for turn in turns[1::2]]
    assert read == [(shot.choice, shot.reason) for shot in rubric.examples]
    assert all(shot.reason for shot in rubric.examples)


@each_rubric
def test_the_schema_of_a_rubric_is_one_that_endpoints_take(name: str, workspace: Workspace) -> None:
    """Closed objects whose keys are all required, a name of letters, the menu as an enum, and the reason before the choice."""
    ready = marker(name, workspace)
    held = ready.response_format()
    schema = held["json_schema"]["schema"]
    assert (held["type"], held["json_schema"]["strict"], held["json_schema"]["name"]) == ("json_schema", True, "judgment")
    assert (schema["required"], schema["additionalProperties"]) == (["reason", "choice"], False)
    assert list(schema["properties"]) == ["reason", "choice"]
    assert schema["properties"]["choice"]["enum"] == [choice.name for choice in ready.menu]


@each_rubric
def test_a_shipped_file_says_in_its_first_line_what_it_asks(name: str) -> None:
    """Whoever lists the folder reads it there."""
    assert (SHIPPED / f"{name}.toml").read_text("utf-8").startswith("# ")


def test_both_preferences_tell_the_judge_the_same() -> None:
    """They differ in the tie alone."""
    one, other = (tomllib.loads(find_rubric(name, None)) for name in ("preference", "preference-forced"))
    assert [name["name"] for name in one["choices"] if name not in other["choices"]] == ["tie"]
    assert one["examples"][:2] == other["examples"]
    assert one["instructions"].splitlines()[:3] == other["instructions"].splitlines()[:3]


# -- where a rubric is -------------------------------------------------------------------------------------------------------

GOOD = """
kind = "choice"
instructions = "Judge."
[[choices]]
name = "yes"
score = 1
[[choices]]
name = "no"
score = 0
"""


@pytest.fixture
def own(workspace: Workspace) -> Callable[..., Path]:
    """Return a function that writes a rubric of the workspace."""

    def write(name: str = "mine", text: str = GOOD) -> Path:
        path = workspace.folder / rubric_file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    return write


def test_a_workspace_brings_its_own_rubrics(own: Callable[..., Path], workspace: Workspace) -> None:
    """By name from `graders/rubrics/`, or by a path from anywhere."""
    path = own()
    assert find_rubric("mine", workspace) == GOOD
    assert find_rubric(str(path), workspace) == find_rubric("graders/rubrics/mine.toml", workspace) == GOOD


def test_line_ends_and_a_byte_order_mark_are_no_content(own: Callable[..., Path], workspace: Workspace) -> None:
    """A lock does not break because a checkout changes them."""
    own(text="\ufeff" + GOOD.replace("\n", "\r\n"))
    assert find_rubric("mine", workspace) == GOOD


@pytest.mark.parametrize(
    ("name", "what", "expected"),
    [
        ("brandvoice", "unknown rubric 'brandvoice', did you mean 'brand-voice'?", "known: brand-voice, correctness, "),
        ("minee", "unknown rubric 'minee', did you mean 'mine'?", "known: brand-voice, "),
        ("../mine", "unknown rubric '../mine', did you mean 'mine'?", "known: brand-voice, "),
        ("refusal", "'refusal' is a shipped rubric and graders/rubrics/refusal.toml as well", "another name, or the path"),
        ("no/such.toml", "'no/such.toml' cannot be read: No such file or directory", "a rubric file"),
        ("graders", "unknown rubric 'graders'", "known: "),
    ],
)
def test_a_rubric_that_is_not_there(
    own: Callable[..., Path], workspace: Workspace, name: str, what: str, expected: str
) -> None:
    """The nearest and the known ones are named; two of one name are an error, never a silent choice."""
    own()
    own("refusal")
    with pytest.raises(NoRubric) as caught:
        find_rubric(name, workspace)
    assert caught.value.args[0] == what
    assert caught.value.args[1].startswith(expected)


def test_a_file_that_is_no_text(own: Callable[..., Path], workspace: Workspace) -> None:
    """The byte is named."""
    own().write_bytes(b"kind = \xff")
    with pytest.raises(NoRubric, match="'mine' cannot be read: byte 7 is not UTF-8"):
        find_rubric("mine", workspace)


def test_a_path_needs_a_workspace() -> None:
    """Without one only shipped rubrics are known."""
    with pytest.raises(NoRubric, match="there is no workspace"):
        find_rubric("mine.toml", None)


# -- what is wrong with a rubric ---------------------------------------------------------------------------------------------


def rubric(**changes: Any) -> str:
    """Return a rubric's text, changed; None takes a key out."""
    held: dict[str, Any] = {
        "kind": "choice",
        "instructions": "Judge.",
        "choices": [{"name": "yes", "score": 1.0}, {"name": "no", "score": 0.0}],
        **changes,
    }
    return "".join(f"{key} = {toml(value)}\n" for key, value in held.items() if value is not None)


def toml(value: Any) -> str:
    """Return a value as inline TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(held)}" for key, held in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def menu(*entries: tuple[str, float]) -> list[dict[str, Any]]:
    """Return a menu."""
    return [{"name": name, "score": score} for name, score in entries]


SHOT = {"input": "q", "answer": "a", "choice": "yes"}
PAIR: dict[str, Any] = {"kind": "pairwise", "choices": menu(("first", 1), ("second", 0))}

WRONG = {
    "no TOML": ("kind = ", "r.toml: is not TOML: "),
    "unknown key": (rubric(foo=1), "r.toml: foo: unknown key 'foo' (known: choices, "),
    "misspelt key": (rubric(see=["input"]), "r.toml: see: unknown key 'see', did you mean 'sees'?"),
    "no kind": (rubric(kind=None), "r.toml: kind: missing"),
    "wrong kind": (rubric(kind="pair"), "r.toml: kind: 'pair' is not allowed (one of 'choice', 'scale' or 'pairwise')"),
    "no instructions": (rubric(instructions=None), "r.toml: instructions: missing"),
    "blank instructions": (rubric(instructions=" \n"), "r.toml: instructions: empty (what to judge, and how)"),
    "sees what is not there": (rubric(sees=["output"]), "r.toml: sees[0]: 'output' is not allowed (one of 'input', "),
    "sees twice": (rubric(sees=["input", "input"]), "r.toml: sees: input, input: one stands twice (each part once)"),
    "no choices": (rubric(choices=None), "r.toml: choices: the menu has no entries (at least two)"),
    "an empty menu": (rubric(choices=[]), "r.toml: choices: the menu has no entries (at least two)"),
    "one choice": (rubric(choices=menu(("yes", 1))), "r.toml: choices: the menu has one entry (at least two)"),
    "no score": (rubric(choices=[{"name": "yes", "score": 1}, {"name": "no"}]), "r.toml: choices[1].score: missing"),
    "a score beyond 1": (rubric(choices=menu(("yes", 1.5), ("no", 0))), "r.toml: choices[0].score: 1.5 is not allowed"),
    "a score below 0": (rubric(choices=menu(("yes", 1), ("no", -0.1))), "r.toml: choices[1].score: -0.1 is not allowed"),
    "a score that is none": (rubric().replace("1.0", "nan"), "r.toml: choices[0].score: nan is not allowed (a finite number)"),
    "a score that is a word": (rubric().replace("1.0", "true"), "r.toml: choices[0].score: True is not allowed (a number)"),
    "equal scores": (rubric(choices=menu(("yes", 0.5), ("no", 0.5))), "r.toml: choices: all have the score 0.5 (at least two "),
    "unknown key in the menu": (
        rubric(choices=[{"name": "yes", "score": 1, "mean": "x"}, {"name": "no", "score": 0}]),
        "r.toml: choices[0].mean: unknown key 'mean', did you mean 'means'?",
    ),
    "a name that is a number": (rubric().replace('"yes"', "1"), "r.toml: choices[0].name: 1 is not allowed (text)"),
    "an empty name": (rubric(choices=menu(("", 1), ("no", 0))), "r.toml: choices[0].name: '' is empty, "),
    "a name of marks": (
        rubric(choices=menu(("**", 1), ("no", 0))),
        "r.toml: choices[0].name: '**' is empty, nothing but marks",
    ),
    "a name with blanks": (rubric(choices=menu((" yes", 1), ("no", 0))), "r.toml: choices[0].name: ' yes' is empty, "),
    "a long name": (rubric(choices=menu(("y" * 41, 1), ("no", 0))), f"r.toml: choices[0].name: '{'y' * 41}' has 41 characters"),
    "a name with a line break": (
        rubric(choices=menu(("y\nes", 1), ("no", 0))),
        "r.toml: choices[0].name: 'y\\nes' holds a line",
    ),
    "one name twice": (rubric(choices=menu(("yes", 1), ("YES", 0))), "r.toml: choices[1].name: 'YES' and 'yes' are the same"),
    "one number twice": (rubric(choices=menu(("4", 1), ("4.0", 0))), "r.toml: choices[1].name: '4.0' and '4' are the same"),
    "a scale that goes up and down": (
        rubric(kind="scale", choices=menu(("1", 0), ("2", 1), ("3", 0.5))),
        "r.toml: choices: the scores go up and down",
    ),
    "pairs without a second": (
        rubric(kind="pairwise", choices=menu(("first", 1), ("tie", 0.5))),
        "r.toml: choices: the scores are 1, 0.5 (one 1 (the first is better), one 0 (the second is), and at most one 0.5",
    ),
    "pairs by degrees": (
        rubric(kind="pairwise", choices=menu(("a", 1), ("b", 0.75), ("c", 0))),
        "r.toml: choices: the scores are 1, 0.75, 0 (",
    ),
    "pairs with two ties": (
        rubric(kind="pairwise", choices=menu(("a", 1), ("b", 0.5), ("c", 0.5), ("d", 0))),
        "r.toml: choices: the scores are 1, 0.5, 0.5, 0 (",
    ),
    "an example off the menu": (
        rubric(examples=[SHOT | {"choice": "maybe"}]),
        "r.toml: examples[0].choice: 'maybe' is not in the menu (one of yes, no)",
    ),
    "an example without an answer": (
        rubric(examples=[{"input": "q", "choice": "yes"}]),
        "r.toml: examples[0].answer: missing (one answer)",
    ),
    "an example with a pair": (
        rubric(examples=[SHOT | {"first": "b"}]),
        "r.toml: examples[0].first: given in a rubric of kind 'choice' (one answer)",
    ),
    "a pair without its second": (
        rubric(**PAIR, examples=[{"input": "q", "first": "a", "choice": "first"}]),
        "r.toml: examples[0].second: missing (first and second)",
    ),
    "a pair with one answer": (
        rubric(**PAIR, examples=[{"input": "q", "answer": "c", "first": "a", "second": "b", "choice": "first"}]),
        "r.toml: examples[0].answer: given in a rubric of kind 'pairwise' (first and second)",
    ),
    "an example that lacks a part": (
        rubric(sees=["input", "expected"], examples=[SHOT]),
        "r.toml: examples[0].expected: missing, and the judge sees it (what sees names: input, expected)",
    ),
    "an example with a part too many": (
        rubric(sees=[], examples=[SHOT]),
        "r.toml: examples[0].input: given, and the judge does not see it (what sees names: nothing)",
    ),
    "an example that is no JSON": (
        rubric(examples=[SHOT]).replace('input = "q"', "input = {a = nan}"),
        "r.toml: examples[0].input: holds NaN or an infinite number",
    ),
    "a NUL": (rubric(instructions="Judge\0."), "r.toml: NUL character in the text"),
}


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_rubric_is_one_line_with_file_and_key(text: str, says: str) -> None:
    """Each mistake alone; nothing else is reported."""
    with pytest.raises(InputError) as caught:
        read_rubric(text, "r.toml")
    lines = [str(problem) for problem in caught.value.problems]
    assert [line[: len(says)] for line in lines] == [says]


def test_all_that_is_wrong_is_said_at_once() -> None:
    """As everywhere."""
    with pytest.raises(InputError) as caught:
        read_rubric(rubric(instructions="", choices=menu(("yes", 1), ("yes", 1))), "r.toml")
    assert [str(problem).split(": ")[1] for problem in caught.value.problems] == ["instructions", "choices[1].name", "choices"]


RIGHT = {
    "scores that fall": rubric(kind="scale", choices=menu(("good", 1), ("fair", 0.5), ("bad", 0))),
    "steps of one worth": rubric(kind="scale", choices=menu(("1", 0), ("2", 0), ("3", 1))),
    "a menu that never reaches the ends": rubric(choices=menu(("yes", 0.9), ("no", 0.2))),
    "pairs with a tie in any order": rubric(kind="pairwise", choices=menu(("=", 0.5), ("2nd", 0), ("1st", 1))),
    "an object as the input": rubric(examples=[SHOT | {"input": {"a": [1, 2.5, True]}}]),
    "an empty answer": rubric(examples=[SHOT | {"answer": ""}]),
    "only the answer is seen": rubric(sees=[], examples=[{"answer": "a", "choice": "no"}]),
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_a_right_rubric_is_read(text: str) -> None:
    """With menus and examples of every sort; its examples read back."""
    held = read_rubric(text, "r.toml")
    assert len(held.menu) == len(held.names) >= 2
    assert [reply_of(shot, "line") for shot in held.examples] == [f"CHOICE: {shot.choice}" for shot in held.examples]
