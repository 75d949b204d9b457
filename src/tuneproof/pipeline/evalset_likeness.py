"""Which questions of an evalset are the same, or nearly."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuneproof.core.example import Evalset, Example
from tuneproof.core.row import shown
from tuneproof.pipeline.data_checks import question_of
from tuneproof.pipeline.evalset_remarks import Remark

NEARLY_THE_SAME = 0.95
"""Likeness from which two questions with the same expected answer are one: a comma, a letter, a plural apart.

Measured on the shipped evalsets: no two of their questions are that near; of one pattern some hundred are above 0.7.
"""
ALIKE = 0.85
"""Likeness from which a reader should look: one pattern with other numbers, one text with two questions."""
MOST_EXAMPLES = 10_000
"""Beyond these likeness is not looked for: its time grows with the square."""
MOST_CHARACTERS = 20_000
"""Of each question; what two texts of this length have in common, the rest of them has as well."""
KIND_ORDER = ("near_duplicate", "alike", "clustered")
NUMERAL = re.compile(r"\d+")
CHUNK = 500
"""Questions that are compared with all others at once."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two examples that ask nearly the same."""

    first: Example
    """The one that stands first."""
    second: Example
    """The other."""
    share: float
    """Cosine of their counts of letters in runs of four, rare runs counting more: 1 for equal questions."""


def same_questions(evalset: Evalset) -> Iterator[Remark]:
    """Yield the examples that ask what an earlier one asks, but for case and spacing."""
    first: dict[str, Example] = {}
    for example in evalset.examples:
        held = first.setdefault(question_of(example) or f"\0{example.id}", example)
        if held is example:
            continue
        differs = "" if held.expected == example.expected else f", which expects {_told(held)} and not {_told(example)}"
        kind = "clustered" if held.cluster == example.cluster and not differs else "duplicate"
        yield Remark(kind=kind, where=evalset.where(example), what=f"the same as {_named(held)}{differs}")


def alike_questions(evalset: Evalset) -> Iterator[Remark]:
    """Yield the examples that ask nearly what an earlier one asks, each with the one that it is most like."""
    by_question: dict[str, Example] = {}
    for example in evalset.examples:
        by_question.setdefault(question_of(example), example)
    distinct = list(by_question.values())
    if len(distinct) > MOST_EXAMPLES:
        what = f"questions that are nearly the same: {len(distinct):,} examples are more than {MOST_EXAMPLES:,}"
        yield Remark(kind="skipped", where=evalset.path, what=what)
        return
    for pairs in _pairs(distinct):
        # Of all that an example is like, what weighs most.
        kind, pair = min(((_kind(pair), pair) for pair in pairs), key=lambda held: (KIND_ORDER.index(held[0]), -held[1].share))
        # Never 1.00: equal ones were told before.
        same = "the same" if pair.first.expected == pair.second.expected else "something else"
        what = f"{min(pair.share, 0.99):.2f} like {_named(pair.first)}, expects {same}"
        yield Remark(kind=kind, where=evalset.where(pair.second), what=what)


def _kind(pair: Likeness) -> str:
    if pair.first.cluster == pair.second.cluster:
        return "clustered"
    is_same = pair.share >= NEARLY_THE_SAME and pair.first.expected == pair.second.expected
    return "near_duplicate" if is_same and _numerals(pair.first) == _numerals(pair.second) else "alike"


def _numerals(example: Example) -> list[str]:
    """Return the numbers of a question; questions with other numbers are not the same, however much else they share."""
    return sorted(NUMERAL.findall(question_of(example)))


def _pairs(examples: Sequence[Example]) -> Iterator[list[Likeness]]:
    """Yield for each example that is like earlier ones the pairs with them."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    questions = [question_of(example)[:MOST_CHARACTERS] for example in examples]
    if len(examples) < 2 or not any(len(question) > 1 for question in questions):
        return
    counts = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 4), lowercase=False, dtype=np.float32)
    rows = counts.fit_transform(questions)
    for start in range(0, len(examples), CHUNK):
        shares = (rows[start : start + CHUNK] @ rows[: start + CHUNK].T).tocsr()
        for place in range(shares.shape[0]):
            at = slice(shares.indptr[place], shares.indptr[place + 1])
            told = zip(shares.indices[at].tolist(), shares.data[at].tolist(), strict=True)
            near = [(other, share) for other, share in told if share >= ALIKE and other < start + place]
            if near:
                yield [Likeness(examples[other], examples[start + place], share) for other, share in near]


def _named(example: Example) -> str:
    return f"{shown(example.id)} on line {example.line}"


def _told(example: Example) -> str:
    return shown(example.expected)
