"""New files are written all, or none."""

from pathlib import Path

import pytest

from tuneproof.core.errors import InputError
from tuneproof.store.new_files import write_new

CONTENTS = {"a.txt": b"a", "deep/b.txt": b"b"}


def test_files_are_written_with_their_folders(tmp_path: Path) -> None:
    """As given, in a folder that was not there."""
    written = write_new(tmp_path / "new", CONTENTS, "go elsewhere")
    assert [path.relative_to(tmp_path / "new").as_posix() for path in written] == list(CONTENTS)
    assert [path.read_bytes() for path in written] == list(CONTENTS.values())


def test_one_that_is_there_stops_all(tmp_path: Path) -> None:
    """A link that leads nowhere is one as well; the hint says what to do."""
    (tmp_path / "a.txt").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"files are there already: a\.txt; go elsewhere"):
        write_new(tmp_path, CONTENTS, "go elsewhere")
    assert not (tmp_path / "deep").exists()
