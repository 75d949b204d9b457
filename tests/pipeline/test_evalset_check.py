"""`tuneproof evalset check`: the shipped evalsets have no fault, and each fault that is planted in a copy is found."""

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tuneproof.core.errors import InputError
from tuneproof.pipeline.evalset_check import check_evalset
from tuneproof.pipeline.evalset_remarks import KINDS, Checked

EVALSETS = Path(__file__).parents[2] / "evalsets"
SHIPPED = ["brand-voice", "general-nano", "support-triage", "support-triage-selection"]

Make = Callable[..., Path]
"""(rows, lines of evalset.toml) -> folder."""

LONG = "The van with the blue tables left the yard behind the old mill at noon. What colour were the tables that it carried?"


def triage(n: int, **fields: Any) -> dict[str, Any]:
    """Return a row with a question of its own."""
    asked = " ".join("".join(Random(f"{n} {word}").choices("abcdefghijklmnopqrstuvwxyz", k=6)) for word in range(5))
    return {"id": f"r{n}", "input": asked, "expected": f"answer {n}"} | fields


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function that writes an evalset folder."""

    def made(rows: Sequence[Mapping[str, Any]], header: str = '[graders.g]\nkind = "exact_match"\n') -> Path:
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "evalset.toml").write_text(header, "utf-8")
        (folder / "examples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return folder

    return made


def of_kind(checked: Checked, kind: str) -> list[str]:
    """Return what was said of one kind."""
    return [remark.what for remark in checked.remarks if remark.kind == kind]


def places(checked: Checked, level: str) -> list[tuple[str, int]]:
    """Return kind and line of all remarks of a level; 0 for those on the whole evalset."""
    told = [(remark.kind, remark.where.rpartition(":")[2]) for remark in checked.remarks if remark.level == level]
    return sorted((kind, int(line) if line.isdigit() else 0) for kind, line in told)


# -- shipped evalsets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_evalsets_have_no_fault(name: str) -> None:
    """And those with graders had every expected answer tried, and wrong ones too."""
    checked = check_evalset(EVALSETS / name)
    assert [remark for remark in checked.remarks if remark.level == "fault"] == []
    tried = checked.facts["n_expected_tried"], checked.facts["n_other_answers_tried"] > checked.n
    assert tried == ((0, False) if name == "brand-voice" else (checked.n, True))


def test_an_evalset_without_graders_is_no_crash() -> None:
    """It says that nothing could be checked."""
    checked = check_evalset(EVALSETS / "brand-voice")
    assert of_kind(checked, "unchecked") == ["72 examples: no grader of its own marks them", "72 examples expect nothing"]


# -- planted faults ----------------------------------------------------------------------------------------------------------

GRADERS = """
[graders.has]
kind = "contains"

[graders.number]
kind = "number_match"

[graders.object]
kind = "json_schema"
schema = { type = "object", required = ["name"] }
compare = "exact"

[graders.pattern]
kind = "regex"

[graders.wish]
kind = "constraints"

[slices.planted]
grader = "same_text"

[slices.plantd]
grader = "same_text"
"""

PLANTED: list[tuple[dict[str, Any], str]] = [
    ({"input": " WRITE the same words:  shadow plum", "expected": "shadow plum"}, "duplicate"),
    ({"input": "Write the same words: shadow plum ", "expected": "plum"}, "duplicate"),
    ({"input": LONG, "expected": "blue"}, ""),
    ({"input": LONG.replace("carried", "caried"), "expected": "blue"}, "near_duplicate"),
    ({"input": "What is missing here?", "expected": None}, "unmarkable"),
    ({"input": "How many are five and two?", "expected": "seven or so", "grader": "number"}, "unmarkable"),
    ({"input": "How many are five and nine?", "expected": "14", "grader": "nmber"}, "unmarkable"),
    ({"input": "Who is it, as an object?", "expected": {"nom": "Ann"}, "grader": "object"}, "unreachable"),
    ({"input": "What do painters make in the end?", "expected": "art", "grader": "has"}, "lenient"),
    ({"input": "Which sister of Lazarus kept house?", "expected": "Martha", "grader": "has"}, ""),
    ({"input": "Say nothing but letters, please, as you like.", "expected": "[a-z]*", "grader": "pattern"}, "lenient"),
    ({"input": "Write three words on the sea.", "expected": {"word": 3}, "grader": "wish"}, "unmarkable"),
    ({"input": "Write three words on the moor.", "expected": {"words": 3}, "grader": "wish"}, ""),
]


def test_a_spoiled_copy_is_fully_found(tmp_path: Path) -> None:
    """Each planted fault with its line, the changed digest and the misspelt slice; nothing else is a fault."""
    folder = tmp_path / "spoiled"
    shutil.copytree(EVALSETS / "general-nano", folder)
    with (folder / "evalset.toml").open("a", encoding="utf-8") as header:
        header.write(GRADERS)
    with (folder / "examples.jsonl").open("a", encoding="utf-8") as data:
        for n, (row, _) in enumerate(PLANTED):
            data.write(json.dumps({"id": f"planted-{n}", "slice": "planted", **row}) + "\n")
    checked = check_evalset(folder)
    planted = [(kind, 841 + n) for n, (_, kind) in enumerate(PLANTED) if kind]
    assert places(checked, "fault") == sorted([*planted, ("digest", 0), ("no_slice", 0)])
    assert of_kind(checked, "no_slice")[0].startswith("unknown slice 'plantd', did you mean 'planted'?")


def test_what_is_said_names_the_other_example(make: Make) -> None:
    """By id and line, and what it expects where that differs."""
    rows = [triage(1, input="One?", expected="a"), triage(2, input="one?", expected="b"), triage(3, input="ONE?", expected="a")]
    said = of_kind(check_evalset(make(rows)), "duplicate")
    assert said == ["the same as 'r1' on line 1, which expects 'a' and not 'b'", "the same as 'r1' on line 1"]


def test_a_lenient_grader_is_named_with_the_pair(make: Make) -> None:
    """Which answer passes where it is wrong, and how many do."""
    rows = [triage(n, expected=text) for n, text in enumerate(["5", "15", "25", "dog"])]
    said = of_kind(check_evalset(make(rows, '[graders.g]\nkind = "contains"\n')), "lenient")
    assert said == ["'15' of 'r1' (line 2) passes where '5' is expected, grader 'g'; 2 of 3 answers of other examples do"]


@pytest.mark.parametrize(
    ("grader", "expected"),
    [
        ('kind = "number_match"', ["7", "7.0", "1,000", "1000"]),
        ('kind = "exact_match"\nnormalize = ["articles"]', ["the cat", "cat", "a dog"]),
        ('kind = "exact_match"', [["a", "b"], ["b", "c"], "d"]),
        ('kind = "exact_match"\nextract = { after = "A:" }', ["red", "blue"]),
        ('kind = "exact_match"\nextract = { json = "/a/b" }', ["red", "blue"]),
        ('kind = "exact_match"\nextract = { regex = "(?:answer is )?(.+)" }', ["red", "blue"]),
        ('kind = "contains"\nmode = "all"', [["red", "blue"], ["green"]]),
        ('kind = "json_schema"\ncompare = "fields"', [{"a": 1}, {"a": 2}]),
        ('kind = "json_schema"\nschema = { type = "object" }', [{"a": 1}, {"a": 2}]),
        ('kind = "label_f1"', ["red", "blue"]),
        ('kind = "choice"\nchoices = ["red", "blue"]', ["red", "blue"]),
        ('kind = "token_f1"', ["red fox", "red hare"]),
    ],
)
def test_good_graders_are_let_be(make: Make, grader: str, expected: list[Any]) -> None:
    """Two spellings of one answer, shared acceptable answers, and `extract` are no faults; every expected answer was tried."""
    checked = check_evalset(make([triage(n, expected=one) for n, one in enumerate(expected)], f"[graders.g]\n{grader}\n"))
    assert places(checked, "fault") == []
    assert checked.facts["n_expected_tried"] == len(expected)


def test_what_an_extract_pattern_needs_around_an_answer_is_not_guessed(make: Make) -> None:
    """It is said that these were not tried."""
    header = '[graders.g]\nkind = "exact_match"\nextract = { regex = "answer is (.*)" }\n'
    checked = check_evalset(make([triage(1), triage(2)], header))
    assert (of_kind(checked, "untried"), checked.faults) == (
        ["grader 'g' (exact_match): the answers of 2 examples were not tried"],
        0,
    )


def test_graders_that_ask_judges_are_skipped_and_said_so(make: Make) -> None:
    """No judge is needed for the others."""
    header = '[graders.voice]\nkind = "judge"\nrubric = "correctness"\njudges = ["gpt"]\n[graders.g]\nkind = "exact_match"\n'
    checked = check_evalset(make([triage(1), triage(2)], header))
    assert of_kind(checked, "unchecked") == ["2 examples: grader 'voice' asks a judge"]
    assert (checked.faults, checked.facts["n_expected_tried"]) == (0, 2)


def test_graders_of_experiments_are_said_to_be_there(make: Make) -> None:
    """evalset.toml may name graders that it does not define."""
    checked = check_evalset(make([triage(1), triage(2)], 'graders = ["theirs"]\n'))
    assert of_kind(checked, "unchecked") == ["2 examples: grader 'theirs' is defined by experiments, not here"]


# -- likeness ----------------------------------------------------------------------------------------------------------------


def test_rows_of_one_cluster_are_reported_as_such(make: Make) -> None:
    """Equal or nearly equal, they are a note."""
    other = LONG.replace("carried", "caried")
    rows = [triage(n, input=text, expected="blue", cluster="van") for n, text in enumerate([LONG, LONG.upper(), other])]
    checked = check_evalset(make(rows))
    assert (places(checked, "note"), checked.faults) == ([("clustered", 2), ("clustered", 3)], 0)


@pytest.mark.parametrize(
    ("other", "expected", "level"),
    [
        (LONG.replace("tables that", "table that"), "blue", "fault"),
        (LONG.replace(".", " ."), "blue", "fault"),
        (LONG.replace("tables that", "chairs that"), "red", "caution"),
        (LONG.replace("noon", "12:30"), "blue", "caution"),
        ("What colour were the ribbons in the window of the baker's shop?", "blue", ""),
    ],
)
def test_nearly_equal_questions(make: Make, other: str, expected: str, level: str) -> None:
    """A fault where the same is expected and the numbers are the same, else a caution; other questions are none."""
    checked = check_evalset(make([triage(1, input=LONG, expected="blue"), triage(2, input=other, expected=expected)]))
    found = [remark.level for remark in checked.remarks if remark.kind in ("near_duplicate", "alike")]
    assert found == [level] * bool(level)


def test_of_several_the_worst_is_told(make: Make) -> None:
    """A near duplicate is not hidden by a row of its own cluster that is nearer still."""
    third = LONG.replace("carried", "caried")
    rows = [
        triage(1, input=third.replace("yard", "yards"), expected="blue"),
        triage(2, input=LONG, expected="blue", cluster="van"),
        triage(3, input=third, expected="blue", cluster="van"),
    ]
    assert ("near_duplicate", 3) in places(check_evalset(make(rows)), "fault")


def test_two_thousand_rows_take_seconds(make: Make) -> None:
    """Also where each is like hundreds of others."""
    rows = [triage(n, input=f"In which drawer of the cabinet is key {n} kept, as the list says?") for n in range(2000)]
    start = time.monotonic()
    checked = check_evalset(make(rows))
    assert (checked.faults, time.monotonic() - start < 20) == (0, True)


# -- cautions ----------------------------------------------------------------------------------------------------------------


def test_answers_in_questions_are_counted_by_slice(make: Make) -> None:
    """As whole words of three characters and more, in any case."""
    rows = [
        triage(1, input="Is it Red or green?", expected="red", slice="pick"),
        triage(2, input="Is a redder rose red?", expected=["no", "red"], slice="pick"),
        triage(3, input="Is it redder?", expected="red", slice="pick"),
        triage(4, input="Is it so?", expected="it", slice="say"),
        triage(5, input="Say it: fox", expected="fox"),
    ]
    assert of_kind(check_evalset(make(rows)), "in_question") == ["slice 'pick': 2 of 3, first 'r1'", "1 of 1, first 'r5'"]


def test_labels_and_balance(make: Make) -> None:
    """A label without examples, what is no label, and one that is right too often."""
    rows = [triage(n, expected="a" if n < 20 else "b" if n < 23 else "c") for n in range(24)]
    checked = check_evalset(make(rows, 'labels = ["a", "b", "d"]\n[graders.g]\nkind = "exact_match"\n'))
    assert of_kind(checked, "balance") == [
        "label 'd' has no example",
        "'a' is right in 20 of 24: who always says so has 0.83",
    ]
    assert places(checked, "fault") == [("no_label", 24)]
    assert checked.facts["labels"] == {"a": 20, "b": 3, "d": 0, "c": 1}


def test_a_slice_out_of_balance_is_named(make: Make) -> None:
    """Where no labels are declared."""
    rows = [triage(n, expected="yes" if n % 4 else "no", slice="truth") for n in range(40)]
    assert of_kind(check_evalset(make(rows)), "balance")[-1].startswith("slice 'truth': 'yes' is right in 30 of 40")


def test_small_slices_say_what_they_show(make: Make) -> None:
    """Slices of one size are told together; from 50 on there is nothing to say."""
    rows = [triage(n, slices=["large"] + ["small", "little"] * (n < 30) + ["one"] * (n < 1)) for n in range(50)]
    said = of_kind(check_evalset(make(rows)), "small_slice")
    assert said == [
        "slice 'one' has 1, which shows no change at all",
        "slices 'small', 'little' have 30, which show changes from about 0.19 on, with 80 % probability",
    ]


def test_provenance(make: Make, tmp_path: Path) -> None:
    """Origin, licence and digest are asked of a folder, not of a bare file."""
    folder = make([triage(1)])
    said = of_kind(check_evalset(folder), "provenance")
    assert [line.split(" ")[0] for line in said] == ["origin", "licence", "digest"]
    assert of_kind(check_evalset(folder / "examples.jsonl"), "provenance") == []


def test_one_example_is_enough(make: Make) -> None:
    """A question without letters too."""
    assert check_evalset(make([triage(1, input="?")])).faults == 0


def test_remarks_stand_in_the_order_of_kinds() -> None:
    """Faults first."""
    levels = [kind.level for kind in KINDS.values()]
    assert levels == sorted(levels, key=["fault", "caution", "note"].index)


# -- input that cannot be read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ('[graders.g]\nkind = "exact"\n', "graders.g.kind: unknown kind 'exact'"),
        ('[graders.g]\nkind = "exact_match"\n[slices.a]\ngrader = "h"\n', "graders: unknown grader 'h'"),
        ('rolle = "target"\n', "rolle"),
        ("role = target\n", "is not TOML"),
    ],
)
def test_a_wrong_header_is_told_with_its_place(make: Make, header: str, what: str) -> None:
    """On one line each."""
    folder = make([triage(1, slice="a")], header)
    with pytest.raises(InputError) as told:
        check_evalset(folder)
    assert [str(folder / "evalset.toml") in line and what in line for line in str(told.value).splitlines()] == [True]


def test_a_folder_without_a_header_and_a_missing_one(tmp_path: Path) -> None:
    """Each is said."""
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "examples.jsonl").write_text('{"input": "a"}\n', "utf-8")
    with pytest.raises(InputError, match=r"evalset\.toml: no such file \(an evalset folder has one\)"):
        check_evalset(tmp_path / "bare")
    with pytest.raises(InputError, match="no such file or folder"):
        check_evalset(tmp_path / "none")
