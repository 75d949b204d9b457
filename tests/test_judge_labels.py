"""From a drawn sheet to labels that count: `judge sample`, a rater who fills it in, and a run that reads it."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tests.test_cli import Say, Told
from tuneproof import __main__ as process

N, DRAWN = 60, 20
SHEET = Path("labels/right.csv")
Row = dict[str, str]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lab: Lab) -> Say:
    """Return a function that runs a command beside the experiment file, as the process would."""
    monkeypatch.chdir(lab.folder)

    def ran(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["tuneproof", *arguments])
        code = process._code()
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return ran


def text(system: str, i: int) -> str:
    """Return an answer; every tenth of the candidate and every second of the baseline is bad, some are hard on a CSV file."""
    word = "good" if i % (10 if system == "tuned" else 2) else "bad"
    return f'={word} "{i}";\n, says {system[:1]}' if i % 7 == 0 else f"{word} {i} {system[:1]}"


@pytest.fixture
def court(lab: Lab) -> Lab:
    """Return a workspace with recorded answers and a recorded judge that finds everything right."""
    lab.evalset("target", N)
    for name, role in (("prompted", "baseline"), ("tuned", "candidate")):
        lab.system(name, role, {"target": [text(name, i) for i in range(N)]})
    lab.write_rows("judgments.jsonl", [{"id": str(i), "output": "CHOICE: correct"} for i in range(N)])
    lab.table("providers", "judgments", kind="replay", path="judgments.jsonl")
    lab.table("systems", "gpt", role="judge", provider="judgments")
    lab.table("graders", "right", kind="judge", rubric="correctness", judges=["gpt"])
    lab.tables["evalsets"]["target"]["graders"] = ["right"]
    lab.criterion("superiority", evalset="target", grader="right", margin=0.05)
    lab.write()
    return lab


def use_labels(lab: Lab) -> None:
    """Put the line into the experiment file that `judge sample` asks for."""
    lab.tables["graders"]["right"]["human"] = SHEET.as_posix()
    lab.write()


def rows_of(path: Path) -> list[Row]:
    """Return the rows of a sheet."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def saved(path: Path, rows: Iterable[Row], **how: Any) -> None:
    """Write a sheet as a spreadsheet would."""
    held, out = list(rows), io.StringIO(newline="")
    sheet = csv.DictWriter(out, list(held[0]), **{"lineterminator": "\r\n", **how})
    sheet.writeheader()
    sheet.writerows(held)
    path.write_bytes(out.getvalue().encode("utf-8-sig"))


def rate(path: Path, wanted: Callable[[Row], bool] = lambda _: True, **how: Any) -> None:
    """Fill a sheet in as somebody who is always right, from what the rows show alone; rows that are not wanted stay empty."""
    saved(path, (row | {"human": opinion(row) if wanted(row) else ""} for row in rows_of(path)), **how)


def opinion(row: Row) -> str:
    """Return the right choice."""
    if "answer" in row:
        return "correct" if "good" in row["answer"] else "wrong"
    first, second = ("good" in row["answer_1"], "good" in row["answer_2"])
    return "tie" if first == second else "first" if first else "second"


def latest(lab: Lab, name: str) -> Any:
    """Return a JSON file of the newest run."""
    return json.loads((lab.folder / "reports" / "lab" / "latest" / name).read_text("utf-8"))


def outcome(lab: Lab) -> tuple[str, str, dict[str, Any], list[str]]:
    """Return how the newest run calibrated its judge, how labels were chosen, the finding and the cautions."""
    verdict = latest(lab, "verdict.json")
    finding = verdict["verdicts"][0]["findings"][0]
    chosen = [held["chosen"] for held in latest(lab, "manifest.json")["people"]]
    return finding["estimate"]["judge"]["calibration"], " ".join(chosen), finding, verdict["cautions"]


def test_a_sheet_that_is_filled_in_decides(say: Say, court: Lab) -> None:
    """20 of 60 drawn, labelled and saved by a spreadsheet: people alone decide, and their labels were drawn."""
    assert say("judge", "sample", "--n", str(DRAWN), "-q").code == 0
    assert len(rows_of(SHEET)) == 2 * DRAWN
    rate(SHEET)
    use_labels(court)
    assert say("run", court.file.name, "-q").code in (0, 2)
    calibration, chosen, finding, cautions = outcome(court)
    assert (calibration, chosen) == ("human-only", "drawn")
    assert not [text for text in cautions if "labels" in text]
    ids = {row["example_id"] for row in label_rows(court)}
    assert len(ids) == DRAWN
    gains = [("good" in text("tuned", int(i))) - ("good" in text("prompted", int(i))) for i in ids]
    assert finding["estimate"]["value"] == pytest.approx(sum(gains) / DRAWN)
    assert finding["estimate"]["judge"]["judge_only"]["value"] == pytest.approx(0.0)


def label_rows(lab: Lab) -> list[dict[str, Any]]:
    """Return the labels that the newest run used."""
    text = (lab.folder / "reports" / "lab" / "latest" / "human.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_labels_are_for_the_right_answers(say: Say, court: Lab) -> None:
    """Whose answer a row shows is told nowhere, and found again by its item."""
    say("judge", "sample", "--n", str(DRAWN), "-q")
    told = SHEET.read_text("utf-8-sig")
    assert not [name for name in ("prompted", "tuned") if name in told]
    rate(SHEET)
    use_labels(court)
    say("run", court.file.name, "-q")
    for row in label_rows(court):
        assert row["choice"] == ("correct" if "good" in text(row["system"], int(row["example_id"])) else "wrong")


def last_and_first(say: Say) -> tuple[list[Row], set[str]]:
    """Draw the sheet, and return its rows and the items of the example that was drawn last."""
    say("judge", "sample", "--n", str(DRAWN), "-q")
    say("judge", "sample", "--n", str(DRAWN - 1), "--output", "fewer.csv", "-q")
    rows = rows_of(SHEET)
    return rows, {row["item"] for row in rows} - {row["item"] for row in rows_of(Path("fewer.csv"))}


def test_a_larger_draw_holds_the_smaller_one(say: Say, court: Lab) -> None:
    """Labels that are there stay good."""
    rows, last = last_and_first(say)
    assert (len(rows), len(last)) == (2 * DRAWN, 2)
    assert len({row["question"] for row in rows if row["item"] in last}) == 1


def test_a_skipped_example_makes_the_draw_unknown(say: Say, court: Lab) -> None:
    """19 of 20: nothing may be corrected by what somebody left out, and the caution names it."""
    rows, last = last_and_first(say)
    skipped = next(row["question"] for row in rows if row["item"] not in last)
    rate(SHEET, lambda row: row["question"] != skipped)
    use_labels(court)
    say("run", court.file.name, "-q")
    calibration, chosen, finding, cautions = outcome(court)
    assert (calibration, chosen, finding["reasons"]) == ("judge-only", "unknown", ["TOO_FEW_HUMAN_LABELS"])
    told = f"labels skip 1 of the first {DRAWN} drawn ({skipped.removeprefix('question ')}): label it"
    assert [caution for caution in cautions if told in caution], cautions


def test_the_last_example_may_be_left_out(say: Say, court: Lab) -> None:
    """The first 19 are a draw as well, and too few."""
    _, last = last_and_first(say)
    rate(SHEET, lambda row: row["item"] not in last)
    use_labels(court)
    say("run", court.file.name, "-q")
    calibration, chosen, finding, cautions = outcome(court)
    assert (calibration, chosen, finding["reasons"]) == ("human-only", "drawn", ["TOO_FEW_HUMAN_LABELS"])
    assert not [caution for caution in cautions if "skip" in caution]


def test_a_label_never_counts_for_an_answer_that_changed(say: Say, court: Lab) -> None:
    """Its label is told and not used; the draw then lacks it."""
    say("judge", "sample", "--n", str(DRAWN), "-q")
    rate(SHEET)
    use_labels(court)
    say("run", court.file.name, "-q")
    changed = label_rows(court)[0]["example_id"]
    answers = [text("tuned", i) + " (new)" * (str(i) == changed) for i in range(N)]
    court.system("tuned", "candidate", {"target": answers})
    court.write()
    say("run", court.file.name, "-q")
    used = {(row["example_id"], row["system"]) for row in label_rows(court)}
    assert (changed, "tuned") not in used
    assert len(used) == 2 * DRAWN - 1
    _, chosen, _, cautions = outcome(court)
    assert chosen == "unknown"
    assert [caution for caution in cautions if "1 labels (the first: labels/right.csv:" in caution and "changed" in caution]
    assert [caution for caution in cautions if f"drawn ({changed})" in caution]


def test_a_change_of_the_seed_makes_another_draw(say: Say, court: Lab) -> None:
    """The labels are those of another sample then, and nothing is corrected by them."""
    say("judge", "sample", "--n", str(DRAWN), "-q")
    rate(SHEET)
    use_labels(court)
    court.settings["seed"] = 7
    court.write()
    say("run", court.file.name, "-q")
    assert outcome(court)[1] == "unknown"


@pytest.mark.parametrize("how", [{}, {"lineterminator": "\n"}, {"quoting": csv.QUOTE_ALL}], ids=["CRLF", "LF", "all quoted"])
def test_spreadsheets_save_in_many_ways(say: Say, court: Lab, how: dict[str, Any]) -> None:
    """With a byte order mark, Windows line ends, quotes everywhere."""
    say("judge", "sample", "--n", str(DRAWN), "-q")
    rate(SHEET, **how)
    use_labels(court)
    told = say("run", court.file.name, "-q")
    assert told.code in (0, 2), told.err
    assert (len(label_rows(court)), outcome(court)[1]) == (2 * DRAWN, "drawn")


@pytest.mark.parametrize("delimiter", [";", "\t"], ids=["semicolons", "tabs"])
def test_a_sheet_with_other_delimiters_is_refused(say: Say, court: Lab, delimiter: str) -> None:
    """It is never taken for a file without labels."""
    say("judge", "sample", "--n", str(DRAWN), "-q")
    rate(SHEET, delimiter=delimiter)
    use_labels(court)
    told = say("run", court.file.name, "-q")
    assert (told.code, told.out, SHEET.as_posix() in told.err, told.err.count("\n")) == (3, "", True, 1)


def test_pairs_are_labelled_as_they_are_shown(say: Say, court: Lab) -> None:
    """Half of the rows show the candidate first; the labels come back as of the given order."""
    court.tables["graders"]["right"]["rubric"] = "preference"
    rows = [{"id": str(i), "verdict": "first", "verdict_swapped": "first"} for i in range(N)]
    court.write_rows("judgments.jsonl", rows)
    court.write()
    say("judge", "sample", "--n", str(N), "-q")
    firsts = [row["answer_1"].endswith("t") for row in rows_of(SHEET)]
    assert 0.25 < sum(firsts) / len(firsts) < 0.75
    rate(SHEET)
    use_labels(court)
    say("run", court.file.name, "-q")
    for row in label_rows(court):
        i = int(row["example_id"])
        gain = ("good" in text("tuned", i)) - ("good" in text("prompted", i))
        assert row["choice"] == {1: "second", 0: "tie", -1: "first"}[gain]
    assert outcome(court)[:2] == ("human-only", "all")


def test_a_sheet_that_is_filled_in_from_the_top_is_a_fair_sample(say: Say, court: Lab) -> None:
    """Whoever stops in the middle, even of an example, has labelled the first of the draw."""
    say("judge", "sample", "--n", "30", "-q")
    done = {row["item"] for row in rows_of(SHEET)[:45]}
    rate(SHEET, lambda row: row["item"] in done)
    use_labels(court)
    assert say("run", court.file.name, "-q").code in (0, 2)
    assert outcome(court)[:2] == ("human-only", "drawn")


def test_raters_have_the_menu_beside_the_sheet(say: Say, court: Lab) -> None:
    """The guide holds what to go by and every choice."""
    say("judge", "sample", "--n", "5", "-q")
    guide = Path("labels/right-guide.md").read_text("utf-8")
    assert all(f"**{name}**" in guide for name in ("correct", "partly", "wrong"))
    assert [row["id"] for row in rows_of(SHEET)][::2] == [row["id"] for row in rows_of(SHEET)][1::2]
