"""What criteria may know of an experiment before any answer exists."""

from collections.abc import Mapping

from tuneproof.core.example import Evalset
from tuneproof.core.experiment import Experiment
from tuneproof.core.protocols import Grader
from tuneproof.core.requirement import Design, EvalsetOutline
from tuneproof.pipeline.seating import asks_judges


def design_of(experiment: Experiment, evalsets: Mapping[str, Evalset], graders: Mapping[str, Grader]) -> Design:
    """Return who is compared, on what, and at which error."""
    return Design(
        candidates=tuple(system.name for system in experiment.of_role("candidate")),
        baselines=tuple(system.name for system in experiment.of_role("baseline")),
        evalsets={name: _outline(evalset, graders) for name, evalset in evalsets.items()},
        alpha=experiment.alpha,
        expected_lift=experiment.expected_lift,
        expected_discordance=experiment.expected_discordance,
    )


def _outline(evalset: Evalset, graders: Mapping[str, Grader]) -> EvalsetOutline:
    own = {evalset.own_grader(example) for example in evalset.examples}
    measures = {name: tuple(grader.measures) for name, grader in graders.items()}
    shared = [set(measures.get(name or "", ())) for name in own]
    judged = frozenset(name for name, grader in graders.items() if asks_judges(grader))
    return EvalsetOutline(
        role=evalset.role,
        n=len(evalset.examples),
        n_clusters=len({example.cluster for example in evalset.examples}),
        slices=evalset.slice_sizes(),
        graders=tuple(graders),
        has_own=None not in own,
        only_grader=next(iter(own)) if len(own) == 1 else None,
        corpus=frozenset(name for name, grader in graders.items() if grader.corpus),
        measures={**measures, "": tuple(sorted(set.intersection(*shared)))},
        judged=judged,
        mixes_judges=len(own) > 1 and not judged.isdisjoint(own),
    )
