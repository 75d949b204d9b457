"""What `tuneproof check` prints: the evalsets, what each criterion can prove, what asking takes, and cautions.

rich is imported inside functions, as in `terminal`; texts of users are cleaned and printed without markup.
"""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tuneproof.pipeline.expected_calls import Calls
from tuneproof.pipeline.forecast import EvalsetOverview, Forecast
from tuneproof.pipeline.prospects import Prospect
from tuneproof.stages._user_text import clean, short

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_SLICES = 12
"""Slices of an evalset and guards of a criterion that are listed; beyond, `--json` has all of them."""
SHOWN_LABELS = 8


def print_forecast(found: Forecast, console: "Console", *, brief: bool = False) -> None:
    """Print a forecast; the last line says whether the experiment can be run. A brief one is strong cautions and that line."""
    if not brief:
        _print_body(found, console)
    for caution in found.cautions:
        strong = caution.strength == "strong"
        if strong or not brief:
            _line(console, f"{'CAUTION' if strong else 'caution'}: {caution.text}", "bold red" if strong else "yellow")
    ready = "can be run" if found.candidates else "can be run with --only baseline, and in full once a candidate is there"
    _line(console, f"{short(found.experiment)}: no errors; it {ready}. Nothing was asked, nothing was spent.", "bold")


def _print_body(found: Forecast, console: "Console") -> None:
    _title(console, found)
    for evalset in found.evalsets:
        _print_evalset(evalset, console)
    _heading(console, "What can be proved")
    _line(console, _assumptions(found))
    print_prospects(found.prospects, console)
    _heading(console, "What asking takes")
    _print_calls(found.calls, console)
    if found.cautions:
        _heading(console, "Cautions")


def _title(console: "Console", found: Forecast) -> None:
    _line(console, f"{short(found.experiment)} ({found.lock})", "bold")
    if found.hypothesis:
        _line(console, found.hypothesis)
    _heading(console, "Evalsets")


def _print_evalset(evalset: EvalsetOverview, console: "Console") -> None:
    clusters = f" in {evalset.n_clusters} clusters" if evalset.n_clusters < evalset.n else ""
    marked = ", ".join(evalset.graders)
    _line(console, f"{short(evalset.name)}: {evalset.role}, {evalset.n} examples{clusters}, marked by {marked}", "bold")
    if evalset.slices:
        sizes = [f"{short(name, 40)} {n}" for name, n in evalset.slices.items()]
        _line(console, f"  slices: {_listed(sizes, SHOWN_SLICES)}")
    if evalset.n_labels:
        names = [short(label, 40) for label in evalset.labels]
        _line(console, f"  labels: {_listed(names, SHOWN_LABELS, evalset.n_labels)}")
    _line(console, f"  digest: {evalset.digest[:16]}  {short(evalset.path, 100)}", "dim")


def _listed(names: Sequence[str], most: int, total: int | None = None) -> str:
    left = (total if total is not None else len(names)) - min(len(names), most)
    return ", ".join(names[:most]) + (f" and {left} more" if left > 0 else "")


def _assumptions(found: Forecast) -> str:
    candidates = max(1, len(found.candidates))
    level = f"; with {candidates} candidates each must pass at {found.alpha / candidates:.3g}" if candidates > 1 else ""
    source = "registered" if found.discordance_source == "registered" else "a planning default; register expected_discordance"
    return f"one-sided error {found.alpha:g}{level}; the systems differ on {found.discordance:g} of the examples ({source})"


def print_prospects(prospects: Sequence[Prospect], console: "Console") -> None:
    """Print what each criterion can and cannot show."""
    if not prospects:
        _line(console, "nothing: there are no criteria", "yellow")
    for name in dict.fromkeys(held.criterion for held in prospects):
        held = [one for one in prospects if one.criterion == name]
        guards = [one for one in held if one.mode == "guard" and not one.judged]
        proved = [one for one in held if one not in guards]
        for one in proved[:SHOWN_SLICES]:
            where = one.evalset if one.slice is None else f"{one.evalset} / {one.slice}"
            title = f"{_sign(one)} {short(name)} ({one.kind}) on {short(where)}"
            _line(console, title, "bold" if not one.never_go else "bold red")
            _line(console, f"    {one.sentence}")
        if len(proved) > SHOWN_SLICES:
            _line(console, f"    ... and {len(proved) - SHOWN_SLICES} more; --json has all of them")
        if guards:
            _line(console, f"    {_guards(guards)}")


def _guards(guards: Sequence[Prospect]) -> str:
    """Return what the guards of one criterion see, on one line: slice, examples, smallest drop."""
    seen = [f"{short(one.slice or '', 40)} {_drop(one.visible_drop)} (n = {one.n})" for one in guards]
    return (
        f"guards on {len(guards)} slices; a true drop of this size would sound the alarm with 80 % probability, smaller ones "
        f"may pass: {_listed(seen, SHOWN_SLICES)}"
    )


def _drop(value: float | None) -> str:
    """Return a drop rounded up, so that what is promised is kept."""
    return "none at all" if value is None else f"{math.ceil(value * 100 - 1e-9) / 100:.2f}"


def _sign(held: Prospect) -> str:
    """Return `+` where the size is enough, `-` where it is not, `.` where nothing was registered to compare it with."""
    if held.never_go:
        return "-"
    if held.needed_n is None:
        return "."
    return "+" if held.n >= held.needed_n else "-"


def _print_calls(calls: Iterable[Calls], console: "Console") -> None:
    for held in calls:
        name = f"{short(held.system)} ({held.role})"
        if held.local:
            _line(console, f"{name}: no requests, its answers are at hand")
            continue
        cached = f", {held.cached:,} of them answered before" if held.cached else ""
        limit = f"at most {held.output_tokens:,}" if held.output_tokens is not None else "unknown (no max_tokens is set)"
        sent = "unknown before the answers are there"
        if held.input_tokens is not None:
            sent = f"about {held.input_tokens:,} (rough: characters / 4)"
        asked = f"{held.requests:,} requests{cached}"
        if held.role == "judge":
            asked = f"at most {held.requests:,} questions, and each once more where its reply is outside the menu"
        _line(console, f"{name}: {asked}; input tokens {sent}, output tokens {limit}")


def _heading(console: "Console", title: str) -> None:
    _line(console, "")
    _line(console, title, "bold underline")


def _line(console: "Console", line: str, style: str = "") -> None:
    """Print one line; long ones are folded at blanks, and continued where they began."""
    from rich.padding import Padding
    from rich.text import Text

    flat = clean(line).rstrip("\n").replace("\n", " ")
    try:
        flat.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        flat = flat.encode("ascii", "replace").decode("ascii")
    indent = len(flat) - len(flat.lstrip())
    if not flat.strip():
        console.print("")
        return
    console.print(Padding(Text(flat.strip(), style=style), (0, 0, 0, indent), expand=False))
