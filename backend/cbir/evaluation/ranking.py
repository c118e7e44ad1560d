"""Whole rankings of a matrix, exact: in the order of float64 scores, ties by position.

Comparing every pair by the formula in float64 takes minutes for a thousand images. So each pair first gets an
interval in which its score surely lies, from something faster: a matrix product in float64 where the metric is one,
else its float32 scan. Only rows whose intervals overlap are scored by the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cbir.ingest.pipeline import work_ahead
from cbir.metrics.base import EachScan, Float64, Metric, Primitive, row_slices
from cbir.metrics.parallel import available_cores, scan_rows
from cbir.records import Matrix, Scores, Vector

Bounds = tuple[Float64, Float64]
"""Least and greatest sort key (smaller is closer) that each pair may have, each (N,) or (Q, N)."""

PAIRS_AT_ONCE = 1 << 21
"""Queries are run together as long as their pairs with the gallery are no more than this (100 MB in all)."""
TRANSFORMED_ELEMENTS = 1 << 22
"""Numbers of the gallery that are transformed at a time (32 MB)."""
UNIT_ROUNDOFF = 2.0**-53
"""u of float64: a rounded operation is off by at most u times its result."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The answer to one query."""

    order: NDArray[np.intp]
    """Positions of gallery images, best first; all of them, or the first that were asked for."""
    score: Callable[[NDArray[np.intp]], Scores]
    """The metric's native scores (n,), in float64, of n images of ``order``, named by their positions."""


class UndefinedScoreError(ArithmeticError):
    """A metric gave NaN for one of the pairs."""


def rankings(metric: Metric, gallery: Matrix, queries: Matrix) -> Iterator[NDArray[np.intp]]:
    """For each query (Q, D) all rows of the gallery (N, D) by position, shape (N,), best first.

    Raises:
        UndefinedScoreError: a score is NaN.
    """
    bounds = _product_bounds if metric.form.primitive is Primitive.DOT else _scan_bounds
    cores = available_cores()
    together = max(1, PAIRS_AT_ONCE // len(gallery))
    for start in range(0, len(queries), together):
        rows = queries[start : start + together]
        work = zip(rows, *bounds(metric, rows, gallery), strict=True)
        yield from work_ahead(work, partial(_settled, metric, gallery), window=2 * cores, workers=cores)


def ranked(metric: Metric, gallery: Matrix, queries: Matrix) -> Iterator[Ranked]:
    """As `rankings`, with the scores of what is asked for."""
    for query, order in zip(queries, rankings(metric, gallery, queries), strict=True):
        yield Ranked(order, partial(_scores, metric, gallery, query))


def _scores(metric: Metric, gallery: Matrix, query: Vector, positions: NDArray[np.intp]) -> Scores:
    return metric.score(query, gallery[positions])


def _settled(metric: Metric, gallery: Matrix, query: tuple[Vector, Float64, Float64]) -> NDArray[np.intp]:
    """Rows by float64 score, best first, ties by position, for a query with the bounds of its sort keys."""
    row, low, high = query
    group = doubtful_groups(low, high)
    doubtful = np.flatnonzero(np.bincount(group)[group] > 1)
    keys: Scores = np.zeros(len(gallery))
    if len(doubtful):
        scores = metric.score(row, gallery[doubtful])
        if np.isnan(scores).any():
            raise UndefinedScoreError
        keys[doubtful] = metric.best_first(scores)
    return np.lexsort((np.arange(len(gallery)), keys, group))


def doubtful_groups(low: Float64, high: Float64) -> NDArray[np.intp]:
    """For each row (N,) the number of its group: groups lie apart beyond doubt, numbered from the closest on.

    Within a group every interval from ``low`` to ``high`` meets another one, directly or in a chain.
    """
    by_low = np.argsort(low, kind="stable")
    reach = np.maximum.accumulate(high[by_low])
    apart = low[by_low][1:] > reach[:-1]
    group = np.empty(len(low), np.intp)
    group[by_low] = np.concatenate(([0], np.cumsum(apart)))
    return group


def _scan_bounds(metric: Metric, queries: Matrix, gallery: Matrix) -> Bounds:
    """From the scan of one query, which is closer to the truth than that of many."""
    scan = EachScan(tuple(metric.scan(query) for query in queries))
    keys = np.empty((len(queries), len(gallery)), np.float32)
    scan_rows(scan, [gallery], keys)
    return _around(keys.astype(np.float64), scan.error(keys))


def _product_bounds(metric: Metric, queries: Matrix, gallery: Matrix) -> Bounds:
    """From dot products of the metric's transforms.

    In whatever order its D terms are summed, a product x·y is off by at most D·u·Σ|xy| <= D·u·‖x‖‖y‖ (Higham,
    Accuracy and Stability of Numerical Algorithms, 3.5). Transforms and formula round as well, and the terms of the
    formula may be greater than those of the product (the logarithm of a quotient, say): hence eight times the bound,
    16 more terms, and 32√D more for ‖y‖. The rest of the metric keeps or reverses the order of the products, so that
    it takes the ends of an interval to the ends of an interval.
    """
    form, dims = metric.form, gallery.shape[1]
    asked = np.stack([form.query(query) for query in queries.astype(np.float64)])
    products, errors = np.empty((2, len(queries), len(gallery)))
    for rows in row_slices(*gallery.shape, elements=TRANSFORMED_ELEMENTS):
        known = form.gallery(gallery[rows].astype(np.float64))
        products[:, rows] = asked @ known.T
        errors[:, rows] = np.linalg.norm(known, axis=1) + 32 * np.sqrt(dims)
    errors *= 8 * (dims + 16) * UNIT_ROUNDOFF * np.linalg.norm(asked, axis=1)[:, None]
    low, high = _around(products, errors)
    for query, least, greatest in zip(queries.astype(np.float64), low, high, strict=True):
        ends = [metric.best_first(form.finish(end, query)) for end in (least, greatest)]
        least[:], greatest[:] = np.fmin(*ends), np.fmax(*ends)
    centre, half = (low + high) / 2, (high - low) / 2
    return _around(centre, half + 4 * UNIT_ROUNDOFF * np.abs(centre))


def _around(centre: Float64, error: Float64) -> Bounds:
    """Centre ± error; from -inf to inf where either says nothing."""
    known = np.isfinite(centre) & np.isfinite(error)
    centre, error = np.where(known, centre, 0.0), np.where(known, error, np.inf)
    return centre - error, centre + error
