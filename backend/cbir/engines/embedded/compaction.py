"""Giving back the space of dead rows: the living ones move on, then their old segment goes."""

from __future__ import annotations

from collections.abc import Mapping
from sqlite3 import Connection

import numpy as np

from cbir.engines.embedded import records_table, slots_table
from cbir.engines.embedded.database import Database
from cbir.engines.embedded.segments import Segments, free_slots, rows_after, segments_of, slots_of
from cbir.engines.embedded.slots_table import Column

ROWS_AT_ONCE = 1024


def compact(database: Database, store: Segments) -> int:
    """Rewrite every segment with dead rows, one transaction a segment; the number of bytes given back.

    Readers go on: a snapshot that was taken before keeps the old rows mapped, or is taken anew.
    """
    before = store.size()
    with database.snapshot() as connection:
        victims = _victims(connection)
    for victim in victims:
        with database.transaction() as connection:
            _empty(connection, store, victim, avoid=victims)
        clean(database, store)
    return max(0, before - store.size())


def clean(database: Database, store: Segments) -> None:
    """Remove files that the index does not name: what compaction or an interrupted writer left."""
    with database.snapshot() as connection:
        columns, segments = slots_table.columns(connection), slots_table.segments(connection)
    store.retain(columns, segments)


def _victims(connection: Connection) -> list[int]:
    """Segments with dead rows, and those before the last that are not full."""
    segments = slots_table.segments(connection)
    dead = set(segments_of(np.array(slots_table.tombstones(connection), dtype=np.int64)).tolist())
    last = max(segments, default=None)
    return [
        number
        for number, rows in segments.items()
        if number in dead or (number != last and rows < len(slots_of(number)))
    ]


def _empty(connection: Connection, store: Segments, victim: int, *, avoid: list[int]) -> None:
    """Move all images out of a segment and forget it."""
    slots = slots_table.live_slots(connection, slots_of(victim))
    columns = slots_table.columns(connection)
    for start in range(0, len(slots), ROWS_AT_ONCE):
        kept = {number: rows for number, rows in slots_table.segments(connection).items() if number not in avoid}
        _move(connection, store, columns, kept, slots[start : start + ROWS_AT_ONCE])
    slots_table.remove_segment(connection, victim, slots_of(victim))


def _move(
    connection: Connection, store: Segments, columns: list[Column], segments: Mapping[int, int], slots: list[int]
) -> None:
    """Copy the rows of ``slots`` after those committed in ``segments``, and let their images stand there."""
    targets = free_slots(segments, slots_table.next_segment(connection), len(slots))
    extents = rows_after(segments, targets)
    for column in columns:
        lacking = slots_table.missing_slots(connection, column, slots)
        pairs = [(old, new) for old, new in zip(slots, targets, strict=True) if old not in lacking]
        vectors = store.gather(column, [old for old, _ in pairs])
        blocks = store.write(column, [new for _, new in pairs], vectors, extents)
        slots_table.add_blocks(connection, column, blocks)
    slots_table.set_segment_rows(connection, extents)
    records_table.move(connection, zip(targets, slots, strict=True))
