"""Judges take their seats: graders that ask them learn whom they ask and about whom, before anything is spent."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from tuneproof.core.errors import Problem, unknown_name
from tuneproof.core.experiment import Experiment
from tuneproof.core.judging import HumanFile, JudgeGrader
from tuneproof.core.protocols import Grader
from tuneproof.core.system import Prompt, System


def asks_judges(grader: Grader) -> TypeGuard[JudgeGrader]:
    """Tell whether a grader's marks come from judges."""
    return bool(getattr(grader, "judges", ()))


def seated(graders: Mapping[str, Grader], experiment: Experiment, file: str) -> tuple[dict[str, Grader], list[Problem]]:
    """Return the graders with the reference of each pairwise one settled, and what is wrong with whom they ask.

    Args:
        graders: By name.
        experiment: The experiment.
        file: The experiment file, for messages.
    """
    found: dict[str, Grader] = {}
    problems: list[Problem] = []
    for name, grader in graders.items():
        found[name] = grader
        if asks_judges(grader):
            where = f"{file}: graders.{name}"
            problems += _judge_problems(grader, experiment, file, where)
            against, wrong = _reference(grader, experiment, where)
            problems += wrong
            found[name] = grader.for_reference(against)
    return found, list(dict.fromkeys(problems))


def human_of(grader: Grader) -> HumanFile | None:
    """Return where people's labels on a grader's answers are; None where no file is named."""
    return grader.human if asks_judges(grader) else None


def judges_of(graders: Iterable[Grader], experiment: Experiment) -> tuple[System, ...]:
    """Return the judges that graders ask, in file order."""
    asked = {judge for grader in graders if asks_judges(grader) for judge in grader.judges}
    return tuple(system for system in experiment.of_role("judge") if system.name in asked)


def with_rubrics(experiment: Experiment, graders: Mapping[str, Grader]) -> Experiment:
    """Return the experiment with every rubric's text worked into its document, so that a run needs none of the files again."""
    told = dict(rubrics(graders))
    if not told:
        return experiment
    tables = {name: dict(table) for name, table in experiment.document["graders"].items()}
    for name, text in told.items():
        tables[name]["rubric_text"] = text
    return replace(experiment, document={**experiment.document, "graders": tables})


def rubrics(graders: Mapping[str, Grader]) -> Iterator[tuple[str, str]]:
    """Yield grader name and rubric text of every grader that asks judges."""
    for name, grader in graders.items():
        if asks_judges(grader) and grader.rubric_text is not None:
            yield name, grader.rubric_text


def _judge_problems(grader: JudgeGrader, experiment: Experiment, file: str, where: str) -> Iterator[Problem]:
    systems = {system.name: system for system in experiment.systems}
    known = [system.name for system in experiment.of_role("judge")]
    for name in grader.judges:
        system = systems.get(name)
        if system is None:
            what, expected = unknown_name("judge", name, known)
            yield Problem(where=f"{where}.judges", what=what, expected=expected or 'a system with role = "judge"')
        elif system.role != "judge":
            expected = f"one of {', '.join(known)}" if known else 'a system with role = "judge"'
            yield Problem(where=f"{where}.judges", what=f"{name!r} is a {system.role}, which is compared", expected=expected)
        elif system.prompt != Prompt():
            expected = "no prompt: the rubric says what it is asked"
            yield Problem(where=f"{file}: systems.{name}.prompt", what="a judge has a prompt", expected=expected)
        elif system.repeats != 1:
            expected = "1: several judges can be asked (graders.*.judges)"
            yield Problem(where=f"{file}: systems.{name}.repeats", what=f"{system.repeats} for a judge", expected=expected)


def _reference(grader: JudgeGrader, experiment: Experiment, where: str) -> tuple[str | None, list[Problem]]:
    """Return the system that pairs are formed with: the one that is named, else the only baseline."""
    if not grader.is_pairwise:
        return None, []
    compared = [system.name for system in experiment.compared]
    baselines = [system.name for system in experiment.of_role("baseline")]
    if grader.against is not None:
        if grader.against in compared:
            return grader.against, []
        what, expected = unknown_name("system", grader.against, compared)
        return None, [Problem(where=f"{where}.against", what=what, expected=expected)]
    if len(baselines) == 1:
        return baselines[0], []
    what = f"missing, and there are {len(baselines)} baselines"
    return None, [Problem(where=f"{where}.against", what=what, expected=f"one of {', '.join(compared)}")]


def settings_without_labels(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a grader's settings as a lock registers their files: people's labels come after the answers."""
    return {key: held for key, held in settings.items() if key != "human"}
