"""Where an image stands under every metric: why not that one?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cbir.collection import Choice, Collection
from cbir.engines.base import Filter, SearchRequest
from cbir.engines.borders import MAX_K
from cbir.metrics import search_metrics
from cbir.metrics.base import Metric
from cbir.records import Identity, Vector
from cbir.searching.samples import closeness_in
from cbir.searching.steps import CLOSENESS, SEARCH, Steps

READ = (100, 1_000, MAX_K)
"""How many of the best hits are read, until the image is among them."""


@dataclass(frozen=True, slots=True)
class RankUnder:
    """An image's place in the ranking by one metric."""

    metric: Metric
    score: float
    closeness: float | None
    """See `cbir.searching.closeness`; None where the collection has too few images."""
    rank: int | None
    """1 + the number of images that stand before it; None where there are too many of them, or the filter leaves it
    out.
    """
    beyond: int | None
    """At least so many stand before it, where its rank is not known for their number."""


def allowed_metrics(identity: Identity) -> list[Metric]:
    """The metrics by which descriptors of an extractor may be searched."""
    return [one for one in search_metrics() if identity.non_negative or not one.needs_non_negative]


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and an image of the collection."""

    query: Vector
    """(D,)"""
    image: str
    """Its id."""
    vector: Vector
    """The image's descriptor (D,)."""

    def score(self, metric: Metric) -> float:
        """The metric's native value, in float64."""
        return float(metric.score(self.query, self.vector[np.newaxis])[0])


def rank_under(collection: Collection, choice: Choice, pair: Pair, wanted: Filter, steps: Steps) -> RankUnder:
    """The place of the pair's image in the ranking for its query, among the images that are wanted.

    Raises:
        ConflictError: the extractor is not complete.
    """
    score = pair.score(choice.metric)
    with steps.measure(CLOSENESS):
        sample = closeness_in(collection, choice)
    with steps.measure(SEARCH):
        rank, beyond = _rank(collection, choice, pair, wanted)
    return RankUnder(choice.metric, score, sample.closeness_of(score) if sample else None, rank, beyond)


def _rank(collection: Collection, choice: Choice, pair: Pair, wanted: Filter) -> tuple[int | None, int | None]:
    for k in READ:
        request = SearchRequest(choice.identity.name, choice.metric.name, k, filter=wanted)
        (ranking,) = collection.stored.search(request, pair.query[np.newaxis])
        ids = [hit.id for hit in ranking.hits]
        if pair.image in ids:
            return ids.index(pair.image) + 1, None
        if len(ids) < k:
            return None, None
    return None, MAX_K
