"""`instructions`: texts to write under conditions that a program can check.

A wish is a condition in words with what the grader `constraints` needs to check it. Each question comes with a witness, an
answer that keeps all of its conditions, so that no question asks for the impossible.
"""

from dataclasses import dataclass
from typing import Any

from tuneproof.generators._competence_draw import Draw, Question, Variant, listed
from tuneproof.generators._competence_words import COMMON, TOPICS

FILLER = "the wind moved softly and people walked along while old trees stood near them in calm light"
"""Words for witnesses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One question in the making."""

    ask: str
    """What to write, and under which conditions."""
    asked: dict[str, Any]
    """The conditions, as the grader reads them."""
    witness: str
    """An answer that keeps them."""


ONLY = (
    "Write nothing else.",
    "Reply with that text only.",
    "Give only the text itself, without any comment.",
    "Do not add anything before or after it.",
)


def _finished(draw: Draw, task: _Task) -> Question:
    return Question(
        text=f"{task.ask} {draw.one(ONLY)}", expected=task.asked, grader="constraints", witness=task.witness, shown=True
    )


def _filler(count: int, avoid: str = "", bare: bool = False) -> list[str]:
    """Return so many words without a letter."""
    words = [word for word in FILLER.split() if not avoid or avoid not in word]
    words = [word for word in words if not bare or word not in ("the", "and")]
    return [words[place % len(words)] for place in range(count)]


def _sentence(words: list[str]) -> str:
    text = " ".join(words)
    return f"{text[0].upper()}{text[1:]}."


def _quoted(words: list[str]) -> str:
    return listed([f'"{word}"' for word in words])


# -- easy --------------------------------------------------------------------------------------------------------------------


def _with_words(draw: Draw) -> Question:
    words, topic = draw.some(COMMON, 2), draw.one(TOPICS)
    ask = draw.say(
        "Write one sentence about {topic} that contains the words {words}.",
        "In a single sentence about {topic}, use the words {words}.",
        "Describe {topic} in exactly one sentence. The words {words} must occur in it.",
        topic=topic, words=_quoted(words),
    )  # fmt: skip
    asked = {"sentences": 1, "contains": words}
    return _finished(draw, _Task(ask=ask, asked=asked, witness=_sentence([*_filler(4), *words])))


def _bullets(draw: Draw) -> Question:
    count, topic, word = draw.between(3, 7), draw.one(TOPICS), draw.one(COMMON)
    ask = draw.say(
        'Give {n} bullet points, each starting with "- ", about {topic}. The word "{word}" must occur in one of them.',
        'Write a list of exactly {n} bullets (lines that begin with "- ") on {topic}, using the word "{word}" at least once.',
        n=count, topic=topic, word=word,
    )  # fmt: skip
    lines = [f"- {filler}" for filler in _filler(count - 1)]
    return _finished(
        draw,
        _Task(ask=ask, asked={"bullets": count, "lines": count, "contains": [word]}, witness="\n".join([*lines, f"- {word}"])),
    )


def _ending(draw: Draw) -> Question:
    word, topic, most = draw.one(COMMON), draw.one(TOPICS), draw.between(20, 40)
    ask = draw.say(
        'Write about {topic} in at most {most} words. The last word must be "{word}".',
        'In no more than {most} words, say something about {topic}; end with the word "{word}".',
        topic=topic, most=most, word=word,
    )  # fmt: skip
    asked = {"words": {"max": most}, "ends_with": word}
    return _finished(draw, _Task(ask=ask, asked=asked, witness=_sentence([*_filler(6), word])))


def _lower_case(draw: Draw) -> Question:
    case, topic, words = draw.one(("lower", "upper")), draw.one(TOPICS), draw.some(COMMON, 2)
    ask = draw.say(
        'Write a sentence about {topic} in {case} case letters only, and use the words {words} in it.',
        'Using nothing but {case} case letters, write one sentence about {topic} that has the words {words} in it.',
        case=case, topic=topic, words=_quoted(words),
    )  # fmt: skip
    witness = _sentence([*_filler(5), *words])
    return _finished(
        draw,
        _Task(
            ask=ask,
            asked={"case": case, "sentences": 1, "contains": words},
            witness=witness.lower() if case == "lower" else witness.upper(),
        ),
    )


# -- in need of care ---------------------------------------------------------------------------------------------------------


def _word_count(draw: Draw) -> Question:
    count, topic, word = draw.between(9, 19), draw.one(TOPICS), draw.one(COMMON)
    ask = draw.say(
        'Write one sentence of exactly {n} words about {topic} that includes the word "{word}".',
        'Describe {topic} in a single sentence that has exactly {n} words, "{word}" among them.',
        n=count, topic=topic, word=word,
    )  # fmt: skip
    asked = {"sentences": 1, "words": count, "contains": [word]}
    return _finished(draw, _Task(ask=ask, asked=asked, witness=_sentence([*_filler(count - 1), word])))


def _sentences_without(draw: Draw) -> Question:
    count, topic, banned = draw.between(3, 5), draw.one(TOPICS), draw.some(BANNED, 3)
    ask = draw.say(
        "Write exactly {n} sentences about {topic}. Do not use the words {banned}.",
        "Tell me something about {topic} in exactly {n} sentences, without ever using the words {banned}.",
        n=count, topic=topic, banned=_quoted(banned),
    )  # fmt: skip
    witness = " ".join(f"Old trees stood near {word}." for word in ("us", "them", "you", "me", "him")[:count])
    return _finished(draw, _Task(ask=ask, asked={"sentences": count, "excludes": banned}, witness=witness))


BANNED = ("and", "the", "is", "very", "but", "it", "a", "was", "of")
"""Words that are hard to do without. None is in `Old trees stood near us.`"""


def _in_order(draw: Draw) -> Question:
    words, topic, most = draw.some(COMMON, 4), draw.one(TOPICS), draw.between(30, 50)
    ask = draw.say(
        "Write at most {most} words about {topic}. Use the words {words}, in exactly this order.",
        "In {most} words or fewer, write about {topic} so that {words} occur in this order.",
        most=most, topic=topic, words=_quoted(words),
    )  # fmt: skip
    asked = {"words": {"max": most}, "in_order": words}
    return _finished(draw, _Task(ask=ask, asked=asked, witness=_sentence([*_filler(2), *words])))


def _repeated(draw: Draw) -> Question:
    (word, other), topic = draw.some(COMMON, 2), draw.one(TOPICS)
    times, sentences = draw.between(3, 4), draw.between(2, 3)
    ask = draw.say(
        'Write exactly {s} sentences about {topic}. Use the word "{word}" exactly {n} times and the word "{other}" exactly '
        'once.',
        'In exactly {s} sentences about {topic}, the word "{word}" must occur {n} times, no more and no less, and "{other}" '
        'once.',
        s=sentences, topic=topic, word=word, n=times, other=other,
    )  # fmt: skip
    asked = {"sentences": sentences, "repeats": {word: times, other: 1}}
    witness = " ".join([_sentence(["near", *[word] * times, other]), *["Old trees stood."] * (sentences - 1)])
    return _finished(draw, _Task(ask=ask, asked=asked, witness=witness))


def _paragraphs(draw: Draw) -> Question:
    count, topic, (first, last) = draw.between(2, 4), draw.one(TOPICS), draw.some(COMMON, 2)
    ask = draw.say(
        'Write {n} paragraphs about {topic}, with a blank line between paragraphs. Begin with the word "{first}" and end with '
        'the word "{last}". Use no headings.',
        'Write about {topic} in exactly {n} paragraphs that are set apart by blank lines, without headings. The very first '
        'word is "{first}", the very last one is "{last}".',
        n=count, topic=topic, first=first, last=last,
    )  # fmt: skip
    asked = {"paragraphs": count, "starts_with": first, "ends_with": last}
    blocks = [_sentence([first, *_filler(4)]), *[_sentence(_filler(5))] * (count - 2), _sentence([*_filler(4), last])]
    return _finished(draw, _Task(ask=ask, asked=asked, witness="\n\n".join(blocks)))


# -- hard --------------------------------------------------------------------------------------------------------------------


def _without_letter(draw: Draw) -> Question:
    letter, topic = draw.one("aeiost"), draw.one(TOPICS)
    least = draw.between(8, 14)
    word = draw.one([one for one in COMMON if letter not in one])
    ask = draw.say(
        'Write a text of {least} to {most} words about {topic} that contains the word "{word}" and does not use the letter '
        '"{letter}" '
        "at all.",
        'Without using the letter "{letter}" anywhere, write {least} to {most} words about {topic}, the word "{word}" '
        'included.',
        least=least, most=least + 10, topic=topic, word=word, letter=letter,
    )  # fmt: skip
    asked = {"words": {"min": least, "max": least + 10}, "contains": [word], "without_letters": letter}
    return _finished(draw, _Task(ask=ask, asked=asked, witness=_sentence([*_filler(least, avoid=letter), word])))


def _poem(draw: Draw) -> Question:
    count, topic, words = draw.between(4, 7), draw.one(TOPICS), draw.some(COMMON, 3)
    total = count * draw.between(4, 6)
    ask = draw.say(
        "Write a poem about {topic} of exactly {n} lines and exactly {total} words in all, without a title or blank lines. It "
        "must contain {words}, in this order.",
        "Compose {n} lines of verse about {topic}, {total} words altogether, no title, no blank lines, in which the words "
        "{words} occur in this order.",
        n=count, topic=topic, total=total, words=_quoted(words),
    )  # fmt: skip
    asked = {"lines": count, "words": total, "in_order": words}
    filler = _filler(total - 3)
    lines = [[words[0]], [words[1]], [words[2]], *([] for _ in range(count - 3))]
    for place, word in enumerate(filler):
        lines[place % count].append(word)
    return _finished(draw, _Task(ask=ask, asked=asked, witness="\n".join(" ".join(line) for line in lines)))


def _many(draw: Draw) -> Question:
    sentences, topic = draw.between(3, 4), draw.one(TOPICS)
    first, last, inside, twice = draw.some(COMMON, 4)
    least = sentences * 8
    banned = draw.some(("and", "the", "very", "but"), 2)
    ask = draw.say(
        'Write about {topic} under all of these conditions: exactly {s} sentences; {least} to {most} words; the first word is '
        '"{first}"; the last word is "{last}"; the word "{inside}" occurs; the word "{twice}" occurs exactly twice; the words '
        '{banned} do not occur.',
        'Write a short text on {topic}. It has exactly {s} sentences and between {least} and {most} words, starts with '
        '"{first}", ends with "{last}", mentions "{inside}", uses "{twice}" exactly two times, and avoids {banned}.',
        topic=topic, s=sentences, least=least, most=least + 12, first=first, last=last, inside=inside, twice=twice,
        banned=_quoted(banned),
    )  # fmt: skip
    asked = {
        "sentences": sentences, "words": {"min": least, "max": least + 12}, "starts_with": first, "ends_with": last,
        "contains": [inside], "repeats": {twice: 2}, "excludes": banned,
    }  # fmt: skip
    middle = [_sentence(_filler(8, bare=True)) for _ in range(sentences - 2)]
    opening = _sentence([first, inside, twice, twice, *_filler(5, bare=True)])
    witness = " ".join([opening, *middle, _sentence([*_filler(7, bare=True), last])])
    return _finished(draw, _Task(ask=ask, asked=asked, witness=witness))


def _exact_bullets(draw: Draw) -> Question:
    count, topic, words = draw.between(4, 6), draw.one(TOPICS), draw.some(COMMON, 2)
    total = count * draw.between(3, 5)
    ask = draw.say(
        'Write exactly {n} bullet points about {topic}, each on one line that begins with "- ", with {total} words in all, '
        'everything in '
        "lower case. The words {words} must occur in this order.",
        'List {n} bullets (lines that begin with "- ") on {topic}. Use lower case letters only, exactly {total} words '
        'altogether, and the '
        "words {words} in this order.",
        n=count, topic=topic, total=total, words=_quoted(words),
    )  # fmt: skip
    asked = {"bullets": count, "lines": count, "words": total, "case": "lower", "in_order": words}
    lines = [[words[0]], [words[1]], *([] for _ in range(count - 2))]
    for place, word in enumerate(_filler(total - 2)):
        lines[place % count].append(word)
    return _finished(draw, _Task(ask=ask, asked=asked, witness="\n".join(f"- {' '.join(line)}" for line in lines)))


LEVELS: tuple[tuple[Variant, ...], ...] = (
    (_with_words, _bullets, _ending, _lower_case),
    (_word_count, _sentences_without, _in_order, _repeated, _paragraphs),
    (_without_letter, _poem, _many, _exact_bullets),
)
"""Kinds of question: easy, in need of care, hard."""
