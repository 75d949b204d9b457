"""What a report shows of a judge: how far it agrees with people, where it leans, what it could not mark. It decides nothing."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tuneproof.core.judging import Choice, Chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number with its interval."""

    name: str
    """What it is: `agreement`, `kappa`, `agreement, swapped`, `orders agree`, `first shown is chosen`, ..."""
    value: float | None
    """The number; None where there was nothing to compute it from."""
    low: float | None
    """Lower limit at 1 - 2 alpha; None where there is no interval."""
    high: float | None
    """Upper limit."""
    n: int
    """Answers (or pairs of answers) that entered."""
    method: str
    """How the interval was made: `clopper-pearson`, `jackknife-t`, ...; `none` where there is none."""
    note: str = ""
    """What the reader must know of it; empty where nothing."""

    def to_json(self) -> dict[str, Any]:
        """Return it without its name."""
        return {
            "value": _number(self.value),
            "low": _number(self.low),
            "high": _number(self.high),
            "n": self.n,
            "method": self.method,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one judge (or the panel's mark) stands to people, on one evalset or slice."""

    judge: str
    """Name of the judge; `panel` for the mark that several of them come to."""
    slice: str | None
    """Name of the slice; None for the whole evalset."""
    figures: tuple[Figure, ...]
    """Agreement and kappa first; of pairs in both orders, then how far the orders agree; sensitivity, specificity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One answer on which judge and people differ."""

    example_id: str
    """Id of the example."""
    system: str
    """Name of the system whose answer it is."""
    judge: str
    """What the judges chose: `4`, or `gpt: 4, claude: 2`."""
    people: str
    """What people chose: `2`, or `ann: 2, ben: 3`."""
    gap: float
    """Judge's score minus people's, in score units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReport:
    """All that is known of one grader that asks judges, on one evalset."""

    grader: str
    """Name of the grader."""
    evalset: str
    """Name of the evalset."""
    rubric: str
    """Name of its rubric."""
    judges: tuple[str, ...]
    """Names of the judges."""
    against: str | None
    """The system that pairs are formed with; None where one answer is looked at."""
    menu: tuple[Choice, ...]
    """The closed menu."""
    n_answers: int
    """Answers that were there to be judged, over all systems and repeats."""
    n_judged: int
    """Those that have a mark."""
    n_unmarked: int
    """Those that judges could not mark: replies outside the menu, no reply, no majority."""
    n_asked_again: int
    """Judgments that needed a second asking."""
    n_flips: int
    """Pairs whose two orders contradict each other; a tie each."""
    n_disagree: int
    """Answers on which the judges of a panel differ."""
    n_human: int
    """Examples whose answers people labelled."""
    raters: tuple[str, ...]
    """Who labelled; empty where nobody did."""
    chosen: Chosen | None
    """How the labelled answers were chosen; None where nobody labelled."""
    status: str
    """What its marks may do, in one sentence: decide nothing, decide after correction by so many labels, barred."""
    readings: tuple[Reading, ...]
    """Each judge against people, on the whole evalset and by slice; empty where nobody labelled."""
    people: tuple[Figure, ...]
    """People against people: agreement, kappa, Krippendorff's alpha; empty below two raters. The ceiling for any judge."""
    leanings: tuple[Figure, ...]
    """Position, length, own family: where the judge leans."""
    disputes: tuple[Dispute, ...]
    """The largest gaps between judge and people."""
    cautions: tuple[str, ...]
    """What the reader must know: constant answers, answers that copy the question, a changed judge model, ..."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as `tuneproof judge --json` prints it: numbers or null, figures by name."""
        return {
            "grader": self.grader,
            "evalset": self.evalset,
            "rubric": self.rubric,
            "judges": list(self.judges),
            "against": self.against,
            "menu": [{"name": choice.name, "score": _number(choice.score)} for choice in self.menu],
            "n_answers": self.n_answers,
            "n_judged": self.n_judged,
            "n_unmarked": self.n_unmarked,
            "n_asked_again": self.n_asked_again,
            "n_flips": self.n_flips,
            "n_disagree": self.n_disagree,
            "n_human": self.n_human,
            "raters": list(self.raters),
            "chosen": self.chosen,
            "status": self.status,
            "readings": [{"judge": one.judge, "slice": one.slice, "figures": _by_name(one.figures)} for one in self.readings],
            "people": _by_name(self.people),
            "leanings": _by_name(self.leanings),
            "disputes": [
                {
                    "example_id": one.example_id,
                    "system": one.system,
                    "judge": one.judge,
                    "people": one.people,
                    "gap": _number(one.gap),
                }
                for one in self.disputes
            ],
            "cautions": list(self.cautions),
        }


def _by_name(figures: Iterable[Figure]) -> dict[str, Any]:
    return {one.name: one.to_json() for one in figures}


def _number(value: float | None) -> float | None:
    """Return a number that JSON has; NaN and infinities are not known."""
    return value if value is not None and math.isfinite(value) else None
