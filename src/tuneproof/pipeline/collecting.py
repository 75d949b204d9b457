"""Answers are collected: systems first, then the judges that are asked about their answers; `abort` criteria in between."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import cast

from tuneproof.core.completion import Completion, Failure, Reply, Request
from tuneproof.core.estimate import Evidence
from tuneproof.core.protocols import LocalSession, RemoteProvider
from tuneproof.core.requirement import Requirement
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.hearing import Hearing
from tuneproof.pipeline.stopping import Ending, seen_places
from tuneproof.stages.collect import Continued, Pool, Progress, collect
from tuneproof.stages.consult import Group
from tuneproof.stages.decide import decide
from tuneproof.stages.estimate import estimate
from tuneproof.stages.grade import Mark, Seat, grade
from tuneproof.stages.plan import Address, Places, Plan
from tuneproof.stages.tabulate import Tables, tabulate
from tuneproof.store.cache import Cache

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
    judges: bool = True
    """Ask judges about the answers, where graders do."""


Display = Callable[[int], AbstractContextManager[Progress]]
"""Given a number of requests to servers, shows how they go."""


@contextmanager
def unseen(_total: int) -> Iterator[Progress]:
    """Show nothing."""
    yield lambda _tally: None


@dataclass(slots=True, kw_only=True)
class Collecting:
    """One run on its way."""

    bench: Bench
    """Its experiment."""
    plan: Plan
    """Its questions."""
    cache: Cache | None
    """Where answers that were paid for are; None where all are at hand."""
    sessions: Mapping[str, LocalSession]
    """Providers whose answers are at hand."""
    active: tuple[str, ...]
    """The compared systems that are asked."""
    failures: dict[str, Completion] = field(default_factory=dict)
    """Request key to what stayed without an answer."""
    stopped: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """System to the evalsets that it was not asked any more."""
    attempts: int = 0
    """Requests sent, retries included."""
    opened: set[str] = field(default_factory=set)
    """Systems that were asked in this run already: they need not answer a first request before the bulk is asked again."""
    ending: Ending | None = None
    """The rules of early stopping at work; None where there are none, or they do not count."""
    looked: dict[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    """System to the places, by evalset, that were asked by a rule of early stopping; the others were asked everything."""
    hearing: Hearing = field(init=False)
    """The judges."""

    def __post_init__(self) -> None:
        self.hearing = Hearing(bench=self.bench, groups=self.groups, cache=self.cache, sessions=self.sessions)

    # -- collecting ----------------------------------------------------------------------------------------------------------

    def collect(self, options: Options, display: Display, evalsets: Collection[str] | None = None) -> None:
        """Ask systems, and judges about their answers, what is not known yet; evalsets with `abort` criteria come first.

        Args:
            options: What the command line asks.
            display: Shows progress.
            evalsets: Only these, without looking at `abort`; None for all.
        """
        remote = [name for name in self.active if self.plan.systems[name].provider not in self.sessions]
        early = [] if options.only or evalsets is not None else _early_evalsets(self.bench)
        late = [name for name in self.bench.evalsets if name not in early and (evalsets is None or name in evalsets)]
        asked: list[str] = []
        for phase in [*([name] for name in early), late]:
            going = [name for name in remote if name not in self.stopped]
            if phase is late and evalsets is None and self._may_end(options):
                self._ask_by_rule(going, phase, options, display)
            elif going and phase:
                self._ask(going, phase, options, display)
            if options.judges:
                self.hearing.ask(phase, lambda pools, total: self._go(pools, total, options, display))
            asked += phase
            if phase != late:
                self._abort(phase[0], [name for name in self.bench.evalsets if name not in asked])

    def _may_end(self, options: Options) -> bool:
        """Tell whether rules of early stopping count: they do not where only a part of examples or systems is asked."""
        rules = self.bench.experiment.rules
        return bool(rules.curtail or rules.sequential) and options.only is None and not self.bench.is_cut

    def _ask_by_rule(self, remote: Sequence[str], evalsets: Sequence[str], options: Options, display: Display) -> None:
        """Ask in parts, and see after each whether the rest is needed."""
        going = [name for name in self.bench.design.candidates if name not in self.stopped]
        shown = display if remote else unseen
        with shown(self.plan.count(remote, evalsets)) as tell:
            through = Continued(tell)

            def ask(systems: Sequence[str], places: Places) -> None:
                for name in (set(systems) & set(going)) if self.bench.experiment.rules.curtail else ():
                    seen = self.looked.get(name, {})
                    self.looked[name] = {key: seen.get(key, frozenset()) | set(held) for key, held in places.items()}
                if systems:
                    self._ask(systems, evalsets, options, lambda _total: nullcontext(through), places)
                    through.go_on()

            tables = partial(self._tables, list(self.bench.evalsets))
            self.ending = Ending(bench=self.bench, evalsets=evalsets, ask=ask, tables=tables, going=going)
            if self.bench.experiment.rules.sequential:
                self.ending.look(remote)
                self.looked = seen_places(self.bench, self.ending.at_look)
            else:
                self.ending.curtail(remote)

    def _ask(
        self,
        systems: Sequence[str],
        evalsets: Sequence[str],
        options: Options,
        display: Display,
        places: Places | None = None,
    ) -> None:
        answered = {name: self._answered(name, evalsets, places) for name in systems}
        total = self.plan.count(systems, evalsets, places)
        unknown = total - sum(answered.values())
        log.info("%s: %d of %d answers are in the cache, asking for %d", ", ".join(evalsets), total - unknown, total, unknown)
        if not unknown:
            return
        self.failures |= self._go(self._pools(answered, evalsets, places), total, options, display)
        self.opened |= set(systems)

    def _go(self, pools: list[Pool], total: int, options: Options, display: Display) -> dict[str, Completion]:
        """Ask servers, within what may still be spent, and return what stayed without an answer."""
        with display(total) as tell:
            done = asyncio.run(collect(pools, self._paid, max_calls=options.max_calls, spent=self.attempts, progress=tell))
        log.info("collected in %.1f s with %d requests, %d failed", done.wall_s, done.tally.attempts, done.tally.failed)
        self.attempts += done.tally.attempts
        return done.failures

    def _answered(self, system: str, evalsets: Sequence[str], places: Places | None) -> int:
        """Count the questions of a system that have an answer in the cache."""
        addresses = self.plan.addresses([system], evalsets, places)
        answered = 0
        while keys := [self.plan.key(at) for at in islice(addresses, CHUNK)]:
            held = self._paid.known(keys)
            answered += sum(key in held for key in keys)
        return answered

    def _pools(self, answered: Mapping[str, int], evalsets: Sequence[str], places: Places | None) -> list[Pool]:
        """Return one pool a provider; a system that never answered must answer its first request before the bulk is asked."""
        by_provider: dict[str, list[str]] = {}
        for name in answered:
            by_provider.setdefault(self.plan.systems[name].provider, []).append(name)
        return [
            Pool(
                name=provider,
                provider=cast("RemoteProvider", self.bench.providers[provider]),
                first=[self._first(name, evalsets, places) for name in names if not (answered[name] or name in self.opened)],
                requests=map(self.plan.request, self.plan.addresses(names, evalsets, places)),
            )
            for provider, names in by_provider.items()
        ]

    def _first(self, system: str, evalsets: Sequence[str], places: Places | None) -> Request:
        return self.plan.request(next(self.plan.addresses([system], evalsets, places)))

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

    @property
    def left_unasked(self) -> tuple[str, ...]:
        """Systems with questions that were left out and stand in the tables as missing answers."""
        curtailed = [held.candidate for held in self.ending.ended if held.why == "certain"] if self.ending else []
        return tuple(dict.fromkeys((*self.stopped, *curtailed)))

    # -- answers -------------------------------------------------------------------------------------------------------------

    def replies(self, evalsets: Iterable[str]) -> Iterator[Reply]:
        """Yield the answers of the active systems in the order of the plan, a few hundred in memory at a time."""
        addresses = self.plan.addresses(self.active, list(evalsets))
        while chunk := list(islice(addresses, CHUNK)):
            yield from self._read_back(chunk)

    def groups(self, evalsets: Iterable[str]) -> Iterator[Group]:
        """Yield the answers of the active systems example by example."""
        for name in evalsets:
            for place in range(len(self.bench.evalsets[name].examples)):
                asked = ((system, range(self.plan.systems[system].repeats)) for system in self.active)
                yield self._read_back([Address(system, name, place, i) for system, repeats in asked for i in repeats])

    def marks(self, evalsets: Sequence[str]) -> dict[Seat, Mark]:
        """Return the marks that judges gave on some evalsets."""
        marks: dict[Seat, Mark] = {}
        for _ in self.hearing.judgments(evalsets, marks):
            pass
        return marks

    def _read_back(self, addresses: Sequence[Address]) -> list[Reply]:
        keys = {at: key for at in addresses if (key := self.plan.key(at))}
        held = self._paid.get_many(keys.values()) if keys else {}
        return [
            Reply(
                evalset=at.evalset,
                example=self.plan.example(at),
                system=at.system,
                repeat=at.repeat,
                completion=self._completion(at, keys.get(at, ""), held),
            )
            for at in addresses
        ]

    def _completion(self, at: Address, key: str, held: Mapping[str, Completion]) -> Completion:
        if at.evalset in self.stopped.get(at.system, ()):
            return NOT_ASKED
        if at.system in self.looked and at.place not in self.looked[at.system].get(at.evalset, (at.place,)):
            return NOT_ASKED  # also where the answer is known: what was left out bears on nothing, run after run
        if session := self.sessions.get(self.plan.systems[at.system].provider):
            return session.answer(self.plan.request(at))
        return held.get(key) or self.failures.get(key) or NOT_ASKED


def _early_evalsets(bench: Bench) -> list[str]:
    """Return the evalsets with `abort` criteria, in file order."""
    named = {need.quantity.evalset for need in bench.requirements if _aborts(bench, need)}
    return [name for name in bench.evalsets if name in named]


def _aborts(bench: Bench, need: Requirement) -> bool:
    return bench.criteria[need.criterion].abort
