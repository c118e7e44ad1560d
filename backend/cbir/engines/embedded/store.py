"""One open collection: the contract's methods, each a snapshot or a transaction."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Any, TypeVar

from cbir.disk.lock import FileLock
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
from cbir.engines.embedded import checks, compaction, records_table, slots_table, writer
from cbir.engines.embedded.database import Database
from cbir.engines.embedded.scans import Scans
from cbir.engines.embedded.search import ExactSearch
from cbir.engines.embedded.segments import Segments, lost
from cbir.errors import AlreadyExistsError, NotFoundError, ReadOnlyError
from cbir.records import Identity, ImageEntry, ImageRecord, Location, Matrix, Ranking, path_order

T = TypeVar("T")

CAPABILITIES = Capabilities(strategies=("exact",))

ATTEMPTS = 10
"""Compactions that may overtake one read before its file counts as lost."""


class EmbeddedCollection(StoredCollection):
    """A collection in a folder of its own. See `StoredCollection`; methods may be called from several threads."""

    def __init__(
        self, name: str, database: Database, segments: Segments, scans: Scans, lock: FileLock | None
    ) -> None:
        self.name = self.index = name
        self._database = database
        self._segments = segments
        self._scans = scans
        self._lock = lock

    def close(self) -> None:
        """Release files and the writer's lock."""
        self._database.close()
        self._segments.close()
        if self._lock:
            self._lock.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- reading ---------------------------------------------------------------------------------------

    def identities(self) -> tuple[Identity, ...]:
        """See `StoredCollection`."""
        with self._database.snapshot() as connection:
            return tuple(column.identity for column in slots_table.columns(connection))

    def extractors(self) -> tuple[StoredExtractor, ...]:
        """See `StoredCollection`."""
        with self._database.snapshot() as connection:
            return tuple(
                StoredExtractor(column.identity, slots_table.missing_count(connection, column))
                for column in slots_table.columns(connection)
            )

    def count(self, filter: Filter = EVERYTHING) -> int:
        """See `StoredCollection`."""
        with self._database.snapshot() as connection:
            return records_table.count(connection, filter)

    def get(self, ids: Sequence[str]) -> list[ImageRecord | None]:
        """See `StoredCollection`."""
        with self._database.snapshot() as connection:
            found = records_table.by_ids(connection, ids)
        return [found[image].record if image in found else None for image in ids]

    def page(self, offset: int, limit: int, filter: Filter = EVERYTHING) -> list[ImageRecord]:
        """See `StoredCollection`."""
        borders.counts(offset=offset, limit=limit)
        with self._database.snapshot() as connection:
            return records_table.page(connection, filter, offset, limit)

    def walk(self, size: int, filter: Filter = EVERYTHING) -> Iterator[list[ImageRecord]]:
        """See `StoredCollection`; each part is read when it is asked for, so it may run beside writes."""
        last = ""
        while True:
            with self._database.snapshot() as connection:
                found = records_table.page_after(connection, filter, last, size)
            if not found:
                return
            yield found
            last = found[-1].id

    def sample(self, size: int, seed: int, filter: Filter = EVERYTHING) -> list[ImageRecord]:
        """See `StoredCollection`."""
        borders.counts(size=size)
        with self._database.snapshot() as connection:
            pks = records_table.pks(connection, filter)
            chosen = random.Random(seed).sample(pks, min(size, len(pks)))  # noqa: S311 - not a secret
            return records_table.by_pks(connection, chosen)

    def locations(self) -> Iterator[tuple[Location, str]]:
        """See `StoredCollection`; pages are read as they are asked for, so it may run beside writes."""
        last = b""
        while True:
            with self._database.snapshot() as connection:
                found = records_table.locations_after(connection, last)
            if not found:
                return
            yield from found
            last = path_order(found[-1][0])

    def labels(self) -> Mapping[str, int]:
        """See `StoredCollection`."""
        with self._database.snapshot() as connection:
            return records_table.label_counts(connection)

    def keyword_search(self, text: str, limit: int) -> list[str]:
        """See `StoredCollection`."""
        borders.counts(limit=limit)
        with self._database.snapshot() as connection:
            return records_table.keyword_search(connection, text, limit)

    def vectors(self, extractor: str, ids: Sequence[str]) -> Matrix:
        """See `StoredCollection`."""

        def work(connection: Connection) -> Matrix:
            column = slots_table.column(connection, extractor)
            slots = records_table.slots_of_ids(connection, ids)
            lacking = slots_table.missing_slots(connection, column, list(slots.values()))
            for image in ids:
                if image not in slots:
                    raise NotFoundError(f"Image {image} is not in the collection '{self.name}'.")
                if slots[image] in lacking:
                    raise NotFoundError(f"Image {image} has no descriptor '{extractor}' yet.")
            return self._segments.gather(column, [slots[image] for image in ids])

        return self._read(work)

    def search(self, request: SearchRequest, queries: Matrix) -> list[Ranking]:
        """See `StoredCollection`."""

        def work(connection: Connection) -> list[Ranking]:
            self._let_go(connection)
            column = slots_table.column(connection, request.extractor)
            missing = slots_table.missing_count(connection, column)
            metric = borders.metric_of(
                request, column.identity, missing, collection=self.name, capabilities=CAPABILITIES
            )
            checked = borders.queries(column.identity, metric, queries)
            return ExactSearch(self._segments, column, metric, request, self._scans).rankings(connection, checked)

        return self._read(work)

    def missing(self, extractor: str) -> list[str]:
        """See `StoredCollection`."""
        with self._database.snapshot() as connection:
            return slots_table.missing_ids(connection, slots_table.column(connection, extractor))

    def metadata(self, key: str) -> Any:
        """See `StoredCollection`."""
        with self._database.snapshot() as connection:
            return slots_table.metadata(connection, key)

    def metadata_keys(self) -> list[str]:
        """See `StoredCollection`."""
        with self._database.snapshot() as connection:
            return slots_table.metadata_keys(connection)

    def check(self) -> list[Finding]:
        """See `StoredCollection`."""
        for _ in range(ATTEMPTS):
            with self._database.snapshot() as connection:
                found = list(checks.findings(connection, self._segments, self.name))
                seen = slots_table.segments(connection)
            with self._database.snapshot() as connection:
                if seen.keys() <= slots_table.segments(connection).keys():
                    break
        return found

    # -- writing ---------------------------------------------------------------------------------------

    def upsert(self, entries: Sequence[ImageEntry]) -> list[ItemResult]:
        """See `StoredCollection`; an id that comes twice is one image, with the later descriptors."""
        return self._write(lambda connection: writer.upsert(connection, self._segments, entries))

    def update(self, records: Sequence[ImageRecord]) -> list[ItemResult]:
        """See `StoredCollection`."""
        return self._write(lambda connection: writer.update(connection, records))

    def delete(self, ids: Sequence[str]) -> list[ItemResult]:
        """See `StoredCollection`."""
        return self._write(lambda connection: writer.delete(connection, ids))

    def add_extractor(self, identity: Identity) -> None:
        """See `StoredCollection`."""

        def work(connection: Connection) -> None:
            if identity.name in {column.name for column in slots_table.columns(connection)}:
                raise AlreadyExistsError(f"The collection '{self.name}' has '{identity.name}' already.")
            slots_table.add_column(connection, identity)

        self._write(work)

    def drop_extractor(self, extractor: str) -> None:
        """See `StoredCollection`."""
        self._write(lambda c: slots_table.drop_column(c, slots_table.column(c, extractor)))
        compaction.clean(self._database, self._segments)

    def fill(self, extractor: str, descriptors: Mapping[str, Any]) -> None:
        """See `StoredCollection`; images that have the descriptor already keep it."""
        self._write(lambda connection: writer.fill(connection, self._segments, extractor, descriptors))

    def set_metadata(self, key: str, value: Any) -> None:
        """See `StoredCollection`."""
        self._write(lambda connection: slots_table.set_metadata(connection, key, value))

    def compact(self) -> int:
        """See `StoredCollection`."""
        self._require_writer()
        return compaction.compact(self._database, self._segments)

    def _read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a snapshot; in a later one where a compaction overtook it."""
        for _ in range(ATTEMPTS):
            try:
                with self._database.snapshot() as connection:
                    return work(connection)
            except FileNotFoundError as error:
                gone = Path(error.filename)
        raise lost(gone)

    def _let_go(self, connection: Connection) -> None:
        """Unmap files that a compaction took away, so that the disk gets their space back."""
        folders = {column.folder for column in slots_table.columns(connection)}
        self._segments.forget(folders, slots_table.segments(connection))

    def _write(self, work: Callable[[Connection], T]) -> T:
        self._require_writer()
        with self._database.transaction() as connection:
            return work(connection)

    def _require_writer(self) -> None:
        if not self._database.writable:
            raise ReadOnlyError(
                f"The collection '{self.name}' was opened for reading.", remedy="Open it with write=True."
            )
