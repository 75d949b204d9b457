"""A run ends early by rules that were registered: questions are left out that can no longer matter, or a look decides.

`curtail` asks the baselines everything first, then the candidates in blocks, and stops asking a candidate as soon as nothing
it might answer could change its verdict. `sequential` looks five times and stops asking a candidate when a look decides.
Both ask in an order that the seed fixed beforehand (`stages.ordering`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tuneproof.core.errors import Problem
from tuneproof.core.estimate import Estimate, Quantity
from tuneproof.core.requirement import Decision, Requirement
from tuneproof.core.stopping import Ended, Look, Saved, Stopping
from tuneproof.pipeline.bench import Bench
from tuneproof.stages.account import Usage
from tuneproof.stages.decide import decide
from tuneproof.stages.estimate import estimate_p
from tuneproof.stages.foresee import Foresight, foresee
from tuneproof.stages.looks import Looking, part
from tuneproof.stages.ordering import asking_order, first_part
from tuneproof.stages.plan import Places
from tuneproof.stages.tabulate import Tables
from tuneproof.stats.sequential import LOOKS, nominal_levels, times

BLOCKS = 20
"""After each twentieth of a candidate's questions it is seen whether more can matter; oftener saves little, and waits more."""


Asking = Callable[[Sequence[str], Places], None]
"""Asks some systems some places of the holdout, as far as they are not known yet."""


@dataclass(slots=True, kw_only=True)
class Ending:
    """The rules of one run at work."""

    bench: Bench
    """Its experiment."""
    evalsets: Sequence[str]
    """The evalsets that are asked in parts; the others have been asked before."""
    ask: Asking
    """Asks servers; answers at hand need no asking."""
    tables: Callable[[], Tables]
    """Marks what is known so far."""
    going: list[str]
    """Candidates that are still asked."""
    blocks: int = BLOCKS
    """Parts in which candidates are asked where what cannot matter is left out."""
    looks: list[Look] = field(default_factory=list)
    """Looks that were taken."""
    ended: list[Ended] = field(default_factory=list)
    """Candidates that were not asked to the end."""
    at_look: dict[str, int] = field(default_factory=dict)
    """Candidate to its last look."""

    # -- curtailing ----------------------------------------------------------------------------------------------------------

    def curtail(self, remote: Collection[str]) -> None:
        """Ask baselines everything, then the candidates block by block until no answer to come can matter.

        Args:
            remote: Systems that are asked; what is at hand costs nothing, so that nothing of it is left out.
        """
        order = _orders(self.bench, self.evalsets)
        self.ask([name for name in self.bench.design.baselines if name in remote], _parts(order, 1.0))
        self.going = [name for name in self.going if name in remote]
        before: Places = dict.fromkeys(order, ())
        for block in range(1, self.blocks + 1):
            if not self.going:
                return
            share = block / self.blocks
            self.ask(self.going, _beyond(before, before := _parts(order, share)))
            if block < self.blocks:
                for name, seen in self._free(self._foreseen()).items():
                    told = Ended(candidate=name, why="certain", decision=seen.decision, share=share, sentence=seen.sentence)
                    self._end(name, told)

    def _foreseen(self) -> dict[str, Foresight]:
        bench, tables = self.bench, self.tables()
        quantities = {q for need in bench.on_holdout for q in (need.quantity, need.alarm) if q}
        evidence = estimate_p(quantities, tables, bench.corpus, alpha=bench.experiment.alpha, seed=bench.experiment.seed)
        coming = {q for q in quantities if q.evalset in self.evalsets and {q.system, q.baseline} & set(self.going)}
        unsettled = {q for q in coming if why_not_monotone(bench, q)}
        stopped = [held.candidate for held in self.ended]
        return foresee(bench.on_holdout, evidence, bench.criteria, bench.design, unsettled, stopped)

    def _free(self, certain: Mapping[str, Foresight]) -> dict[str, Foresight]:
        """Return those that may end: what bears on the others' verdicts waits until these are certain too.

        Of several that are GO for certain none ends early: which one to ship is read from all their answers.
        """
        here = {name: seen for name, seen in certain.items() if name in self.going}
        settled, several = len(here) == len(self.going), sum(seen.decision == "GO" for seen in here.values()) > 1
        return {
            name: seen for name, seen in here.items() if seen.is_apart or (settled and not (several and seen.decision == "GO"))
        }

    def _end(self, name: str, told: Ended) -> None:
        self.going.remove(name)
        self.ended.append(told)

    # -- looking -------------------------------------------------------------------------------------------------------------

    def look(self, remote: Collection[str]) -> None:
        """Ask everybody a fifth of the questions at a time, and end candidates that a look decides about."""
        bench, places = self.bench, look_places(self.bench)
        before: Places = dict.fromkeys(bench.evalsets, ())
        for number in range(1, LOOKS + 1):
            systems = [name for name in (*bench.design.baselines, *self.going) if name in remote]
            self.ask(systems, _beyond(before, before := places[number - 1]))
            self.at_look |= dict.fromkeys(self.going, number)
            looking = looking_of(bench, self.tables())
            decisions = self._decisions(looking)
            level = nominal_levels(times()[:number], bench.experiment.alpha)[-1]
            sizes = {name: len(held) for name, held in places[number - 1].items()}
            self.looks.append(Look(number=number, share=number / LOOKS, level=level, n=sizes, decisions=decisions))
            if number == LOOKS:
                return
            for name in list(self.going):
                self._decided(name, decisions[name], looking, number)
            if not self.going:
                return

    def _decided(self, name: str, decision: Decision, looking: Looking, number: int) -> None:
        share = number / LOOKS
        if decision != "UNDECIDED":
            why = f"look {number} of {LOOKS}, at {100 * share:.0f} % of the examples, shows {decision}"
            self._end(name, Ended(candidate=name, why="boundary", decision=decision, share=share, sentence=why))
        elif self.bench.experiment.rules.futility and looking.is_hopeless(_asked(self.bench, name), number):
            why = f"by the trend at look {number} of {LOOKS} neither GO nor NO-GO is to be expected"
            self._end(name, Ended(candidate=name, why="futile", decision="UNDECIDED", share=share, sentence=why))

    def _decisions(self, looking: Looking) -> dict[str, Decision]:
        """Return what a look says of the candidates that are still asked."""
        evidence = looks_evidence(self.bench, looking, self.at_look)
        verdicts = decide(self.bench.on_holdout, evidence, self.bench.criteria, self.bench.design)
        return {held.candidate: held.decision for held in verdicts if held.candidate in self.going}


def looking_of(bench: Bench, tables: Tables) -> Looking:
    """Return what all looks of a run share."""
    experiment = bench.experiment
    parts = tuple(part(tables, places) for places in look_places(bench))
    return Looking(parts=parts, corpus=bench.corpus, alpha=experiment.alpha, seed=experiment.seed)


def looks_evidence(bench: Bench, looking: Looking, at_look: Mapping[str, int]) -> dict[Quantity, Estimate]:
    """Estimate all requirements, each candidate's at its own last look; what is counted of baselines, at the last of all."""
    found: dict[Quantity, Estimate] = {}
    for name in sorted(bench.design.candidates, key=lambda name: at_look.get(name, LOOKS)):
        found |= looking.evidence(_asked(bench, name), at_look.get(name, LOOKS))
    return found


def look_places(bench: Bench) -> tuple[Places, ...]:
    """Return what is asked by each of the five looks."""
    order = _orders(bench, list(bench.evalsets))
    return tuple(_parts(order, number / LOOKS) for number in range(1, LOOKS + 1))


def seen_places(bench: Bench, at_look: Mapping[str, int]) -> dict[str, Mapping[str, frozenset[int]]]:
    """Return the systems that were not asked to the end, with the places that their last look saw."""
    places = look_places(bench)
    last = max(at_look.values(), default=LOOKS)
    looks = {**dict.fromkeys(bench.design.baselines, last), **at_look}
    return {
        system: {name: frozenset(held) for name, held in places[number - 1].items()}
        for system, number in looks.items()
        if number < LOOKS
    }


def why_not_monotone(bench: Bench, quantity: Quantity) -> str | None:
    """Say why a better answer might count against a system here; None where it is proven that none can.

    The exact tests of yes/no marks of independent examples are monotone in every answer; nothing else is known to be.
    """
    if quantity.kind == "missing":
        return None
    where = f"{quantity.evalset} / {quantity.grader or 'own grader'}"
    outline, evalset = bench.design.evalsets[quantity.evalset], bench.evalsets[quantity.evalset]
    if quantity.kind == "agreement":
        return f"{where}: people's labels come after the answers"
    if outline.n_clusters < outline.n:
        return f"{where}: its examples are clustered"
    if any(bench.repeats[name] > 1 for name in (quantity.system, quantity.baseline) if name):
        return f"{where}: marks are means over repeats"
    named = [quantity.grader] if quantity.grader else {evalset.own_grader(example) for example in evalset.examples}
    if quantity.measure == "value" and not all(getattr(bench.graders[name or ""], "yes_no", False) for name in named):
        return f"{where}: its marks are not yes or no"
    return None


def _orders(bench: Bench, evalsets: Sequence[str]) -> dict[str, tuple[tuple[int, ...], ...]]:
    return {name: asking_order(bench.evalsets[name], bench.experiment.seed) for name in evalsets}


def _parts(order: Mapping[str, tuple[tuple[int, ...], ...]], share: float) -> Places:
    return {name: first_part(clusters, share) for name, clusters in order.items()}


def _beyond(before: Places, now: Places) -> Places:
    """Return what came to the first places since: both are beginnings of one order."""
    return {name: held[len(before[name]) :] for name, held in now.items()}


def _asked(bench: Bench, candidate: str) -> list[Requirement]:
    return [need for need in bench.on_holdout if need.candidate == candidate]


# -- what came of it ---------------------------------------------------------------------------------------------------------


def stopping_of(bench: Bench, ending: Ending, usage: Mapping[str, Usage], at_hand: Collection[str]) -> Stopping:
    """Return the rules of a run and what they did.

    Args:
        bench: The experiment.
        ending: The rules at work, when all is over.
        usage: System to what asking it took.
        at_hand: Systems whose answers cost nothing.
    """
    rules = bench.experiment.rules
    return Stopping(
        curtail=rules.curtail,
        sequential=rules.sequential,
        futility=rules.futility,
        looks=tuple(ending.looks),
        ended=tuple(ending.ended),
        saved=tuple(_saved(name, held) for name, held in usage.items() if held.not_asked and name not in at_hand),
        to_the_end=tuple(_to_the_end(bench, at_hand)) if rules.curtail else (),
        at_look=dict(ending.at_look),
    )


def _saved(name: str, usage: Usage) -> Saved:
    """Return what was not asked; tokens at the mean of the system's questions that were. There is no price to count with."""
    totals = (usage.input_tokens, usage.output_tokens)
    means = [total / usage.completions if total and usage.completions else None for total in totals]
    expected = [None if mean is None else round(mean * usage.not_asked) for mean in means]
    return Saved(system=name, calls=usage.not_asked, input_tokens=expected[0], output_tokens=expected[1], cost_usd=None)


def _to_the_end(bench: Bench, at_hand: Collection[str]) -> Iterator[str]:
    """Say what curtailing had to leave alone, and why."""
    named = {need.quantity for need in bench.on_holdout if need.on_failure == "no-go"}
    for why in sorted({why for quantity in named if (why := why_not_monotone(bench, quantity))}):
        yield f"what is measured on {why}, so that it could end nobody before its last answer"
    if free := [name for name in bench.design.candidates if name in at_hand]:
        yield f"answers of {', '.join(free)} are at hand and cost nothing, so that none was left out"


def rule_problems(bench: Bench) -> list[Problem]:
    """Return the rules of early stopping that cannot hold together, or not with these criteria."""
    rules, where = bench.experiment.rules, f"{bench.workspace.experiment_file}: experiment"
    if rules.ledger_mode == "sealed" and (rules.curtail or rules.sequential):
        key = "curtail" if rules.curtail else "sequential"
        what = "a sealed run that may end early tells by its length what it hides"
        return [Problem(where=f"{where}.{key}", what=what, expected='ledger.mode = "open", or every question asked')]
    if not rules.sequential:
        return []
    if rules.curtail:
        what = f"true beside sequential = {rules.sequential!r}, whose looks end a run by themselves"
        return [Problem(where=f"{where}.curtail", what=what, expected="one of the two")]
    found = []
    for criterion in bench.criteria.values():
        if criterion.abort:
            what = f"criterion {criterion.name!r} has abort = true, and looks judge every criterion already"
            found.append(Problem(where=f"{where}.sequential", what=what, expected="one of the two"))
    for name, grader in {(q.evalset, q.grader) for q in _judged_quantities(bench)}:
        what = f"{grader or 'a grader'} asks judges on {name!r}, and people's labels come after the answers"
        found.append(Problem(where=f"{where}.sequential", what=what, expected="criteria that ask no judge"))
    return found


def _judged_quantities(bench: Bench) -> list[Quantity]:
    outlines, asked = (
        bench.design.evalsets,
        [need.quantity for need in bench.on_holdout if need.mode != "count"],
    )
    return [
        q for q in asked if q.kind == "agreement" or (q.grader or outlines[q.evalset].only_grader) in outlines[q.evalset].judged
    ]
