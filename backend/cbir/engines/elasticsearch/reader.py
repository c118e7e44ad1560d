"""What is read of a collection's index."""

from __future__ import annotations

import heapq
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
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
from cbir.engines.elasticsearch.searches import BY_SCORE, WINDOW, Hit, Ordered, Searches, Sort
from cbir.engines.elasticsearch.visibility import Unrefreshed
from cbir.errors import CorruptDataError, NotFoundError
from cbir.records import ImageRecord, Location, Matrix

RECORDS_AT_ONCE = 1000
VECTOR_BYTES = 16 << 20
"""Of the descriptors in one answer."""
BYTES_OF_A_NUMBER = 6
"""In base64, rounded up."""

_RECORD = ("record",)
_BY_FIRST_PATH: Sort = ({"paths": {"order": "asc", "mode": "min"}}, {"id": "asc"})


class Reader:
    """Reads one collection."""

    def __init__(self, cluster: Cluster, collection: str, unrefreshed: Unrefreshed) -> None:
        self._cluster = cluster
        self._collection = collection
        self._unrefreshed = unrefreshed
        self.searches = Searches(cluster, collection, unrefreshed)

    # -- records ---------------------------------------------------------------------------------------

    def states(self, images: Iterable[str]) -> dict[str, Stored]:
        """The latest states of those of these images that are there, also where no search sees them yet."""
        about, alias = f"the collection '{self._collection}'", self._cluster.names.alias(self._collection)
        found: dict[str, Stored] = {}
        ids = iter(dict.fromkeys(image for image in images if is_id(image)))
        while piece := list(islice(ids, RECORDS_AT_ONCE)):
            with self._cluster.answers(about):
                answer = self._cluster.client.mget(index=alias, ids=piece, source_includes=documents.SOURCE)
            for one in answer["docs"]:
                if "error" in one:
                    raise refused(0, one["error"], self._cluster.asked(about))
                if one["found"]:
                    version = (one["_seq_no"], one["_primary_term"])
                    found[one["_id"]] = documents.stored(one["_id"], one["_source"], version)
        return found

    def holders(self, paths: Sequence[str]) -> set[str]:
        """Images that a search finds by one of these paths; it need not see the latest changes."""
        texts = sorted({documents.path_text(path) for path in paths})
        return {
            hit["_id"]
            for clause in filters.terms("paths", texts)
            for page in self.searches.pages(Ordered(clause), min(WINDOW, len(texts) + 1), fresh=False)
            for hit in page
        }

    def page(self, offset: int, limit: int, filter: Filter) -> list[ImageRecord]:
        """Records in order of their ids."""
        wanted, after = Ordered(filters.query(filter), source=_RECORD), None
        if offset and limit:
            passed = self.searches.each(Ordered(wanted.query), min(offset, WINDOW))
            last = next(islice(passed, offset - 1, None), None)
            if last is None:
                return []
            after = last["sort"]
        return self._records(wanted, limit, after)

    def walk(self, size: int, filter: Filter) -> Iterator[list[ImageRecord]]:
        """All records in order of their ids, at most ``size`` at a time."""
        for page in self.searches.pages(Ordered(filters.query(filter), source=_RECORD), min(size, WINDOW)):
            yield [_record(hit) for hit in page]

    def sample(self, size: int, seed: int, filter: Filter) -> list[ImageRecord]:
        """Different records at random; the same for the same seed, as long as the index is not rebuilt."""
        random = {"random_score": {"seed": str(seed), "field": "id"}, "boost_mode": "replace"}
        query = {"function_score": {"query": filters.query(filter), **random}}
        return self._records(Ordered(query, BY_SCORE, _RECORD), size)

    def locations(self) -> Iterator[tuple[Location, str]]:
        """Every location with its image's id, in order of the path's bytes.

        Images come in order of their first paths; their further paths wait until it is their turn.
        """
        wanted = Ordered({"exists": {"field": "paths"}}, _BY_FIRST_PATH, _RECORD)
        waiting: list[tuple[str, str, Location]] = []
        for hit in self.searches.each(wanted, RECORDS_AT_ONCE):
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
            page = self.searches.aggregated({"labels": {"composite": composite}})["labels"]
            found |= {bucket["key"]["label"]: bucket["doc_count"] for bucket in page["buckets"]}
            if "after_key" not in page:
                return found
            composite["after"] = page["after_key"]

    def keyword_search(self, text: str, limit: int) -> list[str]:
        """Ids of images that hold every word, the most relevant first."""
        query = filters.relevance(text)
        hits = self.searches.each(Ordered(query, BY_SCORE), min(limit, WINDOW)) if query else ()
        return [hit["_id"] for hit in islice(hits, limit)]

    # -- descriptors -----------------------------------------------------------------------------------

    def missing_counts(self, extractors: Sequence[DescriptorFields]) -> list[int]:
        """For each extractor the number of images that lack its descriptor."""
        wanted = {one.slot: {"filter": lacking(one)} for one in extractors}
        counts = self.searches.aggregated(wanted) if wanted else {}
        return [int(counts[one.slot]["doc_count"]) for one in extractors]

    def missing(self, extractor: DescriptorFields) -> list[str]:
        """Ids of the images that lack a descriptor, ascending."""
        return [hit["_id"] for hit in self.searches.each(Ordered(lacking(extractor)), WINDOW)]

    def vectors(self, extractor: DescriptorFields, images: Sequence[str]) -> Matrix:
        """Descriptors (len(images), D), bit for bit.

        Raises:
            NotFoundError: an image is not there, or lacks the descriptor.
            CorruptDataError: it should be there and is not.
        """
        wanted = list(dict.fromkeys(image for image in images if is_id(image)))
        found = self._visible_vectors(extractor, wanted)
        if len(found) < len(set(images)):
            self._require_held(extractor, [image for image in images if image not in found])
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
        rows = max(1, min(WINDOW, VECTOR_BYTES // (BYTES_OF_A_NUMBER * extractor.identity.dims)))
        fields = [{"field": name, "format": "binary"} for name in extractor.values]
        found: dict[str, Any] = {}
        for start in range(0, len(images), rows):
            query = {"bool": {"filter": [{"terms": {"id": images[start : start + rows]}}, has(extractor)]}}
            for hit in self.searches.hits(query=query, size=rows, docvalue_fields=fields, source=False):
                parts = [hit.get("fields", {}).get(name, [""])[0] for name in extractor.values]
                values = np.frombuffer(b"".join(map(b64decode, parts)), dtype=">f4")
                if len(values) != extractor.identity.dims:
                    raise _damaged(extractor, hit["_id"])
                found[hit["_id"]] = values
        return found

    def _require_held(self, extractor: DescriptorFields, images: Sequence[str]) -> None:
        known, name = self.states(images), extractor.identity.name
        for image in images:
            if image not in known:
                raise NotFoundError(f"Image {image} is not in the collection '{self._collection}'.")
            if extractor.slot not in known[image].has:
                raise NotFoundError(f"Image {image} has no descriptor '{name}' yet.")

    def _records(self, wanted: Ordered, limit: int, after: Any = None) -> list[ImageRecord]:
        pages = self.searches.pages(wanted, min(limit, RECORDS_AT_ONCE), after=after)
        return [_record(hit) for hit in islice((hit for page in pages for hit in page), limit)]


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
