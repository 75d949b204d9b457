"""`overtaken`: a veto in an ordinary experiment too."""

from collections.abc import Sequence

import pytest
from tests.conftest import Lab

N = 100
HALF = [i % 2 == 0 for i in range(N)]


@pytest.mark.parametrize(
    ("candidate", "decision", "status", "end"),
    [
        ([True] * N, "GO", "met", "not shown to be overtaken"),
        (HALF, "GO", "met", "not shown to be overtaken"),
        ([i % 5 == 0 for i in range(N)], "NO-GO", "breached", "shown to be overtaken"),
    ],
    ids=["ahead", "equal", "behind"],
)
def test_only_a_breach_says_anything(lab: Lab, candidate: Sequence[bool], decision: str, status: str, end: str) -> None:
    """Equal systems are not held back by it: what must be proved is another criterion's matter."""
    lab.evalset("target", N)
    lab.system("prompted", "baseline", {"target": HALF})
    lab.system("tuned", "candidate", {"target": candidate})
    lab.criterion("overtaken", evalset="target")
    lab.criterion("threshold", evalset="target", at_least=0.1)
    verdict = lab.verdict()
    found = verdict["verdicts"][0]["findings"][0]
    assert (verdict["decision"], found["status"], found["mode"], found["reasons"]) == (decision, status, "veto", [])
    assert found["statement"].endswith(end)


def test_by_itself_it_makes_no_go(lab: Lab) -> None:
    """A veto proves nothing."""
    lab.evalset("target", N)
    lab.system("prompted", "baseline", {"target": HALF})
    lab.system("tuned", "candidate", {"target": [True] * N})
    lab.criterion("overtaken", evalset="target")
    assert lab.verdict()["decision"] == "UNDECIDED"


def test_nothing_measured_is_said(lab: Lab) -> None:
    """No answer of the baseline: nobody is overtaken, and nothing is shown."""
    lab.evalset("target", N)
    lab.system("prompted", "baseline", {"target": [None] * N})
    lab.system("tuned", "candidate", {"target": HALF})
    lab.criterion("overtaken", evalset="target")
    found = lab.verdict()["verdicts"][0]["findings"][0]
    assert (found["status"], found["statement"]) == ("undecided", "nothing was measured for tuned on target")
