"""`tuneproof schema`: JSON Schemas (2020-12) of the experiment file and of verdict.json, for editors and for programs."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, cast, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tuneproof.core.estimate import Calibration
from tuneproof.core.exposure import LedgerMode
from tuneproof.core.requirement import Mode, OnFailure
from tuneproof.core.stopping import Why
from tuneproof.core.verdict import SCHEMA_VERSION, Decision, LockState, Reason, Status
from tuneproof.plugins import Room, kinds, plugin_class
from tuneproof.spec.document import ExperimentDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ROOMS: tuple[Room, ...] = ("graders", "providers", "criteria")
IMPORT_PATH = "^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*$"
"""A kind that names a class of a package: `my_pkg.module:MyGrader`."""

Schema = dict[str, Any]


# -- the experiment file -----------------------------------------------------------------------------------------------------


def experiment_schema() -> Schema:
    """Return the schema of an experiment file, with every key of every shipped grader, provider and criterion."""
    whole = _described(ExperimentDocument, "#/$defs/{model}")
    defs: Schema = whole.pop("$defs")
    for room in ROOMS:
        choices = [_plugin(room, kind, defs) for kind in kinds(room)]
        defs[room] = {"anyOf": [*choices, _foreign(room)]}
        table = whole["properties"][room]
        table["items" if room == "criteria" else "additionalProperties"] = {"$ref": f"#/$defs/{room}"}
    return {"$schema": DIALECT, "title": "tuneproof experiment file", **whole, "$defs": defs}


def _plugin(room: Room, kind: str, defs: Schema) -> Schema:
    """Put the settings of one plug-in into `defs`, with its `kind`, and return a reference to it."""
    model = cast("type[BaseModel]", plugin_class(room, kind))
    name = f"{room}.{kind}"
    found = _described(model, f"#/$defs/{name}.{{model}}")
    defs |= {f"{name}.{inner}": held for inner, held in found.pop("$defs", {}).items()}
    found["properties"] = {"kind": {"const": kind}, **found["properties"]}
    found["required"] = ["kind", *found.get("required", [])]
    defs[name] = found
    return {"$ref": f"#/$defs/{name}"}


def _foreign(room: Room) -> Schema:
    """Return the schema of a plug-in that is not shipped: a workspace's own grader, or a class of a package."""
    kind: Schema = {"type": "string", "pattern": IMPORT_PATH}
    if room == "graders":
        kind = {"type": "string", "not": {"enum": kinds(room)}}
    return {"type": "object", "properties": {"kind": kind}, "required": ["kind"]}


def _described(model: type[BaseModel], ref_template: str) -> Schema:
    """Return the schema of a model, with the docstrings under its fields as descriptions."""
    found = cast("Schema", _untitled(model.model_json_schema(by_alias=True, ref_template=ref_template)))
    for inner in _models(model):
        table = found if inner is model else found.get("$defs", {}).get(inner.__name__, {})
        told = _docstrings(inner)
        for name, field in inner.model_fields.items():
            at = table.get("properties", {}).get(field.alias or name)
            if at is not None and name in told:
                at["description"] = told[name]
    return found


def _untitled(value: Any) -> Any:
    """Drop the titles that pydantic makes of names."""
    if isinstance(value, dict):
        return {key: _untitled(held) for key, held in value.items() if not (key == "title" and isinstance(held, str))}
    return [_untitled(held) for held in value] if isinstance(value, list) else value


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and those that stand below it."""
    yield model
    for field in model.model_fields.values():
        for inner in _inner(field):
            yield from _models(inner)


def _inner(held: Any) -> Iterator[type[BaseModel]]:
    annotation = held.annotation if isinstance(held, FieldInfo) else held
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _inner(argument)


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return field name to the docstring under it, those of parent classes included."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if one is BaseModel or not issubclass(one, BaseModel):
            continue
        try:
            body = cast("ast.ClassDef", ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]).body
        except (OSError, TypeError):  # no source at hand: a schema without descriptions is still a schema
            continue
        for pair in pairwise(body):
            match pair:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(told))):
                    found[name] = " ".join(told.split())
    return found


# -- verdict.json ------------------------------------------------------------------------------------------------------------


def verdict_schema() -> Schema:
    """Return the schema of verdict.json. Fields may be added in later versions; none is dropped or renamed."""
    defs = {"verdict": _verdict(), "finding": _finding(), "estimate": _estimate(), "lock": _lock(), "exposure": _exposure()}
    whole = _table(
        schema_version={"const": SCHEMA_VERSION, "description": "Raised only when a field changes its meaning."},
        experiment=_text("Name of the experiment."),
        run_id=_text("Id of the run."),
        decision=_one_of(Decision, "GO if a candidate is GO, else UNDECIDED if one is, else NO-GO."),
        recommended=_text("The GO candidate to ship.", null=True),
        stamp=_text("EXPLORATORY where the registered rules do not cover the run.", null=True),
        stamp_because=_text("Why it is stamped.", null=True),
        lock={"$ref": "#/$defs/lock"},
        verdicts=_list({"$ref": "#/$defs/verdict"}, "One a candidate, in file order."),
        cautions=_list(_text(), "About the run as a whole."),
        signature=_text("Digests and versions that reproduce the numbers."),
    )
    whole["properties"]["stopping"] = {**_stopping(), "description": "Where a rule of early stopping was registered."}
    whole["properties"]["exposure"] = {"$ref": "#/$defs/exposure"}
    whole["properties"]["sealed_because"] = _text("Of a sealed run: why, and all that is shown beside the decision.")
    return {"$schema": DIALECT, "title": "tuneproof verdict.json", **whole, "$defs": defs}


def _stopping() -> Schema:
    ended = _table(
        candidate=_text("Its name."),
        why=_one_of(Why, "Which rule ended it."),
        decision=_one_of(Decision, "What it had come to."),
        share=_share("Share of its questions that had been asked."),
        sentence=_text("Why, in one sentence."),
    )
    saved = _table(
        system=_text("Its name."),
        calls=_count("Questions that were left out."),
        input_tokens=_count("Tokens that they would have taken; null where servers counted none.", null=True),
        output_tokens=_count("The same of the answers.", null=True),
        cost_usd=_number("What they would have cost; null where no price is known.", null=True),
    )
    return _table(
        curtail=_flag("Whether what cannot change the verdict is left out."),
        sequential=_text("obf5, or null.", null=True),
        futility=_flag("Whether a look may end a hopeless candidate."),
        looks=_list({"type": "object"}, "Those that were taken."),
        ended=_list(ended, "Candidates that were not asked to the end."),
        saved=_list(saved, "What was left out, a system each."),
        to_the_end=_list(_text(), "What could end nobody before its last answer, and why."),
        at_look={"type": "object", "description": "Candidate to the look that its verdict rests on."},
    )


def _exposure() -> Schema:
    return _table(
        number=_count("Which exposure of its holdout it is, from 1; the earlier one where the same answers were shown before."),
        is_new=_flag("Whether its answers had not been shown before."),
        mode=_one_of(LedgerMode, "How much is shown."),
        declared=_count("Exposures that were declared; null where none were: alpha is then not split.", null=True),
        alpha=_share("One-sided error at which it is judged."),
        unsound=_text("Why the count cannot be relied on; null where it can.", null=True),
    )


def _flag(told: str) -> Schema:
    return _typed("boolean", told, null=False)


def _verdict() -> Schema:
    found = _table(
        candidate=_text("Name of the candidate."),
        decision=_one_of(Decision, "Follows from the findings alone."),
        stamp=_text("EXPLORATORY, or null.", null=True),
        findings=_list({"$ref": "#/$defs/finding"}, "In the order of the criteria."),
    )
    found["properties"]["model"] = _text("The model id that was asked for.")
    found["properties"]["checkpoint"] = _count("Number of the checkpoint that was chosen; null where none was.", null=True)
    return found


def _finding() -> Schema:
    return _table(
        criterion=_text("Name of the criterion."),
        kind=_text("Its kind."),
        status=_one_of(Status, "What the rule said."),
        on_failure=_one_of(OnFailure, "Whether it decides or only informs."),
        evalset=_text("Name of the evalset."),
        slice=_text("Name of the slice; null for the whole evalset.", null=True),
        grader=_text("Name of the grader; null for each example's own.", null=True),
        baseline=_text("The baseline compared with; null for levels and counts.", null=True),
        system=_text("The system that was measured."),
        mode=_one_of(Mode, "Whether it must be proved, sounds an alarm, is counted, is asked of a judge, or can only say no."),
        reasons=_list(_one_of(Reason), "Why it is undecided; empty otherwise."),
        estimate={"$ref": "#/$defs/estimate"},
        p_value=_share("p of met.", null=True),
        p_adjusted=_share("The same after Holm over candidates; the status uses this one.", null=True),
        margin=_number("The registered number.", null=True),
        needed_n=_count("Examples (for judges: labelled ones) that show the registered effect with 80 % power.", null=True),
        statement=_text("One sentence with its numbers."),
    )


def _estimate() -> Schema:
    check = _table(method=_text(), low=_number(), high=_number())
    bounds = _table(worst=_number(null=True), best=_number(null=True))
    found = _table(
        value=_number("Over the resolved examples; null where nothing was measured.", null=True),
        low=_number("Lower limit."),
        high=_number("Upper limit."),
        level=_share("Two-sided level of the interval."),
        method=_text("Name of the deciding method."),
        n=_count("Resolved examples."),
        n_missing=_count("Examples without a complete score."),
        baseline_value=_number("The baseline's mean; null for levels.", null=True),
        candidate_value=_number("The system's mean.", null=True),
        p_breached=_share("p of breached.", null=True),
        n_clusters=_count("Clusters; null where examples are independent.", null=True),
        design_effect=_number("Variance with clusters over variance without; 1 where examples are independent."),
        discordance=_share("Share of examples on which the systems differ.", null=True),
        sd=_number("Standard deviation of the paired differences, or of the scores.", null=True),
        cross_checks=_list(check, "Other methods' intervals, for comparison only."),
        cautions=_list(_text(), "What the reader must know that is not an error."),
    )
    found["properties"]["bounds"] = {**bounds, "description": "Where answers are missing: both ways of filling them in."}
    found["properties"]["missing_ids"] = _list(_text(), "Where answers are missing: the first examples without a score.")
    found["properties"]["judge"] = _judge()
    return found


def _judge() -> Schema:
    alone = _table(value=_number(null=True), low=_number(), high=_number())
    found = _table(
        calibration=_one_of(Calibration, "What the estimate rests on; judge-only decides nothing."),
        n_human=_count("Examples that people labelled."),
        judge_only={**alone, "description": "What the judge alone says; it decides nothing."},
    )
    return {**found, "description": "Where a judge marked the answers."}


def _lock() -> Schema:
    status = LockState.__annotations__["status"]
    return _table(
        status=_one_of(status, "How the experiment stands to what was registered."),
        digest=_text("Digest of the lock file's content.", null=True),
        locked_at=_text("Time of registration, ISO 8601 UTC.", null=True),
        changed=_list(_text(), "What differs, one entry a key."),
    )


def _table(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": True}


def _typed(kind: str, told: str, null: bool) -> Schema:
    return {"type": [kind, "null"] if null else kind, **({"description": told} if told else {})}


def _text(told: str = "", *, null: bool = False) -> Schema:
    return _typed("string", told, null)


def _number(told: str = "", *, null: bool = False) -> Schema:
    return _typed("number", told, null)


def _share(told: str = "", *, null: bool = False) -> Schema:
    return {**_typed("number", told, null), "minimum": 0, "maximum": 1}


def _count(told: str = "", *, null: bool = False) -> Schema:
    return {**_typed("integer", told, null), "minimum": 0}


def _list(items: Schema, told: str) -> Schema:
    return {"type": "array", "items": items, "description": told}


def _one_of(literal: Any, told: str = "") -> Schema:
    return {"enum": list(get_args(literal)), **({"description": told} if told else {})}
