"""What `tuneproof evalset check` and `show` print: remarks by kind, with their places; examples as a reader wants them.

rich is imported inside functions, as in `terminal`; texts of users are cleaned and printed without markup.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tuneproof.core.example import Example
from tuneproof.pipeline.evalset_remarks import KINDS, Checked
from tuneproof.pipeline.evalset_show import Shown
from tuneproof.stages._user_text import clean, cut, short
from tuneproof.terminal import plain_text, say

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_REMARKS = 10
"""Of a kind; `--json` has all of them."""
SHOWN_NAMES = 20
"""Slices and labels in the header."""
LINE_LIMIT = 300
TEXT_LIMIT = 400
"""Characters of a question where several examples are shown; one alone is shown whole, up to `WHOLE_LIMIT`."""
WHOLE_LIMIT = 100_000
STYLES: Mapping[str, str] = {"fault": "bold red", "caution": "yellow", "note": "dim"}


def print_checked(checked: Checked, console: "Console", *, quiet: bool = False) -> None:
    """Print what was found, ten of a kind; the last line counts faults and cautions."""
    for kind, remarks in () if quiet else checked.grouped.items():
        held = KINDS[kind]
        counted = f" ({len(remarks):,})" if len(remarks) > 1 else ""
        say(console, f"{held.level}: {held.title}{counted}", STYLES[held.level])
        for remark in remarks[:SHOWN_REMARKS]:
            _line(console, f"  {short(remark.where, LINE_LIMIT)}: {short(remark.what, LINE_LIMIT)}")
        if len(remarks) > SHOWN_REMARKS:
            say(console, f"  ... and {len(remarks) - SHOWN_REMARKS:,} more; --json has all of them")
    _line(console, last_line(checked), "bold red" if checked.faults else "bold green")


def last_line(checked: Checked) -> str:
    """Return the line that counts."""
    examples = f"{checked.n:,} example{'s' * (checked.n != 1)}"
    faults = f"{checked.faults or 'no':,} fault{'s' * (checked.faults != 1)}" if checked.faults else "no faults"
    cautions = f", {checked.cautions} caution{'s' * (checked.cautions != 1)}" if checked.cautions else ""
    return f"{faults} in {examples}{cautions}"


def print_shown(shown: Shown, console: "Console", *, quiet: bool = False) -> None:
    """Print what the evalset says of itself, then the examples."""
    evalset = shown.opened.evalset
    _line(console, f"{short(evalset.name)}: {len(evalset.examples):,} examples, role {evalset.role}", "bold")
    if quiet:
        return
    for title, text in _header(shown):
        _line(console, f"  {title:9}{short(text, LINE_LIMIT)}")
    for example in shown.examples:
        say(console, "")
        _print_example(shown, example, console)
    if 1 < len(shown.examples) < shown.n_matching:
        say(console, "")
        say(console, f"{len(shown.examples):,} of {shown.n_matching:,} examples; --n shows more, --id one whole")


def _header(shown: Shown) -> Iterator[tuple[str, str]]:
    opened = shown.opened
    evalset, spec = opened.evalset, opened.spec
    yield "file", evalset.path
    clusters = len({example.cluster for example in evalset.examples})
    if clusters < len(evalset.examples):
        yield "clusters", f"{clusters:,}"
    if sizes := evalset.slice_sizes():
        yield "slices", _several([f"{name} {n:,}" for name, n in sizes.items()])
    if spec.labels:
        yield "labels", _several(list(spec.labels))
    yield "graders", _several([f"{name} ({kind})" for name, kind in opened.kinds.items()]) or "none of its own"
    yield "origin", spec.origin or "not said"
    yield "licence", spec.licence or "not said"
    said = {"declared": "as declared", "undeclared": "not declared", "different": "NOT the one that evalset.toml declares"}
    yield "digest", f"sha256:{evalset.digest}, {said[shown.declares]}"


def _several(names: list[str]) -> str:
    more = f", and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + more


def _print_example(shown: Shown, example: Example, console: "Console") -> None:
    from rich.padding import Padding

    slices = f" ({', '.join(example.slices)})" if example.slices else ""
    cluster = f", cluster {example.cluster}" if example.cluster != example.id else ""
    _line(console, short(f"{example.id}{slices}{cluster}", LINE_LIMIT), "bold")
    limit = WHOLE_LIMIT if len(shown.examples) == 1 else TEXT_LIMIT
    graders = ", ".join(shown.graders(example)) or "none"
    for title, text in (("question", _question(example)), ("expected", _as_text(example.expected)), ("grader", graders)):
        say(console, f"  {title}", "dim")
        console.print(Padding(plain_text(console, cut(clean(text), limit)), (0, 0, 0, 4), expand=False))


def _question(example: Example) -> str:
    if example.inputs is not None:
        return _as_text(example.inputs)
    return "\n".join(f"{message.get('role')}: {_as_text(message.get('content'))}" for message in example.messages or ())


def _as_text(value: Any) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(console: "Console", line: str, style: str | None = None) -> None:
    """Print one line that is never broken: places are copied and searched for."""
    console.print(plain_text(console, line, style), soft_wrap=True, markup=False, highlight=False)
