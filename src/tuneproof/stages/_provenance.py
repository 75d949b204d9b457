"""Where the numbers come from: digests, versions, endpoints, times, and the commands that repeat them."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from tuneproof.core.report import Dossier
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._tables import Table
from tuneproof.stages._user_text import cut, short

_DEEPEST = 4
"""Below this the manifest is shown as JSON; keys longer than that help nobody."""


def evalsets_table(dossier: Dossier, allowance: Allowance) -> Table:
    """Return what each evalset is."""
    rows = [
        (
            short(evalset.name),
            evalset.role,
            numerals.whole(evalset.n),
            numerals.whole(evalset.n_clusters) if evalset.n_clusters != evalset.n else "independent",
            short(", ".join(f"{name} ({count:,})" for name, count in evalset.slices.items()), 300) or "none",
            short(evalset.path, 200),
            evalset.digest or numerals.UNKNOWN,
        )
        for evalset in allowance.some(dossier.evalsets)
    ]
    columns = ("evalset", "role", "examples", "clusters", "slices", "file", "digest")
    return Table(caption="Evalsets", columns=columns, rows=tuple(rows), hidden=allowance.hidden(dossier.evalsets))


def facts_table(dossier: Dossier, allowance: Allowance) -> Table:
    """Return what the run was, key by key: what the dossier says first, then the whole manifest."""
    judgement = dossier.judgement
    rows = [
        ("experiment", short(dossier.experiment)),
        ("run", short(dossier.run_id)),
        ("started", short(dossier.created_at)),
        ("alpha, one-sided, each criterion", numerals.score(dossier.alpha)),
    ]
    if judgement is not None:
        rows.append(("lock", judgement.lock.status))
        rows.append(("lock digest", judgement.lock.digest or "no lock"))
        rows.append(("signature", cut(judgement.signature, 2000)))
    rows.extend((short(key, 160), short(text, 500)) for key, text in _flat(dossier.manifest, "", 0))
    return Table(caption="Run", columns=("key", "value"), rows=allowance.some(rows), hidden=allowance.hidden(rows))


def commands(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    """Return the commands that repeat the numbers, each with what it does."""
    run = shlex.quote(short(dossier.run_id, 200))
    asked = dossier.manifest.get("command")
    again = [(cut(asked, 600), "the command of this run")] if isinstance(asked, str) else []
    return (
        *again,
        (f"tuneproof decide {run}", "decides again from the stored scores; calls nothing"),
        (f"tuneproof grade {run}", "marks the stored answers again, then decides; calls no system under test"),
    )


def _flat(value: Mapping[str, Any], path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield the manifest as dotted keys and texts."""
    for key, held in value.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(held, Mapping) and held and depth < _DEEPEST:
            yield from _flat(held, name, depth + 1)
        elif isinstance(held, str):
            yield name, held
        elif held is None:
            yield name, numerals.UNKNOWN
        else:
            yield name, json.dumps(held, ensure_ascii=False, default=str)
