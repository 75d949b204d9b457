"""Support tickets of a made-up shop, written by a seeded generator: the data of the offline demo.

A ticket says what is wrong in one of several ways, with words drawn from lists; some mention a second matter in passing, some
have typing errors. So three rows a label show little of how people write, and many rows show most of it. Nothing else makes
the demo come out as it does: the evalset and the training rows are drawn from the same generator with different seeds, no text
stands in both, and no label is wrong on purpose.

`python -m tuneproof.workspace.triage FOLDER` writes both files anew.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

LABELS = ("account", "billing", "bug", "delivery", "feature", "refund")
EVALSET_SEED, TRAINING_SEED = 20261120, 20261121
EXAMPLES, TRAINING_ROWS = 300, 180

CORES: Mapping[str, Sequence[str]] = {
    "account": (
        "I {cannot} {sign_in} {since}",
        "my {login} is {locked} after too many attempts",
        "the {reset} never {arrives}",
        "please {change} the {contact} in my {profile}",
        "I want to {close} my {profile} and have my data removed",
        "someone else seems to use my {profile}, I see a {login} from another country",
        "the code for the second step of the {login} is {refused}",
        "how do I add a colleague to our {profile}",
        "my {login} works on the {device} but not on the other one",
    ),
    "billing": (
        "I was {charged} {twice} for {period}",
        "the {invoice} shows the wrong {detail}",
        "where can I {find} the {invoice} for {period}",
        "my {card} was {refused} although it is valid",
        "why did the {price} go up {since}",
        "we need our {detail} on every {invoice}",
        "please switch us from {card} to bank transfer",
        "the discount we agreed on is missing from the {invoice}",
        "I see a {amount} I do not recognise on my statement",
    ),
    "bug": (
        "the {app} {crashes} when I {act}",
        "{act_ing} shows {error} and nothing else",
        "the {part} stays empty after {act_ing}",
        "{since} the {app} is so slow that it is unusable",
        "the {part} {freezes} on my {device}",
        "numbers in the {part} are wrong after {act_ing}",
        "dark mode makes the {part} unreadable",
        "I get {error} whenever I {act}",
        "the {app} forgets what I typed when I {act}",
    ),
    "delivery": (
        "my {parcel} has not {arrived} {since}",
        "the {tracking} has not moved {since}",
        "the {parcel} {arrived} {damaged}",
        "the {courier} left my {parcel} with a neighbour I do not know",
        "can you send my {parcel} to a different {address}",
        "only half of what I ordered was in the {parcel}",
        "when will my {parcel} be {shipped}",
        "the {tracking} says handed over but nobody rang",
        "do you {ship} to {place}",
    ),
    "feature": (
        "it would be {great} if the {app} could {wish}",
        "is there a way to {wish}",
        "please let us {wish}",
        "do you plan to {wish}",
        "I {miss} a button to {wish}",
        "other tools can {wish}, when will yours",
        "could the {part} also {wish}",
        "my team would {love} to {wish}",
        "a suggestion: let people {wish}",
    ),
    "refund": (
        "I want my money back for {goods}",
        "how do I {send_back} {goods}",
        "I {sent_back} {goods} {since} and still have no {repayment}",
        "{goods} {unfit}, what about a {repayment}",
        "please cancel the order and {repay} me",
        "your {repayment} is {less} than what I paid",
        "I changed my mind about {goods}, can it go back",
        "who pays the postage when I {send_back} {goods}",
        "I was promised a {repayment} {since}",
    ),
}
"""Label to the ways in which people say it; words in braces are drawn from `WORDS`."""

WORDS: Mapping[str, Sequence[str]] = {
    "cannot": ("cannot", "can't", "am unable to", "am not able to", "no longer can"),
    "sign_in": ("sign in", "log in", "get in", "log on", "open my account", "get past the start page"),
    "since": (
        "since yesterday",
        "since Monday",
        "since last week",
        "for three days",
        "since the last update",
        "for two weeks",
        "since this morning",
        "a month ago",
    ),
    "login": ("login", "password", "sign-in", "user name", "access"),
    "locked": ("locked", "blocked", "suspended", "disabled", "frozen out"),
    "reset": ("reset mail", "password link", "confirmation mail", "verification message", "activation link"),
    "arrives": ("arrives", "comes", "gets here", "reaches me", "shows up in my inbox"),
    "change": ("change", "update", "correct", "replace", "edit"),
    "contact": ("e-mail address", "phone number", "last name", "mail address", "mobile number"),
    "profile": ("account", "profile", "user", "membership", "registration"),
    "close": ("close", "delete", "cancel", "deactivate", "end"),
    "refused": ("refused", "rejected", "declined", "not accepted", "turned down"),
    "device": ("phone", "tablet", "laptop", "old computer", "work machine"),
    "charged": ("charged", "billed", "debited", "invoiced"),
    "twice": ("twice", "two times", "double", "three times", "again"),
    "period": ("March", "this month", "the last quarter", "the whole year", "the trial month", "last month"),
    "invoice": ("invoice", "bill", "receipt", "statement of charges", "monthly bill"),
    "detail": ("company name", "VAT number", "tax rate", "purchase number", "cost centre"),
    "find": ("find", "download", "get", "see", "print"),
    "card": ("credit card", "card", "debit card", "direct debit", "payment method"),
    "price": ("price", "monthly fee", "subscription fee", "rate", "plan"),
    "amount": ("charge", "payment", "debit", "amount", "booking"),
    "app": ("app", "page", "website", "program", "dashboard", "shop"),
    "crashes": ("crashes", "closes", "stops", "hangs", "quits", "dies"),
    "act": ("open the settings", "export a list", "upload a picture", "press save", "rotate the screen", "search for a name"),
    "act_ing": ("saving a form", "opening the calendar", "uploading a file", "switching tabs", "pressing the back button"),
    "error": ("error 500", "a white screen", "an endless spinner", "a strange message", "code E42", "a blank window"),
    "part": ("report", "chart", "list of orders", "calendar", "search box", "overview", "menu"),
    "freezes": ("freezes", "flickers", "jumps around", "does not load", "is cut off", "overlaps the text"),
    "parcel": ("parcel", "package", "order", "box", "shipment", "delivery"),
    "arrived": ("arrived", "turned up", "come", "been delivered", "reached us"),
    "tracking": ("tracking", "tracking page", "shipment status", "tracking number"),
    "damaged": ("damaged", "crushed", "wet", "open", "with a hole in it", "dented"),
    "courier": ("courier", "driver", "postman", "carrier", "messenger"),
    "address": ("address", "street", "pick-up point", "town", "office"),
    "shipped": ("shipped", "sent", "dispatched", "on its way", "handed to the carrier"),
    "ship": ("ship", "deliver", "send", "post"),
    "place": ("Norway", "the islands", "a parcel locker", "Switzerland", "an army post office"),
    "great": ("great", "helpful", "lovely", "useful", "a big help"),
    "wish": (
        "export everything as a spreadsheet",
        "sort the overview by colour",
        "set reminders",
        "use keyboard shortcuts",
        "connect our own calendar",
        "pin favourites to the top",
        "work offline on a train",
        "share a list with guests",
        "pick a larger font",
        "undo more than one step",
        "tag several orders at once",
        "get a weekly summary by mail",
    ),
    "miss": ("miss", "would like", "am looking for", "wish there were", "could use"),
    "love": ("love", "like", "be glad", "be happy"),
    "goods": (
        "the lamp",
        "these shoes",
        "the blue jacket",
        "the kettle",
        "both chairs",
        "the second headset",
        "the desk",
        "a gift",
        "the unused licence",
    ),
    "send_back": ("send back", "return", "bring back", "hand back", "give back"),
    "sent_back": ("sent back", "returned", "brought back", "handed in"),
    "repayment": ("refund", "repayment", "credit", "money", "reimbursement"),
    "repay": ("refund", "repay", "reimburse", "pay back"),
    "unfit": ("is too small", "does not fit", "is not as described", "looks different from the picture", "is the wrong colour"),
    "less": ("less", "lower", "smaller", "ten euros short", "lower by the postage"),
}
"""Name of a slot to the words that fill it."""

OPENERS = ("Hello, ", "Hi there, ", "Good morning, ", "Dear team, ", "Hey, ", "To whom it may concern: ", "Hi, ")
CLOSERS = (" Thanks!", " Please help.", " Any idea?", " Kind regards, Sam", " Waiting for your reply.", " Best, Robin")
ASIDES = (
    "The {parcel} was fine, but ",
    "I like the {app}, however ",
    "My {invoice} is paid, yet ",
    "{act_ing} works now, but ",
    "The {courier} was friendly, only ",
    "I have kept {goods}, but ",
    "Thanks for the {repayment}. Now ",
    "The new {login} works, but ",
)
"""Sentences that mention another matter in passing; which one is drawn at random, whatever the label."""
QUESTIONS = ("how", "where", "why", "when", "who", "can", "could", "do ", "is there")
"""Beginnings of tickets that end in a question mark."""
ASIDE_SHARE, TYPO_SHARE = 0.25, 0.2


def rows(seed: int, count: int, *, prefix: str, known: frozenset[str] = frozenset()) -> list[dict[str, object]]:
    """Return tickets with their labels, the labels in turn.

    Args:
        seed: Of every draw.
        count: How many.
        prefix: Of their ids.
        known: Texts that must not come up.
    """
    draw = Random(seed)  # noqa: S311 - made-up tickets, no secrets
    texts, found = set(known), list[dict[str, object]]()
    while len(found) < count:
        label = LABELS[len(found) % len(LABELS)]
        text, wording = _ticket(label, draw)
        if text in texts:
            continue
        texts.add(text)
        found.append({"id": f"{prefix}-{len(found):03d}", "input": text, "expected": label, "slices": [label, wording]})
    return found


def evalset() -> list[dict[str, object]]:
    """Return the rows of the evalset."""
    return rows(EVALSET_SEED, EXAMPLES, prefix="ticket")


def training() -> list[dict[str, object]]:
    """Return the training rows; no text of the evalset is among them."""
    held = frozenset(str(row["input"]) for row in evalset())
    drawn = rows(TRAINING_SEED, TRAINING_ROWS, prefix="train", known=held)
    return [{key: value for key, value in row.items() if key != "slices"} for row in drawn]


def as_jsonl(found: Sequence[Mapping[str, object]]) -> str:
    """Return rows as JSON Lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found)


def _ticket(label: str, draw: Random) -> tuple[str, str]:
    """Return a ticket and how it is worded: plain, mixed (another matter is mentioned) or typos."""
    text, wording = _filled(draw.choice(CORES[label]), draw), "plain"
    if draw.random() < ASIDE_SHARE:
        text, wording = _filled(draw.choice(ASIDES), draw) + text, "mixed"
    asks = text.startswith(QUESTIONS)
    if draw.random() < TYPO_SHARE and (mistyped := _mistyped(text, draw)) != text:
        text, wording = mistyped, "typos"
    if draw.random() < 0.5:
        text = draw.choice(OPENERS) + text
    text = text[0].upper() + text[1:] + draw.choice(("?", "") if asks else (".", "", "!"))
    return text + (draw.choice(CLOSERS) if draw.random() < 0.4 else ""), wording


def _filled(template: str, draw: Random) -> str:
    """Fill the slots of a template, from left to right."""
    done, rest = "", template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        slot, _, rest = rest.partition("}")
        done += before + draw.choice(WORDS[slot])
    return done + rest


def _mistyped(text: str, draw: Random) -> str:
    """Swap, drop or double a letter in about every third longer word."""
    return " ".join(_slip(word, draw) if len(word) > 3 and draw.random() < 0.35 else word for word in text.split(" "))


def _slip(word: str, draw: Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return draw.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))


def main(folder: Path) -> None:
    """Write the evalset and the training file below a workspace folder."""
    for path, found in (("evalsets/triage/examples.jsonl", evalset()), ("data/train.jsonl", training())):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(as_jsonl(found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
