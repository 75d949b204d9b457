"""What the base model reads: chats made by a seeded generator from the word lists beside this file.

Four kinds: small skills (the generator of `general-nano`, never a question of the shipped evalset), sorting messages into
stated labels with or without worked examples, writing about a topic, and telling which topic a word belongs to. Labels are
names of the topics, or made-up words that only the worked examples explain: so the model learns to read a prompt, not a list of
labels.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from tuneproof.generators import general_nano

Chat = list[tuple[str, str]]
"""(role, text) pairs: system, user, assistant."""

HERE = Path(__file__).parent

ASKED_TO_SORT = (
    "Sort each message. Labels: {}.",
    "Answer with one label: {}.",
    "You route messages. Labels: {}.",
    "Which label fits? {}.",
    "Choose one of: {}.",
    "Route the ticket to one queue. Queues: {}.",
    "Classify the text as one of {}.",
)
ASKED_TO_WRITE = ("Write about {}.", "Say something about {}.", "A message about {}, please.", "Write a sentence on {}.")
ASKED_FOR_TOPIC = ("Which topic is {} part of?", "What is the topic of the word {}?", "{}: which topic?")

SOUNDS = "ba be bo da de do fa fi ga go ka ke ki la le lo ma mi mo na ne no pa pe po ra re ri sa so ta ti to va ve vo za zo"
SYLLABLES = tuple(SOUNDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What there is to say about one thing."""

    names: tuple[str, ...]
    """What a label list may call it."""
    messages: tuple[str, ...]
    """Sentences about it."""
    words: tuple[str, ...]
    """Words that belong to it."""


def topics(name: str) -> list[Topic]:
    """Return the topics of one word list."""
    held = tomllib.loads((HERE / name).read_text("utf-8"))["topics"]
    return [
        Topic(names=tuple(topic["names"]), messages=tuple(topic["messages"]), words=tuple(topic["words"])) for topic in held
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the topics of one chat are called."""

    names: list[str]
    """A name a topic."""
    made_up: bool
    """Whether some may mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What is drawn how often."""

    skills: float
    """Share of the chats that ask a small skill."""
    sorting: float
    """Share that sorts messages."""
    writing: float
    """Share that writes about a topic; the rest tells the topic of words."""
    service: float
    """Share of the sorting that is about what customers mostly write of: the first eight topics."""
    skills_first: int = 0
    """Chats of small skills before all others: who can copy a word learns sooner to copy a label."""
    torn: float = 0.0
    """Share of the messages of which only some words are left, in any order: what a message is about must show in its words."""
    made_up: Sequence[float] = (0.0, 0.0, 0.0, 0.25, 0.5)
    """Shares of made-up labels, one of which holds for a chat."""
    practised: Sequence[str] = ()
    """Skills that are drawn more often: once more for each time that they stand here."""


EARLY = Mix(skills=0.75, sorting=0.18, writing=0.04, service=0.5, skills_first=40_000)
LATE = Mix(
    skills=0.65,
    sorting=0.28,
    writing=0.05,
    service=0.7,
    practised=2 * ("sort", "contains", "reading"),
)
LAST = Mix(
    skills=0.5,
    sorting=0.46,
    writing=0.02,
    service=0.8,
    torn=0.7,
    made_up=(0.0, 0.0, 0.25, 0.5, 0.5),
)


class Corpus:
    """Draws chats."""

    def __init__(self, held_out: frozenset[str]) -> None:
        """Read the word lists.

        Args:
            held_out: Questions that are never drawn.
        """
        self.service = topics("service.toml")
        self.general = topics("topics.toml")
        words: dict[str, Any] = tomllib.loads((HERE / "lexicon.toml").read_text("utf-8"))
        self.fillers: Sequence[str] = words["fillers"]
        self.nouns: Sequence[str] = words["nouns"]
        self._held_out = held_out

    def chats(self, seed: int, mix: Mix) -> Iterator[Chat]:
        """Yield chats without end; the seed, the mix and this file are all that they depend on."""
        random = Random(seed)
        for place in count():
            kind = random.random()
            if place < mix.skills_first or kind < mix.skills:
                yield self.skill(random, mix.practised)
            elif kind < mix.skills + mix.sorting:
                yield self.sorting(random, mix)
            elif kind < mix.skills + mix.sorting + mix.writing:
                yield self.writing(random)
            else:
                yield self.telling(random)

    def skill(self, random: Random, practised: Sequence[str] = ()) -> Chat:
        """Draw a question of one small skill that is not held out."""
        while True:
            question, answer = general_nano.draw(random.choice((*general_nano.SKILLS, *practised)), random)
            if question not in self._held_out:
                return [("user", question), ("assistant", answer)]

    def sorting(self, random: Random, mix: Mix) -> Chat:
        """Draw messages to sort: the more worked examples, the more a made-up label can mean."""
        everything = [*self.service, *self.general]
        pool = self.service[:8] if random.random() < mix.service else random.choice((self.service, self.general, everything))
        chosen = random.sample(pool, min(len(pool), random.randint(3, 8)))
        labels = self._labels(chosen, random, random.choice(mix.made_up))
        chat: Chat = []
        if random.random() < 0.9:
            listed = random.sample(labels.names, len(labels.names))
            chat.append(("system", random.choice(ASKED_TO_SORT).format(", ".join(listed))))
        long = labels.made_up or random.random() < 0.25
        order = random.sample(range(len(chosen)), len(chosen)) if long and random.random() < 0.6 else []
        turns = len(order) + random.randint(1, 4) if order else random.randint(3, 9) if long else random.randint(1, 2)
        for turn in range(turns):
            at = order[turn] if turn < len(order) else random.randrange(len(chosen))
            torn = mix.torn > 0 and random.random() < mix.torn
            text = _torn(chosen[at], random) if torn else self.message(chosen[at], random)
            chat += [("user", text), ("assistant", labels.names[at])]
        return chat

    def _labels(self, chosen: Sequence[Topic], random: Random, made_up: float) -> Labels:
        """Draw what the topics of one chat are called."""
        names: list[str] = []
        for topic in chosen:
            name = _made_up(random, self.nouns) if random.random() < made_up else random.choice(topic.names)
            names.append(name if name not in names else _made_up(random, ()))
        return Labels(names=names, made_up=made_up > 0)

    def writing(self, random: Random) -> Chat:
        """Draw a topic to write about."""
        topic = random.choice(random.choice((self.service, self.general)))
        asked = random.choice(ASKED_TO_WRITE).format(random.choice(topic.names))
        return [("user", asked), ("assistant", self.message(topic, random))]

    def telling(self, random: Random) -> Chat:
        """Draw words whose topic is asked for."""
        topic = random.choice(random.choice((self.service, self.general)))
        asked = random.choice(ASKED_FOR_TOPIC).format(", ".join(random.sample(topic.words, random.randint(1, 3))))
        return [("user", asked), ("assistant", topic.names[0])]

    def message(self, topic: Topic, random: Random) -> str:
        """Draw a message: a sentence or two of the topic, or some of its words, as people write them."""
        kind = random.random()
        if kind < 0.15:
            text = " ".join(random.sample(topic.words, random.randint(2, 5)))
        elif kind < 0.27:
            text = _joined(random.sample(topic.messages, 2), random)
        else:
            text = random.choice(topic.messages)
        if random.random() < 0.25:
            text = _thinned(text, random)
        if random.random() < 0.25:
            text = f"{random.choice(self.fillers)} {text}" if random.random() < 0.6 else f"{text} {random.choice(self.fillers)}"
        if random.random() < 0.15:
            text = _misspelt(text, random)
        return _cased(text, random)


def _made_up(random: Random, nouns: Sequence[str]) -> str:
    """Return a label that means nothing: syllables, a noun, a code."""
    kind = random.random()
    if nouns and kind < 0.35:
        return random.choice(nouns)
    word = "".join(random.choices(SYLLABLES, k=random.randint(2, 3)))
    if kind < 0.6:
        return word
    if kind < 0.8:
        return f"{word}-{random.choice(SYLLABLES)}"
    return f"{word}{random.randint(1, 9)}"


def _joined(parts: Sequence[str], random: Random) -> str:
    return random.choice((". ", ", ", " and ", "; ", "! ", " - ")).join(parts)


def _thinned(text: str, random: Random) -> str:
    """Leave out some words: what remains must still say what it is about."""
    words = text.split()
    kept = [word for word in words if random.random() > 0.2]
    return " ".join(kept or words)


def _torn(topic: Topic, random: Random) -> str:
    """Return some words of a message, or of two, now and then in any order."""
    words = " ".join(random.sample(topic.messages, random.randint(1, 2))).split()
    share = random.choice((0.35, 0.5, 0.7))
    kept = [word for word in words if random.random() < share] or words
    if random.random() < 0.4:
        random.shuffle(kept)
    text = " ".join(kept)
    return _cased(_misspelt(text, random) if random.random() < 0.2 else text, random)


def _misspelt(text: str, random: Random) -> str:
    """Make one to three typing errors."""
    letters = list(text)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(max(1, len(letters) - 1))
        kind = random.random()
        if kind < 0.4 and at + 1 < len(letters):
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif kind < 0.7:
            letters.insert(at, letters[at])
        elif len(letters) > 4:
            del letters[at]
    return "".join(letters)


def _cased(text: str, random: Random) -> str:
    kind = random.random()
    if kind < 0.5:
        text = text[:1].upper() + text[1:]
    elif kind < 0.53:
        text = text.upper()
    return text + random.choice(("", "", ".", ".", "!", "?")) if text[-1:].isalnum() else text
