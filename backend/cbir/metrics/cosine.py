"""Cosine similarity: ΣAB / (‖A‖‖B‖), 0 if a side is zero."""

from __future__ import annotations

import numpy as np

from cbir.metrics.base import FastForm, Float64, Metric, Primitive, score_in_pieces


def _formula(a: Float64, b: Float64) -> Float64:
    norms = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    cosines = np.divide((a * b).sum(axis=1), norms, out=np.zeros(len(b)), where=norms > 0)
    return cosines.clip(-1, 1)


def _unit(x: Float64) -> Float64:
    norms = np.sqrt((x * x).sum(axis=-1, keepdims=True))
    return np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)


def cosine() -> Metric:
    """ΣAB / (‖A‖‖B‖)."""
    return Metric(
        name="cosine",
        title="Cosine similarity",
        formula="ΣAB / (‖A‖‖B‖)",
        summary="The angle between descriptors, whatever their lengths; the usual choice for neural descriptors.",
        larger_is_better=True,
        needs_non_negative=False,
        score=score_in_pieces(_formula),
        form=FastForm(
            primitive=Primitive.DOT,
            query=_unit,
            gallery=_unit,
            finish=lambda dots, _: dots.clip(-1, 1),
        ),
    )
