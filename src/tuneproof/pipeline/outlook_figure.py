"""The chance of GO against the number of examples, as an SVG file: two axes, a line, and where 80 % is."""

import os
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.outlook import Growth, Outlook
from tuneproof.stages._user_text import clean

WIDTH, HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 40, 50
_LINES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def check_figure(path: Path) -> None:
    """Refuse a name that is no SVG file's, before anything is simulated.

    Raises:
        InputError: for a name that does not end in .svg.
    """
    if path.suffix.lower() != ".svg":
        raise InputError(Problem(where="--output", what=f"cannot draw into {str(path)!r}", expected="a name that ends in .svg"))


def write_figure(found: Outlook, path: Path) -> None:
    """Draw a plan into a file, all of it or nothing.

    Raises:
        InputError: for a place that cannot be written.
    """
    drawn = figure(found)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(drawn)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise InputError(Problem(where=str(path), what=what, expected="a folder that can be written")) from None


def figure(found: Outlook) -> str:
    """Return the SVG. Where the present size is enough there is one point; none where nothing was simulated."""
    points = found.growth or _present(found)
    most = max((held.n for held in points), default=1) * 1.05
    marks = [(_x(held.n, most), _y(held.go), held) for held in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in marks)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(clean(found.experiment))}: chance of GO as hoped</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="24" font-size="14">Chance of GO as hoped, {escape(clean(found.experiment))}</text>',
        *(_level(share) for share in _LINES),
        f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/>',
        *(_point(x, y, held) for x, y, held in marks),
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">examples</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _present(found: Outlook) -> tuple[Growth, ...]:
    if not found.chances or not found.needs:
        return ()
    need = next((held for held in found.needs if held.kind == "superiority"), found.needs[0])
    return (Growth(factor=1.0, n=need.n, go=found.chances[0].go),)


def _level(share: float) -> str:
    y, dash = _y(share), ' stroke-dasharray="4 3"' if share == 0.8 else ""
    colour = "#a04000" if share == 0.8 else "#cccccc"
    text = f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{100 * share:.0f} %</text>'
    return f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}" stroke="{colour}"{dash}/>{text}'


def _point(x: float, y: float, held: Growth) -> str:
    told = f"{held.n:,} examples: {100 * held.go:.0f} %"
    label = f'<text x="{x:.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle" font-size="10">{held.n:,}</text>'
    dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1f5fa8"><title>{told}</title></circle>'
    return dot + (label if held.factor == 1.0 or held.go >= 0.8 else "")


def _x(n: int, most: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * n / most


def _y(share: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share
