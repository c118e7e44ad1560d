"""SQLite connections of one collection: read snapshots from a pool, and one writer's transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cbir.engines.embedded.remedies import FREE_SPACE, MAKE_WRITABLE, RESTORE
from cbir.errors import (
    CorruptDataError,
    NotFoundError,
    ReadOnlyError,
    StorageError,
    StorageFullError,
    WriterBusyError,
)
from cbir.records import shown_path

BUSY_SECONDS = 30
PRAGMAS = (
    "synchronous=FULL",
    "fullfsync=ON",
    "checkpoint_fullfsync=ON",
    "foreign_keys=ON",
    "journal_size_limit=67108864",
)

_ERRORS: dict[int, tuple[type[StorageError], str, str]] = {
    sqlite3.SQLITE_FULL: (StorageFullError, "No space is left for", FREE_SPACE),
    sqlite3.SQLITE_IOERR_SHMSIZE: (StorageFullError, "No space is left beside", FREE_SPACE),
    sqlite3.SQLITE_READONLY: (ReadOnlyError, "This cannot be written:", MAKE_WRITABLE),
    sqlite3.SQLITE_BUSY: (WriterBusyError, "Another process is busy with", "Wait until it has ended."),
    sqlite3.SQLITE_LOCKED: (WriterBusyError, "Another process is busy with", "Wait until it has ended."),
    sqlite3.SQLITE_CORRUPT: (CorruptDataError, "The index is damaged:", RESTORE),
    sqlite3.SQLITE_CANTOPEN: (StorageError, "This cannot be opened:", "Check its permissions."),
    sqlite3.SQLITE_NOTADB: (CorruptDataError, "This is not an index:", RESTORE),
}


_NO_SPACE_TO_LOCK = (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_FULL)
"""Where even a reader needs room beside the index, for its locks."""


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's failures at ``path`` into the program's errors."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        fallback = (StorageError, f"SQLite says '{error}' of", "Run `cbir doctor`.")
        kind, message, remedy = _ERRORS.get(code) or _ERRORS.get(code & 0xFF) or fallback
        raise kind(f"{message} {shown_path(str(path))}.", remedy=remedy) from error


class Database:
    """The index file of one collection.

    Every read runs in a snapshot of its own; snapshots of several threads run side by side. Only an object that was
    made with ``writable`` may open transactions, one at a time.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        self.path = path
        self.writable = writable
        self._idle: list[sqlite3.Connection] = []
        self._pool_lock = threading.Lock()
        self._write_lock = threading.RLock()
        self._stamp = _stamp(path)
        self._immutable = False
        self._open = True

    def close(self) -> None:
        """Close all idle connections; those in use are closed by who uses them."""
        with self._pool_lock:
            self._open = False
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees the last committed state, the same throughout."""
        with sqlite_errors(self.path):
            connection = self._take()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                self._give_back(connection)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are on disk when the block ends, or undone if it raises."""
        with self._write_lock, sqlite_errors(self.path):
            connection = self._take()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            finally:
                self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        if not self._open:
            raise StorageError("The collection is closed.", remedy="Open it again.")
        self._follow()
        with self._pool_lock:
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        """End what is still running; a connection that cannot even do that is not used again."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            connection.close()
            return
        with self._pool_lock:
            if self._open:
                self._idle.append(connection)
                return
        connection.close()

    def _follow(self) -> None:
        """Notice that the index was deleted, replaced, or (where nothing can be locked) changed."""
        now = _stamp(self.path)
        if now[:2] != self._stamp[:2]:
            raise NotFoundError(
                f"{shown_path(str(self.path))} was deleted or replaced since it was opened.", remedy="Open it again."
            )
        if self._immutable and (now != self._stamp or _has_log(self.path)):
            with self._pool_lock:
                self._idle.clear()
            self._immutable = False
            self._stamp = now

    def _connect(self) -> sqlite3.Connection:
        if self.writable:
            return _connected(self.path, "mode=rw")
        try:
            return _connected(self.path, "mode=ro")
        except sqlite3.OperationalError as error:
            full = error.sqlite_errorcode in _NO_SPACE_TO_LOCK
            if not full and os.access(self.path.parent, os.W_OK):
                raise
            if _has_log(self.path):
                if full:
                    raise
                raise StorageError(
                    f"{shown_path(str(self.path))} has a log of unfinished work, and its folder cannot be written.",
                    remedy="Open it once where it can be written, then copy it.",
                ) from None
        self._immutable = True
        return _connected(self.path, "mode=ro&immutable=1")


def _connected(path: Path, options: str) -> sqlite3.Connection:
    """A connection that has proved that it can read."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _stamp(path: Path) -> tuple[int, int, int, int]:
    """Device, inode, size and time of the index file; zeros where there is none."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return (0, 0, 0, 0)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _has_log(path: Path) -> bool:
    """Whether committed work may stand in a write-ahead log beside the index."""
    try:
        return os.stat(f"{path}-wal").st_size > 0
    except FileNotFoundError:
        return False
