"""Start-up: what a user waits for before the first word. No timing, only what is imported."""

import subprocess
import sys

import pytest

HEAVY = ("pandas", "sklearn", "scipy", "numpy", "openai", "pydantic", "rich", "jinja2", "jsonschema_rs", "orjson", "sqlite3")
COMMANDS = (
    ("--help",),
    ("--version",),
    ("run", "--help"),
    ("check", "--help"),
    ("evalset", "generate", "--help"),
    ("judge", "--help"),
)


def loaded(code: str) -> set[str]:
    """Return the heavy packages that are loaded after some code ran in a fresh process."""
    names = ", ".join(repr(name) for name in HEAVY)
    told = f"import sys\n{code}\nsys.stderr.write(' '.join(name for name in ({names},) if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """The command line imports what a command needs when the command runs."""
    assert loaded(f"from tuneproof.cli import cli; cli.main({list(arguments)!r}, standalone_mode=False)") == set()


def test_the_package_itself_imports_nothing_heavy() -> None:
    """`import tuneproof` is free; its functions load what they need."""
    assert loaded("import tuneproof") == set()


def test_the_vocabulary_imports_nothing_heavy() -> None:
    """Floor 0 can be used by anything."""
    names = "completion digest errors estimate example experiment protocols report requirement row score system verdict"
    code = "; ".join(f"import tuneproof.core.{name}" for name in names.split())
    assert loaded(code) == set()


def test_init_imports_nothing_heavy() -> None:
    """Writing files needs no numbers."""
    assert loaded("import tuneproof.workspace") == set()
