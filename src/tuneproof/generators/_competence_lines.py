"""CSV, tables and lists for the slice `formats`: lines of text, checked by a pattern that forgives blanks and fences."""

import json
import re
from collections.abc import Sequence

from tuneproof.generators._competence_draw import Draw, Question, asked, listed, money
from tuneproof.generators._competence_words import COLOURS, COMMON, GOODS, NAMES, PLURALS, SUBJECTS, TOWNS

CSV_ONLY = (
    "Answer with the CSV only, comma-separated, without blanks after the commas.",
    "Reply with nothing but the CSV (commas between fields, no extra blanks).",
)
LINES_ONLY = ("Answer with these lines only.", "Reply with the lines and nothing else.", "Give only the lines.")


def _csv(draw: Draw, text: str, rows: Sequence[Sequence[str]], separator: str = ",", clause: str = "") -> Question:
    between = rf"[ \t]*{re.escape(separator)}[ \t]*"
    patterns = [between.join(_cell(cell, separator) for cell in row) for row in rows]
    witness = "\n".join(separator.join(_written(cell, separator) for cell in row) for row in rows)
    ask = asked(text, clause or draw.one(CSV_ONLY))
    return Question(text=ask, expected=_whole(patterns), grader="lines", witness=witness, shown=True)


def _written(cell: str, separator: str) -> str:
    if separator in cell or '"' in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _cell(cell: str, separator: str) -> str:
    """Return the pattern of a cell; quotes that are not needed do no harm."""
    written = re.escape(_written(cell, separator))
    return written if written.startswith('"') else f'"?{written}"?'


def _lines(draw: Draw, text: str, lines: Sequence[str], any_case: bool = False) -> Question:
    patterns = [re.escape(line).replace(r"\ ", r"[ \t]+") for line in lines]
    return _as_lines(draw, text, lines, _whole(patterns, "is" if any_case else "s"))


def _as_lines(draw: Draw, text: str, lines: Sequence[str], pattern: str) -> Question:
    return Question(
        text=asked(text, draw.one(LINES_ONLY)), expected=pattern, grader="lines", witness="\n".join(lines), shown=True
    )


def _whole(patterns: Sequence[str], flags: str = "s") -> str:
    """Return the pattern of an answer that is these lines, alone or in a fenced block."""
    return rf"(?{flags})" + r"(?:.*```[a-z]*[ \t]*\n)?\s*" + r"[ \t]*\r?\n[ \t]*".join(patterns) + r"\s*(?:```.*)?"


def bullets(draw: Draw) -> Question:
    """Ask for a list with one mark before each item."""
    things = draw.some(PLURALS, draw.between(4, 6))
    mark, said = draw.one(
        (("- {}", 'a hyphen and a blank, as in "- item"'), ("* {}", 'an asterisk and a blank, as in "* item"'))
    )
    text = draw.say(
        "{name} has to buy {things}. Write the shopping list with one item a line, in this order, each line starting with "
        "{said}.",
        "List {things} for {name}, one on each line and in this order; begin every line with {said}.",
        name=draw.one(NAMES), things=listed(things), said=said,
    )  # fmt: skip
    return _lines(draw, text, [mark.format(thing) for thing in things], any_case=True)


def small_csv(draw: Draw) -> Question:
    """Ask for three people as CSV."""
    people = list(zip(draw.some(NAMES, 3), draw.some(range(18, 80), 3), draw.some(TOWNS, 3), strict=True))
    told = "; ".join(f"{name} is {age} and lives in {town}" for name, age, town in people)
    text = draw.say(
        "{told}. Write this as CSV with the header line name,age,town and one line for each person, in this order.",
        "Make a CSV table with the columns name, age and town (header line first) from these facts, keeping the order: {told}.",
        told=told,
    )
    return _csv(draw, text, [("name", "age", "town"), *((name, str(age), town) for name, age, town in people)])


def to_csv(draw: Draw) -> Question:
    """Ask for JSON as sorted CSV."""
    rows = list(zip(draw.some(PLURALS, 3), draw.some(range(2, 90), 3), draw.some(range(105, 990), 3), strict=True))
    held = [{"product": product, "price": money(price), "count": count} for product, count, price in rows]
    key, at = draw.one((("product", 0), ("count", 1)))
    ordered = sorted(rows, key=lambda row: row[at])
    text = draw.say(
        "Convert this JSON to CSV with the columns product, count, price in this order, a header line, and the rows sorted by "
        "{key} in ascending order:\n\n{held}\n\n",
        "Write the objects below as CSV. The header is product,count,price; sort the rows by {key}, lowest "
        "first.\n\n{held}\n\n",
        key=key, held=json.dumps(held),
    )  # fmt: skip
    return _csv(
        draw, text, [("product", "count", "price"), *((name, str(count), money(price)) for name, count, price in ordered)]
    )


def numbered_list(draw: Draw) -> Question:
    """Ask for a sorted list with numbers."""
    towns = draw.some(TOWNS, draw.between(5, 7))
    text = draw.say(
        'Sort these towns alphabetically and write them as a numbered list, one a line, in the form "1. Town": {towns}.',
        'Write {towns} as an alphabetical list with numbers, each on a line of its own, like "1. Town".',
        towns=", ".join(towns),
    )
    return _lines(draw, text, [f"{number}. {town}" for number, town in enumerate(sorted(towns), 1)], any_case=True)


def pairs(draw: Draw) -> Question:
    """Ask for lines of a name, an equals sign and a value."""
    rows = sorted(zip(draw.some(SUBJECTS, 4), draw.some(NAMES, 4), strict=True))
    told = "; ".join(f"{name} teaches {subject}" for subject, name in draw.shuffled(rows))
    upper = sorted((subject.upper(), name) for subject, name in rows)
    text = draw.say(
        'Write one line for each course in the form SUBJECT=teacher, the subject in capitals, sorted by subject, no blanks '
        'around "=": {told}.',
        '{told}. Make lines such as SUBJECT=teacher of this (subject in capital letters, no blanks around "="), in '
        'alphabetical order of the '
        "subjects.",
        told=told,
    )  # fmt: skip
    return _lines(draw, text, [f"{subject}={name}" for subject, name in upper])


def quoting(draw: Draw) -> Question:
    """Ask for CSV with fields that need quotes."""
    notes = [
        draw.one(
            (f"{draw.one(COLOURS)}, {draw.one(COLOURS)} lid", f'the "{draw.one(COMMON)}" model', f"plain {draw.one(COLOURS)}")
        )
        for _ in range(3)
    ]
    notes[draw.between(0, 2)] = f'called "{draw.one(COMMON)}", {draw.one(COLOURS)}'
    rows = list(zip(draw.some(GOODS, 3), notes, draw.some(range(3, 99), 3), strict=True))
    told = "\n".join(f"item: {item} | note: {note} | count: {count}" for item, note, count in rows)
    text = draw.say(
        "Write these records as CSV with the header item,note,count. Quote a field with double quotes where it holds a comma "
        "or a double quote, and double the quotes inside it.\n\n{told}\n\n",
        "Convert to standard CSV (header item,note,count; fields with commas or quotes are enclosed in double quotes, inner "
        "double quotes are doubled):\n\n{told}\n\n",
        told=told,
    )  # fmt: skip
    return _csv(draw, text, [("item", "note", "count"), *((item, note, str(count)) for item, note, count in rows)])


def table(draw: Draw) -> Question:
    """Ask for a Markdown table in order of a column."""
    rows = list(zip(draw.some(NAMES, 4), draw.some(SUBJECTS, 4), draw.some(range(20, 100), 4), strict=True))
    table = "\n".join(["name;subject;points", *(f"{name};{subject};{points}" for name, subject, points in rows)])
    ordered = sorted(rows, key=lambda row: -row[2])
    lines = ["| rank | name | points |", "| --- | --- | --- |"]
    lines += [f"| {place} | {name} | {points} |" for place, (name, _, points) in enumerate(ordered, 1)]
    text = draw.say(
        "Turn this into a Markdown table with the columns rank, name and points (exactly these headers, in this order, with "
        "the rule | --- | --- | --- | below), most points first, rank counting from 1:\n\n{table}\n\n",
        "Make a Markdown table of the data below. Columns: rank, name, points; second line: | --- | --- | --- |; the highest "
        "points have rank 1 and come first.\n\n{table}\n\n",
        table=table,
    )  # fmt: skip
    patterns = [re.escape(line).replace(r"\ ", r"[ \t]*").replace(r"\-\-\-", ":?-{3,}:?") for line in lines]
    return _as_lines(draw, text, lines, _whole(patterns))


def semicolons(draw: Draw) -> Question:
    """Ask for a table with semicolons, decimal commas and ISO dates."""
    rows = list(zip(draw.some(GOODS, 4), draw.some(range(1005, 9990, 5), 4), draw.some(range(1, 13), 4), strict=True))
    told = "\n".join(
        f"{item}: {money(price)} euros, last sold on 2{month % 8}/{month}/2031 (day/month/year)" for item, price, month in rows
    )
    dates = {item: f"2031-{month:02d}-2{month % 8}" for item, _, month in rows}
    ordered = sorted(rows, key=lambda row: dates[row[0]])
    text = draw.say(
        "Write this as a table with semicolons between the fields and the header item;price;date. Prices have a decimal comma "
        "and no currency (12,50), dates are YYYY-MM-DD, and the rows are in order of the date, earliest first.\n\n{told}\n\n",
        told=told,
    )  # fmt: skip
    clause = "Answer with the header and the rows only, without blanks around the semicolons."
    cells = [(item, money(price).replace(".", ","), dates[item]) for item, price, _ in ordered]
    return _csv(draw, text, [("item", "price", "date"), *cells], ";", clause)
