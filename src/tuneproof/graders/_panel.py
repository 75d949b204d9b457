"""One mark from all that its judges said: both orders of a pair, and several judges."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Literal

from tuneproof.core.completion import Order
from tuneproof.core.errors import one_line
from tuneproof.core.judging import NO_CHOICE, Choice, Judgment, choice_count
from tuneproof.core.score import Grade

Rule = Literal["majority", "mean"]
"""What several judges come to: the choice of more than half of them, or the mean of their marks."""
REASON = 300
"""Characters of a grade's reason."""
LEVEL = 0.5
"""Share of a pair at which neither answer is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one judge comes to."""

    judge: str
    """Its name."""
    vote: str | float | None
    """What is counted: the choice; of pairs the mark of both orders. None where it made no choice."""
    value: float
    """What the vote is worth; 0 where there is none, and then not read."""
    told: str
    """Its choices, or why there is none."""
    reason: str
    """Its own reason."""
    is_flip: bool
    """Whether its two orders contradict each other: the first shown wins both times, or the second does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The judges of one grader, and how their choices become a mark."""

    judges: tuple[str, ...]
    """Names, in the order of the settings."""
    menu: tuple[Choice, ...]
    """The closed menu."""
    is_pairwise: bool
    """Whether two answers are shown, in both orders."""
    rule: Rule
    """How several judges come to one mark."""

    def settle(self, judgments: Sequence[Judgment]) -> Grade:
        """Return the mark of one answer, from its judgments in any order."""
        held = {(one.judge, one.order): one for one in judgments}
        opinions = [self._pair(judge, held) if self.is_pairwise else self._single(judge, held) for judge in self.judges]
        value = self._agreed(opinions)
        reason = _reason(opinions) if value is not None else _why_none(opinions)
        return Grade(value=value, reason=one_line(reason, REASON), stats=self._counts(opinions, held))

    def _agreed(self, opinions: Sequence[Opinion]) -> float | None:
        votes = [one.vote for one in opinions if one.vote is not None]
        if self.rule == "mean":
            return fsum(one.value for one in opinions) / len(opinions) if len(votes) == len(opinions) else None
        # More than half of all judges, silent ones counted: whatever they would have said, it would have changed nothing.
        winner, count = Counter(votes).most_common(1)[0] if votes else (None, 0)
        return next(one.value for one in opinions if one.vote == winner) if 2 * count > len(opinions) else None

    def _single(self, judge: str, held: Mapping[tuple[str, Order], Judgment]) -> Opinion:
        choice, told = self._choice(held.get((judge, "given")))
        if choice is None:
            return Opinion(judge=judge, vote=None, value=0.0, told=told, reason="", is_flip=False)
        reason = held[judge, "given"].reason or ""
        return Opinion(judge=judge, vote=choice.name, value=choice.score, told=told, reason=reason, is_flip=False)

    def _pair(self, judge: str, held: Mapping[tuple[str, Order], Judgment]) -> Opinion:
        given, told = self._choice(held.get((judge, "given")))
        swapped, told_swapped = self._choice(held.get((judge, "swapped")))
        if given is None or swapped is None:
            both = f"{told} (swapped: {told_swapped})"
            return Opinion(judge=judge, vote=None, value=0.0, told=both, reason="", is_flip=False)
        # The judged answer is shown second in the given order, and first when they are swapped.
        share, share_swapped = 1 - given.score, swapped.score
        value, flips = (share + share_swapped) / 2, (share - LEVEL) * (share_swapped - LEVEL) < 0
        both = f"{told} (swapped: {told_swapped}{', a flip' if flips else ''})"
        reason = held[judge, "given"].reason or ""
        return Opinion(judge=judge, vote=value, value=value, told=both, reason=reason, is_flip=flips)

    def _choice(self, judgment: Judgment | None) -> tuple[Choice | None, str]:
        """Return a judgment's choice and its name; where there is none, why."""
        if judgment is None:
            return None, "not asked"
        found = next((choice for choice in self.menu if choice.name == judgment.choice), None)
        if found is not None:
            return found, found.name
        return None, judgment.reason or "no choice" if judgment.choice is None else f"{judgment.choice!r} is not in the menu"

    def _counts(self, opinions: Sequence[Opinion], held: Mapping[tuple[str, Order], Judgment]) -> dict[str, float]:
        places = {choice.name: place for place, choice in enumerate(self.menu)}
        asked = {at: one for at, one in held.items() if one.judge in self.judges}
        chosen = {choice_count(*at): float(places.get(one.choice or "", NO_CHOICE)) for at, one in asked.items()}
        return {
            **dict(sorted(chosen.items())),
            "flip": float(sum(one.is_flip for one in opinions)),
            "disagree": float(len({one.vote for one in opinions} - {None}) > 1),
            "asked_again": float(sum(one.first_reply is not None for one in asked.values())),
        }


def _reason(opinions: Sequence[Opinion]) -> str:
    if len(opinions) > 1:
        return _every(opinions)
    only = opinions[0]
    return f"{only.judge}: {only.told}. {only.reason}".strip()


def _why_none(opinions: Sequence[Opinion]) -> str:
    if len(opinions) == 1:
        return _every(opinions)
    silent = [one.judge for one in opinions if one.vote is None]
    return (f"no choice of {', '.join(silent)}: " if silent else "the judges disagree: ") + _every(opinions)


def _every(opinions: Sequence[Opinion]) -> str:
    return ", ".join(f"{one.judge}: {one.told}" for one in opinions)
