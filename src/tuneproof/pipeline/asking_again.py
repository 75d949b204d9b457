"""The noise floor: systems answer the first examples of each evalset a second time (`noise_floor = 50`).

They are the baselines of an experiment; of a regression run, which asks whether systems have changed, all that are asked now.

The second answers carry the next numbers of repeats, so that no cache and no recorded file can give the first ones again. They
stand in files of their own in the run folder and decide nothing. Judges are not asked about them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from tuneproof.core.completion import Reply, Request
from tuneproof.core.example import Evalset
from tuneproof.core.movement import Noise
from tuneproof.core.score import Score
from tuneproof.core.system import System
from tuneproof.pipeline.bench import Bench
from tuneproof.pipeline.collecting import Collecting, Display, Options
from tuneproof.stages.account import still_missing
from tuneproof.stages.grade import grade
from tuneproof.stages.movement import Pair, Texts, changed_texts, ground_of, side
from tuneproof.stages.noise import noise
from tuneproof.stages.ordering import asking_order
from tuneproof.stages.plan import Address, Plan, plan
from tuneproof.stages.tabulate import tabulate
from tuneproof.store.rows import completion_of, reply_row, score_of, score_row
from tuneproof.store.run_folder import RunFolder

COMPLETIONS, SCORES = "noise-completions.jsonl", "noise-scores.jsonl"
"""The second answers and their marks, in the run folder."""
FIRST_ROW, SECOND_ROW = "1 ", "2 "
"""Begin the names of the rows that hold the first and the second answers of a system."""


class SecondAsking(Plan):
    """A plan whose repeats go on where those of the first asking ended: as questions, not as rows of tables."""

    __slots__ = ()

    def request(self, at: Address) -> Request:
        """Return the request of a question, with the repeat that the provider sees."""
        held = super().request(at)
        return replace(held, repeat=at.repeat + self.systems[at.system].repeats)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """The second asking of a run."""

    collecting: Collecting
    """Its answers."""

    @property
    def attempts(self) -> int:
        """Requests that were sent up to here, the run's own included."""
        return self.collecting.attempts

    def replies(self) -> Iterator[Reply]:
        """Yield the second answers, repeats counted from 0 like the first ones."""
        return self.collecting.replies(self.collecting.bench.evalsets)


def present(first: Collecting, copies: Collection[str]) -> list[str]:
    """Return the systems of a run that can be asked once more: all but earlier answers, which are no system any more.

    Recorded answers are what they are, so they are left out beside systems that answer now.
    """
    now = [name for name in first.active if name not in copies]
    return [name for name in now if first.plan.systems[name].provider not in first.sessions] or now


def ask_again(first: Collecting, n: int, options: Options, display: Display, again: Collection[str]) -> AskedAgain:
    """Ask some systems of a run once more; one that an `abort` criterion stopped is left alone.

    Args:
        first: The run, its first answers collected.
        n: Examples of each evalset: the first ones in the order in which a run that may end early asks them.
        options: What the command line asks; `--max-calls` holds for both askings together.
        display: Shows progress.
        again: The systems.

    Raises:
        RunStopped: as for the first asking.
    """
    going = [name for name in first.active if name in again and name not in first.stopped]
    made = _second_plan(first.bench, n, [first.plan.systems[name] for name in going])
    collecting = Collecting(
        bench=replace(first.bench, evalsets=made.evalsets),
        plan=made,
        cache=first.cache,
        sessions=first.sessions,
        active=tuple(made.systems),
        attempts=first.attempts,
        opened=set(made.systems),
    )
    collecting.collect(replace(options, judges=False), display, list(made.evalsets))
    return AskedAgain(collecting=collecting)


def second_plan(bench: Bench, n: int, active: Collection[str]) -> SecondAsking:
    """Plan both askings of the baselines among the active systems, and keep what only the second one asks.

    Args:
        bench: The experiment.
        n: Examples of each evalset.
        active: Systems that take part in the run.
    """
    return _second_plan(bench, n, [system for system in bench.experiment.of_role("baseline") if system.name in active])


def _second_plan(bench: Bench, n: int, systems: Sequence[System]) -> SecondAsking:
    evalsets = {name: _first_of(held, n, bench.experiment.seed) for name, held in bench.evalsets.items()}
    both = tuple(replace(system, repeats=2 * system.repeats) for system in systems)
    made = plan(replace(bench.experiment, systems=both), evalsets, bench.providers, bench.workspace)
    times = {system.name: system.repeats for system in systems}
    return SecondAsking(
        evalsets=made.evalsets,
        systems={system.name: system for system in systems},
        providers=made.providers,
        prompters=made.prompters,
        keys={
            (name, evalset): [key for place, key in enumerate(keys) if place % (2 * times[name]) >= times[name]]
            for (name, evalset), keys in made.keys.items()
        },
    )


def _first_of(evalset: Evalset, n: int, seed: int) -> Evalset:
    """Return an evalset cut to so many examples. Evalsets are often sorted, so that their first rows would stand for a part."""
    places = [place for cluster in asking_order(evalset, seed) for place in cluster]
    return _cut(evalset, sorted(places[:n]))


def _cut(evalset: Evalset, places: Sequence[int]) -> Evalset:
    return replace(
        evalset,
        examples=tuple(evalset.examples[place] for place in places),
        example_digests=tuple(evalset.example_digests[place] for place in places),
    )


def keep_second(folder: RunFolder, asked: AskedAgain) -> tuple[str, ...]:
    """Write the second answers and their marks into a run folder, and return what the reader must know of them."""
    bench, seen = asked.collecting.bench, Texts()
    replies = folder.write_rows(COMPLETIONS, seen.over(asked.replies()), reply_row)
    for _ in folder.write_rows(SCORES, _marked(replies, bench), score_row):
        pass
    return (
        *still_missing(asked.collecting.failures, "second answers"),
        *(
            f"no second answers of {name} on {evalset} are there, so its noise floor there is not known"
            for name in asked.collecting.active
            for evalset in bench.evalsets
            if evalset not in seen.evalsets_of(name)
        ),
        *(
            f"judges are not asked about second answers: no noise floor of their marks on {name}"
            for name in bench.judged_evalsets
        ),
    )


def mark_second(folder: RunFolder, bench: Bench) -> None:
    """Mark the kept second answers of a run again, where there are any."""
    if (folder.path / COMPLETIONS).is_file():
        for _ in folder.write_rows(SCORES, _marked(_replies(folder, bench, COMPLETIONS), bench), score_row):
            pass


def noise_of(folder: RunFolder, bench: Bench) -> tuple[Noise, ...]:
    """Return each system against itself, on the examples that it was asked twice; empty where none was.

    Raises:
        InputError: when the run is damaged.
    """
    if not (folder.path / SCORES).is_file():
        return ()
    first, second, kept = Texts(), Texts(), _kept(folder)
    for reply in _replies(folder, bench, COMPLETIONS):
        second.add(reply)
    for reply in _replies(folder, bench, "completions.jsonl"):
        if reply.example.id in kept.get(reply.evalset, ()):
            first.add(reply)
    names = [system.name for system in bench.experiment.compared]
    changed = changed_texts(first, second, [(name, name, name) for name in names])
    evalsets = {name: _only(bench.evalsets[name], ids) for name, ids in kept.items()}
    pairs: list[Pair] = [(name, FIRST_ROW + name, SECOND_ROW + name) for name in names if any(name == at[0] for at in changed)]
    rows = {row: bench.repeats[name] for name, *both in pairs for row in both}
    scores = chain(
        side(_unjudged(map(score_of, folder.rows("scores.jsonl")), bench), {name: row for name, row, _ in pairs}, kept),
        side(map(score_of, folder.rows(SCORES)), {name: row for name, _, row in pairs}, kept),
    )
    ground = ground_of(
        tabulate(scores, evalsets, rows), evalsets, bench.corpus, alpha=bench.experiment.alpha, seed=bench.experiment.seed
    )
    found = noise(pairs, ground, changed)
    return tuple(held for held in found if (held.movement.system, held.movement.evalset) in changed)


def _marked(replies: Iterable[Reply], bench: Bench) -> Iterator[Score]:
    return _unjudged(grade(replies, bench.evalsets, bench.everywhere, bench.markers), bench)


def _unjudged(scores: Iterable[Score], bench: Bench) -> Iterator[Score]:
    """Leave out what only judges mark, and each example's own grader where that is one of them for some."""
    judged = bench.judged
    for score in scores:
        if (score.evalset, score.grader) not in judged:
            yield replace(score, own=score.own and score.evalset not in bench.judged_evalsets)


def _kept(folder: RunFolder) -> dict[str, set[str]]:
    """Return evalset to the ids of the examples that were asked twice."""
    kept: dict[str, set[str]] = {}
    for row in folder.rows(COMPLETIONS):
        kept.setdefault(row["evalset"], set()).add(row["example_id"])
    return kept


def _only(evalset: Evalset, ids: Collection[str]) -> Evalset:
    return _cut(evalset, [place for place, example in enumerate(evalset.examples) if example.id in ids])


def _replies(folder: RunFolder, bench: Bench, name: str) -> Iterator[Reply]:
    examples = {(key, example.id): example for key, evalset in bench.evalsets.items() for example in evalset.examples}
    for row in folder.rows(name):
        at, repeat = (row["evalset"], row["example_id"]), row["repeat"]
        yield Reply(evalset=at[0], example=examples[at], system=row["system"], repeat=repeat, completion=completion_of(row))
