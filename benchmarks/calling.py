"""Calling, storing and marking, against bare loops on the same stub in the same run: CPU per call, rate, memory, kill -9.

python benchmarks/calling.py                  every part, 5 paired rounds (about 10 minutes)
python benchmarks/calling.py --part cpu       one part: cpu, fast (50 ms), slow (500 ms), memory, kill

Figures are ratios of one run, because machines are shared. Each side runs in a process of its own.
"""

import argparse
import asyncio
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from floor_client import CONCURRENCY, LOOPS, Job
from server import LABELS, label_of
from tuneproof.core.completion import Request
from tuneproof.core.digest import digest
from tuneproof.core.example import Example

HERE = Path(__file__).resolve().parent
MODELS = ("base-acc70", "ft-acc85")
WORDS = (
    "order",
    "account",
    "card",
    "parcel",
    "screen",
    "button",
    "invoice",
    "address",
    "courier",
    "password",
    "email",
    "plan",
    "device",
    "app",
    "page",
    "refund",
    "delivery",
    "total",
    "charge",
    "week",
    "month",
    "yesterday",
    "twice",
    "again",
    "slow",
    "broken",
    "missing",
    "late",
    "wrong",
    "blank",
    "please",
    "help",
    "need",
    "change",
    "stop",
    "reset",
    "update",
)
DECODING = {"temperature": 0, "max_tokens": 16}


def question(number: int) -> str:
    """Return the text of one example: about 350 characters, the same for every run."""
    words = " ".join(WORDS[(number * 7 + place * place) % len(WORDS)] for place in range(20 + number % 41))
    return f"Classify the ticket into one of: {', '.join(LABELS)}. Reply with the label only.\n\nTicket: {words} #q{number}"


def jobs(count: int) -> Iterator[Job]:
    """Yield the same questions for the bare loops."""
    return ((model, question(number), label_of(number)) for number in range(count) for model in MODELS)


def requests(count: int, identity: object) -> Iterator[Request]:
    """Yield the plan lazily: `count` examples for two systems, interleaved; keys are made here, as the plan stage does."""
    for number in range(count):
        text = question(number)
        example = Example(id=str(number), inputs=text, expected=label_of(number), cluster=str(number))
        messages = ({"role": "user", "content": text},)
        for model in MODELS:
            yield Request(
                key=digest([identity, model, messages, DECODING, 0]),
                system=model,
                model=model,
                evalset="tickets",
                example=example,
                repeat=0,
                messages=messages,
                decoding=DECODING,
            )


def ours(count: int, base_url: str, path: Path) -> dict[str, int]:
    """Collect, store, read back in plan order and compare; return the number of right answers per system."""
    from tuneproof.providers.openai_chat import OpenAIChat
    from tuneproof.stages.collect import Pool, collect
    from tuneproof.store.cache import Cache

    provider = OpenAIChat(base_url=base_url, max_concurrency=CONCURRENCY)
    identity = provider.identity()
    right = dict.fromkeys(MODELS, 0)
    with Cache(path) as cache:
        pool = Pool(name="stub", provider=provider, first=list(requests(1, identity)), requests=requests(count, identity))
        asyncio.run(collect([pool], cache))
        chunk: list[Request] = []
        for request in requests(count, identity):
            chunk.append(request)
            if len(chunk) == 500 or request.example.id == str(count - 1):
                answers = cache.get_many(asked.key for asked in chunk)
                for asked in chunk:
                    answer = answers.get(asked.key)
                    right[asked.system] += answer is not None and answer.text == asked.example.expected
                chunk.clear()
    return right


def side(name: str, count: int, base_url: str, path: Path) -> dict[str, Any]:
    """Run one side in this process and return what it cost; imports are not part of a call's cost."""
    if name == "ours":
        import tuneproof.providers._openai_session
        import tuneproof.store.cache  # noqa: F401
    else:
        import aiohttp  # noqa: F401

        if name != "raw":
            import openai.types.chat  # noqa: F401
    cpu = time.process_time()
    right = ours(count, base_url, path) if name == "ours" else asyncio.run(bare(name, count, base_url))
    return {
        "cpu_ms": (time.process_time() - cpu) * 1e3 / (2 * count),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2),
        "right": [right[model] for model in MODELS],
    }


async def bare(name: str, count: int, base_url: str) -> dict[str, int]:
    """Run one bare loop."""
    return await LOOPS[name](jobs(count), base_url)


class Stub:
    """The stub server in a process of its own."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self._root = f"http://127.0.0.1:{port}"

    def call(self, path: str, **body: object) -> dict[str, Any]:
        """Ask it for `stats`, or to `reset` or `control`."""
        data = None if path == "stats" else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self._root}/{path}", data=data, timeout=30) as reply:  # noqa: S310 - loopback
            held: dict[str, Any] = json.load(reply)
            return held

    def measured(self, name: str, count: int) -> dict[str, Any]:
        """Run one side against it; adds the rate that the stub saw between its first and last reply."""
        self.call("reset")
        with tempfile.TemporaryDirectory() as folder:
            one = command(name, count, self.base_url, Path(folder) / "cache.sqlite")
            done = subprocess.run(one, stdout=subprocess.PIPE, check=True)
        return {**json.loads(done.stdout), "rate": self.call("stats")["rate"]}


def command(name: str, count: int, base_url: str, path: Path) -> list[str]:
    """Return the command that runs one side."""
    return [sys.executable, str(HERE / "calling.py"), "--side", name, str(count), base_url, str(path)]


@contextmanager
def stub() -> Iterator[Stub]:
    """Start the stub, and stop it."""
    with subprocess.Popen([sys.executable, str(HERE / "server.py"), "--port", "0"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - PIPE was asked for
        yield Stub(json.loads(process.stdout.readline())["port"])
        process.terminate()


def shown(values: list[float]) -> str:
    """Return the median and the range of some ratios."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def cpu(server: Stub, rounds: int) -> None:
    """CPU per call, stored and compared, against the SDK's own loop."""
    sides = [{name: server.measured(name, 1000) for name in ("sdk", "ours", "post", "raw")} for _ in range(rounds)]
    for name in ("ours", "post", "raw"):
        print(f"CPU per call, {name} / sdk: {shown([one[name]['cpu_ms'] / one['sdk']['cpu_ms'] for one in sides])}")
    absolute = {name: round(statistics.median(one[name]["cpu_ms"] for one in sides), 3) for name in sides[0]}
    marks = {str(measured["right"]) for one in sides for measured in one.values()}
    print(f"  ms per call, medians: {absolute}; all sides count the same right answers: {len(marks) == 1}")
    print(f"peak memory, ours / sdk: {shown([one['ours']['peak_mb'] / one['sdk']['peak_mb'] for one in sides])}")


def fast(server: Stub, rounds: int) -> None:
    """Rate at 50 ms against the limit that latency sets."""
    server.call("control", latency=50)
    sides = [{name: server.measured(name, 1000) for name in ("ours", "sdk", "raw")} for _ in range(rounds)]
    limit = CONCURRENCY / 0.050
    for name in sides[0]:
        print(f"50 ms, of the limit of {limit:.0f} calls/s, {name}: {shown([one[name]['rate'] / limit for one in sides])}")


def slow(server: Stub, rounds: int) -> None:
    """Rate at 500 ms against the raw loop."""
    server.call("control", latency=500)
    sides = [{name: server.measured(name, 2000) for name in ("ours", "raw")} for _ in range(rounds)]
    print(f"500 ms, rate, ours / raw: {shown([one['ours']['rate'] / one['raw']['rate'] for one in sides])}")


def memory(server: Stub, rounds: int) -> None:
    """Peak memory at 20,000 examples against 1,000."""
    sides = [[server.measured("ours", count)["peak_mb"] for count in (1000, 20_000)] for _ in range(min(rounds, 2))]
    print(f"peak memory, 20,000 / 1,000 examples: {shown([large / small for small, large in sides])}")
    print(f"  MB: {[[round(peak) for peak in one] for one in sides]}")


def kill(server: Stub, rounds: int) -> None:
    """Answers that are paid for twice after kill -9 at half."""
    server.call("control", latency=50)
    twice = []
    for _ in range(rounds):
        server.call("reset")
        with tempfile.TemporaryDirectory() as folder:
            again = command("ours", 500, server.base_url, Path(folder) / "cache.sqlite")
            with subprocess.Popen(again, stdout=subprocess.DEVNULL) as process:
                while server.call("stats")["ok"] < 500:
                    time.sleep(0.01)
                os.kill(process.pid, signal.SIGKILL)
            time.sleep(0.2)
            subprocess.run(again, stdout=subprocess.DEVNULL, check=True)
        twice.append(server.call("stats")["repeats"])
    print(f"asked again after kill -9 at half of 1,000 calls: {twice} (in flight: {CONCURRENCY})")


PARTS = {"cpu": cpu, "fast": fast, "slow": slow, "memory": memory, "kill": kill}


def main() -> None:
    """Run the parts, or one side of one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append", help="one part; may be given again")
    parser.add_argument("--rounds", type=int, default=5, help="paired rounds")
    parser.add_argument("--side", nargs=4, metavar=("NAME", "COUNT", "URL", "CACHE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        name, count, base_url, path = given.side
        print(json.dumps(side(name, int(count), base_url, Path(path))))
        return
    for part in given.part or PARTS:
        with stub() as server:
            PARTS[part](server, given.rounds)


if __name__ == "__main__":
    main()
