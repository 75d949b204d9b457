"""The ledger: lines are only added, in one chain, and whatever is done to them shows."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tuneproof.core.digest import canonical_json, digest
from tuneproof.core.errors import InputError, RunStopped
from tuneproof.core.exposure import Exposure
from tuneproof.store.ledger import append, ledger_path, read, unwritable

NAME = "triage"

ENTRY = Exposure(
    number=1,
    at="2026-11-20T10:00:00+00:00",
    run_id="20261120T100000Z-000001",
    lock=None,
    locked_at=None,
    evalsets="e" * 64,
    candidates=("tuned",),
    completions="c" * 64,
    mode="open",
    alpha=0.05,
    decision="NO-GO",
)


def put(path: Path, *entries: Exposure) -> None:
    """Add entries, one by one."""
    for entry in entries:
        append(path, NAME, lambda _held, entry=entry: entry)


def numbered(count: int) -> list[Exposure]:
    """Return different entries."""
    return [replace(ENTRY, number=i + 1, run_id=f"run-{i + 1}", completions=f"{i:064x}") for i in range(count)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a ledger of five entries."""
    path = tmp_path / "experiment.ledger.jsonl"
    put(path, *numbered(5))
    return path


def damage(path: Path) -> list[str]:
    """Return what is wrong with a ledger, without the folder."""
    return [str(problem).replace(f"{path.parent}/", "") for problem in read(path, NAME).damage]


def test_what_is_written_is_read(path: Path) -> None:
    """All entries come back in order, and the chain holds."""
    held = read(path, NAME)
    assert held.entries == tuple(numbered(5))
    assert held.damage == ()


def test_there_is_none_before_the_first_exposure(tmp_path: Path) -> None:
    """A file that is not there is an empty ledger, and reading makes none."""
    held = read(tmp_path / "none.ledger.jsonl", NAME)
    assert (held.entries, held.damage) == ((), ())
    assert list(tmp_path.iterdir()) == []


def test_it_stands_beside_the_experiment_file() -> None:
    """As the lock does."""
    assert ledger_path(Path("work/experiment.toml")) == Path("work/experiment.ledger.jsonl")


def test_hashes_can_be_checked_by_hand(path: Path) -> None:
    """A line's hash is the SHA-256 of its canonical JSON without it, and names the line before."""
    first, second = (json.loads(line) for line in path.read_text("utf-8").splitlines()[:2])
    seal = second.pop("hash")
    assert seal == digest(second)
    assert second["previous"] == first["hash"]
    assert first["previous"] == digest({"ledger of": NAME})


@pytest.mark.parametrize("name", ["étape-日本語", 'q"uo\\te\n', "\u2028 \u202e \U0001f600", "\udc80 half"])
def test_names_are_any_text(tmp_path: Path, name: str) -> None:
    """Names of candidates come back as they are, and stay on their line."""
    path = tmp_path / "x.ledger.jsonl"
    put(path, replace(ENTRY, candidates=(name, "other")), replace(ENTRY, number=2))
    held = read(path, NAME)
    assert held.entries[0].candidates == (name, "other")
    assert (held.damage, path.read_bytes().count(b"\n")) == ((), 2)


# -- tampering ---------------------------------------------------------------------------------------------------------------


def edited(line: str) -> str:
    """Return a line whose decision was changed, with its old hash."""
    return line.replace('"NO-GO"', '"GO"')


def resealed(line: str) -> str:
    """Return a line whose decision was changed, with a hash that fits."""
    row = {key: held for key, held in json.loads(edited(line)).items() if key != "hash"}
    return canonical_json({**row, "hash": digest(row)})


def change(number: int, how: Callable[[str], str]) -> Callable[[list[str]], list[str]]:
    """Return what changes one line of a ledger."""
    return lambda lines: [how(line) if i == number else line for i, line in enumerate(lines, 1)]


EDITED = "was edited: its hash does not fit its content"
MOVED = "lines were put in another order, or two copies of the ledger were merged"

TAMPERING: dict[str, tuple[Callable[[list[str]], list[str]], list[str]]] = {
    "a value": (change(3, edited), [f"3: {EDITED}"]),
    "a value of the last line": (change(5, edited), [f"5: {EDITED}"]),
    "a value and its hash": (
        change(3, resealed),
        ["4: does not follow from line 3: a line between them was removed, or line 3"],
    ),
    "a second value": (change(2, lambda line: line.replace("{", '{"decision":"GO",', 1)), [f"2: {EDITED}"]),
    "a blank": (change(2, lambda line: line.replace(",", ", ", 1)), [f"2: {EDITED}"]),
    "not a number": (change(2, lambda line: line.replace("0.05", "NaN")), [f"2: {EDITED}"]),
    "a hash": (
        change(2, lambda line: line.replace('"hash":"', '"hash":"0')),
        [f"2: {EDITED}", "3: does not follow from line 2"],
    ),
    "no hash": (change(2, lambda line: line.replace('"hash"', '"hush"')), [f"2: {EDITED}"]),
    "a line removed": (
        lambda lines: [*lines[:2], *lines[3:]],
        ["3: does not follow from line 2: a line between them was removed"],
    ),
    "the first removed": (
        lambda lines: lines[1:],
        ["1: is not the first line of this experiment's ledger: lines were removed"],
    ),
    "two exchanged": (
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        [
            f"{one}: follows from line {other}, and stands behind line {one - 1}: {MOVED}"
            for one, other in ((2, 3), (3, 1), (4, 2))
        ],
    ),
    "the first further down": (
        lambda lines: [*lines[1:], lines[0]],
        ["1: follows from line 5", "5: begins the ledger, and stands behind line 4"],
    ),
    "one twice": (lambda lines: [*lines[:3], lines[1], *lines[3:]], ["4: repeats line 2"]),
    "one twice in a row": (lambda lines: [*lines[:2], *lines[1:]], ["3: repeats line 2"]),
    "the last twice": (lambda lines: [*lines, lines[-1]], ["6: repeats line 5"]),
    "rubbish": (change(3, lambda _: "rubbish"), ["3: is not JSON"]),
    "an empty line": (lambda lines: [*lines[:3], "", *lines[3:]], ["4: is not JSON"]),
    "a list": (change(3, lambda _: "[]"), ["3: is not JSON"]),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_named(path: Path, name: str) -> None:
    """File, line and what was done."""
    tamper, told = TAMPERING[name]
    path.write_text("".join(line + "\n" for line in tamper(path.read_text("utf-8").splitlines())), encoding="utf-8")
    found = damage(path)
    for one, start in zip(found, told, strict=True):
        assert one.startswith(f"experiment.ledger.jsonl:{start}")


def test_a_removed_end_leaves_a_sound_chain(path: Path) -> None:
    """What a chain cannot show: the runs that are not in it do (`unrecorded`)."""
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:3]), encoding="utf-8")
    assert damage(path) == []


def test_a_last_line_that_is_cut_off_is_named(path: Path) -> None:
    """Of it nothing can be read; what is added later is not glued to it."""
    path.write_bytes(path.read_bytes()[:-40])
    assert damage(path)[0].startswith("experiment.ledger.jsonl:5: is cut off")
    put(path, replace(ENTRY, number=6))
    assert damage(path)[0].startswith("experiment.ledger.jsonl:5: is not JSON")
    assert [entry.number for entry in read(path, NAME).entries] == [1, 2, 3, 4, 6]


def test_a_missing_last_line_end_is_no_damage(path: Path) -> None:
    """Editors take it away; the next line begins its own."""
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    assert damage(path) == []
    put(path, replace(ENTRY, number=6))
    assert damage(path) == []
    assert len(read(path, NAME).entries) == 6


def test_line_ends_of_another_system_are_no_damage(path: Path) -> None:
    """Version control may write CRLF."""
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert damage(path) == []


def test_two_branches_that_were_merged_are_named(path: Path) -> None:
    """Two people who added to copies of one ledger: the second line follows from where they parted."""
    mine, theirs = path.with_name("a"), path.with_name("b")
    for number, copy in enumerate((mine, theirs)):
        copy.write_bytes(path.read_bytes())
        put(copy, replace(ENTRY, number=6, run_id=f"branch-{number}"))
    path.write_bytes(mine.read_bytes() + theirs.read_bytes().splitlines(keepends=True)[-1])
    assert "7: follows from line 5, and stands behind line 6" in damage(path)[0]


def test_another_experiments_ledger_is_named(path: Path) -> None:
    """A ledger that was copied from elsewhere is none of this experiment."""
    assert "or it is another experiment's" in str(read(path, "other").damage[0])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("number", "1"),
        ("at", "yesterday"),
        ("at", "2026-11-20"),
        ("candidates", "tuned"),
        ("candidates", [1]),
        ("mode", "shut"),
    ],
)
def test_a_line_that_is_no_exposure_is_named(tmp_path: Path, key: str, value: object) -> None:
    """Another program's line, with a hash that fits."""
    path = tmp_path / "experiment.ledger.jsonl"
    put(path, ENTRY)
    row = {**json.loads(path.read_text("utf-8")), key: value}
    del row["hash"]
    path.write_text(canonical_json({**row, "hash": digest(row)}) + "\n", encoding="utf-8")
    assert "is no exposure" in damage(path)[0]
    assert read(path, NAME).entries == ()


def test_damage_stays_where_it_is(path: Path) -> None:
    """Adding to a damaged ledger touches no earlier line and hides nothing."""
    path.write_text(edited(path.read_text("utf-8")), encoding="utf-8")
    before, found = path.read_bytes(), damage(path)
    put(path, replace(ENTRY, number=6))
    assert path.read_bytes().startswith(before)
    assert damage(path) == found


# -- adding ------------------------------------------------------------------------------------------------------------------

CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from tuneproof.store.ledger import append, read
me, path = sys.argv[1], Path(sys.argv[2])
first = read(path, "triage").entries[0]
for i in range(5):
    append(path, "triage", lambda held: replace(first, number=1 + len(held.entries), run_id=f"{me}-{i}"))
"""


def test_twenty_processes_add_at_once(tmp_path: Path) -> None:
    """Each line is whole, follows from the one before, and was numbered knowing it."""
    path = tmp_path / "x.ledger.jsonl"
    put(path, ENTRY)
    going = [subprocess.Popen([sys.executable, "-c", CHILD, str(i), str(path)]) for i in range(20)]
    assert [process.wait(timeout=120) for process in going] == [0] * 20
    held = read(path, NAME)
    assert held.damage == ()
    assert [entry.number for entry in held.entries] == list(range(1, 102))
    assert len({entry.run_id for entry in held.entries}) == 101


def test_nothing_is_added_where_nothing_is_chosen(path: Path) -> None:
    """Whoever sees that the line is there already adds none."""
    before = path.read_bytes()
    assert append(path, NAME, lambda _: None) is None
    assert path.read_bytes() == before


def test_a_refusal_adds_nothing_and_holds_nobody_up(path: Path) -> None:
    """An error while choosing leaves the file as it was, and free."""

    def refuse(_held: object) -> Exposure:
        raise RunStopped("taken")

    before = path.read_bytes()
    with pytest.raises(RunStopped):
        append(path, NAME, refuse)
    assert path.read_bytes() == before
    put(path, replace(ENTRY, number=6))
    assert len(read(path, NAME).entries) == 6


def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    """A file that may not grow keeps what it had, and the error is one line."""
    path = tmp_path / "x.ledger.jsonl"
    put(path, *numbered(3))
    before = path.read_bytes()
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 100},) * 2)"
    done = subprocess.run([sys.executable, "-c", limit + CHILD, "0", str(path)], capture_output=True, text=True)
    assert "cannot be written: File too large" in done.stderr.splitlines()[-1]
    assert path.read_bytes() == before


def places(tmp_path: Path) -> dict[str, Path]:
    """Return ledgers that cannot be written."""
    (tmp_path / "folder.ledger.jsonl").mkdir()
    (tmp_path / "file").write_text("", "utf-8")
    return {
        "a folder": tmp_path / "folder.ledger.jsonl",
        "no folder": tmp_path / "none" / "x.ledger.jsonl",
        "a file": tmp_path / "file" / "x.ledger.jsonl",
    }


@pytest.mark.parametrize("name", ["a folder", "no folder", "a file"])
def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    """In one line, before anything is spent and when it comes to it."""
    path = places(tmp_path)[name]
    (problem,) = unwritable(path)
    with pytest.raises(InputError, match="cannot be written") as caught:
        put(path, ENTRY)
    assert str(path) in str(problem)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    """A checkout that may not be written."""
    tmp_path.chmod(0o500)
    assert "Permission denied" in str(unwritable(tmp_path / "x.ledger.jsonl")[0])
    with pytest.raises(InputError, match="Permission denied"):
        put(tmp_path / "x.ledger.jsonl", ENTRY)


def test_looking_whether_it_can_be_written_leaves_nothing(path: Path) -> None:
    """Neither a new file nor a changed one."""
    before = path.read_bytes()
    assert unwritable(path) == unwritable(path.with_name("new.ledger.jsonl")) == []
    assert (path.read_bytes(), list(path.parent.iterdir())) == (before, [path])


def test_a_folder_in_its_place_cannot_be_read(tmp_path: Path) -> None:
    """One line."""
    with pytest.raises(InputError, match="Is a directory"):
        read(tmp_path, NAME)


def test_ten_thousand_lines_are_read(tmp_path: Path) -> None:
    """Every run reads and verifies the whole of it (about half a second)."""
    path, previous, lines = tmp_path / "x.ledger.jsonl", digest({"ledger of": NAME}), []
    for entry in numbered(10_000):
        row = {name: getattr(entry, name) for name in Exposure.__slots__} | {"previous": previous}
        previous = digest(row)
        lines.append(canonical_json({**row, "hash": previous}) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    held = read(path, NAME)
    assert (len(held.entries), held.damage) == (10_000, ())
