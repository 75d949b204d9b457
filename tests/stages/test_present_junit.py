"""junit.xml: what a CI server makes of a verdict."""

import xml.etree.ElementTree as ElementTree

import pytest
from present_dossiers import breached, dossier, finding, going, hostile, judgement, undecided, verdict

from tuneproof.core.report import Dossier
from tuneproof.core.verdict import Verdict
from tuneproof.stages.present import present


def suites(held: Dossier) -> ElementTree.Element:
    """Return the parsed CI report."""
    return ElementTree.fromstring(present(held)["junit.xml"].encode())  # noqa: S314 - it is our own


def mixed() -> Dossier:
    """Return two candidates with every outcome."""
    one = verdict("NO-GO", finding(), breached(), undecided(), undecided(criterion="informs", on_failure="report"))
    return dossier(judgement("UNDECIDED", one, verdict("UNDECIDED", undecided(), candidate="other")))


def test_a_suite_a_candidate_and_a_test_a_finding() -> None:
    """Names tell criterion, place and baseline."""
    names = [case.get("name") for case in suites(mixed()).findall("testsuite/testcase")]
    assert [suite.get("name") for suite in suites(mixed())] == ["tuned", "other"]
    assert names[0] == "beats the prompt [target \u00b7 label] vs prompted"


def test_breached_is_red_undecided_an_error_and_reports_are_skipped() -> None:
    """None of the three looks green and done, and each can be told from the others."""
    cases = suites(mixed()).findall("testsuite")[0].findall("testcase")
    marks = [[(child.tag, child.get("type")) for child in case if child.tag != "system-out"] for case in cases]
    assert marks == [[], [("failure", "breached")], [("error", "undecided")], [("skipped", None)]]


@pytest.mark.parametrize("held", [mixed(), going(), hostile(), dossier(None), dossier(judgement("UNDECIDED"))])
def test_counts_agree_with_the_cases(held: Dossier) -> None:
    """Totals of the run and of each suite are those of their test cases; hostile text does not break the file."""
    root = suites(held)
    for part in [root, *root.findall("testsuite")]:
        counted = [len(part.findall(f".//{tag}")) for tag in ("testcase", "failure", "error", "skipped")]
        assert [int(part.get(name, "-1")) for name in ("tests", "failures", "errors", "skipped")] == counted


@pytest.mark.parametrize("verdicts", [(), (verdict("UNDECIDED"),), (verdict("UNDECIDED", undecided(on_failure="report")),)])
def test_no_criteria_is_not_green(verdicts: tuple[Verdict, ...]) -> None:
    """A verdict that is not GO has at least one test that is not passed."""
    root = suites(dossier(judgement("UNDECIDED", *verdicts)))
    assert root.get("errors") == "1"
    assert root.find(".//error").get("type") == "undecided"  # type: ignore[union-attr]


def test_a_go_is_green() -> None:
    """A GO has no failure and no error."""
    assert (suites(going()).get("failures"), suites(going()).get("errors")) == ("0", "0")
    assert suites(going()).find(".//property[@name='decision']").get("value") == "GO"  # type: ignore[union-attr]


def test_the_message_holds_statement_and_reason() -> None:
    """A CI server that shows only the message shows why."""
    error = suites(mixed()).find(".//error")
    assert error is not None
    assert error.get("message") == "tuned may beat prompted; MORE_DATA: about 210 more examples needed (512 in all)"


def test_a_huge_run_stays_well_formed() -> None:
    """Neither tests nor page are cut in the middle: thousands of findings are thousands of tests."""
    found = tuple(undecided(criterion=f"criterion {i}", statement="long " * 300) for i in range(4000))
    held = dossier(judgement("UNDECIDED", verdict("UNDECIDED", *found)))
    assert suites(held).get("tests") == "4000"
    assert present(held)["report.html"].endswith("</html>\n")
