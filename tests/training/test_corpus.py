"""What the base model reads: the same for a seed, and nothing that it is asked later."""

from itertools import islice

import pytest
from training.corpus import EARLY, LATE, Corpus, general_nano, topics
from training.tickets import LABELS

SHIPPED = frozenset(row["input"] for row in general_nano.GeneralNano().rows(20261128, 70))
N = 3000


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Return the corpus that leaves out the shipped evalset."""
    return Corpus(SHIPPED)


def test_a_seed_gives_the_same_chats(corpus: Corpus) -> None:
    """And another seed gives others."""
    drawn = [list(islice(corpus.chats(seed, LATE), N)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_small_skills_come_first(corpus: Corpus) -> None:
    """Only they, for as long as is asked."""
    first = list(islice(corpus.chats(6, EARLY), 200))
    assert {len(chat) for chat in first} == {2}
    assert max(len(chat) for chat in islice(corpus.chats(6, LATE), 200)) > 2


def test_no_question_of_the_shipped_evalset_is_read(corpus: Corpus) -> None:
    """Though the generator is the same: without leaving them out, some would be."""
    asked = {text for chat in islice(corpus.chats(3, LATE), N) for role, text in chat if role == "user"}
    careless = {text for chat in islice(Corpus(frozenset()).chats(3, LATE), 10 * N) for role, text in chat if role == "user"}
    assert not asked & SHIPPED
    assert careless & SHIPPED


def test_chats_are_questions_and_answers(corpus: Corpus) -> None:
    """A system message at most, then user and assistant in turn, none empty, all ASCII."""
    for chat in islice(corpus.chats(4, LATE), N):
        roles = [role for role, _ in chat if role != "system"]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert all(text and text.isascii() for _, text in chat)


def test_the_queues_are_names_that_it_knows() -> None:
    """Each label of the tickets is a name of a topic of its own: a prompt that lists them says something to the model."""
    named = [topic.names for topic in topics("service.toml") if set(topic.names) & set(LABELS)]
    assert len(named) == len(LABELS)
    assert sum(len(set(names) & set(LABELS)) for names in named) == len(LABELS)


def test_stated_labels_hold_the_answer(corpus: Corpus) -> None:
    """Where a system message lists labels, every answer is one of them."""
    listed = [chat for chat in islice(corpus.chats(5, LATE), N) if chat[0][0] == "system"]
    assert len(listed) > N / 20
    for chat in listed:
        assert all(text in chat[0][1] for role, text in chat if role == "assistant")
