"""The sheet that raters fill in: answers without the names of those who gave them, in an order that says nothing."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tuneproof.core.completion import Reply
from tuneproof.core.digest import digest
from tuneproof.core.example import Evalset, Example
from tuneproof.stages._items import item_of, shown_texts
from tuneproof.stages._label_reading import META, Asked

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What starts a formula in one spreadsheet or another; the wide forms do where East Asian text is typed."""

PARTS: Mapping[str, Callable[[Example], Any]] = {
    "expected": lambda example: example.expected,
    "context": lambda example: next(
        (held for name in ("context", "source") if (held := example.meta.get(name)) is not None), None
    ),
}
"""What may stand beside a question, by the name that rubrics give it; None where an example has none."""


def sheet_rows(
    groups: Iterable[Sequence[Reply]],
    evalset: Evalset,
    places: Sequence[int],
    asked: Asked,
    seed: int,
    *,
    sees: Collection[str] = ("expected", "context"),
) -> Iterator[dict[str, str]]:
    """Yield the rows of the sheet: `item`, `id`, `question`, `expected`, `context`, `answer` (or two), `human`.

    All have the same columns: `expected` and `context` are there where an example has one, and the last, which is left empty,
    is named as labels are read. Examples stand in the order of the draw, so that a sheet filled in half is a fair sample too.
    Which system's answer to an example comes first is drawn, and so is which of two answers: nothing tells who answered.
    Answers that did not come back have no row. Text is made safe for spreadsheets (`safe`); labels are found again by `item`
    alone, `id` is for people to look things up.

    Args:
        groups: All answers to one example, of every system and repeat.
        evalset: The evalset.
        places: Places of the examples that are to be labelled: the first of `draw`, in its order.
        asked: What people are asked.
        seed: The experiment's.
        sees: What raters are told beside the question, as a rubric names it: what its judge does not see they should not.
    """
    wanted = {evalset.examples[place].id: rank for rank, place in enumerate(places)}
    column = asked.human.column if asked.human else META
    shows = [name for name in PARTS if name in sees and name != column]
    told = [name for name in shows if any(PARTS[name](evalset.examples[place]) is not None for place in places)]
    found: dict[str, dict[str, str]] = {}
    ranks: dict[str, tuple[int, str]] = {}
    for group in groups:
        example = group[0].example
        if group[0].evalset != evalset.name or example.id not in wanted:
            continue
        about = {"question": safe(_question(example))} | {name: safe(_as_text(PARTS[name](example))) for name in told}
        for cell, texts in shown_texts(group, asked.against).items():
            at = (evalset.name, example.id)
            swapped = int(digest([seed, "order", asked.grader, *at, *cell]), 16) % 2
            shown = texts[::-1] if swapped else texts
            item = item_of(asked.grader, at, cell, shown)
            names = ["answer"] if len(shown) == 1 else [f"answer_{place + 1}" for place in range(len(shown))]
            held = {name: safe(text) for name, text in zip(names, shown, strict=True)}
            found[item] = {"item": item, "id": safe(example.id), **about, **held}
            ranks[item] = (wanted[example.id], digest([seed, "row", item]))
    for item in sorted(found, key=ranks.__getitem__):
        yield {**found[item], column: ""}


def safe(text: str) -> str:
    """Return a text as a cell of a sheet: one that a spreadsheet would run, as a formula, starts with an apostrophe.

    What no CSV file can hold (NUL, lone surrogates) is shown as U+FFFD, and line ends of every kind as one.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    shown = lines.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return f"'{shown}" if shown.lstrip().startswith(FORMULA) else shown


def _question(example: Example) -> str:
    """Return what was asked: the input, or the messages one after the other."""
    if example.inputs is not None:
        return _as_text(example.inputs)
    return "\n\n".join(f"{message.get('role')}: {_as_text(message.get('content'))}" for message in example.messages or ())


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Mapping) and all(isinstance(held, str) for held in value.values()):
        return "\n".join(f"{name}: {held}" for name, held in value.items())
    return json.dumps(value, ensure_ascii=False)
