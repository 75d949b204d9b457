"""What an experiment can be expected to say, before any answer exists: the operating characteristics of its whole decision."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one criterion takes on one evalset or slice, by itself."""

    criterion: str
    """Name of the criterion."""
    kind: str
    """Its kind."""
    mode: str
    """`prove`, `guard`, `count` or `instrument`."""
    evalset: str
    """Name of the evalset."""
    slice: str | None
    """Name of the slice; None for the whole evalset."""
    n: int
    """Examples that there are."""
    power: float | None
    """Probability to show what is hoped with these; None where none can be given."""
    detectable: float | None
    """Smallest true difference (or level; for a guard: drop) that is shown with 80 % probability; None where not any is."""
    n_80: int | None
    """Examples that show what is hoped with 80 % probability; None where no number does or nothing is registered."""
    n_95: int | None
    """The same for 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """How often the whole decision comes to what, if the truth is as one scenario says."""

    scenario: str
    """`as hoped`, `no effect`, `exactly at the margin`, `forgets one slice` or `forgets everywhere a little`."""
    truth: str
    """What is true in it, in words with its numbers."""
    go: float
    """P(GO): of the experiment, so that one candidate of several is enough."""
    no_go: float
    """P(NO-GO): of all candidates."""
    undecided: float
    """P(UNDECIDED)."""
    candidate_go: float | None = None
    """P(GO) of one candidate, averaged over them; None where it was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The chance of GO as hoped, with so many times the examples."""

    factor: float
    """Times as many examples of every evalset and slice."""
    n: int
    """Examples of the first evalset that a superiority criterion reads (else of the first evalset) at that size."""
    go: float
    """P(GO) as hoped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The plan of an experiment."""

    experiment: str
    """Name of the experiment."""
    repetitions: int
    """Simulated experiments a scenario."""
    seed: int
    """Seed of the simulation."""
    n_candidates: int
    """Candidates that are simulated; all of them follow the scenario."""
    missing: float
    """Share of answers that is taken not to come."""
    standard_error: float
    """Largest Monte-Carlo standard error of the probabilities."""
    needs: tuple[Need, ...]
    """One a criterion, evalset and slice."""
    chances: tuple[Chances, ...]
    """One a scenario, `as hoped` first; empty where nothing that could make a GO can be simulated."""
    growth: tuple[Growth, ...]
    """From the present size on; empty where the chance of GO is at least 80 % already, or nothing was simulated. Where no size
    up to 20 times as many reaches 80 %, no point does."""
    sentence: str
    """`With these 80 examples you would see GO in 41 % of the cases even if ...; 210 more bring it to 80 %.`"""
    cautions: tuple[str, ...]
    """What the simulation takes for granted."""

    def to_json(self) -> dict[str, Any]:
        """Return it as `plan --json` prints it and a lock keeps it."""
        return asdict(self)

    @classmethod
    def of_json(cls, held: dict[str, Any]) -> "Outlook":
        """Return the outlook that JSON holds.

        Raises:
            KeyError, TypeError: for what `to_json` never wrote.
        """
        return cls(
            **{
                **held,
                "needs": tuple(Need(**one) for one in held["needs"]),
                "chances": tuple(Chances(**one) for one in held["chances"]),
                "growth": tuple(Growth(**one) for one in held["growth"]),
                "cautions": tuple(held["cautions"]),
            }
        )
