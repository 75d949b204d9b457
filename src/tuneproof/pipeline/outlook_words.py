"""A plan in words: the sentence that answers "is this enough?", and what the figures take for granted."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tuneproof.core.outlook import Growth, Outlook
from tuneproof.core.requirement import Design, Requirement
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.layout import Layout
from tuneproof.pipeline.scenes import Ground, is_corpus
from tuneproof.stages._user_text import short
from tuneproof.stats.clustered import LEAST_CLUSTERS
from tuneproof.stats.power_exact import ENUMERATED_TO

_TELLS_PERCENT = 300
"""Repetitions from which a case that never came up is shown to be rarer than 1 in 100 (at 95 %)."""

_SHOWN = 3
"""Names in one list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was simulated, and on what grounds."""

    bench: Bench
    """The experiment."""
    design: Design
    """Who is compared; with a candidate, also where there is none yet."""
    requirements: Sequence[Requirement]
    """All of them."""
    needs: Sequence[Requirement]
    """Those of the first candidate that are simulated."""
    known: Mapping[str, Ground]
    """What is taken for granted, by evalset whose marks are read."""
    layouts: Mapping[str, Layout]
    """Sizes, by evalset."""

    @property
    def anchor(self) -> str:
        """The evalset by which sizes are told: the first one on which a gain is asked for, else the first one."""
        gains = [name for name, ground in self.known.items() if ground.superior is not None]
        return next(iter(gains or self.known))


def nothing_to_simulate(needs: Sequence[Requirement], requirements: Sequence[Requirement]) -> str:
    """Return why no chance can be given; empty where one can."""
    if any(need.mode == "prove" for need in needs):
        return ""
    if any(need.mode == "prove" and need.on_failure == "no-go" for need in requirements):
        return "judges mark all that could make a GO, and what people's labels will say of them cannot be simulated"
    return "never GO: no criterion is registered that decides and has to be proved"


def sentence(plan: Plan, told: Outlook, go: float, growth: Sequence[Growth], stuck: str | None) -> str:
    """Return how often GO would be seen, and what brings it to 80 %."""
    hope = "as good as you hope"
    if plan.design.expected_lift is None and any(ground.superior is not None for ground in plan.known.values()):
        hope = "just as good as these examples can show"
    several = told.n_candidates > 1
    who = f"all {told.n_candidates} candidates are" if several else "the candidate is"
    seen = f"With {_sizes(plan)} you would see GO in {_often(go, told.repetitions)}"
    if not growth:
        return f"{seen} if {who} {hope}."
    if stuck is not None:
        why = f"what holds it back most is {short(stuck)!r}"
        return f"{seen} even if {who} {hope}; {growth[-1].factor:g} times as many do not bring it to 80 % ({why})."
    return f"{seen} even if {who} {hope}; {_more(plan, next(one for one in growth if one.go >= 0.8))} bring it to 80 %."


def _sizes(plan: Plan) -> str:
    names = [plan.anchor, *(name for name in plan.known if name != plan.anchor)]
    sizes = [plan.layouts[name].size() for name in names]
    if len(names) == 1:
        return f"these {sizes[0]:,} examples" if sizes[0] != 1 else "this 1 example"
    first = f"these {sizes[0]:,} examples of {short(names[0])}"
    others = [f"{n:,} of {short(name)}" for name, n in zip(names[1:], sizes[1:], strict=True)]
    if len(others) > _SHOWN:
        return f"{first}, {', '.join(others[:_SHOWN])} and so on"
    return " and ".join([", ".join([first, *others[:-1]]), others[-1]])


def _more(plan: Plan, enough: Growth) -> str:
    """Return `210 more`, rounded up to two digits; with several evalsets, how many times as many and how many more of each."""
    names = [plan.anchor, *(name for name in plan.known if name != plan.anchor)]
    if len(names) == 1:
        return f"about {_up(enough.n - plan.layouts[names[0]].size()):,} more"
    factor = math.ceil(enough.factor * 10 - 1e-9) / 10
    more = {name: _up(math.ceil((factor - 1) * plan.layouts[name].size() - 1e-9)) for name in names}
    listed = _listed([f"{n:,} more of {short(name)}" for name, n in more.items()])
    return f"about {factor:g} times as many of each ({listed})"


def _up(n: int) -> int:
    """Return a count rounded up to two digits: the search is no sharper."""
    unit = int(10 ** max(0, len(str(n)) - 2))
    return math.ceil(n / unit) * unit


def _listed(names: Sequence[str]) -> str:
    hidden = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {hidden} more" if hidden > 0 else "")


def _often(share: float, repetitions: int) -> str:
    """Return `41 % of the cases`; of what never or always came up, no more than so many cases can tell."""
    if share in (0.0, 1.0) and repetitions < _TELLS_PERCENT:
        return f"{'all' if share else 'none'} of the {repetitions:,} simulated cases"
    told = "less than 1" if share < 0.01 else "more than 99" if share > 0.99 else f"{share * 100:.0f}"
    return f"{told} % of the cases"


# -- cautions ----------------------------------------------------------------------------------------------------------------


def cautions(plan: Plan, told: Outlook, *, by_default: bool) -> tuple[str, ...]:
    """Return what the simulation takes for granted, what bears most on the figures first."""
    found = (
        *_left_out(plan),
        *_clusters(plan),
        *_hopes(plan),
        *_marks(plan),
        *_missing(told, by_default),
        *_precision(plan, told),
    )
    return tuple(found)


def _left_out(plan: Plan) -> Iterator[str]:
    own = [need for need in plan.requirements if need.candidate == plan.design.candidates[0]]
    judged = [
        need for need in own if need.on_failure == "no-go" and need.mode not in ("count", "veto") and need not in plan.needs
    ]
    if judged:
        names = _listed([short(name) for name in dict.fromkeys(need.criterion for need in judged)])
        yield f"judges mark what {names} reads: it is taken as met, so that the true chances of GO are lower"
    if vetoes := dict.fromkeys(need.criterion for need in own if need.mode == "veto"):
        yield f"no checkpoint is taken to be stopped by {_listed([short(name) for name in vetoes])}"
    if informing := dict.fromkeys(need.criterion for need in own if need.on_failure == "report"):
        yield f"{_listed([short(name) for name in informing])} only informs, and is left out"


def _clusters(plan: Plan) -> Iterator[str]:
    for name in plan.known:
        groups = plan.layouts[name].n_clusters.get(None)
        if groups is None:
            continue
        if groups < LEAST_CLUSTERS:
            yield f"never GO: {short(name)} has {groups} clusters, fewer than {LEAST_CLUSTERS}"
        n = plan.layouts[name].size()
        hidden = f"where those of a cluster agree, {n:,} examples show no more than {groups:,} would"
        yield f"the examples of {short(name)} are simulated as if independent, which promises too much: {hidden}"


def _hopes(plan: Plan) -> Iterator[str]:
    design = plan.design
    asked = [name for name, ground in plan.known.items() if ground.superior is not None]
    if asked and design.expected_lift is None:
        gains = _listed([f"{plan.known[name].hoped:.3f} on {short(name)}" for name in asked])
        yield (
            "experiment.expected_lift is not registered, so that there is no hope to plan for: `as hoped` takes the smallest "
            f"gain that these examples show with 80 % probability, {gains}"
        )
    source = "registered" if design.expected_discordance else "a planning default; register expected_discordance"
    differ = max(ground.discordance for ground in plan.known.values())
    raised = ", raised to the gain" if differ > (design.expected_discordance or differ) else ""
    yield f"any two systems are taken to differ on {differ:.3g} of the examples ({source}{raised})"
    for name in [name for name, ground in plan.known.items() if ground.contradicts_bar]:
        level = plan.known[name].accuracy + plan.known[name].hoped
        yield (
            f"the registered gain and discordance leave the candidate at most {level:.3g} right on {short(name)}, "
            f"not above the bar {plan.known[name].bar:g}: one of the three is wrong"
        )
    levels = [f"{ground.accuracy:.3g} on {short(name)}" for name, ground in plan.known.items()]
    bars = " (where a level is asked for, such that the candidate as hoped makes half of the errors that the bar allows)"
    given = bars if any(ground.bar is not None for ground in plan.known.values()) else ""
    yield f"baselines are taken to be right on {_listed(levels)}{given}"
    if len(design.candidates) > 1:
        count = len(design.candidates)
        yield f"all {count} candidates are equally good, and GO is the chance that at least one of them is found to be"


def _marks(plan: Plan) -> Iterator[str]:
    yield "answers are taken as right or wrong, one an example; partial marks and repeats spread less, and show more"
    metrics = {need.quantity.grader: None for need in plan.needs if is_corpus(need.quantity, plan.design)}
    if metrics:
        names = _listed([short(name) for name in metrics if name])
        yield f"{names}, a metric of the whole set, is simulated as if it were the share of right answers: a guide, no promise"
    columns = {
        (need.quantity.evalset, need.quantity.grader, need.quantity.measure) for need in plan.needs if need.mode != "count"
    }
    if len(columns) > len(plan.known):
        yield "different marks of the same answers are drawn independently of each other, which promises less than is true"
    rules = plan.bench.experiment.rules
    if rules.sequential:
        yield "looks before the end are not simulated: five of them cost 1 to 2 points of power"
    if rules.futility:
        yield "stopping for futility is not simulated: it can only cost chances of GO"


def _missing(told: Outlook, by_default: bool) -> Iterator[str]:
    share = f"{100 * told.missing:.3g} %"
    if by_default and told.missing < 0.01:
        yield f"{share} of the answers are taken to be missing, as many as your rules let pass 99 times in 100; see --missing"
    elif told.missing:
        yield f"{share} of the answers are taken to be missing, at random"


def _precision(plan: Plan, told: Outlook) -> Iterator[str]:
    yield (
        f"{told.repetitions:,} simulated experiments a scenario: chances are off by up to {100 * told.standard_error:.1f} "
        "points (one standard error), and the number of examples for 80 % by about a tenth of itself"
    )
    if any(plan.layouts[name].size() > ENUMERATED_TO for name in plan.known):
        yield f"more than {ENUMERATED_TO} examples are compared by Tango's test, which is a point of power off the exact one"
