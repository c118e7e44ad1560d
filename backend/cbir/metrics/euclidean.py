"""Euclidean distance: sqrt(Σ(A−B)²)."""

from __future__ import annotations

import numpy as np

from cbir.metrics.base import FastForm, Float64, Metric, Primitive, score_in_pieces


def _formula(a: Float64, b: Float64) -> Float64:
    difference = a - b
    difference *= difference
    return np.sqrt(difference.sum(axis=1))


def euclidean() -> Metric:
    """sqrt(Σ(A−B)²)."""
    return Metric(
        name="euclidean",
        title="Euclidean distance",
        formula="sqrt(Σ(A−B)²)",
        summary="The straight-line distance; a good first choice for neural descriptors.",
        larger_is_better=False,
        needs_non_negative=False,
        score=score_in_pieces(_formula),
        form=FastForm(
            primitive=Primitive.SQUARED_L2,
            query=lambda a: a,
            gallery=lambda b: b,
            finish=lambda squares, _: np.sqrt(np.maximum(squares, 0)),
        ),
    )
