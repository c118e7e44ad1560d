"""Scaling that neural extractors share: of images before the network, of descriptors after it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbir.records import RGB, Matrix


def square(image: RGB, side: int) -> RGB:
    """The whole image, nothing cropped, as (side, side, 3): each pixel the mean of the area that it covers."""
    import cv2

    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def l2_normalised(rows: NDArray[np.floating[Any]]) -> Matrix:
    """Each row (N, D) divided by its Euclidean length, worked out in float64; a row of zeros stays zero."""
    scaled = np.empty(rows.shape, np.float32)
    for row, target in zip(rows, scaled, strict=True):
        length = float(np.linalg.norm(row.astype(np.float64)))
        np.divide(row, length or 1.0, out=target, casting="same_kind")
    return scaled
