"""`code`: small Python programs to trace. A program is put together from drawn pieces, then run."""

from tuneproof.generators._competence_draw import Draw, Question, Variant
from tuneproof.generators._competence_program import output
from tuneproof.generators._competence_strings import made_up
from tuneproof.generators._competence_words import COMMON

VARIABLES = (
    "total",
    "count",
    "value",
    "result",
    "score",
    "level",
    "x",
    "n",
    "amount",
    "acc",
    "s",
    "number",
    "k",
    "balance",
    "size",
)
ASKS = (
    "What does this Python program print?",
    "What is the output of the following Python code?",
    "Trace this Python program by hand. What does it print?",
    "Work out what this Python 3 code prints.",
)
NUMBER = ("Answer with the number only.", "Give only the printed number.", "Reply with just that number.")
TEXT = ("Answer with the printed text only.", "Give only what is printed, without quotes.", "Reply with just the output.")
LIST = ("Answer with the printed list only.", "Give only the list, as Python prints it.", "Reply with just the list.")


def _program(draw: Draw, lines: str, kind: str = "number") -> Question:
    source = lines.strip("\n")
    clause = draw.one({"number": NUMBER, "output": TEXT, "array": LIST}[kind])
    text = f"{draw.one(ASKS)}\n\n```python\n{source}\n```\n\n{clause}"
    printed = output(source)
    return Question(text=text, expected=printed, grader=kind)


def _numbers(draw: Draw, count: int, low: int = 2, high: int = 30) -> list[int]:
    return [draw.between(low, high) for _ in range(count)]


# -- easy --------------------------------------------------------------------------------------------------------------------


def _straight(draw: Draw) -> Question:
    a, b, c = draw.some(VARIABLES, 3)
    x, y, z, w = _numbers(draw, 4)
    middle = draw.one((f"{a} = {a} + {b}", f"{a} += {b} * {z}", f"{b} = {a} * {z} - {b}", f"{a}, {b} = {b}, {a} + {z}"))
    end = draw.one((f"{c} = {a} - {b}", f"{c} = {a} + {b} * 2", f"{c} = ({a} + {b}) * 2", f"{c} = {a} * 3 - {b}"))
    return _program(draw, f"{a} = {x}\n{b} = {y}\n{middle}\n{end}\nprint({c} + {w})")


def _simple_loop(draw: Draw) -> Question:
    total, item = draw.some(VARIABLES, 2)
    start, step, low = draw.between(1, 60), draw.between(2, 9), draw.between(1, 9)
    body = draw.one((f"{total} += {item} * {step}", f"{total} += {item} + {step}", f"{total} -= {item} + {step}"))
    return _program(
        draw, f"{total} = {start}\nfor {item} in range({low}, {low + draw.between(3, 5)}):\n    {body}\nprint({total})"
    )


def _list_facts(draw: Draw) -> Question:
    name, items = draw.one(("items", "values", "data", "marks", "prices")), _numbers(draw, draw.between(5, 7), 2, 60)
    at, add = draw.between(1, 3), draw.between(3, 50)
    end = draw.one(
        (
            f"print({name}[{at}] + {name}[-1])",
            f"print(max({name}) - min({name}))",
            f"print(sum({name}[:{at + 1}]))",
            f"print(len({name}) * {name}[{at}])",
        )
    )
    return _program(draw, f"{name} = {items}\n{name}.append({add})\n{end}")


def _choose(draw: Draw) -> Question:
    name, (x, limit, plus, minus, more) = draw.one(VARIABLES), _numbers(draw, 5, 5, 60)
    sign = draw.one(("<", ">", "<=", ">="))
    return _program(
        draw,
        f"{name} = {x}\nif {name} * 2 {sign} {limit * 2 + 1}:\n    {name} += {plus}\nelse:\n    {name} -= {minus}\n"
        f"print({name} * 2 + {more})",
    )


# -- in need of care ---------------------------------------------------------------------------------------------------------


def _branching_loop(draw: Draw) -> Question:
    total, item = draw.some(VARIABLES, 2)
    by, rest, last = draw.between(2, 4), draw.between(0, 1), draw.between(7, 11)
    x, y, start = draw.between(2, 9), draw.between(1, 6), draw.between(0, 40)
    one, other = draw.one(((f"+= {item}", f"-= {y}"), (f"+= {item} * {x}", "+= 1"), (f"-= {item}", f"+= {x} + {y}")))
    return _program(
        draw,
        f"{total} = {start}\nfor {item} in range({last}):\n    if {item} % {by} == {rest}:\n        {total} {one}\n    else:\n"
        f"        {total} {other}\nprint({total})",
    )


def _while_loop(draw: Draw) -> Question:
    name, steps = draw.some(VARIABLES, 2)
    start, stop, sub = draw.between(60, 220), draw.between(5, 20), draw.between(3, 9)
    body = draw.one(
        (f"{name} = {name} // 2 - {sub % 3}", f"{name} = {name} - {name} // {sub % 2 + 2} - 1", f"{name} -= {sub} + {steps}")
    )
    shown = draw.one((f"{steps} * 100 + {name}", f"{steps} + {name}", f"{name} * 10 + {steps}"))
    return _program(
        draw, f"{name} = {start}\n{steps} = 0\nwhile {name} > {stop}:\n    {body}\n    {steps} += 1\nprint({shown})"
    )


def _built_text(draw: Draw) -> Question:
    word, name, item = (
        made_up(draw, draw.between(3, 4)),
        draw.one(("text", "out", "made", "line")),
        draw.one(("c", "ch", "letter")),
    )
    test = draw.one(
        (f'{item} in "aeiou"', f'{item} not in "aeiou"', f'{item} > "{draw.one("fhkm")}"', f'{item} < "{draw.one("kmpr")}"')
    )
    one, other = draw.one(
        (
            (f"{name} + {item}.upper()", f"{item} + {name}"),
            (f"{name} + {item}", f'{name} + "{draw.one("xyq")}"'),
            (f"{item} + {name}", f"{name} + {item}"),
        )
    )
    loop = f'{name} = ""\nfor {item} in "{word}":\n    if {test}:\n        {name} = {one}\n'
    source = f"{loop}    else:\n        {name} = {other}\nprint({name})"
    return _program(draw, source, "output")


def _slices(draw: Draw) -> Question:
    items, name = _numbers(draw, 7, 1, 60), draw.one(("items", "values", "data", "row"))
    low, step, at, new = draw.between(1, 2), draw.between(2, 3), draw.between(0, 3), draw.between(61, 99)
    made = draw.one(
        (f"{name}[{low}::{step}]", f"{name}[::-1][{low}:{low + 4}]", f"{name}[{low}:-{low}]", f"{name}[-{low + 2}:]")
    )
    source = f"{name} = {items}\n{name}[{at}] = {new}\n{name}.insert({low}, {new - 60})\nprint({made})"
    return _program(draw, source, "array")


def _functions(draw: Draw) -> Question:
    one, other = draw.some(("f", "g", "h", "step", "change", "twist"), 2)
    a, b, c, d, e = _numbers(draw, 5, 2, 9)
    return _program(
        draw,
        f"def {one}(a, b):\n    return a * {a} - b\n\n\ndef {other}(a):\n    if a % 2 == 0:\n        return {one}(a, {b})\n"
        f"    return {one}({c}, a) + {d}\n\n\nprint({other}({other}({e + draw.between(1, 20)})))",
    )


# -- hard --------------------------------------------------------------------------------------------------------------------


def _nested_loops(draw: Draw) -> Question:
    total, (i, j) = draw.one(VARIABLES[:5]), draw.one((("i", "j"), ("a", "b"), ("row", "col")))
    rows, columns, by, start = draw.between(4, 5), draw.between(4, 6), draw.between(3, 5), draw.between(0, 30)
    leave = draw.one(("continue", "break"))
    test = draw.one((f"({i} * {j}) % {by} == 2", f"({i} + {j}) % {by} == {by - 1}", f"{j} > {i} + 1"))
    body = draw.one((f"{total} += {i} * {j} + 1", f"{total} += 2 * {i} - {j}", f"{total} += {i} * {i} - {j}"))
    return _program(
        draw,
        f"{total} = {start}\nfor {i} in range({rows}):\n    for {j} in range({columns}):\n        if {test}:\n            "
        f"{leave}\n        {body}\nprint({total})",
    )


def _recursion(draw: Draw) -> Question:
    name, (a, b, c) = draw.one(("f", "walk", "deep", "fold")), _numbers(draw, 3, 2, 7)
    base, start, cut = draw.between(1, 9), draw.between(60, 240), draw.between(2, 3)
    step = draw.one((f"{name}(n // {cut}) + n % {a + 1}", f"{name}(n - {a + 17}) * 2 - {b}", f"n - {name}(n // {cut} - 1)"))
    other = draw.one((f"{name}((n - {b}) // 2) + {c}", f"{name}(n // 2) + {c} * 2", f"{c} - {name}(n // {cut + 1})"))
    return _program(
        draw,
        f"def {name}(n):\n    if n < {b + 3}:\n        return {base} + n\n    if n % 2 == 0:\n        return {step}\n    "
        f"return {other}\n\n\nprint({name}({start}))",
    )


def _aliases(draw: Draw) -> Question:
    items, (a, b, c) = _numbers(draw, 4, 1, 40), draw.some(("first", "second", "third", "p", "q", "r"), 3)
    add, new, at = draw.between(41, 60), draw.between(61, 99), draw.between(0, 2)
    lines = draw.shuffled((f"{b}.append({add})", f"{c}.append({add + 1})", f"{a}[{at}] = {new}"))
    body = "\n".join(lines)
    shown = draw.one((a, b, c))
    return _program(draw, f"{a} = {items}\n{b} = {a}\n{c} = {a}[:]\n{body}\n{b} = {b} + [{new + 1}]\nprint({shown})", "array")


def _counting(draw: Draw) -> Question:
    words = draw.some([word for word in COMMON if len(word) < 7], 5)
    letter_at = draw.one((0, -1, 1))
    total = draw.between(2, 9)
    return _program(
        draw,
        f"words = {str(words).replace(chr(39), chr(34))}\ngroups = {{}}\nfor word in words:\n    key = word[{letter_at}]\n"
        f"    groups[key] = groups.get(key, {total}) + len(word)\nprint(max(groups.values()) * 10 + len(groups))",
    )


def _comprehensions(draw: Draw) -> Question:
    items, by = _numbers(draw, 8, 2, 70), draw.between(3, 5)
    key = draw.one((f"n % {by + 4}", f"-(n % {by + 2})", f"(n % {by}) * 100 - n"))
    test = draw.one((f"n % {by} != 0", f"n % 2 == {draw.between(0, 1)} or n > 40", f"n // 10 > n % {by}"))
    if len(set(items)) < 8:
        return _comprehensions(draw)
    question = _program(
        draw,
        f"numbers = {items}\nkept = [n for n in numbers if {test}]\nkept = sorted(kept, key=lambda n: {key})\nprint(kept)",
        "array",
    )
    return question if str(question.expected).count(",") > 1 else _comprehensions(draw)


def _stack(draw: Draw) -> Question:
    items, by = _numbers(draw, 8, 2, 40), draw.between(2, 4)
    final = draw.one(("sum(stack)", "stack[-1] * 10 + len(stack)", "sum(stack) - len(stack)"))
    return _program(
        draw,
        f"stack = [1]\nfor n in {items}:\n    if n % {by} == 0 and len(stack) > 1:\n        n = n + stack.pop()\n"
        f"    elif n > {draw.between(12, 25)}:\n        continue\n    stack.append(n)\nprint({final})",
    )


LEVELS: tuple[tuple[Variant, ...], ...] = (
    (_straight, _simple_loop, _list_facts, _choose),
    (_branching_loop, _while_loop, _built_text, _slices, _functions),
    (_nested_loops, _recursion, _aliases, _counting, _comprehensions, _stack),
)
"""Kinds of question: easy, in need of care, hard."""
