"""Statements on what is known of images: records, locations, labels, words."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cbir.engines.base import Filter
from cbir.engines.embedded.filters import conditions, match_expression
from cbir.records import ImageRecord, Location

LOCATION_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """An image as the index holds it."""

    pk: int
    slot: int
    record: ImageRecord


def by_ids(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Row]:
    """The rows of those images that are there."""
    return {
        row.record.id: row
        for row in _rows(connection, "WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))
    }


def page(connection: sqlite3.Connection, filter: Filter, offset: int, limit: int) -> list[ImageRecord]:
    """Records in order of their ids."""
    where, values = conditions(filter)
    rows = _rows(connection, f"{where} ORDER BY id LIMIT ? OFFSET ?", (*values, limit, offset))
    return [row.record for row in rows]


def page_after(connection: sqlite3.Connection, filter: Filter, last: str, limit: int) -> list[ImageRecord]:
    """The next records after the id ``last``, in order of their ids."""
    where, values = conditions(filter)
    where = f"{where} AND id > ?" if where else "WHERE id > ?"
    return [row.record for row in _rows(connection, f"{where} ORDER BY id LIMIT ?", (*values, last, limit))]


def by_pks(connection: sqlite3.Connection, pks: Sequence[int]) -> list[ImageRecord]:
    """Records of these images, in the order given."""
    found = {
        row.pk: row.record
        for row in _rows(connection, "WHERE pk IN (SELECT value FROM json_each(?))", (json.dumps(list(pks)),))
    }
    return [found[pk] for pk in pks]


def pks(connection: sqlite3.Connection, filter: Filter) -> list[int]:
    """Keys of the images, in order of their ids."""
    where, values = conditions(filter)
    return [pk for (pk,) in connection.execute(f"SELECT pk FROM images {where} ORDER BY id", values)]  # noqa: S608


def count(connection: sqlite3.Connection, filter: Filter) -> int:
    """How many images there are."""
    where, values = conditions(filter)
    return int(connection.execute(f"SELECT count(*) FROM images {where}", values).fetchone()[0])  # noqa: S608


def locations_after(connection: sqlite3.Connection, path: bytes) -> list[tuple[Location, str]]:
    """The next locations after ``path`` with their images' ids, in order of the path's bytes."""
    rows = connection.execute(
        "SELECT path, size, mtime_ns, root, id FROM locations JOIN images USING (pk)"
        " WHERE path > ? ORDER BY path LIMIT ?",
        (path, LOCATION_PAGE),
    )
    return [(_location(*values), image) for *values, image in rows]


def label_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Every label with the number of its images, by name."""
    return dict(connection.execute("SELECT label, count(*) FROM labels GROUP BY label ORDER BY label").fetchall())


def keyword_search(connection: sqlite3.Connection, text: str, limit: int) -> list[str]:
    """Ids of images that hold every word, the most relevant first; none for a text without words."""
    expression = match_expression(text)
    if not expression:
        return []
    rows = connection.execute(
        "SELECT id FROM words JOIN images ON images.pk = words.rowid WHERE words MATCH ? ORDER BY rank, id LIMIT ?",
        (expression, limit),
    )
    return [image for (image,) in rows]


def ids_of_slots(connection: sqlite3.Connection, slots: Sequence[int]) -> dict[int, str]:
    """Ids of the images that stand in these slots."""
    query = "SELECT slot, id FROM images WHERE slot IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(query, (json.dumps(slots),)))


def slots_of_ids(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, int]:
    """Slots of those of these images that are there."""
    query = "SELECT id, slot FROM images WHERE id IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(query, (json.dumps(list(ids)),)))


def insert(connection: sqlite3.Connection, record: ImageRecord, slot: int) -> int:
    """Add an image; its key."""
    cursor = connection.execute(
        "INSERT INTO images (id, slot, width, height, format, caption, keywords, added_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (record.id, slot, *_columns(record)),
    )
    pk = cursor.lastrowid
    assert pk is not None
    _insert_parts(connection, pk, record)
    return pk


def replace_record(connection: sqlite3.Connection, pk: int, record: ImageRecord) -> None:
    """Put a record in the place of the one that is there."""
    connection.execute(
        "UPDATE images SET width = ?, height = ?, format = ?, caption = ?, keywords = ?, added_at = ? WHERE pk = ?",
        (*_columns(record), pk),
    )
    _delete_parts(connection, pk)
    _insert_parts(connection, pk, record)


def move(connection: sqlite3.Connection, slots: Iterable[tuple[int, int]]) -> None:
    """Give images new slots: pairs (new, old)."""
    connection.executemany("UPDATE images SET slot = ? WHERE slot = ?", slots)


def delete(connection: sqlite3.Connection, pk: int) -> None:
    """Remove an image and all that refers to it."""
    _delete_parts(connection, pk)
    connection.execute("DELETE FROM images WHERE pk = ?", (pk,))


def release_paths(connection: sqlite3.Connection, pk: int | None, paths: Sequence[str]) -> None:
    """Take paths away from all images but ``pk``, since they now hold that image's bytes."""
    keys = [os.fsencode(path) for path in paths]
    losers = set()
    for key in keys:
        losers |= {p for (p,) in connection.execute("SELECT pk FROM locations WHERE path = ?", (key,)) if p != pk}
    for loser in losers:
        (row,) = _rows(connection, "WHERE pk = ?", (loser,))
        kept = tuple(place for place in row.record.locations if place.path not in set(paths))
        replace_record(connection, loser, replace(row.record, locations=kept))


def _rows(connection: sqlite3.Connection, where: str, values: Sequence[Any]) -> Iterator[Row]:
    query = f"SELECT pk, slot, id, width, height, format, caption, keywords, added_at FROM images {where}"  # noqa: S608 - a constant
    for pk, slot, *own, keywords, added_at in connection.execute(query, values):
        image, width, height, kind, caption = own
        record = ImageRecord(
            id=image,
            width=width,
            height=height,
            format=kind,
            locations=_locations(connection, pk),
            labels=_labels(connection, pk),
            keywords=tuple(json.loads(keywords)),
            caption=caption,
            added_at=datetime.fromisoformat(added_at) if added_at else None,
        )
        yield Row(pk, slot, record)


def _locations(connection: sqlite3.Connection, pk: int) -> tuple[Location, ...]:
    query = "SELECT path, size, mtime_ns, root FROM locations WHERE pk = ? ORDER BY path"
    return tuple(_location(*values) for values in connection.execute(query, (pk,)))


def _location(path: bytes, size: int, mtime_ns: int, root: bytes) -> Location:
    return Location(os.fsdecode(path), size, mtime_ns, os.fsdecode(root))


def _labels(connection: sqlite3.Connection, pk: int) -> tuple[str, ...]:
    query = "SELECT label FROM labels WHERE pk = ? ORDER BY label"
    return tuple(label for (label,) in connection.execute(query, (pk,)))


def _columns(record: ImageRecord) -> tuple[Any, ...]:
    added_at = record.added_at.isoformat() if record.added_at else None
    return (record.width, record.height, record.format, record.caption, json.dumps(record.keywords), added_at)


def _insert_parts(connection: sqlite3.Connection, pk: int, record: ImageRecord) -> None:
    connection.executemany(
        "INSERT INTO locations (path, pk, size, mtime_ns, root) VALUES (?, ?, ?, ?, ?)",
        [(os.fsencode(p.path), pk, p.size, p.mtime_ns, os.fsencode(p.root)) for p in record.locations],
    )
    connection.executemany("INSERT INTO labels (label, pk) VALUES (?, ?)", [(label, pk) for label in record.labels])
    connection.execute(
        "INSERT INTO words (rowid, name, labels, keywords, caption) VALUES (?, ?, ?, ?, ?)",
        (pk, _names(record), "\n".join(record.labels), "\n".join(record.keywords), record.caption),
    )


def _delete_parts(connection: sqlite3.Connection, pk: int) -> None:
    connection.execute("DELETE FROM locations WHERE pk = ?", (pk,))
    connection.execute("DELETE FROM labels WHERE pk = ?", (pk,))
    connection.execute("DELETE FROM words WHERE rowid = ?", (pk,))


def _names(record: ImageRecord) -> str:
    """File names as text; bytes that are not UTF-8 separate words."""
    names = {os.fsencode(os.path.basename(p.path)).decode("utf-8", "replace") for p in record.locations}
    return "\n".join(sorted(names))
