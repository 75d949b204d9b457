"""The shelf of runs: where a run takes its place, and how one is found again."""

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.store.run_folder import PARTIAL, RunFolder, kept

LATEST = "latest"


def new_run_id() -> str:
    """Return a run id that sorts by time and never collides: `20261120T163408Z-9f3a1c`."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@contextlib.contextmanager
def new_run(reports: Path, run_id: str) -> Iterator[RunFolder]:
    """Give a folder to write a run into; it takes its place when the block ends well, and vanishes when it does not.

    Raises:
        InputError: when the reports folder cannot be written.
    """
    hidden = reports / f".{run_id}{PARTIAL}"
    try:
        hidden.mkdir(parents=True)
    except OSError as error:
        what = error.strerror or "cannot be written"
        raise InputError(Problem(where=str(reports), what=what, expected="a folder that can be written")) from None
    try:
        yield RunFolder(hidden)
        with kept(reports):
            hidden.rename(reports / run_id)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise


def point_latest(reports: Path, run_id: str) -> None:
    """Let `latest` point to a run, atomically; two runs at once both finish, and the later one wins."""
    link = reports / f".{LATEST}-{run_id}"
    with kept(reports):
        link.symlink_to(run_id, target_is_directory=True)
        link.replace(reports / LATEST)


def writable(reports: Path) -> list[Problem]:
    """Say whether a run could be written there, before anything is spent. Nothing is left behind."""
    missing = [folder for folder in (reports, *reports.parents) if not folder.exists()]
    try:
        reports.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=reports, prefix="."):
            return []
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        return [Problem(where=str(reports), what=what, expected="a folder for reports", hint="see --output-dir")]
    finally:
        for folder in missing:
            with contextlib.suppress(OSError):
                folder.rmdir()


def runs(root: Path) -> list[RunFolder]:
    """Return all runs below a reports folder, oldest first."""
    found = [path.parent for path in root.glob("*/*/manifest.json") if not path.parent.name.startswith(".")]
    return [RunFolder(path) for path in sorted(found, key=lambda path: path.name) if not path.is_symlink()]


def find_run(name: str, root: Path) -> RunFolder:
    """Return the run that a folder, a run id, its unique prefix, or `latest` names.

    Raises:
        InputError: when there is none, or several.
    """
    path = Path(name)
    if (path / "manifest.json").is_file():
        return RunFolder(path.resolve())
    there = runs(root)
    found = _latest(root) or there[-1:] if name == LATEST else [run for run in there if run.run_id.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(Problem(where=name, what=f"{len(found)} runs begin so", expected="a unique prefix of a run id"))
    if not there:
        expected, hint = f"a run folder; there are no runs in {root}", "see --output-dir"
        raise InputError(Problem(where=name, what="no such run", expected=expected, hint=hint))
    what, expected = unknown_name("run", name, [run.run_id for run in there[-5:]])
    raise InputError(Problem(where=name, what=what, expected=expected))


def _latest(root: Path) -> list[RunFolder]:
    """Return the newest of the runs that `latest` points to, one an experiment."""
    targets = [link.resolve() for link in root.glob(f"*/{LATEST}") if (link / "manifest.json").is_file()]
    return [RunFolder(max(targets, key=lambda path: path.name))] if targets else []
