"""The cassettes can be made anew, and the server still says what they hold."""

import asyncio
from pathlib import Path

import pytest

from tests.cassettes.record import CASES, FOLDER, KEY, KEY_ENV, ask, record, recorder
from tuneproof.core.completion import Completion, Setback

pytestmark = pytest.mark.integration


def counted(folder: Path, name: str) -> list[tuple[object, ...]]:
    """Return what each reply of a cassette counts as; the words of a random model may differ between machines."""
    with recorder(folder).use_cassette(name) as cassette:
        came = asyncio.run(ask(CASES[name]))
    assert cassette.all_played
    return [_sort(one) for one in came]


def _sort(came: Completion | Setback) -> tuple[object, ...]:
    if isinstance(came, Setback):
        return (came.failure, came.retry, came.fatal)
    return (came.failure, came.finish, came.input_tokens, came.output_tokens, came.model_reported)


@pytest.mark.usefixtures("_wheels")
def test_recorded_anew_the_cassettes_count_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kept cassette is what today's server would say: answers, truncation, overflow, refused key."""
    record(tmp_path)
    monkeypatch.setenv(KEY_ENV, KEY)
    kept = {name: counted(FOLDER, name) for name in CASES}
    assert {name: counted(tmp_path, name) for name in CASES} == kept
    assert KEY not in "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
