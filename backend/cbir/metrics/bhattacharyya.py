"""Bhattacharyya distance of distributions: −ln max(Σ sqrt(AB)/sqrt(ΣA·ΣB), 1e-12); a zero side counts as 1e-12."""

from __future__ import annotations

import numpy as np

from cbir.metrics.base import FastForm, Float64, Metric, Primitive, score_in_pieces

SMALLEST = 1e-12
"""The least coefficient; so the largest distance is 27.6."""


def _distance(coefficients: Float64) -> Float64:
    """−ln of coefficients (N,); rounding may take one over 1, and no distance is below 0."""
    return -np.log(coefficients.clip(SMALLEST, 1.0)) + 0.0


def _formula(a: Float64, b: Float64) -> Float64:
    masses = np.sqrt(a.sum(axis=1) * b.sum(axis=1))
    coefficients = np.divide(np.sqrt(a * b).sum(axis=1), masses, out=np.zeros(len(b)), where=masses > 0)
    return _distance(coefficients)


def _roots(x: Float64) -> Float64:
    """Square roots of the L1-normalised rows of x (…, D); zeros for a zero row."""
    masses = x.sum(axis=-1, keepdims=True)
    return np.sqrt(np.divide(x, masses, out=np.zeros_like(x), where=masses > 0))


def bhattacharyya() -> Metric:
    """−ln Σ sqrt(AB)/sqrt(ΣA·ΣB)."""
    return Metric(
        name="bhattacharyya",
        title="Bhattacharyya distance",
        formula="−ln( Σ sqrt(AB) / sqrt(ΣA·ΣB) )",
        summary="The overlap of two distributions, on a logarithmic scale; forgiving where bins are empty.",
        larger_is_better=False,
        needs_non_negative=True,
        score=score_in_pieces(_formula),
        form=FastForm(
            primitive=Primitive.DOT,
            query=_roots,
            gallery=_roots,
            finish=lambda dots, _: _distance(dots),
        ),
    )
