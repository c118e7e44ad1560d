"""Measures: each grades one query's relevance list, and prints as its name.

Notation: the ranking after the protocol took out what does not count has n images; rel(i) is 1 where the i-th of
them (from 1) is relevant, else 0; R is the number of relevant images that there are, found or not.
P(i) = (rel(1) + … + rel(i)) / i.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cbir.errors import UnknownNameError
from cbir.registry import did_you_mean


@dataclass(frozen=True, slots=True)
class Relevance:
    """What a protocol made of one ranking."""

    grades: NDArray[np.bool_]
    """rel(1) … rel(n), shape (n,)."""
    relevant: int
    """R."""


class Measure(Protocol):
    """Grades a relevance list; `str()` gives its name."""

    @property
    def definition(self) -> str:
        """Its formula, for reports."""

    @property
    def mean_key(self) -> str:
        """What its mean over all queries is called in JSON."""

    def grade(self, relevance: Relevance) -> float:
        """Between 0 (nothing relevant found) and 1; 0 where nothing relevant exists."""


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

    def grade(self, relevance: Relevance) -> float:
        """See `Measure.grade`."""
        return int(np.count_nonzero(relevance.grades[: self.cutoff])) / self.cutoff


DEFAULT_MEASURES: tuple[Measure, ...] = (
    AveragePrecision(100),
    AveragePrecision(100, by_all_relevant=True),
    AveragePrecision(),
    Precision(1),
    Precision(10),
)
FORMS = ("AP", "AP@100", "AP@100-trec", "P@10")


def parse_measure(name: str) -> Measure:
    """The measure that prints as ``name``: `AP`, or `AP@k`, `AP@k-trec`, `P@k` with a k of at least 1.

    Raises:
        UnknownNameError: no measure prints like that.
    """
    number = name.partition("@")[2].removesuffix("-trec")
    candidates: list[Measure] = [AveragePrecision()]
    if re.fullmatch("[1-9][0-9]{0,8}", number):
        cutoff = int(number)
        candidates += [AveragePrecision(cutoff), AveragePrecision(cutoff, by_all_relevant=True), Precision(cutoff)]
    for measure in candidates:
        if str(measure) == name:
            return measure
    raise UnknownNameError(f"No measure is called '{name}'.", remedy=did_you_mean(name, list(FORMS)))
