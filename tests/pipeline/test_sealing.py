"""Sealed runs: how many messages there are, and that nothing else gets out."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tuneproof.core.errors import InputError
from tuneproof.core.estimate import Estimate
from tuneproof.core.exposure import Slot
from tuneproof.core.verdict import Decision, Finding, Judgement, Reason, Verdict
from tuneproof.pipeline.sealing import FAILED, LACKING, MET, MORE, SEALED_OUTPUTS, check_seal, is_sealed, seal
from tuneproof.spec.lock import UNLOCKED
from tuneproof.store.run_folder import RunFolder

SLOT = Slot(number=1, is_new=True, mode="sealed", declared=3, alpha=0.0167, cautions=("about the ledger",))


def finding(reasons: tuple[Reason, ...] = (), status: str = "undecided", **more: object) -> Finding:
    """Return a finding full of numbers."""
    estimate = Estimate(value=0.123, low=0.1, high=0.2, level=0.9, method="exact-tango", n=77, n_missing=3)
    held = Finding(
        criterion="beats the prompt",
        kind="superiority",
        on_failure="no-go",
        status=status,  # type: ignore[arg-type]
        reasons=reasons,
        statement="tuned beats prompted by 0.123",
        evalset="target",
        slice=None,
        grader="label",
        baseline="prompted",
        system="tuned",
        mode="prove",
        estimate=estimate,
        p_value=0.0123,
        p_adjusted=0.0123,
        margin=0.05,
        needed_n=777,
    )
    return replace(held, **more)  # type: ignore[arg-type]


def judgement(decision: Decision, *verdicts: tuple[str, Decision, tuple[Finding, ...]]) -> Judgement:
    """Return a judgement over candidates."""
    return Judgement(
        experiment="lab",
        run_id="run-1",
        decision=decision,
        recommended=next((name for name, held, _ in verdicts if held == "GO"), None),
        stamp=None,
        stamp_because=None,
        lock=UNLOCKED,
        verdicts=tuple(Verdict(candidate=name, decision=held, findings=found, stamp=None) for name, held, found in verdicts),
        cautions=("about the ledger", "7 answers did not come", "tuned and prompted lack scores unequally"),
        signature="evalset:abc",
        slot=SLOT,
    )


BREACHED = ("tuned", "NO-GO", (finding(status="breached"),))
UNDECIDED: tuple[Reason, ...] = ("MORE_DATA",)

RUNS: dict[str, tuple[Judgement, str, list[str]]] = {
    "go": (judgement("GO", ("tuned", "GO", (finding(status="met"),))), MET, ["tuned"]),
    "go of two": (judgement("GO", ("a", "NO-GO", ()), ("b", "GO", ()), ("c", "GO", ())), MET, ["b"]),
    "no-go": (judgement("NO-GO", BREACHED), FAILED, ["tuned"]),
    "no-go of two": (judgement("NO-GO", BREACHED, ("other", "NO-GO", ())), FAILED, ["tuned", "other"]),
    "more": (judgement("UNDECIDED", ("tuned", "UNDECIDED", (finding(("MORE_DATA",)),))), MORE, ["tuned"]),
    "alarm": (judgement("UNDECIDED", ("tuned", "UNDECIDED", (finding(("SLICE_ALARM",)),))), MORE, ["tuned"]),
    "missing": (judgement("UNDECIDED", ("tuned", "UNDECIDED", (finding(("UNRESOLVED_ITEMS",)),))), LACKING, ["tuned"]),
    "labels": (judgement("UNDECIDED", ("tuned", "UNDECIDED", (finding(("TOO_FEW_HUMAN_LABELS",)),))), LACKING, ["tuned"]),
    "both": (
        judgement("UNDECIDED", ("tuned", "UNDECIDED", (finding(("MORE_DATA",)), finding(("TOO_FEW_CLUSTERS",))))),
        LACKING,
        ["tuned"],
    ),
    "only informs": (
        judgement("UNDECIDED", ("tuned", "UNDECIDED", (finding(("NOT_RUN",), on_failure="report"), finding(UNDECIDED)))),
        MORE,
        ["tuned"],
    ),
    "one of two": (judgement("UNDECIDED", BREACHED, ("other", "UNDECIDED", (finding(UNDECIDED),))), MORE, []),
    "both of two": (judgement("UNDECIDED", ("a", "UNDECIDED", ()), ("b", "UNDECIDED", ())), MORE, []),
    "none": (judgement("UNDECIDED"), MORE, []),
}


@pytest.mark.parametrize("name", RUNS)
def test_only_a_fixed_message_is_shown(name: str) -> None:
    """The decision, its sentence, the candidates of which that says all, and what is to be known of the ledger."""
    held, because, named = RUNS[name]
    shown = seal(held)
    assert (shown.decision, shown.sealed_because, shown.recommended) == (held.decision, because, held.recommended)
    assert [verdict.candidate for verdict in shown.verdicts] == named
    assert all(verdict.findings == () and verdict.decision == held.decision for verdict in shown.verdicts)
    assert shown.cautions == ("about the ledger",)


def test_no_number_gets_out() -> None:
    """None of a finding's stands in verdict.json."""
    text = json.dumps(seal(RUNS["more"][0]).to_json())
    assert [number for number in ("0.123", "77", "0.0123", "exact-tango", "beats the prompt") if number in text] == []


def test_there_are_as_many_messages_as_alpha_is_split_for() -> None:
    """Whatever the number of candidates: what differs between two runs that are not GO is one of three sentences."""
    shown = [seal(held).to_json() for held, _, _ in RUNS.values() if held.decision != "GO" and len(held.verdicts) == 2]
    shown += [seal(held).to_json() for held, _, _ in RUNS.values() if held.decision != "GO" and len(held.verdicts) == 1]
    messages = {(len(held["verdicts"]), held["decision"], held["sealed_because"]) for held in shown}
    assert len({(decision, because) for _, decision, because in messages}) == SEALED_OUTPUTS
    assert len([one for one in messages if one[0] == 1]) == SEALED_OUTPUTS


def test_what_is_not_sealed_says_nothing_of_it() -> None:
    """The keys are those of runs with a ledger, and of sealed ones."""
    held = RUNS["go"][0]
    assert not {"exposure", "sealed_because"} & replace(held, slot=None).to_json().keys()
    told = held.to_json()["exposure"]
    assert told == {"number": 1, "is_new": True, "mode": "sealed", "declared": 3, "alpha": 0.0167, "unsound": None}


@pytest.mark.parametrize(
    ("manifest", "sealed"), [({}, False), ({"exposure": None}, False), ({"exposure": {"mode": "open"}}, False)]
)
def test_open_runs_may_be_looked_at(tmp_path: Path, manifest: dict[str, object], sealed: bool) -> None:
    """So may those of before there was a ledger."""
    folder = RunFolder(tmp_path)
    folder.write_json("manifest.json", manifest)
    check_seal(folder)
    assert is_sealed(folder) is sealed


def test_sealed_runs_are_refused_in_one_line(tmp_path: Path) -> None:
    """Whoever asks for a report is told how to open it."""
    folder = RunFolder(tmp_path)
    folder.write_json("manifest.json", {"exposure": SLOT.to_json()})
    with pytest.raises(InputError, match="is sealed: only its verdict is shown") as caught:
        check_seal(folder)
    assert "\n" not in str(caught.value)
