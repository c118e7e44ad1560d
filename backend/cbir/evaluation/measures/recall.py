"""Recall: which share of what is relevant was found, whether any of it was, and how far one must look for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cbir.evaluation.measures.base import Relevance, found_within


@dataclass(frozen=True, slots=True)
class Recall:
    """``recall@k`` = (rel(1) + … + rel(k)) / R, which stays below 1 where R > k."""

    cutoff: int

    def __str__(self) -> str:
        return f"recall@{self.cutoff}"

    @property
    def definition(self) -> str:
        """See `Measure.definition`."""
        return f"share of the R relevant images that is among the first {self.cutoff}"

    @property
    def mean_key(self) -> str:
        """See `Measure.mean_key`."""
        return f"recall_at_{self.cutoff}"

    @property
    def maximum(self) -> float:
        """See `Measure.maximum`. Out of reach where R > k."""
        return 1.0

    def grade(self, relevance: Relevance) -> float:
        """See `Measure.grade`."""
        return found_within(relevance, self.cutoff) / relevance.relevant if relevance.relevant else 0.0


@dataclass(frozen=True, slots=True)
class HitRate:
    """``hit@k`` = 1 if at least one of the first k is relevant, else 0; also called success."""

    cutoff: int

    def __str__(self) -> str:
        return f"hit@{self.cutoff}"

    @property
    def definition(self) -> str:
        """See `Measure.definition`."""
        return f"1 if a relevant image is among the first {self.cutoff}, else 0"

    @property
    def mean_key(self) -> str:
        """See `Measure.mean_key`."""
        return f"hit_rate_at_{self.cutoff}"

    @property
    def maximum(self) -> float:
        """See `Measure.maximum`."""
        return 1.0

    def grade(self, relevance: Relevance) -> float:
        """See `Measure.grade`."""
        return float(bool(relevance.grades[: self.cutoff].any()))


@dataclass(frozen=True, slots=True)
class ReciprocalRank:
    """``RR`` = 1/i for the first relevant image, at rank i; 0 where none was found."""

    def __str__(self) -> str:
        return "RR"

    @property
    def definition(self) -> str:
        """See `Measure.definition`."""
        return "1/i for the rank i of the first relevant image"

    @property
    def mean_key(self) -> str:
        """See `Measure.mean_key`."""
        return "mrr"

    @property
    def maximum(self) -> float:
        """See `Measure.maximum`."""
        return 1.0

    def grade(self, relevance: Relevance) -> float:
        """See `Measure.grade`."""
        return float(1 / (np.argmax(relevance.grades) + 1)) if relevance.grades.any() else 0.0
