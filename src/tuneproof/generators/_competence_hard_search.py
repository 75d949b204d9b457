"""Questions of the slice `hard` whose answers are found by trying everything."""

from collections.abc import Callable, Sequence
from itertools import permutations

from tuneproof.generators._competence_draw import Draw, Question, listed, money, numbered
from tuneproof.generators._competence_words import NAMES, PLACES, SUBJECTS, TOWNS


def tickets(draw: Draw) -> Question:
    """Ask for the only way to come to a number of tickets and a sum."""
    prices = draw.some(range(3, 19), 3)
    counts = [draw.between(3, 24) for _ in prices]
    number, total = sum(counts), sum(price * count for price, count in zip(prices, counts, strict=True))
    more = counts[0] - counts[1]
    fits = [
        (a, a - more, number - 2 * a + more)
        for a in range(max(more, 0), number + 1)
        if number - 2 * a + more >= 0 and a * prices[0] + (a - more) * prices[1] + (number - 2 * a + more) * prices[2] == total
    ]
    if len(fits) != 1 or more == 0:
        return tickets(draw)
    than = f"{abs(more)} {'more' if more > 0 else 'fewer'}"
    text = (
        f"The theatre in {draw.one(TOWNS)} sold {number} tickets for {total} euros: seats at {prices[0]} euros, benches at "
        f"{prices[1]} euros and standing places at {prices[2]} euros. It sold {than} seats than benches. How many standing "
        f"places were sold?"
    )
    return numbered(f"{text} {draw.worked('the number')}", counts[2])


def digits(draw: Draw) -> Question:
    """Ask for the smallest number with certain properties."""
    above, by, rest, total = draw.between(1000, 6000), draw.between(7, 19), 0, draw.between(14, 24)
    rest = draw.between(1, by - 1)
    name, town = draw.one(NAMES), draw.one(TOWNS)
    found = next((n for n in range(above + 1, 10**4) if n % by == rest and sum(map(int, str(n))) == total), None)
    if found is None or found - above < 30:
        return digits(draw)
    text = draw.say(
        "{name}'s locker in {town} has a four-digit number above {above}. Divided by {by} it leaves the remainder {rest}, and "
        "its digits add up to {total}. It is the smallest such number. Which number is it?",
        "What is the smallest whole number above {above} whose digits add up to {total} and that leaves the remainder {rest} "
        "when divided by {by}? ({name} of {town} has bet on it.)",
        name=name, town=town, above=above, by=by, rest=rest, total=total,
    )  # fmt: skip
    return numbered(f"{text} {draw.worked('the number')}", found)


def cheapest(draw: Draw) -> Question:
    """Ask for the cheapest way to share out five jobs among five people."""
    names, jobs = draw.some(NAMES, 5), draw.some(SUBJECTS, 5)
    costs = [[draw.between(120, 480) * 5 for _ in jobs] for _ in names]
    sums = sorted(sum(costs[who][job] for who, job in enumerate(case)) for case in permutations(range(5)))
    greedy, taken = 0, list[int]()
    for row in costs:
        best = min((job for job in range(5) if job not in taken), key=lambda job, row=row: row[job])  # type: ignore[misc]
        greedy, taken = greedy + row[best], [*taken, best]
    if greedy == sums[0]:
        return cheapest(draw)
    rows = [f"{name};{';'.join(money(cost) for cost in row)}" for name, row in zip(names, costs, strict=True)]
    table = "\n".join([f"teacher;{';'.join(jobs)}", *rows])
    text = (
        f"A school in {draw.one(TOWNS)} needs one teacher for each of five courses, and each teacher takes exactly one. The "
        f"table says what each would charge for each course in euros:\n\n{table}\n\nWhat is the smallest possible sum of the "
        f"five charges, in euros?"
    )
    whole, cents = divmod(sums[0], 100)
    expected = f"{whole}.{cents:02d}" if cents else str(whole)
    return Question(text=f"{text} {draw.worked('the number')}", expected=expected, grader="number")


Rule = tuple[str, Callable[[Sequence[str]], bool]]


def seats(draw: Draw) -> Question:
    """Ask in how many ways some people can sit in a row under some rules."""
    names = draw.some(NAMES, draw.between(6, 7))
    a, b, c, d, e = names[:5]
    rules: list[Rule] = [
        (f"{a} and {b} sit next to each other", lambda row: abs(row.index(a) - row.index(b)) == 1),
        (f"{b} and {c} do not sit next to each other", lambda row: abs(row.index(b) - row.index(c)) != 1),
        (f"{c} does not sit at either end", lambda row: 0 < row.index(c) < len(row) - 1),
        (f"{d} sits somewhere to the left of {a}", lambda row: row.index(d) < row.index(a)),
        (f"exactly one person sits between {d} and {e}", lambda row: abs(row.index(d) - row.index(e)) == 2),
        (f"{e} sits at one of the two ends", lambda row: row.index(e) in (0, len(row) - 1)),
    ]
    chosen = draw.some(rules, draw.between(3, 4))
    ways = sum(all(holds(row) for _, holds in chosen) for row in permutations(names))
    if ways < 7:
        return seats(draw)
    rules_told = listed([text for text, _ in chosen])
    rules_told = rules_told[0].upper() + rules_told[1:]
    text = (
        f"{listed(names)} sit in a row of {len(names)} chairs in the {draw.one(PLACES)} of {draw.one(TOWNS)}. {rules_told}. "
        "In how many different orders from left to right can they sit?"
    )
    return numbered(f"{text} {draw.worked('the number')}", ways)
