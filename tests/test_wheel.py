"""The wheel: what an installed package must bring that is not Python, and that it runs outside the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("tuneproof-*.whl"))


def test_the_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    """Templates, the workspace and the type marker as well as the modules."""
    held = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "src"
    files = [path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    wanted = {path.relative_to(source).as_posix() for path in files if ".egg-info" not in path.as_posix()}
    assert wanted - held == set()
    assert {"tuneproof/py.typed", "tuneproof/templates/report.html.j2", "tuneproof/workspace/files/experiment.toml"} <= held


def test_the_wheel_says_its_licence_and_command(wheel: Path) -> None:
    """The licence text is inside, and the console script is there."""
    archive = zipfile.ZipFile(wheel)
    names = archive.namelist()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    entry = next(name for name in names if name.endswith("entry_points.txt"))
    assert "tuneproof = tuneproof.__main__:main" in archive.read(entry).decode()


def test_the_wheel_brings_no_tests_or_data_of_the_checkout(wheel: Path) -> None:
    """Nothing but the package and its metadata."""
    roots = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {root for root in roots if not root.startswith("tuneproof")} == set()


def test_an_unpacked_wheel_runs_the_workspace_it_writes(wheel: Path, tmp_path: Path) -> None:
    """Without the checkout on the path: `init`, then `run`, ends in GO."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); from tuneproof.__main__ import main; main()"

    def tuneproof(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True)

    assert tuneproof("init", "mine").returncode == 0
    done = tuneproof("run", "mine/experiment.toml")
    assert (done.returncode, done.stdout.splitlines()[-1][:3]) == (0, "GO:")
    assert tuneproof("evalset", "copy", "brand-voice").returncode == 0
    assert (tmp_path / "evalsets" / "brand-voice" / "examples.jsonl").is_file()
