"""`general-competence`: ten skills that any chat model shows in short texts, drawn from word lists and a seed.

Each answer is verified by how its question is made: programs are run, dates are counted by `datetime`, puzzles are tried out
until one case is left, texts under conditions come with a witness that keeps them.

Three levels and the kinds of each are asked in turn, so that two seeds draw evalsets of the same make-up.
"""

from collections.abc import Iterator, Mapping
from importlib import resources
from random import Random
from typing import Any, ClassVar

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.generating import Generator
from tuneproof.generators import (
    _competence_arithmetic,
    _competence_code,
    _competence_dates,
    _competence_formats,
    _competence_hard,
    _competence_instructions,
    _competence_logic,
    _competence_long,
    _competence_strings,
    _competence_units,
)
from tuneproof.generators._competence_draw import Draw, Question, Variant, gives_itself_away

LEVELS: Mapping[str, tuple[tuple[Variant, ...], ...]] = {
    "arithmetic": _competence_arithmetic.LEVELS,
    "units": _competence_units.LEVELS,
    "dates": _competence_dates.LEVELS,
    "strings": _competence_strings.LEVELS,
    "instructions": _competence_instructions.LEVELS,
    "logic": _competence_logic.LEVELS,
    "code": _competence_code.LEVELS,
    "formats": _competence_formats.LEVELS,
    "long-context": _competence_long.LEVELS,
    "hard": _competence_hard.LEVELS,
}
"""Slice to its kinds of question, by level."""

GRADERS = {
    "arithmetic": "number", "units": "number", "dates": "text", "strings": "text", "instructions": "constraints",
    "logic": "text", "code": "number", "formats": "json", "long-context": "number", "hard": "number",
}  # fmt: skip
"""Slice to the grader of its questions; where another one is needed, the row names it."""

LEADS = r"(?:\b(?:is|are|was|be|on|at|becomes|gives|get)|(?:\x27|’)s|[:=])[*_`\x22“]*[ \t]+"
"""What an answer may be led up to by: `The answer is`, `It's`, `**Answer:**`."""
BOXED = r"\\boxed\{(?:\\text\{)?"
TEXT = rf"(?im)^(?:.*{LEADS}|.*{BOXED})?[ \t*_`\x22“]*(?:(?:an?|the)[ \t]+)?([^\s`].*?)[ \t`]*$"
"""The last line, from where it says what the answer is."""
VERDICT = rf"(?is)^(?:.*(?:\banswer(?: is|:)|\n|{BOXED}))?[^\pL\pN]*(yes|no|unknown)\b"
"""The word that the answer, or its last line, begins with."""
QUOTES = r"\x22\x27“”’"
PRINTED = (
    r"(?m)^(?:.*(?:\b(?:is|prints|be|outputs)|[:=])[*_`\x22“]*[ \t]+)?"
    rf"[ \t*_`{QUOTES}]*([^\s`*{QUOTES}].*?)[ \t*_`.{QUOTES}]*$"
)
"""The last line likewise, without quotes and the like around it."""

HEADER = f"""\
role = "general"                    # what must not be forgotten
prompt.user = "{{{{ input }}}}"         # every system gets the bare question: no system prompt, no worked examples

[graders.number]                    # the last number of the answer
kind = "number_match"

[graders.rounded]                   # two decimals were asked for; more of them are no mistake
kind = "number_match"
tolerance = 0.005

[graders.text]                      # the last line, from where it says what the answer is
kind = "exact_match"
normalize = ["unicode", "casefold", "punctuation", "whitespace", "strip"]
extract = {{ regex = '{TEXT}' }}

[graders.verdict]                   # the word that the answer, or its last line, begins with
kind = "exact_match"
normalize = ["casefold"]
extract = {{ regex = '{VERDICT}' }}

[graders.letter]                    # one of four options, by letter or by its words
kind = "choice"
choices = ["A", "B", "C", "D"]

[graders.output]                    # what a program prints, capitals and all
kind = "exact_match"
normalize = ["whitespace", "strip"]
extract = {{ regex = '{PRINTED}' }}

[graders.array]                     # the last list of numbers in the answer
kind = "json_schema"
compare = "exact"
extract = {{ regex = '(\\[[^\\[\\]]*\\])' }}

[graders.json]                      # the whole answer, or its last fenced block
kind = "json_schema"
fenced = true
compare = "exact"

[graders.lines]                     # likewise, as a pattern
kind = "regex"
match = "full"

[graders.constraints]               # what the text must keep to
kind = "constraints"

"""


class GeneralCompetence:
    """Draws the evalset."""

    slices: ClassVar[tuple[str, ...]] = tuple(LEVELS)
    n_per_slice: ClassVar[int] = 56
    max_n_per_slice: ClassVar[int] = 200
    max_seed: ClassVar[int] = 2**32 - 1
    header: ClassVar[str] = HEADER + "\n".join(f'[slices.{name}]\ngrader = "{grader}"\n' for name, grader in GRADERS.items())

    def about(self) -> str:
        """Return the page on the evalset."""
        return (resources.files("tuneproof.generators") / "_general_competence.md").read_text("utf-8")

    def rows(self, seed: int, n_per_slice: int) -> list[dict[str, Any]]:
        """Return the rows, the slices in turn; no two have the same input. A smaller set of a seed begins the larger one.

        Raises:
            InputError: for a seed or a size out of range.
        """
        return [_row(name, place, question) for name, place, question in questions(seed, n_per_slice)]


def questions(seed: int, n_per_slice: int) -> Iterator[tuple[str, int, Question]]:
    """Yield slice, number from 1, and question, with the witness that the rows leave out.

    Raises:
        InputError: for a seed or a size out of range.
    """
    limits = (("seed", seed, 0, GeneralCompetence.max_seed), ("n_per_slice", n_per_slice, 1, GeneralCompetence.max_n_per_slice))
    for name, value, low, high in limits:
        if not low <= value <= high:
            raise InputError(Problem(where="general-competence", what=f"{name} is {value}", expected=f"{low} to {high}"))
    draw, known = Draw(Random(seed)), set[str]()  # noqa: S311 - made-up questions, no secrets
    for index in range(n_per_slice):
        for name, levels in LEVELS.items():
            kinds = levels[index % len(levels)]
            variant = kinds[index // len(levels) % len(kinds)]
            question = variant(draw)
            while question.text in known or gives_itself_away(question):
                question = variant(draw)
            known.add(question.text)
            yield name, index + 1, question


def _row(name: str, number: int, question: Question) -> dict[str, Any]:
    row: dict[str, Any] = {"id": f"{name}-{number:03d}", "input": question.text, "expected": question.expected, "slice": name}
    if question.grader and question.grader != GRADERS[name]:
        row["grader"] = question.grader
    if question.choices:
        row["choices"] = list(question.choices)
    return row


PLUGIN: type[Generator] = GeneralCompetence
