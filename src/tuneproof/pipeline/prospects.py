"""What each criterion can and cannot prove at the size of its evalset, before any answer exists.

The sizes are those of section "sample size" of docs/statistics.md: right or wrong answers, compared in pairs. For marks between
0 and 1 they are on the safe side, since such marks spread less than right and wrong ones; for corpus metrics they are a guide.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from tuneproof.core.requirement import Design, Mode, Requirement
from tuneproof.criteria._planning import PLANNING_DISCORDANCE, POWER, visible_drop
from tuneproof.stats.clustered import LEAST_CLUSTERS
from tuneproof.stats.power import PairedPlan, detectable_effect, pairs_for_power, power_of_pairs
from tuneproof.stats.rate_power import rate_detectable, rate_n, rate_power
from tuneproof.stats.spread import LEAST_PAIRS
from tuneproof.stats.with_people import LEAST_LABELS, USES_JUDGE_FROM

MOST_SIZES = 24
"""Different slice sizes that are enumerated (up to half a second each); others take the figure of the next smaller one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What one criterion can prove on one evalset or slice."""

    criterion: str
    """Name of the criterion."""
    kind: str
    """Its kind."""
    mode: Mode
    """`prove`, `guard`, `count` or `instrument`."""
    evalset: str
    """Name of the evalset."""
    slice: str | None
    """Name of the slice; None for the whole evalset."""
    grader: str | None
    """Name of the grader; None for each example's own."""
    judged: bool
    """Whether a judge marks it: what can be shown then depends on people's labels, and no size is given."""
    baselines: tuple[str, ...]
    """The baselines it is compared with; empty for levels and counts."""
    n: int
    """Examples."""
    n_clusters: int | None
    """Clusters; None where examples are independent, and for slices."""
    margin: float | None
    """The registered number."""
    level: float
    """One-sided level at which it must be shown (for a guard: at which the alarm sounds)."""
    discordance: float | None = None
    """Share of examples on which the systems are expected to differ; None for levels and counts."""
    detectable: float | None = None
    """Smallest true difference (or rate) that is shown with 80 % probability; None where not even the largest is."""
    detectable_clustered: float | None = None
    """The same where all examples of a cluster agree, the worst case; None where examples are independent."""
    assumed: float | None = None
    """The true difference (or rate) that `power` and `needed_n` are for."""
    power: float | None = None
    """Probability to show `assumed` with these examples."""
    needed_n: int | None = None
    """Examples that show `assumed` with 80 % probability; None where no number does, or nothing was registered."""
    visible_drop: float | None = None
    """For a guard: smallest true drop that sounds the alarm with 80 % probability; None where not even a drop of 1 does."""
    never_go: str | None = None
    """Why this criterion cannot be met at all with these examples; None where it can."""
    sentence: str = ""
    """All of it in one sentence."""

    def to_json(self) -> dict[str, Any]:
        """Return the prospect as `check --json` prints it."""
        return {**asdict(self), "baselines": list(self.baselines)}


def prospects(requirements: Iterable[Requirement], design: Design) -> tuple[Prospect, ...]:
    """Return one prospect a criterion, evalset and slice, in the order of the criteria.

    Args:
        requirements: Of all candidates; they differ in nothing but the name, so the first one's are looked at.
        design: Who is compared, on what.
    """
    grouped: dict[tuple[object, ...], list[Requirement]] = {}
    for need in requirements:
        if need.candidate == design.candidates[0] and need.mode != "veto":
            asked = need.quantity
            key = (need.criterion, need.mode, asked.evalset, asked.slice, asked.grader, asked.measure)
            grouped.setdefault(key, []).append(need)
    drops = _visible_drops([group[0] for group in grouped.values() if group[0].mode == "guard"], design)
    return tuple(_prospect(group, design, drops) for group in grouped.values())


def _prospect(group: Sequence[Requirement], design: Design, drops: Mapping[tuple[Any, ...], float | None]) -> Prospect:
    need = group[0]
    asked, outline = need.quantity, design.evalsets[need.quantity.evalset]
    n = outline.n if asked.slice is None else outline.slices[asked.slice]
    clustered = asked.slice is None and outline.n_clusters < outline.n
    bare = Prospect(
        criterion=need.criterion,
        kind=need.kind,
        mode=need.mode,
        evalset=asked.evalset,
        slice=asked.slice,
        grader=asked.grader,
        judged=(asked.grader or outline.only_grader) in outline.judged and need.mode != "count",
        baselines=tuple(one.quantity.baseline for one in group if one.quantity.baseline is not None),
        n=n,
        n_clusters=outline.n_clusters if clustered else None,
        margin=need.margin,
        level=need.alarm_level or asked.level_met,
    )
    if need.mode == "count":
        return replace(bare, sentence=_counted(bare))
    if bare.judged:
        return _judged(bare)
    if need.mode == "guard":
        guarded = replace(
            bare, discordance=_discordance(design), visible_drop=drops[n, need.margin, need.alarm_level], never_go=None
        )
        return replace(guarded, sentence=_guarded(guarded))
    found = _rate(bare) if asked.kind == "level" else _difference(bare, asked.threshold, design)
    found = replace(found, never_go=_never_go(found, paired=asked.kind == "difference"))
    return replace(found, sentence=_rate_sentence(found) if asked.kind == "level" else _difference_sentence(found, design))


def _discordance(design: Design) -> float:
    return design.expected_discordance or PLANNING_DISCORDANCE


def _difference(bare: Prospect, threshold: float, design: Design) -> Prospect:
    """Fill in what a paired comparison can show."""
    often = _discordance(design)
    assumed = design.expected_lift if bare.kind == "superiority" else 0.0
    found = replace(
        bare,
        discordance=often,
        detectable=detectable_effect(bare.n, threshold, often, bare.level),
        detectable_clustered=bare.n_clusters and detectable_effect(bare.n_clusters, threshold, often, bare.level),
        assumed=assumed,
    )
    if assumed is None or assumed <= threshold:
        return found
    plan = PairedPlan(threshold=threshold, effect=assumed, discordance=max(often, abs(assumed)))
    needed = math.ceil(pairs_for_power(plan, bare.level, POWER) - 1e-9)
    return replace(found, power=power_of_pairs(bare.n, plan, bare.level), needed_n=max(needed, LEAST_PAIRS))


def _rate(bare: Prospect) -> Prospect:
    """Fill in what a rate can show against its bar; the rate assumed has half the errors that the bar allows."""
    bar = bare.margin or 0.0
    clustered = bare.n_clusters and rate_detectable(bare.n_clusters, bar, bare.level)
    found = replace(bare, detectable=rate_detectable(bare.n, bar, bare.level), detectable_clustered=clustered)
    if not 0.0 < bar < 1.0:
        return found
    assumed = (1.0 + bar) / 2.0
    power, needed = rate_power(bare.n, bar, assumed, bare.level), rate_n(bar, assumed, bare.level)
    return replace(found, assumed=assumed, power=power, needed_n=needed)


def _never_go(found: Prospect, *, paired: bool) -> str | None:
    if why := _too_few(found, paired=paired):
        return why
    if found.detectable is None or (not paired and found.margin == 1.0):
        return f"never GO: {_examples(found.n)} too few to show it whatever the answers are"
    return None


def _too_few(found: Prospect, *, paired: bool) -> str | None:
    if found.n_clusters is not None and found.n_clusters < LEAST_CLUSTERS:
        return f"never GO: {found.n_clusters} clusters are fewer than {LEAST_CLUSTERS}"
    if paired and found.n < LEAST_PAIRS:
        return f"never GO: {_examples(found.n)} fewer than {LEAST_PAIRS}"
    return None


def _examples(n: int) -> str:
    return "1 example is" if n == 1 else f"{n} examples are"


def _visible_drops(guards: Sequence[Requirement], design: Design) -> dict[tuple[Any, ...], float | None]:
    """Return (n, margin, level) to the smallest drop that the guard sees; enumeration is kept to `MOST_SIZES` sizes.

    A size that is not enumerated takes the figure of the next smaller one that is, which sees less: the safe side.
    """
    sizes: dict[tuple[float, float], set[int]] = {}
    for need in guards:
        n = design.evalsets[need.quantity.evalset].slices[need.quantity.slice or ""]
        sizes.setdefault((need.margin or 0.0, need.alarm_level or need.quantity.level_met), set()).add(n)
    found: dict[tuple[Any, ...], float | None] = {}
    for (margin, level), several in sizes.items():
        ordered = sorted(several)
        step = math.ceil(len(ordered) / MOST_SIZES)
        chosen = ordered[::step]
        drops = [visible_drop(n, margin, design, level) for n in chosen]
        found |= {(n, margin, level): drops[bisect_right(chosen, n) - 1] for n in ordered}
    return found


# -- sentences ---------------------------------------------------------------------------------------------------------------


def _counted(found: Prospect) -> str:
    allowed = math.floor((found.margin or 0.0) * found.n + 1e-9)
    return f"counted, not estimated: {allowed} of {found.n} answers of a system may be missing"


def _judged(bare: Prospect) -> Prospect:
    """Say what people must label first: the judge's marks are not planned with as if they were free of error."""
    found = replace(bare, never_go=_too_few(bare, paired=bare.mode == "prove"))
    if found.mode == "instrument":
        told = f"at least {LEAST_LABELS} labelled answers, and more of them for a bar that is near"
    elif found.n < USES_JUDGE_FROM:
        told = f"at least {min(LEAST_LABELS, found.n)} of these {found.n} examples, and the labels decide alone"
    else:
        told = f"at least {USES_JUDGE_FROM} of these {found.n} examples; from {LEAST_LABELS} on the labels decide alone"
    return replace(found, sentence=_blocked(found, f"depends on people's labels: {told}"))


def _guarded(found: Prospect) -> str:
    with_these = _with_these(found.n)
    if found.visible_drop is None:
        return f"{with_these} no drop at all would sound the alarm with 80 % probability: this guard sees nothing"
    drop = _up(found.visible_drop)
    return f"{with_these} a true drop of {drop} or more would sound the alarm with 80 % probability; smaller ones may pass"


def _difference_sentence(found: Prospect, design: Design) -> str:
    if found.kind == "superiority":
        return _gain_sentence(found, design)
    margin = f"{found.margin:g}"
    if not found.margin:
        return _blocked(found, "with margin 0 no number of examples shows that nothing was lost; only a true gain can be shown")
    chance = f"{_with_these(found.n)} a candidate that changes nothing would be shown to lose less than {margin}"
    return _blocked(found, f"{chance} with {_percent(found.power)} probability; {_enough(found)}")


def _gain_sentence(found: Prospect, design: Design) -> str:
    above = f" to be above {found.margin:g}" if found.margin else ""
    if found.detectable is None:
        shown = f"{_with_these(found.n)} no gain at all would be shown{above} with 80 % probability"
    else:
        gain = f"a true gain of {_up(found.detectable)} or more would be shown{above}"
        shown = f"{_with_these(found.n)} {gain} with 80 % probability"
    lift = design.expected_lift
    if lift is None:
        more = "register experiment.expected_lift to see how many examples your gain needs"
    elif lift <= (found.margin or 0.0):
        more = f"your registered gain {lift:g} is not above {found.margin:g}, so no number of examples would show it"
    else:
        more = f"your registered gain {lift:g} {_needs(found)}"
    return _blocked(found, f"{shown}; {more}")


def _rate_sentence(found: Prospect) -> str:
    bar = f"{found.margin:g}"
    if found.detectable is None or found.margin == 1.0:
        return _blocked(found, f"{_with_these(found.n)} no level would be shown to be above {bar}")
    shown = f"{_with_these(found.n)} a true level of {_up(found.detectable)} or more would be shown to be at least {bar}"
    half = f"; a level of {found.assumed:.4g} (half the errors that the bar allows) {_needs(found)}" if found.assumed else ""
    return _blocked(found, f"{shown} with 80 % probability{half}")


def _needs(found: Prospect) -> str:
    return f"needs {found.needed_n}: {_is_enough(found)}"


def _enough(found: Prospect) -> str:
    return f"80 % takes {found.needed_n}: {_is_enough(found)}"


def _is_enough(found: Prospect) -> str:
    return "these are enough" if found.n >= (found.needed_n or 0) else "these are too few"


def _blocked(found: Prospect, sentence: str) -> str:
    """Add what clusters and too few examples do to a sentence."""
    clustered = ""
    if found.n_clusters is not None and found.detectable_clustered is not None:
        what = {"superiority": "a gain of {} or more", "non_inferiority": "a change of {} or better"}.get(
            found.kind, "a level of {}"
        )
        shown = what.format(_up(found.detectable_clustered))
        clustered = f"; if all examples of a cluster agree, {found.n_clusters} clusters show only {shown}"
    return f"{sentence}{clustered}" + (f"; {found.never_go}" if found.never_go else "")


def _with_these(n: int) -> str:
    return "with this 1 example" if n == 1 else f"with these {n} examples"


def _percent(power: float | None) -> str:
    return f"{100 * (power or 0.0):.0f} %"


def _up(value: float) -> str:
    """Return a size rounded up to three digits, so that what is promised is kept."""
    return f"{math.ceil(value * 1000 - 1e-6) / 1000:.3f}"
