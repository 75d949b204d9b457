"""Stage 4, plan: evalsets x systems become requests, the same examples for every system.

Requests are generated, never held: a plan of a million questions is as small as one of ten. The order of calls belongs to it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from tuneproof.core.completion import Request
from tuneproof.core.digest import canonical_json
from tuneproof.core.errors import SHOWN_PROBLEMS, InputError, Problem
from tuneproof.core.example import Evalset, Example
from tuneproof.core.experiment import Experiment
from tuneproof.core.protocols import ModelHost, Provider, RemoteProvider, Workspace
from tuneproof.core.system import System
from tuneproof.stages._prompting import Prompter, prompter

Places = Mapping[str, Sequence[int]]
"""Evalset to the indices of those of its examples that are meant."""


class Address(NamedTuple):
    """Where one question stands in the plan."""

    system: str
    """Name of the system."""
    evalset: str
    """Name of the evalset."""
    place: int
    """Index of the example in its evalset."""
    repeat: int
    """Which repeat, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which questions go to which systems, and in which order."""

    evalsets: Mapping[str, Evalset]
    """By name, in file order."""
    systems: Mapping[str, System]
    """The compared systems by name, in file order."""
    providers: Mapping[str, Provider]
    """By name."""
    prompters: Mapping[tuple[str, str], Prompter]
    """(system, evalset) to its compiled prompt, for systems whose provider needs one."""
    keys: Mapping[tuple[str, str], Sequence[bytes]]
    """(system, evalset) to the keys of its questions, 32 bytes each, by example and repeat; none for free answers."""

    def addresses(self, systems: Iterable[str], evalsets: Iterable[str], places: Places | None = None) -> Iterator[Address]:
        """Yield the questions of some systems on some evalsets, in the order in which they are asked.

        Systems are interleaved, so that no system's slow tail leaves the pool empty; a provider that wants one system's
        requests together gets them so.

        Args:
            systems: Names.
            evalsets: Names.
            places: Evalset to the indices of its examples that are asked, in that order; None for all of them.
        """
        chosen = [self.systems[name] for name in systems]
        together = any(getattr(self.providers[system.provider], "by_system", False) for system in chosen)
        for group in [[system] for system in chosen] if together else [chosen]:
            for name in evalsets:
                for place in range(len(self.evalsets[name].examples)) if places is None else places[name]:
                    for system in group:
                        for repeat in range(system.repeats):
                            yield Address(system.name, name, place, repeat)

    def example(self, at: Address) -> Example:
        """Return the example that is asked about."""
        return self.evalsets[at.evalset].examples[at.place]

    def key(self, at: Address) -> str:
        """Return the key of a question; empty where answers are free."""
        keys = self.keys.get((at.system, at.evalset))
        return keys[at.place * self.systems[at.system].repeats + at.repeat].hex() if keys else ""

    def request(self, at: Address) -> Request:
        """Return the request of a question."""
        system, example = self.systems[at.system], self.example(at)
        asked = self.prompters.get((at.system, at.evalset))
        return Request(
            key=self.key(at),
            system=at.system,
            model=system.model,
            evalset=at.evalset,
            example=example,
            repeat=at.repeat,
            messages=asked.messages(example) if asked else (),
            decoding=system.decoding,
        )

    def count(self, systems: Iterable[str], evalsets: Iterable[str], places: Places | None = None) -> int:
        """Return the number of requests of some systems on some evalsets."""
        examples = sum(len(self.evalsets[name].examples if places is None else places[name]) for name in evalsets)
        return examples * sum(self.systems[name].repeats for name in systems)


def plan(
    experiment: Experiment, evalsets: Mapping[str, Evalset], providers: Mapping[str, Provider], workspace: Workspace
) -> Plan:
    """Compile every prompt, and fill each once, so that nothing is spent on a plan that cannot be carried out.

    Raises:
        InputError: for templates that cannot be read or filled, by system and example.
    """
    problems: list[Problem] = []
    prompters: dict[tuple[str, str], Prompter] = {}
    for system in experiment.compared:
        if not providers[system.provider].needs_prompt:
            continue
        for spec in (spec for spec in experiment.evalsets if spec.name in evalsets):
            where = f"{workspace.experiment_file}: systems.{system.name}.prompt"
            asked = spec.prompt if spec.prompt is not None else system.prompt
            if asked.user is None and any(example.messages is None for example in evalsets[spec.name].examples):
                expected = f"a template, because the examples of {spec.name!r} bring no messages"
                problems.append(Problem(where=f"{where}.user", what="missing", expected=expected))
                continue
            try:
                prompters[system.name, spec.name] = prompter(asked, evalsets[spec.name].labels, workspace, where)
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return Plan(
        evalsets=evalsets,
        systems={system.name: system for system in experiment.compared},
        providers=providers,
        prompters=prompters,
        keys=_keys(experiment, evalsets, providers, prompters),
    )


def identity_for(provider: RemoteProvider, model: str) -> Mapping[str, Any]:
    """Return all of a provider that bears on one model's answers, keys excepted."""
    return provider.identity_of(model) if isinstance(provider, ModelHost) else provider.identity()


def key_start(provider: RemoteProvider, system: System, decoding: Mapping[str, Any]) -> Any:
    """Return the part of a key that all questions to one system share: a hash to be copied and gone on with by `key_of`."""
    prefix = canonical_json([identity_for(provider, system.model), system.model, decoding])
    return hashlib.sha256(prefix.encode("utf-8", "surrogatepass"))


def key_of(start: Any, question: bytes, repeat: int) -> bytes:
    """Return the key of one question, given as canonical JSON of its messages."""
    seal = start.copy()
    seal.update(question + b"#%d" % repeat)
    return bytes(seal.digest())


def _keys(
    experiment: Experiment,
    evalsets: Mapping[str, Evalset],
    providers: Mapping[str, Provider],
    prompters: Mapping[tuple[str, str], Prompter],
) -> dict[tuple[str, str], list[bytes]]:
    """Fill every prompt once, and return the keys of the questions.

    Raises:
        InputError: for prompts that cannot be filled, by system and example.
    """
    problems: list[Problem] = []
    keys: dict[tuple[str, str], list[bytes]] = {}
    for system in experiment.compared:
        for evalset in evalsets.values():
            if asked := prompters.get((system.name, evalset.name)):
                provider = cast("RemoteProvider", providers[system.provider])  # only remote ones need a prompt
                held, wrong = _keys_of(asked, evalset, system, key_start(provider, system, system.decoding))
                keys[system.name, evalset.name] = held
                problems += wrong
    if problems:
        raise InputError(problems)
    return keys


def _keys_of(asked: Prompter, evalset: Evalset, system: System, start: Any) -> tuple[list[bytes], list[Problem]]:
    keys: list[bytes] = []
    problems: list[Problem] = []
    for example in evalset.examples:
        try:
            question = canonical_json(asked.messages(example)).encode("utf-8", "surrogatepass")
        except ValueError as error:
            where, expected = f"{asked.where}: {evalset.where(example)}", f"a prompt of {system.name!r} that can be filled"
            problems.append(Problem(where=where, what=f"{error}", expected=expected))
            if len(problems) > SHOWN_PROBLEMS:
                break
            continue
        keys += [key_of(start, question, repeat) for repeat in range(system.repeats)]
    return keys, problems
