"""Plain text on a terminal: what everything that is printed goes through, so that no text of a user can steer the screen.

rich is imported inside functions: `tuneproof --help` must not wait for it.
"""

import sys
from typing import TYPE_CHECKING

from tuneproof.stages._user_text import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

STYLES: dict[str, str] = {"met": "green", "breached": "bold red", "undecided": "yellow", "none": "bold"}
"""How a status looks, beside its sign."""
_IN_ASCII = str.maketrans(
    {
        "\u2212": "-",
        "\u2192": "->",
        "\u2193": "v",
        "\u2191": "^",
        "\u2713": "+",
        "\u2715": "x",
        "\u2026": "...",
        "\u00b7": "/",
        "\u2013": "-",
        "\ufffd": "?",
    }
)


def open_console(*, stderr: bool = False) -> "Console":
    """Return a console that honours NO_COLOR, interprets no markup in texts of users, and never fails on an old encoding."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, markup=False, emoji=False, highlight=False, soft_wrap=False)


def plain_table(*columns: str) -> "Table":
    """Return a table without a frame, which a log can hold and a reader can copy from."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for title in columns:
        # Signs stand before digits in a column of numbers; folding keeps a long name whole where an ellipsis would lose it.
        table.add_column(title, overflow="fold", no_wrap=title in ("", "estimate"))
    return table


def say(console: "Console", line: str, style: str | None = None) -> None:
    """Print one paragraph, broken at blanks where it is too long."""
    console.print(plain_text(console, line, style), markup=False, highlight=False)


def plain_text(console: "Console", text: str, style: str | None = None) -> "Text":
    """Return a text of users as one that the terminal can neither obey nor fail to encode."""
    from rich.text import Text

    shown = clean(text).replace("\u2212", "-")  # a hyphen is what people search for in a log
    try:
        shown.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        shown = shown.translate(_IN_ASCII).encode("ascii", "replace").decode("ascii")
    return Text(shown, style=style or "")
