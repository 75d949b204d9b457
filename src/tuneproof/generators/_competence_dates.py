"""`dates`: clock times, weekdays and calendar dates, worked out with `datetime`."""

from calendar import isleap
from datetime import date, timedelta

from tuneproof.generators._competence_draw import Draw, Question, Variant, numbered, ordinal
from tuneproof.generators._competence_words import NAMES, PLACES, SUBJECTS, TOWNS

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAY_ONLY = (
    "Answer with the name of the weekday only.",
    "Reply with just the weekday.",
    "Give only the day of the week.",
)
DATE_ONLY = (
    "Answer with the date only, as YYYY-MM-DD.",
    "Give only the date in the form YYYY-MM-DD.",
    "Reply with just the date (YYYY-MM-DD).",
)
TIME_ONLY = (
    "Answer with the time only, as HH:MM on a 24-hour clock.",
    "Give only the time, in 24-hour form (HH:MM).",
    "Reply with just the time as HH:MM (24-hour clock).",
)


def long_date(day: date) -> str:
    """Return 5 March 2031."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def dates_of(day: date) -> list[str]:
    """Return the ways of writing a date that are accepted."""
    month = MONTHS[day.month - 1]
    return [day.isoformat(), long_date(day), f"{month} {day.day}, {day.year}", f"{ordinal(day.day)} {month} {day.year}"]


def clock(minutes: int) -> str:
    """Return minutes after midnight as 07:05; whole days are left out."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def times_of(minutes: int) -> list[str]:
    """Return the ways of writing a time that are accepted."""
    hour, minute = minutes // 60 % 24, minutes % 60
    half = "AM" if hour < 12 else "PM"
    return list(dict.fromkeys([clock(minutes), f"{hour}:{minute:02d}", f"{(hour + 11) % 12 + 1}:{minute:02d} {half}"]))


def day_between(draw: Draw, first: int, last: int) -> date:
    """Return a day of the years."""
    start = date(first, 1, 1)
    return start + timedelta(draw.between(0, (date(last, 12, 31) - start).days))


def _weekday_after(draw: Draw) -> Question:
    start, days = draw.between(0, 6), draw.one([n for n in range(8, 34) if n % 7])
    text = draw.say(
        "Today is a {day} in {town}. What weekday is it {days} days from now, when {name} comes back?",
        "{name}'s parcel leaves {town} on a {day} and arrives {days} days later. On which weekday does it arrive?",
        "The {place} in {town} closed on a {day}. {days} days after that it opens again. On what day of the week?",
        day=DAYS[start], days=days, name=draw.one(NAMES), town=draw.one(TOWNS), place=draw.one(PLACES),
    )  # fmt: skip
    return Question(text=f"{text} {draw.one(DAY_ONLY)}", expected=DAYS[(start + days) % 7], grader="text", shown=True)


def _ends_at(draw: Draw) -> Question:
    start, length = draw.between(7 * 12, 20 * 12) * 5, draw.between(7, 33) * 5
    text = draw.say(
        "{name}'s {subject} lesson starts at {start} and lasts {length} minutes. At what time does it end?",
        "The bus leaves {town} at {start} and needs {length} minutes. When does {name} arrive?",
        "{name} puts a cake into the oven at {start}. It must bake for {length} minutes. When is it done?",
        name=draw.one(NAMES), town=draw.one(TOWNS), subject=draw.one(SUBJECTS), start=clock(start), length=length,
    )  # fmt: skip
    return _time(f"{text} {draw.one(TIME_ONLY)}", start + length)


def _time(text: str, minutes: int) -> Question:
    return Question(text=text, expected=times_of(minutes), grader="text")


def _lasts(draw: Draw) -> Question:
    start, length = draw.between(6 * 60, 15 * 60), draw.between(67, 500)
    text = draw.say(
        "{name} works at the {place} from {start} to {end}. How many minutes is that?",
        "A film in {town} begins at {start} and ends at {end}. How many minutes does it last?",
        "How many minutes pass between {start} and {end} of the same day, while {name} waits at the {place}?",
        name=draw.one(NAMES), town=draw.one(TOWNS), place=draw.one(PLACES), start=clock(start), end=clock(start + length),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", length)


def _date_after(draw: Draw) -> Question:
    start, days = day_between(draw, 2001, 2049), draw.between(17, 95)
    text = draw.say(
        "{name} borrows a book from the {place} on {start}. It is due {days} days later. What date is that?",
        "A permit from {town} is dated {start} and runs out {days} days after that date. On what date does it run out?",
        "What is the date {days} days after {start}? {name} needs it for the calendar.",
        name=draw.one(NAMES), town=draw.one(TOWNS), place=draw.one(PLACES), start=long_date(start), days=days,
    )  # fmt: skip
    return _dated(f"{text} {draw.one(DATE_ONLY)}", start + timedelta(days))


def _dated(text: str, day: date) -> Question:
    return Question(text=text, expected=dates_of(day), grader="text")


def _days_between(draw: Draw) -> Question:
    start, days = day_between(draw, 2001, 2049), draw.between(34, 250)
    text = draw.say(
        "How many days are there from {start} to {end}, counting the last day but not the first?",
        "{name} left {town} on {start} and came back on {end}. How many days later was that?",
        "The {place} in {town} was shut on {start} and opened on {end}. How many days lie between the two dates (end minus "
        "start)?",
        name=draw.one(NAMES), town=draw.one(TOWNS), place=draw.one(PLACES), start=long_date(start),
        end=long_date(start + timedelta(days)),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", days)


def _past_midnight(draw: Draw) -> Question:
    start, length = draw.between(19 * 60, 23 * 60 + 50), draw.between(330, 690)
    text = draw.say(
        "{name}'s night shift at the {place} begins at {start} and lasts {hours} hours and {minutes} minutes. When does it end "
        "the next morning?",
        "A night train leaves {town} at {start}. The journey takes {hours} h {minutes} min. At what time does {name} arrive?",
        name=draw.one(NAMES), town=draw.one(TOWNS), place=draw.one(PLACES), start=clock(start), hours=length // 60,
        minutes=length % 60,
    )  # fmt: skip
    return _time(f"{text} {draw.one(TIME_ONLY)}", start + length)


def _weekday_of_another(draw: Draw) -> Question:
    start, days = day_between(draw, 2001, 2049), draw.one([n for n in range(25, 110) if n % 7])
    end = start + timedelta(days)
    text = draw.say(
        "{start} is a {day}. What day of the week is {end}, when {name} goes to {town}?",
        "If {start} falls on a {day}, on which weekday does {end} fall? {name} from {town} is asking.",
        start=long_date(start), end=long_date(end), day=DAYS[start.weekday()], name=draw.one(NAMES), town=draw.one(TOWNS),
    )  # fmt: skip
    return Question(text=f"{text} {draw.one(DAY_ONLY)}", expected=DAYS[end.weekday()], grader="text", shown=True)


def _weekday_of(draw: Draw) -> Question:
    day = day_between(draw, 1951, 2069)
    text = draw.say(
        "What day of the week is {day} in the Gregorian calendar? {name} is filling in a form for the {place} in {town}.",
        "{name} finds a ticket of the {place} in {town} dated {day}. Which weekday is that date?",
        "On which weekday does {day} fall? (For {name}'s diary in {town}.)",
        day=long_date(day), name=draw.one(NAMES), town=draw.one(TOWNS), place=draw.one(PLACES),
    )  # fmt: skip
    return Question(text=f"{text} {draw.one(DAY_ONLY)}", expected=DAYS[day.weekday()], grader="text", shown=True)


def _zones(draw: Draw) -> Question:
    here, there = draw.some((-8, -5, -3, 0, 1, 2, 3, 5, 8, 9, 10), 2)
    start, length = draw.between(0, 24 * 12 - 1) * 5, draw.between(31, 180) * 5
    first, second = draw.some(TOWNS, 2)
    text = draw.say(
        "{name} takes off from {a} (UTC{x:+d}) at {start} local time and flies {hours} h {minutes} min to {b} (UTC{y:+d}). "
        "What is the local time in {b} on landing?",
        "A plane leaves {a}, where clocks run on UTC{x:+d}, at {start}. It lands in {b}, which is on UTC{y:+d}, after {hours} "
        "hours and {minutes} minutes. What time do clocks in {b} show when {name} lands?",
        name=draw.one(NAMES), a=first, b=second, x=here, y=there, start=clock(start), hours=length // 60, minutes=length % 60,
    )  # fmt: skip
    return _time(f"{text} {draw.one(TIME_ONLY)}", start + length + (there - here) * 60 + 48 * 60)


def _nth_weekday(draw: Draw) -> Question:
    year, month, nth, weekday = draw.between(2001, 2059), draw.between(1, 12), draw.between(1, 4), draw.between(0, 6)
    first = date(year, month, 1)
    day = first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))
    text = draw.say(
        "The {place} in {town} holds its meeting on the {nth} {day} of {month} {year}. What date is that?",
        "{name} from {town} is to come on the {nth} {day} in {month} {year}. Which date is meant?",
        name=draw.one(NAMES), town=draw.one(TOWNS), place=draw.one(PLACES), nth=ordinal(nth), day=DAYS[weekday],
        month=MONTHS[month - 1], year=year,
    )  # fmt: skip
    return _dated(f"{text} {draw.one(DATE_ONLY)}", day)


def _working_days(draw: Draw) -> Question:
    start, days = day_between(draw, 2001, 2049), draw.between(23, 75)
    end = start + timedelta(days)
    count = sum((start + timedelta(n)).weekday() < 5 for n in range(days + 1))
    text = draw.say(
        "{name} works Monday to Friday, without holidays, at the {place}. {start} is a {day}. How many working days are there "
        "from {start} to {end}, both included?",
        "How many days from Monday to Friday are there between {start}, a {day}, and {end}, counting both? {name} at the "
        "{place} must know.",
        name=draw.one(NAMES), place=draw.one(PLACES), start=long_date(start), day=DAYS[start.weekday()], end=long_date(end),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", count)


def _over_years(draw: Draw) -> Question:
    start, days = day_between(draw, 1971, 2040), draw.between(900, 2900)
    end = start + timedelta(days)
    if not any(isleap(year) for year in range(start.year + 1, end.year)):
        return _over_years(draw)
    text = draw.say(
        "How many days after {start} is {end}? Mind the leap years; {name} bets on the answer.",
        "{name} moved to {town} on {start} and away on {end}. How many days later was that?",
        name=draw.one(NAMES), town=draw.one(TOWNS), start=long_date(start), end=long_date(end),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", days)


def _every_few_days(draw: Draw) -> Question:
    start, step = day_between(draw, 2001, 2049), draw.one((6, 9, 10, 11, 12, 13, 15, 17, 18, 19))
    limit = start + timedelta(draw.between(110, 260))
    last = start + timedelta((limit - start).days // step * step)
    if last == limit:
        return _every_few_days(draw)
    text = draw.say(
        "{name} waters the plants of the {place} every {step} days, first on {start}. What is the last date of watering before "
        "{limit}?",
        "A filter in {town} is changed every {step} days, starting on {start}. On what date is it changed for the last time "
        "before {limit}?",
        name=draw.one(NAMES), town=draw.one(TOWNS), place=draw.one(PLACES), step=step, start=long_date(start),
        limit=long_date(limit),
    )  # fmt: skip
    return _dated(f"{text} {draw.one(DATE_ONLY)}", last)


LEVELS: tuple[tuple[Variant, ...], ...] = (
    (_weekday_after, _ends_at, _lasts),
    (_date_after, _days_between, _past_midnight, _weekday_of_another),
    (_weekday_of, _zones, _nth_weekday, _working_days, _over_years, _every_few_days),
)
"""Kinds of question: easy, in need of care, hard."""
