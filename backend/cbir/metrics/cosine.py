"""Cosine similarity: ΣAB / (‖A‖‖B‖), 0 if a side is zero."""

from __future__ import annotations

from functools import partial

import numpy as np

from cbir.metrics.base import (
    UNIT_ROUNDOFF,
    FastForm,
    Float64,
    Metric,
    Primitive,
    score_in_pieces,
)
from cbir.metrics.scans import CHUNK_ROUNDINGS, KernelScan, TileScan, prepared
from cbir.records import Matrix, Vector


def _formula(a: Float64, b: Float64) -> Float64:
    norms = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    cosines: Float64 = np.divide((a * b).sum(axis=1), norms, out=np.zeros(len(b)), where=norms > 0)
    return np.clip(cosines, -1, 1)


def _unit(x: Float64) -> Float64:
    norms = np.sqrt((x * x).sum(axis=-1, keepdims=True))
    units: Float64 = np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)
    return units


def _kernel(query: Vector) -> KernelScan:
    """Keys are −cosines. All is done in float64 but the rounding of the key. A query of zeros has 0 with any norm."""
    from cbir.metrics import kernels

    a = prepared(query)
    norm = float(np.sqrt((a.astype(np.float64) ** 2).sum()))
    run = partial(kernels.cosine, a, norm or 1.0)
    return KernelScan(run, relative=UNIT_ROUNDOFF, absolute=UNIT_ROUNDOFF / 2)


def _kernel_many(queries: Matrix) -> TileScan:
    """Keys are −cosines of unit vectors.

    The error of a float32 dot product is a share of Σ|ab|, which is at most ‖a‖‖b‖ = 1 (Cauchy-Schwarz). Roundings:
    a chunk's sum, both unit vectors, the key, float64.
    """
    from cbir.metrics import tiles

    return TileScan(
        prepared(_unit(np.asarray(queries, np.float64))),
        tiles.dots,
        finish=lambda values, _: -values,
        relative=0.0,
        absolute=(CHUNK_ROUNDINGS + 4) * UNIT_ROUNDOFF,
        transform=tiles.unit,
    )


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
        kernel=_kernel,
        kernel_many=_kernel_many,
    )
