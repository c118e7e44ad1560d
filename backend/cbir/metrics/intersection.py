"""Histogram intersection: Σ min(A,B) / ΣA (Swain and Ballard, Color Indexing, 1991), 0 if ΣA = 0."""

from __future__ import annotations

import numpy as np

from cbir.metrics.base import FastForm, Float64, Metric, Primitive, score_in_pieces


def _share(overlaps: Float64, a: Float64) -> Float64:
    """Overlaps (N,) as a share of ΣA."""
    total = a.sum()
    return overlaps / total if total > 0 else np.zeros_like(overlaps)


def _formula(a: Float64, b: Float64) -> Float64:
    return _share(np.minimum(a, b).sum(axis=1), a)


def intersection() -> Metric:
    """Σ min(A,B) / ΣA."""
    return Metric(
        name="intersection",
        title="Histogram intersection",
        formula="Σ min(A,B) / ΣA",
        summary="How much of the query is found in the image; tolerant of clutter that the query lacks.",
        larger_is_better=True,
        needs_non_negative=True,
        score=score_in_pieces(_formula),
        form=FastForm(
            primitive=Primitive.MIN_SUM,
            query=lambda a: a,
            gallery=lambda b: b,
            finish=_share,
        ),
    )
