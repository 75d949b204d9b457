"""`tuneproof plan` as a user types it."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Lab
from tuneproof.cli_plan import plan
from tuneproof.core.errors import InputError


@pytest.fixture
def file(lab: Lab) -> Path:
    """Return an experiment that has too few examples."""
    lab.settings |= {"expected_lift": 0.1, "expected_discordance": 0.2}
    lab.evalset("target", 40)
    lab.system("prompted", "baseline", {})
    lab.criterion("superiority", evalset="target")
    return lab.write()


def planned(*words: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(plan, [*map(str, words), "--repetitions", "100"], catch_exceptions=False)


def test_a_plan_is_printed(file: Path) -> None:
    """Tables, bars and the sentence; nothing is written."""
    before = sorted(file.parent.iterdir())
    found = planned(file)
    assert (found.exit_code, "as hoped" in found.output, "if the truth is" in found.output) == (0, True, True)
    assert "bring it to 80 %." in " ".join(found.output.split())
    assert sorted(file.parent.iterdir()) == before


def test_quiet_is_the_sentence(file: Path) -> None:
    """And nothing else."""
    assert planned(file, "-q").output.startswith("With these 40 examples you would see GO in ")


def test_json_holds_all_of_it(file: Path) -> None:
    """One object, the options in it."""
    held = json.loads(planned(file, "--json", "--missing", "0.02").output)
    assert (held["missing"], held["repetitions"], len(held["chances"])) == (0.02, 100, 3)
    assert held["needs"][0]["n_80"] == 122


def test_a_figure_is_written_as_svg(file: Path) -> None:
    """Well-formed, with a point a size."""
    target = file.parent / "plan.svg"
    held = json.loads(planned(file, "--json", "--output", target).output)
    drawn = ElementTree.fromstring(target.read_text("utf-8"))  # noqa: S314 - our own file
    points = drawn.findall("{http://www.w3.org/2000/svg}circle")
    assert len(points) == len(held["growth"]) > 2
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".plan")] == []


@pytest.mark.parametrize(("name", "words"), [("plan.png", "ends in .svg"), ("nowhere/plan.svg", "cannot be written")])
def test_a_figure_that_cannot_be_written_is_refused(file: Path, name: str, words: str) -> None:
    """In one line, with the path."""
    with pytest.raises(InputError, match=words):
        planned(file, "--output", file.parent / name)


@pytest.mark.parametrize("words", [("--missing", "1"), ("--missing", "-0.1"), ("--repetitions", "5")])
def test_impossible_options_are_refused(file: Path, words: tuple[str, str]) -> None:
    """By click, with its own exit code."""
    assert CliRunner().invoke(plan, [str(file), *words]).exit_code == 2
