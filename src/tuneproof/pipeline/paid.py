"""Where answers that are paid for are kept: the workspace's cache, and the one of a fresh run until it is whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time

from tuneproof.pipeline.bench import Bench
from tuneproof.stages.plan import Plan
from tuneproof.store.cache import Cache

FRESH_FOR_S = 24 * 3600
"""How long an interrupted `--fresh` run is gone on with."""


@contextmanager
def open_cache(bench: Bench, made: Plan, *, fresh: bool) -> Iterator[Cache | None]:
    """Open the workspace's cache where there is anything to pay for.

    A fresh run writes into a cache of its own, which replaces the older answers when the run is whole: until then they are
    kept, and an interrupted fresh run goes on where it stopped (for a day; what is older is not fresh).
    """
    if not made.keys and all(bench.providers[judge.provider].local for judge in bench.judges):
        yield None
        return
    main = bench.workspace.folder / ".tuneproof" / "cache.sqlite"
    asked = main.with_name("fresh.sqlite") if fresh else main
    if fresh and asked.exists() and time() - asked.stat().st_mtime > FRESH_FOR_S:
        _remove_cache(asked)
    with Cache(asked) as cache:
        yield cache
    if fresh:
        with Cache(main) as kept:
            kept.absorb(asked)
        _remove_cache(asked)


def _remove_cache(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
