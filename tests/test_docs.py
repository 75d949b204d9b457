"""The documentation knows every key, kind and number of the program, and its links lead somewhere."""

import math
import re
from pathlib import Path
from typing import Any

import pytest

from tuneproof.pipeline.schemas import experiment_schema
from tuneproof.plugins import NOT_YET, kinds
from tuneproof.stats.power import PairedPlan, pairs_for_power

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
SCHEMA = experiment_schema()["$defs"]


def keys_of(prefix: str) -> set[str]:
    """Return the keys of the tables whose name begins so."""
    return {key for name, held in SCHEMA.items() if name.startswith(prefix) for key in held.get("properties", {})}


def test_every_key_of_the_experiment_file_is_documented() -> None:
    """Tables that are no plug-in, and criteria."""
    text = (DOCS / "experiment-file.md").read_text("utf-8")
    names = {key for name, held in SCHEMA.items() if name.endswith("Table") for key in held.get("properties", {})}
    silent = [key for key in sorted(names | keys_of("criteria.")) if not re.search(rf"\b{key}\b", text)]
    assert silent == []


@pytest.mark.parametrize("room", ["graders", "providers"])
def test_every_setting_of_a_plugin_is_documented(room: Any) -> None:
    """With its kind."""
    text = (DOCS / f"{room}.md").read_text("utf-8")
    silent = [key for key in sorted(keys_of(f"{room}.") | set(kinds(room))) if not re.search(rf"\b{key}\b", text)]
    assert silent == []


def test_every_kind_of_criterion_is_documented_also_those_to_come() -> None:
    """What is there, and what is refused as not there yet."""
    text = (DOCS / "experiment-file.md").read_text("utf-8")
    assert [kind for kind in (*kinds("criteria"), *NOT_YET["criteria"]) if f"`{kind}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links are files of the repository."""
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).is_file()] == []


def tables() -> list[list[list[str]]]:
    """Return the tables of the section on sample sizes, cell by cell."""
    section = (DOCS / "statistics.md").read_text("utf-8").split("## How many examples")[1].split("\n## ")[0]
    found = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)
    return [[[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()] for table in found]


@pytest.mark.parametrize("place", [0, 1])
def test_sample_sizes_are_those_of_the_program(place: int) -> None:
    """Superiority with margin 0 and a true gain; non-inferiority with a margin and no true change."""
    head, _, *rows = tables()[place]
    often = [float(cell.removeprefix("s = ")) for cell in head[1:]]
    for first, *cells in rows:
        for share, cell in zip(often, cells, strict=True):
            threshold, effect = (0.0, float(first)) if place == 0 else (-float(first), 0.0)
            plan = PairedPlan(threshold=threshold, effect=effect, discordance=share)
            assert int(cell) == math.ceil(pairs_for_power(plan, 0.05, 0.8) - 1e-9)
