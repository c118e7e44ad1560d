"""Whole rankings of a matrix, exact: in the order of float64 scores, ties by position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cbir.ingest.pipeline import work_ahead
from cbir.metrics.base import Float64, Metric
from cbir.metrics.parallel import available_cores, scan_rows
from cbir.records import Matrix, Scores, Vector

KEYS_AT_ONCE = 1 << 22
"""Queries are run together as long as their keys take no more than this (16 MB)."""


class UndefinedScoreError(ArithmeticError):
    """A metric gave NaN for one of the pairs."""


def rankings(metric: Metric, gallery: Matrix, queries: Sequence[int]) -> Iterator[NDArray[np.intp]]:
    """For each query, a row of the gallery, all rows (N,) by position, best first.

    The metric's float32 scan settles the order as far as its error bounds go; the rows that are closer together
    than that are scored by the formula in float64. So the order is that of the float64 scores.

    Raises:
        UndefinedScoreError: a score is NaN.
    """
    cores = available_cores()
    together = max(1, KEYS_AT_ONCE // len(gallery))
    for start in range(0, len(queries), together):
        rows = gallery[np.asarray(queries[start : start + together])]
        scan = metric.scan_many(rows)
        keys = np.empty((len(rows), len(gallery)), np.float32)
        scan_rows(scan, [gallery], keys)
        work = zip(rows, keys, scan.error(keys), strict=True)
        yield from work_ahead(work, partial(_settled, metric, gallery), window=2 * cores, workers=cores)


def _settled(metric: Metric, gallery: Matrix, query: tuple[Vector, Vector, Float64]) -> NDArray[np.intp]:
    """`exact_order` of a query, its keys and their errors."""
    return exact_order(metric, query[0], gallery, query[1], query[2])


def exact_order(
    metric: Metric, query: Vector, gallery: Matrix, keys: NDArray[np.float32], errors: Float64
) -> NDArray[np.intp]:
    """Rows by float64 score, best first, ties by position, from keys (N,) that may be off by ``errors`` (N,)."""
    group = doubtful_groups(keys, errors)
    doubtful = np.flatnonzero(np.bincount(group)[group] > 1)
    scores: Scores = np.zeros(len(gallery))
    if len(doubtful):
        found = metric.score(query, gallery[doubtful])
        if np.isnan(found).any():
            raise UndefinedScoreError
        scores[doubtful] = metric.best_first(found)
    return np.lexsort((np.arange(len(gallery)), scores, group))


def doubtful_groups(keys: NDArray[np.float32], errors: Float64) -> NDArray[np.intp]:
    """For each row the number of its group: groups lie apart beyond doubt, in ascending order of their keys.

    Within a group, every interval ``key ± error`` overlaps another one, directly or in a chain. A key that is not
    finite says nothing, so it puts all rows into one group.
    """
    known = np.isfinite(keys) & np.isfinite(errors)
    centre, doubt = np.where(known, keys, 0.0), np.where(known, errors, np.inf)
    low, high = centre - doubt, centre + doubt
    by_low = np.argsort(low, kind="stable")
    reach = np.maximum.accumulate(high[by_low])
    apart = low[by_low][1:] > reach[:-1]
    group = np.empty(len(keys), np.intp)
    group[by_low] = np.concatenate(([0], np.cumsum(apart)))
    return group
