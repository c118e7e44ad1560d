"""A ranking read from its best hit on, as far as it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cbir.engines.base import SearchRequest, StoredCollection
from cbir.engines.borders import MAX_K
from cbir.errors import NotFoundError
from cbir.metrics.base import Metric
from cbir.records import Hit, Matrix, Ranking, Vector
from cbir.searching.closeness import nearest_other, self_score


class Ranked:
    """One query's ranking. What was read stays, so that hits, duplicates and the best hit cost one search."""

    def __init__(self, stored: StoredCollection, request: SearchRequest, query: Vector, least: int = 1) -> None:
        """Nothing is read yet.

        Args:
            stored: the collection.
            request: the search; its k and offset are not looked at.
            query: the query (D,).
            least: hits that are read at first, if only a few are asked for.
        """
        self.exact = True
        self._hits: list[Hit] = []
        """From the best on, without gaps and repeats."""
        self._ended = False
        """Whether these are all there are."""
        self._least = least
        self._stored = stored
        self._request = request
        self._query = query
        self._passed = 0

    def first(self, count: int) -> Sequence[Hit]:
        """The ``count`` best hits, fewer where the ranking ends before; what has to be read doubles each time."""
        while len(self._hits) < count and not self._ended:
            k = min(MAX_K, max(count - len(self._hits), len(self._hits), self._least))
            found = self._page(k, self._passed).hits
            known = {hit.id for hit in self._hits}
            # a write between two pages may have pushed a hit from one to the next
            self._hits += [hit for hit in found if hit.id not in known]
            self._passed += len(found)
            self._ended = len(found) < k
        return self._hits[:count]

    def has_more_than(self, count: int) -> bool:
        """Whether there are, or may be, hits beyond the ``count`` best, as far as was read."""
        return not self._ended or len(self._hits) > count

    def far(self, k: int, offset: int) -> Sequence[Hit]:
        """``k`` hits after the ``offset`` best, read without those before them."""
        return self._page(k, offset).hits

    def nearest_other(self, aside: frozenset[str], metric: Metric) -> Hit | None:
        """The best hit that is neither one of the images ``aside`` nor an exact duplicate of the query.

        None where there is none among the 10,000 best.
        """
        own = self_score(metric, self._query)
        count = self._least
        while True:
            best = nearest_other(self.first(count), aside, own, metric)
            if best or count >= MAX_K or not self.has_more_than(count):
                return best
            count = min(MAX_K, 4 * count)

    @property
    def dims(self) -> int:
        """Size of a descriptor."""
        return int(self._query.shape[0])

    def described(self, hits: Sequence[Hit]) -> tuple[Sequence[Hit], Matrix]:
        """Hits with their descriptors (N, D), without those that were deleted since they were found."""
        try:
            return hits, self._stored.vectors(self._request.extractor, [hit.id for hit in hits])
        except NotFoundError:
            there = self._stored.get([hit.id for hit in hits])
        return self.described([hit for hit, record in zip(hits, there, strict=True) if record is not None])

    def _page(self, k: int, offset: int) -> Ranking:
        (ranking,) = self._stored.search(replace(self._request, k=k, offset=offset), self._query[np.newaxis])
        self.exact = self.exact and ranking.exact
        return ranking
