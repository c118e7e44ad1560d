"""What each dimension has to do with a score.

Every metric is taken apart into two non-negative terms a dimension: **apart**, its share of what parts the two
descriptors, and **together**, its share of what they have in common. The score follows from the terms' sums, exactly
but for rounding; how, stands with each metric.

Most pairs are one identity seen from two sides, so that apart and together add up to what is there:

    (A−B)² + 2AB = A² + B²        ½(A−B)²/(A+B) + 2AB/(A+B) = ½(A+B)        max(A−B, 0) + min(A,B) = A
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cbir.errors import InvalidRequestError
from cbir.metrics.base import Float64
from cbir.metrics.bhattacharyya import SMALLEST
from cbir.metrics.kl import UNIFORM, smoothed
from cbir.registry import Registry

Terms = tuple[Float64, Float64]
"""Apart and together, each (D,), no value below 0."""


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A metric taken apart. A is the query, B the image."""

    apart: str
    """The term of a dimension, for people."""
    together: str
    score: str
    """How the score follows from the sums, for people."""
    terms: Callable[[Float64, Float64], Terms]
    """From A and B, each (D,), to their terms."""
    score_of: Callable[[float, float], float]
    """From Σ apart and Σ together to the score."""


DECOMPOSITIONS: Registry[Decomposition] = Registry("decomposition", group="cbir.decompositions")
"""By the metric's name. A package that brings a metric can bring its decomposition through the entry points."""


def decomposition_of(metric: str) -> Decomposition:
    """The decomposition of a metric.

    Raises:
        InvalidRequestError: it has none.
        PluginError: the package that brings it cannot be loaded.
    """
    if metric not in DECOMPOSITIONS.names():
        raise InvalidRequestError(
            f"The metric '{metric}' cannot be explained: nobody has said how its score comes from the dimensions.",
            remedy=f"Explain it under one of: {', '.join(DECOMPOSITIONS.names())}; or let its package register terms "
            f"under the entry-point group {DECOMPOSITIONS.group}.",
        )
    return DECOMPOSITIONS.get(metric)


def _share(x: Float64, total: float) -> Float64:
    return x / total if total > 0 else np.zeros_like(x)


def euclidean() -> Decomposition:
    """(A−B)² = A² + B² − 2AB."""
    return Decomposition(
        apart="(A−B)²",
        together="2AB, 0 where the signs differ",
        score="sqrt(Σ apart)",
        terms=lambda a, b: ((a - b) ** 2, np.maximum(2 * a * b, 0.0)),
        score_of=lambda apart, _: float(np.sqrt(apart)),
    )


def _cosine_terms(a: Float64, b: Float64) -> Terms:
    """½(a−b)² of unit vectors adds up to 1 − ab. Where a side is zero there is no angle, and apart adds up to 1."""
    a, b = (_share(side, float(np.sqrt((side * side).sum()))) for side in (a, b))
    if a.any() and b.any():
        return 0.5 * (a - b) ** 2, np.maximum(a * b, 0.0)
    one_side = a * a + b * b
    return one_side if one_side.any() else np.full_like(a, 1 / len(a)), np.zeros_like(a)


def cosine() -> Decomposition:
    """Of unit vectors: ½(a−b)² = ½(a² + b²) − ab."""
    return Decomposition(
        apart="½(a−b)², where a = A/‖A‖ and b = B/‖B‖; where a side is zero, the other's a² or b² (1/D if both are)",
        together="ab, 0 where the signs differ",
        score="1 − Σ apart; also Σ together where no value is negative",
        terms=_cosine_terms,
        score_of=lambda apart, _: float(np.clip(1 - apart, -1, 1)),
    )


def _chi2_terms(a: Float64, b: Float64) -> Terms:
    sums = a + b
    some = sums > 0
    apart = np.divide((a - b) ** 2, 2 * sums, out=np.zeros_like(a), where=some)
    # A/(A+B) is at most 1, so that no product of tiny values is lost
    return apart, 2 * b * np.divide(a, sums, out=np.zeros_like(a), where=some)


def chi2() -> Decomposition:
    """½(A−B)²/(A+B) + 2AB/(A+B) = ½(A+B)."""
    return Decomposition(
        apart="½(A−B)²/(A+B), 0 where A+B = 0",
        together="2AB/(A+B), 0 where A+B = 0",
        score="Σ apart; also ½(ΣA+ΣB) − Σ together",
        terms=_chi2_terms,
        score_of=lambda apart, _: apart,
    )


def _kl_terms(a: Float64, b: Float64) -> Terms:
    """Both smoothed sides add up to 1, so that − A' + B' adds nothing; it keeps each term from being negative."""
    p, q = smoothed(a), smoothed(b)
    apart = np.maximum(p * np.log(p / q) - p + q, 0.0)
    return apart, np.maximum(np.minimum(p, q) - UNIFORM / len(p), 0.0)


def kl() -> Decomposition:
    """The generalised divergence A' ln(A'/B') − A' + B', and the smaller share, less the smoothing."""
    return Decomposition(
        apart="A' ln(A'/B') − A' + B', where X' = 0.9·X/ΣX + 0.1/D",
        together="min(A',B') − 0.1/D",
        score="Σ apart, as ΣA' = ΣB' = 1; Σ together is 0.9 less half of Σ|A'−B'|, and does not make the score",
        terms=_kl_terms,
        score_of=lambda apart, _: apart,
    )


def _bhattacharyya_terms(a: Float64, b: Float64) -> Terms:
    p, q = _share(a, float(a.sum())), _share(b, float(b.sum()))
    return 0.5 * (np.sqrt(p) - np.sqrt(q)) ** 2, np.sqrt(p) * np.sqrt(q)


def bhattacharyya() -> Decomposition:
    """Of distributions: ½(√p−√q)² + √(pq) = ½(p+q)."""
    return Decomposition(
        apart="½(√p−√q)², where p = A/ΣA and q = B/ΣB",
        together="√(AB)/√(ΣA·ΣB), which is √(pq)",
        score="−ln max(Σ together, 1e-12); where no side is zero Σ together is 1 − Σ apart",
        terms=_bhattacharyya_terms,
        score_of=lambda _, together: -float(np.log(np.clip(together, SMALLEST, 1.0))) + 0.0,
    )


def _intersection_terms(a: Float64, b: Float64) -> Terms:
    total = float(a.sum())
    return _share(np.maximum(a - b, 0.0), total), _share(np.minimum(a, b), total)


def intersection() -> Decomposition:
    """max(A−B, 0) + min(A,B) = A."""
    return Decomposition(
        apart="max(A−B, 0)/ΣA, what the image lacks of the query; 0 where ΣA = 0",
        together="min(A,B)/ΣA, 0 where ΣA = 0",
        score="Σ together; also 1 − Σ apart where the query is not zero",
        terms=_intersection_terms,
        score_of=lambda _, together: together,
    )


DECOMPOSITIONS.register("euclidean", euclidean)
DECOMPOSITIONS.register("cosine", cosine)
DECOMPOSITIONS.register("chi2", chi2)
DECOMPOSITIONS.register("kl", kl)
DECOMPOSITIONS.register("bhattacharyya", bhattacharyya)
DECOMPOSITIONS.register("intersection", intersection)
