"""The cache keeps what was paid for."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tuneproof.core.completion import Completion, Failure
from tuneproof.core.errors import RunStopped
from tuneproof.store.cache import CHUNK, Cache

KEY = "0123456789abcdef" * 4

COMPLETIONS = [
    Completion(text=""),
    Completion(text="label", finish="length", attempts=3, input_tokens=7, output_tokens=0, latency_s=0.25),
    Completion(text="caf\u00e9 \U0001f600 \x00 \u2028", finish="refusal", model_reported="m", fingerprint="fp"),
    Completion(text=None, failure=Failure(kind="context_length", message="too long"), attempts=2),
]


def key(number: int) -> str:
    """Return the key of a number."""
    return f"{number:064x}"


def put(cache: Cache, *pairs: tuple[str, Completion]) -> None:
    """Store completions, all at once."""

    async def store() -> None:
        await asyncio.gather(*(cache.put(name, completion) for name, completion in pairs))

    asyncio.run(store())


@pytest.mark.parametrize("completion", COMPLETIONS)
def test_comes_back_as_it_was(tmp_path: Path, completion: Completion) -> None:
    """Every field of a completion survives, in another process's eyes too."""
    with Cache(tmp_path / "new" / "cache.sqlite") as cache:
        put(cache, (KEY, completion))
        with Cache(tmp_path / "new" / "cache.sqlite") as other:
            assert other.get(KEY) == completion
        assert cache.get_many([KEY, key(1)]) == {KEY: completion}


@pytest.mark.parametrize("kind", ["rate_limited", "server_error", "timeout", "malformed_reply", "content_filter", "rejected"])
def test_passing_failures_are_not_kept(tmp_path: Path, kind: str) -> None:
    """A failure that asking again may cure never enters the cache."""
    with Cache(tmp_path / "cache.sqlite") as cache:
        with pytest.raises(ValueError, match="not final"):
            put(cache, (KEY, Completion(text=None, failure=Failure(kind=kind, message="x"))))  # type: ignore[arg-type]
        assert not cache.holds(KEY)


def test_many_keys(tmp_path: Path) -> None:
    """Questions about more keys than one query takes are answered whole, and only for keys that are there."""
    count = 2 * CHUNK + 3
    with Cache(tmp_path / "cache.sqlite") as cache:
        put(cache, *((key(number), Completion(text=str(number))) for number in range(0, count, 2)))
        assert cache.known(key(number) for number in range(count)) == {key(number) for number in range(0, count, 2)}
        found = cache.get_many(key(number) for number in range(count))
        assert [found[key(number)].text for number in range(0, count, 2)] == [str(number) for number in range(0, count, 2)]


def test_a_later_answer_replaces(tmp_path: Path) -> None:
    """The same question answered again (two runs at once, --fresh) leaves one answer, the later."""
    with Cache(tmp_path / "cache.sqlite") as cache:
        put(cache, (KEY, Completion(text="old")))
        put(cache, (KEY, Completion(text="new")))
        stored = cache.get(KEY)
        assert stored is not None
        assert stored.text == "new"


def test_disk_full_keeps_what_is_committed(tmp_path: Path) -> None:
    """A full disk stops the run with one line that names the file; earlier answers stay readable."""
    path = tmp_path / "cache.sqlite"
    with Cache(path) as cache:
        put(cache, (KEY, Completion(text="kept")))
        pages = cache._db.execute("PRAGMA page_count").fetchone()[0]
        cache._db.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(RunStopped) as stopped:
            put(cache, (key(1), Completion(text="x" * 100_000)))
        assert str(stopped.value).startswith(f"{path}: database or disk is full; free some space")
    with Cache(path) as cache:
        assert cache.known([KEY, key(1)]) == {KEY}


def test_file_size_limit(tmp_path: Path) -> None:
    """A disk that takes no more bytes (RLIMIT_FSIZE) is a stopped run, not a crash, and the committed rows are there."""
    path = tmp_path / "cache.sqlite"
    limit = 200_000
    script = f"""
import asyncio, resource
from pathlib import Path
from tuneproof.core.completion import Completion
from tuneproof.core.errors import RunStopped
from tuneproof.store.cache import Cache
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
async def main():
    cache = Cache(Path({str(path)!r}))
    for number in range(10_000):
        try:
            await cache.put(f"{{number:064x}}", Completion(text="x" * 1000))
        except RunStopped as stopped:
            print(number, str(stopped).count(chr(10)))
            return
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    stored, newlines = map(int, done.stdout.split())
    with Cache(path) as cache:
        assert newlines == 0
        assert len(cache.known(key(number) for number in range(stored))) == stored > 0


@pytest.mark.parametrize("content", [b"this is no database at all, but long enough to look like one" * 20, b"\x00" * 4096])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is not ours is left alone, with a line that says to move it away."""
    path = tmp_path / "cache.sqlite"
    path.write_bytes(content)
    with pytest.raises(RunStopped, match="move it away"):
        Cache(path)
    assert path.read_bytes() == content


def test_another_version_is_refused(tmp_path: Path) -> None:
    """A cache of another version is not guessed at."""
    path = tmp_path / "cache.sqlite"
    Cache(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(RunStopped, match="another version of tuneproof"):
        Cache(path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A path below a file is one line, not a traceback."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunStopped, match="the cache needs a folder"):
        Cache(tmp_path / "file" / "below" / "cache.sqlite")


def test_a_damaged_cache(tmp_path: Path) -> None:
    """Damage in the middle is told when it is met."""
    path = tmp_path / "cache.sqlite"
    with Cache(path) as cache:
        put(cache, *((key(number), Completion(text="x" * 500)) for number in range(200)))
    content = bytearray(path.read_bytes())
    content[4096:-4096] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(RunStopped, match="damaged"), Cache(path) as cache:
        cache.known(key(number) for number in range(200))


def test_many_make_the_file_at_once(tmp_path: Path) -> None:
    """Runs that start at the same moment on a cache that does not exist yet all open it."""
    script = """
import sys, time
from pathlib import Path
from tuneproof.store.cache import Cache
while time.time() < float(sys.argv[1]): pass
for number in range(20):
    Cache(Path(sys.argv[2]) / str(number)).close()
"""
    start = str(time.time() + 1.0)
    all_of_them = [subprocess.Popen([sys.executable, "-c", script, start, str(tmp_path)]) for _ in range(4)]
    assert [process.wait(60) for process in all_of_them] == [0] * 4


def test_two_processes_at_once(tmp_path: Path) -> None:
    """Two processes that write the same keys both finish, and every key has its answer."""
    path = tmp_path / "cache.sqlite"
    script = f"""
import asyncio
from pathlib import Path
from tuneproof.core.completion import Completion
from tuneproof.store.cache import Cache
async def main():
    with Cache(Path({str(path)!r})) as cache:
        for number in range(2000):
            await cache.put(f"{{number:064x}}", Completion(text=str(number)))
asyncio.run(main())
"""
    both = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    with Cache(path) as cache:
        assert len(cache.known(key(number) for number in range(2000))) == 2000
