"""What a metric is: a formula, an order, a condition on its arguments, and a form in which engines run it fast.

Notation throughout: A is the query (D,), B a gallery image (D,), the gallery a matrix (N, D).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cbir.errors import MetricNotApplicableError
from cbir.records import Matrix, Scores, Vector

Float64 = NDArray[np.float64]


class Primitive(Enum):
    """The few sums over dimensions that an engine must be able to run; everything else is a transform."""

    DOT = "dot"
    """Σ ab"""
    SQUARED_L2 = "squared_l2"
    """Σ (a−b)²"""
    CHI2 = "chi2"
    """½ Σ (a−b)²/(a+b), a term with a+b = 0 is 0"""
    MIN_SUM = "min_sum"
    """Σ min(a, b)"""


@dataclass(frozen=True, slots=True)
class FastForm:
    """A metric as a pair of transforms and one primitive: ``finish(primitive(query(A), gallery(B)), A)``.

    An engine may store ``gallery(B)`` beside B, or fuse the transform into its kernel.
    """

    primitive: Primitive
    query: Callable[[Float64], Float64]
    """Transform of the query, (D,) to (D,)."""
    gallery: Callable[[Float64], Float64]
    """Transform of gallery rows, (N, D) to (N, D)."""
    finish: Callable[[Float64, Float64], Float64]
    """From the primitive's values (N,) and the query (D,), untransformed, to scores (N,); for one query it never
    falls as the values grow, or it never rises."""


class Scan(Protocol):
    """One query made ready to run over a gallery in blocks of rows, in float32.

    It writes **keys**, not scores: a key orders images as the score does (smaller is closer) and costs less.
    Calls release the GIL and share nothing that is written, so blocks may run on several threads; no call starts
    threads of its own. Blocks may be read-only.
    """

    def __call__(self, block: Matrix, keys: Vector) -> None:
        """Write the key of each row of ``block`` (n, D), C-contiguous, to ``keys`` (n,)."""

    def error(self, keys: NDArray[np.float32]) -> Float64:
        """For each key (n,), a bound on its distance from the key that exact arithmetic gives.

        Infinite where the key is not finite: float32 could not hold it, so it says nothing.
        """


class ScanMany(Protocol):
    """Several queries (Q, D) made ready together; as `Scan`, with a row of keys a query."""

    def __call__(self, block: Matrix, keys: Matrix) -> None:
        """Write the keys of ``block`` (n, D) to ``keys`` (Q, n)."""

    def error(self, keys: Matrix) -> Float64:
        """Bounds for keys (Q, n), shape (Q, n)."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A comparison of two descriptors.

    A formula and its fast form are enough. A metric without kernels of its own is scanned by its formula, which
    is right and slow.
    """

    name: str
    title: str
    """The name as people write it: `Kullback-Leibler divergence`."""
    formula: str
    """For people, in plain text, in A and B."""
    summary: str
    """One sentence: when to choose it."""
    larger_is_better: bool
    """A similarity, rather than a distance."""
    needs_non_negative: bool
    score: Callable[[Vector, Matrix], Scores]
    """The formula in float64, by direct differences: query (D,) and gallery (N, D) to scores (N,)."""
    form: FastForm
    kernel: Callable[[Vector], Scan] | None = None
    """Prepares a query (D,) for the metric's own scan."""
    kernel_many: Callable[[Matrix], ScanMany] | None = None
    """Prepares queries (Q, D) for the metric's own scan of many."""
    evaluation_only: bool = False
    """Not offered for searching; exists to reproduce a published figure."""

    def require(self, descriptor: str, *, non_negative: bool) -> None:
        """Refuse a descriptor on which the metric has no meaning.

        Raises:
            MetricNotApplicableError: the descriptor can be negative and the metric needs values >= 0.
        """
        if self.needs_non_negative and not non_negative:
            raise MetricNotApplicableError(
                f"The metric '{self.name}' needs non-negative values, and '{descriptor}' can be negative.",
                remedy="Use euclidean or cosine, or another extractor.",
            )

    def best_first(self, scores: Scores) -> Float64:
        """Scores as sort keys, ascending from the best."""
        return -scores if self.larger_is_better else scores

    def scan(self, query: Vector) -> Scan:
        """A float32 query (D,) made ready to run over a gallery."""
        return self.kernel(query) if self.kernel else ScoreScan(self, query)

    def scan_many(self, queries: Matrix) -> ScanMany:
        """Float32 queries (Q, D) made ready to run together over a gallery."""
        return self.kernel_many(queries) if self.kernel_many else EachScan(tuple(self.scan(q) for q in queries))


@dataclass(frozen=True, slots=True)
class ScoreScan:
    """The scan of a metric without a kernel: keys are its scores, turned so that smaller is closer."""

    metric: Metric
    query: Vector

    def __call__(self, block: Matrix, keys: Vector) -> None:
        """Write the keys of ``block`` (n, D) to ``keys`` (n,)."""
        with np.errstate(over="ignore"):
            keys[:] = self.metric.best_first(self.metric.score(self.query, block))

    def error(self, keys: NDArray[np.float32]) -> Float64:
        """The rounding of a float64 score to float32."""
        return key_error(keys, relative=2 * UNIT_ROUNDOFF)


@dataclass(frozen=True, slots=True)
class EachScan:
    """Several queries run one after the other over pieces of a block that stay in the processor's cache."""

    scans: tuple[Scan, ...]

    def __call__(self, block: Matrix, keys: Matrix) -> None:
        """Write the keys of ``block`` (n, D) to ``keys`` (Q, n)."""
        for rows in row_slices(*block.shape, elements=CACHED_ELEMENTS):
            for scan, own in zip(self.scans, keys, strict=True):
                scan(block[rows], own[rows])

    def error(self, keys: Matrix) -> Float64:
        """Bounds for keys (Q, n), shape (Q, n)."""
        return np.array([scan.error(own) for scan, own in zip(self.scans, keys, strict=True)]).reshape(keys.shape)


UNIT_ROUNDOFF = 2.0**-24
"""u of float32: a rounded operation is off by at most u times its result."""
UNDERFLOW = 2.0**-126
"""What a float32 operation can lose where its result is too small for a normal number."""
CACHED_ELEMENTS = 1 << 17
"""Numbers in a piece of a matrix that is worked on while it stays in the processor's cache."""


def key_error(keys: NDArray[np.float32], *, relative: float, absolute: float = UNDERFLOW) -> Float64:
    """The bound ``relative·|key| + absolute``, infinite for a key that is not finite."""
    errors = np.abs(keys, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        errors *= relative
    errors += absolute
    unknown = ~np.isfinite(keys)
    if unknown.any():
        errors[unknown] = np.inf
    return errors


def row_slices(rows: int, dims: int, *, elements: int) -> Iterator[slice]:
    """Consecutive slices of about ``elements`` numbers that together cover the rows of a (rows, dims) matrix."""
    step = max(1, elements // max(1, dims))
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def score_in_pieces(formula: Callable[[Float64, Float64], Float64]) -> Callable[[Vector, Matrix], Scores]:
    """A metric's ``score`` from its formula for a query (1, D) and some gallery rows (n, D), all float64.

    The gallery goes through in small pieces, so that a call needs a few MB besides its result. A formula sums
    each row by itself: equal rows get equal scores wherever they stand. (A BLAS product does not promise that.)
    """

    def score(query: Vector, gallery: Matrix) -> Scores:
        a = np.asarray(query, np.float64).reshape(1, -1)
        scores = np.empty(len(gallery))
        for rows in row_slices(*gallery.shape, elements=CACHED_ELEMENTS):
            scores[rows] = formula(a, np.ascontiguousarray(gallery[rows], np.float64))
        return scores

    return score
