"""The Python interface."""

import json
import subprocess
import sys

import pytest

import tuneproof
from tests.conftest import Lab
from tuneproof.core.errors import InputError


@pytest.fixture
def done(lab: Lab) -> tuneproof.Run:
    """Return a finished run, one answer of which is missing."""
    lab.evalset("target", 40)
    lab.system("prompted", "baseline", {"target": [False] * 40})
    lab.system("tuned", "candidate", {"target": [None] + [True] * 39})
    lab.criterion("superiority", evalset="target")
    return tuneproof.run(lab.write())


def test_a_run_has_verdict_and_evidence(done: tuneproof.Run) -> None:
    """What the files hold is at hand."""
    assert done.verdict["decision"] == "GO"
    assert done.evidence[0]["quantity"]["system"] == "tuned"


def test_scores_are_a_frame(done: tuneproof.Run) -> None:
    """One row an example x system x repeat x grader; a missing score is NaN, and its outcome says why."""
    frame = done.to_pandas()
    missing = frame[frame["value"].isna()]
    assert (len(frame), frame["value"].dtype) == (80, "float64")
    assert missing["outcome"].tolist() == ["no_completion"]


def test_a_run_is_loaded_by_path_and_by_name(done: tuneproof.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, an id or `latest` names it."""
    monkeypatch.chdir(done.path.parents[2])
    assert {tuneproof.load(name).run_id for name in (str(done.path), done.run_id, "latest")} == {done.run_id}


@pytest.mark.parametrize(("name", "start"), [("r.html", "<!"), ("r.md", "#"), ("r.xml", "<?xml")])
def test_a_report_is_written_where_asked(done: tuneproof.Run, name: str, start: str) -> None:
    """The ending chooses the format."""
    written = done.report(done.path / name)
    assert written.read_text("utf-8").lstrip().startswith(start) or start == "#"
    assert "GO" in written.read_text("utf-8") or start == "<?xml"


def test_an_unknown_ending_is_refused(done: tuneproof.Run) -> None:
    """No guess is made about formats."""
    with pytest.raises(InputError, match="no report has this ending"):
        done.report("report.docx")


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import tuneproof` is cheap; what is heavy comes when it is used."""
    heavy = "('numpy', 'pandas', 'openai', 'pydantic')"
    code = f"import sys, json, tuneproof; print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == []
