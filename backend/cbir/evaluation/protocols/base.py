"""What a protocol is: the rules that lead from a dataset and a ranking to a relevance list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray

from cbir.evaluation.dataset import Dataset, Query
from cbir.evaluation.measures import Relevance

Order = NDArray[np.intp]
"""A ranking of the gallery: positions of images, best first; shape (N,), or (n,) where it was cut off."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and what is true of each of the N gallery images for it."""

    query: Query
    relevant: NDArray[np.bool_]
    """Shape (N,)."""
    junk: NDArray[np.bool_]
    """Taken out of the ranking before grading, shape (N,)."""

    def kept(self, order: Order) -> Order:
        """A ranking of the gallery without its junk."""
        return order[~self.junk[order]]

    def relevance(self, order: Order) -> Relevance:
        """The relevance list of a ranking of the gallery."""
        return Relevance(self.relevant[self.kept(order)], int(np.count_nonzero(self.relevant & ~self.junk)))


class Judgements(Interface):
    """A protocol applied to one dataset."""

    @property
    def queries(self) -> Sequence[Query]:
        """The queries that are graded, in the order in which they are judged."""

    @property
    def unlabelled(self) -> int:
        """Images that are no queries, for want of a label."""

    @property
    def without_relevant(self) -> int:
        """Queries that are left out, because nothing in the gallery is relevant to them."""

    def __iter__(self) -> Iterator[Judged]:
        """The queries in the order of ``queries``, one by one (a judgement of every pair would not fit)."""


class Protocol(Interface):
    """Rules for grading."""

    @property
    def name(self) -> str:
        """As reports name it."""

    @property
    def definition(self) -> str:
        """The rules in a sentence or two, for reports."""

    @property
    def customary_measures(self) -> tuple[str, ...]:
        """The names of the measures by which those who made the rules grade, the main one first; often none."""

    def judge(self, dataset: Dataset) -> Judgements:
        """Apply the rules to a dataset.

        Raises:
            InvalidRequestError: no query can be graded.
        """
