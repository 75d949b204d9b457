"""`arithmetic`: sums in everyday words, then percentages and averages, then several steps and large numbers."""

from fractions import Fraction
from math import gcd, lcm

from tuneproof.generators._competence_draw import Draw, Question, Variant, is_tie, money, numbered, rounded
from tuneproof.generators._competence_words import GOODS, NAMES, PLURALS, TOWNS


def _left_over(draw: Draw) -> Question:
    name, other, third = draw.some(NAMES, 3)
    had, gave, got = draw.between(40, 99), draw.between(5, 39), draw.between(11, 80)
    text = draw.say(
        "{name} had {had} {things}, gave {gave} of them to {other} and then got {got} more from {third}. How many {things} "
        "does {name} have now?",
        "There were {had} {things} in {name}'s box. {other} took out {gave}, and {third} put in {got}. How many {things} are "
        "in the box now?",
        "{name} starts the day with {had} {things}, sells {gave} to {other} and buys {got} from {third}. With how many "
        "{things} does the day end for {name}?",
        name=name, other=other, third=third, had=had, gave=gave, got=got, things=draw.one(PLURALS),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", had - gave + got)


def _boxes(draw: Draw) -> Question:
    boxes, each, more = draw.between(4, 12), draw.between(12, 49), draw.between(3, 11)
    text = draw.say(
        "{name} packs {boxes} boxes with {each} {things} each and has {more} {things} left. How many {things} are there in "
        "all?",
        "A shop in {town} gets {boxes} crates of {each} {things}, and {more} loose ones. How many {things} is that altogether?",
        "{boxes} shelves hold {each} {things} each; {more} more lie on the floor. {name} counts them all. What number comes "
        "out?",
        name=draw.one(NAMES), town=draw.one(TOWNS), boxes=boxes, each=each, more=more, things=draw.one(PLURALS),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", boxes * each + more)


def _shared(draw: Draw) -> Question:
    people, each = draw.between(3, 9), draw.between(11, 36)
    mine, yours = draw.some(NAMES, 2)
    text = draw.say(
        "{name} and {other} share out {total} {things} equally among {people} people. How many does each person get?",
        "{total} {things} are put into {people} bags, the same number in each, by {name} and {other}. How many {things} are in "
        "a bag?",
        "{name} orders {total} {things} for {people} tables. {other} lays the same number on every table. How many is that?",
        name=mine, other=yours, total=people * each, people=people, things=draw.one(PLURALS),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", each)


def _change(draw: Draw) -> Question:
    (first, second), counts = draw.some(PLURALS, 2), (draw.between(2, 9), draw.between(2, 9))
    prices = (draw.between(15, 99) * 5, draw.between(7, 59) * 5)
    bill = counts[0] * prices[0] + counts[1] * prices[1]
    note = (bill // 1000 + 1) * 10
    text = draw.say(
        "{name} buys {a} {first} at {p} euros each and {b} {second} at {q} euros each, and pays with {note} euros. How many "
        "euros of change does {name} get?",
        "At the market in {town}, {first} cost {p} each and {second} cost {q} each. {name} takes {a} {first} and {b} {second} "
        "and hands over {note}. What is the change?",
        name=draw.one(NAMES), town=draw.one(TOWNS), a=counts[0], b=counts[1], first=first, second=second,
        p=money(prices[0]), q=money(prices[1]), note=note,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", Fraction(note * 100 - bill, 100))


def _reduced(draw: Draw) -> Question:
    price, cut = draw.between(8, 140) * 5, draw.one((5, 10, 15, 20, 30, 35, 40, 45, 60))
    shipping = draw.between(3, 19)
    text = draw.say(
        "A {thing} in {name}'s shop costs {price} dollars. In the sale it is {cut}% cheaper, and delivery adds {more} dollars. "
        "How many dollars does it cost in the sale with delivery?",
        "{name} wants a {thing} that is listed at {price} dollars. A voucher takes {cut}% off that price; wrapping is {more} "
        "dollars extra. What is the total in dollars?",
        name=draw.one(NAMES), thing=_goods(draw), price=price, cut=cut, more=shipping,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", Fraction(price * (100 - cut), 100) + shipping)


def _goods(draw: Draw) -> str:
    return draw.one([thing for thing in GOODS if thing[0] not in "aeiou"])


def _average(draw: Draw) -> Question:
    days = draw.one((4, 5, 6, 8))
    counts = [draw.between(23, 98) for _ in range(days - 1)]
    counts.append(draw.between(45, 75) * days - sum(counts))
    if not 12 <= counts[-1] <= 190:
        return _average(draw)
    text = draw.say(
        "{name} sold these numbers of {things} on {days} days: {counts}. What is the average per day?",
        "On {days} mornings {name} counted {things}: {counts}. Find the mean of these counts.",
        "What is the arithmetic mean of {name}'s {days} weekly counts of {things}, {counts}?",
        name=draw.one(NAMES), things=draw.one(PLURALS), days=days, counts=", ".join(map(str, counts)),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", Fraction(sum(counts), days))


def _full_boxes(draw: Draw) -> Question:
    per, full = draw.between(7, 18), draw.between(14, 60)
    rest = draw.between(1, per - 1)
    text = draw.say(
        "{name} packs {total} {things} into boxes of {per} and fills as many boxes as possible. How many {things} are left "
        "over?",
        "A machine in {town} puts {per} {things} into every packet. It is given {total} {things}. How many remain when no more "
        "full packet can be made?",
        "{name} arranges {total} {things} in rows of {per}. The last row is not full. How many {things} are in the last row?",
        name=draw.one(NAMES), town=draw.one(TOWNS), total=per * full + rest, per=per, things=draw.one(PLURALS),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", rest)


def _fraction_of(draw: Draw) -> Question:
    under, other_under = draw.some((3, 4, 5, 6, 7, 8), 2)
    over, whole = draw.one([n for n in range(1, under) if gcd(n, under) == 1]), under * other_under * draw.between(4, 30)
    rest = whole - whole // under * over
    text = draw.say(
        "{name} has {whole} {things}. {over}/{under} of them are given away; of the rest, 1/{other} are broken. How many are "
        "broken?",
        "Of {whole} {things}, {name} sells {over}/{under} on Monday. On Tuesday 1/{other} of what is left is sold. How many "
        "are sold on Tuesday?",
        name=draw.one(NAMES), things=draw.one(PLURALS), whole=whole, over=over, under=under, other=other_under,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", Fraction(rest, other_under))


def _long_product(draw: Draw) -> Question:
    left, right, minus = draw.between(1203, 9897), draw.between(36, 98), draw.between(10345, 39876)
    text = draw.say(
        "What is {left} × {right} − {minus}?",
        "Multiply {left} by {right}, then subtract {minus}. What is the result?",
        "A warehouse holds {left} pallets of {right} {things}; {minus} {things} are sold. How many {things} remain?",
        left=left, right=right, minus=minus, things=draw.one(PLURALS),
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", left * right - minus)


def _compound(draw: Draw) -> Question:
    price, up, down, tax = draw.between(1201, 9799), draw.between(3, 24), draw.between(3, 24), draw.one((7, 8, 9, 12, 19, 21))
    value = Fraction(price * (100 + up) * (100 - down) * (100 + tax), 10**6)
    if is_tie(value):
        return _compound(draw)
    text = draw.say(
        "A machine is priced at {price} dollars. The price rises by {up}%, is then lowered by {down}%, and finally {tax}% tax "
        "is added. What is the final price in dollars?",
        "{name} invests {price} euros. The value grows by {up}% in the first year, shrinks by {down}% in the second and grows "
        "by {tax}% in the third. What is it worth in euros at the end?",
        name=draw.one(NAMES), price=price, up=up, down=down, tax=tax,
    )  # fmt: skip
    return rounded(f"{text} {draw.rounded_only()}", value)


def _nested(draw: Draw) -> Question:
    a, b, c, d, e, f = (draw.between(12, 89) for _ in range(6))
    text = draw.say(
        "Evaluate {a} − ({b} × ({c} − {d}) + {e}) × {f}.",
        "What is the value of {a} − ({b} × ({c} − {d}) + {e}) × {f}?",
        "Compute {a} − ({b} × ({c} − {d}) + {e}) × {f}, minding the brackets.",
        a=a, b=b, c=c, d=d, e=e, f=f,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", a - (b * (c - d) + e) * f)


def _together_again(draw: Draw) -> Question:
    first, second, third = sorted(draw.some(range(8, 46), 3))
    names = draw.some(NAMES, 3)
    together = lcm(first, second, third)
    if not 100 < together < 8000:
        return _together_again(draw)
    text = draw.say(
        "{a} swims every {x} days, {b} every {y} days and {c} every {z} days. Today all three are at the pool. After how many "
        "days are all three there together again for the first time?",
        "Three lamps, called {a}, {b} and {c}, flash every {x}, {y} and {z} seconds. They have just flashed together. In how "
        "many seconds will all three next flash together?",
        a=names[0], b=names[1], c=names[2], x=first, y=second, z=third,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", together)


def _ages(draw: Draw) -> Question:
    times, later_times = draw.one(((3, 2), (4, 2), (5, 3), (5, 2), (4, 3), (7, 4), (6, 4)))
    years = draw.between(4, 40)
    young = Fraction(years * (later_times - 1), times - later_times)
    old, child = draw.some(NAMES, 2)
    if young.denominator != 1 or young > 40 or young * times > 120:
        return _ages(draw)
    boxes = draw.some(PLURALS, 1)[0]
    text = draw.say(
        "{old} has {times} times as many {things} as {child}. Once each of them gets {years} more, {old} will have {later} "
        "times as many as {child}. How many {things} does {old} have now?",
        "There are {times} times as many {things} in {old}'s jar as in {child}'s. After {years} {things} are added to each "
        "jar, {old}'s holds {later} times as many as {child}'s. How many {things} are in {old}'s jar now, before any are "
        "added?",
        old=old, child=child, times=times, later=later_times, years=years, things=boxes,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", young * times)


LEVELS: tuple[tuple[Variant, ...], ...] = (
    (_left_over, _boxes, _shared),
    (_change, _reduced, _average, _full_boxes, _fraction_of),
    (_long_product, _compound, _nested, _together_again, _ages),
)
"""Kinds of question: easy, in need of care, hard."""
