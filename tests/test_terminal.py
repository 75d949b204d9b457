"""The terminal: tables that survive a CI log, the verdict on the last line, progress that costs nothing."""

import io
import subprocess
import sys
import time
from dataclasses import dataclass, replace

import pytest
from rich.console import Console

from tuneproof.core.estimate import Estimate
from tuneproof.core.report import Dossier, Level, SystemFacts
from tuneproof.core.verdict import Decision, Finding, Judgement, LockState, Verdict
from tuneproof.progress import ProgressLine, is_live
from tuneproof.terminal import open_console, print_judgement, print_levels

HOSTILE = "[bold]evil[/bold] \x1b[31mred\x1b]0;title\x07 \u202eRTL \ud800 \r\n next :smile: | a |"

MET = Finding(
    criterion="beats the prompt",
    kind="superiority",
    on_failure="no-go",
    status="met",
    reasons=(),
    statement="tuned beats prompted on target by 0.130",
    evalset="target",
    slice=None,
    grader="label",
    baseline="prompted",
    system="tuned",
    mode="prove",
    estimate=Estimate(value=0.13, low=0.0761, high=0.1874, level=0.90, method="exact-tango", n=300, n_missing=0),
    p_value=0.0081,
    p_adjusted=0.0081,
    margin=0.05,
    needed_n=None,
)
OPEN = replace(MET, status="undecided", reasons=("MORE_DATA",), needed_n=512, statement="tuned may beat prompted")
GUARD = replace(MET, criterion="slices hold", kind="non_inferiority", mode="guard", slice="de", margin=0.1)


@dataclass
class Tally:
    """Counts as the engine keeps them."""

    done: int = 0
    failed: int = 0
    attempts: int = 0
    waiting: int = 0
    throttled: bool = False
    input_tokens: int = 0
    output_tokens: int = 0


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def judged(decision: Decision, *findings: Finding, **changes: object) -> Judgement:
    """Return a judgement over one candidate."""
    held = Judgement(
        experiment="support-triage",
        run_id="20261120T160211-7f3a",
        decision=decision,
        recommended="tuned" if decision == "GO" else None,
        stamp=None,
        stamp_because=None,
        lock=LockState(status="locked", digest="ab", locked_at="2026-11-02T09:14:00Z", changed=()),
        verdicts=(Verdict(candidate="tuned", decision=decision, findings=findings, stamp=None),),
        cautions=(),
        signature="evalset:9f",
    )
    return replace(held, **changes)  # type: ignore[arg-type]


def dossier(judgement: Judgement | None) -> Dossier:
    """Return the least dossier that can be printed."""
    mean = Level(evalset="target", slice=None, grader="label", system="tuned", value=None, n=0, n_missing=300, n_ungradable=0)
    return Dossier(
        judgement=judgement,
        experiment="support-triage",
        run_id="20261120T160211-7f3a",
        hypothesis="",
        alpha=0.05,
        created_at="2026-11-20T16:02:11Z",
        systems=(),
        evalsets=(),
        levels=(replace(mean, system="prompted", value=0.72, n=300, n_missing=0, low=0.677, high=0.761), mean),
        differences=(),
        flips=(),
        failures=(),
        n_failures=0,
        label_reports={},
        manifest={},
    )


def printed(judgement: Judgement | None, *, width: int = 80, encoding: str = "utf-8", report: str | None = None) -> str:
    """Return what is printed into a log of a given width and encoding."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    console = Console(file=stream, width=width, markup=False, emoji=False, highlight=False)
    print_judgement(dossier(judgement), console, report=report)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    ("judgement", "last"),
    [
        (judged("GO", MET), "GO: ship tuned (support-triage, run 20261120T160211-7f3a)"),
        (judged("NO-GO", MET), "NO-GO: do not ship tuned (support-triage, run 20261120T160211-7f3a)"),
        (judged("UNDECIDED", OPEN), "UNDECIDED: not shown either way for tuned (support-triage, run 20261120T160211-7f3a)"),
        (judged("UNDECIDED", verdicts=()), "UNDECIDED: nothing was judged (support-triage, run 20261120T160211-7f3a)"),
        (
            judged("GO", MET, stamp="EXPLORATORY", stamp_because="changed"),
            "GO (EXPLORATORY): ship tuned (support-triage, run 20261120T160211-7f3a)",
        ),
        (
            None,
            "NO VERDICT: answers were collected and marked, nothing was judged (support-triage, run 20261120T160211-7f3a)",
        ),
    ],
)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_last_line_is_the_verdict(judgement: Judgement | None, last: str, width: int) -> None:
    """A script reads the last line, which no width breaks."""
    assert printed(judgement, width=width, report="reports/x/report.html").splitlines()[-1] == last
    assert "report: reports/x/report.html" in printed(judgement, width=width, report="reports/x/report.html").splitlines()


def test_a_finding_shows_estimate_interval_margin_and_why() -> None:
    """Everything that a reader of a log needs fits into 80 columns."""
    text = printed(judged("UNDECIDED", OPEN))
    assert all(part in text for part in ("beats the prompt", "+0.130", "(+0.076 to +0.187)", "above +0.050", "? undecided"))
    assert "MORE_DATA: about 210 more examples needed (512 in all)" in text
    assert max(len(line) for line in text.splitlines()[:-1]) <= 80


def test_quiet_guards_are_counted_not_listed() -> None:
    """Twenty slices without an alarm are one line."""
    text = printed(judged("GO", MET, *(replace(GUARD, slice=f"s{i}") for i in range(20))))
    assert "guarded slices without an alarm: 20" in text
    assert "slices hold" not in text


def test_a_log_in_ascii_gets_ascii() -> None:
    """An old encoding loses signs, not numbers, and never stops the run."""
    low = replace(MET, estimate=replace(MET.estimate, value=-0.2, low=-0.3), criterion="größer", status="breached")
    text = printed(judged("NO-GO", low), encoding="ascii")
    assert "x breached" in text
    assert "-0.200" in text


def test_the_table_of_all_systems_can_be_printed_in_ascii() -> None:
    """Its titles are evalsets and graders, with a sign between them that an old encoding lacks."""
    two = judged("GO", verdicts=tuple(Verdict(candidate=name, decision="GO", findings=(), stamp=None) for name in ("a", "b")))
    system = SystemFacts(
        name="tuned",
        role="candidate",
        provider="p",
        model="m",
        models_reported=(),
        decoding={},
        repeats=1,
        completions=1,
        missing=0,
        truncated=0,
        refusals=0,
        attempts=0,
        input_tokens=None,
        output_tokens=None,
        latency_p50_s=None,
        latency_p95_s=None,
    )
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="")
    print_judgement(replace(dossier(two), systems=(system,)), Console(file=stream, width=80))
    stream.flush()
    assert b"target / label" in stream.buffer.getvalue()  # type: ignore[attr-defined]


def test_hostile_names_cannot_steer_the_terminal() -> None:
    """No escape sequence, no text direction, no markup of rich, no line break in the verdict."""
    bad = replace(OPEN, criterion=HOSTILE, statement=HOSTILE, evalset=HOSTILE, slice=HOSTILE, baseline=HOSTILE)
    verdicts = (Verdict(candidate=HOSTILE, decision="UNDECIDED", findings=(bad,), stamp=None),)
    text = printed(judged("UNDECIDED", verdicts=verdicts, cautions=(HOSTILE,)), width=400, report=HOSTILE)
    assert not set("\x1b\x07\u202e\ud800\r") & set(text)
    assert "[bold]evil[/bold]" in text
    assert text.splitlines()[-1].startswith("UNDECIDED: not shown either way for [bold]evil[/bold]")


def test_several_candidates_have_titles() -> None:
    """Each table says whose it is."""
    two = tuple(Verdict(candidate=name, decision="GO", findings=(MET,), stamp=None) for name in ("tuned-a", "tuned-b"))
    text = printed(judged("GO", verdicts=two, recommended="tuned-b"))
    assert "tuned-a: GO" in text
    assert text.splitlines()[-1].startswith("GO: ship tuned-b ")


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR a terminal gets no colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stdout", Terminal())
    print_judgement(dossier(judged("GO", MET)), open_console())
    assert "\x1b[32m" not in sys.stdout.getvalue()  # type: ignore[attr-defined]


def test_means_of_a_collecting_run() -> None:
    """What was not measured is unknown, not zero."""
    stream = io.StringIO()
    print_levels(dossier(None), Console(file=stream, width=100))
    assert "0.720 (0.677 to 0.761), n = 300" in stream.getvalue()
    assert "unknown, n = 0, 300 missing" in stream.getvalue()


def test_importing_the_terminal_imports_no_rich() -> None:
    """`tuneproof --help` does not wait for rich, numpy or Jinja2."""
    told = "import tuneproof.terminal, sys; print([m for m in ('rich', 'numpy', 'jinja2', 'pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_progress_in_a_log_is_plain_lines() -> None:
    """A line now and then, and one at the end."""
    stream, tally = io.StringIO(), Tally()
    with ProgressLine(1400, stream=stream, every_s=0.02) as progress:
        tally.done, tally.attempts, tally.failed, tally.throttled = 412, 418, 3, True
        progress.update(tally)
        deadline = time.monotonic() + 30
        while not stream.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("412/1,400 done, 3 failed, 418 calls")
    assert lines[0].endswith("slowed down by the server")
    assert lines[-1].startswith("412/1,400 done, 3 failed, 418 calls, 0:")


def test_progress_tells_rate_and_time_left() -> None:
    """Both come from the last seconds, not from what the cache gave at the start."""
    tally = Tally(done=100)
    progress = ProgressLine(1000, stream=io.StringIO())
    progress.update(tally)
    progress.line()
    time.sleep(0.1)
    tally.done = 110
    assert "/s, 0:" in progress.line()


def test_quiet_progress_is_silent() -> None:
    """With -q nothing is written, not even at the end."""
    stream = io.StringIO()
    with ProgressLine(10, quiet=True, stream=stream, every_s=0.01) as progress:
        progress.update(Tally(done=10))
        time.sleep(0.05)
    assert stream.getvalue() == ""


def test_a_bar_is_for_terminals_outside_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """CI=true gets lines although its runner may look like a terminal."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert is_live(Terminal())
    monkeypatch.setenv("CI", "true")
    assert not is_live(Terminal())


def test_the_bar_leaves_stdout_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results may be piped while the bar moves on stderr."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    before, stream = sys.stdout, Terminal()
    with ProgressLine(10, stream=stream) as progress:
        progress.update(Tally(done=10, attempts=10))
        assert sys.stdout is before
    assert "10/10 done, 0 failed, 10 calls, 0:0" in stream.getvalue()


def test_a_closed_stderr_does_not_end_a_run() -> None:
    """Progress is a courtesy."""
    stream = io.StringIO()
    with ProgressLine(10, stream=stream, every_s=0.01) as progress:
        stream.close()
        progress.update(Tally(done=1))
        time.sleep(0.05)
    assert stream.closed
