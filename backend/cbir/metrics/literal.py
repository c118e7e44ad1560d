"""Two formulas as they were published, on raw values: to reproduce figures, not to search with.

Both can be negative on descriptors that do not sum to 1.
"""

from __future__ import annotations

import numpy as np

from cbir.metrics.base import FastForm, Float64, Metric, Primitive, score_in_pieces
from cbir.metrics.bhattacharyya import SMALLEST

EPSILON = 1e-10


def _kl_formula(a: Float64, b: Float64) -> Float64:
    divergences: Float64 = (a * np.log((a + EPSILON) / (b + EPSILON))).sum(axis=1)
    return divergences


def _bhattacharyya_formula(a: Float64, b: Float64) -> Float64:
    return _minus_log(np.sqrt(a * b).sum(axis=1))


def _minus_log(coefficients: Float64) -> Float64:
    distances: Float64 = -np.log(np.maximum(coefficients, SMALLEST)) + 0.0
    return distances


def kl_literal() -> Metric:
    """Σ A ln((A+ε)/(B+ε)), ε = 1e-10."""
    return Metric(
        name="kl-literal",
        title="Kullback-Leibler divergence, as published",
        formula="Σ A ln((A+ε)/(B+ε)), ε = 1e-10",
        summary="Reproduces published figures; search with kl instead.",
        larger_is_better=False,
        needs_non_negative=True,
        score=score_in_pieces(_kl_formula),
        form=FastForm(
            primitive=Primitive.DOT,
            query=lambda a: a,
            gallery=lambda b: np.log(b + EPSILON),
            finish=lambda dots, a: (a * np.log(a + EPSILON)).sum() - dots,
        ),
        evaluation_only=True,
    )


def bhattacharyya_literal() -> Metric:
    """−ln max(Σ sqrt(AB), 1e-12)."""
    return Metric(
        name="bhattacharyya-literal",
        title="Bhattacharyya distance, as published",
        formula="−ln Σ sqrt(AB)",
        summary="Reproduces published figures; search with bhattacharyya instead.",
        larger_is_better=False,
        needs_non_negative=True,
        score=score_in_pieces(_bhattacharyya_formula),
        form=FastForm(
            primitive=Primitive.DOT,
            query=np.sqrt,
            gallery=np.sqrt,
            finish=lambda dots, _: _minus_log(dots),
        ),
        evaluation_only=True,
    )
