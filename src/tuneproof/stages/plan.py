"""Stage 4, plan: evalsets x systems become requests, the same examples for every system.

Requests are generated, never held: a plan of a million questions is as small as one of ten. The order of calls belongs to it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from tuneproof.core.completion import Request
from tuneproof.core.digest import canonical_json
from tuneproof.core.errors import SHOWN_PROBLEMS, InputError, Problem
from tuneproof.core.example import Evalset, Example
from tuneproof.core.experiment import Experiment
from tuneproof.core.protocols import Provider, RemoteProvider, Workspace
from tuneproof.core.system import System
from tuneproof.stages._prompting import Prompter, prompter


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

    def requests(self, systems: Iterable[str], evalsets: Iterable[str]) -> Iterator[Request]:
        """Yield the requests of some systems on some evalsets.

        Systems are interleaved, so that no system's slow tail leaves the pool empty; a provider that wants one system's
        requests together gets them so.
        """
        chosen = [self.systems[name] for name in systems]
        together = any(getattr(self.providers[system.provider], "by_system", False) for system in chosen)
        for group in [[system] for system in chosen] if together else [chosen]:
            for name in evalsets:
                for example in self.evalsets[name].examples:
                    for system in group:
                        for repeat in range(system.repeats):
                            yield self.request(system, name, example, repeat)

    def request(self, system: System, evalset: str, example: Example, repeat: int) -> Request:
        """Return one request.

        Raises:
            ValueError: one line why its prompt cannot be filled.
        """
        asked = self.prompters.get((system.name, evalset))
        messages = asked.messages(example) if asked else ()
        return Request(
            key=self._key(system, messages, repeat) if asked else "",
            system=system.name,
            model=system.model,
            evalset=evalset,
            example=example,
            repeat=repeat,
            messages=messages,
            decoding=system.decoding,
        )

    def count(self, systems: Iterable[str], evalsets: Sequence[str]) -> int:
        """Return the number of requests of some systems on some evalsets."""
        examples = sum(len(self.evalsets[name].examples) for name in evalsets)
        return examples * sum(self.systems[name].repeats for name in systems)

    def _key(self, system: System, messages: object, repeat: int) -> str:
        provider = cast("RemoteProvider", self.providers[system.provider])  # only remote ones need a prompt
        held = canonical_json([provider.identity(), system.model, system.decoding, messages, repeat])
        return hashlib.sha256(held.encode("utf-8", "surrogatepass")).hexdigest()


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
        for spec in experiment.evalsets:
            where = f"{workspace.experiment_file}: systems.{system.name}.prompt"
            try:
                asked = spec.prompt if spec.prompt is not None else system.prompt
                prompters[system.name, spec.name] = prompter(asked, evalsets[spec.name].labels, workspace, where)
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    made = Plan(
        evalsets=evalsets,
        systems={system.name: system for system in experiment.compared},
        providers=providers,
        prompters=prompters,
    )
    _check_filled(made)
    return made


def _check_filled(made: Plan) -> None:
    problems: list[Problem] = []
    for (system, name), asked in made.prompters.items():
        evalset = made.evalsets[name]
        for example in evalset.examples:
            try:
                asked.messages(example)
            except ValueError as error:
                where, expected = f"{asked.where}: {evalset.where(example)}", f"a prompt of {system!r} that can be filled"
                problems.append(Problem(where=where, what=f"{error}", expected=expected))
                if len(problems) > SHOWN_PROBLEMS:
                    break
    if problems:
        raise InputError(problems)
