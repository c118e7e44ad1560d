"""What a collection's index answers; every search sees what this process wrote before."""

from __future__ import annotations

import heapq
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from cbir.engines.base import Filter
from cbir.engines.elasticsearch import documents, filters
from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.documents import Stored
from cbir.engines.elasticsearch.failures import refused
from cbir.engines.elasticsearch.filters import Query
from cbir.engines.elasticsearch.limits import is_id
from cbir.engines.elasticsearch.mapping import DescriptorFields
from cbir.engines.elasticsearch.visibility import Unrefreshed
from cbir.errors import CorruptDataError, NotFoundError
from cbir.records import ImageRecord, Location, Matrix

WINDOW = 10_000
"""Hits that one answer may hold (`max_result_window`)."""
RECORDS_AT_ONCE = 1000
VECTOR_BYTES = 16 << 20
"""Of the descriptors in one answer."""
BY_ID = [{"id": "asc"}]

Hit = Mapping[str, Any]


class Reader:
    """Reads one collection."""

    def __init__(self, cluster: Cluster, collection: str, unrefreshed: Unrefreshed) -> None:
        self._cluster = cluster
        self._alias = cluster.names.alias(collection)
        self._collection = collection
        self._about = f"the collection '{collection}'"
        self._unrefreshed = unrefreshed

    # -- records ---------------------------------------------------------------------------------------

    def states(self, images: Iterable[str]) -> dict[str, Stored]:
        """The latest states of those of these images that are there, also where no search sees them yet."""
        found: dict[str, Stored] = {}
        ids = iter(dict.fromkeys(image for image in images if is_id(image)))
        while piece := list(islice(ids, RECORDS_AT_ONCE)):
            with self._cluster.answers(self._about):
                answer = self._cluster.client.mget(index=self._alias, ids=piece, source_includes=documents.SOURCE)
            for one in answer["docs"]:
                if "error" in one:
                    raise refused(0, one["error"], self._cluster.asked(self._about))
                if one["found"]:
                    version = (one["_seq_no"], one["_primary_term"])
                    found[one["_id"]] = documents.stored(one["_id"], one["_source"], version)
        return found

    def holders(self, paths: Sequence[str]) -> set[str]:
        """Images that a search finds by one of these paths, whether or not this process' latest changes show."""
        texts = sorted({documents.path_text(path) for path in paths})
        return {
            hit["_id"]
            for clause in filters.terms("paths", texts)
            for page in self._pages(clause, BY_ID, WINDOW, fresh=False)
            for hit in page
        }

    def count(self, filter: Filter) -> int:
        """How many images there are."""
        return self.count_of(filters.query(filter))

    def count_of(self, query: Query) -> int:
        """How many images a query finds."""
        self._unrefreshed.refresh_if_written()
        with self._cluster.answers(self._about):
            return int(self._cluster.client.count(index=self._alias, query=query)["count"])

    def page(self, offset: int, limit: int, filter: Filter) -> list[ImageRecord]:
        """Records in order of their ids."""
        query, after = filters.query(filter), None
        if offset and limit:
            passed = list(islice(self._hits(query, BY_ID, min(offset, WINDOW)), offset - 1, offset))
            if not passed:
                return []
            after = passed[0]["sort"]
        return self._records(query, BY_ID, limit, after)

    def walk(self, size: int, filter: Filter) -> Iterator[list[ImageRecord]]:
        """All records in order of their ids, at most ``size`` at a time."""
        for page in self._pages(filters.query(filter), BY_ID, min(size, WINDOW), source=["record"]):
            yield [_record(hit) for hit in page]

    def sample(self, size: int, seed: int, filter: Filter) -> list[ImageRecord]:
        """Different records at random."""
        random = {"random_score": {"seed": str(seed), "field": "id"}, "boost_mode": "replace"}
        query = {"function_score": {"query": filters.query(filter), **random}}
        return self._records(query, [{"_score": "desc"}, *BY_ID], size)

    def locations(self) -> Iterator[tuple[Location, str]]:
        """Every location with its image's id, in order of the path's bytes.

        Images come in order of their first paths; the further ones wait until it is their turn.
        """
        first_path = [{"paths": {"order": "asc", "mode": "min"}}, *BY_ID]
        waiting: list[tuple[str, str, Location]] = []
        for page in self._pages({"exists": {"field": "paths"}}, first_path, RECORDS_AT_ONCE, source=["record"]):
            for hit in page:
                while waiting and waiting[0][0] < hit["sort"][0]:
                    _, image, place = heapq.heappop(waiting)
                    yield place, image
                for place in _record(hit).locations:
                    heapq.heappush(waiting, (documents.path_text(place.path), hit["_id"], place))
        while waiting:
            _, image, place = heapq.heappop(waiting)
            yield place, image

    def labels(self) -> dict[str, int]:
        """Every label with the number of its images, by name."""
        found: dict[str, int] = {}
        composite: dict[str, Any] = {"size": WINDOW, "sources": [{"label": {"terms": {"field": "labels"}}}]}
        while True:
            (buckets,) = self.aggregated({"labels": {"composite": composite}}).values()
            found |= {bucket["key"]["label"]: bucket["doc_count"] for bucket in buckets["buckets"]}
            if "after_key" not in buckets:
                return found
            composite["after"] = buckets["after_key"]

    def keyword_search(self, text: str, limit: int) -> list[str]:
        """Ids of images that hold every word, the most relevant first."""
        query = filters.relevance(text)
        if query is None:
            return []
        hits = self._hits(query, [{"_score": "desc"}, *BY_ID], min(limit, WINDOW))
        return [hit["_id"] for hit in islice(hits, limit)]

    # -- descriptors -----------------------------------------------------------------------------------

    def missing_counts(self, extractors: Sequence[DescriptorFields]) -> list[int]:
        """For each extractor the number of images that lack its descriptor."""
        wanted = {one.slot: {"filter": lacking(one)} for one in extractors}
        counts = self.aggregated(wanted) if wanted else {}
        return [int(counts[one.slot]["doc_count"]) for one in extractors]

    def missing(self, extractor: DescriptorFields) -> list[str]:
        """Ids of the images that lack a descriptor, ascending."""
        return [hit["_id"] for hit in self._hits(lacking(extractor), BY_ID, WINDOW)]

    def vectors(self, extractor: DescriptorFields, images: Sequence[str]) -> Matrix:
        """Descriptors (len(images), D), bit for bit.

        Raises:
            NotFoundError: an image is not there, or lacks the descriptor.
            CorruptDataError: it should be there and is not.
        """
        wanted = list(dict.fromkeys(image for image in images if is_id(image)))
        found = self._visible_vectors(extractor, wanted)
        if len(found) < len(set(images)):
            self._require(extractor, [image for image in images if image not in found])
            self._unrefreshed.refresh()
            found |= self._visible_vectors(extractor, [image for image in wanted if image not in found])
        matrix = np.empty((len(images), extractor.identity.dims), dtype=np.float32)
        for row, image in zip(matrix, images, strict=True):
            if image not in found:
                raise _damaged(extractor, image)
            row[:] = found[image]
        return matrix

    def _visible_vectors(self, extractor: DescriptorFields, images: Sequence[str]) -> dict[str, Any]:
        """Those of these descriptors that a search sees."""
        rows = max(1, min(WINDOW, VECTOR_BYTES // (6 * extractor.identity.dims)))
        fields = [{"field": name, "format": "binary"} for name in extractor.values]
        found: dict[str, Any] = {}
        for start in range(0, len(images), rows):
            query = {"bool": {"filter": [{"terms": {"id": list(images[start : start + rows])}}, has(extractor)]}}
            for hit in self._search(query=query, size=rows, docvalue_fields=fields, source=False):
                parts = [hit.get("fields", {}).get(name, [""])[0] for name in extractor.values]
                values = np.frombuffer(b"".join(map(b64decode, parts)), dtype=">f4")
                if len(values) != extractor.identity.dims:
                    raise _damaged(extractor, hit["_id"])
                found[hit["_id"]] = values
        return found

    def _require(self, extractor: DescriptorFields, images: Sequence[str]) -> None:
        known, name = self.states(images), extractor.identity.name
        for image in images:
            if image not in known:
                raise NotFoundError(f"Image {image} is not in the collection '{self._collection}'.")
            if extractor.slot not in known[image].has:
                raise NotFoundError(f"Image {image} has no descriptor '{name}' yet.")

    # -- searches --------------------------------------------------------------------------------------

    def aggregated(self, aggregations: Mapping[str, Any]) -> dict[str, Any]:
        """The results of these aggregations over all images, by name."""
        return dict(self._answer(size=0, aggregations=aggregations)["aggregations"])

    def first(self, query: Query, count: int) -> list[str]:
        """The smallest ids that a query finds."""
        return [hit["_id"] for hit in islice(self._hits(query, BY_ID, count), count)]

    def _records(self, query: Query, sort: Any, limit: int, after: Any = None) -> list[ImageRecord]:
        pages = self._pages(query, sort, min(limit, RECORDS_AT_ONCE), source=["record"], after=after)
        return [_record(hit) for page in pages for hit in page][:limit] if limit else []

    def _hits(self, query: Query, sort: Any, size: int) -> Iterator[Hit]:
        for page in self._pages(query, sort, size):
            yield from page

    def _pages(
        self, query: Query, sort: Any, size: int, *, source: Any = False, after: Any = None, fresh: bool = True
    ) -> Iterator[list[Hit]]:
        """All hits in order, ``size`` at a time; each page is read when it is asked for."""
        while size:
            further = {"search_after": after} if after else {}
            page = list(self._search(fresh=fresh, query=query, sort=sort, size=size, source=source, **further))
            if page:
                yield page
            if len(page) < size:
                return
            after = page[-1]["sort"]

    def _search(self, *, fresh: bool = True, **body: Any) -> Sequence[Hit]:
        return self._cluster.hits(self._answer(fresh=fresh, **body), self._about)

    def _answer(self, *, fresh: bool = True, **body: Any) -> Mapping[str, Any]:
        if fresh:
            self._unrefreshed.refresh_if_written()
        with self._cluster.answers(self._about):
            answer = self._cluster.client.search(
                index=self._alias,
                allow_partial_search_results=False,
                timeout=self._cluster.patience,
                track_total_hits=False,
                **body,
            )
        self._cluster.hits(answer.body, self._about)
        return dict(answer.body)


def has(extractor: DescriptorFields) -> Query:
    """The query for images that have a descriptor."""
    return {"term": {"has": extractor.slot}}


def lacking(extractor: DescriptorFields) -> Query:
    """The query for images that lack a descriptor."""
    return {"bool": {"must_not": has(extractor)}}


def _record(hit: Hit) -> ImageRecord:
    return documents.record_of(hit["_id"], hit["_source"]["record"])


def _damaged(extractor: DescriptorFields, image: str) -> CorruptDataError:
    return CorruptDataError(
        f"The descriptor '{extractor.identity.name}' of image {image} is damaged.",
        remedy="`cbir doctor` says what else is, and what to do.",
    )
