"""The place of a run among the exposures of its holdout, in one line: the page, the comment and the terminal show the same."""

from collections.abc import Sequence

from tuneproof.core.exposure import Slot
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._user_text import cut

_TEXT_LIMIT = 600


def exposure_in_words(slot: Slot | None) -> str:
    """Return which exposure it is and at what error it is judged; empty where nothing is shown of a holdout."""
    if slot is None:
        return ""
    sealed = "; sealed: the verdict and a coarse reason are shown, nothing else" if slot.mode == "sealed" else ""
    if not slot.is_new:
        return f"The same answers were shown before{_as_which(slot)}, so this is no new exposure{_level(slot)}{sealed}."
    return f"{_open(slot) if slot.declared is None else _declared(slot, slot.declared)}{_level(slot)}{sealed}."


def exposure_cautions(slot: Slot | None, said: Sequence[str]) -> tuple[str, ...]:
    """Return what is to be known of the ledger and is not said of the run already."""
    held = slot.cautions if slot else ()
    return tuple(cut(caution, _TEXT_LIMIT) for caution in held if caution not in said)


def _as_which(slot: Slot) -> str:
    return f", as exposure {slot.number:,}" + ("" if slot.declared is None else f" of {slot.declared:,} declared")


def _level(slot: Slot) -> str:
    """Return the level where the declaration splits it; where nothing is declared it is that of every criterion."""
    return "" if slot.declared is None else f", judged at {_alpha(slot.alpha)}"


def _declared(slot: Slot, declared: int) -> str:
    if slot.is_spent:
        return f"Exposure {slot.number:,} of this holdout, of which {declared:,} were declared and are used up"
    return f"Exposure {slot.number:,} of {declared:,} declared"


def _open(slot: Slot) -> str:
    before = slot.number - 1
    if before < 1:
        return "The first time that results on this holdout are shown"
    times = "once" if before == 1 else f"{before:,} times"
    return f"Results on this holdout were shown {times} before; alpha is not split"


def _alpha(alpha: float) -> str:
    """Return a level as it was registered or split: `0.05`, `0.0167`."""
    return f"{alpha:.4f}".rstrip("0") if numerals.known(alpha) and alpha >= 0.0001 else numerals.p_value(alpha)
