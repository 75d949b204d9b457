"""Hand-over 10: a dossier becomes texts. The folder of templates is the registry: one template, one report format.

`templates/report.md.j2` makes `report.md`. A template prints texts and loops over them; every number was rounded and every
position computed before it is rendered. What a template prints is cleaned and escaped for its format without being asked,
so a template cannot forget it.

How CI reads a verdict (junit.xml): a breached criterion is a failure and an undecided one an error, because a run that could
not show what was registered must not look green; findings that only inform are skipped tests with their message, so they are
visible and stop nothing; a verdict that is not GO without any such finding (no criteria, nothing measured) is itself an error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from tuneproof.core.report import Dossier
from tuneproof.stages import _numerals as numerals
from tuneproof.stages import _user_text as user_text
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._checks import Checks, checks
from tuneproof.stages._page import page

_SUFFIX = ".j2"
_PARTIAL = "_"
"""Templates whose names begin so are parts of others, not formats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dialect:
    """How a family of formats takes text of users, and how long its texts may be."""

    escapes: bool
    """Whether Jinja2's own escaping of markup is on."""
    taken: Callable[[str], str]
    """What every printed value goes through first."""
    limit: int
    """Characters beyond which a text is rendered again with less in it."""
    is_cut: bool
    """Whether a text that is too long even so is cut: a comment can be, a page would be broken by it."""
    allowances: tuple[Allowance, ...]
    """What may be shown, the most first."""


_FULL = Allowance(rows=500, flips=100, text=2000)
_PAGES = (_FULL, Allowance(rows=300, flips=50, text=800), Allowance(rows=100, flips=10, text=300))
_COMMENTS = (
    Allowance(rows=25, flips=5, text=400),
    Allowance(rows=12, flips=2, text=200),
    Allowance(rows=5, flips=0, text=120),
    Allowance(rows=2, flips=0, text=60),
)
_MARKUP = _Dialect(escapes=True, taken=user_text.clean, limit=3_000_000, is_cut=False, allowances=_PAGES)
# GitHub refuses comments beyond 65,536 characters; the rest is left to what a bot writes around ours.
_COMMENT = _Dialect(escapes=False, taken=user_text.markdown, limit=60_000, is_cut=True, allowances=_COMMENTS)
_PLAIN = _Dialect(escapes=False, taken=user_text.clean, limit=3_000_000, is_cut=False, allowances=_PAGES)
# Findings as tests are all there, in few words each: rendering them again would not make them shorter.
_TESTS = _Dialect(escapes=True, taken=user_text.clean, limit=0, is_cut=False, allowances=(_FULL,))
_DIALECTS = {".html": _MARKUP, ".svg": _MARKUP, ".xml": _TESTS, ".md": _COMMENT}


def present(dossier: Dossier) -> dict[str, str]:
    """Return every report of a run: file name to text."""
    tests = checks(dossier.judgement)
    return {name.removesuffix(_SUFFIX): _render(name, dossier, tests) for name in formats()}


def formats() -> tuple[str, ...]:
    """Return the names of the templates, one a report format."""
    names = (entry.name for entry in resources.files("tuneproof").joinpath("templates").iterdir())
    return tuple(sorted(name for name in names if name.endswith(_SUFFIX) and not name.startswith(_PARTIAL)))


def _render(name: str, dossier: Dossier, tests: Checks) -> str:
    """Return one report, with less in it where the whole of it is too long for its format."""
    dialect = _dialect(name)
    template = _environment(dialect).get_template(name)
    text = ""
    for allowance in dialect.allowances:
        text = template.render(page=page(dossier, allowance), checks=tests)
        if len(text) <= dialect.limit:
            return text
    if not dialect.is_cut:
        return text
    # Names alone can fill a comment. The verdict stands on the first line, so what is cut is never the verdict.
    kept = text[: dialect.limit - 100]
    return kept[: kept.rfind("\n") + 1] + "\nThe rest is in report.html.\n"


def _dialect(name: str) -> _Dialect:
    """Return how a format takes text, by the ending of its name."""
    ending = name.removesuffix(_SUFFIX).rpartition(".")[2]
    return _DIALECTS.get(f".{ending}", _PLAIN)


@cache
def _environment(dialect: _Dialect) -> Environment:
    def printed(value: object) -> object:
        """Return a printed value as safe text; what is safe already passes, what is not known is said to be so."""
        if isinstance(value, Markup):
            return value
        return dialect.taken(numerals.UNKNOWN if value is None else str(value))

    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=dialect.escapes,  # noqa: S701 - Markdown has no markup of its own to escape; `printed` escapes it
        finalize=printed,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # For the parts of a Markdown text that are HTML (folded answers), where a backslash would be printed as such.
    environment.filters["raw"] = lambda text: escape(user_text.clean(str(text)))
    return environment


def _source(name: str) -> str | None:
    entry = resources.files("tuneproof").joinpath("templates", name)
    return entry.read_text("utf-8") if entry.is_file() else None
