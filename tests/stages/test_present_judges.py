"""Judges in reports: what a reviewer must find of an instrument, and what its users' texts must never become."""

import re
from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt
from present_dossiers import HOSTILE, breached, dossier, estimate, finding, going, judgement, undecided, verdict
from test_present import ADDRESSES, Parsed
from tests.judge_reports import SIDES, bare_report, figure, judge_report, pair_report, people, reading

from tuneproof.core.estimate import Calibration, Judged
from tuneproof.core.judge_report import Dispute, JudgeReport, Reading
from tuneproof.core.judging import Choice
from tuneproof.core.report import Dossier
from tuneproof.stages import _judge_words as words
from tuneproof.stages import _leanings
from tuneproof.stages.present import present

ASKED = {
    "role": "judge",
    "provider": "openai",
    "model": "gpt-5.4",
    "decoding": {"temperature": 0},
    "completions": 600,
    "missing": 4,
    "attempts": 611,
    "input_tokens": 412_330,
    "output_tokens": None,
    "models_reported": ["gpt-5.4-2026-10-01"],
}


def page(*reports: JudgeReport, **changes: Any) -> Parsed:
    """Return the parsed HTML report of a GO with judges."""
    return Parsed(present(going(judges=reports, **changes))["report.html"])


def comment(*reports: JudgeReport, **changes: Any) -> str:
    """Return the Markdown report of a GO with judges."""
    return present(going(judges=reports, **changes))["report.md"]


def hostile() -> Dossier:
    """Return a dossier whose judge has nothing but hostile texts."""
    bad = figure(HOSTILE, 0.5, 0.4, 0.6, method=HOSTILE, note=HOSTILE)
    report = judge_report(
        grader=HOSTILE,
        evalset=HOSTILE,
        rubric=HOSTILE,
        judges=(HOSTILE,),
        against=HOSTILE,
        menu=(Choice(name=HOSTILE, score=1.0, means=HOSTILE), Choice(name="b", score=0.0)),
        raters=(HOSTILE,),
        status=HOSTILE,
        readings=(Reading(judge=HOSTILE, slice=HOSTILE, figures=(bad,)), Reading(judge=HOSTILE, slice=None, figures=(bad,))),
        people=(bad, replace(bad, name="other" + HOSTILE)),
        leanings=(bad,),
        disputes=(Dispute(example_id=HOSTILE, system=HOSTILE, judge=HOSTILE, people=HOSTILE, gap=1.0),),
        cautions=(HOSTILE,),
    )
    asked = {**ASKED, "provider": HOSTILE, "model": HOSTILE, "models_reported": [HOSTILE], "decoding": {HOSTILE: HOSTILE}}
    return going(judges=(report,), manifest={"judges": {HOSTILE: asked}})


# -- the section -------------------------------------------------------------------------------------------------------------


def test_without_judges_nothing_is_said_of_them() -> None:
    """No section, no link to one, no table."""
    told = present(going())
    page_alone = told["report.html"].partition("</style>")[2]
    assert not re.search(r"\bjudges?\b", page_alone + told["report.md"], re.IGNORECASE)


def test_what_the_marks_may_do_comes_first() -> None:
    """Then what it rests on, then the table."""
    text = page(judge_report()).text
    place = [
        text.index(part)
        for part in (
            "decides, corrected by 80 labelled examples",
            "gpt by rubric brand-voice: one answer at a time",
            "80 examples labelled by ann, ben (drawn at random by `tuneproof judge sample`)",
            "Judge against people, 90 % intervals",
            "600 answers",
            "longer answer wins",
            "Sounds like us throughout.",
            "ticket-17",
        )
    ]
    assert place == sorted(place)


def test_judges_stand_between_criteria_and_systems() -> None:
    """A reader of the verdict meets them before the means."""
    parsed = page(judge_report())
    headings = [value for name, value in parsed.attributes if name == "id"]
    assert headings.index("criteria") < headings.index("judges") < headings.index("systems")
    assert ("href", "#judges") in parsed.attributes


@pytest.mark.parametrize("told", ["report.html", "report.md"])
def test_agreement_is_a_table_with_people_as_the_ceiling(told: str) -> None:
    """The judge, people among themselves, then slices; each figure with its interval."""
    text = present(going(judges=(judge_report(),)))[told]
    rows = ("gpt", "people with people (the ceiling)", "gpt \u00b7 slice natural", "gpt \u00b7 slice adversarial")
    cells = ("0.812 (0.727 to 0.880)", "0.741 (0.630 to 0.852)", "0.850 (0.768 to 0.911)", "0.772 (0.687 to 0.840)")
    assert all(part in text for part in (*rows, "0.963 (0.906 to 0.990)", *cells[:3]))
    starts = [text.index(f"| {row} |" if told.endswith("md") else f'<th scope="row">{row}</th>') for row in rows]
    assert starts == sorted(starts)


def test_figures_without_a_column_are_told_below() -> None:
    """Krippendorff's alpha has no judge; a page is only so wide; notes and methods are said once."""
    text = page(judge_report()).text
    assert "Krippendorff's alpha of people with people: 0.798 (0.692 to 0.904), n = 60." in text
    assert text.count("quadratic weights") == 1
    assert "Intervals: agreement, within one by clopper-pearson; kappa, Krippendorff's alpha by jackknife-t." in text
    assert "Kappa between orders of claude: 0.802 (0.741 to 0.861), n = 300." in page(pair_report()).text


def test_pairs_show_both_orders_and_how_far_they_agree() -> None:
    """And which answer is shown first in which."""
    parsed = page(pair_report())
    for part in ("agreement, swapped", "0.780 (0.690 to 0.850)", "orders agree", "0.905 (0.874 to 0.930), n = 300"):
        assert part in parsed.text
    assert "Swapped: the answer of prompted is shown second." in parsed.text
    assert "each answer beside that of prompted, in both orders" in parsed.text
    assert "what a choice is worth to the answer that is shown first" in parsed.text


def test_counts_of_a_panel_and_of_pairs() -> None:
    """Flips where there are orders, disagreements where there are several judges, neither elsewhere."""
    told = page(pair_report()).text
    assert "3 (1.0 %) not marked: outside the menu, no reply or no majority 7 asked once more" in told
    assert "28 (9.4 %) turn with the order shown: a tie each 31 (10.4 %) on which the judges differ" in told
    assert not re.search("turn with the order|judges differ", page(judge_report()).text)


# -- leanings ----------------------------------------------------------------------------------------------------------------


def test_leanings_are_named_as_they_are_measured() -> None:
    """The words know which figures have an even point; a new name must be told to them."""
    assert words.EVEN == (_leanings.FIRST, _leanings.FLIPS_TO_FIRST)
    assert (words.COUNTED, words.DIFFERENCE) == (_leanings.FLIPS, _leanings.OWN_FAMILY)


@pytest.mark.parametrize(
    ("limits", "says"), [((0.54, 0.62), "a lean"), ((0.31, 0.44), "a lean"), ((0.5, 0.7), "no lean shown"), ((), "")]
)
def test_a_lean_is_what_its_interval_shows(limits: tuple[float, ...], says: str) -> None:
    """0.5 in the interval is no lean shown; without an interval nothing is said."""
    assert words.leaning(figure("gpt: first shown is chosen", 0.55, *limits), "90 %").says == says


def test_a_leaning_is_one_sentence_with_its_numbers() -> None:
    """For the comment, where nothing is drawn."""
    told = "- gpt: first shown is chosen: 0.583 (90 % interval 0.541 to 0.624, n = 588); a lean; 0.5 = no leaning\n"
    assert told in comment(pair_report())
    assert "favours its own family: +0.041 (90 % interval \u22120.010 to +0.093, n = 80); no lean shown" in comment(
        pair_report()
    )


def test_shares_are_drawn_beside_no_lean() -> None:
    """A line at one half where that is the even point; none for flips; no drawing for a difference."""
    html = present(going(judges=(pair_report(),)))["report.html"]
    group = html[html.index('aria-label="Leanings"') :].partition("</article>")[0]
    assert "0.5 = no lean" in group
    assert (group.count('class="interval thin'), group.count('class="zero" x1="50.00%"')) == (6, 4)


# -- colours -----------------------------------------------------------------------------------------------------------------


def tone_of(report: JudgeReport, *findings: Any) -> str:
    """Return the colour of a judge's status."""
    html = present(dossier(judgement("UNDECIDED", verdict("UNDECIDED", *findings)), judges=(report,)))["report.html"]
    (tone,) = re.findall(r'class="standing (\w+)"', html)
    return str(tone)


def test_a_barred_judge_looks_barred() -> None:
    """By the findings, not by its sentence; with a sign beside the colour."""
    instrument = breached(mode="instrument", evalset="target", grader="voice", baseline=None)
    assert tone_of(judge_report(), instrument) == "breached"
    assert tone_of(judge_report(), undecided(grader="voice", reasons=("JUDGE_BARRED",))) == "breached"
    assert tone_of(judge_report(), replace(instrument, grader="other")) == "none"
    assert "\u2715 barred: shown" in comment_of_barred(instrument)


def comment_of_barred(instrument: Any) -> str:
    """Return the comment on a barred judge."""
    report = judge_report(status="barred: shown to disagree with people")
    return present(dossier(judgement("UNDECIDED", verdict("UNDECIDED", instrument)), judges=(report,)))["report.md"]


@pytest.mark.parametrize("report", [bare_report(), judge_report(chosen="unknown")])
def test_a_judge_that_nobody_vouches_for_looks_undecided(report: JudgeReport) -> None:
    """No labels, or labels chosen nobody knows how."""
    assert tone_of(report, finding()) == "undecided"
    assert tone_of(judge_report(), undecided(grader="voice", reasons=("TOO_FEW_HUMAN_LABELS",))) == "undecided"
    assert tone_of(judge_report(), finding(grader="voice")) == "none"


def test_without_labels_there_is_no_table() -> None:
    """The status, the counts, the menu and the leanings are there all the same."""
    text = page(bare_report()).text
    assert "People labelled nothing." in text
    assert "Judge against people" not in text
    assert "600 answers" in text
    assert "differ most" not in text


# -- findings and systems ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("calibration", ["corrected", "human-only", "judge-only"])
def test_a_finding_says_what_its_numbers_rest_on(calibration: Calibration) -> None:
    """In the page and in the comment, with the judge's own figure where people's labels moved it."""
    held = Judged(calibration=calibration, n_human=80, raw_value=0.11, raw_low=0.06, raw_high=0.16)
    told = present(dossier(judgement("GO", verdict("GO", finding(grader="voice", estimate=estimate(judged=held))))))
    for text in (Parsed(told["report.html"]).text, told["report.md"]):
        assert re.search("[Rr]ests on .*(judge|people)", text)
        assert ("+0.110 (+0.060 to +0.160)" in text) is (calibration != "judge-only")
    plain = present(going())
    assert not re.search("rests on", plain["report.html"] + plain["report.md"], re.IGNORECASE)


def test_what_a_judge_must_show_is_apart_from_what_a_candidate_must() -> None:
    """A kappa is no level of the candidate."""
    instrument = finding(mode="instrument", kind="judge_agreement", baseline=None, grader="voice", margin=0.6)
    text = Parsed(present(dossier(judgement("GO", verdict("GO", finding(), instrument))))["report.html"]).text
    assert "tuned: judges against people" in text
    assert "levels of the candidate" not in text


def test_judges_stand_below_the_compared_systems() -> None:
    """With their models, calls and tokens; what nobody counted is unknown."""
    manifest = {"providers": {"openai": {"kind": "openai_chat"}}, "judges": {"gpt": ASKED, "other": {"role": "judge"}}}
    text = page(judge_report(), manifest=manifest).text
    table = text[text.index("Judges: asked, never compared") :].partition("Slices")[0]
    for part in ("openai (openai_chat)", "gpt-5.4", "gpt-5.4-2026-10-01", "611", "412,330", "nothing reported"):
        assert part in table
    assert table.count("unknown") >= 6
    assert text.index("What was compared") < text.index("Judges: asked")


# -- texts of users ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [going(judges=(judge_report(), pair_report(), bare_report())), hostile()])
def test_the_page_stays_well_formed_and_loads_nothing(held: Dossier) -> None:
    """Whatever names, choices and reasons hold."""
    html = present(held)["report.html"]
    parsed = Parsed(html)
    assert (parsed.open, parsed.crossed) == ([], [])
    assert all(value.startswith("#") for name, value in parsed.attributes if name in ADDRESSES)
    assert not {"script", "img", "iframe", "form"} & set(parsed.tags)
    assert parsed.tags.count("th") == sum(name == "scope" for name, _ in parsed.attributes)
    assert parsed.tags.count("title") - 1 == parsed.tags.count("desc")
    assert not set("\x1b\x07\x00\u202e\ud800") & set(html)


def test_hostile_text_is_no_markup_in_the_comment() -> None:
    """A real parser finds the tags of the report and no other; every row of a table has as many cells as its head."""
    text = present(hostile())["report.md"]
    html = str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))
    ours = {"h2", "h3", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"}
    assert set(re.findall(r"<(\w+)", html)) <= ours | {"pre", "code", "span"}
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    widths = [{len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()} for table in tables]
    assert [len(width) for width in widths] == [1] * len(widths)
    assert not set("\x1b\u202e\ud800") & set(text)


@pytest.mark.parametrize("long", ["x" * 5000, HOSTILE * 40, "$@#" * 3000])
def test_a_comment_always_fits(long: str) -> None:
    """Forty judges with a hundred slices and texts of any length; the verdict is never what is cut."""
    readings = tuple(reading(long, f"{long}{i}") for i in range(100))
    disputes = (Dispute(example_id=long, system=long, judge=long, people=long, gap=1.0),) * 50
    menu = tuple(Choice(name=f"{i}{long}", score=0.0, means=long) for i in range(60))
    report = judge_report(readings=readings, disputes=disputes, menu=menu, cautions=(long,) * 90, status=long)
    text = comment(*(replace(report, grader=f"{i}{long}") for i in range(40)))
    assert len(text) <= 60_000
    assert text.startswith("## \u2713 GO: ship tuned")


def test_what_is_not_shown_is_counted() -> None:
    """Rows, disputes, cautions and notes end somewhere; the counts go on."""
    readings = tuple(reading("gpt", f"s{i}") for i in range(600))
    report = judge_report(readings=readings, disputes=judge_report().disputes * 80, cautions=("mind this",) * 25)
    text = page(report).text
    assert "101 more not shown here." in text
    assert "60 more not shown here." in text
    assert "160 answers on which judge and people differ most" in text
    assert "And 5 more cautions." in text
    assert "And 155 more, in the full report." in comment(judge_report(disputes=judge_report().disputes * 80))


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    """A figure without a number, and one with a number and no interval."""
    held = (figure("agreement", None, n=0), figure("kappa", float("nan"), n=0), figure("specificity", 0.5, n=2))
    text = page(judge_report(readings=(Reading(judge="gpt", slice=None, figures=held),), people=())).text
    assert "gpt unknown unknown 0.500, n = 2 0" in text
    assert not re.search(r"\bNone\b|\bnan\b", text)


def test_a_rater_without_a_name_is_one_person() -> None:
    """Many are counted."""
    assert "labelled by one person" in page(pair_report(menu=SIDES)).text
    many = judge_report(raters=tuple(f"p{i}" for i in range(9)), n_human=1, people=people())
    assert "1 example labelled by p0, p1, p2, p3, p4 and 4 more (" in page(many).text
