"""Chi-squared distance: ½ Σ (A−B)²/(A+B), a term with A+B = 0 is 0."""

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
    sums = a + b
    terms = a - b
    terms *= terms
    np.divide(terms, sums, out=terms, where=sums > 0)
    distances: Float64 = 0.5 * terms.sum(axis=1)
    return distances


def _kernel(query: Vector) -> KernelScan:
    """Keys are scores. Roundings: the difference twice, half the sum twice, quotient, product, key, float64."""
    from cbir.metrics import kernels

    run = partial(kernels.chi2, prepared(query))
    return KernelScan(run, relative=8 * UNIT_ROUNDOFF, absolute=2 * query.size * UNDERFLOW)


def _kernel_many(queries: Matrix) -> TileScan:
    """Keys are scores, summed in float32 over chunks."""
    from cbir.metrics import tiles

    return TileScan(
        prepared(queries),
        tiles.chi2_sums,
        finish=lambda values, _: 0.25 * values,
        relative=(CHUNK_ROUNDINGS + 8) * UNIT_ROUNDOFF,
        absolute=2 * queries.shape[1] * UNDERFLOW,
    )


def chi2() -> Metric:
    """½ Σ (A−B)²/(A+B)."""
    return Metric(
        name="chi2",
        title="Chi-squared distance",
        formula="½ Σ (A−B)²/(A+B)",
        summary="Differences weighed by how rare the bin is; the classic choice for histograms.",
        larger_is_better=False,
        needs_non_negative=True,
        score=score_in_pieces(_formula),
        form=FastForm(
            primitive=Primitive.CHI2,
            query=lambda a: a,
            gallery=lambda b: b,
            finish=lambda sums, _: sums,
        ),
        kernel=_kernel,
        kernel_many=_kernel_many,
    )
