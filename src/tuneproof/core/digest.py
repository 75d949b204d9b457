"""Digests: what makes two questions, evalsets or locks the same.

One canonical form (JSON, sorted keys, no spaces, UTF-8) and one hash (SHA-256), so that a digest can be checked by hand with
any other tool.
"""

import hashlib
import json
from collections.abc import Iterable


def canonical_json(value: object) -> str:
    """Return the canonical JSON text of a JSON value: sorted keys, no spaces, shortest form of floats.

    Raises:
        ValueError: for NaN and infinities, which have no JSON form.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of `value`, as 64 hexadecimal characters."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def digest_of_digests(digests: Iterable[str]) -> str:
    """Return one digest for a collection of digests, whatever their order."""
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
