"""A regression run in words: what it comes to, and what servers told of the models then and now."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tuneproof.core.movement import Movement, Noise
from tuneproof.core.verdict import Decision, Finding, Verdict
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._user_text import short

ACTIONS: dict[Decision, str] = {"GO": "keep", "NO-GO": "retrain or retire", "UNDECIDED": "not shown either way for"}
"""What is to be done with the released system."""
NOT_TOLD = "not told"
SHOWN_DIFFERENCES = 5
_SHOWN = 3


def sentence(verdict: Verdict, movements: Iterable[Movement]) -> str:
    """Return what a regression run comes to.

    Args:
        verdict: About the released system.
        movements: Of all systems.
    """
    name = short(verdict.candidate)
    moved = [held for held in movements if held.slice is None and held.has_moved and held.system != verdict.candidate]
    told = [*_released(verdict), *_beaten(verdict)]
    told += [f"{short(held.system)} itself has moved on {_place(held)}" for held in moved[:_SHOWN]]
    return f"{ACTIONS[verdict.decision]} {name}: {'; '.join(told)}"


def _released(verdict: Verdict) -> Iterator[str]:
    """Yield what the released system's own record says."""
    own = [held for held in verdict.findings if held.kind == "non_inferiority" and held.decides]
    over = [held for held in verdict.findings if held.kind == "overtaken" and held.status == "breached"]
    worse = [held for held in own if held.status == "breached"]
    if worse:
        yield f"it is shown to be worse on {_places(worse)} than when it was accepted"
    if over:
        ahead = ", ".join(f"{short(held.baseline or '')} on {short(held.evalset)}" for held in over[:_SHOWN])
        yield f"it is overtaken by {ahead}"
    if verdict.decision == "GO":
        yield f"it is shown to be within its margins of its accepted answers on {_places(own)}"
    if verdict.decision == "UNDECIDED":
        open_ones = [held for held in own if held.status == "undecided"]
        lacking = f"it is not shown to be within its margins of its accepted answers on {_places(open_ones)}"
        yield lacking if own else "nothing that decides was measured"


def _beaten(verdict: Verdict) -> Iterator[str]:
    """Yield whether the released system still does what it was released for."""
    for held in [held for held in verdict.findings if held.kind == "superiority"][:_SHOWN]:
        does = {"met": "still shown to beat", "breached": "shown not to beat", "undecided": "not shown any more to beat"}
        yield f"{does[held.status]} {short(held.baseline or '')} on {short(held.evalset)} as registered"


def _places(findings: list[Finding]) -> str:
    """Return where, with the change: `target (-0.130)`; slices only where they alone are meant."""
    whole = [held for held in findings if held.slice is None] or findings
    shown = [f"{short(held.evalset)}{_part(held)} ({numerals.signed(held.estimate.value)})" for held in whole[:_SHOWN]]
    hidden = len(whole) - len(shown)
    return ", ".join(shown) + (f" and {hidden} more" if hidden > 0 else "") if shown else "no evalset"


def _part(finding: Finding) -> str:
    return f" / {short(finding.slice)}" if finding.slice is not None else ""


def _place(held: Movement) -> str:
    estimate = held.estimate
    limits = f"{numerals.signed(estimate.low)} to {numerals.signed(estimate.high)}"
    return f"{short(held.evalset)} ({numerals.signed(estimate.value)}, {limits})"


def copies_of(told: Mapping[str, Any]) -> frozenset[str]:
    """Return the systems of a run that are earlier answers of another one; none where it is no regression run."""
    return frozenset(before for _, before, _ in told.get("regression", {}).get("pairs", ()))


# -- identities --------------------------------------------------------------------------------------------------------------


def identities(told: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return what is told of each system's model then and now, one line each.

    Args:
        told: The manifest of a regression run.
    """
    facts = told["regression"]
    found = {}
    for shown, _, now in facts["pairs"]:
        before, after = facts["accepted"]["systems"][shown], told["systems"].get(now, {})
        card = facts["models"].get(now, {})
        lines = [
            _then_and_now("asked for", [before["model"]], [after.get("model", "")]),
            _then_and_now("answered as", before["models_reported"], after.get("models_reported", ())),
            _then_and_now("fingerprint", before["fingerprints"], after.get("fingerprints", ())),
            *_of_the_server(card, after),
        ]
        found[shown] = tuple(lines)
    return found


def other_texts(movements: Iterable[Movement], noise: Iterable[Noise]) -> dict[str, str]:
    """Return how many answers of each system are other texts than then, beside what it differs from itself now.

    A server may say the same of another model; texts that it would not have changed by itself give it away.
    """
    again = {(held.movement.system, held.movement.evalset): held for held in noise}
    found: dict[str, dict[str, str]] = {}
    for moved in movements:
        if moved.slice is None and moved.n_changed_texts is not None:
            changed = f"{moved.n_changed_texts:,} of {moved.estimate.n + moved.estimate.n_missing:,} on {short(moved.evalset)}"
            twice = again.get((moved.system, moved.evalset))
            known = twice is not None and twice.movement.n_changed_texts is not None
            floor = f" (asked twice now: {twice.movement.n_changed_texts:,} of {twice.n:,})" if twice and known else ""
            found.setdefault(moved.system, {})[moved.evalset] = changed + floor
    return {name: f"other texts than then: {', '.join(list(held.values())[:_SHOWN])}" for name, held in found.items()}


def identity_cautions(told: Mapping[str, Any]) -> list[str]:
    """Return what a reader must know of systems that are not what they were, and of graders.

    Args:
        told: The manifest of a regression run.
    """
    facts, found = told["regression"], list[str](told["regression"]["cautions"])
    for shown, _, now in facts["pairs"]:
        before, after = facts["accepted"]["systems"][shown], told["systems"].get(now, {})
        card = facts["models"].get(now, {})
        found += [f"{short(shown)}: {line}" for line in _changes(before, after, told)]
        if day := card.get("shutdown_date"):
            found.append(f"{short(shown)}: its server shuts the model down on {short(day)}")
        base = after.get("training", {}).get("base_model")
        if base and (parent := card.get("parent")) and parent != base:
            served = f"its adapter is served on {short(parent)}, and was trained on {short(base)}"
            found.append(f"{short(shown)}: {served}: an adapter of another base answers differently")
    for name, held in told["graders"].items():
        if (then := facts["accepted"]["graders"].get(name)) and then["digest"] != held["digest"]:
            marked = "both sides were marked by today's"
            found.append(f"grader {short(name)} is another one than when the run was accepted: {marked}")
    return found


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs in how a system is asked, and as what it answers."""
    names = {"model": "model", "decoding": "decoding", "prompt_digest": "prompt", "repeats": "repeats"}
    other = [word for name, word in names.items() if before[name] != after.get(name)]
    endpoint = told["providers"].get(after.get("provider"), {})
    other += [f"provider's {key}" for key in _differing(before["endpoint"], endpoint)][:SHOWN_DIFFERENCES]
    if other:
        yield f"it is asked otherwise than when it was accepted ({', '.join(other)}): a change may come from that"
    for name, word in (("models_reported", "answers as"), ("fingerprints", "has the fingerprint")):
        then, now = list(before[name]), list(after.get(name, ()))
        if then and now and set(then) != set(now):
            yield f"it {word} {_listed(now)}, and {_listed(then)} when it was accepted"


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [short(key) for key in dict.fromkeys((*then, *now)) if then.get(key) != now.get(key)]


def _of_the_server(card: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a server tells of a model beside its answers, and what of it there is to know otherwise."""
    if day := card.get("shutdown_date"):
        yield f"shut down on: {short(day)}"
    base, parent = after.get("training", {}).get("base_model"), card.get("parent")
    if parent:
        yield f"adapter served on: {short(parent)}" + (f" (trained on {short(base)})" if base else "")
    elif base:
        yield f"adapter trained on: {short(base)} (what it is served on is not told)"
    if card.get("root"):
        yield f"served from: {short(card['root'])}"


def _then_and_now(what: str, then: Iterable[str], now: Iterable[str]) -> str:
    before, after = _listed(then), _listed(now)
    if before != after:
        return f"{what}: {after} (then {before})"
    return f"{what}: {after}" + ", then and now" * (after != NOT_TOLD)


def _listed(names: Iterable[str]) -> str:
    """Return names as a list; those of a server that makes one up for each answer are cut."""
    known = [short(name) for name in names if name]
    hidden = len(known) - _SHOWN
    return " and ".join(known[:_SHOWN]) + (f" and {hidden} more" if hidden > 0 else "") if known else NOT_TOLD
