"""Numbers as people and models write them: signs, thousands separators, currency, percent, powers of ten."""

import re
from collections import deque
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

SEPARATORS = ",'\u2019\u00a0\u202f\u2009"
"""Between groups of three digits: comma, apostrophes (Switzerland), and the three spaces that do not end a word.

An ordinary space is none ("in 2020 300 people"), and neither is a point: `1.234` is a decimal.
"""

# A minus after a letter, digit or closing bracket is a dash or a subtraction ("10-5", "COVID-19"), not a sign. Every part is
# bounded or consumes digits once, so that Python's `re` is linear on it.
NUMBER = re.compile(
    rf"""
    (?P<sign>(?<![\w)\]}}])[-+\u2212])?
    [$\u20ac\u00a3\u00a5\u20b9]?
    (?P<minus>(?<=[$\u20ac\u00a3\u00a5\u20b9])[-\u2212])?
    (?P<body>(?:(?!0)\d{{1,3}}(?P<by>[{SEPARATORS}])\d{{3}}(?:(?P=by)\d{{3}})*(?!\d)|\d+)(?:\.\d+)?|(?<![\w.])\.\d+)
    (?:[eE](?P<exponent>[-+\u2212]?\d{{1,18}})(?!\w)
      |\s{{0,2}}(?:\u00d7|x|\*|\\times|\\cdot)\s{{0,2}}10\s?\^\s?\{{?(?P<power>[-+\u2212]?\d{{1,18}})\}}?)?
    (?P<percent>\s?\\?%)?
    """,
    re.VERBOSE,
)

FRACTION = re.compile(r"\s*(?P<sign>[-+\u2212]?)(?P<over>\d{1,30})\s?/\s?(?P<under>\d{1,30})\s*")
"""Read only where it is the whole text: in running text `3/4` may be a date, a score or a choice."""

EXACT = Context(prec=400, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
"""400 digits: differences of all numbers that are written out are exact, and 1e999999999 costs nothing and raises nothing."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was read in a text."""

    text: str
    """Its plain form: sign, digits, point, exponent."""
    value: Decimal
    """Its value as written; a percent sign is left aside."""
    percent: bool = False
    """Whether a percent sign follows."""


def last_number(text: str) -> Number | None:
    """Return the last number in a text, or the fraction that the whole text is; None where there is none."""
    fraction = _fraction(text)
    if fraction:
        return fraction
    last = deque(NUMBER.finditer(text), maxlen=1)
    return _number(last[0]) if last else None


def whole_number_text(text: str) -> Number | None:
    """Return the number that the whole text is, currency and percent signs allowed; None where it is anything else."""
    stripped = text.strip().rstrip("$\u20ac\u00a3\u00a5\u20b9").rstrip()
    match = NUMBER.fullmatch(stripped)
    return _number(match) if match else _fraction(stripped)


def _number(match: re.Match[str]) -> Number | None:
    digits = match["body"]
    if match["by"]:
        digits = digits.replace(match["by"], "")
    negative = (match["sign"] or match["minus"] or "+") in "-\u2212"
    exponent = match["exponent"] or match["power"]
    plain = f"{'-' * negative}{digits}" + (f"e{exponent.replace(chr(0x2212), '-')}" if exponent else "")
    value = Decimal(plain, EXACT)  # not a number where the exponent is beyond what decimals hold
    return Number(plain, value, bool(match["percent"])) if value.is_finite() else None


def _fraction(text: str) -> Number | None:
    match = FRACTION.fullmatch(text)
    if not match or not int(match["under"]):
        return None
    value = EXACT.divide(Decimal(match["over"]), Decimal(match["under"]))
    sign = "-" * (match["sign"] in ("-", "\u2212"))
    return Number(f"{sign}{match['over']}/{match['under']}", -value if sign else value)
