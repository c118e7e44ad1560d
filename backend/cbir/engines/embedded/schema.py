"""The index's tables and their version.

images      one row an image; `slot` is where its descriptors stand in every extractor's segments
locations   paths as bytes; a path belongs to one image
labels      one row an image and label
words       the full-text index of names, labels, keywords and captions; rowid = images.pk
extractors  `number` is never used twice and names the folder of the extractor's segments
pending     an image that lacks an extractor's descriptor
segments    committed rows of each segment; numbers are never used twice
tombstones  slots of images that were deleted or moved
blocks      checksum of rows as they were written: `check` tells with it whether the disk kept them
metadata    JSON values kept for the rest of the program
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from cbir.errors import SchemaVersionError
from cbir.records import shown_path

VERSION = 1

TABLES = """
CREATE TABLE images (
    pk INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    slot INTEGER NOT NULL UNIQUE,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    format TEXT NOT NULL,
    caption TEXT NOT NULL,
    keywords TEXT NOT NULL,
    added_at TEXT
);
CREATE TABLE locations (
    path BLOB PRIMARY KEY,
    pk INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    root BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX locations_by_image ON locations (pk);
CREATE TABLE labels (
    label TEXT NOT NULL,
    pk INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
    PRIMARY KEY (label, pk)
) WITHOUT ROWID;
CREATE INDEX labels_by_image ON labels (pk);
CREATE VIRTUAL TABLE words USING fts5 (
    name, labels, keywords, caption, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE TABLE extractors (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL,
    identity TEXT NOT NULL
);
CREATE TABLE pending (
    extractor INTEGER NOT NULL REFERENCES extractors (number) ON DELETE CASCADE,
    pk INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
    PRIMARY KEY (extractor, pk)
) WITHOUT ROWID;
CREATE INDEX pending_by_image ON pending (pk);
CREATE TABLE segments (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    rows INTEGER NOT NULL
);
CREATE TABLE tombstones (slot INTEGER PRIMARY KEY);
CREATE TABLE blocks (
    extractor INTEGER NOT NULL REFERENCES extractors (number) ON DELETE CASCADE,
    slot INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    PRIMARY KEY (extractor, slot)
) WITHOUT ROWID;
CREATE TABLE metadata (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

MIGRATIONS: Mapping[int, tuple[str, ...]] = {}
"""Statements that bring an index of a version to the next one."""


def create(path: Path) -> None:
    """Make an empty index file."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(TABLES)
        connection.execute(f"PRAGMA user_version={VERSION}")
    finally:
        connection.close()


def version(connection: sqlite3.Connection) -> int:
    """The version of the program's schema that wrote this index."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def require_current(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse an index of another version.

    Raises:
        SchemaVersionError: written by a later version, or by an earlier one and not yet brought forward.
    """
    found = version(connection)
    if found == VERSION:
        return
    if found > VERSION:
        remedy = "Update the program, or index into another collection."
    elif can_migrate(found):
        remedy = "Open it for writing once (any `cbir index` does), which brings it forward."
    else:
        remedy = "Delete the collection and index again; your photographs are not affected."
    raise SchemaVersionError(
        f"{shown_path(str(path))} has schema version {found}; this program reads version {VERSION}.", remedy=remedy
    )


def can_migrate(found: int) -> bool:
    """Whether there is a step from each version between ``found`` and the current one."""
    return found < VERSION and all(step in MIGRATIONS for step in range(found, VERSION))


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an earlier version forward, within the transaction that is open; others are left as they are."""
    found = version(connection)
    if not can_migrate(found):
        return
    for step in range(found, VERSION):
        for statement in MIGRATIONS[step]:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version={VERSION}")
