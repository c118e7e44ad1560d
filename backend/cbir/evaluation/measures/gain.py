"""Normalised discounted cumulative gain, for images that are relevant in grades, or relevant or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cbir.evaluation.measures.base import Relevance
from cbir.metrics.base import Float64


@dataclass(frozen=True, slots=True)
class DiscountedGain:
    """``nDCG`` and ``nDCG@k``: DCG = Σ_i g(i) / log2(i + 1), divided by that of the best ranking there could be.

    The gain g(i) is the grade of relevance itself (not 2^g − 1), or rel(i) where relevance has no grades; the best
    ranking is cut off at the same k. So has trec_eval its ndcg and ndcg_cut_k (Järvelin & Kekäläinen 2002 with the
    discount from the first rank on).
    """

    cutoff: int | None = None

    def __str__(self) -> str:
        return "nDCG" if self.cutoff is None else f"nDCG@{self.cutoff}"

    @property
    def definition(self) -> str:
        """See `Measure.definition`."""
        over = "the whole ranking" if self.cutoff is None else f"the first {self.cutoff}"
        return f"Σ g(i)/log2(i + 1) over {over}, divided by its value for the best ranking; gain g(i) = relevance"

    @property
    def mean_key(self) -> str:
        """See `Measure.mean_key`."""
        return "ndcg" if self.cutoff is None else f"ndcg_at_{self.cutoff}"

    @property
    def maximum(self) -> float:
        """See `Measure.maximum`."""
        return 1.0

    def grade(self, relevance: Relevance) -> float:
        """See `Measure.grade`."""
        gains = relevance.gains
        ranked = relevance.grades.astype(np.float64) if gains is None else gains.ranked
        ideal = np.ones(relevance.relevant) if gains is None else gains.ideal
        best = _discounted(ideal[: self.cutoff])
        return _discounted(ranked[: self.cutoff]) / best if best else 0.0


def _discounted(gains: Float64) -> float:
    """DCG of gains in the order of their ranks. Zeros are left out of the sum, so that a perfect ranking gets 1."""
    places = np.flatnonzero(gains)
    return float((gains[places] / np.log2(places + 2)).sum())
