"""The fine-tuning file of the support-triage example: made-up tickets of the shop Fernhill, with the queue each goes to.

A ticket is a request in one of the label's ways to say it (`tickets.toml`), its slots filled from word lists. Some have a
greeting, a detail, a second matter in passing, a closing line, typing errors, or no capitals. The request decides the label; a
second matter is always one of another label, settled or harmless. No label is wrong on purpose.

`python training/tickets.py`, from the repository's root, writes `data/support-triage/train.jsonl` anew.
"""

import json
import re
import tomllib
from pathlib import Path
from random import Random
from typing import Any

LABELS = ("access", "billing", "delivery", "returns", "sales", "privacy", "cancellation", "technical")
TRAINING_SEED, ROWS_PER_LABEL = 20270311, 90
TRAINING_FILE = Path("data/support-triage/train.jsonl")

PARTS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
"""Templates (`cores`, `details`, `before`, `after` by label; `openers`, `closers`, `angry` for all) and `words` by slot."""

OPENER_SHARE, DETAIL_SHARE, ASIDE_SHARE, CLOSER_SHARE = 0.45, 0.35, 0.25, 0.4
TERSE_SHARE, TYPO_SHARE, LOWER_SHARE, SHOUT_SHARE = 0.25, 0.2, 0.12, 0.03

SLOT = re.compile(r"\{(\w+)\}")
SENTENCE_START = re.compile(r"(?:^|(?<=[.?!)] ))[a-z]")
ARTICLE = re.compile(r"\b([Aa]) (?=[aio]|e(?!u)|un(?!i)|up|8|11\b|18\b|hour)(?!one\b|once\b)")


def rows(seed: int, n_per_label: int) -> list[dict[str, Any]]:
    """Return shuffled rows in the chat fine-tuning format, equally many a label; no text is there twice.

    Args:
        seed: Of every draw.
        n_per_label: How many rows a label.
    """
    draw, texts = Random(seed), set[str]()
    found = list[dict[str, Any]]()
    for label in LABELS:
        cores = _in_turn(PARTS["cores"][label], n_per_label, draw)
        for core in cores:
            text = _ticket(label, core, draw)
            while text.casefold() in texts:
                text = _ticket(label, core, draw)
            texts.add(text.casefold())
            found.append(_row(text, label))
    draw.shuffle(found)
    return found


def _row(text: str, label: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": label}]}


def _in_turn(templates: list[str], count: int, draw: Random) -> list[str]:
    """Return so many templates, each about equally often."""
    found = list[str]()
    while len(found) < count:
        found += draw.sample(templates, len(templates))
    return found[:count]


def _ticket(label: str, core: str, draw: Random) -> str:
    """Return a ticket: the request with what may stand around it, in one of several registers."""
    text = core if draw.random() < TERSE_SHARE else _dressed(label, core, draw)
    text = SENTENCE_START.sub(lambda start: start[0].upper(), _filled(text, draw))
    if draw.random() < TYPO_SHARE:
        text = _mistyped(text, draw)
    register = draw.random()
    if register < SHOUT_SHARE:
        return text.upper()
    return text.lower().rstrip(".?") if register < SHOUT_SHARE + LOWER_SHARE else text


def _dressed(label: str, core: str, draw: Random) -> str:
    """Put a greeting, a detail, a second matter and a closing line around the request, or some of them."""
    text, aside = core, draw.random()
    if draw.random() < DETAIL_SHARE:
        text += " " + draw.choice(PARTS["details"][label])
    if aside < ASIDE_SHARE / 2:
        text = _aside("before", label, draw) + text
    elif aside < ASIDE_SHARE:
        text += _aside("after", label, draw)
    if draw.random() < OPENER_SHARE:
        text = draw.choice(PARTS["openers"]) + text
    closers = PARTS["closers"] + (PARTS["angry"] if label != "sales" else [])
    return text + (draw.choice(closers) if draw.random() < CLOSER_SHARE else "")


def _aside(place: str, label: str, draw: Random) -> str:
    """Return a sentence about a matter of another label."""
    other = draw.choice([name for name in LABELS if name != label])
    chosen: str = draw.choice(PARTS[place][other])
    return chosen


def _filled(template: str, draw: Random) -> str:
    """Fill slots, and slots within their words, until none is left; a word is not drawn twice for one ticket."""
    used, text = set[str](), template
    while slot := SLOT.search(text):
        words = PARTS["words"][slot[1]]
        word = draw.choice([word for word in words if word not in used] or words)
        used.add(word)
        text = text[: slot.start()] + word + text[slot.end() :]
    text = re.sub("#", lambda _: str(draw.randint(1, 9)), text)
    return ARTICLE.sub(r"\1n ", text)


def _mistyped(text: str, draw: Random) -> str:
    """Swap, drop or double a letter in some of the longer words."""
    return " ".join(
        _slip(word, draw) if len(word) > 3 and word[:-1].isalpha() and draw.random() < 0.2 else word for word in text.split(" ")
    )


def _slip(word: str, draw: Random) -> str:
    at = draw.randrange(1, len(word) - 2)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return draw.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))


def main() -> None:
    """Write the training file."""
    TRAINING_FILE.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row) + "\n" for row in rows(TRAINING_SEED, ROWS_PER_LABEL)]
    TRAINING_FILE.write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
