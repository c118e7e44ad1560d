"""Histogram intersection: Σ min(A,B) / ΣA (Swain and Ballard, Color Indexing, 1991), 0 if ΣA = 0."""

from __future__ import annotations

from functools import partial

import numpy as np

from cbir.metrics.base import (
    UNDERFLOW,
    UNIT_ROUNDOFF,
    FastForm,
    Float64,
    Metric,
    Primitive,
    score_in_pieces,
)
from cbir.metrics.scans import CHUNK_ROUNDINGS, KernelScan, TileScan, prepared
from cbir.records import Matrix, Vector


def _share(overlaps: Float64, a: Float64) -> Float64:
    """Overlaps (N,) as a share of ΣA."""
    total = a.sum()
    return overlaps / total if total > 0 else np.zeros_like(overlaps)


def _formula(a: Float64, b: Float64) -> Float64:
    return _share(np.minimum(a, b).sum(axis=1), a)


def _kernel(query: Vector) -> KernelScan:
    """Keys are −scores. All is done in float64 but the rounding of the key. A query of zeros has 0 with any mass."""
    from cbir.metrics import kernels

    a = prepared(query)
    run = partial(kernels.intersection, a, float(a.sum(dtype=np.float64)) or 1.0)
    return KernelScan(run, relative=2 * UNIT_ROUNDOFF, absolute=UNDERFLOW)


def _kernel_many(queries: Matrix) -> TileScan:
    """Keys are −scores. Roundings: a chunk's sum, the key, float64."""
    from cbir.metrics import tiles

    a = prepared(queries)
    masses = a.sum(axis=1, dtype=np.float64, keepdims=True)
    shares = -np.divide(1.0, masses, out=np.zeros_like(masses), where=masses > 0)
    return TileScan(
        a,
        tiles.minima,
        finish=lambda values, some: values * shares[some],
        relative=(CHUNK_ROUNDINGS + 2) * UNIT_ROUNDOFF,
        absolute=UNDERFLOW,
    )


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
        kernel=_kernel,
        kernel_many=_kernel_many,
    )
