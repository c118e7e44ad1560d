"""Chi-squared distance: ½ Σ (A−B)²/(A+B), a term with A+B = 0 is 0."""

from __future__ import annotations

import numpy as np

from cbir.metrics.base import FastForm, Float64, Metric, Primitive, score_in_pieces


def _formula(a: Float64, b: Float64) -> Float64:
    sums = a + b
    terms = a - b
    terms *= terms
    np.divide(terms, sums, out=terms, where=sums > 0)
    return 0.5 * terms.sum(axis=1)


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
    )
