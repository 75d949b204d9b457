"""What a raw row means."""

import pytest

from tuneproof.core.row import RowError, example_from_row


def test_a_full_row_becomes_an_example_field_by_field() -> None:
    """Every named field lands in its place, and every other field in meta."""
    row = {
        "id": "a",
        "input": "q",
        "expected": "x",
        "slice": "s",
        "slices": ["t", "s"],
        "cluster": 7,
        "grader": "g",
        "extra": 1,
    }
    example = example_from_row(row, 3)
    assert (example.id, example.inputs, example.expected, example.line) == ("a", "q", "x", 3)
    assert (example.slices, example.cluster, example.grader, example.meta) == (("s", "t"), "7", "g", {"extra": 1})


def test_what_is_left_out_has_its_default() -> None:
    """The id is the line number, the cluster is the id, and nothing else is made up."""
    example = example_from_row({"input": "q"}, 12)
    assert (example.id, example.cluster, example.expected) == ("12", "12", None)
    assert (example.slices, example.grader, example.meta, example.messages) == ((), None, {}, None)


@pytest.mark.parametrize("alias", ["input", "question", "prompt"])
@pytest.mark.parametrize("answer", ["expected", "ideal", "answer", "label", "reference", "target"])
def test_aliases_are_read(alias: str, answer: str) -> None:
    """Every alias of the contract reaches its field and leaves no copy in meta."""
    example = example_from_row({alias: {"a": 1}, answer: ["x", "y"]}, 1)
    assert (example.inputs, example.expected, example.meta) == ({"a": 1}, ["x", "y"], {})


def test_the_explicit_field_wins_and_the_alias_is_kept() -> None:
    """Two names of one field: the first of the documented order is read, the other goes to meta."""
    example = example_from_row({"prompt": "p", "input": "i", "label": "B", "answer": "Paris"}, 1)
    assert (example.inputs, example.expected) == ("i", "Paris")
    assert example.meta == {"prompt": "p", "label": "B"}


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (42, "42"), ("x", "x"), (None, "5")])
def test_ids_become_text(value: object, text: str) -> None:
    """Whole numbers become their text; null is the line number."""
    assert example_from_row({"id": value, "input": "q"}, 5).id == text


@pytest.mark.parametrize("expected", [0, False, "", [], {}, 1.5])
def test_falsy_expected_values_are_values(expected: object) -> None:
    """Only null means that no answer is expected."""
    assert example_from_row({"input": "q", "expected": expected, "label": "x"}, 1).expected == expected


def test_the_assistants_last_message_is_expected_and_not_sent() -> None:
    """Sending it would show the model the answer."""
    messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "x"}]
    example = example_from_row({"messages": messages}, 1)
    assert (example.messages, example.expected) == ((messages[0],), "x")


def test_an_explicit_expected_wins_over_the_assistants_message() -> None:
    """Even then the assistant's message is not sent."""
    messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "x"}]
    example = example_from_row({"messages": messages, "expected": "y"}, 1)
    assert (len(example.messages or ()), example.expected) == (1, "y")


def test_messages_without_an_answer_are_sent_whole() -> None:
    """A last message of the user stays."""
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]
    assert example_from_row({"messages": messages, "input": "for few-shot"}, 1).messages == tuple(messages)


def test_meta_is_merged() -> None:
    """The meta object wins over a field of the same name beside it."""
    assert example_from_row({"input": "q", "a": 1, "b": 2, "meta": {"a": 3}}, 1).meta == {"a": 3, "b": 2}


NESTED: list[object] = []
for _ in range(5000):
    NESTED = [NESTED]

BAD = [
    ({}, "the row holds no question, its fields: none (one of input, question, prompt, messages)"),
    (
        {"input": None, "text": "x"},
        "the row holds no question, its fields: input, text (one of input, question, prompt, messages)",
    ),
    ({"input": 3}, "input is 3 (text or an object; chat messages stand under messages)"),
    ({"question": ["a"]}, "question is ['a'] (text or an object; chat messages stand under messages)"),
    ({"id": True, "input": "q"}, "id is True (non-empty text or a whole number)"),
    ({"id": 1.5, "input": "q"}, "id is 1.5 (non-empty text or a whole number)"),
    ({"id": "", "input": "q"}, "id is '' (non-empty text or a whole number)"),
    ({"messages": []}, "messages is [] (a list of at least one message)"),
    ({"messages": "hello"}, "messages is 'hello' (a list of at least one message)"),
    ({"messages": ["hello"]}, "messages[0] is 'hello' (an object with role and content)"),
    ({"messages": [{"content": "x"}]}, "messages[0].role is None (text such as system, user or assistant)"),
    ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content is 1 (text, a list of parts, or null)"),
    (
        {"messages": [{"role": "assistant", "content": "x"}]},
        "messages holds nothing but the assistant's answer (a message to answer before it)",
    ),
    ({"input": "q", "slice": 1}, "slice is 1 (text)"),
    ({"input": "q", "slices": ["a", 1]}, "slices is ['a', 1] (a list of texts)"),
    ({"input": "q", "cluster": [1]}, "cluster is [1] (text or a whole number)"),
    ({"input": "q", "grader": {}}, "grader is {} (text)"),
    ({"input": "q", "meta": "m"}, "meta is 'm' (an object)"),
    ({"input": "a\0b"}, "input: NUL character in the text"),
    ({"input": {"k": ["ok", {"\ud800": 1}]}}, "input: lone surrogate in the text"),
    ({"input": "q", "note": "é\udfff"}, "note: lone surrogate in the text"),
    ({"input": "q", "a\0": 1}, "NUL character in the text"),
    ({"input": "q", "deep": NESTED}, "deep: nested deeper than 100 levels"),
]


@pytest.mark.parametrize(("row", "message"), BAD, ids=[message[:40] for _, message in BAD])
def test_what_is_wrong_is_named_with_its_value(row: dict[str, object], message: str) -> None:
    """A wrong field is named with its value and with what was expected."""
    with pytest.raises(RowError) as caught:
        example_from_row(row, 1)
    assert str(caught.value) == message


def test_real_surrogate_pairs_and_odd_text_are_fine() -> None:
    """Emoji, right-to-left text and control characters other than NUL are text."""
    text = "😀 שלום \u202e \x1b[0m \u2028"
    assert example_from_row({"input": text}, 1).inputs == text
