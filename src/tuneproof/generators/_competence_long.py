"""`long-context`: notices, logs, directories, diaries, stock lists of some thousand characters, and a question at the end."""

from collections.abc import Iterator
from itertools import product

from tuneproof.generators._competence_dates import MONTHS
from tuneproof.generators._competence_draw import Draw, Question, Variant
from tuneproof.generators._competence_long_texts import Board, Log, Staff, filled, people
from tuneproof.generators._competence_words import (
    GOODS,
    NAMES,
    PLACES,
    PLURALS,
    SERVICES,
    TOWNS,
)

SHORT, MIDDLE, LONG = (1500, 2300), (3000, 4200), (4500, 5500)
LONG_LOG = (3900, 4600)
"""Characters of the text, without the question and without the times of a log."""
NAME_ONLY = ("Answer with first name and family name only.", "Give only the first and the family name.")


def _question(text: str, ask: str, expected: str, grader: str = "number") -> Question:
    return Question(text=f"{text}\n\n{ask}", expected=expected, grader=grader, shown=True)


def _article(thing: str) -> str:
    return f"an {thing}" if thing[0] in "aeiou" else f"a {thing}"


def _notice(draw: Draw) -> Question:
    board = Board(draw)
    place, code = next(board.places), next(board.codes)
    text = filled(draw, [board.code(place, code)], board.others(), SHORT)
    ask = draw.say(
        "Above are the notices on a board. What is the door code of the {place}?",
        "Someone stands at the door of the {place}. According to these notices, which code opens it?",
        place=place,
    )
    return _question(text, f"{ask} {draw.number_only()}", str(code))


def _corrected(draw: Draw) -> Question:
    board = Board(draw)
    place, old, new = next(board.places), next(board.codes), next(board.codes)
    correction = draw.say(
        "Correction: the door code of the {place} was printed wrongly further up. The right code is {new}.",
        "{who} regrets a mistake in an earlier notice: the {place} opens with {new}, not with the code given there.",
        place=place, new=new, who=next(board.people),
    )  # fmt: skip
    text = filled(draw, [board.code(place, old), correction], board.others(), MIDDLE, ordered=True)
    ask = draw.say(
        "Which code opens the door of the {place}, all of these notices considered?",
        "After reading all notices: what is the right door code of the {place}?",
        place=place,
    )
    return _question(text, f"{ask} {draw.number_only()}", str(new))


def _found_where(draw: Draw) -> Question:
    board = Board(draw)
    place, other, code, who, thing = (
        next(board.places),
        next(board.places),
        next(board.codes),
        next(board.people),
        board.thing(),
    )
    needles = [board.code(place, code), board.found(place, who, thing), board.code(other, next(board.codes))]
    text = filled(draw, needles, board.others(), LONG)
    ask = draw.say(
        "What is the door code of the place where {who} found something?",
        "{who} wants to go back to where {who} found {thing}. Which door code is needed there?",
        who=who, thing=thing,
    )  # fmt: skip
    return _question(text, f"{ask} {draw.number_only()}", str(code))


def _took(draw: Draw) -> Question:
    log = Log(draw)
    request, took = next(log.requests), draw.between(101, 985)
    needle = log.line(draw.one(("INFO", "WARN")), draw.one(SERVICES), request, took)
    text = log.timed(filled(draw, [needle], log.others(), SHORT))
    ask = draw.say(
        "How many milliseconds did request {request} take, according to this log?",
        "Look up request {request} in the log above. After how many ms was it answered?",
        request=request,
    )
    return _question(text, f"{ask} {draw.number_only()}", str(took))


def _errors(draw: Draw) -> Question:
    log, count = Log(draw), draw.between(3, 6)
    service, *others = draw.some(SERVICES, 7)
    needles = [log.line("ERROR", service, next(log.requests), draw.between(11, 985)) for _ in range(count)]
    needles += [log.line(draw.one(("INFO", "WARN")), service, next(log.requests), draw.between(11, 985)) for _ in range(3)]
    text = log.timed(filled(draw, needles, log.others(others), MIDDLE))
    ask = draw.say(
        "How many lines of this log have the level ERROR and come from {service}?",
        "Count the ERROR lines of the service {service} in the log above.",
        service=service,
    )
    return _question(text, f"{ask} {draw.number_only()}", str(count))


def _in_all(draw: Draw) -> Question:
    log, count = Log(draw), draw.between(3, 4)
    request, times = next(log.requests), [draw.between(21, 985) for _ in range(count)]
    services = draw.some(SERVICES, count)
    needles = [
        log.line(draw.one(("INFO", "WARN")), service, request, took) for service, took in zip(services, times, strict=True)
    ]
    text = log.timed(filled(draw, needles, log.others(), LONG_LOG))
    ask = draw.say(
        "Request {request} went through several services, one line each. How many milliseconds do these lines add up to?",
        "Add up the ms of all lines with request={request} in the log above. What is the sum?",
        request=request,
    )
    return _question(text, f"{ask} {draw.number_only()}", str(sum(times)))


def _extension(draw: Draw) -> Question:
    staff = Staff(draw)
    who, extension = next(staff.people), next(staff.numbers)
    text = filled(draw, [staff.entry(who, draw.one(staff.heads), extension)], staff.others(), SHORT)
    ask = draw.say(
        "Which extension has {who}, according to this directory?",
        "You want to call {who}. Which extension does the directory above give?",
        who=who,
    )
    return _question(text, f"{ask} {draw.number_only()}", str(extension))


def _of_the_head(draw: Draw) -> Question:
    staff = Staff(draw)
    who, head, top = next(staff.people), next(staff.people), next(staff.people)
    extension = next(staff.numbers)
    needles = [
        staff.entry(who, head, next(staff.numbers)),
        staff.entry(head, top, extension),
        staff.entry(top, head, next(staff.numbers)),
    ]
    text = filled(draw, needles, staff.others(), LONG)
    ask = draw.say(
        "What is the extension of the person to whom {who} reports?",
        "{who} is ill. Which extension reaches the person that {who} reports to?",
        who=who,
    )
    return _question(text, f"{ask} {draw.number_only()}", str(extension))


def _diary(draw: Draw) -> Question:
    pairs = iter(draw.shuffled(product(NAMES, GOODS)))
    scenes = iter(draw.shuffled(product(TOWNS, PLACES)))

    def entry(name: str, thing: str, cost: int) -> str:
        town, place = next(scenes)
        return draw.say(
            "{name} bought {thing} for {cost} euros today. We had met by chance at the {place} in {town}, and it was raining.",
            "In {town} again. At the {place} I ran into {name}, who had just paid {cost} euros for {thing}.",
            "Long walk to the {place} in {town}. {name} came along and talked of nothing but {thing}, {cost} euros, a bargain.",
            name=name, thing=_article(thing), cost=cost, place=place, town=town,
        )  # fmt: skip

    def others() -> Iterator[str]:
        while True:
            yield entry(*next(pairs), draw.between(13, 480))

    (name, thing), cost = next(pairs), draw.between(13, 480)
    rival = draw.one([other for other in GOODS if other != thing])
    text = filled(draw, [entry(name, thing, cost), entry(name, rival, cost + draw.between(3, 40))], others(), MIDDLE)
    ask = draw.say(
        "How many euros did {name} pay for the {thing}, according to this diary?",
        "The diary above says what {name}'s {thing} cost. How many euros?",
        name=name, thing=thing,
    )  # fmt: skip
    return _question(text, f"{ask} {draw.number_only()}", str(cost))


def _stock_line(draw: Draw, town: str, thing: str, count: int) -> str:
    day = f"{draw.between(1, 28)} {draw.one(MONTHS)}"
    return f"Shelf {draw.one('GHJKLM')}-{draw.between(11, 97)}: {count} boxes of {thing} from {town}, in since {day}."


def _stock(draw: Draw) -> Question:
    town, *towns = draw.some(TOWNS, 9)
    things, counts = draw.some(PLURALS, 12), [draw.between(12, 89) for _ in range(3)]
    thing, *rest = things
    needles = [_stock_line(draw, town, thing, count) for count in counts]
    needles += [_stock_line(draw, town, draw.one(rest), draw.between(12, 89)) for _ in range(3)]
    needles += [_stock_line(draw, draw.one(towns), thing, draw.between(12, 89)) for _ in range(3)]

    def others() -> Iterator[str]:
        while True:
            yield _stock_line(draw, draw.one(towns), draw.one(rest), draw.between(12, 89))

    text = filled(draw, needles, others(), LONG)
    ask = draw.say(
        "How many boxes of {thing} from {town} are there on all shelves together?",
        "Add up the boxes of {thing} that came from {town}. How many are there?",
        thing=thing, town=town,
    )  # fmt: skip
    return _question(text, f"{ask} {draw.number_only()}", str(sum(counts)))


def _minutes(draw: Draw) -> Question:
    names, tasks = people(draw), iter(draw.shuffled(product(TASKS, PLACES)))

    def entry(task: str, who: str) -> str:
        return draw.say(
            "Item {n}. The committee talked about whether to {task}. {who} will do it by {day}.",
            "Item {n}. It was agreed to {task}; {other} had offered to, but {who} takes it on, with a report due on {day}.",
            n="{n}", task=task, who=who, other=next(names), day=f"{draw.between(1, 28)} {draw.one(MONTHS)}",
        )  # fmt: skip

    def others() -> Iterator[str]:
        while True:
            yield entry(_task(next(tasks)), next(names))

    task, who = _task(next(tasks)), next(names)
    lines = filled(draw, [entry(task, who)], others(), MIDDLE).splitlines()
    text = "\n".join(line.replace("{n}", str(number)) for number, line in enumerate(lines, 1))
    ask = draw.say(
        "According to these minutes, who will {task}?",
        "Whose job is it, by the minutes above, to {task}?",
        task=task,
    )
    return _question(text, f"{ask} {draw.one(NAME_ONLY)}", who, "text")


TASKS = (
    "repaint the door of",
    "buy new chairs for",
    "mend the roof of",
    "print leaflets for",
    "check the wiring of",
    "order a sign for",
)


def _task(pair: tuple[str, str]) -> str:
    return f"{pair[0]} the {pair[1]}"


LEVELS: tuple[tuple[Variant, ...], ...] = (
    (_notice, _took, _extension),
    (_corrected, _errors, _diary, _minutes),
    (_found_where, _in_all, _of_the_head, _stock),
)
"""Kinds of question: easy, in need of care, hard."""
