"""Which rows must be scored exactly, given float32 keys with bounds on their errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cbir.metrics.base import Float64


def contenders(keys: NDArray[np.float32], errors: Float64, k: int) -> NDArray[np.intp]:
    """Positions, ascending, of every row that can be among the k best.

    A row is left out only if at least k others are closer beyond doubt: their keys plus errors lie below its key
    minus its error. A key that is not finite has an infinite error, so its row is always kept.

    Args:
        keys: float32 keys (N,), smaller is closer.
        errors: a bound on each key's error (N,).
        k: at least 1.
    """
    if k >= len(keys):
        return np.arange(len(keys))
    known = np.isfinite(keys) & np.isfinite(errors)
    centre = np.where(known, keys, 0.0).astype(np.float64)
    doubt = np.where(known, errors, np.inf)
    limit = np.partition(centre + doubt, k - 1)[k - 1]
    return np.flatnonzero(centre - doubt <= limit)
