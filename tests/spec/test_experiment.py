"""Experiment files: every mistake gets one line that names file, key, value and what was expected."""

from pathlib import Path

import pytest

from tuneproof.core.errors import InputError
from tuneproof.pipeline.assemble import assemble

GOOD = """
[experiment]
name = "lab"
[evalsets.target]
path = "target.jsonl"
graders = ["label"]
[graders.label]
kind = "exact_match"
[providers.recorded]
kind = "replay"
path = "out.jsonl"
[systems.prompted]
role = "baseline"
provider = "recorded"
model = "a"
[systems.tuned]
role = "candidate"
provider = "recorded"
model = "b"
[[criteria]]
name = "beats"
kind = "superiority"
evalset = "target"
margin = 0.05
"""


def problems(folder: Path, text: str) -> list[str]:
    """Write an experiment file and return the lines of its errors."""
    (folder / "target.jsonl").write_text('{"input": "q", "expected": "yes"}\n')
    (folder / "out.jsonl").write_text('{"id": "1", "output": "yes"}\n')
    (folder / "experiment.toml").write_text(text, encoding="utf-8")
    try:
        assemble(folder / "experiment.toml")
    except InputError as error:
        return [line.removeprefix(f"{folder}/") for line in str(error).splitlines()]
    return []


def test_a_good_file_has_no_problems(tmp_path: Path) -> None:
    """The file that the others are spoiled copies of is fine."""
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('name = "lab"', 'name = "a/b"', "experiment.toml: experiment.name: 'a/b' is not allowed (text that matches "),
        (
            'name = "lab"',
            'name = "lab"\nalpah = 0.1',
            "experiment.toml: experiment.alpah: unknown key 'alpah', did you mean 'alpha'? ",
        ),
        ('name = "lab"', 'name = "lab"\nalpha = "x"', "experiment.toml: experiment.alpha: 'x' is not allowed (a number)"),
        (
            'name = "lab"',
            'name = "lab"\nalpha = 0.5',
            "experiment.toml: experiment.alpha: 0.5 is not allowed (a number less than 0.5)",
        ),
        ('name = "lab"', "", "experiment.toml: experiment.name: missing (this key is required)"),
        ('path = "target.jsonl"', 'path = "nope.jsonl"', "experiment.toml: evalsets.target.path: no such file or folder: "),
        (
            '["label"]',
            '["lable"]',
            "experiment.toml: evalsets.target.graders: unknown grader 'lable', did you mean 'label'? (known: label)",
        ),
        (
            '"exact_match"',
            '"exact_mach"',
            "experiment.toml: graders.label.kind: unknown kind 'exact_mach', did you mean 'exact_match'? ",
        ),
        ('kind = "exact_match"', "", "experiment.toml: graders.label.kind: missing (one of "),
        (
            '"exact_match"',
            '"exact_match"\nnormalise = []',
            "experiment.toml: graders.label.normalise: unknown key 'normalise', did you",
        ),
        ('role = "baseline"', 'role = "base"', "experiment.toml: systems.prompted.role: 'base' is not allowed (one of "),
        ('role = "baseline"', 'role = "candidate"', "experiment.toml: systems: there is no baseline (a system with role "),
        (
            'provider = "recorded"\nmodel = "a"',
            'provider = "rec"',
            "experiment.toml: systems.prompted.provider: unknown provider 'rec'",
        ),
        ('"superiority"', '"latency"', "experiment.toml: criteria[0].kind: kind 'latency' is not there yet (known: "),
        (
            '"superiority"',
            '"superior"',
            "experiment.toml: criteria[0].kind: unknown kind 'superior', did you mean 'superiority'?",
        ),
        ("margin = 0.05", "margin = 1.0", "experiment.toml: criteria[0].margin: 1.0 is not allowed (a number less than 1)"),
        (
            "margin = 0.05",
            "margin = -0.1",
            "experiment.toml: criteria[0].margin: -0.1 is not allowed (a number greater than or equal to 0)",
        ),
        (
            "margin = 0.05",
            "margn = 0.05",
            "experiment.toml: criteria[0].margn: unknown key 'margn', did you mean 'margin'? (known: ",
        ),
        (
            'evalset = "target"',
            'evalset = "tagret"',
            "experiment.toml: criteria[0].evalset: unknown evalset 'tagret', did you mean ",
        ),
        (
            'evalset = "target"',
            'evalset = "target"\ngrader = "x"',
            "experiment.toml: criteria[0].grader: unknown grader 'x' (known: label)",
        ),
        (
            'evalset = "target"',
            'evalset = "target"\nbaseline = "x"',
            "experiment.toml: criteria[0].baseline: unknown baseline 'x' ",
        ),
        (
            'model = "b"',
            'model = "b"\nrepeats = 0',
            "experiment.toml: systems.tuned.repeats: 0 is not allowed (a number greater than or ",
        ),
        (
            'model = "b"',
            'model = "b"\ntraining = { files = ["t.jsonl"] }',
            "experiment.toml: systems.tuned.training.files: no such file: ",
        ),
        (
            'model = "b"',
            'model = "b"\nprompt.user = { file = "p.j2" }',
            "experiment.toml: systems.tuned.prompt.user.file: 'p.j2': No such ",
        ),
        ("[experiment]", "[experiment", "experiment.toml: is not TOML: "),
        (
            "[[criteria]]",
            "[criterions]\nx = 1\n[[criteria]]",
            "experiment.toml: criterions: unknown key 'criterions', did you mean ",
        ),
    ],
)
def test_each_mistake_has_its_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    """A spoiled copy of the file is refused with one line that says what, where, and what was expected."""
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert [held for held in found if held.startswith(line)], found


def test_a_judge_is_never_compared(tmp_path: Path) -> None:
    """A judge with provider and model of a compared system is an error."""
    text = GOOD.replace("[[criteria]]", '[systems.judge]\nrole = "judge"\nprovider = "recorded"\nmodel = "b"\n[[criteria]]', 1)
    (found,) = problems(tmp_path, text)
    assert "systems.judge: the judge is also compared: 'tuned' has the same provider and model 'b'" in found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Shape, plug-in and name mistakes of one file come together."""
    text = GOOD.replace('name = "lab"', 'name = "lab"\nalpha = 2').replace("exact_match", "exact").replace("0.05", "7")
    text = text.replace('provider = "recorded"\nmodel = "b"', 'provider = "recrded"\nmodel = "b"')
    assert len(problems(tmp_path, text)) == 4


def test_more_than_ten_mistakes_are_counted(tmp_path: Path) -> None:
    """A reader gets ten lines and a count."""
    text = GOOD.replace('name = "lab"', "\n".join(['name = "lab"', *(f"key{i} = 1" for i in range(14))]))
    found = problems(tmp_path, text)
    assert (len(found), found[-1]) == (11, "... and 4 more problems")


def test_data_mistakes_name_file_and_line(tmp_path: Path) -> None:
    """Duplicate ids, unreadable rows and unmarkable examples are told by line."""
    path = tmp_path / "experiment.toml"
    problems(tmp_path, GOOD)
    rows = '{"id": "1", "input": "q", "expected": "a"}\n{"id": "1", "input": "r", "expected": "b"}\n{"id": 3, "input": 4}\n'
    (tmp_path / "target.jsonl").write_text(rows)
    with pytest.raises(InputError) as caught:
        assemble(path)
    lines = [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]
    assert lines[0] == "target.jsonl:2: duplicate id '1', first on line 1 (ids are unique in an evalset)"
    assert lines[1].startswith("target.jsonl:3: ")


def test_an_example_without_expected_is_refused_by_its_grader(tmp_path: Path) -> None:
    """A grader that needs `expected` says so by file and line, before anything is spent."""
    problems(tmp_path, GOOD)
    (tmp_path / "target.jsonl").write_text('{"input": "q"}\n')
    with pytest.raises(InputError, match=r"target.jsonl:1: grader 'label': "):
        assemble(tmp_path / "experiment.toml")


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_evalset_is_refused(tmp_path: Path, content: str) -> None:
    """No rows, no run."""
    problems(tmp_path, GOOD)
    (tmp_path / "target.jsonl").write_text(content)
    with pytest.raises(InputError, match="no examples"):
        assemble(tmp_path / "experiment.toml")
