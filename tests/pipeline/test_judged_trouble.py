"""Judges in trouble: replies and answers of any size, judges that are down, runs of a part, files saved by other programs."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.servers.hostile import Ask, Hostile, Say, answer, error
from tuneproof.core.errors import InputError
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.calibration import calibration
from tuneproof.pipeline.collecting import Options, unseen
from tuneproof.pipeline.forecast import forecast
from tuneproof.pipeline.registration import register_experiment

N = 20
MEGABYTE = 1_000_000
SHOWN = re.compile(r"<answer((?:-\d)?)-([0-9a-f]{12})>\n(.*?)\n</answer\1-\2>", re.DOTALL)


def shown(ask: Ask) -> list[str]:
    """Return the answers that a judge is shown."""
    asked = [message["content"] for message in ask.body["messages"] if "<answer" in message["content"]]
    return [match[3] for match in SHOWN.finditer(asked[-1])]


def number(ask: Ask) -> int:
    """Return the number that stands in the answer."""
    return int(re.findall(r"\d+", shown(ask)[0][:40])[0])


def sound(ask: Ask) -> Say:
    """Find what holds `good` right; of two answers the one that does, else the first."""
    good = ["good" in text[:40] for text in shown(ask)]
    if len(good) == 1:
        return said("correct" if good[0] else "wrong")
    return said("second" if good[1] and not good[0] else "first")


def said(choice: str) -> Say:
    """Return a choice as a marked line."""
    return answer(f"It says so.\nCHOICE: {choice}")


@pytest.fixture
def server() -> Iterator[Hostile]:
    """Return a server with a sound judge."""
    with Hostile(sound) as held:
        yield held


@pytest.fixture
def court(lab: Lab, server: Hostile) -> Lab:
    """Return a workspace whose two systems answer from records and whose judge is on that server."""
    lab.evalset("target", N)
    lab.system("prompted", "baseline", {"target": [text("prompted", i) for i in range(N)]})
    lab.system("tuned", "candidate", {"target": [text("tuned", i) for i in range(N)]})
    lab.table("providers", "local", kind="openai_chat", base_url=server.base_url, max_concurrency=8, max_retries=0)
    lab.table("systems", "gpt", role="judge", provider="local", model="judge")
    lab.table("graders", "right", kind="judge", rubric="correctness", judges=["gpt"], reply="line")
    lab.tables["evalsets"]["target"]["graders"] = ["right"]
    lab.criterion("superiority", evalset="target", grader="right")
    return lab


def text(system: str, i: int) -> str:
    """Return an answer: the baseline's is good half of the time, the candidate's nearly always."""
    return f"{system} {i}: " + ("good" if (i % 10 if system == "tuned" else i % 2) else "bad")


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a file of a run."""
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def read(folder: Path, name: str) -> Any:
    """Return a JSON file of a run."""
    return json.loads((folder / name).read_text("utf-8"))


def finding(folder: Path) -> dict[str, Any]:
    """Return the first finding of a run."""
    found: dict[str, Any] = read(folder, "verdict.json")["verdicts"][0]["findings"][0]
    return found


# -- sizes -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "mark", "asked"), [("\nCHOICE: correct", 1.0, 1), ("\nCHOICE: correct, I say", None, 2)])
def test_a_reply_of_ten_megabytes(court: Lab, server: Hostile, end: str, mark: float | None, asked: int) -> None:
    """It is read by the same rules, kept whole in its own file, and makes no report longer."""
    flood = "好" + " and then some" * (10 * MEGABYTE // 14) + end
    server.script = lambda ask: answer(flood) if number(ask) == 4 and "tuned" in shown(ask)[0] else sound(ask)
    folder = court.run().folder
    (held,) = [row for row in rows(folder, "judgments.jsonl") if len(row["text"]) > MEGABYTE]
    assert (held["system"], held["example_id"], held["text"] == flood, len(held["reason"]) < 1000) == ("tuned", "4", True, True)
    marks = {(row["system"], row["example_id"]): row["value"] for row in rows(folder, "scores.jsonl")}
    assert (marks["tuned", "4"], len(server.asks)) == (mark, 2 * N - 1 + asked)
    assert all(len((folder / name).read_text("utf-8")) < MEGABYTE for name in ("report.html", "report.md", "scores.jsonl"))
    again = max(len(json.dumps(ask.body)) for ask in server.asks)
    assert again < 50_000, "what is asked once more shows the beginning of the reply"


@pytest.mark.filterwarnings("ignore:Sending a large body")  # of aiohttp, for developers; users are not shown it
def test_an_answer_of_a_megabyte(court: Lab, server: Hostile) -> None:
    """The judge is shown all of it, in one fence, and its mark is that answer's."""
    long = "tuned 4: good " + "</answer>\n x" * (MEGABYTE // 12)
    court.system("tuned", "candidate", {"target": [long if i == 4 else text("tuned", i) for i in range(N)]})
    folder = court.run().folder
    assert [len(found) for ask in server.asks if (found := shown(ask)[0]).startswith("tuned 4")] == [len(long)]
    (mark,) = [row for row in rows(folder, "scores.jsonl") if (row["system"], row["example_id"]) == ("tuned", "4")]
    assert (mark["value"], mark["stats"]["chars"]) == (1.0, len(long))


def test_an_answer_too_long_for_the_judge(court: Lab, server: Hostile) -> None:
    """What the judge cannot read is no fault of the system: no mark, and no zero, even as the very first question."""
    long = "prompted 0: good" + " and so on" * 2000
    court.system("prompted", "baseline", {"target": [long, *(text("prompted", i) for i in range(1, N))]})
    too_long = "This model's maximum context length is 8192 tokens"
    server.script = lambda ask: (
        error(400, too_long, code="context_length_exceeded") if len(shown(ask)[0]) > 9000 else sound(ask)
    )
    folder = court.run().folder
    (mark,) = [row for row in rows(folder, "scores.jsonl") if row["value"] is None]
    assert (mark["system"], mark["example_id"], mark["outcome"]) == ("prompted", "0", "ungradable")
    assert "context_length" in mark["reason"]
    assert finding(folder)["estimate"]["n_missing"] == 1


# -- panels ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def panel(court: Lab, server: Hostile) -> Lab:
    """Return the workspace with three judges: two that differ on odd examples, and one that is down for every third."""

    def script(ask: Ask) -> Say:
        i, good = number(ask), "good" in shown(ask)[0]
        if ask.model == "c":
            return error(429, "slow down", headers={"retry-after": "0"}) if i % 3 == 1 else said("partly")
        return said("correct" if good != (ask.model == "b" and i % 2 == 1) else "wrong")

    server.script = script
    del court.tables["systems"]["gpt"]
    for name in "abc":
        court.table("systems", name, role="judge", provider="local", model=name)
    court.tables["graders"]["right"]["judges"] = ["a", "b", "c"]
    return court


def test_two_of_three_judges_settle_what_they_agree_on(panel: Lab, server: Hostile) -> None:
    """One is down for some questions: where the others agree that changes nothing, where they differ there is no mark."""
    folder = panel.run().folder
    for row in rows(folder, "scores.jsonl"):
        i, good = int(row["example_id"]), "good" in text(row["system"], int(row["example_id"]))
        assert row["value"] == (None if i % 2 else float(good)), row
        assert row["stats"]["choice:given:c"] == (-1 if i % 3 == 1 else 1)
        assert ("rate_limited" in (row["reason"] or "")) == (i % 3 == 1)
    down = 2 * len(range(1, N, 3))
    told = read(folder, "manifest.json")["judges"]
    assert [(told[name]["completions"], told[name]["missing"]) for name in "abc"] == [
        (2 * N, 0),
        (2 * N, 0),
        (2 * N - down, down),
    ]
    assert any(
        f"{down} replies of judges did not come after all retries" in one for one in read(folder, "verdict.json")["cautions"]
    )
    # What did not come is asked for again, and nothing else.
    before, server.script = len(server.asks), lambda ask: said("wrong")
    panel.run()
    assert {ask.model for ask in server.asks[before:]} == {"c"}
    assert len(server.asks) - before == down


def test_a_mean_needs_all_judges(panel: Lab) -> None:
    """With `panel = "mean"` one judge that is down leaves no mark."""
    panel.tables["graders"]["right"]["panel"] = "mean"
    for row in rows(panel.run().folder, "scores.jsonl"):
        assert (row["value"] is None) == (int(row["example_id"]) % 3 == 1)


# -- runs of a part ----------------------------------------------------------------------------------------------------------


def pairs(court: Lab) -> Lab:
    """Let the judge compare."""
    court.tables["graders"]["right"]["rubric"] = "preference-forced"
    return court


@pytest.mark.parametrize("only", ["baseline", "prompted"])
def test_the_reference_alone_needs_no_judge_of_pairs(court: Lab, server: Hostile, only: str) -> None:
    """It is worth a half by definition; nothing is asked, and there is no verdict."""
    folder = pairs(court).run(only=only).folder
    assert {(row["system"], row["value"]) for row in rows(folder, "scores.jsonl")} == {("prompted", 0.5)}
    assert (server.asks, (folder / "verdict.json").exists()) == ([], False)


def test_the_candidate_alone_has_nothing_to_be_compared_with(court: Lab, server: Hostile) -> None:
    """No judge is asked for what no pair is there of."""
    folder = pairs(court).run(only="tuned").folder
    marks = {(row["value"], row["outcome"], row["reason"]) for row in rows(folder, "scores.jsonl")}
    assert marks == {(None, "ungradable", "prompted has no answer to compare with")}
    assert server.asks == []


def test_the_baseline_alone_is_judged_where_one_answer_is_looked_at(court: Lab, server: Hostile) -> None:
    """And what was judged then is not judged again."""
    folder = court.run(only="baseline").folder
    assert Counter(row["value"] for row in rows(folder, "scores.jsonl")) == {1.0: N / 2, 0.0: N / 2}
    assert (len(server.asks), (folder / "verdict.json").exists()) == (N, False)
    court.run()
    assert len(server.asks) == 2 * N


@pytest.mark.parametrize("pairwise", [False, True])
def test_a_limited_run_judges_what_it_asks(court: Lab, server: Hostile, pairwise: bool) -> None:
    """Five examples, with labels of all: the verdict is exploratory, and nothing beyond the five enters."""
    if pairwise:
        pairs(court)
    choices = ("second", "first") if pairwise else ("correct", "wrong")
    systems = ("tuned",) if pairwise else ("prompted", "tuned")
    labels = [
        {"id": str(i), "system": name, "human": choices["good" not in text(name, i)]} for i in range(N) for name in systems
    ]
    court.write_rows("labels.jsonl", labels)
    court.tables["graders"]["right"]["human"] = "labels.jsonl"
    folder = court.run(limit=5).folder
    assert len(server.asks) == len(rows(folder, "judgments.jsonl")) == 10
    estimate, verdict = finding(folder)["estimate"], read(folder, "verdict.json")
    assert (verdict["decision"], verdict["stamp"]) == ("UNDECIDED", "EXPLORATORY")
    assert (estimate["n"], estimate["judge"]["n_human"]) == (5, 5)
    assert calibration(court.file, Options(), unseen).reports[0].n_human == N


# -- files of labels -----------------------------------------------------------------------------------------------------------


def as_csv(held: list[dict[str, str]]) -> str:
    """Return rows as CSV."""
    out = io.StringIO(newline="")
    sheet = csv.DictWriter(out, list(held[0]), lineterminator="\n")
    sheet.writeheader()
    sheet.writerows(held)
    return out.getvalue()


def as_jsonl(held: list[dict[str, str]]) -> str:
    """Return rows as JSONL."""
    return "".join(json.dumps(row) + "\n" for row in held)


LABELS = [
    {"id": str(i), "system": name, "human": "correct" if "good" in text(name, i) else "wrong"}
    for i in range(N)
    for name in ("prompted", "tuned")
]


@pytest.mark.parametrize(("name", "form"), [("labels.csv", as_csv), ("labels.jsonl", as_jsonl)])
@pytest.mark.parametrize(("mark", "end"), [(b"\xef\xbb\xbf", b"\r\n"), (b"\xef\xbb\xbf", b"\n"), (b"", b"\r\n")])
def test_labels_saved_by_windows(
    court: Lab, name: str, form: Callable[[list[dict[str, str]]], str], mark: bytes, end: bytes
) -> None:
    """A byte order mark and its line ends are no part of a name or a choice."""
    (court.folder / name).write_bytes(mark + form(LABELS).encode().replace(b"\n", end))
    court.tables["graders"]["right"]["human"] = name
    report = calibration(court.write(), Options(), unseen).reports[0]
    assert (report.n_human, report.chosen) == (N, "all")
    whole = next(reading for reading in report.readings if reading.slice is None)
    assert [(figure.name, figure.value) for figure in whole.figures[:2]] == [("agreement", 1.0), ("kappa", 1.0)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (as_csv(LABELS).encode("utf-16"), "labels.csv:1"),
        (as_csv(LABELS).replace("correct", "corr\u00e9ct").encode("cp1252"), "labels.csv:"),
    ],
    ids=["UTF-16", "cp1252"],
)
def test_labels_in_other_encodings_are_refused(court: Lab, server: Hostile, content: bytes, words: str) -> None:
    """With the file, and before anything is asked."""
    (court.folder / "labels.csv").write_bytes(content)
    court.tables["graders"]["right"]["human"] = "labels.csv"
    with pytest.raises(InputError, match=re.escape(words)):
        court.run()
    assert server.asks == []


def test_a_file_without_labels_is_told(court: Lab) -> None:
    """Somebody may still have to fill it in: the run goes on without."""
    (court.folder / "labels.csv").write_bytes(b"")
    court.tables["graders"]["right"]["human"] = "labels.csv"
    verdict = court.verdict()
    assert [text for text in verdict["cautions"] if text.startswith("labels.csv: none of 0 rows holds a label for right")]
    assert verdict["verdicts"][0]["findings"][0]["reasons"] == ["TOO_FEW_HUMAN_LABELS"]


# -- before a run ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rubric", "most"), [("correctness", 2 * N), ("preference", 2 * N)])
def test_a_check_says_how_often_judges_are_asked(court: Lab, server: Hostile, rubric: str, most: int) -> None:
    """At most: each answer, or each pair in both orders. Nothing is asked, and no judge is called idle that a grader asks."""
    court.tables["graders"]["right"]["rubric"] = rubric
    court.table("systems", "idle", role="judge", provider="local", model="idle")
    told = forecast(court.write())
    calls = {held.system: held for held in told.calls}
    assert (calls["gpt"].role, calls["gpt"].requests, calls["gpt"].local) == ("judge", most, False)
    assert [one.text for one in told.cautions if "no grader uses" in one.text] == ["no grader uses the judge idle"]
    assert (server.asks, sorted(path.name for path in court.folder.iterdir() if path.is_dir())) == ([], [])
    court.run()
    assert len(server.asks) <= most


def test_a_rubric_that_is_edited_after_the_lock_is_named(court: Lab) -> None:
    """What judges are told is registered: another word in it is a change."""
    folder = court.folder / "graders" / "rubrics"
    folder.mkdir(parents=True)
    rubric: Mapping[str, str] = {"old": "Is it right?", "new": "Is it right? Be lenient."}
    choices = '[{ name = "correct", score = 1.0 }, { name = "wrong", score = 0.0 }]'
    (folder / "own.toml").write_text(f'kind = "choice"\ninstructions = "{rubric["old"]}"\nchoices = {choices}\n', "utf-8")
    court.tables["graders"]["right"]["rubric"] = "own"
    register_experiment(assemble(court.write()))
    assert read(court.run().folder, "verdict.json")["lock"]["status"] == "locked"
    (folder / "own.toml").write_text(f'kind = "choice"\ninstructions = "{rubric["new"]}"\nchoices = {choices}\n', "utf-8")
    verdict = read(court.run().folder, "verdict.json")
    assert (verdict["lock"]["status"], verdict["stamp"]) == ("changed", "EXPLORATORY")
    assert [line for line in verdict["lock"]["changed"] if "rubrics" in line and "right" in line], verdict["lock"]["changed"]
