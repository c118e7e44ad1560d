"""Curves: precision and recall by rank, and precision by recall. The mean over queries is taken point by point."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from cbir.evaluation.measures.base import Relevance
from cbir.metrics.base import Float64

RECALL_LEVELS = np.arange(11) / 10
"""The recalls 0, 0.1, …, 1 of `interpolated_precision`."""
RECALL_LEVELS.setflags(write=False)


def precision_curve(relevance: Relevance, depth: int) -> Float64:
    """P@1 … P@depth, shape (depth,)."""
    return np.divide(_found(relevance, depth), np.arange(1, depth + 1))


def recall_curve(relevance: Relevance, depth: int) -> Float64:
    """recall@1 … recall@depth, shape (depth,)."""
    return np.divide(_found(relevance, depth), max(relevance.relevant, 1))


def interpolated_precision(relevance: Relevance) -> Float64:
    """The precision at each of `RECALL_LEVELS`, shape (11,): the highest P(i) among the ranks at which at least this
    share of the R relevant images was found; 0 where that is never so.

    As in trec_eval's iprec_at_recall, which takes ⌊level·R + 0.9⌋ images for the share, in floating point.
    """
    ranks = np.flatnonzero(relevance.grades) + 1
    precisions = np.arange(1, len(ranks) + 1) / ranks
    highest_from = np.append(np.maximum.accumulate(precisions[::-1])[::-1], 0.0)
    needed = (RECALL_LEVELS * relevance.relevant + 0.9).astype(np.intp)
    levels: Float64 = highest_from[np.minimum(np.maximum(needed, 1) - 1, len(ranks))]
    return levels


def mean_curve(curves: Iterable[Float64]) -> Float64:
    """The mean of curves of one length, point by point; there must be one."""
    mean: Float64 = np.mean(np.stack(list(curves)), axis=0)
    return mean


def _found(relevance: Relevance, depth: int) -> Float64:
    """rel(1) + … + rel(i) for i = 1 … depth, shape (depth,)."""
    counts = np.cumsum(relevance.grades[:depth], dtype=np.float64)
    return np.pad(counts, (0, depth - len(counts)), mode="edge") if len(counts) else np.zeros(depth)
