"""`strings`: letters and words taken apart, counted, sorted and put together, worked out by Python."""

from collections.abc import Callable
from itertools import groupby

from tuneproof.generators._competence_draw import Draw, Question, Variant, comma_list, numbered, ordinal
from tuneproof.generators._competence_words import COMMON, NAMES, SHORT, SYLLABLES

WORD_ONLY = ("Answer with that word only.", "Reply with just the word.", "Give only the word.", "Write nothing but the word.")
TEXT_ONLY = ("Answer with the resulting text only.", "Reply with just the result.", "Give only the result.")
LIST_ONLY = (
    "Answer with the words only, on one line, separated by commas.",
    "Give only the words, on one line with commas between them.",
    "Reply with just the words on a single line, separated by commas.",
)


def made_up(draw: Draw, syllables: int) -> str:
    """Return a word that means nothing."""
    return "".join(draw.one(SYLLABLES) for _ in range(syllables))


def _text(text: str, expected: str | list[str], shown: bool = False) -> Question:
    return Question(text=text, expected=expected, grader="text", shown=shown)


def _initials(draw: Draw) -> Question:
    words = draw.some(COMMON, draw.between(5, 7))
    place, which = draw.one(((0, "first"), (-1, "last")))
    text = draw.say(
        "Take the {which} letter of each of these words, in order, and join them without blanks: {words}.",
        "Which string do you get by joining the {which} letters of {words}, in this order?",
        "Write down the {which} letter of every word, left to right, as one string: {words}.",
        which=which, words=", ".join(words),
    )  # fmt: skip
    return _text(f"{text} {draw.one(TEXT_ONLY)}", "".join(word[place] for word in words))


def _nth_word(draw: Draw) -> Question:
    words = draw.some(COMMON + SHORT, draw.between(6, 9))
    at = draw.between(2, len(words) - 2)
    text = draw.say(
        "Which is the {nth} word of this list: {words}?",
        "Name the {nth} word here: {words}.",
        "{name} reads out: {words}. What is the {nth} word?",
        nth=ordinal(at + 1), words=", ".join(words), name=draw.one(NAMES),
    )  # fmt: skip
    return _text(f"{text} {draw.one(WORD_ONLY)}", words[at], shown=True)


def _swapped_ends(draw: Draw) -> Question:
    words = draw.some(COMMON, 5)
    text = draw.say(
        "Write these words in the opposite order: {words}.",
        "Turn the order of this list round, last word first: {words}.",
        "{name} lists {words}. Give the list from the last word to the first.",
        words=", ".join(words), name=draw.one(NAMES),
    )  # fmt: skip
    return _text(f"{text} {draw.one(LIST_ONLY)}", comma_list(words[::-1]))


def _starting_with(draw: Draw) -> Question:
    letter = draw.one("bcdmpst")
    there = draw.some([word for word in COMMON if word[0] == letter], draw.between(2, 4))
    others = draw.some([word for word in COMMON if word[0] != letter], draw.between(5, 7))
    text = draw.say(
        "How many of these words start with the letter {letter}: {words}?",
        "Count the words that begin with {letter}: {words}.",
        "{name} wants to know how many words here begin with the letter {letter}: {words}.",
        letter=letter, words=", ".join(draw.shuffled(there + others)), name=draw.one(NAMES),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", len(there))


def _letter_count(draw: Draw) -> Question:
    words = draw.some(COMMON, draw.between(5, 8))
    letter = draw.one("aeolnrt")
    count = "".join(words).count(letter)
    if count < 3:
        return _letter_count(draw)
    text = draw.say(
        'How many times does the letter "{letter}" occur in "{words}"?',
        'Count every "{letter}" in this text: "{words}".',
        'In "{words}", how often is the letter "{letter}" used?',
        letter=letter, words=" ".join(words),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", count)


def _alphabetical(draw: Draw) -> Question:
    words = draw.some(COMMON, draw.between(6, 8))
    text = draw.say(
        "Sort these words alphabetically: {words}.",
        "Put into alphabetical order: {words}.",
        "{name} has the index cards {words}. List them from A to Z.",
        words=", ".join(words), name=draw.one(NAMES),
    )  # fmt: skip
    return _text(f"{text} {draw.one(LIST_ONLY)}", comma_list(sorted(words)))


def _without_vowels(draw: Draw) -> Question:
    words = draw.some(COMMON, 3)
    text = draw.say(
        'Remove all vowels (a, e, i, o, u) from "{words}", but keep the blanks.',
        'What is left of "{words}" without the letters a, e, i, o and u? Keep the blanks between words.',
        'Delete every a, e, i, o and u in "{words}" and leave everything else, blanks too, as it is.',
        words=" ".join(words),
    )  # fmt: skip
    return _text(f"{text} {draw.one(TEXT_ONLY)}", " ".join("".join(c for c in word if c not in "aeiou") for word in words))


def _replaced(draw: Draw) -> Question:
    word = made_up(draw, 5)
    old, new = draw.one(sorted(set(word))), draw.one("xyqv")
    if word.count(old) < 2 or new in word:
        return _replaced(draw)
    text = draw.say(
        'Replace every "{old}" in "{word}" by "{new}".',
        'In "{word}", change each letter "{old}" to "{new}". What is the result?',
        'What does "{word}" become when all letters "{old}" are turned into "{new}"?',
        old=old, new=new, word=word,
    )  # fmt: skip
    return _text(f"{text} {draw.one(TEXT_ONLY)}", word.replace(old, new))


def _reversed_word(draw: Draw) -> Question:
    word = made_up(draw, draw.between(3, 4))
    if word == word[::-1]:
        return _reversed_word(draw)
    text = draw.say(
        'Write "{word}" backwards.',
        'Spell the made-up word "{word}" from its last letter to its first.',
        'What is "{word}" in reverse?',
        word=word,
    )
    return _text(f"{text} {draw.one(TEXT_ONLY)}", word[::-1])


def _shifted(draw: Draw) -> Question:
    word, step = made_up(draw, draw.between(3, 4)), draw.between(2, 7)
    moved = "".join(chr((ord(letter) - 97 + step) % 26 + 97) for letter in word)
    shown, wanted, way, side = draw.one(((word, moved, "forward", "after"), (moved, word, "back", "before")))
    text = draw.say(
        'Move every letter of "{shown}" {step} places {way} in the alphabet (after z comes a, before a comes z).',
        'Each letter of "{shown}" is replaced by the one {step} places {side} it in the alphabet, which goes round from z to a '
        "and from a to z. What comes out?",
        shown=shown, step=step, way=way, side=side,
    )  # fmt: skip
    return _text(f"{text} {draw.one(TEXT_ONLY)}", wanted)


def _interleaved(draw: Draw) -> Question:
    one, other = made_up(draw, 3), made_up(draw, 3)
    if len(one) != len(other) or one == other:
        return _interleaved(draw)
    text = draw.say(
        'Weave "{one}" and "{other}" together: first letter of the first word, first letter of the second, second letter of '
        'the first, '
        "and so on.",
        'Alternate the letters of "{one}" and "{other}", beginning with "{one}".',
        one=one, other=other,
    )  # fmt: skip
    return _text(f"{text} {draw.one(TEXT_ONLY)}", "".join(a + b for a, b in zip(one, other, strict=True)))


def _by_length(draw: Draw) -> Question:
    words = draw.some(COMMON + SHORT, 7)
    if len({len(word) for word in words}) < 4:
        return _by_length(draw)
    text = draw.say(
        "Sort these words by length, shortest first; words of the same length go alphabetically: {words}.",
        "Order {words} from the shortest to the longest word. Where two are equally long, the alphabet decides.",
        words=", ".join(words),
    )  # fmt: skip
    return _text(f"{text} {draw.one(LIST_ONLY)}", comma_list(sorted(words, key=lambda word: (len(word), word))))


def _by_last_letter(draw: Draw) -> Question:
    words = draw.some(COMMON, 6)
    if len({word[::-1][:1] for word in words}) < 4:
        return _by_last_letter(draw)
    text = draw.say(
        "Sort these words by their last letter (a to z); where the last letters are equal, by the whole word: {words}.",
        "Order {words} alphabetically by the final letter of each word, ties by the word itself in alphabetical order.",
        words=", ".join(words),
    )  # fmt: skip
    return _text(f"{text} {draw.one(LIST_ONLY)}", comma_list(sorted(words, key=lambda word: (word[-1], word))))


def _run_lengths(draw: Draw) -> Question:
    letters = [letter for letter, _ in groupby(draw.one("bcdfghk") for _ in range(6))]
    counts = [draw.between(1, 5) for _ in letters]
    if len(letters) < 5:
        return _run_lengths(draw)
    long = "".join(letter * count for letter, count in zip(letters, counts, strict=True))
    short = "".join(f"{letter}{count}" for letter, count in zip(letters, counts, strict=True))
    if draw.chance(0.5):
        text = draw.say(
            'Write "{long}" in run-length form, each letter followed by how often it stands in a row (so "aab" is "a2b1").',
            'Compress "{long}": for every run of equal letters write the letter and the length of the run, as "xxxy" gives '
            '"x3y1".',
            long=long,
        )  # fmt: skip
        return _text(f"{text} {draw.one(TEXT_ONLY)}", short)
    text = draw.say(
        'Expand the run-length code "{short}" (as "a2b1" stands for "aab").',
        'In "{short}" each number says how often the letter before it is repeated ("x3y1" means "xxxy"). Write the text in '
        'full.',
        short=short,
    )  # fmt: skip
    return _text(f"{text} {draw.one(TEXT_ONLY)}", long)


def _distinct(draw: Draw) -> Question:
    words = draw.some(COMMON, 3)
    text = draw.say(
        'How many different letters are there in "{words}"? Blanks do not count.',
        'Count the distinct letters used in "{words}", leaving blanks aside.',
        words=" ".join(words),
    )
    return numbered(f"{text} {draw.number_only()}", len(set("".join(words))))


def _in_steps(draw: Draw) -> Question:
    word = made_up(draw, 4)
    steps = draw.some(STEPS, 3)
    result = word
    for _, change in steps:
        result = change(result)
    text = draw.say(
        'Start with "{word}". First {a}; then {b}; finally {c}.',
        'Take the string "{word}" and change it in three steps: (1) {a}; (2) {b}; (3) {c}.',
        word=word, a=steps[0][0], b=steps[1][0], c=steps[2][0],
    )  # fmt: skip
    return _text(f"{text} {draw.one(TEXT_ONLY)}", result)


STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("write it backwards", lambda word: word[::-1]),
    ("move its first letter to the end", lambda word: word[1:] + word[0]),
    ("move its last two letters to the front", lambda word: word[-2:] + word[:-2]),
    ("swap its first and its last letter", lambda word: word[-1] + word[1:-1] + word[0]),
    ("write its third letter twice", lambda word: word[:3] + word[2:]),
    ("delete its second letter", lambda word: word[0] + word[2:]),
    ("replace each e by u", lambda word: word.replace("e", "u")),
)
"""Changes of a text of at least five letters, in words and in Python."""

LEVELS: tuple[tuple[Variant, ...], ...] = (
    (_initials, _nth_word, _swapped_ends, _starting_with),
    (_letter_count, _alphabetical, _without_vowels, _replaced),
    (_reversed_word, _shifted, _interleaved, _by_length, _by_last_letter, _run_lengths, _distinct, _in_steps),
)
"""Kinds of question: easy, in need of care, hard."""
