"""`tuneproof check`: everything that can be known of an experiment before a question is asked. Nothing is spent or written."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tuneproof.core.errors import InputError
from tuneproof.core.experiment import EvalsetSpec
from tuneproof.core.protocols import LocalSession
from tuneproof.criteria._planning import PLANNING_DISCORDANCE
from tuneproof.pipeline.assemble import assemble
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.checkpoints import askable
from tuneproof.pipeline.conclude import is_same_system
from tuneproof.pipeline.data_checks import Caution, data_cautions
from tuneproof.pipeline.expected_calls import Calls, expected_calls
from tuneproof.pipeline.gate import open_local, provider_problems
from tuneproof.pipeline.people import with_labels
from tuneproof.pipeline.prospects import Prospect, prospects
from tuneproof.pipeline.registration import state_of
from tuneproof.pipeline.selecting import rules_beyond, selection_calls
from tuneproof.stages.plan import Plan, plan
from tuneproof.stages.register import register

NO_CANDIDATE_YET = "candidate"
"""Stands for the candidate where there is none yet, so that what it will have to show can be listed."""
KEY_SETTING = ".api_key_env"
"""A key that is not set keeps no one from checking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalsetOverview:
    """One evalset as it was read."""

    name: str
    """Its name in the experiment file."""
    role: str
    """target, general or safety."""
    path: str
    """The data file."""
    n: int
    """Examples."""
    n_clusters: int
    """Clusters; equal to `n` where examples are independent."""
    slices: dict[str, int]
    """Slice name to number of examples."""
    graders: tuple[str, ...]
    """Graders that mark its examples."""
    n_labels: int
    """Number of labels; 0 where it has none."""
    labels: tuple[str, ...]
    """The first 20 labels."""
    digest: str
    """Content digest."""

    def to_json(self) -> dict[str, Any]:
        """Return it as `check --json` prints it."""
        return {**asdict(self), "graders": list(self.graders), "labels": list(self.labels)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is known before a question is asked."""

    experiment: str
    """Name of the experiment."""
    hypothesis: str
    """Its hypothesis."""
    alpha: float
    """One-sided error of each criterion."""
    candidates: tuple[str, ...]
    """Names of the candidates; empty where there is none yet."""
    baselines: tuple[str, ...]
    """Names of the baselines."""
    expected_lift: float | None
    """The registered gain; None where none was registered."""
    discordance: float
    """How often the systems are expected to differ."""
    discordance_source: Literal["registered", "planning default"]
    """Whether the experiment registers it, or a common value stands in."""
    lock: str
    """`locked`, `unlocked` or `changed`."""
    evalsets: tuple[EvalsetOverview, ...]
    """In file order."""
    prospects: tuple[Prospect, ...]
    """What each criterion can prove."""
    calls: tuple[Calls, ...]
    """What asking each system takes."""
    cautions: tuple[Caution, ...]
    """What the reader must know, strong ones first."""

    def to_json(self) -> dict[str, Any]:
        """Return the forecast as `check --json` prints it."""
        return {
            "experiment": self.experiment,
            "hypothesis": self.hypothesis,
            "alpha": self.alpha,
            "candidates": list(self.candidates),
            "baselines": list(self.baselines),
            "expected_lift": self.expected_lift,
            "expected_discordance": self.discordance,
            "expected_discordance_source": self.discordance_source,
            "lock": self.lock,
            "evalsets": [held.to_json() for held in self.evalsets],
            "prospects": [held.to_json() for held in self.prospects],
            "calls": [held.to_json() for held in self.calls],
            "cautions": [held.to_json() for held in self.cautions],
        }


def forecast(path: Path) -> Forecast:
    """Read an experiment and everything it names, and say what it can prove and what it will take.

    Args:
        path: The experiment file.

    Raises:
        InputError: all that is wrong with the input; a run would be refused for the same.
    """
    bench = with_labels(assemble(path))
    made = plan(bench.experiment, bench.evalsets, bench.providers, bench.workspace)
    unset = _unset_keys(bench)
    sessions = open_local(bench, (*askable(bench), *bench.judges))
    experiment, design = bench.experiment, bench.design
    lock = state_of(bench)
    calls, said = expected_calls(bench, made)
    mild = [*unset, *said, *(caution for session in sessions.values() for caution in session.cautions())]
    mild += [*_gaps(bench), *_absent(made, sessions), *_lock_cautions(lock.status, lock.changed)]
    cautions = [*data_cautions(bench, made), *(Caution(strength="mild", text=text) for text in mild)]
    return Forecast(
        experiment=experiment.name,
        hypothesis=experiment.hypothesis,
        alpha=experiment.alpha,
        candidates=design.candidates,
        baselines=design.baselines,
        expected_lift=experiment.expected_lift,
        discordance=experiment.expected_discordance or PLANNING_DISCORDANCE,
        discordance_source="registered" if experiment.expected_discordance else "planning default",
        lock=lock.status,
        evalsets=tuple(_overview(spec, bench) for spec in experiment.evalsets),
        prospects=prospects_of(bench),
        calls=calls,
        cautions=tuple(sorted(cautions, key=lambda caution: caution.strength != "strong")),
    )


def prospects_of(bench: Bench) -> tuple[Prospect, ...]:
    """Return what each criterion can and cannot show; without a candidate yet, for the one to come."""
    planned = replace(bench.design, candidates=bench.design.candidates or (NO_CANDIDATE_YET,))
    return prospects(register(bench.criteria.values(), planned), planned)


def _overview(spec: EvalsetSpec, bench: Bench) -> EvalsetOverview:
    evalset = bench.whole[spec.name]
    return EvalsetOverview(
        name=spec.name,
        role=evalset.role,
        path=evalset.path,
        n=len(evalset.examples),
        n_clusters=bench.design.evalsets[spec.name].n_clusters,
        slices=evalset.slice_sizes(),
        graders=tuple(sorted(grader for name, grader in bench.markers if name == spec.name)),
        n_labels=len(evalset.labels),
        labels=evalset.labels[:20],
        digest=evalset.digest,
    )


def _unset_keys(bench: Bench) -> list[str]:
    """Return the keys that are not set.

    Raises:
        InputError: for everything else that is wrong with a provider that is used.
    """
    found = provider_problems(bench, (*askable(bench), *bench.judges))
    if wrong := [problem for problem in found if not problem.where.endswith(KEY_SETTING)]:
        raise InputError(wrong)
    return [str(problem) for problem in found]


def _absent(made: Plan, sessions: Mapping[str, LocalSession]) -> Iterator[str]:
    """Yield how many answers are not there of systems whose answers should be at hand."""
    for name, system in made.systems.items():
        if (session := sessions.get(system.provider)) and system.checkpoints is None:
            addresses = list(made.addresses([name], made.evalsets))
            lacking = sum(session.answer(made.request(at)).text is None for at in addresses)
            if lacking:
                yield f"{lacking} of {len(addresses)} answers of {name} are not there"


def _gaps(bench: Bench) -> Iterator[str]:
    design = bench.design
    if not bench.criteria:
        yield "no criteria are registered, so nothing can be decided: the verdict will be UNDECIDED"
    if not design.candidates:
        yield "there is no candidate yet; what one will have to show is listed"
    if bench.criteria and bench.experiment.expected_lift is None:
        yield "experiment.expected_lift is not registered: how many examples your gain needs cannot be said"
    lift, differs = design.expected_lift or 0.0, design.expected_discordance or PLANNING_DISCORDANCE
    if lift > differs:
        yield f"a gain of {lift:g} needs systems that differ on as many examples: register expected_discordance above it"
    for candidate in design.candidates:
        for baseline in design.baselines:
            if is_same_system(bench, candidate, baseline):
                yield f"{candidate} and {baseline} are the same system: an A/A run"
    yield from selection_calls(bench)
    yield from rules_beyond(bench)
    idle = [system.name for system in bench.experiment.of_role("judge") if system not in bench.judges]
    yield from (f"no grader uses the judge {name}" for name in idle)


def _lock_cautions(status: str, changed: tuple[str, ...]) -> Iterator[str]:
    if status == "unlocked":
        yield "the experiment is not locked: run `tuneproof lock` and commit the lock file before you train"
    elif status == "changed":
        yield f"the experiment differs from its lock in {len(changed)} places (first: {changed[0]}): EXPLORATORY"
