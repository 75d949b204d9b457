"""What could be true of the candidates: the scenarios that a plan is simulated under."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tuneproof.core.estimate import Quantity
from tuneproof.core.requirement import Design, Requirement
from tuneproof.criteria._planning import PLANNING_DISCORDANCE
from tuneproof.pipeline.prospects import Prospect
from tuneproof.stats.truth import Truth, roomy_accuracy

DEFAULT_ACCURACY = 0.75
"""The baseline's share of right answers where no bar tells anything of it. Differences hardly depend on it, only their room."""

_SHOWN_EVALSETS = 3

HOPED = "as hoped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One scenario."""

    name: str
    """Its name."""
    words: str
    """What is true in it."""
    truths: Mapping[str, Truth]
    """By evalset."""
    harmed: tuple[str, str, Truth] | None = None
    """(evalset, slice, what is true there instead); None where no slice stands out."""
    rates: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(evalset, measure) to the share of answers that count in it, for counts beside right and wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is taken for granted of one evalset, whatever is true of the candidates."""

    accuracy: float
    """The baseline's share of right answers."""
    discordance: float
    """Share of examples on which two systems differ, where nothing is lost."""
    hoped: float
    """What the candidates gain as hoped."""
    superior: float | None
    """The largest margin that a superiority criterion asks for here; None where none does."""
    margin: float | None
    """The smallest drop that a non-inferiority criterion excludes here; None where none does."""
    bar: float | None
    """The highest level that is asked for here; None where none is."""

    def truth(self, gain: float) -> Truth:
        """Return what is true where the candidates gain so much. A drop comes on top of what systems differ by anyway."""
        differ = self.discordance - gain if gain < 0.0 else max(self.discordance, gain)
        return Truth.nearest(self.accuracy, gain, min(1.0, differ))

    @property
    def at_margin(self) -> float:
        """The largest gain at which something that is asked for here is just not true."""
        edges = [
            self.superior,
            None if self.margin is None else -self.margin,
            None if self.bar is None else self.bar - self.accuracy,
        ]
        return max((edge for edge in edges if edge is not None), default=0.0)

    @property
    def contradicts_bar(self) -> bool:
        """Whether even as hoped the level that is asked for is not reached."""
        return self.bar is not None and self.accuracy + self.hoped <= self.bar


def is_corpus(asked: Quantity, design: Design) -> bool:
    """Tell whether a quantity is a metric of the whole set, not a mean of marks."""
    return asked.measure == "value" and asked.grader in design.evalsets[asked.evalset].corpus


def grounds(needs: Sequence[Requirement], prospects: Sequence[Prospect], design: Design) -> dict[str, Ground]:
    """Return what is taken for granted of each evalset that is read, in the order in which criteria read them.

    The level of a baseline matters to criteria about levels alone: there it is such that the candidates, as hoped, make half of
    the errors that the bar allows, as in the sizes that `check` prints.
    """
    read = dict.fromkeys(need.quantity.evalset for need in needs if need.mode != "count")
    judged = [need for need in needs if need.mode != "count"]
    return {name: _ground([need for need in judged if need.quantity.evalset == name], name, prospects, design) for name in read}


def _ground(needs: Sequence[Requirement], name: str, prospects: Sequence[Prospect], design: Design) -> Ground:
    wholes = [need for need in needs if need.quantity.slice is None]
    asked = [need.margin or 0.0 for need in wholes if need.kind == "superiority"]
    margins = [-need.quantity.threshold for need in wholes if need.quantity.kind == "difference" and need.kind != "superiority"]
    bars = [need.quantity.threshold for need in wholes if need.quantity.kind == "level" and need.quantity.measure == "value"]
    hoped = _hoped(name, prospects, design) if asked else 0.0
    differ = max(design.expected_discordance or PLANNING_DISCORDANCE, abs(hoped))
    wished = (1.0 + max(bars)) / 2.0 - hoped if bars else DEFAULT_ACCURACY
    # A registered discordance is about the gain, and holds where one is asked for; elsewhere the level that was made up stands.
    is_fixed = bool(asked) and design.expected_discordance is not None
    return Ground(
        accuracy=roomy_accuracy(wished, hoped, differ if is_fixed else abs(hoped)),
        discordance=differ,
        hoped=hoped,
        superior=max(asked, default=None),
        margin=min(margins, default=None),
        bar=max(bars, default=None),
    )


def _hoped(name: str, prospects: Sequence[Prospect], design: Design) -> float:
    """Return the registered gain; where none was, the smallest that is shown with 80 % probability."""
    if design.expected_lift is not None:
        return design.expected_lift
    found = [held.detectable for held in prospects if held.kind == "superiority" and held.evalset == name]
    return max((1.0 if gain is None else gain for gain in found), default=0.0)


def scenes(needs: Sequence[Requirement], known: Mapping[str, Ground], design: Design) -> tuple[Scene, ...]:
    """Return the scenarios, those left out that ask for what the experiment does not have; the first one is "as hoped".

    Args:
        needs: Of one candidate: all follow the scenario.
        known: What is taken for granted, by evalset.
        design: Sizes of slices.
    """
    gains = [(name, ground.hoped) for name, ground in known.items() if ground.superior is not None]
    hoped = Scene(
        name=HOPED,
        words=f"true gain {_listed(gains)}, no change elsewhere" if gains else "nothing changes, and levels clear their bars",
        truths={name: ground.truth(ground.hoped) for name, ground in known.items()},
        rates=_rates(needs, halfway=True),
    )
    edges = {name: ground.at_margin for name, ground in known.items()}
    return (
        hoped,
        replace(
            hoped,
            name="no effect",
            words="no change anywhere",
            truths={name: ground.truth(0.0) for name, ground in known.items()},
        ),
        replace(
            hoped,
            name="exactly at the margin",
            words=f"true change {_listed(list(edges.items()))}",
            truths={name: ground.truth(edges[name]) for name, ground in known.items()},
            rates=_rates(needs, halfway=False),
        ),
        *_forgetting(hoped, needs, known, design),
    )


def _forgetting(hoped: Scene, needs: Sequence[Requirement], known: Mapping[str, Ground], design: Design) -> Iterator[Scene]:
    """Yield the scenarios in which something is lost."""
    slices = [need for need in needs if need.quantity.slice is not None and need.margin]
    if slices:
        largest = max(slices, key=lambda need: design.evalsets[need.quantity.evalset].slices[str(need.quantity.slice)])
        name, part = largest.quantity.evalset, str(largest.quantity.slice)
        truth = known[name].truth(-2.0 * (largest.margin or 0.0))
        words = f"as hoped, but {truth.gain:+.3g} on {name} / {part}"
        yield replace(hoped, name="forgets one slice", words=words, harmed=(name, part, truth))
    losing = {name: ground for name, ground in known.items() if ground.superior is None and ground.margin}
    if losing:
        lost = {name: ground.truth(-(ground.margin or 0.0)) for name, ground in losing.items()}
        words = f"as hoped, but {_listed([(name, truth.gain) for name, truth in lost.items()])}, in every slice"
        yield replace(hoped, name="forgets everywhere a little", words=words, truths={**hoped.truths, **lost})


def _rates(needs: Sequence[Requirement], *, halfway: bool) -> dict[tuple[str, str], float]:
    """Return the share of answers that count for measures beside the value: halfway from the bar to 1, or at the bar."""
    bars: dict[tuple[str, str], float] = {}
    for need in needs:
        asked = need.quantity
        if asked.kind == "level" and asked.measure != "value":
            key = (asked.evalset, asked.measure)
            bars[key] = max(asked.threshold, bars.get(key, 0.0))
    return {key: (1.0 + bar) / 2.0 if halfway else bar for key, bar in bars.items()}


def _listed(changes: Sequence[tuple[str, float]]) -> str:
    """Return `+0.25 on tickets, -0.05 on general`."""
    shown = [f"{change + 0.0:+.3g} on {name}" if change else f"0 on {name}" for name, change in changes[:_SHOWN_EVALSETS]]
    hidden = len(changes) - len(shown)
    return ", ".join(shown) + (f" and so on for {hidden} more" if hidden else "")
