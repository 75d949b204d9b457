"""What ended a run early, by rules that were registered: when, why, and what was not asked because of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tuneproof.core.requirement import Decision

Why = Literal["certain", "boundary", "futile"]
"""`certain`: no answer still to come could change the verdict. `boundary`: a registered look decided. `futile`: by the trend so
far nothing would have been decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One registered look at the answers so far."""

    number: int
    """1 to 5."""
    share: float
    """Share of the examples that had been asked, (0, 1]: the information time."""
    level: float
    """One-sided level at which this look tests what is registered at alpha: alpha's share by the spending function."""
    n: Mapping[str, int]
    """Evalset name to examples asked by then."""
    decisions: Mapping[str, Decision]
    """Candidate to its verdict at this look; candidates that had ended before are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One candidate that was not asked to the end."""

    candidate: str
    """Its name."""
    why: Why
    """Which rule ended it."""
    decision: Decision
    """What it had come to."""
    share: float
    """Share of its questions that had been asked, (0, 1]."""
    sentence: str
    """Why, in one sentence with its numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What one system was not asked."""

    system: str
    """Its name."""
    calls: int
    """Questions that were not asked."""
    input_tokens: int | None
    """Tokens that they would have taken, at the mean of its questions that were asked; None where servers counted none."""
    output_tokens: int | None
    """The same of its answers."""
    cost_usd: float | None
    """What they would have cost; None where no price is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """The registered rules of a run that may end early, and what they did."""

    curtail: bool
    """Whether questions are left out that can no longer change the verdict."""
    sequential: str | None
    """`obf5`, or None."""
    futility: bool
    """Whether a look may end a candidate whose trend is hopeless."""
    looks: tuple[Look, ...]
    """Those that were taken, in order; empty without `sequential`."""
    ended: tuple[Ended, ...]
    """Candidates that were not asked to the end."""
    saved: tuple[Saved, ...]
    """What was not asked; empty where everything was."""
    to_the_end: tuple[str, ...]
    """Why curtailing had to leave some tests alone, one sentence each: they are not proven to be monotone."""
    at_look: Mapping[str, int]
    """Candidate to the look that its verdict rests on; empty without `sequential`."""

    def to_json(self) -> dict[str, Any]:
        """Return it as the manifest holds it."""
        return asdict(self)

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> "Stopping":
        """Return what `to_json` wrote."""
        return cls(
            **{
                **held,
                "looks": tuple(Look(**one) for one in held["looks"]),
                "ended": tuple(Ended(**one) for one in held["ended"]),
                "saved": tuple(Saved(**one) for one in held["saved"]),
                "to_the_end": tuple(held["to_the_end"]),
            }
        )
