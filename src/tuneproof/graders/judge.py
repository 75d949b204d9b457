"""Marks that come from judges: a model chooses from a closed menu, by a rubric, and the choice's score is the mark.

A judge is an instrument. It is a system of the experiment with `role = "judge"`, never one that is compared; its marks decide
something only where people's labels say how far it is right. This module says what a judge is asked and what its replies mean;
it asks nobody itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.example import Example, Message
from tuneproof.core.judging import Choice, JudgeGrader, JudgeMarker, Judgment, ReplyForm
from tuneproof.core.protocols import GradingContext, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders._judge_question import lacking, question, question_again, response_format
from tuneproof.graders._judge_reply import read_reply
from tuneproof.graders._panel import Panel, Rule
from tuneproof.graders._rubric import NoRubric, Rubric, find_rubric, read_rubric, rubric_file

NOBODY = "no judge was asked"
"""Reason of the mark that a judge's grader gives by itself."""


class Human(BaseModel):
    """Where people's labels are."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    path: str = Field(min_length=1)
    """The file, in any evalset format."""
    column: str = Field("human", min_length=1)
    """The column that holds the label, or that the names of all raters' columns start with."""
    random: bool = False
    """Whether the labelled answers were chosen at random, by your word."""


def _table(written: object) -> object:
    """Return the table that a mere path stands for."""
    return {"path": written} if isinstance(written, str) else written


class Judge(BaseModel):
    """Asks judges, by a rubric."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    corpus: ClassVar[bool] = False
    measures: ClassVar[tuple[str, ...]] = ()

    rubric: str = Field(min_length=1)
    """The name of a rubric, shipped or in the workspace's `graders/rubrics/`, or a path that ends in `.toml`."""
    judges: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    """Names of the systems that are asked, each with `role = "judge"`."""
    panel: Rule = "majority"
    """What several judges come to: what more than half of them chose, else no mark; or the mean of their marks."""
    against: str | None = None
    """The system whose answers pairs are formed with, for pairwise rubrics; None: the only baseline."""
    reply: Literal["auto", "json", "line"] = "auto"
    """How judges are told to reply: a JSON object, a marked last line, or JSON wherever the endpoint takes a schema."""
    ask_again: bool = True
    """Whether a judge is asked once more after a reply outside the menu."""
    human: Annotated[Human, BeforeValidator(_table, json_schema_input_type=str | Human)] | None = None
    """The file of people's labels, or a table of `path`, `column` and `random`; None: they stand in the evalset's rows."""
    rubric_text: SkipJsonSchema[str | None] = None
    """The rubric's content; filled in from its file, and given only in a run's own copy of the experiment, where it counts."""

    _is_kept: bool = PrivateAttr(False)
    """Whether this is a run's own copy: it brings the rubric, and the run folder has the labels."""

    @model_validator(mode="wrap")
    @classmethod
    def _with_its_text(cls, given: Any, handler: ModelWrapValidatorHandler["Judge"], info: ValidationInfo) -> "Judge":
        """Read the rubric once: what is registered is what the judge is told. `problems` says why it could not be read."""
        made = handler(given)
        if made.rubric_text is not None:
            made._is_kept = True
            return made
        try:
            return made.model_copy(update={"rubric_text": find_rubric(made.rubric, info.context)})
        except NoRubric:
            return made

    @field_validator("judges")
    @classmethod
    def _each_once(cls, judges: tuple[str, ...]) -> tuple[str, ...]:
        twice = next((name for place, name in enumerate(judges) if name in judges[:place]), None)
        if twice is not None:
            raise ValueError(f"judge {twice!r} stands twice")
        return judges

    @property
    def is_pairwise(self) -> bool:
        """Whether two answers are shown; False for a rubric that cannot be read."""
        try:
            return self.rubric_text is not None and read_rubric(self.rubric_text, rubric_file(self.rubric)).is_pairwise
        except InputError:
            return False

    def for_reference(self, name: str | None) -> "Judge":
        """Return the grader with the system that pairs are formed with settled."""
        return self.model_copy(update={"against": name})

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types: the rubric, a reference without pairs, missing labels."""
        found: list[Problem] = []
        try:
            rubric = self._read(workspace)
            if self.against is not None and not rubric.is_pairwise:
                what = f"{self.against!r} for a rubric that looks at one answer"
                found.append(Problem(where=f"{where}.against", what=what, expected="a rubric of kind 'pairwise'"))
        except NoRubric as error:
            found.append(Problem(where=f"{where}.rubric", what=error.args[0], expected=error.args[1]))
        except InputError as error:
            found += error.problems
        if self.human is not None and not self._is_kept and not workspace.path(self.human.path).is_file():
            what = f"no file {self.human.path!r}"
            found.append(Problem(where=f"{where}.human", what=what, expected="a file of people's labels"))
        return found

    def ready(self, context: GradingContext) -> JudgeMarker:
        """Make the grader ready.

        Raises:
            NoRubric: for a rubric that is not there.
            InputError: for one that is none.
        """
        rubric = self._read(context.workspace)
        return RubricMarker(
            rubric=rubric,
            judges=self.judges,
            against=self.against if rubric.is_pairwise else None,
            menu=rubric.menu,
            form=self.reply,
            asks_again=self.ask_again,
            rule=self.panel,
        )

    def _read(self, workspace: Workspace) -> Rubric:
        text = find_rubric(self.rubric, workspace) if self.rubric_text is None else self.rubric_text
        return read_rubric(text, rubric_file(self.rubric))


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricMarker:
    """A judge's grader made ready: the questions, what replies mean, and the mark that follows."""

    rubric: Rubric
    """What judges are told."""
    judges: tuple[str, ...]
    """Names of the judges."""
    against: str | None
    """The system that pairs are formed with; None where one answer is looked at."""
    menu: tuple[Choice, ...]
    """The closed menu."""
    form: Literal["auto", "json", "line"]
    """How judges are told to reply."""
    asks_again: bool
    """Whether a judge is asked once more."""
    rule: Rule
    """What several judges come to."""

    @property
    def sees(self) -> tuple[str, ...]:
        """What is shown beside the answer."""
        return self.rubric.sees

    @property
    def is_ordinal(self) -> bool:
        """Whether the menu is a scale."""
        return self.rubric.kind == "scale"

    def problem(self, example: Example) -> str | None:
        """Say what the judge is to see and this example does not have; None where it has all."""
        return lacking(self.rubric, example)

    def mark(self, answer: str, example: Example) -> Grade:
        """Mark nothing: only judges can."""
        return Grade(value=None, reason=NOBODY)

    def messages(self, example: Example, answers: Sequence[str], form: ReplyForm) -> tuple[Message, ...]:
        """Return the question about one answer, or about two in the order in which they are shown."""
        return question(self.rubric, example, answers, form)

    def again(self, messages: Sequence[Message], reply: str, form: ReplyForm) -> tuple[Message, ...] | None:
        """Return the question once more after a reply outside the menu; None where the settings forbid it."""
        return question_again(self.rubric, messages, reply, form) if self.asks_again else None

    def response_format(self) -> Mapping[str, Any]:
        """Return `response_format` for endpoints that enforce a JSON schema."""
        return response_format(self.rubric)

    def read(self, reply: str) -> tuple[str | None, str]:
        """Return the entry of the menu that a reply chooses, and the judge's reason; None, and what is wrong with the reply."""
        return read_reply(reply, self.rubric.names)

    def turned(self) -> Mapping[str, str]:
        """Return what each choice is called when the two answers change places; empty where one answer is looked at."""
        if not self.rubric.is_pairwise:
            return {}
        by_score = {choice.score: choice.name for choice in self.menu}
        return {choice.name: by_score[1 - choice.score] for choice in self.menu}

    def settle(self, judgments: Sequence[Judgment]) -> Grade:
        """Return the mark of one answer from all that its judges said, in any order."""
        panel = Panel(judges=self.judges, menu=self.menu, is_pairwise=self.rubric.is_pairwise, rule=self.rule)
        return panel.settle(judgments)


PLUGIN: type[JudgeGrader] = Judge
