"""What a metric is: a formula, an order, a condition on its arguments, and a form in which engines run it fast.

Notation throughout: A is the query (D,), B a gallery image (D,), the gallery a matrix (N, D).
"""

from __future__ import annotations

from collections.abc import Callable
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
    """From the primitive's values (N,) and the query (D,), untransformed, to scores (N,)."""


class Scan(Protocol):
    """One query made ready to run over a gallery in blocks of rows, in float32.

    It writes **keys**, not scores: a key orders images (smaller is closer) and costs less than a score.
    Calls release the GIL and share nothing that is written, so blocks may run on several threads.
    """

    def __call__(self, block: Matrix, keys: Vector) -> None:
        """Write the key of each row of ``block`` (n, D), C-contiguous, to ``keys`` (n,)."""

    def error(self, keys: NDArray[np.float32]) -> Float64:
        """For each key (n,), a bound on its distance from the key that exact arithmetic gives."""


class ScanMany(Protocol):
    """Several queries (Q, D) made ready together; as `Scan`, with a row of keys a query."""

    def __call__(self, block: Matrix, keys: Matrix) -> None:
        """Write the keys of ``block`` (n, D) to ``keys`` (Q, n)."""

    def error(self, keys: Matrix) -> Float64:
        """Bounds for keys (Q, n), shape (Q, n)."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A comparison of two descriptors."""

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
    scan: Callable[[Vector], Scan]
    scan_many: Callable[[Matrix], ScanMany]
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
