"""Rocchio's relevance feedback: one query from several examples of what is wanted and what is not.

    q = α·q₀ + β·mean(positives) − γ·mean(negatives)

J. J. Rocchio, "Relevance feedback in information retrieval", in G. Salton (ed.), The SMART Retrieval System, 1971.
The weights are those that Manning, Raghavan and Schütze call reasonable (Introduction to Information Retrieval,
2008, section 9.1.1): α = 1, β = 0.75, γ = 0.15. Examples stand on an equal footing, none of them being the query that
came first, so that there is no q₀ and its term is left out; the rest is divided by β, so that without negatives the
query is the mean of the positives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cbir.errors import InvalidRequestError
from cbir.metrics.base import Float64
from cbir.records import Vector

BETA = 0.75
"""Weight of the positive examples' mean."""
GAMMA = 0.15
"""Weight of the negative examples' mean."""
SAME_NORM = 1e-5
"""Norms that differ by no more than this share are one norm that the extractor gives its descriptors."""

Norm = Callable[[Float64], float]


def l1(x: Float64) -> float:
    """Σ|x|."""
    return float(np.abs(x).sum())


def l2(x: Float64) -> float:
    """sqrt(Σx²)."""
    return float(np.sqrt((x * x).sum()))


NORMS: tuple[Norm, ...] = (l1, l2)
"""What descriptors may have been normalised by."""


def rocchio(
    positives: Sequence[Vector],
    negatives: Sequence[Vector] = (),
    *,
    non_negative: bool,
    beta: float = BETA,
    gamma: float = GAMMA,
) -> Vector:
    """One query (D,) from examples, each (D,).

    A single positive example alone is returned as it is, bit for bit. Else values below 0 become 0 where the
    descriptor has none, and where all examples share an L1 or L2 norm the query is given that norm, so that metrics
    mean by it what they mean by any descriptor.

    Args:
        positives: what is wanted, one or more.
        negatives: what is not.
        non_negative: whether the descriptor has no values below 0.
        beta: weight of the positives, above 0.
        gamma: weight of the negatives.

    Raises:
        InvalidRequestError: there is no positive example, or the negative ones leave nothing of them.
    """
    if not positives:
        raise InvalidRequestError("There is no positive example.", remedy="Give at least one image that is wanted.")
    if len(positives) == 1 and not negatives:
        return positives[0]
    wanted = np.asarray(positives, np.float64)
    unwanted = np.asarray(negatives, np.float64).reshape(-1, wanted.shape[1])
    query: Float64 = wanted.mean(axis=0)
    if len(unwanted):
        query = query - gamma / beta * unwanted.mean(axis=0)
    if non_negative:
        query = np.maximum(query, 0.0)
    return np.asarray(_with_shared_norm(query, [*wanted, *unwanted]), np.float32)


def _with_shared_norm(query: Float64, examples: Sequence[Float64]) -> Float64:
    """The query with the norm that all examples share; of two such norms, the one that they share more nearly."""
    spread, norm, shared = min((_shared(norm, examples) for norm in NORMS), key=lambda one: one[0])
    if spread > SAME_NORM:
        return query
    if not query.any():
        raise InvalidRequestError(
            "The negative examples leave nothing of the positive ones.", remedy="Take some of them away."
        )
    return query * (shared / norm(query))


def _shared(norm: Norm, examples: Sequence[Float64]) -> tuple[float, Norm, float]:
    """By what share the examples' norms differ, and their mean; infinitely where all are 0."""
    norms = [norm(example) for example in examples]
    largest = max(norms)
    return (largest - min(norms)) / largest if largest else np.inf, norm, float(np.mean(norms))
