"""What tests of whole runs share: a workspace built from who answers what, and the real data where they are at hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tuneproof.pipeline.walk import Options, Outcome, run

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data; tests that need it are skipped where it is missing."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real data are missing: no folder {folder}")
    return folder


@dataclass
class Lab:
    """A workspace in a temporary folder whose systems answer from records."""

    folder: Path
    """Where it is."""
    settings: dict[str, Any] = field(default_factory=lambda: {"name": "lab"})
    """The `[experiment]` table."""
    tables: dict[str, Any] = field(default_factory=dict)
    """All other tables, written as TOML."""

    @property
    def file(self) -> Path:
        """The experiment file."""
        return self.folder / "experiment.toml"

    def evalset(self, name: str, n: int, role: str = "target", **columns: Sequence[Any]) -> None:
        """Write an evalset of n examples that all expect `yes`; columns add fields to the rows."""
        asked = "trial question" if role == "selection" else "question"  # what chooses a checkpoint is no part of the holdout
        rows = [{"id": str(i), "input": f"{asked} {i}", "expected": "yes"} for i in range(n)]
        for key, values in columns.items():
            rows = [row | {key: value} for row, value in zip(rows, values, strict=True)]
        self.write_rows(f"{name}.jsonl", rows)
        self.table("evalsets", name, path=f"{name}.jsonl", role=role, graders=["label"])
        self.tables.setdefault("graders", {}).setdefault("label", {"kind": "exact_match"})

    def system(self, name: str, role: str, answers: Mapping[str, Sequence[Any]], **more: Any) -> None:
        """Write a system's answers, by evalset: True is right, False is wrong, None is missing, a text is itself."""
        texts = {True: "yes", False: "no"}
        rows = [
            {"evalset": evalset, "id": str(i), "output": texts.get(held, held)}
            for evalset, values in answers.items()
            for i, held in enumerate(values)
            if held is not None
        ]
        self.write_rows(f"{name}.out.jsonl", rows)
        self.table("providers", f"{name}-recorded", kind="replay", path=f"{name}.out.jsonl")
        self.table("systems", name, role=role, provider=f"{name}-recorded", **more)

    def criterion(self, kind: str, **keys: Any) -> None:
        """Register a criterion."""
        self.tables.setdefault("criteria", []).append({"name": keys.pop("name", kind), "kind": kind, **keys})

    def table(self, room: str, name: str, **keys: Any) -> None:
        """Add a table."""
        self.tables.setdefault(room, {})[name] = keys

    def write_rows(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a JSONL file."""
        (self.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def write(self) -> Path:
        """Write the experiment file."""
        self.file.write_text(toml({"experiment": self.settings, **self.tables}), encoding="utf-8")
        return self.file

    def run(self, **options: Any) -> Outcome:
        """Write the experiment file and run it."""
        return run(self.write(), Options(**options))

    def verdict(self, **options: Any) -> dict[str, Any]:
        """Run, and return what verdict.json says."""
        held: dict[str, Any] = json.loads((self.run(**options).folder / "verdict.json").read_text("utf-8"))
        return held


def toml(document: Mapping[str, Any]) -> str:
    """Return a document as TOML: JSON values are TOML values but for tables, which become inline ones."""
    lines = []
    for head, tables in document.items():
        if isinstance(tables, list):
            lines += [f"[[{head}]]\n" + _body(table) for table in tables]
        elif all(isinstance(held, Mapping) for held in tables.values()):
            lines += [f"[{head}.{json.dumps(name)}]\n" + _body(table) for name, table in tables.items()]
        else:
            lines.append(f"[{head}]\n" + _body(tables))
    return "\n".join(lines)


def _body(table: Mapping[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {_value(held)}\n" for key, held in table.items())


def _value(held: Any) -> str:
    if isinstance(held, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_value(value)}" for key, value in held.items()) + " }"
    if isinstance(held, list):
        return "[" + ", ".join(_value(value) for value in held) + "]"
    return json.dumps(held)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return an empty workspace."""
    return Lab(tmp_path)
