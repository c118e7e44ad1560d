"""What changes a collection: descriptors first, synced, then one transaction that names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any

import numpy as np

from cbir.engines import borders
from cbir.engines.base import ItemResult
from cbir.engines.embedded import records_table, slots_table
from cbir.engines.embedded.records_table import Row
from cbir.engines.embedded.segments import Segments, free_slots, rows_after
from cbir.engines.embedded.slots_table import Column
from cbir.engines.merging import merged, normal
from cbir.errors import NotFoundError
from cbir.records import ImageEntry, ImageRecord, Matrix


def upsert(connection: Connection, store: Segments, entries: Sequence[ImageEntry]) -> list[ItemResult]:
    """See `StoredCollection.upsert`; runs in the transaction of ``connection``."""
    borders.records(entry.record for entry in entries)
    columns = slots_table.columns(connection)
    vectors = {column: borders.entry_descriptors(column.identity, entries) for column in columns}
    latest = {entry.record.id: position for position, entry in enumerate(entries)}
    known = records_table.by_ids(connection, latest)
    moved = [
        image
        for image, position in latest.items()
        if image not in known or _differs(connection, store, vectors, position, known[image])
    ]
    positions = [latest[image] for image in moved]
    slots = _append(connection, store, {column: matrix[positions] for column, matrix in vectors.items()}, len(moved))
    replaced = [known[image] for image in moved if image in known]
    slots_table.bury(connection, [row.slot for row in replaced])
    for column in columns:
        slots_table.settle(connection, column, [row.pk for row in replaced])
    places = dict(zip(moved, slots, strict=True))
    return [_store(connection, entry.record, places.get(entry.record.id)) for entry in entries]


def update(connection: Connection, records: Sequence[ImageRecord]) -> list[ItemResult]:
    """See `StoredCollection.update`."""
    borders.records(records)
    results = []
    for record in records:
        known = records_table.by_ids(connection, [record.id]).get(record.id)
        wanted = normal(record)
        if known and wanted.added_at is None:
            wanted = replace(wanted, added_at=known.record.added_at)
        changed = known is not None and wanted != known.record
        if known and changed:
            records_table.release_paths(connection, known.pk, [place.path for place in wanted.locations])
            records_table.replace_record(connection, known.pk, wanted)
        results.append(ItemResult(record.id, changed))
    return results


def delete(connection: Connection, ids: Sequence[str]) -> list[ItemResult]:
    """See `StoredCollection.delete`."""
    known = records_table.by_ids(connection, ids)
    slots_table.bury(connection, [row.slot for row in known.values()])
    for row in known.values():
        records_table.delete(connection, row.pk)
    return [ItemResult(image, known.pop(image, None) is not None) for image in ids]


def fill(connection: Connection, store: Segments, extractor: str, descriptors: Mapping[str, Any]) -> None:
    """See `StoredCollection.fill`; images that have the descriptor already keep it."""
    column = slots_table.column(connection, extractor)
    matrix = borders.descriptors(column.identity, list(descriptors.items()))
    known = records_table.by_ids(connection, descriptors)
    for image in descriptors:
        if image not in known:
            raise NotFoundError(f"No image {image} is there to take a descriptor '{extractor}'.")
    lacking = slots_table.missing_slots(connection, column, [row.slot for row in known.values()])
    slots = np.array([known[image].slot for image in descriptors], dtype=np.int64)
    order = np.argsort(slots)
    order = order[np.isin(slots[order], list(lacking))]
    _write(connection, store, column, slots[order].tolist(), matrix[order])
    slots_table.settle(connection, column, [row.pk for row in known.values()])


def _write(connection: Connection, store: Segments, column: Column, slots: list[int], vectors: Matrix) -> None:
    """Write rows at committed slots, and their checksums."""
    extents = rows_after(slots_table.segments(connection), slots)
    slots_table.add_blocks(connection, column, store.write(column, slots, vectors, extents))


def _append(connection: Connection, store: Segments, vectors: Mapping[Column, Matrix], count: int) -> list[int]:
    """Write ``count`` rows of every extractor after the committed ones and commit them; their slots."""
    segments = slots_table.segments(connection)
    slots = free_slots(segments, slots_table.next_segment(connection), count)
    extents = rows_after(segments, slots)
    for column, rows in vectors.items():
        slots_table.add_blocks(connection, column, store.write(column, slots, rows, extents))
    slots_table.set_segment_rows(connection, extents)
    return slots


def _store(connection: Connection, record: ImageRecord, slot: int | None) -> ItemResult:
    """Put a record beside its descriptors, which stand at ``slot``, or where they were.

    The old record is read here, not with the batch: an image before it may have taken one of its paths.
    """
    known = records_table.by_ids(connection, [record.id]).get(record.id)
    wanted = merged(known.record, record) if known else normal(record)
    paths = [place.path for place in wanted.locations]
    if known is None:
        assert slot is not None
        stamped = wanted if wanted.added_at else replace(wanted, added_at=datetime.now(UTC))
        records_table.release_paths(connection, None, paths)
        records_table.insert(connection, stamped, slot)
        return ItemResult(record.id, done=True)
    place = known.slot if slot is None else slot
    if wanted != known.record:
        records_table.release_paths(connection, known.pk, paths)
        records_table.replace_record(connection, known.pk, wanted)
    if place != known.slot:
        records_table.move(connection, [(place, known.slot)])
    return ItemResult(record.id, done=place != known.slot or wanted != known.record)


def _differs(
    connection: Connection, store: Segments, vectors: Mapping[Column, Matrix], position: int, known: Row
) -> bool:
    """Whether the stored descriptors of an image are not, bit for bit, those at ``position``."""
    return any(
        slots_table.missing_slots(connection, column, [known.slot])
        or store.gather(column, [known.slot])[0].tobytes() != matrix[position].tobytes()
        for column, matrix in vectors.items()
    )
