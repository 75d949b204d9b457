"""Right if the answer is JSON that its schema accepts; and, if wanted, compared with the expected object field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from tuneproof.core.errors import Problem
from tuneproof.core.example import Example
from tuneproof.core.protocols import Grader, GradingContext, Marker, Workspace
from tuneproof.core.score import Grade
from tuneproof.graders._extract import finder
from tuneproof.graders._fields import overlap, same
from tuneproof.graders._json import NotJson, parse, unfenced
from tuneproof.graders._schema import Unusable, compiled, fault, read_document
from tuneproof.graders._text import NO_ANSWER, TextGrader, TextMarker, short
from tuneproof.stats.fields import precision_recall_f1


class JsonSchema(TextGrader):
    """Validates answers against a JSON Schema (drafts 2020-12 and 7 in full; 4, 6 and 2019-09 as well).

    Every grade counts `valid`; with `compare` also `exact`, and `tp`, `fp`, `fn` over the leaves of the two values.
    """

    measures: ClassVar[tuple[str, ...]] = ("valid",)

    inline: dict[str, Any] | bool | None = Field(None, alias="schema")
    """The schema itself; neither this nor `schema_file`: any JSON is valid."""
    schema_file: str | None = None
    """The file that holds it."""
    draft: Literal["4", "6", "7", "2019-09", "2020-12"] | None = None
    """Its draft; None: as its `$schema` says, else 2020-12."""
    formats: bool = False
    """Whether `format` is asserted, not merely noted."""
    fenced: bool = False
    """Whether JSON in a ``` block is accepted: the last block counts."""
    resources: Mapping[str, str | dict[str, Any] | bool] = Field(default_factory=dict)
    """URI to a file or a document, for `$ref`s to other documents. Nothing else can be reached, the network least of all."""
    compare: Literal["none", "exact", "fields"] = "none"
    """`none`: the value is 1 if valid. `exact`: 1 if equal to `expected`. `fields`: F1 over leaves against `expected`."""

    @model_validator(mode="after")
    def _one_schema(self) -> "JsonSchema":
        if self.inline is not None and self.schema_file is not None:
            raise ValueError("schema and schema_file are given, of which one is enough")
        return self

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types."""
        found = super().problems(where, workspace)
        for uri, document in self.resources.items():
            try:
                _document(document, workspace)
            except Unusable as error:
                found.append(Problem(where=f"{where}.resources.{uri}", what=str(error), expected="a JSON document"))
        try:
            self._validator(workspace)
        except Unusable as error:
            key = "schema" if self.schema_file is None else "schema_file"
            if not found:
                found.append(Problem(where=f"{where}.{key}", what=str(error), expected="a JSON Schema"))
        return found

    def ready(self, context: GradingContext) -> Marker:
        """Make the grader ready."""
        judge = _Judge(grader=self, validator=self._validator(context.workspace))
        return TextMarker(find=finder(self.extract), judge=judge.judge, objection=self._objection)

    def _validator(self, workspace: Workspace) -> Any:
        documents = {uri: _document(document, workspace) for uri, document in self.resources.items()}
        schema = self.inline if self.schema_file is None else read_document(self.schema_file, workspace)
        return compiled(True if schema is None else schema, self.draft, self.formats, documents)

    def _objection(self, example: Example) -> str | None:
        if self.compare == "none":
            return None
        if example.expected is None:
            return "expected is missing"
        try:
            _wanted(example)
        except NotJson as error:
            return f"expected is {error} (a JSON value, or its text)"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """The judgement of one answer, with the schema compiled."""

    grader: JsonSchema
    validator: Any

    def judge(self, found: str | None, example: Example) -> Grade:
        if found is None:
            return self._not_json(NO_ANSWER, example)
        try:
            value = parse(unfenced(found) if self.grader.fenced else found)
        except NotJson as error:
            return self._not_json(str(error), example)
        objection, certain = fault(self.validator, value)
        if not certain:
            return Grade(value=None, reason=f"the schema could not be applied {objection}")
        valid = float(objection is None)
        reason = None if objection is None else f"not valid {objection}"
        if self.grader.compare == "none":
            return Grade(value=valid, reason=reason, stats={"valid": valid})
        return self._compared(value, example, valid, reason)

    def _compared(self, value: Any, example: Example, valid: float, reason: str | None) -> Grade:
        wanted = _wanted(example)
        tp, fp, fn = overlap(value, wanted)
        exact = float(same(value, wanted))
        stats = {"valid": valid, "exact": exact, "tp": float(tp), "fp": float(fp), "fn": float(fn)}
        score = exact if self.grader.compare == "exact" else precision_recall_f1(tp, fp, fn)[2]
        if reason is None and score < 1:
            reason = f"{tp} fields right, {fp} wrong or surplus, {fn} wrong or missing"
        return Grade(value=score, reason=reason, stats=stats)

    def _not_json(self, reason: str, example: Example) -> Grade:
        stats = {"valid": 0.0}
        if self.grader.compare != "none":
            missing = overlap(_wanted(example), _wanted(example))[0]
            stats |= {"exact": 0.0, "tp": 0.0, "fp": 0.0, "fn": float(missing)}
        return Grade(value=0.0, reason=reason, stats=stats)


def _document(document: str | dict[str, Any] | bool, workspace: Workspace) -> Any:
    return read_document(document, workspace) if isinstance(document, str) else document


def _wanted(example: Example) -> Any:
    """Return the expected value; a text is read as JSON (CSV cells and chat messages cannot hold it otherwise)."""
    if not isinstance(example.expected, str):
        return example.expected
    try:
        return parse(example.expected)
    except NotJson as error:
        raise NotJson(f"{short(example.expected)}, {error}") from error


PLUGIN: type[Grader] = JsonSchema
