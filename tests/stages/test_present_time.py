"""The decision in time, in reports: plan, looks, checkpoints, noise, what moved, exposures; and hostile texts in all of it."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from markdown_it import MarkdownIt
from present_dossiers import HOSTILE, going
from test_present import ADDRESSES, Parsed
from tests.timed_reports import (
    curve,
    estimate,
    history,
    level,
    moved,
    movement,
    noise,
    outlook,
    regression,
    repeats,
    slot,
    stopping,
)
from timed_dossiers import everything, hostile

from tuneproof.core.exposure import Slot
from tuneproof.core.report import Dossier
from tuneproof.stages import _exposure_view as exposure
from tuneproof.stages import _outlook_view
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._curve_view import curve_views
from tuneproof.stages._history_view import history_view
from tuneproof.stages._movement_view import moved_word
from tuneproof.stages._stopping_view import percent, stopping_view
from tuneproof.stages.present import present

WHOLE = Allowance(rows=500, flips=100, text=2000)
SECTIONS = {
    "moved": "Since the accepted run",
    "outlook": "Before the data",
    "curves": "Learning curve",
    "stopping": "Stopped early",
    "noise": "Noise",
}


def html(**changes: Any) -> str:
    """Return the HTML report of a GO with what is given."""
    return present(going(**changes))["report.html"]


def text(**changes: Any) -> str:
    """Return what a reader of that report sees."""
    return Parsed(html(**changes)).text


def comment(**changes: Any) -> str:
    """Return the Markdown report of a GO with what is given."""
    return present(going(**changes))["report.md"]


# -- where it stands ---------------------------------------------------------------------------------------------------------


def test_what_was_not_registered_is_not_mentioned() -> None:
    """A plain run has none of the sections, no link to one, and no line on exposures."""
    told = present(going())
    shown = told["report.html"].partition("</style>")[2] + told["report.md"]
    assert not [title for title in SECTIONS.values() if title in shown]
    assert not re.search(r'id="(moved|outlook|curves|stopping|noise)"|[Ee]xposure|class="plot', shown)


def test_sections_stand_between_criteria_and_systems() -> None:
    """In the order in which a reviewer asks, each with a link to it."""
    parsed = Parsed(present(everything())["report.html"])
    found = [value for name, value in parsed.attributes if name == "id"]
    assert [name for name in found if name in SECTIONS] == list(SECTIONS)
    assert found.index("criteria") < found.index("moved") < found.index("noise") < found.index("systems")
    assert {("href", f"#{name}") for name in SECTIONS} <= set(parsed.attributes)


@pytest.mark.parametrize(
    ("changes", "sections"),
    [
        ({"outlook": outlook()}, {"outlook"}),
        ({"stopping": stopping()}, {"stopping"}),
        ({"curves": (curve(),)}, {"curves"}),
        ({"noise": (noise(),)}, {"noise"}),
        ({"repeats": (repeats(),)}, {"noise"}),
        ({"regression": regression()}, {"moved"}),
        ({"slot": slot()}, set()),
    ],
)
def test_each_section_needs_its_own_field_only(changes: dict[str, Any], sections: set[str]) -> None:
    """Whichever is there is shown, in the page and in the comment."""
    found = {value for name, value in Parsed(html(**changes)).attributes if name == "id"}
    assert found & set(SECTIONS) == sections
    for name in sections:
        assert f"**{SECTIONS[name]}" in comment(**changes)


# -- before the data ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["report.html", "report.md"])
def test_the_outlook_is_a_sentence_and_a_table(told: str) -> None:
    """Each scenario with its three chances; how they were made; what each criterion takes."""
    shown = present(going(outlook=outlook()))[told]
    shown = Parsed(shown).text if told.endswith("html") else shown
    assert shown.index("you would see GO in 41 % of the cases") < shown.index("as hoped")
    for part in ("forgets one slice", "\u22120.200 on slice de", "92 %", "2,000 simulated experiments", "168", "283", "0.137"):
        assert part in shown


@pytest.mark.parametrize(
    ("share", "told"),
    [(0, "0 %"), (0.0004, "< 1 %"), (0.412, "41 %"), (0.9999, "> 99 %"), (1, "100 %"), (float("nan"), "unknown")],
)
def test_what_is_not_certain_is_not_said_to_be(share: float, told: str) -> None:
    """One experiment of two thousand is neither never nor always."""
    assert _outlook_view.chance(share) == told


def test_the_parts_of_a_bar_make_the_whole() -> None:
    """GO at one end, NO-GO at the other; where a part is too narrow for its number, the number stands beside."""
    view = _outlook_view.outlook_view(outlook(), WHOLE)
    assert view is not None
    for row in view.rows:
        assert sum(float(part.width[:-1]) for part in row.parts) == pytest.approx(100, abs=0.05)
    assert [part.label for part in view.rows[0].parts] == ["\u2713 41 %", "? 58 %", ""]
    assert [part.tone for part in view.rows[4].parts] == ["undecided", "breached"]


def test_the_chance_of_go_is_drawn_against_the_number_of_examples() -> None:
    """With the line at 80 %; no plot where nothing was worked out; far sizes on a logarithmic scale."""
    shown = html(outlook=outlook())
    assert 'aria-label="Chance of GO as hoped: 41 % with 80, 55 % with 120' in shown
    assert shown.count('class="plot') == 1
    assert 'class="plot' not in html(outlook=outlook(growth=()))
    far = tuple(replace(one, n=80 * 4**at) for at, one in enumerate(outlook().growth))
    view = _outlook_view.outlook_view(outlook(growth=far), WHOLE)
    assert view is not None
    assert view.growth is not None
    places = [float(dot.x[:-1]) for dot in view.growth.dots]
    steps = [after - before for before, after in pairwise(places)]
    assert steps == pytest.approx([steps[0]] * 4, abs=0.1)


def test_a_single_size_is_a_plot_of_one_point() -> None:
    """Nothing is divided by nothing."""
    assert html(outlook=outlook(growth=outlook().growth[:1])).count('class="plot') == 1


# -- stopped early -----------------------------------------------------------------------------------------------------------


def test_who_ended_when_and_why() -> None:
    """Each candidate with its share, the rule, and the sentence; who was asked to the end is said too."""
    shown = Parsed(present(everything())["report.html"]).text
    for part in (
        "ended at 60 % a registered look decided its verdict is that of look 3",
        "ended at 33 % no answer still to come could change the verdict",
        "NO-GO whatever the other 402 answers are",
        "asked to the end its verdict is that of look 5",
        "whose test is not proven to be monotone",
        "Curtailment:",
        "O'Brien-Fleming",
        "Futility:",
    ):
        assert part in shown


def test_looks_are_a_table_with_a_column_a_candidate() -> None:
    """Early levels are tiny and are not rounded to nothing; candidates that had ended are said to have."""
    view = stopping_view(everything(), WHOLE)
    assert view is not None
    assert view.looks.columns[4:] == ("tuned", "narrow", "late")
    assert view.looks.rows[0][:5] == ("1", "20 %", "target 60, general 168", "< 0.0001", "? UNDECIDED")
    assert view.looks.rows[2] == ("3", "60 %", "target 180, general 504", "0.0088", "\u2713 GO", "ended before", "? UNDECIDED")


def test_the_way_of_each_candidate_is_drawn() -> None:
    """A dot at each look and, where a candidate ended without one, at its end."""
    view = stopping_view(everything(), WHOLE)
    assert view is not None
    assert [tick.label for tick in view.axis] == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]
    ways = {track.candidate: ([stop.sign for stop in track.stops], track.asked) for track in view.tracks}
    assert ways["tuned"] == (["?", "?", "\u2713"], view.axis[3].x)
    assert ways["narrow"][0] == ["?", "\u2715"]
    assert ways["late"] == (["?"] * 5, "97.00%")


def test_what_is_not_known_is_not_zero() -> None:
    """Money without a price and tokens that nobody counted; one of them makes the sum unknown."""
    view = stopping_view(everything(), WHOLE)
    assert view is not None
    assert view.saved.rows == (
        ("tuned", "456", "182,400", "1,824", "0.42 USD"),
        ("narrow", "764", "305,600", "3,056", "not known"),
        ("together", "1,220", "488,000", "4,880", "not known"),
    )
    unknown = tuple(replace(one, input_tokens=None, output_tokens=None, cost_usd=None) for one in stopping().saved)
    told = comment(stopping=stopping(saved=unknown))
    assert "not asked: not known input tokens, not known output tokens, money not known." in told
    assert "0 USD" not in told


@pytest.mark.parametrize(
    ("cost", "told"), [(0.0, "0.00 USD"), (0.0042, "0.0042 USD"), (1234.5, "1,234.50 USD"), (None, "not known")]
)
def test_money_is_told_with_the_digits_that_it_has(cost: float | None, told: str) -> None:
    """A fraction of a cent is not nothing, and nothing is nothing."""
    assert f" {told} |" in comment(stopping=stopping(saved=(replace(stopping().saved[0], cost_usd=cost),)))


def test_rules_that_ended_nobody_are_said_to_have() -> None:
    """Nothing stopped, nothing saved: no table of either, and the title says so."""
    shown = text(stopping=stopping(ended=(), saved=(), looks=(), sequential=None, at_look={}, to_the_end=()))
    assert "Not stopped early" in shown
    assert "Nothing was saved: every question was asked." in shown
    assert "nominal level" not in shown
    assert "together" not in shown


@pytest.mark.parametrize(("share", "told"), [(1.0, "100 %"), (0.9999, "99 %"), (0.6, "60 %"), (0.001, "less than 1 %")])
def test_all_but_one_question_is_not_all(share: float, told: str) -> None:
    """A candidate that ended at 99.99 % was not asked to the end."""
    assert percent(share) == told


# -- learning curve ----------------------------------------------------------------------------------------------------------


def test_the_curve_shows_points_bar_baselines_and_choice() -> None:
    """In words for those who see no drawing; the chosen one ringed, the advice by shape."""
    shown = html(curves=(curve(),))
    drawn = shown[shown.index('class="plot') :].partition('class="legend"')[0]
    assert "checkpoint 2 (step 180): 0.360 (0.288 to 0.437), UNCLEAR; checkpoint 3" in drawn
    assert "bar 0.400; zero-shot 0.420; few-shot 0.450" in drawn
    assert (drawn.count('class="ring"'), drawn.count('class="margin"'), drawn.count('class="reference"')) == (1, 1, 2)
    assert drawn.count('<g class="undecided">') == 1
    assert drawn.count('d="M0 -8L8 0L0 8L-8 0Z"') == 1


def test_checkpoints_are_a_table() -> None:
    """Then the baselines; without a rule there is no column for what it says."""
    (view,) = curve_views(going(curves=(curve(),)), WHOLE)
    assert view.table.rows[2][:4] == ("3 (step 270) \u2605 chosen", "triage-replay@3", "0.660 (0.583 to 0.731)", "120")
    assert view.table.rows[1][-1] == "? UNCLEAR"
    assert [row[0] for row in view.table.rows[5:]] == ["baseline zero-shot", "baseline few-shot"]
    free = tuple(replace(point, advice=None) for point in curve().points)
    (view,) = curve_views(going(curves=(curve(points=free, bar=None),)), WHOLE)
    assert "the rule says" not in view.table.columns
    assert {len(row) for row in view.table.rows} == {len(view.table.columns)}


@pytest.mark.parametrize("points", [(), curve().points[:1]])
def test_a_curve_may_have_hardly_begun(points: tuple[Any, ...]) -> None:
    """No checkpoint: no plot, the sentence all the same. One: a plot of it."""
    shown = html(curves=(curve(points=points, chosen=None, baselines={}),))
    assert shown.count('class="plot') == len(points)
    assert "Checkpoint 3 is best" in shown


def test_a_checkpoint_on_which_nothing_was_measured_is_unknown() -> None:
    """It has no dot, and its number is not zero."""
    nothing = replace(curve().points[0], estimate=level(None, 0.0, 1.0, n=0))
    shown = text(curves=(curve(points=(nothing, *curve().points[1:])),))
    assert "unknown (0.000 to 1.000)" in shown
    assert not re.search(r"\b(None|nan)\b", shown)


# -- noise -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["report.html", "report.md"])
def test_noise_is_a_sentence_and_a_table(told: str) -> None:
    """How many marks differ by themselves, and where the variance comes from."""
    shown = present(going(noise=(noise(),), repeats=(repeats(),)))[told]
    for part in ("5 of 100 marks differ (5.0 %)", "14 (14.0 %)", "0.0412", "0.1693", "a second repeat brings less"):
        assert part in shown


def test_a_system_that_answers_alike_has_no_noise() -> None:
    """None measured is not none at all."""
    assert "answers alike each time" in text(noise=(noise(n_better=0, n_worse=0),))
    nothing = estimate(value=None, low=-1.0, high=1.0, n=0)
    assert "nothing could be compared" in text(noise=(noise(estimate=nothing, n_better=0, n_worse=0),))


# -- since the accepted run --------------------------------------------------------------------------------------------------


def test_the_sentence_comes_first() -> None:
    """Under the verdict, and at the head of its section; then what moved, who answers, and the history."""
    shown = text(regression=regression())
    told = "Keep tuned: it has not moved"
    assert shown.index(told) < shown.index("Criteria")
    section = shown[shown.index("Accepted run 20261001T060000-0000, 2026-10-01T09:12:00Z") :]
    place = [section.index(part) for part in ("moved down", "Slice by slice", "ticket-7", "Who answers", "Run by run")]
    assert place == sorted(place)


def test_movements_of_whole_evalsets_share_a_scale() -> None:
    """Each with its interval, what it was and is, and how many marks are lower and higher."""
    shown = text(regression=regression())
    for part in (
        "\u22120.093 \u22120.131 to \u22120.056",
        "0.720 \u2192 0.627",
        "34 lower, 6 higher of 300 211 texts changed",
        "no move shown",
        "ticket-7, ticket-31, ticket-90, ticket-112, ticket-240 and 29 more",
        "fingerprint: then fp_31f0, now fp_9be2",
        "shutdown date: 2027-03-31",
    ):
        assert part in shown
    group = html(regression=regression()).partition('aria-label="Now minus then"')[2].partition("<details>")[0]
    assert group.count('class="axis"') == 1
    assert group.count('class="interval thin') == 3


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, "moved down"),
        ({"estimate": estimate(value=0.1, low=0.02, high=0.2)}, "moved up"),
        ({"estimate": estimate(value=0.1, low=-0.02, high=0.2)}, "no move shown"),
        ({"estimate": estimate(value=None, low=-1.0, high=1.0, n=0)}, "not measured"),
    ],
)
def test_a_move_is_what_the_interval_shows(change: dict[str, Any], word: str) -> None:
    """Neither way is good or bad by itself: the findings decide."""
    assert moved_word(moved(**change)) == word


def test_pictures_of_one_evalset_share_a_scale() -> None:
    """So that systems can be compared by eye; the accepted run is ringed, verdicts are shapes."""
    view = history_view(regression().history, WHOLE)
    assert view is not None
    labels = [[mark.label for mark in one.plot.y_ticks] for one in view.multiples]
    assert labels[0] == labels[1] != labels[2] == labels[3]
    assert [sum(dot.is_marked for dot in one.plot.dots) for one in view.multiples] == [1] * 4
    assert [dot.tone for dot in view.multiples[0].plot.dots[-2:]] == ["undecided", "breached"]
    assert view.multiples[0].says.startswith("2026-10-01 (accepted) 0.850 (0.810 to 0.885), GO; ")
    assert view.table.rows[0][2:4] == ("\u2715 NO-GO", "0.736 (0.696 to 0.771)")


def test_a_long_history_keeps_the_accepted_run() -> None:
    """The last runs are drawn, and the accepted one however old; the table has all."""
    view = history_view((history(n=60),), WHOLE)
    assert view is not None
    assert (len(view.multiples[0].plot.dots), view.hidden_runs, len(view.table.rows)) == (24, "36", 60)
    assert view.multiples[0].plot.dots[0].is_marked
    assert history_view((history(n=0),), WHOLE) is None


def test_a_run_without_a_value_or_a_verdict_is_in_the_history() -> None:
    """Nothing measured is a gap; no verdict is said."""
    bare = tuple(
        replace(one, value=None, low=0.0, high=1.0, decision=None) if at == 2 else one
        for at, one in enumerate(history().points)
    )
    shown = text(regression=regression(history=(replace(history(), points=bare),)))
    assert "no verdict unknown (0.000 to 1.000)" in shown


# -- exposures ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (slot(), "Exposure 2 of 3 declared, judged at 0.0167."),
        (slot(number=4), "Exposure 4 of this holdout, of which 3 were declared and are used up, judged at 0.0167."),
        (slot(number=1, declared=None, alpha=0.05), "The first time that results on this holdout are shown."),
        (slot(number=4, declared=None, alpha=0.05), "Results on this holdout were shown 3 times before; alpha is not split."),
        (slot(number=2, declared=None), "Results on this holdout were shown once before; alpha is not split."),
        (
            slot(is_new=False),
            "The same answers were shown before, as exposure 2 of 3 declared, so this is no new exposure, judged at 0.0167.",
        ),
        (
            slot(mode="sealed"),
            "Exposure 2 of 3 declared, judged at 0.0167; sealed: the verdict and a coarse reason are shown, nothing else.",
        ),
        (None, ""),
    ],
)
def test_the_exposure_is_one_line(held: Slot | None, told: str) -> None:
    """The same in page, comment and terminal."""
    assert exposure.exposure_in_words(held) == told
    assert told in text(slot=held)
    assert told in comment(slot=held)


def test_cautions_of_the_ledger_are_said_once() -> None:
    """Where the judgement has them already they are not said again."""
    told = "the clock was set back"
    assert text(slot=slot(cautions=(told,))).count(told) == 1
    held = going()
    assert held.judgement is not None
    both = replace(held, judgement=replace(held.judgement, cautions=(told,)), slot=slot(cautions=(told,)))
    assert Parsed(present(both)["report.html"]).text.count(told) == 1


# -- texts of users, and form ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [everything(), hostile()])
def test_the_page_stays_well_formed_and_loads_nothing(held: Dossier) -> None:
    """Whatever names and sentences hold; each drawing says what it is."""
    page = present(held)["report.html"]
    parsed = Parsed(page)
    assert (parsed.open, parsed.crossed) == ([], [])
    assert all(value.startswith("#") for name, value in parsed.attributes if name in ADDRESSES)
    assert not {"script", "img", "iframe", "form"} & set(parsed.tags)
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert parsed.tags.count("th") == sum(name == "scope" for name, _ in parsed.attributes)
    drawings = sum((name, value) == ("role", "img") for name, value in parsed.attributes)
    assert parsed.tags.count("title") - 1 == parsed.tags.count("desc") == drawings > 10
    assert not set("\x1b\x07\x00\u202e\ud800") & set(page)
    assert not re.search(r"\b(None|nan|inf)\b", parsed.text)


def test_every_position_is_on_the_drawing() -> None:
    """No position that is no number, and none beyond the edges."""
    page = present(everything())["report.html"]
    found = [float(value) for value in re.findall(r' (?:x|y|x1|x2|y1|y2|width)="(-?[\d.a-z]+)%"', page)]
    assert len(found) > 500
    assert all(0 <= value <= 100.01 for value in found)


@pytest.mark.parametrize("held", [everything(), hostile()])
def test_tables_of_the_comment_are_tables(held: Dossier) -> None:
    """Every row of a table has as many cells as its head, and a real parser makes no other tags than ours."""
    shown = present(held)["report.md"]
    tables = re.findall(r"(?:^\|.*\n)+", shown, flags=re.MULTILINE)
    widths = [{len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()} for table in tables]
    assert len(tables) >= 10
    assert [len(width) for width in widths] == [1] * len(widths)
    made = str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(shown))
    ours = {"h2", "h3", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"}
    assert set(re.findall(r"<(\w+)", made)) <= ours | {"pre", "code", "span"}
    assert made.count("<table>") == len(tables)
    assert not set("\x1b\u202e\ud800") & set(shown)


@pytest.mark.parametrize("long", ["x" * 5000, HOSTILE * 40, "$@#" * 3000])
def test_a_comment_always_fits(long: str) -> None:
    """Names, sentences and rows without end; the verdict is never what is cut."""
    names = [f"{at}{long}" for at in range(40)]
    moves = tuple(movement(name, part, evalset=long) for name in names for part in (None, long))
    held = everything(
        outlook=outlook(sentence=long, needs=outlook().needs * 90, cautions=(long,) * 60),
        curves=tuple(curve(candidate=name, points=curve().points * 20, sentence=long) for name in names),
        noise=tuple(noise(name) for name in names),
        repeats=tuple(repeats(candidate=name, sentence=long) for name in names),
        stopping=stopping(ended=tuple(replace(stopping().ended[0], candidate=name, sentence=long) for name in names)),
        regression=regression(
            movements=moves,
            identities=dict.fromkeys(names, (long,) * 30),
            history=tuple(replace(history(n=90), system=name) for name in names),
            sentence=long,
        ),
        slot=slot(cautions=(long,)),
    )
    told = present(held)
    assert len(told["report.md"]) <= 60_000
    assert told["report.md"].startswith("## \u2713 GO: keep tuned")
    assert len(told["report.html"]) < 6_000_000


def test_junit_knows_nothing_of_it() -> None:
    """Findings are the tests; what happened around them is in the report."""
    bare = replace(everything(), outlook=None, stopping=None, curves=(), noise=(), repeats=(), slot=None, regression=None)
    assert present(everything())["junit.xml"] == present(bare)["junit.xml"]
