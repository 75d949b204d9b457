"""Stopping early as the page shows it: the registered rules, the looks, what ended whom, and what was not asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tuneproof.core.report import Dossier
from tuneproof.core.stopping import Ended, Look, Saved, Stopping, Why
from tuneproof.core.verdict import Decision
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._decision import SIGNS, TONES
from tuneproof.stages._figures import Scale, Tick
from tuneproof.stages._tables import Table
from tuneproof.stages._user_text import cut, short

NOT_KNOWN = "not known"
"""Stands where nobody counted, or no price is known: never zero."""
WHYS: Mapping[Why, str] = {
    "certain": "no answer still to come could change the verdict",
    "boundary": "a registered look decided",
    "futile": "by the trend so far nothing would have been decided",
}
_DONE = "asked to the end"
_SHARES = Scale(low=0.0, high=1.0, is_signed=False)
_AXIS = tuple(Tick(x=_SHARES.at(share / 100), label=f"{share} %") for share in range(0, 101, 20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One look, as one candidate stood at it."""

    x: str
    """Where it stands: the share that had been asked."""
    tone: str
    """The verdict's colour and shape."""
    sign: str
    """Its sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackView:
    """One candidate on its way."""

    candidate: str
    """Its name."""
    asked: str
    """How far its line goes: the share that was asked."""
    start: str
    """Where its line starts."""
    rest: str
    """Where the line would end."""
    stops: tuple[Stop, ...]
    """Looks at it; where it ended without one, its end."""
    is_early: bool
    """Whether it was not asked to the end."""
    decision: str
    """What it had come to; empty where it was asked to the end."""
    sign: str
    """Its sign."""
    tone: str
    """Its colour."""
    share: str
    """How much of it was asked, in words."""
    rests_on: str
    """Which look its verdict is of; empty without looks."""
    why: str
    """Which rule ended it; empty where none did."""
    sentence: str
    """Why, with its numbers; empty where none did."""
    says: str
    """The drawing in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingView:
    """The registered rules of a run that may end early, and what they did."""

    title: str
    """Whether anything was stopped."""
    rules: tuple[str, ...]
    """Each rule in words."""
    axis: tuple[Tick, ...]
    """Shares of the questions."""
    tracks: tuple[TrackView, ...]
    """One a candidate."""
    hidden: str
    """How many candidates are not shown; empty where all are."""
    looks: Table
    """The looks; no rows where none is registered."""
    saved: Table
    """What was not asked; no rows where everything was."""
    in_short: str
    """What was not asked, in one line."""
    to_the_end: tuple[str, ...]
    """Why some tests had to be asked to the end."""


def stopping_view(dossier: Dossier, allowance: Allowance) -> StoppingView | None:
    """Return how the run could end early, and what that did; None where no such rule was registered."""
    held = dossier.stopping
    if held is None:
        return None
    candidates = _candidates(dossier, held)
    return StoppingView(
        title="Stopped early" if held.ended else "Not stopped early",
        rules=_rules(held),
        axis=_AXIS,
        tracks=tuple(_track(name, held, allowance) for name in allowance.some(candidates)),
        hidden=allowance.hidden(candidates),
        looks=_looks_table(held, allowance.some(candidates), allowance),
        saved=_saved_table(held.saved, allowance),
        in_short=saved_in_words(held),
        to_the_end=tuple(cut(sentence, allowance.text) for sentence in allowance.some(held.to_the_end)),
    )


def saved_in_words(held: Stopping) -> str:
    """Return what was not asked, in one line."""
    calls, read, written, money = _sums(held.saved)
    if not calls and held.ended:
        return "No request was saved: the answers that were left out were at hand."
    if not calls:
        return "Nothing was saved: every question was asked."
    asked = f"{calls:,} question{'s' * (calls > 1)} {'were' if calls > 1 else 'was'} not asked"
    return f"{asked}: {_tokens(read)} input tokens, {_tokens(written)} output tokens, money {_money(money)}."


def percent(share: float) -> str:
    """Return a share of the questions in whole per cent; what is not all of them is never 100 %."""
    shown = f"{100 * share:.0f} %" if share >= 1 else f"{min(99, 100 * share):.0f} %"
    return "less than 1 %" if 0 < share < 0.005 else shown


def _rules(held: Stopping) -> tuple[str, ...]:
    told = []
    if held.curtail:
        told.append("Curtailment: questions are left out once no answer to them could change the verdict.")
    if held.sequential is not None:
        name = "O'Brien-Fleming (obf5)" if held.sequential == "obf5" else short(held.sequential)
        told.append(f"Looks by the boundaries of {name}: early ones decide only what is overwhelming, they share alpha.")
    if held.futility:
        told.append("Futility: a look may end a candidate whose trend is hopeless; it can never make a GO.")
    return tuple(told)


def _candidates(dossier: Dossier, held: Stopping) -> tuple[str, ...]:
    """Return the candidates in file order, then those that only the looks know."""
    verdicts = dossier.judgement.verdicts if dossier.judgement else ()
    known = [verdict.candidate for verdict in verdicts]
    known += [name for look in held.looks for name in look.decisions]
    return tuple(dict.fromkeys([*known, *(one.candidate for one in held.ended)]))


def _track(name: str, held: Stopping, allowance: Allowance) -> TrackView:
    ended = next((one for one in held.ended if one.candidate == name), None)
    share = ended.share if ended else 1.0
    stops = [(look.share, look.decisions[name]) for look in held.looks if name in look.decisions]
    if ended and not any(abs(at - share) < 0.005 for at, _ in stops):
        stops.append((share, ended.decision))
    return TrackView(
        candidate=short(name),
        asked=_SHARES.at(share),
        start=_SHARES.at(0.0),
        rest=_SHARES.at(1.0),
        stops=tuple(Stop(x=_SHARES.at(at), tone=TONES[decision], sign=SIGNS[decision]) for at, decision in stops),
        is_early=ended is not None,
        decision=ended.decision if ended else "",
        sign=SIGNS[ended.decision] if ended else "",
        tone=TONES[ended.decision] if ended else "",
        share=_share(ended),
        rests_on=f"its verdict is that of look {held.at_look[name]:,}" if name in held.at_look else "",
        why=WHYS[ended.why] if ended else "",
        sentence=cut(ended.sentence, allowance.text) if ended else "",
        says="; ".join([*(f"at {percent(at)}: {decision}" for at, decision in stops), _share(ended)]),
    )


def _share(ended: Ended | None) -> str:
    return _DONE if ended is None else f"ended at {percent(ended.share)}"


def _looks_table(held: Stopping, candidates: tuple[str, ...], allowance: Allowance) -> Table:
    shown = [name for name in candidates if any(name in look.decisions for look in held.looks)]
    return Table(
        caption="Looks at the answers so far",
        columns=("look", "share", "asked so far", "nominal level", *(short(name) for name in shown)),
        rows=tuple(_look(look, shown) for look in allowance.some(held.looks)),
        hidden=allowance.hidden(held.looks),
    )


def _look(look: Look, candidates: list[str]) -> tuple[str, ...]:
    return (
        f"{look.number:,}",
        percent(look.share),
        short(", ".join(f"{short(name, 40)} {n:,}" for name, n in look.n.items()), 300),
        # Early levels are tiny, and `0.000` would read as if nothing could be shown at them.
        numerals.p_value(look.level) if look.level < 0.0001 else f"{look.level:.4f}",
        *(_cell(look.decisions.get(name)) for name in candidates),
    )


def _cell(decision: Decision | None) -> str:
    return "ended before" if decision is None else f"{SIGNS[decision]} {decision}"


def _saved_table(saved: tuple[Saved, ...], allowance: Allowance) -> Table:
    rows = [(short(one.system), *_figures((one,))) for one in allowance.some(saved)]
    if len(saved) > 1:
        rows.append(("together", *_figures(saved)))
    return Table(
        caption="What was not asked",
        columns=("system", "calls", "input tokens", "output tokens", "money"),
        rows=tuple(rows),
        hidden=allowance.hidden(saved),
    )


def _figures(saved: tuple[Saved, ...]) -> tuple[str, str, str, str]:
    calls, read, written, money = _sums(saved)
    return numerals.whole(calls), _tokens(read), _tokens(written), _money(money)


def _sums(saved: tuple[Saved, ...]) -> tuple[int, int | None, int | None, float | None]:
    """Return the sums; one that is not known makes its sum unknown."""
    read, written = [one.input_tokens for one in saved], [one.output_tokens for one in saved]
    money = [one.cost_usd for one in saved]
    return (
        sum(one.calls for one in saved),
        None if None in read else sum(count or 0 for count in read),
        None if None in written else sum(count or 0 for count in written),
        None if None in money else sum(cost or 0.0 for cost in money),
    )


def _tokens(count: int | None) -> str:
    return NOT_KNOWN if count is None else numerals.whole(count)


def _money(cost: float | None) -> str:
    """Return dollars; sums below a cent with the digits that they have."""
    if cost is None or not numerals.known(cost):
        return NOT_KNOWN
    return f"{cost:,.2f} USD" if cost >= 0.01 or not cost else f"{cost:.2g} USD"
