"""Judges: what they are asked, what they said, and what a grader that asks them must be able to do.

A judge's mark is an instrument's reading: it stands beside what people said (`HumanLabel`), and no criterion reads one without
knowing how far it agrees with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from tuneproof.core.completion import Completion, Order
from tuneproof.core.example import Example, Message
from tuneproof.core.protocols import Grader, Marker
from tuneproof.core.score import Grade

ReplyForm = Literal["json", "line"]
"""How a judge is told to reply: a JSON object that its endpoint enforces, or a marked last line."""

Chosen = Literal["all", "drawn", "marked", "unknown"]
"""How the answers that people labelled were chosen: every one of them, by our own draw, at random by the user's word
(`random = true`), or in a way that nothing is known about (and that corrects nothing)."""

PREFIX = "choice:"
"""Starts the counts of a judge's grade that hold what was chosen: see `choice_count`."""
NO_CHOICE = -1
"""Stands for the index of a choice where a judge was asked and made none."""
NOT_JUDGED = -2
"""Stands for the index of a choice where no judge was asked, or no person."""


def choice_count(judge: str, order: Order = "given") -> str:
    """Return the name of the count that holds one judge's choice in one order: an index into the menu, or `NO_CHOICE`."""
    return f"{PREFIX}{order}:{judge}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One entry of a rubric's closed menu."""

    name: str
    """What the judge replies: `correct`, `4`, `first`."""
    score: float
    """What it is worth, in [0, 1]. In a pairwise rubric: to the answer that is shown first."""
    means: str = ""
    """When to choose it; empty where the name says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """What one judge said of one answer (or of two answers in one order): one row of judgments.jsonl."""

    evalset: str
    """Name of the evalset."""
    example_id: str
    """Id of the example."""
    system: str
    """Name of the system whose answer is judged."""
    repeat: int
    """Which repeat of its answer, from 0."""
    grader: str
    """Name of the grader that asks."""
    judge: str
    """Name of the judge."""
    order: Order
    """`given`; for pairs also `swapped`."""
    choice: str | None
    """Name of an entry of the menu, as the judge replied it (of pairs: as they were shown); None where it made none."""
    reason: str | None
    """The judge's own reason; where there is no choice, why."""
    first_reply: str | None
    """The reply outside the menu after which it was asked once more; None where once was enough."""
    completion: Completion
    """The reply that counts, or why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanLabel:
    """What one person said of one answer, or of one pair of answers."""

    evalset: str
    """Name of the evalset."""
    example_id: str
    """Id of the example."""
    system: str
    """Name of the system whose answer was labelled."""
    repeat: int
    """Which repeat of its answer, from 0."""
    grader: str
    """Name of the grader whose menu was used."""
    rater: str
    """Who labelled it; empty where there is one person and no name."""
    choice: str
    """Name of an entry of the menu; of pairs: with the reference's answer as the first."""


@runtime_checkable
class JudgeMarker(Marker, Protocol):
    """A grader that asks judges, made ready for one evalset. Its own `mark` asks nobody: the answer stays ungradable."""

    @property
    def judges(self) -> tuple[str, ...]:
        """Names of the judge systems, in the order of the settings."""
        ...

    @property
    def against(self) -> str | None:
        """Name of the system that pairs are formed with; None for graders that look at one answer."""
        ...

    @property
    def menu(self) -> tuple[Choice, ...]:
        """The closed menu, at least two entries; in the order of their rank where it `is_ordinal`."""
        ...

    @property
    def sees(self) -> tuple[str, ...]:
        """What is shown beside the answer: `input`, `expected`, `context`."""
        ...

    @property
    def is_ordinal(self) -> bool:
        """Whether the menu is a scale (1-5), so that a near miss is less than a far one."""
        ...

    @property
    def form(self) -> Literal["auto", "json", "line"]:
        """How judges are told to reply; `auto`: JSON where the endpoint takes a schema, else a marked line."""
        ...

    def messages(self, example: Example, answers: Sequence[str], form: ReplyForm) -> tuple[Message, ...]:
        """Return the question about one answer, or about two in the order in which they are shown."""
        ...

    def again(self, messages: Sequence[Message], reply: str, form: ReplyForm) -> tuple[Message, ...] | None:
        """Return the question once more after a reply outside the menu; None where the settings forbid it."""
        ...

    def response_format(self) -> Mapping[str, Any]:
        """Return `response_format` for endpoints that enforce a JSON schema."""
        ...

    def read(self, reply: str) -> tuple[str | None, str]:
        """Return the entry of the menu that a reply names, and the judge's reason; None, and what is wrong with the reply."""
        ...

    def turned(self) -> Mapping[str, str]:
        """Return what each choice is called when the two answers change places; empty where one answer is looked at."""
        ...

    def settle(self, judgments: Sequence[Judgment]) -> Grade:
        """Return the mark of one answer from all that its judges said, in any order.

        Its counts hold every choice (`choice_count`), `flip` (judges whose two orders contradict each other), `disagree` (1
        where judges differ) and `asked_again`. Without a value where judges made no choice or found no majority.
        """
        ...


@runtime_checkable
class JudgeGrader(Grader, Protocol):
    """A grader whose marks come from judges."""

    @property
    def judges(self) -> tuple[str, ...]:
        """Names of the judge systems."""
        ...

    @property
    def against(self) -> str | None:
        """Name of the system that pairs are formed with, as written; None where there is none or it was not named."""
        ...

    @property
    def is_pairwise(self) -> bool:
        """Whether two answers are shown."""
        ...

    def for_reference(self, name: str | None) -> "JudgeGrader":
        """Return the grader with the system that pairs are formed with settled."""
        ...

    @property
    def rubric_text(self) -> str | None:
        """The rubric's content, for the lock and for the run's own copy: what the judge is told."""
        ...

    @property
    def human(self) -> "HumanFile | None":
        """Where people's labels are; None where they stand in the evalset's own rows, or nowhere."""
        ...


class HumanFile(Protocol):
    """A file of people's labels, as the settings name it."""

    @property
    def path(self) -> str:
        """The file, as written."""
        ...

    @property
    def column(self) -> str:
        """The column that holds the label, or that the names of all raters' columns start with."""
        ...

    @property
    def random(self) -> bool:
        """Whether the user says that the labelled answers were chosen at random."""
        ...
