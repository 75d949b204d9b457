"""What every grader of the folder must hold to, whatever it does."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import tuneproof.graders
from tuneproof.core.describing import DescribingGrader
from tuneproof.core.example import Example
from tuneproof.core.judging import JudgeGrader, JudgeMarker
from tuneproof.core.protocols import CorpusMarker, Grader, GradingContext, Marker, Workspace

KINDS = sorted(module.name for module in pkgutil.iter_modules(tuneproof.graders.__path__) if not module.name.startswith("_"))

CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "choice": ({"choices": ["A", "B"]}, "A"),
    "constraints": ({}, {"words": 1, "contains": ["A"], "in_order": ["A"], "ends_with": "A", "repeats": {"A": 1}}),
    "contains": ({}, "A"),
    "exact_match": ({}, "A"),
    "judge": ({"rubric": "correctness", "judges": ["gpt"]}, "A"),
    "json_schema": ({"schema": {"type": "object"}, "compare": "fields"}, {"a": [1, {"b": "x"}]}),
    "label_f1": ({}, "A"),
    "number_match": ({}, "5"),
    "python": ({"file": "own.py"}, "A"),
    "refusal": ({}, "refuse"),
    "regex": ({"pattern": "(a+)+$"}, None),
    "token_f1": ({}, "A b"),
}
"""Kind to settings that work and an expected value; a new grader adds its own line."""

OF_TEXT = [kind for kind in KINDS if kind != "judge"]
"""Graders that look at the answer themselves. A judge is shown the whole of it."""

ODD_ANSWERS = {
    "empty": "",
    "blank": " \n\t ",
    "a megabyte": "A b 5, " * 150_000,
    "one long word": "a" * 1_000_000,
    "one long number": "9" * 1_000_000,
    "control characters": "\x00\x01\x1b[31m\x7f\u2028\ufeff",
    "lone surrogates": "\ud800 A \udfff",
    "deep JSON": "[" * 10_000 + "]" * 10_000,
    "deep object": '{"a":' * 900 + "1" + "}" * 900,
    "right to left": "\u202e\u05d4\u05ea\u05e9\u05d5\u05d1\u05d4 \u0645\u0631\u062d\u0628\u0627 \u0664\u0662",
    "nearly JSON": '{"a": [1, {"b": NaN}], "a": 1e999',
    "null": "null",
    "emoji": "\U0001f600" * 1000,
    "fences": "```" * 10_000,
    "brackets": "(" * 100_000,
}


@pytest.fixture
def plugin(request: pytest.FixtureRequest, tmp_path: Path) -> Grader:
    """Return the grader of a kind with settings that work."""
    (tmp_path / "own.py").write_text("def grade(answer, example):\n    return answer == example.expected\n")
    found: Grader = plugin_class(request.param).model_validate(CASES[request.param][0])
    return found


def plugin_class(kind: str) -> type[Any]:
    """Return the class that a module declares."""
    declared: type[Any] = importlib.import_module(f"tuneproof.graders.{kind}").PLUGIN
    return declared


def ready(plugin: Grader, workspace: Workspace) -> Marker:
    """Return the grader made ready for an evalset with two labels."""
    return plugin.ready(GradingContext(workspace=workspace, labels=("A", "B")))


def example_for(kind: str) -> Example:
    """Return an example that the grader of a kind can mark."""
    return Example(id="1", inputs="q", cluster="1", expected=CASES[kind][1])


def test_every_grader_is_covered() -> None:
    """A new grader must stand in the table above."""
    assert sorted(CASES) == KINDS


each_grader = pytest.mark.parametrize(("plugin", "kind"), [(kind, kind) for kind in KINDS], indirect=["plugin"], ids=KINDS)


@each_grader
@pytest.mark.parametrize("answer", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
def test_no_answer_is_too_odd(plugin: Grader, kind: str, workspace: Workspace, answer: str) -> None:
    """Never an exception; the same grade every time; a value in [0, 1], or None with a reason on one short line."""
    marker, example = ready(plugin, workspace), example_for(kind)
    grade = marker.mark(answer, example)
    assert grade == marker.mark(answer, example)
    assert grade.value is None or 0.0 <= grade.value <= 1.0
    assert grade.reason is None or (len(grade.reason) < 700 and grade.reason.isprintable())


@each_grader
def test_settings_that_work_have_no_problems(plugin: Grader, kind: str, workspace: Workspace) -> None:
    """And the example that fits can be marked."""
    assert plugin.problems("graders.x", workspace) == []
    assert ready(plugin, workspace).problem(example_for(kind)) is None


@each_grader
def test_a_corpus_grader_makes_corpus_markers(plugin: Grader, kind: str, workspace: Workspace) -> None:
    """What the class says of its markers is so."""
    assert isinstance(ready(plugin, workspace), CorpusMarker) == plugin.corpus


@each_grader
def test_measures_are_counted_in_every_grade(plugin: Grader, kind: str, workspace: Workspace) -> None:
    """Each is 0 or 1, also for an answer that is wrong in every way."""
    grade = ready(plugin, workspace).mark("\x00", example_for(kind))
    assert [grade.stats[name] in (0.0, 1.0) for name in plugin.measures] == [True] * len(plugin.measures)


@each_grader
def test_a_grader_that_asks_judges_makes_judge_markers(plugin: Grader, kind: str, workspace: Workspace) -> None:
    """And only such a one."""
    assert isinstance(ready(plugin, workspace), JudgeMarker) == isinstance(plugin, JudgeGrader) == (kind not in OF_TEXT)


@pytest.mark.parametrize(("plugin", "kind"), [(kind, kind) for kind in OF_TEXT], indirect=["plugin"], ids=OF_TEXT)
@pytest.mark.parametrize("extract", ["last_line", {"after": "no such mark"}, {"json": "/a"}])
def test_every_grader_of_text_takes_extract(plugin: Grader, kind: str, workspace: Workspace, extract: Any) -> None:
    """Nothing found is a wrong answer with the contract's reason."""
    grader = plugin_class(kind).model_validate({**CASES[kind][0], "extract": extract})
    grade = ready(grader, workspace).mark("", example_for(kind))
    assert (grade.value, grade.reason) == (0.0, "no answer found")


@pytest.mark.parametrize("kind", KINDS)
def test_settings_are_closed_and_frozen(kind: str) -> None:
    """An unknown key is refused, in the table and in `extract`; a value cannot be changed later."""
    model, settings = plugin_class(kind), CASES[kind][0]
    assert issubclass(model, BaseModel)
    for wrong in ({"unknown": 1}, {"extract": {"afer": "A:"}}, {"extract": 1}):
        with pytest.raises(ValidationError):
            model.model_validate({**settings, **wrong})
    with pytest.raises(ValidationError, match="frozen"):
        model.model_validate(settings).extract = None


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_is_documented(kind: str) -> None:
    """In the source, under its field, where the reader of a recipe looks."""
    source = Path(sys.modules[plugin_class(kind).__module__].__file__ or "").read_text()
    own = [name for name in plugin_class(kind).model_fields if name != "extract"]
    assert [name for name in own if f"\n    {name}:" in source] == own
    assert plugin_class(kind).__doc__


def test_graders_load_without_the_heavy_libraries() -> None:
    """They are loaded before any call is made: no numpy, scikit-learn, pandas or scipy."""
    modules = ", ".join(f"tuneproof.graders.{kind}" for kind in KINDS)
    heavy = "[name for name in ('numpy', 'sklearn', 'pandas', 'scipy') if name in sys.modules]"
    done = subprocess.run([sys.executable, "-c", f"import sys, {modules}; print({heavy})"], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize("kind", KINDS)
def test_graders_whose_expected_is_no_answer_say_so(kind: str) -> None:
    """So that it is not tried as one."""
    grader = plugin_class(kind).model_validate(CASES[kind][0])
    assert isinstance(grader, DescribingGrader) == (kind in ("constraints", "python", "refusal", "regex"))
