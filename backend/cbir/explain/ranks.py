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


def rank_under(  # noqa: PLR0913, PLR0917 — what a search is made of, and its answer
    collection: Collection, choice: Choice, query: Vector, image: str, vector: Vector, wanted: Filter
) -> RankUnder:
    """The place of an image with the descriptor ``vector`` (D,) in the ranking for ``query`` (D,).

    Raises:
        ConflictError: the extractor is not complete.
    """
    sample = closeness_in(collection, choice)
    score = float(choice.metric.score(query, vector[np.newaxis])[0])
    rank, beyond = _rank(collection, choice, query, image, wanted)
    return RankUnder(choice.metric, score, sample.closeness_of(score) if sample else None, rank, beyond)


def _rank(
    collection: Collection, choice: Choice, query: Vector, image: str, wanted: Filter
) -> tuple[int | None, int | None]:
    for k in READ:
        request = SearchRequest(choice.identity.name, choice.metric.name, k, filter=wanted)
        (ranking,) = collection.stored.search(request, query[np.newaxis])
        ids = [hit.id for hit in ranking.hits]
        if image in ids:
            return ids.index(image) + 1, None
        if len(ids) < k:
            return None, None
    return None, MAX_K
