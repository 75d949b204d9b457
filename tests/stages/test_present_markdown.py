"""The pull request comment: its size, its tables, and text of users that must not become markup on a code host."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from present_dossiers import HOSTILE, difference, dossier, finding, flip, flips, going, hostile, judgement, undecided, verdict

from tuneproof.core.report import Dossier
from tuneproof.stages.present import present


def comment(held: Dossier) -> str:
    """Return the Markdown report."""
    return present(held)["report.md"]


def rendered(held: Dossier) -> str:
    """Return the Markdown report as a reader of CommonMark with tables makes it."""
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(comment(held)))


def test_the_verdict_is_the_first_line() -> None:
    """A comment that is read in a list shows the decision."""
    assert comment(going()).splitlines()[0] == "## \u2713 GO: ship tuned"
    assert "tuned beats prompted on target by 0.130" in comment(going())


def test_findings_are_a_table() -> None:
    """Every row has as many cells as the head."""
    tables = re.findall(r"(?:^\|.*\n)+", comment(hostile()), flags=re.MULTILINE)
    widths = [{len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()} for table in tables]
    assert widths == [{9}, {6}]


@pytest.mark.parametrize(
    "wrong", ["<script", "@octocat", "x](", "://evil", "| a |", " `code`", "www.evil", "#12", "repo#3", "</pre> "]
)
def test_text_of_users_is_no_markup(wrong: str) -> None:
    """No tag, mention, link, reference, code span or table break comes out of a user's text outside folded, escaped blocks."""
    text = re.sub(r"<(pre|code)>.*?</\1>", "", comment(hostile()), flags=re.DOTALL)
    assert wrong not in text


def test_folded_answers_cannot_leave_their_block() -> None:
    """Answers stand in `pre`, where nothing is markup; what would close it is escaped."""
    text = comment(hostile())
    assert text.count("<pre>") == text.count("</pre>") == text.count("</details>") - 1
    assert "&lt;/pre&gt;" in text


def test_a_reader_of_commonmark_makes_nothing_of_hostile_text() -> None:
    """A real parser finds the tags of the report and no other: no link, picture, emphasis or heading of a user's."""
    tags = set(re.findall(r"<(\w+)", rendered(hostile())))
    ours = {
        "h2",
        "h3",
        "p",
        "strong",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "pre",
        "code",
        "span",
    }
    assert tags <= ours


def test_blank_lines_in_an_answer_do_not_end_its_block() -> None:
    """Lines after a blank one stay inside `pre`."""
    lost = flip(candidate_answer="one\n\n# two\n\n- [x](https://evil.example)")
    html = rendered(going(flips=(flips(lost),)))
    assert "<a " not in html
    assert "<h1>" not in html


def test_a_heading_in_a_text_does_not_start_a_line() -> None:
    """A newline in a name or statement is a space."""
    assert "<h1>" not in rendered(hostile())
    assert not set("\x1b\u202e\ud800") & set(comment(hostile()))


@pytest.mark.parametrize("long", ["x" * 5000, HOSTILE * 40, "$@#" * 3000, "\U0001f600" * 5000])
def test_a_comment_always_fits(long: str) -> None:
    """GitHub refuses more than 65,536 characters, whatever the input is, and the verdict is never what is cut."""
    found = tuple(undecided(criterion=f"{long}{i}", statement=long, evalset=long, baseline=long, slice=long) for i in range(30))
    verdicts = tuple(verdict("UNDECIDED", *found, candidate=f"{i}{long}") for i in range(10))
    lost = flips(*(flip(input=long, expected=long, candidate_answer=long) for _ in range(100)))
    judged = judgement("UNDECIDED", *verdicts, cautions=(long,) * 50, signature=long)
    held = dossier(judged, flips=(lost,) * 5, differences=tuple(difference(f"{long}{i}") for i in range(300)))
    assert len(comment(held)) <= 60_000
    assert comment(held).startswith("## ? UNDECIDED: not shown either way for ")


def test_what_decides_against_a_candidate_is_kept_where_not_all_fits() -> None:
    """Of a hundred findings the one that is not met is shown."""
    met = tuple(finding(criterion=f"criterion {i}") for i in range(100))
    text = comment(dossier(judgement("UNDECIDED", verdict("UNDECIDED", *met, undecided(criterion="the open one")))))
    assert "the open one" in text
    assert re.search(r"And \d+ more findings", text)


def test_gained_flips_are_counted_and_lost_ones_shown() -> None:
    """A reviewer of a pull request wants to see what broke."""
    text = comment(going())
    assert "ticket-lost" in text
    assert "ticket-gained" not in text


def test_collecting_alone_shows_means() -> None:
    """A run with `--only` has a table of means and no verdict."""
    text = comment(dossier(None, differences=(), flips=()))
    assert "NO VERDICT" in text.splitlines()[0]
    assert "| target \u00b7 label | 0.720 (0.677 to 0.761), n = 300 |" in text


def test_the_signature_can_be_copied() -> None:
    """The provenance line holds the signature as it is."""
    assert "signature  evalset:9f|method:exact-tango|seed:1|tuneproof:0.1.0</pre>" in comment(going())
    assert "evalset:9f" not in comment(replace(going(), judgement=None))
