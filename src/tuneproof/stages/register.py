"""Stage before any data: each criterion names what must be shown, and the family of tests is fixed with its levels.

`GO` needs every requirement of a candidate (an intersection-union test: no division of alpha), but several candidates are a
family (Holm). `NO-GO` needs one breach, so its level is divided by the number of findings of that candidate that can breach.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tuneproof.core.protocols import Criterion
from tuneproof.core.requirement import Design, Requirement


def register(criteria: Iterable[Criterion], design: Design) -> tuple[Requirement, ...]:
    """Return all requirements of all candidates, with the levels their p-values will be compared with.

    Args:
        criteria: In file order, already found free of problems.
        design: Who is compared, on what.

    Returns:
        By candidate in file order, then by criterion. `level_met` is the smallest level that Holm can ask for (alpha over the
        number of candidates), `level_breached` is alpha over J (and over K guarded slices).
    """
    rules = list(criteria)
    found: list[Requirement] = []
    for candidate in design.candidates:
        asked = [requirement for rule in rules for requirement in rule.requirements(candidate, design)]
        found += _levelled(asked, family=len(design.candidates))
    return tuple(found)


def _levelled(asked: Sequence[Requirement], family: int) -> list[Requirement]:
    breachable = max(1, sum(requirement.can_breach for requirement in asked))
    return [
        _own_share(requirement, asked)
        if requirement.mode == "veto"
        else replace(
            requirement,
            quantity=replace(
                requirement.quantity,
                level_met=requirement.quantity.level_met / family,
                level_breached=requirement.quantity.level_breached / breachable,
            ),
        )
        for requirement in asked
    ]


def _own_share(veto: Requirement, asked: Sequence[Requirement]) -> Requirement:
    """Let a veto share an error with those of its kind alone: each of them can say no by itself."""
    alike = sum(other.mode == "veto" and other.kind == veto.kind for other in asked)
    return replace(veto, quantity=replace(veto.quantity, level_breached=veto.quantity.level_breached / alike))
