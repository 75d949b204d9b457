"""Right if the answer is worded as asked: so many words, these texts in this order, no letter e."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from tuneproof.core.errors import unknown_name
from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Marker
from tuneproof.core.score import Grade
from tuneproof.graders._extract import finder
from tuneproof.graders._text import TextGrader, TextMarker, right_or_wrong, short
from tuneproof.graders._wording import Range, Wording, folded, has_word, in_word, is_whole, places, wording

SHOWN = 4
"""Constraints that a reason names; beyond these a reader wants the count."""
MENTION = " \t\"'`*_()[]{}<>«»“”„‚‘’"
"""Marks around the end of a text that is nothing but punctuation."""

Count = Callable[[Wording], Range]
Check = Callable[[Wording, Any], str | None]
"""Says what does not hold; None where all does."""
Objection = Callable[[Any], str | None]
"""Says what is wrong with the value of a key; None where nothing is."""


class Constraints(TextGrader):
    """Counts and looks for what `expected` asks for: an object, every key of which must hold. An empty answer is wrong."""

    yes_no: ClassVar[bool] = True
    describes: ClassVar[bool] = True

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready."""
        return TextMarker(find=finder(self.extract), judge=_judge, objection=_objection)


def _judge(found: str | None, example: Example) -> Grade:
    if found is None:
        return right_or_wrong(False, None)
    answer = wording(found)
    if not answer.plain:
        return Grade(value=0.0, reason="the answer is empty")
    failed = [why for key, value in example.expected.items() if (why := CHECKS[key](answer, value))]
    if not failed:
        return Grade(value=1.0)
    more = f"; and {len(failed) - SHOWN} more" if len(failed) > SHOWN else ""
    return Grade(value=0.0, reason="; ".join(failed[:SHOWN]) + more)


# -- what does not hold ------------------------------------------------------------------------------------------------------


def _counted(key: str, count: Count) -> Check:
    def check(answer: Wording, asked: Any) -> str | None:
        low, high = count(answer)
        least, most = _limits(asked)
        if high >= least and (most is None or low <= most):
            return None
        found = str(low) if low == high else f"{low} or {high}"
        return f"{found} {key}, not {_asked(least, most)}"

    return check


def _asked(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {least}"
    return str(least) if least == most else f"{least} to {most}" if least else f"at most {most}"


def _limits(asked: Any) -> tuple[int, int | None]:
    return (asked.get("min", 0), asked.get("max")) if isinstance(asked, Mapping) else (asked, asked)


def _readings(answer: Wording) -> Iterator[str]:
    """Yield the answer without its Markdown marks and then, for texts that hold some, as it was written."""
    yield folded(answer.plain)
    yield folded(answer.written)


def _times(answer: Wording, text: str) -> int:
    counts = (sum(1 for _ in places(reading, folded(text))) for reading in _readings(answer))
    return next(filter(None, counts), 0)


def _holds(answer: Wording, text: str) -> bool:
    return any(next(places(reading, folded(text)), None) is not None for reading in _readings(answer))


def _contains(answer: Wording, texts: Any) -> str | None:
    missing = [text for text in texts if not _holds(answer, text)]
    return f"{_listed(missing)} not found" if missing else None


def _excludes(answer: Wording, texts: Any) -> str | None:
    there = [text for text in texts if _holds(answer, text)]
    return f"{_listed(there)} must not be there" if there else None


def _in_order(answer: Wording, texts: Any) -> str | None:
    held = any(_ordered(reading, texts) for reading in _readings(answer))
    return None if held else f"not in this order: {_listed(texts)}"


def _ordered(reading: str, texts: list[str]) -> bool:
    start = 0
    for text in map(folded, texts):
        place = next((place for place in places(reading, text) if place >= start), None)
        if place is None:
            return False
        start = place + len(text)
    return True


def _starts_with(answer: Wording, text: str) -> str | None:
    return None if _at_end(answer, text, first=True) else f"does not start with {short(text)}"


def _ends_with(answer: Wording, text: str) -> str | None:
    return None if _at_end(answer, text, first=False) else f"does not end with {short(text)}"


def _at_end(answer: Wording, text: str, *, first: bool) -> bool:
    wanted, plain = folded(text), folded(answer.plain)
    if has_word(wanted):
        wanted, plain = _trimmed(wanted), _trimmed(plain)
    elif not _stands(plain, wanted, first=first):
        plain = plain.strip(MENTION)
    if not _stands(plain, wanted, first=first):
        return False
    start = 0 if first else len(plain) - len(wanted)
    # One letter asks for a letter ("starts with a"); everything else for whole words.
    return (len(wanted) == 1 and wanted.isalpha()) or is_whole(plain, start, start + len(wanted))


def _stands(text: str, wanted: str, *, first: bool) -> bool:
    return text.startswith(wanted) if first else text.endswith(wanted)


def _trimmed(text: str) -> str:
    """Return a text from its first letter or digit to its last."""
    start = next((at for at, char in enumerate(text) if in_word(char)), len(text))
    back = next((at for at, char in enumerate(reversed(text)) if in_word(char)), 0)
    return text[start : len(text) - back]


def _case(answer: Wording, case: str) -> str | None:
    other = "upper" if case == "lower" else "lower"
    wrong = next((char for char in answer.plain if (char.isupper() if case == "lower" else char.islower())), None)
    return None if wrong is None else f"{short(wrong)} is {other} case"


def _without_letters(answer: Wording, letters: str) -> str | None:
    held = answer.plain.lower()
    there = [letter for letter in dict.fromkeys(letters.lower()) if letter in held]
    return f"letter {_listed(there)} must not be there" if there else None


def _repeats(answer: Wording, asked: Mapping[str, int]) -> str | None:
    wrong = [(text, found, n) for text, n in asked.items() if (found := _times(answer, text)) != n]
    return "; ".join(f"{short(text)} {found} times, not {n}" for text, found, n in wrong[:SHOWN]) or None


def _listed(texts: list[str]) -> str:
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(short(text) for text in texts[:SHOWN]) + more


CHECKS: dict[str, Check] = {
    "words": _counted("words", lambda answer: answer.words),
    "sentences": _counted("sentences", lambda answer: answer.sentences),
    "lines": _counted("lines", lambda answer: answer.text_lines),
    "paragraphs": _counted("paragraphs", lambda answer: answer.paragraphs),
    "bullets": _counted("bullets", lambda answer: answer.bullets),
    "characters": _counted("characters", lambda answer: answer.characters),
    "contains": _contains,
    "excludes": _excludes,
    "in_order": _in_order,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "case": _case,
    "without_letters": _without_letters,
    "repeats": _repeats,
}
"""Key of `expected` to its check."""
COUNTS = ("words", "sentences", "lines", "paragraphs", "bullets", "characters")
LISTS = ("contains", "excludes", "in_order")
TEXTS = ("starts_with", "ends_with")


# -- what is wrong with `expected` -------------------------------------------------------------------------------------------


def _objection(example: Example) -> str | None:
    asked = example.expected
    if asked is None:
        return "expected is missing"
    if not isinstance(asked, Mapping) or not asked:
        return f'expected is {short(repr(asked))} (an object of constraints, such as {{"words": 5}})'
    for key, value in asked.items():
        if key not in CHECKS:
            what, known = unknown_name("constraint", key, list(CHECKS))
            return f"{what} ({known})"
        if why := OBJECTIONS[key](value):
            return f"expected.{key} is {short(repr(value))} ({why})"
    return next(_contradictions(asked), None)


def _wrong_count(key: str) -> Objection:
    least = 0 if key == "bullets" else 1

    def objection(asked: Any) -> str | None:
        wanted = f'a whole number from {least} on, or {{"min": n, "max": n}}'
        if not isinstance(asked, Mapping):
            return None if _is_count(asked, least) else wanted
        low, high = asked.get("min", 0), asked.get("max", asked.get("min", least))
        if not asked or asked.keys() - {"min", "max"} or not _is_count(low, 0) or not _is_count(high, 0):
            return wanted
        return "min is larger than max" if low > high else None if high >= least else wanted

    return objection


def _is_count(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _wrong_list(texts: Any) -> str | None:
    fits = isinstance(texts, list) and texts and not any(map(_wrong_text, texts))
    return None if fits else "a list of texts, none of them empty"


def _wrong_text(text: Any) -> str | None:
    return None if isinstance(text, str) and folded(text) else "a text that is not empty"


def _wrong_case(case: Any) -> str | None:
    return None if case in ("lower", "upper") else "lower or upper"


def _wrong_letters(letters: Any) -> str | None:
    return None if isinstance(letters, str) and letters.isalpha() else "letters and nothing else, such as 'aeiou'"


def _wrong_repeats(asked: Any) -> str | None:
    fits = (
        isinstance(asked, Mapping)
        and asked
        and not any(map(_wrong_text, asked))
        and all(_is_count(n, 0) for n in asked.values())
    )
    return None if fits else 'an object of texts with numbers, such as {"red": 2}'


OBJECTIONS: dict[str, Objection] = {
    **{key: _wrong_count(key) for key in COUNTS},
    **dict.fromkeys(LISTS, _wrong_list),
    **dict.fromkeys(TEXTS, _wrong_text),
    "case": _wrong_case,
    "without_letters": _wrong_letters,
    "repeats": _wrong_repeats,
}
"""Key of `expected` to what may be wrong with its value."""


def _contradictions(asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield what no answer can hold to."""
    texts = [*asked.get("contains", ()), *asked.get("in_order", ()), *(asked[key] for key in TEXTS if key in asked)]
    texts += [text for text, n in asked.get("repeats", {}).items() if n > 0]
    never = [*asked.get("excludes", ()), *(text for text, n in asked.get("repeats", {}).items() if n == 0)]
    for text in texts:
        banned = next((one for one in never if next(places(folded(text), folded(one)), None) is not None), None)
        if banned is not None:
            yield f"expected asks for {short(text)} and against {short(banned)}"
        letter = next((letter for letter in asked.get("without_letters", "").lower() if letter in text.lower()), None)
        if letter is not None:
            yield f"expected asks for {short(text)} and against the letter {short(letter)}"


PLUGIN: type[Grader] = Constraints
