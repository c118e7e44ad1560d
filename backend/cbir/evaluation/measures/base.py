"""What a measure is, and the relevance list that it grades.

Notation, here and in all measures: the ranking after the protocol took out what does not count has n images; rel(i)
is 1 where the i-th of them (from 1) is relevant, else 0; R is the number of relevant images that there are, found or
not. P(i) = (rel(1) + … + rel(i)) / i. What lies beyond the end of a ranking counts as not relevant, and where R = 0
every grade is 0 (a protocol leaves such a query out of the mean, and says so).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray

from cbir.metrics.base import Float64


@dataclass(frozen=True, slots=True)
class Gains:
    """How relevant images are, where that has grades (3 = same place, 1 = same kind of place, …)."""

    ranked: Float64
    """g(1) … g(n): the gain of each image of the ranking, 0 where it is not relevant; shape (n,)."""
    ideal: Float64
    """The gains of all relevant images, found or not, largest first; shape (R,)."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """What a protocol made of one ranking."""

    grades: NDArray[np.bool_]
    """rel(1) … rel(n), shape (n,)."""
    relevant: int
    """R."""
    gains: Gains | None = None
    """None where an image is relevant or not: then its gain is rel(i)."""


class Measure(Interface):
    """Grades a relevance list; `str()` gives its name. Equal measures hash alike: grades are kept by measure."""

    @property
    def definition(self) -> str:
        """Its formula, for reports."""

    @property
    def mean_key(self) -> str:
        """What its mean over all queries is called in JSON."""

    @property
    def maximum(self) -> float:
        """The grade of a perfect ranking: 1, but for N-S."""

    def grade(self, relevance: Relevance) -> float:
        """Between 0 (nothing relevant found, or nothing relevant exists) and ``maximum``."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the measures of one kind print: as ``template``, in which `@k` stands for a cutoff of one's choice."""

    template: str
    make: Callable[[int], Measure]
    """The measure with this k; a form without `@k` has one measure and passes the number over."""


def found_within(relevance: Relevance, cutoff: int) -> int:
    """rel(1) + … + rel(cutoff)."""
    return int(np.count_nonzero(relevance.grades[:cutoff]))
