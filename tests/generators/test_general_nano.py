"""`general-nano`: the shipped evalset is what its seed draws, and every answer is worked out again from the question's text."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tuneproof.core.errors import InputError
from tuneproof.generators.general_nano import SKILLS, GeneralNano, draw
from tuneproof.pipeline.generate import generate

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "evalsets" / "general-nano"
SEED = 20261128

Row = dict[str, Any]


@pytest.fixture(scope="module")
def largest() -> list[Row]:
    """Return the largest evalset of a seed."""
    return GeneralNano().rows(1, 200)


# -- the answers, by other code ----------------------------------------------------------------------------------------------


def listed(text: str) -> list[str]:
    """Return the words after the colon."""
    return text.split(": ")[1].split()


def numbers(text: str) -> list[int]:
    """Return the numbers of a text."""
    return [int(digits) for digits in re.findall(r"\d+", text)]


def found(pattern: str, text: str) -> str:
    """Return the one group of a pattern that matches."""
    match = re.search(pattern, text)
    assert match, text
    return next(group for group in match.groups() if group)


def picked(text: str) -> str:
    """Return the word at the place that is asked for."""
    place = {"first": 1, "second": 2, "third": 3, "last": 0}[found(r"(first|second|third|last)", text.split(":")[0])]
    return listed(text)[place - 1]


def is_there(text: str) -> str:
    """Tell whether the asked word is listed."""
    return "yes" if found(r"the word (\w+)|is (\w+) one of", text) in listed(text) else "no"


def read(text: str) -> str:
    """Answer from the two facts."""
    if "Where" in text:
        places = dict(re.findall(r"The (\w+ \w+) is in the (\w+)\.", text))
        return f"in the {places[found(r'Where is the (.*)[?]', text)]}"
    owners = dict(re.findall(r"([A-Z]\w+) has a (\w+ \w+)", text))
    if "Who" in text:
        return {thing: name for name, thing in owners.items()}[found(r"Who has the (.*)[?]", text)]
    return f"a {owners[found(r'does (.*) have', text)]}"


IRREGULAR = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "mouse": "mice",
    "ox": "oxen",
    "sheep": "sheep",
    **{one: f"{one}es" for one in ("potato", "tomato", "hero", "echo")},
    **{f"{stem}f": f"{stem}ves" for stem in ("lea", "wol", "shel", "hal", "loa", "thie")},
    **{f"{stem}fe": f"{stem}ves" for stem in ("kni", "wi", "li")},
}


def plural(text: str) -> str:
    """Form the plural by the rules of spelling."""
    noun = found(r"plural of (\w+)|One (\w+),|plural form of (\w+)", text)
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    if re.search(r"(s|x|ch|sh)$", noun):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{noun}s"


WORKED_OUT: dict[str, Callable[[str], str]] = {
    "repeat": lambda text: text.split(": ")[1],
    "reverse": lambda text: " ".join(reversed(listed(text))),
    "sort": lambda text: " ".join(map(str, sorted(numbers(text)))),
    "add": lambda text: str(sum(numbers(text))),
    "larger": lambda text: str(max(numbers(text)) if "larger" in text else min(numbers(text))),
    "count": lambda text: str(len(listed(text))),
    "pick": picked,
    "contains": is_there,
    "plural": plural,
    "reading": read,
}
LOOKED_UP = {
    "opposite": r"[Oo]pposite of (\w+)",
    "kind": r"is an? (\w+)\?|that an? (\w+) is",
}
"""Skills whose answers only a list knows, and where the asked word stands."""


@pytest.mark.parametrize("skill", list(WORKED_OUT))
def test_an_answer_follows_from_the_question(largest: list[Row], skill: str) -> None:
    """Other code comes to the same answer, on all of the largest draw."""
    rows = [row for row in largest if row["slices"] == [skill]]
    wrong = [row for row in rows if WORKED_OUT[skill](row["input"]) != row["expected"]]
    assert (len(rows), wrong) == (200, [])


@pytest.mark.parametrize("skill", list(LOOKED_UP))
def test_a_word_has_one_answer_however_it_is_asked(largest: list[Row], skill: str) -> None:
    """No word of a list is asked with two answers, and none is its own."""
    pairs = {(found(LOOKED_UP[skill], row["input"]), row["expected"]) for row in largest if row["slices"] == [skill]}
    assert max(Counter(asked for asked, _ in pairs).values()) == 1
    assert [asked for asked, answer in pairs if asked == answer] == []


def test_the_opposite_of_the_opposite_is_the_word(largest: list[Row]) -> None:
    """Both directions are asked, and agree."""
    answers = {
        found(r"[Oo]pposite of (\w+)", row["input"]): row["expected"] for row in largest if row["slices"] == ["opposite"]
    }
    back = {word: answers[answer] for word, answer in answers.items() if answer in answers}
    assert len(back) > 50
    assert {word: again for word, again in back.items() if word != again} == {}


def test_every_skill_is_checked() -> None:
    """No slice is left to belief."""
    assert sorted([*WORKED_OUT, *LOOKED_UP]) == sorted(SKILLS)


# -- the evalset -------------------------------------------------------------------------------------------------------------


def test_the_shipped_evalset_is_what_its_seed_draws(tmp_path: Path) -> None:
    """All three files, byte for byte."""
    drawn = generate("general-nano", SEED, folder=tmp_path / "anew")
    assert drawn.n == 840
    assert [path.name for path in drawn.written if path.read_bytes() != (SHIPPED / path.name).read_bytes()] == []


def test_the_sequence_is_the_one_that_python_promises() -> None:
    """Nothing but `random.random` is asked, whose numbers no version of Python changes."""

    class Bare(random.Random):
        def getrandbits(self, k: int, /) -> int:
            raise AssertionError("choice, sample and shuffle may draw otherwise in another version")

    assert [draw(skill, Bare(5)) for skill in SKILLS] == [draw(skill, random.Random(5)) for skill in SKILLS]


def test_no_two_examples_of_the_largest_evalset_share_input_or_id(largest: list[Row]) -> None:
    """Each skill has at least 200 questions."""
    assert Counter(row["slices"][0] for row in largest) == dict.fromkeys(SKILLS, 200)
    assert [len({row[key] for row in largest}) for key in ("input", "id")] == [2400, 2400]


def test_a_question_is_one_short_line_of_ascii(largest: list[Row]) -> None:
    """A small model reads it whole."""
    texts = [text for row in largest for text in (row["input"], row["expected"])]
    assert all(text.isascii() and text.isprintable() and text == " ".join(text.split()) for text in texts)
    assert max(len(text.split()) for text in texts) <= 30


def test_another_seed_draws_other_questions_of_the_same_make_up() -> None:
    """As many of each slice, as many yes and no, as many lists of each length."""
    one, other = GeneralNano().rows(1, 60), GeneralNano().rows(2, 60)
    made_up = [
        Counter((row["slices"][0], row["expected"]) for row in rows if row["slices"][0] in ("contains", "count"))
        for rows in (one, other)
    ]
    assert made_up[0] == made_up[1]
    assert len({row["input"] for row in one} & {row["input"] for row in other}) < len(one) / 4


def test_a_smaller_evalset_begins_the_larger_one(largest: list[Row]) -> None:
    """So a quick look and the whole are the same questions."""
    assert GeneralNano().rows(1, 3) == largest[:36]


def test_a_trainer_draws_questions_of_one_skill() -> None:
    """From a generator of its own, without end."""
    own = random.Random(3)
    drawn = [draw("add", own) for _ in range(50)]
    assert [answer for text, answer in drawn if WORKED_OUT["add"](text) != answer] == []
    assert len(set(drawn)) > 25


@pytest.mark.parametrize(
    ("seed", "n_per_slice", "words"),
    [
        (-1, 5, r"^general-nano: seed is -1 \(0 to 4294967295\)$"),
        (2**32, 5, r"^general-nano: seed is 4294967296 \(0 to 4294967295\)$"),
        (1, 0, r"^general-nano: n_per_slice is 0 \(1 to 200\)$"),
        (1, 201, r"^general-nano: n_per_slice is 201 \(1 to 200\)$"),
    ],
)
def test_numbers_out_of_range_are_said(seed: int, n_per_slice: int, words: str) -> None:
    """With the range."""
    with pytest.raises(InputError, match=words):
        GeneralNano().rows(seed, n_per_slice)


def test_the_ends_of_the_range_are_in_it() -> None:
    """The least and the greatest seed."""
    assert [len(GeneralNano().rows(seed, 1)) for seed in (0, 2**32 - 1)] == [12, 12]


def test_rows_are_plain_json() -> None:
    """A user may copy the shape."""
    first = json.loads((SHIPPED / "examples.jsonl").read_text("utf-8").splitlines()[0])
    assert list(first) == ["id", "input", "expected", "slices"]
    assert (first["id"], first["slices"]) == ("repeat-001", ["repeat"])
