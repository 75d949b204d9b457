"""Names for the array types that the signatures of this room use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
"""float64 array; its docstring names the axes."""

IntArray = NDArray[np.int64]
"""int64 array; its docstring names the axes."""

BoolArray = NDArray[np.bool_]
"""bool array; its docstring names the axes."""

Bounds = tuple[FloatArray, FloatArray]
"""(low, high), each float64[examples]: what an example's score is at least and at most; equal where nothing is missing."""

Interval = tuple[float, float]
"""(low, high), low ≤ high."""


def n_distinct(values: IntArray) -> int:
    """Number of different values of int64[n]; by sorting, because hashing takes 50 times as long where nearly all differ."""
    ordered = np.sort(values)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + int(values.size > 0)
