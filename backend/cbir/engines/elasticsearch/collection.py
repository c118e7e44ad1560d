"""One open collection: the contract's methods, each of which asks the cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from cbir.engines import borders
from cbir.engines.base import (
    EVERYTHING,
    Capabilities,
    Filter,
    Finding,
    ItemResult,
    SearchRequest,
    StoredCollection,
    StoredExtractor,
)
from cbir.engines.elasticsearch import checks, filters, lookup, maintenance
from cbir.engines.elasticsearch.connection import Cluster
from cbir.engines.elasticsearch.lookup import fields_of
from cbir.engines.elasticsearch.mapping import MAX_DIMS, MAX_NORM, Description, DescriptorFields
from cbir.engines.elasticsearch.metadata import Metadata
from cbir.engines.elasticsearch.reader import Reader
from cbir.engines.elasticsearch.search import ExactSearch
from cbir.engines.elasticsearch.visibility import Unrefreshed
from cbir.engines.elasticsearch.writer import Writer
from cbir.errors import AlreadyExistsError, NotFoundError, ReadOnlyError, StorageError, UnavailableError
from cbir.records import Identity, ImageEntry, ImageRecord, Location, Matrix, Ranking

CAPABILITIES = Capabilities(
    strategies=("exact",), max_dims=MAX_DIMS, max_norm=MAX_NORM, atomic_batches=False, many_writers=True
)


class ElasticsearchCollection(StoredCollection):
    """A collection on a cluster. See `StoredCollection`; methods may be called from several threads."""

    def __init__(self, name: str, cluster: Cluster, unrefreshed: Unrefreshed, *, write: bool) -> None:
        self.name = name
        self.index = cluster.names.alias(name)
        self._cluster = cluster
        self._unrefreshed = unrefreshed
        self._reader = Reader(cluster, name, unrefreshed)
        self._writer = Writer(cluster, name, self._reader, unrefreshed) if write else None
        self._metadata = Metadata(cluster)
        self._open = True

    def close(self) -> None:
        """Let searches of other processes see what was written; should that fail, they see it a moment later."""
        if self._open and self._writer:
            with contextlib.suppress(NotFoundError, UnavailableError):
                self._unrefreshed.refresh_if_written()
        self._open = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- reading ---------------------------------------------------------------------------------------

    def identities(self) -> tuple[Identity, ...]:
        """See `StoredCollection`."""
        return tuple(one.identity for one in self._description().extractors)

    def extractors(self) -> tuple[StoredExtractor, ...]:
        """See `StoredCollection`."""
        extractors = self._description().extractors
        missing = self._reader.missing_counts(extractors)
        return tuple(StoredExtractor(one.identity, count) for one, count in zip(extractors, missing, strict=True))

    def count(self, filter: Filter = EVERYTHING) -> int:
        """See `StoredCollection`."""
        return self._read().searches.count(filters.query(filter))

    def get(self, ids: Sequence[str]) -> list[ImageRecord | None]:
        """See `StoredCollection`."""
        found = self._read().states(ids)
        return [found[image].record if image in found else None for image in ids]

    def page(self, offset: int, limit: int, filter: Filter = EVERYTHING) -> list[ImageRecord]:
        """See `StoredCollection`."""
        borders.counts(offset=offset, limit=limit)
        return self._read().page(offset, limit, filter)

    def walk(self, size: int, filter: Filter = EVERYTHING) -> Iterator[list[ImageRecord]]:
        """See `StoredCollection`; each part is read when it is asked for, so it may run beside writes."""
        return self._read().walk(size, filter)

    def sample(self, size: int, seed: int, filter: Filter = EVERYTHING) -> list[ImageRecord]:
        """See `StoredCollection`."""
        borders.counts(size=size)
        return self._read().sample(size, seed, filter)

    def locations(self) -> Iterator[tuple[Location, str]]:
        """See `StoredCollection`; pages are read as they are asked for, so it may run beside writes."""
        return self._read().locations()

    def labels(self) -> Mapping[str, int]:
        """See `StoredCollection`."""
        return self._read().labels()

    def keyword_search(self, text: str, limit: int) -> list[str]:
        """See `StoredCollection`."""
        borders.counts(limit=limit)
        return self._read().keyword_search(text, limit)

    def vectors(self, extractor: str, ids: Sequence[str]) -> Matrix:
        """See `StoredCollection`."""
        return self._reader.vectors(self._fields(extractor), ids)

    def search(self, request: SearchRequest, queries: Matrix) -> list[Ranking]:
        """See `StoredCollection`."""
        fields = self._fields(request.extractor)
        (missing,) = self._reader.missing_counts([fields])
        metric = borders.metric_of(request, fields.identity, missing, collection=self.name, capabilities=CAPABILITIES)
        checked = borders.queries(fields.identity, metric, queries)
        alias = self._cluster.names.alias(self.name)
        return ExactSearch(self._cluster, alias, fields, metric, request).rankings(checked)

    def missing(self, extractor: str) -> list[str]:
        """See `StoredCollection`."""
        return self._reader.missing(self._fields(extractor))

    def metadata(self, key: str) -> Any:
        """See `StoredCollection`."""
        self._require_open()
        return self._metadata.get(self.name, key)

    def metadata_keys(self) -> list[str]:
        """See `StoredCollection`."""
        self._require_open()
        return self._metadata.keys(self.name)

    def check(self) -> list[Finding]:
        """See `StoredCollection`."""
        return list(checks.findings(self._cluster, self._index(), self._reader))

    # -- writing ---------------------------------------------------------------------------------------

    def upsert(self, entries: Sequence[ImageEntry]) -> list[ItemResult]:
        """See `StoredCollection`; an id that comes twice is one image, with the later descriptors."""
        return self._write().upsert(self._description, entries)

    def update(self, records: Sequence[ImageRecord]) -> list[ItemResult]:
        """See `StoredCollection`."""
        return self._write().update(records)

    def delete(self, ids: Sequence[str]) -> list[ItemResult]:
        """See `StoredCollection`."""
        return self._write().delete(ids)

    def add_extractor(self, identity: Identity) -> None:
        """See `StoredCollection`."""
        self._write()
        with self._metadata.exclusive(self.name):
            description = self._description()
            if identity.name in {one.identity.name for one in description.extractors}:
                raise AlreadyExistsError(f"The collection '{self.name}' has '{identity.name}' already.")
            maintenance.describe(self._cluster, description.with_extractor(identity))

    def drop_extractor(self, extractor: str) -> None:
        """See `StoredCollection`; compaction does not give the space of its descriptors back, `rebuild` does."""
        self._write()
        with self._metadata.exclusive(self.name):
            description = self._description()
            fields_of(description, extractor)
            maintenance.describe(self._cluster, description.without_extractor(extractor))

    def fill(self, extractor: str, descriptors: Mapping[str, Any]) -> None:
        """See `StoredCollection`; images that have the descriptor already keep it."""
        self._write().fill(self._fields(extractor), descriptors)

    def set_metadata(self, key: str, value: Any) -> None:
        """See `StoredCollection`."""
        self._write()
        self._metadata.set(self.name, key, value)

    def compact(self) -> int:
        """See `StoredCollection`; the server keeps what was deleted in the last half minute for replicas' sake."""
        self._write()
        self._unrefreshed.refresh_if_written()
        return maintenance.compact(self._cluster, self.name)

    def _index(self) -> lookup.Index:
        self._require_open()
        return lookup.require(self._cluster, self.name)

    def _description(self) -> Description:
        return self._index().description

    def _fields(self, extractor: str) -> DescriptorFields:
        return fields_of(self._description(), extractor)

    def _read(self) -> Reader:
        self._require_open()
        return self._reader

    def _write(self) -> Writer:
        self._require_open()
        if self._writer is None:
            raise ReadOnlyError(
                f"The collection '{self.name}' was opened for reading.", remedy="Open it with write=True."
            )
        return self._writer

    def _require_open(self) -> None:
        if not self._open:
            raise StorageError("The collection is closed.", remedy="Open it again.")
