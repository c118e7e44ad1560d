"""Which rows must be scored exactly, given float32 keys with bounds on their errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cbir.metrics.base import Float64

GROUP = 64
"""Keys that are represented by their smallest when the k-th is looked for."""


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
    kth = _kth_smallest(keys, k)
    nearest = keys <= kth
    with np.errstate(invalid="ignore"):
        limit = (keys[nearest] + errors[nearest]).max(initial=-np.inf)
        if not np.isfinite(limit):
            limit = _limit_of_known(keys, errors, k)
        return np.flatnonzero(~(keys - errors > limit))


def _kth_smallest(keys: NDArray[np.float32], k: int) -> np.float32:
    """The k-th smallest key, NaN coming last.

    At least k keys are no larger than the k-th smallest of the minima of groups, so the others need not be sorted.
    """
    groups = len(keys) // GROUP
    if groups > 2 * k:
        minima = keys[: groups * GROUP].reshape(groups, GROUP).min(axis=1)
        near = keys[keys <= np.partition(minima, k - 1)[k - 1]]
        keys = near if len(near) else keys
    return np.float32(np.partition(keys, k - 1)[k - 1])


def _limit_of_known(keys: NDArray[np.float32], errors: Float64, k: int) -> np.float64:
    """Where the k-th best row ends at the latest, by the rows of which something is known; infinite without k."""
    known = np.isfinite(keys) & np.isfinite(errors)
    ends = np.sort(keys[known] + errors[known])
    return np.float64(ends[k - 1]) if len(ends) >= k else np.float64(np.inf)
