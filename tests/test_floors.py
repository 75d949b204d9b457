"""Floors: a module imports from lower floors or its own room, nothing goes in circles, nothing imports the package root."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = "tuneproof"
SOURCE = Path(__file__).parents[1] / "src" / PACKAGE

FLOORS: dict[str, int] = {
    "core": 0,
    "stats": 1,
    "spec": 1,
    "plugins": 2,
    "formats": 2,
    "generators": 2,
    "providers": 2,
    "graders": 2,
    "criteria": 2,
    "store": 2,
    "stages": 3,
    "pipeline": 4,
    "workspace": 4,
    "cli": 5,
    "api": 5,
    "cli_compare": 5,
    "cli_evalset": 5,
    "cli_judge": 5,
    "cli_options": 5,
    "cli_release": 5,
    "cli_verdict": 5,
    "cli_plan": 5,
    "cli_watch": 5,
    "progress": 5,
    "terminal": 5,
    "terminal_compare": 5,
    "terminal_evalset": 5,
    "terminal_forecast": 5,
    "terminal_judges": 5,
    "terminal_regress": 5,
    "terminal_plain": 5,
    "terminal_plan": 5,
    "terminal_time": 5,
    "terminal_watch": 5,
    "__main__": 6,
    "__init__": 6,
}
"""Room (a folder or a module of the package) to its floor."""
INTERFACE = 5
LOOKED_UP = ("formats", "generators", "providers", "graders", "criteria")
"""Rooms whose modules `plugins` finds by name."""


def modules() -> list[Path]:
    """Return every module of the package."""
    return sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(name: str) -> str:
    """Return the room of a module: the part after the package's name."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


@cache
def imports_of(path: Path) -> tuple[tuple[str, int], ...]:
    """Return (module, line) of every import of the package's own modules, local and TYPE_CHECKING ones included."""
    return tuple(_imports(ast.parse(path.read_text("utf-8")), path))


def _imports(tree: ast.AST, path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if alias.name.split(".")[0] == PACKAGE)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are written in full"
            if node.module and node.module.split(".")[0] == PACKAGE:
                yield from ((_resolved(node.module, alias.name), node.lineno) for alias in node.names)


def _resolved(module: str, name: str) -> str:
    """Return the module that `from module import name` imports: `module.name` where that is one itself."""
    inner = SOURCE.parent.joinpath(*module.split("."), name)
    return f"{module}.{name}" if inner.with_suffix(".py").is_file() or (inner / "__init__.py").is_file() else module


def test_every_room_has_a_floor() -> None:
    """A new room must say where it stands."""
    assert {room_of(name_of(path)) for path in modules()} - set(FLOORS) == set()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_from_lower_floors_or_its_own_room(path: Path) -> None:
    """Rooms on one floor do not know each other."""
    own = room_of(name_of(path))
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {name}"
        for name, line in imports_of(path)
        if name != PACKAGE and not _may_import(own, room_of(name))
    ]
    assert wrong == []


def _may_import(own: str, other: str) -> bool:
    """Tell whether one room may import from another. The command line, its printing and the Python interface are one room."""
    return own == other or FLOORS[other] < FLOORS[own] or FLOORS[other] == FLOORS[own] == INTERFACE


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_nothing_imports_the_package_root_but_for_its_version(path: Path) -> None:
    """The root imports the interface; an import back would go in circles."""
    tree = ast.parse(path.read_text("utf-8"))
    names = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE
        for alias in node.names
        if _resolved(PACKAGE, alias.name) == PACKAGE
    ]
    names += [
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names if alias.name == PACKAGE
    ]
    assert set(names) <= {"__version__"}


def test_imports_never_go_in_circles() -> None:
    """Local imports and TYPE_CHECKING ones count: a circle that is hidden is still one."""
    graph = {name_of(path): {name for name, _ in imports_of(path) if name != PACKAGE} for path in modules()}
    assert _circle(graph) == []


def _circle(graph: dict[str, set[str]]) -> list[str]:
    """Return one circle of a graph; an empty list where there is none."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for other in sorted(graph.get(name, ())):
            if found := walk(other, [*way, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := walk(name, []))), [])


def test_a_circle_would_be_found() -> None:
    """The search itself works."""
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert _circle({"a": {"b", "c"}, "b": {"c"}}) == []


def test_plugins_are_looked_up_and_not_imported() -> None:
    """A module of a plug-in is imported only when an experiment names it."""
    assert [name for name, _ in imports_of(SOURCE / "plugins.py") if room_of(name) in LOOKED_UP] == []


@pytest.mark.parametrize("path", [path for path in modules() if room_of(name_of(path)) == "core"], ids=name_of)
def test_the_vocabulary_does_no_input_output_and_knows_no_numpy(path: Path) -> None:
    """Floor 0 is words: plain Python, no files, no arrays, no pydantic."""
    banned = {"numpy", "scipy", "pandas", "pydantic", "openai", "sklearn", "sqlite3", "subprocess", "socket", "shutil"}
    tree = ast.parse(path.read_text("utf-8"))
    roots = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    roots |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert roots & banned == set()
