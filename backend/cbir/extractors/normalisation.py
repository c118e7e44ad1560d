"""Scaling of descriptors that extractors share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbir.records import Matrix


def l2_normalised(rows: NDArray[np.floating[Any]]) -> Matrix:
    """Each row (N, D) divided by its Euclidean length, worked out in float64; a row of zeros stays zero."""
    scaled = np.empty(rows.shape, np.float32)
    for row, target in zip(rows, scaled, strict=True):
        length = float(np.linalg.norm(row.astype(np.float64)))
        np.divide(row, length or 1.0, out=target, casting="same_kind")
    return scaled
