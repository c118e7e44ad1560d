"""Kullback-Leibler divergence of smoothed distributions: Σ A' ln(A'/B'), X' = 0.9·X/ΣX + 0.1/D.

Mixing with the uniform distribution is Jelinek-Mercer smoothing (1980); without it the divergence is infinite
wherever B lacks something that A has.
"""

from __future__ import annotations

import numpy as np

from cbir.metrics.base import FastForm, Float64, Metric, Primitive, score_in_pieces

OWN, UNIFORM = 0.9, 0.1
"""Weights of the descriptor's own distribution and of the uniform one."""


def smoothed(x: Float64) -> Float64:
    """X' of each row of x (…, D): positive, with sum 1; uniform for a zero row."""
    masses = x.sum(axis=-1, keepdims=True)
    dims = x.shape[-1]
    shares = np.divide(x, masses, out=np.full_like(x, 1 / dims), where=masses > 0)
    return OWN * shares + UNIFORM / dims


def _formula(a: Float64, b: Float64) -> Float64:
    p, q = smoothed(a), smoothed(b)
    return np.maximum((p * np.log(p / q)).sum(axis=1), 0.0)


def _finish(dots: Float64, a: Float64) -> Float64:
    p = smoothed(a)
    return np.maximum((p * np.log(p)).sum() - dots, 0.0)


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
    )
