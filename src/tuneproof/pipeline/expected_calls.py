"""How many requests a run would send, and roughly how many tokens: counted from the plan, with nothing sent."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tuneproof.core.digest import canonical_json
from tuneproof.core.errors import RunStopped
from tuneproof.core.system import System
from tuneproof.pipeline.asking_again import second_plan
from tuneproof.pipeline.bench import Bench
from tuneproof.stages.grade import graders_of
from tuneproof.stages.plan import Address, Plan
from tuneproof.store.cache import Cache

CHARACTERS_A_TOKEN = 4
"""Of English text, roughly; other languages take more tokens for as many characters."""
SAMPLED = 500
"""Prompts of a system and evalset whose length is measured; the rest is taken to be like them."""
LIMITS = ("max_tokens", "max_completion_tokens")
"""What servers call the longest answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What asking one system takes."""

    system: str
    """Name of the system."""
    role: str
    """baseline, candidate or judge."""
    local: bool
    """Whether its answers are at hand and cost nothing."""
    requests: int
    """Questions; 0 for a system whose answers are at hand. Of a judge: at most, for equal answers are not judged twice."""
    cached: int
    """Those that were answered before, and are not asked again. Of a judge: 0, for it is asked about answers to come."""
    input_tokens: int | None
    """Rough estimate for the requests that are left: characters / 4; None for local systems, and for judges: unknown."""
    output_tokens: int | None
    """At most so many for the requests that are left; None where no limit is set: unknown, not zero."""

    @property
    def to_ask(self) -> int:
        """Requests that a run would send."""
        return self.requests - self.cached

    def to_json(self) -> dict[str, Any]:
        """Return it as `check --json` prints it."""
        return {**asdict(self), "to_ask": self.to_ask}


def expected_calls(bench: Bench, made: Plan) -> tuple[tuple[Calls, ...], tuple[str, ...]]:
    """Return what asking each system takes, and what the reader must know of it."""
    plans, floor = [made], bench.experiment.rules.noise_floor
    if floor is not None:
        plans.append(second_plan(bench, floor, list(made.systems)))
    known, cautions = _known(bench, plans)
    asked = tuple(_calls(system, bench, plans, known) for system in made.systems.values())
    return (*asked, *(_judge_calls(judge, bench) for judge in bench.judges)), cautions


def _judge_calls(judge: System, bench: Bench) -> Calls:
    """Return what asking one judge takes at most: every answer of every compared system, pairs in both orders."""
    local, limit = bench.providers[judge.provider].local, _limit(judge, bench)
    requests = 0
    for (name, grader), marker in bench.judged.items():
        if judge.name in marker.judges and not local:
            evalset = bench.evalsets[name]
            examples = sum(grader in graders_of(evalset, held, bench.everywhere[name]) for held in evalset.examples)
            answers = sum(repeats for system, repeats in bench.repeats.items() if system != marker.against)
            requests += examples * answers * (1 if marker.against is None else 2)
    return Calls(
        system=judge.name,
        role=judge.role,
        local=local,
        requests=requests,
        cached=0,
        input_tokens=None,
        output_tokens=None if local or limit is None else requests * limit,
    )


def _known(bench: Bench, plans: Sequence[Plan]) -> tuple[set[str], tuple[str, ...]]:
    """Return the keys that the cache holds. It is opened only where it exists: a check leaves nothing behind."""
    path = bench.workspace.folder / ".tuneproof" / "cache.sqlite"
    if not plans[0].keys or not path.is_file():
        return set(), ()
    try:
        with Cache(path) as cache:
            return cache.known(key.hex() for made in plans for keys in made.keys.values() for key in keys), ()
    except RunStopped as error:
        return set(), (f"the cache cannot be read: {error}",)


def _calls(system: System, bench: Bench, plans: Sequence[Plan], known: set[str]) -> Calls:
    local = bench.providers[system.provider].local
    asking = [] if local else [made for made in plans if system.name in made.systems]
    keys = [made.key(at) for made in asking for at in made.addresses([system.name], made.evalsets)]
    addresses = list(plans[0].addresses([system.name], bench.evalsets)) if asking else []
    cached = sum(key in known for key in keys) if known else 0
    left = len(keys) - cached
    limit = _limit(system, bench)
    return Calls(
        system=system.name,
        role=system.role,
        local=local,
        requests=len(keys),
        cached=cached,
        input_tokens=None if local else round(left * _mean_length(addresses, plans[0]) / CHARACTERS_A_TOKEN),
        output_tokens=None if local or limit is None else left * limit,
    )


def _mean_length(addresses: list[Address], made: Plan) -> float:
    """Return the mean number of characters of a prompt, over evenly spaced ones."""
    if not addresses:
        return 0.0
    chosen = addresses[:: max(1, len(addresses) // SAMPLED)]
    return sum(sum(_lengths(at, made)) for at in chosen) / len(chosen)


def _lengths(at: Address, made: Plan) -> Iterator[int]:
    for message in made.request(at).messages:
        content = message.get("content")
        yield len(content if isinstance(content, str) else canonical_json(content))


def _limit(system: System, bench: Bench) -> int | None:
    """Return the longest answer that the system may give, in tokens; None where nothing limits it."""
    body = bench.experiment.providers[system.provider].settings.get("extra_body")
    for held in (system.decoding, body if isinstance(body, dict) else {}):
        for name in LIMITS:
            limit = held.get(name)
            if isinstance(limit, int) and not isinstance(limit, bool):
                return limit
    return None
