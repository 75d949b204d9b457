"""Tables about systems: what each is, how it scored, how its answers came back, what it took, per label."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tuneproof.core.report import Dossier, Level, SystemFacts
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._findings import place
from tuneproof.stages._user_text import short


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of texts; the first cell of a row names it."""

    caption: str
    """What it shows."""
    columns: tuple[str, ...]
    """Titles, the first one over the row names."""
    rows: tuple[tuple[str, ...], ...]
    """As many cells as columns."""
    hidden: str = ""
    """How many rows are not shown; empty where all are."""


def systems_table(dossier: Dossier) -> Table:
    """Return what each system is, side by side."""
    facts: list[tuple[str, Callable[[SystemFacts], str]]] = [
        ("role", lambda system: system.role),
        ("provider", lambda system: short(system.provider)),
        ("model asked for", lambda system: short(system.model, 160) or "none named"),
        ("model reported", lambda system: short(", ".join(system.models_reported), 240) or "nothing reported"),
        ("decoding", lambda system: short(json.dumps(dict(system.decoding), ensure_ascii=False, default=str), 240)),
        ("repeats", lambda system: numerals.whole(system.repeats)),
    ]
    return _side_by_side("What was compared", dossier.systems, facts)


def judges_table(dossier: Dossier) -> Table:
    """Return what each judge is and what asking it took, side by side; no rows where none is asked."""
    told: Mapping[str, Mapping[str, Any]] = dossier.manifest.get("judges", {})
    kinds = {name: held.get("kind") for name, held in dossier.manifest.get("providers", {}).items()}
    facts: list[tuple[str, Callable[[Mapping[str, Any]], str]]] = [
        ("role", lambda judge: str(judge.get("role", "judge"))),
        ("provider", lambda judge: short(f"{judge.get('provider')} ({kinds.get(judge.get('provider'), numerals.UNKNOWN)})")),
        ("model asked for", lambda judge: short(str(judge.get("model", "")), 160) or "none named"),
        ("model reported", lambda judge: short(", ".join(judge.get("models_reported", ())), 240) or "nothing reported"),
        ("decoding", lambda judge: short(json.dumps(dict(judge.get("decoding", {})), ensure_ascii=False, default=str), 240)),
        ("replies", lambda judge: numerals.whole(judge.get("completions"))),
        ("missing", lambda judge: numerals.whole(judge.get("missing"))),
        ("calls, retries included", lambda judge: numerals.whole(judge.get("attempts"))),
        ("input tokens", lambda judge: numerals.whole(judge.get("input_tokens"))),
        ("output tokens", lambda judge: numerals.whole(judge.get("output_tokens"))),
    ]
    rows = tuple((label, *(read(judge) for judge in told.values())) for label, read in facts if told)
    return Table(caption="Judges: asked, never compared", columns=("", *(short(name) for name in told)), rows=rows)


def answers_table(dossier: Dossier) -> Table:
    """Return how the answers came back, side by side."""
    ungradable = ungradable_marks(dossier)
    facts: list[tuple[str, Callable[[SystemFacts], str]]] = [
        ("answers", lambda system: numerals.whole(system.completions)),
        ("missing", lambda system: numerals.counted(system.missing, system.completions + system.missing)),
        ("too long to read (wrong)", lambda system: numerals.whole(system.too_long)),
        ("ungradable marks", lambda system: numerals.whole(ungradable.get(system.name, 0))),
        ("cut at max_tokens", lambda system: numerals.counted(system.truncated, system.completions)),
        ("refusals", lambda system: numerals.counted(system.refusals, system.completions)),
    ]
    return _side_by_side("How answers came back", dossier.systems, facts)


def costs_table(dossier: Dossier) -> Table:
    """Return what the answers took, side by side; what no one counted is unknown, never zero."""
    facts: list[tuple[str, Callable[[SystemFacts], str]]] = [
        ("calls, retries included", _calls),
        ("input tokens", lambda system: numerals.whole(system.input_tokens)),
        ("output tokens", lambda system: numerals.whole(system.output_tokens)),
        ("input tokens an answer", lambda system: numerals.each(system.input_tokens, system.completions)),
        ("output tokens an answer", lambda system: numerals.each(system.output_tokens, system.completions)),
        ("latency, median", lambda system: numerals.seconds(system.latency_p50_s)),
        ("latency, 95th percentile", lambda system: numerals.seconds(system.latency_p95_s)),
    ]
    return _side_by_side("What the answers took", dossier.systems, facts)


def levels_table(dossier: Dossier, allowance: Allowance) -> Table:
    """Return each system's mean on each evalset; slices too where no differences show them (`--only`)."""
    found: dict[str, dict[str, str]] = {}
    for level in dossier.levels:
        if level.slice is None or not dossier.differences:
            found.setdefault(place(level.evalset, level.slice, level.grader), {})[level.system] = level_in_words(level)
    rows = [(where, *(cells.get(system.name, "not measured") for system in dossier.systems)) for where, cells in found.items()]
    return Table(
        caption="Mean score of each system",
        columns=("evalset \u00b7 grader", *_titles(dossier.systems)),
        rows=allowance.some(rows),
        hidden=allowance.hidden(rows),
    )


def board(dossier: Dossier, allowance: Allowance) -> Table:
    """Return several candidates at a glance, the decision beside the means; no rows where only one is judged."""
    judgement = dossier.judgement
    verdicts: dict[str, str] = {verdict.candidate: verdict.decision for verdict in judgement.verdicts} if judgement else {}
    if judgement and judgement.recommended in verdicts:
        verdicts[judgement.recommended] += " (recommended)"
    means = {(level.system, _column(level)): numerals.score(level.value) for level in dossier.levels if level.slice is None}
    columns = tuple(dict.fromkeys(column for _, column in means))
    rows = [
        (
            short(system.name),
            verdicts.get(system.name, system.role),
            *(means.get((system.name, column), "not measured") for column in columns),
        )
        for system in dossier.systems
    ]
    rows = rows if len(verdicts) > 1 else []
    return Table(
        caption="All systems", columns=("system", "verdict", *columns), rows=allowance.some(rows), hidden=allowance.hidden(rows)
    )


def _column(level: Level) -> str:
    return place(level.evalset, None, level.grader)


def level_in_words(level: Level) -> str:
    """Return one mean with its interval and what is missing from it."""
    interval = f" ({numerals.score(level.low)} to {numerals.score(level.high)})" if numerals.known(level.low) else ""
    missing = f", {level.n_missing:,} missing" if level.n_missing else ""
    ungradable = f", {level.n_ungradable:,} ungradable" if level.n_ungradable else ""
    return f"{numerals.score(level.value)}{interval}, n = {level.n:,}{missing}{ungradable}"


def label_tables(dossier: Dossier, allowance: Allowance) -> tuple[Table, ...]:
    """Return precision, recall and F1 of each label."""
    columns = ("label", "precision", "recall", "F1", "support")
    return tuple(
        Table(
            caption=short(name, 200),
            columns=columns,
            rows=tuple(tuple(short(cell) for cell in row) for row in allowance.some(rows)),
            hidden=allowance.hidden(rows),
        )
        for name, rows in allowance.some(list(dossier.label_reports.items()))
    )


def ungradable_marks(dossier: Dossier) -> dict[str, int]:
    """Return how many marks each system lacks because a grader could not give them."""
    counts: dict[str, int] = {}
    for level in dossier.levels:
        if level.slice is None:
            counts[level.system] = counts.get(level.system, 0) + level.n_ungradable
    return counts


def _side_by_side(
    caption: str, systems: tuple[SystemFacts, ...], facts: Iterable[tuple[str, Callable[[SystemFacts], str]]]
) -> Table:
    rows = tuple((label, *(read(system) for system in systems)) for label, read in facts)
    return Table(caption=caption, columns=("", *_titles(systems)), rows=rows)


def _titles(systems: tuple[SystemFacts, ...]) -> tuple[str, ...]:
    return tuple(f"{short(system.name)} ({system.role})" for system in systems)


def _calls(system: SystemFacts) -> str:
    """Return the requests sent: recorded answers needed none, which is known and therefore not `unknown`."""
    return numerals.whole(system.attempts) if system.attempts else "0 (recorded or computed here)"
