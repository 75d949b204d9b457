"""The decision in words: the big word, what to do, what stands behind it, and why, in a sentence or two a candidate."""

from dataclasses import dataclass

from tuneproof.core.movement import Regression
from tuneproof.core.verdict import Decision, Finding, Judgement, LockState, Verdict
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._findings import and_more, place, reasons_in_words
from tuneproof.stages._user_text import cut, short
from tuneproof.stages.regression import ACTIONS

_SENTENCES = 2
"""As many as a reader with ten seconds takes in."""
_SHOWN_NAMES = 3
_SHOWN_SLICES = 12
_SHOWN_CHANGES = 20

SIGNS: dict[Decision, str] = {"GO": "\u2713", "NO-GO": "\u2715", "UNDECIDED": "?"}
"""Beside the word and the colour."""

TONES: dict[Decision, str] = {"GO": "met", "NO-GO": "breached", "UNDECIDED": "undecided"}
"""Which status a decision looks like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The verdict as a reader with ten seconds needs it."""

    word: str
    """GO, NO-GO or UNDECIDED; `NO VERDICT` for runs that only collect."""
    sign: str
    """Its sign."""
    tone: str
    """met, breached, undecided or none: the colour."""
    action: str
    """What to do: `ship tuned`."""
    stamp: str | None
    """EXPLORATORY, or None."""
    stamp_because: str
    """Why it is stamped."""
    lock: str
    """How it stands to what was registered."""
    changed: tuple[str, ...]
    """What differs from what was registered."""
    cautions: tuple[str, ...]
    """About the run as a whole."""


NO_VERDICT = Headline(
    word="NO VERDICT",
    sign="\u2013",
    tone="none",
    action="answers were collected and marked, nothing was judged",
    stamp=None,
    stamp_because="",
    lock="",
    changed=(),
    cautions=(),
)
"""Of a run that only collects (`--only`)."""


def headline(judgement: Judgement | None, regression: Regression | None = None) -> Headline:
    """Return the verdict in words; `regression` where it is about keeping what was released."""
    if judgement is None:
        return NO_VERDICT
    changed = judgement.lock.changed
    return Headline(
        word=judgement.decision,
        sign=SIGNS[judgement.decision],
        tone=TONES[judgement.decision],
        action=_action(judgement) if regression is None else _kept(judgement),
        stamp=judgement.stamp,
        stamp_because=cut(judgement.stamp_because or "", 400),
        lock=lock_in_words(judgement.lock),
        changed=and_more([cut(key, 200) for key in changed[:_SHOWN_CHANGES]], len(changed), "key"),
        cautions=tuple(cut(caution, 600) for caution in judgement.cautions),
    )


def lock_in_words(lock: LockState) -> str:
    """Return whether the criteria were registered before the data."""
    if lock.status == "unlocked":
        return "Not locked: nothing shows that the criteria were fixed before the data."
    registered = f"{lock.locked_at or 'at an unknown time'} (lock {numerals.digest(lock.digest)})"
    if lock.status == "changed":
        return f"Changed since it was locked {registered}: the criteria are not those that were registered."
    return f"Locked {registered}: the criteria are those that were registered."


def why(verdict: Verdict) -> tuple[str, ...]:
    """Return the sentences that explain a verdict: the findings that made it what it is."""
    deciding = [finding for finding in verdict.findings if finding.decides]
    if not deciding:
        return ("No criterion that decides was judged, so nothing was shown: never GO.",)
    if verdict.decision == "GO":
        return _why_go(deciding)
    wanted = "breached" if verdict.decision == "NO-GO" else "undecided"
    behind = [finding for finding in deciding if finding.status == wanted]
    shown = [_sentence(finding) for finding in behind[:_SENTENCES]]
    hidden = len(behind) - len(shown)
    if hidden > 0:
        shown[-1] += f" (And {hidden:,} more.)"
    return (*shown, *_harmed(deciding))


def _harmed(deciding: list[Finding]) -> tuple[str, ...]:
    """Name the guarded slices that lost, where there are several: each has a finding of its own further down."""
    guards = [finding for finding in deciding if finding.mode == "guard" and finding.slice is not None]
    lost = dict.fromkeys(finding.slice or "" for finding in guards if finding.status == "breached")
    alarmed = dict.fromkeys(finding.slice or "" for finding in guards if "SLICE_ALARM" in finding.reasons)
    alarmed = {name: None for name in alarmed if name not in lost}
    if len(lost) + len(alarmed) < 2:
        return ()
    told = [f"shown to lose too much: {_names(list(lost), _SHOWN_SLICES)}"] if lost else []
    told += [f"with evidence of harm: {_names(list(alarmed), _SHOWN_SLICES)}"] if alarmed else []
    return (f"Slices {'; '.join(told)}.",)


def settles(verdict: Verdict) -> tuple[str, ...]:
    """Return what keeps a verdict open, in words: what a reader can do about it."""
    deciding = [finding for finding in verdict.findings if finding.decides and finding.status == "undecided"]
    reasons = dict.fromkeys(reason for finding in deciding for reason in reasons_in_words(finding))
    return tuple(reasons)[:_SENTENCES] if verdict.decision == "UNDECIDED" else ()


def _why_go(deciding: list[Finding]) -> tuple[str, ...]:
    proved = [finding for finding in deciding if finding.mode == "prove"] or deciding
    guards = sum(finding.mode == "guard" for finding in deciding)
    others = len(deciding) - guards
    total = f"All {others:,} criteria are met" if others > 1 else "The one criterion is met"
    quiet = "" if not guards else f", and none of {guards:,} guarded slices raised an alarm"
    if guards == 1:
        quiet = ", and the guarded slice raised no alarm"
    return (_sentence(proved[0]), f"{total}{quiet}.")


def _sentence(finding: Finding) -> str:
    statement = cut(finding.statement.strip(), 500) or f"{short(finding.criterion)} is {finding.status}"
    where = "" if finding.statement.strip() else f" on {place(finding.evalset, finding.slice)}"
    return f"{statement}{where}".rstrip(".") + "."


def _action(judgement: Judgement) -> str:
    if judgement.sealed_because is not None and judgement.decision != "GO":
        return f"sealed: {judgement.sealed_because}"
    if not judgement.verdicts:
        return "nothing was judged"
    if judgement.decision == "GO":
        going = [verdict.candidate for verdict in judgement.verdicts if verdict.decision == "GO"]
        return f"ship {_shipped(judgement)}" if judgement.recommended else f"fit to ship: {_names(going)}"
    names = _names([verdict.candidate for verdict in judgement.verdicts if verdict.decision == judgement.decision])
    return f"do not ship {names}" if judgement.decision == "NO-GO" else f"not shown either way for {names}"


def _kept(judgement: Judgement) -> str:
    return f"{ACTIONS[judgement.decision]} {_names([verdict.candidate for verdict in judgement.verdicts])}"


def _shipped(judgement: Judgement) -> str:
    """Return the candidate to ship, and which checkpoint it is where one was chosen."""
    held = next((verdict for verdict in judgement.verdicts if verdict.candidate == judgement.recommended), None)
    which = f", checkpoint {held.checkpoint} ({short(held.model or '')})" if held and held.checkpoint is not None else ""
    return short(judgement.recommended or "") + which


def _names(names: list[str], most: int = _SHOWN_NAMES) -> str:
    """Return names as a list in words, shortened where they are many."""
    shown = [short(name, 60) for name in names[:most]]
    hidden = len(names) - len(shown)
    if hidden:
        return f"{', '.join(shown)} and {hidden:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
