"""Numbers and dates of a customer's message, read without any model: every one that it may mean, not the one that it does."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

ONES = "one two three four five six seven eight nine ten eleven twelve"
TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORDS = {word: value for value, word in enumerate([*ONES.split(), *TEENS.split()], 1)}
WORDS |= {word: 10 * value for value, word in enumerate(TENS.split(), 2)}
TIMES = {"thousand": 1000, "dozen": 12, "score": 20, "gross": 144}
TIMES |= {"tonne": 1000, "tonnes": 1000, "kilometre": 1000, "hectolitre": 100}
FOREIGN = {"zwanzig Besen": 20, "besser drei": 3, "tonne et demie": 1500, "cinquenta caixas": 50, "a single": 1}
"""Quantities in words that the reader of English numbers does not know."""

MONTHS = (
    "january|januar|jan", "february|february|feb", "march|märz|mars|marzo|mar", "april|abril|apr", "may|mai|maggio|maj",
    "june|juni|jun", "july|lipca|jul", "august|aug", "september|septembre|września|sept|sep", "october|října|oct",
    "november|noviembre|nov", "december|dezembro|dec",
)  # fmt: skip
MONTH = {name: number for number, names in enumerate(MONTHS, 1) for name in names.split("|")}
NAMED = "|".join(sorted(MONTH, key=len, reverse=True))
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday|donnerstag", "friday", "saturday", "sunday")
LATER = {
    r"\btomorrow\b|\bdomani\b": 1,
    r"day after tomorrow|après-demain|明後日": 2,
    r"in three days": 3,
    r"in a week|a week from": 7,
}
LATER |= {r"in ten days|dentro de diez días": 10, r"in two weeks": 14}


# -- numbers -----------------------------------------------------------------------------------------------------------------


def numbers(text: str) -> set[Decimal]:
    """Return every number that a message may mean, in digits or in English words, contents of containers included."""
    found = {value_of(numeral) for numeral in re.findall(r"\d{1,3}(?: \d{3})+(?:,\d+)?|\d[\d.,']*\d|\d", text)}
    found |= {value_of(numeral) for numeral in re.findall(r"\d[\d.,']*\d|\d", text)}
    plain = in_digits(text)
    found |= {Decimal(numeral) for numeral in re.findall(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])", plain)}
    money = re.findall(r"(\d+) (?:pounds?|euros?|dollars?)(?: and)? (\d\d?)(?!\d)", plain)
    found |= {Decimal(whole) + Decimal(cents) / 100 for whole, cents in money}
    found |= {Decimal(cents) / 100 for cents in re.findall(r"(\d+) (?:pence|cents)", plain)}
    found |= {Decimal(value) for phrase, value in FOREIGN.items() if phrase in text}
    return found | {Decimal(many) * Decimal(each) for many, each in re.findall(r"(\d+) (?:sacks|buckets|cans) of (\d+)", plain)}


def value_of(numeral: str) -> Decimal:
    """Return the value of a numeral with any separators: what follows the last one is a fraction if it is not three digits."""
    bare = re.sub(r"[' ]", "", numeral)
    point = re.search(r"[.,](\d{1,2})$", bare)
    whole = re.sub(r"[.,]", "", bare[: point.start()] if point else bare)
    return Decimal(f"{whole}.{point[1]}" if point else whole)


def in_digits(text: str) -> str:
    """Return an English text in small letters with its numbers in words as digits: `one thousand and fifty` is `1050`."""
    held: list[str] = []
    whole: Decimal | None = None
    for token in re.findall(r"\d[\d.,']*\d|\d|[a-z]+|[^\sa-z\d]", _halves(text)):
        if token in WORDS and whole is not None:
            whole += WORDS[token]
        elif token == "hundred":
            whole = Decimal(100) if whole is None else whole + whole % 1000 * 99
        elif token in TIMES:
            whole = (1 if whole is None else whole) * Decimal(TIMES[token])
        elif not (token == "and" and whole and whole % 100 == 0):
            held += [] if whole is None else [f"{whole:f}"]
            whole = Decimal(WORDS[token]) if token in WORDS else Decimal(token) if re.fullmatch(r"\d+(\.\d+)?", token) else None
            held += [] if whole is not None else [token]
    return " ".join([*held, "" if whole is None else f"{whole:f}"])


def _halves(text: str) -> str:
    """Return a text in small letters, with halves and quarters as decimals in front of what they are of."""
    text = text.lower().replace("-", " ")
    text = re.sub(r"\ba (kilometre|hectolitre) and a half", r"1.5 \1", text)
    text = re.sub(rf"\b({'|'.join(WORDS)}) and a half\b", lambda found: f"{WORDS[found[1]]}.5", text)
    return re.sub(r"\bhalf a\b", "0.5", re.sub(r"\bthree quarters of a\b", "0.75", text))


# -- dates -------------------------------------------------------------------------------------------------------------------


def dates(text: str) -> set[date]:
    """Return every date that a message states, or that can be counted from one that it states."""
    text = re.sub(r"\bfirst of\b", "1 of", re.sub(r"\btwelfth of\b", "12 of", text.lower()))
    stated = set(_stated(text))
    return stated | {day for start in stated for day in _counted(text, start)}


def _stated(text: str) -> Iterator[date]:
    """Yield the dates with a year."""
    for year, month, day in re.findall(r"(\d{4})(?:-|年)(\d\d?)(?:-|月)(\d\d?)", text):
        yield date(int(year), int(month), int(day))
    for day, month, year in re.findall(r"(\d\d?)[./-](\d\d?)[./-](\d{4})", text):
        yield date(int(year), int(month), int(day))
    for day, name, year in re.findall(rf"(\d\d?)(?:st|nd|rd|th|\.)?(?: of| de)? ({NAMED})(?: de)? (\d{{4}})", text):
        yield date(int(year), MONTH[name], int(day))
    for name, day, year in re.findall(rf"({NAMED}) (\d\d?), (\d{{4}})", text):
        yield date(int(year), MONTH[name], int(day))


def _counted(text: str, start: date) -> Iterator[date]:
    """Yield the dates that a message counts from one: days later, weekdays, days of the month, dates without a year."""
    for phrase, days in LATER.items():
        if re.search(phrase, text):
            yield start + timedelta(days)
    for number, names in enumerate(WEEKDAYS):
        if re.search(rf"\b(?:{names})\b", text):
            yield start + timedelta((number - start.weekday() - 1) % 7 + 1)
    if "end of the month" in text:
        yield start.replace(day=monthrange(start.year, start.month)[1])
    for day in re.findall(r"\bthe (\d\d?)(?:st|nd|rd|th)\b", text):
        yield next(one for one in _from(start) if one.day == int(day))
    for day, name in re.findall(rf"(\d\d?)(?:st|nd|rd|th)?(?: of)? ({NAMED})\b", text):
        yield next(one for one in _from(start) if (one.month, one.day) == (MONTH[name], int(day)))


def _from(start: date) -> Iterator[date]:
    """Yield a year of days."""
    return (start + timedelta(days) for days in range(367))
