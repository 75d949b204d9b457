"""The judges of a run: their questions are put when the answers are there, and what they said is kept."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tuneproof.core.completion import Completion, Failure, Reply, Request
from tuneproof.core.judging import Judgment
from tuneproof.core.protocols import LocalSession, RemoteProvider
from tuneproof.pipeline.bench import Bench
from tuneproof.stages.account import Usage, account
from tuneproof.stages.collect import Pool
from tuneproof.stages.consult import Asking, Docket, Group, Question
from tuneproof.stages.grade import Mark, Seat
from tuneproof.store.cache import Cache

log = logging.getLogger("tuneproof")

NOT_ASKED = Completion(text=None, failure=Failure(kind="not_asked", message="the judge was not asked"), attempts=0)

Go = Callable[[list[Pool], int], dict[str, Completion]]
"""Asks servers what the pools hold (so many requests at most), keeps the replies, and returns what stayed without one."""
Groups = Callable[[Sequence[str]], Iterator[Group]]
"""Returns the answers to each example of the evalsets that are named."""


@dataclass(slots=True, kw_only=True)
class Hearing:
    """All that judges are asked in one run."""

    bench: Bench
    """Its experiment."""
    groups: Groups
    """Where the answers are."""
    cache: Cache | None
    """Where replies that were paid for are; None where all are at hand."""
    sessions: Mapping[str, LocalSession]
    """Providers whose replies are at hand."""
    failures: dict[str, Completion] = field(default_factory=dict)
    """Request key to what stayed without a reply."""
    usage: dict[str, Usage] = field(default_factory=dict)
    """Judge to what asking it took; filled by `judgments`."""
    _counted: set[str] = field(default_factory=set)
    _docket: Docket = field(init=False)
    _asking: Asking = field(init=False)

    def __post_init__(self) -> None:
        bench = self.bench
        self._docket = Docket(evalsets=bench.evalsets, everywhere=bench.everywhere, markers=bench.judged)
        judges = {system.name: system for system in bench.judges}
        self._asking = Asking(judges=judges, providers=bench.providers, markers=bench.judged)

    def ask(self, evalsets: Sequence[str], go: Go) -> None:
        """Put every question that is not answered yet, and once more those that were answered outside the menu."""
        chosen = self._judged_among(evalsets)
        total = sum(1 for _ in self._remote(chosen))
        if not total:
            return
        log.info("judges on %s: %d questions", ", ".join(chosen), total)
        self._learn_forms(chosen, go)
        self.failures |= go(self._pools(lambda: map(self._asking.request, self._remote(chosen)), opening=True), total)
        if again := sum(1 for _ in self._second(chosen)):
            log.info("%d replies are outside the menu: asking once more", again)
            self.failures |= go(self._pools(lambda: self._second(chosen), opening=False), again)

    def judgments(self, evalsets: Sequence[str], marks: dict[Seat, Mark]) -> Iterator[Judgment]:
        """Yield what judges said, and enter the marks that follow from it."""
        for group in self.groups(self._judged_among(evalsets)):
            made: list[Judgment] = []

            def said(question: Question, made: list[Judgment] = made) -> Judgment:
                made.append(self._said(question))
                return made[-1]

            marks.update(self._docket.marks(group, said))
            yield from made

    def forms(self) -> dict[str, str]:
        """Return judge to how it was told to reply where the settings left it open."""
        return dict(self._asking.forms)

    def _judged_among(self, evalsets: Sequence[str]) -> list[str]:
        judged = self.bench.judged_evalsets
        return [name for name in evalsets if name in judged]

    # -- questions -----------------------------------------------------------------------------------------------------------

    def _remote(self, evalsets: Sequence[str]) -> Iterator[Question]:
        """Yield the questions that go to servers."""
        for group in self.groups(evalsets):
            for question in self._docket.questions(group):
                if self._provider(question.judge) not in self.sessions:
                    yield question

    def _second(self, evalsets: Sequence[str]) -> Iterator[Request]:
        """Yield the requests that ask once more."""
        for question in self._remote(evalsets):
            request = self._asking.request(question)
            again = self._asking.again(question, request, self._held(request))
            if again is not None:
                yield again

    def _pools(self, requests: Callable[[], Iterable[Request]], *, opening: bool) -> list[Pool]:
        """Return one pool a provider; a judge must answer its first question before the bulk is asked."""
        judges: dict[str, list[str]] = {}
        for judge in self.bench.judges:
            if judge.provider not in self.sessions:
                judges.setdefault(judge.provider, []).append(judge.name)
        return [
            Pool(
                name=provider,
                provider=cast("RemoteProvider", self.bench.providers[provider]),
                first=_firsts(requests(), names) if opening else (),
                requests=(request for request in requests() if request.system in names),
            )
            for provider, names in judges.items()
        ]

    def _learn_forms(self, evalsets: Sequence[str], go: Go) -> None:
        """Find out of each judge whether its endpoint takes a JSON schema: what it refuses is asked for a marked line."""
        forms, left = self._asking.forms, {judge.name for judge in self.bench.judges}
        for question in self._remote(evalsets):
            marker = self._asking.markers[question.seat.evalset, question.seat.grader]
            if question.judge not in left or marker.form != "auto" or question.judge in forms:
                continue
            left.discard(question.judge)
            if not self._takes_json(question, go):
                log.info("%s: its endpoint refuses response_format, so it is asked for a marked line", question.judge)
                forms[question.judge] = "line"
            if not left:
                return

    def _takes_json(self, question: Question, go: Go) -> bool:
        cache, forms, request = self._paid, self._asking.forms, self._asking.request(question)
        if cache.holds(request.key):
            return True
        forms[question.judge] = "line"
        asked_before = cache.holds(self._asking.request(question).key)
        del forms[question.judge]
        if asked_before:
            return False
        provider = self._provider(question.judge)
        pool = Pool(
            name=provider, provider=cast("RemoteProvider", self.bench.providers[provider]), first=(), requests=[request]
        )
        failed = go([pool], 1).get(request.key)
        return failed is None or failed.failure is None or failed.failure.kind != "rejected"

    # -- replies -------------------------------------------------------------------------------------------------------------

    def _said(self, question: Question) -> Judgment:
        request = self._asking.request(question)
        replies = [self._counts(question, request, self._held(request))]
        again = self._asking.again(question, request, replies[0])
        if again is not None:
            replies.append(self._counts(question, again, self._held(again)))
        return self._asking.judgment(question, replies)

    def _held(self, request: Request) -> Completion:
        if session := self.sessions.get(self._provider(request.system)):
            return session.answer(request)
        return self._paid.get(request.key) or self.failures.get(request.key) or NOT_ASKED

    def _counts(self, question: Question, request: Request, reply: Completion) -> Completion:
        """Count what a reply took, once a request: two systems with the same answer are judged at the price of one."""
        if not request.key or request.key not in self._counted:
            self._counted.add(request.key)
            told = Reply(
                evalset=request.evalset,
                example=question.example,
                system=request.system,
                repeat=request.repeat,
                completion=reply,
            )
            for _ in account([told], self.usage):
                pass
        return reply

    def _provider(self, judge: str) -> str:
        return self._asking.judges[judge].provider

    @property
    def _paid(self) -> Cache:
        if self.cache is None:
            raise ValueError("replies that are paid for need a cache")
        return self.cache


def _firsts(requests: Iterable[Request], judges: Sequence[str]) -> list[Request]:
    """Return the first request of each judge."""
    found: dict[str, Any] = {}
    for request in requests:
        if request.system in judges:
            found.setdefault(request.system, request)
        if len(found) == len(judges):
            break
    return list(found.values())
