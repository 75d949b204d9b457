"""What a run shows: the digest of its answers, and of the holdout that they are about."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from tuneproof.core.completion import Completion, Reply
from tuneproof.core.digest import digest, digest_of_digests
from tuneproof.core.errors import InputError
from tuneproof.pipeline.bench import Bench
from tuneproof.store.rows import completion_of
from tuneproof.store.run_folder import RunFolder

_SIZE = 32
"""Bytes of one answer's digest."""


@dataclass(slots=True)
class Answers:
    """The answers of one run, digested while they stream by."""

    asked: int = 0
    """Questions, answered or not."""
    systems: set[str] = field(default_factory=set)
    """Systems that gave an answer."""
    digests: bytearray = field(default_factory=bytearray)
    """32 bytes an answer: a million of them take 32 MB."""

    def over(self, replies: Iterable[Reply]) -> Iterator[Reply]:
        """Digest replies while they pass through."""
        for reply in replies:
            self.add(reply.evalset, reply.example.id, reply.system, reply.repeat, reply.completion)
            yield reply

    def add(self, evalset: str, example_id: str, system: str, repeat: int, completion: Completion) -> None:
        """Digest one answer.

        What has none for no fault of the system is left out, whatever went wrong: where it is still missing when the run is
        made again, nothing new is shown.
        """
        self.asked += 1
        failure = completion.failure
        if failure is None or failure.is_the_models_fault:
            said = [evalset, example_id, system, repeat, completion.text, failure and failure.kind]
            self.digests += bytes.fromhex(digest(said))
            self.systems.add(system)

    @property
    def digest(self) -> str:
        """One digest of all answers, whatever their order: that of the rows of an evalset does not count."""
        return sha256(np.sort(np.frombuffer(bytes(self.digests), dtype=f"S{_SIZE}")).tobytes()).hexdigest()

    def completes(self, other: "Answers") -> bool:
        """Tell whether the same questions were asked, and every answer of `other` is among these."""
        return self.asked == other.asked and other._pieces() <= self._pieces()

    def _pieces(self) -> set[bytes]:
        return {bytes(self.digests[at : at + _SIZE]) for at in range(0, len(self.digests), _SIZE)}


def answers_in(folder: RunFolder) -> Answers | None:
    """Return the answers that a run folder holds; None where they are not there any more, or not readable."""
    found = Answers()
    try:
        for row in folder.rows("completions.jsonl"):
            found.add(row["evalset"], row["example_id"], row["system"], row["repeat"], completion_of(row))
    except (InputError, KeyError, TypeError, ValueError):
        return None
    return found


def holdout_digest(bench: Bench) -> str:
    """Return what makes two holdouts the same: the content of all their evalsets, whatever they are called.

    That of the whole evalsets, also under `--limit`: a part of a holdout is no holdout of its own.
    """
    return digest_of_digests(evalset.digest for evalset in bench.whole.values() if evalset.role != "selection")
