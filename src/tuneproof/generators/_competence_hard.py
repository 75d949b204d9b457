"""`hard`: several skills chained, so that one slip spoils the answer; working is allowed, the last line counts."""

from datetime import timedelta
from fractions import Fraction
from math import lcm

from tuneproof.generators._competence_dates import DAYS, MONTHS, dates_of, day_between, long_date
from tuneproof.generators._competence_draw import Draw, Question, Variant, is_tie, listed, money, plain, two_decimals
from tuneproof.generators._competence_hard_search import cheapest, digits, seats, tickets
from tuneproof.generators._competence_words import COMMON, GOODS, NAMES, PLURALS, SUBJECTS, TOWNS


def _number(draw: Draw, text: str, value: int) -> Question:
    return Question(text=f"{text} {draw.worked('the number')}", expected=plain(value), grader="number")


def _rounded(draw: Draw, text: str, value: Fraction) -> Question:
    clause = draw.worked("the number, rounded to two decimals")
    return Question(text=f"{text} {clause}", expected=two_decimals(value), grader="rounded")


def _invoice(count: int) -> Variant:
    def ask(draw: Draw) -> Question:
        things, off, vat = draw.some(PLURALS, count + 2), draw.one((8, 12, 15)), draw.one((7, 19, 20, 21))
        prices = [draw.between(45, 1290) for _ in things]
        order = [(at, draw.between(3, 40)) for at in draw.some(range(count + 2), count)]
        whole = sum(prices[at] * many * (100 - off * (many >= 20)) for at, many in order)
        limit, postage = whole * draw.between(60, 150) // 10**6 * 100, draw.between(450, 990)
        value = Fraction(whole * (100 + vat), 10**6) + Fraction(postage if whole < limit * 100 else 0, 100)
        if is_tie(value) or not any(many >= 20 for _, many in order):
            return ask(draw)
        table = "\n".join(["item,price", *(f"{thing},{money(price)}" for thing, price in zip(things, prices, strict=True))])
        wanted = listed([f"{many} {things[at]}" for at, many in order])
        text = (
            f"A shop in {draw.one(TOWNS)} has these prices in euros per piece, without tax:\n\n{table}\n\nItems of which a "
            f"customer orders 20 or more are {off}% cheaper. On the sum of all items {vat}% tax is added. If that sum, before "
            f"tax, is below {money(limit)}, postage of {money(postage)} is added at the end, tax-free. {draw.one(NAMES)} "
            f"orders {wanted}. Rounding only at the end, what is the total to pay in euros?"
        )
        return _rounded(draw, text, value)

    return ask


def _robot(count: int) -> Variant:
    def ask(draw: Draw) -> Question:
        x, y, facing = draw.between(-9, 9), draw.between(-9, 9), draw.between(0, 3)
        ways = (("north", 0, 1), ("east", 1, 0), ("south", 0, -1), ("west", -1, 0))
        start, steps = f"({x}, {y}) facing {ways[facing][0]}", []
        for place in range(count):
            many, turn = draw.between(2, 13), draw.one((("left", -1), ("right", 1), ("around", 2)))
            x, y = x + ways[facing][1] * many, y + ways[facing][2] * many
            steps.append(f"{many} steps forward")
            if place < count - 1:
                facing = (facing + turn[1]) % 4
                steps.append(f"turn {turn[0]}")
        text = draw.say(
            "A robot called {name} stands on a grid at (x, y) = {start}; north is +y, east is +x. It does this: {steps}. Where "
            "does it end? Give 100 × x + y for its last position.",
            "On a grid where east is +x and north is +y, {name} the robot starts at {start} and obeys: {steps}. Let (x, y) be "
            "where it stops. What is 100 × x + y?",
            name=draw.one(NAMES), start=start, steps=", ".join(steps),
        )  # fmt: skip
        return _number(draw, text, 100 * x + y)

    return ask


def _letters(draw: Draw) -> Question:
    word, other = draw.some(COMMON, 2)
    vowels, factor = sum(letter in "aeiou" for letter in word), draw.between(3, 19)
    text = draw.say(
        'Let a = 1, b = 2, ..., z = 26. Add up the values of the letters of "{word}", multiply the sum by the number of vowels '
        '(a, e, i, o, u) in it, add {factor} times the number of letters of "{other}". What is the result?',
        'With a = 1 up to z = 26, take the letter sum of "{word}" times its number of vowels (a, e, i, o, u), plus {factor} '
        'times the length of "{other}". What number is that?',
        word=word, other=other, factor=factor,
    )  # fmt: skip
    return _number(draw, text, sum(ord(letter) - 96 for letter in word) * vowels + factor * len(other))


def _bases(draw: Draw) -> Question:
    base, left, right, to = draw.between(5, 9), draw.between(70, 900), draw.between(70, 900), draw.one((2, 3, 4))
    text = draw.say(
        "{left} and {right} are numbers written in base {base}. Add them, write the sum in base {to}, and count the digits 1 "
        "in it. How many are there?",
        "Add the base-{base} numbers {left} and {right} and convert the sum to base {to}. How many times does the digit 1 "
        "stand in the result?",
        left=_in_base(left, base), right=_in_base(right, base), base=base, to=to,
    )  # fmt: skip
    return _number(draw, text, _in_base(left + right, to).count("1"))


def _in_base(number: int, base: int) -> str:
    return (_in_base(number // base, base) if number >= base else "") + str(number % base)


def _course(skipped: int) -> Variant:
    def ask(draw: Draw) -> Question:
        start, lessons = day_between(draw, 2021, 2048), draw.between(9, 17)
        if start.weekday() > 4:
            return ask(draw)
        other = draw.one([day for day in range(5) if day != start.weekday()])
        break_from = start + timedelta(7 * draw.between(2, 3) + draw.between(0, 6))
        break_to = break_from + timedelta(draw.between(8, 17))
        day, held = start, 1
        while held < lessons:
            day += timedelta(1)
            free = skipped and break_from <= day <= break_to
            held += day.weekday() in (start.weekday(), other) and not free
        first, second = sorted((start.weekday(), other))
        text = (
            f"{draw.one(NAMES)}'s {draw.one(SUBJECTS)} course in {draw.one(TOWNS)} has {lessons} lessons, always on "
            f"{DAYS[first]}s and {DAYS[second]}s. The first one is on {DAYS[start.weekday()]}, {long_date(start)}."
        )
        if skipped:
            text += f" There are no lessons from {long_date(break_from)} to {long_date(break_to)}, both included; "
            text += "they are held later."
        text += f" On what date is the last lesson? {draw.worked('the date as YYYY-MM-DD')}"
        return Question(text=text, expected=dates_of(day), grader="text")

    return ask


def _rota(draw: Draw) -> Question:
    start, names = day_between(draw, 2021, 2045), draw.some(NAMES, 3)
    cycles = sorted(draw.some((4, 5, 6, 7, 8, 9, 10, 12, 14, 15), 3))
    after = [draw.between(0, cycle - 1) for cycle in cycles]
    both = next(
        (n for n in range(1, lcm(*cycles) + 1) if all(n % cycle == one for cycle, one in zip(cycles, after, strict=True))),
        0,
    )
    if not 20 < both < 420:
        return _rota(draw)
    firsts = [start + timedelta(one) for one in after]
    told = ". ".join(
        f"{name} comes every {cycle} days, first on {long_date(first)}"
        for name, cycle, first in zip(names, cycles, firsts, strict=True)
    )
    text = (
        f"Three volunteers help in {draw.one(TOWNS)}. {told}. On which date are all three there on the same day for the first "
        f"time? {draw.worked('the date as YYYY-MM-DD')}"
    )
    return Question(text=text, expected=dates_of(start + timedelta(both)), grader="text")


def _query(draw: Draw) -> Question:
    towns = draw.some(TOWNS, 3)
    rows = [
        (thing, draw.one(towns), draw.between(1, 12), draw.between(2, 60), draw.between(105, 1990))
        for thing in draw.some(GOODS, 11)
    ]
    month, town = draw.between(4, 7), towns[0]
    kept = [row for row in rows if row[1] == town and row[2] >= month]
    if not 3 <= len(kept) <= 6:
        return _query(draw)
    value = Fraction(sum(many * price for _, _, _, many, price in kept), 100 * sum(row[3] for row in kept))
    if is_tie(value):
        return _query(draw)
    table = "\n".join(
        ["item;town;month;pieces;euros each", *(f"{a};{b};{MONTHS[c - 1]};{d};{money(e)}" for a, b, c, d, e in rows)]
    )
    text = (
        f"These are the sales of one year:\n\n{table}\n\nTake the rows of {town} from {MONTHS[month - 1]} to December only. "
        f"What was the average "
        "price per piece sold in them, weighted by pieces, in euros?"
    )
    return _rounded(draw, text, value)


def _circle(count: int) -> Variant:
    def ask(draw: Draw) -> Question:
        names, step = draw.some(NAMES, count), draw.between(3, 6)
        left, at = list(names), 0
        while len(left) > 1:
            at = (at + step - 1) % len(left)
            left.pop(at)
        text = draw.say(
            "{names} stand in a circle in this order. Counting starts with {first} as 1 and goes round; whoever gets the "
            "number {step} leaves the circle, and counting starts again at 1 with the next one. Who is left at the end?",
            "In a counting-out game {names} form a circle in this order. {first} says 1, the next one 2, and so on; who says "
            "{step} is out, and the next one still in begins again with 1. Who is the last one left?",
            names=listed(names), first=names[0], step=step,
        )  # fmt: skip
        return Question(text=f"{text} {draw.worked('the name')}", expected=left[0], grader="text", shown=True)

    return ask


def _machine(draw: Draw) -> Question:
    a, b, rounds = draw.between(3, 30), draw.between(3, 30), draw.between(11, 16)
    by, limit, add, cut = draw.between(2, 4), draw.between(40, 70), draw.between(3, 19), draw.between(21, 39)
    x, y = a, b
    for number in range(1, rounds + 1):
        x, y = (y + number, x + add) if number % by == 0 else (x + y, y + number)
        if x > limit:
            x -= cut
    text = (
        f"Two counters, X and Y, start at {a} and {b}. {draw.one(NAMES)} plays {rounds} rounds, numbered from 1. If the number "
        f"of the round is divisible by {by}, X becomes the old Y plus the number of the round, and Y becomes the old X plus "
        f"{add}. Otherwise X becomes X plus Y, and then Y grows by the number of the round. Whenever X is above {limit} after "
        f"this, {cut} is taken from X, once per round. What is 1000 × X + Y after the last round?"
    )
    return _number(draw, text, 1000 * x + y)


LEVELS: tuple[tuple[Variant, ...], ...] = (
    (_invoice(2), _robot(5), _letters, _course(0), _circle(6)),
    (_invoice(4), _query, _bases, tickets, _robot(10), digits, _course(1)),
    (_rota, _machine, cheapest, seats, _invoice(8), _circle(15), _robot(20)),
)
"""Kinds of question, by the number of steps."""
