"""Stage 5b, consult: answers x graders that ask judges become questions, and what judges said becomes marks.

A judge's question is a request like any other: the same cache, retries, budget and resume. What it is about is an answer, so it
can only be put when the answers are there; what a judge did not say, or said outside its menu, is never a number.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, cast

from tuneproof.core.completion import Completion, Order, Reply, Request, Subject
from tuneproof.core.digest import canonical_json
from tuneproof.core.errors import one_line
from tuneproof.core.example import Evalset, Example
from tuneproof.core.judging import JudgeMarker, Judgment, ReplyForm
from tuneproof.core.protocols import Provider, RemoteProvider
from tuneproof.core.score import Grade
from tuneproof.core.system import System
from tuneproof.stages.grade import Mark, Seat, graders_of
from tuneproof.stages.plan import key_of, key_start

Group = Sequence[Reply]
"""All answers to one example, of every system and repeat."""
TIE = 0.5
"""What two answers are worth to each other when none is better: an answer and itself, or the same text twice."""


class Question(NamedTuple):
    """One thing to ask one judge."""

    seat: Seat
    """The mark that it is for."""
    judge: str
    """Name of the judge."""
    order: Order
    """In which order two answers are shown."""
    example: Example
    """The example that was answered."""
    answers: tuple[str, ...]
    """The answer, or two in the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Docket:
    """Which answers are put before judges."""

    evalsets: Mapping[str, Evalset]
    """By name."""
    everywhere: Mapping[str, tuple[str, ...]]
    """Evalset name to the graders that mark all its examples."""
    markers: Mapping[tuple[str, str], JudgeMarker]
    """(evalset, grader) to the grader made ready, for graders that ask judges and no others."""

    def questions(self, group: Group) -> Iterator[Question]:
        """Yield what is to be asked about the answers to one example."""
        for reply, grader, marker in self._judged(group):
            text = reply.completion.text
            if text is None:
                continue
            if marker.against is None:
                shown: list[tuple[Order, tuple[str, ...]]] = [("given", (text,))]
            else:
                other = partner(group, reply, marker.against)
                if reply.system == marker.against or other is None or other.text is None or other.text == text:
                    continue
                shown = [("given", (other.text, text)), ("swapped", (text, other.text))]
            seat = _seat(reply, grader)
            for judge in marker.judges:
                for order, answers in shown:
                    yield Question(seat, judge, order, reply.example, answers)

    def marks(self, group: Group, said: Callable[[Question], Judgment]) -> Iterator[tuple[Seat, Mark]]:
        """Yield the marks of the answers to one example.

        Args:
            group: The answers.
            said: Returns what a judge said to a question.
        """
        judgments: dict[Seat, list[Judgment]] = {}
        for question in self.questions(group):
            judgments.setdefault(question.seat, []).append(said(question))
        for reply, grader, marker in self._judged(group):
            seat = _seat(reply, grader)
            if held := judgments.get(seat):
                grade = _measured(marker.settle(held), reply, partner(group, reply, marker.against))
                yield seat, (grade, "graded" if grade.value is not None else "ungradable")
            elif marker.against is not None and reply.completion.text is not None:
                yield seat, _without_judge(reply, partner(group, reply, marker.against), marker.against)

    def _judged(self, group: Group) -> Iterator[tuple[Reply, str, JudgeMarker]]:
        for reply in group:
            for grader in graders_of(self.evalsets[reply.evalset], reply.example, self.everywhere[reply.evalset]):
                marker = self.markers.get((reply.evalset, grader))
                if marker is not None:
                    yield reply, grader, marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How questions become requests."""

    judges: Mapping[str, System]
    """By name."""
    providers: Mapping[str, Provider]
    """By name."""
    markers: Mapping[tuple[str, str], JudgeMarker]
    """(evalset, grader) to the grader made ready."""
    forms: dict[str, ReplyForm] = field(default_factory=dict)
    """Judge to how it is told to reply, for graders that leave it open; JSON where nothing is known."""
    _starts: dict[tuple[str, str], Any] = field(default_factory=dict)

    def request(self, question: Question) -> Request:
        """Return the request that puts a question."""
        seat, marker = question.seat, self._marker(question)
        form = self.form(question)
        about = Subject(grader=seat.grader, system=seat.system, order=question.order, turned=marker.turned())
        judge = self.judges[question.judge]
        messages = marker.messages(question.example, question.answers, form) if self._is_remote(judge) else ()
        decoding = dict(judge.decoding)
        if form == "json":
            decoding.setdefault("response_format", marker.response_format())
        return Request(
            key=self._key(judge, decoding, messages),
            system=judge.name,
            model=judge.model,
            evalset=seat.evalset,
            example=question.example,
            repeat=seat.repeat,
            messages=messages,
            decoding=decoding,
            about=about,
        )

    def again(self, question: Question, request: Request, reply: Completion) -> Request | None:
        """Return the request that asks once more after a reply outside the menu; None where nothing is to be asked."""
        marker = self._marker(question)
        if not request.key or reply.text is None or marker.read(reply.text)[0] is not None:
            return None
        messages = marker.again(request.messages, reply.text, self.form(question))
        if messages is None:
            return None
        judge = self.judges[question.judge]
        return replace(request, messages=messages, key=self._key(judge, request.decoding, messages))

    def judgment(self, question: Question, replies: Sequence[Completion]) -> Judgment:
        """Return what a judge said, from its reply and, where it was asked once more, from the second one."""
        marker, seat = self._marker(question), question.seat
        first, last = replies[0], replies[-1]
        counted = last if last.text is not None else first
        choice, reason = _read(marker, counted)
        return Judgment(
            evalset=seat.evalset,
            example_id=seat.example_id,
            system=seat.system,
            repeat=seat.repeat,
            grader=seat.grader,
            judge=question.judge,
            order=question.order,
            choice=choice,
            reason=reason,
            first_reply=first.text if len(replies) > 1 and counted is last else None,
            completion=counted,
        )

    def form(self, question: Question) -> ReplyForm:
        """Return how the judge of a question is told to reply."""
        wanted = self._marker(question).form
        return self.forms.get(question.judge, "json") if wanted == "auto" else wanted

    def _marker(self, question: Question) -> JudgeMarker:
        return self.markers[question.seat.evalset, question.seat.grader]

    def _is_remote(self, judge: System) -> bool:
        return not self.providers[judge.provider].local

    def _key(self, judge: System, decoding: Mapping[str, Any], messages: Sequence[Any]) -> str:
        if not self._is_remote(judge):
            return ""
        place = (judge.name, canonical_json(decoding))
        if place not in self._starts:
            provider = cast("RemoteProvider", self.providers[judge.provider])
            self._starts[place] = key_start(provider, judge, decoding)
        question = canonical_json(messages).encode("utf-8", "surrogatepass")
        return key_of(self._starts[place], question, 0).hex()


def seat_of(judgment: Judgment) -> Seat:
    """Return the mark that a judgment is for."""
    return Seat(judgment.evalset, judgment.example_id, judgment.system, judgment.repeat, judgment.grader)


def reread(judgment: Judgment, marker: JudgeMarker) -> Judgment:
    """Return a kept judgment as the grader reads its reply now."""
    choice, reason = _read(marker, judgment.completion)
    return replace(judgment, choice=choice, reason=reason)


def grouped(replies: Iterable[Reply], evalsets: Iterable[str]) -> Iterator[Group]:
    """Yield the answers to each example together, for the evalsets that are named; they are held in memory."""
    wanted = set(evalsets)
    groups: dict[tuple[str, str], list[Reply]] = {}
    for reply in replies:
        if reply.evalset in wanted:
            groups.setdefault((reply.evalset, reply.example.id), []).append(reply)
    yield from groups.values()


def _read(marker: JudgeMarker, reply: Completion) -> tuple[str | None, str]:
    if reply.text is not None:
        return marker.read(reply.text)
    failure = reply.failure
    return None, one_line(f"no reply, {failure.kind}: {failure.message}", 300) if failure else "no reply"


def _seat(reply: Reply, grader: str) -> Seat:
    return Seat(reply.evalset, reply.example.id, reply.system, reply.repeat, grader)


def partner(group: Group, reply: Reply, against: str | None) -> Completion | None:
    """Return the reference's answer that a reply is paired with: of the same repeat, or in turn where it has fewer.

    People label the same pairs (`stages.labels`). None where there is no reference, or it answered nothing.
    """
    held = sorted((other.repeat, index) for index, other in enumerate(group) if other.system == against)
    return group[held[reply.repeat % len(held)][1]].completion if held else None


def _measured(grade: Grade, reply: Reply, other: Completion | None) -> Grade:
    """Add the lengths of the answers, in characters, to the counts of a grade."""
    lengths = {"chars": float(len(reply.completion.text or ""))}
    if other is not None:
        lengths["other_chars"] = float(len(other.text or ""))
    return Grade(value=grade.value, reason=grade.reason, stats={**grade.stats, **lengths})


def _without_judge(reply: Reply, other: Completion | None, against: str) -> Mark:
    """Return the mark of an answer that needs no judge: it is the reference itself, the same text, or has no partner."""
    if reply.system == against:
        return Grade(value=TIE), "graded"
    if other is None or (other.text is None and not (other.failure and other.failure.is_the_models_fault)):
        return Grade(value=None, reason=f"{against} has no answer to compare with"), "ungradable"
    if other.text is None:
        return Grade(value=1.0, reason=f"{against} could not read the question"), "graded"
    return Grade(value=TIE, reason=f"the same answer as {against}'s"), "graded"
