"""How numbers read in reports: one rounding everywhere, signs on differences, and `unknown` for what is not known.

A number that is not known never turns into one that is: None, NaN and infinities all read `unknown`.
"""

import math

UNKNOWN = "unknown"
"""What stands where a number is not known."""

MINUS = "\u2212"
"""A minus as wide as the plus, so that columns of differences line up; terminals write a hyphen instead."""

_MOST_PLACES = 6
"""Beyond a millionth of a score a reader gains nothing, even where a limit all but touches its margin."""


def known(value: float | None) -> bool:
    """Say whether there is a finite number."""
    return value is not None and math.isfinite(value)


def score(value: float | None, places: int = 3) -> str:
    """Return a score or a share: `0.850`."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    text = f"{abs(value):,.{places}f}"
    return f"{MINUS}{text}" if value < 0 and float(text.replace(",", "")) else text


def signed(value: float | None, places: int = 3) -> str:
    """Return a difference with its sign: `+0.130`; zero has none."""
    text = score(value, places)
    return f"+{text}" if value is not None and value > 0 and any(digit in "123456789" for digit in text) else text


def p_value(p: float | None) -> str:
    """Return a p-value: `0.0081`, or `< 0.0001`; empty where the finding has none."""
    if p is None:
        return ""
    if not math.isfinite(p):
        return UNKNOWN
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def whole(count: int | None) -> str:
    """Return a count: `1,319`."""
    return UNKNOWN if count is None else f"{count:,}"


def percent(part: int | None, of: int | None) -> str:
    """Return a share in per cent: `4.0 %`; unknown where there is nothing to share."""
    return UNKNOWN if part is None or not of else f"{100 * part / of:.1f} %"


def counted(part: int, of: int) -> str:
    """Return a count and its share: `12 (4.0 %)`; a share of nothing is not shown."""
    return f"{part:,} ({percent(part, of)})" if part and of else whole(part)


def each(total: int | None, count: int) -> str:
    """Return a mean for one answer: `412.3`; unknown where the total is, or where there is no answer."""
    return UNKNOWN if total is None or count < 1 else f"{total / count:,.1f}"


def seconds(value: float | None) -> str:
    """Return a latency: `0.412 s`."""
    return f"{score(value)} s" if known(value) else UNKNOWN


def level(value: float) -> str:
    """Return the level of an interval: `90 %`."""
    return f"{100 * value:.4g} %" if known(value) else UNKNOWN


def digest(text: str | None) -> str:
    """Return enough of a digest to tell two apart; the whole of it stands in the provenance."""
    return UNKNOWN if not text else text[:12]


def places_apart(threshold: float | None, *limits: float | None) -> int:
    """Return how many decimals keep limits visibly on their side of the threshold: three, more where rounding would hide it.

    `met` with a lower limit of 0.05004 and a margin of 0.05 must not read "0.050 is above 0.050".
    """
    if threshold is None or not math.isfinite(threshold):
        return 3
    for places in range(3, _MOST_PLACES):
        if all(limit is None or limit == threshold or round(limit, places) != round(threshold, places) for limit in limits):
            return places
    return _MOST_PLACES
