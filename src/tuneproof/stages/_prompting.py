"""How a question is put: sandboxed Jinja2 templates, few-shot rows and retrieved passages become chat messages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.core.errors import InputError, Problem, one_line
from tuneproof.core.example import Example, Message
from tuneproof.core.protocols import Workspace
from tuneproof.core.row import RowError, example_from_row
from tuneproof.core.system import Context, FewShot, Prompt, Template

if TYPE_CHECKING:
    from jinja2 import Template as Compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompter:
    """One prompt, compiled, for one system on one evalset."""

    system: "Compiled | None"
    """Template of the system message."""
    user: "Compiled | None"
    """Template of the user message."""
    shots: tuple[Example, ...]
    """Worked examples before the question."""
    passages: "Passages | None"
    """What context is retrieved from."""
    places_context: bool
    """Whether a template says itself where the context goes."""
    labels: tuple[str, ...]
    """The evalset's labels."""
    where: str
    """Where the prompt stands, for messages."""

    def messages(self, example: Example) -> tuple[Message, ...]:
        """Return the messages for one example.

        Rows that bring messages are sent as they are.

        Raises:
            ValueError: one line why a template cannot be filled.
        """
        if example.messages is not None:
            return example.messages
        if self.user is None:
            raise ValueError("there is no prompt.user for an example that brings no messages")
        context = self.passages.nearest(_text(example.inputs)) if self.passages else ()
        values = self._values(example, context)
        found: list[Message] = []
        if self.system is not None:
            found.append({"role": "system", "content": _fill(self.system, values)})
        for shot in self.shots:
            found.append({"role": "user", "content": _fill(self.user, self._values(shot, []))})
            found.append({"role": "assistant", "content": _text(_first(shot.expected))})
        question = _fill(self.user, values)
        if context and not self.places_context:
            question = "Context:\n\n" + "\n\n".join(context) + "\n\n" + question
        found.append({"role": "user", "content": question})
        return tuple(found)

    def _values(self, example: Example, context: Sequence[str]) -> dict[str, Any]:
        return {"input": example.inputs, "labels": self.labels, "context": context, "meta": example.meta, "id": example.id}


def prompter(prompt: Prompt, labels: tuple[str, ...], workspace: Workspace, where: str) -> Prompter:
    """Compile one prompt.

    Raises:
        InputError: for templates that do not parse and files that cannot be read.
    """
    from jinja2 import StrictUndefined, meta
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    written = [template for template in (prompt.system, prompt.user) if template]
    for template in written:
        _check_syntax(template, sandbox)
    named = {name for template in written for name in meta.find_undeclared_variables(sandbox.parse(template.text))}
    if "context" in named and prompt.context is None:
        what, expected = "a template reads context, and there is no prompt.context", "meta.context for a field of the rows"
        raise InputError(Problem(where=where, what=what, expected=expected))
    return Prompter(
        system=sandbox.from_string(prompt.system.text) if prompt.system else None,
        user=sandbox.from_string(prompt.user.text) if prompt.user else None,
        shots=_shots(prompt.few_shot, workspace) if prompt.few_shot else (),
        passages=Passages.read(prompt.context, where) if prompt.context else None,
        places_context="context" in named,
        labels=labels,
        where=where,
    )


def _check_syntax(template: Template, sandbox: Any) -> None:
    from jinja2 import TemplateSyntaxError

    try:
        sandbox.parse(template.text)
    except TemplateSyntaxError as error:
        what = f"template error on line {error.lineno}: {error.message}"
        raise InputError(Problem(where=template.where, what=what, expected="a Jinja2 template")) from None


def _fill(template: "Compiled", values: Mapping[str, Any]) -> str:
    from jinja2 import TemplateError

    try:
        return template.render(values)
    except TemplateError as error:
        raise ValueError(one_line(f"template error: {error.message or type(error).__name__}", 200)) from None
    except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError, RecursionError, MemoryError) as error:
        raise ValueError(one_line(f"template error: {error!r}", 200)) from None


def _text(value: Any) -> str:
    """Return a value as a prompt holds it: text as it is, anything else as JSON."""
    from tuneproof.core.digest import canonical_json

    return value if isinstance(value, str) else canonical_json(value)


def _first(expected: Any) -> Any:
    """Return the first of several acceptable answers."""
    return expected[0] if isinstance(expected, list) and expected else expected


def _shots(rule: FewShot, workspace: Workspace) -> tuple[Example, ...]:
    """Choose the worked examples.

    Raises:
        InputError: for files that cannot be read, rows without an expected answer, and fewer rows than are asked for.
    """
    rows = list(_training_rows(rule.path, workspace))
    if len(rows) < rule.k:
        what = f"{len(rows)} rows, few_shot.k is {rule.k}"
        raise InputError(Problem(where=rule.path, what=what, expected="at least k rows"))
    return tuple(rows[: rule.k] if rule.choose == "first" else _stratified(rows, rule.k))


def _training_rows(path: str, workspace: Workspace) -> Iterator[Example]:
    for line, row in workspace.rows(Path(path)):
        try:
            example = example_from_row(row, line)
        except RowError as error:
            raise InputError(Problem(where=f"{path}:{line}", what=error.what, expected=error.expected)) from None
        if example.expected is None:
            raise InputError(Problem(where=f"{path}:{line}", what="no expected answer", expected="few-shot rows have one"))
        yield _unchatted(example)


def _unchatted(example: Example) -> Example:
    """Give a chat row an input: its last user message."""
    if example.inputs is not None or example.messages is None:
        return example
    from dataclasses import replace

    asked = [message.get("content") for message in example.messages if message.get("role") == "user"]
    return replace(example, inputs=_text(asked[-1]) if asked else "", messages=None)


def _stratified(rows: Sequence[Example], k: int) -> list[Example]:
    """Return the first row of each expected value in turn, then the second of each, ... in the order the values appear."""
    strata: dict[str, list[Example]] = {}
    for row in rows:
        strata.setdefault(_text(row.expected), []).append(row)
    depth = max(len(stratum) for stratum in strata.values())
    in_turn = [stratum[i] for i in range(depth) for stratum in strata.values() if i < len(stratum)]
    return in_turn[:k]


class Passages:
    """Text passages and their TF-IDF vectors (scikit-learn: a retrieval rung that needs no model and no server)."""

    def __init__(self, texts: Sequence[str], k: int) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._texts, self._k = texts, min(k, len(texts))
        self._vectorizer = TfidfVectorizer(sublinear_tf=True)
        self._matrix = self._vectorizer.fit_transform(texts)

    @classmethod
    def read(cls, rule: Context, where: str) -> "Passages":
        """Read the passages of all files of a glob; blank lines separate passages.

        Raises:
            InputError: when no file matches, a file cannot be read or nothing is in them.
        """
        files = sorted(name for name in glob(rule.path, recursive=True) if Path(name).is_file())  # noqa: PTH207 - absolute
        if not files:
            what = f"no file matches {rule.path!r}"
            raise InputError(Problem(where=f"{where}.context.path", what=what, expected="text files"))
        texts: list[str] = []
        for name in files:
            try:
                text = Path(name).read_text("utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(Problem(where=name, what=one_line(str(error), 200), expected="a readable text file")) from None
            texts += [passage.strip() for passage in text.replace("\r\n", "\n").split("\n\n") if passage.strip()]
        try:
            return cls(texts, rule.k)
        except ValueError as error:
            raise InputError(Problem(where=f"{where}.context.path", what=f"no words in {rule.path!r}: {error}")) from None

    def nearest(self, question: str) -> list[str]:
        """Return the k most similar passages, most similar first; ties in file order."""
        import numpy as np

        similarity = (self._matrix @ self._vectorizer.transform([question]).T).toarray().ravel()
        return [self._texts[i] for i in np.argsort(-similarity, kind="stable")[: self._k]]
