"""What `tuneproof plan` prints: tables and bars in plain text, on any terminal, whatever users call their things."""

import io

import pytest
from rich.console import Console

from tuneproof.core.outlook import Chances, Growth, Need, Outlook
from tuneproof.terminal_plan import BAR, plot, print_outlook


def need(mode: str = "prove", **keys: object) -> Need:
    """Return a need."""
    held: dict[str, object] = {
        "criterion": "beats it",
        "kind": "superiority",
        "mode": mode,
        "evalset": "target",
        "slice": None,
        "n": 80,
        "power": 0.414,
        "detectable": 0.1321,
        "n_80": 210,
        "n_95": 362,
    }
    return Need(**(held | keys))  # type: ignore[arg-type]


GUARDS = tuple(
    need("guard", criterion="keeps", evalset="general", slice=f"s{i}", n=60 + i, power=None, detectable=drop, n_80=None)
    for i, drop in enumerate((0.301, 0.25, None))
)
GROWTH = tuple(Growth(factor=factor, n=round(80 * factor), go=go) for factor, go in ((1.0, 0.414), (2.0, 0.6), (3.5, 0.806)))


def outlook(**keys: object) -> Outlook:
    """Return a plan."""
    held: dict[str, object] = {
        "experiment": "demo",
        "repetitions": 2000,
        "seed": 1,
        "n_candidates": 1,
        "missing": 0.01,
        "standard_error": 0.011,
        "needs": (need(), *GUARDS, need("count", criterion="all back", kind="completeness", power=None, detectable=None)),
        "chances": (
            Chances(scenario="as hoped", truth="+0.1 on target", go=0.414, no_go=0.0, undecided=0.586, candidate_go=0.414),
            Chances(scenario="no effect", truth="nothing", go=0.001, no_go=0.0005, undecided=0.9985, candidate_go=0.001),
        ),
        "growth": GROWTH,
        "sentence": "With these 80 examples you would see GO in 41 % of the cases.",
        "cautions": ("clusters are not simulated",),
    }
    return Outlook(**(held | keys))  # type: ignore[arg-type]


def printed(found: Outlook, encoding: str = "utf-8", width: int = 160, *, brief: bool = False) -> str:
    """Return what is printed into a pipe of some encoding."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    print_outlook(found, Console(file=stream, markup=False, emoji=False, highlight=False, width=width), brief=brief)
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_everything_stands_in_plain_text() -> None:
    """Needs, guards on one line, chances, growth, cautions; the sentence is the last line."""
    text = printed(outlook())
    for words in ("beats it (superiority)", "+0.133", "210", "362", "3 slices of general", "60 to 62", "drop of 0.25 to none"):
        assert words in text
    for words in ("as hoped", "41 %", "< 1 %", "> 99 %", "caution: clusters are not simulated", "all back (completeness)"):
        assert words in text
    assert text.rstrip().splitlines()[-1] == outlook().sentence


def test_brief_is_the_sentence_alone() -> None:
    """For scripts."""
    assert printed(outlook(), brief=True) == f"{outlook().sentence}\n"


def test_several_candidates_have_a_column_for_each_of_them() -> None:
    """GO of the experiment and GO of one candidate are two things."""
    assert "each GO" not in printed(outlook())
    assert "each GO" in printed(outlook(n_candidates=3))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_an_old_encoding_gets_signs_for_blocks(encoding: str) -> None:
    """Nothing fails, and no bar becomes a row of question marks."""
    text = printed(outlook(), encoding)
    assert "#" * 17 + "." in text
    assert "??" not in text


@pytest.mark.parametrize("blocks", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.414, 0.8, 0.99, 1.0])
def test_a_bar_has_one_length_whatever_it_shows(share: float, blocks: bool) -> None:
    """Marks of 80 % stand below each other, and the bars grow with the chance."""
    (line,) = plot([Growth(factor=1.0, n=80, go=share)], blocks=blocks)
    bar = line.removeprefix("  80  now  ")[:BAR]
    full = bar.count("\u2588" if blocks else "#")
    assert len(bar) == BAR
    assert full == pytest.approx(share * BAR, abs=1)
    assert ("\u2506" if blocks else "|") in bar or share >= 0.8


def test_bars_stand_below_each_other() -> None:
    """Numbers of different width do not move them."""
    lines = list(plot([*GROWTH, Growth(factor=20.0, n=1600, go=0.99)], blocks=False))
    assert len({line.index("#") for line in lines}) == 1
    assert [line.split()[0] for line in lines] == ["80", "160", "280", "1,600"]


def test_names_of_users_are_text() -> None:
    """Markup is not obeyed and control characters do not reach the terminal."""
    text = printed(outlook(needs=(need(criterion="[red]it\x1b[31m", evalset="[bold]t"),)))
    assert "\x1b" not in text
    assert ("[red]it" in text, "[bold]t" in text) == (True, True)


def test_a_plan_without_chances_prints_what_there_is() -> None:
    """No criteria: nothing to simulate, and the sentence says why."""
    text = printed(outlook(needs=(), chances=(), growth=(), cautions=(), sentence="never GO: nothing is registered"))
    assert "there are no criteria" in text
    assert "if the truth is" not in text
    assert text.rstrip().endswith("never GO: nothing is registered")
