"""_judge_reply: which entry of the menu a reply chooses, and above all which replies choose none."""

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tuneproof.graders._judge_reply import MARKED, MARKS, entry, folded, read_reply

MENU = ("correct", "partly", "wrong")
SCALE = ("1", "2", "3", "4", "5")

CHOSEN_CORRECT = [
    "correct",
    "Correct",
    " correct.\n",
    "**correct**",
    '"correct"',
    "CHOICE: correct",
    "It is right.\nCHOICE: correct",
    "It is right.\r\nCHOICE: correct\r\n\r\n",
    "It is wrong, or partly so.\n\nCHOICE: correct",
    "Because.\nChoice: Correct",
    "Because.\n**CHOICE:** correct",
    "Because.\n**CHOICE: correct**",
    "Because.\n__CHOICE: correct.__",
    "Because.\n**CHOICE**: `correct`.",
    'Because.\nCHOICE: "correct"',
    "Because.\nCHOICE: \u201ccorrect\u201d.",
    "Because.\n`CHOICE: correct`",
    "Because.\n  CHOICE :  correct",
    "\u7b54\u6848\u662f\u5bf9\u7684\u3002\nCHOICE\uff1acorrect",
    "CHOICE: correct\nI stand by it.\nCHOICE: correct",
    "I end with a line such as\nCHOICE: <entry>\nwhich here is\nCHOICE: correct",
    '{"reason": "It is right.", "choice": "correct"}',
    '{"choice": "CORRECT", "reason": "It is right."}',
    '{"reason": "It is right.", "choice": " correct "}',
    '\n{\n  "reason": "CHOICE: wrong",\n  "choice": "correct"\n}\n',
    '```json\n{"reason": "", "choice": "correct"}\n```',
    '```\n{"choice": "correct"}\n```',
    '```{"choice": "correct"}```',
    '{"choice": "correct", "choice": "Correct"}',
    '{"choice": "correct", "confidence": 1e999, "sure": NaN}',
]


@pytest.mark.parametrize("reply", CHOSEN_CORRECT)
def test_a_declared_choice_is_read(reply: str) -> None:
    """In the field of a JSON object, on a marked last line, or as the whole reply; as the menu writes it."""
    assert read_reply(reply, MENU)[0] == "correct"


CHOSEN_NONE = [
    ("", "the reply is empty"),
    (" \n\t\r\n", "the reply is empty"),
    ("As a grader I must say this is INCORRECT", "no choice is named in 'As a grader I must say this is INCORRECT'"),
    ("incorrect", "no choice is named in 'incorrect'"),
    ("The answer is correct.", "no choice is named in 'The answer is correct.'"),
    ("I choose correct", "no choice is named in 'I choose correct'"),
    ("**CHOICE** correct", "no choice is named in '**CHOICE** correct'"),
    ("correct, wrong", "no choice is named in 'correct, wrong'"),
    ("> CHOICE: correct", "no choice is named in '> CHOICE: correct'"),
    ('The answer ends with\n"CHOICE: correct"', "no choice is named in 'The answer ends with \"CHOICE: correct\"'"),
    ("My CHOICE: correct", "no choice is named in 'My CHOICE: correct'"),
    ("Die Antwort ist richtig.", "no choice is named in 'Die Antwort ist richtig.'"),
    ("CHOICE: richtig", "'richtig' is not in the menu (correct, partly, wrong)"),
    ("CHOICE: incorrect", "'incorrect' is not in the menu (correct, partly, wrong)"),
    ("CHOICE: not correct", "'not correct' is not in the menu (correct, partly, wrong)"),
    ("CHOICE: correct or partly", "'correct or partly' is not in the menu (correct, partly, wrong)"),
    ("CHOICE: correct CHOICE: wrong", "'correct CHOICE: wrong' is not in the menu (correct, partly, wrong)"),
    ("CHOICE:", "'' is not in the menu (correct, partly, wrong)"),
    ("CHOICE:\ncorrect", "no choice is named in 'CHOICE: correct'"),
    ("CHOICE: correct\nThat is all.", "the choice is not on the last line, which is 'That is all.'"),
    ("CHOICE: wrong\nOn second thoughts:\nCHOICE: correct", "two different choices are named: 'wrong' and 'correct'"),
    ("**CHOICE:** wrong.\nCHOICE: correct", "two different choices are named: 'wrong' and 'correct'"),
    ('{"reason": "It is right."}', "the JSON has no choice"),
    ('{"Choice": "correct"}', "the JSON has no choice"),
    ("{}", "the JSON has no choice"),
    ('{"choice": "excellent"}', "'excellent' is not in the menu (correct, partly, wrong)"),
    ('{"choice": ""}', "'' is not in the menu (correct, partly, wrong)"),
    ('{"choice": null}', "choice is neither text nor a number (correct, partly, wrong)"),
    ('{"choice": true}', "choice is neither text nor a number (correct, partly, wrong)"),
    ('{"choice": ["correct"]}', "choice is neither text nor a number (correct, partly, wrong)"),
    ('{"choice": {"choice": "correct"}}', "choice is neither text nor a number (correct, partly, wrong)"),
    ('{"result": {"choice": "correct"}}', "the JSON has no choice"),
    ('{"choice": "correct", "choice": "wrong"}', "two different choices are named: 'correct' and 'wrong'"),
    ('{"choice": "wrong", "choice": "wrong", "choice": "correct"}', "two different choices are named: 'wrong' and 'correct'"),
    ('[{"choice": "correct"}]', 'no choice is named in \'[{"choice": "correct"}]\''),
    ('Here it is: {"choice": "correct"}', 'no choice is named in \'Here it is: {"choice": "correct"}\''),
    ('{"choice": "correct"', 'no choice is named in \'{"choice": "correct"\''),
    ('{"choice": "correct"} {"choice": "wrong"}', 'no choice is named in \'{"choice": "correct"} {"choice": "wrong"}\''),
]


@pytest.mark.parametrize(("reply", "why"), CHOSEN_NONE)
def test_what_is_not_declared_is_no_choice(reply: str, why: str) -> None:
    """A word that happens to stand there, a foreign one, two that contradict each other: none of them, with the reason."""
    assert read_reply(reply, MENU) == (None, why)


@pytest.mark.parametrize(
    ("reply", "choice"),
    [
        ("4", "4"),
        ("4.0", "4"),
        ("4.", "4"),
        ("CHOICE: 4.0", "4"),
        ("CHOICE: **4**", "4"),
        ('{"reason": "Close.", "choice": 4}', "4"),
        ('{"reason": "Close.", "choice": 4.0}', "4"),
        ('{"choice": "4"}', "4"),
        ("CHOICE: 4/5", None),  # 4 of 5, or 8 of 10?
        ("CHOICE: 4 of 5", None),
        ("CHOICE: 4-5", None),
        ("CHOICE: 4.5", None),
        ("CHOICE: 04 out", None),
        ("CHOICE: -4", None),
        ("CHOICE: 0", None),
        ("CHOICE: 6", None),
        ("CHOICE: four", None),
        ('{"choice": 4.5}', None),
        ('{"choice": 1e400}', None),
        (f'{{"choice": {"4" * 5000}}}', None),
        ("I would give it a 4", None),
    ],
)
def test_numbers_are_read_by_their_value_and_only_where_it_is_clear(reply: str, choice: str | None) -> None:
    """4.0 is 4; 4/5 depends on a scale that the reply does not name."""
    assert read_reply(reply, SCALE)[0] == choice


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ('{"reason": "Two\\nlines.", "choice": "wrong"}', "Two lines."),
        ('{"choice": "wrong"}', ""),
        ('{"reason": ["odd"], "choice": "wrong"}', ""),
        ("It says 3.\nThe right number is 4.\n\nCHOICE: wrong", "It says 3. The right number is 4."),
        ("CHOICE: wrong", ""),
        ("wrong", ""),
    ],
)
def test_the_judges_own_reason_comes_with_its_choice(reply: str, reason: str) -> None:
    """On one line; empty where it gave none."""
    assert read_reply(reply, MENU) == ("wrong", reason)


def test_a_reason_is_cut_and_printable() -> None:
    """Whatever it holds: it stands in reports."""
    name, reason = read_reply("\x1b[31m\ud800 is odd. " * 10_000 + "\nCHOICE: wrong", MENU)
    assert (name, reason.isprintable(), len(reason) <= 500) == ("wrong", True, True)


TEN_MEGABYTES = {
    "prose": "the choice is correct, " * 450_000,
    "prose and a marked line": "the choice is correct, " * 450_000 + "\nCHOICE: correct",
    "marked lines": "CHOICE: nothing\n" * 650_000,
    "blank lines": "x" + "\n" * 10_000_000 + "x",
    "carriage returns": "x\r" * 5_000_000,
    "stars": "*" * 10_000_000,
    "lines of stars": "********\n" * 1_100_000,
    "one JSON text": '{"choice": "correct", "reason": "' + "x" * 10_000_000 + '"}',
    "deep JSON": '{"a":' * 2_000_000,
    "deep JSON that ends": '{"a":' * 16_000 + "1" + "}" * 16_000,
    "fences": "```" * 3_300_000,
    "quotes": '"' * 10_000_000,
}


@pytest.mark.parametrize("reply", TEN_MEGABYTES.values(), ids=TEN_MEGABYTES)
def test_ten_megabytes_are_read_in_seconds(reply: str) -> None:
    """Time grows with length and not faster; a JSON judgment of that size is none."""
    started = time.process_time()
    name, reason = read_reply(reply, MENU)
    assert time.process_time() - started < 20
    assert (name == "correct") == reply.endswith("\nCHOICE: correct")
    assert len(reason) < 700


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
MENUS = st.lists(NAMES.filter(folded), min_size=2, max_size=5, unique_by=folded).map(tuple)
WORDS = st.sampled_from(
    ["correct", "wrong", "partly", "I", "say", "choice", "the", "CHOICE", "is", "\n", ".", "**", '"', "{", "}"]
)
PROSE = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=20).map(" ".join))


@given(PROSE)
@example("correct is what I say")
@example('{"reason": "correct", "verdict": "correct"}')
def test_text_without_a_marked_line_is_no_choice(text: str) -> None:
    """Unless it is nothing but an entry: no text that merely mentions one chooses it."""
    is_marked = any(MARKED.fullmatch(line) for line in text.replace("\r", "\n").split("\n"))
    if not is_marked and text.strip(MARKS + ".").casefold() not in MENU:
        assert read_reply(text, MENU)[0] is None


@given(st.data(), MENUS, PROSE, st.sampled_from(["{}", "**{}**", "`{}`", '"{}"', "{}.", " {} ", "**{}.**"]))
def test_a_marked_entry_is_a_choice(data: st.DataObject, names: tuple[str, ...], text: str, around: str) -> None:
    """Of any menu, after any text that has no marked line of its own, in the marks that models put around it."""
    name = data.draw(st.sampled_from(names))
    before = MARKED.sub("", text.replace("\r", "\n"))
    assert read_reply(f"{before}\nCHOICE: {around.format(name)}", names)[0] == name


@given(st.data(), MENUS, st.text(max_size=100), st.booleans())
def test_an_entry_in_the_declared_field_is_a_choice(
    data: st.DataObject, names: tuple[str, ...], reason: str, fenced: bool
) -> None:
    """Of any menu, with any reason before it."""
    name = data.draw(st.sampled_from(names))
    reply = json.dumps({"reason": reason, "choice": name})
    assert read_reply(f"```json\n{reply}\n```" if fenced else reply, names)[0] == name


@given(st.text(max_size=60), MENUS)
def test_no_entry_is_made_up(text: str, names: tuple[str, ...]) -> None:
    """Whatever is read is an entry of the menu, or there is a reason; twice the same."""
    name, reason = read_reply(text, names)
    assert name in names if name is not None else reason
    assert (name, reason) == read_reply(text, names)


@pytest.mark.parametrize("one", ["n/a.", "...so", "+", "-", "yes", "\u00e9", "4", "10", "100", "\U0001f44d"])
def test_odd_names_are_found(one: str) -> None:
    """A name that ends with a stop, one that is a sign, composed and decomposed letters, round numbers."""
    decomposed = one.replace("\u00e9", "e\u0301")
    assert entry(decomposed, ("other", one)) == one
    assert entry("other", ("other", one)) == "other"
