"""What `tuneproof judge` prints: tables that fit into a log, and on the last line what a judge's marks may do."""

import io
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console

from tests.judge_reports import bare_report, figure, judge_report, pair_report, reading
from tests.test_terminal import HOSTILE, MET, dossier, judged
from tuneproof.core.judge_report import Dispute, JudgeReport, Reading
from tuneproof.terminal import print_judgement
from tuneproof.terminal_judges import print_judges, print_statuses, print_usage

LONG_NAME = "a-judge-with-a-name-that-is-much-longer-than-anyone-would-wish"


def console_of(width: int, encoding: str) -> tuple[Console, io.TextIOWrapper]:
    """Return a console over a log of a given width and encoding, and the log."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False), stream


def text_of(stream: io.TextIOWrapper) -> str:
    """Return what stands in a log."""
    stream.flush()
    return stream.buffer.getvalue().decode(stream.encoding)  # type: ignore[attr-defined,no-any-return]


def printed(*reports: JudgeReport, width: int = 80, encoding: str = "utf-8") -> str:
    """Return what is printed of judges."""
    console, stream = console_of(width, encoding)
    print_judges(reports, console, level=0.9)
    return text_of(stream)


def row(text: str, name: str) -> Sequence[str]:
    """Return the first line that starts with a name, word by word."""
    return next(line for line in text.splitlines() if line.startswith(name)).split()


@pytest.mark.parametrize("report", [judge_report(), pair_report(), bare_report(), pair_report(judges=(LONG_NAME, "b"))])
def test_it_fits_into_80_columns(report: JudgeReport) -> None:
    """Whatever is known; the numbers stay whole."""
    text = printed(report)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert report.n_human == 0 or "(0.7" in text


def test_a_long_name_breaks_before_a_number_does() -> None:
    """The column of names gives way."""
    readings = tuple(replace(held, judge=LONG_NAME) for held in pair_report().readings)
    text = printed(pair_report(readings=readings))
    assert max(len(line) for line in text.splitlines()) <= 80
    assert all(part in text for part in ("(0.730 to 0.880)", "(0.490 to 0.750)", "(0.874 to 0.930)"))


def test_a_judge_stands_beside_people() -> None:
    """Agreement, kappa, n; then slices; then what has no column."""
    text = printed(judge_report())
    assert row(text, "gpt  ") == ["gpt", "0.812", "0.741", "0.963", "80"]
    assert row(text, "people with people")[3:] == ["0.850", "0.803", "60"]
    assert row(text, "gpt \u00b7 slice natural")[-1] == "52"
    assert "Krippendorff's alpha of people with people: 0.798 (0.692 to 0.904), n = 60" in text


def test_another_order_is_a_row_of_its_own() -> None:
    """Five figures of a pair do not fit beside each other."""
    text = printed(pair_report())
    assert row(text, "gpt, swapped") == ["gpt,", "swapped", "0.780", "0.580", "80"]
    assert "n = 300" in text
    assert "right in both orders of gpt: 0.725 (0.631 to 0.806), n = 80" in text


def test_leanings_are_a_table() -> None:
    """With what is a lean and what is not."""
    text = printed(pair_report())
    assert row(text, "gpt: first shown is chosen")[-6:] == ["0.541", "to", "0.624", "588", "a", "lean"]
    assert row(text, "gpt: flips to")[-4:] == ["28", "no", "lean", "shown"]
    assert row(text, "claude: favours")[5] == "+0.041"
    assert "no lean: 0.5 of what is chosen or wins, 0 of flips and differences" in text


def test_what_to_look_at_next_is_named() -> None:
    """Counts, the largest gaps, cautions."""
    text = " ".join(printed(judge_report()).split())
    assert "600 answers, 596 marked, 4 (0.7 %) not marked" in text
    assert "differs most on ticket-17 of tuned: judge 4; people ann: 1, ben: 2 (+0.833)" in text
    assert "caution: the judge is of the family of the candidate" in text


@pytest.mark.parametrize("report", [judge_report(), bare_report()])
def test_the_last_line_is_what_the_marks_may_do(report: JudgeReport) -> None:
    """A reader of a log needs no more, and -q prints no more."""
    last = f"judge voice on target: {report.status}"
    assert printed(report).rstrip().splitlines()[-1] == last
    console, stream = console_of(80, "utf-8")
    print_statuses([report], console)
    assert text_of(stream) == f"{last}\n"


def test_no_judge_is_said() -> None:
    """An empty table would read like nothing wrong."""
    assert printed() == "no grader asks a judge\n"


def test_many_slices_end_somewhere() -> None:
    """The count goes on."""
    report = judge_report(readings=tuple(reading("gpt", f"s{i}") for i in range(300)), people=())
    assert "... and 260 more rows; --json has all of them" in printed(report)


def test_hostile_texts_cannot_steer_the_terminal() -> None:
    """No escape sequence, no text direction, no markup of rich."""
    bad = figure(HOSTILE, 0.5, 0.4, 0.6, note=HOSTILE)
    report = judge_report(
        grader=HOSTILE,
        evalset=HOSTILE,
        judges=(HOSTILE,),
        status=HOSTILE,
        raters=(HOSTILE,),
        readings=(Reading(judge=HOSTILE, slice=HOSTILE, figures=(bad,)),),
        leanings=(bad,),
        disputes=(Dispute(example_id=HOSTILE, system=HOSTILE, judge=HOSTILE, people=HOSTILE, gap=1.0),),
        cautions=(HOSTILE,),
    )
    text = printed(report, width=400)
    assert not set("\x1b\x07\u202e\ud800\r") & set(text)
    assert "[bold]evil[/bold]" in text


def test_a_log_in_ascii_gets_ascii() -> None:
    """An old encoding loses signs, not numbers."""
    text = printed(judge_report(grader="größe"), pair_report(), encoding="ascii")
    assert "-0.667" in text
    assert "gpt / slice natural" in text


def test_usage_is_a_line_a_judge() -> None:
    """What nobody counted is unknown."""
    console, stream = console_of(80, "utf-8")
    print_usage({"gpt": {"attempts": 611, "input_tokens": 412_330, "output_tokens": None}}, console)
    assert text_of(stream) == "gpt: 611 calls, 412,330 input tokens, unknown output tokens\n"


def test_a_run_has_one_line_a_judge() -> None:
    """Its status; the rest stands in the report."""
    held = replace(dossier(judged("GO", MET)), judges=(judge_report(), pair_report(grader="pair")))
    console, stream = console_of(100, "utf-8")
    print_judgement(held, console)
    lines = [line for line in text_of(stream).splitlines() if "judge" in line]
    assert lines == [f"judge {name} on target: decides, corrected by 80 labelled examples" for name in ("voice", "pair")]
    assert text_of(stream).splitlines()[-1].startswith("GO: ship tuned")


def test_importing_it_imports_nothing_heavy() -> None:
    """`tuneproof --help` does not wait for rich or numpy."""
    told = "import tuneproof.terminal_judges, sys; print([m for m in ('rich', 'numpy', 'jinja2') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "[]\n"
