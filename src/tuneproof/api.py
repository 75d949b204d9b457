"""The Python interface: run an experiment, or load a run, and look at it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.core.errors import InputError, Problem
from tuneproof.pipeline.again import look_again
from tuneproof.pipeline.sealing import check_seal
from tuneproof.pipeline.walk import Options
from tuneproof.pipeline.walk import run as _walk
from tuneproof.stages.present import present
from tuneproof.store.run_folder import RunFolder
from tuneproof.store.shelf import find_run

if TYPE_CHECKING:
    import pandas as pd

REPORTS = {".html": "report.html", ".md": "report.md", ".xml": "junit.xml"}
"""End of a file name to the report that is written there."""


class Run:
    """One run: its verdict, its evidence, its scores."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """The run folder."""
        return self._folder.path

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self._folder.run_id

    @property
    def verdict(self) -> Mapping[str, Any]:
        """The content of verdict.json.

        Raises:
            InputError: for runs that only collected (`only=`): they have no verdict.
        """
        held: Mapping[str, Any] = self._folder.read_json("verdict.json")
        return held

    @property
    def evidence(self) -> list[Mapping[str, Any]]:
        """The content of evidence.json: each registered quantity with its estimate."""
        check_seal(self._folder)
        held: list[Mapping[str, Any]] = self._folder.read_json("evidence.json")
        return held

    def to_pandas(self) -> "pd.DataFrame":
        """Return one row an example x system x repeat x grader: the content of scores.jsonl.

        Returns:
            A frame with `evalset, example_id, slices, cluster, system, repeat, grader, own, outcome, value, reason, stats`;
            `value` is a float, NaN where there is no score (`outcome` then says why).
        """
        import pandas as pd

        check_seal(self._folder)
        frame = pd.DataFrame.from_records(list(self._folder.rows("scores.jsonl")))
        return frame.astype({"value": "float64"}) if len(frame) else frame

    def report(self, path: str | Path) -> Path:
        """Write the report to a file; its name ends in .html, .md or .xml (JUnit).

        Raises:
            InputError: for another ending, and for runs without a verdict.
        """
        target = Path(path)
        name = REPORTS.get(target.suffix.lower())
        check_seal(self._folder)
        dossier = look_again(self._folder)
        if name is None or dossier.judgement is None:
            what = "no report has this ending" if name is None else "the run has no verdict"
            raise InputError(Problem(where=str(target), what=what, expected=f"a name that ends in {', '.join(REPORTS)}"))
        target.write_text(present(dossier)[name], encoding="utf-8")
        return target

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"


def run(experiment: str | Path, **options: Any) -> Run:
    """Carry out an experiment file.

    Args:
        experiment: Path of the experiment file.
        **options: Those of the command line: only, limit, fresh, max_calls, require_lock, output_dir.

    Raises:
        InputError: the input is wrong; nothing was spent.
        RunStopped: the run could not be finished; what was paid for is kept.
    """
    if options.get("output_dir") is not None:
        options["output_dir"] = Path(options["output_dir"])
    return Run(RunFolder(_walk(Path(experiment), Options(**options)).folder))


def load(run: str | Path, output_dir: str | Path = "reports") -> Run:
    """Return a run that is there already.

    Args:
        run: A run folder, a run id or its unique prefix, or `latest`.
        output_dir: Where the runs are.

    Raises:
        InputError: when there is no such run.
    """
    return Run(find_run(str(run), Path(output_dir)))
