"""What `tuneproof regress` prints above the verdict: identities, and each system over time on one line."""

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console

from tests.timed_reports import noise
from tuneproof.core.movement import History, HistoryPoint, Regression
from tuneproof.core.verdict import Decision
from tuneproof.terminal_regress import BARS_IN_ASCII, SHOWN_ROWS, print_past, sparkline

HOSTILE = "[red]x[/red]\x1b[31m"


def regression(values: Sequence[float | None], name: str = "tuned", systems: int = 1) -> Regression:
    """Return a regression run after so many others."""
    decisions: list[Decision] = ["GO", "GO", "UNDECIDED", "NO-GO"]
    points = tuple(
        HistoryPoint(
            run_id=f"run-{i}",
            at=f"2026-11-{i + 10}T00:00:00+00:00",
            value=value,
            low=0.0 if value is None else value - 0.1,
            high=1.0 if value is None else value + 0.1,
            decision=decisions[i % 4],
            is_accepted=i == 0,
        )
        for i, value in enumerate(values)
    )
    history = tuple(History(system=f"{name}{i or ''}", evalset="target", grader="label", points=points) for i in range(systems))
    return Regression(
        accepted_run="run-0",
        accepted_at="2026-11-10T00:00:00+00:00",
        movements=(),
        noise=(),
        identities={name: ("asked for: m", "fingerprint: fp_2 (then fp_1)")},
        history=history,
        sentence="",
    )


def printed(held: Regression, encoding: str = "utf-8") -> str:
    """Return what is printed into a log of 80 columns."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    print_past(held, Console(file=stream, width=80, markup=False, emoji=False, highlight=False))
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ""),
        ([None], " "),
        ([0.5, 0.5], "\u2584\u2584"),
        ([0.0, 0.5, 1.0], "\u2581\u2585\u2588"),
        ([1.0, None, 0.0], "\u2588 \u2581"),
        ([0.50, 0.51], "\u2584\u2585"),
    ],
)
def test_a_line_is_as_dramatic_as_its_values(values: list[float | None], expected: str) -> None:
    """A hundredth is no cliff; what is not known is a blank."""
    assert sparkline(values) == expected


def test_the_history_stands_on_one_line_a_system() -> None:
    """First and last value with their limits, and a letter a run."""
    text = printed(regression([0.9, 0.9, 0.85, 0.6]))
    line = next(row for row in text.splitlines() if row.startswith("tuned "))
    assert line.split() == ["tuned", "target", "\u00b7", "label", "\u2588\u2588\u2587\u2581", "0.900", "0.600", "A+?x"]
    assert "(0.500 to 0.700)" in text
    assert max(map(len, text.splitlines())) <= 80


def test_an_old_terminal_gets_letters_that_it_has() -> None:
    """Bars become ASCII."""
    text = printed(regression([0.1, 0.9]), encoding="ascii")
    assert f"{BARS_IN_ASCII[0]}{BARS_IN_ASCII[-1]}" in text


def test_a_first_run_has_no_history() -> None:
    """One point is no picture."""
    assert "over time" not in printed(regression([0.9]))


def test_names_cannot_steer_the_terminal() -> None:
    """Markup is text, control characters are pictures."""
    text = printed(regression([0.9, 0.9], name=HOSTILE))
    assert "\x1b" not in text
    assert "[red]x[/red]" in text


def test_many_systems_are_cut_and_counted() -> None:
    """The report has all."""
    assert "... and 3 more; the report and --json have all of them" in printed(regression([0.9, 0.8], systems=SHOWN_ROWS + 3))


def test_noise_stands_beside_who_answers() -> None:
    """A line a system and evalset: what a reader weighs a move by."""
    text = " ".join(printed(replace(regression([0.9, 0.9]), noise=(noise("tuned"),))).split())
    assert "noise: tuned on target \u00b7 label: asked the same again, 5 of 100 marks differ (5.0 %)" in text
