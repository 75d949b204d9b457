"""Findings in words: what was asked, what came out, and why it is not settled where it is not.

The page, the pull request comment, the CI report and the terminal all show these same words and numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tuneproof.core.estimate import Estimate, Judged
from tuneproof.core.verdict import Finding, Reason, Status
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._user_text import cut, short

MARKS: dict[Status, str] = {"met": "\u2713", "breached": "\u2715", "undecided": "?"}
"""Beside the word and the colour, so that neither has to carry the meaning alone."""

_STATEMENT_LIMIT = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding, every number of it a text."""

    status: Status
    """met, breached or undecided."""
    word: str
    """The status as it is shown: a guard that is met has only raised no alarm."""
    mark: str
    """The sign of the status."""
    mode: str
    """prove, guard, count or instrument."""
    kind: str
    """Kind of the criterion."""
    is_quiet: bool
    """A guard that saw nothing: its sentence is folded, so that the findings that say something stand out."""
    decides: bool
    """False where the finding only informs."""
    criterion: str
    """Name of the criterion."""
    place: str
    """Evalset, slice and grader: `target \u00b7 slice en \u00b7 label`."""
    system: str
    """The system that was measured."""
    against: str | None
    """The baseline compared with; None for levels and counts."""
    statement: str
    """The finding's own sentence."""
    point: str
    """The estimate."""
    interval: str
    """Its limits: `+0.076 to +0.187`."""
    level: str
    """Level of the interval: `90 %`."""
    needs: str
    """What was registered: `above +0.050`; empty where nothing was."""
    levels: str | None
    """The two systems' values; None where nothing was compared."""
    n: str
    """Resolved examples."""
    n_missing: str
    """Examples without a complete score."""
    has_missing: bool
    """Whether any example is unresolved."""
    bounds: str | None
    """Worst and best value; None where none is missing."""
    clusters: str | None
    """Number of clusters; None where examples are independent."""
    rests_on: str | None
    """Of what a judge marked: whom the numbers rest on, and what the judge alone says; None for other graders."""
    p: str
    """p of `met` after Holm; empty where there is none."""
    p_raw: str
    """The same before Holm."""
    p_in_words: str
    """The p that belongs to the status: `p = 0.0081`, `p < 0.0001 (Holm)`, `p of breached < 0.0001`."""
    p_breached: str
    """p of `breached`; empty where there is none."""
    method: str
    """Name of the deciding method."""
    reasons: tuple[str, ...]
    """Why it is undecided, each with its code first: `MORE_DATA: about 210 more examples needed`."""
    cautions: tuple[str, ...]
    """What to know about the numbers."""
    cross_checks: tuple[tuple[str, str], ...]
    """Other methods and their intervals."""


def threshold(finding: Finding) -> float | None:
    """Return where the margin stands on the scale of the estimate: a margin of harm is registered without its sign."""
    if finding.margin is None:
        return None
    may_lose = finding.kind == "non_inferiority" or finding.mode == "guard"
    return -finding.margin if may_lose and finding.baseline is not None else finding.margin


def good_side(finding: Finding) -> int:
    """Return 1 where larger than the threshold is good, -1 where smaller is: counted shares have a largest value."""
    return -1 if finding.mode == "count" else 1


def is_difference(finding: Finding) -> bool:
    """Say whether the estimate is a difference between two systems."""
    return finding.baseline is not None and finding.mode != "count"


def _word(finding: Finding) -> str:
    """Return a status as it is shown: a silent guard has proved nothing, and a checkpoint's rule speaks in its own words."""
    if finding.kind == "checkpoint":
        return {"met": "CONTINUE", "breached": "ABORT", "undecided": "UNCLEAR"}[finding.status]
    return "no alarm" if finding.mode in ("guard", "veto") and finding.status == "met" else finding.status


def view(finding: Finding) -> FindingView:
    """Return the finding in words."""
    held, at = finding.estimate, threshold(finding)
    places = 3 if finding.mode == "count" else numerals.places_apart(at, held.low, held.high)
    number = numerals.signed if is_difference(finding) else numerals.score
    return FindingView(
        status=finding.status,
        word=_word(finding),
        mark=MARKS[finding.status],
        mode=finding.mode,
        kind=finding.kind,
        is_quiet=finding.mode == "guard" and finding.status == "met",
        decides=finding.on_failure == "no-go",
        criterion=short(finding.criterion),
        place=place(finding.evalset, finding.slice, finding.grader),
        system=short(finding.system),
        against=None if finding.baseline is None else short(finding.baseline),
        statement=cut(finding.statement, _STATEMENT_LIMIT),
        point=number(held.value, places),
        interval="" if finding.mode == "count" else f"{number(held.low, places)} to {number(held.high, places)}",
        level=numerals.level(held.level),
        needs=_needs(finding, places),
        # Levels that were corrected each by itself do not subtract to the corrected difference, and would only confuse.
        levels=_levels(held) if is_difference(finding) and not _is_corrected(held) else None,
        n=numerals.whole(held.n),
        n_missing=numerals.whole(held.n_missing),
        has_missing=held.n_missing > 0,
        bounds=f"{number(held.worst)} to {number(held.best)}" if held.n_missing else None,
        clusters=None if held.n_clusters is None else numerals.whole(held.n_clusters),
        rests_on=None if held.judged is None else _rests_on(held.judged, number, places),
        p=numerals.p_value(finding.p_adjusted),
        p_raw=numerals.p_value(finding.p_value),
        p_in_words=_p_in_words(finding),
        p_breached=numerals.p_value(held.p_breached),
        method=held.method,
        reasons=reasons_in_words(finding),
        cautions=tuple(cut(caution, _STATEMENT_LIMIT) for caution in held.cautions),
        cross_checks=tuple((name, f"{number(low)} to {number(high)}") for name, low, high in held.cross_checks),
    )


def reasons_in_words(finding: Finding) -> tuple[str, ...]:
    """Return why a finding is undecided, each reason with its code first, for those who look it up."""
    return tuple(f"{reason}: {_in_words(reason, finding)}" for reason in finding.reasons)


def place(evalset: str, slice_name: str | None, grader: str | None = None) -> str:
    """Return where something was measured."""
    parts = [short(evalset)] + ([f"slice {short(slice_name)}"] if slice_name is not None else [])
    return " \u00b7 ".join(parts + ([short(grader)] if grader is not None else []))


def and_more(shown: Sequence[str], n: int, noun: str) -> tuple[str, ...]:
    """Return the sentences shown, and how many there are beside them."""
    hidden = n - len(shown)
    return (*shown, f"And {hidden:,} more {noun}{'s' * (hidden > 1)}.") if hidden > 0 else tuple(shown)


def _p_in_words(finding: Finding) -> str:
    """Return the p of what was found: beside `breached`, the p of `met` would read like the opposite."""
    is_breached = finding.status == "breached" and finding.estimate.p_breached is not None
    told = numerals.p_value(finding.estimate.p_breached if is_breached else finding.p_adjusted)
    if not told:
        return ""
    name = "p of breached" if is_breached else "p"
    is_corrected = not is_breached and finding.p_adjusted != finding.p_value
    return f"{name} {told if told.startswith('<') else f'= {told}'}" + " (Holm)" * is_corrected


def _rests_on(judged: Judged, number: Callable[[float | None, int], str], places: int) -> str:
    alone = f"{number(judged.raw_value, places)} ({number(judged.raw_low, places)} to {number(judged.raw_high, places)})"
    labelled = f"{judged.n_human:,} labelled example{'s' * (judged.n_human != 1)}"
    match judged.calibration:
        case "judge-only":
            return "the judge alone, which decides nothing"
        case "human-only":
            return f"people alone, on {labelled}; the judge alone says {alone}"
        case "corrected":
            return f"the judge, corrected by {labelled}; the judge alone says {alone}"


def _is_corrected(held: Estimate) -> bool:
    return held.judged is not None and held.judged.calibration == "corrected"


def _levels(held: Estimate) -> str:
    return f"{numerals.score(held.baseline_value)} \u2192 {numerals.score(held.candidate_value)}"


def _needs(finding: Finding, places: int) -> str:
    at = threshold(finding)
    if at is None:
        return ""
    number = numerals.signed if is_difference(finding) else numerals.score
    if finding.mode == "count":
        return f"at most {numerals.score(at)}"
    shown = number(at, places)
    return {"guard": f"guard at {shown}", "veto": f"stops below {shown}"}.get(finding.mode, f"above {shown}")


def _in_words(reason: Reason, finding: Finding) -> str:
    """Return one reason code in words, with the numbers that a reader can act on."""
    held = finding.estimate
    n_all = held.n + held.n_missing
    match reason:
        case "MORE_DATA":
            return _more_data(finding, n_all)
        case "UNRESOLVED_ITEMS":
            # What people have not labelled is in neither count where they alone decide.
            among = "" if held.judged is not None and held.judged.calibration == "human-only" else f" of {n_all:,}"
            return f"{held.n_missing:,}{among} examples have no complete score, and the outcome hangs on them"
        case "SLICE_ALARM":
            return f"there is evidence of harm on {place(finding.evalset, finding.slice)}; look at its lost examples first"
        case "TOO_FEW_CLUSTERS":
            counted = "" if held.n_clusters is None else f" ({held.n_clusters:,})"
            return held.blocked_because or f"there are too few independent clusters{counted} to show it"
        case "TOO_FEW_HUMAN_LABELS":
            return _more_labels(finding)
        case "JUDGE_BARRED":
            return held.blocked_because or "the judge is shown to disagree with people, so its marks decide nothing"
        case "BUDGET_SPENT":
            return "the calls that were allowed were used up before it could be shown"
        case "FUTILE":
            return "it was given up early: more data were unlikely to show it"
        case "NOT_RUN":
            return "it was not measured, because the candidate was stopped before"


def _more_data(finding: Finding, n_all: int) -> str:
    needed, held, at = finding.needed_n, finding.estimate, finding.threshold
    if held.blocked_because and (needed is None or needed <= n_all):
        return held.blocked_because
    if held.value is not None and at is not None and held.value <= at:
        return "what was seen does not point beyond the registered number, so more examples are unlikely to show it"
    if needed is None:
        return "more examples are needed; how many depends on the true value, which was not registered"
    if needed <= n_all:
        return (
            f"{needed:,} examples are enough to show the registered effect; the {n_all:,} at hand show a smaller one, or none"
        )
    return f"about {_rounded(needed - n_all):,} more examples needed ({needed:,} in all)"


def _more_labels(finding: Finding) -> str:
    needed, held, at = finding.needed_n, finding.estimate, finding.threshold
    if held.blocked_because:
        return held.blocked_because
    if held.value is not None and at is not None and held.value <= at and finding.mode != "instrument":
        return "what was seen does not point beyond the registered number, so more labels are unlikely to show it"
    if needed is not None and needed > held.n:
        return f"about {_rounded(needed - held.n):,} more labelled examples needed ({needed:,} in all)"
    n_labelled = held.n if held.judged is None else held.judged.n_human
    what = "answers" if finding.mode == "instrument" else "examples"
    told = f"{n_labelled:,} {what} are labelled by people, and more labels are needed"
    return f"{told}: while any are left, draw them with `tuneproof judge sample`"


def _rounded(count: int) -> int:
    """Return a planning figure without the digits that it does not have: two figures from a hundred on."""
    places = max(0, len(str(count)) - 2)
    return round(count, -places)
