"""`tuneproof plan`: what an experiment can be expected to say, by simulating its whole decision. Nothing is spent."""

import math
from collections.abc import Sequence
from dataclasses import replace

from tuneproof.core.outlook import Chances, Growth, Outlook
from tuneproof.core.requirement import Design, Requirement
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.forecast import NO_CANDIDATE_YET
from tuneproof.pipeline.layout import Layout
from tuneproof.pipeline.needs import needs_of
from tuneproof.pipeline.outlook_words import Plan, cautions, nothing_to_simulate, sentence
from tuneproof.pipeline.prospects import prospects
from tuneproof.pipeline.scenes import Scene, grounds, is_corpus, scenes
from tuneproof.pipeline.simulated import Rulebook
from tuneproof.pipeline.trial import Trial
from tuneproof.stages.register import register
from tuneproof.stats.critical import Critical
from tuneproof.stats.distributions import binomial_tail

REPETITIONS = 2000
"""Simulated experiments a scenario: a chance near 50 % is then off by 1.1 points, as one standard error."""

USUAL_MISSING = 0.01
"""Share of answers that is taken not to come where nothing is said: what an endpoint's trouble leaves after the retries."""

LET_PASS = 0.99
"""Unless the user says how many are missing, no more are than the rules about missing answers let pass so often. Answers are
fetched again until they are there, so a plan that fails by them would say nothing of the examples."""

WANTED = 0.8
"""The chance of GO that examples are counted for."""

FACTORS = (1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
"""Times as many examples that are tried; the last one is the most that anyone is told to write."""

_SHOWN_FACTORS = (2.0, 5.0)
"""Tried, to draw them, where even the last one is not enough."""

_HALVINGS = 3
_MOST_REPETITIONS, _LEAST_REPETITIONS, _MOST_MARKS = 1000, 200, 100_000_000
"""Repetitions of a larger size, and the marks that are drawn for one: what is sought is a number of two digits."""

_EXACT_TO = 100
"""Pairs up to which larger sizes are judged by the exact test; above, by Tango's, which is a point of power off there."""


def outlook(bench: Bench, *, repetitions: int = REPETITIONS, missing: float | None = None) -> Outlook:
    """Return what the experiment takes, and what it can be expected to say.

    Args:
        bench: The experiment with its data; it may have no candidate yet.
        repetitions: Simulated experiments a scenario.
        missing: Share of answers that does not come, in [0, 1). None takes 1 %, or less where the rules about missing answers
            would not let that pass.
    """
    design = replace(bench.design, candidates=bench.design.candidates or (NO_CANDIDATE_YET,))
    requirements = register(bench.criteria.values(), design)
    looked = prospects(requirements, design)
    needs = [need for need in requirements if is_simulated(need, design)]
    layouts = _layouts(bench, needs)
    lacking = _usual_missing(needs, layouts, design) if missing is None else missing
    bare = Outlook(
        experiment=bench.experiment.name,
        repetitions=repetitions,
        seed=bench.experiment.seed,
        n_candidates=len(design.candidates),
        missing=lacking,
        standard_error=0.0,
        needs=needs_of(looked),
        chances=(),
        growth=(),
        sentence=nothing_to_simulate(needs, requirements),
        cautions=(),
    )
    if bare.sentence:
        return bare
    own = [need for need in needs if need.candidate == design.candidates[0]]
    known = grounds(own, looked, design)
    plan = Plan(bench=bench, design=design, requirements=requirements, needs=own, known=known, layouts=layouts)
    undecidable = (need for need in requirements if not is_simulated(need, design))
    assumed = any(need.on_failure == "no-go" and need.mode == "prove" for need in undecidable)
    rules = Rulebook(design=design, needs=needs, layouts=layouts, assumed_proof=assumed)
    trial = Trial(rules=rules, missing=lacking, seed=bench.experiment.seed, critical=Critical())
    return _filled(bare, trial, plan, by_default=missing is None)


def is_simulated(need: Requirement, design: Design) -> bool:
    """Tell whether a requirement decides, and can be simulated: a judge's marks cannot, nor can a checkpoint's veto."""
    outline = design.evalsets[need.quantity.evalset]
    judged = (need.quantity.grader or outline.only_grader) in outline.judged and need.mode != "count"
    return need.on_failure == "no-go" and need.mode in ("prove", "guard", "count") and not judged


def _layouts(bench: Bench, needs: Sequence[Requirement]) -> dict[str, Layout]:
    """Return the evalsets that are read, with the slices that something is asked of."""
    read: dict[str, dict[str, None]] = {}
    for need in needs:
        slices = read.setdefault(need.quantity.evalset, {})
        if need.quantity.slice is not None:
            slices[need.quantity.slice] = None
    return {name: Layout.of(bench.evalsets[name], slices) for name, slices in read.items()}


def _filled(bare: Outlook, trial: Trial, plan: Plan, *, by_default: bool) -> Outlook:
    """Simulate every scenario, and larger sizes as hoped."""
    chances = []
    for scene in scenes(plan.needs, plan.known, plan.design):
        tally = trial.tally(scene, bare.repetitions)
        open_still = max(0.0, 1.0 - tally.go - tally.no_go)
        found = Chances(scenario=scene.name, truth=scene.words, go=tally.go, no_go=tally.no_go, undecided=open_still)
        chances.append(replace(found, candidate_go=tally.candidate_go))
    go = chances[0].go
    growth, stuck = _growth(trial, plan, go, bare.repetitions) if go < WANTED else ((), None)
    shares = [share for held in chances for share in (held.go, held.no_go, held.undecided)]
    told = replace(
        bare,
        standard_error=max(_error(share, bare.repetitions) for share in shares),
        chances=tuple(chances),
        growth=growth,
        sentence=sentence(plan, bare, go, growth, stuck),
    )
    return replace(told, cautions=cautions(plan, told, by_default=by_default))


def _growth(trial: Trial, plan: Plan, go: float, repetitions: int) -> tuple[tuple[Growth, ...], str | None]:
    """Return the chance of GO at larger sizes, and the criterion that keeps it below what is wanted; None where it gets there.

    The largest size is asked first, by few repetitions: where it is not enough, nothing in between needs a search.
    """
    scene = scenes(plan.needs, plan.known, plan.design)[0]
    grower = _Grower(trial, scene, repetitions)
    found = {1.0: go, FACTORS[-1]: grower.go(FACTORS[-1], _LEAST_REPETITIONS)}
    if found[FACTORS[-1]] < WANTED:
        found |= {factor: grower.go(factor) for factor in _SHOWN_FACTORS}
        return _points(found, plan), grower.weakest
    del found[FACTORS[-1]]
    below = 1.0
    for factor in FACTORS:
        found[factor] = grower.go(factor)
        if found[factor] >= WANTED:
            break
        below = factor
    above = max(found)
    for _ in range(_HALVINGS):
        middle = math.sqrt(below * above)
        found[middle] = grower.go(middle)
        below, above = (below, middle) if found[middle] >= WANTED else (middle, above)
    return _points(found, plan), None


class _Grower:
    """Asks for GO at larger sizes."""

    def __init__(self, trial: Trial, scene: Scene, repetitions: int) -> None:
        self.trial, self.scene, self.repetitions = trial, scene, min(repetitions, _MOST_REPETITIONS)
        self.critical = Critical(exact_to=_EXACT_TO)
        self.weakest: str | None = None

    def go(self, factor: float, most: int = _MOST_REPETITIONS) -> float:
        """Return the chance of GO with so many times the examples."""
        grown = self.trial.grown(factor, self.critical)
        marks = grown.crew.systems * sum(layout.size() for layout in grown.rules.layouts.values())
        affordable = max(_LEAST_REPETITIONS, _MOST_MARKS // marks)
        tally = grown.tally(self.scene, min(self.repetitions, most, affordable))
        self.weakest = min(tally.met, key=lambda name: tally.met[name])
        return tally.go


def _points(found: dict[float, float], plan: Plan) -> tuple[Growth, ...]:
    layout = plan.layouts[plan.anchor]
    return tuple(Growth(factor=factor, n=layout.grown(factor).size(), go=found[factor]) for factor in sorted(found))


def _usual_missing(needs: Sequence[Requirement], layouts: dict[str, Layout], design: Design) -> float:
    """Return the share of missing answers that is taken for granted where none is given, a ten-thousandth at a time."""
    allowed: dict[tuple[str, str], int] = {}
    for need in needs:
        asked, size = need.quantity, layouts[need.quantity.evalset].size()
        if need.mode == "count":
            most = math.floor(asked.threshold * size + 1e-9)
        elif is_corpus(asked, design):
            most = 0  # a metric of the whole set says nothing as soon as one answer is missing
        else:
            continue
        for system in filter(None, (asked.system, asked.baseline)):
            allowed[asked.evalset, system] = min(most, allowed.get((asked.evalset, system), most))
    limits = [(layouts[evalset].size(), most) for (evalset, _), most in allowed.items()]

    def passes(share: float) -> bool:
        return math.prod(1.0 - binomial_tail(most + 1, n, share) for n, most in limits) >= LET_PASS

    steps = range(round(USUAL_MISSING * 10_000), 0, -1)
    return next((step / 10_000 for step in steps if passes(step / 10_000)), 0.0)


def _error(share: float, repetitions: int) -> float:
    """Return the standard error of a simulated chance; of one that never or always came up, that of one case in so many."""
    kept = min(max(share, 1.0 / repetitions), 1.0 - 1.0 / repetitions) if repetitions > 1 else 0.5
    return math.sqrt(kept * (1.0 - kept) / repetitions)
