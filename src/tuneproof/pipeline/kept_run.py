"""A run as its folder holds it, opened to be laid beside another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tuneproof.core.completion import Reply
from tuneproof.core.errors import InputError, Problem
from tuneproof.core.score import Score
from tuneproof.pipeline.again import reopen
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.sealing import check_seal
from tuneproof.store.rows import replies_of, score_of
from tuneproof.store.run_folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """One finished run."""

    folder: RunFolder
    """Where it is."""
    told: Mapping[str, Any]
    """Its manifest."""
    bench: Bench
    """Its experiment, with its own examples."""
    systems: tuple[str, ...]
    """The compared systems that were asked."""
    verdict: Mapping[str, Any] | None
    """What it came to; None where it only collected."""

    @property
    def run_id(self) -> str:
        """Its id."""
        return self.folder.run_id

    def replies(self) -> Iterator[Reply]:
        """Yield its answers."""
        return replies_of(self.folder, self.bench.evalsets)

    def scores(self) -> Iterator[Score]:
        """Yield its marks, as they were given."""
        return map(score_of, self.folder.rows("scores.jsonl"))


def open_kept(folder: RunFolder) -> KeptRun:
    """Open a run. Nothing but its folder is read.

    Raises:
        InputError: when it is damaged, or sealed.
    """
    bench, systems = reopen(folder, marks=False)
    check_seal(folder)
    asked = set(systems) & set(bench.design.candidates)
    told = folder.read_json("manifest.json")
    if told["only"] is not None and asked and bench.experiment.rules.ledger_mode == "sealed":
        what, hint = "only collected for a sealed holdout: its candidates' marks are not shown", "compare runs of baselines"
        raise InputError(Problem(where=str(folder.path), what=what, hint=hint))
    verdict = folder.read_json("verdict.json") if (folder.path / "verdict.json").is_file() else None
    return KeptRun(folder=folder, told=told, bench=bench, systems=systems, verdict=verdict)
