"""How commands that end in a verdict print it, and exit. Nothing heavy is imported here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

    from tuneproof.cli_options import Voice
    from tuneproof.core.report import Dossier

EXIT = {"GO": 0, "NO-GO": 1, "UNDECIDED": 2}


def finish(folder: Path, dossier: Dossier, undecided: str | None, voice: Voice) -> int:
    """Print a run, write it into a CI summary where there is one, and return the exit code."""
    print_dossier(folder, dossier, voice)
    if dossier.judgement is None:
        return 0
    _write_step_summary(folder)
    decision = dossier.judgement.decision
    if decision == "UNDECIDED" and undecided:
        return EXIT[undecided.upper()]
    return EXIT[decision]


def print_dossier(folder: Path, dossier: Dossier, voice: Voice) -> None:
    """Print a run: for machines, its last line, or all of it."""
    from tuneproof.terminal import open_console, print_judgement, print_last_line

    if voice.as_json:
        voice.json(_facts(dossier))
    elif voice.quiet:
        print_last_line(dossier, open_console())
    else:
        page = folder / "report.html"
        console = open_console()
        if dossier.regression is not None:
            from tuneproof.terminal_regress import print_past

            print_past(dossier.regression, console)
        print_judgement(dossier, console, report=str(page) if page.exists() else None)


def _facts(dossier: Dossier) -> dict[str, Any]:
    """Return verdict.json, and for a regression run what it adds."""
    if dossier.judgement is None:
        return {"run_id": dossier.run_id, "decision": None}
    told = dossier.judgement.to_json()
    if dossier.regression is None:
        return told
    from tuneproof.pipeline.regressed import regression_json

    return {**told, "regression": regression_json(dossier.regression, dossier.levels, dossier.manifest)}


def _write_step_summary(folder: Path) -> None:
    """Add report.md to the summary of a CI job that asks for one."""
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    source = folder / "report.md"
    if not target or not source.is_file():
        return
    try:
        with open(target, "a", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not loaded at start-up
            file.write(source.read_text("utf-8") + "\n")
    except OSError as error:
        click.echo(f"tuneproof: GITHUB_STEP_SUMMARY: {target}: {error.strerror}", err=True)
