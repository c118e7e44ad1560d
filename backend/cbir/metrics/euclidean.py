"""Euclidean distance: sqrt(Σ(A−B)²)."""

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


def _formula(a: Float64, b: Float64) -> Float64:
    difference = a - b
    difference *= difference
    distances: Float64 = np.sqrt(difference.sum(axis=1))
    return distances


def _kernel(query: Vector) -> KernelScan:
    """Keys are distances. Roundings: the difference, the root, the key, float64."""
    from cbir.metrics import kernels

    run = partial(kernels.euclidean, prepared(query))
    return KernelScan(run, relative=4 * UNIT_ROUNDOFF, absolute=query.size * UNDERFLOW)


def _kernel_many(queries: Matrix) -> TileScan:
    """Keys are distances, their squares summed in float32, which loses the squares of differences under 1e-19."""
    from cbir.metrics import tiles

    return TileScan(
        prepared(queries),
        tiles.squares,
        finish=lambda values, _: np.sqrt(values),
        relative=(CHUNK_ROUNDINGS + 6) * UNIT_ROUNDOFF / 2,
        absolute=float(np.sqrt(queries.shape[1] * UNDERFLOW)),
    )


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
        kernel=_kernel,
        kernel_many=_kernel_many,
    )
