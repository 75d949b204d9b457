"""What each criterion takes by itself, for a plan: examples for 80 and 95 % power, and what today's examples can show."""

import math
from collections.abc import Iterable

from tuneproof.core.outlook import Need
from tuneproof.pipeline.prospects import Prospect
from tuneproof.stats.power import PairedPlan, pairs_for_power
from tuneproof.stats.rate_power import rate_n
from tuneproof.stats.spread import LEAST_PAIRS

SURELY = 0.95
"""Five criteria at 95 % each still give 77 % together."""


def needs_of(prospects: Iterable[Prospect]) -> tuple[Need, ...]:
    """Return one need a criterion, evalset and slice."""
    return tuple(
        Need(
            criterion=held.criterion,
            kind=held.kind,
            mode=held.mode,
            evalset=held.evalset,
            slice=held.slice,
            n=held.n,
            power=0.0 if held.never_go and held.power is not None else held.power,
            detectable=held.visible_drop if held.mode == "guard" else held.detectable,
            n_80=held.needed_n,
            n_95=_enough(held, SURELY),
        )
        for held in prospects
    )


def _enough(held: Prospect, power: float) -> int | None:
    """Return the examples that show what the prospect assumes with this power; None where it has no number for 80 % either."""
    if held.needed_n is None or held.assumed is None or held.margin is None:
        return None
    if held.discordance is None:
        return rate_n(held.margin, held.assumed, held.level, power)
    threshold = held.margin if held.kind == "superiority" else -held.margin
    plan = PairedPlan(threshold=threshold, effect=held.assumed, discordance=max(held.discordance, abs(held.assumed)))
    return max(math.ceil(pairs_for_power(plan, held.level, power) - 1e-9), LEAST_PAIRS)
