"""Reports: what a reviewer must find in them, and what texts of users must never become."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from present_dossiers import (
    HOSTILE,
    breached,
    difference,
    dossier,
    estimate,
    finding,
    flip,
    flips,
    going,
    hostile,
    judgement,
    level,
    system,
    undecided,
    verdict,
)

from tuneproof.core.report import Dossier, FailureRow
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._tables import board
from tuneproof.stages.present import formats, present

VOID = {"meta", "br"}
ADDRESSES = {"src", "href", "xlink:href", "action", "srcset", "style"}


class Parsed(HTMLParser):
    """A page as tags, attributes and visible text, with the tags that were left open or crossed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag without content."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Note a tag that closes another than the last one opened."""
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        if self.open[-1:] != ["style"]:
            self.texts.append(data)


def page(held: Dossier) -> Parsed:
    """Return the parsed HTML report."""
    return Parsed(present(held)["report.html"])


def mixed() -> Dossier:
    """Return a NO-GO with all three statuses, missing answers and a guard."""
    missing = estimate(n=288, n_missing=12, worst=0.0912, best=0.1634)
    guard = finding(criterion="slices hold", kind="non_inferiority", mode="guard", slice="de", margin=0.1)
    counted = undecided(criterion="answers come back", mode="count", kind="completeness", baseline=None, margin=0.01)
    counted = replace(counted, estimate=replace(missing, value=0.04, low=0.04, high=0.04), p_value=None, p_adjusted=None)
    return dossier(judgement("NO-GO", verdict("NO-GO", finding(estimate=missing), breached(), guard, counted)))


def test_the_folder_of_templates_is_the_registry() -> None:
    """Every template that is not a part of another becomes one file."""
    assert formats() == ("junit.xml.j2", "report.html.j2", "report.md.j2")
    assert set(present(going())) == {"junit.xml", "report.html", "report.md"}


def test_the_verdict_comes_first() -> None:
    """Decision, what to do, and the reason stand before the first criterion."""
    text = page(going()).text
    assert text.index("GO ship tuned") < text.index("tuned beats prompted on target by 0.130") < text.index("Criteria")
    assert text.index("recommended") < text.index("Criteria")


@pytest.mark.parametrize("held", [going(), mixed(), hostile(), dossier(None), dossier(judgement("UNDECIDED"))])
def test_the_page_is_well_formed(held: Dossier) -> None:
    """Every tag is closed in order, and there is one main heading."""
    parsed = page(held)
    assert parsed.open == []
    assert parsed.crossed == []
    assert parsed.tags.count("h1") == 1


def test_several_candidates_stand_side_by_side() -> None:
    """One table of all systems with what was decided and their means; where one is judged there is none."""
    one = going()
    assert one.judgement is not None
    also = replace(one.judgement.verdicts[0], candidate="other")
    two = replace(one, judgement=replace(one.judgement, verdicts=(*one.judgement.verdicts, also), recommended="tuned"))
    shown = board(two, Allowance(rows=60, flips=0, text=0))
    assert [row[:3] for row in shown.rows] == [("prompted", "baseline", "0.720"), ("tuned", "GO (recommended)", "0.850")]
    assert board(one, Allowance(rows=60, flips=0, text=0)).rows == ()
    for name, told in (
        ("report.html", "<caption>All systems</caption>"),
        ("report.md", "| tuned | GO (recommended) | 0.850 |"),
    ):
        assert told in present(two)[name]
        assert told not in present(one)[name]


@pytest.mark.parametrize("held", [going(), hostile()])
def test_the_page_loads_nothing_and_runs_nothing(held: Dossier) -> None:
    """No address but its own anchors, no script, no handler; a policy forbids them besides."""
    parsed = page(held)
    addresses = [value for name, value in parsed.attributes if name in ADDRESSES]
    assert all(value.startswith("#") for value in addresses)
    assert not {"script", "link", "iframe", "img", "object", "base", "form"} & set(parsed.tags)
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert any("default-src 'none'" in value for _, value in parsed.attributes)


def test_tables_and_drawings_say_what_they_are() -> None:
    """Header cells have a scope, drawings a title, a description and a label."""
    parsed = page(mixed())
    assert parsed.tags.count("th") == sum(name == "scope" for name, _ in parsed.attributes) > 0
    drawings = sum(value == "img" for _, value in parsed.attributes)
    assert parsed.tags.count("title") - 1 == parsed.tags.count("desc") == drawings > 0


@pytest.mark.parametrize(
    "number",
    [
        "+0.130",
        "+0.076 to +0.187",
        "+0.050",
        "0.720 \u2192 0.850",
        "288",
        "12 missing",
        "p = 0.0162",
        "0.9999",
        "+0.091 to +0.163",
        "\u22120.087",
        "\u22120.118 to \u22120.059",
        "\u22120.030",
        "guard at \u22120.100",
        "at most 0.010",
        "0.040",
        "+0.074 to +0.185",
    ],
)
def test_every_number_of_a_finding_is_on_the_page(number: str) -> None:
    """Estimate, limits, margin with its sign, levels, n, missing, p and bounds are all there."""
    assert number in page(mixed()).text


def test_the_status_is_said_in_words_beside_its_colour() -> None:
    """A reader who sees no colours reads the status."""
    text = page(mixed()).text
    assert "\u2713 met" in text
    assert "\u2715 breached" in text
    assert "? undecided" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"needed_n": 512}, "MORE_DATA: about 210 more examples needed (512 in all)"),
        ({"needed_n": None}, "which was not registered"),
        ({"needed_n": 250}, "250 examples are enough"),
        ({"reasons": ("UNRESOLVED_ITEMS",), "estimate": estimate(n=288, n_missing=12)}, "12 of 300 examples have no"),
        ({"reasons": ("SLICE_ALARM",), "slice": "de"}, "evidence of harm on target \u00b7 slice de"),
        ({"reasons": ("TOO_FEW_CLUSTERS",), "estimate": estimate(n_clusters=4)}, "too few independent clusters (4)"),
        ({"reasons": ("NOT_RUN",)}, "stopped before"),
    ],
)
def test_reasons_are_told_in_words(changes: dict[str, object], words: str) -> None:
    """A reason code comes with what a reader can do about it."""
    assert words in page(dossier(judgement("UNDECIDED", verdict("UNDECIDED", undecided(**changes))))).text


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    """Unknown tokens and latencies are never zero, never None and never NaN."""
    facts = {"input_tokens": None, "output_tokens": None, "latency_p50_s": None, "latency_p95_s": float("nan")}
    text = page(going(systems=(system("prompted", "baseline"), system("tuned", "candidate", **facts)))).text
    assert text.count("unknown") >= 6
    assert "nan" not in text.lower().split()
    assert "None" not in text


def test_nothing_measured_is_drawn_and_told() -> None:
    """An estimate without a value and with the whole range has a drawing, and its number is unknown."""
    nothing = estimate(value=None, low=-1.0, high=1.0, n=0, baseline_value=None, candidate_value=None)
    judged = judgement("UNDECIDED", verdict("UNDECIDED", undecided(estimate=nothing)))
    text = page(dossier(judged, levels=(level("tuned", None),))).text
    assert "unknown must be above +0.050" in text
    assert "\u22121.000 to +1.000" in text


def test_a_limit_that_rounds_to_its_margin_is_shown_apart_from_it() -> None:
    """A met criterion never reads as if its limit were the margin itself."""
    close = finding(estimate=estimate(low=0.05004))
    assert "+0.05004 to +0.18740" in page(dossier(judgement("GO", verdict("GO", close)))).text


def test_failures_on_one_side_are_said_first() -> None:
    """A gap that may be nothing but failures of one system stands above the criteria."""
    lopsided = (system("prompted", "baseline", missing=12, completions=288), system("tuned", "candidate"))
    text = page(going(systems=lopsided)).text
    told = "Missing answers are uneven: prompted 12 of 300 (4.0 %), tuned 0 of 300 (0.0 %)."
    assert text.index(told) < text.index("registered margin")


def test_lost_examples_come_first_and_counts_are_never_cut() -> None:
    """Whatever the order in the dossier, what broke is read first."""
    text = page(going()).text
    assert text.index("ticket-lost") < text.index("ticket-gained")
    assert "9 lost 48 gained 243 the same 2 of 57 shown, lost first" in text


def test_a_long_answer_is_cut_with_a_note() -> None:
    """A megabyte of answer costs two kilobytes of page, and the reader is told."""
    long = flip(candidate_answer="x" * 1_000_000, input="\u202e" * 500_000)
    report = present(going(flips=(flips(long),)))["report.html"]
    assert "998,000 of 1,000,000 characters are not shown" in report
    assert len(report) < 100_000


def test_a_typical_page_is_small() -> None:
    """Three hundred examples with a hundred flips stay below 300 kB."""
    shown = tuple(flip("lost", example_id=f"t{i}", input="word " * 60) for i in range(100))
    assert len(present(going(flips=(flips(*shown, n_lost=100),)))["report.html"].encode()) < 300_000


def test_many_slices_and_failures_are_counted_where_they_are_not_shown() -> None:
    """Tables end somewhere; the counts go on."""
    rows = (FailureRow(system="tuned", evalset="target", example_id="1", kind="timeout", message="no answer"),) * 50
    many = going(differences=tuple(difference(f"s{i}") for i in range(700)), failures=rows, n_failures=90_000)
    text = page(many).text
    assert "200 more slices not shown here" in text
    assert "89,950 more not shown here" in text


def test_text_of_users_stays_text() -> None:
    """Hostile text is shown, escaped, without control characters, overrides or half surrogates."""
    parsed = page(hostile())
    assert "<script>alert(1)</script>" in parsed.text
    assert "{{ 7*7 }}" in parsed.text
    assert not set("\x1b\x07\x00\u202e\ud800") & set(present(hostile())["report.html"])


def test_reports_can_be_written_as_utf8() -> None:
    """No half surrogate is left in any format."""
    for text in present(hostile()).values():
        assert text.encode("utf-8")
        assert "\x1b" not in text


def test_slices_that_lost_are_named_together() -> None:
    """Those that were shown to lose, and those with evidence of it; a single one is named by its own finding."""
    guard = finding(kind="non_inferiority", mode="guard", slice="en", status="breached")
    alarm = replace(guard, slice="de", status="undecided", reasons=("SLICE_ALARM",))
    told = present(dossier(judgement("NO-GO", verdict("NO-GO", guard, alarm))))["report.md"]
    assert "Slices shown to lose too much: en; with evidence of harm: de." in told
    assert "Slices shown" not in present(dossier(judgement("NO-GO", verdict("NO-GO", guard))))["report.md"]


def test_an_exploratory_run_says_why() -> None:
    """The stamp and its reason stand in the verdict."""
    judged = judgement("GO", verdict("GO", finding()), stamp="EXPLORATORY", stamp_because="only 20 examples were asked")
    text = page(dossier(judged)).text
    assert text.index("EXPLORATORY") < text.index("only 20 examples were asked") < text.index("Criteria")


def test_collecting_alone_has_no_verdict() -> None:
    """A run with `--only` shows means and says that nothing was judged."""
    text = page(dossier(None, differences=())).text
    assert "NO VERDICT" in text
    assert "0.720 (0.677 to 0.761), n = 300" in text


def test_provenance_repeats_the_run() -> None:
    """Digests, signature, manifest and the commands to check them are on the page."""
    text = page(going()).text
    assert "9f" * 32 in text
    assert "tuneproof decide 20261120T160211-7f3a" in text
    assert "endpoints.openai https://api.openai.com/v1" in text


def test_hostile_text_is_the_hard_case() -> None:
    """The text that the other tests rely on holds all of it."""
    assert all(bad in HOSTILE for bad in ("<script>", "]]>", "| a |", "\x1b[", "\u202e", "\ud800", "@octocat"))
