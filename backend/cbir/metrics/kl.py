"""Kullback-Leibler divergence of smoothed distributions: Σ A' ln(A'/B'), X' = 0.9·X/ΣX + 0.1/D.

Mixing with the uniform distribution is Jelinek-Mercer smoothing (1980); without it the divergence is infinite
wherever B lacks something that A has.
"""

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

OWN, UNIFORM = 0.9, 0.1
"""Weights of the descriptor's own distribution and of the uniform one."""


def smoothed(x: Float64) -> Float64:
    """X' of each row of x (…, D): positive, with sum 1; uniform for a zero row."""
    masses = x.sum(axis=-1, keepdims=True)
    dims = x.shape[-1]
    shares: Float64 = np.divide(x, masses, out=np.full_like(x, 1 / dims), where=masses > 0)
    mixed: Float64 = OWN * shares + UNIFORM / dims
    return mixed


def _formula(a: Float64, b: Float64) -> Float64:
    p, q = smoothed(a), smoothed(b)
    divergences: Float64 = (p * np.log(p / q)).sum(axis=1)
    return np.maximum(divergences, 0.0)


def _finish(dots: Float64, a: Float64) -> Float64:
    p = smoothed(a)
    divergences: Float64 = (p * np.log(p)).sum() - dots
    return np.maximum(divergences, 0.0)


def _error() -> tuple[float, float]:
    """Relative and absolute error of a key −Σ A' ln(D·B').

    A chunk's sum, A', and the key are off by a share of Σ A' |ln(D·B')|. The logarithm is 0 or more but where D·B' is
    between 0.1 and 1, so that sum is at most |key| + 2 ln 10. Besides, as ΣA' = 1: the error of the logarithm itself,
    and that of D·B', which shifts it: a chunk's sum in ΣB and four roundings.
    """
    from cbir.metrics import kernels

    share = (CHUNK_ROUNDINGS + 4) * UNIT_ROUNDOFF
    logarithm = 1.01 * np.log(2) * kernels.LOG2_ERROR + (CHUNK_ROUNDINGS + 5) * UNIT_ROUNDOFF
    return share, 2 * np.log(1 / UNIFORM) * share + logarithm


def _kernel(query: Vector) -> KernelScan:
    """Keys are −Σ A' ln(D·B'): scores less what all images have in common."""
    from cbir.metrics import kernels

    relative, absolute = _error()
    run = partial(kernels.kl, prepared(smoothed(np.asarray(query, np.float64))), OWN, UNIFORM)
    return KernelScan(run, relative, absolute)


def _kernel_many(queries: Matrix) -> TileScan:
    """Keys as for one query, from the rows' logarithms."""
    from cbir.metrics import kernels, tiles

    relative, absolute = _error()
    return TileScan(
        prepared(smoothed(np.asarray(queries, np.float64))),
        tiles.dots,
        finish=lambda values, _: -kernels.LN2 * values,
        relative=relative,
        absolute=absolute,
        transform=partial(tiles.logs, OWN, UNIFORM),
    )


def kl() -> Metric:
    """Σ A' ln(A'/B')."""
    return Metric(
        name="kl",
        title="Kullback-Leibler divergence",
        formula="Σ A' ln(A'/B'), where X' = 0.9·X/ΣX + 0.1/D",
        summary="What is lost by taking the image's distribution for the query's; punishes what the image lacks.",
        larger_is_better=False,
        needs_non_negative=True,
        score=score_in_pieces(_formula),
        form=FastForm(
            primitive=Primitive.DOT,
            query=smoothed,
            gallery=lambda b: np.log(smoothed(b)),
            finish=_finish,
        ),
        kernel=_kernel,
        kernel_many=_kernel_many,
    )
