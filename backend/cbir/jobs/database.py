"""The file of the jobs: an SQLite database that several processes and threads use at the same time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cbir.disk import errors
from cbir.disk.durable import make_folder
from cbir.disk.lock import FileLock
from cbir.errors import (
    CorruptDataError,
    ReadOnlyError,
    SchemaVersionError,
    StorageError,
    StorageFullError,
    UnavailableError,
)
from cbir.records import shown_path

VERSION = 1
BUSY_SECONDS = 30
TABLES = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    collection TEXT NOT NULL,
    arguments TEXT NOT NULL,
    state TEXT NOT NULL,
    task TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER,
    rate REAL,
    eta_s REAL,
    message TEXT NOT NULL DEFAULT '',
    remedy TEXT NOT NULL DEFAULT '',
    failed_count INTEGER NOT NULL DEFAULT 0,
    result TEXT,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX jobs_in_line ON jobs (state, place);
CREATE TABLE failures (
    number INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    remedy TEXT NOT NULL,
    PRIMARY KEY (number, position)
) WITHOUT ROWID;
"""

_DELETE = "Stop the server and delete the file: jobs are forgotten, collections and photographs are not affected."
_REMEDIES = errors.Remedies(
    "Free some space.", "Make the folder writable, or choose another with CBIR_DATA_DIR.", "Check the folder."
)
_ERRORS: dict[int, tuple[type[StorageError], str, str]] = {
    sqlite3.SQLITE_FULL: (StorageFullError, "No space is left for the jobs in", _REMEDIES.full),
    sqlite3.SQLITE_READONLY: (ReadOnlyError, "The jobs cannot be written:", _REMEDIES.refused),
    sqlite3.SQLITE_CANTOPEN: (StorageError, "The jobs cannot be opened:", "Check its permissions."),
    sqlite3.SQLITE_BUSY: (UnavailableError, "Another process is busy with the jobs in", "Try again."),
    sqlite3.SQLITE_CORRUPT: (CorruptDataError, "The list of jobs is damaged:", _DELETE),
    sqlite3.SQLITE_NOTADB: (CorruptDataError, "This is not a list of jobs:", _DELETE),
}


class Database:
    """Transactions on one file, which is made at the first. Connections are kept for the next one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one committed state."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept when the block ends, or undone where it raises."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._errors():
            connection = self._take()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            finally:
                self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        with errors.writing(self.path, _REMEDIES):
            make_folder(self.path.parent)
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
            return
        with self._lock:
            self._idle.append(connection)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys=ON")
        if _version(connection) == 0:
            self._create(connection)
        found = _version(connection)
        if found != VERSION:
            raise SchemaVersionError(
                f"{shown_path(str(self.path))} has schema version {found}; this program reads version {VERSION}.",
                remedy=f"Update the program. {_DELETE}",
            )

    def _create(self, connection: sqlite3.Connection) -> None:
        """Make the tables; of several processes that want to, the first one does."""
        lock = FileLock(self.path.with_name(f"{self.path.name}.lock"), "the list of jobs", _REMEDIES, wait=True)
        try:
            if _version(connection) == 0:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version={VERSION}; COMMIT;")
        finally:
            lock.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            fallback = (StorageError, f"SQLite says '{error}' of", "Check the disk.")
            kind, message, remedy = _ERRORS.get(code, fallback)
            raise kind(f"{message} {shown_path(str(self.path))}.", remedy=remedy) from error


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
