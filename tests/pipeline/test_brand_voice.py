"""The evalset brand-voice as its README shows it: a judge, two raters, and the ceiling that they set."""

import json
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from sklearn.metrics import cohen_kappa_score

from tests.conftest import ROOT, Lab
from tuneproof.pipeline.calibration import calibration
from tuneproof.pipeline.collecting import Options, unseen

FOLDER = ROOT / "evalsets" / "brand-voice"
N = 72
LEVELS = [1, 2, 3, 4, 5]


def rows() -> list[dict[str, Any]]:
    """Return the examples."""
    return [json.loads(line) for line in (FOLDER / "examples.jsonl").read_text("utf-8").splitlines()]


def ratings(rater: str) -> list[int]:
    """Return the ratings of one rater, in file order."""
    return [int(row["human"][rater]) for row in rows()]


def judged() -> list[int]:
    """Return what the judge says: the first rater's number, one less of every fourth where there is less, one far off."""
    held = [max(1, rating - (place % 4 == 0)) for place, rating in enumerate(ratings("rater_1"))]
    return [6 - held[0], *held[1:]]


@pytest.fixture
def voice(lab: Lab) -> Lab:
    """Return the README's experiment, with a recorded judge."""
    readme = (FOLDER / "README.md").read_text("utf-8").split("```toml\n")[1].split("```")[0]
    lines = readme.replace("evalsets/brand-voice", FOLDER.as_posix())
    judge = [
        {"id": row["id"], "output": f"As the guide says.\nCHOICE: {said}"} for row, said in zip(rows(), judged(), strict=True)
    ]
    lab.write_rows("judgments.jsonl", judge)
    own = """
[providers.judgments]
kind = "replay"
path = "judgments.jsonl"
[systems.judge]
role = "judge"
provider = "judgments"
[experiment]
name = "voice"
"""
    lab.file.write_text(lines + own, "utf-8")
    return lab


@pytest.fixture
def report(voice: Lab) -> dict[str, Any]:
    """Return what is known of the judge."""
    (found,) = calibration(voice.file, Options(), unseen).reports
    return found.to_json()


def alpha(pairs: list[tuple[int, int]]) -> float:
    """Return Krippendorff's alpha of two raters without gaps, interval, straight from its definition."""
    held = [value for pair in pairs for value in pair]
    observed = fmean((one - other) ** 2 for one, other in pairs)
    return 1 - observed / fmean((one - other) ** 2 for one, other in combinations(held, 2))


def test_the_readme_is_an_experiment(report: dict[str, Any]) -> None:
    """Two raters of all 72 replies, a scale of five, one judge."""
    assert (report["raters"], report["n_human"], report["chosen"]) == (["rater_1", "rater_2"], N, "all")
    assert (report["n_answers"], report["n_judged"], report["n_unmarked"]) == (N, N, 0)
    assert [choice["name"] for choice in report["menu"]] == [str(level) for level in LEVELS]


def test_people_against_people_are_the_ceiling(report: dict[str, Any]) -> None:
    """Agreement, quadratic kappa as scikit-learn has it, interval alpha as it is defined; the README's numbers."""
    pairs = list(zip(ratings("rater_1"), ratings("rater_2"), strict=True))
    found = {name: figure["value"] for name, figure in report["people"].items()}
    assert found == pytest.approx(
        {
            "agreement": sum(one == other for one, other in pairs) / N,
            "kappa": cohen_kappa_score(*zip(*pairs, strict=True), labels=LEVELS, weights="quadratic"),
            "Krippendorff's alpha": alpha(pairs),
        },
        abs=1e-9,
    )
    assert (found["agreement"], round(found["kappa"], 3)) == (pytest.approx(67 / 72), 0.983)
    for figure in report["people"].values():
        assert (figure["n"], figure["low"] < figure["value"] < figure["high"]) == (N, True)


def test_the_judge_agrees_as_scikit_learn_says(report: dict[str, Any]) -> None:
    """The mean over both raters, exact agreement beside quadratic kappa, and how often it is one step off at most."""
    both = [ratings("rater_1"), ratings("rater_2")]
    whole = next(one["figures"] for one in report["readings"] if one["slice"] is None)
    exact = [sum(a == b for a, b in zip(judged(), rater, strict=True)) / N for rater in both]
    near = [sum(abs(a - b) <= 1 for a, b in zip(judged(), rater, strict=True)) / N for rater in both]
    kappas = [cohen_kappa_score(judged(), rater, labels=LEVELS, weights="quadratic") for rater in both]
    found = {name: whole[name]["value"] for name in ("agreement", "kappa", "within one")}
    wanted = {"agreement": sum(exact) / 2, "kappa": sum(kappas) / 2, "within one": sum(near) / 2}
    assert found == pytest.approx(wanted, abs=1e-9)
    assert {name: whole[name]["n"] for name in found} == dict.fromkeys(found, N)
    assert "quadratic weights" in whole["kappa"]["note"]


def test_slices_are_shown(report: dict[str, Any]) -> None:
    """Six situations of twelve replies each."""
    slices = {one["slice"]: one["figures"] for one in report["readings"] if one["slice"] is not None}
    assert {name: figures["kappa"]["n"] for name, figures in slices.items()} == dict.fromkeys(
        ("late-parcel", "wrong-size", "complaint", "praise", "question", "account"), 12
    )


def test_the_reply_that_is_far_off_is_read_first(report: dict[str, Any]) -> None:
    """The largest gap stands on top, with both raters' words."""
    first = report["disputes"][0]
    assert (first["example_id"], first["judge"]) == (rows()[0]["id"], str(judged()[0]))
    assert first["people"] == "rater_1: 2, rater_2: 2"


def test_the_command_line_shows_the_ceiling(voice: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the judge, in words."""
    from tuneproof.cli import cli

    cli.main(["judge", str(voice.file)], standalone_mode=False)
    told = " ".join(capsys.readouterr().out.split())
    assert "72 examples labelled by rater_1, rater_2 (all there are)" in told
    assert "people with people" in told
    assert "Krippendorff's alpha" in told
    assert not list(Path(voice.folder).glob("reports"))
