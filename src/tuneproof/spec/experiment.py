"""Reads an experiment file into frozen values, and reports everything that is wrong with it at once."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tuneproof.core.checkpoints import CheckpointSource
from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.core.experiment import EvalsetSpec, Experiment, PluginSpec, Rules
from tuneproof.core.system import Context, FewShot, Prompt, System, Template
from tuneproof.spec.document import (
    EvalsetFileTable,
    EvalsetTable,
    ExperimentDocument,
    FolderSource,
    InlineFile,
    JobSource,
    PromptTable,
    SystemTable,
)
from tuneproof.spec.evalset_file import merged, read_evalset_file
from tuneproof.spec.wording import problems_of, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What could be made of an experiment file, and what is wrong with it."""

    experiment: Experiment | None
    """None where the file's own shape is wrong."""
    problems: tuple[Problem, ...]
    """In file order."""
    plugins: Mapping[str, tuple[PluginSpec, ...]]
    """`graders`, `providers`, `criteria`: whatever could be read of them, so that their problems are reported together."""


def read(path: Path) -> Draft:
    """Read an experiment file (TOML), its prompt files and the evalset.toml of its evalset folders.

    Raises:
        InputError: when the file cannot be read or is not TOML.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text)
    except FileNotFoundError:
        raise InputError(Problem(where=str(path), what="no such file", expected="an experiment file")) from None
    except IsADirectoryError:
        hint = f"did you mean {path / 'experiment.toml'}?"
        raise InputError(Problem(where=str(path), what="is a folder", expected="an experiment file", hint=hint)) from None
    except OSError as error:
        raise InputError(Problem(where=str(path), what=error.strerror or "cannot be read")) from None
    except UnicodeDecodeError as error:
        raise InputError(Problem(where=str(path), what=f"byte {error.start} is not UTF-8")) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem(where=str(path), what=f"is not TOML: {error}")) from None
    return interpret(raw, folder=path.parent, file=str(path))


def interpret(raw: Mapping[str, Any], *, folder: Path, file: str) -> Draft:
    """Turn the raw tables of an experiment into values.

    Args:
        raw: The tables as TOML or JSON gave them.
        folder: Where relative paths start.
        file: The file as the user wrote it, for messages.
    """
    raw = json_like(raw)
    reader = _Reader(folder, file)
    try:
        document = ExperimentDocument.model_validate(raw)
    except ValidationError as error:
        found = [*problems_of(error, file, "", ExperimentDocument), *reader.unknown_providers(raw)]
        return Draft(experiment=None, problems=tuple(found), plugins=reader.plugins(raw))
    experiment = reader.experiment(document, raw)
    return Draft(experiment=experiment, problems=tuple(reader.problems), plugins=reader.plugins(experiment.document))


def json_like(value: Any) -> Any:
    """Return TOML values as JSON values: dates and times become their text."""
    return json.loads(json.dumps(value, default=str))


class _Reader:
    """One reading: collects problems on the way instead of stopping at the first."""

    def __init__(self, folder: Path, file: str) -> None:
        self.folder, self.file = folder, file
        self.problems: list[Problem] = []

    def experiment(self, document: ExperimentDocument, raw: Mapping[str, Any]) -> Experiment:
        evalsets, graders, resolved = self._evalsets(document)
        systems = tuple(self._system(name, table) for name, table in document.systems.items())
        self._check_systems(systems, document.providers)
        head = document.experiment
        if head.futility and head.sequential is None:
            self._wrong("experiment.futility", "true without looks", 'sequential = "obf5" beside it')
        full = {**raw, "evalsets": resolved, "graders": graders, "systems": self._resolved_systems(raw, systems)}
        specs = self.plugins(full)
        return Experiment(
            name=head.name,
            hypothesis=head.hypothesis,
            seed=head.seed,
            alpha=head.alpha,
            registered_alpha=head.alpha,
            expected_lift=head.expected_lift,
            expected_discordance=head.expected_discordance,
            rules=_rules(document),
            evalsets=evalsets,
            graders={spec.name: spec for spec in specs["graders"]},
            providers={spec.name: spec for spec in specs["providers"]},
            systems=systems,
            criteria=specs["criteria"],
            document=full,
        )

    # -- evalsets ------------------------------------------------------------------------------------------------------------

    def _evalsets(self, document: ExperimentDocument) -> tuple[tuple[EvalsetSpec, ...], dict[str, Any], dict[str, Any]]:
        graders = {name: dict(table) for name, table in document.graders.items()}
        specs, resolved = [], {}
        for name, table in document.evalsets.items():
            where = f"{self.file}: evalsets.{name}"
            data, header, problems = read_evalset_file(self.folder / Path(table.path).expanduser(), where)
            self.problems += problems
            self._merge_graders(graders, header, where)
            whole = merged(table, header)
            specs.append(self._evalset(name, str(data), whole, header))
            resolved[name] = whole.model_dump(mode="json", exclude_none=True)
        self._check_grader_names(specs, graders)
        return tuple(specs), graders, resolved

    def _evalset(self, name: str, data: str, table: EvalsetTable, header: EvalsetFileTable) -> EvalsetSpec:
        return EvalsetSpec(
            name=name,
            path=data,
            role=table.role or "target",
            labels=None if table.labels is None else tuple(table.labels),
            graders=tuple(table.graders or ()),
            slice_graders={part: held.grader for part, held in table.slices.items()},
            prompt=None if table.prompt is None else self._prompt(table.prompt, f"evalsets.{name}.prompt"),
            declared_digest=header.digest,
            origin=header.origin,
            licence=header.licence,
        )

    def _merge_graders(self, graders: dict[str, Any], header: EvalsetFileTable, where: str) -> None:
        if isinstance(header.graders, list):
            return
        for name, table in header.graders.items():
            if graders.setdefault(name, table) != table:
                what = f"grader {name!r} is defined differently in evalset.toml and elsewhere"
                self.problems.append(Problem(where=where, what=what, expected="one definition", hint="rename one of them"))

    def _check_grader_names(self, specs: Iterable[EvalsetSpec], graders: Mapping[str, Any]) -> None:
        for spec in specs:
            for name in (*spec.graders, *spec.slice_graders.values()):
                if name not in graders:
                    what, expected = unknown_name("grader", name, list(graders))
                    self._wrong(f"evalsets.{spec.name}.graders", what, expected)

    # -- systems -------------------------------------------------------------------------------------------------------------

    def _system(self, name: str, table: SystemTable) -> System:
        if not name:
            self._wrong("systems", "a system needs a name", "any text")
        training = table.training.model_dump(exclude_none=True)
        for file in table.training.files:
            if not (self.folder / Path(file).expanduser()).is_file():
                self._wrong(f"systems.{name}.training.files", f"no such file: {shown(file)}")
        return System(
            name=name,
            role=table.role,
            provider=table.provider,
            model=table.model,
            prompt=self._prompt(table.prompt, f"systems.{name}.prompt"),
            decoding=dict(table.decoding),
            repeats=table.repeats,
            checkpoints=self._checkpoints(name, table),
            training={key: held for key, held in training.items() if held},
        )

    def _checkpoints(self, name: str, table: SystemTable) -> CheckpointSource | None:
        held = table.checkpoints
        if held is None:
            return None
        if table.role != "candidate":
            self._wrong(f"systems.{name}.checkpoints", f"a {table.role} has no checkpoints", "checkpoints of a candidate")
        if table.model:
            self._wrong(f"systems.{name}.model", f"{shown(table.model)} stands beside checkpoints", "one of the two")
        if isinstance(held, FolderSource):
            return CheckpointSource(folder=self._at(held.folder))
        if isinstance(held, JobSource):
            return CheckpointSource(job=held.job)
        for model in sorted({model for model in held if held.count(model) > 1}):
            self._wrong(f"systems.{name}.checkpoints", f"{shown(model)} stands there twice", "each checkpoint once")
        return CheckpointSource(models=tuple(held))

    def _check_systems(self, systems: tuple[System, ...], providers: Mapping[str, Any]) -> None:
        asked = {system.name: {"provider": system.provider} for system in systems}
        self.problems += self.unknown_providers({"systems": asked, "providers": providers})
        for judge in (system for system in systems if system.role == "judge"):
            for other in (system for system in systems if system.role != "judge"):
                if (judge.provider, judge.model) == (other.provider, other.model):
                    what = f"the judge is also compared: {other.name!r} has the same provider and model {judge.model!r}"
                    self._wrong(f"systems.{judge.name}", what, "a model that is not compared")

    def unknown_providers(self, raw: Mapping[str, Any]) -> list[Problem]:
        """Return the systems whose provider is not defined, whatever else is wrong with the file."""
        known, found = list(_tables(raw.get("providers"))), []
        for name, table in _tables(raw.get("systems")).items():
            if isinstance(provider := table.get("provider"), str) and provider not in known:
                what, expected = unknown_name("provider", provider, known)
                found.append(Problem(where=f"{self.file}: systems.{name}.provider", what=what, expected=expected))
        return found

    def _resolved_systems(self, raw: Mapping[str, Any], systems: Iterable[System]) -> dict[str, Any]:
        """Return the system tables with prompt files replaced by their texts."""
        tables = {name: dict(table) for name, table in raw["systems"].items()}
        for system in systems:
            if written := tables[system.name].get("prompt"):
                texts = {"system": system.prompt.system, "user": system.prompt.user}
                tables[system.name]["prompt"] = written | {key: text.text for key, text in texts.items() if text}
        return tables

    # -- prompts -------------------------------------------------------------------------------------------------------------

    def _prompt(self, table: PromptTable, where: str) -> Prompt:
        shots, context = table.few_shot, table.context
        return Prompt(
            system=self._template(table.system, f"{where}.system"),
            user=self._template(table.user, f"{where}.user"),
            few_shot=FewShot(path=self._at(shots.path), k=shots.k, choose=shots.choose) if shots else None,
            context=Context(path=self._at(context.path), k=context.k) if context else None,
        )

    def _at(self, written: str) -> str:
        return str(self.folder / Path(written).expanduser())

    def _template(self, written: str | InlineFile | None, where: str) -> Template | None:
        if written is None or isinstance(written, str):
            return None if written is None else Template(text=written, where=f"{self.file}: {where}")
        path = self.folder / Path(written.file).expanduser()
        try:
            return Template(text=path.read_text("utf-8-sig"), where=str(path))
        except OSError as error:
            self._wrong(f"{where}.file", f"{shown(written.file)}: {error.strerror}", "a readable file")
        except UnicodeDecodeError as error:
            self._wrong(f"{where}.file", f"{shown(written.file)}: byte {error.start} is not UTF-8", "a text file")
        return None

    # -- plug-ins ------------------------------------------------------------------------------------------------------------

    def plugins(self, raw: Mapping[str, Any]) -> dict[str, tuple[PluginSpec, ...]]:
        """Return what can be read of the plug-in tables, whatever else is wrong with the file."""
        named = {room: _tables(raw.get(room)) for room in ("graders", "providers")}
        criteria = raw.get("criteria")
        rules = [table for table in criteria if isinstance(table, Mapping)] if isinstance(criteria, list) else []
        found: dict[str, tuple[PluginSpec, ...]] = {
            room: tuple(self._plugin(name, table, f"{room}.{name}") for name, table in tables.items())
            for room, tables in named.items()
        }
        found["criteria"] = tuple(
            self._plugin(str(table.get("name", "")), table, f"criteria[{index}]") for index, table in enumerate(rules)
        )
        return found

    def _plugin(self, name: str, table: Mapping[str, Any], where: str) -> PluginSpec:
        settings = {key: held for key, held in table.items() if key != "kind"}
        kind = table.get("kind", "")
        return PluginSpec(name=name, kind=kind if isinstance(kind, str) else "", settings=settings, where=where)

    def _wrong(self, key: str, what: str, expected: str = "") -> None:
        self.problems.append(Problem(where=f"{self.file}: {key}", what=what, expected=expected))


def _rules(document: ExperimentDocument) -> Rules:
    head = document.experiment
    return Rules(
        curtail=head.curtail,
        sequential=head.sequential,
        futility=head.futility,
        noise_floor=head.noise_floor,
        ledger_mode=document.ledger.mode,
        exposures=document.ledger.exposures,
        regression_margin=document.regression.margin,
    )


def _tables(held: Any) -> dict[str, Mapping[str, Any]]:
    return {name: table for name, table in held.items() if isinstance(table, Mapping)} if isinstance(held, Mapping) else {}
