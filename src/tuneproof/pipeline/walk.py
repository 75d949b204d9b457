"""`tuneproof run`: from an experiment file to a verdict in a run folder."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import cast

from tuneproof.core.completion import Completion, Failure, Reply, Request
from tuneproof.core.errors import InputError
from tuneproof.core.estimate import Evidence
from tuneproof.core.protocols import LocalSession, RemoteProvider
from tuneproof.core.report import Dossier
from tuneproof.core.requirement import Requirement
from tuneproof.core.verdict import LockState
from tuneproof.pipeline.assemble import Bench, assemble
from tuneproof.pipeline.data_checks import strong_cautions
from tuneproof.pipeline.gate import active_systems, check_lock, open_local, provider_problems
from tuneproof.pipeline.judge import Judging, cautions_of, conclude, hand_in
from tuneproof.pipeline.manifest import Provenance, endpoints_of, manifest
from tuneproof.pipeline.paid import open_cache
from tuneproof.pipeline.registration import runs_before, state_of
from tuneproof.stages.account import Usage, account, still_missing
from tuneproof.stages.collect import Pool, Progress, collect
from tuneproof.stages.decide import decide
from tuneproof.stages.estimate import estimate
from tuneproof.stages.grade import grade
from tuneproof.stages.plan import Address, Plan, plan
from tuneproof.stages.tabulate import Tables, tabulate
from tuneproof.store.cache import Cache
from tuneproof.store.rows import example_row, reply_row, score_row
from tuneproof.store.run_folder import RunFolder
from tuneproof.store.shelf import new_run, new_run_id, point_latest, writable

log = logging.getLogger("tuneproof")

NOT_ASKED = Completion(text=None, failure=Failure(kind="not_asked", message="the candidate was stopped before"), attempts=0)
CHUNK = 500
"""Answers read back from the cache at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line may ask of a run."""

    only: str | None = None
    """A system's name, or `baseline` for all of them: collect and show, no verdict."""
    limit: int | None = None
    """Use this many examples of each evalset; never GO."""
    fresh: bool = False
    """Ask everything again."""
    max_calls: int | None = None
    """Requests that may be sent, retries included."""
    require_lock: bool = False
    """Refuse to run unless the experiment is as it was registered."""
    output_dir: Path | None = None
    """Reports folder; None for `reports` beside the experiment file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run left."""

    folder: Path
    """The run folder."""
    dossier: Dossier
    """Everything the report shows; its judgement is None for runs that only collect."""


Display = Callable[[int], AbstractContextManager[Progress]]
"""Given a number of requests to servers, shows how they go."""


@contextmanager
def _unseen(_total: int) -> Iterator[Progress]:
    """Show nothing."""
    yield lambda _tally: None


def run(path: Path, options: Options, display: Display = _unseen) -> Outcome:
    """Carry out an experiment.

    Args:
        path: The experiment file.
        options: What the command line asks.
        display: Shows progress.

    Raises:
        InputError: the input is wrong; nothing was spent.
        RunStopped: the run could not be finished; what was paid for is in the cache.
    """
    bench = assemble(path, limit=options.limit)
    active = active_systems(bench, options.only)
    lock = state_of(bench)
    if options.require_lock:
        check_lock(lock, bench)
    made = plan(replace(bench.experiment, systems=active), bench.evalsets, bench.providers, bench.workspace)
    reports = (options.output_dir or bench.workspace.folder / "reports") / bench.experiment.name
    problems = [*provider_problems(bench, active), *writable(reports)]
    if problems:
        raise InputError(problems)
    log.info("loaded: %s", ", ".join(f"{name} ({len(held.examples)} examples)" for name, held in bench.evalsets.items()))
    log.info("lock: %s; systems: %s", lock.status, ", ".join(system.name for system in active))
    sessions = open_local(bench, active)
    started, run_id = datetime.now(UTC), new_run_id()
    with open_cache(bench, made, fresh=options.fresh) as cache:
        walk = _Walk(bench=bench, plan=made, cache=cache, sessions=sessions, active=tuple(system.name for system in active))
        walk.collect(options, display)
        with new_run(reports, run_id) as folder:
            dossier = walk.finish(folder, options, lock, started)
    if dossier.judgement is not None:
        point_latest(reports, run_id)
    return Outcome(folder=reports / run_id, dossier=dossier)


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One run on its way."""

    bench: Bench
    plan: Plan
    cache: Cache | None
    sessions: Mapping[str, LocalSession]
    active: tuple[str, ...]
    failures: dict[str, Completion] = field(default_factory=dict)
    stopped: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """System to the evalsets that it was not asked any more."""
    attempts: int = 0

    # -- collecting ----------------------------------------------------------------------------------------------------------

    def collect(self, options: Options, display: Display) -> None:
        """Ask servers what is not known yet, evalsets with `abort` criteria first."""
        remote = [name for name in self.active if self.plan.systems[name].provider not in self.sessions]
        early = [] if options.only else _early_evalsets(self.bench)
        late = [name for name in self.bench.evalsets if name not in early]
        asked: list[str] = []
        for phase in [*([name] for name in early), late]:
            going = [name for name in remote if name not in self.stopped]
            if going and phase:
                self._ask(going, phase, options, display)
            asked += phase
            if phase != late:
                self._abort(phase[0], [name for name in self.bench.evalsets if name not in asked])

    def _ask(self, systems: Sequence[str], evalsets: Sequence[str], options: Options, display: Display) -> None:
        answered = {name: self._answered(name, evalsets) for name in systems}
        total = self.plan.count(systems, evalsets)
        unknown = total - sum(answered.values())
        log.info("%s: %d of %d answers are in the cache, asking for %d", ", ".join(evalsets), total - unknown, total, unknown)
        if not unknown:
            return
        pools = self._pools(answered, evalsets)
        left = None if options.max_calls is None else max(0, options.max_calls - self.attempts)
        with display(total) as tell:
            done = asyncio.run(collect(pools, self._paid, max_calls=left, progress=tell))
        log.info("collected in %.1f s with %d requests, %d failed", done.wall_s, done.tally.attempts, done.tally.failed)
        self.failures |= done.failures
        self.attempts += done.tally.attempts

    def _answered(self, system: str, evalsets: Sequence[str]) -> int:
        """Count the questions of a system that have an answer in the cache."""
        addresses = self.plan.addresses([system], evalsets)
        answered = 0
        while keys := [self.plan.key(at) for at in islice(addresses, CHUNK)]:
            held = self._paid.known(keys)
            answered += sum(key in held for key in keys)
        return answered

    def _pools(self, answered: Mapping[str, int], evalsets: Sequence[str]) -> list[Pool]:
        """Return one pool a provider; a system that never answered must answer its first request before the bulk is asked."""
        by_provider: dict[str, list[str]] = {}
        for name in answered:
            by_provider.setdefault(self.plan.systems[name].provider, []).append(name)
        return [
            Pool(
                name=provider,
                provider=cast("RemoteProvider", self.bench.providers[provider]),
                first=[self._first(name, evalsets) for name in names if not answered[name]],
                requests=map(self.plan.request, self.plan.addresses(names, evalsets)),
            )
            for provider, names in by_provider.items()
        ]

    def _first(self, system: str, evalsets: Sequence[str]) -> Request:
        return self.plan.request(next(self.plan.addresses([system], evalsets)))

    @property
    def _paid(self) -> Cache:
        if self.cache is None:
            raise ValueError("answers that are paid for need a cache")
        return self.cache

    def _abort(self, evalset: str, rest: Sequence[str]) -> None:
        """Judge the `abort` criteria of one evalset; a breach ends the candidate, and the last one ends the run."""
        asked = [need for need in self.bench.requirements if _aborts(self.bench, need) and need.quantity.evalset == evalset]
        tables = self._tables([evalset])
        for verdict in decide(asked, self._evidence(asked, tables), self.bench.criteria, self.bench.design):
            if any(finding.status == "breached" for finding in verdict.findings):
                self.stopped.setdefault(verdict.candidate, tuple(rest))
        if set(self.bench.design.candidates) <= self.stopped.keys():
            for baseline in self.bench.design.baselines:
                self.stopped.setdefault(baseline, tuple(rest))

    def _tables(self, evalsets: Sequence[str]) -> Tables:
        chosen = {name: self.bench.evalsets[name] for name in evalsets}
        scores = grade(self.replies(evalsets), chosen, self.bench.everywhere, self.bench.markers)
        return tabulate(scores, chosen, self.bench.repeats)

    def _evidence(self, asked: Sequence[Requirement], tables: Tables) -> Evidence:
        quantities = [quantity for need in asked for quantity in (need.quantity, need.alarm) if quantity]
        experiment = self.bench.experiment
        return estimate(quantities, tables, self.bench.corpus, alpha=experiment.alpha, seed=experiment.seed)

    # -- answers -------------------------------------------------------------------------------------------------------------

    def replies(self, evalsets: Iterable[str]) -> Iterator[Reply]:
        """Yield the answers of the active systems in the order of the plan, a few hundred in memory at a time."""
        addresses = self.plan.addresses(self.active, list(evalsets))
        while chunk := list(islice(addresses, CHUNK)):
            keys = {at: key for at in chunk if (key := self.plan.key(at))}
            held = self._paid.get_many(keys.values()) if keys else {}
            for at in chunk:
                completion = self._completion(at, keys.get(at, ""), held)
                yield Reply(
                    evalset=at.evalset, example=self.plan.example(at), system=at.system, repeat=at.repeat, completion=completion
                )

    def _completion(self, at: Address, key: str, held: Mapping[str, Completion]) -> Completion:
        if at.evalset in self.stopped.get(at.system, ()):
            return NOT_ASKED
        if session := self.sessions.get(self.plan.systems[at.system].provider):
            return session.answer(self.plan.request(at))
        return held.get(key) or self.failures.get(key) or NOT_ASKED

    # -- finishing -----------------------------------------------------------------------------------------------------------

    def finish(self, folder: RunFolder, options: Options, lock: LockState, started: datetime) -> Dossier:
        """Write the products of every step, and judge."""
        bench, usage = self.bench, dict[str, Usage]()
        _write_inputs(folder, bench)
        replies = folder.write_rows("completions.jsonl", account(self.replies(bench.evalsets), usage), reply_row)
        scores = grade(replies, bench.evalsets, bench.everywhere, bench.markers)
        tables = tabulate(folder.write_rows("scores.jsonl", scores, score_row), bench.evalsets, self._rows())
        provenance = Provenance(
            started=started,
            lock=lock,
            limit=options.limit,
            only=options.only,
            attempts_now=self.attempts,
            usage={name: usage[name].to_json() for name in self.active if name in usage},
            stopped=tuple(self.stopped),
            cautions=(
                *runs_before(lock, folder.path.parent),
                *strong_cautions(bench, self.plan),
                *cautions_of(bench, usage, self.sessions),
                *still_missing(self.failures),
            ),
            endpoints=endpoints_of(bench),
            reports=folder.path.parent,
        )
        folder.write_json("manifest.json", manifest(bench, provenance, folder.run_id))
        judging = Judging(bench=bench, tables=tables, folder=folder, systems=self.active)
        return conclude(judging) if options.only is None else hand_in(judging, None)

    def _rows(self) -> dict[str, int]:
        return {name: self.plan.systems[name].repeats for name in self.active}


def _early_evalsets(bench: Bench) -> list[str]:
    """Return the evalsets with `abort` criteria, in file order."""
    named = {need.quantity.evalset for need in bench.requirements if _aborts(bench, need)}
    return [name for name in bench.evalsets if name in named]


def _aborts(bench: Bench, need: Requirement) -> bool:
    return bench.criteria[need.criterion].abort


def _write_inputs(folder: RunFolder, bench: Bench) -> None:
    source = Path(bench.workspace.experiment_file)
    folder.write_text("experiment.toml", source.read_text("utf-8-sig") if source.is_file() else "")
    folder.write_json("experiment.json", bench.experiment.document)
    rows = ((name, example) for name, evalset in bench.evalsets.items() for example in evalset.examples)
    for _ in folder.write_rows("examples.jsonl", rows, lambda row: example_row(*row)):
        pass
