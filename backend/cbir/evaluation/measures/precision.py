"""Precision: which share of what was found is relevant."""

from __future__ import annotations

from dataclasses import dataclass

from cbir.evaluation.measures.base import Relevance, found_within


@dataclass(frozen=True, slots=True)
class Precision:
    """``P@k`` = (rel(1) + … + rel(k)) / k; a ranking shorter than k counts as if it went on with wrong answers."""

    cutoff: int

    def __str__(self) -> str:
        return f"P@{self.cutoff}"

    @property
    def definition(self) -> str:
        """See `Measure.definition`."""
        return f"share of relevant images among the first {self.cutoff}"

    @property
    def mean_key(self) -> str:
        """See `Measure.mean_key`."""
        return f"precision_at_{self.cutoff}"

    @property
    def maximum(self) -> float:
        """See `Measure.maximum`. Out of reach where R < k."""
        return 1.0

    def grade(self, relevance: Relevance) -> float:
        """See `Measure.grade`."""
        return found_within(relevance, self.cutoff) / self.cutoff


@dataclass(frozen=True, slots=True)
class RPrecision:
    """``Rprec`` = (rel(1) + … + rel(R)) / R: precision and recall where the two are the same."""

    def __str__(self) -> str:
        return "Rprec"

    @property
    def definition(self) -> str:
        """See `Measure.definition`."""
        return "share of relevant images among the first R"

    @property
    def mean_key(self) -> str:
        """See `Measure.mean_key`."""
        return "r_precision"

    @property
    def maximum(self) -> float:
        """See `Measure.maximum`."""
        return 1.0

    def grade(self, relevance: Relevance) -> float:
        """See `Measure.grade`."""
        return found_within(relevance, relevance.relevant) / relevance.relevant if relevance.relevant else 0.0


@dataclass(frozen=True, slots=True)
class NisterStewenius:
    """``N-S`` = rel(1) + … + rel(4): the score of UKBench, where each object has four pictures, the query among them.

    4 is perfect. It says what its makers mean only where the query stays in the gallery and R = 4.
    """

    def __str__(self) -> str:
        return "N-S"

    @property
    def definition(self) -> str:
        """See `Measure.definition`."""
        return "number of relevant images among the first 4"

    @property
    def mean_key(self) -> str:
        """See `Measure.mean_key`."""
        return "n_s"

    @property
    def maximum(self) -> float:
        """See `Measure.maximum`."""
        return 4.0

    def grade(self, relevance: Relevance) -> float:
        """See `Measure.grade`."""
        return float(found_within(relevance, 4))
