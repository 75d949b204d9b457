"""The whole program as a user runs it: start-up, a run against the stub, deciding again, a hundred thousand examples.

python benchmarks/whole.py                    every part, 5 paired rounds
python benchmarks/whole.py --part decide      one part: start, run, decide, large

Figures are whole processes: CPU and peak memory of the child as the system counts them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from calling import HERE, MODELS, Stub, question, shown, stub
from server import LABELS, label_of

PROGRAM = [sys.executable, "-m", "tuneproof"]
MEGABYTE = 1024 if sys.platform != "darwin" else 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process took."""

    cpu_s: float
    """User and system time."""
    wall_s: float
    """From start to end."""
    peak_mb: float
    """Largest resident size."""


def measured(command: Sequence[str], folder: Path) -> Cost:
    """Run one command in a folder and return what it took; it must end well, and every verdict asked for here is GO."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    wall_s = time.perf_counter() - started
    return Cost(cpu_s=usage.ru_utime + usage.ru_stime, wall_s=wall_s, peak_mb=usage.ru_maxrss / MEGABYTE)


# -- workspaces --------------------------------------------------------------------------------------------------------------


@contextmanager
def workspace(rows: Iterator[dict[str, str]], providers: str, systems: str) -> Iterator[Path]:
    """Write an experiment with one evalset, exact match, one superiority criterion and one of completeness."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "target.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        (folder / "experiment.toml").write_text(EXPERIMENT + providers + systems, encoding="utf-8")
        yield folder


EXPERIMENT = """
[experiment]
name = "bench"
[evalsets.target]
path = "target.jsonl"
graders = ["label"]
[graders.label]
kind = "exact_match"
[[criteria]]
name = "beats"
kind = "superiority"
evalset = "target"
margin = 0.02
[[criteria]]
name = "complete"
kind = "completeness"
max_missing = 0.01
"""


def asked(count: int, base_url: str) -> tuple[Iterator[dict[str, str]], str, str]:
    """Return an evalset that two systems of the stub are asked."""
    rows = ({"id": str(i), "input": question(i), "expected": label_of(i)} for i in range(count))
    providers = f'[providers.stub]\nkind = "openai_chat"\nbase_url = "{base_url}"\n'
    systems = "".join(
        f'[systems.{role}]\nrole = "{role}"\nprovider = "stub"\nmodel = "{model}"\nprompt.user = "{{{{ input }}}}"\n'
        "decoding = { temperature = 0, max_tokens = 16 }\n"
        for role, model in zip(("baseline", "candidate"), MODELS, strict=True)
    )
    return rows, providers, systems


@contextmanager
def recorded(count: int) -> Iterator[Path]:
    """Write an experiment whose answers are recorded: 70 % and 75 % right, three slices."""
    draw = Random(1)
    rows = ({"id": str(i), "input": question(i), "expected": label_of(i), "slice": "xyz"[i % 3]} for i in range(count))
    providers = "".join(f'[providers.{role}]\nkind = "replay"\npath = "{role}.jsonl"\n' for role in ("baseline", "candidate"))
    systems = "".join(f'[systems.{role}]\nrole = "{role}"\nprovider = "{role}"\n' for role in ("baseline", "candidate"))
    with workspace(rows, providers, systems) as folder:
        for role, share in (("baseline", 0.70), ("candidate", 0.75)):
            with (folder / f"{role}.jsonl").open("w", encoding="utf-8") as file:
                for i in range(count):
                    text = label_of(i) if draw.random() < share else draw.choice(LABELS)
                    file.write(json.dumps({"id": str(i), "output": text, "input_tokens": 90, "output_tokens": 2}) + "\n")
        yield folder


# -- parts -------------------------------------------------------------------------------------------------------------------


def start(rounds: int) -> None:
    """Start-up: `tuneproof --help` against `python -c 'import click'`."""
    bare = [sys.executable, "-c", "import click"]
    pairs = [(measured([*PROGRAM, "--help"], HERE), measured(bare, HERE)) for _ in range(2 * rounds)]
    print(f"tuneproof --help / python -c 'import click', CPU: {shown([ours.cpu_s / theirs.cpu_s for ours, theirs in pairs])}")
    print(f"  the same, wall: {shown([ours.wall_s / theirs.wall_s for ours, theirs in pairs])}")


def run(rounds: int) -> None:
    """A whole run at 0 ms against the SDK's bare loop: CPU per call between 1,000 and 3,000 examples, and peak memory."""
    slopes, peaks, growth = [], [], []
    with stub() as server:
        for _ in range(rounds):
            ours = {count: _whole_run(count, server) for count in (1000, 3000)}
            loop = {count: _bare_loop(count, server) for count in (1000, 3000)}
            slopes.append((ours[3000].cpu_s - ours[1000].cpu_s) / (loop[3000].cpu_s - loop[1000].cpu_s))
            peaks.append(ours[1000].peak_mb / loop[1000].peak_mb)
        growth = [_whole_run(20_000, server).peak_mb / _whole_run(1000, server).peak_mb for _ in range(min(rounds, 2))]
    print(f"whole run / SDK loop, CPU per call: {shown(slopes)}")
    print(f"whole run / SDK loop, peak memory at 1,000 examples: {shown(peaks)}")
    print(f"whole run, peak memory, 20,000 / 1,000 examples: {shown(growth)}")


def _whole_run(count: int, server: Stub) -> Cost:
    with workspace(*asked(count, server.base_url)) as folder:
        return measured([*PROGRAM, "run", "experiment.toml", "-q"], folder)


def _bare_loop(count: int, server: Stub) -> Cost:
    one = [sys.executable, str(HERE / "calling.py"), "--side", "sdk", str(count), server.base_url, "unused"]
    return measured(one, HERE)


def decide(rounds: int) -> None:
    """Deciding a finished run again."""
    for count in (5000, 10_000):
        with recorded(count) as folder:
            measured([*PROGRAM, "run", "experiment.toml", "-q"], folder)
            costs = [measured([*PROGRAM, "decide", "latest", "-q"], folder) for _ in range(rounds)]
        wall = statistics.median(cost.wall_s for cost in costs)
        print(f"decide 2 x {count:,}: {wall:.2f} s wall, {statistics.median(cost.cpu_s for cost in costs):.2f} s CPU (medians)")


def large(rounds: int) -> None:
    """A hundred thousand examples x 2 systems through replay, grading, statistics and report."""
    with recorded(100_000) as folder:
        costs = [measured([*PROGRAM, "run", "experiment.toml", "-q"], folder) for _ in range(min(rounds, 2))]
    wall, peak = max(cost.wall_s for cost in costs), max(cost.peak_mb for cost in costs)
    print(f"100,000 x 2 through replay: {wall:.1f} s wall, {peak:.0f} MB (the worse of {len(costs)})")


PARTS = {"start": start, "run": run, "decide": decide, "large": large}


def main() -> None:
    """Run the parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append", help="one part; may be given again")
    parser.add_argument("--rounds", type=int, default=5, help="paired rounds")
    given = parser.parse_args()
    for part in given.part or PARTS:
        PARTS[part](given.rounds)


if __name__ == "__main__":
    main()
