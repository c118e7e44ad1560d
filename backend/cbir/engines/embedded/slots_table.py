"""Statements on where descriptors stand: extractors, slots, segments, checksums."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cbir.errors import UnknownNameError
from cbir.records import Identity
from cbir.registry import did_you_mean


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """An extractor's place in the store: its vectors are one matrix, cut into segment files."""

    number: int
    folder: str
    identity: Identity

    @property
    def name(self) -> str:
        """The extractor's name."""
        return self.identity.name

    @property
    def dims(self) -> int:
        """Size of a descriptor."""
        return self.identity.dims


@dataclass(frozen=True, slots=True)
class Block:
    """A checksum over ``rows`` rows from ``slot`` on, all of one segment."""

    slot: int
    rows: int
    crc32: int


def columns(connection: sqlite3.Connection) -> list[Column]:
    """All extractors, in the order in which they were added."""
    rows = connection.execute("SELECT number, folder, identity FROM extractors ORDER BY number")
    return [Column(number, folder, Identity.from_json(json.loads(text))) for number, folder, text in rows]


def column(connection: sqlite3.Connection, name: str) -> Column:
    """The extractor called ``name``.

    Raises:
        UnknownNameError: the collection has none of this name.
    """
    known = {one.name: one for one in columns(connection)}
    if name not in known:
        raise UnknownNameError(
            f"The collection has no descriptors of '{name}'.",
            remedy=f"{did_you_mean(name, list(known))} `cbir collections add-extractor` adds another.",
        )
    return known[name]


def add_column(connection: sqlite3.Connection, identity: Identity) -> None:
    """Declare an extractor, which every image lacks."""
    number = _next_number(connection, "extractors")
    folder = f"{number}-{re.sub('[^A-Za-z0-9._-]+', '-', identity.name)[:80]}"
    connection.execute(
        "INSERT INTO extractors (number, name, folder, identity) VALUES (?, ?, ?, ?)",
        (number, identity.name, folder, json.dumps(identity.to_json())),
    )
    connection.execute("INSERT INTO pending (extractor, pk) SELECT ?, pk FROM images", (number,))


def drop_column(connection: sqlite3.Connection, column: Column) -> None:
    """Forget an extractor."""
    for table in ("pending", "blocks"):
        connection.execute(f"DELETE FROM {table} WHERE extractor = ?", (column.number,))  # noqa: S608 - two constants
    connection.execute("DELETE FROM extractors WHERE number = ?", (column.number,))


def missing_count(connection: sqlite3.Connection, column: Column) -> int:
    """How many images lack this descriptor."""
    return int(connection.execute("SELECT count(*) FROM pending WHERE extractor = ?", (column.number,)).fetchone()[0])


def missing_ids(connection: sqlite3.Connection, column: Column) -> list[str]:
    """Ids of the images that lack this descriptor, ascending."""
    rows = connection.execute(
        "SELECT id FROM pending JOIN images USING (pk) WHERE extractor = ? ORDER BY id", (column.number,)
    )
    return [image for (image,) in rows]


def missing_slots(connection: sqlite3.Connection, column: Column, slots: Sequence[int]) -> set[int]:
    """Those of these slots whose image lacks this descriptor."""
    rows = connection.execute(
        "SELECT slot FROM images JOIN pending USING (pk)"
        " WHERE slot IN (SELECT value FROM json_each(?)) AND extractor = ?",
        (json.dumps(list(slots)), column.number),
    )
    return {slot for (slot,) in rows}


def settle(connection: sqlite3.Connection, column: Column, pks: Iterable[int]) -> None:
    """Note that these images have this descriptor now."""
    connection.executemany("DELETE FROM pending WHERE extractor = ? AND pk = ?", [(column.number, pk) for pk in pks])


def segments(connection: sqlite3.Connection) -> dict[int, int]:
    """Committed rows of each segment by number, ascending."""
    return dict(connection.execute("SELECT number, rows FROM segments ORDER BY number").fetchall())


def next_segment(connection: sqlite3.Connection) -> int:
    """A number that no segment has had."""
    return _next_number(connection, "segments")


def set_segment_rows(connection: sqlite3.Connection, rows: Mapping[int, int]) -> None:
    """Commit that segments hold so many rows; new ones are added."""
    connection.executemany(
        "INSERT INTO segments (number, rows) VALUES (?, ?) ON CONFLICT (number) DO UPDATE SET rows = excluded.rows",
        rows.items(),
    )


def remove_segment(connection: sqlite3.Connection, number: int, slots: range) -> None:
    """Forget a segment, its tombstones and checksums."""
    bounds = (slots.start, slots.stop)
    connection.execute("DELETE FROM tombstones WHERE slot >= ? AND slot < ?", bounds)
    connection.execute("DELETE FROM blocks WHERE slot >= ? AND slot < ?", bounds)
    connection.execute("DELETE FROM segments WHERE number = ?", (number,))


def bury(connection: sqlite3.Connection, slots: Iterable[int]) -> None:
    """Mark slots as dead."""
    connection.executemany("INSERT INTO tombstones (slot) VALUES (?)", [(slot,) for slot in slots])


def tombstones(connection: sqlite3.Connection, slots: range | None = None) -> list[int]:
    """Dead slots, ascending: all, or those of a range."""
    bounds = (slots.start, slots.stop) if slots else (0, 2**62)
    rows = connection.execute("SELECT slot FROM tombstones WHERE slot >= ? AND slot < ? ORDER BY slot", bounds)
    return [slot for (slot,) in rows]


def live_slots(connection: sqlite3.Connection, slots: range) -> list[int]:
    """Slots of a range in which an image stands, ascending."""
    rows = connection.execute(
        "SELECT slot FROM images WHERE slot >= ? AND slot < ? ORDER BY slot", (slots.start, slots.stop)
    )
    return [slot for (slot,) in rows]


def add_blocks(connection: sqlite3.Connection, column: Column, blocks: Sequence[Block]) -> None:
    """Keep the checksums of rows that were written."""
    connection.executemany(
        "INSERT INTO blocks (extractor, slot, rows, crc32) VALUES (?, ?, ?, ?)",
        [(column.number, block.slot, block.rows, block.crc32) for block in blocks],
    )


def blocks(connection: sqlite3.Connection, column: Column) -> list[Block]:
    """The checksums of an extractor's rows, in order of their slots."""
    rows = connection.execute(
        "SELECT slot, rows, crc32 FROM blocks WHERE extractor = ? ORDER BY slot", (column.number,)
    )
    return [Block(*row) for row in rows]


def written_rows(connection: sqlite3.Connection, column: Column, slots: range) -> int:
    """Rows from the first of ``slots``, a segment's, to the last that was written of an extractor; 0 for none."""
    row = connection.execute(
        "SELECT slot + rows FROM blocks WHERE extractor = ? AND slot >= ? AND slot < ? ORDER BY slot DESC LIMIT 1",
        (column.number, slots.start, slots.stop),
    ).fetchone()
    return int(row[0]) - slots.start if row else 0


def metadata(connection: sqlite3.Connection, key: str) -> Any:
    """A JSON value, None where there is none."""
    row = connection.execute("SELECT value FROM metadata WHERE key = ?", (key,)).fetchone()
    return json.loads(row[0]) if row else None


def metadata_keys(connection: sqlite3.Connection) -> list[str]:
    """The keys of all values, ascending."""
    rows = connection.execute("SELECT key FROM metadata WHERE value <> 'null' ORDER BY key")
    return [key for (key,) in rows]


def set_metadata(connection: sqlite3.Connection, key: str, value: Any) -> None:
    """Keep a JSON value; None takes the key away."""
    if value is None:
        connection.execute("DELETE FROM metadata WHERE key = ?", (key,))
    else:
        connection.execute("INSERT OR REPLACE INTO metadata (key, value) VALUES (?, ?)", (key, json.dumps(value)))


def _next_number(connection: sqlite3.Connection, table: str) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return int(row[0]) + 1 if row else 0
