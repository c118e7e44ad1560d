"""Average precision: the finite sum, cut off or not, and the trapezoid of the image benchmarks' own tools."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cbir.evaluation.measures.base import Relevance


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """The mean of P(i) over the ranks i of the relevant images: the finite sum, not the trapezoid of Oxford's tools.

    ``AP``       = Σ_{i<=n} rel(i)·P(i) / R
    ``AP@k``     = Σ_{i<=k} rel(i)·P(i) / min(R, k): 1 when the first min(R, k) are all relevant
    ``AP@k-trec`` = Σ_{i<=k} rel(i)·P(i) / R: trec_eval's map_cut_k, which stays below 1 where R > k
    """

    cutoff: int | None = None
    by_all_relevant: bool = False
    """Divide by R also where R exceeds the cutoff."""

    def __str__(self) -> str:
        if self.cutoff is None:
            return "AP"
        return f"AP@{self.cutoff}{'-trec' if self.by_all_relevant else ''}"

    @property
    def definition(self) -> str:
        """See `Measure.definition`."""
        if self.cutoff is None:
            return "Σ rel(i)·P(i) / R over the whole ranking"
        divisor = "R" if self.by_all_relevant else f"min(R, {self.cutoff})"
        return f"Σ rel(i)·P(i) / {divisor} over the first {self.cutoff}"

    @property
    def mean_key(self) -> str:
        """See `Measure.mean_key`."""
        if self.cutoff is None:
            return "map"
        return f"map_at_{self.cutoff}{'_trec' if self.by_all_relevant else ''}"

    @property
    def maximum(self) -> float:
        """See `Measure.maximum`."""
        return 1.0

    def grade(self, relevance: Relevance) -> float:
        """See `Measure.grade`."""
        divisor = relevance.relevant
        if self.cutoff is not None and not self.by_all_relevant:
            divisor = min(divisor, self.cutoff)
        if divisor == 0:
            return 0.0
        ranks = np.flatnonzero(relevance.grades[: self.cutoff]) + 1
        precisions = np.arange(1, len(ranks) + 1) / ranks
        return float(precisions.sum() / divisor)


@dataclass(frozen=True, slots=True)
class TrapezoidAveragePrecision:
    """``AP-trapezoid`` = Σ_i rel(i)·(P(i−1) + P(i))/2 / R with P(0) = 1: the area below the precision-recall curve.

    As Oxford's `compute_ap` and INRIA's `holidays_map.py` have it: below the finite sum of the same ranking wherever
    a relevant image follows one that is not.
    """

    def __str__(self) -> str:
        return "AP-trapezoid"

    @property
    def definition(self) -> str:
        """See `Measure.definition`."""
        return "Σ rel(i)·(P(i−1) + P(i))/2 / R over the whole ranking, P(0) = 1"

    @property
    def mean_key(self) -> str:
        """See `Measure.mean_key`."""
        return "map_trapezoid"

    @property
    def maximum(self) -> float:
        """See `Measure.maximum`."""
        return 1.0

    def grade(self, relevance: Relevance) -> float:
        """See `Measure.grade`."""
        if relevance.relevant == 0:
            return 0.0
        before = np.flatnonzero(relevance.grades)  # how many images stand before each relevant one
        found = np.arange(len(before))
        precisions_before = np.where(before == 0, 1.0, found / np.maximum(before, 1))
        precisions = (found + 1) / (before + 1)
        return float(((precisions_before + precisions) / 2).sum() / relevance.relevant)
