"""The bench: an experiment with its data and plug-ins at hand, which every later step works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from tuneproof.core.example import Evalset
from tuneproof.core.experiment import Experiment
from tuneproof.core.judging import JudgeMarker
from tuneproof.core.protocols import CorpusMarker, Criterion, Grader, Marker, Provider, Workspace
from tuneproof.core.requirement import Design, Requirement
from tuneproof.core.system import System
from tuneproof.pipeline.seating import asks_judges, judges_of
from tuneproof.stages.register import register

if TYPE_CHECKING:
    from tuneproof.stages.labels import RawLabels


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """An experiment with its data and plug-ins at hand."""

    workspace: Workspace
    """Where it lives."""
    experiment: Experiment
    """The file as values."""
    evalsets: Mapping[str, Evalset]
    """The holdout, by name in file order; cut to `--limit` examples where that was asked."""
    whole: Mapping[str, Evalset]
    """All evalsets, uncut, those for selection too: what a lock registers and what recorded answers may be about."""
    graders: Mapping[str, Grader]
    """By name."""
    providers: Mapping[str, Provider]
    """By name."""
    criteria: Mapping[str, Criterion]
    """By name, in file order."""
    everywhere: Mapping[str, tuple[str, ...]]
    """Evalset name to the graders that mark all its examples."""
    markers: Mapping[tuple[str, str], Marker]
    """(evalset, grader) to the grader made ready."""
    design: Design
    """Who is compared on what."""
    requirements: tuple[Requirement, ...]
    """What must be shown."""
    labels: "Mapping[str, RawLabels]" = field(default_factory=dict)
    """Grader that asks judges to people's labels as they were read; empty in a run's own copy, which holds them resolved."""

    @property
    def is_cut(self) -> bool:
        """Whether only a part of the holdout is asked (`--limit`)."""
        return any(evalset is not self.whole[name] for name, evalset in self.evalsets.items())

    @property
    def selection(self) -> dict[str, Evalset]:
        """The evalsets that checkpoints are chosen on; they are never part of a verdict."""
        return {name: evalset for name, evalset in self.whole.items() if evalset.role == "selection"}

    @property
    def on_holdout(self) -> tuple[Requirement, ...]:
        """The requirements that the holdout answers; those about checkpoints were answered when one was chosen."""
        return tuple(need for need in self.requirements if need.quantity.evalset in self.evalsets)

    @property
    def corpus(self) -> dict[tuple[str, str], CorpusMarker]:
        """The markers of corpus metrics."""
        return {at: cast("CorpusMarker", marker) for at, marker in self.markers.items() if self.graders[at[1]].corpus}

    @property
    def judged(self) -> dict[tuple[str, str], JudgeMarker]:
        """The markers whose marks come from judges."""
        return {at: cast("JudgeMarker", marker) for at, marker in self.markers.items() if asks_judges(self.graders[at[1]])}

    @property
    def judged_evalsets(self) -> tuple[str, ...]:
        """The evalsets on which a grader asks judges, in file order."""
        return tuple(dict.fromkeys(name for name, _ in self.judged))

    @property
    def judges(self) -> tuple[System, ...]:
        """The judges that are asked, in file order."""
        return judges_of((self.graders[grader] for _, grader in self.judged), self.experiment)

    @property
    def repeats(self) -> dict[str, int]:
        """Compared system to its number of repeats."""
        return {system.name: system.repeats for system in self.experiment.compared}

    def at_level(self, alpha: float) -> "Bench":
        """Return the same experiment judged at another one-sided error: an exposure's share of the registered one."""
        if alpha == self.experiment.alpha:
            return self
        design = replace(self.design, alpha=alpha)
        return replace(
            self,
            experiment=replace(self.experiment, alpha=alpha),
            design=design,
            requirements=register(self.criteria.values(), design),
        )
