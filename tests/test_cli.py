"""The command line as a user meets it: what each command prints where, and how it exits."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest

from tests.conftest import Lab
from tuneproof import __main__ as process
from tuneproof.cli import NOT_YET, cli

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Told:
    """How a command ended."""

    code: int
    """Exit code."""
    out: str
    """Standard output."""
    err: str
    """Standard error."""

    @property
    def last(self) -> str:
        """The last line of the output."""
        return self.out.splitlines()[-1]


Say = Callable[..., Told]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lab: Lab) -> Say:
    """Return a function that runs a command in the lab's folder, as the process would."""
    monkeypatch.chdir(lab.folder)
    for name in ("GITHUB_STEP_SUMMARY", "OPENAI_API_KEY", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def ran(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["tuneproof", *arguments])
        code = process._code()
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return ran


def experiment(lab: Lab, baseline: int = 20, candidate: int = 38, n: int = 40) -> str:
    """Write an experiment in which the systems are right on their first so many examples; return its file name."""
    lab.evalset("target", n)
    lab.system("base", "baseline", {"target": [i < baseline for i in range(n)]})
    lab.system("tuned", "candidate", {"target": [i < candidate for i in range(n)]})
    lab.criterion("superiority", evalset="target", margin=0.05)
    return lab.write().name


# -- exit codes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("candidate", "code", "word"), [(38, 0, "GO: ship tuned"), (5, 1, "NO-GO: "), (23, 2, "UNDECIDED: ")])
def test_a_run_exits_with_its_verdict(say: Say, lab: Lab, candidate: int, code: int, word: str) -> None:
    """0, 1 and 2, and the verdict on the last line."""
    told = say("run", experiment(lab, candidate=candidate))
    assert (told.code, told.last.startswith(word)) == (code, True)


@pytest.mark.parametrize(("wanted", "code"), [("go", 0), ("no-go", 1)])
def test_a_pipeline_chooses_what_undecided_does(say: Say, lab: Lab, wanted: str, code: int) -> None:
    """The exit code is mapped; the verdict file still says UNDECIDED."""
    told = say("run", experiment(lab, candidate=23), "--undecided", wanted, "--json")
    assert (told.code, json.loads(told.out)["decision"]) == (code, "UNDECIDED")
    assert say("decide", "latest", "--undecided", wanted, "-q").code == code


def test_undecided_maps_nothing_else(say: Say, lab: Lab) -> None:
    """A NO-GO stays one."""
    assert say("run", experiment(lab, candidate=5), "--undecided", "go", "-q").code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rnu",), "No such command 'rnu'"),
        (("run",), "Missing argument 'EXPERIMENT'"),
        (("run", "x.toml", "--margin", "1"), "No such option"),
        (("run", "x.toml", "--limit", "0"), "--limit"),
        (("run", "x.toml", "--undecided", "maybe"), "'maybe' is not one of 'go', 'no-go'"),
        (("run", "x.toml", "--max-cost-usd", "5"), "not there yet"),
        (("run", "missing.toml"), "missing.toml: no such file"),
        (("run", "."), "is a folder"),
        (("check", "missing.toml"), "no such file"),
        (("lock", "missing.toml"), "no such file"),
        (("show", "latest"), "no such run"),
        (("grade", "nothing"), "no such run"),
        (("decide", "nothing"), "no such run"),
        (("report", "nothing"), "no such run"),
        (("view", "nothing"), "no such run"),
        (("schema", "manifest"), "'manifest' is not one of"),
        *(((name, "x"), "is not there yet") for name in NOT_YET),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_input_exits_3_on_one_line(say: Say, arguments: tuple[str, ...], words: str) -> None:
    """Usage, files, names, and commands still to come; nothing on standard output."""
    told = say(*arguments)
    assert (told.code, told.out, words in told.err) == (3, "", True)
    assert told.err.startswith("tuneproof: ")
    assert told.err.count("\n") == 1


def test_all_errors_of_a_file_are_told_at_once(say: Say, lab: Lab) -> None:
    """One line each, with its place."""
    lab.evalset("target", 3)
    lab.table("providers", "p", kind="reply", path="x")
    lab.table("systems", "s", role="baseline", provider="q")
    lab.criterion("superiority", evalset="target", margn=0.1)
    told = say("run", lab.write().name)
    assert (told.code, told.err.count("\n")) == (3, 3)
    assert "unknown kind 'reply', did you mean 'replay'?" in told.err
    assert "criteria[0].margn: unknown key 'margn', did you mean 'margin'?" in told.err


def test_a_server_that_never_answers_exits_4(say: Say, lab: Lab) -> None:
    """No verdict, and no run folder that could be taken for one."""
    file = experiment(lab)
    lab.table("providers", "server", kind="openai_chat", base_url="http://127.0.0.1:9/v1", max_retries=0)
    lab.table("systems", "tuned", role="candidate", provider="server", model="m", prompt={"user": "{{ input }}"})
    lab.write()
    told = say("run", file, "-q")
    assert (told.code, told.out) == (4, "")
    assert not list(lab.folder.glob("reports/lab/*/verdict.json"))


def test_a_fault_of_ours_exits_70_and_keeps_the_traceback(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says where the traceback is."""

    def broken(_root: Path) -> Any:
        raise RuntimeError("a fault\nof two lines")

    monkeypatch.setattr("tuneproof.pipeline.listing.listing", broken)
    told = say("runs")
    assert (told.code, told.err.count("\n")) == (70, 1)
    kept = Path(told.err.strip().rpartition(" ")[2])
    assert "RuntimeError: a fault" in kept.read_text("utf-8")
    kept.unlink()


def test_an_interruption_exits_130(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is no fault and no verdict."""

    def interrupted(_root: Path) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("tuneproof.pipeline.listing.listing", interrupted)
    told = say("runs")
    assert (told.code, told.err.strip().count("\n"), "interrupted" in told.err) == (130, 0, True)


def test_a_failed_import_exits_70(tmp_path: Path) -> None:
    """A broken installation never looks like a verdict."""
    code = "import sys; sys.modules['click'] = None; from tuneproof.__main__ import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 70


# -- every command -----------------------------------------------------------------------------------------------------------


def commands_of(group: click.Group, above: str = "") -> dict[str, click.Command]:
    """Return every command by its words; a group stands for its commands."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found |= commands_of(command, f"{above}{name} ") if isinstance(command, click.Group) else {above + name: command}
    return found


COMMANDS = commands_of(cli)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example(say: Say, name: str) -> None:
    """And the three options that every command has."""
    told = say(*name.split(), "--help")
    assert (told.code, f"Example: tuneproof {name}" in told.out) == (0, True)
    assert [option for option in ("--json", "-q, --quiet", "-v, --verbose", "-h, --help") if option not in told.out] == []


@pytest.mark.parametrize("name", list(COMMANDS))
def test_examples_of_the_help_are_well_formed(name: str) -> None:
    """The example's options are the command's own."""
    command = COMMANDS[name]
    known = {option for param in command.params for option in param.opts}
    words = (command.epilog or "").split(" && ", maxsplit=1)[0].split()
    assert {word for word in words if word.startswith("--")} <= known


def test_bare_and_version_and_help(say: Say) -> None:
    """The commands stand in the order of a user's work."""
    told = say("--help")
    listed = [line.split()[0] for line in told.out.split("Commands:")[1].splitlines() if line.startswith("  ")]
    assert (told.code, listed[:5]) == (0, ["init", "check", "plan", "lock", "run"])
    assert say("--version").out.startswith("tuneproof ")


def test_every_command_speaks_json(say: Say, lab: Lab) -> None:
    """Standard output holds one JSON value and nothing else."""
    file = experiment(lab)
    commands = [
        ("init", "new"),
        ("check", file),
        ("lock", file),
        ("run", file),
        ("grade", "latest"),
        ("decide", "latest"),
        ("report", "latest"),
        ("runs",),
        ("show", "latest"),
        ("view", "latest"),
        ("schema", "verdict"),
        ("schema", "experiment"),
        ("evalset", "generate", "general-nano", "--seed", "7"),
    ]
    # Ends with Ctrl-C only, or has tests of its own.
    elsewhere = {"serve-demo", "judge", "accept", "regress", "plan", "compare", "watch"}
    assert {command[0] for command in commands} == set(cli.commands) - elsewhere
    for command in commands:
        told = say(*command, "--json")
        assert (told.code, told.err) == (0, ""), command
        assert json.loads(told.out) is not None


def test_quiet_prints_the_last_line_alone(say: Say, lab: Lab) -> None:
    """The verdict, or that a check found no errors; a lock says nothing."""
    file = experiment(lab)
    told = say("run", file, "-q")
    assert (told.out.count("\n"), told.last[:3], told.err) == (1, "GO:", "")
    assert say("show", "latest", "-q").out == told.out
    assert say("check", file, "-q").out == "lab: no errors; it can be run. Nothing was asked, nothing was spent.\n"
    assert say("lock", file, "-q").out == ""


def test_verbose_tells_on_stderr(say: Say, lab: Lab) -> None:
    """Results stay where they are."""
    file = experiment(lab)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "tuneproof", "run", file, "-q", "-v"]
    done = subprocess.run(command, cwd=lab.folder, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert "loaded: target (40 examples)" in done.stderr


def test_a_check_shows_what_can_be_proved(say: Say, lab: Lab) -> None:
    """In words, with the sizes; it leaves nothing behind."""
    file = experiment(lab)
    before = sorted(lab.folder.rglob("*"))
    told = say("check", file)
    assert "What can be proved" in told.out
    assert "with these 40 examples a true gain of" in " ".join(told.out.split())
    assert told.last == "lab: no errors; it can be run. Nothing was asked, nothing was spent."
    assert sorted(lab.folder.rglob("*")) == before


def test_a_lock_is_kept_and_asked_for(say: Say, lab: Lab) -> None:
    """Refused without one, run with it, refused with the list of changes after one."""
    file = experiment(lab)
    assert "is not locked" in say("run", file, "--require-lock").err
    told = say("lock", file).out
    assert "a true gain of" in told
    assert "\nlocked: experiment.lock\n" in told
    assert say("run", file, "--require-lock", "-q").code == 0
    lab.tables["criteria"][0]["margin"] = 0.01
    lab.write()
    refused = say("run", file, "--require-lock")
    assert (refused.code, "differs from its lock" in refused.err) == (3, True)
    assert "EXPLORATORY" in say("run", file, "-q").last
    assert "  changed: criteria.0.margin" in say("lock", file).out


def test_a_limited_run_is_never_go(say: Say, lab: Lab) -> None:
    """It is stamped, and exits as undecided."""
    told = say("run", experiment(lab), "--limit", "35", "-q")
    assert (told.code, "UNDECIDED (EXPLORATORY)" in told.last) == (2, True)


@pytest.mark.parametrize("only", ["baseline", "base"])
def test_collecting_alone_gives_no_verdict(say: Say, lab: Lab, only: str) -> None:
    """Exit code 0, no verdict file, and `latest` stays where it was."""
    told = say("run", experiment(lab), "--only", only)
    assert (told.code, "NO VERDICT" in told.last) == (0, True)
    assert not list(lab.folder.glob("reports/lab/*/verdict.json"))
    assert say("run", "experiment.toml", "--only", "bse").code == 3


def test_runs_are_listed_and_shown(say: Say, lab: Lab) -> None:
    """By id, by prefix, as latest, and as a folder."""
    file = experiment(lab)
    assert say("runs").out == "no runs in reports; see --output-dir\n"
    run_id = json.loads(say("run", file, "--json").out)["run_id"]
    assert say("runs").out.split() == [run_id, "lab", "GO", "tuned"]
    shown = {say("show", name).last for name in (run_id, run_id[:-2], "latest", f"reports/lab/{run_id}")}
    assert len(shown) == 1
    assert say("view", "latest", "--print-path").out.strip().endswith(f"{run_id}/report.html")


def test_runs_may_go_elsewhere(say: Say, lab: Lab) -> None:
    """And are found there."""
    told = say("run", experiment(lab), "--output-dir", "elsewhere", "-q")
    assert (told.code, (lab.folder / "reports").exists()) == (0, False)
    assert say("show", "latest", "--output-dir", "elsewhere", "-q").out == told.out


def test_later_steps_repeat_a_run(say: Say, lab: Lab) -> None:
    """Grade, decide and report come to the same verdict; lost reports are written again."""
    say("run", experiment(lab), "-q")
    folder = lab.folder / "reports" / "lab" / "latest"
    verdict = (folder / "verdict.json").read_text("utf-8")
    (folder / "report.html").unlink()
    assert say("report", "latest").code == 0
    assert (folder / "report.html").is_file()
    assert [say(step, "latest", "-q").code for step in ("grade", "decide")] == [0, 0]
    assert (folder / "verdict.json").read_text("utf-8") == verdict


# -- where it runs -----------------------------------------------------------------------------------------------------------


def test_a_ci_summary_gets_the_report(say: Say, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is added to what is there; a summary that cannot be written ends nothing."""
    file = experiment(lab)
    summary = lab.folder / "summary.md"
    summary.write_text("before\n", "utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert say("run", file, "-q").code == 0
    held = summary.read_text("utf-8")
    assert (held.startswith("before\n"), "GO: ship tuned" in held) == (True, True)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(lab.folder))
    told = say("run", file, "-q")
    assert (told.code, "GITHUB_STEP_SUMMARY" in told.err) == (0, True)


@pytest.mark.parametrize("setting", [{"NO_COLOR": "1"}, {"CI": "true"}, {"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb"}])
def test_piped_output_is_plain(lab: Lab, setting: dict[str, str]) -> None:
    """No escape sequences, in no environment; an old encoding does not end a run."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **setting}
    command = [sys.executable, "-m", "tuneproof", "run", experiment(lab)]
    done = subprocess.run(command, cwd=lab.folder, env=environment, capture_output=True)
    assert (done.returncode, b"\x1b" in done.stdout + done.stderr) == (0, False)
    assert done.stdout.splitlines()[-1].startswith(b"GO: ship tuned")


def test_no_color_is_honoured_where_colour_is_forced(lab: Lab) -> None:
    """NO_COLOR wins over a terminal."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "FORCE_COLOR": "1"}
    command = [sys.executable, "-m", "tuneproof", "run", experiment(lab)]
    coloured = subprocess.run(command, cwd=lab.folder, env=environment, capture_output=True).stdout
    plain = subprocess.run(command, cwd=lab.folder, env={**environment, "NO_COLOR": "1"}, capture_output=True).stdout
    assert (b"\x1b[32m" in coloured or b"\x1b[1;32m" in coloured, b"32m" in plain) == (True, False)


def test_a_reader_that_goes_away_is_no_verdict(lab: Lab) -> None:
    """`tuneproof schema experiment | head -1`: neither a traceback nor exit code 0, 1 or 2."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "tuneproof", "schema", "experiment"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) not in (0, 1, 2)
    assert b"Traceback" not in told
