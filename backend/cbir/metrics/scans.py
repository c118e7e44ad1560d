"""Scans made of compiled kernels: what a metric's query was prepared into, and the bounds on its keys' errors.

The bounds follow Higham, Accuracy and Stability of Numerical Algorithms (2002), section 3.1: a sum of n float32
terms, in any order, is off by at most n·u·Σ|terms|, to first order in u = 2⁻²⁴. Each metric counts the roundings of
its kernel; one more u stands for everything done in float64, there and in the scores that the keys stand for (a
sum of D terms is off by D·2⁻⁵³, less than u for any D that fits in memory), and for terms of second order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbir.metrics.base import CACHED_ELEMENTS, Float64, key_error, row_slices
from cbir.records import Matrix, Vector

CHUNK_ROUNDINGS = 512
"""Roundings of a chunk's sum (`prefetching.CHUNK`)."""
QUERIES_AT_ONCE = 32
"""Queries that pass over a piece of the gallery while they and it stay in the second-level cache."""


@dataclass(frozen=True, slots=True)
class KernelScan:
    """One query against blocks of rows, by a compiled kernel."""

    run: Callable[[Matrix, Vector], None]
    """Writes the keys (n,) of a block (n, D)."""
    relative: float
    absolute: float

    def __call__(self, block: Matrix, keys: Vector) -> None:
        """Write the keys of ``block`` (n, D) to ``keys`` (n,)."""
        self.run(read_only(block), keys)

    def error(self, keys: NDArray[np.float32]) -> Float64:
        """relative·|key| + absolute."""
        return key_error(keys, relative=self.relative, absolute=self.absolute)


@dataclass(frozen=True, slots=True)
class TileScan:
    """Several queries against blocks of rows: each piece of a block is transformed once, then meets all queries."""

    queries: Matrix
    """Transformed (Q, D)."""
    sums: Callable[[Matrix, Matrix, Float64], None]
    """Writes the primitive (Q, n) of queries (Q, D) and rows (n, D)."""
    finish: Callable[[Float64, slice], Float64]
    """From the primitive's values (q, n), for that slice of the queries, to keys."""
    relative: float
    absolute: float
    transform: Callable[[Matrix, Matrix], None] | None = None
    """Writes transformed rows (n, D); None where the primitive takes them as they are."""

    def __call__(self, block: Matrix, keys: Matrix) -> None:
        """Write the keys of ``block`` (n, D) to ``keys`` (Q, n)."""
        pieces = list(row_slices(*block.shape, elements=CACHED_ELEMENTS))
        if not pieces:
            return
        transformed = np.empty_like(block[pieces[0]], subok=False) if self.transform else None
        for piece in pieces:
            rows = read_only(block[piece])
            if self.transform and transformed is not None:
                self.transform(rows, transformed[: len(rows)])
                rows = read_only(transformed[: len(rows)])
            self._meet(rows, keys[:, piece])

    def _meet(self, rows: Matrix, keys: Matrix) -> None:
        for some in row_slices(len(self.queries), 1, elements=QUERIES_AT_ONCE):
            queries = self.queries[some]
            values = np.empty((len(queries), len(rows)))
            self.sums(queries, rows, values)
            with np.errstate(over="ignore"):
                keys[some] = self.finish(values, some)

    def error(self, keys: Matrix) -> Float64:
        """relative·|key| + absolute."""
        return key_error(keys, relative=self.relative, absolute=self.absolute)


def read_only(rows: Matrix) -> Matrix:
    """The rows as kernels are compiled to take them: contiguous float32 that nobody writes to."""
    view = np.ascontiguousarray(rows, np.float32).view(np.ndarray)
    view.flags.writeable = False
    return view


def prepared(queries: NDArray[np.floating]) -> NDArray[np.float32]:
    """A copy of one query or several as kernels take it: contiguous float32."""
    return np.array(queries, np.float32, order="C")
