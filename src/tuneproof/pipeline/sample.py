"""`tuneproof judge sample`: which answers people are to label, drawn at random, as a sheet to fill in."""

import csv
import io
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.core.example import Evalset
from tuneproof.core.judging import Choice
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.calibration import answers_to, judged_bench
from tuneproof.pipeline.collecting import Display, Options
from tuneproof.pipeline.people import asked_of_people
from tuneproof.pipeline.seating import rubrics
from tuneproof.stages.labels import Asked, draw, sheet_rows, with_whole_clusters
from tuneproof.store.new_files import write_new

NEVER = "name another with --output: labels are never overwritten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A sheet that was written."""

    path: Path
    """The file; `<its stem>-guide.md` beside it tells raters what to go by."""
    n_examples: int
    """Examples that were drawn."""
    n_rows: int
    """Answers to label, or pairs of answers."""
    menu: tuple[Choice, ...]
    """What to choose from."""
    grader: str
    """Name of the grader that asks judges the same."""
    evalset: str
    """Name of the evalset."""
    is_pairwise: bool
    """Whether two answers are shown."""


def sample(
    path: Path,
    options: Options,
    display: Display,
    *,
    n: int,
    of: tuple[str | None, str | None] = (None, None),
    output: Path | None = None,
) -> Sampled:
    """Draw n examples (whole clusters, so that it may be a few more) and write their answers for people to label.

    A larger n later draws the same examples and more, so that labels that are there stay good.

    Args:
        path: The experiment file.
        options: What the command line asks; judges are not asked.
        display: Shows progress.
        n: Examples to draw.
        of: Name of a grader that asks judges, and of an evalset that it marks; None where there is one.
        output: The file to write; None: `labels/<grader>.csv` in the workspace.

    Raises:
        InputError: for an unknown grader, more examples than there are, and a file that is there already; nothing was spent.
        RunStopped: the answers could not all be had.
    """
    bench = judged_bench(path)
    name, evalset = _chosen(bench, *of)
    asked, seed = asked_of_people(bench, name), bench.experiment.seed
    held, target = asked.evalsets[evalset], output or bench.workspace.folder / "labels" / f"{name}.csv"
    if n > len(held.examples):
        what = f"{n}, and {name!r} marks {len(held.examples)} examples of {evalset!r}"
        raise InputError(Problem(where="--n", what=what, expected=f"1 to {len(held.examples)}"))
    if target.exists():
        raise InputError(Problem(where=str(target), what="is there already", expected="a new file", hint=NEVER))
    places = _places(held, name, n, seed)
    with answers_to(bench, replace(options, judges=False), display, [evalset]) as collecting:
        rows = list(sheet_rows(collecting.groups([evalset]), held, places, asked, seed, sees=bench.judged[evalset, name].sees))
    if not rows:
        where = f"{bench.workspace.experiment_file}: evalsets.{evalset}"
        raise InputError(Problem(where=where, what="no answer came back, so there is nothing to label", expected="answers"))
    write_new(target.parent, {target.name: _sheet(rows), f"{target.stem}-guide.md": _guide(bench, name, asked)}, NEVER)
    return Sampled(
        path=target,
        n_examples=len(places),
        n_rows=len(rows),
        menu=asked.menu,
        grader=name,
        evalset=evalset,
        is_pairwise=asked.against is not None,
    )


def _chosen(bench: Bench, grader: str | None, evalset: str | None) -> tuple[str, str]:
    """Return the grader, and the evalset whose answers are drawn."""
    name = _one("--grader", "grader that asks judges", grader, dict.fromkeys(one for _, one in bench.judged))
    marked = dict.fromkeys(place for place, one in bench.judged if one == name)
    return name, _one("--evalset", f"evalset that {name} marks", evalset, marked)


def _one(where: str, what: str, named: str | None, known: Iterable[str]) -> str:
    """Return the name that was given, or the only one there is."""
    names = list(known)
    if named is None and len(names) == 1:
        return names[0]
    if named is None:
        raise InputError(
            Problem(where=where, what=f"missing, and there are {len(names)}", expected=f"one of {', '.join(names)}")
        )
    if named not in names:
        wrong, expected = unknown_name(what, named, names)
        raise InputError(Problem(where=where, what=wrong, expected=expected))
    return named


def _places(evalset: Evalset, grader: str, n: int, seed: int) -> list[int]:
    """Return the places of the first n examples drawn, with the rest of the last one's cluster."""
    order = draw(evalset, grader, seed)
    return order[: with_whole_clusters([evalset.examples[place] for place in order], n)]


def _sheet(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    sheet = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    sheet.writeheader()
    sheet.writerows(rows)
    return text.getvalue().encode("utf-8-sig")  # spreadsheets take UTF-8 without the mark for something older


def _guide(bench: Bench, grader: str, asked: Asked) -> bytes:
    """Return what raters go by: the rubric's instructions and its menu."""
    rubric = tomllib.loads(dict(rubrics(bench.graders)).get(grader, ""))
    menu = "\n".join(f"- **{choice.name}**{f': {choice.means}' if choice.means else ''}" for choice in asked.menu)
    shown = "the two answers, as they are shown (`answer_1` is the first)" if asked.against else "the answer"
    told = (
        f"Judge {shown} in each row of the sheet, and write one entry of the menu into its last column. Leave `item` as it is."
    )
    order = "Work from the top: rows are in the order in which they were drawn, so that a part from the top is a fair sample."
    text = f"# How to label for {grader}\n\n{told} {order}\n\n{str(rubric.get('instructions', '')).strip()}\n\n{menu}\n"
    return text.encode("utf-8")
