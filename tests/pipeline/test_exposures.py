"""Exposures: which one a run is, at what error it is judged, and what speaks against the record."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lab
from tuneproof.core.completion import Completion, Failure, Reply
from tuneproof.core.errors import InputError, RunStopped
from tuneproof.core.example import Example
from tuneproof.core.exposure import Exposure, Slot
from tuneproof.core.verdict import Decision, LockState
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.exposures import Ledger, alpha_of, spent
from tuneproof.pipeline.shown import Answers, answers_in, holdout_digest
from tuneproof.spec.lock import UNLOCKED
from tuneproof.store.ledger import append, ledger_path, read
from tuneproof.store.rows import reply_row
from tuneproof.store.run_folder import RunFolder

N = 6


@pytest.fixture
def shelf(lab: Lab) -> Lab:
    """Return a workspace with a holdout of six examples and a candidate."""
    lab.evalset("target", N)
    lab.system("prompted", "baseline", {"target": [False] * N})
    lab.system("tuned", "candidate", {"target": [True] * N})
    return lab


def declare(lab: Lab, exposures: int | None = None, mode: str = "open") -> Lab:
    """Declare exposures."""
    lab.tables["ledger"] = {"mode": mode} | ({} if exposures is None else {"exposures": exposures})
    return lab


def opened(lab: Lab, *, lock: LockState = UNLOCKED, limit: int | None = None, strict: bool = False) -> Ledger:
    """Return the ledger as a run of the experiment file meets it."""
    bench = assemble(lab.write(), limit=limit)
    return Ledger(bench=bench, lock=lock, reports=lab.folder / "reports" / "lab", strict=strict)


def said(text: str | None, tuned: Sequence[str | None] = ("yes",) * N, kind: Any = "timeout") -> Answers:
    """Return the answers of a run: the baseline's are all `text`, None is a missing one."""
    answers = Answers()
    list(answers.over(replies(text, tuned, kind)))
    return answers


def replies(text: str | None, tuned: Sequence[str | None] = ("yes",) * N, kind: Any = "timeout") -> list[Reply]:
    """Return the answers of both systems."""
    return [
        Reply(
            evalset="target",
            example=Example(id=str(i), inputs=f"question {i}", expected="yes", cluster=str(i)),
            system=system,
            repeat=0,
            completion=Completion(text=held, failure=Failure(kind=kind, message="x") if held is None else None),
        )
        for system, texts in (("prompted", (text,) * N), ("tuned", tuned))
        for i, held in enumerate(texts)
    ]


def show(lab: Lab, answers: Answers, run_id: str, decision: Decision = "NO-GO", **more: Any) -> Slot:
    """Do what a run does: find its place, and record it."""
    ledger = opened(lab, **more)
    slot = ledger.slot_of(answers)
    ledger.record(slot, answers, run_id, decision)
    return slot


def entries(lab: Lab) -> tuple[Exposure, ...]:
    """Return the ledger, which must be sound."""
    held = read(ledger_path(lab.file), "lab")
    assert held.damage == ()
    return held.entries


# -- digests -----------------------------------------------------------------------------------------------------------------


def test_the_order_of_answers_does_not_count() -> None:
    """Rows of an evalset may be put in another order."""
    answers = Answers()
    for _ in answers.over(reversed(replies("no"))):
        pass
    assert answers.digest == said("no").digest


def test_replies_pass_through_unchanged() -> None:
    """They are digested on their way."""
    held = replies("no")
    assert list(Answers().over(held)) == held


OTHERS = {
    "another text": said("yes"),
    "an empty text": said(""),
    "one answer less": said("no", ("yes",) * (N - 1) + (None,)),
    "too long": said("no", ("yes",) * (N - 1) + (None,), "context_length"),
    "one answer elsewhere": said("no", (None,) + ("yes",) * (N - 1)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_answers_have_another_digest(name: str) -> None:
    """Each of them is something new to show."""
    digests = [held.digest for held in OTHERS.values()]
    assert OTHERS[name].digest != said("no").digest
    assert digests.count(OTHERS[name].digest) == 1


def test_what_went_wrong_does_not_count() -> None:
    """The same answer missing once more shows nothing new, whatever the reason."""
    lacking = ("yes",) * (N - 1) + (None,)
    assert said("no", lacking, "timeout").digest == said("no", lacking, "rate_limited").digest


def test_repeats_count() -> None:
    """The same text of another repeat is another answer."""
    one, other = Answers(), Answers()
    for answers, repeat in ((one, 0), (other, 1)):
        answers.add("target", "0", "tuned", repeat, Completion(text="yes"))
    assert one.digest != other.digest


@pytest.mark.parametrize("name", ["étape", "日本語\n", "\U0001f600", "\udc80"])
def test_texts_are_any_text(name: str) -> None:
    """Whatever a model says, and whatever a system is called."""
    answers = Answers()
    answers.add(name, name, name, 0, Completion(text=name))
    assert (len(answers.digest), answers.systems) == (64, {name})


def test_answers_of_a_run_folder_are_those_of_the_run(tmp_path: Path) -> None:
    """Read back, they have the same digest; a folder that is gone has none."""
    folder = RunFolder(tmp_path)
    for _ in folder.write_rows("completions.jsonl", replies("no", ("yes", None) * 3), reply_row):
        pass
    found = answers_in(folder)
    assert found is not None
    assert (found.digest, found.asked) == (said("no", ("yes", None) * 3).digest, 2 * N)
    assert answers_in(RunFolder(tmp_path / "gone")) is None


def test_the_name_of_an_evalset_is_no_part_of_the_holdout(shelf: Lab) -> None:
    """Nor is the order of its rows; its content is."""
    first = holdout_digest(opened(shelf).bench)
    rows = (shelf.folder / "target.jsonl").read_text().splitlines()
    (shelf.folder / "target.jsonl").write_text("\n".join(reversed(rows)) + "\n")
    shelf.tables["evalsets"]["renamed"] = shelf.tables["evalsets"].pop("target")
    assert holdout_digest(opened(shelf).bench) == first
    (shelf.folder / "target.jsonl").write_text("\n".join(rows).replace("question 3", "question three") + "\n")
    assert holdout_digest(opened(shelf).bench) != first


def test_a_part_of_the_holdout_is_the_same_holdout(shelf: Lab) -> None:
    """`--limit` starts no count of its own."""
    assert holdout_digest(opened(shelf, limit=2).bench) == holdout_digest(opened(shelf).bench)


def test_evalsets_for_selection_are_no_part_of_it(shelf: Lab) -> None:
    """They are there to be looked at."""
    first = holdout_digest(opened(shelf).bench)
    shelf.evalset("dev", 4, role="selection")
    assert holdout_digest(opened(shelf).bench) == first


# -- levels ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "exposures", "levels"),
    [
        ("open", None, [0.05, 0.05, 0.05]),
        ("sealed", None, [0.05, 0.05, 0.05]),
        ("open", 1, [0.05, 0.05]),
        ("open", 3, [0.05 / 3, 0.05 / 3, 0.05 / 3, 0.05 / 3]),
        ("sealed", 1, [0.05, 0.05]),
        ("sealed", 3, [0.05 / 3, 0.05 / 9, 0.05 / 27, 0.05 / 27]),
    ],
)
def test_alpha_is_split_over_what_is_declared(shelf: Lab, mode: str, exposures: int | None, levels: list[float]) -> None:
    """Evenly where all is shown; sealed, over the messages too that came before."""
    experiment = opened(declare(shelf, exposures, mode)).bench.experiment
    assert [alpha_of(experiment, number) for number in range(1, len(levels) + 1)] == pytest.approx(levels)


@pytest.mark.parametrize("exposures", [1, 2, 3, 10, 100])
@pytest.mark.parametrize("mode", ["open", "sealed"])
def test_all_levels_together_keep_alpha(shelf: Lab, mode: str, exposures: int) -> None:
    """Open, the shares sum to alpha; sealed, those of every candidate that any sequence of messages may lead to."""
    experiment = opened(declare(shelf, exposures, mode)).bench.experiment
    paths = [1 if mode == "open" else 3 ** (number - 1) for number in range(1, exposures + 1)]
    shares = [count * alpha_of(experiment, number) for number, count in enumerate(paths, 1)]
    assert sum(shares) == pytest.approx(0.05)
    assert min(shares) > 0


# -- counting ----------------------------------------------------------------------------------------------------------------


def test_new_answers_are_counted(shelf: Lab) -> None:
    """From the second on the verdict says how often, and since when."""
    slots = [show(shelf, said(text), f"run-{text}") for text in ("a", "b", "c")]
    assert [slot.number for slot in slots] == [1, 2, 3]
    assert [bool(slot.cautions) for slot in slots] == [False, True, True]
    first = entries(shelf)[0].at
    told = f"results of new answers on this holdout were shown twice before this run, first {first}"
    assert slots[2].cautions == (f"{told}: what was tuned after that has seen it",)
    assert [(held.number, held.run_id, held.alpha) for held in entries(shelf)] == [
        (1, "run-a", 0.05),
        (2, "run-b", 0.05),
        (3, "run-c", 0.05),
    ]


def test_the_place_is_known_before_anything_is_collected(shelf: Lab) -> None:
    """At the level of new answers."""
    declare(shelf, 3, "sealed")
    assert opened(shelf).next_slot().alpha == pytest.approx(0.05 / 3)
    show(shelf, said("a"), "run-a")
    slot = opened(shelf).next_slot()
    assert (slot.number, slot.is_new, slot.declared, slot.mode) == (2, True, 3, "sealed")
    assert slot.alpha == pytest.approx(0.05 / 9)


def test_the_same_answers_are_no_new_exposure(shelf: Lab) -> None:
    """They keep number and level, however many came since."""
    declare(shelf, 3, "sealed")
    first = show(shelf, said("a"), "run-a")
    show(shelf, said("b"), "run-b")
    again = show(shelf, said("a"), "run-c")
    assert (again.number, again.alpha, again.is_new) == (1, first.alpha, False)
    assert [held.run_id for held in entries(shelf)] == ["run-a", "run-b"]


def test_another_holdout_has_its_own_count(shelf: Lab) -> None:
    """In the same file; that there is another one is said."""
    show(shelf, said("a"), "run-a")
    shelf.evalset("target", N + 1)
    slot = show(shelf, said("a"), "run-b")
    assert (slot.number, slot.is_new) == (1, True)
    assert slot.cautions[0].startswith("the ledger has an exposure of another holdout, counted apart")


def test_limited_runs_count(shelf: Lab) -> None:
    """Part of the holdout was seen."""
    assert show(shelf, said("a"), "run-a", limit=2).number == 1
    assert show(shelf, said("b"), "run-b").number == 2


def test_a_run_without_a_candidates_answer_shows_nothing(shelf: Lab) -> None:
    """All candidates were stopped before the holdout."""
    slot = show(shelf, said("a", (None,) * N), "run-a")
    assert not slot.is_new
    assert not ledger_path(shelf.file).exists()


def test_what_is_declared_can_be_used_up(shelf: Lab) -> None:
    """The verdict is then exploratory, and the same answers as before are not."""
    declare(shelf, 2)
    assert [spent(show(shelf, said(text), text)) for text in ("a", "b")] == [None, None]
    assert spent(opened(shelf).next_slot()) == "all 2 declared exposures of this holdout were used up before this run"
    assert spent(show(shelf, said("c"), "c")) is not None
    assert spent(show(shelf, said("b"), "d")) is None
    declare(shelf, 1)
    assert spent(show(shelf, said("b"), "e")) == "the one declared exposure of this holdout was used up before this run"


@pytest.mark.parametrize(("before", "now"), [(None, 3), (1, 2), (2, 4)])
def test_declaring_more_afterwards_is_noticed(shelf: Lab, before: int | None, now: int) -> None:
    """The shares would sum to more than alpha: where two slots of alpha / 2 are used, two of alpha / 4 are too many."""
    declare(shelf, before)
    for text in "ab"[: before or 1]:
        show(shelf, said(text), text)
    slot = opened(declare(shelf, now)).next_slot()
    assert not slot.is_spent
    assert "their number was declared after results were shown" in (spent(slot) or "")


def test_the_level_of_the_same_answers_is_never_raised(shelf: Lab) -> None:
    """Whoever declares fewer exposures after the first one is judged at its level still."""
    show(declare(shelf, 5), said("a"), "run-a")
    assert show(declare(shelf, 1), said("a"), "run-b").alpha == pytest.approx(0.01)


def test_nothing_declared_follows_the_experiment(shelf: Lab) -> None:
    """The level is the registered one, also of answers that were judged at another."""
    show(shelf, said("a"), "run-a")
    shelf.settings["alpha"] = 0.1
    assert show(shelf, said("a"), "run-b").alpha == 0.1


def keep(lab: Lab, run_id: str, *held: Any) -> None:
    """Keep the answers of a run in its folder."""
    folder = lab.folder / "reports" / "lab" / run_id
    folder.mkdir(parents=True)
    for _ in RunFolder(folder).write_rows("completions.jsonl", replies(*held), reply_row):
        pass


LACKING = ("yes",) * (N - 1) + (None,)
FULL = ("yes",) * N


def test_filling_in_what_was_missing_takes_no_new_place(shelf: Lab) -> None:
    """The run before bounded it both ways; what it shows is new and is recorded, under the same number."""
    declare(shelf, 2)
    show(shelf, said("a", LACKING), "run-a", "UNDECIDED")
    keep(shelf, "run-a", "a", LACKING)
    slot = show(shelf, said("a", FULL), "run-b")
    assert (slot.number, slot.is_new, slot.cautions) == (1, True, ())
    assert [held.number for held in entries(shelf)] == [1, 1]
    assert opened(shelf).next_slot().number == 2


@pytest.mark.parametrize(
    ("kept", "now"),
    [
        (("a", LACKING), ("b", FULL)),  # the baseline answered anew
        (("a", LACKING), ("a", ("no",) * N)),  # so did the candidate
        (("a", FULL), ("b", FULL)),  # nothing was missing
        (("b", LACKING), ("a", FULL)),  # the folder is not that of the run
    ],
)
def test_other_answers_take_a_new_place(shelf: Lab, kept: tuple[Any, ...], now: tuple[Any, ...]) -> None:
    """Filling in is not asking again."""
    show(shelf, said("a", LACKING), "run-a", "UNDECIDED")
    keep(shelf, "run-a", *kept)
    assert show(shelf, said(*now), "run-b").number == 2


def test_sealed_runs_count_each_message(shelf: Lab) -> None:
    """A second message on the same answers is a second message."""
    declare(shelf, 2, "sealed")
    show(shelf, said("a", LACKING), "run-a", "UNDECIDED")
    keep(shelf, "run-a", "a", LACKING)
    assert show(shelf, said("a", FULL), "run-b").number == 2


def test_opening_a_sealed_run_is_recorded(shelf: Lab) -> None:
    """Under its own number: the verdict is no other, and now all has been seen."""
    show(declare(shelf, 3, "sealed"), said("a"), "run-a")
    slot = show(declare(shelf, 3, "open"), said("a"), "run-b")
    assert (slot.number, slot.is_new) == (1, True)
    assert [(held.number, held.mode) for held in entries(shelf)] == [(1, "sealed"), (1, "open")]
    assert not show(shelf, said("a"), "run-c").is_new
    assert "were shown once before" in show(declare(shelf, 3, "sealed"), said("b"), "run-d").cautions[0]


def test_sealed_verdicts_are_counted_as_such(shelf: Lab) -> None:
    """Nothing but messages was seen; that one of them was GO is said."""
    declare(shelf, 3, "sealed")
    show(shelf, said("a"), "run-a", "GO")
    told = opened(shelf).next_slot().cautions
    assert told[0].startswith("sealed verdicts of new answers on this holdout were given once before this run")
    assert told[1].startswith("exposure 1 of this holdout (run run-a) was GO already")


def test_what_a_line_holds(shelf: Lab) -> None:
    """All that tells what was shown to whom under which rules."""
    lock = LockState(status="locked", digest="d" * 64, locked_at="2026-01-01T00:00:00+00:00", changed=())
    shelf.system("silent", "candidate", {"target": []})
    show(shelf, said("a"), "run-a", "UNDECIDED", lock=lock)
    (held,) = entries(shelf)
    assert (held.lock, held.locked_at, held.candidates) == ("d" * 64, "2026-01-01T00:00:00+00:00", ("tuned",))
    assert (held.completions, held.evalsets) == (said("a").digest, holdout_digest(opened(shelf).bench))
    assert (held.mode, held.decision) == ("open", "UNDECIDED")
    assert abs(datetime.fromisoformat(held.at) - datetime.now(UTC)) < timedelta(minutes=5)


def test_slots_survive_a_manifest(shelf: Lab) -> None:
    """Through JSON and back."""
    show(declare(shelf, 2, "sealed"), said("a"), "run-a")
    slot = replace(opened(shelf).next_slot(), unsound="because")
    assert Slot.of_json(json.loads(json.dumps(slot.to_json()))) == slot


# -- what speaks against the record ------------------------------------------------------------------------------------------


def tamper(lab: Lab) -> None:
    """Turn the decision of the first line."""
    path = ledger_path(lab.file)
    path.write_text(path.read_text("utf-8").replace("NO-GO", "GO", 1), "utf-8")


@pytest.mark.parametrize(("exposures", "strict"), [(3, False), (None, True), (3, True)])
def test_tampering_is_refused_where_the_count_matters(shelf: Lab, exposures: int | None, strict: bool) -> None:
    """Before anything is spent; where it was done meanwhile, the run ends without a verdict."""
    show(declare(shelf, exposures), said("a"), "run-a")
    tamper(shelf)
    with pytest.raises(InputError, match=r"experiment\.ledger\.jsonl:1: was edited") as caught:
        opened(shelf, strict=strict).next_slot()
    assert "\n" not in str(caught.value)
    with pytest.raises(RunStopped, match="was edited"):
        opened(shelf, strict=strict).slot_of(said("b"))


def test_tampering_stamps_elsewhere(shelf: Lab) -> None:
    """The numbers of the verdict do not depend on it; that it was done is never silent."""
    show(shelf, said("a"), "run-a")
    tamper(shelf)
    slot = show(shelf, said("b"), "run-b")
    assert "experiment.ledger.jsonl:1 was edited" in (spent(slot) or "")
    assert slot.cautions[0].startswith("exposure ledger changed after it was written")
    assert slot.number == 2


def manifest(lab: Lab, run_id: str, exposure: Any) -> None:
    """Write a run's manifest."""
    folder = lab.folder / "reports" / "lab" / run_id
    folder.mkdir(parents=True, exist_ok=True)
    RunFolder(folder).write_json("manifest.json", {"exposure": exposure} if exposure is not ... else {})


def test_a_removed_end_is_noticed(shelf: Lab) -> None:
    """By the runs that are not in the ledger any more; so is the whole file that is gone."""
    for text in "ab":
        manifest(shelf, text, show(shelf, said(text), text).to_json())
    assert opened(shelf, strict=True).next_slot().number == 3
    path = ledger_path(shelf.file)
    path.write_text(path.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")
    with pytest.raises(InputError, match="does not hold the exposure of run b: lines were removed, or the file was"):
        opened(shelf, strict=True).next_slot()
    path.unlink()
    assert "and 1 more" in (spent(opened(shelf).next_slot()) or "")


@pytest.mark.parametrize("exposure", [..., None, 1, {}, {"is_new": False}, {"is_new": "yes"}])
def test_other_runs_need_not_be_in_the_ledger(shelf: Lab, exposure: Any) -> None:
    """Runs of before there was one, runs that only collected, and runs that showed nothing new."""
    manifest(shelf, "run-x", exposure)
    assert opened(shelf, strict=True).next_slot().number == 1


def test_a_ledger_that_cannot_be_written(shelf: Lab) -> None:
    """Where the count matters nothing is spent; elsewhere the verdict says that the run is not recorded."""
    shelf.write()
    path = ledger_path(shelf.file)
    path.symlink_to(shelf.folder / "none" / "at" / "all")
    with pytest.raises(InputError, match="cannot be written"):
        opened(declare(shelf, 2)).next_slot()
    slot = show(declare(shelf), said("a"), "run-a")
    assert slot.cautions[0].startswith("this run is not in the exposure ledger")
    assert spent(slot) is None


def test_a_ledger_that_can_no_longer_be_written_ends_the_run(shelf: Lab) -> None:
    """Nothing is shown that is not recorded; the answers are kept."""
    ledger = opened(shelf)
    slot = ledger.slot_of(said("a"))
    ledger_path(shelf.file).mkdir()
    with pytest.raises(RunStopped, match="the same command goes on from there"):
        ledger.record(slot, said("a"), "run-a", "GO")


def test_two_runs_at_once_are_both_recorded(shelf: Lab) -> None:
    """The one that comes second takes the next number."""
    one, other = opened(shelf), opened(shelf)
    slots = one.slot_of(said("a")), other.slot_of(said("b"))
    one.record(slots[0], said("a"), "run-a", "GO")
    other.record(slots[1], said("b"), "run-b", "GO")
    assert [held.number for held in entries(shelf)] == [1, 2]


def test_two_runs_at_once_share_no_level(shelf: Lab) -> None:
    """Where alpha is split, the one that comes second must be judged anew at its own."""
    one, other = opened(declare(shelf, 3)), opened(shelf)
    slots = one.slot_of(said("a")), other.slot_of(said("b"))
    one.record(slots[0], said("a"), "run-a", "GO")
    with pytest.raises(RunStopped, match="this one is exposure 2 and not 1"):
        other.record(slots[1], said("b"), "run-b", "GO")
    assert len(entries(shelf)) == 1


def test_the_same_answers_of_two_runs_at_once_are_recorded_once(shelf: Lab) -> None:
    """Whoever comes second finds them there."""
    one, other = opened(declare(shelf, 3)), opened(shelf)
    slots = one.slot_of(said("a")), other.slot_of(said("a"))
    one.record(slots[0], said("a"), "run-a", "GO")
    other.record(slots[1], said("a"), "run-b", "GO")
    assert len(entries(shelf)) == 1


def enter(lab: Lab, at: str, locked_at: str | None = None, text: str = "old") -> None:
    """Add a line of another time."""
    bench = opened(lab).bench
    append(
        ledger_path(lab.file),
        "lab",
        lambda held: Exposure(
            number=1 + len(held.entries),
            at=at,
            run_id=f"run-{len(held.entries)}",
            lock=locked_at and "d" * 64,
            locked_at=locked_at,
            evalsets=holdout_digest(bench),
            candidates=("tuned",),
            completions=said(text).digest,
            mode="open",
            alpha=0.05,
            decision="NO-GO",
        ),
    )


def cautions(lab: Lab, lock: LockState = UNLOCKED) -> str:
    """Return all cautions but the count."""
    return "\n".join(held for held in opened(lab, lock=lock).next_slot().cautions if "were shown" not in held)


def locked(at: str) -> LockState:
    """Return a lock of a time."""
    return LockState(status="locked", digest="d" * 64, locked_at=at, changed=())


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (["2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"], ""),
        (
            ["2026-01-02T00:00:00+00:00", "2026-01-01T00:00:00+00:00"],
            "run run-1 is dated 2026-01-01T00:00:00+00:00, before run run-0",
        ),
        (["2026-01-01T00:00:00+00:00", "2026-01-01T01:00:00+02:00"], "before run run-0 that it follows"),
        (["2999-01-01T00:00:00+00:00"], "is dated 2999-01-01T00:00:00+00:00, which is still to come: a clock is wrong"),
        ([(datetime.now(UTC) + timedelta(hours=20)).isoformat()], ""),
    ],
)
def test_clocks_that_go_wrong_are_noticed(shelf: Lab, times: list[str], told: str) -> None:
    """A line that is older than the one before it, and one that is yet to come."""
    for at in times:
        enter(shelf, at)
    found = cautions(shelf)
    assert told in found
    assert bool(found) == bool(told)


@pytest.mark.parametrize(
    ("lock", "told"),
    [
        (locked("2026-01-01T00:00:00+00:00"), ""),
        (UNLOCKED, "run run-0 was judged under the lock of 2026-01-01T00:00:00+00:00, and there is no lock now"),
        (
            locked("2026-03-01T00:00:00+00:00"),
            "the lock of 2026-03-01T00:00:00+00:00 was made after results on this holdout were first shown",
        ),
        (
            locked("2025-12-01T00:00:00+00:00"),
            "the lock of 2025-12-01T00:00:00+00:00 is older than that of 2026-01-01T00:00:00+00:00, under which run run-0",
        ),
        (locked("some day"), "is older than that of"),
    ],
)
def test_locks_that_do_not_fit_the_ledger_are_noticed(shelf: Lab, lock: LockState, told: str) -> None:
    """A lock that was renewed after results were seen, put back to an earlier one, or removed."""
    enter(shelf, "2026-02-01T00:00:00+00:00", locked_at="2026-01-01T00:00:00+00:00")
    found = "\n".join(opened(shelf, lock=lock).next_slot().cautions[1:])
    assert told in found
    assert bool(found) == bool(told)
