"""Bhattacharyya distance of distributions: −ln max(Σ sqrt(AB)/sqrt(ΣA·ΣB), 1e-12); a zero side counts as 1e-12."""

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

SMALLEST = 1e-12
"""The least coefficient; so the largest distance is 27.6."""


def _distance(coefficients: Float64) -> Float64:
    """−ln of coefficients (N,); rounding may take one over 1, and no distance is below 0."""
    distances: Float64 = -np.log(coefficients.clip(SMALLEST, 1.0)) + 0.0
    return distances


def _formula(a: Float64, b: Float64) -> Float64:
    masses = np.sqrt(a.sum(axis=1) * b.sum(axis=1))
    coefficients = np.divide(np.sqrt(a * b).sum(axis=1), masses, out=np.zeros(len(b)), where=masses > 0)
    return _distance(coefficients)


def _roots(x: Float64) -> Float64:
    """Square roots of the L1-normalised rows of x (…, D); zeros for a zero row."""
    masses = x.sum(axis=-1, keepdims=True)
    roots: Float64 = np.sqrt(np.divide(x, masses, out=np.zeros_like(x), where=masses > 0))
    return roots


_LOST_ROOTS = 2.0**-75
"""What a dimension's product of roots can lose by being too small for a normal float32, beside sqrt(Σb)."""


def _kernel(query: Vector) -> KernelScan:
    """Keys are −coefficients, a sum of terms >= 0. Roundings: both roots, their product, the key, float64."""
    from cbir.metrics import kernels

    run = partial(kernels.bhattacharyya, prepared(_roots(np.asarray(query, np.float64))), SMALLEST)
    return KernelScan(run, relative=6 * UNIT_ROUNDOFF, absolute=query.size * _LOST_ROOTS)


def _kernel_many(queries: Matrix) -> TileScan:
    """Keys are −coefficients. Roundings: a chunk's sum, both roots and the scaling of one, the key, float64."""
    from cbir.metrics import tiles

    return TileScan(
        prepared(_roots(np.asarray(queries, np.float64))),
        tiles.dots,
        finish=lambda values, _: -np.maximum(values, SMALLEST),
        relative=(CHUNK_ROUNDINGS + 6) * UNIT_ROUNDOFF,
        absolute=queries.shape[1] * _LOST_ROOTS,
        transform=tiles.roots,
    )


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
        kernel=_kernel,
        kernel_many=_kernel_many,
    )
