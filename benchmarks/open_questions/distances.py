"""All pairs of a set compared, as sort keys: smaller is closer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cbir.ingest.pipeline import work_ahead
from cbir.metrics import METRICS
from cbir.metrics.scans import read_only

Keys = NDArray[np.float32]
QUERIES_TOGETHER = 64


def pairs(metric: str, descriptors: NDArray[np.float32]) -> Keys:
    """(N, N) keys of a metric of the product, by its own kernels."""
    rows = read_only(descriptors)
    chosen = METRICS.get(metric)

    def some(start: int) -> Keys:
        queries = rows[start : start + QUERIES_TOGETHER]
        keys = np.empty((len(queries), len(rows)), np.float32)
        chosen.scan_many(queries)(rows, keys)
        return keys

    return np.concatenate(list(work_ahead(range(0, len(rows), QUERIES_TOGETHER), some, window=4)))


def unit(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rows (N, D) of length one; a row of zeros stays zero."""
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)


def cosine(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, N) negated cosines."""
    scaled = unit(rows)
    return -(scaled @ scaled.T)


def hellinger(histograms: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, N) negated cosines of the roots: the Bhattacharyya coefficient of histograms with equal sums."""
    return cosine(np.sqrt(histograms.astype(np.float64)))
