"""`logic`: orders, syllogisms, knights and knaves, and who has what; each answer is the only one, by trying all cases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations, product

from tuneproof.generators._competence_draw import Draw, Question, Variant, listed, numbered, ordinal
from tuneproof.generators._competence_syllogisms import chained, conditional, syllogism
from tuneproof.generators._competence_words import ANIMALS, COLOURS, DRINKS, NAMES, PLACES, TOWNS

NAME_ONLY = ("Answer with the name only.", "Reply with just the name.", "Give only the name.")
ROLE_ONLY = ('Answer with "knight" or "knave" only.', "Reply with one word, knight or knave.")
THING_ONLY = ("Answer with one word only.", "Reply with that one word and nothing else.")

Order = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clue:
    """Something that is said of a case."""

    text: str
    """In words."""
    holds: Callable[[Order], bool]
    """Whether it is true of a case."""


def enough_clues(draw: Draw, clues: Sequence[Clue], cases: Sequence[Order], true_case: Order) -> list[Clue]:
    """Return clues that are true of one case only, none of them to spare."""
    chosen = [clue for clue in clues if clue.holds(true_case)]
    for clue in list(chosen):
        rest = [other for other in chosen if other is not clue]
        if _left(cases, rest) == 1:
            chosen = rest
    return draw.shuffled(chosen)


def _left(cases: Sequence[Order], clues: Sequence[Clue]) -> int:
    return sum(all(clue.holds(case) for clue in clues) for case in cases)


# -- orders ------------------------------------------------------------------------------------------------------------------

QUEUES = (
    (
        "{n} people stand in a queue at the {place} in {town}.",
        "stands directly behind",
        "stands somewhere in front of",
        "in the queue",
    ),
    (
        "{n} runners finished a race in {town}, past the {place}, one after the other.",
        "finished directly after",
        "finished before",
        "in the race",
    ),
    ("{n} friends visited the {place} in {town} one by one.", "came directly after", "came earlier than", "to come"),
)
"""A scene, what the next one does, what an earlier one does, and the place of someone."""


def order_clues(names: Order, scene: tuple[str, str, str, str], simple: bool) -> list[Clue]:
    """Return everything that may be said of orders of the names."""
    _, next_to, before, place = scene
    found = []
    for one, other in permutations(names, 2):
        found.append(Clue(f"{one} {before} {other}.", lambda case, a=one, b=other: case.index(a) < case.index(b)))  # type: ignore[misc]
        found.append(Clue(f"{one} {next_to} {other}.", lambda case, a=one, b=other: case.index(a) == case.index(b) + 1))  # type: ignore[misc]
        if not simple and one < other:
            text = f"Exactly one person is between {one} and {other}."
            found.append(Clue(text, lambda case, a=one, b=other: abs(case.index(a) - case.index(b)) == 2))  # type: ignore[misc]
            text = f"{one} and {other} are not next to each other."
            found.append(Clue(text, lambda case, a=one, b=other: abs(case.index(a) - case.index(b)) > 1))  # type: ignore[misc]
    for one in names if not simple else ():
        for at in range(len(names)):
            text = f"{one} is not {ordinal(at + 1)} {place}."
            found.append(Clue(text, lambda case, a=one, n=at: case[n] != a))  # type: ignore[misc]
    return found


def _order(count: int, simple: bool) -> Variant:
    def ask(draw: Draw) -> Question:
        names, scene = tuple(draw.some(NAMES, count)), draw.one(QUEUES)
        case = tuple(draw.shuffled(names))
        clues = enough_clues(draw, draw.shuffled(order_clues(names, scene, simple)), list(permutations(names)), case)
        at = draw.between(0, count - 1)
        words = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six"}[count]
        opening = scene[0].format(n=words, place=draw.one(PLACES), town=draw.one(TOWNS))
        nth = "last" if at == count - 1 else ordinal(at + 1) if at else "first"
        told = f"{opening} They are {listed(names)}. {' '.join(clue.text for clue in clues)} Who is {nth} {scene[3]}?"
        return Question(text=f"{told} {draw.one(NAME_ONLY)}", expected=case[at], grader="text", shown=True)

    return ask


# -- knights and knaves ------------------------------------------------------------------------------------------------------

Roles = tuple[bool, ...]
"""Who tells the truth."""
Saying = tuple[str, Callable[[Roles], bool]]


def _sayings(draw: Draw, names: Sequence[str], speaker: int) -> Saying:
    """Return one statement that someone may make."""
    one, other = draw.some([place for place in range(len(names)) if place != speaker], 2)
    role = draw.one((True, False))
    word, count = ("knight" if role else "knave"), draw.between(1, len(names) - 1)
    plain: Saying = (f"{names[one]} is a {word}.", lambda roles: roles[one] == role)
    options: tuple[Saying, ...] = (
        plain,
        plain,
        (f"{names[one]} and {names[other]} are of the same kind.", lambda roles: roles[one] == roles[other]),
        (f"At least one of {names[one]} and {names[other]} is a {word}.", lambda roles: role in (roles[one], roles[other])),
        (f"{names[one]} is a knight and {names[other]} is a knave.", lambda roles: roles[one] and not roles[other]),
        (f"Exactly {count} of us {'is a knave' if count == 1 else 'are knaves'}.", lambda roles: roles.count(False) == count),
    )
    return draw.one(options)


def _knights(count: int, asks_number: bool) -> Variant:
    def ask(draw: Draw) -> Question:
        names, town = draw.some(NAMES, count), draw.one(TOWNS)
        said = [_sayings(draw, names, speaker) for speaker in range(count)]
        fits = [
            roles
            for roles in product((True, False), repeat=count)
            if all(roles[speaker] == said[speaker][1](roles) for speaker in range(count))
        ]
        if len(fits) != 1 or all(fits[0]):
            return ask(draw)
        opening = draw.say(
            "In {town} everyone is either a knight, who always tells the truth, or a knave, who always lies.",
            "On the island of {town}, knights only say true things and knaves only say false things; everyone is one or the "
            "other.",
            town=town,
        )  # fmt: skip
        told = " ".join(f'{name} says: "{text}"' for name, (text, _) in zip(names, said, strict=True))
        if asks_number:
            text = f"{opening} You meet {listed(names)}. {told} How many of the {count} are knaves? {draw.number_only()}"
            return numbered(text, fits[0].count(False))
        at = draw.between(0, count - 1)
        text = f"{opening} You meet {listed(names)}. {told} Is {names[at]} a knight or a knave? {draw.one(ROLE_ONLY)}"
        return Question(text=text, expected="knight" if fits[0][at] else "knave", grader="text", shown=True)

    return ask


# -- who has what ------------------------------------------------------------------------------------------------------------


def _pairing_clues(names: Order, things: Order, verb: str) -> list[Clue]:
    return [
        Clue(f"{name} does not {verb} the {thing}.", lambda case, n=at, t=thing: case[n] != t)  # type: ignore[misc]
        for at, name in enumerate(names)
        for thing in things
    ]


def _pairing(count: int) -> Variant:
    def ask(draw: Draw) -> Question:
        names = tuple(draw.some(NAMES, count))
        things = tuple(draw.some(ANIMALS, count))
        case = tuple(draw.shuffled(things))
        clues = enough_clues(draw, draw.shuffled(_pairing_clues(names, things, "own")), list(permutations(things)), case)
        at = draw.between(0, count - 1)
        opening = (
            f"{listed(names)} live in {draw.one(TOWNS)}. Each owns exactly one of these animals, each a different one: "
            f"{listed(things)}."
        )
        told = f"{opening} {' '.join(clue.text for clue in clues)} What does {names[at]} own?"
        return Question(text=f"{told} {draw.one(THING_ONLY)}", expected=case[at], grader="text", shown=True)

    return ask


def _houses(draw: Draw) -> Question:
    """Ask a small zebra puzzle: people in a row of houses, each with a colour and a drink."""
    names, colours, drinks = (tuple(draw.some(words, 4)) for words in (NAMES, COLOURS, DRINKS))
    case = (*draw.shuffled(names), *draw.shuffled(colours), *draw.shuffled(drinks))
    cases = [(*a, *b, *c) for a in permutations(names) for b in permutations(colours) for c in permutations(drinks)]
    clues = draw.shuffled(_house_clues(names, colours, drinks))
    true = [clue for clue in clues if clue.holds(case)]
    taken: list[Clue] = []
    for clue in true:
        rest = [one for one in cases if clue.holds(one)]
        if len(rest) < len(cases) and len(cases) > 1:
            taken, cases = [*taken, clue], rest
    name, colour, drink = names[0], colours[0], draw.one(drinks)
    ask, known, expected = draw.one(
        (
            (f"Who drinks {drink}? {draw.one(NAME_ONLY)}", drink, case[case.index(drink) - 8]),
            (f"Who lives in the {colour} house? {draw.one(NAME_ONLY)}", colour, case[case.index(colour) - 4]),
            (f"What colour is {name}'s house? {draw.one(THING_ONLY)}", name, case[case.index(name) + 4]),
            (f"What does {name} drink? {draw.one(THING_ONLY)}", name, case[case.index(name) + 8]),
        )
    )
    if any(known in clue.text and expected in clue.text and "directly" not in clue.text for clue in taken):
        return _houses(draw)
    opening = (
        f"Four houses stand in a row in {draw.one(TOWNS)}, numbered 1 to 4 from left to right. In each lives one of "
        f"{listed(names)}. The houses are {listed(colours)}, each in another colour, and each person drinks something else: "
        f"{listed(drinks)}."
    )
    return Question(
        text=f"{opening} {' '.join(clue.text for clue in taken)} {ask}", expected=expected, grader="text", shown=True
    )


def _house_clues(names: Order, colours: Order, drinks: Order) -> list[Clue]:
    said = {**{name: name for name in names}, **{one: f"the owner of the {one} house" for one in colours}}
    said |= {drink: f"the person who drinks {drink}" for drink in drinks}
    found = []
    for one, other in permutations((*names, *colours, *drinks), 2):
        if _kind(one, names, colours) == _kind(other, names, colours):
            continue
        left = said[one][0].upper() + said[one][1:]
        text = f"{left} lives directly to the left of {said[other]}."
        found.append(Clue(text, lambda case, a=one, b=other: case.index(a) % 4 + 1 == case.index(b) % 4))  # type: ignore[misc]
        if one in names and other not in names:
            text = f"{one} lives in the {other} house." if other in colours else f"{one} drinks {other}."
            found.append(Clue(text, lambda case, a=one, b=other: case.index(a) % 4 == case.index(b) % 4))  # type: ignore[misc]
        if one in drinks and other in colours:
            text = f"{left} lives in the {other} house."
            found.append(Clue(text, lambda case, a=one, b=other: case.index(a) % 4 == case.index(b) % 4))  # type: ignore[misc]
    for one in (*names, *drinks):
        for number in range(4):
            text = f"{said[one][0].upper()}{said[one][1:]} does not live in house {number + 1}."
            found.append(Clue(text, lambda case, a=one, n=number: case.index(a) % 4 != n))  # type: ignore[misc]
    return found


def _kind(word: str, names: Order, colours: Order) -> int:
    return 0 if word in names else 1 if word in colours else 2


LEVELS: tuple[tuple[Variant, ...], ...] = (
    (_order(3, True), conditional("yes"), _order(4, True), conditional("no"), _pairing(3), conditional("unknown")),
    (syllogism("yes"), _order(5, True), syllogism("no"), _knights(3, False), syllogism("unknown"), _pairing(4)),
    (_order(6, False), chained("yes"), _knights(4, True), _houses, chained("no"), _order(5, False), _knights(4, False),
     chained("unknown")),
)  # fmt: skip
"""Kinds of question: easy, in need of care, hard."""
