"""`tuneproof evalset generate`: an evalset folder drawn from a seed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.core.digest import digest_of_digests
from tuneproof.core.errors import InputError, Problem, unknown_name
from tuneproof.core.generating import Generator
from tuneproof.core.row import example_from_row
from tuneproof.plugins import kinds, plugin_class
from tuneproof.store.new_files import write_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An evalset that was written."""

    written: tuple[Path, ...]
    """Its files."""
    n: int
    """Number of examples."""
    slices: tuple[str, ...]
    """Names of its slices."""
    digest: str
    """Content digest, as evalset.toml declares it."""


def generate(name: str, seed: int, n_per_slice: int | None = None, folder: Path | None = None) -> Drawn:
    """Draw an evalset and write its folder.

    Args:
        name: The generator, as users write it: `general-nano`.
        seed: Of every draw.
        n_per_slice: Examples of a slice; None: as many as the generator proposes.
        folder: Where; None: `evalsets/<name>-<seed>`.

    Raises:
        InputError: for a name that no generator has, numbers out of range, and files that are there already.
    """
    generator = _generator(name)
    count = generator.n_per_slice if n_per_slice is None else n_per_slice
    rows = generator.rows(seed, count)
    digest = digest_of_digests(example_from_row(row, line).content_digest() for line, row in enumerate(rows, 1))
    command = f"tuneproof evalset generate {name} --seed {seed} --n-per-slice {count}"
    contents = {
        "evalset.toml": _header(generator, command, digest),
        "examples.jsonl": _as_jsonl(rows),
        "README.md": _readme(generator, f"{name}, seed {seed}", command, len(rows)),
    }
    written = write_new(
        folder or Path("evalsets", f"{name}-{seed}"),
        {file: text.encode("utf-8") for file, text in contents.items()},
        "give another folder with --output",
    )
    return Drawn(written=tuple(written), n=len(rows), slices=generator.slices, digest=digest)


def _generator(name: str) -> Generator:
    known = [kind.replace("_", "-") for kind in kinds("generators")]
    if name not in known:
        what, expected = unknown_name("generator", name, known)
        raise InputError(Problem(where="evalset generate", what=what, expected=expected))
    found: Generator = plugin_class("generators", name.replace("-", "_"))()
    return found


def _header(generator: Generator, command: str, digest: str) -> str:
    """Return evalset.toml; the generator's lines end in tables and so come last."""
    facts = {"origin": f"written by a seeded generator: {command}", "licence": "Apache-2.0", "digest": f"sha256:{digest}"}
    return "".join(f'{key} = "{value}"\n' for key, value in facts.items()) + generator.header


def _as_jsonl(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def _readme(generator: Generator, title: str, command: str, n: int) -> str:
    drawn = f"{n} examples in {len(generator.slices)} slices, drawn by\n\n```console\n$ {command}\n```\n"
    return f"# {title}\n\n{drawn}\n{generator.about()}"
