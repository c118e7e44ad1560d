"""Searches of one collection, whole or not at all, and page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.filters import Query
from cbir.engines.elasticsearch.visibility import Unrefreshed

WINDOW = 10_000
"""Hits that one answer may hold (`max_result_window`)."""

Hit = Mapping[str, Any]
Sort = Sequence[Mapping[str, Any]]

BY_ID: Sort = ({"id": "asc"},)
BY_SCORE: Sort = ({"_score": "desc"}, *BY_ID)


@dataclass(frozen=True, slots=True)
class Ordered:
    """Images in an order in which no two stand in the same place."""

    query: Query
    sort: Sort = BY_ID
    source: Sequence[str] | bool = False
    """The parts of the document that are wanted."""


class Searches:
    """Asks one collection; by default for all that this process wrote before, too."""

    def __init__(self, cluster: Cluster, collection: str, unrefreshed: Unrefreshed) -> None:
        self._cluster = cluster
        self._alias = cluster.names.alias(collection)
        self._about = f"the collection '{collection}'"
        self._unrefreshed = unrefreshed

    def count(self, query: Query) -> int:
        """How many images a query finds."""
        # The server's own count leaves out, and does not say so, what is in shards that are on no node.
        found = self._answer(query=query, size=0, track_total_hits=True)
        return int(found["hits"]["total"]["value"])

    def aggregated(self, aggregations: Mapping[str, Any]) -> dict[str, Any]:
        """The results of these aggregations over all images, by name."""
        return dict(self._answer(size=0, aggregations=aggregations)["aggregations"])

    def hits(self, *, fresh: bool = True, **body: Any) -> Sequence[Hit]:
        """The hits of one search."""
        return self._cluster.hits(self._answer(fresh=fresh, **body), self._about)

    def pages(self, wanted: Ordered, size: int, *, after: Any = None, fresh: bool = True) -> Iterator[Sequence[Hit]]:
        """All images in order, ``size`` at a time; each page is read when it is asked for."""
        while size:
            body: dict[str, Any] = {"query": wanted.query, "sort": wanted.sort, "source": wanted.source, "size": size}
            if after:
                body["search_after"] = after
            page = self.hits(fresh=fresh, **body)
            if page:
                yield page
            if len(page) < size:
                return
            after = page[-1]["sort"]

    def each(self, wanted: Ordered, size: int) -> Iterator[Hit]:
        """All images in order, read ``size`` at a time."""
        for page in self.pages(wanted, size):
            yield from page

    def _answer(self, *, fresh: bool = True, **body: Any) -> Mapping[str, Any]:
        if fresh:
            self._unrefreshed.refresh_if_written()
        with self._cluster.answers(self._about):
            answer = self._cluster.client.search(
                index=self._alias,
                allow_partial_search_results=False,
                timeout=self._cluster.patience,
                **{"track_total_hits": False, **body},
            )
        self._cluster.hits(answer.body, self._about)
        return dict(answer.body)
