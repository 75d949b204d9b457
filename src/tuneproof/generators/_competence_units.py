"""`units`: conversion and comparison of measures, worked out in exact fractions."""

from fractions import Fraction

from tuneproof.generators._competence_draw import Draw, Question, Variant, is_tie, money, numbered, plain, rounded
from tuneproof.generators._competence_words import NAMES, PLURALS, TOWNS, UNITS

SIMPLE = (
    ("kilometres", "metres", 1000), ("metres", "centimetres", 100), ("centimetres", "millimetres", 10),
    ("kilograms", "grams", 1000), ("litres", "millilitres", 1000), ("tonnes", "kilograms", 1000), ("hours", "minutes", 60),
    ("minutes", "seconds", 60), ("days", "hours", 24), ("weeks", "days", 7), ("feet", "inches", 12),
    ("pounds", "ounces", 16), ("yards", "feet", 3), ("gallons", "pints", 8), ("dozens", "pieces", 12),
)  # fmt: skip
"""A larger unit, a smaller one, and how many of the smaller are one of the larger."""
METRIC = SIMPLE[:6]
MIXED = (
    ("hours", "minutes", 60),
    ("minutes", "seconds", 60),
    ("feet", "inches", 12),
    ("pounds", "ounces", 16),
    ("weeks", "days", 7),
)

GROCERIES = ("rice", "flour", "coffee", "oats", "lentils", "sugar", "salt", "tea", "pasta", "honey", "almonds", "raisins")

LENGTHS = (("mm", 1), ("cm", 10), ("m", 1000), ("km", 10**6))
MASSES = (("mg", 1), ("g", 1000), ("kg", 10**6), ("t", 10**9))
VOLUMES = (("ml", 1), ("cl", 10), ("dl", 100), ("l", 1000))
TIMES = (("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 86400))
SCALES = (
    (LENGTHS, "greatest", "smallest", "length", (4000, 900_000)),
    (MASSES, "largest", "smallest", "mass", (4_000_000, 900_000_000)),
    (VOLUMES, "largest", "smallest", "volume", (1200, 90_000)),
    (TIMES, "longest", "shortest", "time", (90_000, 900_000)),
)
"""Units with their sizes, the words for most and least, what is measured, and the range that is asked about."""


def _convert(draw: Draw) -> Question:
    large, small, size = draw.one(METRIC)
    value = Fraction(draw.between(11, 989), 10)
    text = draw.say(
        "{name} writes {value} {large} on a label. How many {small} is that?",
        "Convert {value} {large} to {small} for {name}.",
        "A sign in {town} says {value} {large}. How many {small} are {value} {large}?",
        "The plan says {value} {large}, but {name} thinks in {small}. How many {small} is it?",
        name=draw.one(NAMES), town=draw.one(TOWNS), value=plain(value), large=large, small=small,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", value * size)


def _mixed(draw: Draw) -> Question:
    large, small, size = draw.one(MIXED)
    many, few = draw.between(3, 28), draw.between(2, size - 1)
    text = draw.say(
        "{name} notes down {many} {large} and {few} {small}. How many {small} is that in total?",
        "Express {name}'s result, {many} {large} and {few} {small}, in {small}.",
        "How many {small} are there in {many} {large} and {few} {small}? {name} has to know.",
        name=draw.one(NAMES), many=many, few=few, large=large, small=small,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", many * size + few)


def _backwards(draw: Draw) -> Question:
    large, small, size = draw.one(SIMPLE)
    many = draw.between(7, 60)
    text = draw.say(
        "{name} has measured {total} {small}. How many {large} is that?",
        "How many {large} make {total} {small}, the figure in {name}'s notebook?",
        "In {town} someone counts {total} {small}. Convert that to {large}.",
        name=draw.one(NAMES), town=draw.one(TOWNS), total=many * size, large=large, small=small,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", many)


def _which(draw: Draw) -> Question:
    units, most, least, what, (low, high) = draw.one(SCALES)
    base = draw.between(low, high)
    sizes = [Fraction(base * share, 100) for share in draw.some(range(80, 121, 4), 4)]
    texts = [_written(size, unit) for size, unit in zip(sizes, draw.shuffled(units), strict=True)]
    return _choice(draw, texts, (most, least), what)


def _written(size: Fraction, unit: tuple[str, int]) -> tuple[Fraction, str]:
    """Return the size as three or more digits of the unit can show it, and that text."""
    name, one = unit
    value = size / one
    steps = next(steps for steps in (1, 10, 100, 1000, 10**4, 10**5, 10**6) if value * steps >= 100)
    shown = Fraction(round(value * steps), steps)
    return shown * one, f"{plain(shown)} {name}"


def _choice(draw: Draw, texts: list[tuple[Fraction, str]], words: tuple[str, str], what: str) -> Question:
    wanted = draw.one((0, 1))
    best = (max if wanted == 0 else min)(texts)
    options = tuple(text for _, text in texts)
    lines = "\n".join(f"{letter}) {text}" for letter, text in zip("ABCD", options, strict=True))
    text = draw.say(
        "{name} compares four figures. Which {what} is the {word}?",
        "Which of these is the {word} {what}? {name} is not sure.",
        "Help {name} find the {word} {what}.",
        name=draw.one(NAMES), what=what, word=words[wanted],
    )  # fmt: skip
    ask = f"{text}\n{lines}\nAnswer with the letter only."
    return Question(text=ask, expected="ABCD"[texts.index(best)], grader="letter", shown=True, choices=options)


def _speed(draw: Draw) -> Question:
    metres = draw.between(11, 1400) * Fraction(1, 20)
    text, value = draw.one(
        (
            ("{name}'s {what} moves at {kmh} km/h. How many metres per second is that?", metres),
            (
                "A {what} passes {town} at {ms} metres per second. What is its speed in kilometres per hour?",
                metres * Fraction(18, 5),
            ),
        )
    )
    kinds = ("bicycle", "tram", "truck", "boat", "horse", "scooter", "drone", "train")
    kmh = plain(metres * Fraction(18, 5))
    told = text.format(name=draw.one(NAMES), town=draw.one(TOWNS), what=draw.one(kinds), kmh=kmh, ms=plain(metres))
    return numbered(f"{told} {draw.number_only()}", value)


def _sum_in_grams(draw: Draw) -> Question:
    kilos, grams = Fraction(draw.between(11, 48), 10), draw.between(13, 95) * 10
    packs, each = draw.between(3, 8), draw.between(5, 19) * 25
    text = draw.say(
        "{name} puts {kilos} kg of flour, {grams} g of sugar and {packs} packs of butter at {each} g each into the trolley. "
        "How many kilograms do they weigh together?",
        "A parcel from {town} holds {kilos} kg of {things}, {grams} g of paper and {packs} bars of soap of {each} g each. What "
        "is the total in kilograms?",
        name=draw.one(NAMES), town=draw.one(TOWNS), things=draw.one(PLURALS), kilos=plain(kilos), grams=grams, packs=packs,
        each=each,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", kilos + Fraction(grams + packs * each, 1000))


def _cut(draw: Draw) -> Question:
    metres, centimetres, pieces = draw.between(3, 24), draw.between(12, 86), draw.between(3, 9)
    length = draw.between(11, 29)
    total = metres * 100 + centimetres
    if pieces * length >= total:
        return _cut(draw)
    text = draw.say(
        "{name} cuts {pieces} pieces of {length} cm each from a ribbon of {m} m {cm} cm. How many centimetres of ribbon are "
        "left?",
        "From a cable that is {m} m {cm} cm long, {name} takes {pieces} lengths of {length} cm. How many centimetres remain?",
        name=draw.one(NAMES), pieces=pieces, length=length, m=metres, cm=centimetres,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", total - pieces * length)


def _temperature(draw: Draw) -> Question:
    celsius = Fraction(draw.between(-60, 210), 2)
    text, value = draw.one(
        (
            ("{name}'s sensor in {town} shows {c} °C. What is that in degrees Fahrenheit?", celsius * Fraction(9, 5) + 32),
            ("A thermometer in {town} reads {f} °F. {name} wants degrees Celsius. What is it?", celsius),
        )
    )
    fahrenheit = plain(celsius * Fraction(9, 5) + 32)
    told = text.format(name=draw.one(NAMES), town=draw.one(TOWNS), c=plain(celsius), f=fahrenheit)
    return numbered(f"{told} {draw.number_only()}", value)


def _fuel(draw: Draw) -> Question:
    use, price = Fraction(draw.between(41, 97), 10), draw.between(139, 219)
    distance = draw.between(87, 745)
    value = use * distance * price / 10**4
    if is_tie(value):
        return _fuel(draw)
    text = draw.say(
        "{name}'s car uses {use} litres per 100 km, and a litre costs {price} euros. What does the fuel for {distance} km cost "
        "in euros?",
        "The van goes {distance} km from {town} and burns {use} l per 100 km. At {price} euros a litre, what is the fuel bill "
        "in euros?",
        name=draw.one(NAMES), town=draw.one(TOWNS), use=plain(use), price=money(price), distance=distance,
    )  # fmt: skip
    return rounded(f"{text} {draw.rounded_only()}", value)


def _tank(draw: Draw) -> Question:
    length, width, height = draw.between(8, 24) * 5, draw.between(6, 16) * 5, draw.between(5, 15) * 5
    share = draw.one((20, 30, 40, 60, 70, 80, 90))
    litres = Fraction(length * width * height * share, 100 * 1000)
    text = draw.say(
        "{name}'s fish tank is {a} cm long, {b} cm wide and {c} cm high inside and is filled to {share}% of its height. How "
        "many litres of water are in it?",
        "A trough in {town} measures {a} cm by {b} cm by {c} cm inside. It is {share}% full. How many litres is that?",
        name=draw.one(NAMES), town=draw.one(TOWNS), a=length, b=width, c=height, share=share,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", litres)


def _tiles(draw: Draw) -> Question:
    side, other = draw.one((20, 25, 30, 40)), draw.one((15, 20, 30, 45, 60))
    along, across = draw.between(8, 34), draw.between(7, 31)
    long, wide = Fraction(along * side, 100), Fraction(across * other, 100)
    text = draw.say(
        "{name} covers a floor of {long} m by {wide} m with tiles of {side} cm by {other} cm, without gaps and with all tiles "
        "laid the same way round so that none is cut. How many tiles are needed?",
        "A wall in {town} is {long} m by {wide} m. It is covered exactly by panels of {side} cm by {other} cm, none of them "
        "cut. How many panels are there?",
        name=draw.one(NAMES), town=draw.one(TOWNS), long=plain(long), wide=plain(wide), side=side, other=other,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", along * across)


def _download(draw: Draw) -> Question:
    rate, seconds = draw.between(3, 40) * 4, draw.between(11, 190) * 4
    gigabytes = Fraction(rate * seconds, 8000)
    text = draw.say(
        "{name} downloads {size} GB at a steady {rate} Mbit/s. How many seconds does it take? (1 GB = 1000 MB, 1 byte = 8 "
        "bits.)",
        "A backup of {size} gigabytes is sent from {town} over a line of {rate} megabits per second. With 1000 megabytes to a "
        "gigabyte and 8 bits to a byte, how many seconds does it take?",
        name=draw.one(NAMES), town=draw.one(TOWNS), size=plain(gigabytes), rate=rate,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", seconds)


def _invented(draw: Draw) -> Question:
    first, second, third = draw.some(UNITS, 3)
    a, b, c, d = draw.between(2, 7), draw.between(2, 7), draw.between(2, 9), draw.between(3, 11)
    if a == b or c == d:
        return _invented(draw)
    many = a * c * draw.between(3, 14)
    text = draw.say(
        "In {town}, {a} {x}s are worth as much as {b} {y}s, and {c} {y}s as much as {d} {z}s. How many {z}s are {many} {x}s "
        "worth?",
        "{name} trades on these terms: {a} {x}s for {b} {y}s, and {c} {y}s for {d} {z}s. How many {z}s does {name} get, by way "
        "of {y}s, for {many} {x}s?",
        name=draw.one(NAMES), town=draw.one(TOWNS), a=a, b=b, c=c, d=d, x=first, y=second, z=third, many=many,
    )  # fmt: skip
    return numbered(f"{text} {draw.number_only()}", Fraction(many * b * d, a * c))


def _best_price(draw: Draw) -> Question:
    base = draw.between(180, 900)
    shares, found = draw.some(range(86, 119, 3), 4), []
    for share, (size, shown) in zip(
        shares, draw.shuffled(((250, "250 g"), (500, "0.5 kg"), (750, "750 g"), (1200, "1.2 kg"))), strict=True
    ):
        cents = base * share * size // 10**5 + 1
        found.append((Fraction(cents, size), f"{shown} for {money(cents)} euros"))
    if len({price for price, _ in found}) < 4:
        return _best_price(draw)
    return _choice(draw, found, ("dearest", "cheapest"), f"offer of {draw.one(GROCERIES)} by the kilogram")


LEVELS: tuple[tuple[Variant, ...], ...] = (
    (_convert, _mixed, _backwards),
    (_which, _speed, _sum_in_grams, _cut),
    (_temperature, _fuel, _tank, _tiles, _download, _invented, _best_price),
)
"""Kinds of question: easy, in need of care, hard."""
