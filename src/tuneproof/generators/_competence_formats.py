"""`formats`: the same few facts as JSON, CSV, tables and lists; the object is made first, and then told in words."""

import json
from typing import Any

from tuneproof.generators._competence_draw import Draw, Question, Variant, asked
from tuneproof.generators._competence_lines import bullets, numbered_list, pairs, quoting, semicolons, small_csv, table, to_csv
from tuneproof.generators._competence_words import COLOURS, COMMON, GOODS, NAMES, PLURALS, SUBJECTS, SURNAMES, TOWNS

JSON_ONLY = (
    "Answer with the JSON only.",
    "Reply with nothing but JSON.",
    "Give only the JSON, without any comment.",
)


def _json(draw: Draw, text: str, value: Any) -> Question:
    return Question(text=asked(text, draw.one(JSON_ONLY)), expected=value, grader="json", witness=json.dumps(value), shown=True)


def _card(draw: Draw) -> Question:
    name, age, town = f"{draw.one(NAMES)} {draw.one(SURNAMES)}", draw.between(18, 79), draw.one(TOWNS)
    text = draw.say(
        '{name} is {age} years old and lives in {town}. Write this as a JSON object with the keys "name", "age" (a number) and '
        '"town".',
        'Make one JSON object with the fields "name", "age" (number) and "town" from this: {name}, aged {age}, of {town}.',
        name=name, age=age, town=town,
    )  # fmt: skip
    return _json(draw, text, {"name": name, "age": age, "town": town})


def _array(draw: Draw) -> Question:
    words = draw.some(COMMON, draw.between(4, 7))
    text = draw.say(
        "Write these words as a JSON array of strings, in the same order: {words}.",
        "Turn this into a JSON array of strings without changing the order: {words}.",
        words=", ".join(words),
    )
    return _json(draw, text, words)


def _objects(draw: Draw) -> Question:
    people = [
        {"name": name, "course": course, "paid": draw.chance(0.5), "lessons": lessons}
        for name, course, lessons in zip(draw.some(NAMES, 3), draw.some(SUBJECTS, 3), draw.some(range(3, 30), 3), strict=True)
    ]
    told = " ".join(
        f"{one['name']} takes {one['lessons']} lessons of {one['course']} and "
        f"{'has paid' if one['paid'] else 'has not paid yet'}."
        for one in people
    )
    text = draw.say(
        'Turn the text into a JSON array of objects with the keys "name", "course", "lessons" (number) and "paid" (true or '
        'false), in the '
        "order of the text.\n\n{told}\n\n",
        'From the lines below make a JSON array, one object a person in the same order, with "name", "course", "lessons" as a '
        'number and "paid" as a boolean.\n\n{told}\n\n',
        told=told,
    )  # fmt: skip
    return _json(draw, text, people)


def _from_csv(draw: Draw) -> Question:
    rows = list(zip(draw.some(GOODS, 4), draw.some(range(2, 60), 4), draw.some(COLOURS, 4), strict=True))
    table = "\n".join(["item,stock,colour", *(f"{item},{stock},{colour}" for item, stock, colour in rows)])
    limit = sorted(stock for _, stock, _ in rows)[1]
    kept = [{"item": item, "stock": stock, "colour": colour} for item, stock, colour in rows if stock > limit]
    text = draw.say(
        "Convert the rows of this CSV whose stock is above {limit} to a JSON array of objects with the keys of the header; "
        "stock is a number. Keep the order.\n\n{table}\n\n",
        "Here is a CSV file:\n\n{table}\n\nWrite a JSON array of objects (keys as in the header, stock as a number) of those "
        "items only of which there are more than {limit}, in the order of the file.",
        limit=limit, table=table,
    )  # fmt: skip
    return _json(draw, text, kept)


def _grouped(draw: Draw) -> Question:
    towns, names = draw.some(TOWNS, 3), draw.some(NAMES, 7)
    homes = [(name, towns[place % 3], draw.between(18, 80)) for place, name in enumerate(names)]
    told = "\n".join(f"{name} ({age}), {town}" for name, town, age in draw.shuffled(homes))
    value = {
        town: {
            "people": sorted(name for name, home, _ in homes if home == town),
            "oldest": max(age for _, home, age in homes if home == town),
        }
        for town in towns
    }
    text = draw.say(
        'Group these people by town. Write a JSON object whose keys are the towns; each value is an object with "people" (the '
        'names in alphabetical order) and "oldest" (the highest age there, a number).\n\n{told}\n\n',
        'Make a JSON object with one key for each town below. Under it stand "people", an alphabetically sorted array of '
        'names, and "oldest", the largest age of that town as a number.\n\n{told}\n\n',
        told=told,
    )  # fmt: skip
    return _json(draw, text, value)


def _with_nulls(draw: Draw) -> Question:
    people = []
    for name in draw.some(NAMES, 4):
        phone = f"{draw.between(200, 999)}-{draw.between(1000, 9999)}" if draw.chance(0.6) else None
        people.append({"name": name, "phone": phone, "rooms": draw.some(range(1, 30), draw.between(0, 2))})
    told = "\n".join(
        f"{one['name']}: {'phone ' + str(one['phone']) if one['phone'] else 'no phone'}; "
        + (f"rooms {' and '.join(map(str, one['rooms']))}" if one["rooms"] else "no room")
        for one in people
    )
    text = draw.say(
        'Write the list as a JSON array of objects with the keys "name", "phone" (a string, null where there is none) and '
        '"rooms" (an array '
        "of numbers, empty where there is none), in the order of the list.\n\n{told}\n\n",
        'Turn each line into an object with "name", "phone" and "rooms", all in one JSON array in the same order. A missing '
        'phone is null, '
        "rooms are always an array of numbers, possibly empty.\n\n{told}\n\n",
        told=told,
    )  # fmt: skip
    return _json(draw, text, people)


def _totals(draw: Draw) -> Question:
    items = [
        {"item": item, "count": draw.between(2, 12), "cents": draw.between(15, 190) * 5, "sold": draw.chance(0.6)}
        for item in draw.some(PLURALS, 5)
    ]
    sold = [one for one in items if one["sold"]]
    if not 2 <= len(sold) <= 4:
        return _totals(draw)
    lines = [{"name": str(one["item"]).upper(), "total_cents": one["count"] * one["cents"]} for one in sold]  # type: ignore[operator]
    lines.sort(key=lambda one: -one["total_cents"])
    text = draw.say(
        'From this JSON keep the entries with "sold": true. Write a JSON array of objects with "name" (the item in capitals) '
        'and "total_cents" '
        "(count times cents), the largest total first.\n\n{held}\n\n",
        'Transform the JSON below: drop what is not sold, give every other entry as '
        '{{"name": item in upper case, "total_cents": count × cents}}, '
        "and sort by total_cents from high to low.\n\n{held}\n\n",
        held=json.dumps(items),
    )  # fmt: skip
    if len({one["total_cents"] for one in lines}) < len(lines):
        return _totals(draw)
    return _json(draw, text, lines)


LEVELS: tuple[tuple[Variant, ...], ...] = (
    (_card, _array, bullets, small_csv),
    (_objects, _from_csv, to_csv, numbered_list, pairs),
    (_grouped, _with_nulls, quoting, _totals, table, semicolons),
)
"""Kinds of question: easy, in need of care, hard."""
