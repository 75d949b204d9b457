"""The texts that the questions of `long-context` are about: boards of notices, logs, directories."""

from collections.abc import Iterator, Sequence
from itertools import product

from tuneproof.generators._competence_dates import DAYS, MONTHS, clock
from tuneproof.generators._competence_draw import Draw
from tuneproof.generators._competence_words import COLOURS, GOODS, NAMES, PLACES, SERVICES, SUBJECTS, SURNAMES, TOWNS


def filled(draw: Draw, needles: Sequence[str], more: Iterator[str], length: tuple[int, int], ordered: bool = False) -> str:
    """Return lines of about that length, the needles among them: anywhere, or in their order."""
    target = draw.between(*length)
    lines: list[str] = []
    size = sum(len(line) + 1 for line in needles)
    while size < target:
        lines.append(next(more))
        size += len(lines[-1]) + 1
    places = draw.some(range(len(lines) + 1), len(needles))
    places = sorted(places) if ordered else places
    for place, needle in sorted(zip(places, needles, strict=True), key=lambda pair: -pair[0]):
        lines.insert(place, needle)
    return "\n".join(lines)


def people(draw: Draw) -> Iterator[str]:
    """Yield full names, no two the same."""
    yield from (f"{name} {surname}" for name, surname in draw.shuffled(product(NAMES, SURNAMES)))


class Board:
    """A board of notices on places, no place twice unless asked for."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.people = people(draw)
        self.places = iter([f"{place} in {town}" for place, town in draw.shuffled(product(PLACES, TOWNS))])
        self.codes = iter(draw.some(range(1002, 9999), 120))

    def code(self, place: str, code: int) -> str:
        """Return the notice of a door code."""
        return self.draw.say(
            "The {place} has a new door code, {code}, from {day} on. Please do not pass it on, asks {who}.",
            "{who} writes: the code for the door of the {place} is now {code}. The old one stops working on {day}.",
            place=place, code=code, day=self.draw.one(DAYS), who=next(self.people),
        )  # fmt: skip

    def found(self, place: str, who: str, thing: str) -> str:
        """Return the notice of something found."""
        return self.draw.say(
            "Last {day}, {who} found {thing} at the {place}. The owner may fetch it from {time} on.",
            "Found at the {place}: {thing}. {who} picked it up on {day} and keeps it until {time} tonight.",
            place=place, who=who, thing=thing, day=self.draw.one(DAYS), time=clock(self.draw.between(90, 270) * 5),
        )  # fmt: skip

    def thing(self) -> str:
        """Return something that may be found."""
        return f"a {self.draw.one([colour for colour in COLOURS if colour != 'orange'])} {self.draw.one(GOODS)}"

    def others(self) -> Iterator[str]:
        """Yield notices without end."""
        draw = self.draw
        while True:
            place, who = next(self.places), next(self.people)
            kind = draw.between(0, 5)
            if kind < 2:
                yield self.code(place, next(self.codes)) if kind else self.found(place, who, self.thing())
            else:
                yield OTHER_NOTICES[kind - 2].format(
                    place=place, who=who, day=draw.one(DAYS), month=draw.one(MONTHS), subject=draw.one(SUBJECTS),
                    fee=draw.between(12, 96), time=clock(draw.between(84, 132) * 5),
                )  # fmt: skip


OTHER_NOTICES = (
    "From {day} the {place} opens at {time}, half an hour later than before.",
    "A year's membership of the {place} now costs {fee} euros. {who} takes the money.",
    "The {place} is being painted and stays shut until the end of {month}. {who} has the key.",
    "The {subject} group meets at the {place} on {day}s; newcomers call {who}.",
)


class Log:
    """The lines of a log, without their times."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.requests = iter(draw.some(range(20011, 98989), 200))

    def line(self, level: str, service: str, request: int, took: int) -> str:
        """Return one line."""
        said = {"INFO": "done", "WARN": "slow answer", "ERROR": "no answer from upstream"}[level]
        return f"{level} {service} request={request} {said} after {took} ms"

    def others(self, services: Sequence[str] = SERVICES) -> Iterator[str]:
        """Yield lines without end."""
        while True:
            level = self.draw.one(("INFO", "INFO", "INFO", "WARN", "ERROR"))
            yield self.line(level, self.draw.one(services), next(self.requests), self.draw.between(11, 985))

    def timed(self, text: str) -> str:
        """Return the lines with rising times."""
        now, found = self.draw.between(5, 18) * 3600, []
        for line in text.splitlines():
            now += self.draw.between(1, 40)
            found.append(f"{now // 3600:02d}:{now // 60 % 60:02d}:{now % 60:02d} {line}")
        return "\n".join(found)


class Staff:
    """The people of a house."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.people = people(draw)
        self.numbers = iter(draw.some(range(2003, 9989), 200))
        self.heads = [next(self.people) for _ in range(4)]

    def entry(self, who: str, head: str, extension: int) -> str:
        """Return the line of one person."""
        room = f"{self.draw.one('ABCDE')}{self.draw.between(101, 499)}"
        return f"{who}, {self.draw.one(SUBJECTS)}, room {room}, extension {extension}, reports to {head}."

    def others(self) -> Iterator[str]:
        """Yield entries without end."""
        while True:
            yield self.entry(next(self.people), self.draw.one(self.heads), next(self.numbers))
